/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From hook to hook.  Verdicts are those of an x_tables target: XT_CONTINUE,
 * NF_DROP, NF_STOLEN.  Everything here runs with bottom halves off and under
 * rcu_read_lock().  docs/datapath.md numbers the steps as the comments do.
 */
#ifndef _SRTP_DATAPATH_H
#define _SRTP_DATAPATH_H

#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/skbuff.h>

#include "packet.h"
#include "pool.h"

typedef unsigned int (*srtp_hook_fn)(struct sk_buff *skb, const struct nf_hook_state *state);

/* hook.c */
unsigned int srtp_hook(struct sk_buff *skb, const struct nf_hook_state *state);
bool srtp_is_own(const struct sk_buff *skb);
unsigned int srtp_segment(struct sk_buff *skb, const struct nf_hook_state *state,
			  struct srtp_session *s, srtp_hook_fn fn);
void srtp_work_done(struct srtp_op *op, int err);
unsigned int srtp_work_later(struct srtp_work *work);
void srtp_work_release(struct srtp_work *work);
unsigned int srtp_work_drop(struct srtp_work *work, struct srtp_session *s, int reason);

/* receive.c */
unsigned int srtp_receive(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int srtp_ingress(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int srtp_receive_done(struct srtp_work *work, int err);

/* send.c */
unsigned int srtp_send(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int srtp_protect_local(struct srtp_work *work);
unsigned int srtp_protect_done(struct srtp_work *work, int err);

/* output.c */
int srtp_output(struct srtp_work *work);

/**
 * struct srtp_own - the packet that this CPU is sending or resuming
 * @skb: passes rules without being looked at again.
 * @depth: how deep this is nested.
 *
 * Sending walks hooks, and so rules, synchronously, so identity of the pointer
 * says that a packet is ours; nothing inside an skb could, since marks belong
 * to the administrator.  Used with bottom halves off.
 */
struct srtp_own {
	const struct sk_buff *skb;
	unsigned int depth;
};

#define SRTP_OWN_DEPTH	4	/* packets sent from within sending a packet */

DECLARE_PER_CPU(struct srtp_own, srtp_own);

/* srtp_own_enter - @skb is about to walk hooks; returns what srtp_own_leave() wants */
static inline const struct sk_buff *srtp_own_enter(const struct sk_buff *skb)
{
	struct srtp_own *own = this_cpu_ptr(&srtp_own);
	const struct sk_buff *outer = own->skb;

	own->skb = skb;
	own->depth++;
	return outer;
}

static inline void srtp_own_leave(const struct sk_buff *outer)
{
	struct srtp_own *own = this_cpu_ptr(&srtp_own);

	own->depth--;
	own->skb = outer;
}

/**
 * srtp_work_get - begin work on a packet
 * @skb: the packet
 * @state: hook it is at
 * @relay: it will be ours (srtp_take_over()); otherwise it may have to go on from the hook
 *
 * Return: the work, without configuration and op, or NULL.
 */
static inline struct srtp_work *srtp_work_get(struct sk_buff *skb,
					      const struct nf_hook_state *state, bool relay)
{
	struct srtp_work *work = srtp_pool_get();

	if (unlikely(!work))
		return NULL;
	work->skb = skb;
	work->rx = NULL;
	work->tx = NULL;
	work->state = state;
	work->spare = NULL;
	work->held = 0;
	work->relay = relay;
	work->ingress = false;
	work->latch = false;
	work->lost = false;
	work->op.done = srtp_work_done;
	return work;
}

/**
 * srtp_work_start - start the op of a work
 * @work: everything filled in
 *
 * Return: as srtp_op_start(); after -EINPROGRESS there is only srtp_work_later()
 * left to do.
 */
static inline int srtp_work_start(struct srtp_work *work)
{
	atomic_set(&work->turn, 0);
	return srtp_op_start(&work->op);
}

/* srtp_work_end - a work is over; it is given back, with its references */
static inline void srtp_work_end(struct srtp_work *work)
{
	if (unlikely(work->held))
		srtp_work_release(work);
	else
		srtp_pool_put(work);
}

/**
 * srtp_take_over - a packet leaves its hook for good
 * @skb: will be sent by srtp_output() or freed
 *
 * What it must not keep while a cipher may sit on it: its device and route
 * (not counted), its socket and its conntrack entry.
 */
static inline void srtp_take_over(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb->dev = NULL;
}

#endif /* _SRTP_DATAPATH_H */
