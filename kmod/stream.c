// SPDX-License-Identifier: GPL-2.0-only
/* Streams of a context: index, replay list and transmit window of each SSRC. */
#include <linux/siphash.h>
#include <linux/slab.h>

#include "compat.h"
#include "stream.h"

/* SSRCs are the sender's choice, so the hash is keyed; set once at load. */
static siphash_key_t ssrc_key __ro_after_init;

void __init srtp_stream_seed(void)
{
	get_random_bytes(&ssrc_key, sizeof(ssrc_key));
}

static struct hlist_head *bucket(struct srtp_ctx *ctx, u32 ssrc)
{
	return &ctx->bucket[siphash_1u32(ssrc, &ssrc_key) % SRTP_STREAM_BUCKETS];
}

static struct srtp_stream *find(struct srtp_ctx *ctx, u32 ssrc)
{
	struct srtp_stream *s = ctx->last;

	lockdep_assert_held(&ctx->lock);
	if (s && s->ssrc == ssrc)
		return s;
	hlist_for_each_entry(s, bucket(ctx, ssrc), node)
		if (s->ssrc == ssrc) {
			ctx->last = s;
			return s;
		}
	return NULL;
}

static struct srtp_stream *alloc(const struct srtp_ctx *ctx, u32 ssrc, gfp_t gfp)
{
	size_t rtp = srtp_replay_size(ctx->window);
	struct srtp_stream *s;

	s = kzalloc(offsetof(struct srtp_stream, rtp) + rtp +
		    srtp_replay_size(SRTP_WINDOW_RTCP), gfp);
	if (!s)
		return NULL;
	s->ssrc = ssrc;
	s->rtcp = (void *)((u8 *)&s->rtp + rtp);
	srtp_replay_init(&s->rtp, ctx->window);
	srtp_replay_init(s->rtcp, SRTP_WINDOW_RTCP);
	return s;
}

static void insert(struct srtp_ctx *ctx, struct srtp_stream *s)
{
	hlist_add_head(&s->node, bucket(ctx, s->ssrc));
	ctx->n_streams++;
	ctx->last = s;
}

/* Once for each SSRC, not for each packet. Returns 0 or a drop reason. */
static int find_or_add(struct srtp_ctx *ctx, u32 ssrc, struct srtp_stream **out)
{
	*out = find(ctx, ssrc);
	if (*out)
		return 0;
	if (ctx->n_streams >= ctx->max_streams)
		return SRTP_DROP_STREAMS;
	*out = alloc(ctx, ssrc, GFP_ATOMIC);
	if (!*out)
		return SRTP_DROP_NO_MEMORY;
	insert(ctx, *out);
	return 0;
}

/**
 * srtp_stream_rx_check - index of a received packet, and may it still come
 * @ctx: receive context
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @seq_or_index: RTP sequence number, or SRTCP index without the E bit
 * @index: set on success
 *
 * Changes nothing: the packet is not authenticated yet.
 *
 * Return: 0 or a drop reason.
 */
int srtp_stream_rx_check(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u32 seq_or_index,
			 u64 *index)
{
	struct srtp_stream *s;
	int drop = 0;

	spin_lock(&ctx->lock);
	if (ctx->half[kind].packets >= ctx->suite->limit[kind]) {
		drop = SRTP_DROP_EXPIRED;
		goto out;
	}
	*index = seq_or_index;	/* of an unknown SSRC: ROC is 0 */
	s = find(ctx, ssrc);
	if (!s)
		drop = ctx->n_streams >= ctx->max_streams ? SRTP_DROP_STREAMS : 0;
	else if (kind == SRTP_RTP)
		drop = srtp_index_estimate(&s->index, (u16)seq_or_index, index) ?:
		       srtp_replay_check(&s->rtp, *index);
	else
		drop = srtp_replay_check(s->rtcp, *index);
out:
	spin_unlock(&ctx->lock);
	return drop;
}

/**
 * srtp_stream_rx_commit - an authenticated packet enters the books
 * @ctx: receive context
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @index: from srtp_stream_rx_check()
 * @newest: set: is it the newest of its stream
 *
 * Two copies of a packet can have passed the check while both were in flight,
 * so it is repeated here, where only one of them can win.
 *
 * Return: 0, or the drop reason of a packet that may not be delivered.
 */
int srtp_stream_rx_commit(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u64 index,
			  bool *newest)
{
	struct srtp_replay *replay;
	struct srtp_stream *s;
	int drop;

	spin_lock(&ctx->lock);
	drop = find_or_add(ctx, ssrc, &s);
	if (drop)
		goto out;
	replay = kind == SRTP_RTP ? &s->rtp : s->rtcp;
	drop = srtp_replay_check(replay, index);
	if (drop)
		goto out;
	*newest = !replay->started || index > replay->top;
	srtp_replay_mark(replay, index);
	if (kind == SRTP_RTP)
		srtp_index_commit(&s->index, index);
	ctx->half[kind].packets++;
out:
	spin_unlock(&ctx->lock);
	return drop;
}

/**
 * srtp_stream_tx_next - take the index under which a packet is to be sent
 * @ctx: transmit context
 * @kind: RTP or RTCP
 * @rtp: the packet
 * @index: set on success; it is used up, whatever becomes of the packet
 *
 * A packet that comes late is sent under its own index, but no index is given
 * twice under one key: with GCM that would give the authentication key away
 * (RFC 7714 section 8.4).  What is older than the window cannot be told and so
 * is not sent.  SRTCP indices are counted here (RFC 3711 section 3.4).
 *
 * Return: 0 or a drop reason.
 */
int srtp_stream_tx_next(struct srtp_ctx *ctx, enum srtp_kind kind, const struct srtp_rtp *rtp,
			u64 *index)
{
	struct srtp_stream *s;
	int drop;

	spin_lock(&ctx->lock);
	if (ctx->half[kind].packets >= ctx->suite->limit[kind]) {
		drop = SRTP_DROP_EXPIRED;
		goto out;
	}
	drop = find_or_add(ctx, rtp->ssrc, &s);
	if (drop)
		goto out;
	if (kind == SRTP_RTP) {
		drop = srtp_index_estimate(&s->index, rtp->seq, index) ?:
		       srtp_replay_check(&s->rtp, *index);
		if (drop) {
			drop = drop == SRTP_DROP_REPLAY ? SRTP_DROP_REUSE : drop;
			goto out;
		}
		srtp_replay_mark(&s->rtp, *index);
		srtp_index_commit(&s->index, *index);
	} else if (s->rtcp_next >= SRTCP_INDEX_LIMIT) {
		drop = SRTP_DROP_EXPIRED;
		goto out;
	} else {
		*index = s->rtcp_next++;
	}
	ctx->half[kind].packets++;
out:
	spin_unlock(&ctx->lock);
	return drop;
}

/**
 * srtp_stream_remember - keep the end of a packet protected in LOCAL_OUT
 * @ctx: transmit context
 * @ssrc: of the packet
 * @tail: the last SRTP_TAIL_LEN octets of the protected packet
 */
void srtp_stream_remember(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail)
{
	struct srtp_stream *s;

	spin_lock(&ctx->lock);
	s = find(ctx, ssrc);
	if (s)
		memcpy(s->tail[s->n_tails++ % SRTP_TAILS], tail, SRTP_TAIL_LEN);
	spin_unlock(&ctx->lock);
}

/**
 * srtp_stream_is_ours - is this a packet that has just been protected
 * @ctx: transmit context
 * @ssrc: of the packet
 * @tail: the last SRTP_TAIL_LEN octets of the packet
 *
 * A packet with rules in both OUTPUT and POSTROUTING comes by twice and must
 * not be protected twice.  Nothing in an skb can be trusted to say so (mark
 * and the like are anybody's to set), so the packet itself does: its last 16
 * octets, tag included, are those of a packet that this stream sent.  Nobody
 * can make up such octets; who repeats them repeats a protected packet.
 */
bool srtp_stream_is_ours(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail)
{
	struct srtp_stream *s;
	bool ours = false;
	unsigned int i;

	spin_lock(&ctx->lock);
	s = find(ctx, ssrc);
	for (i = 0; s && i < min_t(u32, s->n_tails, SRTP_TAILS) && !ours; i++)
		ours = !crypto_memneq(s->tail[i], tail, SRTP_TAIL_LEN);
	spin_unlock(&ctx->lock);
	return ours;
}

/**
 * srtp_stream_inherit - a new key takes over the old one's streams
 * @to: new context, not visible yet
 * @from: the context it replaces, kept alive by the caller
 *
 * ROC, highest sequence number and SRTCP index go on under a new key (RFC 3711
 * sections 3.2.1, 3.4).  The lists of seen and of used indices start empty: they
 * are about packets under one key.  Streams are only ever added to @from while
 * this runs, at the heads of its buckets, so the lock is held for a snapshot of
 * each and not for the allocation.
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_stream_inherit(struct srtp_ctx *to, struct srtp_ctx *from)
{
	struct srtp_stream *s, *copy;
	unsigned int i;

	for (i = 0; i < SRTP_STREAM_BUCKETS; i++) {
		spin_lock_bh(&from->lock);
		s = hlist_entry_safe(from->bucket[i].first, struct srtp_stream, node);
		spin_unlock_bh(&from->lock);
		for (; s; s = hlist_entry_safe(s->node.next, struct srtp_stream, node)) {
			if (to->n_streams >= to->max_streams)
				return 0;
			copy = alloc(to, s->ssrc, GFP_KERNEL_ACCOUNT);
			if (!copy)
				return -ENOMEM;
			spin_lock_bh(&from->lock);
			copy->index = s->index;
			copy->rtcp_next = s->rtcp_next;
			spin_unlock_bh(&from->lock);
			insert(to, copy);
		}
	}
	return 0;
}

/**
 * srtp_stream_free_all - free the streams of a context nobody uses any more
 * @ctx: context
 */
void srtp_stream_free_all(struct srtp_ctx *ctx)
{
	struct srtp_stream *s;
	struct hlist_node *next;
	unsigned int i;

	for (i = 0; i < SRTP_STREAM_BUCKETS; i++)
		hlist_for_each_entry_safe(s, next, &ctx->bucket[i], node)
			kfree(s);
}
