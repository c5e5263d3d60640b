/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roots that signers' certificates have to end in, and the chains that did.
 *
 *	struct truststore			the role's; replaced as a whole on reload
 *	 |- roots, CRLs				OpenSSL's store
 *	 |- policy				copied: cert_policy.h
 *	 `- struct trust_signer []		chains that verified, by their octets
 *
 * A chain is verified once; each request then asks two cheap questions: is Date within
 * the validity of all its certificates, and does the policy let it speak for From.
 */
#ifndef KSRTP_TRUSTSTORE_H
#define KSRTP_TRUSTSTORE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "cert_policy.h"

struct err;
struct truststore;

#define TRUST_CHAIN_OCTETS	65536	/* of what x5u answers */
#define TRUST_CHAIN_MAX		8	/* certificates in it */

/**
 * struct truststore_root - a file of roots
 * @name: what the policy and the log call it; different for each file
 * @path: PEM, one or more self-signed CA certificates; not writable by group or others
 */
struct truststore_root {
	char name[CERT_ROOT_SIZE];
	const char *path;
};

/**
 * struct truststore_conf
 * @crl: PEM file of certificate revocation lists, or NULL.  With it every CA in a
 *	signer's chain, root included, needs a current list in there.  A chain that
 *	verified is not looked up again before truststore_reload(), or before one of the
 *	lists runs out: then it is refused.  Reload with each new list.
 */
struct truststore_conf {
	const struct truststore_root *roots;
	unsigned int nroots;
	const char *crl;
	struct cert_policy policy;
};

/**
 * truststore_new() - read and check everything
 *
 * Return: 0; -EINVAL or the errno of a file with its name in @e; -ENOMEM.
 */
int truststore_new(struct truststore **out, const struct truststore_conf *conf, struct err *e);
void truststore_free(struct truststore *t);	/* NULL is fine */

/**
 * truststore_reload() - put a new one in the place of *@t, or leave it as it is
 *
 * The new one is built and checked first. Signers of the old one are gone after success.
 * Return: as truststore_new().
 */
int truststore_reload(struct truststore **t, const struct truststore_conf *conf, struct err *e);

/** enum trust_fault - why a certificate was not believed; all are 437 (RFC 8224 section 6.2.2) */
enum trust_fault {
	TRUST_OK,
	TRUST_MALFORMED,	/* not a PEM chain, nor one DER certificate */
	TRUST_KIND,		/* cannot sign: key, usage, or no SIP domain in it */
	TRUST_CHAIN,		/* does not lead to a root of ours, or is revoked */
	TRUST_DATE,		/* not valid when the request was signed */
	TRUST_AUTHORITY,	/* valid, but nobody said that it may speak for this identity */
	TRUST_MEMORY,
};

/** trust_fault_name() - a word for logs and events: "chain", "authority", ... */
const char *trust_fault_name(enum trust_fault f);

/** struct trust_signer - a chain that verified; the store's, until the next call with it */
struct trust_signer {
	EVP_PKEY *key;		/* for passport_verify() */
	char root[CERT_ROOT_SIZE];
	struct cert_names names;
	int64_t not_before, not_after;	/* of all certificates in the chain */
};

/**
 * truststore_signer() - what x5u answered, as a signer
 * @data: PEM, the signer's certificate first, then intermediates in any order; or the
 *	DER of the signer's certificate alone
 * @date: the request's Date, seconds since 1970: the chain has to be valid then
 *
 * Signatures within the chain need 112 bits of security (no SHA-1, no RSA below 2048);
 * certificates have to follow RFC 5280 strictly.
 */
enum trust_fault truststore_signer(struct truststore *t, const void *data, size_t len,
				   int64_t date, const struct trust_signer **out, struct err *e);

/** truststore_authority() - may @s speak for @id? */
enum trust_fault truststore_authority(const struct truststore *t, const struct trust_signer *s,
				      const struct passport_id *id, struct err *e);

struct truststore_stats {
	uint64_t verified;	/* chains that were verified by signature */
	uint64_t known;		/* that were known already */
	unsigned int roots;
};

const struct truststore_stats *truststore_stats(const struct truststore *t);

#endif /* KSRTP_TRUSTSTORE_H */
