// SPDX-License-Identifier: GPL-2.0-or-later
/* Indices: sequence wrap, reordering, replay, age, and packets that must not move them. */
#include <string.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define SSRC 0x01020304

struct packet {
	uint8_t plain[256], wire[512];
	size_t plain_len, wire_len;
};

/* In the order of the sender's index; sent in any. */
static void make(struct side *s, struct packet *p, uint16_t seq)
{
	p->plain_len = rtp_simple(p->plain, SSRC, seq);
	memcpy(p->wire, p->plain, p->plain_len);
	p->wire_len = side_protect(s, p->wire, p->plain_len);
}

static void make_rtcp(struct side *s, struct packet *p, uint32_t n)
{
	p->plain_len = rtcp_build(p->plain, SSRC, n, 2);
	memcpy(p->wire, p->plain, p->plain_len);
	p->wire_len = side_protect(s, p->wire, p->plain_len);
}

static void send_it(struct side *s, const struct packet *p)
{
	side_send_raw(s, p->wire, p->wire_len);
}

static bool arrives(struct pair *p, const struct packet *pkt)
{
	send_it(&p->a, pkt);
	return side_got(&p->b, pkt->plain, pkt->plain_len);
}

/* ROC 0 to 1 with packets of both sides of the wrap crossing each other. */
static void test_wrap(int af, uint16_t a, uint16_t b)
{
	/* Positions after 65530: 6 is sequence number 0. */
	static const int order[] = { 0, 1, 3, 2, 5, 7, 4, 6, 9, 8, 12, 11, 10, 13, 20, 14, 15, 19,
				     16, 17, 18 };
	struct packet pkt[21];
	struct pair p;
	bool ok = true;

	pair_open(&p, af, a, b, NULL);
	for (int i = 0; i < 21; i++)
		make(&p.a, &pkt[i], (uint16_t)(65530 + i));
	for (int i = 0; i < 21 && ok; i++)
		ok = arrives(&p, &pkt[order[i]]) || diag("at position %d", order[i]);
	tap(ok && pair_drops_are(&p, DROPS()), "%s %s to %s: sequence numbers wrap, reordered",
	    af_name(af), suite_name(a), suite_name(b));
	pair_close(&p);
}

/* Strides just under half the number space: nine wraps in twenty packets. */
static void test_wraps(int af, uint16_t a, uint16_t b)
{
	struct packet pkt;
	struct pair p;
	bool ok = true;
	uint32_t index = 100;

	pair_open(&p, af, a, b, NULL);
	for (int i = 0; i < 20 && ok; i++, index += 32000) {
		make(&p.a, &pkt, (uint16_t)index);
		ok = arrives(&p, &pkt) || diag("at index %u", index);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "%s %s to %s: nine wraps", af_name(af),
	    suite_name(a), suite_name(b));
	pair_close(&p);
}

static void test_replay(int af, uint16_t profile)
{
	struct packet pkt[40], rtcp[10];
	struct pair p;
	bool ok = true;

	pair_open(&p, af, profile, PLAIN, NULL);
	for (int i = 0; i < 40; i++)
		make(&p.a, &pkt[i], (uint16_t)(65520 + i));
	for (unsigned int i = 0; i < 10; i++)
		make_rtcp(&p.a, &rtcp[i], i);
	for (int i = 0; i < 40 && ok; i++) {
		ok = arrives(&p, &pkt[i]);
		send_it(&p.a, &pkt[i]);
	}
	for (int i = 0; i < 10 && ok; i++) {
		ok = arrives(&p, &rtcp[i]);
		send_it(&p.a, &rtcp[i]);
	}
	/* And all of them once more, backwards. */
	for (int i = 39; i >= 0; i--)
		send_it(&p.a, &pkt[i]);
	for (int i = 9; i >= 0; i--)
		send_it(&p.a, &rtcp[i]);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok, "%s %s: every packet three times, delivered once", af_name(af), suite_name(profile));
	tap(drops_are(&p.a, DROPS({ SRTP_DROP_REPLAY, 100 })), "%s %s: each copy counted as replay",
	    af_name(af), suite_name(profile));
	pair_close(&p);
}

/* The window reaches back exactly as far as was asked. */
static void test_window(int af, uint16_t profile, uint32_t window)
{
	const struct nl_srtp_session extra = { .rx.window = window };
	uint32_t size = window ? window : 128;
	struct packet first, too_old, oldest, newest;
	struct pair p;
	bool ok;

	pair_open(&p, af, profile, PLAIN, &extra);
	make(&p.a, &first, 100);
	make(&p.a, &too_old, 101);
	make(&p.a, &oldest, 102);
	make(&p.a, &newest, (uint16_t)(101 + size));
	ok = arrives(&p, &first) && arrives(&p, &newest);
	send_it(&p.a, &first);		/* seen and old: old */
	send_it(&p.a, &too_old);	/* never seen */
	ok = ok && arrives(&p, &oldest) && passes(&p.a, &p.b) && side_silent(&p.b);
	send_it(&p.a, &oldest);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_OLD, 2 }, { SRTP_DROP_REPLAY, 1 })),
	    "%s %s: window of %u packets, to the packet", af_name(af), suite_name(profile), size);
	pair_close(&p);
}

/*
 * A forger who sees the stream sends its SSRC with sequence numbers far ahead and behind.
 * If one of them moved the index, the genuine packets that follow would not open.
 */
static void test_forged_index(int af, uint16_t profile)
{
	static const int jumps[] = { 1, 127, 128, 1000, 0x4000, 0x7ffe, 0x7fff, 0x8000, 0x8001,
				     0xc000, -1 };
	struct nl_srtp_stats st;
	struct packet pkt[12], forged;
	uint64_t sum = 0;
	struct pair p;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	for (int i = 0; i < 12; i++)
		make(&p.a, &pkt[i], (uint16_t)(65530 + i));
	ok = arrives(&p, &pkt[0]);
	for (int i = 0; i < 11 && ok; i++) {
		uint16_t seq = (uint16_t)(65530 + i + jumps[i]);

		forged = pkt[i];
		forged.wire[2] = (uint8_t)(seq >> 8);
		forged.wire[3] = (uint8_t)seq;
		send_it(&p.a, &forged);
		ok = arrives(&p, &pkt[i + 1]) || diag("after a forged jump of %d", jumps[i]);
	}
	ok = ok && side_silent(&p.b);
	tap(ok, "%s %s: forged sequence numbers do not move the index, across a wrap", af_name(af),
	    suite_name(profile));
	st = side_stats(&p.a);
	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		sum += st.drops[i];
	tap(sum == 11 && sum == st.drops[SRTP_DROP_AUTH] + st.drops[SRTP_DROP_OLD] +
	    st.drops[SRTP_DROP_REPLAY] && st.drops[SRTP_DROP_AUTH] >= 8,
	    "%s %s: each forgery counted (%llu auth, %llu old, %llu replay)", af_name(af),
	    suite_name(profile), (unsigned long long)st.drops[SRTP_DROP_AUTH],
	    (unsigned long long)st.drops[SRTP_DROP_OLD],
	    (unsigned long long)st.drops[SRTP_DROP_REPLAY]);
	pair_close(&p);
}

/* A plain phone's duplicates must not become two SRTP packets of one index. */
static void test_reuse(int af, uint16_t profile)
{
	struct packet pkt[30], rtcp;
	struct pair p;
	bool ok = true;

	pair_open(&p, af, PLAIN, profile, NULL);
	for (int i = 0; i < 30; i++)
		make(&p.a, &pkt[i], (uint16_t)(65525 + i));
	for (int i = 0; i < 30 && ok; i++) {
		ok = arrives(&p, &pkt[i]);
		send_it(&p.a, &pkt[i]);
	}
	for (int i = 0; i < 30; i++)
		send_it(&p.a, &pkt[29 - i]);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok, "%s %s: duplicates on the plain side come out once", af_name(af),
	    suite_name(profile));
	tap(pair_drops_are(&p, DROPS({ SRTP_DROP_REUSE, 60 })), "%s %s: each counted as reuse",
	    af_name(af), suite_name(profile));
	/* RTCP has no number of its own when plain: each becomes a packet with a new index. */
	make_rtcp(&p.a, &rtcp, 1);
	ok = arrives(&p, &rtcp) && arrives(&p, &rtcp) && arrives(&p, &rtcp);
	tap(ok, "%s %s: equal RTCP packets get an index each", af_name(af), suite_name(profile));
	pair_close(&p);
}

/* A plain stream that goes back in time further than the window is refused, not guessed at. */
static void test_plain_old(int af, uint16_t profile)
{
	struct packet pkt;
	struct nl_srtp_stats a, b;
	struct pair p;
	bool ok;

	pair_open(&p, af, PLAIN, profile, NULL);
	make(&p.a, &pkt, 5000);
	ok = arrives(&p, &pkt);
	make(&p.a, &pkt, 4000);
	send_it(&p.a, &pkt);
	make(&p.a, &pkt, 5001);
	ok = ok && arrives(&p, &pkt) && side_silent(&p.b);
	a = side_stats(&p.a);
	b = side_stats(&p.b);
	tap(ok && a.drops[SRTP_DROP_OLD] + b.drops[SRTP_DROP_OLD] + a.drops[SRTP_DROP_REUSE] +
	    b.drops[SRTP_DROP_REUSE] == 1, "%s %s: a plain packet from before the window is dropped",
	    af_name(af), suite_name(profile));
	pair_close(&p);
}

static void test_streams(int af, uint16_t profile)
{
	const struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = 3 };
	struct nl_srtp_report r;
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	bool ok = true;

	pair_open(&p, af, profile, PLAIN, &extra);
	/* Forged SSRCs first: they must not take the places of genuine ones. */
	for (uint32_t i = 0; i < 50; i++) {
		size_t len = rtp_simple(pkt, 0x99000000u + i, 1);

		memset(pkt + len, 0xa5, 16);
		side_send_raw(&p.a, pkt, len + 16);
	}
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5; i++) {
			size_t len = rtp_simple(pkt, 0x10 + i, (uint16_t)(7 + round));

			side_send(&p.a, pkt, len);
			if (i < 3)
				ok = ok && side_got(&p.b, pkt, len);
		}
	ok = ok && side_silent(&p.b);
	r = side_report(&p.a);
	tap(ok && r.rx_streams == 3, "%s %s: three SSRCs of five pass where three may (%u kept)",
	    af_name(af), suite_name(profile), r.rx_streams);
	tap(drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, 50 }, { SRTP_DROP_STREAMS, 4 })),
	    "%s %s: the others counted; forged SSRCs took no place", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void new_keys(struct side *s)
{
	struct nl_srtp_session what = { .given = NL_SRTP_RX | NL_SRTP_TX };

	random_key(s->rx);
	random_key(s->tx);
	what.rx = side_crypto(s->profile, s->rx, 0);
	what.tx = side_crypto(s->profile, s->tx, 0);
	side_set(s, what);
}

/* RFC 3711 section 3.3.1: re-keying does not reset the ROC, at the phone neither. */
static void test_rekey(int af, uint16_t profile)
{
	struct packet old, pkt;
	struct pair p;
	struct err e = { 0 };
	struct nl_srtp_session again = { .given = NL_SRTP_ID | NL_SRTP_RX | NL_SRTP_TX };
	bool ok = true;
	int rc;

	pair_open(&p, af, profile, profile, NULL);
	/* Over the wrap, so that the ROC is 1 on both sides of the gateway. */
	for (uint32_t i = 65530; i < 65545 && ok; i++) {
		make(&p.a, &pkt, (uint16_t)i);
		ok = arrives(&p, &pkt);
	}
	make(&p.a, &old, 20);
	new_keys(&p.a);
	phone_update(p.a.send, profile, p.a.rx, true);
	phone_update(p.a.recv, profile, p.a.tx, false);
	make(&p.a, &pkt, 21);
	ok = ok && arrives(&p, &pkt);
	send_it(&p.a, &old);
	make(&p.a, &pkt, 22);
	ok = ok && arrives(&p, &pkt) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, 1 })),
	    "%s %s: re-key keeps the ROC and forgets the old key", af_name(af), suite_name(profile));
	ok = passes(&p.b, &p.a) && passes(&p.b, &p.a);
	tap(ok, "%s %s: re-key of the transmit side", af_name(af), suite_name(profile));

	again.id = p.a.id;
	again.rx = side_crypto(profile, p.a.rx, 0);
	again.tx = side_crypto(profile, p.a.tx, 0);
	rc = nl_srtp_session_set(gw, &again, 1, &e);
	tap(rc < 0 && strchr(e.text, '('), "%s %s: the same key again is refused: %s", af_name(af),
	    suite_name(profile), err_text(&e));
	make(&p.a, &pkt, 23);
	tap(arrives(&p, &pkt) && passes(&p.b, &p.a), "%s %s: and nothing changed", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void test_all(int af, uint16_t profile)
{
	test_wrap(af, profile, PLAIN);
	test_wrap(af, PLAIN, profile);
	test_wrap(af, profile, profile);
	test_wraps(af, profile, PLAIN);
	test_wraps(af, PLAIN, profile);
	test_replay(af, profile);
	test_window(af, profile, 0);
	test_window(af, profile, 64);
	test_window(af, profile, 1024);
	test_forged_index(af, profile);
	test_reuse(af, profile);
	test_plain_old(af, profile);
	test_streams(af, profile);
	test_rekey(af, profile);
}

int main(void)
{
	gw_begin();
	each_case(test_all);
	return tap_done();
}
