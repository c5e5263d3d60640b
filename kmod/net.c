// SPDX-License-Identifier: GPL-2.0-only
/* Per-namespace state: its birth, its idle sessions, its end. */
#include <linux/moduleparam.h>
#include <linux/wait_bit.h>
#include <net/netns/generic.h>

#include "defrag.h"
#include "net.h"
#include "netlink.h"
#include "rekey.h"
#include "session.h"
#include "table.h"

unsigned int srtp_net_id __read_mostly;

static unsigned int max_sessions = 262144;
module_param(max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "Sessions of one network namespace (default 262144)");

/**
 * srtp_net_max_sessions - how many sessions a namespace may have, now
 */
u32 srtp_net_max_sessions(void)
{
	return READ_ONCE(max_sessions);
}

/**
 * srtp_net - the module's state in a namespace
 * @net: namespace
 */
struct srtp_net *srtp_net(const struct net *net)
{
	return net_generic(net, srtp_net_id);
}

/*
 * Deletes what has been idle too long and comes back when the next session can
 * be due: use only ever moves that moment further away.
 */
static void idle_work(struct work_struct *work)
{
	struct srtp_net *sn = container_of(work, struct srtp_net, idle.work);
	struct srtp_session *s;
	u32 next = 0;
	int id = 0;

	mutex_lock(&sn->mutex);
	while ((s = idr_get_next(&sn->ids, &id))) {
		struct srtp_conf *conf;
		u32 timeout, idle, due;

		/* Latching may replace conf right now; what is read here it keeps. */
		rcu_read_lock();
		conf = rcu_dereference(s->conf);
		timeout = conf->idle_timeout;
		rcu_read_unlock();
		due = srtp_rekey_retire(s);
		if (due && (!next || due < next))
			next = due;
		idle = srtp_session_idle(s);
		id++;
		if (!timeout)
			continue;
		if (idle >= timeout)
			srtp_table_delete(s, SRTP_EVENT_EXPIRED);
		else if (!next || timeout - idle < next)
			next = timeout - idle;
		cond_resched();
	}
	if (next)
		srtp_net_idle_soon(sn, next);
	mutex_unlock(&sn->mutex);
}

/**
 * srtp_net_idle_soon - look for idle sessions no later than in some time
 * @sn: namespace
 * @seconds: when; 0 for no wish
 *
 * For any context in which a session of the namespace cannot go.
 */
void srtp_net_idle_soon(struct srtp_net *sn, u32 seconds)
{
	unsigned long delay = min_t(u64, (u64)seconds * HZ, HZ * 86400UL);

	if (!seconds)
		return;
	spin_lock_bh(&sn->idle_lock);
	if (!delayed_work_pending(&sn->idle) ||
	    time_after(sn->idle.timer.expires, jiffies + delay))
		mod_delayed_work(system_power_efficient_wq, &sn->idle, delay);
	spin_unlock_bh(&sn->idle_lock);
}

static int __net_init net_init(struct net *net)
{
	struct srtp_net *sn = srtp_net(net);
	int err;

	sn->net = net;
	mutex_init(&sn->mutex);
	idr_init_base(&sn->ids, 1);
	atomic_set(&sn->objects, 0);
	atomic64_set(&sn->events_lost, 0);
	INIT_DELAYED_WORK(&sn->idle, idle_work);
	spin_lock_init(&sn->idle_lock);
	srtp_attach_net_init(sn);
	sn->stats = srtp_stats_alloc(GFP_KERNEL);
	if (!sn->stats)
		return -ENOMEM;
	srtp_registry_init(&sn->used);
	err = srtp_table_init(sn);
	if (err)
		free_percpu(sn->stats);
	return err;
}

/* Before the grace period that net_exit() relies on. */
static void __net_exit net_pre_exit(struct net *net)
{
	srtp_attach_net_exit(srtp_net(net));
	srtp_defrag_off(srtp_net(net));
}

/*
 * No packet and no request of this namespace runs any more when it goes.  When
 * the module goes, rules (which pin it), attachments and netlink family are gone, too.  What
 * is left is packets inside an asynchronous cipher: they hold confs, these hold
 * sessions, and so they are waited for with the sessions' memory.
 */
static void __net_exit net_exit(struct net *net)
{
	struct srtp_net *sn = srtp_net(net);

	mutex_lock(&sn->mutex);
	srtp_table_flush(sn, 0, SRTP_EVENT_UNSPEC);
	mutex_unlock(&sn->mutex);
	cancel_delayed_work_sync(&sn->idle);
	wait_var_event(&sn->objects, atomic_read(&sn->objects) == 0);
	srtp_table_exit(sn);
	srtp_registry_exit(&sn->used);
	idr_destroy(&sn->ids);
	free_percpu(sn->stats);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &srtp_net_id,
	.size = sizeof(struct srtp_net),
};

int __init srtp_net_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void srtp_net_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
