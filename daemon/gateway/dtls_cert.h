/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate we show in DTLS handshakes, with its key.  Who we are is told by
 * its fingerprint in signalling (RFC 8122), so it needs no name and no issuer.
 */
#ifndef KSRTP_DTLS_CERT_H
#define KSRTP_DTLS_CERT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "err.h"
#include "media_proto.h"

/** DTLS_CERT_DAYS - life of a certificate made here; a restart makes a new one. */
#define DTLS_CERT_DAYS	30

struct dtls_cert {
	X509 *x509;
	EVP_PKEY *key;
	struct media_fingerprint fingerprint;	/* sha-256 */
};

/**
 * dtls_cert_make() - ECDSA P-256, self-signed, random name and serial, memory only
 *
 * Return: 0 or -errno.  Owner frees with dtls_cert_free().
 */
int dtls_cert_make(struct dtls_cert *c, struct err *e);

/**
 * dtls_cert_load() - the configured certificate and private key (PEM)
 * @cert_file: first certificate of the file is used
 * @key_file: must belong to root or to us, and be closed to everybody else: its
 *	group may read it, others may not
 *
 * Return: 0; -EACCES for a key file others can read; -EINVAL when a file does not
 * hold what it should or the two do not belong together; another -errno.
 */
int dtls_cert_load(struct dtls_cert *c, const char *cert_file, const char *key_file,
		   struct err *e);

/** dtls_cert_free() - zeroed is fine. */
void dtls_cert_free(struct dtls_cert *c);

#endif /* KSRTP_DTLS_CERT_H */
