// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies of a request on their way out: RFC 3261 sections 16.6, 16.10 and, for ACK, 16.11. */
#include "sip_proxy_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "log.h"
#include "sip_tls.h"

#define MAX_FORWARDS	"70"	/* section 16.6 step 3 */
#define MTU_SAFE	1300
#define VIA_ROOM	150	/* for what forwarding adds */

/* Methods whose first request makes a dialog; in others Record-Route means nothing. */
static bool makes_dialog(const struct sip_msg *m)
{
	return !m->to_tag && (m->method == SIP_INVITE || m->method == SIP_SUBSCRIBE ||
			      m->method == SIP_REFER || m->method == SIP_NOTIFY);
}

static int record_route(struct sip_proxy_req *r, struct sip_msg *copy, unsigned int out)
{
	const struct sip_transp *t = &r->proxy->stack->transp;
	char contact[ADDR_STRLEN + 64], value[ADDR_STRLEN + 80];
	const unsigned int side[2] = { r->from.side, out };
	int rc = 0;

	/* Each neighbour can reach us by its own side only (RFC 5658). */
	for (unsigned int i = side[0] == side[1]; i < 2 && rc == 0; i++) {
		const int len = sip_transp_contact(t, side[i], NULL, contact, sizeof(contact));

		if (len < 0)
			return len;
		snprintf(value, sizeof(value), "%.*s;lr>", len - 1, contact);
		rc = sip_msg_push(copy, SIP_HDR_RECORD_ROUTE, value);
	}
	return rc;
}

/* Section 16.6 step 6: behind a strict router the Request-URI travels as the last Route. */
static int strict_route(struct sip_msg *copy)
{
	const struct sip_hdr *first = sip_msg_find(copy, SIP_HDR_ROUTE, NULL);
	int rc;

	if (!first || !first->addr || sip_uri_param(&first->addr->uri, "lr"))
		return 0;
	rc = sip_msg_addf(copy, SIP_HDR_ROUTE, "<%s>", copy->ruri_text);
	first = sip_msg_find(copy, SIP_HDR_ROUTE, NULL);
	if (rc == 0)
		rc = sip_msg_set_ruri(copy, first->addr->uri_text);
	if (rc == 0)
		sip_msg_pop(copy, SIP_HDR_ROUTE);
	return rc;
}

/* The copy for a branch. Return: NULL with the code that the branch ends with. */
static struct sip_msg *copy_for(struct sip_proxy_branch *b, const struct sip_hop *hop,
				unsigned int *code)
{
	struct sip_proxy_req *r = b->r;
	struct sip_msg *copy = sip_msg_clone(r->msg);
	char hops[16];
	int rc = copy ? 0 : -ENOMEM;

	*code = 500;
	if (rc == 0 && b->target.uri)
		rc = sip_msg_set_ruri(copy, b->target.uri);
	if (rc == 0) {
		snprintf(hops, sizeof(hops), "%d", r->msg->max_forwards - 1);
		rc = sip_msg_set(copy, SIP_HDR_MAX_FORWARDS,
				 r->msg->max_forwards < 0 ? MAX_FORWARDS : hops);
	}
	if (rc == 0 && r->record_route && makes_dialog(copy))
		rc = record_route(r, copy, hop->side);
	if (rc == 0)
		rc = strict_route(copy);
	if (rc == 0 && r->proxy->ops->outgoing) {
		*code = r->proxy->ops->outgoing(r, copy, &b->target, r->proxy->arg);
		rc = *code ? -EINVAL : 0;
	}
	if (rc == 0)
		return copy;
	sip_msg_free(copy);
	return NULL;
}

/* Would a UDP packet with it have to be cut in pieces? Our Via is still to come. */
static bool is_large(const struct sip_msg *m)
{
	static uint8_t octets[MTU_SAFE];
	struct wbuf w = wbuf_on(octets, sizeof(octets) - VIA_ROOM);

	sip_msg_write(m, &w);
	return w.bad;
}

/*
 * The hop to try now.  A large request goes to a UDP hop's address by TCP first, and
 * only then by UDP (RFC 3261 section 18.1.1).
 */
static struct sip_hop next_hop(struct sip_proxy_branch *b)
{
	struct sip_proxy *p = b->r->proxy;
	const struct sip_hop *hop = &b->target.hop[b->next_hop];
	struct sip_hop tcp;

	if (p->conf.large_by_tcp && hop->proto == SIP_UDP && !b->by_tcp &&
	    sip_proxy_hop(p, SIP_TCP, &hop->remote, &tcp) == 0 && is_large(b->r->msg)) {
		b->by_tcp = true;
		return tcp;
	}
	b->by_tcp = false;
	b->next_hop++;
	return *hop;
}

static int reach(struct sip_proxy_branch *b, struct sip_hop *hop, struct err *e)
{
	if (hop->proto != SIP_TLS || hop->flow || !b->target.domain[0])
		return 0;
	return sip_tls_flow(&b->r->proxy->stack->transp, hop, b->target.domain, e);
}

static void end_with(struct sip_proxy_branch *b, unsigned int code)
{
	if (!b->final)
		b->final = sip_strans_response(b->r->st, code, NULL);
}

bool sip_proxy_start(struct sip_proxy_branch *b)
{
	struct sip_proxy_req *r = b->r;
	struct sip_proxy *p = r->proxy;
	char tag[SIP_TAG_LEN], branch[64];
	unsigned int code = 503;
	struct err e = { 0 };

	while (!b->ct && b->next_hop < b->target.nhops && r->st) {
		struct sip_hop hop = next_hop(b);
		struct sip_msg *copy;

		if (b->started)
			p->stats.failovers++;
		b->started = true;
		if (reach(b, &hop, &e)) {
			log_limited(LOG_LVL_WARN, "SIP hop not reached", F_STR("error", e.text));
			continue;
		}
		copy = copy_for(b, &hop, &code);
		if (!copy)
			break;
		snprintf(branch, sizeof(branch), SIP_BRANCH_COOKIE "%s.%s", sip_new_tag(tag),
			 r->core->loop);
		b->ct = sip_ctrans_send_branch(p->stack, &hop, copy, branch,
					       &sip_proxy_branch_ops, b, &e);
		if (!b->ct) {
			log_limited(LOG_LVL_WARN, "SIP request not forwarded",
				    F_STR("error", e.text));
			continue;
		}
		p->stats.branches++;
		if (copy->method == SIP_INVITE)
			timer_start(&b->timer_c, p->conf.timer_c, sip_proxy_on_timer_c, b);
		if (p->conf.hop_timeout && (b->next_hop < b->target.nhops ||
					    (p->conf.impatient && copy->method == SIP_INVITE)))
			timer_start(&b->silence, p->conf.hop_timeout, sip_proxy_on_silence, b);
	}
	if (b->ct)
		return true;
	b->started = true;
	if (r->st)
		end_with(b, code);
	return false;
}

bool sip_proxy_try(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;
	bool any = false;
	unsigned int i;

	/* Targets are sorted by q; behind them is only what has been started. */
	for (i = 0; i < c->nbranches && c->branch[i]->started; i++)
		;
	while (!any && i < c->nbranches) {
		const unsigned int q = c->branch[i]->target.q;

		for (; i < c->nbranches && c->branch[i]->target.q == q; i++)
			any = (!c->branch[i]->started && sip_proxy_start(c->branch[i])) || any;
	}
	return any;
}

/* An ACK has no transaction: the first hop it is (section 16.11). */
static void forward_ack(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;
	struct sip_proxy *p = r->proxy;
	const char *old = r->msg->via->branch;
	struct sip_proxy_branch *b;
	struct sip_msg *copy;
	struct err e = { 0 };
	char branch[64];
	struct sip_hop hop;
	unsigned int code;

	if (!c->nbranches) {
		sip_proxy_refuse(r, 480, NULL);
		return;
	}
	b = c->branch[0];
	hop = b->target.hop[0];
	copy = reach(b, &hop, &e) ? NULL : copy_for(b, &hop, &code);
	/* The same for each copy of one ACK. */
	snprintf(branch, sizeof(branch), SIP_BRANCH_COOKIE "%016llx.%s", (unsigned long long)
		 hash_bytes(old ? old : "", old ? strlen(old) : 0), c->loop);
	if (copy && sip_transp_push_via(&p->stack->transp, &hop, copy, branch) == 0)
		sip_transp_send(&p->stack->transp, &hop, copy);
	sip_msg_free(copy);
	sip_proxy_free(r);
}

void sip_proxy_forward(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;

	if (r->msg->method == SIP_ACK) {
		forward_ack(r);
		return;
	}
	/* CANCEL came first, or the transaction is no more. */
	if (c->answered || !r->st) {
		sip_proxy_free(r);
		return;
	}
	if (!c->nbranches) {
		sip_proxy_refuse(r, 480, NULL);
		return;
	}
	c->forwarding = true;
	r->proxy->stats.forwarded++;
	sip_proxy_settle(r);
}

void sip_proxy_cancel(struct sip_proxy_req *r, const char *reason)
{
	struct sip_proxy_core *c = r->core;

	for (unsigned int i = 0; i < c->nbranches; i++) {
		struct sip_proxy_branch *b = c->branch[i];

		/* No further hops, whatever becomes of this one. */
		b->next_hop = b->target.nhops;
		if (b->ct && !b->final && !b->cancelled && r->msg->method == SIP_INVITE) {
			b->cancelled = true;
			sip_ctrans_cancel(b->ct, reason);
		}
	}
}
