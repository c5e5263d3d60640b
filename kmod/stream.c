// SPDX-License-Identifier: GPL-2.0-only
/* Streams of a direction: index, replay list and transmit window of each SSRC. */
#include <linux/siphash.h>
#include <linux/slab.h>

#include "compat.h"
#include "event.h"
#include "gone.h"
#include "stream.h"

/* SSRCs are the sender's choice, so the hash is keyed; set once at load. */
static siphash_key_t ssrc_key __ro_after_init;

void __init srtp_stream_seed(void)
{
	get_random_bytes(&ssrc_key, sizeof(ssrc_key));
}

/* srtp_stream_hash - SSRCs spread evenly, whoever chooses them */
u32 srtp_stream_hash(u32 ssrc)
{
	return siphash_1u32(ssrc, &ssrc_key);
}

static struct hlist_head *bucket(struct srtp_streams *t, u32 ssrc)
{
	return &t->bucket[srtp_stream_hash(ssrc) % SRTP_STREAM_BUCKETS];
}

struct srtp_stream *srtp_stream_find(struct srtp_streams *t, u32 ssrc)
{
	struct srtp_stream *s = t->last;

	lockdep_assert_held(&t->lock);
	if (likely(s && s->ssrc == ssrc))
		return s;
	hlist_for_each_entry(s, bucket(t, ssrc), node)
		if (s->ssrc == ssrc) {
			t->last = s;
			return s;
		}
	return NULL;
}

/**
 * srtp_stream_init - a stream of which nothing is known
 * @t: where it belongs
 * @s: memory of srtp_stream_alloc(), in no bucket
 * @ssrc: its own
 */
void srtp_stream_init(const struct srtp_streams *t, struct srtp_stream *s, u32 ssrc)
{
	memset(s, 0, offsetof(struct srtp_stream, rtp));
	s->ssrc = ssrc;
	s->used = jiffies;
	s->rtcp = (void *)((u8 *)&s->rtp + srtp_replay_size(t->window));
	srtp_replay_init(&s->rtp, t->window);
	srtp_replay_init(s->rtcp, SRTP_WINDOW_RTCP);
}

struct srtp_stream *srtp_stream_alloc(const struct srtp_streams *t, u32 ssrc, gfp_t gfp)
{
	struct srtp_stream *s;

	s = kmalloc(offsetof(struct srtp_stream, rtp) + srtp_replay_size(t->window) +
		    srtp_replay_size(SRTP_WINDOW_RTCP), gfp);
	if (s)
		srtp_stream_init(t, s, ssrc);
	return s;
}

void srtp_stream_insert(struct srtp_streams *t, struct srtp_stream *s)
{
	hlist_add_head(&s->node, bucket(t, s->ssrc));
	t->n++;
	t->last = s;
}

/* Once for each SSRC, not for each packet. The stream is then the last one. */
static int add(struct srtp_streams *t, u32 ssrc)
{
	struct srtp_stream *s = NULL;
	int drop;

	if (t->n < t->max_streams) {
		s = srtp_stream_alloc(t, ssrc, GFP_ATOMIC);
		drop = s ? 0 : SRTP_DROP_NO_MEMORY;
	} else {
		drop = srtp_gone_recycle(t, ssrc, &s);
	}
	if (drop)
		return drop;
	srtp_gone_apply(t, s);
	srtp_stream_insert(t, s);
	return 0;
}

/* Listeners are told when one of so many parts of a key's packets is left. */
#define WARN_PART	16

/*
 * The half's packets have come to its mark: stop (RFC 3711 section 9.2), or tell of the
 * first packet, or once that the key soon ends.
 */
static int at_mark(struct srtp_half *half, enum srtp_event *tell)
{
	if (half->packets >= half->limit)
		return SRTP_DROP_EXPIRED;
	*tell = half->mark ? SRTP_EVENT_LIFETIME : SRTP_EVENT_FIRST;
	half->mark = half->mark ? half->limit : half->limit - half->limit / WARN_PART;
	return 0;
}

/* A first packet that is dropped is none: the next one may be.  Under the lock. */
static void first_dropped(struct srtp_half *half, enum srtp_event *tell)
{
	if (*tell == SRTP_EVENT_FIRST) {
		half->mark = 0;
		*tell = SRTP_EVENT_UNSPEC;
	}
}

/* What at_mark() found, without the lock. */
static void told(struct srtp_ctx *ctx, enum srtp_kind kind, bool tx, u32 ssrc,
		 enum srtp_event tell)
{
	if (tell == SRTP_EVENT_LIFETIME)
		srtp_event(ctx->session, tell, GFP_ATOMIC);
	else if (tell == SRTP_EVENT_FIRST && kind == SRTP_RTP)
		srtp_event_first(ctx->session, tx, ssrc);
}

/* srtp_stream_rx_check() for every packet; under the lock */
s64 srtp_stream_rx_check_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u32 seq_or_index)
{
	struct srtp_streams *t = ctx->streams;
	struct srtp_stream *s;
	u64 index;
	int drop;

	if (ctx->half[kind].packets >= ctx->half[kind].limit)
		return -SRTP_DROP_EXPIRED;
	s = srtp_stream_find(t, ssrc);
	if (!s)
		drop = srtp_gone_rx_check(t, kind, ssrc, seq_or_index, &index);
	else if (kind == SRTP_RTP)
		drop = srtp_index_estimate(&s->index, (u16)seq_or_index, &index) ?:
		       srtp_replay_check(&s->rtp, index);
	else
		drop = srtp_replay_check(s->rtcp, index = seq_or_index);
	return drop ? -drop : (s64)index;
}

static int rx_commit(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u64 index,
		     enum srtp_event *tell)
{
	struct srtp_half *half = &ctx->half[kind];
	struct srtp_streams *t = ctx->streams;
	struct srtp_replay *replay;
	struct srtp_stream *s;
	bool newest;
	int drop;

	drop = srtp_stream_find(t, ssrc) ? 0 : add(t, ssrc);
	if (!drop && half->packets >= half->mark)
		drop = at_mark(half, tell);
	if (drop)
		return drop;
	s = t->last;
	replay = kind == SRTP_RTP ? &s->rtp : s->rtcp;
	drop = srtp_replay_check(replay, index);
	if (drop)
		return drop;
	newest = !replay->started || index > replay->top;
	if (kind == SRTP_RTP) {
		srtp_stream_book(s, half, index);
	} else {
		srtp_replay_mark(replay, index);
		srtp_stream_count(s, half);
	}
	return newest ? 0 : SRTP_LATE;
}

/* srtp_stream_rx_commit() for every packet */
int srtp_stream_rx_commit_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u64 index)
{
	enum srtp_event tell = SRTP_EVENT_UNSPEC;
	int drop;

	spin_lock(&ctx->streams->lock);
	drop = rx_commit(ctx, kind, ssrc, index, &tell);
	if (drop > 0)
		first_dropped(&ctx->half[kind], &tell);
	spin_unlock(&ctx->streams->lock);
	told(ctx, kind, false, ssrc, tell);
	return drop;
}

static s64 tx_next(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u16 seq,
		   enum srtp_event *tell)
{
	struct srtp_half *half = &ctx->half[kind];
	struct srtp_streams *t = ctx->streams;
	struct srtp_stream *s;
	u64 index;
	int drop = 0;

	if (half->packets >= half->mark)
		drop = at_mark(half, tell);
	if (!drop && !srtp_stream_find(t, ssrc))
		drop = add(t, ssrc);
	if (drop)
		return -drop;
	s = t->last;
	if (kind == SRTP_RTP) {
		drop = srtp_index_estimate(&s->index, seq, &index) ?:
		       srtp_replay_check(&s->rtp, index);
		if (drop)
			return drop == SRTP_DROP_REPLAY ? -SRTP_DROP_REUSE : -drop;
		srtp_stream_book(s, half, index);
		return index;
	}
	if (s->rtcp_next >= SRTCP_INDEX_LIMIT)
		return -SRTP_DROP_EXPIRED;
	srtp_stream_count(s, half);
	return s->rtcp_next++;
}

/* srtp_stream_tx_next() for every packet */
s64 srtp_stream_tx_next_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u16 seq)
{
	enum srtp_event tell = SRTP_EVENT_UNSPEC;
	s64 index;

	spin_lock(&ctx->streams->lock);
	index = tx_next(ctx, kind, ssrc, seq, &tell);
	if (index < 0)
		first_dropped(&ctx->half[kind], &tell);
	spin_unlock(&ctx->streams->lock);
	told(ctx, kind, true, ssrc, tell);
	return index;
}

/**
 * srtp_streams_alloc - room for the streams of one direction
 * @window: replay window, SRTP_WINDOW_MIN to SRTP_WINDOW_MAX, a multiple of 64
 * @max_streams: SSRCs it may have
 *
 * Return: one reference, or NULL.
 */
struct srtp_streams *srtp_streams_alloc(u32 window, u16 max_streams)
{
	struct srtp_streams *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	refcount_set(&t->refs, 1);
	spin_lock_init(&t->lock);
	t->window = window;
	t->max_streams = max_streams;
	return t;
}

void srtp_streams_get(struct srtp_streams *streams)
{
	refcount_inc(&streams->refs);
}

/**
 * srtp_streams_put - give up a reference; the last one frees all streams
 * @streams: or NULL
 */
void srtp_streams_put(struct srtp_streams *streams)
{
	struct srtp_stream *s;
	struct hlist_node *next;
	unsigned int i;

	if (!streams || !refcount_dec_and_test(&streams->refs))
		return;
	for (i = 0; i < SRTP_STREAM_BUCKETS; i++)
		hlist_for_each_entry_safe(s, next, &streams->bucket[i], node)
			kfree(s);
	kfree(streams->gone);
	kfree(streams);
}

/**
 * srtp_streams_inherit - a key that replaces all others takes over their streams
 * @to: not visible yet
 * @from: those it replaces, kept alive by the caller
 *
 * ROC, highest sequence number and SRTCP index go on under a new key (RFC 3711
 * sections 3.2.1, 3.4).  The lists of seen and of used indices start empty: they
 * are about packets under one key.  Memory for the copies is got before, since the
 * copying itself is done in one go, under the lock.
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_streams_inherit(struct srtp_streams *to, struct srtp_streams *from)
{
	struct srtp_stream *s, *copy;
	unsigned int have = 0, i;
	struct hlist_node *next;
	HLIST_HEAD(spare);
	int err;

	spin_lock_bh(&from->lock);
	err = srtp_gone_inherit(to, from);
	while (!err && have < from->n) {
		spin_unlock_bh(&from->lock);
		copy = srtp_stream_alloc(to, 0, GFP_KERNEL_ACCOUNT);
		if (copy)
			hlist_add_head(&copy->node, &spare);
		spin_lock_bh(&from->lock);
		have++;
		err = copy ? srtp_gone_inherit(to, from) : -ENOMEM;
	}
	for (i = 0; !err && i < SRTP_STREAM_BUCKETS; i++)
		hlist_for_each_entry(s, &from->bucket[i], node) {
			if (to->n >= to->max_streams)
				break;
			copy = hlist_entry(spare.first, struct srtp_stream, node);
			hlist_del(&copy->node);
			copy->ssrc = s->ssrc;
			copy->used = s->used;
			copy->index = s->index;
			copy->rtcp_next = s->rtcp_next;
			/* A packet may be on its way from OUTPUT to POSTROUTING. */
			copy->n_tails = s->n_tails;
			memcpy(copy->tail, s->tail, sizeof(s->tail));
			srtp_stream_insert(to, copy);
		}
	spin_unlock_bh(&from->lock);
	hlist_for_each_entry_safe(copy, next, &spare, node)
		kfree(copy);
	return err;
}
