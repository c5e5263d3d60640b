/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP dialogs (RFC 3261 section 12) and what INVITE needs beyond transactions:
 * repeating the 2xx (section 13.3.1.4) and its ACK (section 13.2.2.4).
 *
 * A dialog belongs to whoever made it, typically a leg of a call, and is found
 * through a struct sip_dialogs by Call-ID and both tags.  It knows nothing of
 * offers, sessions or timers.
 *
 *	struct sip_dialogs	owned by the transaction user
 *	struct sip_dialog	owned by the leg
 *	struct sip_2xx		embedded in the leg
 *
 * As UAS:  sip_dialog_uas() with the first reliable answer; sip_2xx_send().
 * As UAC:  sip_dialog_uac() on every 101..299 that has a To tag, which finds the
 *	dialog when it is known.  One INVITE can thus make several (forking);
 *	sip_dialog_refuse_fork() gets rid of a 2xx that is one too many.
 */
#ifndef KSRTP_SIP_DIALOG_H
#define KSRTP_SIP_DIALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"
#include "sip_msg.h"
#include "sip_trans.h"

enum sip_dialog_state { SIP_DIALOG_EARLY, SIP_DIALOG_CONFIRMED, SIP_DIALOG_TERMINATED };

struct sip_dialogs {
	struct hash_table table;
};

/**
 * struct sip_dialog - read, but change through the functions below
 * @local, @remote: From and To of our requests, without tags ("\"A\" <sip:a@b>")
 * @remote_target: URI of the other end's Contact
 * @contact: our Contact value, as in "<sip:gw@192.0.2.1:5060>"
 * @hop: where requests of this dialog were sent to or came from first; used when
 *	the route's or the target's host is a name
 * @owner: the TU's pointer
 */
struct sip_dialog {
	struct hash_node node;
	struct sip_dialogs *dialogs;
	enum sip_dialog_state state;
	struct sip_pool pool;
	bool uac;
	const char *call_id;
	const char *local_tag, *remote_tag;
	const char *local, *remote;
	char *remote_target;
	const char *contact;
	const char **route;
	unsigned int nroutes;
	uint32_t local_cseq, remote_cseq;
	bool has_remote_cseq;
	uint32_t invite_cseq;		/* of the latest INVITE we sent */
	struct sip_msg *ack;		/* last ACK sent, for repeated 2xx */
	struct sip_hop ack_hop;
	struct sip_hop hop;
	void *owner;
};

int sip_dialogs_init(struct sip_dialogs *ds);	/* 0 or -ENOMEM */
void sip_dialogs_fini(struct sip_dialogs *ds);	/* all dialogs have to be freed before */

/**
 * sip_dialog_uas() - the dialog a response from 101 to 299 to this request makes
 * @contact: our Contact value; put the same into the response
 *
 * Early until sip_dialog_confirm(). Return: NULL with @e (-EINVAL: the request has
 * no usable Contact, answer 400; -ENOMEM).
 */
struct sip_dialog *sip_dialog_uas(struct sip_dialogs *ds, struct sip_strans *st,
				  const char *contact, struct err *e);

/**
 * sip_dialog_uac() - find or make the dialog of a response to our INVITE
 * @ct: the INVITE's client transaction
 * @resp: 101 to 299 with a To tag
 * @made: set to whether it is new; may be NULL
 *
 * A 2xx confirms it and sets its route set and target anew (section 13.2.2.4).
 * Return: NULL with @e (-EINVAL: no To tag or no usable Contact; -ENOMEM).
 */
struct sip_dialog *sip_dialog_uac(struct sip_dialogs *ds, struct sip_ctrans *ct,
				  const struct sip_msg *resp, bool *made, struct err *e);

void sip_dialog_confirm(struct sip_dialog *d);

/** sip_dialog_terminate() - not found any more; requests can still be built (BYE). */
void sip_dialog_terminate(struct sip_dialog *d);

/** sip_dialog_free() - memory goes at the end of the loop turn. NULL is fine. */
void sip_dialog_free(struct sip_dialog *d);

/** sip_dialog_find() - by Call-ID and tags of a message received (request or response). */
struct sip_dialog *sip_dialog_find(const struct sip_dialogs *ds, const struct sip_msg *m);

/**
 * sip_dialog_recv_request() - take in a request of this dialog (section 12.2.2)
 *
 * Checks and stores CSeq; an INVITE or UPDATE refreshes the target.
 *
 * Return: 0; else the code with which the TU answers: 500 when CSeq is lower than
 * before, 400 when a target refresh has no usable Contact.
 */
unsigned int sip_dialog_recv_request(struct sip_dialog *d, const struct sip_msg *req,
				     struct err *e);

/** sip_dialog_recv_response() - a 2xx to re-INVITE or UPDATE refreshes the target. */
void sip_dialog_recv_response(struct sip_dialog *d, const struct sip_msg *resp);

/**
 * sip_dialog_request() - build a request (section 12.2.1.1)
 *
 * Request-URI, Max-Forwards, From, To, Call-ID, CSeq (one up; ACK: the latest
 * INVITE's), Route, and Contact on target refreshes; loose and strict routing.
 *
 * Return: NULL when memory is out.
 */
struct sip_msg *sip_dialog_request(struct sip_dialog *d, enum sip_method method);

/**
 * sip_dialog_hop() - next hop of a request of this dialog
 *
 * First Route, else Request-URI, when its host is numeric; else @d->hop.
 */
void sip_dialog_hop(const struct sip_dialog *d, const struct sip_msg *req, struct sip_hop *hop);

/** sip_dialog_send() - sip_dialog_hop() and sip_ctrans_send(). */
struct sip_ctrans *sip_dialog_send(struct sip_dialog *d, struct sip_stack *s, struct sip_msg *req,
				   const struct sip_ctrans_ops *ops, void *arg, struct err *e);

/**
 * sip_dialog_ack() - acknowledge the 2xx to our latest INVITE
 * @content_type, @body, @len: SDP answer when the 2xx carried the offer; else NULL, NULL, 0
 *
 * Keeps it, so that each repeated 2xx is answered by sip_dialog_reack().
 * Return: 0 or -errno.
 */
int sip_dialog_ack(struct sip_dialog *d, struct sip_stack *s, const char *content_type,
		   const void *body, size_t len);

/** sip_dialog_reack() - repeat that ACK; -ENOENT when none was sent for @resp's CSeq. */
int sip_dialog_reack(struct sip_dialog *d, struct sip_stack *s, const struct sip_msg *resp);

/**
 * sip_dialog_refuse_fork() - a 2xx of a further fork: ACK, then BYE
 * @ct: the INVITE's client transaction
 *
 * Makes its own short-lived dialog and keeps nothing; a repetition of that 2xx,
 * when the ACK was lost, is answered the same way again. Return: 0 or -errno.
 */
int sip_dialog_refuse_fork(struct sip_stack *s, struct sip_ctrans *ct,
			   const struct sip_msg *resp);

/**
 * struct sip_2xx - repeats a 2xx to INVITE until its ACK comes; private, start zeroed
 *
 * At T1, then doubling up to T2, until 64*T1 (section 13.3.1.4).
 */
struct sip_2xx {
	struct sip_stack *stack;
	struct sip_hop hop;
	struct timer retransmit, give_up;
	uint32_t interval;
	uint8_t *data;
	size_t len;
	uint32_t cseq;
	void (*unacked)(struct sip_2xx *x, void *arg);
	void *arg;
};

/**
 * sip_2xx_send() - reply with @resp (taken over) and repeat it
 * @unacked: no ACK within 64*T1: the TU sends BYE; @x is idle again
 *
 * Return: as sip_strans_reply().
 */
int sip_2xx_send(struct sip_2xx *x, struct sip_strans *st, struct sip_msg *resp,
		 void (*unacked)(struct sip_2xx *x, void *arg), void *arg);

/** sip_2xx_ack() - the TU's @ack event; true when it is the ACK waited for, which ends it. */
bool sip_2xx_ack(struct sip_2xx *x, const struct sip_msg *ack);

/** sip_2xx_stop() - without a word; idle is fine. */
void sip_2xx_stop(struct sip_2xx *x);

static inline bool sip_2xx_running(const struct sip_2xx *x) { return x->data != NULL; }

#endif /* KSRTP_SIP_DIALOG_H */
