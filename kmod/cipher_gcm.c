// SPDX-License-Identifier: GPL-2.0-only
/* AEAD_AES_*_GCM over one buffer (RFC 7714). */
#include <linux/err.h>

#include "compat.h"
#include "crypto.h"
#include "iv.h"
#include "rtp.h"

#define GCM_TAG	16

static int gcm_setkey(const struct srtp_ctx *ctx, struct srtp_half *half,
		      const struct srtp_session_keys *keys)
{
	/*
	 * Mask 0: the fast drivers of x86 are marked asynchronous before 6.16
	 * and masking that out would silently give the generic C code.
	 */
	struct crypto_aead *tfm = crypto_alloc_aead(srtp_alg_gcm(), 0, 0);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	half->aead = tfm;
	err = crypto_aead_setkey(tfm, keys->key, ctx->suite->key_len);
	return err ?: crypto_aead_setauthsize(tfm, GCM_TAG);
}

static void gcm_free(struct srtp_half *half)
{
	crypto_free_aead(half->aead);	/* wipes; takes NULL */
}

static unsigned int gcm_reqsize(const struct srtp_half *half)
{
	return sizeof(struct aead_request) + crypto_aead_reqsize(half->aead);
}

static void gcm_done(srtp_completion_arg *arg, int err)
{
	struct srtp_op *op = srtp_completion_data(arg);

	if (err != -EINPROGRESS)
		srtp_op_complete(op, err);
}

/*
 * SRTCP: AAD is the first eight octets and the ESRTCP word, which on the wire
 * comes last, behind the tag: three pieces.
 */
static void gcm_rtcp(struct srtp_op *op, struct aead_request *req, const u8 *salt)
{
	u32 text = op->len - SRTP_RTCP_MIN - (op->protect ? 0 : SRTP_RTCP_WORD);
	struct scatterlist *sg = op->sg;

	srtp_iv_gcm_rtcp(op->iv, salt, op->ssrc, (u32)op->index);
	srtp_put32(op->word, SRTP_RTCP_E | (u32)op->index);
	sg_init_table(sg, 3);
	sg_set_buf(&sg[0], op->buf, SRTP_RTCP_MIN);
	sg_set_buf(&sg[1], op->word, SRTP_RTCP_WORD);
	sg_set_buf(&sg[2], op->buf + SRTP_RTCP_MIN, text + (op->protect ? GCM_TAG : 0));
	aead_request_set_ad(req, SRTP_RTCP_MIN + SRTP_RTCP_WORD);
	aead_request_set_crypt(req, sg, sg, text, op->iv);
}

static __always_inline int start(struct srtp_op *op)
{
	const struct srtp_half *half = &op->ctx->half[op->kind];
	struct aead_request *req = (void *)op->req;

	aead_request_set_tfm(req, half->aead);
	aead_request_set_callback(req, 0, gcm_done, op);
	if (likely(op->kind == SRTP_RTP)) {
		u32 end = op->len - (op->protect ? 0 : GCM_TAG);

		/* AAD is the whole header, then cipher text, in one piece. */
		srtp_iv_gcm_rtp(op->iv, half->salt, op->ssrc, op->index);
		sg_set_buf(&op->two[0], op->buf, end);
		sg_set_page(&op->two[1], sg_page(&op->two[0]), GCM_TAG, op->two[0].offset + end);
		aead_request_set_ad(req, op->hdr_len);
		aead_request_set_crypt(req, op->two, op->two, op->len - op->hdr_len, op->iv);
	} else {
		gcm_rtcp(op, req, half->salt);
	}
	return op->protect ? crypto_aead_encrypt(req) : crypto_aead_decrypt(req);
}

static int gcm_start(struct srtp_op *op)
{
	return start(op);
}

static __always_inline int finish(struct srtp_op *op, int err)
{
	if (unlikely(err))
		return err;
	op->len += op->protect ? GCM_TAG : -GCM_TAG;
	if (likely(op->kind == SRTP_RTP))
		return 0;
	if (op->protect) {
		memcpy(op->buf + op->len, op->word, SRTP_RTCP_WORD);
		op->len += SRTP_RTCP_WORD;
	} else {
		op->len -= SRTP_RTCP_WORD;
	}
	return 0;
}

static int gcm_finish(struct srtp_op *op, int err)
{
	return finish(op, err);
}

int srtp_gcm_run(struct srtp_op *op)
{
	int err = start(op);

	return unlikely(err == -EINPROGRESS) ? err : finish(op, err);
}

const struct srtp_cipher_ops srtp_gcm_ops = {
	.setkey = gcm_setkey,
	.free = gcm_free,
	.reqsize = gcm_reqsize,
	.run = srtp_gcm_run,
	.start = gcm_start,
	.crypt = gcm_start,
	.finish = gcm_finish,
};
