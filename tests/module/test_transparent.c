// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions without peer: a local program that speaks plain RTP, and a phone that speaks SRTP.
 * The argument names the hook whose rule catches what the program sends: OUTPUT, POSTROUTING, both, or
 * "attached" for the module's own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

static const char *hook;

static bool app_silent(int app)
{
	uint8_t in[PACKET_MAX];

	return udp_recv(app, in, sizeof(in), 0, NULL) < 0 || diag("the program got something");
}

static void test_both_ways(int af, uint16_t profile)
{
	uint8_t pkt[PACKET_MAX];
	struct side s;
	bool ok = true;
	int app;

	app = side_program(&s, af, profile, NULL);
	for (size_t size = 0; size <= 1200 && ok; size += 13) {
		struct rtp r = { .ssrc = 1, .seq = (uint16_t)(65500 + size / 13), .payload = size,
				 .ext_words = (int)(size % 3) - 1 };
		size_t len = rtp_build(pkt, &r);

		side_send(&s, pkt, len);
		ok = plain_got(app, &s.far, pkt, len);
		r.ssrc = 2;
		len = rtp_build(pkt, &r);
		udp_send(app, &s.far, pkt, len);
		ok = ok && side_got(&s, pkt, len);
		len = rtcp_build(pkt, 3, (uint32_t)size, 2);
		side_send(&s, pkt, len);
		ok = ok && plain_got(app, &s.far, pkt, len);
		udp_send(app, &s.far, pkt, len);
		ok = (ok && side_got(&s, pkt, len)) || diag("payload of %zu octets", size);
	}
	tap(ok && drops_are(&s, DROPS()), "%s %s %s: a local program's RTP and RTCP, both ways, "
	    "over the wrap", af_name(af), suite_name(profile), hook);
	close(app);
	side_close(&s);
}

static void test_refusals(int af, uint16_t profile)
{
	uint8_t pkt[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_session state = { .given = NL_SRTP_STATE };
	size_t n, len;
	struct side s;
	bool ok;
	int app;

	side_open(&s, af, 'a', profile, NULL);
	app = udp_open(NS_G, &s.local);
	/* Held: nothing, not even in the clear. */
	n = rtp_simple(pkt, 1, 1);
	ok = !udp_try(app, &s.far, pkt, n);
	memcpy(wire, pkt, n);
	len = side_protect(&s, wire, n);
	side_send_raw(&s, wire, len);
	ok = ok && drops_are(&s, DROPS({ SRTP_DROP_HELD, 2 })) && side_silent(&s) && app_silent(app);
	state.state = SRTP_STATE_OPEN;
	side_set(&s, state);
	/* Forged, replayed, twice the same from the program. */
	wire[30] ^= 1;
	side_send_raw(&s, wire, len);
	wire[30] ^= 1;
	side_send_raw(&s, wire, len);
	side_send_raw(&s, wire, len);
	ok = ok && plain_got(app, &s.far, pkt, n);
	udp_send(app, &s.far, pkt, n);
	ok = ok && !udp_try(app, &s.far, pkt, n) && side_got(&s, pkt, n);
	/* DTLS of the program leaves as it is. */
	memset(pkt, 22, 50);
	udp_send(app, &s.far, pkt, 50);
	ok = ok && udp_recv(s.fd, wire, sizeof(wire), DEADLINE_MS, NULL) == 50 &&
		!memcmp(wire, pkt, 50) && app_silent(app) && side_silent(&s);
	tap(ok && drops_are(&s, DROPS({ SRTP_DROP_HELD, 2 }, { SRTP_DROP_AUTH, 1 },
				      { SRTP_DROP_REPLAY, 1 }, { SRTP_DROP_REUSE, 1 })),
	    "%s %s %s: held, forged, replayed, repeated: nothing passes", af_name(af),
	    suite_name(profile), hook);
	close(app);
	side_close(&s);
}

/* Only the module may send from a relayed session's address: another's packets would use up indices. */
static void test_local_injection(int af, uint16_t profile)
{
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	size_t n;
	bool ok;
	int app;

	pair_open(&p, af, profile, PLAIN, NULL);
	app = udp_open(NS_G, &p.a.local);
	n = rtp_simple(pkt, 1, 1);
	ok = !udp_try(app, &p.a.far, pkt, n);
	ok = ok && passes(&p.b, &p.a) && passes(&p.a, &p.b) && side_silent(&p.a);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_LOCAL, 1 })),
	    "%s %s %s: a local program cannot send from a relayed session's address", af_name(af),
	    suite_name(profile), hook);
	close(app);
	pair_close(&p);
}

static void test_gso(int af, uint16_t profile)
{
	uint8_t train[8 * 200], one[PACKET_MAX];
	size_t n = 0;
	struct side s;
	bool ok;
	int app;

	app = side_program(&s, af, profile, NULL);
	for (uint16_t i = 0; i < 8; i++) {
		n = rtp_simple(one, 4, i);
		memcpy(train + i * n, one, n);
	}
	ok = udp_try_segmented(app, &s.far, train, 8 * n, n) || diag("not sent");
	for (uint16_t i = 0; i < 8 && ok; i++)
		ok = side_got(&s, train + i * n, n) || diag("segment %u", i);
	tap(ok && drops_are(&s, DROPS()), "%s %s %s: a program that sends GSO buffers", af_name(af),
	    suite_name(profile), hook);
	close(app);
	side_close(&s);
}

/* From now on the program's packets may not be sent on in fragments. */
static void never_fragment(int app, int af)
{
	int strict = IP_PMTUDISC_DO;	/* and IPV6_PMTUDISC_DO */

	if (setsockopt(app, af == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
		       af == AF_INET ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &strict, sizeof(strict)))
		bail("IP_MTU_DISCOVER");
}

static void test_too_long(int af, uint16_t profile)
{
	size_t room = (af == AF_INET ? 1472 : 1452) - (profile == CM ? 10 : 16) - 12;
	struct rtp r = { .ssrc = 5, .seq = 1, .payload = room, .ext_words = -1 };
	uint8_t pkt[PACKET_MAX];
	struct side s;
	size_t n;
	bool ok;
	int app;

	app = side_program(&s, af, profile, NULL);
	n = rtp_build(pkt, &r);
	udp_send(app, &s.far, pkt, n);
	ok = side_got(&s, pkt, n);
	r.seq++;
	r.payload++;
	n = rtp_build(pkt, &r);
	never_fragment(app, af);
	ok = ok && !udp_try(app, &s.far, pkt, n);
	/* iptables on nf_tables, of which the chains are named here, knows no error but this. */
	if (ok && errno != (strstr(hook, "OUT") ? EPERM : EMSGSIZE))
		ok = diag("the program sees: %s", strerror(errno));
	n = rtp_simple(pkt, 5, 3);
	udp_send(app, &s.far, pkt, n);
	ok = ok && side_got(&s, pkt, n) && side_silent(&s);
	tap(ok && drops_are(&s, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s %s %s: up to the MTU, not beyond", af_name(af), suite_name(profile), hook);
	close(app);
	side_close(&s);
}

/* A packet with cryptex grows by four octets more: the MTU counts them always. */
static void test_cryptex(int af, uint16_t profile)
{
	size_t room = (af == AF_INET ? 1472 : 1452) - (profile == CM ? 10 : 16) - 4 - 20;
	struct rtp r = { .ssrc = 5, .seq = 1, .payload = room, .csrcs = 2, .ext_words = -1 };
	uint8_t pkt[PACKET_MAX], want[PACKET_MAX];
	struct side s;
	size_t n;
	bool ok;
	int app;

	side_open(&s, af, 'a', profile, NULL);
	side_headers(&s, NULL, 0, SRTP_CRYPTEX_REQUIRED, SRTP_CRYPTEX_REQUIRED, false);
	side_set(&s, (struct nl_srtp_session){ .given = NL_SRTP_STATE, .state = SRTP_STATE_OPEN });
	app = udp_open(NS_G, &s.local);
	n = rtp_build(pkt, &r);
	/* What comes out has an empty extension behind the CSRCs. */
	memcpy(want, pkt, 20);
	want[0] |= 0x10;
	memcpy(want + 20, "\xbe\xde\0\0", 4);
	memcpy(want + 24, pkt + 20, n - 20);
	udp_send(app, &s.far, pkt, n);
	ok = side_got(&s, want, n + 4);
	r.seq++;
	r.payload++;
	n = rtp_build(pkt, &r);
	never_fragment(app, af);
	ok = ok && !udp_try(app, &s.far, pkt, n);
	r = (struct rtp){ .ssrc = 6, .seq = 1, .payload = 99, .csrcs = 15, .ext_words = 3 };
	n = rtp_build(pkt, &r);
	udp_send(app, &s.far, pkt, n);
	ok = ok && side_got(&s, pkt, n);
	side_send(&s, pkt, n);
	ok = ok && plain_got(app, &s.far, pkt, n);
	tap(ok && drops_are(&s, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s %s %s: cryptex, both ways, up to the MTU", af_name(af), suite_name(profile), hook);
	close(app);
	side_close(&s);
}

static void test_all(int af, uint16_t profile)
{
	test_both_ways(af, profile);
	test_refusals(af, profile);
	test_local_injection(af, profile);
	test_gso(af, profile);
	test_too_long(af, profile);
	test_cryptex(af, profile);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: test_transparent OUTPUT|POSTROUTING|both|attached\n", stderr);
		return 2;
	}
	hook = argv[1];
	gw_begin();
	each_case(test_all);
	return tap_done();
}
