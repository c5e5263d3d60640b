/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of the protocols that share a media port a packet belongs to. */
#ifndef _SRTP_CLASSIFY_H
#define _SRTP_CLASSIFY_H

#include "bytes.h"

/**
 * enum srtp_class - what a UDP payload is, told from its first two octets
 * @SRTP_CLASS_NONE: none of the protocols that share a media port, or empty.
 * @SRTP_CLASS_STUN: RFC 7983: first octet 0 to 3.
 * @SRTP_CLASS_ZRTP: 16 to 19.
 * @SRTP_CLASS_DTLS: 20 to 63.
 * @SRTP_CLASS_TURN: TURN channel data, 64 to 79.
 * @SRTP_CLASS_RTP: 128 to 191, and not RTCP.
 * @SRTP_CLASS_RTCP: 128 to 191 with a second octet of 192 to 223 (RFC 5761).
 */
enum srtp_class {
	SRTP_CLASS_NONE,
	SRTP_CLASS_STUN,
	SRTP_CLASS_ZRTP,
	SRTP_CLASS_DTLS,
	SRTP_CLASS_TURN,
	SRTP_CLASS_RTP,
	SRTP_CLASS_RTCP,
};

/**
 * srtp_classify - tell what a UDP payload is
 * @payload: first octets of the payload; the first two are looked at
 * @len: how many there are
 *
 * RFC 7983 section 7 for the first octet.  Within 128 to 191 the second octet
 * decides between RTP and RTCP: RTP payload types 64 to 95 must not be used
 * with multiplexing (RFC 5761 section 4), so with either marker bit 192 to 223
 * is an RTCP packet type.  A single octet in that range is called RTP; the RTP
 * parser then refuses it by its length.
 *
 * Return: the class.
 */
static inline enum srtp_class srtp_classify(const u8 *payload, size_t len)
{
	if (len < 1)
		return SRTP_CLASS_NONE;
	if (payload[0] >> 6 == 2) {
		if (len >= 2 && payload[1] >= 192 && payload[1] <= 223)
			return SRTP_CLASS_RTCP;
		return SRTP_CLASS_RTP;
	}
	if (payload[0] <= 3)
		return SRTP_CLASS_STUN;
	if (payload[0] >= 16 && payload[0] <= 19)
		return SRTP_CLASS_ZRTP;
	if (payload[0] >= 20 && payload[0] <= 63)
		return SRTP_CLASS_DTLS;
	if (payload[0] >= 64 && payload[0] <= 79)
		return SRTP_CLASS_TURN;
	return SRTP_CLASS_NONE;
}

#endif /* _SRTP_CLASSIFY_H */
