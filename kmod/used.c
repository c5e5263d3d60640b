// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which AEAD keys have been used to send.
 *
 * A key that comes back, in this session or another, would start again at indices
 * that it has been used with, and a GCM index used twice gives the authentication
 * key away (RFC 7714 section 8.4).  So a key is refused while it is installed
 * anywhere to send with, and afterwards until 65,536 more have gone.  Kept are keyed
 * hashes, which say nothing about keys.
 *
 * All namespaces look into one table, as a key knows nothing of namespaces.  What is
 * gone is counted for each, so that none makes the module forget another's keys;
 * those of namespaces that have ended are counted together.
 */
#include <linux/moduleparam.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "used.h"

#define RETIRED_MAX	65536

static bool test_key_reuse;
module_param(test_key_reuse, bool, 0444);
MODULE_PARM_DESC(test_key_reuse,
		 "Let a key be installed to send with any number of times (insecure; for tests)");

/**
 * struct srtp_used - one key
 * @node: in the table.
 * @hash: keyed hash of master key and salt.
 * @registry: of the namespace that sends with it; looked at until it is gone.
 * @retired: in the list, when the key is gone.
 * @kept: a packet may have been sent with it.
 * @rcu: frees it.
 */
struct srtp_used {
	struct rhash_head node;
	u64 hash;
	struct srtp_registry *registry;
	struct list_head retired;
	bool kept;
	struct rcu_head rcu;
};

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct srtp_used, node),
	.key_offset = offsetof(struct srtp_used, hash),
	.key_len = sizeof(u64),
	.automatic_shrinking = true,
};

static struct rhashtable table;		/* by hash */
static struct srtp_registry orphans;	/* of namespaces that have ended */

void srtp_registry_init(struct srtp_registry *r)
{
	spin_lock_init(&r->lock);
	INIT_LIST_HEAD(&r->retired);
	r->n = 0;
}

/**
 * srtp_registry_exit - a namespace has ended, with all its sessions
 * @r: its registry; the keys stay remembered
 */
void srtp_registry_exit(struct srtp_registry *r)
{
	struct srtp_used *u, *next;
	LIST_HEAD(forgotten);

	spin_lock_bh(&orphans.lock);
	list_splice_tail_init(&r->retired, &orphans.retired);
	for (orphans.n += r->n; orphans.n > RETIRED_MAX; orphans.n--)
		list_move(orphans.retired.next, &forgotten);
	spin_unlock_bh(&orphans.lock);
	list_for_each_entry_safe(u, next, &forgotten, retired) {
		rhashtable_remove_fast(&table, &u->node, params);
		kfree_rcu(u, rcu);
	}
}

int __init srtp_used_init(void)
{
	srtp_registry_init(&orphans);
	return rhashtable_init(&table, &params);
}

/**
 * srtp_used_exit - forget all keys; every namespace has ended
 */
void srtp_used_exit(void)
{
	struct srtp_used *u, *next;

	rhashtable_destroy(&table);
	list_for_each_entry_safe(u, next, &orphans.retired, retired)
		kfree(u);
}

/**
 * srtp_used_add - a key is about to be installed to send with
 * @r: registry of its namespace
 * @hash: of the key
 * @out: set to an entry, which the caller ends by srtp_used_retire(); NULL if
 *	nothing is to be remembered
 *
 * Return: 0, -EEXIST if it is or has been installed, or -ENOMEM.
 */
int srtp_used_add(struct srtp_registry *r, u64 hash, struct srtp_used **out)
{
	struct srtp_used *u;
	int err;

	*out = NULL;
	if (test_key_reuse)
		return 0;
	u = kzalloc(sizeof(*u), GFP_KERNEL_ACCOUNT);
	if (!u)
		return -ENOMEM;
	u->hash = hash;
	u->registry = r;
	err = rhashtable_lookup_insert_fast(&table, &u->node, params);
	if (err) {
		kfree(u);
		return err;
	}
	*out = u;
	return 0;
}

/**
 * srtp_used_keep - packets are about to see the key: it stays remembered
 * @used: entry or NULL
 */
void srtp_used_keep(struct srtp_used *used)
{
	if (used)
		WRITE_ONCE(used->kept, true);
}

/**
 * srtp_used_retire - the key is gone
 * @used: entry or NULL
 *
 * A key that no packet has seen is forgotten at once: its request was refused.
 * Callable from softirq.
 */
void srtp_used_retire(struct srtp_used *used)
{
	struct srtp_registry *r;

	if (!used)
		return;
	r = used->registry;
	spin_lock_bh(&r->lock);
	if (used->kept) {
		list_add_tail(&used->retired, &r->retired);
		used = NULL;
		if (++r->n > RETIRED_MAX) {
			used = list_first_entry(&r->retired, struct srtp_used, retired);
			list_del(&used->retired);
			r->n--;
		}
	}
	spin_unlock_bh(&r->lock);
	if (used) {
		rhashtable_remove_fast(&table, &used->node, params);
		kfree_rcu(used, rcu);
	}
}

/**
 * srtp_used_forget - the request that would have installed a key is refused
 * @used: of a context; NULL afterwards if no packet has seen the key
 *
 * At once, so that the request can be put right and repeated.
 */
void srtp_used_forget(struct srtp_used **used)
{
	if (!*used || READ_ONCE((*used)->kept))
		return;
	srtp_used_retire(*used);
	*used = NULL;
}
