// SPDX-License-Identifier: GPL-2.0-only
/*
 * HMAC-SHA1 on the kernel's SHA-1, with what RFC 2104 section 4 allows: the states after
 * the first block of either hash are kept instead of the key.  The kernel's own hmac() does
 * that as well, behind two more calls a packet, and in an object twice as large.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "hmac.h"

struct crypto_shash *srtp_sha1 __ro_after_init;	/* has no key, so one is enough for all */

int __init srtp_hmac_init(void)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha1", 0, 0);

	if (IS_ERR(tfm)) {
		pr_err("the kernel lacks sha1: error %ld\n", PTR_ERR(tfm));
		return PTR_ERR(tfm);
	}
	srtp_sha1 = tfm;
	return 0;
}

void srtp_hmac_exit(void)
{
	crypto_free_shash(srtp_sha1);
}

/* The state after the block of a key and a padding octet. */
static int pad_state(struct shash_desc *desc, const u8 *key, unsigned int len, u8 pad, u8 *state)
{
	u8 block[SHA1_BLOCK_SIZE];
	unsigned int i;
	int err;

	memset(block, pad, sizeof(block));
	for (i = 0; i < len; i++)
		block[i] ^= key[i];
	err = crypto_shash_init(desc) ?: crypto_shash_update(desc, block, sizeof(block)) ?:
	      crypto_shash_export(desc, state);
	memzero_explicit(block, sizeof(block));
	return err;
}

/**
 * srtp_hmac_alloc - prepare a key
 * @key: octets; not needed afterwards
 * @len: how many, SHA1_BLOCK_SIZE at most
 *
 * To be freed by kfree_sensitive().  May sleep.
 *
 * Return: the key or an error pointer.
 */
struct srtp_hmac *srtp_hmac_alloc(const u8 *key, unsigned int len)
{
	unsigned int size = crypto_shash_statesize(srtp_sha1);
	struct srtp_hmac *hmac = kmalloc(sizeof(*hmac) + 2 * size, GFP_KERNEL_ACCOUNT);
	struct shash_desc *desc = kmalloc(srtp_hmac_reqsize(), GFP_KERNEL);
	int err = -ENOMEM;

	if (hmac && desc) {
		hmac->size = size;
		desc->tfm = srtp_sha1;
		err = pad_state(desc, key, len, 0x36, hmac->state) ?:
		      pad_state(desc, key, len, 0x5c, hmac->state + size);
	}
	kfree_sensitive(desc);
	if (!err)
		return hmac;
	kfree_sensitive(hmac);
	return ERR_PTR(err);
}
