/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_KDF_H
#define _SRTP_KDF_H

#include "bytes.h"

#define SRTP_KDF_SALT	14	/* octets of master salt that the KDF works on */

/** enum srtp_kdf_label - RFC 3711 section 4.3.1, 4.3.2; RFC 6904 section 4.3 */
enum srtp_kdf_label {
	SRTP_LABEL_RTP_KEY,
	SRTP_LABEL_RTP_AUTH,
	SRTP_LABEL_RTP_SALT,
	SRTP_LABEL_RTCP_KEY,
	SRTP_LABEL_RTCP_AUTH,
	SRTP_LABEL_RTCP_SALT,
	SRTP_LABEL_HEADER_KEY,
	SRTP_LABEL_HEADER_SALT,
};

/**
 * typedef srtp_aes_block - encrypt one block with the expanded master key
 * @key: whatever the caller of srtp_kdf() passed
 */
typedef void (*srtp_aes_block)(const void *key, u8 out[16], const u8 in[16]);

void srtp_kdf(srtp_aes_block aes, const void *key, const u8 *salt, size_t salt_len,
	      enum srtp_kdf_label label, u8 *out, size_t len);

#endif /* _SRTP_KDF_H */
