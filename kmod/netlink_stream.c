// SPDX-License-Identifier: GPL-2.0-only
/* Where streams are, told and set: what hands a call over, keys apart. */
#include <linux/slab.h>

#include "compat.h"
#include "net.h"
#include "netlink.h"
#include "stream.h"
#include "table.h"

static int parse(struct nlattr *attr, bool tx, struct srtp_preset *p,
		 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SRTP_RA_MAX + 1];
	int err = nla_parse_nested(tb, SRTP_RA_MAX, attr, srtp_stream_policy, extack);

	if (err)
		return err;
	if (!tb[SRTP_RA_SSRC] || (tx && !tb[SRTP_RA_SEQ])) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a stream needs its SSRC, and one to send its highest sequence number");
		return -EINVAL;
	}
	BUILD_BUG_ON(SRTP_RA_RTCP_INDEX_MAX >= SRTCP_INDEX_LIMIT);
	*p = (struct srtp_preset){
		.ssrc = nla_get_u32(tb[SRTP_RA_SSRC]),
		.roc = tb[SRTP_RA_ROC] ? nla_get_u32(tb[SRTP_RA_ROC]) : 0,
		.seq = tb[SRTP_RA_SEQ] ? nla_get_u16(tb[SRTP_RA_SEQ]) : -1,
		.rtcp = tb[SRTP_RA_RTCP_INDEX] ? (s64)nla_get_u32(tb[SRTP_RA_RTCP_INDEX]) : -1,
	};
	return 0;
}

static int apply(struct nlattr *attr, struct srtp_req *req, bool tx,
		 struct netlink_ext_ack *extack)
{
	const struct srtp_ctx *ctx = tx ? req->conf->tx : req->conf->rx;
	struct srtp_preset preset;
	struct srtp_stream *s;
	int err = parse(attr, tx, &preset, extack);

	if (err)
		return err;
	if (!ctx || !ctx->streams) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "this direction has no key, and so no streams");
		return -ENOKEY;
	}
	err = srtp_stream_preset_check(ctx->streams, &preset, &req->preset[tx]);
	if (err) {
		NL_SET_BAD_ATTR(extack, attr);
		extack->_msg = err == -ENOSPC ? "one SSRC more than max-streams" :
			"the stream has gone further: it is only ever moved forward";
		return err;
	}
	s = srtp_stream_preset_alloc(ctx->streams, &preset);
	if (!s)
		return -ENOMEM;
	hlist_add_head(&s->node, &req->preset[tx]);
	return 0;
}

/**
 * srtp_preset_apply - judge SRTP_SA_RX_STREAM and SRTP_SA_TX_STREAM
 * @req: its conf has its contexts
 * @extack: told what is wrong
 *
 * Return: 0 or an error.
 */
int srtp_preset_apply(struct srtp_req *req, struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int rem, err = 0;

	if (!req->tb[SRTP_SA_RX_STREAM] && !req->tb[SRTP_SA_TX_STREAM])
		return 0;
	nla_for_each_nested(attr, req->nest, rem) {
		int type = nla_type(attr);

		if (!err && (type == SRTP_SA_RX_STREAM || type == SRTP_SA_TX_STREAM))
			err = apply(attr, req, type == SRTP_SA_TX_STREAM, extack);
	}
	return err;
}

/**
 * srtp_preset_publish - put the streams in their places; cannot fail
 * @req: applied; its conf is about to be published
 */
void srtp_preset_publish(struct srtp_req *req)
{
	struct srtp_stream *s;
	struct hlist_node *next;
	int tx;

	for (tx = 0; tx < 2; tx++)
		hlist_for_each_entry_safe(s, next, &req->preset[tx], node) {
			hlist_del(&s->node);
			srtp_stream_preset((tx ? req->conf->tx : req->conf->rx)->streams, s, tx);
		}
}

/**
 * srtp_preset_free - of a request that was refused
 * @req: the request
 */
void srtp_preset_free(struct srtp_req *req)
{
	struct srtp_stream *s;
	struct hlist_node *next;
	int tx;

	for (tx = 0; tx < 2; tx++)
		hlist_for_each_entry_safe(s, next, &req->preset[tx], node)
			kfree(s);
}

static int fill(struct sk_buff *msg, const struct srtp_preset *p, bool tx)
{
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_STREAM);

	if (!nest || nla_put_u32(msg, SRTP_RA_SSRC, p->ssrc) ||
	    nla_put_u8(msg, SRTP_RA_DIRECTION, tx) || nla_put_u32(msg, SRTP_RA_ROC, p->roc) ||
	    (p->seq >= 0 && nla_put_u16(msg, SRTP_RA_SEQ, p->seq)) ||
	    (p->rtcp >= 0 && nla_put_u32(msg, SRTP_RA_RTCP_INDEX, p->rtcp)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* args: 0 direction, 1, 3 and 4 where in it, 2 id of the session. True when the message is full. */
static bool dump_direction(struct sk_buff *msg, struct netlink_callback *cb,
			   const struct srtp_ctx *ctx)
{
	struct srtp_stream_at at = { cb->args[1], cb->args[3], (u32)cb->args[4] };
	bool tx = cb->args[0];
	struct srtp_preset p;

	while (ctx && ctx->streams && srtp_stream_read(ctx->streams, &at, &p, tx)) {
		void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					&srtp_family, NLM_F_MULTI, SRTP_CMD_STREAM_GET);

		if (!hdr)
			return true;
		if (fill(msg, &p, tx)) {
			genlmsg_cancel(msg, hdr);
			return true;
		}
		genlmsg_end(msg, hdr);
		cb->args[1] = at.bucket;
		cb->args[3] = at.some;
		cb->args[4] = at.ssrc;
	}
	return false;
}

int srtp_nl_stream_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct srtp_net *sn = srtp_net(sock_net(msg->sk));
	struct srtp_session *s;
	struct srtp_conf *conf;

	rcu_read_lock();
	s = srtp_table_find_id(sn, cb->args[2]);
	conf = s ? rcu_dereference(s->conf) : NULL;
	for (; conf && cb->args[0] < 2; cb->args[0]++, cb->args[1] = 0, cb->args[3] = 0)
		if (dump_direction(msg, cb, cb->args[0] ? conf->tx : conf->rx))
			break;
	rcu_read_unlock();
	return msg->len;
}

int srtp_dump_streams_start(struct netlink_callback *cb)
{
	struct nlattr *attr = srtp_dump_attrs(cb)[SRTP_A_SESSION];
	struct srtp_req *req;
	int err = -EINVAL;

	if (!attr) {
		NL_SET_ERR_MSG(cb->extack, "which session: the id is missing");
		return err;
	}
	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	err = srtp_req_parse(req, attr, cb->extack);
	if (!err)
		err = srtp_req_names(req, cb->extack);
	if (!err && !req->tb[SRTP_SA_ID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attr, "which session: the id is missing");
		err = -EINVAL;
	}
	if (!err) {
		u32 id = nla_get_u32(req->tb[SRTP_SA_ID]);

		cb->args[2] = id;
		rcu_read_lock();
		if (!srtp_table_find_id(srtp_net(sock_net(cb->skb->sk)), id)) {
			NL_SET_ERR_MSG_ATTR(cb->extack, attr, "no session with that id");
			err = -ENOENT;
		}
		rcu_read_unlock();
	}
	kfree_sensitive(req);
	return err;
}
