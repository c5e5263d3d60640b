/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg's far end, and whether somebody vouches for it: what the `trust` role is asked
 * for each request with a description on a side that has an identity policy, and what
 * becomes of its verdict.  On other sides all of this does nothing.
 *
 *	the caller's INVITE	no ports are opened before it is verified
 *	re-INVITE, UPDATE	nothing changes before it is verified; refused otherwise
 *	the callee		its responses cannot be signed: its UPDATE is (update.h)
 */
#ifndef KSRTP_LEG_TRUST_H
#define KSRTP_LEG_TRUST_H

#include "leg.h"
#include "trust_proto.h"

/** leg_trust_wanted() - does this side have an identity policy? */
bool leg_trust_wanted(const struct leg *l);

/** leg_signs() - are signed requests exchanged on this side, by its policy or by signers? */
bool leg_signs(const struct leg *l);

/** leg_trust_awaited() - required, and not there yet. */
bool leg_trust_awaited(const struct leg *l);

/**
 * leg_trust_ask() - have @st's request verified before it is looked at
 *
 * Its transaction stays the leg's until the verdict. Return: 0; -EBUSY when another
 * one is being verified, -EMSGSIZE when it is too large, -ENOTCONN; then @st is the
 * caller's.
 */
int leg_trust_ask(struct leg *l, struct sip_strans *st);

/** leg_trust_grant() - the description that @v is about has been taken, not only verified. */
void leg_trust_grant(struct leg *l, const struct trust_verdict *v);

/** leg_trust_apply() - `media` may use what was verified; "prefer": what @f says, otherwise. */
void leg_trust_apply(struct leg *l, const struct media_leg_fingerprints *f);

/**
 * leg_trust_renews() - may what @v is about, and @l's offer/answer machine has taken, be agreed to?
 *
 * Not when it names other keys without a signature, and those in use were signed.
 */
bool leg_trust_renews(const struct leg *l, const struct trust_verdict *v);

/** leg_trust_reset() - the callee is another phone than the one that was asked about so far. */
void leg_trust_reset(struct leg *l);

/** leg_trust_cancelled() - CANCEL for a request that is being verified; true: it was. */
bool leg_trust_cancelled(struct leg *l, struct sip_strans *st);

/** leg_trust_close() - nothing is asked any more; doing it again is fine. */
void leg_trust_close(struct leg *l);

/** leg_trust_name() - "off", "pending" (required), "unverified" (preferred) or "verified". */
const char *leg_trust_name(const struct leg *l);

/** b2b_trust() - the channel to the trust role, taken over. 0 or -errno with @e. */
int b2b_trust(struct b2b *b, int fd, struct err *e);

#endif /* KSRTP_LEG_TRUST_H */
