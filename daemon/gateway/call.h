/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call: two legs and one machine.
 *
 *	struct call		owned by struct b2b, in its list
 *	├─ struct leg a, b
 *	├─ struct exchange	or NULL
 *	└─ struct timer		what the present state may take
 *
 * All that happens to a call is an event, given to call_event(); the table in
 * call_fsm.c says what each means in each state (docs/state-machines.md).  A call
 * whose legs are both DOWN is freed at the end of the event that brought it there.
 */
#ifndef KSRTP_CALL_H
#define KSRTP_CALL_H

#include "leg.h"

struct exchange;

enum call_state {
	CALL_INCOMING,		/* INVITE taken; media ports are being opened */
	CALL_CALLING,		/* INVITE sent on */
	CALL_RINGING,		/* callee's 18x passed back */
	CALL_SECURING,		/* answered; media is held on one side at least */
	CALL_OPEN,		/* media passes */
	CALL_ENDING,		/* media is closed, a leg is not down yet */
	CALL_STATES
};

enum call_event {
	CALL_EV_OPENED,		/* media: both legs have their ports */
	CALL_EV_PROGRESS,	/* callee: 101..199 */
	CALL_EV_ANSWER,		/* callee: 2xx to the INVITE */
	CALL_EV_REFUSED,	/* callee: 300..699, silence, or unreachable */
	CALL_EV_CANCEL,		/* caller: CANCEL */
	CALL_EV_ACK,		/* the ACK for a 2xx of ours */
	CALL_EV_UNACKED,	/* it never came */
	CALL_EV_BYE,		/* either side; already answered */
	CALL_EV_REINVITE,	/* either side */
	CALL_EV_MEDIA_OPEN,	/* media: packets pass both ways */
	CALL_EV_MEDIA_FAILED,	/* media: a leg cannot work */
	CALL_EV_TIMEOUT,	/* the state took too long */
	CALL_EV_HANGUP,		/* operator, shutdown, or an exchange that cannot be saved */
	CALL_EVENTS
};

/**
 * struct call_cause - what an event comes with; unused members are 0
 * @leg: where it happened
 * @msg: the SIP message
 * @st: CALL_EV_REINVITE: its transaction, to be answered by whoever takes it
 * @code: status of CALL_EV_REFUSED
 * @err, @text: of CALL_EV_MEDIA_FAILED
 * @why: of CALL_EV_HANGUP, where @leg, if any, is the one whose dialog is gone already
 */
struct call_cause {
	struct leg *leg;
	const struct sip_msg *msg;
	struct sip_strans *st;
	unsigned int code;
	int err;
	const char *text;
	const struct end_reason *why;
};

/* What a state may take, in milliseconds. */
#define CALL_OPENING_MS		5000	/* `media` to open ports */
#define CALL_RINGING_MS		180000	/* INVITE to final answer (RFC 3261 section 16.6, timer C) */

struct call {
	uint64_t id;
	struct b2b *b2b;
	struct call *next, **prev;
	enum call_state state;
	struct leg a, b;
	const struct conf_route *route;
	bool delayed;			/* the INVITE had no offer: the 2xx brings it */
	bool media_open;		/* both legs are open (maybe before the answer) */
	bool answered;
	struct exchange *exchange;
	struct sip_msg *held;		/* the callee's 2xx, while our answer waits for its PRACK */
	struct timer timer;
	unsigned int depth;		/* events within events: freed by the outermost */
	uint64_t since;			/* clock_now() at the INVITE */
};

/** call_incoming() - a new INVITE outside any dialog; answers @st itself when it cannot be served. */
void call_incoming(struct b2b *b, struct sip_strans *st, const struct sip_hop *from);

/** call_event() - the machine; the call may be gone afterwards. */
void call_event(struct call *c, enum call_event ev, const struct call_cause *cause);

/** call_set_state() - logs, starts and stops the timer; only for call_fsm.c and call.c. */
void call_set_state(struct call *c, enum call_state s);

/** call_end() - end both legs for @why; state ENDING. For the machine and its exchanges. */
void call_end(struct call *c, const struct end_reason *why);

/** call_open_media() - ask for the ports of both legs. 0 or -errno. */
int call_open_media(struct call *c);

/** call_free() - at once, without a word; memory goes at the end of the loop turn. */
void call_free(struct call *c);

struct call *call_by_id(const struct b2b *b, uint64_t id);
static inline struct leg *call_other_leg(struct leg *l)
{
	return l == &l->call->a ? &l->call->b : &l->call->a;
}

const char *call_state_name(enum call_state s);
const char *call_event_name(enum call_event ev);

#endif /* KSRTP_CALL_H */
