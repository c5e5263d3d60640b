// SPDX-License-Identifier: GPL-2.0-or-later
/* Responses on their way back: RFC 3261 section 16.7. */
#include "sip_proxy_impl.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the best of what came: section 16.7 step 6 -------------------------------------------- */

/* Lower is better. */
static unsigned int rank(unsigned int code)
{
	/* These tell the caller how to ask again. */
	const bool helps = code == 401 || code == 407 || code == 415 || code == 420 ||
			   code == 484;

	if (code >= 600)
		return 0;
	return code / 100 * 10 + (code / 100 == 4 && !helps) + 5 * (code == 503);
}

static struct sip_proxy_branch *best(struct sip_proxy_core *c)
{
	struct sip_proxy_branch *b = NULL;

	for (unsigned int i = 0; i < c->nbranches; i++) {
		struct sip_proxy_branch *x = c->branch[i];

		if (!x->final || x->final->code < 300)
			continue;
		/* What took an abandoned one's place speaks for both. */
		if (!b || (b->abandoned && !x->abandoned) ||
		    (b->abandoned == x->abandoned && rank(x->final->code) < rank(b->final->code)))
			b = x;
	}
	return b;
}

/* Section 16.7 step 7: every realm that asked has to be answered at once. */
static void aggregate(struct sip_proxy_core *c, struct sip_proxy_branch *chosen,
		      struct sip_msg *resp)
{
	for (unsigned int i = 0; i < c->nbranches; i++) {
		const struct sip_msg *other = c->branch[i]->final;

		if (c->branch[i] == chosen || !other ||
		    (other->code != 401 && other->code != 407))
			continue;
		sip_msg_copy_hdrs(resp, other, SIP_HDR_WWW_AUTHENTICATE);
		sip_msg_copy_hdrs(resp, other, SIP_HDR_PROXY_AUTHENTICATE);
	}
}

static void back(struct sip_proxy_req *r, struct sip_msg *resp)
{
	if (r->proxy->ops->response)
		r->proxy->ops->response(r, resp, r->proxy->arg);
	sip_strans_reply(r->st, resp);
}

static void answer(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;
	struct sip_proxy_branch *b = best(c);
	struct sip_msg *resp = b ? b->final : NULL;

	c->answered = true;
	if (resp && b->unreached && r->proxy->conf.impatient) {
		resp = sip_strans_response(r->st, 504, NULL);
	} else if (resp && resp->code == 408 && r->msg->method != SIP_INVITE) {
		/* RFC 4320: no 408; who asked has given up by now. This ends our machine. */
		resp = NULL;
	} else if (resp && resp->code == 503) {
		/* It is not we who are overloaded. */
		resp = sip_strans_response(r->st, 500, "No server could be reached");
	} else if (resp) {
		b->final = NULL;
	}
	if (!resp) {
		sip_strans_reply_code(r->st, 500, NULL);
		return;
	}
	if (resp->code == 401 || resp->code == 407)
		aggregate(c, b, resp);
	back(r, resp);
}

void sip_proxy_settle(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;
	bool under_way = false, idle = true;

	if (c->freed)
		return;
	for (unsigned int i = 0; i < c->nbranches; i++) {
		idle = idle && !c->branch[i]->ct;
		under_way = under_way || (c->branch[i]->ct && !c->branch[i]->final);
	}
	if (!c->answered && !under_way) {
		if (!c->cancelled && sip_proxy_try(r))
			return;
		/* Cancelled before anything was sent. */
		if (c->cancelled && !best(c))
			sip_strans_reply_code(r->st, 487, NULL);
		else
			answer(r);
		c->answered = true;
	}
	/* A machine in Accepted may still bring a 2xx again. */
	if (c->answered && idle)
		sip_proxy_free(r);
}

/* ---- events ------------------------------------------------------------------------------------ */

void sip_proxy_on_timer_c(struct timer *t, void *arg)
{
	struct sip_proxy_branch *b = arg;

	(void)t;
	if (!b->ct || b->final || b->cancelled)
		return;
	b->cancelled = true;
	b->next_hop = b->target.nhops;
	sip_ctrans_cancel(b->ct, "SIP ;cause=408 ;text=\"Timer C\"");
}

/*
 * Nobody has answered there: another branch takes over the hops that are left.  This
 * one is cancelled as soon as it says something; a 2xx that crosses that still counts.
 */
void sip_proxy_on_silence(struct timer *t, void *arg)
{
	struct sip_proxy_branch *b = arg, *next;
	struct sip_proxy_req *r = b->r;
	struct sip_proxy_core *c = r->core;

	(void)t;
	if (!b->ct || b->final || b->cancelled || c->answered || c->nbranches == BRANCHES_MAX)
		return;
	if (b->next_hop == b->target.nhops) {
		b->unreached = b->abandoned = b->cancelled = true;
		b->final = sip_strans_response(r->st, 504, NULL);
		sip_ctrans_cancel(b->ct, NULL);
		sip_proxy_settle(r);
		return;
	}
	next = calloc(1, sizeof(*next));
	if (!next)
		return;
	next->r = r;
	next->target = b->target;
	next->next_hop = b->next_hop;
	next->by_tcp = b->by_tcp;
	c->branch[c->nbranches++] = next;
	r->proxy->stats.failovers++;
	b->abandoned = b->cancelled = true;
	b->next_hop = b->target.nhops;
	b->final = sip_strans_response(r->st, 408, NULL);
	if (r->msg->method == SIP_INVITE)
		sip_ctrans_cancel(b->ct, NULL);
	sip_proxy_start(next);
	sip_proxy_settle(r);
}

/* A copy without our Via; NULL without memory. */
static struct sip_msg *strip(const struct sip_msg *resp)
{
	struct sip_msg *copy = sip_msg_clone(resp);

	if (copy)
		sip_msg_pop(copy, SIP_HDR_VIA);
	return copy;
}

/* A 2xx, or 6xx: nobody else shall pick up any more. */
static void decided(struct sip_proxy_req *r)
{
	r->core->cancelled = true;	/* so that no further target is tried */
	sip_proxy_cancel(r, NULL);
}

static void on_2xx(struct sip_proxy_branch *b, const struct sip_msg *resp)
{
	struct sip_proxy_req *r = b->r;
	struct sip_proxy_core *c = r->core;
	struct sip_msg *copy;

	/* Of an INVITE each 2xx goes back, also a repeated one and another branch's. */
	if (c->answered && r->msg->method != SIP_INVITE)
		return;
	copy = r->st ? strip(resp) : NULL;
	if (!copy)
		return;
	c->answered = true;
	back(r, copy);
	decided(r);
}

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct sip_proxy_branch *b = arg;
	struct sip_proxy_req *r = b->r;
	struct sip_msg *copy;

	(void)ct;
	(void)from;
	timer_cancel(&b->silence);
	if (resp->code < 200) {
		if (timer_running(&b->timer_c) && resp->code > 100)
			timer_start(&b->timer_c, r->proxy->conf.timer_c, sip_proxy_on_timer_c, b);
		if (resp->code == 100 || b->abandoned || r->core->answered || !r->st)
			return;
		copy = strip(resp);
		if (copy)
			back(r, copy);
		return;
	}
	timer_cancel(&b->timer_c);
	if (resp->code < 300) {
		if (!b->final)
			b->final = strip(resp);
		on_2xx(b, resp);
		return;
	}
	/* Another server of the same target may do better (RFC 3263 section 4.3). */
	if (resp->code == 503 && !r->core->answered && !r->core->cancelled &&
	    b->next_hop < b->target.nhops) {
		sip_ctrans_release(b->ct);
		b->ct = NULL;
		sip_proxy_start(b);
		sip_proxy_settle(r);
		return;
	}
	if (!b->final)
		b->final = strip(resp);
	if (resp->code >= 600 && !r->core->answered)
		decided(r);
	sip_proxy_settle(r);
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct sip_proxy_branch *b = arg;
	struct sip_proxy_req *r = b->r;

	(void)ct;
	b->ct = NULL;
	timer_cancel(&b->timer_c);
	timer_cancel(&b->silence);
	if (!b->final && r->st) {
		if (why != SIP_FAIL_NONE && !r->core->answered && !r->core->cancelled &&
		    b->next_hop < b->target.nhops && sip_proxy_start(b))
			return;
		b->unreached = !b->final && why != SIP_FAIL_NONE;
		if (!b->final)
			b->final = sip_strans_response(r->st, why == SIP_FAIL_TRANSPORT ? 503 :
						       b->cancelled && r->core->cancelled ? 487 :
						       408, NULL);
	}
	sip_proxy_settle(r);
}

const struct sip_ctrans_ops sip_proxy_branch_ops = {
	.response = on_response, .ended = on_ended,
};
