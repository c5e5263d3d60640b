// SPDX-License-Identifier: GPL-2.0-only
/*
 * Header extensions and CSRCs encrypted whole (RFC 9335, "cryptex").
 *
 * On the wire the four octets of extension header, which stay clear, stand between the
 * CSRC list and the body of the extension, which do not.  To the cipher they are moved in
 * front of the list: then what is clear is in one piece, and what is encrypted in another
 * (section 6.2).
 *
 *	wire	fixed header | CSRC list | extension header | body | payload
 *	joined	fixed header | extension header | CSRC list | body | payload
 */
#include "cryptex.h"
#include "hdrext.h"
#include "rtp.h"

#define CSRC_MAX	(15 * 4)

static void put16(u8 *p, u16 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

/**
 * srtp_cryptex_seal - mark a packet that is to be sent as one of cryptex
 * @p: RTP packet; SRTP_CRYPTEX_GROWTH octets behind it are writable
 * @len: its octets, changed if it grows
 * @hdr_len: octets of its header, likewise
 * @mode: SRTP_CRYPTEX_ON or SRTP_CRYPTEX_REQUIRED
 * @used: set: it is one; false when there is nothing to encrypt, or it cannot be
 *
 * Only RFC 8285's extensions can be (section 5.1), and of the two-byte form those without
 * application bits, which the mark has no room for.
 *
 * Return: 0; SRTP_DROP_CRYPTEX with nothing changed when it cannot be and has to, or when
 * it looks as if it were one already.
 */
int srtp_cryptex_seal(u8 *p, u32 *len, u32 *hdr_len, u8 mode, bool *used)
{
	u32 csrc = srtp_csrc_len(p);
	u8 *ext = p + SRTP_RTP_MIN + csrc;

	*used = srtp_has_ext(p) || csrc;
	if (!srtp_has_ext(p) && csrc) {
		memmove(ext + SRTP_EXT_HEADER, ext, *len - SRTP_RTP_MIN - csrc);
		p[0] |= 0x10;
		put16(ext, SRTP_CRYPTEX_ONE_BYTE);
		put16(ext + 2, 0);
		*len += SRTP_CRYPTEX_GROWTH;
		*hdr_len += SRTP_CRYPTEX_GROWTH;
		return 0;
	}
	if (!*used)
		return 0;
	switch (srtp_get16(ext)) {
	case SRTP_EXT_ONE_BYTE:
		put16(ext, SRTP_CRYPTEX_ONE_BYTE);
		return 0;
	case SRTP_EXT_TWO_BYTE:
		put16(ext, SRTP_CRYPTEX_TWO_BYTE);
		return 0;
	case SRTP_CRYPTEX_ONE_BYTE:
	case SRTP_CRYPTEX_TWO_BYTE:
		return SRTP_DROP_CRYPTEX;
	}
	*used = false;
	return mode == SRTP_CRYPTEX_REQUIRED ? SRTP_DROP_CRYPTEX : 0;
}

/**
 * srtp_cryptex_open - is a received packet one of cryptex
 * @p: RTP packet, whole header
 * @mode: SRTP_CRYPTEX_ON or SRTP_CRYPTEX_REQUIRED
 * @used: set
 *
 * Return: 0; SRTP_DROP_CRYPTEX when it has an extension or CSRCs in the clear and is
 * required not to (section 5.2).
 */
int srtp_cryptex_open(u8 *p, u8 mode, bool *used)
{
	u16 form = srtp_has_ext(p) ? srtp_get16(p + SRTP_RTP_MIN + srtp_csrc_len(p)) : 0;

	*used = form == SRTP_CRYPTEX_ONE_BYTE || form == SRTP_CRYPTEX_TWO_BYTE;
	if (*used || mode != SRTP_CRYPTEX_REQUIRED)
		return 0;
	return srtp_has_ext(p) || srtp_csrc_len(p) ? SRTP_DROP_CRYPTEX : 0;
}

/**
 * srtp_cryptex_join - from the order of the wire to that of the cipher
 * @p: packet with an extension
 */
void srtp_cryptex_join(u8 *p)
{
	u32 csrc = srtp_csrc_len(p);
	u8 list[CSRC_MAX];

	if (!csrc)
		return;
	p += SRTP_RTP_MIN;
	memcpy(list, p, csrc);
	memmove(p, p + csrc, SRTP_EXT_HEADER);
	memcpy(p + SRTP_EXT_HEADER, list, csrc);
}

/**
 * srtp_cryptex_split - and back
 * @p: packet that has been through srtp_cryptex_join()
 */
void srtp_cryptex_split(u8 *p)
{
	u32 csrc = srtp_csrc_len(p);
	u8 list[CSRC_MAX];

	if (!csrc)
		return;
	p += SRTP_RTP_MIN;
	memcpy(list, p + SRTP_EXT_HEADER, csrc);
	memmove(p + csrc, p, SRTP_EXT_HEADER);
	memcpy(p, list, csrc);
}

/**
 * srtp_cryptex_restore - take the mark from a packet that has been decrypted
 * @p: packet of cryptex, in the order of the wire
 *
 * An empty extension that the sender may have made for the mark stays: it does no harm
 * (section 5.2).
 */
void srtp_cryptex_restore(u8 *p)
{
	u8 *ext = p + SRTP_RTP_MIN + srtp_csrc_len(p);

	put16(ext, srtp_get16(ext) == SRTP_CRYPTEX_ONE_BYTE ? SRTP_EXT_ONE_BYTE :
							      SRTP_EXT_TWO_BYTE);
}
