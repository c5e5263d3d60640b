// SPDX-License-Identifier: GPL-2.0-only
/* Commands that change something: new, set, del, flush; each all or nothing. */
#include <net/genetlink.h>

#include "event.h"
#include "net.h"
#include "netlink.h"
#include "used.h"
#include "table.h"

/**
 * srtp_wipe - take the keys out of a request
 * @info: request; everything behind its header is zeros afterwards
 *
 * They must not stay behind in a message that is freed without being wiped.
 */
void srtp_wipe(struct genl_info *info)
{
	memzero_explicit(nlmsg_data(info->nlhdr) + GENL_HDRLEN,
			 nlmsg_len(info->nlhdr) - GENL_HDRLEN);
}

/**
 * srtp_batch_free - done with a request
 * @b: batch or NULL; configurations still in it were not published
 */
void srtp_batch_free(struct srtp_batch *b)
{
	unsigned int i;

	for (i = 0; b && i < b->n; i++) {
		struct srtp_conf *conf = b->req[i].conf;

		srtp_preset_free(&b->req[i]);
		if (conf && conf->tx)
			srtp_used_forget(&conf->tx->used);
		if (conf && conf->other[1])
			srtp_used_forget(&conf->other[1]->used);
		srtp_conf_put(conf);
	}
	kfree_sensitive(b);
}

/*
 * As strict as generic netlink is; but what that refuses by itself it frees with the
 * keys in it, so for these commands it is told not to (.validate, .resv_start_op).
 */
static int validate(struct genl_info *info, const struct nla_policy *policy)
{
	const struct nlmsghdr *nlh = info->nlhdr;

	if (info->genlhdr->reserved ||
	    nlh->nlmsg_flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO)) {
		NL_SET_ERR_MSG(info->extack, "reserved bits of a header or its flags are set");
		return -EINVAL;
	}
	return nla_validate(nlmsg_attrdata(nlh, GENL_HDRLEN), nlmsg_attrlen(nlh, GENL_HDRLEN),
			    SRTP_A_MAX, policy, info->extack);
}

/**
 * srtp_batch_parse - read the sessions that a request names
 * @info: request
 * @policy: to validate it by, or NULL if that has been done
 *
 * Return: one to eight entries, or an error pointer with the extended ack set.
 */
struct srtp_batch *srtp_batch_parse(struct genl_info *info, const struct nla_policy *policy)
{
	struct srtp_batch *b = kzalloc(sizeof(*b), GFP_KERNEL);
	struct nlattr *attr;
	int rem, err = b ? 0 : -ENOMEM;

	if (!err && policy)
		err = validate(info, policy);
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
	srtp_batch_free(b);
	return ERR_PTR(err);
}

/**
 * srtp_refuse - say why a request is refused
 * @info: request
 * @attr: attribute at fault
 * @msg: in words
 * @err: as a negative errno
 *
 * Return: @err.
 */
int srtp_refuse(struct genl_info *info, struct nlattr *attr, const char *msg, int err)
{
	NL_SET_BAD_ATTR(info->extack, attr);
	info->extack->_msg = msg;
	return err;
}

/* Finds the session of each entry; an entry may not come twice. */
static int batch_find(struct srtp_batch *b, struct srtp_net *sn, struct genl_info *info)
{
	unsigned int i, k;

	for (i = 0; i < b->n; i++) {
		struct srtp_req *r = &b->req[i];
		struct nlattr *id = r->tb[SRTP_SA_ID];

		if (!id)
			return srtp_refuse(info, r->nest, "which session: the id is missing", -EINVAL);
		r->s = srtp_table_find_id(sn, nla_get_u32(id));
		if (!r->s)
			return srtp_refuse(info, id, "no session with that id", -ENOENT);
		for (k = 0; k < i; k++)
			if (b->req[k].s == r->s)
				return srtp_refuse(info, id, "the same session twice in one request",
					      -EINVAL);
	}
	return 0;
}

/* Peers that are named by their place in the request. */
static int batch_peers(struct srtp_batch *b, struct genl_info *info)
{
	static const struct {
		int index, id;
	} attrs[2] = {
		{ SRTP_SA_PEER_INDEX, SRTP_SA_PEER },
		{ SRTP_SA_RTCP_PEER_INDEX, SRTP_SA_RTCP_PEER },
	};
	unsigned int i, k;

	for (i = 0; i < b->n; i++)
		for (k = 0; k < ARRAY_SIZE(attrs); k++) {
			struct srtp_req *r = &b->req[i];
			struct nlattr *attr = r->tb[attrs[k].index];

			if (!attr)
				continue;
			if (r->tb[attrs[k].id])
				return srtp_refuse(info, attr,
						   "a peer by its id or by its place, not both", -EINVAL);
			if (nla_get_u8(attr) >= b->n)
				return srtp_refuse(info, attr,
						   "the request has no session in that place", -ERANGE);
			if (nla_get_u8(attr) == i)
				return srtp_refuse(info, attr, "a session cannot be its own peer",
						   -EINVAL);
			r->peers[k] = b->req[nla_get_u8(attr)].s;
		}
	return 0;
}

/* A session for each entry, in no table yet. */
static int new_sessions(struct srtp_batch *b, struct srtp_net *sn, struct genl_info *info)
{
	unsigned int i;

	if (sn->count + b->n > srtp_net_max_sessions()) {
		NL_SET_ERR_MSG(info->extack,
			       "too many sessions in this namespace: delete some, or raise /sys/module/srtp/parameters/max_sessions");
		return -ENOSPC;
	}
	for (i = 0; i < b->n; i++) {
		struct srtp_req *r = &b->req[i];
		struct nlattr *max = r->tb[SRTP_SA_MAX_STREAMS];

		if (r->tb[SRTP_SA_ID])
			return srtp_refuse(info, r->tb[SRTP_SA_ID],
				      "the kernel gives a new session its id", -EINVAL);
		if (!r->local.port)
			return srtp_refuse(info, r->nest,
				      "a session needs a local address and port", -EINVAL);
		r->s = srtp_session_alloc(sn, &r->local,
					  max ? nla_get_u16(max) : SRTP_MAX_STREAMS_DEFAULT);
		if (!r->s)
			return -ENOMEM;
	}
	return batch_peers(b, info);
}

static int new_prepare(struct srtp_batch *b, struct srtp_net *sn, struct genl_info *info)
{
	int err = new_sessions(b, sn, info);
	unsigned int i;

	for (i = 0; i < b->n && !err; i++) {
		struct srtp_req *r = &b->req[i];

		r->conf = srtp_conf_alloc(r->s, GFP_KERNEL_ACCOUNT);
		if (!r->conf)
			return -ENOMEM;
		err = srtp_req_apply(r, sn, info->extack);
	}
	return err;
}

static int new_insert(struct srtp_batch *b, struct genl_info *info, unsigned int *done)
{
	int err;

	for (*done = 0; *done < b->n; ++*done) {
		struct srtp_req *r = &b->req[*done];

		err = srtp_table_insert(r->s);
		if (err == -EADDRINUSE)
			return srtp_refuse(info, r->tb[SRTP_SA_LOCAL_ADDR],
				      "another session has this local address and port", err);
		if (err)
			return err;
	}
	return 0;
}

static struct sk_buff *new_reply(const struct srtp_batch *b, struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = srtp_reply_new(info, hdr);
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
int srtp_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct srtp_batch *b = srtp_batch_parse(info, srtp_session_new_request);
	struct sk_buff *msg = NULL;
	unsigned int i, done = 0;
	void *hdr;
	int err;

	if (IS_ERR(b)) {
		srtp_wipe(info);
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
		} else if (i < done) {
			srtp_table_remove(s);
		} else {
			srtp_session_put(s);
		}
	}
	for (i = 0; i < b->n && !err; i++)
		srtp_event(b->req[i].s, SRTP_EVENT_NEW, GFP_KERNEL);
	mutex_unlock(&sn->mutex);
	srtp_wipe(info);
	srtp_batch_free(b);
	return err ?: srtp_reply_send(msg, hdr, info);
}

static int set_prepare(struct srtp_batch *b, struct srtp_net *sn, struct genl_info *info)
{
	static const int fixed[] = {
		SRTP_SA_LOCAL_ADDR, SRTP_SA_LOCAL_PORT, SRTP_SA_MAX_STREAMS,
	};
	int err = batch_find(b, sn, info) ?: batch_peers(b, info);
	unsigned int i, k;

	for (i = 0; i < b->n && !err; i++) {
		struct srtp_req *r = &b->req[i];
		struct srtp_conf *old;

		for (k = 0; k < ARRAY_SIZE(fixed); k++)
			if (r->tb[fixed[k]])
				return srtp_refuse(info, r->tb[fixed[k]],
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

int srtp_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct srtp_batch *b = srtp_batch_parse(info, srtp_session_set_request);
	unsigned int i;
	int err;

	if (IS_ERR(b)) {
		srtp_wipe(info);
		return PTR_ERR(b);
	}
	mutex_lock(&sn->mutex);
	err = set_prepare(b, sn, info);
	for (i = 0; i < b->n && !err; i++)
		srtp_req_publish(&b->req[i]);
	for (i = 0; i < b->n && !err; i++)
		srtp_event(b->req[i].s, SRTP_EVENT_SET, GFP_KERNEL);
	mutex_unlock(&sn->mutex);
	srtp_wipe(info);
	srtp_batch_free(b);
	return err;
}

int srtp_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct srtp_batch *b = srtp_batch_parse(info, NULL);
	unsigned int i;
	int err;

	if (IS_ERR(b)) {
		srtp_wipe(info);
		return PTR_ERR(b);
	}
	mutex_lock(&sn->mutex);
	err = batch_find(b, sn, info);
	for (i = 0; i < b->n && !err; i++)
		err = srtp_req_names(&b->req[i], info->extack);
	for (i = 0; i < b->n && !err; i++)
		srtp_table_delete(b->req[i].s, SRTP_EVENT_DEL);
	mutex_unlock(&sn->mutex);
	srtp_wipe(info);
	srtp_batch_free(b);
	return err;
}

int srtp_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_net *sn = srtp_net(genl_info_net(info));
	struct nlattr *owner = info->attrs[SRTP_A_OWNER];
	struct sk_buff *msg;
	void *hdr;
	u32 count;

	msg = srtp_reply_new(info, &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&sn->mutex);
	count = srtp_table_flush(sn, owner ? nla_get_u64(owner) : 0, SRTP_EVENT_DEL);
	mutex_unlock(&sn->mutex);
	nla_put_u32(msg, SRTP_A_COUNT, count);	/* the message is empty: it fits */
	return srtp_reply_send(msg, hdr, info);
}
