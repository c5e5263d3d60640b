/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_INDEX_H
#define _SRTP_INDEX_H

#include "bytes.h"

#define SRTP_INDEX_LIMIT	(1ULL << 48)	/* SRTP indices, RFC 3711 section 3.3.1 */
#define SRTCP_INDEX_LIMIT	(1ULL << 31)	/* SRTCP indices, section 3.4 */

/**
 * struct srtp_index - where an RTP stream is
 * @roc: roll-over counter.
 * @s_l: highest sequence number accepted (received, or sent).
 * @started: false until the first packet; then @s_l means nothing and the next
 *	packet is taken to have @roc.
 */
struct srtp_index {
	u32 roc;
	u16 s_l;
	bool started;
};

u32 srtp_index_guess(u32 roc, u16 s_l, u16 seq);
int srtp_index_estimate(const struct srtp_index *s, u16 seq, u64 *index);
bool srtp_index_commit(struct srtp_index *s, u64 index);

#endif /* _SRTP_INDEX_H */
