// SPDX-License-Identifier: GPL-2.0-only
/* Sending a relayed packet: route, fresh headers, nothing of its former life. */
#include <linux/if_vlan.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/flow.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "compat.h"
#include "datapath.h"
#include "ingress.h"
#include "mtu.h"
#include "net.h"

static struct dst_entry *lookup4(const struct srtp_conf *conf, struct net *net)
{
	const struct srtp_session *s = conf->session;
	struct flowi4 fl4 = {
		.saddr = s->local.ip4,
		.daddr = conf->remote.ip4,
		.flowi4_proto = IPPROTO_UDP,
		.fl4_sport = s->local.port,
		.fl4_dport = conf->remote.port,
	};
	struct rtable *rt = ip_route_output_flow(net, &fl4, NULL);

	if (IS_ERR(rt))
		return NULL;
	if (!(rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)))
		return &rt->dst;
	ip_rt_put(rt);
	return NULL;
}

static struct dst_entry *lookup6(const struct srtp_conf *conf, struct net *net)
{
	const struct srtp_session *s = conf->session;
	struct flowi6 fl6 = {
		.saddr = s->local.ip,
		.daddr = conf->remote.ip,
		.flowi6_proto = IPPROTO_UDP,
		.fl6_sport = s->local.port,
		.fl6_dport = conf->remote.port,
	};
	struct dst_entry *dst = ipv6_stub->ipv6_dst_lookup_flow(net, NULL, &fl6, NULL);

	return IS_ERR(dst) ? NULL : dst;
}

static noinline struct dst_entry *new_route(struct srtp_conf *conf)
{
	struct srtp_session *s = conf->session;
	bool v4 = s->local.family == NFPROTO_IPV4;
	struct dst_entry *dst, *old;
	u32 cookie;

	dst = v4 ? lookup4(conf, s->sn->net) : lookup6(conf, s->sn->net);
	cookie = dst && !v4 ? rt6_get_cookie((struct rt6_info *)dst) : 0;
	spin_lock(&s->lock);
	old = rcu_dereference_protected(conf->dst, lockdep_is_held(&s->lock));
	WRITE_ONCE(conf->cookie, cookie);
	rcu_assign_pointer(conf->dst, dst);
	spin_unlock(&s->lock);
	dst_release(old);
	return dst;
}

/* dst_check(), written out for a plain IPv4 route, which nearly every packet has. */
static inline bool still_valid(struct dst_entry *dst, u32 cookie, const struct net *net, bool v4)
{
	if (likely(v4 && !dst_xfrm(dst) && dst->obsolete == DST_OBSOLETE_FORCE_CHK &&
		   container_of(dst, struct rtable, dst)->rt_genid == rt_genid_ipv4(net)))
		return true;
	return dst_check(dst, cookie);
}

/*
 * The route to the remote address, cached in the configuration until the stack
 * says that it is stale.  Valid as long as the caller stays under
 * rcu_read_lock(): a dst is freed a grace period after its last reference.
 * @cookie is read without a lock; one that does not go with the dst read before
 * makes dst_check() fail, or for the one packet uses a route just replaced.
 */
static inline struct dst_entry *route(struct srtp_conf *conf, const struct net *net, bool v4)
{
	struct dst_entry *dst = rcu_dereference(conf->dst);

	if (likely(dst && still_valid(dst, READ_ONCE(conf->cookie), net, v4)))
		return dst;
	return new_route(conf);
}

/* Is a packet no longer than dst_mtu(), where nothing but the device bounds it, or at all. */
static inline bool fits(const struct dst_entry *dst, unsigned int len, bool v4)
{
	if (likely(v4 && !dst_xfrm(dst) && !dst->lwtstate && !dst_metric_raw(dst, RTAX_MTU) &&
		   !container_of(dst, struct rtable, dst)->rt_pmtu &&
		   len <= READ_ONCE(dst->dev->mtu)))
		return true;
	return len <= dst_mtu(dst);
}

/* Nothing that belongs to the packet that came in may go out with it. */
static inline void scrub(struct sk_buff *skb, u8 tos)
{
	srtp_scrub(skb);
	skb_set_queue_mapping(skb, 0);
	skb_clear_hash(skb);
	skb_reset_redirect(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb->encapsulation = 0;
	skb->priority = rt_tos2priority(tos);
}

static inline void write_ip4(struct iphdr *iph, const struct srtp_conf *conf,
			     const struct srtp_session *s, unsigned int len, u8 tos, u8 ttl, bool df)
{
	*iph = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = tos,
		.tot_len = htons(len),
		.ttl = ttl,
		.protocol = IPPROTO_UDP,
		.frag_off = df ? htons(IP_DF) : 0,	/* atomic, so any id will do: RFC 6864 */
		.saddr = s->local.ip4,
		.daddr = conf->remote.ip4,
	};
	if (unlikely(!df))
		__ip_select_ident(s->sn->net, iph, 1);
	iph->check = ip_fast_csum(iph, 5);
}

static void write_ip6(struct ipv6hdr *ip6h, const struct srtp_conf *conf, u8 tos, u8 ttl)
{
	/* The length is ip6_local_out()'s. */
	ip6_flow_hdr(ip6h, tos, 0);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = ttl;
	ip6h->saddr = conf->session->local.ip;
	ip6h->daddr = conf->remote.ip;
}

/* Let @skb begin @hdr octets in front of its UDP header. */
static inline int make_room(struct sk_buff *skb, unsigned int udp, unsigned int hdr)
{
	unsigned int missing = hdr - udp;

	if (likely(udp >= hdr)) {
		__skb_pull(skb, udp - hdr);
		return 0;
	}
	if (skb_headroom(skb) < missing && pskb_expand_head(skb, missing, 0, GFP_ATOMIC))
		return SRTP_DROP_NO_MEMORY;
	__skb_push(skb, missing);
	return 0;
}

/*
 * What ip_local_out() does, with the header complete, where no rule is in OUTPUT and no VRF
 * on the way.
 */
static inline void local_out4(struct net *net, struct sk_buff *skb, const struct net_device *dev)
{
	if (unlikely(rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_LOCAL_OUT]) ||
		     netif_is_l3_slave(dev))) {
		ip_local_out(net, NULL, skb);
		return;
	}
	skb->protocol = htons(ETH_P_IP);
	srtp_count_ip_out(net);
	dst_output(net, NULL, skb);
}

/* Traffic class and hop limit of the packet as it came, which may be of the other family. */
struct hop {
	u8 tos;
	u8 ttl;
};

static inline struct hop came_by(const struct sk_buff *skb)
{
	if (likely(ip_hdr(skb)->version == 4))
		return (struct hop){ .tos = ip_hdr(skb)->tos, .ttl = ip_hdr(skb)->ttl };
	return (struct hop){ .tos = ipv6_get_dsfield(ipv6_hdr(skb)),
			     .ttl = ipv6_hdr(skb)->hop_limit };
}

/* srtp_output(); @v4 is known when this is compiled. */
static __always_inline int output(struct srtp_work *work, struct srtp_conf *conf,
				  const struct srtp_session *s, bool v4)
{
	const unsigned int hdr = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	const u8 family = v4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	unsigned int udp = work->offset - sizeof(struct udphdr);
	struct sk_buff *skb = work->skb;
	struct net *net = s->sn->net;
	struct hop hop = came_by(skb);
	const struct sk_buff *outer;
	struct dst_entry *dst;
	bool fragment = false;
	struct udphdr *uh;
	unsigned int len;

	/* Sending that nests too deep is a loop of tunnels. */
	if (unlikely(this_cpu_read(srtp_own.depth) >= SRTP_OWN_DEPTH))
		return SRTP_DROP_NO_ROUTE;
	dst = conf->has_remote && hop.ttl > 1 ? route(conf, net, v4) : NULL;
	if (unlikely(!dst))
		return SRTP_DROP_NO_ROUTE;
	len = skb->len - udp + hdr;
	if (unlikely(!fits(dst, len, v4))) {
		fragment = srtp_mtu_fragment(skb, len);
		if (!fragment) {
			srtp_mtu_tell(skb, net, udp, len - dst_mtu(dst));
			return SRTP_DROP_TOO_LONG;
		}
	}
	if (unlikely(make_room(skb, udp, hdr)))
		return SRTP_DROP_NO_MEMORY;
	scrub(skb, hop.tos);
	skb->ignore_df = fragment;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	uh = (struct udphdr *)(skb->data + hdr);
	uh->source = s->local.port;
	uh->dest = conf->remote.port;
	if (v4) {
		*IPCB(skb) = (struct inet_skb_parm){};
		write_ip4((struct iphdr *)skb->data, conf, s, len, hop.tos, hop.ttl - 1, !fragment);
	} else {
		*IP6CB(skb) = (struct inet6_skb_parm){};
		write_ip6(ipv6_hdr(skb), conf, hop.tos, hop.ttl - 1);
	}
	srtp_packet_fix_udp(skb, family, hdr);
	if (work->ingress && likely(!fragment) && likely(srtp_ingress_out(skb, dst, family)))
		return 0;
	skb_dst_set_noref(skb, dst);
	outer = srtp_own_enter(skb);
	if (v4)
		local_out4(net, skb, dst->dev);
	else
		ip6_local_out(net, NULL, skb);
	srtp_own_leave(outer);
	return 0;
}

static noinline int output6(struct srtp_work *work, struct srtp_conf *conf,
			    const struct srtp_session *s)
{
	return output(work, conf, s, false);
}

/**
 * srtp_output - send a packet to a session's remote address
 * @work: a relayed packet, protected, linear, private; tx is the session's
 *	configuration.  The packet is consumed on success, the work is not.
 *
 * The IP header is written anew, so options and extension headers end here and
 * the two sides may be of different families.  Traffic class is kept.  The hop
 * limit counts on, or two relays pointed at each other would play for ever.
 *
 * Return: 0 or a drop reason.
 */
int srtp_output(struct srtp_work *work)
{
	struct srtp_conf *conf = work->tx;
	const struct srtp_session *s = conf->session;

	return likely(s->local.family == NFPROTO_IPV4) ? output(work, conf, s, true) :
							 output6(work, conf, s);
}
