/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_RTP_H
#define _SRTP_RTP_H

#include "bytes.h"

#define SRTP_RTP_MIN		12	/* fixed RTP header, RFC 3550 section 5.1 */
#define SRTP_RTCP_MIN		8	/* header and sender SSRC, never encrypted */
#define SRTP_RTCP_WORD		4	/* E bit and SRTCP index, RFC 3711 section 3.4 */
#define SRTP_RTCP_E		0x80000000u
#define SRTP_RTP_MAX_HEADER	(12 + 15 * 4 + 4 + 65535 * 4)

/**
 * struct srtp_rtp - what the crypto needs to know of a packet
 * @hdr_len: octets that stay clear: fixed header, CSRCs and extension of RTP;
 *	the first eight octets of RTCP.
 * @ssrc: of the sender.
 * @seq: RTP sequence number; 0 for RTCP.
 */
struct srtp_rtp {
	u32 hdr_len;
	u32 ssrc;
	u16 seq;
};

int srtp_rtp_parse(const u8 *p, size_t have, size_t len, struct srtp_rtp *rtp);
int srtp_rtcp_parse(const u8 *p, size_t have, size_t len, struct srtp_rtp *rtp);
bool srtp_rtp_padding_ok(const u8 *p, size_t len, u32 hdr_len);

#endif /* _SRTP_RTP_H */
