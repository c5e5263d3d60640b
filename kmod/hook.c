// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where packets come in, and how they go on when no hook waits for them: after
 * a cipher that completed asynchronously, or as one segment of many.
 */
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat.h"
#include "datapath.h"
#include "session.h"

#define MAX_DEPTH	4	/* packets sent from within sending a packet */

/**
 * struct own - the packet that this CPU is sending or resuming
 * @skb: passes rules without being looked at again.
 * @depth: how deep this is nested.
 *
 * Sending walks hooks, and so rules, synchronously, so identity of the pointer
 * says that a packet is ours; nothing inside an skb could, since marks belong
 * to the administrator.  Used with bottom halves off.
 */
struct own {
	const struct sk_buff *skb;
	unsigned int depth;
};

static DEFINE_PER_CPU(struct own, own);

/* Sends a relayed packet, or (with @state) lets a packet go on from its hook. */
static void run_own(struct sk_buff *skb, struct net *net, u8 family,
		    const struct nf_hook_state *state)
{
	struct own *o = this_cpu_ptr(&own);
	const struct sk_buff *outer = o->skb;

	o->skb = skb;
	o->depth++;
	if (state)
		NF_HOOK(state->pf, state->hook, net, state->sk, skb, state->in, state->out,
			state->okfn);
	else if (family == NFPROTO_IPV4)
		ip_local_out(net, NULL, skb);
	else
		ip6_local_out(net, NULL, skb);
	o->depth--;
	o->skb = outer;
}

/**
 * srtp_own_out - send a packet, headers and route set
 * @skb: is consumed on success
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: 0, or SRTP_DROP_NO_ROUTE when sending nests too deep: a loop of
 * tunnels.
 */
int srtp_own_out(struct sk_buff *skb, struct net *net, u8 family)
{
	if (this_cpu_read(own.depth) >= MAX_DEPTH)
		return SRTP_DROP_NO_ROUTE;
	run_own(skb, net, family, NULL);
	return 0;
}

/*
 * A packet outlives its socket's last user, who only waits for its memory: such
 * a socket cannot be held on to, as nf_queue knows.  Nor can one that a BPF
 * program chose, which skb->sk borrows under RCU, unless it is counted.
 */
static bool hook_hold(struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (skb_sk_is_prefetched(skb) && !sk_is_refcounted(skb->sk)) {
		if (!refcount_inc_not_zero(&skb->sk->sk_refcnt))
			return false;
		skb->destructor = sock_edemux;
	}
	if (state->sk && !refcount_inc_not_zero(&state->sk->sk_refcnt))
		return false;
	dev_hold(state->in);	/* takes NULL */
	dev_hold(state->out);
	return true;
}

/* Of a state that is held already, for longer. */
static void hook_hold_again(const struct nf_hook_state *state)
{
	dev_hold(state->in);
	dev_hold(state->out);
	if (state->sk)
		refcount_inc(&state->sk->sk_refcnt);
}

static void hook_release(const struct nf_hook_state *state)
{
	dev_put(state->in);
	dev_put(state->out);
	if (state->sk)
		sock_gen_put(state->sk);
}

static unsigned int work_done(struct srtp_work *work, int err)
{
	return work->tx ? srtp_protect_done(work, err) : srtp_receive_done(work, err);
}

/*
 * The cipher completed later.  The packet is ours since then: what a waiting
 * hook would have done with the verdict is done here.  What the hook held is needed
 * beyond the work's end; and the work may go into a cipher again, with a second key.
 */
static void work_async_done(struct srtp_op *op, int err)
{
	struct srtp_work *work = container_of(op, struct srtp_work, op);
	struct nf_hook_state state = work->hook;
	struct sk_buff *skb = work->skb;
	bool held = work->held;
	unsigned int verdict;

	local_bh_disable();
	rcu_read_lock();
	if (held)
		hook_hold_again(&state);
	srtp_count((work->tx ?: work->rx)->session, SRTP_C_ASYNC);
	verdict = work_done(work, err);
	if (verdict == XT_CONTINUE)
		run_own(skb, state.net, 0, &state);
	else if (verdict == NF_DROP)
		kfree_skb(skb);
	if (held)
		hook_release(&state);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * srtp_work_get - begin work on a packet
 * @skb: the packet
 * @state: hook it is at
 * @relay: it is ours already (srtp_take_over()); otherwise it may have to go on
 *	from the hook later, and what that needs is held on to
 *
 * Return: the work, without configuration and op, or NULL.
 */
struct srtp_work *srtp_work_get(struct sk_buff *skb, const struct nf_hook_state *state, bool relay)
{
	struct srtp_work *work;

	if (!relay && skb_dst(skb) && !skb_dst_force(skb))
		return NULL;
	work = srtp_pool_get();
	if (!work)
		return NULL;
	if (!relay && !hook_hold(skb, state)) {
		srtp_pool_put(work);
		return NULL;
	}
	work->skb = skb;
	work->rx = NULL;
	work->tx = NULL;
	work->latch = false;
	work->spare = NULL;
	work->relay = relay;
	work->held = !relay;
	work->hook = *state;
	work->op.done = work_async_done;
	return work;
}

/**
 * srtp_work_end - a work is over
 * @work: is given back, with its references
 *
 * The pool comes first: once the last conf is gone the module may go.
 */
void srtp_work_end(struct srtp_work *work)
{
	struct srtp_conf *rx = work->rx, *tx = work->tx;

	if (work->held)
		hook_release(&work->hook);
	srtp_pool_put(work);
	srtp_conf_put(rx);
	srtp_conf_put(tx);
}

/**
 * srtp_work_drop - a packet ends here
 * @work: is over
 * @s: session that counts it; one of the work's
 * @reason: enum srtp_drop
 *
 * Return: the verdict.
 */
unsigned int srtp_work_drop(struct srtp_work *work, struct srtp_session *s, int reason)
{
	struct sk_buff *skb = work->skb;
	bool relay = work->relay;

	srtp_count_drop(s, reason);
	srtp_work_end(work);
	if (!relay)
		return NF_DROP;
	kfree_skb(skb);
	return NF_STOLEN;
}

/**
 * srtp_work_run - start the op of a work
 * @work: everything filled in
 *
 * One function, srtp_receive_done() or srtp_protect_done(), owns what follows,
 * for success and failure, now or later.
 *
 * Return: the verdict; NF_STOLEN when the cipher completes later.
 */
unsigned int srtp_work_run(struct srtp_work *work)
{
	int err = srtp_op_start(&work->op);

	if (err == -EINPROGRESS)
		return NF_STOLEN;	/* and the work is no longer ours to touch */
	return work_done(work, err);
}

/**
 * srtp_take_over - a packet leaves its hook for good
 * @skb: will be sent by srtp_own_out() or freed
 *
 * What it must not keep while a cipher may sit on it: its device and route
 * (not counted), its socket and its conntrack entry.
 */
void srtp_take_over(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb->dev = NULL;
}

/**
 * srtp_segment - cut a super-packet up and do its packets one by one
 * @skb: of UDP GRO or GSO
 * @state: hook it is at
 * @s: session that counts it if it cannot be cut
 * @fn: what to do with each packet
 *
 * Return: the verdict.
 */
unsigned int srtp_segment(struct sk_buff *skb, const struct nf_hook_state *state,
			  struct srtp_session *s, srtp_hook_fn fn)
{
	struct sk_buff *segs = skb_gso_segment(skb, 0), *seg, *next;

	if (IS_ERR_OR_NULL(segs)) {
		srtp_count_drop(s, PTR_ERR(segs) == -ENOMEM ? SRTP_DROP_NO_MEMORY :
							      SRTP_DROP_MALFORMED);
		return NF_DROP;
	}
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		unsigned int verdict;

		skb_mark_not_on_list(seg);
		verdict = fn(seg, state);
		if (verdict == XT_CONTINUE)
			run_own(seg, state->net, 0, state);
		else if ((verdict & NF_VERDICT_MASK) == NF_DROP)
			kfree_skb(seg);
	}
	return NF_STOLEN;
}

/**
 * srtp_is_own - does this CPU send, or resume, this packet right now
 * @skb: the packet
 *
 * In a context that bottom halves can interrupt the answer is no, and right: who sends or
 * resumes has them off.
 */
bool srtp_is_own(const struct sk_buff *skb)
{
	return this_cpu_read(own.skb) == skb;
}

/**
 * srtp_hook - a packet reached a rule
 * @skb: the packet
 * @state: hook it is at: PRE_ROUTING, LOCAL_OUT or POST_ROUTING
 *
 * Return: verdict of an x_tables target.
 */
unsigned int srtp_hook(struct sk_buff *skb, const struct nf_hook_state *state)
{
	unsigned int verdict;

	/* A local program sends in its own context, and nf_queue's reader resumes in its. */
	if (unlikely(!in_softirq())) {
		local_bh_disable();
		verdict = srtp_hook(skb, state);
		local_bh_enable();
		return verdict;
	}
	/* With bottom halves off nobody else sends here: equal means ours. */
	if (srtp_is_own(skb))
		return XT_CONTINUE;
	return state->hook == NF_INET_PRE_ROUTING ? srtp_receive(skb, state) :
						    srtp_send(skb, state);
}
