// SPDX-License-Identifier: GPL-2.0-only
/* Where a stream is, read and set: for handing a call over without its keys. */
#include <linux/slab.h>

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
 *
 * A stream is only ever moved forward: backwards an index would be used, or a
 * packet accepted, a second time.
 *
 * Return: 0; -EEXIST if it would go back; -ENOSPC if it is one SSRC too many.
 */
int srtp_stream_preset_check(struct srtp_streams *streams, const struct srtp_preset *preset)
{
	struct srtp_stream *s;
	int err = 0;

	spin_lock_bh(&streams->lock);
	s = srtp_stream_find(streams, preset->ssrc);
	if (s && !forward(s, preset))
		err = -EEXIST;
	else if (!s && streams->n >= streams->max_streams)
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
 * @at: where to go on; 0 first, changed
 * @out: filled in
 * @tx: transmit direction
 *
 * Streams are added at the heads of their buckets, so one that comes meanwhile
 * may shift others: these are then told twice.
 *
 * Return: false when there is none left.
 */
bool srtp_stream_read(struct srtp_streams *streams, unsigned int *at, struct srtp_preset *out,
		      bool tx)
{
	unsigned int b = *at / (U16_MAX + 1), skip = *at % (U16_MAX + 1), i = 0;
	struct srtp_stream *s;
	bool found = false;

	spin_lock_bh(&streams->lock);
	for (; b < SRTP_STREAM_BUCKETS && !found; b++, skip = 0, i = 0)
		hlist_for_each_entry(s, &streams->bucket[b], node) {
			if (i++ < skip)
				continue;
			*out = (struct srtp_preset){
				.ssrc = s->ssrc,
				.roc = s->index.roc,
				.seq = s->index.started ? s->index.s_l : -1,
				.rtcp = tx ? (s64)s->rtcp_next - 1 :
					s->rtcp->started ? (s64)s->rtcp->top : -1,
			};
			*at = b * (U16_MAX + 1) + i;
			found = true;
			break;
		}
	spin_unlock_bh(&streams->lock);
	return found;
}
