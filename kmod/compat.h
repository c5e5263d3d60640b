/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that knows kernel versions.  Stable trees carry newer APIs
 * back, so a feature is probed where it can be before a version is compared.
 */
#ifndef _SRTP_COMPAT_H
#define _SRTP_COMPAT_H

#include <linux/crypto.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/ip.h>

#if __has_include(<net/gso.h>)
#include <net/gso.h>		/* skb_gso_segment() left netdevice.h in 6.5 */
#else
#include <linux/netdevice.h>
#endif

#if __has_include(<crypto/utils.h>)
#include <crypto/utils.h>	/* crypto_memneq() since 6.4 */
#else
#include <crypto/algapi.h>
#endif

/* What a crypto completion is handed: the request until 6.2, its data since. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
typedef void srtp_completion_arg;
static inline void *srtp_completion_data(void *arg)
{
	return arg;
}
#else
typedef struct crypto_async_request srtp_completion_arg;
static inline void *srtp_completion_data(struct crypto_async_request *arg)
{
	return arg->data;
}
#endif

/* Attributes of a dump request, parsed by the family's policy. */
static inline struct nlattr **srtp_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Who may join a multicast group: since 6.7, and in stable trees, a flag of its own. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define SRTP_MCAST_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define SRTP_MCAST_ADMIN	GENL_UNS_ADMIN_PERM
#endif

/*
 * skb_scrub_packet(skb, true) for a packet that srtp_take_over() has had, written out for the
 * kernels of which it is known what that does: mark, timestamp, secpath, trace and the like.
 */
static inline void srtp_scrub(struct sk_buff *skb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	skb_scrub_packet(skb, true);
#else
	skb->pkt_type = PACKET_HOST;
	skb->skb_iif = 0;
	skb_ext_reset(skb);
	nf_reset_trace(skb);
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
	skb->offload_l3_fwd_mark = 0;
#endif
	ipvs_reset(skb);
	skb->mark = 0;
	skb_clear_tstamp(skb);
#endif
}

/* ip_local_out() counts since 6.8; before, ip_output() did. */
static inline void srtp_count_ip_out(struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	IP_INC_STATS(net, IPSTATS_MIB_OUTREQUESTS);
#endif
}

#endif /* _SRTP_COMPAT_H */
