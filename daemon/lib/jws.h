/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON Web Signature in the one form this project takes: compact serialisation
 * (RFC 7515 section 7.1), ES256 (RFC 7518 section 3.4), base64url without padding.
 * "none" and every other algorithm do not exist here.
 */
#ifndef KSRTP_JWS_H
#define KSRTP_JWS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define JWS_SIG_LEN	64		/* r || s, never DER */
#define JWS_SIG_B64_LEN	86
#define JWS_MAX		8192		/* octets of a whole token */

/**
 * b64url_encode() - RFC 4648 section 5, no padding
 * @out: at least b64url_size(@len) octets, NUL included
 *
 * Return: octets written without the NUL.
 */
size_t b64url_encode(char *out, const void *in, size_t len);

static inline size_t b64url_size(size_t len)
{
	return (len * 4 + 2) / 3 + 1;
}

/**
 * b64url_decode() - strict: no padding, no white space, no other alphabet, and the
 * unused bits of the last character zero, so that one value has one spelling
 * @out: at least @len * 3 / 4 octets
 *
 * Return: octets written, or -EINVAL.
 */
long b64url_decode(void *out, const char *in, size_t len);

/** struct jws_signer - a private key that was looked up, checked and made ready once */
struct jws_signer;

/** jws_signer_new() - @key: EC P-256 private key, held on to. 0, -EINVAL, -ENOMEM. */
int jws_signer_new(struct jws_signer **out, EVP_PKEY *key, struct err *e);
void jws_signer_free(struct jws_signer *s);	/* NULL is fine */

/**
 * jws_signer_sign() - ES256 over @len octets of signing input
 * @sig: r || s
 *
 * Return: 0, or -EIO when OpenSSL fails.
 */
int jws_signer_sign(struct jws_signer *s, const char *input, size_t len, uint8_t sig[JWS_SIG_LEN],
		    struct err *e);

/** jws_sign() - the same with a key that signs only once in a while; also -EINVAL, -ENOMEM. */
int jws_sign(EVP_PKEY *key, const char *input, size_t len, uint8_t sig[JWS_SIG_LEN],
	     struct err *e);

/**
 * jws_verify() - check an ES256 signature
 * @key: EC P-256 public key
 *
 * Return: 0, -EBADMSG when it does not fit, -EINVAL when @key is of another kind.
 */
int jws_verify(EVP_PKEY *key, const char *input, size_t len, const uint8_t sig[JWS_SIG_LEN],
	       struct err *e);

/**
 * struct jws_parts - "header.payload.signature" told apart, not yet decoded
 *
 * The pointers lead into the token.  Compact form (RFC 8225 section 7) has an empty
 * header and an empty payload.
 */
struct jws_parts {
	const char *header, *payload, *signature;
	size_t header_len, payload_len;
	size_t input_len;		/* of header "." payload, which is what is signed */
	uint8_t sig[JWS_SIG_LEN];
};

/**
 * jws_split() - take a token apart and decode its signature
 * @token: @len octets, at most JWS_MAX
 *
 * Return: 0, or -EINVAL with what is wrong: not three parts, one part empty and the
 * other not, a signature that is not exactly 64 octets (a DER one, for example).
 */
int jws_split(struct jws_parts *p, const char *token, size_t len, struct err *e);

#endif /* KSRTP_JWS_H */
