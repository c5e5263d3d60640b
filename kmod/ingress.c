// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path in: at the ingress hook of a device no IP code has seen the packet, so what
 * ip_rcv() and ipv6_rcv() would make sure of is made sure of here.  Whatever is not plainly in
 * order goes the ordinary way, where rules and the stack do with it what they always do.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "attach.h"
#include "datapath.h"
#include "ingress.h"
#include "net.h"

/**
 * struct srtp_ingress - the hook of a device
 * @ops: registered; the device's until srtp_ingress_detach().
 * @net: its namespace.
 * @packets: taken, by CPU.
 * @rcu: frees it, a grace period after it was unregistered.
 */
struct srtp_ingress {
	struct nf_hook_ops ops;
	struct net *net;
	u64 __percpu *packets;
	struct rcu_head rcu;
};

#ifdef CONFIG_NETFILTER_INGRESS

/* Octets of the IP packet, 0 if it is not plain UDP without options or fragments. */
static unsigned int valid_ip4(const struct sk_buff *skb)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	unsigned int len = ntohs(iph->tot_len);

	if (iph->version != 4 || iph->ihl != 5 || iph->protocol != IPPROTO_UDP ||
	    iph->frag_off & htons(IP_OFFSET | IP_MF) || iph->ttl <= 1 ||
	    len < sizeof(*iph) + sizeof(struct udphdr) || len > skb->len ||
	    ipv4_is_loopback(iph->saddr) || ipv4_is_loopback(iph->daddr) ||
	    ip_fast_csum(iph, 5))
		return 0;
	return len;
}

static unsigned int valid_ip6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	unsigned int len = ntohs(ip6h->payload_len);

	if (ip6h->version != 6 || ip6h->nexthdr != IPPROTO_UDP || ip6h->hop_limit <= 1 ||
	    len < sizeof(struct udphdr) || len > skb->len - sizeof(*ip6h) ||
	    ipv6_addr_is_multicast(&ip6h->saddr) || ipv6_addr_loopback(&ip6h->saddr) ||
	    ipv6_addr_loopback(&ip6h->daddr))
		return 0;
	return sizeof(*ip6h) + len;
}

static unsigned int ingress_hook(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *dev_state)
{
	struct srtp_ingress *ing = priv;
	struct nf_hook_state state = {
		.hook = NF_INET_PRE_ROUTING,
		.in = dev_state->in,
		.net = ing->net,
	};
	unsigned int hdr, len, verdict;

	/* A tunnel's metadata, IPsec's, a tag or a bridge over the device: not ours to judge. */
	if (skb->pkt_type != PACKET_HOST || skb_shared(skb) || skb_vlan_tag_present(skb) ||
	    skb_is_gso(skb) || skb_dst(skb) || skb_sec_path(skb) ||
	    rcu_access_pointer(dev_state->in->rx_handler))
		return NF_ACCEPT;
	if (skb->protocol == htons(ETH_P_IP)) {
		hdr = sizeof(struct iphdr);
		if (!pskb_may_pull(skb, hdr + sizeof(struct udphdr)))
			return NF_ACCEPT;
		len = valid_ip4(skb);
		state.pf = NFPROTO_IPV4;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		hdr = sizeof(struct ipv6hdr);
		if (!pskb_may_pull(skb, hdr + sizeof(struct udphdr)))
			return NF_ACCEPT;
		len = valid_ip6(skb);
		state.pf = NFPROTO_IPV6;
	} else {
		return NF_ACCEPT;
	}
	/* Padding of short frames; ip_rcv() would cut it off as well. */
	if (!len || (unlikely(skb->len > len) && pskb_trim_rcsum(skb, len)))
		return NF_ACCEPT;
	skb_set_transport_header(skb, hdr);
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));

	verdict = srtp_ingress(skb, &state);
	if (verdict == XT_CONTINUE)
		return NF_ACCEPT;
	this_cpu_inc(*ing->packets);
	return verdict;
}

static void ingress_free(struct rcu_head *rcu)
{
	struct srtp_ingress *ing = container_of(rcu, struct srtp_ingress, rcu);

	free_percpu(ing->packets);
	kfree(ing);
}

/**
 * srtp_ingress_attach - take packets at a device
 * @dev: device; the RTNL is held
 *
 * Behind every ingress rule of the administrator's: these see the packets first.
 *
 * Return: the hook, or an error pointer.
 */
struct srtp_ingress *srtp_ingress_attach(struct net_device *dev)
{
	struct srtp_ingress *ing = kzalloc(sizeof(*ing), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!ing)
		return ERR_PTR(err);
	ing->packets = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!ing->packets)
		goto free;
	ing->net = dev_net(dev);
	ing->ops = (struct nf_hook_ops){
		.hook = ingress_hook,
		.dev = dev,
		.priv = ing,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MAX,
	};
	err = nf_register_net_hook(ing->net, &ing->ops);
	if (!err)
		return ing;
free:
	free_percpu(ing->packets);
	kfree(ing);
	return ERR_PTR(err);
}

/**
 * srtp_ingress_detach - no longer
 * @ing: hook; packets that it has taken may still be in a cipher, and need nothing of it
 */
void srtp_ingress_detach(struct srtp_ingress *ing)
{
	nf_unregister_net_hook(ing->net, &ing->ops);
	call_rcu(&ing->rcu, ingress_free);
}

#else /* !CONFIG_NETFILTER_INGRESS */

struct srtp_ingress *srtp_ingress_attach(struct net_device *dev)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void srtp_ingress_detach(struct srtp_ingress *ing)
{
}

#endif

/**
 * srtp_ingress_packets - how many packets a hook has taken
 * @ing: hook
 */
u64 srtp_ingress_packets(const struct srtp_ingress *ing)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(ing->packets, cpu));
	return sum;
}

/* A device goes, or moves to another namespace: it takes its hook along. */
static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_UNREGISTER)
		srtp_attach_device_gone(srtp_net(dev_net(dev)), dev);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = device_event,
};

int __init srtp_ingress_init(void)
{
	return register_netdevice_notifier(&notifier);
}

/* To this notifier every device goes now. */
void srtp_ingress_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
