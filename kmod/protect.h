/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way out, inline in the two places that packets to be protected come from: a relay
 * (receive.c) and a local program (send.c).
 */
#ifndef _SRTP_PROTECT_H
#define _SRTP_PROTECT_H

#include <net/ip.h>

#include "datapath.h"
#include "event.h"
#include "mki.h"
#include "stream.h"

/**
 * srtp_protected - steps 13 and 14
 * @work: a packet that has been through its cipher
 * @conf: its tx
 * @kind: RTP or RTCP
 * @relay: as in @work
 * @err: result of the op
 *
 * Return: the verdict.
 */
static __always_inline unsigned int srtp_protected(struct srtp_work *work, struct srtp_conf *conf,
						   enum srtp_kind kind, bool relay, int err)
{
	struct srtp_session *s = conf->session;
	const struct srtp_ctx *ctx = conf->tx;
	struct srtp_op *op = &work->op;
	struct sk_buff *skb = work->skb;
	int drop;

	/* 13. The packet has grown by its tag, and its key's MKI. */
	if (unlikely(err))
		return srtp_work_drop(work, s, srtp_op_drop_reason(err));
	if (unlikely(ctx->mki_len)) {
		srtp_mki_insert(op->buf, op->len, ctx->mki, ctx->mki_len,
				srtp_ctx_behind(ctx, kind));
		op->len += ctx->mki_len;
	}
	__skb_put(skb, work->offset + op->len - skb->len);
	if (!relay)
		return srtp_protect_local(work);

	/* 14. New headers and out. */
	drop = srtp_output(work);
	if (unlikely(drop))
		return srtp_work_drop(work, s, drop);
	srtp_session_touch(s);
	srtp_count_packet(s, SRTP_C_TX_PACKETS, op->len);
	srtp_work_end(work);
	return NF_STOLEN;
}

/**
 * srtp_protect - protect a plain packet for the session it leaves by: steps 11 to 14
 * @work: tx, skb, offset, and of the op len, hdr_len, ssrc and kind filled in
 * @conf: its tx
 * @kind: RTP or RTCP
 * @relay: as in @work
 *
 * Return: the verdict.
 */
static __always_inline unsigned int srtp_protect(struct srtp_work *work, struct srtp_conf *conf,
						 enum srtp_kind kind, bool relay)
{
	struct srtp_session *s = conf->session;
	struct srtp_ctx *ctx = conf->tx;
	struct sk_buff *skb = work->skb;
	struct srtp_op *op = &work->op;
	unsigned int overhead;
	s64 index;
	u16 seq;
	int err;

	if (!srtp_ctx_secure(ctx)) {
		srtp_event_plain(s, true, kind, op->ssrc);
		return srtp_protected(work, conf, kind, relay, 0);
	}
	overhead = srtp_ctx_overhead(ctx, kind);
	if (unlikely(skb->len + overhead > IP_MAX_MTU))
		return srtp_work_drop(work, s, SRTP_DROP_TOO_LONG);
	if (unlikely(srtp_packet_make_private(skb, overhead)))
		return srtp_work_drop(work, s, SRTP_DROP_NO_MEMORY);
	op->buf = skb->data + work->offset;

	/* 11. An index that this key has never used and never will again. */
	seq = kind == SRTP_RTP ? srtp_get16(op->buf + 2) : 0;
	index = srtp_stream_tx_next(ctx, kind, op->ssrc, seq);
	if (unlikely(index < 0))
		return srtp_work_drop(work, s, -index);
	op->index = index;

	/* 12. Encrypt and make the tag. */
	op->ctx = ctx;
	op->protect = true;
	err = srtp_work_start(work);
	return unlikely(err == -EINPROGRESS) ? srtp_work_later(work) :
					       srtp_protected(work, conf, kind, relay, err);
}

#endif /* _SRTP_PROTECT_H */
