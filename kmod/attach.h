/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks of the module's own, on request: what "-j SRTP" does, without x_tables. */
#ifndef _SRTP_ATTACH_H
#define _SRTP_ATTACH_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/srtp.h>

struct net_device;
struct srtp_ingress;
struct srtp_net;

/**
 * struct srtp_attach_ports - which packets an attachment is about
 * @min: first local port; host order.
 * @max: last.
 * @mark: value that a packet's mark has under @mask; mask 0 takes any.
 * @mask: see @mark.
 * @set: value that the mark of a verified packet gets under @set_mask; mask 0: none.
 * @set_mask: see @set.
 */
struct srtp_attach_ports {
	u16 min;
	u16 max;
	u32 mark;
	u32 mask;
	u32 set;
	u32 set_mask;
};

/**
 * struct srtp_attach_set - the attachments of a namespace, as packets read them
 * @rcu: frees it.
 * @clear: bits of a mark that only the module sets.
 * @n: how many.
 * @ports: their ranges do not overlap.
 *
 * Immutable; a change makes a new one.
 */
struct srtp_attach_set {
	struct rcu_head rcu;
	u32 clear;
	unsigned int n;
	struct srtp_attach_ports ports[SRTP_MAX_ATTACHMENTS];
};

/**
 * struct srtp_attachment - one of them, as requests read it
 * @node: in srtp_attach_net.list.
 * @id: unique in the namespace.
 * @ports: see there; not used when @dev.
 * @dev: device whose ingress hook it is, or NULL; not counted, see srtp_attach_device_gone().
 * @ingress: the hook of @dev.
 */
struct srtp_attachment {
	struct list_head node;
	u32 id;
	struct srtp_attach_ports ports;
	struct net_device *dev;
	struct srtp_ingress *ingress;
};

/**
 * struct srtp_attach_net - the attachments of a namespace
 * @mutex: requests; taken inside the RTNL, never together with srtp_net.mutex.
 * @list: of struct srtp_attachment; under @mutex.
 * @count: its length; under @mutex.
 * @last_id: under @mutex.
 * @set: NULL when there is none with ports; read under RCU, changed under @mutex.
 */
struct srtp_attach_net {
	struct mutex mutex;
	struct list_head list;
	unsigned int count;
	u32 last_id;
	struct srtp_attach_set __rcu *set;
};

void srtp_attach_net_init(struct srtp_net *sn);
void srtp_attach_net_exit(struct srtp_net *sn);
int srtp_attach_add(struct srtp_net *sn, struct srtp_attachment *a, u32 *id);
int srtp_attach_del(struct srtp_net *sn, u32 id);
void srtp_attach_device_gone(struct srtp_net *sn, const struct net_device *dev);
void srtp_attach_mark(struct srtp_net *sn, struct sk_buff *skb, __be16 port);

#endif /* _SRTP_ATTACH_H */
