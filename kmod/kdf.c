// SPDX-License-Identifier: GPL-2.0-only
/* Session keys from a master key (RFC 3711 section 4.3, kdr 0). */
#include "kdf.h"

/**
 * srtp_kdf - derive one session key, authentication key or salt
 * @aes: AES encryption of a block: AES_CM_PRF with a 128-bit master key,
 *	AES_192_CM_PRF and AES_256_CM_PRF with longer ones (RFC 6188 section 3)
 * @key: the expanded master key, handed to @aes
 * @salt: master salt
 * @salt_len: 14 octets, or 12 for AEAD suites: that salt is padded with zeros on
 *	its right (RFC 7714 section 11, erratum 4938)
 * @label: which key
 * @out: result
 * @len: octets wanted, at most 2^16 blocks
 *
 * x = (label || r) XOR salt with r = 0; the label lands in octet 7 for SRTCP
 * labels as well.  The key is AES-CM keystream with IV x * 2^16.
 */
void srtp_kdf(srtp_aes_block aes, const void *key, const u8 *salt, size_t salt_len,
	      enum srtp_kdf_label label, u8 *out, size_t len)
{
	u8 in[16] = { 0 }, block[16];
	u32 counter = 0;

	memcpy(in, salt, salt_len < SRTP_KDF_SALT ? salt_len : SRTP_KDF_SALT);
	in[7] ^= (u8)label;
	while (len > 0) {
		size_t n = len < sizeof(block) ? len : sizeof(block);

		in[14] = (u8)(counter >> 8);
		in[15] = (u8)counter;
		aes(key, block, in);
		memcpy(out, block, n);
		out += n;
		len -= n;
		counter++;
	}
	memzero_explicit(block, sizeof(block));
	memzero_explicit(in, sizeof(in));
}
