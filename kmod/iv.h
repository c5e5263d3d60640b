/* SPDX-License-Identifier: GPL-2.0-only */
/* Initialisation vectors of AES counter mode and AES-GCM. */
#ifndef _SRTP_IV_H
#define _SRTP_IV_H

#include "bytes.h"

#define SRTP_IV_CM	16
#define SRTP_SALT_CM	14
#define SRTP_IV_GCM	12
#define SRTP_SALT_GCM	12

/**
 * srtp_iv_cm - AES-CM, RTP and RTCP alike (RFC 3711 section 4.1.1)
 * @iv: 16 octets
 * @salt: 14 octets of session salt
 * @ssrc: of the packet
 * @index: 48-bit SRTP index, or 31-bit SRTCP index without the E bit
 *
 * (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16); the low 16 bits count blocks.
 */
static inline void srtp_iv_cm(u8 *iv, const u8 *salt, u32 ssrc, u64 index)
{
	srtp_put64(iv + 6, srtp_get64(salt + 6) ^ index);
	srtp_put64(iv, srtp_get64(salt) ^ ssrc);	/* with 6 and 7 anew */
	iv[14] = 0;
	iv[15] = 0;
}

/**
 * srtp_iv_gcm_rtp - AES-GCM for SRTP (RFC 7714 section 8.1)
 * @iv: 12 octets
 * @salt: 12 octets of session salt
 * @ssrc: of the packet
 * @index: 2^16 * ROC + SEQ
 */
static __always_inline void srtp_iv_gcm_rtp(u8 *iv, const u8 *salt, u32 ssrc, u64 index)
{
	srtp_put64(iv, srtp_get64(salt) ^ ((u64)ssrc << 16 | index >> 32));
	srtp_put32(iv + 8, srtp_get32(salt + 8) ^ (u32)index);
}

/**
 * srtp_iv_gcm_rtcp - AES-GCM for SRTCP (RFC 7714 section 9.1)
 * @iv: 12 octets
 * @salt: 12 octets of session salt
 * @ssrc: of the packet
 * @index: 31-bit SRTCP index without the E bit
 */
static inline void srtp_iv_gcm_rtcp(u8 *iv, const u8 *salt, u32 ssrc, u32 index)
{
	srtp_put64(iv, srtp_get64(salt) ^ (u64)ssrc << 16);
	srtp_put32(iv + 8, srtp_get32(salt + 8) ^ index);
}

#endif /* _SRTP_IV_H */
