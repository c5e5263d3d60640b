// SPDX-License-Identifier: GPL-2.0-only
/* The iptables target SRTP: a rule says where packets meet the datapath. */
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/xt_SRTP.h>

#include "datapath.h"
#include "xt.h"

static unsigned int srtp_tg(struct sk_buff *skb, const struct xt_action_param *par)
{
	return srtp_hook(skb, par->state);
}

/* x_tables itself checks table and hooks and says so in the kernel log. */
static int srtp_tg_check(const struct xt_tgchk_param *par)
{
	const struct xt_SRTP_info *info = par->targinfo;

	if (info->flags || info->reserved) {
		pr_info_ratelimited("target SRTP: flags 0x%x are not known to this version\n",
				    info->flags);
		return -EINVAL;
	}
	return 0;
}

/* One entry for each family: NFPROTO_UNSPEC would let arptables and ebtables in. */
static struct xt_target targets[] __read_mostly = {
	{
		.name = "SRTP",
		.revision = 0,
		.family = NFPROTO_IPV4,
		.table = "mangle",
		.hooks = 1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_OUT |
			 1 << NF_INET_POST_ROUTING,
		.target = srtp_tg,
		.checkentry = srtp_tg_check,
		.targetsize = sizeof(struct xt_SRTP_info),
		.me = THIS_MODULE,
	}, {
		.name = "SRTP",
		.revision = 0,
		.family = NFPROTO_IPV6,
		.table = "mangle",
		.hooks = 1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_OUT |
			 1 << NF_INET_POST_ROUTING,
		.target = srtp_tg,
		.checkentry = srtp_tg_check,
		.targetsize = sizeof(struct xt_SRTP_info),
		.me = THIS_MODULE,
	},
};

int __init srtp_xt_init(void)
{
	int err = xt_register_targets(targets, ARRAY_SIZE(targets));

	if (err)
		return err;
	err = srtp_xt_match_init();
	if (err)
		xt_unregister_targets(targets, ARRAY_SIZE(targets));
	return err;
}

void srtp_xt_exit(void)
{
	srtp_xt_match_exit();
	xt_unregister_targets(targets, ARRAY_SIZE(targets));
}

MODULE_ALIAS("ipt_SRTP");
MODULE_ALIAS("ip6t_SRTP");
