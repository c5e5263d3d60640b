/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_NET_H
#define _SRTP_NET_H

#include <linux/idr.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "attach.h"
#include "stats.h"
#include "used.h"

/**
 * struct srtp_net - what the module keeps for a network namespace
 * @net: the namespace; not a reference, it outlives this.
 * @table: sessions by local address.  Read under RCU, changed under @mutex.
 * @ids: sessions by id.  Read under RCU, changed under @mutex.
 * @mutex: serialises requests and the idle worker of this namespace; outermost
 *	lock, held while keys are set up, which sleeps.
 * @stats: counters of the namespace.
 * @count: sessions in @table; under @mutex, read by anybody.
 * @defrag: fragments are put together; under @mutex.
 * @events_lost: events that listeners did not get, for want of memory.
 * @objects: sessions whose memory is not freed yet; wait_var_event() waits for 0.
 * @used: keys that it has sent with, and that nobody may send with again.
 * @attach: hooks of the module's own.
 * @idle: deletes sessions that have been idle too long, retires keys.
 * @idle_lock: for the time of @idle; bottom halves off, innermost lock.
 */
struct srtp_net {
	struct net *net;
	struct rhashtable table;
	struct idr ids;
	struct mutex mutex;
	struct srtp_stats __percpu *stats;
	u32 count;
	bool defrag;
	atomic64_t events_lost;
	atomic_t objects;
	struct srtp_registry used;
	struct srtp_attach_net attach;
	struct delayed_work idle;
	spinlock_t idle_lock;
};

extern unsigned int srtp_net_id;

u32 srtp_net_max_sessions(void);
struct srtp_net *srtp_net(const struct net *net);
int srtp_net_init(void);
void srtp_net_exit(void);
void srtp_net_idle_soon(struct srtp_net *sn, u32 seconds);

/* srtp_net_rcu - srtp_net() for packets, which hold rcu_read_lock() anyway */
static inline struct srtp_net *srtp_net_rcu(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[srtp_net_id];
}

#endif /* _SRTP_NET_H */
