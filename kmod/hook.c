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

DEFINE_PER_CPU(struct srtp_own, srtp_own);

/* Lets a packet go on from its hook. */
static void run_own(struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct sk_buff *outer = srtp_own_enter(skb);

	NF_HOOK(state->pf, state->hook, state->net, state->sk, skb, state->in, state->out,
		state->okfn);
	srtp_own_leave(outer);
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

static void hook_release(const struct nf_hook_state *state)
{
	dev_put(state->in);
	dev_put(state->out);
	if (state->sk)
		sock_gen_put(state->sk);
}

/*
 * A packet is inside a cipher and its hook is about to return, so what
 * rcu_read_lock() and the hook's frame have kept until now has to be held.
 * The caller is still under the lock.
 */
static void work_hold(struct srtp_work *work)
{
	if (work->rx && !(work->held & SRTP_HELD_RX)) {
		refcount_inc(&work->rx->refs);
		WRITE_ONCE(work->rx->lent, true);
		work->held |= SRTP_HELD_RX;
	}
	if (work->tx && !(work->held & SRTP_HELD_TX)) {
		refcount_inc(&work->tx->refs);
		WRITE_ONCE(work->tx->lent, true);
		work->held |= SRTP_HELD_TX;
	}
	if (work->relay)
		return;
	work->hook = *work->state;
	work->state = &work->hook;
	if ((skb_dst(work->skb) && !skb_dst_force(work->skb)) || !hook_hold(work->skb, &work->hook))
		work->lost = true;
	else
		work->held |= SRTP_HELD_HOOK;
}

static unsigned int work_done(struct srtp_work *work, int err)
{
	return work->tx ? srtp_protect_done(work, err) : srtp_receive_done(work, err);
}

/*
 * The packet is ours since its hook has returned, or will return NF_STOLEN: what
 * a waiting hook would have done with the verdict is done here.
 */
static void work_resume(struct srtp_work *work)
{
	struct nf_hook_state state = work->hook;
	bool held = work->held & SRTP_HELD_HOOK;
	struct sk_buff *skb = work->skb;
	unsigned int verdict;

	/* It is needed beyond the work's end; and a second key may hold it once more. */
	work->held &= ~SRTP_HELD_HOOK;
	local_bh_disable();
	rcu_read_lock();
	srtp_count((work->tx ?: work->rx)->session, SRTP_C_ASYNC);
	verdict = work_done(work, work->lost ? -ENOMEM : work->err);
	if (verdict == XT_CONTINUE)
		run_own(skb, &state);
	else if (verdict == NF_DROP)
		kfree_skb(skb);
	if (held)
		hook_release(&state);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * srtp_work_done - the cipher completed later
 * @op: of a work
 * @err: its result
 */
void srtp_work_done(struct srtp_op *op, int err)
{
	struct srtp_work *work = container_of(op, struct srtp_work, op);

	work->err = err;
	if (atomic_xchg(&work->turn, 1))
		work_resume(work);
}

/**
 * srtp_work_later - the cipher said -EINPROGRESS
 * @work: of the packet
 *
 * References are for this case only: nearly every packet is through its cipher
 * when srtp_op_start() returns, and rcu_read_lock() then keeps all it needs.
 * They can be taken here, while the cipher runs and perhaps has completed on
 * another CPU already, because of @turn: whoever of us and srtp_work_done() is
 * second goes on with the packet, and the first does not touch it again.
 *
 * Return: the verdict.
 */
unsigned int srtp_work_later(struct srtp_work *work)
{
	work_hold(work);
	if (atomic_xchg(&work->turn, 1))
		work_resume(work);
	return NF_STOLEN;
}

/*
 * srtp_work_end() of a work with references.  The pool comes first: once the
 * last conf is gone the module may go.
 */
void srtp_work_release(struct srtp_work *work)
{
	struct srtp_conf *rx = work->held & SRTP_HELD_RX ? work->rx : NULL;
	struct srtp_conf *tx = work->held & SRTP_HELD_TX ? work->tx : NULL;

	if (work->held & SRTP_HELD_HOOK)
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
	struct sk_buff *segs, *seg, *next;

	/*
	 * UFO, from a guest: one datagram that a device was to fragment.  Its fragments would
	 * be nobody's media but the first.
	 */
	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP) {
		if (skb_unclone(skb, GFP_ATOMIC)) {
			srtp_count_drop(s, SRTP_DROP_NO_MEMORY);
			return NF_DROP;
		}
		skb_gso_reset(skb);
		skb->ignore_df = 1;
		return fn(skb, state);
	}
	segs = skb_gso_segment(skb, 0);
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
			run_own(seg, state);
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
	return this_cpu_read(srtp_own.skb) == skb;
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
