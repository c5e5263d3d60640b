// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that change in flight.  A direction has two slots.  Sending, the next key
 * waits until it is told to take over.  Receiving, it takes over with the first
 * packet that it opens, and the one before stays for those that are late.  Which of
 * two keys a packet has is told by its MKI, or found by trying.
 */
#include <linux/slab.h>

#include "mki.h"
#include "event.h"
#include "net.h"
#include "netlink.h"
#include "rekey.h"

/**
 * struct srtp_spare - what a second try needs
 * @ctx: its key; the configuration that the packet holds keeps it.
 * @len: octets of @data.
 * @data: the packet as it was: a cipher that fails may leave anything behind.
 */
struct srtp_spare {
	struct srtp_ctx *ctx;
	u32 len;
	u8 data[];
};

static bool retired(const struct srtp_conf *conf)
{
	return conf->old && time_after_eq(jiffies, conf->retire);
}

static bool used_up(const struct srtp_ctx *ctx, enum srtp_kind kind)
{
	return READ_ONCE(ctx->half[kind].packets) >= ctx->half[kind].limit;
}

/* The key whose MKI the packet has. Returns 0 or a drop reason. */
static int choose_by_mki(const struct sk_buff *skb, unsigned int payload, unsigned int len,
			 enum srtp_kind kind, struct srtp_ctx *rx, struct srtp_ctx *other,
			 struct srtp_ctx **ctx)
{
	u8 copy[SRTP_MKI_MAX];
	const u8 *mki;

	if (len < srtp_ctx_overhead(rx, kind))
		return SRTP_DROP_SHORT;
	mki = skb_header_pointer(skb, payload + srtp_mki_offset(len, rx->mki_len,
								srtp_ctx_behind(rx, kind)),
				 rx->mki_len, copy);
	if (!mki)
		return SRTP_DROP_MALFORMED;
	if (!memcmp(mki, rx->mki, rx->mki_len))
		return 0;
	if (!other || memcmp(mki, other->mki, rx->mki_len))
		return SRTP_DROP_MKI;
	*ctx = other;
	return 0;
}

/**
 * srtp_rekey_choose - under which key is a packet to be opened
 * @skb: the packet; not changed
 * @payload: offset of the UDP payload
 * @len: octets of it
 * @kind: RTP or RTCP
 * @conf: configuration with @choose set
 */
struct srtp_chosen srtp_rekey_choose(const struct sk_buff *skb, unsigned int payload,
				     unsigned int len, enum srtp_kind kind,
				     const struct srtp_conf *conf)
{
	struct srtp_ctx *rx = conf->rx, *other = retired(conf) ? NULL : conf->other[0];
	struct srtp_chosen chosen = { .ctx = rx };
	int drop;

	if (rx->mki_len) {
		drop = choose_by_mki(skb, payload, len, kind, rx, other, &chosen.ctx);
		if (drop)
			chosen.ctx = ERR_PTR(-drop);
	} else if (other && used_up(rx, kind)) {
		chosen.ctx = other;
	} else if (other && !used_up(other, kind)) {
		chosen.second = other;
	}
	return chosen;
}

/**
 * srtp_rekey_prepare - take the MKI out, keep what a second try needs
 * @work: everything filled in
 * @second: from srtp_rekey_choose()
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_rekey_prepare(struct srtp_work *work, struct srtp_ctx *second)
{
	struct srtp_op *op = &work->op;
	const struct srtp_ctx *ctx = op->ctx;

	if (ctx->mki_len) {
		srtp_mki_remove(op->buf, op->len, ctx->mki_len, srtp_ctx_behind(ctx, op->kind));
		op->len -= ctx->mki_len;
	}
	if (!second)
		return 0;
	work->spare = kmalloc(struct_size(work->spare, data, op->len), GFP_ATOMIC | __GFP_NOWARN);
	if (!work->spare)
		return -ENOMEM;
	work->spare->ctx = second;
	work->spare->len = op->len;
	memcpy(work->spare->data, op->buf, op->len);
	return 0;
}

/**
 * srtp_rekey_again - shall the packet be tried with the second key
 * @work: a received packet that has been through its cipher; spare set
 * @err: result of the op
 *
 * Index and window are the stream's, and so the same for both.
 *
 * Return: true when the op is as it was before, but with the other key.
 */
bool srtp_rekey_again(struct srtp_work *work, int err)
{
	struct srtp_spare *spare = work->spare;
	struct srtp_op *op = &work->op;
	bool again = err == -EBADMSG;

	work->spare = NULL;
	if (again) {
		memcpy(op->buf, spare->data, spare->len);
		op->len = spare->len;
		op->ctx = spare->ctx;
	}
	kfree(spare);
	return again;
}

/**
 * srtp_rekey_ready - work out what packets want to know at a glance
 * @conf: not published yet
 */
void srtp_rekey_ready(struct srtp_conf *conf)
{
	conf->choose = conf->rx && (conf->other[0] || conf->rx->mki_len);
}

/**
 * srtp_rekey_turn - the next receive key takes over, the other one is old
 * @conf: not published yet; other[0] is the next
 */
void srtp_rekey_turn(struct srtp_conf *conf)
{
	swap(conf->rx, conf->other[0]);
	conf->old = true;
	conf->retire = jiffies + conf->overlap * HZ;
	if (!conf->overlap) {
		srtp_ctx_put(conf->other[0]);	/* not the last: see srtp_conf_set_ctx() */
		conf->other[0] = NULL;
		conf->old = false;
	}
	srtp_rekey_ready(conf);
}

/**
 * srtp_rekey_came - a good packet came under another key than the current one
 * @s: session
 * @ctx: the key
 *
 * Called in the packet path, with bottom halves off.  If memory is short the next
 * packet tries again.  Once the session is deleted, conf is NULL, so the worker is
 * not woken for a namespace that ends.
 */
void srtp_rekey_came(struct srtp_session *s, const struct srtp_ctx *ctx)
{
	struct srtp_conf *old, *conf;

	spin_lock(&s->lock);
	old = rcu_dereference_protected(s->conf, lockdep_is_held(&s->lock));
	conf = old && !old->old && old->other[0] == ctx ? srtp_conf_copy(old, GFP_ATOMIC) : NULL;
	if (!conf) {
		spin_unlock(&s->lock);
		return;
	}
	srtp_rekey_turn(conf);
	srtp_conf_publish(s, conf);
	srtp_net_idle_soon(s->sn, conf->overlap);
	spin_unlock(&s->lock);
	srtp_event(s, SRTP_EVENT_SWITCHED, GFP_ATOMIC);
}

/**
 * srtp_rekey_retire - let go of the key before, if it is time
 * @s: live session; sn->mutex is held
 *
 * Packets do not use it any more; this is what gets it wiped.
 *
 * Return: seconds until it will be time, or 0 for never.
 */
u32 srtp_rekey_retire(struct srtp_session *s)
{
	struct srtp_conf *old, *conf;
	unsigned long left;
	u32 due = 0;

	spin_lock_bh(&s->lock);
	old = rcu_dereference_protected(s->conf, lockdep_is_held(&s->lock));
	if (!old->old)
		goto none;
	left = old->retire - jiffies;	/* before it is asked if it is over: never less than none */
	if (!retired(old)) {
		due = left / HZ + 1;
		goto none;
	}
	conf = srtp_conf_copy(old, GFP_ATOMIC);
	if (!conf) {
		due = 1;
		goto none;
	}
	srtp_conf_set_ctx(&conf->other[0], NULL);
	conf->old = false;
	srtp_rekey_ready(conf);
	srtp_conf_publish(s, conf);
	spin_unlock_bh(&s->lock);
	return 0;
none:
	spin_unlock_bh(&s->lock);
	return due;
}
