// SPDX-License-Identifier: GPL-2.0-only
/* Replies and events: everything about a session but its keys. */
#include "compat.h"
#include "header.h"
#include "net.h"
#include "netlink.h"
#include "stream.h"

static int fill_drops(struct sk_buff *msg, const u64 *sum)
{
	struct nlattr *nest = nla_nest_start(msg, SRTP_ST_DROPS);
	int reason;

	if (!nest)
		return -EMSGSIZE;
	for (reason = 1; reason <= SRTP_DROP_MAX; reason++)
		if (nla_put_u64_64bit(msg, reason, sum[SRTP_C_DROP + reason - 1],
				      SRTP_DROP_UNSPEC))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * srtp_fill_stats - a nest of counters
 * @msg: message
 * @attr: type of the nest
 * @stats: counters
 * @sn: namespace that they are of, or NULL
 *
 * Return: 0 or -EMSGSIZE.
 */
int srtp_fill_stats(struct sk_buff *msg, int attr, const struct srtp_stats __percpu *stats,
		    const struct srtp_net *sn)
{
	static const u8 types[] = {
		[SRTP_C_RX_PACKETS] = SRTP_ST_RX_PACKETS,
		[SRTP_C_RX_BYTES] = SRTP_ST_RX_BYTES,
		[SRTP_C_TX_PACKETS] = SRTP_ST_TX_PACKETS,
		[SRTP_C_TX_BYTES] = SRTP_ST_TX_BYTES,
		[SRTP_C_ASYNC] = SRTP_ST_ASYNC,
		[SRTP_C_PASSED] = SRTP_ST_PASSED,
	};
	u64 sum[SRTP_COUNTERS];
	struct nlattr *nest;
	unsigned int i;

	srtp_stats_sum(stats, sum);
	nest = nla_nest_start(msg, attr);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (nla_put_u64_64bit(msg, types[i], sum[i], SRTP_ST_PAD))
			return -EMSGSIZE;
	if (sn && (nla_put_u64_64bit(msg, SRTP_ST_SESSIONS, READ_ONCE(sn->count), SRTP_ST_PAD) ||
		   nla_put_u64_64bit(msg, SRTP_ST_EVENTS_LOST, atomic64_read(&sn->events_lost),
				     SRTP_ST_PAD)))
		return -EMSGSIZE;
	if (fill_drops(msg, sum))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int fill_header(struct sk_buff *msg, const struct srtp_ctx *ctx)
{
	const struct srtp_ext_ids *ids = srtp_header_ids(ctx);
	u8 list[255];
	int id, n = 0;

	for (id = 1; ids && id < 256; id++)
		if (srtp_ext_has(ids, id))
			list[n++] = id;
	if (n && nla_put(msg, SRTP_CA_EXT_IDS, n, list))
		return -EMSGSIZE;
	return srtp_ctx_secure(ctx) ? nla_put_u8(msg, SRTP_CA_CRYPTEX, srtp_header_cryptex(ctx)) : 0;
}

static int fill_ctx(struct sk_buff *msg, int attr, const struct srtp_ctx *ctx)
{
	struct nlattr *nest;

	if (!ctx)
		return 0;
	nest = nla_nest_start(msg, attr);
	if (!nest || nla_put_u16(msg, SRTP_CA_PROFILE, ctx->suite->profile) ||
	    nla_put_u32(msg, SRTP_CA_WINDOW, ctx->streams ? ctx->streams->window :
						    SRTP_WINDOW_DEFAULT))
		return -EMSGSIZE;
	if (ctx->mki_len && nla_put(msg, SRTP_CA_MKI, ctx->mki_len, ctx->mki))
		return -EMSGSIZE;
	if (srtp_ctx_secure(ctx) &&
	    (nla_put_u64_64bit(msg, SRTP_CA_LIMIT_RTP, ctx->half[SRTP_RTP].limit, SRTP_CA_PAD) ||
	     nla_put_u64_64bit(msg, SRTP_CA_LIMIT_RTCP, ctx->half[SRTP_RTCP].limit, SRTP_CA_PAD) ||
	     nla_put_u64_64bit(msg, SRTP_CA_PACKETS_RTP,
			       READ_ONCE(ctx->half[SRTP_RTP].packets), SRTP_CA_PAD) ||
	     nla_put_u64_64bit(msg, SRTP_CA_PACKETS_RTCP,
			       READ_ONCE(ctx->half[SRTP_RTCP].packets), SRTP_CA_PAD)))
		return -EMSGSIZE;
	if (fill_header(msg, ctx))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static u32 streams_of(const struct srtp_ctx *ctx)
{
	return ctx && ctx->streams ? READ_ONCE(ctx->streams->n) : 0;
}

static int fill_addr(struct sk_buff *msg, int attr, u16 family, const struct in6_addr *ip)
{
	return nla_put(msg, attr, family == NFPROTO_IPV4 ? 4 : 16, ip);
}

static int fill_conf(struct sk_buff *msg, const struct srtp_session *s,
		     const struct srtp_conf *conf)
{
	const struct srtp_local *l = &s->local;

	if (nla_put_u32(msg, SRTP_SA_ID, s->id) ||
	    fill_addr(msg, SRTP_SA_LOCAL_ADDR, l->family, &l->ip) ||
	    nla_put_be16(msg, SRTP_SA_LOCAL_PORT, l->port))
		return -EMSGSIZE;
	if (conf->has_remote &&
	    (fill_addr(msg, SRTP_SA_REMOTE_ADDR, l->family, &conf->remote.ip) ||
	     nla_put_be16(msg, SRTP_SA_REMOTE_PORT, conf->remote.port)))
		return -EMSGSIZE;
	if (fill_ctx(msg, SRTP_SA_RX, conf->rx) ||
	    fill_ctx(msg, SRTP_SA_TX, conf->tx) ||
	    nla_put_u8(msg, SRTP_SA_STATE, conf->state) ||
	    nla_put_u8(msg, SRTP_SA_VERIFIED, conf->verified) ||
	    nla_put_u64_64bit(msg, SRTP_SA_OWNER, conf->owner, SRTP_SA_PAD) ||
	    nla_put_u32(msg, SRTP_SA_PEER, conf->peer ? conf->peer->id : 0) ||
	    nla_put_u32(msg, SRTP_SA_RTCP_PEER, conf->rtcp_peer ? conf->rtcp_peer->id : 0) ||
	    nla_put_u8(msg, SRTP_SA_LATCH, srtp_conf_latch(conf)) ||
	    nla_put_u32(msg, SRTP_SA_IDLE_TIMEOUT, conf->idle_timeout) ||
	    nla_put_u16(msg, SRTP_SA_MAX_STREAMS, s->max_streams) ||
	    nla_put_u32(msg, SRTP_SA_RX_STREAMS, streams_of(conf->rx)) ||
	    nla_put_u32(msg, SRTP_SA_TX_STREAMS, streams_of(conf->tx)) ||
	    nla_put_u32(msg, SRTP_SA_IDLE, srtp_session_idle(s)) ||
	    fill_ctx(msg, conf->old ? SRTP_SA_RX_OLD : SRTP_SA_RX_NEXT, conf->other[0]) ||
	    fill_ctx(msg, SRTP_SA_TX_NEXT, conf->other[1]) ||
	    nla_put_u32(msg, SRTP_SA_OVERLAP, conf->overlap))
		return -EMSGSIZE;
	return 0;
}

/**
 * srtp_fill_session - a SRTP_A_SESSION
 * @msg: message
 * @s: session; the caller holds rcu_read_lock() or the namespace's mutex
 *
 * Return: 0, -ENOENT if the session is not live, or -EMSGSIZE.
 */
int srtp_fill_session(struct sk_buff *msg, struct srtp_session *s)
{
	struct srtp_conf *conf;
	struct nlattr *nest;
	int err;

	rcu_read_lock();
	conf = rcu_dereference(s->conf);
	err = conf ? 0 : -ENOENT;
	nest = err ? NULL : nla_nest_start(msg, SRTP_A_SESSION);
	if (!err && (!nest || fill_conf(msg, s, conf) ||
		     srtp_fill_stats(msg, SRTP_SA_STATS, s->stats, NULL)))
		err = -EMSGSIZE;
	rcu_read_unlock();
	if (nest && err)
		nla_nest_cancel(msg, nest);
	else if (nest)
		nla_nest_end(msg, nest);
	return err;
}
