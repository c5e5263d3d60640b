// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.h"

#include <stdlib.h>
#include <string.h>

#include "../../module/lib/tap.h"

#define SSRC		0x6b737274u
#define FIRST_SEQ	1000

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
	srtp_t s;

	suite->set(&policy.rtp);
	suite->set(&policy.rtcp);
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = (uint8_t *)(uintptr_t)key;
	policy.window_size = 128;
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

	put32(p, 0x80000000u | (seq & 0xffff));
	put32(p + 4, seq * 160);
	put32(p + 8, SSRC);
	for (size_t k = 0; k < payload; k++)
		p[12 + k] = (uint8_t)(i * 31 + k * 7);
	return 12 + payload;
}

static uint8_t *make_side(const struct packets *p, size_t payload, const struct suite *suite,
			  const uint8_t *key, size_t *len)
{
	uint8_t *all = calloc(p->n, PACKET_SLOT);
	srtp_t s = NULL;

	if (!all)
		bail("no memory for %zu packets", p->n);
	if (suite->set)
		s = srtp_for(suite, key, true);
	for (size_t i = 0; i < p->n; i++) {
		uint8_t *slot = all + i * PACKET_SLOT;
		int n = (int)make_plain(slot, p->first + i, payload);

		if (s && srtp_protect(s, slot, &n) != srtp_err_status_ok)
			bail("libsrtp does not protect packet %zu", i);
		*len = (size_t)n;
	}
	if (s)
		srtp_dealloc(s);
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
