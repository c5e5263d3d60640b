// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that were protected in LOCAL_OUT are known again in POST_ROUTING, by what their
 * stream keeps of the latest ones.
 */
#include "compat.h"
#include "stream.h"

/**
 * srtp_stream_remember - keep the end of a packet protected in LOCAL_OUT
 * @ctx: transmit context
 * @ssrc: of the packet
 * @tail: the last SRTP_TAIL_LEN octets of the protected packet
 */
void srtp_stream_remember(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail)
{
	struct srtp_stream *s;

	spin_lock(&ctx->streams->lock);
	s = srtp_stream_find(ctx->streams, ssrc);
	if (s)
		memcpy(s->tail[s->n_tails++ % SRTP_TAILS], tail, SRTP_TAIL_LEN);
	spin_unlock(&ctx->streams->lock);
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

	spin_lock(&ctx->streams->lock);
	s = srtp_stream_find(ctx->streams, ssrc);
	for (i = 0; s && i < min_t(u32, s->n_tails, SRTP_TAILS) && !ours; i++)
		ours = !crypto_memneq(s->tail[i], tail, SRTP_TAIL_LEN);
	spin_unlock(&ctx->streams->lock);
	return ours;
}
