/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RFC 6904 and RFC 9335 for the model, written from their texts and not from the module:
 * masks laid over a whole keystream, plain text and associated data gathered piece by piece.
 */
#ifndef KSRTP_TEST_MODEL_HEADER_H
#define KSRTP_TEST_MODEL_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define REF_AAD	16	/* of cryptex: fixed header and extension header */

/** ref_ext() - in place; @hdr octets of @p are header. Return: false for elements that overrun. */
bool ref_ext(uint8_t *p, size_t hdr, const uint8_t *ids, size_t n, EVP_CIPHER_CTX *ctx,
	     const EVP_CIPHER *ctr, const uint8_t *key, const uint8_t *iv);

/**
 * ref_cryptex_mark() - what a sender does to a packet before it encrypts
 * @used: is it cryptex now
 *
 * Return: new length.
 */
size_t ref_cryptex_mark(uint8_t *p, size_t len, bool *used);
/** ref_cryptex_marked() - is there the mark */
bool ref_cryptex_marked(const uint8_t *p);
/** ref_cryptex_unmark() - what a receiver may do after it decrypted */
void ref_cryptex_unmark(uint8_t *p);
/** ref_gather() - @out is associated data (REF_AAD octets), then all that is encrypted */
void ref_gather(uint8_t *out, const uint8_t *p, size_t len);
/** ref_scatter() - and back */
void ref_scatter(uint8_t *p, const uint8_t *in, size_t len);

#endif
