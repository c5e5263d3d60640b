// SPDX-License-Identifier: GPL-2.0-only
/* What the datapath has to know about skbs: lengths, ownership, checksums. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "packet.h"

/* Finds the UDP header of IPv4. 0: none; 1: found; -1: of a packet that is not whole. */
static int find_udp4(struct sk_buff *skb, struct srtp_packet *p)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->protocol != IPPROTO_UDP || iph->frag_off & htons(IP_OFFSET))
		return 0;
	p->udp = skb_network_offset(skb) + iph->ihl * 4;
	p->source.ip = (struct in6_addr){ .s6_addr32 = { iph->saddr } };
	p->dest.ip = (struct in6_addr){ .s6_addr32 = { iph->daddr } };
	return iph->frag_off & htons(IP_MF) ? -1 : 1;
}

/* The same of IPv6; -1 also when it is not where it goes to. */
static int find_udp6(struct sk_buff *skb, struct srtp_packet *p)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	int flags = 0, onward = IP6_FH_F_SKIP_RH;
	unsigned int offset = 0, routing = 0;
	unsigned short frag = 0;

	p->udp = skb_network_offset(skb) + sizeof(*ip6h);
	p->source.ip = ip6h->saddr;
	p->dest.ip = ip6h->daddr;
	if (likely(ip6h->nexthdr == IPPROTO_UDP))
		return 1;
	if (ipv6_find_hdr(skb, &offset, -1, &frag, &flags) != IPPROTO_UDP || frag)
		return 0;
	p->udp = offset;
	/* With segments left the address is only a stop on the way. */
	if (ipv6_find_hdr(skb, &routing, NEXTHDR_ROUTING, NULL, &onward) == NEXTHDR_ROUTING)
		return -1;
	return flags & IP6_FH_F_FRAG ? -1 : 1;
}

/**
 * srtp_packet_parse - find the UDP datagram in an skb
 * @skb: at a hook: data is the IP header, which the IP layer has validated
 * @family: of the hook
 * @p: filled in
 *
 * A fragment other than the first has no ports, so it cannot belong to a
 * session and is left alone: without the first, which is dropped, nobody can
 * put it together.
 *
 * Return: false if this is not UDP (or cannot be told to be).
 */
bool srtp_packet_parse(struct sk_buff *skb, u8 family, struct srtp_packet *p)
{
	const struct udphdr *udp;
	struct udphdr copy;
	int found;

	p->family = family;
	p->bad = false;
	found = family == NFPROTO_IPV4 ? find_udp4(skb, p) : find_udp6(skb, p);
	if (!found)
		return false;
	udp = skb_header_pointer(skb, p->udp, sizeof(copy), &copy);
	if (!udp)
		return false;
	p->source.port = udp->source;
	p->dest.port = udp->dest;
	p->payload = p->udp + sizeof(*udp);
	p->len = ntohs(udp->len) - sizeof(*udp);
	/* The UDP length is the sender's; a super-packet's is checked when it is cut up. */
	if (found < 0 || (!skb_is_gso(skb) && (ntohs(udp->len) < sizeof(*udp) ||
					       ntohs(udp->len) > skb->len - p->udp)))
		p->bad = true;
	return true;
}

/**
 * srtp_local_of - make a table key
 * @local: filled in
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: the local transport address
 */
void srtp_local_of(struct srtp_local *local, u8 family, const struct srtp_addr *addr)
{
	local->ip = addr->ip;
	local->port = addr->port;
	local->family = family;
	local->zero = 0;
}

/**
 * srtp_addr_unicast - can packets be sent to this address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: the address; its port is not looked at
 *
 * A subnet's broadcast address does not show: see lookup4() in output.c.
 */
bool srtp_addr_unicast(u8 family, const struct srtp_addr *addr)
{
	if (family == NFPROTO_IPV4)
		return !ipv4_is_zeronet(addr->ip4) && !ipv4_is_multicast(addr->ip4) &&
		       !ipv4_is_lbcast(addr->ip4);
	return !(ipv6_addr_type(&addr->ip) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL |
					      IPV6_ADDR_MAPPED)) &&
	       !ipv6_addr_any(&addr->ip);
}

/**
 * srtp_packet_checksum_ok - is the UDP checksum right, as far as anybody can tell
 * @skb: the packet
 * @hook: where
 * @p: parsed
 *
 * Only plain RTP needs it: a relay that made a new checksum for a damaged packet
 * would launder it.  SRTP's tag says more.
 */
bool srtp_packet_checksum_ok(struct sk_buff *skb, unsigned int hook, const struct srtp_packet *p)
{
	const struct udphdr *udp;
	struct udphdr copy;

	/* Verified by the device, or made on this machine and not written yet. */
	if (p->family == NFPROTO_IPV4 && (skb->ip_summed == CHECKSUM_UNNECESSARY ||
					  skb->ip_summed == CHECKSUM_PARTIAL))
		return true;
	udp = skb_header_pointer(skb, p->udp, sizeof(copy), &copy);
	if (!udp)
		return false;
	if (p->family == NFPROTO_IPV6)
		return udp->check && !nf_ip6_checksum(skb, hook, p->udp, IPPROTO_UDP);
	return !udp->check || !nf_ip_checksum(skb, hook, p->udp, IPPROTO_UDP);
}

/**
 * srtp_packet_classify - RTP, RTCP or something else
 * @skb: the packet
 * @p: parsed and not bad
 */
enum srtp_class srtp_packet_classify(struct sk_buff *skb, const struct srtp_packet *p)
{
	const u8 *first;
	u8 copy[2];

	if (p->len < 2)
		return SRTP_CLASS_NONE;
	first = skb_header_pointer(skb, p->payload, sizeof(copy), copy);
	return first ? srtp_classify(first, sizeof(copy)) : SRTP_CLASS_NONE;
}

/**
 * srtp_packet_header - validate the RTP or RTCP header
 * @skb: the packet
 * @p: parsed and not bad
 * @kind: RTP or RTCP
 * @overhead: octets of tag and SRTCP word at its end
 * @rtp: filled in
 *
 * Return: 0 or a drop reason.
 */
int srtp_packet_header(struct sk_buff *skb, const struct srtp_packet *p, enum srtp_kind kind,
		       unsigned int overhead, struct srtp_rtp *rtp)
{
	unsigned int min = kind == SRTP_RTP ? SRTP_RTP_MIN : SRTP_RTCP_MIN;
	int ret;

	if (p->len < min + overhead)
		return overhead ? SRTP_DROP_SHORT : SRTP_DROP_MALFORMED;
	do {
		unsigned int have;

		if (!pskb_may_pull(skb, p->payload + min))
			return SRTP_DROP_NO_MEMORY;
		have = min_t(unsigned int, skb_headlen(skb) - p->payload, p->len - overhead);
		ret = (kind == SRTP_RTP ? srtp_rtp_parse : srtp_rtcp_parse)
			(skb->data + p->payload, have, p->len - overhead, rtp);
		min = rtp->hdr_len;	/* grows with each -EAGAIN, at most twice */
	} while (ret == -EAGAIN);
	return ret;
}

/**
 * srtp_packet_make_private - let the packet be changed in place
 * @skb: not shared
 * @tailroom: octets wanted behind it
 *
 * Afterwards it is linear and nobody else sees its data.  Fragments, which may
 * be page cache or another's, are copied from, never written to; a packet tap
 * or a clone keeps the data as it was.
 *
 * Return: 0 or -ENOMEM, with @skb as it was.
 */
int srtp_packet_make_private(struct sk_buff *skb, unsigned int tailroom)
{
	int missing;

	if (WARN_ON_ONCE(skb_shared(skb)))
		return -ENOMEM;
	if (unlikely(skb_is_nonlinear(skb)) && skb_linearize(skb))
		return -ENOMEM;
	missing = (int)tailroom - skb_tailroom(skb);
	if (likely(!skb_cloned(skb) && missing <= 0))
		return 0;
	return pskb_expand_head(skb, 0, max(missing, 0), GFP_ATOMIC);
}

/**
 * srtp_packet_fix_udp - make the UDP header true for a changed payload
 * @skb: the packet ends where its payload ends; addresses are in place; private
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @udp: offset of the UDP header
 *
 * The checksum is left to the device, or to whoever sends it in software, as
 * that of any locally made packet; a local receiver takes it as good.
 */
void srtp_packet_fix_udp(struct sk_buff *skb, u8 family, unsigned int udp)
{
	struct udphdr *uh = (struct udphdr *)(skb->data + udp);
	unsigned int len = skb->len - udp;

	skb_set_transport_header(skb, udp);
	uh->len = htons(len);
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum_level = 0;
	skb->csum_valid = 0;
	if (family == NFPROTO_IPV4)
		udp_set_csum(false, skb, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len);
	else
		udp6_set_csum(false, skb, &ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len);
}

/**
 * srtp_packet_fix - make the IP and UDP headers true for a changed payload
 * @skb: data is the IP header; otherwise as for srtp_packet_fix_udp()
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @udp: offset of the UDP header
 */
void srtp_packet_fix(struct sk_buff *skb, u8 family, unsigned int udp)
{
	unsigned int len = skb->len - skb_network_offset(skb);
	int transport = skb_transport_offset(skb);

	srtp_packet_fix_udp(skb, family, udp);
	/* Coming in, it is the first extension header, where the stack goes on. */
	skb_set_transport_header(skb, transport);
	if (family == NFPROTO_IPV4) {
		ip_hdr(skb)->tot_len = htons(len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len = htons(len - sizeof(struct ipv6hdr));
	}
}
