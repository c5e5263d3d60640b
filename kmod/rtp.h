/* SPDX-License-Identifier: GPL-2.0-only */
/* RTP and RTCP header validation over bytes (RFC 3550 sections 5.1, 6.4). */
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

/**
 * srtp_rtp_parse - validate an RTP header and find where the payload starts
 * @p: the packet
 * @have: octets readable at @p
 * @len: octets of the packet without tag and MKI; the header has to end within
 * @rtp: filled on success
 *
 * Lengths are those of the wire and so the sender's: nothing is believed that
 * does not fit @len, nothing is read beyond @have.
 *
 * Return: 0; SRTP_DROP_MALFORMED; or -EAGAIN when @have is less than the header
 * turns out to need, with @rtp->hdr_len saying how much that is.
 */
static inline int srtp_rtp_parse(const u8 *p, size_t have, size_t len, struct srtp_rtp *rtp)
{
	u32 hdr = SRTP_RTP_MIN;

	if (len < SRTP_RTP_MIN)
		return SRTP_DROP_MALFORMED;
	rtp->hdr_len = hdr;
	if (have < SRTP_RTP_MIN)
		return -EAGAIN;
	if (p[0] >> 6 != 2)
		return SRTP_DROP_MALFORMED;
	hdr += (p[0] & 0x0f) * 4;		/* CSRC list */
	if (p[0] & 0x10) {			/* extension */
		rtp->hdr_len = hdr + 4;
		if (len < hdr + 4)
			return SRTP_DROP_MALFORMED;
		if (have < hdr + 4)
			return -EAGAIN;
		hdr += 4 + srtp_get16(p + hdr + 2) * 4;
	}
	rtp->hdr_len = hdr;
	if (len < hdr)
		return SRTP_DROP_MALFORMED;
	rtp->seq = srtp_get16(p + 2);
	rtp->ssrc = srtp_get32(p + 8);
	return 0;
}

/**
 * srtp_rtcp_parse - validate the part of RTCP that SRTCP leaves clear
 * @p: the packet
 * @have: octets readable at @p
 * @len: octets of the RTCP packet without index word, tag and MKI
 * @rtp: filled on success
 *
 * What follows the first eight octets is payload to SRTCP (RFC 3711 section
 * 3.4).  The chain of a compound packet is not judged here: the receiver's
 * RTCP stack does that (RFC 3550 appendix A.2).
 *
 * Return: 0, SRTP_DROP_MALFORMED, or -EAGAIN as srtp_rtp_parse().
 */
static inline int srtp_rtcp_parse(const u8 *p, size_t have, size_t len, struct srtp_rtp *rtp)
{
	if (len < SRTP_RTCP_MIN)
		return SRTP_DROP_MALFORMED;
	rtp->hdr_len = SRTP_RTCP_MIN;
	if (have < SRTP_RTCP_MIN)
		return -EAGAIN;
	if (p[0] >> 6 != 2)
		return SRTP_DROP_MALFORMED;
	rtp->seq = 0;
	rtp->ssrc = srtp_get32(p + 4);
	return 0;
}

/**
 * srtp_rtp_padding_ok - does the padding of a plain RTP packet fit its payload
 * @p: the packet, decrypted
 * @len: its octets, at least @hdr_len
 * @hdr_len: from srtp_rtp_parse()
 *
 * RFC 3550 section 5.1: the last octet counts the padding, itself included.
 */
static inline bool srtp_rtp_padding_ok(const u8 *p, size_t len, u32 hdr_len)
{
	if (!(p[0] & 0x20))
		return true;
	return len > hdr_len && p[len - 1] != 0 && p[len - 1] <= len - hdr_len;
}

#endif /* _SRTP_RTP_H */
