// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes in comes out: every direction, form and size of a good packet. */
#include <string.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define MAX_PAYLOAD 1200

struct mode {
	const char *name;
	uint16_t a, b;
};

static void modes_of(uint16_t profile, struct mode *m)
{
	m[0] = (struct mode){ "SRTP to RTP", profile, PLAIN };
	m[1] = (struct mode){ "RTP to SRTP", PLAIN, profile };
	m[2] = (struct mode){ "SRTP to SRTP, other key", profile, profile };
	m[3] = (struct mode){ "SRTP to SRTP, other suite", profile, profile == CM ? GCM : CM };
}

/* Both directions at once; returns how many packets went each way. */
static int all_sizes(struct pair *p, int step, bool *ok)
{
	uint8_t pkt[PACKET_MAX];
	int n = 0;

	*ok = true;
	for (size_t size = 0; size <= MAX_PAYLOAD && *ok; size += (size_t)step, n++) {
		struct rtp r = { .ssrc = 0x1234, .seq = (uint16_t)n, .payload = size,
				 .ext_words = -1 };
		size_t len = rtp_build(pkt, &r);

		side_send(&p->a, pkt, len);
		*ok = side_got(&p->b, pkt, len);
		r.ssrc = 0x5678;
		len = rtp_build(pkt, &r);
		side_send(&p->b, pkt, len);
		*ok = side_got(&p->a, pkt, len) && *ok;
		if (!*ok)
			diag("at %zu octets of payload", size);
	}
	return n;
}

static bool counted(const struct side *s, uint64_t n)
{
	struct nl_srtp_stats st = side_stats(s);

	if (st.rx_packets == n && st.tx_packets == n)
		return true;
	return diag("session %u counts %llu received, %llu sent; not %llu", s->id,
		    (unsigned long long)st.rx_packets, (unsigned long long)st.tx_packets,
		    (unsigned long long)n);
}

static void test_sizes(int af, uint16_t profile)
{
	struct mode modes[4];

	modes_of(profile, modes);
	for (int i = 0; i < 4; i++) {
		/* Every size once; where both suites meet again, a sample of them. */
		int step = i < 2 ? 1 : 7, n;
		struct pair p;
		bool ok;

		pair_open(&p, af, modes[i].a, modes[i].b, NULL);
		n = all_sizes(&p, step, &ok);
		tap(ok, "%s %s %s and back: payloads of 0 to %d octets", af_name(af),
		    suite_name(profile), modes[i].name, MAX_PAYLOAD);
		tap(counted(&p.a, (uint64_t)n) && counted(&p.b, (uint64_t)n) &&
		    pair_drops_are(&p, DROPS()), "%s %s %s: all counted, none dropped",
		    af_name(af), suite_name(profile), modes[i].name);
		pair_close(&p);
	}
}

static void test_plain(int af)
{
	struct pair p;
	bool ok;

	pair_open(&p, af, PLAIN, PLAIN, NULL);
	all_sizes(&p, 7, &ok);
	tap(ok && pair_drops_are(&p, DROPS()), "%s RTP to RTP and back", af_name(af));
	pair_close(&p);
}

/* CSRC lists, extensions and padding are where header lengths go wrong. */
static void test_headers(int af, uint16_t profile)
{
	static const int exts[] = { -1, 0, 1, 5 };
	static const unsigned int pads[] = { 0, 1, 4, 255 };
	struct mode modes[4];

	modes_of(profile, modes);
	for (int i = 0; i < 3; i++) {
		uint8_t pkt[PACKET_MAX];
		uint16_t seq = 0;
		struct pair p;
		bool ok = true;

		pair_open(&p, af, modes[i].a, modes[i].b, NULL);
		for (int e = 0; e < 4; e++)
			for (int d = 0; d < 4; d++)
				for (unsigned int cc = 0; cc <= 15 && ok; cc += 3) {
					struct rtp r = { .ssrc = 7, .seq = seq++, .payload = 33,
							 .csrcs = cc, .ext_words = exts[e],
							 .padding = pads[d] };
					size_t len = rtp_build(pkt, &r);

					side_send(&p.a, pkt, len);
					ok = side_got(&p.b, pkt, len) ||
						diag("%u CSRCs, extension of %d words, %u padding",
						     cc, exts[e], pads[d]);
				}
		tap(ok && pair_drops_are(&p, DROPS()), "%s %s %s: CSRCs, extensions, padding",
		    af_name(af), suite_name(profile), modes[i].name);
		pair_close(&p);
	}
}

/* RFC 5761: RTCP on the RTP port. */
static void test_rtcp_mux(int af, uint16_t profile)
{
	struct mode modes[4];

	modes_of(profile, modes);
	for (int i = 0; i < 4; i++) {
		uint8_t pkt[PACKET_MAX];
		struct pair p;
		bool ok = true;

		pair_open(&p, af, modes[i].a, modes[i].b, NULL);
		for (unsigned int n = 0; n < 40 && ok; n++) {
			size_t len = rtcp_build(pkt, 0xabc, n, n);

			side_send(&p.a, pkt, len);
			ok = side_got(&p.b, pkt, len);
			len = rtcp_build(pkt, 0xdef, n, 2 * n);
			side_send(&p.b, pkt, len);
			ok = ok && side_got(&p.a, pkt, len) && passes(&p.a, &p.b);
		}
		tap(ok && pair_drops_are(&p, DROPS()), "%s %s %s: RTCP muxed with RTP, both ways",
		    af_name(af), suite_name(profile), modes[i].name);
		pair_close(&p);
	}
}

/* RTP and RTCP on a port each on side b, muxed or not on side a. */
static void test_rtcp_ports(int af, uint16_t profile)
{
	struct side rtcp;
	struct pair p;
	uint8_t pkt[PACKET_MAX];
	bool ok = true;

	pair_open(&p, af, profile, PLAIN, NULL);
	side_open(&rtcp, af, 'b', PLAIN, NULL);
	side_set(&rtcp, (struct nl_srtp_session){ .given = NL_SRTP_PEER | NL_SRTP_STATE,
						  .peer = p.a.id, .state = SRTP_STATE_OPEN });
	side_set(&p.a, (struct nl_srtp_session){ .given = NL_SRTP_RTCP_PEER, .rtcp_peer = rtcp.id });
	for (unsigned int n = 0; n < 20 && ok; n++) {
		size_t len = rtcp_build(pkt, 0xabc, n, 3);

		side_send(&p.a, pkt, len);
		ok = side_got(&rtcp, pkt, len) && passes(&p.a, &p.b);
		len = rtcp_build(pkt, 0xdef, n, 4);
		side_send(&rtcp, pkt, len);
		ok = ok && side_got(&p.a, pkt, len) && passes(&p.b, &p.a);
	}
	ok = ok && side_silent(&p.b) && side_silent(&rtcp) && side_silent(&p.a);
	tap(ok && pair_drops_are(&p, DROPS()) && drops_are(&rtcp, DROPS()),
	    "%s %s: RTCP muxed on one side, on a port of its own on the other", af_name(af),
	    suite_name(profile));
	side_close(&rtcp);
	pair_close(&p);
}

/* Two pairs: RTP and RTCP both on ports of their own, keys shared (RFC 5764 section 4.1.2 does so). */
static void test_rtcp_pairs(int af, uint16_t profile)
{
	struct pair rtp, rtcp;
	uint8_t pkt[PACKET_MAX];
	bool ok = true;

	pair_open(&rtp, af, profile, PLAIN, NULL);
	pair_open(&rtcp, af, profile, PLAIN, NULL);
	for (unsigned int n = 0; n < 10 && ok; n++) {
		size_t len = rtcp_build(pkt, 0xabc, n, 3);

		side_send(&rtcp.a, pkt, len);
		ok = side_got(&rtcp.b, pkt, len);
		side_send(&rtcp.b, pkt, len);
		ok = ok && side_got(&rtcp.a, pkt, len) && passes(&rtp.a, &rtp.b);
	}
	tap(ok && pair_drops_are(&rtcp, DROPS()), "%s %s: RTCP on ports of its own on both sides",
	    af_name(af), suite_name(profile));
	pair_close(&rtcp);
	pair_close(&rtp);
}

static void test_all(int af, uint16_t profile)
{
	test_headers(af, profile);
	test_rtcp_mux(af, profile);
	test_rtcp_ports(af, profile);
	test_rtcp_pairs(af, profile);
	test_sizes(af, profile);
}

int main(void)
{
	gw_begin();
	test_plain(AF_INET);
	test_plain(AF_INET6);
	each_case(test_all);
	return tap_done();
}
