/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP transactions (RFC 3261 section 17 with RFC 6026) and the stack that holds them.
 *
 *	struct sip_stack
 *	 |- struct sip_transp	sides
 *	 |- struct sip_ctrans	client transactions, in a hash
 *	 `- struct sip_strans	server transactions, in a hash
 *
 * Machines:
 *	INVITE client		Calling Proceeding Completed Accepted Terminated
 *	other client		Trying Proceeding Completed Terminated
 *	INVITE server		Proceeding Completed Confirmed Accepted Terminated
 *	other server		Trying Proceeding Completed Terminated
 *
 * Ownership: transactions belong to the stack and end by their timers.  The
 * transaction user (TU) holds a handle and gets events through its ops until it
 * releases the handle or gets @ended, whichever is first; after either the
 * handle must not be used.  Every function here may be called from any callback.
 * Messages given to callbacks stay the stack's and are valid during the call:
 * sip_msg_clone() what is needed longer.  Messages given to sip_ctrans_send(),
 * sip_strans_reply() and the like are taken over, also on failure.
 */
#ifndef KSRTP_SIP_TRANS_H
#define KSRTP_SIP_TRANS_H

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"
#include "sip_msg.h"
#include "sip_transp.h"
#include "timer.h"

struct sip_stack;
struct sip_ctrans;
struct sip_strans;

/** struct sip_timers - milliseconds; sip_timers_default holds RFC 3261's table 4 */
struct sip_timers {
	uint32_t t1;		/* 500: round-trip estimate */
	uint32_t t2;		/* 4000: longest interval of non-INVITE and 2xx retransmission */
	uint32_t t4;		/* 5000: longest life of a message in the network */
	uint32_t d;		/* 32000: timer D, absorbing final responses to INVITE */
	uint32_t trying;	/* 200: until 100 Trying goes out by itself; 0: at once */
};
extern const struct sip_timers sip_timers_default;

/**
 * struct sip_limits - so that strangers cannot exhaust memory
 * @max_strans, @max_strans_per_ip: server transactions; beyond, 503 with
 *	Retry-After (sent statelessly) or, per address, the same
 * @max_ctrans: client transactions; beyond, sip_ctrans_send() fails with -EAGAIN
 * @retry_after: seconds
 */
struct sip_limits {
	uint32_t max_strans;		/* 20000 */
	uint32_t max_strans_per_ip;	/* 10000: a proxy or trunk is one address */
	uint32_t max_ctrans;		/* 20000 */
	uint32_t retry_after;		/* 10 */
};
extern const struct sip_limits sip_limits_default;

/**
 * struct sip_tu - what a transaction user provides to the stack
 * @request: a new server transaction for anything but ACK and CANCEL; the TU
 *	answers it now or later by sip_strans_reply().  Set ops to get more events.
 * @ack: an ACK that matches no transaction, or one in Accepted: the ACK of a 2xx
 * @stray_2xx: a 2xx to INVITE without client transaction: its Accepted time is
 *	over.  May be NULL: RFC 6026 drops it.
 */
struct sip_tu {
	void (*request)(struct sip_strans *st, const struct sip_msg *req,
			const struct sip_hop *from, void *arg);
	void (*ack)(const struct sip_msg *ack, const struct sip_hop *from, void *arg);
	void (*stray_2xx)(const struct sip_msg *resp, const struct sip_hop *from, void *arg);
};

/** struct sip_stack_stats - counters, never reset, and three gauges */
struct sip_stack_stats {
	uint64_t ctrans_made, strans_made;
	uint64_t tx_retransmits;	/* requests and responses, by timers */
	uint64_t rx_retransmits;	/* absorbed requests */
	uint64_t ctrans_timeouts, strans_timeouts;	/* timers B and F; timer H */
	uint64_t transport_errors;
	uint64_t stray_responses, stray_acks, stray_cancels;
	uint64_t merged;		/* 482 sent */
	uint64_t overload;		/* 503 sent by limits */
	uint32_t ctrans_now, strans_now;
};

/**
 * struct sip_stack - one per process; read @transp and @stats, set @detect_merged,
 * leave the rest
 */
struct sip_stack {
	struct sip_transp transp;
	struct sip_timers timers;
	struct sip_limits limits;
	struct sip_stack_stats stats;
	struct sip_tu tu;
	void *tu_arg;
	bool detect_merged;	/* section 8.2.2.2; true at first, a proxy sets it false */
	struct hash_table ctrans, strans, merge, per_ip;
	struct sip_ctrans *ctrans_list;
	struct sip_strans *strans_list;
};

/** sip_stack_init() - @timers, @limits NULL for the defaults. 0 or -ENOMEM. */
int sip_stack_init(struct sip_stack *s, const struct sip_timers *timers,
		   const struct sip_limits *limits, const struct sip_tu *tu, void *tu_arg);

/** sip_stack_fini() - ends all transactions without a word, closes all sides. */
void sip_stack_fini(struct sip_stack *s);

/* Sides are added with sip_udp_add(&s->transp, ...) or sip_transp_add(). */

/* ---- client -------------------------------------------------------------- */

enum sip_failure {
	SIP_FAIL_NONE,		/* ended in good order */
	SIP_FAIL_TIMEOUT,	/* timer B or F: treat as 408 (section 8.1.3.1) */
	SIP_FAIL_TRANSPORT,	/* could not be sent: treat as 503 */
};

/**
 * struct sip_ctrans_ops
 * @response: every provisional, the first final; for INVITE also each repeated or
 *	further 2xx during Accepted (RFC 6026), which the TU acknowledges again
 * @ended: last event: Terminated; @why tells whether a final response ever came
 */
struct sip_ctrans_ops {
	void (*response)(struct sip_ctrans *ct, const struct sip_msg *resp,
			 const struct sip_hop *from, void *arg);
	void (*ended)(struct sip_ctrans *ct, enum sip_failure why, void *arg);
};

/**
 * sip_ctrans_send() - start a client transaction: Via is put on, the request sent
 * @to: next hop
 * @req: taken over; anything but ACK
 * @ops: NULL when nothing that follows matters
 *
 * A send error does not come back from here but as @ended, in a later turn, so the
 * caller has one path for failures.
 *
 * Return: handle, or NULL with @e (-EAGAIN: limit, -ENOMEM, -EINVAL).
 */
struct sip_ctrans *sip_ctrans_send(struct sip_stack *s, const struct sip_hop *to,
				   struct sip_msg *req, const struct sip_ctrans_ops *ops,
				   void *arg, struct err *e);

/**
 * sip_ctrans_send_branch() - the same with a branch of the caller's
 * @branch: begins with SIP_BRANCH_COOKIE and is used once only; NULL for a new one
 */
struct sip_ctrans *sip_ctrans_send_branch(struct sip_stack *s, const struct sip_hop *to,
					  struct sip_msg *req, const char *branch,
					  const struct sip_ctrans_ops *ops, void *arg,
					  struct err *e);

/** sip_ctrans_request() - the request as sent. */
const struct sip_msg *sip_ctrans_request(const struct sip_ctrans *ct);
const struct sip_hop *sip_ctrans_hop(const struct sip_ctrans *ct);

/**
 * sip_ctrans_cancel() - CANCEL an INVITE (section 9.1)
 * @reason: value of a Reason header (RFC 3326), or NULL
 *
 * Sent at once when a provisional response has come, else when the first one
 * comes; not at all when a final one comes first.  The INVITE's final response
 * arrives at @response as ever, and may be a 2xx that crossed: then send ACK and
 * BYE.  When none comes within 64*T1 of the CANCEL, @ended says SIP_FAIL_TIMEOUT.
 *
 * Return: 0; -EALREADY when cancelled before or final; -EINVAL unless INVITE; -ENOMEM.
 */
int sip_ctrans_cancel(struct sip_ctrans *ct, const char *reason);

/**
 * sip_ctrans_beyond() - dialogs that it makes are with @hop, and not with whom it was sent to:
 * that one is on the way of this request only
 */
void sip_ctrans_beyond(struct sip_ctrans *ct, const struct sip_hop *hop);
const struct sip_hop *sip_ctrans_dialog_hop(const struct sip_ctrans *ct);

/**
 * sip_ctrans_again() - send an INVITE that is proceeding once more
 *
 * Section 17.1.1.2 does not want it, but whoever has it answers with what he said last
 * (section 17.2.1), and so it can be learned that he is no more. 0 or -errno.
 */
int sip_ctrans_again(struct sip_ctrans *ct);

/**
 * sip_ctrans_release() - no more events; the machine runs to its end alone. NULL is fine.
 *
 * An INVITE is released after its final response: nobody would acknowledge a 2xx.
 */
void sip_ctrans_release(struct sip_ctrans *ct);

/**
 * sip_stack_send_ack() - ACK of a 2xx, outside any transaction (section 13.2.2.4)
 * @ack: taken over; gets its Via here
 * @copy: when not NULL, gets the ACK as sent, to be repeated by
 *	sip_transp_send(); the caller's to free
 *
 * Return: 0 or -errno.
 */
int sip_stack_send_ack(struct sip_stack *s, const struct sip_hop *to, struct sip_msg *ack,
		       struct sip_msg **copy);

/* ---- server -------------------------------------------------------------- */

/**
 * struct sip_strans_ops - all may be NULL
 * @cancelled: a CANCEL matched this INVITE; it has been answered 200 already.  The
 *	TU answers the INVITE 487, if it has not answered it finally yet.
 * @no_ack: a final response other than 2xx was never acknowledged (timer H)
 * @error: a response could not be sent (RFC 6026: the machine goes on)
 * @ended: last event: Terminated
 */
struct sip_strans_ops {
	void (*cancelled)(struct sip_strans *st, const struct sip_msg *cancel, void *arg);
	void (*no_ack)(struct sip_strans *st, void *arg);
	void (*error)(struct sip_strans *st, int err, void *arg);
	void (*ended)(struct sip_strans *st, void *arg);
};

void sip_strans_set_ops(struct sip_strans *st, const struct sip_strans_ops *ops, void *arg);

struct sip_stack *sip_strans_stack(const struct sip_strans *st);
const struct sip_msg *sip_strans_request(const struct sip_strans *st);
const struct sip_hop *sip_strans_source(const struct sip_strans *st);	/* where it came from */
const struct sip_hop *sip_strans_hop(const struct sip_strans *st);	/* where answers go */

/** sip_strans_to_tag() - the tag this transaction puts on To: the request's or a new one. */
const char *sip_strans_to_tag(const struct sip_strans *st);

/** sip_strans_answered() - a final response has been given. */
bool sip_strans_answered(const struct sip_strans *st);

/**
 * sip_strans_response() - make a response to this transaction's request
 * @reason: NULL for the standard's phrase
 *
 * With the transaction's To tag, except for 100. NULL when memory is out.
 */
struct sip_msg *sip_strans_response(struct sip_strans *st, unsigned int code, const char *reason);

/**
 * sip_strans_reply() - give a response to the transaction
 * @resp: taken over
 *
 * After a 2xx to INVITE the transaction absorbs retransmitted INVITEs; repeating
 * the 2xx until the ACK comes is the TU's (see struct sip_2xx in sip_dialog.h).
 *
 * Return: 0 also when sending failed (see @error); -EALREADY after a final
 * response; -EINVAL; -ENOMEM.
 */
int sip_strans_reply(struct sip_strans *st, struct sip_msg *resp);

/** sip_strans_reply_code() - both of the above. */
int sip_strans_reply_code(struct sip_strans *st, unsigned int code, const char *reason);

/** sip_strans_release() - no more events; 500 is sent if no final response was given. NULL is fine. */
void sip_strans_release(struct sip_strans *st);

#endif /* KSRTP_SIP_TRANS_H */
