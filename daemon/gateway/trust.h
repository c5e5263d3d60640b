/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the trust role knows of each leg: who is at its far end, and which fingerprints
 * were signed for it.
 *
 *	struct trust		one per role
 *	 |- verifier		not owned
 *	 `- leg			by id, from its first VERIFY to CLOSE
 *	     |- who		verified once, and the same for the life of the leg
 *	     |- verification	under way
 *	     `- set		fingerprints of the last verdict that let go on
 *
 * Everything comes from `sip`, which may be subverted: a leg's side and identity are
 * fixed by the first verdict, and `media` is told of nothing but what a verdict said.
 */
#ifndef KSRTP_TRUST_H
#define KSRTP_TRUST_H

#include "trust_proto.h"
#include "verify.h"

struct trust;

/** struct trust_ops - where messages go; the callee copies, and calls nothing here */
struct trust_ops {
	void (*verdict)(const struct trust_verdict *msg, void *arg);			/* sip */
	void (*fingerprints)(const struct media_leg_fingerprints *msg, void *arg);	/* media */
};

/** trust_new() - @conf and @v must outlive it. NULL when memory is out. */
struct trust *trust_new(const struct conf_gateway *conf, struct verifier *v,
			const struct trust_ops *ops, void *arg);
void trust_free(struct trust *t);	/* NULL is fine */

/*
 * Messages of trust_proto.h. A negative errno comes back only when `sip` is broken or
 * subverted (a side that is not there or has no identity policy, a question twice),
 * and then its channel has to be closed.
 */
int trust_verify_msg(struct trust *t, const struct trust_verify *msg);
int trust_unsigned_msg(struct trust *t, const struct trust_unsigned *msg);
int trust_apply_msg(struct trust *t, const struct trust_apply *msg);
int trust_close_msg(struct trust *t, const struct trust_close *msg);

/** trust_legs() - how many are known. */
unsigned int trust_legs(const struct trust *t);

#endif /* KSRTP_TRUST_H */
