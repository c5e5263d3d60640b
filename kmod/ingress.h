/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path: packets taken at a device's ingress hook, and sent to a neighbour at once. */
#ifndef _SRTP_INGRESS_H
#define _SRTP_INGRESS_H

#include <linux/netdevice.h>

struct srtp_ingress;

int srtp_ingress_init(void);
void srtp_ingress_exit(void);
struct srtp_ingress *srtp_ingress_attach(struct net_device *dev);
void srtp_ingress_detach(struct srtp_ingress *ing);
u64 srtp_ingress_packets(const struct srtp_ingress *ing);

/* ingress_out.c */
bool srtp_ingress_out(struct sk_buff *skb, struct dst_entry *dst, u8 family);

#endif /* _SRTP_INGRESS_H */
