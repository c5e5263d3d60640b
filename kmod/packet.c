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

/*
 * Do options of IPv4 make no sense, or let the sender choose the way?  The hook is in front of
 * the stack's own look at them, and that refuses source routes (RFC 7126 sections 4.3 and 4.4).
 */
static bool odd_options(const struct iphdr *iph)
{
	const u8 *p = (const u8 *)(iph + 1), *end = (const u8 *)iph + iph->ihl * 4;

	for (; p < end && *p != IPOPT_END; p += *p == IPOPT_NOOP ? 1 : p[1])
		if (*p != IPOPT_NOOP && (*p == IPOPT_LSRR || *p == IPOPT_SSRR || end - p < 2 ||
					 p[1] < 2 || p[1] > end - p))
			return true;
	return false;
}

/* Finds the UDP header of IPv4. 0: none; 1: found; -1: of a packet that is not in order. */
static int find_udp4(struct sk_buff *skb, struct srtp_packet *p)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->protocol != IPPROTO_UDP || iph->frag_off & htons(IP_OFFSET))
		return 0;
	p->udp = iph->ihl * 4;
	return iph->frag_off & htons(IP_MF) || odd_options(iph) ? -1 : 1;
}

/* The same of IPv6; -1 also when it is not where it goes to. */
static int find_udp6(struct sk_buff *skb, struct srtp_packet *p)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	int flags = 0, onward = IP6_FH_F_SKIP_RH;
	unsigned int offset = 0, routing = 0;
	unsigned short frag = 0;

	p->udp = sizeof(*ip6h);
	if (ip6h->nexthdr == IPPROTO_UDP)
		return 1;
	if (ipv6_find_hdr(skb, &offset, -1, &frag, &flags) != IPPROTO_UDP || frag)
		return 0;
	p->udp = offset;
	/* With segments left the address is only a stop on the way. */
	if (ipv6_find_hdr(skb, &routing, NEXTHDR_ROUTING, NULL, &onward) == NEXTHDR_ROUTING)
		return -1;
	return flags & IP6_FH_F_FRAG ? -1 : 1;
}

/* srtp_packet_parse() for every packet: options, extension headers, fragments, pages */
bool srtp_packet_parse_any(struct sk_buff *skb, u8 family, struct srtp_packet *p)
{
	const struct udphdr *uh;
	struct udphdr copy;
	int found;

	p->family = family;
	found = family == NFPROTO_IPV4 ? find_udp4(skb, p) : find_udp6(skb, p);
	if (!found)
		return false;
	uh = skb_header_pointer(skb, p->udp, sizeof(copy), &copy);
	if (!uh)
		return false;
	srtp_packet_fill(p, skb, uh);
	if (found < 0)
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

/* srtp_packet_checksum_ok() where the packet has to be added up */
bool srtp_packet_checksum_bad(struct sk_buff *skb, unsigned int hook, u8 family, unsigned int at)
{
	const struct udphdr *udp;
	struct udphdr copy;

	udp = skb_header_pointer(skb, at, sizeof(copy), &copy);
	if (!udp)
		return true;
	if (family == NFPROTO_IPV6)
		return !udp->check || nf_ip6_checksum(skb, hook, at, IPPROTO_UDP);
	return udp->check && nf_ip_checksum(skb, hook, at, IPPROTO_UDP);
}

/* srtp_packet_classify() for every packet */
enum srtp_class srtp_packet_classify_any(const struct sk_buff *skb, unsigned int payload)
{
	const u8 *first;
	u8 copy[2];

	first = skb_header_pointer(skb, payload, sizeof(copy), copy);
	return first ? srtp_classify(first, sizeof(copy)) : SRTP_CLASS_NONE;
}

/**
 * srtp_packet_classify_super - srtp_packet_classify() for a super-packet that stays one
 * @skb: of UDP GRO or GSO
 * @p: parsed
 *
 * Return: the class of the first packet in it that is media, or else that of the last.
 */
enum srtp_class srtp_packet_classify_super(const struct sk_buff *skb, const struct srtp_packet *p)
{
	unsigned int at = p->payload, step = skb_shinfo(skb)->gso_size, n = 0;
	enum srtp_class class;

	/* UFO is one datagram. */
	if (!step || skb_shinfo(skb)->gso_type & SKB_GSO_UDP)
		step = skb->len;
	do {
		if (n++ > UDP_MAX_SEGMENTS)
			return SRTP_CLASS_RTP;	/* nothing that the stack makes */
		class = srtp_packet_classify_any(skb, at);
		at += step;
	} while (at < skb->len && class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP);
	return class;
}

/* srtp_packet_header() for a packet that is not linear: pulls what the header needs */
struct srtp_parsed srtp_packet_header_pull(struct sk_buff *skb, unsigned int payload,
					   unsigned int len, enum srtp_kind kind)
{
	unsigned int min = kind == SRTP_RTP ? SRTP_RTP_MIN : SRTP_RTCP_MIN;
	struct srtp_parsed parsed = {};
	unsigned int have;

	do {
		if (!pskb_may_pull(skb, payload + min)) {
			parsed.drop = SRTP_DROP_NO_MEMORY;
			break;
		}
		have = min(skb_headlen(skb) - payload, len);
		parsed.drop = srtp_packet_parse_header(skb->data + payload, have, len, kind,
						       &parsed.rtp);
		min = parsed.rtp.hdr_len;	/* grows with each -EAGAIN, at most twice */
	} while (parsed.drop == -EAGAIN);
	return parsed;
}

/**
 * srtp_packet_copy - let the packet be changed in place
 * @skb: not shared
 * @tailroom: octets wanted behind it
 *
 * Afterwards it is linear and nobody else sees its data.  Fragments, which may
 * be page cache or another's, are copied from, never written to; a packet tap
 * or a clone keeps the data as it was.
 *
 * Return: 0 or -ENOMEM, with @skb as it was.
 */
int srtp_packet_copy(struct sk_buff *skb, unsigned int tailroom)
{
	int missing;

	if (WARN_ON_ONCE(skb_shared(skb)))
		return -ENOMEM;
	if (skb_is_nonlinear(skb) && skb_linearize(skb))
		return -ENOMEM;
	missing = (int)tailroom - skb_tailroom(skb);
	if (!skb_cloned(skb) && missing <= 0)
		return 0;
	return pskb_expand_head(skb, 0, max(missing, 0), GFP_ATOMIC);
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
