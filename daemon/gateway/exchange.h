/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A re-INVITE on its way from one leg through the other and back: hold, resume,
 * another address, other codecs.  An UPDATE that says something else than was agreed
 * goes the same way; the other leg gets a re-INVITE of it.  One at a time a call; while it is under way
 * another is told to come again (RFC 3261 section 14.2).
 *
 *	     re-INVITE            2xx                ACK
 *	from ─────────> OFFERED ─────────> (done) | ANSWERING ─────> (done)
 *	                   │ CANCEL                 (the 2xx had the offer)
 *	                   └──────> CANCELLED ─────> (done) with the final response
 */
#ifndef KSRTP_EXCHANGE_H
#define KSRTP_EXCHANGE_H

#include "call.h"
#include "trust_proto.h"

enum exchange_state { EXCHANGE_OFFERED, EXCHANGE_ANSWERING, EXCHANGE_CANCELLED };

#define EXCHANGE_UPDATE_MS 20000	/* an UPDATE's transaction lives for 32 s */

struct exchange {
	enum exchange_state state;
	struct leg *from, *to;
	struct sip_strans *st;		/* of @from, until answered */
	bool delayed;			/* the re-INVITE had no offer */
	char *before;			/* what @to was last told, should this come to nothing */
	size_t before_len;
	bool judged;
	struct trust_verdict verdict;	/* on it; counts when it is agreed */
	struct timer timer;		/* to its final response, as long as the first one may take */
};

/**
 * exchange_clash() - may @from begin something now?
 * @alone: it is between @from and its far end; @to has no part in it
 *
 * Return: 0, or the code for "come again": 491 or 500 (RFC 3261 section 14.2).
 */
unsigned int exchange_clash(const struct leg *from, const struct leg *to, bool alone);

/** exchange_verified() - the verdict on a re-INVITE; the call may be gone afterwards. */
void exchange_verified(struct leg *from, struct sip_strans *st, const struct trust_verdict *v);

/**
 * exchange_update() - an UPDATE whose offer @from has taken, and which is news to the other leg
 *
 * @v: NULL where nobody is verified
 * Return: 0; an errno when it cannot be passed on, and @st is the caller's.
 */
int exchange_update(struct leg *from, struct sip_strans *st, const struct trust_verdict *v);

/** exchange_begin() - take in a re-INVITE; answers @st itself when it cannot go on. */
void exchange_begin(struct leg *from, struct sip_strans *st);

/**
 * exchange_first() - the callee's 2xx to the first INVITE ends the first exchange
 *
 * Answers the caller's INVITE and acknowledges the 2xx, or, when the 2xx had the
 * offer, waits for the caller's ACK. The call may be ENDING afterwards.
 */
void exchange_first(struct call *c, const struct sip_msg *resp);

/** exchange_response() - final response to our re-INVITE; the call may be gone afterwards. */
void exchange_response(struct leg *to, const struct sip_msg *resp);

/** exchange_failed() - none came: the dialog is dead (RFC 3261 section 12.2.1.2). As above. */
void exchange_failed(struct leg *to, unsigned int code);

/** exchange_cancelled() - CANCEL for the re-INVITE. */
void exchange_cancelled(struct call *c);

/** exchange_ack() - an ACK from @from; brings the answer when the 2xx had the offer. */
void exchange_ack(struct call *c, struct leg *from, const struct sip_msg *ack);

/** exchange_end() - the call ends: answer what waits for one, forget the rest. */
void exchange_end(struct call *c);

#endif /* KSRTP_EXCHANGE_H */
