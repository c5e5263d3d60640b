/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leg: one side of a call.  It owns its dialog, its offer/answer machine and
 * its media association in the `media` role, and knows how to let go of all
 * three from any state.  What a call makes of it is decided in call_fsm.c.
 *
 *	struct leg		embedded in struct call
 *	├─ struct sip_dialog	from the INVITE (caller) or its 2xx (callee)
 *	├─ struct sip_strans	the caller's INVITE, until its final answer
 *	├─ struct invite	our INVITE on this leg, until its transaction ends
 *	├─ struct sip_2xx	our 2xx, until its ACK
 *	├─ struct sip_rel	our provisional response, until its PRACK
 *	├─ struct oa		offer and answer
 *	└─ struct sdp		last description received, while it is still needed
 */
#ifndef KSRTP_LEG_H
#define KSRTP_LEG_H

#include "b2b.h"
#include "policy.h"
#include "sdp_oa.h"
#include "sip_rel.h"
#include "signing.h"

struct invite;

/*
 *	NEW ─> INVITED ──> UP ──> CLOSING ──> DOWN
 *	  └──> INVITING ───┘ └───────────────>┘     (and DOWN from everywhere)
 */
enum leg_state {
	LEG_NEW,
	LEG_INVITED,		/* the caller's INVITE waits for our final answer */
	LEG_INVITING,		/* our INVITE waits for the callee's */
	LEG_UP,			/* 2xx sent or received */
	LEG_CLOSING,		/* to be ended, but BYE has to wait for the ACK (section 15) */
	LEG_DOWN,
};

#define LEG_URI_MAX	256
#define LEG_REASON_MAX	256
#define LEG_BODY_MAX	8192	/* octets of a description we send */

struct leg {
	uint64_t id;			/* by which `media` knows it */
	struct hash_node node;
	struct call *call;
	unsigned int side;		/* index in the configuration and in the stack */
	enum leg_state state;
	char uri[LEG_URI_MAX];		/* address of record of the far end, for people */

	struct sip_dialog *dialog;
	struct sip_strans *st;
	struct invite *invite;
	struct sip_2xx ok;
	struct sip_rel rel;		/* our reliable provisional response, until its PRACK */
	struct {			/* early.h */
		bool always;		/* the caller requires 100rel */
		bool wanted;		/* it can be told our answer, and who we are, early */
		bool agreed;		/* there is a session before the 2xx */
		bool updates;		/* the caller takes an UPDATE */
		unsigned int next;	/* a provisional response that waits for the last one's PRACK */
	} early;
	bool ack_owed;			/* the 2xx received is not acknowledged: the answer is missing */
	char reason[LEG_REASON_MAX];	/* of the BYE that waits, "" for none */

	struct oa oa;
	struct sdp *sdp;

	char *said;			/* our last description, to be repeated; owned */
	size_t said_len;
	struct {			/* leg_trust.h */
		uint32_t ask;		/* last question */
		uint32_t granted;	/* last that was granted; 0: none */
		uint32_t applied;	/* last that `media` may use */
		struct sip_strans *st;	/* whose request is being verified */
		bool verified, bound, closed;
		char identity[LEG_URI_MAX];
	} trust;
	bool update_due;		/* ours is to be sent, update.h */
	struct sip_ctrans *update;	/* ours, until its answer */
	struct signing update_signing;
	struct timer update_again;	/* refused for now: once more */
	unsigned int updates;		/* how often it has been sent */
	bool update_early;		/* before the 2xx: when it fails there is another one */

	bool media_asked, media_opened, media_failed;
	struct media_leg_state media;	/* last told */
	struct media_leg_remote told;	/* last REMOTE sent; leg 0: none */
	struct media_leg_fingerprints told_fp;
};

static inline const struct conf_side *leg_side(const struct leg *l, const struct b2b *b)
{
	return &b->conf->side[l->side];
}

const char *leg_state_name(enum leg_state s);

/* ---- SIP (leg.c) ----------------------------------------------------------- */

/** leg_init() - @l zeroed; gets an id and its offer/answer machine. 0 or -ENOMEM. */
int leg_init(struct leg *l, struct call *c, unsigned int side);

/**
 * leg_incoming() - the caller's INVITE: makes the dialog, takes @st
 *
 * Return: 0; -errno with @e when it has no usable Contact (400), or no memory.
 */
int leg_incoming(struct leg *l, struct sip_strans *st, struct err *e);

/** leg_watch() - get CANCEL and the end of @st, a re-INVITE's, as events of this leg. */
void leg_watch(struct leg *l, struct sip_strans *st);

/**
 * leg_progress() - provisional answer to the caller; @body NULL for none
 *
 * Reliable when the caller requires it, and when it brings an answer that was agreed
 * to be early; without a body it may then have to wait for the PRACK of another.
 * Return: 0; -errno, which only matters with a body.
 */
int leg_progress(struct leg *l, unsigned int code, const struct wbuf *body);

/**
 * leg_accept() - 200 to an INVITE of this leg, repeated until its ACK
 * @st: the transaction, taken over: the initial one or a re-INVITE's
 *
 * Return: 0 or -errno; then the transaction is still the caller's.
 */
int leg_accept(struct leg *l, struct sip_strans *st, const struct wbuf *body);

/** leg_reply() - 200 to a request of this leg other than INVITE; @st is taken over. 0 or -errno. */
int leg_reply(struct leg *l, struct sip_strans *st, const struct wbuf *body);

/** leg_ack() - acknowledge the 2xx received; @body NULL for none. */
void leg_ack(struct leg *l, const struct wbuf *body);

/** leg_acked() - the ACK we waited for has come; sends the BYE that waited. */
void leg_acked(struct leg *l);

/**
 * leg_refuse() - final refusal of an INVITE of this leg
 * @st: taken over
 */
void leg_refuse(struct leg *l, struct sip_strans *st, const struct end_reason *why);

/**
 * leg_end() - end this side, whatever it is doing; doing it again is fine
 *
 * Refuses the INVITE, cancels ours, or sends BYE, at once or after the ACK; lets go
 * of media. Afterwards the leg is DOWN, or CLOSING on its way there.
 */
void leg_end(struct leg *l, const struct end_reason *why);

/** leg_gone() - the far end ended the dialog (BYE, 481, 408): no BYE from us. */
void leg_gone(struct leg *l);

/** leg_free() - let go of everything at once, without a word. */
void leg_free(struct leg *l);

/* ---- media and descriptions (leg_media.c) ----------------------------------- */

/** leg_new_tls_id() - as random as RFC 8842 section 4 asks; "" when there is no randomness. */
void leg_new_tls_id(char out[static 25]);

/** leg_media_open() - ask for ports; @two_ports as in struct media_leg_open. 0 or -errno. */
int leg_media_open(struct leg *l, bool two_ports);

/** leg_media_opened() - ports are there. */
void leg_media_opened(struct leg *l, const struct media_leg_opened *m);

/** leg_media_pair() - the packets of each go to the other. */
void leg_media_pair(struct leg *a, struct leg *b);

/** leg_media_apply() - tell `media` what the far end's description says, if it is news. */
void leg_media_apply(struct leg *l);

/** leg_media_close() - let go of the ports; doing it again is fine. */
void leg_media_close(struct leg *l);

/**
 * leg_take_offer() - the description in @m is an offer to us
 *
 * Return: 0; -EINVAL with @r filled: 488; -EBUSY.
 */
int leg_take_offer(struct leg *l, const struct sip_msg *m, struct oa_refusal *r);

/**
 * leg_take_answer() - the description in @m answers our offer
 * @final: false in a provisional response
 *
 * A final response without one repeats what its provisional said (many leave it
 * out, although RFC 3261 section 13.2.1 wants it in the 2xx).
 *
 * Return: 0; -EINVAL with @r filled.
 */
int leg_take_answer(struct leg *l, const struct sip_msg *m, bool final, struct oa_refusal *r);

/** leg_make_offer() - our offer on @l, from the description @from received. 0 or -errno. */
int leg_make_offer(struct leg *l, const struct leg *from, struct wbuf *w);
int leg_make_answer(struct leg *l, const struct leg *from, bool final, struct wbuf *w);

/**
 * leg_mirror_answer() - an answer before the other leg has one: all that was offered
 *
 * What the callee takes of it is said later, by leg_restate().
 */
int leg_mirror_answer(struct leg *l, struct wbuf *w);

/**
 * leg_restate() - @from's description is what @l's shall be, although it was agreed otherwise
 *
 * Return: true when it differs; then leg_repeat_offer() offers it.
 */
bool leg_restate(struct leg *l, const struct leg *from);

/** leg_restated() - would it differ? */
bool leg_restated(const struct leg *l, const struct leg *from);

/**
 * leg_repeat_offer(), leg_repeat_answer() - what we said last on @l, as an offer or as
 * the answer to one that is pending. 0 or -errno.
 */
int leg_repeat_offer(struct leg *l, struct wbuf *w);
int leg_repeat_answer(struct leg *l, struct wbuf *w);

/** leg_forget_sdp() - the exchange is over. */
void leg_forget_sdp(struct leg *l);

#endif /* KSRTP_LEG_H */
