// SPDX-License-Identifier: GPL-2.0-only
/* Where sessions are found: by local address for packets, by id for requests. */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>

#include "defrag.h"
#include "event.h"
#include "net.h"
#include "netlink.h"
#include "table.h"

/*
 * Every packet under the rule pays for this, whether it is for a session or not:
 * a multiplication spreads addresses and ports that lie close together as well
 * as anything.  What is in the table was put there by the administrator, so a
 * sender cannot make buckets long, and the table's own random @seed is enough.
 */
static __always_inline u32 hash4(__be32 ip, __be16 port, u32 seed)
{
	u64 words = (u64)((__force u32)ip ^ seed) << 16 | (__force u16)port;
	u32 hash = (words * GOLDEN_RATIO_64) >> 32;

	return hash ^ hash >> 16;
}

static u32 hash_local(const void *data, u32 len, u32 seed)
{
	const struct srtp_local *l = data;

	if (l->family == NFPROTO_IPV4)
		return hash4(l->ip4, l->port, seed);
	return jhash2(data, sizeof(*l) / sizeof(u32), seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct srtp_local *a = arg->key;
	const struct srtp_session *s = obj;

	return !(a->port == s->local.port && a->family == s->local.family &&
		 a->words[0] == s->local.words[0] && a->words[1] == s->local.words[1]);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct srtp_session, node),
	.key_offset = offsetof(struct srtp_session, local),
	.key_len = sizeof(struct srtp_local),
	.hashfn = hash_local,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/*
 * The same table and hash for who knows that it is IPv4, by a key that fits registers.  Only
 * srtp_table_find4() may use it: where rhashtable_lookup() is not inlined, it takes the hash
 * function of the table and not of these parameters.
 */
struct key4 {
	__be32 ip;
	__be16 port;
};

static __always_inline u32 hash_key4(const void *data, u32 len, u32 seed)
{
	const struct key4 *key = data;

	return hash4(key->ip, key->port, seed);
}

static __always_inline int compare_key4(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct key4 *key = arg->key;
	const struct srtp_session *s = obj;

	return !(key->ip == s->local.ip4 && key->port == s->local.port &&
		 s->local.family == NFPROTO_IPV4);
}

static const struct rhashtable_params params4 = {
	.head_offset = offsetof(struct srtp_session, node),
	.key_len = sizeof(struct key4),
	.hashfn = hash_key4,
	.obj_cmpfn = compare_key4,
};

int srtp_table_init(struct srtp_net *sn)
{
	return rhashtable_init(&sn->table, &params);
}

void srtp_table_exit(struct srtp_net *sn)
{
	rhashtable_destroy(&sn->table);
}

/**
 * srtp_table_find - the session with a local address
 * @sn: namespace
 * @local: address, port and family
 *
 * The caller holds rcu_read_lock(), and uses the session only under it.
 *
 * Return: the session or NULL.
 */
struct srtp_session *srtp_table_find(struct srtp_net *sn, const struct srtp_local *local)
{
	return rhashtable_lookup(&sn->table, local, params);
}

/**
 * srtp_table_find4 - the session with a local IPv4 address
 * @sn: namespace
 * @ip: address
 * @port: port
 *
 * As srtp_table_find().  Flattened, so that everything is inlined, see struct key4.
 */
__attribute__((__flatten__))
struct srtp_session *srtp_table_find4(struct srtp_net *sn, __be32 ip, __be16 port)
{
	const struct key4 key = { .ip = ip, .port = port };

	return rhashtable_lookup(&sn->table, &key, params4);
}

/**
 * srtp_table_find6 - the session with a local IPv6 address
 * @sn: namespace
 * @ip: address
 * @port: port
 *
 * As srtp_table_find().
 */
struct srtp_session *srtp_table_find6(struct srtp_net *sn, const struct in6_addr *ip, __be16 port)
{
	const struct srtp_local key = { .ip = *ip, .port = port, .family = NFPROTO_IPV6 };

	return rhashtable_lookup(&sn->table, &key, params);
}

/**
 * srtp_table_find_id - the session with an id
 * @sn: namespace
 * @id: anything
 *
 * The caller holds sn->mutex or rcu_read_lock().
 *
 * Return: the session or NULL.
 */
struct srtp_session *srtp_table_find_id(struct srtp_net *sn, u32 id)
{
	return id <= INT_MAX ? idr_find(&sn->ids, id) : NULL;
}

/**
 * srtp_table_insert - give a session its id and its place
 * @s: a session without configuration; the table takes over the reference
 *
 * sn->mutex is held.  Packets find it but see no configuration, so to them it
 * is not there until srtp_session.conf is set.
 *
 * Return: 0, -EADDRINUSE if the local address is taken, or -ENOMEM.
 */
int srtp_table_insert(struct srtp_session *s)
{
	struct srtp_net *sn = s->sn;
	int id, err = srtp_defrag_on(sn);

	if (err)
		return err;
	/* Ids go round, so that a late SET or DEL does not hit a newcomer. */
	id = idr_alloc_cyclic(&sn->ids, NULL, 1, 0, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		return id == -ENOSPC ? -ENOMEM : id;
	s->id = id;
	err = rhashtable_lookup_insert_fast(&sn->table, &s->node, params);
	if (err) {
		idr_remove(&sn->ids, id);
		return err == -EEXIST ? -EADDRINUSE : err;
	}
	idr_replace(&sn->ids, s, id);
	WRITE_ONCE(sn->count, sn->count + 1);
	return 0;
}

/**
 * srtp_table_remove - take a session out and let go of it
 * @s: session in the table; sn->mutex is held
 *
 * Packets in flight finish with the configuration they have.
 */
void srtp_table_remove(struct srtp_session *s)
{
	struct srtp_net *sn = s->sn;

	lockdep_assert_held(&sn->mutex);
	rhashtable_remove_fast(&sn->table, &s->node, params);
	idr_remove(&sn->ids, s->id);
	WRITE_ONCE(sn->count, sn->count - 1);
	spin_lock_bh(&s->lock);
	srtp_conf_publish(s, NULL);
	spin_unlock_bh(&s->lock);
	srtp_session_put(s);
}

/**
 * srtp_table_delete - end a live session and tell who listens
 * @s: session in the table; sn->mutex is held
 * @event: why, or SRTP_EVENT_UNSPEC for no event
 */
void srtp_table_delete(struct srtp_session *s, enum srtp_event event)
{
	struct srtp_net *sn = s->sn;
	struct sk_buff *msg = NULL;

	/* Who is told that it is gone may look: it has to be. */
	if (event != SRTP_EVENT_UNSPEC)
		msg = srtp_event_build(s, event, GFP_KERNEL);
	srtp_table_remove(s);
	srtp_event_send(sn, msg);
}

/**
 * srtp_table_flush - end all sessions, or those of an owner
 * @sn: namespace; its mutex is held
 * @owner: cookie, or 0 for all
 * @event: what to tell
 *
 * Return: how many there were.
 */
u32 srtp_table_flush(struct srtp_net *sn, u64 owner, enum srtp_event event)
{
	struct srtp_session *s;
	u32 count = 0;
	int id = 0;

	while ((s = idr_get_next(&sn->ids, &id))) {
		bool mine = true;

		id++;
		if (owner) {
			rcu_read_lock();
			mine = rcu_dereference(s->conf)->owner == owner;
			rcu_read_unlock();
		}
		if (mine) {
			srtp_table_delete(s, event);
			count++;
		}
		cond_resched();
	}
	return count;
}
