// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that grew past the MTU.  The module does as a router with a tunnel: what
 * may be fragmented is, of all else the sender is told how long it may be.
 */
#include <linux/icmpv6.h>
#include <linux/udp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "mtu.h"

static bool is_v4(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4;
}

static unsigned int ip_len(const struct sk_buff *skb)
{
	return is_v4(skb) ? ntohs(ip_hdr(skb)->tot_len) :
			    sizeof(struct ipv6hdr) + ntohs(ipv6_hdr(skb)->payload_len);
}

static void tell(struct sk_buff *skb, unsigned int mtu)
{
	if (is_v4(skb))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, max_t(u32, mtu, IPV6_MIN_MTU));
}

/* It is in pieces already, or its sender allows that, or cannot make it shorter. */
static bool sender_may_fragment(const struct sk_buff *skb)
{
	if (skb->ignore_df)
		return true;
	return is_v4(skb) ? !(ip_hdr(skb)->frag_off & htons(IP_DF)) :
			    ip_len(skb) <= IPV6_MIN_MTU;
}

/**
 * srtp_mtu_fragment - may a relayed packet leave in fragments
 * @skb: still with the headers it came with
 * @len: octets of the IP packet to be sent, too many for the route
 *
 * It may if the one that came in could have been fragmented on its way, or was (then
 * ignore_df is set), or if its sender cannot make it shorter: an IPv6 packet of
 * the least MTU there is (RFC 2473 section 7.1).
 */
bool srtp_mtu_fragment(const struct sk_buff *skb, unsigned int len)
{
	return len <= IP_MAX_MTU && sender_may_fragment(skb);
}

/**
 * srtp_mtu_tell - tell the sender of a relayed packet that it is too long
 * @skb: still with the headers it came with; good only for freeing afterwards
 * @net: namespace
 * @udp: offset of its UDP header
 * @excess: octets by which what it became does not fit
 *
 * The packet was for this machine, which is no reason for the sender's stack not to
 * listen: it makes its packets shorter, or fragments them.  Of the packet no more is
 * quoted than the UDP header, for what follows may have been decrypted.
 */
void srtp_mtu_tell(struct sk_buff *skb, struct net *net, unsigned int udp, unsigned int excess)
{
	unsigned int len = ip_len(skb);
	struct dst_entry *dst;

	if (len < excess + IPV4_MIN_MTU || skb->len < udp + sizeof(struct udphdr))
		return;
	skb_trim(skb, udp + sizeof(struct udphdr));
	if (is_v4(skb)) {
		struct flowi4 fl4 = { .daddr = ip_hdr(skb)->saddr };
		struct rtable *rt = ip_route_output_key(net, &fl4);

		dst = IS_ERR(rt) ? NULL : &rt->dst;
	} else {
		struct flowi6 fl6 = { .daddr = ipv6_hdr(skb)->saddr };

		dst = ipv6_stub->ipv6_dst_lookup_flow(net, NULL, &fl6, NULL);
		if (IS_ERR(dst))
			dst = NULL;
	}
	if (!dst)
		return;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	skb->dev = dst->dev;
	tell(skb, len - excess);
}

/**
 * srtp_mtu_local - may a local program's packet, or a guest's, leave in fragments
 * @skb: at the LOCAL_OUT or POST_ROUTING hook
 *
 * What the stack would do with a packet as long: its socket's IP_MTU_DISCOVER says.  A guest
 * cannot make one of IPv6 shorter than the least MTU there is (RFC 2473 section 7.1).
 */
bool srtp_mtu_local(const struct sk_buff *skb)
{
	return is_v4(skb) || skb->skb_iif ? sender_may_fragment(skb) : skb->ignore_df;
}

/**
 * srtp_mtu_tell_local - tell the sender at the LOCAL_OUT or POST_ROUTING hook
 * @skb: with its route
 * @mtu: octets of an IP packet that would fit
 *
 * A program learns from the verdict, a guest whose packet is forwarded by ICMP.  Which it is
 * shows in whether it came by a device: IPv6 marks only multicast as forwarded.
 *
 * Return: the verdict.
 */
unsigned int srtp_mtu_tell_local(struct sk_buff *skb, unsigned int mtu)
{
	if (!skb->skb_iif)
		return NF_DROP_ERR(-EMSGSIZE);
	tell(skb, mtu);
	return NF_DROP;
}
