/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_STREAM_H
#define _SRTP_STREAM_H

#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "crypto.h"
#include "index.h"
#include "replay.h"
#include "rtp.h"

#define SRTP_STREAM_BUCKETS	16
#define SRTP_TAILS	4
#define SRTP_TAIL_LEN	16
#define SRTP_LATE	(-1)	/* of srtp_stream_rx_commit() */

struct srtp_gone;

/**
 * struct srtp_stream - one SSRC in one direction; all of it under streams->lock
 * @node: in its bucket.
 * @ssrc: changes when the stream has been idle and makes room (gone.c); its memory
 *	stays while the streams live.
 * @used: jiffies of the latest good packet.
 * @n_tails: counts entries ever put into @tail.
 * @index: roll-over counter and highest sequence number of RTP.
 * @rtcp_next: SRTCP index of the next packet to send.
 * @rtcp: replay list of SRTCP; in the memory behind @rtp.
 * @tail: last octets of packets protected in LOCAL_OUT: see srtp_stream_is_ours().
 * @rtp: replay list of SRTP when receiving; when sending, which indices were used.
 */
struct srtp_stream {
	struct hlist_node node;
	u32 ssrc;
	u32 n_tails;
	unsigned long used;
	struct srtp_index index;
	u64 rtcp_next;
	struct srtp_replay *rtcp;
	u8 tail[SRTP_TAILS][SRTP_TAIL_LEN];
	struct srtp_replay rtp;
};

/**
 * struct srtp_streams - all SSRCs of one direction of a session
 * @refs: every srtp_ctx that points here has one.
 * @window: replay window in packets.
 * @max_streams: bound of @n.
 * @lock: guards everything below, the contents of the streams, and packets and
 *	mark of the contexts' halves.  Taken with bottom halves off, held for a few
 *	dozen instructions, never around crypto; innermost lock.
 * @n: how many are in @bucket.
 * @last: stream of the latest look-up: most sessions have one SSRC.
 * @bucket: streams by keyed hash of the SSRC.
 * @gone: where streams were that had to make room for others, or NULL.
 * @crowded: jiffies before which no stream can have become idle.
 */
struct srtp_streams {
	refcount_t refs;
	u32 window;
	u16 max_streams;

	spinlock_t lock;
	u16 n;
	struct srtp_stream *last;
	struct hlist_head bucket[SRTP_STREAM_BUCKETS];
	struct srtp_gone *gone;
	unsigned long crowded;
};

/**
 * struct srtp_preset - where a stream is, told by whoever had it before
 * @ssrc: of the stream.
 * @roc: roll-over counter.
 * @seq: highest sequence number; -1 if not known.
 * @rtcp: highest SRTCP index; -1 if none.
 */
struct srtp_preset {
	u32 ssrc;
	u32 roc;
	s32 seq;
	s64 rtcp;
};

/**
 * struct srtp_stream_at - which streams srtp_stream_read() has told
 * @bucket: all in those before it.
 * @some: in this one, those up to @ssrc.
 * @ssrc: see @some.
 */
struct srtp_stream_at {
	u32 bucket;
	bool some;
	u32 ssrc;
};

void srtp_stream_seed(void);
u32 srtp_stream_hash(u32 ssrc);
void srtp_stream_init(const struct srtp_streams *t, struct srtp_stream *s, u32 ssrc);
struct srtp_stream *srtp_stream_find(struct srtp_streams *t, u32 ssrc);
struct srtp_stream *srtp_stream_alloc(const struct srtp_streams *t, u32 ssrc, gfp_t gfp);
void srtp_stream_insert(struct srtp_streams *t, struct srtp_stream *s);
struct srtp_streams *srtp_streams_alloc(u32 window, u16 max_streams);
void srtp_streams_get(struct srtp_streams *streams);
void srtp_streams_put(struct srtp_streams *streams);
s64 srtp_stream_rx_check_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u32 seq_or_index);
int srtp_stream_rx_commit_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u64 index);
s64 srtp_stream_tx_next_any(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u16 seq);
int srtp_streams_inherit(struct srtp_streams *to, struct srtp_streams *from);

/* tail.c */
void srtp_stream_remember(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail);
bool srtp_stream_is_ours(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail);

/* stream_state.c */
int srtp_stream_preset_check(struct srtp_streams *streams, const struct srtp_preset *preset,
			     const struct hlist_head *before);
struct srtp_stream *srtp_stream_preset_alloc(const struct srtp_streams *streams,
					     const struct srtp_preset *preset);
void srtp_stream_preset(struct srtp_streams *streams, struct srtp_stream *s, bool tx);
bool srtp_stream_read(struct srtp_streams *streams, struct srtp_stream_at *at,
		      struct srtp_preset *out, bool tx);

/*
 * Nearly every packet is the next one of the stream that had the one before, under a key about
 * which there is nothing to tell.  What is done with those is inline; all others, and SRTCP, are
 * for the functions in stream.c.
 */

/* srtp_stream_latest - the stream of such a packet, or NULL; under the lock */
static __always_inline struct srtp_stream *srtp_stream_latest(const struct srtp_streams *t,
							      const struct srtp_half *half,
							      u32 ssrc)
{
	struct srtp_stream *s = t->last;

	return likely(s && s->ssrc == ssrc && half->packets < half->mark) ? s : NULL;
}

/* srtp_stream_ahead - index of such a packet, or 0; under the lock */
static __always_inline u64 srtp_stream_ahead(const struct srtp_streams *t,
					     const struct srtp_half *half, u32 ssrc, u16 seq)
{
	const struct srtp_stream *s = srtp_stream_latest(t, half, ssrc);
	u64 index = likely(s) ? srtp_index_ahead(&s->index, seq) : 0;

	return likely(index && srtp_replay_newer(&s->rtp, index)) ? index : 0;
}

/* srtp_stream_count - a packet of a stream is counted under its key, under the lock */
static __always_inline void srtp_stream_count(struct srtp_stream *s, struct srtp_half *half)
{
	s->used = jiffies;
	half->packets++;
}

/* srtp_stream_book - an RTP packet enters the books, under the lock; its index may come */
static __always_inline void srtp_stream_book(struct srtp_stream *s, struct srtp_half *half,
					     u64 index)
{
	srtp_replay_mark(&s->rtp, index);
	srtp_index_commit(&s->index, index);
	srtp_stream_count(s, half);
}

/**
 * srtp_stream_rx_check - index of a received packet, and may it still come
 * @ctx: receive context
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @seq_or_index: RTP sequence number, or SRTCP index without the E bit
 *
 * Changes nothing: the packet is not authenticated yet.
 *
 * Return: the index, or a negative drop reason.
 */
static __always_inline s64 srtp_stream_rx_check(struct srtp_ctx *ctx, enum srtp_kind kind,
						u32 ssrc, u32 seq_or_index)
{
	struct srtp_streams *t = ctx->streams;
	s64 index = 0;

	spin_lock(&t->lock);
	if (kind == SRTP_RTP)
		index = srtp_stream_ahead(t, &ctx->half[SRTP_RTP], ssrc, seq_or_index);
	if (unlikely(!index))
		index = srtp_stream_rx_check_any(ctx, kind, ssrc, seq_or_index);
	spin_unlock(&t->lock);
	return index;
}

/**
 * srtp_stream_rx_commit - an authenticated packet enters the books
 * @ctx: receive context
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @index: from srtp_stream_rx_check()
 *
 * Two copies of a packet can have passed the check while both were in flight,
 * so it is repeated here, where only one of them can win.
 *
 * Return: 0 for the newest packet of its stream, SRTP_LATE for another good one, or the
 * drop reason of one that may not be delivered.
 */
static __always_inline int srtp_stream_rx_commit(struct srtp_ctx *ctx, enum srtp_kind kind,
						 u32 ssrc, u64 index)
{
	struct srtp_half *half = &ctx->half[SRTP_RTP];
	struct srtp_streams *t = ctx->streams;
	struct srtp_stream *s = NULL;

	spin_lock(&t->lock);
	if (kind == SRTP_RTP)
		s = srtp_stream_latest(t, half, ssrc);
	if (likely(s && srtp_replay_newer(&s->rtp, index))) {
		srtp_stream_book(s, half, index);
		spin_unlock(&t->lock);
		return 0;
	}
	spin_unlock(&t->lock);
	return srtp_stream_rx_commit_any(ctx, kind, ssrc, index);
}

/**
 * srtp_stream_tx_next - take the index under which a packet is to be sent
 * @ctx: transmit context
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @seq: sequence number of an RTP packet
 *
 * A packet that comes late is sent under its own index, but no index is given
 * twice under one key: with GCM that would give the authentication key away
 * (RFC 7714 section 8.4).  What is older than the window cannot be told and so
 * is not sent.  SRTCP indices are counted here (RFC 3711 section 3.4).
 *
 * Return: the index, which is used up, whatever becomes of the packet; or a negative drop
 * reason.
 */
static __always_inline s64 srtp_stream_tx_next(struct srtp_ctx *ctx, enum srtp_kind kind,
					       u32 ssrc, u16 seq)
{
	struct srtp_half *half = &ctx->half[SRTP_RTP];
	struct srtp_streams *t = ctx->streams;
	u64 index = 0;

	spin_lock(&t->lock);
	if (kind == SRTP_RTP)
		index = srtp_stream_ahead(t, half, ssrc, seq);
	if (likely(index)) {
		srtp_stream_book(t->last, half, index);
		spin_unlock(&t->lock);
		return index;
	}
	spin_unlock(&t->lock);
	return srtp_stream_tx_next_any(ctx, kind, ssrc, seq);
}

#endif /* _SRTP_STREAM_H */
