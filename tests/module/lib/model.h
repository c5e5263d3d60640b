/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SRTP from the module's bytes-only parts and OpenSSL's ciphers.  The unit tests hold it
 * to the published vectors; here it stands in where libsrtp cannot (Debian's, on NSS, has
 * AES-192 wrong), and beside it where both can.
 */
#ifndef KSRTP_TEST_MODEL_H
#define KSRTP_TEST_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/srtp.h>

struct model;

/** model_new() - @key is master key and then salt, as long as @profile wants them. */
struct model *model_new(uint16_t profile, const uint8_t *key);
void model_free(struct model *m);
/** model_headers() - encrypt elements @ids[@n] (RFC 6904), and what RFC 9335 says. */
void model_headers(struct model *m, const uint8_t *ids, size_t n, enum srtp_cryptex cryptex);

/**
 * model_protect() - in place; the packet's kind is told from its second octet
 * @index: 2^16 * ROC + sequence number, or the SRTCP index
 *
 * Return: new length; 0 when the header is not RTP or RTCP, or cannot be encrypted as it
 * has to be.
 */
size_t model_protect(const struct model *m, uint8_t *p, size_t len, uint64_t index);

/**
 * model_unprotect() - in place
 * @index: as above; for RTCP set from the packet, and what was there is not looked at
 *
 * Return: 0, or the enum srtp_drop that the module counts, with @p undefined.
 */
int model_unprotect(const struct model *m, uint8_t *p, size_t *len, uint64_t *index);

#endif
