/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The back-to-back user agent (RFC 7092): what the `sip` role is made of.
 *
 *	struct b2b			owned by role_sip.c
 *	├─ struct sip_stack		transport and transactions
 *	├─ struct sip_dialogs		index; the dialogs are the legs'
 *	├─ struct ipc			channel to `media`
 *	├─ struct call ...		calls (call.h), each with
 *	│   ├─ struct leg a		towards the caller (leg.h)
 *	│   ├─ struct leg b		towards the callee
 *	│   └─ struct exchange		a re-INVITE under way (exchange.h)
 *	└─ struct invite ...		client INVITEs, some without a leg any more (invite.h)
 *
 * b2b.c takes what comes from the stack and from `media` and makes it an event
 * of the call it belongs to.
 */
#ifndef KSRTP_B2B_H
#define KSRTP_B2B_H

#include <stdbool.h>
#include <stdint.h>

#include "conf_gateway.h"
#include "events.h"
#include "hash.h"
#include "ipc.h"
#include "media_proto.h"
#include "sip_dialog.h"
#include "sip_trans.h"
#include "sip_ua.h"

struct call;
struct invite;

/** struct b2b_stats - counters, never reset */
struct b2b_stats {
	uint64_t calls_total;		/* INVITEs outside a dialog */
	uint64_t calls_refused;		/* of them, answered finally without a 2xx by ourselves */
	uint64_t legs_secured;
	uint64_t legs_failed;
	uint64_t identity_verified;	/* verdicts of `trust` on requests with a description */
	uint64_t identity_bound;	/* of them, by a signature for that request alone */
	uint64_t identity_unverified;	/* let pass, where they are only preferred */
	uint64_t identity_refused;
	uint64_t signer_tries;		/* requests of ours on their way through a signer */
	uint64_t signer_failovers;	/* of them, given to another one than the last */
	uint64_t unexpected;		/* events refused by the call's table */
};

struct b2b {
	const struct conf_gateway *conf;
	struct sip_stack stack;
	struct sip_dialogs dialogs;
	struct sip_ua_caps caps;
	char agent[48];			/* "ksrtp/0.1.0": User-Agent and Server */

	struct ipc media;
	bool media_up;			/* the channel is open */
	bool media_ready;		/* and `media` can serve calls */
	char media_why[MEDIA_TEXT_MAX];	/* why not */
	struct media_stats media_stats;	/* as last told */
	void (*media_gone)(struct b2b *b);	/* or trust */
	struct ipc trust;		/* leg_trust.h */
	bool trust_up;
	struct signing *signings;	/* that wait for `trust` to answer a challenge */
	uint64_t last_ask;		/* of challenges */
	unsigned int signer_turn[CONF_MAX_SIDES];	/* whose turn it is on each */
	unsigned int signer_side[CONF_MAX_SIGNERS];	/* of connections to it; 0: the side's own UDP */
	uint64_t signer_down[CONF_MAX_SIGNERS];		/* until when it is the last to be asked */

	struct call *calls, **calls_end; /* oldest first */
	unsigned int ncalls;
	struct hash_table legs;		/* by id */
	struct invite *invites;
	uint64_t last_id;		/* of calls and legs */

	bool stopping;
	void (*idle)(struct b2b *b);	/* stopping, and the last call is gone */
	void *arg;			/* for the owner */
	struct b2b_stats stats;
	struct events events;
};

/**
 * b2b_init() - make the stack; sides are added by the owner, in the order of @conf
 * @media_fd: channel to `media`, taken over
 * @timers: NULL for those of RFC 3261
 * @version: of the daemon
 *
 * Return: 0 or -errno with @e.
 */
int b2b_init(struct b2b *b, const struct conf_gateway *conf, int media_fd,
	     const struct sip_timers *timers, const char *version, struct err *e);

/** b2b_fini() - calls end without a word, everything is let go. */
void b2b_fini(struct b2b *b);

/**
 * b2b_stop() - take no more calls (503), end those there are
 * @idle: called once when none is left; at once (from here) when there is none
 */
void b2b_stop(struct b2b *b, void (*idle)(struct b2b *b));

/** b2b_serves() - can a new call be taken? If not, @why is a sentence for the caller. */
bool b2b_serves(const struct b2b *b, const char **why);

/** b2b_retry_after() - 0 to 10 seconds, random (RFC 3261 section 14.2) */
unsigned int b2b_retry_after(void);

#endif /* KSRTP_B2B_H */
