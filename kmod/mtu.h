/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_MTU_H
#define _SRTP_MTU_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

bool srtp_mtu_fragment(const struct sk_buff *skb, unsigned int len);
void srtp_mtu_tell(struct sk_buff *skb, struct net *net, unsigned int udp, unsigned int excess);
bool srtp_mtu_local(const struct sk_buff *skb);
unsigned int srtp_mtu_tell_local(struct sk_buff *skb, unsigned int mtu);

#endif /* _SRTP_MTU_H */
