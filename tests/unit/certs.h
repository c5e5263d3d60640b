/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates of every kind, made in the test. */
#ifndef KSRTP_TEST_CERTS_H
#define KSRTP_TEST_CERTS_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cert_spec - what to make
 * @by, @by_key: the issuer; NULL: self-signed
 * @san, @eku, @ku: as in openssl.cnf; NULL for none. @ku NULL: digitalSignature, or
 *	keyCertSign and cRLSign of a CA; "" for none
 * @bc, @nc: basicConstraints other than by @ca, and nameConstraints; also as there
 * @curve: "P-256" when NULL; "RSA" for RSA
 * @from, @to: validity, seconds since 1970
 */
struct cert_spec {
	const char *cn, *san, *eku, *ku, *bc, *nc, *curve;
	int ca, sha1;
	X509 *by;
	EVP_PKEY *by_key;
	int64_t from, to;
};

X509 *cert_make(const struct cert_spec *spec, EVP_PKEY **key);

/** cert_pem() - the certificates up to NULL, one after the other; free() it. */
char *cert_pem(X509 *first, ...);

/** cert_crl() - a list that is valid now and revokes @revoked (or nothing), in PEM; free() it. */
char *cert_crl(X509 *ca, EVP_PKEY *key, X509 *revoked, int64_t from, int64_t to);

/** write_text() - a file of this content and mode. */
void write_text(const char *path, const char *text, unsigned int mode);

#endif /* KSRTP_TEST_CERTS_H */
