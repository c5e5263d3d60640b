// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path out: what ip_local_out() and ip_output() do to a packet of one piece on a
 * plain route, without the hooks that they walk.
 */
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "ingress.h"

/*
 * What has more to do than to find a neighbour is for the stack.  Looked up for each packet:
 * a neighbour that goes is unhashed, and one that changes its address does so in place.
 */
static struct neighbour *neighbour4(struct sk_buff *skb, struct dst_entry *dst, bool *v6gw)
{
	skb->protocol = htons(ETH_P_IP);
	return ip_neigh_for_gw(container_of(dst, struct rtable, dst), skb, v6gw);
}

static struct neighbour *neighbour6(struct sk_buff *skb, struct dst_entry *dst)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	skb->protocol = htons(ETH_P_IPV6);
	return ip_neigh_gw6(dst->dev, rt6_nexthop(container_of(dst, struct rt6_info, dst),
						  &ip6h->daddr));
}

/**
 * srtp_ingress_out - hand a packet to the neighbour it goes to
 * @skb: headers written but for the length of IPv6; not longer than the MTU; linear
 * @dst: its route, checked; no reference
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: true when sent; false if it needs the stack: IPsec, a tunnel of the route, a
 * destination on this machine, a VRF, or room for a larger link-layer header.
 */
bool srtp_ingress_out(struct sk_buff *skb, struct dst_entry *dst, u8 family)
{
	struct net_device *dev = dst->dev;
	struct neighbour *neigh;
	bool v6gw = false;

	if (unlikely(dst_xfrm(dst) || dst->flags & DST_XFRM_QUEUE || dst->lwtstate ||
		     dev->flags & IFF_LOOPBACK || netif_is_l3_slave(dev) || netif_is_l3_master(dev) ||
		     skb_headroom(skb) < LL_RESERVED_SPACE(dev)))
		return false;
	neigh = likely(family == NFPROTO_IPV4) ? neighbour4(skb, dst, &v6gw) : neighbour6(skb, dst);
	if (IS_ERR(neigh))
		return false;
	skb->dev = dev;
	skb_dst_set_noref(skb, dst);
	neigh_output(neigh, skb, v6gw);
	return true;
}
