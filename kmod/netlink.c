// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "srtp".
 *
 * parallel_ops: requests of one namespace are serialised by sn->mutex, so that
 * keying a cipher, which may load a module, does not stop every other generic
 * netlink family of the machine under genl_mutex.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "compat.h"
#include "net.h"
#include "netlink.h"
#include "table.h"

static struct genl_family family;

static const struct nla_policy none_policy[SRTP_A_MAX + 1] = { };

static const struct nla_policy session_policy[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = { .type = NLA_NESTED },	/* parsed, and wiped, by the command */
};

static const struct nla_policy get_policy[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = { .type = NLA_NESTED },
	[SRTP_A_OWNER] = { .type = NLA_U64 },
};

static const struct nla_policy owner_policy[SRTP_A_MAX + 1] = {
	[SRTP_A_OWNER] = { .type = NLA_U64 },
};

static struct sk_buff *reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &family, 0, info->genlhdr->cmd);
	if (*hdr)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info)
{
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* Keys must not stay behind in a message that is freed without being wiped. */
static void wipe(struct genl_info *info)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == SRTP_A_SESSION)
			memzero_explicit(nla_data(attr), nla_len(attr));
}

/**
 * struct batch - the sessions of one request, applied all or none
 */
struct batch {
	unsigned int n;
	struct srtp_req req[SRTP_MAX_SESSIONS_PER_REQUEST];
};

static void batch_free(struct batch *b)
{
	unsigned int i;

	for (i = 0; b && i < b->n; i++)
		srtp_conf_put(b->req[i].conf);
	kfree_sensitive(b);
}

static struct batch *batch_parse(struct genl_info *info)
{
	struct batch *b = kzalloc(sizeof(*b), GFP_KERNEL);
	struct nlattr *attr;
	int rem, err = b ? 0 : -ENOMEM;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (err || nla_type(attr) != SRTP_A_SESSION)
			continue;
		if (b->n == SRTP_MAX_SESSIONS_PER_REQUEST) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "at most eight sessions in a request");
			err = -E2BIG;
			continue;
		}
		err = srtp_req_parse(&b->req[b->n++], attr, info->extack);
	}
	if (!err && !b->n) {
		NL_SET_ERR_MSG(info->extack, "the request names no session");
		err = -EINVAL;
	}
	if (!err)
		return b;
	batch_free(b);
	return ERR_PTR(err);
}

static int refuse(struct genl_info *info, struct nlattr *attr, const char *msg, int err)
{
	NL_SET_BAD_ATTR(info->extack, attr);
	info->extack->_msg = msg;
	return err;
}

/* Finds the session of each entry; an entry may not come twice. */
static int batch_find(struct batch *b, struct srtp_net *sn, struct genl_info *info)
{
	unsigned int i, k;

	for (i = 0; i < b->n; i++) {
		struct srtp_req *r = &b->req[i];
		struct nlattr *id = r->tb[SRTP_SA_ID];

		if (!id)
			return refuse(info, r->nest, "which session: the id is missing", -EINVAL);
		r->s = srtp_table_find_id(sn, nla_get_u32(id));
		if (!r->s)
			return refuse(info, id, "no session with that id", -ENOENT);
		for (k = 0; k < i; k++)
			if (b->req[k].s == r->s)
				return refuse(info, id, "the same session twice in one request",
					      -EINVAL);
	}
	return 0;
}

/* A session and a configuration for each entry, in no table yet. */
static int new_prepare(struct batch *b, struct srtp_net *sn, struct genl_info *info)
{
	unsigned int i;
	int err;

	for (i = 0; i < b->n; i++) {
		struct srtp_req *r = &b->req[i];
		struct nlattr *max = r->tb[SRTP_SA_MAX_STREAMS];

		if (r->tb[SRTP_SA_ID])
			return refuse(info, r->tb[SRTP_SA_ID],
				      "the kernel gives a new session its id", -EINVAL);
		if (!r->local.port)
			return refuse(info, r->nest,
				      "a session needs a local address and port", -EINVAL);
		r->s = srtp_session_alloc(sn, &r->local,
					  max ? nla_get_u16(max) : SRTP_MAX_STREAMS_DEFAULT);
		if (!r->s)
			return -ENOMEM;
		r->conf = srtp_conf_alloc(r->s, GFP_KERNEL_ACCOUNT);
		if (!r->conf)
			return -ENOMEM;
		err = srtp_req_apply(r, sn, info->extack);
		if (err)
			return err;
	}
	return 0;
}

static int new_insert(struct batch *b, struct genl_info *info, unsigned int *done)
{
	int err;

	for (*done = 0; *done < b->n; ++*done) {
		struct srtp_req *r = &b->req[*done];

		err = srtp_table_insert(r->s);
		if (err == -EADDRINUSE)
			return refuse(info, r->tb[SRTP_SA_LOCAL_ADDR],
				      "another session has this local address and port", err);
		if (err)
			return err;
	}
	return 0;
}

static struct sk_buff *new_reply(const struct batch *b, struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = reply_new(info, hdr);
	unsigned int i;

	for (i = 0; msg && i < b->n; i++) {
		struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION);

		if (!nest || nla_put_u32(msg, SRTP_SA_ID, b->req[i].s->id)) {
			nlmsg_free(msg);
			return NULL;
		}
		nla_nest_end(msg, nest);
	}
	return msg;
}

/*
 * Entries become visible only after nothing can fail any more, reply included:
 * until it has a configuration, packets do not see a session in the table.
 */
static int do_new(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct batch *b = batch_parse(info);
	struct sk_buff *msg = NULL;
	unsigned int i, done = 0;
	void *hdr;
	int err;

	if (IS_ERR(b)) {
		wipe(info);
		return PTR_ERR(b);
	}
	mutex_lock(&sn->mutex);
	err = new_prepare(b, sn, info) ?: new_insert(b, info, &done);
	if (!err) {
		msg = new_reply(b, info, &hdr);
		err = msg ? 0 : -ENOMEM;
	}
	for (i = 0; i < b->n; i++) {
		struct srtp_session *s = b->req[i].s;

		if (!err) {
			srtp_req_publish(&b->req[i]);
			srtp_netlink_event(s, SRTP_EVENT_NEW, GFP_KERNEL);
		} else if (i < done) {
			srtp_table_remove(s);
		} else {
			srtp_session_put(s);
		}
	}
	mutex_unlock(&sn->mutex);
	wipe(info);
	batch_free(b);
	return err ?: reply_send(msg, hdr, info);
}

static int set_prepare(struct batch *b, struct srtp_net *sn, struct genl_info *info)
{
	static const int fixed[] = {
		SRTP_SA_LOCAL_ADDR, SRTP_SA_LOCAL_PORT, SRTP_SA_MAX_STREAMS,
	};
	int err = batch_find(b, sn, info);
	unsigned int i, k;

	for (i = 0; i < b->n && !err; i++) {
		struct srtp_req *r = &b->req[i];
		struct srtp_conf *old;

		for (k = 0; k < ARRAY_SIZE(fixed); k++)
			if (r->tb[fixed[k]])
				return refuse(info, r->tb[fixed[k]],
					      "this cannot be changed; make a new session",
					      -EINVAL);
		rcu_read_lock();
		old = srtp_conf_get(r->s);
		rcu_read_unlock();
		r->conf = srtp_conf_copy(old, GFP_KERNEL_ACCOUNT);
		srtp_conf_put(old);
		if (!r->conf)
			return -ENOMEM;
		err = srtp_req_apply(r, sn, info->extack);
	}
	return err;
}

static int do_set(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct batch *b = batch_parse(info);
	unsigned int i;
	int err;

	if (IS_ERR(b)) {
		wipe(info);
		return PTR_ERR(b);
	}
	mutex_lock(&sn->mutex);
	err = set_prepare(b, sn, info);
	for (i = 0; i < b->n && !err; i++)
		srtp_req_publish(&b->req[i]);
	for (i = 0; i < b->n && !err; i++)
		srtp_netlink_event(b->req[i].s, SRTP_EVENT_SET, GFP_KERNEL);
	mutex_unlock(&sn->mutex);
	wipe(info);
	batch_free(b);
	return err;
}

static int do_del(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct batch *b = batch_parse(info);
	unsigned int i;
	int err;

	if (IS_ERR(b)) {
		wipe(info);
		return PTR_ERR(b);
	}
	mutex_lock(&sn->mutex);
	err = batch_find(b, sn, info);
	for (i = 0; i < b->n && !err; i++)
		srtp_table_delete(b->req[i].s, SRTP_EVENT_DEL);
	mutex_unlock(&sn->mutex);
	wipe(info);
	batch_free(b);
	return err;
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct batch *b = batch_parse(info);
	struct srtp_session *s;
	struct sk_buff *msg;
	struct srtp_req *r;
	void *hdr;
	int err;

	if (IS_ERR(b)) {
		wipe(info);
		return PTR_ERR(b);
	}
	r = &b->req[0];
	msg = reply_new(info, &hdr);
	rcu_read_lock();
	s = r->tb[SRTP_SA_ID] ? srtp_table_find_id(sn, nla_get_u32(r->tb[SRTP_SA_ID])) :
	    r->local.port ? srtp_table_find(sn, &r->local) : NULL;
	if (!msg)
		err = -ENOMEM;
	else if (b->n > 1 || (!r->tb[SRTP_SA_ID] && !r->local.port))
		err = refuse(info, r->nest, "name one session, by id or by local address and port",
			     -EINVAL);
	else if (!s)
		err = refuse(info, r->nest, "no such session", -ENOENT);
	else
		err = srtp_fill_session(msg, s);
	rcu_read_unlock();
	wipe(info);
	batch_free(b);
	if (!err)
		return reply_send(msg, hdr, info);
	nlmsg_free(msg);
	return err;
}

/*
 * By ascending id and under RCU only: sessions that come and go meanwhile are
 * in the dump or are not, all others are in it once.
 */
static int dump(struct sk_buff *msg, struct netlink_callback *cb)
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
		hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
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

static int dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = srtp_dump_attrs(cb);

	if (attrs[SRTP_A_SESSION]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[SRTP_A_SESSION],
				    "a dump takes an owner, not a session");
		return -EINVAL;
	}
	if (attrs[SRTP_A_OWNER] && !nla_get_u64(attrs[SRTP_A_OWNER])) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[SRTP_A_OWNER], "owner 0 is nobody");
		return -EINVAL;
	}
	return 0;
}

static int do_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct nlattr *owner = info->attrs[SRTP_A_OWNER];
	struct sk_buff *msg;
	void *hdr;
	u32 count;

	if (owner && !nla_get_u64(owner))
		return refuse(info, owner, "owner 0 is nobody; leave it out to flush all", -EINVAL);
	msg = reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&sn->mutex);
	count = srtp_table_flush(sn, owner ? nla_get_u64(owner) : 0, SRTP_EVENT_DEL);
	mutex_unlock(&sn->mutex);
	nla_put_u32(msg, SRTP_A_COUNT, count);	/* the message is empty: it fits */
	return reply_send(msg, hdr, info);
}

static int do_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	u32 sessions = READ_ONCE(sn->count);
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	err = srtp_fill_stats(msg, SRTP_A_STATS, sn->stats, &sessions);
	if (!err)
		return reply_send(msg, hdr, info);
	nlmsg_free(msg);
	return err;
}

static int do_version(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_drivers names;
	struct nlattr *nest;
	struct sk_buff *msg;
	void *hdr;
	int err = srtp_pool_probe(&names, NULL);

	if (err) {
		NL_SET_ERR_MSG(info->extack, "the kernel lacks gcm(aes), ctr(aes) or hmac(sha1)");
		return err;
	}
	msg = reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	nest = nla_nest_start(msg, SRTP_A_VERSION);
	if (!nest || nla_put_u32(msg, SRTP_VA_ABI, SRTP_GENL_VERSION) ||
	    nla_put_string(msg, SRTP_VA_MODULE, SRTP_MODULE_VERSION) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_CM, names.cm) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_HMAC, names.hmac) ||
	    nla_put_string(msg, SRTP_VA_DRIVER_GCM, names.gcm)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return reply_send(msg, hdr, info);
}

#define OP(_cmd, _policy) \
	.cmd = (_cmd), .flags = GENL_UNS_ADMIN_PERM, .policy = (_policy), .maxattr = SRTP_A_MAX

static const struct genl_ops ops[] = {
	{ OP(SRTP_CMD_VERSION, none_policy), .doit = do_version },
	{ OP(SRTP_CMD_SESSION_NEW, session_policy), .doit = do_new },
	{ OP(SRTP_CMD_SESSION_SET, session_policy), .doit = do_set },
	{ OP(SRTP_CMD_SESSION_DEL, session_policy), .doit = do_del },
	{ OP(SRTP_CMD_SESSION_GET, get_policy), .doit = do_get, .start = dump_start,
	  .dumpit = dump },
	{ OP(SRTP_CMD_SESSION_FLUSH, owner_policy), .doit = do_flush },
	{ OP(SRTP_CMD_STATS_GET, none_policy), .doit = do_stats },
};

static const struct genl_multicast_group groups[] = {
	{ .name = SRTP_GENL_MCGRP_EVENTS, .flags = SRTP_MCAST_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = SRTP_GENL_NAME,
	.version = SRTP_GENL_VERSION,
	.maxattr = SRTP_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * srtp_netlink_event - tell listeners about a session; it is live
 * @s: session
 * @event: what happened
 * @gfp: how to allocate
 *
 * Who misses an event for want of memory, here or in its socket, learns that
 * from its socket's ENOBUFS or from the next dump.
 */
void srtp_netlink_event(struct srtp_session *s, enum srtp_event event, gfp_t gfp)
{
	struct net *net = s->sn->net;
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&family, net, 0))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, gfp);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &family, 0, SRTP_CMD_EVENT);
	if (!hdr || nla_put_u8(msg, SRTP_A_EVENT, event) || srtp_fill_session(msg, s)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&family, net, msg, 0, 0, gfp);
}

int __init srtp_netlink_init(void)
{
	return genl_register_family(&family);
}

void srtp_netlink_exit(void)
{
	genl_unregister_family(&family);
}
