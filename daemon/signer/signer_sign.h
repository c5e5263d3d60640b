/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signing service (S-2): claims that `auth` vouched for become a PASSporT, or a
 * token for another provider's signer, once per handle.
 *
 * There is no other way to a signature.  What `front` can say is a handle.
 */
#ifndef KSRTP_SIGNER_SIGN_H
#define KSRTP_SIGNER_SIGN_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "signer_proto.h"

struct err;
struct signer_sign_role;

#define SIGNER_HANDLES		8192	/* waiting to be used */
#define SIGNER_HANDLE_MS	10000	/* then they are forgotten */
#define SIGNER_WAIT_MS		500	/* a handle may be used before it is known: two channels */

/**
 * struct signer_sign_conf
 * @key: EC P-256 private key; the caller's
 * @cert: its certificate; signatures are made only for times that it is valid at. NULL
 *	with @token
 * @x5u, @ppt, @compact: of a PASSporT
 * @token: make tokens for the signer @aud, of issuer @iss, living @life seconds
 */
struct signer_sign_conf {
	EVP_PKEY *key;
	X509 *cert;
	const char *x5u;
	enum passport_ppt ppt;
	bool compact;
	bool token;
	const char *iss, *aud;
	uint32_t life;
};

/** signer_sign_new() - @done: to front. 0, -EINVAL when key and certificate are not a pair, -ENOMEM. */
int signer_sign_new(struct signer_sign_role **out, const struct signer_sign_conf *conf,
		    void (*done)(const struct signer_signed *m, void *arg), void *arg,
		    struct err *e);
void signer_sign_free(struct signer_sign_role *s);	/* NULL is fine */

/** signer_sign_vouch() - from auth. Return: 0, or -EPROTO: a handle that exists, auth is broken. */
int signer_sign_vouch(struct signer_sign_role *s, const struct signer_vouch *m);

/** signer_sign_use() - from front; answered now, or when the handle comes, or not in time. */
void signer_sign_use(struct signer_sign_role *s, const struct signer_sign *m);

struct signer_sign_stats {
	uint64_t vouched, made, unknown, expired, failed;
	unsigned int handles;
};

const struct signer_sign_stats *signer_sign_stats(const struct signer_sign_role *s);

#endif /* KSRTP_SIGNER_SIGN_H */
