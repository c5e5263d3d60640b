// SPDX-License-Identifier: GPL-2.0-only
/* Commands about attachments. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "attach.h"
#include "ingress.h"
#include "net.h"
#include "netlink.h"
#include "netlink_policy.h"

static int parse_ports(struct nlattr **tb, struct srtp_attach_ports *ports, struct genl_info *info,
		       struct nlattr *nest)
{
	struct nlattr *min = tb[SRTP_TA_PORT_FIRST], *max = tb[SRTP_TA_PORT_LAST];

	if (!min)
		return srtp_refuse(info, max ?: nest, "an attachment needs a port, or the first and the last of a range",
				   -EINVAL);
	ports->min = ntohs(nla_get_be16(min));
	ports->max = max ? ntohs(nla_get_be16(max)) : ports->min;
	if (ports->max < ports->min)
		return srtp_refuse(info, max, "the last port comes before the first", -ERANGE);
	return 0;
}

/* A value of a packet's mark and its mask: both or none. */
static int parse_mark(struct nlattr *mark, struct nlattr *mask, u32 *value, u32 *bits,
		      struct genl_info *info)
{
	if (!mark && !mask)
		return 0;
	if (!mark || !mask)
		return srtp_refuse(info, mark ?: mask, "a mark and its mask have to be given together",
				   -EINVAL);
	*value = nla_get_u32(mark);
	*bits = nla_get_u32(mask);
	if (*value & ~*bits)
		return srtp_refuse(info, mark, "the mark has bits outside of its mask", -ERANGE);
	return 0;
}

static int parse(struct nlattr *nest, struct nlattr **tb, struct genl_info *info)
{
	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "the request names no attachment");
		return -EINVAL;
	}
	return nla_parse_nested(tb, SRTP_TA_MAX, nest, srtp_attach_policy, info->extack);
}

/*
 * A device of the namespace.  The ports of a bridge or bond are not taken: their packets are
 * those of the device above.  Called under the RTNL.
 */
static int find_device(struct srtp_attachment *a, struct nlattr *attr, struct genl_info *info)
{
	struct net_device *dev = __dev_get_by_index(genl_info_net(info), nla_get_u32(attr));

	if (!dev)
		return srtp_refuse(info, attr, "no device with that index in this namespace", -ENODEV);
	if (dev->flags & IFF_LOOPBACK)
		return srtp_refuse(info, attr, "the loopback device has no fast path", -EINVAL);
	if (rtnl_dereference(dev->rx_handler))
		return srtp_refuse(info, attr,
				   "a device below a bridge, bond or macvlan: attach to the one above",
				   -EBUSY);
	a->dev = dev;
	return 0;
}

static int parse_device(struct srtp_attachment *a, struct nlattr **tb, struct genl_info *info)
{
	int type;

	for (type = SRTP_TA_UNSPEC + 1; type <= SRTP_TA_MAX; type++)
		if (tb[type] && type != SRTP_TA_IFINDEX)
			return srtp_refuse(info, tb[type],
					   "a device is attached to as a whole: no ports, no marks",
					   -EINVAL);
	return find_device(a, tb[SRTP_TA_IFINDEX], info);
}

static int parse_new(struct srtp_attachment *a, struct genl_info *info)
{
	struct nlattr *tb[SRTP_TA_MAX + 1], *nest = info->attrs[SRTP_A_ATTACH];
	int err = parse(nest, tb, info);

	if (err)
		return err;
	if (tb[SRTP_TA_ID])
		return srtp_refuse(info, tb[SRTP_TA_ID], "the kernel gives a new attachment its id",
				   -EINVAL);
	if (tb[SRTP_TA_IFINDEX])
		return parse_device(a, tb, info);
	err = parse_ports(tb, &a->ports, info, nest);
	if (!err)
		err = parse_mark(tb[SRTP_TA_MARK], tb[SRTP_TA_MASK], &a->ports.mark, &a->ports.mask,
				 info);
	if (!err)
		err = parse_mark(tb[SRTP_TA_SET_MARK], tb[SRTP_TA_SET_MASK], &a->ports.set,
				 &a->ports.set_mask, info);
	return err;
}

static int fill(struct sk_buff *msg, const struct srtp_attachment *a)
{
	const struct srtp_attach_ports *p = &a->ports;
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_ATTACH);

	if (!nest || nla_put_u32(msg, SRTP_TA_ID, a->id))
		return -EMSGSIZE;
	if (a->dev) {
		if (nla_put_u32(msg, SRTP_TA_IFINDEX, a->dev->ifindex) ||
		    nla_put_u64_64bit(msg, SRTP_TA_PACKETS, srtp_ingress_packets(a->ingress),
				      SRTP_TA_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
		return 0;
	}
	if (nla_put_be16(msg, SRTP_TA_PORT_FIRST, htons(p->min)) ||
	    nla_put_be16(msg, SRTP_TA_PORT_LAST, htons(p->max)) ||
	    (p->mask && (nla_put_u32(msg, SRTP_TA_MARK, p->mark) ||
			 nla_put_u32(msg, SRTP_TA_MASK, p->mask))) ||
	    (p->set_mask && (nla_put_u32(msg, SRTP_TA_SET_MARK, p->set) ||
			     nla_put_u32(msg, SRTP_TA_SET_MASK, p->set_mask))))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int srtp_nl_attach_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct srtp_attachment *a = kzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);
	struct nlattr *nest = info->attrs[SRTP_A_ATTACH], *reply;
	struct sk_buff *msg;
	void *hdr;
	int err;
	u32 id;

	if (!a)
		return -ENOMEM;
	err = -ENOMEM;
	msg = srtp_reply_new(info, &hdr);
	if (!msg)
		goto free;
	rtnl_lock();	/* so that a device named stays */
	err = parse_new(a, info);
	if (err) {
		rtnl_unlock();
		nlmsg_free(msg);
		goto free;
	}
	err = srtp_attach_add(srtp_net(genl_info_net(info)), a, &id);
	rtnl_unlock();
	if (!err) {
		reply = nla_nest_start(msg, SRTP_A_ATTACH);	/* the message is empty: it fits */
		nla_put_u32(msg, SRTP_TA_ID, id);
		nla_nest_end(msg, reply);
		return srtp_reply_send(msg, hdr, info);
	}
	nlmsg_free(msg);
	if (err == -EEXIST)
		srtp_refuse(info, nest, a->dev ? "the device is attached to already" :
				    "another attachment has some of these ports", err);
	if (err == -EOPNOTSUPP)
		srtp_refuse(info, nest, "this kernel has no ingress hooks", err);
	if (err == -ENOSPC)
		srtp_refuse(info, nest, "a namespace has at most 16 attachments", err);
free:
	kfree(a);
	return err;
}

int srtp_nl_attach_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[SRTP_TA_MAX + 1], *nest = info->attrs[SRTP_A_ATTACH];
	int type, err = parse(nest, tb, info);

	if (err)
		return err;
	if (!tb[SRTP_TA_ID])
		return srtp_refuse(info, nest, "which attachment: the id is missing", -EINVAL);
	for (type = SRTP_TA_ID + 1; type <= SRTP_TA_MAX; type++)
		if (tb[type])
			return srtp_refuse(info, tb[type], "an attachment is named by its id alone",
					   -EINVAL);
	err = srtp_attach_del(srtp_net(genl_info_net(info)), nla_get_u32(tb[SRTP_TA_ID]));
	return err == -ENOENT ? srtp_refuse(info, tb[SRTP_TA_ID], "no attachment with that id", err) :
				err;
}

/* args: 0 the highest id told. */
int srtp_nl_attach_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct srtp_attach_net *an = &srtp_net(sock_net(msg->sk))->attach;
	const struct srtp_attachment *a;

	mutex_lock(&an->mutex);
	list_for_each_entry(a, &an->list, node) {	/* by ascending id */
		void *hdr;

		if (a->id <= cb->args[0])
			continue;
		hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &srtp_family,
				  NLM_F_MULTI, SRTP_CMD_ATTACH_GET);
		if (!hdr)
			break;
		if (fill(msg, a)) {
			genlmsg_cancel(msg, hdr);
			break;
		}
		genlmsg_end(msg, hdr);
		cb->args[0] = a->id;
	}
	mutex_unlock(&an->mutex);
	return msg->len;
}
