/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTP and RTCP packets for tests. */
#ifndef KSRTP_TEST_RTP_BUILD_H
#define KSRTP_TEST_RTP_BUILD_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 2048

/** struct rtp - what goes into a packet; the payload is made from seq and ssrc */
struct rtp {
	uint32_t ssrc;
	uint16_t seq;
	size_t payload;		/* octets, padding not counted */
	unsigned int csrcs;	/* 0 to 15 */
	int ext_words;		/* -1 for no extension */
	unsigned int padding;	/* 0 to 255 */
};

/** rtp_build() - Return: octets written to @out[PACKET_MAX]. */
size_t rtp_build(uint8_t *out, const struct rtp *r);
/** rtp_simple() - 160 octets of payload, no extras. */
size_t rtp_simple(uint8_t *out, uint32_t ssrc, uint16_t seq);
/** rtcp_build() - a sender report and @extra 32-bit words of APP; tells packets apart by @n. */
size_t rtcp_build(uint8_t *out, uint32_t ssrc, uint32_t n, unsigned int extra);

#endif
