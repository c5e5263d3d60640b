// SPDX-License-Identifier: GPL-2.0-only
/*
 * The master key identifier of a packet (RFC 3711 section 3.1).
 *
 * It is not authenticated.  It stands in front of the authentication tag, or last
 * where there is an AEAD tag (RFC 7714 sections 8.2, 9.2): @behind octets follow it.
 * The ciphers never see it: it is put in after them and taken out before them.
 */
#include "mki.h"

/**
 * srtp_mki_offset - where the MKI is
 * @len: octets of the packet, at least @mki_len + @behind
 * @mki_len: its octets
 * @behind: octets behind it
 */
size_t srtp_mki_offset(size_t len, size_t mki_len, size_t behind)
{
	return len - behind - mki_len;
}

/**
 * srtp_mki_insert - make room in a packet and put the MKI there
 * @p: the packet; @mki_len octets behind it are writable
 * @len: its octets without MKI
 * @mki: what to put in
 * @mki_len: its octets
 * @behind: octets that shall be behind it
 */
void srtp_mki_insert(u8 *p, size_t len, const u8 *mki, size_t mki_len, size_t behind)
{
	p += len - behind;
	memmove(p + mki_len, p, behind);
	memcpy(p, mki, mki_len);
}

/**
 * srtp_mki_remove - take the MKI out of a packet
 * @p: the packet
 * @len: its octets with MKI, at least @mki_len + @behind
 * @mki_len: octets of the MKI
 * @behind: octets behind it
 */
void srtp_mki_remove(u8 *p, size_t len, size_t mki_len, size_t behind)
{
	p += srtp_mki_offset(len, mki_len, behind);
	memmove(p, p + mki_len, behind);
}
