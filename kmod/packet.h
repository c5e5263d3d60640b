/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_PACKET_H
#define _SRTP_PACKET_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "classify.h"
#include "rtp.h"
#include "session.h"

/**
 * struct srtp_packet - a UDP datagram inside an skb at a hook
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6.
 * @bad: its lengths contradict each other, it is a fragment, or source routed; then only the
 *	addresses are valid.
 * @udp: offset of the UDP header in skb->data.
 * @payload: offset of its payload.
 * @len: octets of payload.
 * @source: transport address it comes from.
 * @dest: transport address it goes to.
 */
struct srtp_packet {
	u8 family;
	bool bad;
	unsigned int udp;
	unsigned int payload;
	unsigned int len;
	struct srtp_addr source;
	struct srtp_addr dest;
};

bool srtp_packet_parse(struct sk_buff *skb, u8 family, struct srtp_packet *p);
bool srtp_packet_checksum_ok(struct sk_buff *skb, unsigned int hook, const struct srtp_packet *p);
enum srtp_class srtp_packet_classify(struct sk_buff *skb, const struct srtp_packet *p);
int srtp_packet_header(struct sk_buff *skb, const struct srtp_packet *p, enum srtp_kind kind,
		       unsigned int overhead, struct srtp_rtp *rtp);
int srtp_packet_make_private(struct sk_buff *skb, unsigned int tailroom);
void srtp_packet_fix_udp(struct sk_buff *skb, u8 family, unsigned int udp);
void srtp_packet_fix(struct sk_buff *skb, u8 family, unsigned int udp);
bool srtp_addr_unicast(u8 family, const struct srtp_addr *addr);
void srtp_local_of(struct srtp_local *local, u8 family, const struct srtp_addr *addr);

#endif /* _SRTP_PACKET_H */
