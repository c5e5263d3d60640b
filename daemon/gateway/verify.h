/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verification service (RFC 8224 section 6.2): a SIP request in, a verdict out.
 *
 *	struct verifier			one per role
 *	 |- truststore, source		not owned
 *	 |- seen			signatures that have been accepted already
 *	 `- struct verification ...	under way, each waiting for one certificate
 *
 * Nothing is taken from a token.  Who calls whom, when, and with which fingerprints is
 * read from the request; the token has to say the same.  With several Identity headers
 * one that holds is enough, and types that are not understood do not count.
 *
 * Checks, in this order, by the names that logs and verdicts use:
 *
 *	request		it parses						400
 *	sdp		a description with fingerprints for an audio stream	488
 *	from, to	names are those this dialog is about			403
 *	identity	an Identity header of a type that is understood		428, 438
 *	date		readable and fresh; there, for a compact token		403, 438
 *	info		the certificate can be fetched				436, 503
 *	certificate	leads to a trusted root, and can sign			437
 *	validity	the certificate was valid at Date			437
 *	authority	may speak for From					437
 *	token, x5u, orig, dest, mky: the full form says what the request does	438
 *	signature	over what the request says				438
 *	context		for this very request, where that is announced or required 438, 428
 *	replay		no other request has shown this signature		403, 482, 503
 */
#ifndef KSRTP_VERIFY_H
#define KSRTP_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cert_policy.h"
#include "conf_gateway.h"
#include "err.h"
#include "media_proto.h"
#include "passport.h"

struct seen;
struct truststore;
struct verifier;
struct verification;

#define VERIFY_MAX_IDENTITY	4	/* Identity headers that are looked at */

/** verify_got_fn - a certificate, or @data NULL and why not; octets are the source's */
typedef void (*verify_got_fn)(const void *data, size_t len, const struct err *why, void *arg);

/**
 * struct verify_source - where certificates come from
 * @get: got() is called once, from within or later. Return: a ticket for @cancel, or
 *	NULL when got() has been called.
 * @cancel: got() is not called any more
 * @keep: what came from @url was good for a verdict; may be NULL
 */
struct verify_source {
	void *(*get)(void *impl, const char *url, verify_got_fn got, void *arg);
	void (*cancel)(void *impl, void *ticket);
	void (*keep)(void *impl, const char *url);
	void *impl;
};

/**
 * verifier_new() - @store and @source must outlive it
 * @max_seen: signatures remembered while they are fresh
 * @since: refuse what was signed so early that an earlier run of ours may have accepted
 *	it (clock_wall() at the start, plus PASSPORT_FRESH); 0: do not
 */
struct verifier *verifier_new(struct truststore *store, const struct verify_source *source,
			      unsigned int max_seen, int64_t since);
void verifier_free(struct verifier *v);		/* done() is not called; NULL is fine */

/**
 * struct verify_request
 * @leg, @call: for the log
 * @policy: REQUIRE; or PREFER, where what fails passes unverified
 * @binding: whether tokens have to be for this request alone (PASSPORT_CTX)
 * @far: who has to have signed; NULL: From says
 * @near: for whom; NULL: To says
 * @data: the SIP request; not kept
 */
struct verify_request {
	uint64_t leg, call;
	enum conf_identity policy;
	enum conf_binding binding;
	const struct passport_id *far, *near;
	const void *data;
	size_t len;
};

/**
 * struct verify_result
 * @code: 0: go on; else the status for the request, with @reason
 * @verified: a signer whom the policy lets speak for @who vouches for @fp
 * @bound: and for this request alone
 * @check: name of the check that failed, "" when none did; @why in words
 * @signer: SIP domain identity of the certificate
 * @fp: those of the audio stream that is served, also when @verified is false
 */
struct verify_result {
	unsigned int code;
	bool verified, bound;
	const char *check, *reason;
	struct err why;
	struct passport_id who;
	char signer[CERT_DOMAIN_SIZE];
	unsigned int nfp;
	struct media_fingerprint fp[MEDIA_MAX_FINGERPRINTS];
};

typedef void (*verify_done_fn)(const struct verify_result *res, void *arg);

/**
 * verify_start() - @done is called once, maybe from within
 *
 * Return: for verify_cancel(), or NULL when @done has been called.
 */
struct verification *verify_start(struct verifier *v, const struct verify_request *rq,
				  verify_done_fn done, void *arg);

/** verify_cancel() - @done is not called any more. */
void verify_cancel(struct verification *x);

/** struct verify_stats - decisions since the start */
struct verify_stats {
	uint64_t verified, refused, unverified;
	unsigned int waiting;
};

const struct verify_stats *verify_stats(const struct verifier *v);

#endif /* KSRTP_VERIFY_H */
