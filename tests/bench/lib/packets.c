// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.h"

#include <stdlib.h>
#include <string.h>

#include "../../module/lib/model.h"
#include "../../module/lib/tap.h"

#define SSRC		0x6b737274u
#define FIRST_SEQ	1000

enum headers headers;

const struct suite suites[] = {
	{ "none", 0x0000, 0, 0, NULL },
	{ "AES_CM_128_HMAC_SHA1_80", 0x0001, 16, 14, srtp_crypto_policy_set_rtp_default },
	{ "AEAD_AES_128_GCM", 0x0007, 16, 12, srtp_crypto_policy_set_aes_gcm_128_16_auth },
	{ NULL, 0, 0, 0, NULL },
};

const struct suite *suite_find(const char *name)
{
	for (const struct suite *s = suites; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

void bench_key(uint8_t *key, unsigned int which)
{
	for (unsigned int i = 0; i < KEY_MAX; i++)
		key[i] = (uint8_t)(17 + which * 101 + i * 7);
}

srtp_t srtp_for(const struct suite *suite, const uint8_t *key, bool sends)
{
	srtp_policy_t policy = { 0 };
	int id = ELEMENT_ID;
	srtp_t s;

	suite->set(&policy.rtp);
	suite->set(&policy.rtcp);
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = (uint8_t *)(uintptr_t)key;
	policy.window_size = 128;
	if (headers == HEADERS_ELEMENTS) {
		policy.enc_xtn_hdr = &id;
		policy.enc_xtn_hdr_count = 1;
	}
	if (srtp_create(&s, &policy) != srtp_err_status_ok)
		bail("libsrtp takes no key for %s", suite->name);
	return s;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static size_t make_plain(uint8_t *p, size_t i, size_t payload)
{
	uint32_t seq = (uint32_t)(FIRST_SEQ + i);
	size_t hdr = 12;

	put32(p, 0x80000000u | (seq & 0xffff));
	put32(p + 4, seq * 160);
	put32(p + 8, SSRC);
	if (headers) {
		p[0] |= 0x10;
		put32(p + 12, 0xbede0001u);
		put32(p + 16, (uint32_t)ELEMENT_ID << 28 | 2u << 24 | (seq & 0xffffff));
		hdr += 8;
	}
	for (size_t k = 0; k < payload; k++)
		p[hdr + k] = (uint8_t)(i * 31 + k * 7);
	return hdr + payload;
}

/* libsrtp has no RFC 9335; the model begins in the first roll-over period. */
static size_t protect(srtp_t s, const struct model *m, uint8_t *p, size_t len, size_t i)
{
	int n = (int)len;

	if (m)
		return model_protect(m, p, len, FIRST_SEQ + i);
	if (s && srtp_protect(s, p, &n) != srtp_err_status_ok)
		return 0;
	return (size_t)n;
}

static uint8_t *make_side(const struct packets *p, size_t payload, const struct suite *suite,
			  const uint8_t *key, size_t *len)
{
	uint8_t *all = calloc(p->n, PACKET_SLOT);
	struct model *m = NULL;
	srtp_t s = NULL;

	if (!all)
		bail("no memory for %zu packets", p->n);
	if (suite->set && headers == HEADERS_CRYPTEX) {
		if (FIRST_SEQ + p->first + p->n > 0x10000)
			bail("%zu packets are too many with RFC 9335", p->n);
		m = model_new(suite->profile, key);
		model_headers(m, NULL, 0, SRTP_CRYPTEX_ON);
	} else if (suite->set) {
		s = srtp_for(suite, key, true);
	}
	for (size_t i = 0; i < p->n; i++) {
		uint8_t *slot = all + i * PACKET_SLOT;

		*len = protect(s, m, slot, make_plain(slot, p->first + i, payload), p->first + i);
		if (!*len)
			bail("packet %zu cannot be protected", i);
	}
	if (s)
		srtp_dealloc(s);
	model_free(m);
	return all;
}

void packets_make(struct packets *p, size_t first, size_t n, size_t payload,
		  const struct suite *in, const uint8_t *in_key, const struct suite *out, const uint8_t *out_key)
{
	if (payload + 64 > PACKET_SLOT)
		bail("payload of %zu octets is too long", payload);
	p->first = first;
	p->n = n;
	p->in = make_side(p, payload, in, in_key, &p->in_len);
	p->out = make_side(p, payload, out, out_key, &p->out_len);
}

void packets_free(struct packets *p)
{
	free(p->in);
	free(p->out);
}
