// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks of the module's own: what a rule "-j SRTP" does, by ranges of ports, for hosts that
 * have no x_tables, and what such a rule cannot do: a mark on what was verified.
 *
 * Two hooks are enough.  POST_ROUTING sees what local programs send as LOCAL_OUT does, and
 * what guests behind this host send, too; a packet seen in both would have to be told from
 * one that was not protected yet.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>

#include "attach.h"
#include "datapath.h"
#include "ingress.h"
#include "net.h"

static const struct srtp_attach_ports *find(const struct srtp_attach_set *set, u16 port)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (port >= set->ports[i].min && port <= set->ports[i].max)
			return &set->ports[i];
	return NULL;
}

static bool wanted(const struct srtp_attach_set *set, struct sk_buff *skb,
		   const struct nf_hook_state *state)
{
	const struct srtp_attach_ports *ports;
	struct srtp_packet p;

	if (!srtp_packet_parse(skb, state->pf, &p))
		return false;
	ports = find(set, ntohs(state->hook == NF_INET_PRE_ROUTING ? p.dport : p.sport));
	return ports && (skb->mark & ports->mask) == ports->mark;
}

static unsigned int attach_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct srtp_attach_set *set = rcu_dereference(srtp_net(state->net)->attach.set);
	unsigned int verdict = XT_CONTINUE;
	bool ours;

	/* On PREEMPT_RT it may be another task's: only this one's context says whose. */
	if (!set || (in_softirq() && srtp_is_own(skb)))
		return NF_ACCEPT;
	ours = wanted(set, skb, state);
	/* What the bits say is for srtp_attach_mark() alone, whatever was in them before. */
	if (state->hook == NF_INET_PRE_ROUTING)
		skb->mark &= ~set->clear;
	if (ours)
		verdict = srtp_hook(skb, state);
	return verdict == XT_CONTINUE ? NF_ACCEPT : verdict;
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = attach_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_MANGLE,
	}, {
		.hook = attach_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_MANGLE,
	}, {
		.hook = attach_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_MANGLE,
	}, {
		.hook = attach_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_MANGLE,
	},
};

/**
 * srtp_attach_mark - a packet was opened under the keys of a verified session
 * @sn: namespace
 * @skb: the packet, on its way up the stack
 * @port: it came to; network order
 */
void srtp_attach_mark(struct srtp_net *sn, struct sk_buff *skb, __be16 port)
{
	const struct srtp_attach_set *set = rcu_dereference(sn->attach.set);
	const struct srtp_attach_ports *ports = set ? find(set, ntohs(port)) : NULL;

	if (ports)
		skb->mark = (skb->mark & ~ports->set_mask) | ports->set;
}

static struct srtp_attach_set *make_set(const struct list_head *list)
{
	struct srtp_attach_set *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	const struct srtp_attachment *a;

	if (!set)
		return NULL;
	list_for_each_entry(a, list, node) {
		if (a->dev)
			continue;
		set->clear |= a->ports.set_mask;
		set->ports[set->n++] = a->ports;
	}
	return set;
}

/* Makes what packets see follow the list; hooks are there while there is anything to see. */
static int publish(struct srtp_net *sn)
{
	struct srtp_attach_net *an = &sn->attach;
	struct srtp_attach_set *old, *set = make_set(&an->list);
	int err = 0;

	if (!set)
		return -ENOMEM;
	old = rcu_dereference_protected(an->set, lockdep_is_held(&an->mutex));
	if (set->n && !old)
		err = nf_register_net_hooks(sn->net, hooks, ARRAY_SIZE(hooks));
	if (err) {
		kfree(set);
		return err;
	}
	if (!set->n) {
		if (old)
			nf_unregister_net_hooks(sn->net, hooks, ARRAY_SIZE(hooks));
		kfree(set);
		set = NULL;
	}
	rcu_assign_pointer(an->set, set);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/* Does what is on the list.  A hook of a device is one of its own. */
static int begin(struct srtp_net *sn, struct srtp_attachment *a)
{
	if (!a->dev)
		return publish(sn);
	a->ingress = srtp_ingress_attach(a->dev);
	return PTR_ERR_OR_ZERO(a->ingress);
}

/* Undoes what is no longer on the list. */
static int end(struct srtp_net *sn, struct srtp_attachment *a)
{
	if (!a->dev)
		return publish(sn);
	srtp_ingress_detach(a->ingress);
	return 0;
}

static bool conflict(const struct srtp_attachment *a, const struct srtp_attachment *b)
{
	if (a->dev || b->dev)
		return a->dev == b->dev;
	return a->ports.min <= b->ports.max && b->ports.min <= a->ports.max;
}

/**
 * srtp_attach_add - attach to ports, or to a device
 * @sn: namespace
 * @a: the list takes it over on success; if it has a device the RTNL is held
 * @id: set to its id
 *
 * Return: 0, -ENOSPC, -EEXIST when another has the device or some of the ports, -ENOMEM, or
 * -EOPNOTSUPP when the kernel has no ingress hooks.
 */
int srtp_attach_add(struct srtp_net *sn, struct srtp_attachment *a, u32 *id)
{
	struct srtp_attach_net *an = &sn->attach;
	const struct srtp_attachment *b;
	int err = 0;

	mutex_lock(&an->mutex);
	if (an->count == SRTP_MAX_ATTACHMENTS)
		err = -ENOSPC;
	list_for_each_entry(b, &an->list, node)
		if (conflict(a, b))
			err = -EEXIST;
	if (!err) {
		list_add_tail(&a->node, &an->list);
		err = begin(sn, a);
		if (err)
			list_del(&a->node);
	}
	if (!err) {
		*id = a->id = ++an->last_id;
		an->count++;
	}
	mutex_unlock(&an->mutex);
	return err;
}

/**
 * srtp_attach_del - detach
 * @sn: namespace
 * @id: of the attachment
 *
 * Return: 0, -ENOENT or -ENOMEM.
 */
int srtp_attach_del(struct srtp_net *sn, u32 id)
{
	struct srtp_attach_net *an = &sn->attach;
	struct srtp_attachment *a;
	int err = -ENOENT;

	mutex_lock(&an->mutex);
	list_for_each_entry(a, &an->list, node)
		if (a->id == id) {
			struct list_head *at = a->node.prev;

			list_del(&a->node);
			err = end(sn, a);
			if (err) {
				list_add(&a->node, at);
			} else {
				an->count--;
				kfree(a);
			}
			break;
		}
	mutex_unlock(&an->mutex);
	return err;
}

/**
 * srtp_attach_device_gone - a device leaves the namespace
 * @sn: namespace
 * @dev: device; the RTNL is held
 */
void srtp_attach_device_gone(struct srtp_net *sn, const struct net_device *dev)
{
	struct srtp_attach_net *an = &sn->attach;
	struct srtp_attachment *a, *next;

	mutex_lock(&an->mutex);
	list_for_each_entry_safe(a, next, &an->list, node)
		if (a->dev == dev) {
			list_del(&a->node);
			end(sn, a);
			an->count--;
			kfree(a);
		}
	mutex_unlock(&an->mutex);
}

void srtp_attach_net_init(struct srtp_net *sn)
{
	mutex_init(&sn->attach.mutex);
	INIT_LIST_HEAD(&sn->attach.list);
}

/**
 * srtp_attach_net_exit - a namespace, or the module, goes
 * @sn: namespace
 *
 * No request runs any more.  A grace period follows before anything else of @sn goes.
 */
void srtp_attach_net_exit(struct srtp_net *sn)
{
	struct srtp_attach_net *an = &sn->attach;
	struct srtp_attachment *a, *next;
	struct srtp_attach_set *set;

	mutex_lock(&an->mutex);
	list_for_each_entry_safe(a, next, &an->list, node) {
		list_del(&a->node);
		if (a->dev)
			srtp_ingress_detach(a->ingress);
		kfree(a);
	}
	an->count = 0;
	set = rcu_dereference_protected(an->set, lockdep_is_held(&an->mutex));
	if (set) {
		nf_unregister_net_hooks(sn->net, hooks, ARRAY_SIZE(hooks));
		RCU_INIT_POINTER(an->set, NULL);
		kfree_rcu(set, rcu);
	}
	mutex_unlock(&an->mutex);
}
