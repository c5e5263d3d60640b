/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_SESSION_H
#define _SRTP_SESSION_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <net/dst.h>
#include <net/ipv6.h>

#include "crypto.h"
#include "pool.h"
#include "stats.h"

struct srtp_net;

/** enum srtp_storm_kind - drops that are told when they come in masses */
enum srtp_storm_kind {
	SRTP_STORM_REPLAY,
	SRTP_STORM_OLD,
	SRTP_STORM_AUTH,
	SRTP_STORM_MKI,
	SRTP_STORMS,
};

/**
 * struct srtp_storm - drops of a session for one reason; low 32 bits of each number
 * @since: jiffies of @base.
 * @base: drops so far, not more than a second before they were last looked at.
 * @told_at: jiffies of the last event; 0 for none.
 * @told: drops so far, at the last event.
 */
struct srtp_storm {
	u32 since;
	u32 base;
	u32 told_at;
	u32 told;
};

#define SRTP_MAX_STREAMS_DEFAULT	16
#define SRTP_MAX_STREAMS_MAX		1024
#define SRTP_OVERLAP_DEFAULT		120	/* seconds; the MSL of RFC 9293, RFC 5764 section 4 */
#define SRTP_OVERLAP_MAX		86400
#define SRTP_LATCH_FIRST_TIME		(10 * HZ)

/* Not said: authenticated when packets are received encrypted, else never. */
#define SRTP_LATCH_DEFAULT		0xff

/**
 * struct srtp_local - what sessions are looked up by; padding is zero
 * @ip: network order; IPv4 in ip4 with the rest zero.
 * @port: network order.
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6.
 */
struct srtp_local {
	union {
		__be32 ip4;
		struct in6_addr ip;
		u64 words[2];
	};
	__be16 port;
	u16 family;
	u32 zero;
};

/**
 * struct srtp_conf - everything about a session that can be changed
 * @refs: one is the session's, until a grace period after it was replaced; one is
 *	each packet's that is inside a cipher when its hook returns.
 * @rcu: gives up the session's reference; later, frees it after the last went.
 * @session: whose; a reference.
 * @rx: receive context, NULL until installed; a reference.
 * @tx: transmit context, NULL until installed; a reference.
 * @other: second key of each direction, [0] receive and [1] transmit: the one to come
 *	next or, if @old, the receive key before; a reference or NULL.
 * @old: other[0] is the key before, which opens late packets until @retire.
 * @choose: a received packet may need another key than @rx, or has an MKI.
 * @retire: jiffies.
 * @overlap: seconds that a receive key stays when the next one has come.
 * @peer: where RTP (and RTCP, if @rtcp_peer is NULL) goes; a reference or NULL.
 * @rtcp_peer: where RTCP goes; a reference or NULL.
 * @remote: where packets are sent to; valid if @has_remote.
 * @has_remote: @remote is known.
 * @state: enum srtp_state.
 * @verified: trust mark.
 * @latch: enum srtp_latch or SRTP_LATCH_DEFAULT.
 * @latched: SRTP_LATCH_FIRST has had its packet.
 * @lent: a packet inside a cipher has a reference, or had one.
 * @opened: jiffies of going from held to open.
 * @owner: cookie.
 * @idle_timeout: seconds, 0 for never.
 * @keys: keyed hashes of the master keys, newest first: [0] receive, [1] transmit.
 * @dst: cached route to @remote; see srtp_route().
 * @cookie: of @dst.
 *
 * Immutable once published, but for @dst, @cookie and @lent.  A change makes a new one
 * and swaps session->conf, so that a packet sees either all of it or nothing.
 * Readers hold rcu_read_lock() or a reference.  As the session keeps its own for
 * a grace period longer, a reader under RCU may take one at any time, and it may
 * use whatever the conf points to, too, for as long.
 */
struct srtp_conf {
	refcount_t refs;
	struct rcu_head rcu;
	struct srtp_session *session;
	struct srtp_ctx *rx;
	struct srtp_ctx *tx;
	struct srtp_ctx *other[2];
	bool old;
	bool choose;
	unsigned long retire;
	u32 overlap;
	struct srtp_session *peer;
	struct srtp_session *rtcp_peer;
	struct srtp_addr remote;
	bool has_remote;
	u8 state;
	u8 verified;
	u8 latch;
	bool latched;
	bool lent;
	u32 idle_timeout;
	unsigned long opened;
	u64 owner;
	u64 keys[2][2];
	struct dst_entry __rcu *dst;
	u32 cookie;
};

/**
 * struct srtp_session - one UDP transport association
 * @node: in sn->table.
 * @local: its key.
 * @id: unique in the namespace, the key in sn->ids.
 * @max_streams: for contexts installed later.
 * @refs: the namespace's own, until deleted; one of each srtp_conf that belongs
 *	to it or has it as a peer.
 * @rcu: frees it a grace period after the last reference went: look-ups return
 *	sessions without taking one.
 * @sn: namespace; outlives the session (see srtp_net_exit()).
 * @conf: current configuration; NULL before the session goes live and after it
 *	was deleted, which to a packet is as if it was not there.  Written under
 *	@lock.
 * @lock: serialises the writers of @conf: requests, which also hold sn->mutex,
 *	and srtp_latch() in the packet path.  Taken with bottom halves off.
 * @stats: counters.
 * @sn_stats: counters of the namespace.
 * @last_used: jiffies of the last good packet or SET; plain stores.
 * @last_event: jiffies of the last SRTP_EVENT_REMOTE; under @lock.
 * @first: bit 0, an RTP packet was received; bit 1, sent.  Atomic.
 * @storm: see srtp_event_drop(); under @lock.
 */
struct srtp_session {
	struct rhash_head node;
	struct srtp_local local;
	u32 id;
	u16 max_streams;
	refcount_t refs;
	struct rcu_head rcu;
	struct srtp_net *sn;
	struct srtp_conf __rcu *conf;
	spinlock_t lock;
	struct srtp_stats __percpu *stats;
	struct srtp_stats __percpu *sn_stats;
	unsigned long last_used;
	unsigned long last_event;
	unsigned long first;
	struct srtp_storm storm[SRTP_STORMS];
};

struct srtp_session *srtp_session_alloc(struct srtp_net *sn, const struct srtp_local *local,
					u16 max_streams);
void srtp_session_get(struct srtp_session *s);
void srtp_session_put(struct srtp_session *s);

struct srtp_conf *srtp_conf_alloc(struct srtp_session *s, gfp_t gfp);
struct srtp_conf *srtp_conf_copy(const struct srtp_conf *old, gfp_t gfp);
struct srtp_conf *srtp_conf_get(struct srtp_session *s);
void srtp_conf_put(struct srtp_conf *conf);
void srtp_conf_publish(struct srtp_session *s, struct srtp_conf *conf);
void srtp_conf_set_ctx(struct srtp_ctx **slot, struct srtp_ctx *ctx);
void srtp_conf_set_peer(struct srtp_session **slot, struct srtp_session *peer);
u8 srtp_conf_latch(const struct srtp_conf *conf);

void srtp_latch(struct srtp_session *s, const struct srtp_conf *judged,
		const struct srtp_addr *from);

static inline void srtp_session_touch(struct srtp_session *s)
{
	unsigned long now = jiffies;

	if (READ_ONCE(s->last_used) != now)
		WRITE_ONCE(s->last_used, now);
}

/* Whole seconds; another CPU may say that it is used while this one looks at its clock. */
static inline u32 srtp_session_idle(const struct srtp_session *s)
{
	long idle = jiffies - READ_ONCE(s->last_used);

	return idle > 0 ? idle / HZ : 0;
}

/**
 * srtp_count_packet - count a packet and its octets
 * @s: session
 * @packets: SRTP_C_RX_PACKETS or SRTP_C_TX_PACKETS; octets are the next counter
 * @bytes: UDP payload as on the wire
 */
static inline void srtp_count_packet(struct srtp_session *s, enum srtp_counter packets, u32 bytes)
{
	srtp_stats_add2(s->stats, packets, bytes);
	srtp_stats_add2(s->sn_stats, packets, bytes);
}

static inline bool srtp_addr_equal(const struct srtp_addr *a, const struct srtp_addr *b)
{
	return a->port == b->port && ipv6_addr_equal(&a->ip, &b->ip);
}

#endif /* _SRTP_SESSION_H */
