// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of the messages between roles; the reading half believes nothing. */
#include "signer_proto.h"

#include <ctype.h>
#include <string.h>

#define CODE_MIN	400
#define CODE_MAX	699

static bool get_bool(struct rbuf *r)
{
	const uint8_t v = rbuf_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

static uint64_t get_id(struct rbuf *r)
{
	const uint64_t v = rbuf_u64(r);

	if (!v)
		r->bad = true;
	return v;
}

static unsigned int get_code(struct rbuf *r)
{
	const unsigned int v = rbuf_u16(r);

	if (v && (v < CODE_MIN || v > CODE_MAX))
		r->bad = true;
	return v;
}

/* Text that ends up in header fields: no control octets, so no line ends. */
static void get_text(struct rbuf *r, char *out, size_t cap)
{
	rbuf_lenstr(r, out, cap);
	for (; *out; out++)
		if ((unsigned char)*out < ' ' || *out == 0x7f)
			r->bad = true;
}

static void put_mky(struct wbuf *w, const struct sdp_fingerprint *fp, unsigned int n)
{
	if (n > SDP_MAX_FINGERPRINTS) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)n);
	for (unsigned int i = 0; i < n; i++) {
		wbuf_lenstr(w, fp[i].alg);
		wbuf_lenbytes(w, fp[i].digest, fp[i].len);
	}
}

/* The names of hashes go into JSON: the characters of a token that need no escape. */
static bool is_alg(const char *s)
{
	const char *at = s;

	for (; *at; at++)
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '-')
			return false;
	return at != s;
}

static unsigned int get_mky(struct rbuf *r, struct sdp_fingerprint *fp)
{
	unsigned int n = rbuf_u8(r);

	if (n > SDP_MAX_FINGERPRINTS) {
		r->bad = true;
		n = 0;
	}
	for (unsigned int i = 0; i < n && !r->bad; i++) {
		rbuf_lenstr(r, fp[i].alg, sizeof(fp[i].alg));
		fp[i].len = (uint8_t)rbuf_lenbytes(r, fp[i].digest, sizeof(fp[i].digest));
		if (!is_alg(fp[i].alg) || !fp[i].len)
			r->bad = true;
	}
	return n;
}

static void put_passport_id(struct wbuf *w, const struct passport_id *id)
{
	wbuf_u8(w, id->tn);
	wbuf_lenstr(w, id->value);
}

static void get_passport_id(struct rbuf *r, struct passport_id *id)
{
	id->tn = get_bool(r);
	get_text(r, id->value, sizeof(id->value));
	if (!id->value[0])
		r->bad = true;
}

/* ---- front to auth -------------------------------------------------------------------- */

void signer_ask_put(struct wbuf *w, const struct signer_ask *m)
{
	wbuf_u64(w, m->ask);
	wbuf_lenstr(w, m->method);
	wbuf_lenstr(w, m->ruri);
	wbuf_lenstr(w, m->from);
	wbuf_lenstr(w, m->to);
	wbuf_lenstr(w, m->call_id);
	wbuf_lenstr(w, m->from_tag);
	wbuf_lenstr(w, m->to_tag);
	wbuf_u32(w, m->cseq);
	wbuf_u64(w, (uint64_t)m->date);
	wbuf_u8(w, m->sdp);
	wbuf_u8(w, m->bind);
	put_mky(w, m->mky, m->nmky);
	wbuf_lenstr(w, m->credentials);
}

void signer_ask_get(struct rbuf *r, struct signer_ask *m)
{
	memset(m, 0, sizeof(*m));
	m->ask = get_id(r);
	rbuf_lenstr(r, m->method, sizeof(m->method));
	rbuf_lenstr(r, m->ruri, sizeof(m->ruri));
	rbuf_lenstr(r, m->from, sizeof(m->from));
	rbuf_lenstr(r, m->to, sizeof(m->to));
	rbuf_lenstr(r, m->call_id, sizeof(m->call_id));
	rbuf_lenstr(r, m->from_tag, sizeof(m->from_tag));
	rbuf_lenstr(r, m->to_tag, sizeof(m->to_tag));
	m->cseq = rbuf_u32(r);
	m->date = (int64_t)rbuf_u64(r);
	m->sdp = get_bool(r);
	m->bind = get_bool(r);
	m->nmky = get_mky(r, m->mky);
	rbuf_lenstr(r, m->credentials, sizeof(m->credentials));
	if (!m->method[0] || !m->ruri[0] || !m->from[0] || !m->to[0] || !m->call_id[0] ||
	    m->date < SIGNER_NO_DATE || (m->nmky && !m->sdp))
		r->bad = true;
}

/* ---- auth to sign --------------------------------------------------------------------- */

void signer_vouch_put(struct wbuf *w, const struct signer_vouch *m)
{
	wbuf_u64(w, m->handle);
	wbuf_lenstr(w, m->user);
	wbuf_u64(w, (uint64_t)m->iat);
	put_passport_id(w, &m->orig);
	put_passport_id(w, &m->dest);
	put_mky(w, m->mky, m->nmky);
	wbuf_u8(w, m->bind);
	if (!m->bind)
		return;
	wbuf_lenstr(w, m->ctx.method);
	wbuf_lenstr(w, m->ctx.call_id);
	wbuf_lenstr(w, m->ctx.from_tag);
	wbuf_lenstr(w, m->ctx.to_tag);
	wbuf_u32(w, m->ctx.cseq);
}

static void get_ctx(struct rbuf *r, struct passport_ctx *out)
{
	struct passport_ctx c;

	rbuf_lenstr(r, c.method, sizeof(c.method));
	rbuf_lenstr(r, c.call_id, sizeof(c.call_id));
	rbuf_lenstr(r, c.from_tag, sizeof(c.from_tag));
	rbuf_lenstr(r, c.to_tag, sizeof(c.to_tag));
	c.cseq = rbuf_u32(r);
	if (passport_ctx_set(out, c.method, c.call_id, c.cseq, c.from_tag, c.to_tag))
		r->bad = true;
}

void signer_vouch_get(struct rbuf *r, struct signer_vouch *m)
{
	memset(m, 0, sizeof(*m));
	m->handle = get_id(r);
	get_text(r, m->user, sizeof(m->user));
	m->iat = (int64_t)rbuf_u64(r);
	get_passport_id(r, &m->orig);
	get_passport_id(r, &m->dest);
	m->nmky = get_mky(r, m->mky);
	m->bind = get_bool(r);
	if (m->bind)
		get_ctx(r, &m->ctx);
	if (m->iat < 0 || !m->user[0])
		r->bad = true;
}

/* ---- auth to front -------------------------------------------------------------------- */

void signer_verdict_put(struct wbuf *w, const struct signer_verdict *m)
{
	wbuf_u64(w, m->ask);
	wbuf_u64(w, m->handle);
	wbuf_u64(w, (uint64_t)m->iat);
	wbuf_u16(w, (uint16_t)m->code);
	wbuf_lenstr(w, m->reason);
	wbuf_u32(w, m->retry_after);
	wbuf_u8(w, (uint8_t)m->nchallenges);
	for (unsigned int i = 0; i < m->nchallenges; i++)
		wbuf_lenstr(w, m->challenge[i]);
}

void signer_verdict_get(struct rbuf *r, struct signer_verdict *m)
{
	memset(m, 0, sizeof(*m));
	m->ask = get_id(r);
	m->handle = rbuf_u64(r);
	m->iat = (int64_t)rbuf_u64(r);
	m->code = get_code(r);
	get_text(r, m->reason, sizeof(m->reason));
	m->retry_after = rbuf_u32(r);
	m->nchallenges = rbuf_u8(r);
	if (m->nchallenges > DIGEST_ALGS) {
		r->bad = true;
		m->nchallenges = 0;
	}
	for (unsigned int i = 0; i < m->nchallenges; i++)
		get_text(r, m->challenge[i], sizeof(m->challenge[i]));
	if (m->iat < 0 || (m->code && m->handle) || (m->code == 407) != (m->nchallenges != 0))
		r->bad = true;
}

/* ---- front and sign ------------------------------------------------------------------- */

void signer_sign_put(struct wbuf *w, const struct signer_sign *m)
{
	wbuf_u64(w, m->ask);
	wbuf_u64(w, m->handle);
	wbuf_u8(w, m->full);
}

void signer_sign_get(struct rbuf *r, struct signer_sign *m)
{
	m->ask = get_id(r);
	m->handle = get_id(r);
	m->full = get_bool(r);
}

void signer_signed_put(struct wbuf *w, const struct signer_signed *m)
{
	wbuf_u64(w, m->ask);
	wbuf_u16(w, (uint16_t)m->code);
	wbuf_lenstr(w, m->reason);
	wbuf_lenstr(w, m->value);
	wbuf_lenstr(w, m->context);
}

void signer_signed_get(struct rbuf *r, struct signer_signed *m)
{
	memset(m, 0, sizeof(*m));
	m->ask = get_id(r);
	m->code = get_code(r);
	get_text(r, m->reason, sizeof(m->reason));
	get_text(r, m->value, sizeof(m->value));
	get_text(r, m->context, sizeof(m->context));
	if ((m->code == 0) != (m->value[0] != '\0') || (m->code && m->context[0]))
		r->bad = true;
}

/* ---- auth and sign to front --------------------------------------------------------------- */

void signer_counts_put(struct wbuf *w, const struct signer_counts *m)
{
	wbuf_u8(w, (uint8_t)m->n);
	for (unsigned int i = 0; i < m->n; i++)
		wbuf_u64(w, m->value[i]);
}

void signer_counts_get(struct rbuf *r, struct signer_counts *m)
{
	memset(m, 0, sizeof(*m));
	m->n = rbuf_u8(r);
	if (m->n > SIGNER_COUNTS_MAX) {
		r->bad = true;
		m->n = 0;
	}
	for (unsigned int i = 0; i < m->n; i++)
		m->value[i] = rbuf_u64(r);
}
