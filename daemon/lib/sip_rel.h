/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reliable provisional responses (RFC 3262): a 1xx with "Require: 100rel" and a number
 * is repeated until its PRACK comes.
 *
 *	UAS: struct sip_rel, embedded in the leg; one response at a time
 *	UAC: sip_rel_number() and sip_rel_ack(), for each early dialog
 */
#ifndef KSRTP_SIP_REL_H
#define KSRTP_SIP_REL_H

#include "sip_dialog.h"

/** struct sip_rel - private, start zeroed */
struct sip_rel {
	struct sip_stack *stack;
	struct sip_hop hop;
	struct timer retransmit, give_up;
	uint64_t interval;
	uint8_t *data;
	size_t len;
	uint32_t rseq;			/* of the last one; 0: none yet */
	uint32_t cseq;			/* of its INVITE */
	bool unacked;
	void (*lost)(struct sip_rel *x, void *arg);
	void *arg;
};

/**
 * sip_rel_send() - reply with @resp (101 to 199, taken over) reliably
 * @lost: no PRACK within 64*T1: the TU refuses the INVITE with 5xx (section 3)
 *
 * At T1, then doubling. Not while another one is unacknowledged (-EBUSY).
 * Return: 0; -EBUSY; -EINVAL; as sip_strans_reply().
 */
int sip_rel_send(struct sip_rel *x, struct sip_strans *st, struct sip_msg *resp,
		 void (*lost)(struct sip_rel *x, void *arg), void *arg);

/** sip_rel_prack() - a PRACK; true when it acknowledges the one that waits, else answer 481. */
bool sip_rel_prack(struct sip_rel *x, const struct sip_msg *prack);

/**
 * sip_rel_stop() - the INVITE has its final response: repeat no more; idle is fine
 *
 * A PRACK that is still on its way is expected all the same (section 3).
 */
void sip_rel_stop(struct sip_rel *x);

/** sip_rel_running() - is one unacknowledged, and being repeated? */
static inline bool sip_rel_running(const struct sip_rel *x) { return x->data != NULL; }

/** sip_rel_number() - RSeq of a reliable provisional response to INVITE; 0: it is none. */
uint32_t sip_rel_number(const struct sip_msg *resp);

/** sip_rel_ack() - send the PRACK for @resp in its dialog; nothing of it comes back. 0 or -errno. */
int sip_rel_ack(struct sip_dialog *d, struct sip_stack *s, const struct sip_msg *resp);

#endif /* KSRTP_SIP_REL_H */
