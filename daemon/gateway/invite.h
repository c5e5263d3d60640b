/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An INVITE of ours, from sending to the end of its transaction.  It may outlive
 * its leg: a callee's 2xx that crosses our CANCEL, or comes from a further fork
 * when the call is long over, is still acknowledged and ended by BYE.
 */
#ifndef KSRTP_INVITE_H
#define KSRTP_INVITE_H

#include "leg.h"

#define EARLY_MAX 8

/** struct early - a phone that rings (early.h); @answer: the response that brought one */
struct early {
	struct sip_dialog *dialog;
	uint32_t rseq;
	struct sip_msg *answer;
	bool legs;		/* the dialog is the leg's */
};

/** struct invite - @leg NULL: nobody wants its answer any more */
struct invite {
	struct b2b *b2b;
	struct leg *leg;
	struct sip_ctrans *ct;	/* NULL when it has ended */
	struct invite *next, **prev;
	struct signing signing;
	unsigned int ntrans;	/* transactions: tries at signers, @ct the last one */
	unsigned int forks;	/* further ones, refused */
	bool within;		/* a re-INVITE */
	bool rel;		/* it said that reliable provisional responses are understood */
	struct early early[EARLY_MAX];
	unsigned int nearly;
	bool final;		/* its first final response has come */
};

/**
 * invite_first() - the call's INVITE to the callee
 * @offer: description, or NULL: the callee shall offer
 *
 * Names and header fields are taken from the caller's INVITE as policy.h says.
 * Return: 0 or -errno with @e.
 */
int invite_first(struct call *c, const struct wbuf *offer, struct err *e);

/** invite_again() - a re-INVITE on @l. 0 or -errno with @e. */
int invite_again(struct leg *l, const struct wbuf *offer, struct err *e);

/** invite_abandon() - CANCEL it if that still helps (@reason or NULL), and forget it. */
void invite_abandon(struct leg *l, const char *reason);

/** invite_free_all() - for b2b_fini() */
void invite_free_all(struct b2b *b);

#endif /* KSRTP_INVITE_H */
