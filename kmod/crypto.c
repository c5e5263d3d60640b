// SPDX-License-Identifier: GPL-2.0-only
/* Crypto contexts: from a master key to keyed transforms, and running an op. */
#include <crypto/aes.h>
#include <linux/slab.h>

#include "crypto.h"
#include "header.h"
#include "pool.h"
#include "rtp.h"
#include "stream.h"
#include "used.h"


static void aes_block(const void *key, u8 out[16], const u8 in[16])
{
	aes_encrypt(key, out, in);
}

/**
 * srtp_ctx_alloc - a context without keys and streams yet
 * @suite: what it will do
 *
 * Return: the context with one reference, or NULL.
 */
struct srtp_ctx *srtp_ctx_alloc(const struct srtp_suite *suite)
{
	struct srtp_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	enum srtp_kind kind;

	if (!ctx)
		return NULL;
	refcount_set(&ctx->refs, 1);
	ctx->suite = suite;
	ctx->ops = suite->ops;
	for (kind = SRTP_RTP; kind < SRTP_KINDS; kind++) {
		srtp_ctx_set_limit(ctx, kind, suite->limit[kind]);
		ctx->overhead[kind] = suite->tag[kind];
	}
	if (suite->ops)
		ctx->overhead[SRTP_RTCP] += SRTP_RTCP_WORD;
	return ctx;
}

/**
 * srtp_ctx_set_limit - how many packets the key may protect
 * @ctx: not visible to packets yet
 * @kind: RTP or RTCP
 * @packets: 1 to the suite's limit
 *
 * Listeners are told when a sixteenth of it is left.  The mark is at the first packet.
 */
void srtp_ctx_set_limit(struct srtp_ctx *ctx, enum srtp_kind kind, u64 packets)
{
	ctx->half[kind].limit = packets;
	ctx->half[kind].mark = 0;
}

/**
 * srtp_ctx_set_mki - identify the key in its packets
 * @ctx: not visible to packets yet
 * @mki: @len octets
 * @len: 1 to SRTP_MKI_MAX
 */
void srtp_ctx_set_mki(struct srtp_ctx *ctx, const u8 *mki, u8 len)
{
	memcpy(ctx->mki, mki, len);
	ctx->mki_len = len;
	ctx->overhead[SRTP_RTP] += len;
	ctx->overhead[SRTP_RTCP] += len;
}

/**
 * srtp_ctx_set_session - key one half with session keys
 * @ctx: from srtp_ctx_alloc(), not visible to packets yet
 * @kind: which half
 * @keys: lengths as the suite says
 *
 * Return: 0, -ENOMEM, -ENOENT when the kernel lacks the algorithm, or
 * -EOPNOTSUPP when its driver needs larger requests than the pool has.
 */
int srtp_ctx_set_session(struct srtp_ctx *ctx, enum srtp_kind kind,
			 const struct srtp_session_keys *keys)
{
	const struct srtp_cipher_ops *ops = ctx->suite->ops;
	struct srtp_half *half = &ctx->half[kind];
	int err;

	memcpy(half->salt, keys->salt, ctx->suite->salt_len);
	err = ops->setkey(ctx, half, keys);
	if (!err && ops->reqsize(half) > srtp_pool_reqsize())
		err = -EOPNOTSUPP;
	return err;
}

/**
 * srtp_ctx_set_master - derive the session keys and key both halves
 * @ctx: from srtp_ctx_alloc(), not visible to packets yet
 * @key: master key, suite->key_len octets
 * @salt: master salt, suite->salt_len octets
 *
 * Nothing derived is left behind outside of the transforms.
 *
 * Return: 0 or an error as srtp_ctx_set_session().
 */
int srtp_ctx_set_master(struct srtp_ctx *ctx, const u8 *key, const u8 *salt)
{
	static const enum srtp_kdf_label first[SRTP_KINDS] = {
		SRTP_LABEL_RTP_KEY, SRTP_LABEL_RTCP_KEY,
	};
	const struct srtp_suite *suite = ctx->suite;
	struct srtp_session_keys *keys;
	struct crypto_aes_ctx *aes;
	enum srtp_kind kind;
	int err = -ENOMEM;

	aes = kmalloc(sizeof(*aes), GFP_KERNEL);
	keys = kmalloc(sizeof(*keys), GFP_KERNEL);
	if (!aes || !keys)
		goto out;
	err = aes_expandkey(aes, key, suite->key_len);
	for (kind = SRTP_RTP; kind < SRTP_KINDS && !err; kind++) {
		enum srtp_kdf_label label = first[kind];

		srtp_kdf(aes_block, aes, salt, suite->salt_len, label,
			 keys->key, suite->key_len);
		srtp_kdf(aes_block, aes, salt, suite->salt_len, label + 1,
			 keys->auth, suite->auth_key_len);
		srtp_kdf(aes_block, aes, salt, suite->salt_len, label + 2,
			 keys->salt, suite->salt_len);
		err = srtp_ctx_set_session(ctx, kind, keys);
	}
	if (!err && ctx->header)
		srtp_header_set_master(ctx, aes, aes_block, salt);
out:
	kfree_sensitive(keys);
	kfree_sensitive(aes);
	return err;
}

/**
 * srtp_ctx_get - one more owner
 * @ctx: a context the caller keeps alive meanwhile
 */
void srtp_ctx_get(struct srtp_ctx *ctx)
{
	refcount_inc(&ctx->refs);
}

/**
 * srtp_ctx_put - give up a reference; the last one wipes and frees
 * @ctx: context or NULL
 *
 * Callable from softirq.  No reader can be left then: readers come by way of
 * an srtp_conf, and a conf gives up its reference after a grace period.
 */
void srtp_ctx_put(struct srtp_ctx *ctx)
{
	enum srtp_kind kind;

	if (!ctx || !refcount_dec_and_test(&ctx->refs))
		return;
	srtp_streams_put(ctx->streams);
	srtp_used_retire(ctx->used);
	for (kind = SRTP_RTP; kind < SRTP_KINDS && ctx->ops; kind++)
		ctx->suite->ops->free(&ctx->half[kind]);
	kfree_sensitive(ctx->header);
	kfree_sensitive(ctx);
}

/**
 * srtp_ctx_word_offset - where the E bit and SRTCP index are in an SRTCP packet
 * @ctx: context that protects
 * @len: octets of the packet, at least srtp_ctx_overhead()
 *
 * Before the tag (RFC 3711 section 3.4), or last with AEAD (RFC 7714 section 9).
 */
u32 srtp_ctx_word_offset(const struct srtp_ctx *ctx, u32 len)
{
	return len - ctx->mki_len - SRTP_RTCP_WORD - srtp_ctx_behind(ctx, SRTP_RTCP);
}

/* srtp_cipher_ops.run of those who are in no hurry */
int srtp_op_run_parts(struct srtp_op *op)
{
	int err = op->ctx->ops->start(op);

	return err == -EINPROGRESS ? err : op->ctx->ops->finish(op, err);
}

/**
 * srtp_op_complete - the cipher of an op completed asynchronously
 * @op: the op
 * @err: what the driver said
 */
void srtp_op_complete(struct srtp_op *op, int err)
{
	op->done(op, op->ctx->ops->finish(op, err));
}

/**
 * srtp_op_drop_reason - which counter an op's error belongs to
 * @err: from an op: negative errno, or the counter itself
 */
int srtp_op_drop_reason(int err)
{
	if (err > 0)
		return err;
	switch (err) {
	case -EBADMSG:
		return SRTP_DROP_AUTH;
	case -ENOMEM:
	case -ENOSPC:	/* cryptd's queue is full */
	case -EBUSY:
		return SRTP_DROP_NO_MEMORY;
	default:
		return SRTP_DROP_CRYPTO;
	}
}
