// SPDX-License-Identifier: GPL-2.0-or-later
/* Attachments: hooks of the module's own. */
#include <arpa/inet.h>
#include <errno.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "nl_srtp_impl.h"

static struct nla_policy attach_policy[SRTP_TA_MAX + 1] = {
	[SRTP_TA_ID] = { .type = NLA_U32 },
	[SRTP_TA_PORT_FIRST] = { .type = NLA_U16 },
	[SRTP_TA_PORT_LAST] = { .type = NLA_U16 },
	[SRTP_TA_MARK] = { .type = NLA_U32 },
	[SRTP_TA_MASK] = { .type = NLA_U32 },
	[SRTP_TA_SET_MARK] = { .type = NLA_U32 },
	[SRTP_TA_SET_MASK] = { .type = NLA_U32 },
	[SRTP_TA_IFINDEX] = { .type = NLA_U32 },
	[SRTP_TA_PACKETS] = { .type = NLA_U64 },
};

static int parse(const struct nlmsghdr *nlh, struct nl_srtp_attachment *a)
{
	struct nlattr *outer[SRTP_A_MAX + 1], *tb[SRTP_TA_MAX + 1];

	if (nl_srtp_parse_attrs(nlh, outer) || !outer[SRTP_A_ATTACH] ||
	    nla_parse_nested(tb, SRTP_TA_MAX, outer[SRTP_A_ATTACH], attach_policy) ||
	    !tb[SRTP_TA_ID])
		return -EBADMSG;
#define NUMBER(type, get) (tb[type] ? get(tb[type]) : 0)
	*a = (struct nl_srtp_attachment){
		.id = nla_get_u32(tb[SRTP_TA_ID]),
		.first = ntohs(NUMBER(SRTP_TA_PORT_FIRST, nla_get_u16)),
		.last = ntohs(NUMBER(SRTP_TA_PORT_LAST, nla_get_u16)),
		.mark = NUMBER(SRTP_TA_MARK, nla_get_u32),
		.mask = NUMBER(SRTP_TA_MASK, nla_get_u32),
		.set_mark = NUMBER(SRTP_TA_SET_MARK, nla_get_u32),
		.set_mask = NUMBER(SRTP_TA_SET_MASK, nla_get_u32),
		.ifindex = NUMBER(SRTP_TA_IFINDEX, nla_get_u32),
		.packets = NUMBER(SRTP_TA_PACKETS, nla_get_u64),
	};
#undef NUMBER
	return 0;
}

static int put(struct nl_msg *msg, const struct nl_srtp_attachment *a)
{
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_ATTACH);
	int bad = 0;

	if (!nest)
		return -EMSGSIZE;
	if (a->id)
		bad |= nla_put_u32(msg, SRTP_TA_ID, a->id);
	if (a->ifindex)
		bad |= nla_put_u32(msg, SRTP_TA_IFINDEX, a->ifindex);
	if (a->first)
		bad |= nla_put_u16(msg, SRTP_TA_PORT_FIRST, htons(a->first)) |
		       nla_put_u16(msg, SRTP_TA_PORT_LAST, htons(a->last));
	if (a->mask)
		bad |= nla_put_u32(msg, SRTP_TA_MARK, a->mark) |
		       nla_put_u32(msg, SRTP_TA_MASK, a->mask);
	if (a->set_mask)
		bad |= nla_put_u32(msg, SRTP_TA_SET_MARK, a->set_mark) |
		       nla_put_u32(msg, SRTP_TA_SET_MASK, a->set_mask);
	nla_nest_end(msg, nest);
	return bad ? -EMSGSIZE : 0;
}

static int on_id(const struct nlmsghdr *nlh, void *arg)
{
	struct nl_srtp_attachment a;

	if (parse(nlh, &a))
		return -EBADMSG;
	*(uint32_t *)arg = a.id;
	return 0;
}

int nl_srtp_attach(struct nl_srtp *c, const struct nl_srtp_attachment *a, uint32_t *id,
		   struct err *e)
{
	struct nl_msg *msg = nl_srtp_message(c, SRTP_CMD_ATTACH_NEW, 0);

	*id = 0;
	if (msg && put(msg, a))
		return nl_srtp_too_long(msg, SRTP_CMD_ATTACH_NEW, e);
	return nl_srtp_call(c, SRTP_CMD_ATTACH_NEW, msg, on_id, id, e);
}

int nl_srtp_detach(struct nl_srtp *c, uint32_t id, struct err *e)
{
	const struct nl_srtp_attachment which = { .id = id };
	struct nl_msg *msg = nl_srtp_message(c, SRTP_CMD_ATTACH_DEL, 0);

	if (msg && put(msg, &which))
		return nl_srtp_too_long(msg, SRTP_CMD_ATTACH_DEL, e);
	return nl_srtp_call(c, SRTP_CMD_ATTACH_DEL, msg, NULL, NULL, e);
}

struct dump {
	int (*on_each)(const struct nl_srtp_attachment *a, void *arg);
	void *arg;
	int stopped;
};

static int on_dumped(const struct nlmsghdr *nlh, void *arg)
{
	struct nl_srtp_attachment a;
	struct dump *d = arg;

	if (parse(nlh, &a))
		return -EBADMSG;
	d->stopped = d->on_each(&a, d->arg);
	return d->stopped;
}

int nl_srtp_attach_dump(struct nl_srtp *c,
			int (*on_each)(const struct nl_srtp_attachment *a, void *arg), void *arg,
			struct err *e)
{
	struct dump d = { on_each, arg, 0 };
	int rc = nl_srtp_call(c, SRTP_CMD_ATTACH_GET,
			      nl_srtp_message(c, SRTP_CMD_ATTACH_GET, NLM_F_DUMP), on_dumped, &d, e);

	return d.stopped ? d.stopped : rc;
}
