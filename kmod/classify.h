/* SPDX-License-Identifier: GPL-2.0-only */
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

enum srtp_class srtp_classify(const u8 *payload, size_t len);

#endif /* _SRTP_CLASSIFY_H */
