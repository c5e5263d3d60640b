// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects for packets in flight, all allocated at load: the packet path never
 * allocates one.  Each CPU keeps a small stash of its own; what does not fit
 * goes to a shared reserve.  A cipher that completes asynchronously gives its
 * object back on whichever CPU that happens.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "hmac.h"
#include "pool.h"

#define REQSIZE_SLACK	1024	/* room for a driver loaded after this module */

static unsigned int inflight = 1024;
module_param(inflight, uint, 0444);
MODULE_PARM_DESC(inflight, "Packets that may be inside the cipher at once (default 1024)");

DEFINE_PER_CPU(struct srtp_stash, srtp_stash);

static DEFINE_SPINLOCK(reserve_lock);	/* bottom halves off; guards reserve */
static struct srtp_work *reserve;

static unsigned int pool_reqsize __ro_after_init;

/**
 * srtp_pool_probe - which drivers the crypto API gives, and how large requests are
 * @names: filled in; may be NULL
 * @reqsize: set to the largest request; may be NULL
 *
 * May sleep and load modules.
 *
 * Return: 0 or the error of an algorithm that the kernel lacks.
 */
int srtp_pool_probe(struct srtp_drivers *names, unsigned int *reqsize)
{
	struct crypto_aead *gcm = crypto_alloc_aead(srtp_alg_gcm(), 0, 0);
	struct crypto_skcipher *cm = crypto_alloc_skcipher(srtp_alg_ctr(), 0, 0);
	int err = PTR_ERR_OR_ZERO(gcm) ?: PTR_ERR_OR_ZERO(cm);

	if (!err && names) {
		strscpy(names->gcm, crypto_tfm_alg_driver_name(crypto_aead_tfm(gcm)),
			sizeof(names->gcm));
		strscpy(names->cm, crypto_tfm_alg_driver_name(crypto_skcipher_tfm(cm)),
			sizeof(names->cm));
		strscpy(names->sha1, crypto_tfm_alg_driver_name(crypto_shash_tfm(srtp_sha1)),
			sizeof(names->sha1));
	}
	if (!err && reqsize)
		*reqsize = max3(sizeof(struct aead_request) + crypto_aead_reqsize(gcm),
				sizeof(struct skcipher_request) + crypto_skcipher_reqsize(cm),
				(size_t)srtp_hmac_reqsize());
	crypto_free_aead(gcm);		/* these take error pointers */
	crypto_free_skcipher(cm);
	return err;
}

unsigned int srtp_pool_reqsize(void)
{
	return pool_reqsize;
}

/* srtp_pool_get() when this CPU has none left */
struct srtp_work *srtp_pool_get_reserve(void)
{
	struct srtp_work *work;

	spin_lock(&reserve_lock);
	work = reserve;
	if (work)
		reserve = work->next;
	spin_unlock(&reserve_lock);
	return work;
}

/* srtp_pool_put() when this CPU has its share */
void srtp_pool_put_reserve(struct srtp_work *work)
{
	spin_lock(&reserve_lock);
	work->next = reserve;
	reserve = work;
	spin_unlock(&reserve_lock);
}

static void free_list(struct srtp_work *work)
{
	while (work) {
		struct srtp_work *next = work->next;

		kfree_sensitive(work);
		work = next;
	}
}

/**
 * srtp_pool_exit - free every object; none is in flight any more
 */
void srtp_pool_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_list(per_cpu_ptr(&srtp_stash, cpu)->top);
	free_list(reserve);
}

/**
 * srtp_pool_init - allocate the objects
 *
 * Return: 0, -ENOMEM, or the error of an algorithm that the kernel lacks.
 */
int __init srtp_pool_init(void)
{
	/* Whatever lies in stashes, the reserve still has as much again. */
	unsigned int i, n = max(clamp(inflight, 64U, 65536U), 2 * SRTP_STASH * num_possible_cpus());
	int err = srtp_pool_probe(NULL, &pool_reqsize);

	if (err) {
		pr_err("the kernel lacks gcm(aes) or ctr(aes): error %d\n", err);
		return err;
	}
	pool_reqsize = max_t(unsigned int, pool_reqsize, REQSIZE_SLACK);
	for (i = 0; i < n; i++) {
		struct srtp_work *work = kzalloc(sizeof(*work) + pool_reqsize, GFP_KERNEL);

		if (!work) {
			srtp_pool_exit();
			return -ENOMEM;
		}
		srtp_op_init(&work->op);
		work->next = reserve;
		reserve = work;
	}
	return 0;
}
