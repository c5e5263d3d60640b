// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions and their configurations: who owns what, and when it goes.
 *
 * The references run
 *
 *	namespace ─> session ─> conf ─┬─> session (its own and its peers)
 *	packet in flight ─> conf      └─> contexts ─> streams
 *
 * Deleting a session takes it out of the namespace's table and cuts
 * session->conf.  That cuts the only circle (session, conf, session), and with
 * the conf go its peers: two sessions that relay to each other leave nothing
 * behind.  A packet in flight keeps the conf it started with, and so keys,
 * peers and counters, until it is sent or dropped.
 */
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "event.h"
#include "net.h"
#include "netlink.h"
#include "session.h"
#include "table.h"

/**
 * srtp_session_alloc - a session that no packet can find yet
 * @sn: namespace
 * @local: its address
 * @max_streams: SSRCs in each direction
 *
 * Return: a session with one reference and no configuration, or NULL.
 */
struct srtp_session *srtp_session_alloc(struct srtp_net *sn, const struct srtp_local *local,
					u16 max_streams)
{
	struct srtp_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	s->stats = srtp_stats_alloc(GFP_KERNEL_ACCOUNT);
	if (!s->stats) {
		kfree(s);
		return NULL;
	}
	refcount_set(&s->refs, 1);
	spin_lock_init(&s->lock);
	s->sn = sn;
	s->sn_stats = sn->stats;
	s->local = *local;
	s->max_streams = max_streams;
	s->last_used = jiffies;
	atomic_inc(&sn->objects);
	return s;
}

static void session_free(struct rcu_head *rcu)
{
	struct srtp_session *s = container_of(rcu, struct srtp_session, rcu);
	struct srtp_net *sn = s->sn;

	free_percpu(s->stats);
	kfree(s);
	/* Who waits may be gone with @sn already: only its address is used. */
	if (atomic_dec_and_test(&sn->objects))
		wake_up_var(&sn->objects);
}

void srtp_session_get(struct srtp_session *s)
{
	refcount_inc(&s->refs);
}

/**
 * srtp_session_put - give up a reference
 * @s: session or NULL
 */
void srtp_session_put(struct srtp_session *s)
{
	if (s && refcount_dec_and_test(&s->refs))
		call_rcu(&s->rcu, session_free);
}

/**
 * srtp_conf_alloc - an empty configuration: held, nothing known
 * @s: whose
 * @gfp: how to allocate
 *
 * Return: the configuration with one reference, or NULL.
 */
struct srtp_conf *srtp_conf_alloc(struct srtp_session *s, gfp_t gfp)
{
	struct srtp_conf *conf = kzalloc(sizeof(*conf), gfp);

	if (!conf)
		return NULL;
	refcount_set(&conf->refs, 1);
	srtp_session_get(s);
	conf->session = s;
	conf->state = SRTP_STATE_HELD;
	conf->latch = SRTP_LATCH_DEFAULT;
	conf->overlap = SRTP_OVERLAP_DEFAULT;
	return conf;
}

/**
 * srtp_conf_copy - a configuration to make a change in
 * @old: one that the caller keeps alive
 * @gfp: how to allocate
 *
 * Return: a copy with references of its own and no cached route, or NULL.
 */
struct srtp_conf *srtp_conf_copy(const struct srtp_conf *old, gfp_t gfp)
{
	struct srtp_conf *conf = kmemdup(old, sizeof(*old), gfp);

	if (!conf)
		return NULL;
	refcount_set(&conf->refs, 1);
	conf->lent = false;
	RCU_INIT_POINTER(conf->dst, NULL);
	srtp_session_get(conf->session);
	if (conf->rx)
		srtp_ctx_get(conf->rx);
	if (conf->tx)
		srtp_ctx_get(conf->tx);
	if (conf->other[0])
		srtp_ctx_get(conf->other[0]);
	if (conf->other[1])
		srtp_ctx_get(conf->other[1]);
	if (conf->peer)
		srtp_session_get(conf->peer);
	if (conf->rtcp_peer)
		srtp_session_get(conf->rtcp_peer);
	return conf;
}

static void conf_free(struct srtp_conf *conf)
{
	dst_release(rcu_dereference_protected(conf->dst, 1));
	srtp_ctx_put(conf->rx);
	srtp_ctx_put(conf->tx);
	srtp_ctx_put(conf->other[0]);
	srtp_ctx_put(conf->other[1]);
	srtp_session_put(conf->peer);
	srtp_session_put(conf->rtcp_peer);
	srtp_session_put(conf->session);
	kfree_sensitive(conf);
}

static void conf_unused(struct rcu_head *rcu)
{
	conf_free(container_of(rcu, struct srtp_conf, rcu));
}

/**
 * srtp_conf_put - give up a reference
 * @conf: configuration or NULL
 *
 * The last one may be that of a packet, whose cipher is only about to return.
 */
void srtp_conf_put(struct srtp_conf *conf)
{
	if (conf && refcount_dec_and_test(&conf->refs))
		call_rcu(&conf->rcu, conf_unused);
}

/*
 * Whoever found it under RCU is through, or has taken a reference.  One that was just given
 * back may be that of a packet, whose cipher is only about to return.
 */
static void conf_replaced(struct rcu_head *rcu)
{
	struct srtp_conf *conf = container_of(rcu, struct srtp_conf, rcu);

	if (!refcount_dec_and_test(&conf->refs))
		return;
	if (READ_ONCE(conf->lent))
		call_rcu(&conf->rcu, conf_unused);
	else
		conf_free(conf);
}

/**
 * srtp_conf_publish - from now on packets see this configuration
 * @s: session; its lock is held
 * @conf: its reference becomes the session's; NULL when the session ends
 *
 * The one before lives on for a grace period at least.
 */
void srtp_conf_publish(struct srtp_session *s, struct srtp_conf *conf)
{
	struct srtp_conf *old = rcu_replace_pointer(s->conf, conf, lockdep_is_held(&s->lock));

	if (old)
		call_rcu(&old->rcu, conf_replaced);
}

/**
 * srtp_conf_get - the current configuration, to keep
 * @s: session; the caller holds rcu_read_lock()
 *
 * Return: a reference, or NULL if the session is not live.
 */
struct srtp_conf *srtp_conf_get(struct srtp_session *s)
{
	struct srtp_conf *conf = rcu_dereference(s->conf);

	if (conf)
		refcount_inc(&conf->refs);
	return conf;
}

/**
 * srtp_conf_set_ctx - put a context into a configuration not published yet
 * @slot: &conf->rx or &conf->tx
 * @ctx: context; its reference moves here
 */
void srtp_conf_set_ctx(struct srtp_ctx **slot, struct srtp_ctx *ctx)
{
	srtp_ctx_put(*slot);	/* not the last: the configuration replaced has one */
	*slot = ctx;		/* or NULL */
}

/**
 * srtp_conf_set_peer - put a peer into a configuration not published yet
 * @slot: &conf->peer or &conf->rtcp_peer
 * @peer: session or NULL; a reference is taken
 */
void srtp_conf_set_peer(struct srtp_session **slot, struct srtp_session *peer)
{
	if (peer)
		srtp_session_get(peer);
	srtp_session_put(*slot);
	*slot = peer;
}

/**
 * srtp_conf_latch - which new addresses are believed
 * @conf: configuration
 *
 * Return: enum srtp_latch.
 */
u8 srtp_conf_latch(const struct srtp_conf *conf)
{
	if (conf->latch != SRTP_LATCH_DEFAULT)
		return conf->latch;
	return conf->rx && srtp_ctx_secure(conf->rx) ? SRTP_LATCH_AUTHENTICATED : SRTP_LATCH_NEVER;
}

/**
 * srtp_latch - a good packet came from a new address: send there from now on
 * @s: session
 * @judged: the configuration under which the packet was found to be good
 * @from: the address
 *
 * Called in the packet path, with bottom halves off.  If memory is short, or the
 * configuration has changed while the packet was inside a cipher, the
 * remote address stays and the next packet tries again.  A peer that hops
 * about causes one event a second at most.
 */
void srtp_latch(struct srtp_session *s, const struct srtp_conf *judged,
		const struct srtp_addr *from)
{
	struct srtp_conf *old, *conf;
	struct srtp_addr before;
	bool tell = false, known = false;

	spin_lock(&s->lock);
	old = rcu_dereference_protected(s->conf, lockdep_is_held(&s->lock));
	if (old != judged)
		goto none;
	/* The announced address can be the one that FIRST waits for. */
	conf = srtp_conf_copy(old, GFP_ATOMIC);
	if (!conf)
		goto none;
	conf->remote = *from;
	conf->has_remote = true;
	conf->latched = true;
	srtp_conf_publish(s, conf);
	if (!old->has_remote || !srtp_addr_equal(&old->remote, from)) {
		tell = !s->last_event || time_after_eq(jiffies, s->last_event + HZ);
		if (tell)
			s->last_event = jiffies ?: 1;
	}
	known = old->has_remote;
	before = old->remote;
	spin_unlock(&s->lock);
	if (tell)
		srtp_event_note(s, &(struct srtp_note){
			.event = SRTP_EVENT_REMOTE, .old = known ? &before : NULL }, GFP_ATOMIC);
	return;
none:
	spin_unlock(&s->lock);
}
