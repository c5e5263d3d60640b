/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to sip_proxy.c, sip_proxy_forward.c and sip_proxy_response.c. */
#ifndef KSRTP_SIP_PROXY_IMPL_H
#define KSRTP_SIP_PROXY_IMPL_H

#include "sip_pool.h"
#include "sip_proxy.h"
#include "timer.h"

#define BRANCHES_MAX	(4 * SIP_PROXY_TARGETS)

/**
 * struct sip_proxy_branch - one target being tried
 * @ct: NULL before and after
 * @by_tcp: the next hop, which is UDP, has been tried by TCP
 * @unreached: its final response is ours, nobody has answered there
 * @abandoned: another branch goes on with its hops; of this one only a 2xx still counts
 * @final: the best it came to; NULL while it is under way
 */
struct sip_proxy_branch {
	struct sip_proxy_req *r;
	struct sip_proxy_target target;
	unsigned int next_hop;
	struct sip_ctrans *ct;
	struct sip_msg *final;
	struct timer timer_c, silence;
	bool started, cancelled, by_tcp, abandoned, unreached;
};

/** struct sip_proxy_core - the private half of a request */
struct sip_proxy_core {
	struct sip_proxy_req r;
	struct sip_proxy_req *next, **prev;
	struct sip_pool pool;
	char loop[17];			/* hash by which a loop is known */
	struct sip_proxy_branch *branch[BRANCHES_MAX];	/* targets, then what replaces abandoned ones */
	unsigned int nbranches;
	bool forwarding, cancelled, answered, freed;
};

/** sip_proxy_free() - unlink now, free at the end of the turn. */
void sip_proxy_free(struct sip_proxy_req *r);

/** sip_proxy_try() - start the branches of the next q; false when there are none left. */
bool sip_proxy_try(struct sip_proxy_req *r);

/** sip_proxy_start() - send a branch to its next hop; false when there is none left to try. */
bool sip_proxy_start(struct sip_proxy_branch *b);

/** sip_proxy_cancel() - CANCEL all branches under way. */
void sip_proxy_cancel(struct sip_proxy_req *r, const char *reason);

/** sip_proxy_settle() - when nothing is under way: try further, answer, or end. */
void sip_proxy_settle(struct sip_proxy_req *r);

extern const struct sip_ctrans_ops sip_proxy_branch_ops;
void sip_proxy_on_silence(struct timer *t, void *arg);
void sip_proxy_on_timer_c(struct timer *t, void *arg);

#endif /* KSRTP_SIP_PROXY_IMPL_H */
