// SPDX-License-Identifier: GPL-2.0-only
/* A request applied to a configuration that no packet sees yet, then published. */
#include <linux/siphash.h>

#include "compat.h"
#include "header.h"
#include "net.h"
#include "netlink.h"
#include "rekey.h"
#include "stream.h"
#include "table.h"

/* Of this boot; so the hashes kept of keys say nothing about keys. Set once at load. */
static siphash_key_t key_key __ro_after_init;

void __init srtp_apply_seed(void)
{
	get_random_bytes(&key_key, sizeof(key_key));
}

static u64 hash_key(const struct srtp_req_ctx *r)
{
	u8 buf[SRTP_MAX_KEY + SRTP_KDF_SALT];
	u64 hash;

	memcpy(buf, r->key, r->suite->key_len);
	memcpy(buf + r->suite->key_len, r->salt, r->suite->salt_len);
	hash = siphash(buf, r->suite->key_len + r->suite->salt_len, &key_key);
	memzero_explicit(buf, sizeof(buf));
	return hash ?: 1;
}

/*
 * A key comes back only by mistake, and would start again at indices that it
 * has been used with: two-time pad when sending (RFC 3711 section 9.1, RFC 7714
 * section 8.4), replays accepted when receiving.
 */
static int check_fresh(const struct srtp_req_ctx *r, u64 known[2], struct netlink_ext_ack *extack)
{
	u64 hash = hash_key(r);

	if (hash == known[0] || hash == known[1]) {
		NL_SET_ERR_MSG_ATTR(extack, r->attr,
				    "this master key and salt were already used here; install fresh ones");
		return -EEXIST;
	}
	known[1] = known[0];
	known[0] = hash;
	return 0;
}

/* A key to send with is remembered longer than its session; see kmod/used.c. */
static int check_unused(const struct srtp_req_ctx *r, struct srtp_session *s, struct srtp_ctx *ctx,
			struct netlink_ext_ack *extack)
{
	int err = srtp_used_add(&s->sn->used, hash_key(r), &ctx->used);

	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, r->attr,
				    "this master key and salt were already used to send with; install fresh ones");
	return err;
}

/* A keyed context that has no streams yet; with @now, one to follow that. */
static int make_ctx(const struct srtp_req_ctx *r, struct srtp_session *s, bool tx, u64 known[2],
		    const struct srtp_ctx *now, struct srtp_ctx **out,
		    struct netlink_ext_ack *extack)
{
	enum srtp_kind kind;
	struct srtp_ctx *ctx;
	int err = r->key ? check_fresh(r, known, extack) : 0;

	if (err)
		return err;
	ctx = srtp_ctx_alloc(r->suite);
	if (!ctx)
		return -ENOMEM;
	*out = ctx;
	ctx->session = s;
	if (!r->key)
		return 0;
	if (r->mki_len)
		srtp_ctx_set_mki(ctx, r->mki, r->mki_len);
	for (kind = SRTP_RTP; kind < SRTP_KINDS; kind++)
		srtp_ctx_set_limit(ctx, kind, r->limit[kind]);
	if (tx && !r->suite->auth_key_len)
		err = check_unused(r, s, ctx, extack);
	if (err)
		return err;
	err = now ? srtp_header_copy(ctx, now, tx) :
		    srtp_header_set(ctx, r->cryptex, r->has_ids ? &r->ids : NULL, tx);
	if (err)
		return err;
	err = srtp_ctx_set_master(ctx, r->key, r->salt);
	if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG_ATTR(extack, r->attr,
				    "the cipher's driver was loaded after srtp and needs larger requests; reload srtp");
	else if (err)
		NL_SET_ERR_MSG_ATTR(extack, r->attr,
				    "the kernel's crypto API cannot set up this profile");
	return err;
}

/* A context that replaces whatever there is in its direction. */
static int apply_ctx(const struct srtp_req_ctx *r, struct srtp_req *req, bool tx,
		     struct netlink_ext_ack *extack)
{
	struct srtp_conf *conf = req->conf;
	struct srtp_ctx **slot = tx ? &conf->tx : &conf->rx, *ctx = NULL;
	int err;

	if (tx && r->has_ids && r->cryptex) {
		NL_SET_ERR_MSG_ATTR(extack, r->attr,
				    "a packet is sent with cryptex or with encrypted elements, not both: choose one");
		return -EINVAL;
	}
	err = make_ctx(r, req->s, tx, conf->keys[tx], NULL, &ctx, extack);
	if (!err && r->key) {
		ctx->streams = srtp_streams_alloc(r->window ?: SRTP_WINDOW_DEFAULT,
						  req->s->max_streams);
		if (!ctx->streams)
			err = -ENOMEM;
		else if (*slot && (*slot)->streams)
			err = srtp_streams_inherit(ctx->streams, (*slot)->streams);
	}
	if (err) {
		srtp_ctx_put(ctx);
		return err;
	}
	srtp_conf_set_ctx(slot, ctx);
	srtp_conf_set_ctx(&conf->other[tx], NULL);
	if (!tx)
		conf->old = false;
	return 0;
}

/* A context that shall follow the current one. */
static int apply_next(const struct srtp_req_ctx *r, struct srtp_req *req, bool tx,
		      struct netlink_ext_ack *extack)
{
	struct srtp_conf *conf = req->conf;
	struct srtp_ctx *now = tx ? conf->tx : conf->rx, *ctx = NULL;
	const char *msg = NULL;
	int err = -EINVAL;

	if (!now || !srtp_ctx_secure(now) || now->suite != r->suite)
		msg = "the next key has to be of the profile of the current one";
	else if (r->window)
		msg = "the window is that of the current key";
	else if (r->has_ids || r->cryptex)
		msg = "the next key does with header extensions as the current one";
	else if (r->mki_len != now->mki_len)
		msg = "the MKIs of a direction have to be of one length";
	else if (r->mki_len && !memcmp(r->mki, now->mki, r->mki_len))
		msg = "the next key needs an MKI of its own";
	if (!msg && conf->other[tx] && (tx || !conf->old)) {
		msg = "a next key is waiting already; switch to it, or replace the current one";
		err = -EBUSY;
	}
	if (msg) {
		NL_SET_BAD_ATTR(extack, r->attr);
		extack->_msg = msg;
		return err;
	}
	err = make_ctx(r, req->s, tx, conf->keys[tx], now, &ctx, extack);
	if (err) {
		srtp_ctx_put(ctx);
		return err;
	}
	srtp_streams_get(now->streams);
	ctx->streams = now->streams;
	srtp_conf_set_ctx(&conf->other[tx], ctx);
	if (!tx)
		conf->old = false;
	return 0;
}

static int apply_switch(struct nlattr *attr, struct srtp_conf *conf,
			struct netlink_ext_ack *extack)
{
	u8 which = nla_get_u8(attr);

	if ((which & SRTP_SWITCH_RX && (!conf->other[0] || conf->old)) ||
	    (which & SRTP_SWITCH_TX && !conf->other[1])) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no next key is waiting to be switched to");
		return -ENOKEY;
	}
	if (which & SRTP_SWITCH_RX)
		srtp_rekey_turn(conf);
	if (which & SRTP_SWITCH_TX) {
		srtp_conf_set_ctx(&conf->tx, conf->other[1]);
		conf->other[1] = NULL;
	}
	return 0;
}

static int apply_keys(struct srtp_req *req, struct netlink_ext_ack *extack)
{
	int err = 0, tx;

	if (req->tb[SRTP_SA_OVERLAP])
		req->conf->overlap = nla_get_u32(req->tb[SRTP_SA_OVERLAP]);
	for (tx = 0; tx < 2 && !err; tx++)
		if (req->dir[tx].attr)
			err = apply_ctx(&req->dir[tx], req, tx, extack);
	for (tx = 0; tx < 2 && !err; tx++)
		if (req->next[tx].attr)
			err = apply_next(&req->next[tx], req, tx, extack);
	if (!err && req->tb[SRTP_SA_SWITCH])
		err = apply_switch(req->tb[SRTP_SA_SWITCH], req->conf, extack);
	return err ?: srtp_preset_apply(req, extack);
}

static int apply_peer(struct nlattr *attr, struct srtp_session *s, struct srtp_session **slot,
		      struct netlink_ext_ack *extack)
{
	u32 id = nla_get_u32(attr);
	struct srtp_session *peer = NULL;

	if (id) {
		peer = srtp_table_find_id(s->sn, id);
		if (!peer) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "no session with that id to be the peer");
			return -ENOENT;
		}
		if (peer == s) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "a session cannot be its own peer");
			return -EINVAL;
		}
	}
	srtp_conf_set_peer(slot, peer);
	return 0;
}

/* Do the parts of a configuration go together, and may it be open. */
static int check(const struct srtp_req *req, const struct srtp_conf *conf,
		 struct netlink_ext_ack *extack)
{
	struct nlattr *at = req->tb[SRTP_SA_LATCH] ?: req->nest;

	if (conf->rx && !srtp_ctx_secure(conf->rx) && conf->latch == SRTP_LATCH_AUTHENTICATED) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "latch authenticated needs an encrypted receive side");
		return -EINVAL;
	}
	if (conf->rx && srtp_ctx_secure(conf->rx) && conf->latch == SRTP_LATCH_FIRST) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "latch first is for plain RTP; use authenticated here");
		return -EINVAL;
	}
	if (conf->verified && ((conf->rx && srtp_ctx_readable(conf->rx)) ||
			       (conf->tx && srtp_ctx_readable(conf->tx)))) {
		NL_SET_ERR_MSG_ATTR(extack, req->tb[SRTP_SA_VERIFIED] ?: req->nest,
				    "what is not encrypted cannot be verified");
		return -EINVAL;
	}
	if (conf->state != SRTP_STATE_OPEN)
		return 0;
	at = req->tb[SRTP_SA_STATE] ?: req->nest;
	if (!conf->rx || !conf->tx) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "a session opens only when its receive and its transmit context are set");
		return -ENOKEY;
	}
	if (!conf->has_remote && srtp_conf_latch(conf) == SRTP_LATCH_NEVER) {
		NL_SET_ERR_MSG_ATTR(extack, at,
				    "a session opens only when its remote address is known or may be latched");
		return -EDESTADDRREQ;
	}
	return 0;
}

/**
 * srtp_req_apply - make the changes of a request in its configuration
 * @req: parsed; s and conf set, conf not published
 * @sn: namespace; its mutex is held
 * @extack: told what is wrong
 *
 * Return: 0, or an error with @req->conf to be thrown away.
 */
int srtp_req_apply(struct srtp_req *req, struct srtp_net *sn, struct netlink_ext_ack *extack)
{
	struct srtp_conf *conf = req->conf;
	struct nlattr **tb = req->tb;
	int err = 0;

	lockdep_assert_held(&sn->mutex);
	if (tb[SRTP_SA_REMOTE_ADDR]) {
		bool v4 = req->s->local.family == NFPROTO_IPV4;

		if (nla_len(tb[SRTP_SA_REMOTE_ADDR]) != (v4 ? 4 : 16)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[SRTP_SA_REMOTE_ADDR],
					    "local and remote address are of different families");
			return -EAFNOSUPPORT;
		}
		conf->remote = req->remote;
		conf->has_remote = true;
	}
	if (tb[SRTP_SA_VERIFIED])
		conf->verified = nla_get_u8(tb[SRTP_SA_VERIFIED]);
	if (tb[SRTP_SA_OWNER])
		conf->owner = nla_get_u64(tb[SRTP_SA_OWNER]);
	if (tb[SRTP_SA_LATCH])
		conf->latch = nla_get_u8(tb[SRTP_SA_LATCH]);
	if (tb[SRTP_SA_IDLE_TIMEOUT])
		conf->idle_timeout = nla_get_u32(tb[SRTP_SA_IDLE_TIMEOUT]);
	if (tb[SRTP_SA_STATE]) {
		u8 state = nla_get_u8(tb[SRTP_SA_STATE]);

		if (state == SRTP_STATE_OPEN && conf->state != SRTP_STATE_OPEN) {
			conf->opened = jiffies;
			conf->latched = false;
		}
		conf->state = state;
	}
	if (tb[SRTP_SA_PEER])
		err = apply_peer(tb[SRTP_SA_PEER], req->s, &conf->peer, extack);
	if (!err && tb[SRTP_SA_RTCP_PEER])
		err = apply_peer(tb[SRTP_SA_RTCP_PEER], req->s, &conf->rtcp_peer, extack);
	if (req->peers[0])
		srtp_conf_set_peer(&conf->peer, req->peers[0]);
	if (req->peers[1])
		srtp_conf_set_peer(&conf->rtcp_peer, req->peers[1]);
	if (!err)
		err = apply_keys(req, extack);
	srtp_rekey_ready(conf);
	return err ?: check(req, conf, extack);
}

/**
 * srtp_req_publish - let packets see the new configuration; cannot fail
 * @req: applied; its conf moves to the session
 *
 * The packet path may have latched a remote address since the configuration was
 * copied; unless the request has its own, that address stays.
 */
void srtp_req_publish(struct srtp_req *req)
{
	struct srtp_session *s = req->s;
	struct srtp_conf *conf = req->conf, *old;
	/* A packet may replace conf once it is published. */
	u32 idle_timeout = conf->idle_timeout, overlap = 0;

	if (conf->tx)
		srtp_used_keep(conf->tx->used);
	if (conf->other[1])
		srtp_used_keep(conf->other[1]->used);
	srtp_preset_publish(req);
	spin_lock_bh(&s->lock);
	old = rcu_dereference_protected(s->conf, lockdep_is_held(&s->lock));
	/* A packet came under the next key since. */
	if (old && conf->other[0] && !conf->old && old->rx == conf->other[0]) {
		srtp_rekey_turn(conf);
		if (old->old)
			conf->retire = old->retire;
	}
	if (old && !req->tb[SRTP_SA_REMOTE_ADDR]) {
		conf->remote = old->remote;
		conf->has_remote = old->has_remote;
		if (conf->opened == old->opened)
			conf->latched = old->latched;
	}
	if (conf->old)
		overlap = conf->overlap;
	srtp_conf_publish(s, conf);
	spin_unlock_bh(&s->lock);
	req->conf = NULL;
	srtp_session_touch(s);
	srtp_net_idle_soon(s->sn, idle_timeout);
	srtp_net_idle_soon(s->sn, overlap);
}
