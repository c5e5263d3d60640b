// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams that had to go.  When a direction has as many SSRCs as it may, a newcomer
 * takes the memory of the one that has been idle longest, but never that of one
 * that is in use.  Where a stream was is not forgotten as long as the key lives: else
 * its packets could be replayed, its indices used twice, and its ROC would be lost.
 */
#include <linux/slab.h>

#include "gone.h"
#include "stream.h"

#define GONE_FIRST	16	/* slots; at least twice the entries, and a power of two */
#define GONE_MAX	1024	/* entries */

/**
 * struct srtp_gone - where streams were, by SSRC; guarded by the streams' lock
 * @n: entries.
 * @mask: slots minus one.
 * @at: open addressing; entries are changed, never taken out.  Empty is zero.
 */
struct srtp_gone {
	u32 n;
	u32 mask;
	struct srtp_gone_at {
		u32 ssrc;
		u32 roc;
		u32 seq;	/* highest plus one; 0 if not known */
		u32 rtcp;	/* highest SRTCP index plus one; 0 if none */
	} at[];
};

static bool empty(const struct srtp_gone_at *at)
{
	return !at->roc && !at->seq && !at->rtcp;
}

static u64 top(const struct srtp_gone_at *at)
{
	return (u64)at->roc << 16 | (at->seq - 1);
}

/* The entry of @ssrc, or the empty slot where it would be. */
static struct srtp_gone_at *slot(struct srtp_gone *gone, u32 ssrc)
{
	u32 i = srtp_stream_hash(ssrc);

	while (!empty(&gone->at[i & gone->mask]) && gone->at[i & gone->mask].ssrc != ssrc)
		i++;
	return &gone->at[i & gone->mask];
}

static const struct srtp_gone_at *find(const struct srtp_streams *t, u32 ssrc)
{
	const struct srtp_gone_at *at = t->gone ? slot(t->gone, ssrc) : NULL;

	return at && !empty(at) ? at : NULL;
}

static bool full(const struct srtp_streams *t, u32 ssrc)
{
	return t->gone && t->gone->n >= GONE_MAX && !find(t, ssrc);
}

static size_t size(const struct srtp_gone *gone)
{
	return gone ? struct_size(gone, at, gone->mask + 1) : 0;
}

static int grow(struct srtp_streams *t)
{
	u32 slots = t->gone ? 2 * (t->gone->mask + 1) : GONE_FIRST, i;
	struct srtp_gone *gone = kzalloc(struct_size(gone, at, slots), GFP_ATOMIC | __GFP_NOWARN);

	if (!gone)
		return -ENOMEM;
	gone->mask = slots - 1;
	for (i = 0; t->gone && i <= t->gone->mask; i++)
		if (!empty(&t->gone->at[i])) {
			*slot(gone, t->gone->at[i].ssrc) = t->gone->at[i];
			gone->n++;
		}
	kfree(t->gone);
	t->gone = gone;
	return 0;
}

static int remember(struct srtp_streams *t, const struct srtp_stream *s)
{
	struct srtp_gone_at now = {
		.ssrc = s->ssrc,
		.roc = s->index.roc,
		.seq = s->index.started ? s->index.s_l + 1 : 0,
		.rtcp = max_t(u64, s->rtcp_next, s->rtcp->started ? s->rtcp->top + 1 : 0),
	};
	struct srtp_gone_at *at;

	if (empty(&now))
		return 0;
	if ((!t->gone || 2 * t->gone->n > t->gone->mask) && grow(t))
		return -ENOMEM;
	at = slot(t->gone, s->ssrc);
	if (empty(at))
		t->gone->n++;
	*at = now;
	return 0;
}

/**
 * srtp_gone_recycle - the stream that has been idle longest makes room
 * @t: with as many streams as it may have; its lock is held
 * @ssrc: of the newcomer
 * @out: set to its stream, without state and in no bucket
 *
 * While all are in use they are not looked through again for each packet.
 *
 * Return: 0 or a drop reason.
 */
int srtp_gone_recycle(struct srtp_streams *t, u32 ssrc, struct srtp_stream **out)
{
	struct srtp_stream *s, *oldest = NULL;
	unsigned int i;

	if (full(t, ssrc) || time_before(jiffies, t->crowded))
		return SRTP_DROP_STREAMS;
	for (i = 0; i < SRTP_STREAM_BUCKETS; i++)
		hlist_for_each_entry(s, &t->bucket[i], node)
			if (!oldest || time_before(s->used, oldest->used))
				oldest = s;
	if (!oldest)
		return SRTP_DROP_STREAMS;
	if (time_before(jiffies, oldest->used + SRTP_STREAM_IDLE)) {
		t->crowded = oldest->used + SRTP_STREAM_IDLE;
		return SRTP_DROP_STREAMS;
	}
	if (remember(t, oldest))
		return SRTP_DROP_NO_MEMORY;
	hlist_del(&oldest->node);
	t->n--;
	srtp_stream_init(t, oldest, ssrc);
	*out = oldest;
	return 0;
}

/**
 * srtp_gone_apply - a stream goes on where one with its SSRC was
 * @t: its lock is held
 * @s: new; moved forward if anything is known, all before counts as seen, or used
 */
void srtp_gone_apply(const struct srtp_streams *t, struct srtp_stream *s)
{
	const struct srtp_gone_at *at = find(t, s->ssrc);

	if (!at)
		return;
	if (!s->index.started)
		s->index.roc = at->roc;
	if (at->seq && srtp_index_commit(&s->index, top(at)))
		srtp_replay_fill(&s->rtp, top(at));
	if (!at->rtcp)
		return;
	s->rtcp_next = max_t(u64, s->rtcp_next, at->rtcp);
	if (!s->rtcp->started || s->rtcp->top < at->rtcp - 1)
		srtp_replay_fill(s->rtcp, at->rtcp - 1);
}

static int seen(u64 last, u64 index, u32 window)
{
	if (index > last)
		return 0;
	return last - index >= window ? SRTP_DROP_OLD : SRTP_DROP_REPLAY;
}

/**
 * srtp_gone_rx_check - srtp_stream_rx_check() for an SSRC that has no stream
 * @t: its lock is held
 * @kind: RTP or RTCP
 * @ssrc: of the packet
 * @number: RTP sequence number or SRTCP index
 * @index: set on success
 *
 * Return: 0 or a drop reason.
 */
int srtp_gone_rx_check(struct srtp_streams *t, enum srtp_kind kind, u32 ssrc, u32 number,
		       u64 *index)
{
	const struct srtp_gone_at *at = find(t, ssrc);
	struct srtp_index was = { 0 };
	int drop;

	*index = number;	/* of an unknown SSRC: ROC is 0 */
	if (t->n >= t->max_streams && (full(t, ssrc) || time_before(jiffies, t->crowded)))
		return SRTP_DROP_STREAMS;
	if (!at)
		return 0;
	if (kind == SRTP_RTCP)
		return at->rtcp ? seen(at->rtcp - 1, number, SRTP_WINDOW_RTCP) : 0;
	was.roc = at->roc;
	was.s_l = at->seq - 1;
	was.started = at->seq;
	drop = srtp_index_estimate(&was, number, index);
	return drop || !at->seq ? drop : seen(top(at), *index, t->window);
}

/**
 * srtp_gone_forward - would a stream be set back
 * @t: its lock is held
 * @p: where it shall be
 *
 * Return: false if one that is gone was further.
 */
bool srtp_gone_forward(const struct srtp_streams *t, const struct srtp_preset *p)
{
	const struct srtp_gone_at *at = find(t, p->ssrc);

	if (!at)
		return true;
	if (at->seq && (p->seq < 0 || ((u64)p->roc << 16 | (u16)p->seq) < top(at)))
		return false;
	return p->rtcp < 0 || p->rtcp + 1 >= at->rtcp;
}

/**
 * srtp_gone_read - srtp_stream_read() of streams that are not there any more
 * @t: its lock is held
 * @told: those with SSRCs up to its own, if some
 * @out: filled in
 *
 * Return: false when there is none left.
 */
bool srtp_gone_read(struct srtp_streams *t, struct srtp_stream_at *told, struct srtp_preset *out)
{
	const struct srtp_gone_at *next = NULL, *at;
	u32 i;

	for (i = 0; t->gone && i <= t->gone->mask; i++) {
		at = &t->gone->at[i];
		if (!empty(at) && (!told->some || at->ssrc > told->ssrc) &&
		    (!next || at->ssrc < next->ssrc) && !srtp_stream_find(t, at->ssrc))
			next = at;
	}
	if (!next)
		return false;
	*out = (struct srtp_preset){
		.ssrc = next->ssrc,
		.roc = next->roc,
		.seq = (s32)next->seq - 1,
		.rtcp = (s64)next->rtcp - 1,
	};
	told->some = true;
	told->ssrc = next->ssrc;
	return true;
}

/**
 * srtp_gone_inherit - a key that replaces all others takes over what is known
 * @to: not visible yet
 * @from: locked with bottom halves off; unlocked while memory is got
 *
 * Return: 0 or -ENOMEM; @from is locked again.
 */
int srtp_gone_inherit(struct srtp_streams *to, struct srtp_streams *from)
{
	size_t got = 0, need;

	while (need = size(from->gone), need > got) {
		spin_unlock_bh(&from->lock);
		kfree(to->gone);
		to->gone = kmalloc(need, GFP_KERNEL_ACCOUNT);
		spin_lock_bh(&from->lock);
		if (!to->gone)
			return -ENOMEM;
		got = need;
	}
	if (got)
		memcpy(to->gone, from->gone, need);
	return 0;
}
