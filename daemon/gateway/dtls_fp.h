/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificate fingerprints (RFC 8122): what decides whether the far end of a
 * handshake is who signalling said.
 */
#ifndef KSRTP_DTLS_FP_H
#define KSRTP_DTLS_FP_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "media_proto.h"

/**
 * struct dtls_fp_set - which certificates the far end may show
 * @alg: the strongest hash among those given that we accept, NULL when there is none;
 *	only fingerprints of this hash count (RFC 8122 section 5.1)
 */
struct dtls_fp_set {
	const char *alg;
	unsigned int count;
	struct media_fingerprint fp[MEDIA_MAX_FINGERPRINTS];
};

/**
 * dtls_fp_choose() - keep those of the strongest hash we accept
 *
 * sha-512, sha-384 and sha-256, in this order.  Weaker ones are as good as absent,
 * and one whose length is not its hash's matches nothing.
 *
 * Return: 0, or -EACCES when nothing usable is left; then @set matches no certificate.
 */
int dtls_fp_choose(struct dtls_fp_set *set, const struct media_fingerprint *fp,
		   unsigned int count);

/** dtls_fp_match() - is @x509 one of @set?  Constant time in the digests; NULL is not. */
bool dtls_fp_match(const struct dtls_fp_set *set, const X509 *x509);

/** dtls_fp_equal() - do both sets allow the same certificates?  Order does not matter. */
bool dtls_fp_equal(const struct dtls_fp_set *a, const struct dtls_fp_set *b);

/** dtls_fp_of() - fingerprint of @x509 by @alg ("sha-256"). 0 or -errno. */
int dtls_fp_of(const X509 *x509, const char *alg, struct media_fingerprint *out);

#define DTLS_FP_TEXT	(3 * sizeof(((struct media_fingerprint *)0)->digest) + 1)

/** dtls_fp_text() - the digest as SDP writes it, "FC:8D:..."; "" for an empty one. */
void dtls_fp_text(const struct media_fingerprint *fp, char text[static DTLS_FP_TEXT]);

#endif /* KSRTP_DTLS_FP_H */
