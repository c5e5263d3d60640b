// SPDX-License-Identifier: GPL-2.0-or-later
/* ES256 tokens: base64url, signature and its two encodings. */
#include "jws.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t b64url_encode(char *out, const void *in, size_t len)
{
	const uint8_t *p = in;
	size_t n = 0;
	uint32_t bits;

	for (; len >= 3; len -= 3, p += 3) {
		bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		out[n++] = alphabet[bits >> 18];
		out[n++] = alphabet[bits >> 12 & 63];
		out[n++] = alphabet[bits >> 6 & 63];
		out[n++] = alphabet[bits & 63];
	}
	if (len) {
		bits = (uint32_t)p[0] << 8 | (len == 2 ? p[1] : 0);
		out[n++] = alphabet[bits >> 10];
		out[n++] = alphabet[bits >> 4 & 63];
		if (len == 2)
			out[n++] = alphabet[bits << 2 & 63];
	}
	out[n] = '\0';
	return n;
}

static int b64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

long b64url_decode(void *out, const char *in, size_t len)
{
	uint8_t *p = out;
	uint32_t bits = 0;
	unsigned int have = 0;
	long n = 0;

	for (size_t i = 0; i < len; i++) {
		int v = b64url_value(in[i]);

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[n++] = (uint8_t)(bits >> have);
		}
	}
	/* Six bits left over are a stray character; others must be zero. */
	if (have == 6 || (bits & ((1u << have) - 1)))
		return -EINVAL;
	return n;
}

/* ES256 is P-256 and nothing else (RFC 7518 section 3.4). */
static int check_curve(EVP_PKEY *key, struct err *e)
{
	char name[32];
	size_t len;

	if (key && EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1 &&
	    strcmp(name, "prime256v1") == 0)
		return 0;
	return err_set(e, -EINVAL, "ES256 needs an EC key on the curve P-256");
}

/*
 * SHA-256 of the signing input.  Method and context are made once: OpenSSL 3 would look
 * the method up for each call of EVP_sha256(), at a fifth of the cost of a signature.
 */
static int hash_input(const char *input, size_t len, uint8_t hash[SHA256_DIGEST_LENGTH])
{
	static EVP_MD_CTX *ctx;
	static EVP_MD *sha256;

	if (!sha256)
		sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	if (!ctx)
		ctx = EVP_MD_CTX_new();
	return sha256 && ctx && EVP_DigestInit_ex2(ctx, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, input, len) == 1 &&
	       EVP_DigestFinal_ex(ctx, hash, NULL) == 1 ? 0 : -EIO;
}

/* ---- signing ------------------------------------------------------------------ */

struct jws_signer {
	EVP_PKEY_CTX *ctx;	/* has a reference to the key */
};

int jws_signer_new(struct jws_signer **out, EVP_PKEY *key, struct err *e)
{
	struct jws_signer *s;
	int err = check_curve(key, e);

	*out = NULL;
	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (s)
		s->ctx = EVP_PKEY_CTX_new(key, NULL);
	if (!s || !s->ctx || EVP_PKEY_sign_init(s->ctx) != 1) {
		jws_signer_free(s);
		return err_set(e, -ENOMEM, "this key cannot be made ready to sign");
	}
	*out = s;
	return 0;
}

void jws_signer_free(struct jws_signer *s)
{
	if (!s)
		return;
	EVP_PKEY_CTX_free(s->ctx);
	free(s);
}

/* One INTEGER of at most 256 bits, not negative, right-aligned into @out (X.690 section 8.3). */
static bool take_integer(const uint8_t **p, const uint8_t *end, uint8_t out[32])
{
	size_t len;

	if (end - *p < 2 || (*p)[0] != 2)
		return false;
	len = (*p)[1];
	*p += 2;
	if (!len || len > (size_t)(end - *p) || (*p)[0] & 0x80)
		return false;
	if (len == 33 && (*p)[0] == 0) {
		(*p)++;
		len--;
	}
	if (len > 32)
		return false;
	memset(out, 0, 32 - len);
	memcpy(out + 32 - len, *p, len);
	*p += len;
	return true;
}

/* ECDSA-Sig-Value, a SEQUENCE of two INTEGERs (RFC 3279 section 2.2.3), as r || s. */
static bool sig_from_der(const uint8_t *der, size_t len, uint8_t sig[JWS_SIG_LEN])
{
	const uint8_t *p = der + 2, *end = der + len;

	return len >= 2 && len < 128 && der[0] == 0x30 && der[1] == len - 2 &&
	       take_integer(&p, end, sig) && take_integer(&p, end, sig + 32) && p == end;
}

int jws_signer_sign(struct jws_signer *s, const char *input, size_t len, uint8_t sig[JWS_SIG_LEN],
		    struct err *e)
{
	uint8_t der[80], hash[SHA256_DIGEST_LENGTH];
	size_t der_len = sizeof(der);

	if (hash_input(input, len, hash) == 0 &&
	    EVP_PKEY_sign(s->ctx, der, &der_len, hash, sizeof(hash)) == 1 &&
	    sig_from_der(der, der_len, sig))
		return 0;
	return err_set(e, -EIO, "OpenSSL could not sign");
}

int jws_sign(EVP_PKEY *key, const char *input, size_t len, uint8_t sig[JWS_SIG_LEN],
	     struct err *e)
{
	struct jws_signer *s;
	int err = jws_signer_new(&s, key, e);

	err = err ?: jws_signer_sign(s, input, len, sig, e);
	jws_signer_free(s);
	return err;
}

/* ---- verifying ---------------------------------------------------------------- */

/* r || s as the DER that EVP wants; NULL when out of memory. */
static uint8_t *sig_to_der(const uint8_t sig[JWS_SIG_LEN], int *len)
{
	ECDSA_SIG *rs = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig, 32, NULL), *s = BN_bin2bn(sig + 32, 32, NULL);
	uint8_t *der = NULL;

	if (rs && r && s && ECDSA_SIG_set0(rs, r, s) == 1) {
		r = s = NULL;
		*len = i2d_ECDSA_SIG(rs, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(rs);
	return der;
}

int jws_verify(EVP_PKEY *key, const char *input, size_t len, const uint8_t sig[JWS_SIG_LEN],
	       struct err *e)
{
	int err = check_curve(key, e), der_len = 0;
	uint8_t hash[SHA256_DIGEST_LENGTH], *der;
	EVP_PKEY_CTX *ctx;

	if (err)
		return err;
	ctx = EVP_PKEY_CTX_new(key, NULL);
	der = sig_to_der(sig, &der_len);
	if (!ctx || !der || hash_input(input, len, hash))
		err = err_set(e, -ENOMEM, "no memory to verify a signature");
	else if (EVP_PKEY_verify_init(ctx) != 1 ||
		 EVP_PKEY_verify(ctx, der, (size_t)der_len, hash, sizeof(hash)) != 1)
		err = err_set(e, -EBADMSG, "the signature does not fit");
	OPENSSL_free(der);
	EVP_PKEY_CTX_free(ctx);
	return err;
}

int jws_split(struct jws_parts *p, const char *token, size_t len, struct err *e)
{
	const char *end = token + len, *dot1, *dot2;

	if (len > JWS_MAX)
		return err_set(e, -EINVAL, "token of %zu octets, at most %d are taken", len, JWS_MAX);
	dot1 = memchr(token, '.', len);
	dot2 = dot1 ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;
	if (!dot2 || memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)))
		return err_set(e, -EINVAL, "token is not header.payload.signature");
	*p = (struct jws_parts){
		.header = token, .header_len = (size_t)(dot1 - token),
		.payload = dot1 + 1, .payload_len = (size_t)(dot2 - dot1 - 1),
		.signature = dot2 + 1, .input_len = (size_t)(dot2 - token),
	};
	if (!p->header_len != !p->payload_len)
		return err_set(e, -EINVAL, "token has a header or a payload, but not both");
	len = (size_t)(end - p->signature);
	if (!len)
		return err_set(e, -EINVAL, "token has no signature");
	for (size_t i = 0; i < len; i++)
		if (b64url_value(p->signature[i]) < 0)
			return err_set(e, -EINVAL, "signature is not base64url without padding");
	if (len != JWS_SIG_B64_LEN)
		return err_set(e, -EINVAL, "signature of %zu octets; ES256 has %d (RFC 7518 section 3.4)",
			       len * 3 / 4, JWS_SIG_LEN);
	if (b64url_decode(p->sig, p->signature, len) != JWS_SIG_LEN)
		return err_set(e, -EINVAL, "signature has bits behind its last octet");
	return 0;
}
