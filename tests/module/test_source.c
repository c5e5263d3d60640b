// SPDX-License-Identifier: GPL-2.0-or-later
/* Genuine packets that come from addresses to which nothing may be sent: whoever can hold one
 * back and send it on can write any source into it, and the hook is in front of the stack's
 * own look at it. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/raw_ip.h"
#include "lib/tap.h"

static struct raw_dev raw;	/* a0, of the phones */

/* A UDP packet with any source; without UDP checksum, since SRTP has a tag. */
static void send_from(const struct addr *from, const struct addr *to, const uint8_t *p, size_t len)
{
	uint8_t pkt[PACKET_MAX + 48];
	size_t head = raw_ip_head(pkt, from, to, IPPROTO_UDP, 8 + len);
	uint8_t *udp = pkt + head;

	put16(udp, from->port);
	put16(udp + 2, to->port);
	put16(udp + 4, len + 8);
	put16(udp + 6, 0);
	memcpy(udp + 8, p, len);
	raw_send(&raw, pkt, head + 8 + len);
}

static struct addr address(const char *ip, uint16_t port)
{
	struct addr a;

	if (addr_parse(&a, ip, port))
		bail("address %s", ip);
	return a;
}

static void test_never(int af, uint16_t profile)
{
	/* What IPv6 itself drops in front of the hook (multicast, ::1, mapped) is not here. */
	static const char *const v4[] = { "0.0.0.0", "127.0.0.1", "127.1.2.3",
					  "224.0.0.5", "239.255.255.255", "255.255.255.255" };
	static const char *const v6[] = { "::", "fe80::1" };
	size_t n = af == AF_INET ? sizeof(v4) / sizeof(*v4) : sizeof(v6) / sizeof(*v6);
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_report r;
	size_t len, plain_len;
	struct addr none;
	struct pair p;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	ok = passes(&p.a, &p.b);
	plain_len = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, plain_len);
	len = side_protect(&p.a, wire, plain_len);
	for (size_t i = 0; i < n; i++) {
		struct addr from = address(af == AF_INET ? v4[i] : v6[i], 50000);

		send_from(&from, &p.a.local, wire, len);
	}
	send_from(&p.a.local, &p.a.local, wire, len);
	none = host_addr(af, 'a', 0);
	send_from(&none, &p.a.local, wire, len);
	/* None of them took the index: the same packet from the phone is good. */
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, plain_len) && side_silent(&p.b);
	r = side_report(&p.a);
	tap(ok && addr_equal(&r.session.remote, &p.a.far) && passes(&p.b, &p.a),
	    "%s %s: genuine packets from addresses that are nobody's move no address",
	    af_name(af), suite_name(profile));
	tap(drops_are(&p.a, DROPS({ SRTP_DROP_SOURCE, n + 2 })),
	    "%s %s: each of the %zu counted under source", af_name(af), suite_name(profile), n + 2);
	pair_close(&p);
}

/* That this is a subnet's broadcast address only the route says. */
static void test_subnet_broadcast(void)
{
	struct addr everybody = address("10.1.0.255", 50008), any = address("0.0.0.0", 50008);
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_stats st;
	size_t len, plain_len;
	struct pair p;
	int listener;
	bool ok;

	pair_open(&p, AF_INET, GCM, PLAIN, NULL);
	listener = udp_open(NS_A, &any);
	ok = passes(&p.a, &p.b);
	plain_len = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, plain_len);
	len = side_protect(&p.a, wire, plain_len);
	send_from(&everybody, &p.a.local, wire, len);
	ok = ok && side_got(&p.b, plain, plain_len);
	for (int i = 0; i < 3; i++)
		side_next(&p.b, NULL);
	st = side_stats(&p.a);
	tap(ok && st.drops[SRTP_DROP_NO_ROUTE] == 3 &&
	    udp_recv(listener, wire, sizeof(wire), 0, NULL) < 0,
	    "IPv4: media is not sent to a subnet's broadcast address");
	/* The phone's next packet brings its address back. */
	tap(passes(&p.a, &p.b) && passes(&p.b, &p.a), "IPv4: and the phone gets it back");
	close(listener);
	pair_close(&p);
}

int main(void)
{
	gw_begin();
	raw = raw_open(NS_A, "a0");
	each_case(test_never);
	test_subnet_broadcast();
	return tap_done();
}
