// SPDX-License-Identifier: GPL-2.0-only
/*
 * The iptables match srtp: is a packet media of a session, and of what kind of session.
 *
 * It looks the session up by the packet's addresses and asks what the session is now.
 * Whether a packet was authenticated it cannot see: the target in front of it saw to that.
 */
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/xt_SRTP.h>

#include "packet.h"
#include "table.h"
#include "xt.h"

static const struct srtp_conf *find(const struct xt_action_param *par, const struct sk_buff *skb,
				    const struct srtp_packet *p, bool out)
{
	struct srtp_session *s = srtp_table_find_packet(xt_net(par), skb, p, out);

	return s ? rcu_dereference(s->conf) : NULL;
}

/*
 * The session a packet belongs to.  What comes in is to a session's address, what goes out
 * is from one; what is forwarded can be either, when the session is a guest's behind this host.
 */
static const struct srtp_conf *conf_of(const struct xt_action_param *par,
				       const struct xt_srtp_mtinfo *info,
				       const struct sk_buff *skb, const struct srtp_packet *p,
				       bool *out)
{
	const struct srtp_conf *conf;

	if (info->given & XT_SRTP_DIRECTION) {
		*out = info->direction ^ !!(info->invert & XT_SRTP_DIRECTION);
		return find(par, skb, p, *out);
	}
	*out = xt_hooknum(par) == NF_INET_LOCAL_OUT || xt_hooknum(par) == NF_INET_POST_ROUTING;
	conf = find(par, skb, p, *out);
	if (!conf && xt_hooknum(par) == NF_INET_FORWARD) {
		*out = true;
		conf = find(par, skb, p, true);
	}
	return conf;
}

static bool holds(const struct xt_srtp_mtinfo *info, enum xt_srtp_option option, bool is)
{
	return !(info->given & option) || is ^ !!(info->invert & option);
}

static bool srtp_mt(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_srtp_mtinfo *info = par->matchinfo;
	struct sk_buff *pkt = (struct sk_buff *)skb;	/* only read */
	const struct srtp_conf *conf;
	const struct srtp_ctx *ctx;
	enum srtp_class class;
	struct srtp_packet p;
	bool out;

	if (par->fragoff || !srtp_packet_parse(pkt, xt_family(par), &p))
		return false;
	class = skb_is_gso(skb) ? srtp_packet_classify_super(pkt, &p) :
				  srtp_packet_classify(pkt, &p);
	if (class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP)
		return false;
	conf = conf_of(par, info, skb, &p, &out);
	if (!conf)
		return false;
	ctx = out ? conf->tx : conf->rx;
	return holds(info, XT_SRTP_VERIFIED, conf->verified) &&
	       holds(info, XT_SRTP_STATE, conf->state == info->state) &&
	       holds(info, XT_SRTP_PROFILE, ctx && ctx->suite->profile == info->profile);
}

static int srtp_mt_check(const struct xt_mtchk_param *par)
{
	const struct xt_srtp_mtinfo *info = par->matchinfo;
	const u8 all = XT_SRTP_VERIFIED | XT_SRTP_PROFILE | XT_SRTP_STATE | XT_SRTP_DIRECTION;

	if (info->given & ~all || info->invert & ~info->given || info->reserved) {
		pr_info_ratelimited("match srtp: options 0x%x, inverted 0x%x are not known to this version\n",
				    info->given, info->invert);
		return -EINVAL;
	}
	if (info->state > (info->given & XT_SRTP_STATE ? SRTP_STATE_OPEN : 0) ||
	    info->direction > (info->given & XT_SRTP_DIRECTION ? XT_SRTP_OUT : 0) ||
	    (info->given & XT_SRTP_PROFILE ? !srtp_suite_find(info->profile) : info->profile)) {
		pr_info_ratelimited("match srtp: state %u, direction %u or profile 0x%x is none\n",
				    info->state, info->direction, info->profile);
		return -EINVAL;
	}
	return 0;
}

static struct xt_match matches[] __read_mostly = {
	{
		.name = "srtp",
		.revision = 0,
		.family = NFPROTO_IPV4,
		.match = srtp_mt,
		.checkentry = srtp_mt_check,
		.matchsize = sizeof(struct xt_srtp_mtinfo),
		.me = THIS_MODULE,
	}, {
		.name = "srtp",
		.revision = 0,
		.family = NFPROTO_IPV6,
		.match = srtp_mt,
		.checkentry = srtp_mt_check,
		.matchsize = sizeof(struct xt_srtp_mtinfo),
		.me = THIS_MODULE,
	},
};

int __init srtp_xt_match_init(void)
{
	return xt_register_matches(matches, ARRAY_SIZE(matches));
}

void srtp_xt_match_exit(void)
{
	xt_unregister_matches(matches, ARRAY_SIZE(matches));
}

MODULE_ALIAS("ipt_srtp");
MODULE_ALIAS("ip6t_srtp");
