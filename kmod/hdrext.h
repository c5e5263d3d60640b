/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_HDREXT_H
#define _SRTP_HDREXT_H

#include "kdf.h"

#define SRTP_EXT_HEADER		4	/* "defined by profile" and length, RFC 3550 section 5.3.1 */
#define SRTP_EXT_ONE_BYTE	0xbede	/* RFC 8285 section 4.2 */
#define SRTP_EXT_TWO_BYTE	0x1000	/* RFC 8285 section 4.3; the low four bits are the application's */

/**
 * struct srtp_ext_ids - identifiers of the elements that are encrypted (RFC 6904)
 * @bits: one for each of 0 to 255, of which 0 is none.
 */
struct srtp_ext_ids {
	u8 bits[32];
};

static inline bool srtp_ext_has(const struct srtp_ext_ids *ids, u8 id)
{
	return ids->bits[id / 8] & 1 << id % 8;
}

static inline void srtp_ext_add(struct srtp_ext_ids *ids, u8 id)
{
	ids->bits[id / 8] |= (u8)(1 << id % 8);
}

/* Octets of the CSRC list. */
static inline u32 srtp_csrc_len(const u8 *p)
{
	return (p[0] & 0x0f) * 4u;
}

/* Is there a header extension. */
static inline bool srtp_has_ext(const u8 *p)
{
	return p[0] & 0x10;
}

int srtp_ext_crypt(u8 *p, size_t len, const struct srtp_ext_ids *ids, srtp_aes_block aes,
		   const void *key, const u8 *iv);

#endif /* _SRTP_HDREXT_H */
