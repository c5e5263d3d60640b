// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of the messages between `sip` and `trust`; the reading half believes nothing. */
#include "trust_proto.h"

#include <string.h>

#define CODE_MIN	400
#define CODE_MAX	699

static bool get_bool(struct rbuf *r)
{
	uint8_t v = rbuf_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

static uint64_t get_id(struct rbuf *r)
{
	uint64_t v = rbuf_u64(r);

	if (!v)
		r->bad = true;
	return v;
}

void trust_verify_put(struct wbuf *w, const struct trust_verify *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u64(w, m->call);
	wbuf_u32(w, m->ask);
	wbuf_lenstr(w, m->side);
	wbuf_lenstr(w, m->far);
	wbuf_lenstr(w, m->near);
	if (m->len > sizeof(m->request))
		w->bad = true;
	else
		wbuf_lenbytes(w, m->request, m->len);
}

void trust_verify_get(struct rbuf *r, struct trust_verify *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_id(r);
	m->call = rbuf_u64(r);
	m->ask = rbuf_u32(r);
	rbuf_lenstr(r, m->side, sizeof(m->side));
	rbuf_lenstr(r, m->far, sizeof(m->far));
	rbuf_lenstr(r, m->near, sizeof(m->near));
	m->len = rbuf_lenbytes(r, m->request, sizeof(m->request));
	if (!m->ask || !m->side[0] || !m->len)
		r->bad = true;
}

void trust_verdict_put(struct wbuf *w, const struct trust_verdict *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u32(w, m->ask);
	wbuf_u16(w, (uint16_t)m->code);
	wbuf_u8(w, m->verified);
	wbuf_lenstr(w, m->reason);
	wbuf_lenstr(w, m->text);
	wbuf_lenstr(w, m->identity);
	wbuf_u8(w, m->bound);
	wbuf_lenstr(w, m->check);
}

void trust_verdict_get(struct rbuf *r, struct trust_verdict *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_id(r);
	m->ask = rbuf_u32(r);
	m->code = rbuf_u16(r);
	m->verified = get_bool(r);
	rbuf_lenstr(r, m->reason, sizeof(m->reason));
	rbuf_lenstr(r, m->text, sizeof(m->text));
	rbuf_lenstr(r, m->identity, sizeof(m->identity));
	m->bound = get_bool(r);
	rbuf_lenstr(r, m->check, sizeof(m->check));
	if (!m->ask || (m->code && (m->code < CODE_MIN || m->code > CODE_MAX || m->verified)))
		r->bad = true;
	if (m->verified != (m->identity[0] != '\0') || (m->bound && !m->verified))
		r->bad = true;
}

void trust_apply_put(struct wbuf *w, const struct trust_apply *m)
{
	wbuf_u64(w, m->leg);
	wbuf_u32(w, m->ask);
}

void trust_apply_get(struct rbuf *r, struct trust_apply *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_id(r);
	m->ask = rbuf_u32(r);
}

void trust_unsigned_put(struct wbuf *w, const struct trust_unsigned *m)
{
	wbuf_lenstr(w, m->side);
	media_leg_fingerprints_put(w, &m->fp);
}

void trust_unsigned_get(struct rbuf *r, struct trust_unsigned *m)
{
	memset(m, 0, sizeof(*m));
	rbuf_lenstr(r, m->side, sizeof(m->side));
	media_leg_fingerprints_get(r, &m->fp);
	if (!m->side[0] || m->fp.verified)
		r->bad = true;
}

void trust_close_put(struct wbuf *w, const struct trust_close *m)
{
	wbuf_u64(w, m->leg);
}

void trust_close_get(struct rbuf *r, struct trust_close *m)
{
	memset(m, 0, sizeof(*m));
	m->leg = get_id(r);
}

void trust_challenge_put(struct wbuf *w, const struct trust_challenge *m)
{
	wbuf_u64(w, m->ask);
	wbuf_lenstr(w, m->signer);
	wbuf_lenstr(w, m->method);
	wbuf_lenstr(w, m->uri);
	if (m->len > sizeof(m->values))
		w->bad = true;
	else
		wbuf_lenbytes(w, m->values, m->len);
}

void trust_challenge_get(struct rbuf *r, struct trust_challenge *m)
{
	memset(m, 0, sizeof(*m));
	m->ask = get_id(r);
	rbuf_lenstr(r, m->signer, sizeof(m->signer));
	rbuf_lenstr(r, m->method, sizeof(m->method));
	rbuf_lenstr(r, m->uri, sizeof(m->uri));
	m->len = rbuf_lenbytes(r, m->values, sizeof(m->values));
	if (!m->signer[0] || !m->method[0] || !m->uri[0] || !m->len || m->values[m->len - 1])
		r->bad = true;
}

void trust_credentials_put(struct wbuf *w, const struct trust_credentials *m)
{
	wbuf_u64(w, m->ask);
	wbuf_lenstr(w, m->value);
	wbuf_lenstr(w, m->text);
}

void trust_credentials_get(struct rbuf *r, struct trust_credentials *m)
{
	memset(m, 0, sizeof(*m));
	m->ask = get_id(r);
	rbuf_lenstr(r, m->value, sizeof(m->value));
	rbuf_lenstr(r, m->text, sizeof(m->text));
	if (!m->value[0] && !m->text[0])
		r->bad = true;
}
