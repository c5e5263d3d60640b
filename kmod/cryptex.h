/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_CRYPTEX_H
#define _SRTP_CRYPTEX_H

#include "bytes.h"

#define SRTP_CRYPTEX_ONE_BYTE	0xc0de	/* instead of 0xbede */
#define SRTP_CRYPTEX_TWO_BYTE	0xc2de	/* instead of 0x1000 */
#define SRTP_CRYPTEX_CLEAR	16	/* fixed header and extension header stay clear */
#define SRTP_CRYPTEX_GROWTH	4	/* an empty extension, for CSRCs that come without one */

int srtp_cryptex_seal(u8 *p, u32 *len, u32 *hdr_len, u8 mode, bool *used);
int srtp_cryptex_open(u8 *p, u8 mode, bool *used);
void srtp_cryptex_join(u8 *p);
void srtp_cryptex_split(u8 *p);
void srtp_cryptex_restore(u8 *p);

#endif /* _SRTP_CRYPTEX_H */
