// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys that follow each other: MKI, next and switch, overlap; and limits. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define SSRC 0x0a0b0c0d

static struct nl_event *events;

struct heard {
	uint32_t id;
	enum srtp_event what;
	unsigned int n;
};

static void on_event(const struct nlmsghdr *nlh, void *arg)
{
	struct heard *h = arg;
	struct nl_srtp_report r;
	enum srtp_event what;

	if (!nl_srtp_event_parse(nlh, &what, &r) && r.session.id == h->id && what == h->what)
		h->n++;
}

/* How many events of a kind there were since the last time; they are there already. */
static unsigned int heard(const struct side *s, enum srtp_event what)
{
	struct heard h = { s->id, what, 0 };

	nl_event_read(events, on_event, &h, NULL);
	return h.n;
}

struct key {
	uint8_t bytes[KEY_LEN], mki[NL_SRTP_MKI_MAX];
	uint8_t mki_len;
};

static struct nl_srtp_crypto crypto_of(uint16_t profile, const struct key *k)
{
	struct nl_srtp_crypto c = side_crypto(profile, k->bytes, 0);

	c.mki_len = k->mki_len;
	memcpy(c.mki, k->mki, k->mki_len);
	return c;
}

static srtp_t phone_mki(uint16_t profile, struct key k[2], bool sends)
{
	srtp_master_key_t a = { k[0].bytes, k[0].mki, k[0].mki_len };
	srtp_master_key_t b = { k[1].bytes, k[1].mki, k[1].mki_len };
	srtp_master_key_t *all[] = { &a, &b };
	srtp_policy_t policy = { 0 };
	srtp_t s;

	phone_policy(profile, &policy);
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.keys = all;
	policy.num_master_keys = 2;
	policy.window_size = 4096;
	if (srtp_create(&s, &policy) != srtp_err_status_ok)
		bail("srtp_create with %d octets of MKI", k[0].mki_len);
	return s;
}

static void random_keys(struct key k[2], uint8_t mki_len)
{
	for (int i = 0; i < 2; i++) {
		random_key(k[i].bytes);
		k[i].mki_len = mki_len;
		memset(k[i].mki, 0x40 + i, sizeof(k[i].mki));
	}
}

static void mki_pair(struct pair *p, uint16_t profile, struct key rx[2], struct key tx[2])
{
	struct nl_srtp_session s = { .given = NL_SRTP_RX | NL_SRTP_TX };

	pair_open(p, AF_INET, profile, PLAIN, NULL);
	s.rx = crypto_of(profile, &rx[0]);
	s.tx = crypto_of(profile, &tx[0]);
	side_set(&p->a, s);
	srtp_dealloc(p->a.send);
	srtp_dealloc(p->a.recv);
	p->a.send = phone_mki(profile, rx, true);
	p->a.recv = phone_mki(profile, tx, false);
	p->a.use_mki = true;
}

static bool rtcp_both(struct pair *p, uint32_t n)
{
	uint8_t pkt[PACKET_MAX];
	size_t len = rtcp_build(pkt, SSRC, n, 3);
	bool ok;

	side_send(&p->a, pkt, len);
	ok = side_got(&p->b, pkt, len);
	len = rtcp_build(pkt, SSRC + 1, n, 4);
	side_send(&p->b, pkt, len);
	return ok && side_got(&p->a, pkt, len);
}

static void test_mki(uint16_t profile, uint8_t mki_len)
{
	struct nl_srtp_session next = { .given = NL_SRTP_RX_NEXT | NL_SRTP_TX_NEXT };
	struct nl_srtp_session go = { .given = NL_SRTP_SWITCH, .switch_to = SRTP_SWITCH_TX };
	const char *name = suite_name(profile);
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct key rx[2], tx[2];
	struct nl_srtp_report r;
	size_t len, n, at;
	struct pair p;
	bool ok;

	random_keys(rx, mki_len);
	random_keys(tx, mki_len);
	mki_pair(&p, profile, rx, tx);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a) && rtcp_both(&p, 1);
	tap(ok, "%s: MKI of %u octets, both ways, RTP and RTCP", name, mki_len);

	n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	at = profile == GCM ? len - mki_len : len - 10 - mki_len;
	for (size_t i = 0; i < mki_len; i++) {
		wire[at + i] ^= 0x80;
		side_send_raw(&p.a, wire, len);
		wire[at + i] ^= 0x80;
	}
	/* An MKI that is there, of a key that did not make the packet: once the next is. */
	side_send_raw(&p.a, wire, len);
	ok = side_got(&p.b, plain, n) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MKI, mki_len })),
	    "%s: each octet of it counts: %u packets with another MKI dropped", name, mki_len);

	next.rx_next = crypto_of(profile, &rx[1]);
	next.tx_next = crypto_of(profile, &tx[1]);
	side_set(&p.a, next);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);
	r = side_report(&p.a);
	tap(ok && r.session.given & NL_SRTP_RX_NEXT && !(r.session.given & NL_SRTP_RX_OLD),
	    "%s: with the next key in, the current one goes on", name);
	heard(&p.a, SRTP_EVENT_SWITCHED);
	p.a.mki_index = 1;
	ok = passes(&p.a, &p.b) && rtcp_both(&p, 2);
	r = side_report(&p.a);
	tap(ok && r.session.given & NL_SRTP_RX_OLD && !memcmp(r.session.rx.mki, rx[1].mki, mki_len) &&
	    heard(&p.a, SRTP_EVENT_SWITCHED) == 1,
	    "%s: the first packet with the next MKI switches, with an event", name);
	p.a.mki_index = 0;
	ok = passes(&p.a, &p.b);
	/* The other key's MKI on a packet. */
	n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	len = side_protect(&p.a, plain, n);
	memset(plain + (profile == GCM ? len - mki_len : len - 10 - mki_len), 0x41, mki_len);
	side_send_raw(&p.a, plain, len);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MKI, mki_len }, { SRTP_DROP_AUTH, 1 })),
	    "%s: late packets under the MKI before pass, under the wrong one do not", name);
	side_set(&p.a, go);
	ok = passes(&p.b, &p.a) && rtcp_both(&p, 3);
	r = side_report(&p.a);
	tap(ok && !memcmp(r.session.tx.mki, tx[1].mki, mki_len) && !(r.session.given & NL_SRTP_TX_NEXT),
	    "%s: the transmit side switches when told", name);
	pair_close(&p);
}

struct packet {
	uint8_t plain[256], wire[512];
	size_t plain_len, wire_len;
};

static void make(struct side *s, struct packet *p, uint16_t seq)
{
	p->plain_len = rtp_simple(p->plain, SSRC, seq);
	memcpy(p->wire, p->plain, p->plain_len);
	p->wire_len = side_protect(s, p->wire, p->plain_len);
}

static bool arrives(struct pair *p, const struct packet *pkt)
{
	side_send_raw(&p->a, pkt->wire, pkt->wire_len);
	return side_got(&p->b, pkt->plain, pkt->plain_len);
}

static void test_next(uint16_t profile)
{
	struct nl_srtp_session next = { .given = NL_SRTP_RX_NEXT | NL_SRTP_OVERLAP, .overlap = 2 };
	struct nl_srtp_session txn = { .given = NL_SRTP_TX_NEXT };
	struct nl_srtp_session go = { .given = NL_SRTP_SWITCH | NL_SRTP_ID };
	const char *name = suite_name(profile);
	struct packet old[8], new[8];
	struct nl_srtp_report r;
	uint8_t key[KEY_LEN];
	struct err e = { 0 };
	struct pair p;
	bool ok = true;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	random_key(key);
	/* ROC 1 when keys change. */
	for (uint32_t i = 0; i < 3; i++) {
		make(&p.a, &old[i], (uint16_t)(65534 + i));
		ok = ok && arrives(&p, &old[i]);
	}
	for (uint16_t i = 3; i < 8; i++)
		make(&p.a, &old[i], i);
	next.rx_next = side_crypto(profile, key, 0);
	side_set(&p.a, next);
	phone_update(p.a.send, profile, key, true);
	for (uint16_t i = 0; i < 8; i++)
		make(&p.a, &new[i], (uint16_t)(i + 8));
	ok = ok && arrives(&p, &old[3]) && side_report(&p.a).session.given & NL_SRTP_RX_NEXT;
	heard(&p.a, SRTP_EVENT_SWITCHED);
	ok = ok && arrives(&p, &new[0]) && heard(&p.a, SRTP_EVENT_SWITCHED) == 1;
	tap(ok, "%s: without MKI, the first packet that the next key opens switches; the ROC stays",
	    name);
	ok = arrives(&p, &old[4]) && arrives(&p, &new[1]) && arrives(&p, &old[5]);
	side_send_raw(&p.a, old[4].wire, old[4].wire_len);
	side_send_raw(&p.a, new[1].wire, new[1].wire_len);
	old[6].wire[40] ^= 1;
	side_send_raw(&p.a, old[6].wire, old[6].wire_len);
	old[6].wire[40] ^= 1;
	ok = ok && arrives(&p, &old[6]) && arrives(&p, &new[2]) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_REPLAY, 2 }, { SRTP_DROP_AUTH, 1 })),
	    "%s: late ones under the key before pass; replays and forgeries do not", name);
	for (int i = 0; i < 60 && side_report(&p.a).session.given & NL_SRTP_RX_OLD; i++)
		usleep(100000);
	side_send_raw(&p.a, old[7].wire, old[7].wire_len);
	ok = arrives(&p, &new[3]) && side_silent(&p.b);
	r = side_report(&p.a);
	tap(ok && !(r.session.given & NL_SRTP_RX_OLD) &&
	    drops_are(&p.a, DROPS({ SRTP_DROP_REPLAY, 2 }, { SRTP_DROP_AUTH, 2 })),
	    "%s: after the overlap the key before is gone", name);

	/* Transmit: installed, used only when told; then never refused for want of a slot. */
	ok = passes(&p.b, &p.a);
	random_key(key);
	txn.tx_next = side_crypto(profile, key, 0);
	side_set(&p.a, txn);
	ok = ok && passes(&p.b, &p.a);
	txn.given |= NL_SRTP_ID;
	txn.id = go.id = p.a.id;
	random_key(p.a.tx);
	txn.tx_next = side_crypto(profile, p.a.tx, 0);
	ok = ok && nl_srtp_session_set(gw, &txn, 1, &e) == -EBUSY;
	go.switch_to = SRTP_SWITCH_TX;
	ok = ok && nl_srtp_session_set(gw, &go, 1, &e) == 0;
	phone_update(p.a.recv, profile, key, false);
	ok = ok && passes(&p.b, &p.a);
	ok = ok && nl_srtp_session_set(gw, &go, 1, &e) == -ENOKEY;
	tap(ok && !side_stats(&p.b).drops[SRTP_DROP_REUSE], "%s: the transmit key switches when told",
	    name);
	pair_close(&p);
}

static bool refused(const struct side *s, struct nl_srtp_crypto next, int want)
{
	struct nl_srtp_session set = { .given = NL_SRTP_ID | NL_SRTP_RX_NEXT, .id = s->id };
	struct err e = { 0 };
	int rc;

	set.rx_next = next;
	rc = nl_srtp_session_set(gw, &set, 1, &e);
	return rc == want || diag("%d (%s), not %d", rc, err_text(&e), want);
}

static void test_next_refused(void)
{
	struct nl_srtp_session set = { .given = NL_SRTP_ID | NL_SRTP_RX };
	struct nl_srtp_crypto c;
	uint8_t key[KEY_LEN];
	struct pair p;

	pair_open(&p, AF_INET, CM, PLAIN, NULL);
	random_key(key);
	c = side_crypto(GCM, key, 0);
	tap(refused(&p.a, c, -EINVAL), "a next key of another profile is refused");
	tap(refused(&p.b, c, -EINVAL), "a next key where there is none is refused");
	c = side_crypto(CM, key, 256);
	tap(refused(&p.a, c, -EINVAL), "a next key with a window is refused");
	c = side_crypto(CM, key, 0);
	c.mki_len = 4;
	tap(refused(&p.a, c, -EINVAL), "a next key with an MKI where there was none is refused");
	c = side_crypto(CM, p.a.rx, 0);
	tap(refused(&p.a, c, -EEXIST), "the current key as the next one is refused");
	c = side_crypto(CM, key, 0);
	c.limit_rtp = (1ull << 31) + 1;
	tap(refused(&p.a, c, -ERANGE), "a limit above the profile's is refused");
	set.id = p.a.id;
	set.rx = side_crypto(CM, key, 0);
	set.rx.mki_len = 129 - 1;
	tap(nl_srtp_session_set(gw, &set, 1, NULL) == 0, "an MKI of 128 octets is taken");
	pair_close(&p);
}

/* RFC 3711 section 9.2, with small numbers: told before, stopped at. */
static void test_limit(uint16_t profile, bool rtcp)
{
	struct nl_srtp_session set = { .given = NL_SRTP_RX | NL_SRTP_TX };
	const char *name = suite_name(profile), *kind = rtcp ? "RTCP" : "RTP";
	unsigned int in = 0, out = 0, early = 0;
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	size_t len;
	bool ok = true;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	random_key(p.a.rx);
	random_key(p.a.tx);
	phone_update(p.a.send, profile, p.a.rx, true);
	phone_update(p.a.recv, profile, p.a.tx, false);
	set.rx = side_crypto(profile, p.a.rx, 0);
	set.tx = side_crypto(profile, p.a.tx, 0);
	set.rx.limit_rtp = set.rx.limit_rtcp = set.tx.limit_rtp = set.tx.limit_rtcp = 32;
	side_set(&p.a, set);
	heard(&p.a, SRTP_EVENT_LIFETIME);
	for (uint16_t i = 0; i < 32 && ok; i++) {
		len = rtcp ? rtcp_build(pkt, SSRC, i, 0) : rtp_simple(pkt, SSRC, i);
		side_send(&p.a, pkt, len);
		ok = side_got(&p.b, pkt, len);
		in += heard(&p.a, SRTP_EVENT_LIFETIME);
		side_send(&p.b, pkt, len);
		ok = ok && side_got(&p.a, pkt, len);
		out += heard(&p.a, SRTP_EVENT_LIFETIME);
		if (i == 29)
			early = in + out;
	}
	tap(ok && !early && in == 1 && out == 1,
	    "%s %s: 32 packets under a key for 32, each way; events in time, once", name, kind);
	for (uint16_t i = 32; i < 35; i++) {
		len = rtcp ? rtcp_build(pkt, SSRC, i, 0) : rtp_simple(pkt, SSRC, i);
		side_send(&p.a, pkt, len);
		side_send(&p.b, pkt, len);
	}
	/* The other kind has its own count, and shows that all before has been looked at. */
	len = rtcp ? rtp_simple(pkt, SSRC, 35) : rtcp_build(pkt, SSRC, 35, 0);
	side_send(&p.a, pkt, len);
	ok = side_got(&p.b, pkt, len);
	side_send(&p.b, pkt, len);
	ok = ok && side_got(&p.a, pkt, len) && side_silent(&p.a) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_EXPIRED, 6 })),
	    "%s %s: then no more, in or out", name, kind);
	pair_close(&p);
}

int main(void)
{
	struct err e = { 0 };

	gw_begin();
	if (nl_srtp_events_open(&events, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < 2; i++) {
		uint16_t profile = i ? GCM : CM;

		test_mki(profile, 1);
		test_mki(profile, 4);
		test_mki(profile, 128);
		test_next(profile);
		test_limit(profile, false);
		test_limit(profile, true);
	}
	test_next_refused();
	return tap_done();
}
