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

/*
 * The route to the remote address, cached in the configuration until the stack
 * says that it is stale.  Valid as long as the caller stays under
 * rcu_read_lock(): a dst is freed a grace period after its last reference.
 * @cookie is read without a lock; one that does not go with the dst read before
 * makes dst_check() fail, or for the one packet uses a route just replaced.
 */
static inline struct dst_entry *route(struct srtp_conf *conf)
{
	struct dst_entry *dst = rcu_dereference(conf->dst);

	if (likely(dst && dst_check(dst, READ_ONCE(conf->cookie))))
		return dst;
	return new_route(conf);
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
}

static inline void write_ip4(struct iphdr *iph, const struct srtp_conf *conf, u8 tos, u8 ttl,
			     bool df)
{
	/* Length and checksum are ip_local_out()'s. */
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

static void write_ip6(struct ipv6hdr *ip6h, const struct srtp_conf *conf, u8 tos, u8 ttl)
{
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
	unsigned int udp = work->offset - sizeof(struct udphdr);
	struct srtp_conf *conf = work->tx;
	const struct srtp_session *s = conf->session;
	u8 family = s->local.family, tos, ttl;
	unsigned int hdr = family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct sk_buff *skb = work->skb;
	const struct sk_buff *outer;
	struct dst_entry *dst;
	bool fragment = false;
	struct udphdr *uh;
	unsigned int len;

	if (likely(ip_hdr(skb)->version == 4)) {
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl;
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit;
	}
	/* Sending that nests too deep is a loop of tunnels. */
	if (unlikely(this_cpu_read(srtp_own.depth) >= SRTP_OWN_DEPTH))
		return SRTP_DROP_NO_ROUTE;
	dst = conf->has_remote && ttl > 1 ? route(conf) : NULL;
	if (unlikely(!dst))
		return SRTP_DROP_NO_ROUTE;
	len = skb->len - udp + hdr;
	if (unlikely(len > dst_mtu(dst))) {
		fragment = srtp_mtu_fragment(skb, len);
		if (!fragment) {
			srtp_mtu_tell(skb, s->sn->net, udp, len - dst_mtu(dst));
			return SRTP_DROP_TOO_LONG;
		}
	}
	if (unlikely(make_room(skb, udp, hdr)))
		return SRTP_DROP_NO_MEMORY;
	scrub(skb, tos);
	skb->ignore_df = fragment;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	uh = (struct udphdr *)(skb->data + hdr);
	uh->source = s->local.port;
	uh->dest = conf->remote.port;
	if (likely(family == NFPROTO_IPV4)) {
		*IPCB(skb) = (struct inet_skb_parm){};
		write_ip4(ip_hdr(skb), conf, tos, ttl - 1, !fragment);
	} else {
		*IP6CB(skb) = (struct inet6_skb_parm){};
		write_ip6(ipv6_hdr(skb), conf, tos, ttl - 1);
	}
	srtp_packet_fix_udp(skb, family, hdr);
	if (work->ingress && likely(!fragment) && likely(srtp_ingress_out(skb, dst, family)))
		return 0;
	skb_dst_set_noref(skb, dst);
	outer = srtp_own_enter(skb);
	if (likely(family == NFPROTO_IPV4))
		ip_local_out(s->sn->net, NULL, skb);
	else
		ip6_local_out(s->sn->net, NULL, skb);
	srtp_own_leave(outer);
	return 0;
}
