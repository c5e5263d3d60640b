// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "iv.h"
#include "kdf.h"
#include "model_header.h"
#include "nl_srtp.h"
#include "rtp.h"

#define AUTH_KEY	20

struct half {
	uint8_t key[32], auth[AUTH_KEY], salt[SRTP_KDF_SALT];
};

struct model {
	bool gcm, null;
	size_t key_len, salt_len, tag;	/* of SRTP; SRTCP has 80 bits, or 128 */
	struct half half[2];
	struct half header;		/* of RFC 6904 */
	uint8_t ids[255];
	size_t n_ids;
	enum srtp_cryptex cryptex;
	EVP_CIPHER_CTX *ctx;
};

static void aes_block(const void *key, u8 out[16], const u8 in[16])
{
	int n;

	/* The interface is for a key schedule; OpenSSL's context is one and more. */
	EVP_EncryptUpdate((EVP_CIPHER_CTX *)(uintptr_t)key, out, &n, in, 16);
}

static const EVP_CIPHER *ecb(size_t key_len)
{
	return key_len == 16 ? EVP_aes_128_ecb() : key_len == 24 ? EVP_aes_192_ecb() :
		EVP_aes_256_ecb();
}

static const EVP_CIPHER *counter(const struct model *m)
{
	return m->key_len == 16 ? EVP_aes_128_ctr() : m->key_len == 24 ? EVP_aes_192_ctr() :
		EVP_aes_256_ctr();
}

static const EVP_CIPHER *cipher(const struct model *m)
{
	if (m->gcm)
		return m->key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	return counter(m);
}

struct model *model_new(uint16_t profile, const uint8_t *key)
{
	static const enum srtp_kdf_label first[2] = { SRTP_LABEL_RTP_KEY, SRTP_LABEL_RTCP_KEY };
	const char *name = nl_srtp_profile_name(profile);
	struct model *m = calloc(1, sizeof(*m));
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();

	if (!m || !aes || nl_srtp_profile_sizes(profile, &m->key_len, &m->salt_len))
		abort();
	m->ctx = EVP_CIPHER_CTX_new();
	m->gcm = strstr(name, "GCM");
	m->null = strstr(name, "NULL");
	m->tag = m->gcm ? 16 : strstr(name, "_32") ? 4 : 10;
	EVP_EncryptInit_ex(aes, ecb(m->key_len), NULL, key, NULL);
	EVP_CIPHER_CTX_set_padding(aes, 0);
	for (unsigned int i = 0; i < 2; i++) {
		const uint8_t *salt = key + m->key_len;
		struct half *h = &m->half[i];

		srtp_kdf(aes_block, aes, salt, m->salt_len, first[i], h->key, m->key_len);
		srtp_kdf(aes_block, aes, salt, m->salt_len, first[i] + 1, h->auth, AUTH_KEY);
		srtp_kdf(aes_block, aes, salt, m->salt_len, first[i] + 2, h->salt, m->salt_len);
	}
	srtp_kdf(aes_block, aes, key + m->key_len, m->salt_len, SRTP_LABEL_HEADER_KEY,
		 m->header.key, m->key_len);
	srtp_kdf(aes_block, aes, key + m->key_len, m->salt_len, SRTP_LABEL_HEADER_SALT,
		 m->header.salt, m->salt_len);
	EVP_CIPHER_CTX_free(aes);
	return m;
}

void model_headers(struct model *m, const uint8_t *ids, size_t n, enum srtp_cryptex cryptex)
{
	if (n)
		memcpy(m->ids, ids, n);
	m->n_ids = n;
	m->cryptex = cryptex;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	EVP_CIPHER_CTX_free(m->ctx);
	free(m);
}

static bool is_rtcp(const uint8_t *p)
{
	return p[1] >= 192 && p[1] <= 223;
}

static void ctr(const struct model *m, const struct half *h, uint8_t *p, size_t len,
		uint32_t ssrc, uint64_t index)
{
	uint8_t iv[SRTP_IV_CM];
	int n;

	if (m->null || !len)
		return;
	srtp_iv_cm(iv, h->salt, ssrc, index);
	EVP_EncryptInit_ex(m->ctx, cipher(m), NULL, h->key, iv);
	EVP_EncryptUpdate(m->ctx, p, &n, p, (int)len);
}

/* Over @len octets and, for SRTP, the ROC. */
static void mac(const struct half *h, const uint8_t *p, size_t len, bool rtcp, uint64_t index,
		uint8_t out[20])
{
	uint8_t in[4096];
	unsigned int n;

	memcpy(in, p, len);
	srtp_put32(in + len, (uint32_t)(index >> 16));
	HMAC(EVP_sha1(), h->auth, AUTH_KEY, in, len + (rtcp ? 0 : 4), out, &n);
}

/* AEAD over @text octets at @p + @hdr; @word is more AAD.  @tag is written, or compared. */
static bool gcm(const struct model *m, const struct half *h, uint8_t *p, size_t hdr, size_t text,
		const uint8_t *word, const uint8_t *iv, uint8_t *tag, bool protect)
{
	int n;

	EVP_CipherInit_ex(m->ctx, cipher(m), NULL, h->key, iv, protect);
	if (!protect)
		EVP_CIPHER_CTX_ctrl(m->ctx, EVP_CTRL_GCM_SET_TAG, 16, tag);
	EVP_CipherUpdate(m->ctx, NULL, &n, p, (int)hdr);
	if (word)
		EVP_CipherUpdate(m->ctx, NULL, &n, word, SRTP_RTCP_WORD);
	if (text)
		EVP_CipherUpdate(m->ctx, p + hdr, &n, p + hdr, (int)text);
	if (EVP_CipherFinal_ex(m->ctx, p + hdr + text, &n) != 1)
		return false;
	if (protect)
		EVP_CIPHER_CTX_ctrl(m->ctx, EVP_CTRL_GCM_GET_TAG, 16, tag);
	return true;
}

static void gcm_iv(const struct half *h, bool rtcp, uint32_t ssrc, uint64_t index, uint8_t *iv)
{
	if (rtcp)
		srtp_iv_gcm_rtcp(iv, h->salt, ssrc, (uint32_t)index);
	else
		srtp_iv_gcm_rtp(iv, h->salt, ssrc, index);
}

/* Return: false for an extension that is not well-formed. */
static bool elements(const struct model *m, uint8_t *p, const struct srtp_rtp *r, uint64_t index)
{
	uint8_t iv[SRTP_IV_CM];

	if (!m->n_ids)
		return true;
	srtp_iv_cm(iv, m->header.salt, r->ssrc, index);
	return ref_ext(p, r->hdr_len, m->ids, m->n_ids, m->ctx, counter(m), m->header.key, iv);
}

/* What the cipher does: a header of @hdr octets in the clear, @text octets, and GCM's tag. */
static bool crypt(const struct model *m, const struct half *h, uint8_t *p, size_t hdr, size_t text,
		  const struct srtp_rtp *r, const uint8_t *word, uint64_t index, uint8_t *tag,
		  bool protect)
{
	uint8_t iv[16];

	if (!m->gcm) {
		ctr(m, h, p + hdr, text, r->ssrc, index);
		return true;
	}
	gcm_iv(h, word, r->ssrc, index, iv);
	return gcm(m, h, p, hdr, text, word, iv, tag, protect);
}

/* The same, of a packet with cryptex. */
static bool crypt_whole(const struct model *m, const struct half *h, uint8_t *p, size_t len,
			const struct srtp_rtp *r, uint64_t index, uint8_t *tag, bool protect)
{
	uint8_t joined[4096 + 16];
	bool good;

	ref_gather(joined, p, len);
	good = crypt(m, h, joined, REF_AAD, len - REF_AAD, r, NULL, index, tag, protect);
	ref_scatter(p, joined, len);
	return good;
}

/* In the clear, where that is forbidden. */
static bool bare(const struct model *m, const uint8_t *p)
{
	return m->cryptex == SRTP_CRYPTEX_REQUIRED && p[0] & 0x1f;
}

size_t model_protect(const struct model *m, uint8_t *p, size_t len, uint64_t index)
{
	bool rtcp = is_rtcp(p);
	const struct half *h = &m->half[rtcp];
	size_t tag = rtcp && !m->gcm ? 10 : m->tag;
	uint8_t word[4], digest[20];
	bool whole = false;
	struct srtp_rtp r;

	if ((rtcp ? srtp_rtcp_parse : srtp_rtp_parse)(p, len, len, &r))
		return 0;
	if (!rtcp && m->cryptex) {
		if (ref_cryptex_marked(p))
			return 0;
		len = ref_cryptex_mark(p, len, &whole);
	}
	if (!rtcp && !whole && (bare(m, p) || !elements(m, p, &r, index)))
		return 0;
	srtp_put32(word, (m->null ? 0 : SRTP_RTCP_E) | (uint32_t)index);
	if (whole)
		crypt_whole(m, h, p, len, &r, index, digest, true);
	else
		crypt(m, h, p, r.hdr_len, len - r.hdr_len, &r, rtcp ? word : NULL, index, digest, true);
	if (m->gcm) {
		memcpy(p + len, digest, tag);
		len += tag;
	}
	if (rtcp) {
		memcpy(p + len, word, 4);
		len += 4;
	}
	if (!m->gcm) {
		mac(h, p, len, rtcp, index, digest);
		memcpy(p + len, digest, tag);
		len += tag;
	}
	return len;
}

int model_unprotect(const struct model *m, uint8_t *p, size_t *len, uint64_t *index)
{
	bool rtcp = is_rtcp(p);
	const struct half *h = &m->half[rtcp];
	size_t tag = rtcp && !m->gcm ? 10 : m->tag, over = tag + (rtcp ? 4 : 0), text;
	uint8_t word[4], digest[20];
	struct srtp_rtp r;
	bool whole, good;

	if (*len < (rtcp ? SRTP_RTCP_MIN : SRTP_RTP_MIN) + over)
		return SRTP_DROP_SHORT;
	if ((rtcp ? srtp_rtcp_parse : srtp_rtp_parse)(p, *len, *len - over, &r))
		return SRTP_DROP_MALFORMED;
	if (rtcp) {
		memcpy(word, p + *len - 4 - (m->gcm ? 0 : tag), 4);
		if (!(word[0] & 0x80) != m->null)
			return SRTP_DROP_EBIT;
		*index = srtp_get32(word) & ~SRTP_RTCP_E;
	}
	whole = !rtcp && m->cryptex && ref_cryptex_marked(p);
	if (!rtcp && !whole && bare(m, p))
		return SRTP_DROP_CRYPTEX;
	if (!m->gcm) {
		mac(h, p, *len - tag, rtcp, *index, digest);
		if (CRYPTO_memcmp(digest, p + *len - tag, tag))
			return SRTP_DROP_AUTH;
	}
	text = *len - over - r.hdr_len;
	if (whole)
		good = crypt_whole(m, h, p, *len - over, &r, *index, p + *len - over, false);
	else
		good = crypt(m, h, p, r.hdr_len, text, &r, rtcp ? word : NULL, *index,
			     p + r.hdr_len + text, false);
	if (!good)
		return SRTP_DROP_AUTH;
	if (whole)
		ref_cryptex_unmark(p);
	else if (!rtcp && !elements(m, p, &r, *index))
		return SRTP_DROP_MALFORMED;
	*len -= over;
	if (!rtcp && !srtp_rtp_padding_ok(p, *len, r.hdr_len))
		return SRTP_DROP_MALFORMED;
	return 0;
}
