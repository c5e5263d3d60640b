/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_CRYPTO_H
#define _SRTP_CRYPTO_H

#include <crypto/aead.h>
#include <crypto/sha1.h>
#include <crypto/skcipher.h>
#include <linux/indirect_call_wrapper.h>
#include <linux/refcount.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "bytes.h"
#include "kdf.h"

#define SRTP_MAX_KEY		32	/* AES-256 */
#define SRTP_MAX_AUTH_KEY	20	/* HMAC-SHA1 */
#define SRTP_MAX_TAG		16	/* AES-GCM */
#define SRTP_MKI_MAX		128	/* octets, RFC 4568 section 6.1 */

struct srtp_op;
struct srtp_ctx;
struct srtp_header;
struct srtp_half;
struct srtp_hmac;
struct srtp_session;
struct srtp_streams;
struct srtp_used;

/** enum srtp_kind - the two halves of a context have keys and indices of their own */
enum srtp_kind {
	SRTP_RTP,
	SRTP_RTCP,
	SRTP_KINDS,
};

/**
 * struct srtp_session_keys - what the KDF makes of a master key, for one half
 * @key: suite->key_len octets.
 * @auth: suite->auth_key_len octets.
 * @salt: suite->salt_len octets.
 *
 * Lives on a stack for the time of an install and is wiped there.
 */
struct srtp_session_keys {
	u8 key[SRTP_MAX_KEY];
	u8 auth[SRTP_MAX_AUTH_KEY];
	u8 salt[SRTP_KDF_SALT];
};

/**
 * struct srtp_cipher_ops - one way to protect a packet in a buffer
 * @setkey: allocates and keys the transforms of @half.  May sleep.
 * @free: the reverse; also of a half-made @half.
 * @reqsize: octets of request memory that @half's cipher needs in an op.
 * @run: the whole op: @start and, if the cipher is through, @finish.
 * @start: begins the op; 0 or an error when the cipher is through, -EINPROGRESS when
 *	srtp_op_complete() will be called for it.
 * @check: what @start does first with a received packet, if its tag is compared before
 *	the cipher; else NULL.
 * @crypt: the rest of @start.
 * @finish: what is left to do after the cipher, with its result; 0 or an error.
 *
 * An error is a negative errno, or the enum srtp_drop of a packet refused for a reason
 * of its own.  @setkey, @free and @reqsize are those of the suite.
 */
struct srtp_cipher_ops {
	int (*setkey)(const struct srtp_ctx *ctx, struct srtp_half *half,
		      const struct srtp_session_keys *keys);
	void (*free)(struct srtp_half *half);
	unsigned int (*reqsize)(const struct srtp_half *half);
	int (*run)(struct srtp_op *op);
	int (*start)(struct srtp_op *op);
	int (*check)(struct srtp_op *op);
	int (*crypt)(struct srtp_op *op);
	int (*finish)(struct srtp_op *op, int err);
};

/**
 * struct srtp_suite - a row for every protection profile
 * @profile: DTLS-SRTP profile id.
 * @name: IANA name.
 * @key_len: octets of master and session encryption key.
 * @salt_len: octets of master and session salt.
 * @auth_key_len: octets of session authentication key; 0 for AEAD.
 * @tag: octets of tag, by kind; at least 4, see cm_digest().
 * @ebit: SRTCP_E bit of every SRTCP packet (RFC 3711 section 3.4): SRTP_RTCP_E, or
 *	0 with the NULL cipher.
 * @limit: packets that one master key may protect, by kind.
 * @ops: how; NULL for plain RTP.
 */
struct srtp_suite {
	u16 profile;
	const char *name;
	u8 key_len;
	u8 salt_len;
	u8 auth_key_len;
	u8 tag[SRTP_KINDS];
	u32 ebit;
	u64 limit[SRTP_KINDS];
	const struct srtp_cipher_ops *ops;
};

/**
 * struct srtp_half - keys for SRTP or for SRTCP, in one direction
 * @aead: AEAD suites.
 * @ctr: counter mode suites; shares the memory of @aead.
 * @hmac: counter mode suites.
 * @salt: session salt.
 * @limit: packets that this key may protect; not more than the suite's.
 * @packets: protected under this key so far.
 * @mark: when @packets gets there something has to be done: tell of the first,
 *	warn, stop.  This and @packets are guarded by the streams' lock.
 */
struct srtp_half {
	union {
		struct crypto_aead *aead;
		struct crypto_skcipher *ctr;
	};
	struct srtp_hmac *hmac;
	u8 salt[SRTP_KDF_SALT];
	u64 limit;
	u64 packets;
	u64 mark;
};

/**
 * struct srtp_ctx - one master key in one direction of one session
 * @refs: every srtp_conf that points here has one; the last to go frees it.
 *	A packet in flight holds the srtp_conf and so the context.
 * @suite: never changes; nor do the following, once packets see the context.
 * @ops: how; NULL for plain RTP.  The suite's, or those of header.c.
 * @header: what is done with header extensions, or NULL; see header.c.
 * @streams: of its direction; a reference.  Keys that follow each other in flight
 *	share them: indices belong to a stream, not to a key (RFC 3711 section 3.2.1).
 * @session: for events; not a reference, it outlives every srtp_conf.
 * @used: entry of the registry of transmit keys, or NULL.
 * @overhead: octets that protecting adds to a packet, by kind.
 * @mki_len: 0, or octets of @mki.
 * @mki: RFC 3711 section 3.1.
 * @half: keys by kind; the transforms never change after the install.
 */
struct srtp_ctx {
	refcount_t refs;
	u8 mki_len;
	const struct srtp_suite *suite;
	const struct srtp_cipher_ops *ops;
	struct srtp_header *header;
	struct srtp_streams *streams;
	struct srtp_session *session;
	struct srtp_used *used;
	u32 overhead[SRTP_KINDS];
	struct srtp_half half[SRTP_KINDS];
	u8 mki[SRTP_MKI_MAX];
};

/**
 * struct srtp_op - one packet on its way through a cipher
 * @ctx: whose keys; the caller keeps it alive until the op is over.
 * @buf: the RTP or RTCP packet, linear, private, writable, not on a stack.
 *	Protecting grows it by srtp_ctx_overhead(), which is writable behind it.
 * @len: octets at @buf; changed to the new length when the op is over.
 * @hdr_len: how many of them stay clear.
 * @index: SRTP index, or SRTCP index without the E bit.
 * @ssrc: of the packet.
 * @kind: RTP or RTCP.
 * @protect: direction.
 * @whole: header.c's: octets of the header while it is in another order; else 0.
 * @done: called when the cipher completed later, in any context with bottom
 *	halves off, if srtp_op_start() returned -EINPROGRESS; never otherwise.
 * @iv: of the cipher.
 * @word: E bit and SRTCP index as on the wire; the last part of GCM's AAD.
 * @tag: received tag, kept while the ROC stands in its place.
 * @digest: of HMAC-SHA1, whose first octets are the tag.
 * @one: scatterlist of the request when it is one piece.
 * @two: the same with the tag in a piece of its own, which AEAD drivers find sooner
 *	than the last octets of one piece.  The ends of both are marked once, by
 *	srtp_op_init().
 * @sg: scatterlist of the request when it is three.
 * @req: request memory, pool_reqsize octets.
 *
 * One object for each packet in flight: cryptd works on request, list and IV
 * after the submitter returned, so none of them may be shared or on a stack.
 */
struct srtp_op {
	struct srtp_ctx *ctx;
	u8 *buf;
	u32 len;
	u32 hdr_len;
	u64 index;
	u32 ssrc;
	u8 kind;
	bool protect;
	u32 whole;
	void (*done)(struct srtp_op *op, int err);
	u8 iv[16];
	u8 word[4];
	u8 tag[SRTP_MAX_TAG];
	u8 digest[SHA1_DIGEST_SIZE];
	struct scatterlist one;
	struct scatterlist two[2];
	struct scatterlist sg[3];
	u8 req[] CRYPTO_MINALIGN_ATTR;
};

extern const struct srtp_cipher_ops srtp_cm_ops, srtp_null_ops, srtp_gcm_ops;
int srtp_cm_run(struct srtp_op *op);
int srtp_gcm_run(struct srtp_op *op);

const char *srtp_alg_gcm(void);
const char *srtp_alg_ctr(void);

const struct srtp_suite *srtp_suite_find(u16 profile);
struct srtp_ctx *srtp_ctx_alloc(const struct srtp_suite *suite);
void srtp_ctx_set_limit(struct srtp_ctx *ctx, enum srtp_kind kind, u64 packets);
void srtp_ctx_set_mki(struct srtp_ctx *ctx, const u8 *mki, u8 len);
int srtp_ctx_set_master(struct srtp_ctx *ctx, const u8 *key, const u8 *salt);
int srtp_ctx_set_session(struct srtp_ctx *ctx, enum srtp_kind kind,
			 const struct srtp_session_keys *keys);
void srtp_ctx_get(struct srtp_ctx *ctx);
void srtp_ctx_put(struct srtp_ctx *ctx);
u32 srtp_ctx_word_offset(const struct srtp_ctx *ctx, u32 len);

int srtp_op_run_parts(struct srtp_op *op);
void srtp_op_complete(struct srtp_op *op, int err);
int srtp_op_drop_reason(int err);

/* srtp_op_init - once, before the first use of an op's memory */
static inline void srtp_op_init(struct srtp_op *op)
{
	sg_init_table(&op->one, 1);
	sg_init_table(op->two, 2);
}

/**
 * srtp_op_start - protect or unprotect the packet in a buffer
 * @op: everything down to @done filled in; not of a context for plain RTP
 *
 * Bottom halves are off.
 *
 * Return: 0 when it is done and @op->len is the new length; -EINPROGRESS when
 * @op->done will be (or even has been) called; another error when it failed, -EBADMSG
 * for authentication.
 */
static inline int srtp_op_start(struct srtp_op *op)
{
	return INDIRECT_CALL_2(op->ctx->ops->run, srtp_gcm_run, srtp_cm_run, op);
}

/* Are packets authenticated; they need not be encrypted. */
static inline bool srtp_ctx_secure(const struct srtp_ctx *ctx)
{
	return ctx->ops;
}

/* Octets that protecting adds to a packet. */
static inline unsigned int srtp_ctx_overhead(const struct srtp_ctx *ctx, enum srtp_kind kind)
{
	return ctx->overhead[kind];
}

/* Octets of tag that are behind an MKI: an AEAD tag is in front of it. */
static inline unsigned int srtp_ctx_behind(const struct srtp_ctx *ctx, enum srtp_kind kind)
{
	return ctx->suite->auth_key_len ? ctx->suite->tag[kind] : 0;
}

/* Plain RTP, or the NULL cipher: to be read by anybody. */
static inline bool srtp_ctx_readable(const struct srtp_ctx *ctx)
{
	return !ctx->suite->ebit;
}

#endif /* _SRTP_CRYPTO_H */
