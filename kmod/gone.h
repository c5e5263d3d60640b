/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_GONE_H
#define _SRTP_GONE_H

#include "stream.h"

/*
 * Nothing heard of a stream for so long, not even RTCP, which comes about every five
 * seconds (RFC 3550 section 6.2): longer than packets are late, so all that going
 * costs a stream is the list of which of the latest have come.
 */
#define SRTP_STREAM_IDLE	(5 * HZ)

int srtp_gone_recycle(struct srtp_streams *t, u32 ssrc, struct srtp_stream **out);
void srtp_gone_apply(const struct srtp_streams *t, struct srtp_stream *s);
int srtp_gone_rx_check(struct srtp_streams *t, enum srtp_kind kind, u32 ssrc, u32 number,
		       u64 *index);
bool srtp_gone_forward(const struct srtp_streams *t, const struct srtp_preset *p);
bool srtp_gone_read(struct srtp_streams *t, struct srtp_stream_at *told, struct srtp_preset *out);
int srtp_gone_inherit(struct srtp_streams *to, struct srtp_streams *from);

#endif /* _SRTP_GONE_H */
