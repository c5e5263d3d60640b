/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Authentication Service (S-1): who sent a request, and may he be who From says?
 *
 *	no credentials ─────────────> 407 with a challenge
 *	digest, or Bearer token ────> checked
 *	too often ──────────────────> 503 with Retry-After
 *	From is not his ────────────> 403
 *	Date is not now ────────────> 403
 *	with a description ─────────> claims go to `sign`, under a handle that is good once
 *	without ────────────────────> accepted, unsigned
 *
 * No I/O but the users database; messages in, messages out.
 */
#ifndef KSRTP_SIGNER_AUTH_H
#define KSRTP_SIGNER_AUTH_H

#include <openssl/evp.h>

#include "signer_proto.h"
#include "token.h"
#include "users_db.h"

struct err;
struct signer_auth;

/**
 * struct signer_auth_conf
 * @realm: of the challenges
 * @digest: users prove themselves by digest, against @users; else by tokens of @issuers
 * @algs: DIGEST_BIT()s
 * @aud: our name in tokens
 * @issuers: their keys stay the caller's
 * @token_life: seconds that their tokens live
 * @rate, @burst: per user; signer_rate.h
 */
struct signer_auth_conf {
	const char *realm;
	bool digest;
	unsigned int algs;
	uint32_t nonce_life;
	struct users_db *users;
	const char *aud;
	const struct token_issuer *issuers;
	unsigned int nissuers;
	uint32_t token_life;
	uint32_t rate, burst;
};

/**
 * struct signer_auth_ops - where messages go
 * @vouch: to sign; always before the @verdict with its handle
 * @verdict: to front
 */
struct signer_auth_ops {
	void (*vouch)(const struct signer_vouch *m, void *arg);
	void (*verdict)(const struct signer_verdict *m, void *arg);
};

/** signer_auth_new() - @conf is copied, what it points to stays the caller's. 0, -EINVAL, -ENOMEM. */
int signer_auth_new(struct signer_auth **out, const struct signer_auth_conf *conf,
		    const struct signer_auth_ops *ops, void *arg, struct err *e);
void signer_auth_free(struct signer_auth *a);	/* NULL is fine */

/** signer_auth_ask() - a request; answered before this returns. */
void signer_auth_ask(struct signer_auth *a, const struct signer_ask *m);

struct signer_auth_stats {
	uint64_t asked, challenged, accepted, vouched;
	uint64_t wrong, replayed, limited, not_his, stale, refused;
};

const struct signer_auth_stats *signer_auth_stats(const struct signer_auth *a);

#endif /* KSRTP_SIGNER_AUTH_H */
