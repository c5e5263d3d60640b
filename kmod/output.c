// SPDX-License-Identifier: GPL-2.0-only
/* Sending a relayed packet: route, fresh headers, nothing of its former life. */
#include <linux/if_vlan.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/flow.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "datapath.h"
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

/*
 * The route to the remote address, cached in the configuration until the stack
 * says that it is stale.  Valid as long as the caller stays under
 * rcu_read_lock(): a dst is freed a grace period after its last reference.
 * @cookie is read without a lock; one that does not go with the dst read before
 * makes dst_check() fail, or for the one packet uses a route just replaced.
 */
static struct dst_entry *route(struct srtp_conf *conf)
{
	struct srtp_session *s = conf->session;
	bool v4 = s->local.family == NFPROTO_IPV4;
	struct dst_entry *dst, *old;
	u32 cookie;

	dst = rcu_dereference(conf->dst);
	if (likely(dst && dst_check(dst, READ_ONCE(conf->cookie))))
		return dst;
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

/* Nothing that belongs to the packet that came in may go out with it. */
static void scrub(struct sk_buff *skb, u8 tos)
{
	skb_scrub_packet(skb, true);	/* mark, tstamp, conntrack, secpath, trace */
	skb_set_queue_mapping(skb, 0);
	skb_clear_hash(skb);
	skb_reset_redirect(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb->encapsulation = 0;
	skb->priority = rt_tos2priority(tos);
	memset(skb->cb, 0, sizeof(skb->cb));
}

static void write_ip4(struct sk_buff *skb, const struct srtp_conf *conf, u8 tos, u8 ttl, bool df)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	*iph = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = tos,
		.ttl = ttl,
		.protocol = IPPROTO_UDP,
		.frag_off = df ? htons(IP_DF) : 0,	/* atomic, so any id will do: RFC 6864 */
		.saddr = conf->session->local.ip4,
		.daddr = conf->remote.ip4,
	};
	if (unlikely(!df))
		__ip_select_ident(conf->session->sn->net, iph, 1);
}

static void write_ip6(struct sk_buff *skb, const struct srtp_conf *conf, u8 tos, u8 ttl)
{
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	ip6_flow_hdr(ip6h, tos, 0);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = ttl;
	ip6h->saddr = conf->session->local.ip;
	ip6h->daddr = conf->remote.ip;
}

/**
 * srtp_output - send a packet to a session's remote address
 * @conf: configuration of the session
 * @skb: linear, private, taken over; consumed on success
 * @udp: offset of its UDP header in skb->data
 *
 * The IP header is written anew, so options and extension headers end here and
 * the two sides may be of different families.  Traffic class is kept.  The hop
 * limit counts on, or two relays pointed at each other would play for ever.
 *
 * Return: 0 or a drop reason.
 */
int srtp_output(struct srtp_conf *conf, struct sk_buff *skb, unsigned int udp)
{
	bool v4 = conf->session->local.family == NFPROTO_IPV4;
	unsigned int hdr = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct dst_entry *dst;
	bool fragment = false;
	struct udphdr *uh;
	unsigned int len;
	u8 tos, ttl;

	if (ip_hdr(skb)->version == 4) {
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl;
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit;
	}
	dst = conf->has_remote && ttl > 1 ? route(conf) : NULL;
	if (!dst)
		return SRTP_DROP_NO_ROUTE;
	len = skb->len - udp + hdr;
	if (unlikely(len > dst_mtu(dst))) {
		fragment = srtp_mtu_fragment(skb, len);
		if (!fragment) {
			srtp_mtu_tell(skb, conf->session->sn->net, udp, len - dst_mtu(dst));
			return SRTP_DROP_TOO_LONG;
		}
	}

	skb_pull(skb, udp);
	if (skb_headroom(skb) < hdr && pskb_expand_head(skb, hdr, 0, GFP_ATOMIC))
		return SRTP_DROP_NO_MEMORY;
	scrub(skb, tos);
	skb->ignore_df = fragment;
	uh = (struct udphdr *)skb->data;
	uh->source = conf->session->local.port;
	uh->dest = conf->remote.port;
	if (v4)
		write_ip4(skb, conf, tos, ttl - 1, !fragment);
	else
		write_ip6(skb, conf, tos, ttl - 1);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	/* Length and checksum of the IP header are written by ip_local_out(). */
	srtp_packet_fix_udp(skb, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6, hdr);
	skb_dst_set_noref(skb, dst);
	return srtp_own_out(skb, conf->session->sn->net, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
}
