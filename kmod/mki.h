/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_MKI_H
#define _SRTP_MKI_H

#include "bytes.h"

size_t srtp_mki_offset(size_t len, size_t mki_len, size_t behind);
void srtp_mki_insert(u8 *p, size_t len, const u8 *mki, size_t mki_len, size_t behind);
void srtp_mki_remove(u8 *p, size_t len, size_t mki_len, size_t behind);

#endif /* _SRTP_MKI_H */
