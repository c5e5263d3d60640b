/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request of ours on its way through a signer: the third party that asks who we are
 * and signs what we say (RFC 8224).  It stands in front of the route the request has
 * anyhow, as a loose router that leaves the dialog again.
 *
 *	try ──407──> `trust` answers the challenge ──> try with credentials
 *	    ──438──> once more, with a new Date, in the full form (RFC 8224 section 6.2.2)
 *	    ──503, 504, silence, 407 again──> the next signer of this side
 *
 * It may be two parties: one that asks who we are, and gives the request to another one
 * with its token (RFC 8898).  To us both are one.
 *
 * On a side without signers the request goes out as it is.
 */
#ifndef KSRTP_SIGNING_H
#define KSRTP_SIGNING_H

#include <stdbool.h>
#include <stdint.h>

#include "sip_msg.h"
#include "sip_trans.h"
#include "timer.h"

struct b2b;
struct leg;
struct signing;

#define SIGNING_DOWN_MS		30000	/* one that was silent is asked last for so long */

/**
 * struct signing_ops - of the request's owner
 * @send: a try; takes @m over. 0 or -errno.
 * @again: the last try once more, to hear whether its signer is still there; NULL: no
 *	further word of it is expected before the end
 * @drop: the last try is given up, another one follows
 * @fail: no try is left; not called from within signing_start(), _took() or _ended()
 */
struct signing_ops {
	int (*send)(struct signing *s, const struct sip_hop *hop, struct sip_msg *m, struct err *e);
	void (*again)(struct signing *s);
	void (*drop)(struct signing *s);
	void (*fail)(struct signing *s);
};

/** struct signing - embedded in the owner, zeroed; private but for @leg */
struct signing {
	const struct signing_ops *ops;
	struct leg *leg;
	struct signing *next, **prev;	/* of those that wait for credentials */
	struct sip_msg *base;		/* the request without what is between us and a signer */
	struct sip_hop hop;		/* where it goes from the signer */
	unsigned int signer, ntries;	/* index in the configuration */
	uint32_t tried;			/* bits of signers */
	bool answered, repeated;	/* a 407, a 438 */
	bool taken, asked_again;	/* 100 came; the last word was asked for again */
	uint64_t ask;			/* not 0: waits for `trust` */
	struct timer silence;
};

/** signing_start() - send @m (taken over), through a signer if @l's side has one. 0 or -errno. */
int signing_start(struct signing *s, const struct signing_ops *ops, struct leg *l,
		  struct sip_msg *m, const struct sip_hop *hop, struct err *e);

/** signing_took() - a response to the last try; true: it was the signer's, and more will follow. */
bool signing_took(struct signing *s, const struct sip_msg *resp);

/** signing_ended() - the last try had no answer; true: another one is under way. */
bool signing_ended(struct signing *s);

/** signing_stop() - nobody wants it any more; doing it again is fine. */
void signing_stop(struct signing *s);

/** signing_credentials() - what `trust` answered. */
struct trust_credentials;
void signing_credentials(struct b2b *b, const struct trust_credentials *m);

#endif /* KSRTP_SIGNING_H */
