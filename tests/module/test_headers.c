// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encrypted header extensions, elements (RFC 6904) and whole (RFC 9335): the published
 * packets; libsrtp where it can; and for the rest a model written from the RFCs, which
 * is the judge of any header there can be, octet by octet.
 */
#include <errno.h>
#include <string.h>

#include "lib/any.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"
#include "mki.h"

#define ROUNDS	70

static const uint8_t chosen[] = { 1, 3, 4, 14, 20, 255 };

#define OFF	SRTP_CRYPTEX_OFF
#define ON	SRTP_CRYPTEX_ON
#define MUST	SRTP_CRYPTEX_REQUIRED

/* Elements one after the other, and padding to the end; @wild: or anything. */
static void fill(uint8_t *e, size_t len, bool two, bool wild)
{
	for (size_t i = 0, d; i < len; i += 1 + two + d) {
		d = two ? any(9) : 1 + any(16);
		if (i + 1 + two + d > len) {
			memset(e + i, 0, len - i);
			return;
		}
		e[i] = (uint8_t)(two ? 1 + any(255) : (1 + any(14)) << 4 | (d - 1));
		if (two)
			e[i + 1] = (uint8_t)d;
		for (size_t k = 0; k < d; k++)
			e[i + 1 + two + k] = (uint8_t)any(256);
		if (wild && any(6) == 0)
			e[i] = (uint8_t)any(256);
	}
}

/* @wild: extensions of any form, and some that are none. */
static size_t make(uint8_t *p, uint32_t ssrc, uint16_t seq, bool wild)
{
	static const unsigned int forms[] = { 0xbede, 0xbede, 0xbede, 0x1000, 0x1000, 0x1007, 0x1234,
					      0xc0de, 0xc2de };
	struct rtp r = { .ssrc = ssrc, .seq = seq, .payload = any(200), .csrcs = any(2) ? 0 : any(16),
			 .ext_words = any(4) ? (int)any(14) : -1, .padding = any(4) ? 0 : any(100) };
	size_t len = rtp_build(p, &r), at = 12 + 4 * r.csrcs;
	unsigned int form = forms[wild ? any(sizeof(forms) / sizeof(forms[0])) : 0];

	if (r.ext_words < 0)
		return len;
	p[at] = (uint8_t)(form >> 8);
	p[at + 1] = (uint8_t)form;
	fill(p + at + 4, 4 * (size_t)r.ext_words, form >> 8 == 0x10, wild);
	return len;
}

static uint64_t refused_by(const struct side *s)
{
	struct nl_srtp_stats st = side_stats(s);
	uint64_t n = st.passed;

	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		n += st.drops[i];
	return n;
}

/* libsrtp at the other end: what it is sure to do as the RFCs say, and we with it. */
static void test_lib(uint16_t profile)
{
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	bool ok = true;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	side_headers(&p.a, chosen, 4, OFF, OFF, true);
	for (uint16_t n = 0; n < ROUNDS && ok; n++) {
		size_t len = make(pkt, 0x1234, (uint16_t)(65500 + n), false);

		side_send(&p.a, pkt, len);
		ok = side_got(&p.b, pkt, len);
		side_send(&p.b, pkt, len);
		ok = (ok && side_got(&p.a, pkt, len)) || diag("at packet %u", n);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "%s: elements encrypted, libsrtp at the other end, both ways",
	    suite_name(profile));
	pair_close(&p);
}

/* To the phone: the very octets that the model makes, and nothing where it makes none. */
static bool model_out(struct pair *p, uint16_t seq, unsigned int *sent, uint64_t *refused)
{
	uint8_t pkt[PACKET_MAX], want[PACKET_MAX], wire[PACKET_MAX];
	size_t len = make(pkt, 0x5678, seq, true), n;
	ssize_t got;

	memcpy(want, pkt, len);
	n = model_protect(p->a.model_recv, want, len, seq);
	side_send(&p->b, pkt, len);
	if (!n) {
		++*refused;
		return true;
	}
	++*sent;
	got = udp_recv(p->a.fd, wire, sizeof(wire), DEADLINE_MS, NULL);
	return (got == (ssize_t)n && !memcmp(wire, want, n)) ||
		diag("sent packet %u: %zd octets, not the %zu of the model", seq, got, n);
}

/* From the phone: what the model opens, as the model opens it. */
static bool model_in(struct pair *p, uint16_t seq, unsigned int *taken, uint64_t *refused)
{
	uint8_t pkt[PACKET_MAX];
	size_t len = make(pkt, 0x1234, seq, true), n;
	uint64_t index = seq;

	n = model_protect(p->a.model_send, pkt, len, seq);
	if (!n)
		return true;
	if (any(5) == 0)
		pkt[any((unsigned int)n)] ^= (uint8_t)(1 << any(8));
	side_send_raw(&p->a, pkt, n);
	if (model_unprotect(p->a.model_send, pkt, &n, &index)) {
		++*refused;
		return true;
	}
	++*taken;
	return side_got(&p->b, pkt, n) || diag("received packet %u", seq);
}

static void test_model(uint16_t profile, const uint8_t *ids, size_t n, enum srtp_cryptex rx,
		       enum srtp_cryptex tx)
{
	unsigned int sent = 0, taken = 0;
	uint64_t refused = 0;
	struct pair p;
	bool ok = true;

	pair_open(&p, AF_INET6, profile, PLAIN, NULL);
	side_headers(&p.a, ids, n, rx, tx, false);
	for (uint16_t i = 0; i < ROUNDS && ok; i++)
		ok = model_out(&p, (uint16_t)(100 + i), &sent, &refused) &&
			model_in(&p, (uint16_t)(100 + i), &taken, &refused);
	ok = ok && passes(&p.a, &p.b) && passes(&p.b, &p.a) && side_silent(&p.a) && side_silent(&p.b);
	if (ok && refused_by(&p.a) != refused)
		ok = diag("%llu refused, not %llu", (unsigned long long)refused_by(&p.a),
			  (unsigned long long)refused);
	tap(ok && sent > ROUNDS / 4 && taken > ROUNDS / 4 && refused > 4,
	    "%s: %zu elements, cryptex %s: %u sent, %u taken, %llu refused, as by the model",
	    suite_name(profile), n, nl_srtp_cryptex_name(tx), sent, taken, (unsigned long long)refused);
	pair_close(&p);
}

/* One to the other through the gateway, each side its own way. */
static void test_relay(void)
{
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	bool ok = true;

	pair_open(&p, AF_INET, CM, GCM, NULL);
	side_headers(&p.a, chosen, sizeof(chosen), OFF, OFF, false);
	side_headers(&p.b, NULL, 0, MUST, MUST, false);
	for (uint16_t n = 0; n < 20 && ok; n++) {
		struct rtp r = { .ssrc = 7, .seq = n, .payload = n, .csrcs = n % 16, .ext_words = n % 5 };
		size_t len = rtp_build(pkt, &r);

		side_send(&p.a, pkt, len);
		ok = side_got(&p.b, pkt, len);
		side_send(&p.b, pkt, len);
		ok = (ok && side_got(&p.a, pkt, len)) || diag("at packet %u", n);
		len = rtcp_build(pkt, 9, n, 3);
		side_send(&p.a, pkt, len);
		ok = ok && side_got(&p.b, pkt, len);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "from encrypted elements to cryptex and back, RTCP beside");
	pair_close(&p);
}

/* In the clear where it must not be: one counter, both ways; and the way it comes to be there. */
static void test_required(uint16_t profile)
{
	struct rtp bare = { .ssrc = 5, .seq = 1, .payload = 50, .ext_words = -1 };
	struct rtp csrcs = { .ssrc = 5, .seq = 2, .payload = 50, .csrcs = 2, .ext_words = -1 };
	struct rtp ext = { .ssrc = 5, .seq = 3, .payload = 50, .ext_words = 1 };
	uint8_t pkt[PACKET_MAX], wire[PACKET_MAX];
	struct pair p;
	uint64_t index = 2;
	size_t len;
	bool ok;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	side_headers(&p.a, NULL, 0, MUST, MUST, false);
	model_headers(p.a.model_send, NULL, 0, OFF);	/* a phone that has not heard of it */
	len = rtp_build(pkt, &bare);
	side_send(&p.a, pkt, len);
	ok = side_got(&p.b, pkt, len);
	len = rtp_build(pkt, &csrcs);
	side_send(&p.a, pkt, len);
	len = rtp_build(pkt, &ext);
	side_send(&p.a, pkt, len);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b) &&
		drops_are(&p.a, DROPS({ SRTP_DROP_CRYPTEX, 2 }));
	tap(ok, "%s: required, received CSRCs and extension in the clear are dropped", suite_name(profile));

	pkt[12] = 0x12;		/* no extension of RFC 8285 */
	side_send(&p.b, pkt, len);
	pkt[3] = 4;
	pkt[12] = 0xc0;		/* has the mark */
	pkt[13] = 0xde;
	side_send(&p.b, pkt, len);
	ok = passes(&p.b, &p.a) && side_silent(&p.a) && drops_are(&p.a, DROPS({ SRTP_DROP_CRYPTEX, 4 }));
	tap(ok, "%s: required, what cannot be encrypted is not sent", suite_name(profile));

	len = rtp_build(pkt, &csrcs);
	side_send(&p.b, pkt, len);
	ok = udp_recv(p.a.fd, wire, sizeof(wire), DEADLINE_MS, NULL) ==
		(ssize_t)(len + 4 + (profile == GCM ? 16 : 10)) && wire[0] == 0x92 &&
		!memcmp(wire + 20, "\xc0\xde\0\0", 4) && memcmp(wire + 12, pkt + 12, 8);
	len += 4 + (profile == GCM ? 16 : 10);
	ok = ok && !model_unprotect(p.a.model_recv, wire, &len, &index);
	tap(ok && !memcmp(wire + 12, pkt + 12, 8) && !memcmp(wire + 20, "\xbe\xde\0\0", 4) &&
	    !memcmp(wire + 24, pkt + 20, 50), "%s: CSRCs alone get an empty extension", suite_name(profile));
	pair_close(&p);
}

/* Elements that overrun their extension: neither sent nor delivered; nothing else suffers. */
static void test_malformed(uint16_t profile)
{
	struct rtp r = { .ssrc = 5, .seq = 1, .payload = 50, .ext_words = 1 };
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	size_t len;
	bool ok;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	side_headers(&p.a, chosen, sizeof(chosen), OFF, OFF, false);
	model_headers(p.a.model_send, NULL, 0, OFF);
	len = rtp_build(pkt, &r);
	memcpy(pkt + 16, "\x00\x13\xaa\xbb", 4);
	side_send(&p.a, pkt, len);
	side_send(&p.b, pkt, len);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a) && side_silent(&p.a) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MALFORMED, 2 })),
	    "%s: elements beyond the end of their extension", suite_name(profile));
	pair_close(&p);
}

/* A next key does with headers as the key before; the key of a packet is found by trying. */
static void test_rekey(uint16_t profile)
{
	struct nl_srtp_session next = { .given = NL_SRTP_RX_NEXT | NL_SRTP_TX_NEXT };
	struct rtp r = { .ssrc = 5, .payload = 50, .csrcs = 3, .ext_words = 2 };
	uint8_t pkt[PACKET_MAX], late[PACKET_MAX], rx[KEY_LEN], tx[KEY_LEN];
	struct model *old, *new_send, *new_recv;
	struct nl_srtp_report report;
	struct pair p;
	size_t len, late_len;
	bool ok;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	side_headers(&p.a, NULL, 0, MUST, MUST, false);
	r.seq = 1;
	len = rtp_build(pkt, &r);
	side_send(&p.a, pkt, len);
	ok = side_got(&p.b, pkt, len);
	r.seq = 2;
	late_len = rtp_build(late, &r);
	random_key(rx);
	random_key(tx);
	next.rx_next = side_crypto(profile, rx, 0);
	next.tx_next = side_crypto(profile, tx, 0);
	side_set(&p.a, next);
	new_send = model_new(profile, rx);
	new_recv = model_new(profile, tx);
	model_headers(new_send, NULL, 0, MUST);
	model_headers(new_recv, NULL, 0, MUST);
	old = p.a.model_send;
	p.a.model_send = new_send;
	r.seq = 3;
	len = rtp_build(pkt, &r);
	side_send(&p.a, pkt, len);
	ok = ok && side_got(&p.b, pkt, len);
	p.a.model_send = old;
	side_send(&p.a, late, late_len);
	ok = ok && side_got(&p.b, late, late_len);
	p.a.model_send = new_send;
	side_set(&p.a, (struct nl_srtp_session){ .given = NL_SRTP_SWITCH, .switch_to = SRTP_SWITCH_TX });
	model_free(p.a.model_recv);
	p.a.model_recv = new_recv;
	side_send(&p.b, pkt, len);
	ok = ok && side_got(&p.a, pkt, len);
	report = side_report(&p.a);
	ok = ok && report.session.rx.cryptex == MUST && report.session.rx_old.cryptex == MUST &&
		report.session.tx.cryptex == MUST;
	tap(ok && pair_drops_are(&p, DROPS()), "%s: keys that follow encrypt headers as those before",
	    suite_name(profile));
	model_free(old);
	pair_close(&p);
}

/* The MKI is put in behind all this and taken out before it. */
static void test_mki(uint16_t profile)
{
	struct rtp r = { .ssrc = 5, .seq = 9, .payload = 50, .csrcs = 3, .ext_words = 2 };
	size_t behind = profile == GCM ? 0 : 10, len, plain;
	uint8_t pkt[PACKET_MAX], wire[PACKET_MAX], mki[4] = { 1, 2, 3, 4 };
	struct nl_srtp_session s = { .given = NL_SRTP_RX | NL_SRTP_TX };
	uint64_t index = r.seq;
	struct pair p;
	bool ok;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	side_headers(&p.a, NULL, 0, ON, ON, false);
	random_key(p.a.tx);
	model_free(p.a.model_recv);
	p.a.model_recv = model_new(profile, p.a.tx);
	model_headers(p.a.model_recv, NULL, 0, MUST);
	random_key(p.a.rx);
	model_free(p.a.model_send);
	p.a.model_send = model_new(profile, p.a.rx);
	model_headers(p.a.model_send, NULL, 0, MUST);
	s.rx = side_crypto(profile, p.a.rx, 0);
	s.tx = side_crypto(profile, p.a.tx, 0);
	s.rx.cryptex = s.tx.cryptex = ON;
	s.rx.mki_len = s.tx.mki_len = sizeof(mki);
	memcpy(s.rx.mki, mki, sizeof(mki));
	memcpy(s.tx.mki, mki, sizeof(mki));
	side_set(&p.a, s);
	plain = rtp_build(pkt, &r);
	memcpy(wire, pkt, plain);
	len = model_protect(p.a.model_send, wire, plain, index);
	srtp_mki_insert(wire, len, mki, sizeof(mki), behind);
	side_send_raw(&p.a, wire, len + sizeof(mki));
	ok = side_got(&p.b, pkt, plain);
	side_send(&p.b, pkt, plain);
	ok = ok && udp_recv(p.a.fd, wire, sizeof(wire), DEADLINE_MS, NULL) == (ssize_t)(len + 4) &&
		!memcmp(wire + srtp_mki_offset(len + 4, 4, behind), mki, 4);
	srtp_mki_remove(wire, len + 4, 4, behind);
	ok = ok && !model_unprotect(p.a.model_recv, wire, &len, &index) && len == plain &&
		!memcmp(wire, pkt, len);
	tap(ok && pair_drops_are(&p, DROPS()), "%s: cryptex with MKI", suite_name(profile));
	pair_close(&p);
}

static void test_contract(void)
{
	static const struct {
		uint16_t profile;
		bool next, tx;
		uint8_t ids[3], n, cryptex;
		int rc;
		const char *words;
	} cases[] = {
		{ CM, false, false, { 0 }, 1, OFF, -EINVAL, "from 1 to 255, each once (attribute session[0].rx.ext-ids)" },
		{ CM, false, false, { 5, 6, 5 }, 3, OFF, -EINVAL, "each once" },
		{ CM, false, false, { 0 }, 0, 3, -ERANGE, "rx.cryptex" },
		{ CM, false, true, { 5 }, 1, ON, -EINVAL, "choose one" },
		{ CM, false, false, { 5 }, 1, MUST, -EINVAL, "with cryptex required" },
		{ SRTP_PROFILE_NULL_SHA1_80, false, false, { 5 }, 1, OFF, -EINVAL, "NULL cipher" },
		{ SRTP_PROFILE_NULL_SHA1_80, false, false, { 0 }, 0, ON, -EINVAL, "NULL cipher" },
		{ PLAIN, false, false, { 5 }, 1, OFF, -EINVAL, "takes no key" },
		{ PLAIN, false, false, { 0 }, 0, ON, -EINVAL, "takes no key" },
		{ CM, true, false, { 5 }, 1, OFF, -EINVAL, "as the current one" },
		{ CM, true, true, { 0 }, 0, ON, -EINVAL, "as the current one" },
		{ CM, false, false, { 5, 6, 255 }, 3, ON, 0, "" },
		{ CM, false, true, { 0 }, 0, MUST, 0, "" },
	};
	struct nl_srtp_report r;
	unsigned int good = 0;
	struct pair p;

	pair_open(&p, AF_INET, CM, PLAIN, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nl_srtp_session s = { .given = NL_SRTP_ID, .id = p.a.id };
		struct nl_srtp_crypto *c = cases[i].next ? cases[i].tx ? &s.tx_next : &s.rx_next :
			cases[i].tx ? &s.tx : &s.rx;
		struct err e = { 0 };
		uint8_t key[KEY_LEN];
		int rc;

		random_key(key);
		*c = side_crypto(cases[i].profile, key, 0);
		memcpy(c->ext_ids, cases[i].ids, 3);
		c->n_ext_ids = cases[i].n;
		c->cryptex = cases[i].cryptex;
		s.given |= cases[i].next ? cases[i].tx ? NL_SRTP_TX_NEXT : NL_SRTP_RX_NEXT :
			cases[i].tx ? NL_SRTP_TX : NL_SRTP_RX;
		rc = nl_srtp_session_set(gw, &s, 1, &e);
		if (rc == cases[i].rc && (!rc || strstr(err_text(&e), cases[i].words)))
			good++;
		else
			diag("case %zu: %d, %s", i, rc, rc ? err_text(&e) : "");
	}
	r = side_report(&p.a);
	tap(good == sizeof(cases) / sizeof(cases[0]), "%u requests refused in words, or done", good);
	tap(r.session.rx.cryptex == ON && r.session.rx.n_ext_ids == 3 &&
	    !memcmp(r.session.rx.ext_ids, "\x05\x06\xff", 3) && r.session.tx.cryptex == MUST &&
	    r.session.tx.n_ext_ids == 0, "and reported as asked for");
	pair_close(&p);
}

int main(void)
{
	static const uint16_t lib[] = { CM, SRTP_PROFILE_AES128_CM_SHA1_32, GCM,
					SRTP_PROFILE_AES256_CM_SHA1_80, SRTP_PROFILE_AEAD_AES_256_GCM };
	static const uint16_t two[] = { CM, GCM };
	uint16_t profile;

	gw_begin();
	test_contract();
	for (size_t i = 0; i < sizeof(lib) / sizeof(lib[0]); i++)
		test_lib(lib[i]);
	for (size_t i = 0; nl_srtp_profile_list(i, &profile); i++) {
		if (profile == PLAIN || strstr(nl_srtp_profile_name(profile), "NULL"))
			continue;
		test_model(profile, chosen, sizeof(chosen), OFF, OFF);
		test_model(profile, chosen, sizeof(chosen), ON, ON);
		test_model(profile, NULL, 0, MUST, MUST);
	}
	test_relay();
	for (int i = 0; i < 2; i++) {
		test_required(two[i]);
		test_malformed(two[i]);
		test_rekey(two[i]);
		test_mki(two[i]);
	}
	return tap_done();
}
