/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_STREAM_H
#define _SRTP_STREAM_H

#include "crypto.h"
#include "index.h"
#include "replay.h"
#include "rtp.h"

#define SRTP_TAILS	4
#define SRTP_TAIL_LEN	16

/**
 * struct srtp_stream - one SSRC in one direction; all of it under ctx->lock
 * @node: in its bucket; never removed while the context lives.
 * @ssrc: never changes.
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
	struct srtp_index index;
	u64 rtcp_next;
	struct srtp_replay *rtcp;
	u8 tail[SRTP_TAILS][SRTP_TAIL_LEN];
	struct srtp_replay rtp;
};

void srtp_stream_seed(void);
int srtp_stream_rx_check(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u32 seq_or_index,
			 u64 *index);
int srtp_stream_rx_commit(struct srtp_ctx *ctx, enum srtp_kind kind, u32 ssrc, u64 index,
			  bool *newest);
int srtp_stream_tx_next(struct srtp_ctx *ctx, enum srtp_kind kind, const struct srtp_rtp *rtp,
			u64 *index);
void srtp_stream_remember(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail);
bool srtp_stream_is_ours(struct srtp_ctx *ctx, u32 ssrc, const u8 *tail);
int srtp_stream_inherit(struct srtp_ctx *to, struct srtp_ctx *from);
void srtp_stream_free_all(struct srtp_ctx *ctx);

#endif /* _SRTP_STREAM_H */
