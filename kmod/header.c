// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts that encrypt header extensions: chosen elements (RFC 6904), or CSRCs and
 * extension whole (RFC 9335).  Such a context has these cipher operations, which do the
 * header and call those of its suite; packets of all others never come by here.
 *
 * RFC 6904's keystream, a block or three in most packets, is made by the kernel's AES
 * library: at once, in any context, without a request of its own to wait for beside that
 * of the payload.  The library reads its whole S-box before it uses it, against timing.
 * Cryptex has no keystream of its own: its cipher text begins earlier, that is all.
 */
#include <crypto/aes.h>
#include <linux/slab.h>

#include "cryptex.h"
#include "header.h"
#include "iv.h"
#include "rtp.h"

/**
 * struct srtp_header - what a context does with headers; never changes once packets see it
 * @cryptex: enum srtp_cryptex.
 * @any: there are @ids.
 * @ids: elements that are encrypted.
 * @salt: k_hs; zero-padded on its right if the suite's is shorter.
 * @aes: k_he, expanded.
 */
struct srtp_header {
	u8 cryptex;
	bool any;
	struct srtp_ext_ids ids;
	u8 salt[SRTP_KDF_SALT];
	struct crypto_aes_ctx aes;
};

static void aes_block(const void *key, u8 out[16], const u8 in[16])
{
	aes_encrypt(key, out, in);
}

/**
 * srtp_header_set - encrypt header extensions, or accept that they are
 * @ctx: not visible to packets and not keyed yet; of a suite that encrypts
 * @cryptex: enum srtp_cryptex
 * @ids: elements to be encrypted, or NULL
 * @tx: the context protects
 *
 * Nothing to be done leaves the context as it is.
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_header_set(struct srtp_ctx *ctx, u8 cryptex, const struct srtp_ext_ids *ids, bool tx)
{
	struct srtp_header *h;

	if (!cryptex && !ids)
		return 0;
	h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	if (!h)
		return -ENOMEM;
	h->cryptex = cryptex;
	if (ids) {
		h->ids = *ids;
		h->any = true;
	}
	ctx->header = h;
	ctx->ops = &srtp_header_ops;
	if (cryptex && tx)
		ctx->overhead[SRTP_RTP] += SRTP_CRYPTEX_GROWTH;
	return 0;
}

/**
 * srtp_header_copy - a key that follows another does with headers as that did
 * @ctx: as for srtp_header_set()
 * @from: context whose place it will take
 * @tx: the context protects
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_header_copy(struct srtp_ctx *ctx, const struct srtp_ctx *from, bool tx)
{
	return srtp_header_set(ctx, srtp_header_cryptex(from), srtp_header_ids(from), tx);
}

/**
 * srtp_header_set_master - derive the header keys (RFC 6904 section 3)
 * @ctx: context with a header
 * @master: expanded master key, for @aes
 * @aes: AES encryption of a block
 * @salt: master salt
 *
 * Key and salt are as long as those of the payload; so the salt of an AEAD suite has 12
 * octets, and is padded as its master salt is, which neither RFC 6904 nor RFC 7714 section
 * 8.3 says, but libsrtp does.
 */
void srtp_header_set_master(struct srtp_ctx *ctx, const void *master, srtp_aes_block aes,
			    const u8 *salt)
{
	const struct srtp_suite *suite = ctx->suite;
	struct srtp_header *h = ctx->header;
	u8 key[SRTP_MAX_KEY];

	srtp_kdf(aes, master, salt, suite->salt_len, SRTP_LABEL_HEADER_KEY, key, suite->key_len);
	srtp_kdf(aes, master, salt, suite->salt_len, SRTP_LABEL_HEADER_SALT, h->salt,
		 suite->salt_len);
	aes_expandkey(&h->aes, key, suite->key_len);	/* the suites' lengths are AES's */
	memzero_explicit(key, sizeof(key));
}

/**
 * srtp_header_cryptex - what a context does about cryptex
 * @ctx: context
 *
 * Return: enum srtp_cryptex.
 */
u8 srtp_header_cryptex(const struct srtp_ctx *ctx)
{
	return ctx->header ? ctx->header->cryptex : SRTP_CRYPTEX_OFF;
}

/**
 * srtp_header_ids - which elements a context encrypts
 * @ctx: context
 *
 * Return: their identifiers, or NULL if there are none.
 */
const struct srtp_ext_ids *srtp_header_ids(const struct srtp_ctx *ctx)
{
	return ctx->header && ctx->header->any ? &ctx->header->ids : NULL;
}

/* RFC 6904: the same one way and the other, over as much of @op->buf as is header. */
static int crypt_elements(struct srtp_op *op)
{
	const struct srtp_header *h = op->ctx->header;
	u8 iv[SRTP_IV_CM];

	if (!h->any)
		return 0;
	srtp_iv_cm(iv, h->salt, op->ssrc, op->index);
	return srtp_ext_crypt(op->buf, op->hdr_len, &h->ids, aes_block, &h->aes, iv);
}

static int start_cryptex(struct srtp_op *op)
{
	const struct srtp_cipher_ops *ops = op->ctx->suite->ops;
	int err = op->protect || !ops->check ? 0 : ops->check(op);

	if (err)
		return err;
	srtp_cryptex_join(op->buf);
	op->whole = op->hdr_len;
	op->hdr_len = SRTP_CRYPTEX_CLEAR;
	return ops->crypt(op);
}

static int header_start(struct srtp_op *op)
{
	const struct srtp_header *h = op->ctx->header;
	bool used = false;
	int drop = 0;

	op->whole = 0;
	if (op->kind != SRTP_RTP)
		return op->ctx->suite->ops->start(op);
	if (h->cryptex)
		drop = op->protect ? srtp_cryptex_seal(op->buf, &op->len, &op->hdr_len, h->cryptex,
						       &used) :
				     srtp_cryptex_open(op->buf, h->cryptex, &used);
	if (drop)
		return drop;
	if (used)
		return start_cryptex(op);
	if (op->protect)
		drop = crypt_elements(op);
	return drop ?: op->ctx->suite->ops->start(op);
}

/*
 * What the tag of counter mode covers is in the order of the wire, so that comes before the
 * rest.  Nothing of a received header is touched or believed before the tag is good.
 */
static int header_finish(struct srtp_op *op, int err)
{
	bool cryptex = op->whole;

	if (cryptex) {
		srtp_cryptex_split(op->buf);
		op->hdr_len = op->whole;
	}
	err = op->ctx->suite->ops->finish(op, err);
	if (err || op->protect || op->kind != SRTP_RTP)
		return err;
	if (!cryptex)
		return crypt_elements(op);
	srtp_cryptex_restore(op->buf);
	return 0;
}

const struct srtp_cipher_ops srtp_header_ops = {
	.run = srtp_op_run_parts,
	.start = header_start,
	.finish = header_finish,
};
