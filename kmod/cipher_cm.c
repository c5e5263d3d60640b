// SPDX-License-Identifier: GPL-2.0-only
/* AES counter mode, or none, and HMAC-SHA1 over one buffer (RFC 3711 sections 4.1, 4.2.1). */
#include <linux/err.h>
#include <linux/slab.h>

#include "compat.h"
#include "crypto.h"
#include "hmac.h"
#include "iv.h"
#include "rtp.h"

static int set_hmac(const struct srtp_ctx *ctx, struct srtp_half *half,
		    const struct srtp_session_keys *keys)
{
	struct srtp_hmac *hmac = srtp_hmac_alloc(keys->auth, ctx->suite->auth_key_len);

	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	half->hmac = hmac;
	return 0;
}

static int cm_setkey(const struct srtp_ctx *ctx, struct srtp_half *half,
		     const struct srtp_session_keys *keys)
{
	/* Mask 0 as in cipher_gcm.c. */
	struct crypto_skcipher *ctr = crypto_alloc_skcipher(srtp_alg_ctr(), 0, 0);
	int err;

	if (IS_ERR(ctr))
		return PTR_ERR(ctr);
	half->ctr = ctr;
	err = crypto_skcipher_setkey(ctr, keys->key, ctx->suite->key_len);
	return err ?: set_hmac(ctx, half, keys);
}

static void cm_free(struct srtp_half *half)
{
	crypto_free_skcipher(half->ctr);	/* both wipe and take NULL */
	kfree_sensitive(half->hmac);
}

static unsigned int cm_reqsize(const struct srtp_half *half)
{
	return max_t(unsigned int, srtp_hmac_reqsize(),
		     sizeof(struct skcipher_request) + crypto_skcipher_reqsize(half->ctr));
}

static void cm_done(srtp_completion_arg *arg, int err)
{
	struct srtp_op *op = srtp_completion_data(arg);

	if (err != -EINPROGRESS)
		srtp_op_complete(op, err);
}

/* Octets of the authenticated portion of a packet that is to be unprotected. */
static u32 cm_auth_len(const struct srtp_op *op)
{
	return op->len - op->ctx->suite->tag[op->kind];
}

/* Where the cipher text ends: at the end, or before the SRTCP word and the tag. */
static u32 cm_text_end(const struct srtp_op *op)
{
	if (op->protect)
		return op->len;
	return cm_auth_len(op) - (op->kind == SRTP_RTCP ? SRTP_RTCP_WORD : 0);
}

/* Encrypt or decrypt from @op->hdr_len on. */
static int cm_crypt(struct srtp_op *op)
{
	const struct srtp_half *half = &op->ctx->half[op->kind];
	struct skcipher_request *req = (void *)op->req;
	u32 end = cm_text_end(op);

	if (end == op->hdr_len)
		return 0;
	srtp_iv_cm(op->iv, half->salt, op->ssrc, op->index);
	sg_set_buf(&op->one, op->buf + op->hdr_len, end - op->hdr_len);
	skcipher_request_set_tfm(req, half->ctr);
	skcipher_request_set_callback(req, 0, cm_done, op);
	skcipher_request_set_crypt(req, &op->one, &op->one, end - op->hdr_len, op->iv);
	return op->protect ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);
}

/*
 * The authenticated portion ends at @end.  SRTP's ROC, which is not sent, is
 * written behind it and both are hashed in one call; the tag, which belongs
 * in the same place, is written (or has been read) by the caller.
 */
static int cm_digest(struct srtp_op *op, u32 end)
{
	if (op->kind == SRTP_RTP) {
		srtp_put32(op->buf + end, (u32)(op->index >> 16));
		end += 4;
	}
	/* The cipher's request is not in use: its turn comes later, or is over. */
	return srtp_hmac(op->ctx->half[op->kind].hmac, (void *)op->req, op->buf, end, op->digest);
}

/* Compare the tag of a received packet. */
static int cm_check(struct srtp_op *op)
{
	u32 tag = op->ctx->suite->tag[op->kind], end = cm_auth_len(op);
	int err;

	memcpy(op->tag, op->buf + end, tag);
	err = cm_digest(op, end);
	if (err)
		return err;
	return crypto_memneq(op->digest, op->tag, tag) ? -EBADMSG : 0;
}

static int cm_start(struct srtp_op *op)
{
	int err = op->protect ? 0 : cm_check(op);

	return err ?: cm_crypt(op);
}

static int cm_finish(struct srtp_op *op, int err)
{
	u32 tag = op->ctx->suite->tag[op->kind];

	if (err)
		return err;
	if (!op->protect) {
		op->len -= tag + (op->kind == SRTP_RTCP ? SRTP_RTCP_WORD : 0);
		return 0;
	}
	if (op->kind == SRTP_RTCP) {
		srtp_put32(op->buf + op->len, op->ctx->suite->ebit | (u32)op->index);
		op->len += SRTP_RTCP_WORD;
	}
	err = cm_digest(op, op->len);
	if (err)
		return err;
	memcpy(op->buf + op->len, op->digest, tag);
	op->len += tag;
	return 0;
}

int srtp_cm_run(struct srtp_op *op)
{
	int err = cm_start(op);

	return unlikely(err == -EINPROGRESS) ? err : cm_finish(op, err);
}

const struct srtp_cipher_ops srtp_cm_ops = {
	.setkey = cm_setkey,
	.free = cm_free,
	.reqsize = cm_reqsize,
	.run = srtp_cm_run,
	.start = cm_start,
	.check = cm_check,
	.crypt = cm_crypt,
	.finish = cm_finish,
};

/* The NULL cipher (RFC 3711 section 4.1): a tag and nothing else. */
static unsigned int null_reqsize(const struct srtp_half *half)
{
	return srtp_hmac_reqsize();
}

static int null_start(struct srtp_op *op)
{
	return op->protect ? 0 : cm_check(op);
}

const struct srtp_cipher_ops srtp_null_ops = {
	.setkey = set_hmac,
	.free = cm_free,
	.reqsize = null_reqsize,
	.run = srtp_op_run_parts,
	.start = null_start,
	.finish = cm_finish,
};
