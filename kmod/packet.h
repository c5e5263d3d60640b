/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the datapath has to know about skbs.  Inline is what nearly every packet
 * needs; each such function hands whatever is out of the ordinary (options,
 * fragments, headers that are not in the linear part, shared data) to the one
 * in packet.c that can do all cases.
 */
#ifndef _SRTP_PACKET_H
#define _SRTP_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>

#include "classify.h"
#include "crypto.h"
#include "rtp.h"
#include "session.h"

/**
 * struct srtp_packet - a UDP datagram inside an skb at a hook
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6.
 * @bad: its lengths contradict each other, it is a fragment, source routed, or has IPv4 options
 *	that make no sense; then only the ports are valid.
 * @sport: port it comes from, network order.
 * @dport: port it goes to, network order.
 * @udp: offset of the UDP header in skb->data.
 * @payload: offset of its payload.
 * @len: octets of payload.
 *
 * The addresses are in the IP header, which a hook always finds in the linear
 * part: see srtp_packet_source().
 */
struct srtp_packet {
	u8 family;
	bool bad;
	__be16 sport;
	__be16 dport;
	unsigned int udp;
	unsigned int payload;
	unsigned int len;
};

/**
 * struct srtp_parsed - an RTP or RTCP header, or why it is none
 * @rtp: valid if @drop is 0.
 * @drop: 0 or a drop reason.
 */
struct srtp_parsed {
	struct srtp_rtp rtp;
	int drop;
};

bool srtp_packet_parse_any(struct sk_buff *skb, u8 family, struct srtp_packet *p);
bool srtp_packet_checksum_bad(struct sk_buff *skb, unsigned int hook, u8 family, unsigned int udp);
enum srtp_class srtp_packet_classify_any(const struct sk_buff *skb, unsigned int payload);
enum srtp_class srtp_packet_classify_super(const struct sk_buff *skb, const struct srtp_packet *p);
struct srtp_parsed srtp_packet_header_pull(struct sk_buff *skb, unsigned int payload,
					   unsigned int len, enum srtp_kind kind);
int srtp_packet_copy(struct sk_buff *skb, unsigned int tailroom);
void srtp_packet_fix(struct sk_buff *skb, u8 family, unsigned int udp);
bool srtp_addr_unicast(u8 family, const struct srtp_addr *addr);
void srtp_local_of(struct srtp_local *local, u8 family, const struct srtp_addr *addr);

/* srtp_packet_fill - take over what the UDP header says; p->family and p->udp are set */
static __always_inline void srtp_packet_fill(struct srtp_packet *p, const struct sk_buff *skb,
					     const struct udphdr *uh)
{
	unsigned int len = ntohs(uh->len);

	p->sport = uh->source;
	p->dport = uh->dest;
	p->payload = p->udp + sizeof(*uh);
	p->len = len - sizeof(*uh);
	p->bad = false;
	/* The UDP length is the sender's; a super-packet's is checked when it is cut up. */
	if (unlikely(len < sizeof(*uh) || len > skb->len - p->udp))
		p->bad = !skb_is_gso(skb);
}

/**
 * srtp_packet_parse_plain - srtp_packet_parse() for what nearly all packets are
 * @skb: at a hook
 * @family: of the hook
 * @p: filled in; all offsets are known when this is compiled
 *
 * Return: false if this is not plain: IPv4 in the linear part, no options, no fragment, UDP.
 */
static __always_inline bool srtp_packet_parse_plain(struct sk_buff *skb, u8 family,
						    struct srtp_packet *p)
{
	const struct iphdr *iph = (void *)skb->data;

	if (family != NFPROTO_IPV4 || iph->ihl != 5 || iph->protocol != IPPROTO_UDP ||
	    iph->frag_off & htons(IP_MF | IP_OFFSET) ||
	    skb_headlen(skb) < sizeof(*iph) + sizeof(struct udphdr))
		return false;
	p->family = NFPROTO_IPV4;
	p->udp = sizeof(*iph);
	srtp_packet_fill(p, skb, (void *)(iph + 1));
	return true;
}

/* By way of a copy, so that @p, which others need a pointer to here, can stay in registers. */
static inline bool srtp_packet_parse_copy(struct sk_buff *skb, u8 family, struct srtp_packet *p)
{
	struct srtp_packet copy;

	if (!srtp_packet_parse_any(skb, family, &copy))
		return false;
	*p = copy;
	return true;
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
static __always_inline bool srtp_packet_parse(struct sk_buff *skb, u8 family, struct srtp_packet *p)
{
	const struct ipv6hdr *ip6h = (void *)skb->data;
	const struct iphdr *iph = (void *)skb->data;

	if (srtp_packet_parse_plain(skb, family, p))
		return true;
	if (family == NFPROTO_IPV4)
		return iph->protocol == IPPROTO_UDP && srtp_packet_parse_copy(skb, family, p);
	if (unlikely(ip6h->nexthdr != IPPROTO_UDP ||
		     skb_headlen(skb) < sizeof(*ip6h) + sizeof(struct udphdr)))
		return srtp_packet_parse_copy(skb, family, p);
	p->family = family;
	p->udp = sizeof(*ip6h);
	srtp_packet_fill(p, skb, (void *)(ip6h + 1));
	return true;
}

/* srtp_packet_source - transport address that a parsed packet comes from */
static inline struct srtp_addr srtp_packet_source(const struct sk_buff *skb,
						  const struct srtp_packet *p)
{
	struct srtp_addr addr = { .port = p->sport };

	if (p->family == NFPROTO_IPV4)
		addr.ip4 = ip_hdr(skb)->saddr;
	else
		addr.ip = ipv6_hdr(skb)->saddr;
	return addr;
}

/* srtp_packet_dest - transport address that a parsed packet goes to */
static inline struct srtp_addr srtp_packet_dest(const struct sk_buff *skb,
						const struct srtp_packet *p)
{
	struct srtp_addr addr = { .port = p->dport };

	if (p->family == NFPROTO_IPV4)
		addr.ip4 = ip_hdr(skb)->daddr;
	else
		addr.ip = ipv6_hdr(skb)->daddr;
	return addr;
}

/* srtp_packet_from - does a parsed packet come from @addr, which is of its family */
static inline bool srtp_packet_from(const struct sk_buff *skb, const struct srtp_packet *p,
				    const struct srtp_addr *addr)
{
	if (p->sport != addr->port)
		return false;
	if (p->family == NFPROTO_IPV4)
		return ((const struct iphdr *)skb->data)->saddr == addr->ip4;
	return ipv6_addr_equal(&((const struct ipv6hdr *)skb->data)->saddr, &addr->ip);
}

/* srtp_packet_linear - are the first @len octets in the linear part */
static inline bool srtp_packet_linear(const struct sk_buff *skb, unsigned int len)
{
	return likely(skb_headlen(skb) >= len);
}

/* srtp_packet_classify - RTP, RTCP or something else; @p is parsed and not bad */
static __always_inline enum srtp_class srtp_packet_classify(const struct sk_buff *skb,
							    const struct srtp_packet *p)
{
	if (p->len < 2)
		return SRTP_CLASS_NONE;
	if (!srtp_packet_linear(skb, p->payload + 2))
		return srtp_packet_classify_any(skb, p->payload);
	return srtp_classify(skb->data + p->payload, 2);
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
static inline bool srtp_packet_checksum_ok(struct sk_buff *skb, unsigned int hook,
					   const struct srtp_packet *p)
{
	/* Verified by the device, or made on this machine and not written yet. */
	if (p->family == NFPROTO_IPV4 && (skb->ip_summed == CHECKSUM_UNNECESSARY ||
					  skb->ip_summed == CHECKSUM_PARTIAL))
		return true;
	return !srtp_packet_checksum_bad(skb, hook, p->family, p->udp);
}

/* srtp_packet_parse_header - what is in front of the payload; @have octets of it are readable */
static __always_inline int srtp_packet_parse_header(const u8 *data, unsigned int have,
						    unsigned int len, enum srtp_kind kind,
						    struct srtp_rtp *rtp)
{
	return kind == SRTP_RTP ? srtp_rtp_parse(data, have, len, rtp) :
				  srtp_rtcp_parse(data, have, len, rtp);
}

/**
 * srtp_packet_header - validate the RTP or RTCP header
 * @skb: the packet
 * @p: parsed and not bad
 * @kind: RTP or RTCP
 * @overhead: octets of tag and SRTCP word at its end
 */
static __always_inline struct srtp_parsed srtp_packet_header(struct sk_buff *skb,
							     const struct srtp_packet *p,
							     enum srtp_kind kind,
							     unsigned int overhead)
{
	unsigned int min = kind == SRTP_RTP ? SRTP_RTP_MIN : SRTP_RTCP_MIN;
	unsigned int len = p->len - overhead;
	struct srtp_parsed parsed = {};

	if (unlikely(p->len < min + overhead)) {
		parsed.drop = overhead ? SRTP_DROP_SHORT : SRTP_DROP_MALFORMED;
		return parsed;
	}
	if (!srtp_packet_linear(skb, p->payload + len))
		return srtp_packet_header_pull(skb, p->payload, len, kind);
	parsed.drop = srtp_packet_parse_header(skb->data + p->payload, len, len, kind,
					       &parsed.rtp);
	return parsed;
}

/**
 * srtp_packet_is_private - may the packet be changed, and grow, in place
 * @skb: not shared
 * @tailroom: octets wanted behind it
 */
static inline bool srtp_packet_is_private(const struct sk_buff *skb, unsigned int tailroom)
{
	return likely(!skb_is_nonlinear(skb) && !skb_cloned(skb) &&
		      skb->end - skb->tail >= tailroom);
}

/* srtp_packet_make_private - see srtp_packet_copy(), which does it if there is need */
static inline int srtp_packet_make_private(struct sk_buff *skb, unsigned int tailroom)
{
	return srtp_packet_is_private(skb, tailroom) ? 0 : srtp_packet_copy(skb, tailroom);
}

/* srtp_packet_cut - make a linear packet end after @len octets; it has as many */
static inline void srtp_packet_cut(struct sk_buff *skb, unsigned int len)
{
	if (skb->len > len)
		__skb_trim(skb, len);
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
static inline void srtp_packet_fix_udp(struct sk_buff *skb, u8 family, unsigned int udp)
{
	struct udphdr *uh = (struct udphdr *)(skb->data + udp);
	unsigned int len = skb->len - udp;

	skb_set_transport_header(skb, udp);
	uh->len = htons(len);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_level = 0;
	skb->csum_valid = 0;
	skb->csum_start = (u8 *)uh - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
	if (family == NFPROTO_IPV4)
		uh->check = ~csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
					       IPPROTO_UDP, 0);
	else
		uh->check = ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len,
					     IPPROTO_UDP, 0);
}

#endif /* _SRTP_PACKET_H */
