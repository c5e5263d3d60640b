// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments are put together before the rules.  A rule that asks for ports sees
 * only the first fragment of a packet, so a target cannot do this.  Where connection
 * tracking is in use it has done so already, at the same place.
 *
 * The stack's own queues are used, with their bounds on memory and time.  Only UDP
 * is looked at, and only while the namespace has sessions.
 */
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "defrag.h"
#include "net.h"

static unsigned int defrag4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	u32 user = IP_DEFRAG_CONNTRACK_IN;
	int err;

	if (likely(!ip_is_fragment(iph)))
		return NF_ACCEPT;
	if (iph->protocol != IPPROTO_UDP || !READ_ONCE(srtp_net(state->net)->count))
		return NF_ACCEPT;
	if (nf_bridge_in_prerouting(skb))
		user = IP_DEFRAG_CONNTRACK_BRIDGE_IN;
	local_bh_disable();
	err = ip_defrag(state->net, skb, user);
	local_bh_enable();
	if (err)
		return NF_STOLEN;
	skb->ignore_df = 1;	/* who is only passing by may be cut up again */
	return NF_ACCEPT;
}

#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
static unsigned int defrag6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u32 user = IP6_DEFRAG_CONNTRACK_IN;
	const struct frag_hdr *fh;
	unsigned int offset = 0;
	struct frag_hdr copy;
	int err;

	if (likely(!ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr)))
		return NF_ACCEPT;
	if (!READ_ONCE(srtp_net(state->net)->count) ||
	    ipv6_find_hdr(skb, &offset, NEXTHDR_FRAGMENT, NULL, NULL) != NEXTHDR_FRAGMENT)
		return NF_ACCEPT;
	fh = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!fh || (fh->nexthdr != IPPROTO_UDP && !ipv6_ext_hdr(fh->nexthdr)))
		return NF_ACCEPT;
	if (nf_bridge_in_prerouting(skb))
		user = IP6_DEFRAG_CONNTRACK_BRIDGE_IN;
	local_bh_disable();
	err = nf_ct_frag6_gather(state->net, skb, user);
	local_bh_enable();
	if (err == -EINPROGRESS)
		return NF_STOLEN;
	return err ? NF_DROP : NF_ACCEPT;
}
#endif

static const struct nf_hook_ops ops[] = {
	{
		.hook = defrag4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK_DEFRAG,
	},
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	{
		.hook = defrag6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_CONNTRACK_DEFRAG,
	},
#endif
};

/**
 * srtp_defrag_on - from now on fragments are put together in a namespace
 * @sn: namespace; its mutex is held
 *
 * Called for each new session; stays on, for a few instructions a packet, until
 * srtp_defrag_off().
 *
 * Return: 0 or -ENOMEM.
 */
int srtp_defrag_on(struct srtp_net *sn)
{
	int err;

	if (likely(sn->defrag))
		return 0;
	err = nf_register_net_hooks(sn->net, ops, ARRAY_SIZE(ops));
	if (!err)
		sn->defrag = true;
	return err;
}

/**
 * srtp_defrag_off - the namespace, or the module, goes
 * @sn: namespace; no request can come any more
 *
 * A grace period later nobody is in the hooks.
 */
void srtp_defrag_off(struct srtp_net *sn)
{
	if (sn->defrag)
		nf_unregister_net_hooks(sn->net, ops, ARRAY_SIZE(ops));
	sn->defrag = false;
}
