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
#include "event.h"
#include "net.h"
#include "netlink.h"

static const struct genl_multicast_group groups[] = {
	{ .name = SRTP_GENL_MCGRP_EVENTS, .flags = SRTP_MCAST_ADMIN },
};

struct genl_family srtp_family __ro_after_init = {
	.name = SRTP_GENL_NAME,
	.version = SRTP_GENL_VERSION,
	.maxattr = SRTP_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = srtp_ops,
	.n_ops = SRTP_N_OPS,
	.resv_start_op = SRTP_RESV_START_OP,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * srtp_reply_new - begin a reply
 * @info: request
 * @hdr: set to the reply's header
 *
 * Return: message or NULL.
 */
struct sk_buff *srtp_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &srtp_family, 0, info->genlhdr->cmd);
	if (*hdr)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/**
 * srtp_reply_send - send a reply
 * @msg: from srtp_reply_new(); consumed
 * @hdr: its header
 * @info: request
 *
 * Return: 0 or an error.
 */
int srtp_reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info)
{
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int __init srtp_netlink_init(void)
{
	return genl_register_family(&srtp_family);
}

void srtp_netlink_exit(void)
{
	srtp_event_exit();
	genl_unregister_family(&srtp_family);
}
