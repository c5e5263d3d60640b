// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fast path: relays taken at the ingress hooks of the gateway's devices, with no rule
 * anywhere.  What it takes and what it leaves; and routes, neighbours, devices and MTUs that
 * change under it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/if.h>
#include <netinet/in.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

static uint32_t at_g0, at_g1;

static uint32_t attach_device(const char *name)
{
	return gw_attach((struct nl_srtp_attachment){ .ifindex = if_nametoindex(name) });
}

static uint64_t counted;	/* packets that the devices' hooks had taken before */

static void count_anew(void)
{
	counted = gw_taken();
}

static bool took(unsigned int want)
{
	const uint64_t n = gw_taken_since(counted, want);

	counted += n;
	return n == want || diag("the fast path took %llu packets, not %u", (unsigned long long)n, want);
}

static void refused(const char *name, struct nl_srtp_attachment a, int want, const char *words)
{
	struct err e = { 0 };
	uint32_t id;
	int rc = nl_srtp_attach(gw, &a, &id, &e);
	bool ok = rc == want || diag("result %d, not %d", rc, want);

	tap((strstr(e.text, words) || diag("not said: %s", words)) && ok, "refused: %s [%s]", name,
	    err_text(&e));
}

static void test_requests(void)
{
	uint32_t g0 = if_nametoindex("g0");

	refused("a device twice", (struct nl_srtp_attachment){ .ifindex = g0 }, -EEXIST,
		"the device is attached to already");
	refused("a device that does not exist", (struct nl_srtp_attachment){ .ifindex = 4000000 },
		-ENODEV, "attach.ifindex");
	refused("the loopback device", (struct nl_srtp_attachment){ .ifindex = 1 }, -EINVAL, "loopback");
	refused("a device and ports",
		(struct nl_srtp_attachment){ .ifindex = g0, .first = 9, .last = 9 }, -EINVAL,
		"attach.port-first");
	shell("ip link add x0 type veth peer name x1 && ip link add br0 type bridge && "
	      "ip link set x0 master br0");
	refused("a port of a bridge", (struct nl_srtp_attachment){ .ifindex = if_nametoindex("x0") },
		-EBUSY, "attach to the one above");
	shell("ip link del br0; ip link del x0");
}

static void test_relay(int af, uint16_t profile)
{
	uint8_t p[PACKET_MAX];
	struct pair c;
	size_t n;
	bool ok;

	pair_open(&c, af, profile, PLAIN, NULL);
	count_anew();
	ok = true;
	for (int i = 0; i < 20 && ok; i++)
		ok = passes(&c.a, &c.b) && passes(&c.b, &c.a);
	n = rtcp_build(p, 7, 1, 2);
	side_send(&c.a, p, n);
	ok = ok && side_got(&c.b, p, n);
	tap(ok && took(41) && pair_drops_are(&c, DROPS()), "%s %s: relayed by the fast path",
	    af_name(af), suite_name(profile));

	/* Forged, and sent twice. */
	n = rtp_simple(p, c.a.ssrc, c.a.seq++);
	side_send_spoilt(&c.a, p, n);
	ok = side_got(&c.b, p, n) && passes(&c.a, &c.b) && side_silent(&c.b);
	tap(ok && took(4) && pair_drops_are(&c, DROPS({ SRTP_DROP_AUTH, 1 }, { SRTP_DROP_REPLAY, 1 })),
	    "%s %s: which lets no more through than the ordinary way", af_name(af), suite_name(profile));
	pair_close(&c);
}

/* SRTP to SRTP, from one family to the other. */
static void test_families(void)
{
	struct nl_srtp_session both[2] = { 0 };
	struct err e = { 0 };
	struct side a, b;

	side_open(&a, AF_INET, 'a', GCM, NULL);
	side_open(&b, AF_INET6, 'b', CM, NULL);
	for (int i = 0; i < 2; i++)
		both[i] = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_PEER | NL_SRTP_STATE,
						    .id = i ? b.id : a.id, .peer = i ? a.id : b.id,
						    .state = SRTP_STATE_OPEN };
	if (nl_srtp_session_set(gw, both, 2, &e))
		bail("%s", err_text(&e));
	count_anew();
	tap(passes(&a, &b) && passes(&b, &a) && took(2), "from IPv4 to IPv6, from GCM to CM");
	side_close(&a);
	side_close(&b);
}

/* All that is not media of an open relay is for the hooks behind, attached to ports here. */
static void test_ordinary(int af)
{
	uint32_t at = gw_attach((struct nl_srtp_attachment){ .first = 16384, .last = 32767 });
	struct nl_srtp_session state = { .given = NL_SRTP_STATE, .state = SRTP_STATE_HELD };
	struct rtp large = { .ssrc = 9, .seq = 9, .payload = 1600, .ext_words = -1 };
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	int app, want = IP_PMTUDISC_DONT;
	struct side s;
	struct pair c;
	size_t n;
	bool ok;

	app = side_program(&s, af, CM, NULL);
	count_anew();
	n = side_next(&s, p);
	ok = udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n && !memcmp(in, p, n);
	udp_send(app, &s.far, p, n);
	ok = ok && side_got(&s, p, n);
	memset(p, 22, 50);
	side_send_raw(&s, p, 50);
	ok = ok && udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == 50;
	tap(ok && took(0), "%s: transparent sessions and DTLS go the ordinary way", af_name(af));
	close(app);
	side_close(&s);

	pair_open(&c, af, CM, PLAIN, NULL);
	side_set(&c.a, state);
	side_next(&c.a, NULL);
	ok = drops_are(&c.a, DROPS({ SRTP_DROP_HELD, 1 }));
	state.state = SRTP_STATE_OPEN;
	side_set(&c.a, state);
	ok = ok && passes(&c.a, &c.b) && took(1) && side_silent(&c.b) &&
	     drops_are(&c.a, DROPS({ SRTP_DROP_HELD, 1 }));
	if (af == AF_INET) {
		static const uint8_t nops[4] = { 1, 1, 1, 0 };

		if (setsockopt(c.a.fd, IPPROTO_IP, IP_OPTIONS, nops, sizeof(nops)))
			bail("IP_OPTIONS");
		ok = ok && passes(&c.a, &c.b);
		if (setsockopt(c.a.fd, IPPROTO_IP, IP_OPTIONS, NULL, 0) ||
		    setsockopt(c.a.fd, IPPROTO_IP, IP_MTU_DISCOVER, &want, sizeof(want)))
			bail("IP_OPTIONS");
		n = rtp_build(p, &large);
		side_send(&c.a, p, n);
		ok = ok && side_got(&c.b, p, n);
		/* In one piece, but in two when it has grown. */
		large.payload = 1472 - 12;
		large.ssrc++;
		n = rtp_build(p, &large);
		if (setsockopt(c.b.fd, IPPROTO_IP, IP_MTU_DISCOVER, &want, sizeof(want)))
			bail("IP_MTU_DISCOVER");
		ok = ok && took(0);
		side_send(&c.b, p, n);
		ok = ok && side_got(&c.a, p, n) && took(1);
	}
	tap(ok, "%s: so do held sessions%s", af_name(af), af == AF_INET ?
	    ", options and fragments; what has to be sent in fragments leaves that way" : "");
	pair_close(&c);
	gw_detach(at);
}

/* "TX packets" of a device of the gateway. */
static unsigned long sent_by(const char *dev)
{
	unsigned long n = 0;
	char line[256];
	FILE *f = fopen("/proc/thread-self/net/dev", "r");

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (!strcmp(line + strspn(line, " "), dev))
			sscanf(colon + 1, "%*u %*u %*u %*u %*u %*u %*u %*u %*u %lu", &n);
	}
	if (f)
		fclose(f);
	return n;
}

static bool passes_by(struct pair *c, const char *dev)
{
	unsigned long before = sent_by(dev);

	return passes(&c->a, &c->b) && took(1) &&
	       (sent_by(dev) > before || diag("it did not leave by %s", dev));
}

/* Everything that packets were sent by changes, and they follow. */
static void test_changes(int af)
{
	bool v4 = af == AF_INET;
	const char *to = v4 ? "10.2.0.2" : "fd02::2", *ip = v4 ? "ip" : "ip -6";
	struct rtp r = { .ssrc = 5, .seq = 1, .payload = 1300, .ext_words = -1 };
	uint8_t p[PACKET_MAX];
	struct pair c;
	size_t n;
	bool ok;

	pair_open(&c, af, GCM, PLAIN, NULL);
	count_anew();
	ok = passes_by(&c, "g1") && passes_by(&c, "g1");
	shell("%s route add %s via %s dev g2", ip, to, v4 ? "10.3.0.2" : "fd03::2");
	ok = ok && passes_by(&c, "g2") && passes_by(&c, "g2");
	shell("%s route del %s via %s dev g2", ip, to, v4 ? "10.3.0.2" : "fd03::2");
	ok = ok && passes_by(&c, "g1");
	tap(ok, "%s: a route that is replaced is noticed, and again", af_name(af));

	shell("ip neigh replace %s lladdr 02:00:00:00:00:77 dev g1 nud permanent", to);
	side_next(&c.a, NULL);
	ok = took(1);
	shell("ip neigh replace %s lladdr $(ip -n tb -br link show b0 | awk '{ print $3 }') dev g1 "
	      "nud permanent", to);
	ok = ok && passes_by(&c, "g1") && side_silent(&c.b);
	shell("ip neigh del %s dev g1", to);
	ok = ok && passes_by(&c, "g1");
	tap(ok, "%s: a neighbour that changes its address is noticed, and one that is forgotten",
	    af_name(af));

	n = rtp_build(p, &r);
	side_send(&c.a, p, n);
	ok = side_got(&c.b, p, n) && took(1);
	shell("ip link set g1 mtu 1290");
	r.seq++;
	n = rtp_build(p, &r);
	side_send(&c.a, p, n);
	ok = ok && took(1) && passes_by(&c, "g1") && side_silent(&c.b) &&
	     drops_are(&c.b, DROPS({ SRTP_DROP_TOO_LONG, 1 }));
	shell("ip link set g1 mtu 1500");
	tap(ok, "%s: a smaller MTU is noticed", af_name(af));

	shell("ip link set g1 down");
	count_anew();
	side_next(&c.a, NULL);
	ok = took(1) && drops_are(&c.b, DROPS({ SRTP_DROP_TOO_LONG, 1 }, { SRTP_DROP_NO_ROUTE, 1 }));
	/* Its addresses of IPv6 are gone. */
	shell("ip link set g1 up && ip addr replace fd02::1/64 dev g1 nodad");
	ok = ok && passes_by(&c, "g1");
	tap(ok, "%s: a device that goes down is noticed, and that it is back", af_name(af));
	pair_close(&c);
}

static int count(const struct nl_srtp_attachment *a, void *arg)
{
	(void)a;
	++*(unsigned int *)arg;
	return 0;
}

/* A device that goes takes its attachment along; one that is left alone stays. */
static void test_device_gone(void)
{
	unsigned int n = 0;
	struct err e = { 0 };
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	struct pair c;
	uint32_t at;
	size_t len;
	bool ok;
	int app;

	at = attach_device("g2");
	shell("ip link del g2");
	pair_open(&c, AF_INET, CM, PLAIN, NULL);
	count_anew();
	ok = passes(&c.a, &c.b) && took(1);
	if (nl_srtp_attach_dump(gw, count, &n, &e))
		bail("%s", err_text(&e));
	ok = ok && (n == 2 || diag("%u attachments, not 2", n)) &&
	     nl_srtp_detach(gw, at, &e) == -ENOENT;
	tap(ok, "a device that is deleted takes its attachment along");

	gw_detach(at_g0);
	app = udp_open(NS_G, &c.a.local);
	len = side_next(&c.a, p);
	/* Still encrypted, it comes to whom it is addressed. */
	ok = udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)len + 10 &&
	     memcmp(in + 12, p + 12, len - 12);
	close(app);
	at_g0 = attach_device("g0");
	count_anew();
	ok = ok && passes(&c.a, &c.b) && side_silent(&c.b);
	tap(ok && took(1) && pair_drops_are(&c, DROPS()), "detached, it takes nothing");
	pair_close(&c);
}

int main(void)
{
	gw_begin();
	shell("ip -n tb link add b2 type veth peer name g2 netns tg && "
	      "ip -n tb addr add 10.3.0.2/24 dev b2 && "
	      "ip -n tb addr add fd03::2/64 dev b2 nodad && ip -n tb link set b2 up && "
	      "ip addr add 10.3.0.1/24 dev g2 && ip addr add fd03::1/64 dev g2 nodad && ip link set g2 up");
	at_g0 = attach_device("g0");
	at_g1 = attach_device("g1");
	test_requests();
	each_case(test_relay);
	test_families();
	test_ordinary(AF_INET);
	test_ordinary(AF_INET6);
	test_changes(AF_INET);
	test_changes(AF_INET6);
	test_device_gone();
	gw_detach(at_g0);
	gw_detach(at_g1);
	return tap_done();
}
