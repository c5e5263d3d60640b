// SPDX-License-Identifier: GPL-2.0-only
/* Where a stream is, read and set: for handing a call over without its keys. */
#include <linux/slab.h>

#include "gone.h"
#include "stream.h"

static u64 preset_index(const struct srtp_preset *p)
{
	return (u64)p->roc << 16 | (u16)p->seq;
}

/* Is @p nowhere behind @s; and what is unknown cannot be compared. */
static bool forward(const struct srtp_stream *s, const struct srtp_preset *p)
{
	u64 rtp = (u64)s->index.roc << 16 | s->index.s_l;
	s64 rtcp = max_t(s64, s->rtcp_next, s->rtcp->started ? s->rtcp->top + 1 : 0) - 1;

	if (s->index.started && (p->seq < 0 || preset_index(p) < rtp))
		return false;
	return p->rtcp < 0 || p->rtcp >= rtcp;
}

/**
 * srtp_stream_preset_check - may a stream be set so
 * @streams: of the direction
 * @preset: what is asked for
 * @before: streams that the same request puts there first
 *
 * A stream is only ever moved forward: backwards an index would be used, or a
 * packet accepted, a second time.
 *
 * Return: 0; -EEXIST if it would go back; -ENOSPC if it is one SSRC too many.
 */
int srtp_stream_preset_check(struct srtp_streams *streams, const struct srtp_preset *preset,
			     const struct hlist_head *before)
{
	struct srtp_stream *s, *b;
	unsigned int n;
	bool known;
	int err = 0;

	spin_lock_bh(&streams->lock);
	s = srtp_stream_find(streams, preset->ssrc);
	n = streams->n;
	known = s;
	hlist_for_each_entry(b, before, node) {
		known |= b->ssrc == preset->ssrc;
		n += !srtp_stream_find(streams, b->ssrc);
	}
	if (s ? !forward(s, preset) : !srtp_gone_forward(streams, preset))
		err = -EEXIST;
	else if (!known && n >= streams->max_streams)
		err = -ENOSPC;
	spin_unlock_bh(&streams->lock);
	return err;
}

/**
 * srtp_stream_preset_alloc - a stream that is where @preset says
 * @streams: that srtp_stream_preset() will put it into
 * @preset: where
 *
 * Every index up to the highest counts as seen, or used.
 *
 * Return: the stream or NULL.
 */
struct srtp_stream *srtp_stream_preset_alloc(const struct srtp_streams *streams,
					     const struct srtp_preset *preset)
{
	struct srtp_stream *s = srtp_stream_alloc(streams, preset->ssrc, GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	s->index.roc = preset->roc;
	if (preset->seq >= 0) {
		s->index.s_l = (u16)preset->seq;
		s->index.started = true;
		srtp_replay_fill(&s->rtp, preset_index(preset));
	}
	if (preset->rtcp >= 0) {
		s->rtcp_next = preset->rtcp + 1;
		srtp_replay_fill(s->rtcp, preset->rtcp);
	}
	return s;
}

/**
 * srtp_stream_preset - put a stream from srtp_stream_preset_alloc() in its place
 * @streams: of the direction
 * @s: the stream; is freed if there is one with its SSRC already
 * @tx: transmit direction
 *
 * Packets may have passed since the check: what has gone further stays.
 */
void srtp_stream_preset(struct srtp_streams *streams, struct srtp_stream *s, bool tx)
{
	struct srtp_stream *old;

	spin_lock_bh(&streams->lock);
	old = srtp_stream_find(streams, s->ssrc);
	if (!old && streams->n < streams->max_streams) {
		srtp_gone_apply(streams, s);
		srtp_stream_insert(streams, s);
		s = NULL;
	} else if (old) {
		if (!old->index.started) {
			old->index.roc = s->index.roc;
			old->rtp.started = false;
		}
		if (s->index.started && srtp_index_commit(&old->index, s->rtp.top))
			srtp_replay_fill(&old->rtp, s->rtp.top);
		if (tx)
			old->rtcp_next = max(old->rtcp_next, s->rtcp_next);
		else if (s->rtcp->started && (!old->rtcp->started || s->rtcp->top > old->rtcp->top))
			srtp_replay_fill(old->rtcp, s->rtcp->top);
	}
	spin_unlock_bh(&streams->lock);
	kfree(s);
}

/**
 * srtp_stream_read - one stream after the other
 * @streams: of a direction
 * @at: where to go on; zero first, changed
 * @out: filled in
 * @tx: transmit direction
 *
 * Bucket by bucket, and in each by SSRC; last, those that had to make room (gone.c).
 * Streams may come meanwhile, and a new key may bring them in another order, and
 * still each is told once.
 *
 * Return: false when there is none left.
 */
bool srtp_stream_read(struct srtp_streams *streams, struct srtp_stream_at *at,
		      struct srtp_preset *out, bool tx)
{
	struct srtp_stream *s, *next = NULL;
	bool found = true;

	spin_lock_bh(&streams->lock);
	while (at->bucket < SRTP_STREAM_BUCKETS) {
		hlist_for_each_entry(s, &streams->bucket[at->bucket], node)
			if ((!at->some || s->ssrc > at->ssrc) && (!next || s->ssrc < next->ssrc))
				next = s;
		if (next)
			break;
		at->bucket++;
		at->some = false;
	}
	if (next) {
		*out = (struct srtp_preset){
			.ssrc = next->ssrc,
			.roc = next->index.roc,
			.seq = next->index.started ? next->index.s_l : -1,
			.rtcp = tx ? (s64)next->rtcp_next - 1 :
				next->rtcp->started ? (s64)next->rtcp->top : -1,
		};
		at->some = true;
		at->ssrc = next->ssrc;
	} else {
		found = srtp_gone_read(streams, at, out);
	}
	spin_unlock_bh(&streams->lock);
	return found;
}
