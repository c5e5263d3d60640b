/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has been accepted once must not be accepted again: a bounded cache of the
 * signatures (RFC 8224 section 12.1) and one-time tokens that are still fresh.
 *
 * RFC 8224 signs neither method nor Call-ID nor CSeq, so whoever carries a signed
 * request can make another one of it while its Date is fresh.  Here the first
 * request to show a signature owns it.
 *
 * Nothing that could still be replayed is ever forgotten:
 * - Full means refuse (SEEN_FULL, counted), not evict.  So note only what has
 *   verified: strangers then cannot fill the cache, and whom the trust policy lets
 *   sign is bounded by how fast signatures verify.
 * - One owner gets half of it at most: of several that may sign, one that is hostile
 *   cannot have the others refused.
 * - Entries leave when they expire on clock_wall(), and from then on nothing that
 *   expires no later is taken (SEEN_PAST), though the clock be set back.
 * - A cache that starts empty after a restart can be told to refuse what was
 *   signed before (@since of seen_new()).
 */
#ifndef KSRTP_SEEN_H
#define KSRTP_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "jws.h"

struct seen;

/**
 * struct seen_request - which request shows the signature; compared octet by octet
 * @owner: whose signature it is, for the quota; NULL: not counted. Not compared.
 */
struct seen_request {
	const char *call_id;
	const char *from_tag;	/* NULL as "" */
	const char *method;
	uint32_t cseq;
	const char *owner;
};

enum seen_verdict {
	SEEN_NEW,	/* noted; go on */
	SEEN_AGAIN,	/* the same request once more: see seen_signature() */
	SEEN_REPLAY,	/* another request shows it: refuse */
	SEEN_PAST,	/* expires before what was forgotten already: refuse */
	SEEN_FULL,	/* no room to note it: refuse */
};

/**
 * seen_new() - an empty cache
 * @max: entries, about 120 octets each; calls per second times 120 s is plenty
 * @since: what expires at or before this (clock_wall() seconds) is SEEN_PAST; 0 for
 *	no limit.  "start + freshness" refuses all that was signed before the start.
 *
 * Return: NULL when memory is out.
 */
struct seen *seen_new(unsigned int max, int64_t since);
void seen_free(struct seen *s);		/* NULL is fine */

/**
 * seen_signature() - note an ES256 signature, after it verified
 * @expires: clock_wall() second from which on the freshness check refuses it:
 *	iat + freshness + 1
 *
 * ECDSA lets anyone turn a signature (r, s) into another one, (r, n - s), which is
 * as good.  Only r is looked at, therefore.
 *
 * SEEN_AGAIN: the transaction layer has absorbed retransmissions, so the same request
 * came by a second path (RFC 3261 section 8.2.2.2: answer 482) or was replayed after
 * its transaction ended.  Either way it must not start anything.
 */
enum seen_verdict seen_signature(struct seen *s, const uint8_t sig[JWS_SIG_LEN],
				 const struct seen_request *rq, int64_t expires);

/** seen_id() - the same for any name of a thing that is used once, such as issuer and jti. */
enum seen_verdict seen_id(struct seen *s, const char *space, const char *id,
			  const struct seen_request *rq, int64_t expires);

/** seen_verdict_text() - one sentence for err_set(). */
const char *seen_verdict_text(enum seen_verdict v);

struct seen_stats {
	uint64_t noted, again, replayed, past, full;
	unsigned int used;
};

const struct seen_stats *seen_stats(const struct seen *s);

#endif /* KSRTP_SEEN_H */
