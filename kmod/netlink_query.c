// SPDX-License-Identifier: GPL-2.0-only
/* Commands that only tell: get, dump, stats, version. */
#include <net/genetlink.h>

#include "compat.h"
#include "net.h"
#include "netlink.h"
#include "table.h"

int srtp_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct srtp_batch *b = srtp_batch_parse(info, NULL);
	struct srtp_session *s;
	struct sk_buff *msg;
	struct srtp_req *r;
	void *hdr;
	int err;

	if (IS_ERR(b)) {
		srtp_wipe(info);
		return PTR_ERR(b);
	}
	r = &b->req[0];
	msg = srtp_reply_new(info, &hdr);
	rcu_read_lock();
	s = r->tb[SRTP_SA_ID] ? srtp_table_find_id(sn, nla_get_u32(r->tb[SRTP_SA_ID])) :
	    r->local.port ? srtp_table_find(sn, &r->local) : NULL;
	if (!msg)
		err = -ENOMEM;
	else if (b->n > 1 || (!r->tb[SRTP_SA_ID] && !r->local.port))
		err = srtp_refuse(info, r->nest, "name one session, by id or by local address and port",
			     -EINVAL);
	else if (info->attrs[SRTP_A_OWNER])
		err = srtp_refuse(info, info->attrs[SRTP_A_OWNER], "an owner's sessions come as a dump",
				  -EINVAL);
	else if (!s)
		err = srtp_refuse(info, r->nest, "no such session", -ENOENT);
	else
		err = srtp_req_names(r, info->extack) ?: srtp_fill_session(msg, s);
	rcu_read_unlock();
	srtp_wipe(info);
	srtp_batch_free(b);
	if (!err)
		return srtp_reply_send(msg, hdr, info);
	nlmsg_free(msg);
	return err;
}

/*
 * By ascending id and under RCU only: sessions that come and go meanwhile are
 * in the dump or are not, all others are in it once.
 */
int srtp_nl_session_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct srtp_net *sn = srtp_net(sock_net(msg->sk));
	struct nlattr *owner = srtp_dump_attrs(cb)[SRTP_A_OWNER];
	struct srtp_session *s;
	int id = cb->args[0];
	int err = 0;

	rcu_read_lock();
	for (; !err && (s = idr_get_next(&sn->ids, &id)); id++) {
		struct srtp_conf *conf = rcu_dereference(s->conf);
		void *hdr;

		if (!conf || (owner && conf->owner != nla_get_u64(owner)))
			continue;
		hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &srtp_family,
				  NLM_F_MULTI, SRTP_CMD_SESSION_GET);
		if (!hdr)
			break;
		err = srtp_fill_session(msg, s);
		if (err == -EMSGSIZE) {
			genlmsg_cancel(msg, hdr);
			break;
		}
		if (err)		/* deleted since */
			genlmsg_cancel(msg, hdr);
		else
			genlmsg_end(msg, hdr);
		err = 0;
	}
	rcu_read_unlock();
	cb->args[0] = id;
	return msg->len;
}

int srtp_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = srtp_dump_attrs(cb);

	if (attrs[SRTP_A_SESSION]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[SRTP_A_SESSION],
				    "a dump takes an owner, not a session");
		return -EINVAL;
	}
	return 0;
}

int srtp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = srtp_reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	err = srtp_fill_stats(msg, SRTP_A_STATS, sn->stats, sn);
	if (!err)
		return srtp_reply_send(msg, hdr, info);
	nlmsg_free(msg);
	return err;
}

int srtp_nl_version_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_drivers names;
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;
	int err = srtp_pool_probe(&names, NULL);

	if (err) {
		NL_SET_ERR_MSG(info->extack, "the kernel lacks gcm(aes) or ctr(aes)");
		return err;
	}
	msg = srtp_reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	nest = nla_nest_start(msg, SRTP_A_VERSION);
	if (!nest || nla_put_u32(msg, SRTP_VA_ABI, SRTP_GENL_VERSION) ||
	    nla_put_string(msg, SRTP_VA_MODULE, SRTP_MODULE_VERSION) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_CM, names.cm) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_HMAC, names.sha1) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_GCM, names.gcm)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return srtp_reply_send(msg, hdr, info);
}
