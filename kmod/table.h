/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_TABLE_H
#define _SRTP_TABLE_H

#include "net.h"
#include "packet.h"
#include "session.h"

int srtp_table_init(struct srtp_net *sn);
void srtp_table_exit(struct srtp_net *sn);
struct srtp_session *srtp_table_find(struct srtp_net *sn, const struct srtp_local *local);
struct srtp_session *srtp_table_find4(struct srtp_net *sn, __be32 ip, __be16 port);
struct srtp_session *srtp_table_find6(struct srtp_net *sn, const struct in6_addr *ip, __be16 port);
struct srtp_session *srtp_table_find_id(struct srtp_net *sn, u32 id);
int srtp_table_insert(struct srtp_session *s);
void srtp_table_remove(struct srtp_session *s);
void srtp_table_delete(struct srtp_session *s, enum srtp_event event);
u32 srtp_table_flush(struct srtp_net *sn, u64 owner, enum srtp_event event);

/**
 * srtp_table_find_packet - the session whose address a packet comes from or goes to
 * @net: namespace
 * @skb: the packet
 * @p: parsed
 * @out: it is the source that is looked up
 *
 * As srtp_table_find().
 */
static inline struct srtp_session *srtp_table_find_packet(const struct net *net,
							   const struct sk_buff *skb,
							   const struct srtp_packet *p, bool out)
{
	struct srtp_net *sn = srtp_net_rcu(net);
	__be16 port = out ? p->sport : p->dport;
	const struct ipv6hdr *ip6h = (void *)skb->data;
	const struct iphdr *iph = (void *)skb->data;

	if (p->family == NFPROTO_IPV4)
		return srtp_table_find4(sn, out ? iph->saddr : iph->daddr, port);
	return srtp_table_find6(sn, out ? &ip6h->saddr : &ip6h->daddr, port);
}

#endif /* _SRTP_TABLE_H */
