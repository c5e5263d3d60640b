// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-tests at load: published packets through the very code that packets take
 * later.  A kernel whose crypto, or a build whose arithmetic, is wrong does not
 * get to serve keys: the module refuses to load.
 */
#include <crypto/aes.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "crypto.h"
#include "header.h"
#include "index.h"
#include "pool.h"
#include "replay.h"
#include "rtp.h"
#include "selftest.h"
#include "selftest_vectors.h"

#define BUF	512

static bool selftest_corrupt;
module_param(selftest_corrupt, bool, 0444);
MODULE_PARM_DESC(selftest_corrupt,
		 "Falsify one expected value, to see that a failed self-test refuses to load");

/* What a test works in; memory of its own, as scatterlists may not point to a stack. */
struct arena {
	struct completion done;
	int err;
	u8 key[SRTP_MAX_KEY];
	u8 salt[SRTP_KDF_SALT];
	u8 plain[BUF];
	u8 wire[BUF];
	u8 buf[BUF];
	struct srtp_session_keys keys;
	struct crypto_aes_ctx aes;
};

static struct arena *arena;

static int fail(const char *what, const char *name)
{
	pr_err("self-test failed: %s (%s); not loading\n", what, name);
	return -EINVAL;
}

static unsigned int unhex(u8 *out, const char *hex)
{
	unsigned int len = strlen(hex) / 2;

	return hex2bin(out, hex, len) ? 0 : len;
}

static void aes_block(const void *key, u8 out[16], const u8 in[16])
{
	aes_encrypt(key, out, in);
}

static int test_kdf(void)
{
	unsigned int i;

	unhex(arena->salt, kdf_salt);
	if (aes_expandkey(&arena->aes, arena->key, unhex(arena->key, kdf_key)))
		return fail("AES", "RFC 3711 B.3");
	for (i = 0; i < ARRAY_SIZE(kdf_vectors); i++) {
		unsigned int len = unhex(arena->plain, kdf_vectors[i].hex);

		srtp_kdf(aes_block, &arena->aes, arena->salt, 14, kdf_vectors[i].label,
			 arena->buf, len);
		if (memcmp(arena->buf, arena->plain, len))
			return fail("key derivation", "RFC 3711 B.3");
	}
	return 0;
}

static int test_index(void)
{
	struct srtp_index s = { .roc = 1, .s_l = 0xfffe, .started = true };
	struct srtp_replay *r = (void *)arena->buf;
	u64 index;

	if (srtp_index_estimate(&s, 0xffff, &index) || index != 0x1ffffULL ||
	    !srtp_index_commit(&s, index) ||
	    srtp_index_estimate(&s, 0, &index) || index != 0x20000ULL ||
	    !srtp_index_commit(&s, index) || s.roc != 2 ||
	    srtp_index_estimate(&s, 0xfffd, &index) || index != 0x1fffdULL ||
	    srtp_index_commit(&s, index) || s.roc != 2 || s.s_l != 0)
		return fail("index estimate", "RFC 3711 appendix A");
	s = (struct srtp_index){ .started = true };
	if (srtp_index_estimate(&s, 0xffff, &index) != SRTP_DROP_OLD)
		return fail("index estimate", "before the first packet");
	srtp_replay_init(r, 64);
	srtp_replay_mark(r, 100);
	if (srtp_replay_check(r, 100) != SRTP_DROP_REPLAY || srtp_replay_check(r, 37) ||
	    srtp_replay_check(r, 36) != SRTP_DROP_OLD || srtp_replay_check(r, 101))
		return fail("replay window", "RFC 3711 section 3.3.2");
	return 0;
}

static void op_done(struct srtp_op *op, int err)
{
	arena->err = err;
	complete(&arena->done);
}

/* Runs one op on arena->buf; returns its error, the new length in @len. */
static int run(struct srtp_ctx *ctx, enum srtp_kind kind, u64 index, bool protect, u32 *len)
{
	struct srtp_work *work;
	struct srtp_rtp rtp;
	struct srtp_op *op;
	int err;

	err = (kind == SRTP_RTP ? srtp_rtp_parse : srtp_rtcp_parse)(arena->buf, *len, *len, &rtp);
	if (err)
		return -EINVAL;
	reinit_completion(&arena->done);
	local_bh_disable();
	work = srtp_pool_get();
	local_bh_enable();
	if (!work)
		return -ENOMEM;
	op = &work->op;
	op->ctx = ctx;
	op->buf = arena->buf;
	op->len = *len;
	op->hdr_len = rtp.hdr_len;
	op->index = index;
	op->ssrc = rtp.ssrc;
	op->kind = kind;
	op->protect = protect;
	op->done = op_done;
	local_bh_disable();
	err = srtp_op_start(op);
	local_bh_enable();
	if (err == -EINPROGRESS) {
		wait_for_completion(&arena->done);
		err = arena->err;
	}
	*len = op->len;
	local_bh_disable();
	srtp_pool_put(work);
	local_bh_enable();
	return err;
}

static struct srtp_ctx *make_ctx(u16 profile, bool master, enum srtp_kind kind, const char *key,
				 const char *salt, const struct vector *v)
{
	struct srtp_ctx *ctx = srtp_ctx_alloc(srtp_suite_find(profile));
	struct srtp_session_keys *keys = &arena->keys;
	struct srtp_ext_ids ids = {};
	const u8 *id;
	int err;

	if (!ctx)
		return NULL;
	for (id = v ? v->ids : NULL; id && *id; id++)
		srtp_ext_add(&ids, *id);
	err = v ? srtp_header_set(ctx, v->cryptex, v->ids ? &ids : NULL, true) : 0;
	if (err)
		goto fail;
	memset(keys, 0, sizeof(*keys));
	unhex(arena->key, key);
	unhex(arena->salt, salt);
	if (master) {
		err = srtp_ctx_set_master(ctx, arena->key, arena->salt);
	} else {
		memcpy(keys->key, arena->key, sizeof(keys->key));
		memcpy(keys->salt, arena->salt, sizeof(keys->salt));
		err = srtp_ctx_set_session(ctx, kind, keys);
	}
	if (!err)
		return ctx;
fail:
	srtp_ctx_put(ctx);
	return NULL;
}

/* Protect the plain packet and compare, unprotect and compare, refuse a flipped bit. */
static int test_vector(const struct vector *v, struct srtp_ctx *ctx)
{
	u32 plain = unhex(arena->plain, v->plain);
	u32 wire = unhex(arena->wire, v->wire);
	u32 len = plain;

	if (selftest_corrupt)
		arena->wire[wire - 1] ^= 1;
	memcpy(arena->buf, arena->plain, plain);
	if (run(ctx, v->kind, v->index, true, &len) || len != wire ||
	    memcmp(arena->buf, arena->wire, wire))
		return fail("protect", v->name);
	if (run(ctx, v->kind, v->index, false, &len) || len != plain ||
	    memcmp(arena->buf, arena->plain, plain))
		return fail("unprotect", v->name);
	memcpy(arena->buf, arena->wire, wire);
	arena->buf[1] ^= 0x01;
	len = wire;
	if (run(ctx, v->kind, v->index, false, &len) != -EBADMSG)
		return fail("refuse a forged packet", v->name);
	return 0;
}

static int test_packets(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(vectors) && !err; i++) {
		const struct vector *v = &vectors[i];
		struct srtp_ctx *ctx = make_ctx(v->profile, v->master, v->kind, v->key, v->salt,
						v);

		if (!ctx)
			return fail("set up keys", v->name);
		err = test_vector(v, ctx);
		srtp_ctx_put(ctx);
	}
	return err;
}

/* A payload of zeros comes out as keystream. */
static int test_keystream(void)
{
	struct srtp_ctx *ctx = make_ctx(SRTP_PROFILE_AES128_CM_SHA1_80, false, SRTP_RTP, cm_key,
					cm_salt, NULL);
	u32 text = unhex(arena->plain, cm_keystream), len = SRTP_RTP_MIN + text;
	int err = 0;

	if (!ctx)
		return fail("set up keys", "RFC 3711 B.2");
	memset(arena->buf, 0, len);
	arena->buf[0] = 0x80;
	if (run(ctx, SRTP_RTP, 0, true, &len) ||
	    memcmp(arena->buf + SRTP_RTP_MIN, arena->plain, text))
		err = fail("keystream", "RFC 3711 B.2");
	srtp_ctx_put(ctx);
	return err;
}

/**
 * srtp_selftest - do the crypto and the arithmetic work as published
 *
 * Return: 0; -EINVAL after a line in the kernel log that says what does not;
 * -ENOMEM.
 */
int __init srtp_selftest(void)
{
	int err;

	arena = kzalloc(sizeof(*arena), GFP_KERNEL);
	if (!arena)
		return -ENOMEM;
	init_completion(&arena->done);
	err = test_kdf() ?: test_index() ?: test_keystream() ?: test_packets();
	kfree_sensitive(arena);
	arena = NULL;
	if (!err)
		pr_info("self-test: %zu packets, all right\n", ARRAY_SIZE(vectors));
	return err;
}
