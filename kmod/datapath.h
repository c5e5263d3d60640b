/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From hook to hook.  Verdicts are those of an x_tables target: XT_CONTINUE,
 * NF_DROP, NF_STOLEN.  Everything here runs with bottom halves off and under
 * rcu_read_lock().  docs/datapath.md numbers the steps as the comments do.
 */
#ifndef _SRTP_DATAPATH_H
#define _SRTP_DATAPATH_H

#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/skbuff.h>

#include "packet.h"
#include "pool.h"

typedef unsigned int (*srtp_hook_fn)(struct sk_buff *skb, const struct nf_hook_state *state);

/* hook.c */
unsigned int srtp_hook(struct sk_buff *skb, const struct nf_hook_state *state);
bool srtp_is_own(const struct sk_buff *skb);
unsigned int srtp_segment(struct sk_buff *skb, const struct nf_hook_state *state,
			  struct srtp_session *s, srtp_hook_fn fn);
struct srtp_work *srtp_work_get(struct sk_buff *skb, const struct nf_hook_state *state,
				bool relay);
unsigned int srtp_work_run(struct srtp_work *work);
unsigned int srtp_work_drop(struct srtp_work *work, struct srtp_session *s, int reason);
void srtp_work_end(struct srtp_work *work);
int srtp_own_out(struct sk_buff *skb, struct net *net, u8 family);
void srtp_take_over(struct sk_buff *skb);

/* receive.c */
unsigned int srtp_receive(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int srtp_receive_done(struct srtp_work *work, int err);

/* send.c */
unsigned int srtp_send(struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int srtp_protect(struct srtp_work *work);
unsigned int srtp_protect_done(struct srtp_work *work, int err);

/* output.c */
int srtp_output(struct srtp_conf *conf, struct sk_buff *skb, unsigned int udp);

#endif /* _SRTP_DATAPATH_H */
