/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_HMAC_H
#define _SRTP_HMAC_H

#include <crypto/hash.h>
#include <crypto/sha1.h>

/**
 * struct srtp_hmac - a key of HMAC-SHA1
 * @size: octets of one state.
 * @state: SHA-1 after the key's block with the inner padding, and with the outer, as
 *	crypto_shash_export() gives them.
 */
struct srtp_hmac {
	unsigned int size;
	u8 state[] CRYPTO_MINALIGN_ATTR;
};

extern struct crypto_shash *srtp_sha1;

int srtp_hmac_init(void);
void srtp_hmac_exit(void);
struct srtp_hmac *srtp_hmac_alloc(const u8 *key, unsigned int len);

/* srtp_hmac_reqsize - octets of memory that srtp_hmac() works in */
static inline unsigned int srtp_hmac_reqsize(void)
{
	return sizeof(struct shash_desc) + crypto_shash_descsize(srtp_sha1);
}

/**
 * srtp_hmac - HMAC-SHA1 (RFC 2104)
 * @hmac: key
 * @desc: srtp_hmac_reqsize() octets, not on a stack; nothing of the key stays there
 * @data: octets
 * @len: how many
 * @digest: set
 *
 * Return: 0 or what the driver says.
 */
static inline int srtp_hmac(const struct srtp_hmac *hmac, struct shash_desc *desc,
			    const u8 *data, unsigned int len, u8 digest[SHA1_DIGEST_SIZE])
{
	int err;

	desc->tfm = srtp_sha1;
	err = crypto_shash_import(desc, hmac->state) ?:
	      crypto_shash_finup(desc, data, len, digest) ?:
	      crypto_shash_import(desc, hmac->state + hmac->size) ?:
	      crypto_shash_finup(desc, digest, SHA1_DIGEST_SIZE, digest);
	/* Drivers wipe or write over the state; one that worked on a copy would leave it. */
	memzero_explicit(shash_desc_ctx(desc), SHA1_DIGEST_SIZE);
	return err;
}

#endif /* _SRTP_HMAC_H */
