/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_HEADER_H
#define _SRTP_HEADER_H

#include "crypto.h"
#include "hdrext.h"

extern const struct srtp_cipher_ops srtp_header_ops;

int srtp_header_set(struct srtp_ctx *ctx, u8 cryptex, const struct srtp_ext_ids *ids, bool tx);
int srtp_header_copy(struct srtp_ctx *ctx, const struct srtp_ctx *from, bool tx);
void srtp_header_set_master(struct srtp_ctx *ctx, const void *master, srtp_aes_block aes,
			    const u8 *salt);
u8 srtp_header_cryptex(const struct srtp_ctx *ctx);
const struct srtp_ext_ids *srtp_header_ids(const struct srtp_ctx *ctx);

#endif /* _SRTP_HEADER_H */
