// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bodies of the messages between `sip` and `media`: fields in the order of the
 * structures, integers in network order.  The reading half believes nothing: the
 * other role may be subverted.
 */
#include "media_proto.h"

#include <ctype.h>
#include <string.h>

static void put_bool(struct wbuf *w, bool v)
{
	wbuf_u8(w, v);
}

static bool get_bool(struct rbuf *r)
{
	uint8_t v = rbuf_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

/* An enumeration whose last value is @max. */
static uint8_t get_enum(struct rbuf *r, uint8_t max)
{
	uint8_t v = rbuf_u8(r);

	if (v > max) {
		r->bad = true;
		v = 0;
	}
	return v;
}

/* Leg ids begin at 1: 0 is what an uninitialised variable holds. */
static uint64_t get_leg(struct rbuf *r)
{
	uint64_t v = rbuf_u64(r);

	if (!v)
		r->bad = true;
	return v;
}

static void put_code(struct wbuf *w, int code)
{
	wbuf_u16(w, (uint16_t)(code < 0 ? -code : code));
}

/* A negative errno, as the kernel bounds them. */
static int get_code(struct rbuf *r)
{
	uint16_t v = rbuf_u16(r);

	if (v > 4095)
		r->bad = true;
	return -(int)v;
}

/* Digest length of a hash function RFC 8122 section 5 names; 0: not known here. */
static size_t digest_len(const char *alg)
{
	static const struct {
		const char *name;
		size_t len;
	} known[] = {
		{ "md2", 16 }, { "md5", 16 }, { "sha-1", 20 }, { "sha-224", 28 },
		{ "sha-256", 32 }, { "sha-384", 48 }, { "sha-512", 64 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(alg, known[i].name) == 0)
			return known[i].len;
	}
	return 0;
}

static bool good_fingerprint(const struct media_fingerprint *f, bool may_be_empty)
{
	size_t want = digest_len(f->alg);

	if (!f->len)
		return may_be_empty && !f->alg[0];
	if (!f->alg[0] || f->len > sizeof(f->digest) || (want && want != f->len))
		return false;
	for (const char *p = f->alg; *p; p++) {
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	}
	return true;
}

/*
 * Checked when written, too: what comes from a stranger's SDP and slipped past
 * `sip` becomes an error of its ipc_send(), not the end of the channel.
 */
static void put_fingerprint(struct wbuf *w, const struct media_fingerprint *f, bool may_be_empty)
{
	if (!good_fingerprint(f, may_be_empty)) {
		w->bad = true;
		return;
	}
	wbuf_lenstr(w, f->alg);
	wbuf_lenbytes(w, f->digest, f->len);
}

static void get_fingerprint(struct rbuf *r, struct media_fingerprint *f, bool may_be_empty)
{
	rbuf_lenstr(r, f->alg, sizeof(f->alg));
	f->len = (uint8_t)rbuf_lenbytes(r, f->digest, sizeof(f->digest));
	if (!r->bad && !good_fingerprint(f, may_be_empty))
		r->bad = true;
}

static bool is_transport(const struct addr *a)
{
	return addr_is_set(a) && a->port;
}

static bool good_remote(const struct media_leg_remote *m)
{
	return is_transport(&m->rtp) && is_transport(&m->rtcp) &&
	       (!m->mux || addr_equal(&m->rtp, &m->rtcp));
}

void media_leg_open_put(struct wbuf *w, const struct media_leg_open *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u64(w, m->call);
	wbuf_lenstr(w, m->side);
	wbuf_u8(w, (uint8_t)m->security);
	put_bool(w, m->two_ports);
}

void media_leg_open_get(struct rbuf *r, struct media_leg_open *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	m->call = rbuf_u64(r);
	rbuf_lenstr(r, m->side, sizeof(m->side));
	m->security = get_enum(r, MEDIA_DTLS);
	m->two_ports = get_bool(r);
	if (!m->side[0])
		r->bad = true;
}

void media_leg_opened_put(struct wbuf *w, const struct media_leg_opened *m)
{
	wbuf_u64(w, m->leg);
	addr_put(w, &m->rtp);
	addr_put(w, &m->rtcp);
	put_fingerprint(w, &m->fingerprint, true);
}

void media_leg_opened_get(struct rbuf *r, struct media_leg_opened *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	addr_get(r, &m->rtp);
	addr_get(r, &m->rtcp);
	if (!is_transport(&m->rtp) ||
	    (addr_is_set(&m->rtcp) && (!m->rtcp.port || !addr_ip_equal(&m->rtp, &m->rtcp))))
		r->bad = true;
	get_fingerprint(r, &m->fingerprint, true);
}

void media_leg_remote_put(struct wbuf *w, const struct media_leg_remote *m)
{
	if (!good_remote(m))
		w->bad = true;
	wbuf_u64(w, m->leg);
	addr_put(w, &m->rtp);
	addr_put(w, &m->rtcp);
	put_bool(w, m->mux);
	put_bool(w, m->early);
	wbuf_u8(w, (uint8_t)m->role);
	wbuf_u32(w, m->assoc);
	wbuf_u32(w, m->ask);
}

void media_leg_remote_get(struct rbuf *r, struct media_leg_remote *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	addr_get(r, &m->rtp);
	addr_get(r, &m->rtcp);
	m->mux = get_bool(r);
	m->early = get_bool(r);
	m->role = get_enum(r, MEDIA_DTLS_PASSIVE);
	m->assoc = rbuf_u32(r);
	m->ask = rbuf_u32(r);
	if (!good_remote(m))
		r->bad = true;
}

void media_leg_fingerprints_put(struct wbuf *w, const struct media_leg_fingerprints *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u32(w, m->ask);
	put_bool(w, m->verified);
	if (!m->count || m->count > MEDIA_MAX_FINGERPRINTS) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)m->count);
	for (unsigned int i = 0; i < m->count; i++)
		put_fingerprint(w, &m->fp[i], false);
}

void media_leg_fingerprints_get(struct rbuf *r, struct media_leg_fingerprints *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	m->ask = rbuf_u32(r);
	m->verified = get_bool(r);
	m->count = rbuf_u8(r);
	if (!m->count || m->count > MEDIA_MAX_FINGERPRINTS) {
		m->count = 0;
		r->bad = true;
	}
	for (unsigned int i = 0; i < m->count; i++)
		get_fingerprint(r, &m->fp[i], false);
}

void media_leg_pair_put(struct wbuf *w, const struct media_leg_pair *m)
{
	wbuf_u64(w, m->a);
	wbuf_u64(w, m->b);
}

void media_leg_pair_get(struct rbuf *r, struct media_leg_pair *m)
{
	memset(m, 0, sizeof(*m));
	m->a = get_leg(r);
	m->b = get_leg(r);
	if (m->a == m->b)
		r->bad = true;
}

void media_leg_close_put(struct wbuf *w, const struct media_leg_close *m)
{
	wbuf_u64(w, m->leg);
}

void media_leg_close_get(struct rbuf *r, struct media_leg_close *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
}

void media_leg_state_put(struct wbuf *w, const struct media_leg_state *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u8(w, (uint8_t)m->state);
	wbuf_u16(w, m->profile);
	put_bool(w, m->verified);
	wbuf_u32(w, m->rtp_session);
	wbuf_u32(w, m->rtcp_session);
	wbuf_u32(w, m->handshake_ms);
}

void media_leg_state_get(struct rbuf *r, struct media_leg_state *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	m->state = get_enum(r, MEDIA_STATE_OPEN);
	m->profile = rbuf_u16(r);
	m->verified = get_bool(r);
	m->rtp_session = rbuf_u32(r);
	m->rtcp_session = rbuf_u32(r);
	m->handshake_ms = rbuf_u32(r);
}

void media_leg_failed_put(struct wbuf *w, const struct media_leg_failed *m)
{
	wbuf_u64(w, m->leg);
	put_code(w, m->code);
	wbuf_lenstr(w, m->text);
}

void media_leg_failed_get(struct rbuf *r, struct media_leg_failed *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_leg(r);
	m->code = get_code(r);
	rbuf_lenstr(r, m->text, sizeof(m->text));
	if (!m->code)
		r->bad = true;	/* a failure with nothing wrong */
}

void media_ready_put(struct wbuf *w, const struct media_ready *m)
{
	put_code(w, m->code);
	wbuf_lenstr(w, m->text);
}

void media_ready_get(struct rbuf *r, struct media_ready *m)
{
	memset(m, 0, sizeof(*m));
	m->code = get_code(r);
	rbuf_lenstr(r, m->text, sizeof(m->text));
}

void media_stats_put(struct wbuf *w, const struct media_stats *m)
{
	wbuf_u64(w, m->userspace_packets);
	wbuf_u64(w, m->stray);
	wbuf_u64(w, m->junk);
	wbuf_u64(w, m->unknown_leg);
}

void media_stats_get(struct rbuf *r, struct media_stats *m)
{
	m->userspace_packets = rbuf_u64(r);
	m->stray = rbuf_u64(r);
	m->junk = rbuf_u64(r);
	m->unknown_leg = rbuf_u64(r);
}
