/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_IV_H
#define _SRTP_IV_H

#include "bytes.h"

#define SRTP_IV_CM	16
#define SRTP_SALT_CM	14
#define SRTP_IV_GCM	12
#define SRTP_SALT_GCM	12

void srtp_iv_cm(u8 *iv, const u8 *salt, u32 ssrc, u64 index);
void srtp_iv_gcm_rtp(u8 *iv, const u8 *salt, u32 ssrc, u64 index);
void srtp_iv_gcm_rtcp(u8 *iv, const u8 *salt, u32 ssrc, u32 index);

#endif /* _SRTP_IV_H */
