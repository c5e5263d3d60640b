// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames as no stack would send them, to a session by way of the module's hook for ports, and
 * by way of the fast path in front of it: what becomes of each, and who counts it, has to be
 * the same.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_ether.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/raw_ip.h"
#include "lib/tap.h"

/* What becomes of a frame; above 0 it is counted as dropped for that reason. */
enum { LOST = -1, PASSES = 0 };

/**
 * struct crafted - a good packet, and what is wrong with it
 * @want: LOST, PASSES or an enum srtp_drop
 * @fast: the fast path takes it
 * @at, @set, @n: octets of the packet that are written over, after lengths were set right
 * @bad_sum: without making the checksum of IPv4 right again
 * @head, @head_len: options or extension headers
 * @tail: octets behind the UDP datagram, in the IP packet
 * @pad: octets behind the IP packet
 * @cut: octets that are not sent
 * @mac: where it is sent to, if not to the gateway
 * @type: of the frame, if not IP's
 * @tag: octets in front of the IP packet
 */
struct crafted {
	const char *name;
	int want;
	bool fast;
	unsigned int at;
	const char *set;
	unsigned int n;
	bool bad_sum;
	const char *head;
	unsigned int head_len, tail, pad, cut;
	const char *mac;
	unsigned int type;
	const char *tag;
};

#define SET(offset, octets)	.at = (offset), .set = (octets), .n = sizeof(octets) - 1
#define HEAD(octets)		.head = (octets), .head_len = sizeof(octets) - 1
#define OTHER_MAC		"\x02\x00\x00\x00\x00\x99"
#define BROADCAST		"\xff\xff\xff\xff\xff\xff"

static const struct crafted v4[] = {
	{ "in order", PASSES, true, .pad = 0 },
	{ "padding of the frame", PASSES, true, .pad = 18 },
	{ "octets behind the UDP datagram", PASSES, true, .tail = 9 },
	{ "don't fragment", PASSES, true, SET(6, "\x40") },
	{ "the reserved bit", PASSES, true, SET(6, "\x80") },
	{ "TTL 2", PASSES, true, SET(8, "\x02") },
	{ "TTL 1", SRTP_DROP_NO_ROUTE, false, SET(8, "\x01") },
	{ "TTL 0", SRTP_DROP_NO_ROUTE, false, SET(8, "\x00") },
	{ "version 0", LOST, false, SET(0, "\x05") },
	{ "version 6", LOST, false, SET(0, "\x65") },
	{ "a header of 0 octets", LOST, false, SET(0, "\x40") },
	{ "a header of 16 octets", LOST, false, SET(0, "\x44") },
	{ "a header of 60 octets", LOST, false, SET(0, "\x4f") },
	{ "a wrong header checksum", LOST, false, SET(10, "\xde\xad"), .bad_sum = true },
	{ "longer than the frame by one", LOST, false, .cut = 1 },
	{ "65,535 octets", LOST, false, SET(2, "\xff\xff") },
	{ "0 octets", LOST, false, SET(2, "\0\0") },
	{ "19 octets", LOST, false, SET(2, "\0\x13") },
	{ "20 octets", LOST, false, SET(2, "\0\x14") },
	{ "27 octets", LOST, false, SET(2, "\0\x1b") },
	{ "28 octets, fewer than UDP's", LOST, false, SET(2, "\0\x1c") },
	{ "100 octets, fewer than UDP's", SRTP_DROP_MALFORMED, false, SET(2, "\0\x64") },
	{ "UDP-Lite", LOST, false, SET(9, "\x88") },
	{ "a UDP length of 0", SRTP_DROP_MALFORMED, false, SET(24, "\0\0") },
	{ "a UDP length of 7", SRTP_DROP_MALFORMED, false, SET(24, "\0\x07") },
	{ "a UDP length of 8", LOST, false, SET(24, "\0\x08") },
	{ "a UDP length of 20", SRTP_DROP_SHORT, true, SET(24, "\0\x14") },
	{ "a UDP length of 65,535", SRTP_DROP_MALFORMED, false, SET(24, "\xff\xff") },
	{ "a frame that ends in the IP header", LOST, false, .cut = 210 },
	{ "a frame that ends in the UDP header", LOST, false, .cut = 192 },
	{ "a fragment without the rest", LOST, false, SET(4, "\0\x07\x20\x00") },
	{ "the rest of a fragment", LOST, false, SET(4, "\0\x08\x00\x10") },
	{ "a wrong UDP checksum", PASSES, true, SET(26, "\x12\x34") },
	{ "from 0.0.0.0", SRTP_DROP_SOURCE, true, SET(12, "\0\0\0\0") },
	{ "from 127.0.0.1", SRTP_DROP_SOURCE, false, SET(12, "\x7f\0\0\x01") },
	{ "from 224.0.0.1", SRTP_DROP_SOURCE, true, SET(12, "\xe0\0\0\x01") },
	{ "from 255.255.255.255", SRTP_DROP_SOURCE, true, SET(12, "\xff\xff\xff\xff") },
	{ "from the gateway", SRTP_DROP_SOURCE, true, SET(12, "\x0a\x01\0\x01") },
	{ "from another port", SRTP_DROP_SOURCE, true, SET(20, "\x12\x34") },
	{ "to another port", LOST, false, SET(22, "\xff\xfe") },
	{ "options", PASSES, false, HEAD("\x01\x01\x01\0") },
	{ "options up to the last octet", PASSES, false, HEAD("\x94\x04\0\0\x07\x04\x04\0") },
	{ "a loose source route", SRTP_DROP_MALFORMED, false, HEAD("\x83\x07\x04\x0a\x02\0\x02\0") },
	{ "one that is at its end", SRTP_DROP_MALFORMED, false, HEAD("\x83\x07\x08\x0a\x02\0\x02\0") },
	{ "a strict one behind other options", SRTP_DROP_MALFORMED, false,
	  HEAD("\x01\x94\x04\0\0\x89\x03\x04") },
	{ "a source route behind the end of options", PASSES, false,
	  HEAD("\x01\x94\x04\0\0\0\x89\x03") },
	{ "an option of no octets", SRTP_DROP_MALFORMED, false, HEAD("\x94\0\0\0") },
	{ "an option of one octet", SRTP_DROP_MALFORMED, false, HEAD("\x94\x01\0\0") },
	{ "an option longer than the header", SRTP_DROP_MALFORMED, false, HEAD("\x94\x05\0\0") },
	{ "an option without its length", SRTP_DROP_MALFORMED, false, HEAD("\x01\x01\x01\x94") },
	{ "as IPv6", LOST, false, .type = ETH_P_IPV6 },
	{ "as ARP", LOST, false, .type = ETH_P_ARP },
	{ "to another host's link address", LOST, false, .mac = OTHER_MAC },
	{ "to the link's broadcast address", PASSES, false, .mac = BROADCAST },
	{ "a priority tag", PASSES, false, .type = ETH_P_8021Q, .tag = "\xa0\0\x08\0" },
	{ "a VLAN that is not there", LOST, false, .type = ETH_P_8021Q, .tag = "\0\x05\x08\0" },
	{ .name = NULL }
};

static const struct crafted v6[] = {
	{ "in order", PASSES, true, .pad = 0 },
	{ "padding of the frame", PASSES, true, .pad = 18 },
	{ "octets behind the UDP datagram", PASSES, true, .tail = 9 },
	{ "traffic class and flow label", PASSES, true, SET(0, "\x6b\x81\x23\x45") },
	{ "hop limit 2", PASSES, true, SET(7, "\x02") },
	{ "hop limit 1", SRTP_DROP_NO_ROUTE, false, SET(7, "\x01") },
	{ "hop limit 0", SRTP_DROP_NO_ROUTE, false, SET(7, "\x00") },
	{ "version 0", LOST, false, SET(0, "\x00") },
	{ "version 4", LOST, false, SET(0, "\x45") },
	{ "longer than the frame by one", LOST, false, .cut = 1 },
	{ "65,535 octets", LOST, false, SET(4, "\xff\xff") },
	{ "0 octets", LOST, false, SET(4, "\0\0") },
	{ "7 octets", LOST, false, SET(4, "\0\x07") },
	{ "8 octets, fewer than UDP's", LOST, false, SET(4, "\0\x08") },
	{ "100 octets, fewer than UDP's", SRTP_DROP_MALFORMED, false, SET(4, "\0\x64") },
	{ "UDP-Lite", LOST, false, SET(6, "\x88") },
	{ "no next header", LOST, false, SET(6, "\x3b") },
	{ "a UDP length of 0", SRTP_DROP_MALFORMED, false, SET(44, "\0\0") },
	{ "a UDP length of 7", SRTP_DROP_MALFORMED, false, SET(44, "\0\x07") },
	{ "a UDP length of 20", SRTP_DROP_SHORT, true, SET(44, "\0\x14") },
	{ "a UDP length of 65,535", SRTP_DROP_MALFORMED, false, SET(44, "\xff\xff") },
	{ "a frame that ends in the IP header", LOST, false, .cut = 210 },
	{ "a frame that ends in the UDP header", LOST, false, .cut = 192 },
	{ "a wrong UDP checksum", PASSES, true, SET(46, "\x12\x34") },
	{ "from ::", SRTP_DROP_SOURCE, true, SET(8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
	{ "from ::1", LOST, false, SET(8, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01") },
	{ "from ff02::1", LOST, false, SET(8, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x01") },
	{ "from ::ffff:10.1.0.2", SRTP_DROP_SOURCE, true, SET(8, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\0\x02") },
	{ "from fe80::1", SRTP_DROP_SOURCE, true, SET(8, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01") },
	{ "from the gateway", SRTP_DROP_SOURCE, true, SET(8, "\xfd\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x01") },
	{ "from another port", SRTP_DROP_SOURCE, true, SET(40, "\x12\x34") },
	{ "to another port", LOST, false, SET(42, "\xff\xfe") },
	{ "a hop-by-hop header", PASSES, false, HEAD("\x11\0\x01\x04\0\0\0\0"), SET(6, "\x00") },
	{ "destination options", PASSES, false, HEAD("\x11\0\x01\x04\0\0\0\0"), SET(6, "\x3c") },
	{ "a header that goes on behind the packet", LOST, false, HEAD("\x11\xff\x01\x04\0\0\0\0"),
	  SET(6, "\x3c") },
	{ "a routing header that is at its end", PASSES, false,
	  HEAD("\x11\x02\0\0\0\0\0\0\xfd\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"), SET(6, "\x2b") },
	{ "a routing header with a segment left", SRTP_DROP_MALFORMED, false,
	  HEAD("\x11\x02\0\x01\0\0\0\0\xfd\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"), SET(6, "\x2b") },
	{ "a segment routing header with a segment left", SRTP_DROP_MALFORMED, false,
	  HEAD("\x11\x02\x04\x01\0\0\0\0\xfd\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"), SET(6, "\x2b") },
	{ "a routing header behind destination options", SRTP_DROP_MALFORMED, false,
	  HEAD("\x2b\0\x01\x04\0\0\0\0\x11\0\0\x01\0\0\0\0"), SET(6, "\x3c") },
	{ "a whole packet as a fragment", PASSES, false, HEAD("\x11\0\0\0\0\0\0\x07"), SET(6, "\x2c") },
	{ "a fragment without the rest", LOST, false, HEAD("\x11\0\0\x01\0\0\0\x08"), SET(6, "\x2c"),
	  .tail = 4 },
	{ "a fragment of 196 octets with more to come", SRTP_DROP_MALFORMED, false,
	  HEAD("\x11\0\0\x01\0\0\0\x09"), SET(6, "\x2c") },
	{ "the rest of a fragment", LOST, false, HEAD("\x11\0\0\x40\0\0\0\x0a"), SET(6, "\x2c") },
	{ "as IPv4", LOST, false, .type = ETH_P_IP },
	{ "to another host's link address", LOST, false, .mac = OTHER_MAC },
	{ "to the link's broadcast address", PASSES, false, .mac = BROADCAST },
	{ "a priority tag", PASSES, false, .type = ETH_P_8021Q, .tag = "\xa0\0\x86\xdd" },
	{ "a VLAN that is not there", LOST, false, .type = ETH_P_8021Q, .tag = "\0\x05\x86\xdd" },
	{ .name = NULL }
};

static struct raw_dev raw;	/* a0, of the phone */
static uint8_t g0[6];		/* the gateway's link address there */
static bool fast;		/* attached to g0 too */

static void gateway_mac(void)
{
	struct ifreq ifr = { .ifr_name = "g0" };
	int fd = ns_socket(NS_G, AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		bail("address of g0");
	memcpy(g0, ifr.ifr_hwaddr.sa_data, sizeof(g0));
	close(fd);
}

/* A frame with this as payload of UDP, and @c's mistake. */
static void send_crafted(const struct crafted *c, const struct side *s, const uint8_t *p, size_t len)
{
	uint8_t udp[8], frame[PACKET_MAX + 128] = { 0 }, *ip = frame + (c->tag ? 4 : 0), *at = ip;
	const bool is_v4 = s->far.family == AF_INET;
	size_t n;

	put16(udp, s->far.port);
	put16(udp + 2, s->local.port);
	put16(udp + 4, 8 + len);
	put16(udp + 6, 0);
	if (c->tag)
		memcpy(frame, c->tag, 4);
	at += raw_ip_head(ip, &s->far, &s->local, IPPROTO_UDP, c->head_len + 8 + len + c->tail);
	memcpy(at, c->head, c->head_len);
	at += c->head_len;
	memcpy(at, udp, 8);
	memcpy(at + 8, p, len);
	n = (size_t)(at + 8 - frame) + len + c->tail + c->pad - c->cut;
	if (is_v4)
		ip[0] = (uint8_t)(0x45 + c->head_len / 4);
	memcpy(ip + c->at, c->set, c->n);
	if (is_v4 && !c->bad_sum)
		raw_ip_sum(ip);
	raw_frame(&raw, c->mac ? (const uint8_t *)c->mac : g0,
		  c->type ? (uint16_t)c->type : is_v4 ? ETH_P_IP : ETH_P_IPV6, frame, n);
}

/* Does a packet with that mistake end as it should; the next thing to arrive is not looked at. */
static bool ends_as_wanted(const struct crafted *c, struct pair *p)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } wire;
	const uint64_t before = gw_taken(), wanted = fast && c->fast;
	uint8_t plain[PACKET_MAX];
	size_t n = rtp_simple(plain, p->a.ssrc, p->a.seq++);
	uint64_t got;

	memcpy(wire.data, plain, n);
	send_crafted(c, &p->a, wire.data, side_protect(&p->a, wire.data, n));
	if (c->want == PASSES && !side_got(&p->b, plain, n))
		return false;
	got = gw_taken_since(before, wanted);
	return got == wanted || diag("the fast path took %llu", (unsigned long long)got);
}

static void count_drop(struct drop *drops, int why)
{
	while (drops->why && drops->why != (enum srtp_drop)why)
		drops++;
	drops->why = (enum srtp_drop)why;
	drops->count++;
}

static const char *end_of(const struct crafted *c)
{
	return c->want > 0 ? nl_srtp_drop_name((enum srtp_drop)c->want) :
	       c->want == LOST ? "lost" : "passes";
}

static void test_table(int af, const struct crafted *c)
{
	const struct nl_srtp_session never = { .given = NL_SRTP_LATCH, .latch = SRTP_LATCH_NEVER };
	struct drop drops[8] = { 0 };
	struct pair p;
	bool ok;

	pair_open(&p, af, GCM, PLAIN, &never);
	for (; c->name; c++) {
		/* One that is in order comes through next. */
		ok = ends_as_wanted(c, &p) && passes(&p.a, &p.b);
		if (c->want > 0)
			count_drop(drops, c->want);
		tap(ok && pair_drops_are(&p, drops), "%s: %s: %s%s", af_name(af), c->name, end_of(c),
		    !fast ? "" : c->fast ? ", by the fast path" : ", past the fast path");
	}
	pair_close(&p);
}

/* Plain RTP has only the checksum of UDP. */
static void test_plain(int af)
{
	const unsigned int at = af == AF_INET ? 26 : 46;
	const struct crafted wrong = { .want = SRTP_DROP_MALFORMED, .fast = true, SET(at, "\x12\x34") };
	struct pair p;
	bool ok;

	pair_open(&p, af, PLAIN, GCM, NULL);
	ok = ends_as_wanted(&wrong, &p) && passes(&p.a, &p.b);
	tap(ok && pair_drops_are(&p, DROPS({ SRTP_DROP_MALFORMED, 1 })),
	    "%s: plain RTP with a wrong UDP checksum: malformed", af_name(af));
	pair_close(&p);
}

/* It is believed for its address, and so by a wire not for one of the loopback. */
static void test_plain_loopback(void)
{
	const struct crafted c = { .want = SRTP_DROP_SOURCE, SET(12, "\x7f\0\0\x01") };
	struct nl_srtp_session remote = { .given = NL_SRTP_REMOTE };
	struct pair p;
	bool ok;

	pair_open(&p, AF_INET, PLAIN, GCM, NULL);
	addr_parse(&remote.remote, "127.0.0.1", p.a.far.port);
	side_set(&p.a, remote);
	ok = ends_as_wanted(&c, &p) && pair_drops_are(&p, DROPS({ SRTP_DROP_SOURCE, 1 }));
	remote.remote = p.a.far;
	side_set(&p.a, remote);
	tap(ok && passes(&p.a, &p.b), "plain RTP from 127.0.0.1, which is the remote address: source");
	pair_close(&p);
}

/*
 * A session at an address to which only this machine itself may send.  What comes for it by the
 * wire IPv6 throws out in front of the hooks, IPv4 behind them.
 */
static void test_loopback(int af)
{
	const struct crafted c = { .want = af == AF_INET ? PASSES : LOST };
	struct pair p, other;
	struct addr local;
	bool ok;

	pair_open(&p, af, GCM, PLAIN, NULL);
	pair_open(&other, af, GCM, PLAIN, NULL);
	addr_parse(&local, af == AF_INET ? "127.0.0.1" : "::1", p.a.local.port);
	side_move(&p.a, &local, (struct nl_srtp_session){ .given = NL_SRTP_PEER | NL_SRTP_STATE,
							  .peer = p.b.id, .state = SRTP_STATE_OPEN });
	ok = ends_as_wanted(&c, &p) && passes(&other.a, &other.b) && side_silent(&p.b);
	tap(ok && pair_drops_are(&p, DROPS()), "%s: to a session's loopback address: %s", af_name(af),
	    end_of(&c));
	pair_close(&p);
	pair_close(&other);
}

/* By a VLAN: the device below leaves its packets alone, its own may be attached to. */
static void test_vlan(int af)
{
	const struct crafted c = { .want = PASSES, .fast = false, .type = ETH_P_8021Q,
				   .tag = af == AF_INET ? "\0\x05\x08\0" : "\0\x05\x86\xdd" };
	struct crafted taken_there = c;
	struct pair p;
	uint32_t at;
	bool ok;

	shell("ip link add link g0 name g0.5 type vlan id 5 && ip link set g0.5 up");
	pair_open(&p, af, GCM, PLAIN, NULL);
	ok = ends_as_wanted(&c, &p) && passes(&p.a, &p.b);
	if (fast) {
		at = gw_attach((struct nl_srtp_attachment){ .ifindex = if_nametoindex("g0.5") });
		taken_there.fast = true;
		ok = ok && ends_as_wanted(&taken_there, &p) && passes(&p.a, &p.b);
		gw_detach(at);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "%s: by a VLAN%s", af_name(af),
	    fast ? ", whose device is attached to" : "");
	pair_close(&p);
	shell("ip link del g0.5");
}

static void test_all(int af)
{
	test_table(af, af == AF_INET ? v4 : v6);
	test_plain(af);
	if (af == AF_INET)
		test_plain_loopback();
	test_loopback(af);
	/* The debugging kernel has no VLANs. */
	if (strcmp(getenv("VM_KERNEL") ?: "", "debug"))
		test_vlan(af);
}

int main(void)
{
	uint32_t ports, device;

	gw_begin();
	raw = raw_open(NS_A, "a0");
	gateway_mac();
	ports = gw_attach((struct nl_srtp_attachment){ .first = 16384, .last = 32767 });
	test_all(AF_INET);
	test_all(AF_INET6);
	fast = true;
	device = gw_attach((struct nl_srtp_attachment){ .ifindex = if_nametoindex("g0") });
	test_all(AF_INET);
	test_all(AF_INET6);
	gw_detach(device);
	gw_detach(ports);
	return tap_done();
}
