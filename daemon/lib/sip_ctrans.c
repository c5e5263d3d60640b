// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client transactions: RFC 3261 sections 17.1.1 and 17.1.2, RFC 6026 section 8.4.
 *
 * timer		INVITE			other
 * retransmit		A			E
 * give_up		B; 64*T1 after CANCEL	F
 * linger		D in Completed,		K
 *			M in Accepted
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sip_trans_impl.h"

enum state { CALLING, TRYING, PROCEEDING, COMPLETED, ACCEPTED, TERMINATED };

static const char *const state_names[] = {
	"calling", "trying", "proceeding", "completed", "accepted", "terminated",
};

enum cancel { CANCEL_NONE, CANCEL_WAITS, CANCEL_SENT };

struct sip_ctrans {
	struct hash_node node;
	struct sip_ctrans *next, **prev;
	struct sip_stack *stack;
	enum state state;
	enum sip_failure why;
	struct sip_msg *req;
	struct sip_hop hop, beyond;
	struct sip_octets octets, ack;
	struct timer retransmit, give_up, linger;
	uint32_t interval;
	enum cancel cancel_state;
	struct sip_msg *cancel;		/* CANCEL_WAITS */
	const struct sip_ctrans_ops *ops;
	void *arg;
};

static bool is_invite(const struct sip_ctrans *ct)
{
	return ct->req->method == SIP_INVITE;
}

static bool is_reliable(const struct sip_ctrans *ct)
{
	return sip_transp_reliable(&ct->stack->transp, &ct->hop);
}

const struct sip_msg *sip_ctrans_request(const struct sip_ctrans *ct)
{
	return ct->req;
}

const struct sip_hop *sip_ctrans_hop(const struct sip_ctrans *ct)
{
	return &ct->hop;
}

void sip_ctrans_beyond(struct sip_ctrans *ct, const struct sip_hop *hop)
{
	ct->beyond = *hop;
}

const struct sip_hop *sip_ctrans_dialog_hop(const struct sip_ctrans *ct)
{
	return &ct->beyond;
}

void sip_ctrans_release(struct sip_ctrans *ct)
{
	if (ct)
		ct->ops = NULL;
}

/* ---- lookup: section 17.1.3 --------------------------------------------------------- */

static uint64_t key_of(const char *branch, const char *method)
{
	return hash_more(hash_bytes(branch, strlen(branch)), method, strlen(method));
}

struct sip_ctrans *sip_ctrans_match(struct sip_stack *s, const struct sip_msg *resp)
{
	struct hash_node *n;

	if (!resp->via->branch)
		return NULL;
	for (n = hash_first(&s->ctrans, key_of(resp->via->branch, resp->method_name)); n;
	     n = hash_next(n)) {
		struct sip_ctrans *ct = hash_entry(n, struct sip_ctrans, node);

		if (strcmp(ct->req->via->branch, resp->via->branch) == 0 &&
		    strcmp(ct->req->method_name, resp->method_name) == 0)
			return ct;
	}
	return NULL;
}

/* ---- states ---------------------------------------------------------------------------- */

static void destroy(void *arg)
{
	struct sip_ctrans *ct = arg;

	sip_msg_free(ct->req);
	sip_msg_free(ct->cancel);
	sip_octets_free(&ct->octets);
	sip_octets_free(&ct->ack);
	free(ct);
}

static void unlink_ct(struct sip_ctrans *ct)
{
	timer_cancel(&ct->retransmit);
	timer_cancel(&ct->give_up);
	timer_cancel(&ct->linger);
	hash_remove(&ct->stack->ctrans, &ct->node);
	*ct->prev = ct->next;
	if (ct->next)
		ct->next->prev = ct->prev;
	ct->stack->stats.ctrans_now--;
}

static void set_state(struct sip_ctrans *ct, enum state state);

static void on_linger(struct timer *t, void *arg)
{
	(void)t;
	set_state(arg, TERMINATED);
}

static void on_give_up(struct timer *t, void *arg)
{
	struct sip_ctrans *ct = arg;

	(void)t;
	if (ct->why == SIP_FAIL_NONE) {
		ct->why = SIP_FAIL_TIMEOUT;
		ct->stack->stats.ctrans_timeouts++;
	}
	set_state(ct, TERMINATED);
}

/* The failure is reported in a later turn, never from within the caller's call. */
static void fail_soon(struct sip_ctrans *ct)
{
	if (ct->why != SIP_FAIL_NONE)
		return;
	ct->stack->stats.transport_errors++;
	ct->why = SIP_FAIL_TRANSPORT;
	timer_cancel(&ct->retransmit);
	timer_start(&ct->give_up, 0, on_give_up, ct);
}

static void on_retransmit(struct timer *t, void *arg)
{
	struct sip_ctrans *ct = arg;
	const struct sip_timers *timers = &ct->stack->timers;

	if (ct->state == PROCEEDING)
		ct->interval = timers->t2;
	else if (is_invite(ct) || 2 * ct->interval < timers->t2)
		ct->interval *= 2;
	else
		ct->interval = timers->t2;
	ct->stack->stats.tx_retransmits++;
	timer_start(t, ct->interval, on_retransmit, ct);
	if (sip_transp_send_raw(&ct->stack->transp, &ct->hop, ct->octets.data, ct->octets.len))
		fail_soon(ct);
}

static void set_state(struct sip_ctrans *ct, enum state state)
{
	const struct sip_timers *timers = &ct->stack->timers;
	const struct sip_ctrans_ops *ops;

	sip_stack_log_state("client", ct->req, state_names[ct->state], state_names[state]);
	ct->state = state;
	switch (state) {
	case CALLING:
	case TRYING:
		ct->interval = timers->t1;
		if (!is_reliable(ct))
			timer_start(&ct->retransmit, timers->t1, on_retransmit, ct);
		timer_start(&ct->give_up, 64ull * timers->t1, on_give_up, ct);
		break;
	case PROCEEDING:
		/* INVITE may ring for ever; the others keep E and F running. */
		if (is_invite(ct)) {
			timer_cancel(&ct->retransmit);
			timer_cancel(&ct->give_up);
		}
		break;
	case COMPLETED:
	case ACCEPTED:
		timer_cancel(&ct->retransmit);
		timer_cancel(&ct->give_up);
		sip_octets_free(&ct->octets);	/* half a minute is long for what is not sent again */
		timer_start(&ct->linger, state == ACCEPTED ? 64ull * timers->t1 :
			    is_reliable(ct) ? 0 : is_invite(ct) ? timers->d : timers->t4,
			    on_linger, ct);
		break;
	case TERMINATED:
		unlink_ct(ct);
		ops = ct->ops;
		ct->ops = NULL;
		if (ops && ops->ended)
			ops->ended(ct, ct->why, ct->arg);
		loop_defer(destroy, ct);
		break;
	}
}

/* ---- start --------------------------------------------------------------------------------- */

/* @req has its Via already. */
static struct sip_ctrans *start(struct sip_stack *s, const struct sip_hop *to,
				struct sip_msg *req, const struct sip_ctrans_ops *ops,
				void *arg, struct err *e)
{
	struct sip_ctrans *ct = calloc(1, sizeof(*ct));
	int rc = -ENOMEM;

	if (!ct)
		goto fail;
	ct->stack = s;
	ct->req = req;
	ct->hop = ct->beyond = *to;
	ct->ops = ops;
	ct->arg = arg;
	rc = sip_octets_of(&ct->octets, req);
	if (rc == 0)
		rc = hash_insert(&s->ctrans, &ct->node, key_of(req->via->branch, req->method_name));
	if (rc)
		goto fail;
	ct->next = s->ctrans_list;
	if (ct->next)
		ct->next->prev = &ct->next;
	ct->prev = &s->ctrans_list;
	s->ctrans_list = ct;
	s->stats.ctrans_made++;
	s->stats.ctrans_now++;
	ct->state = is_invite(ct) ? CALLING : TRYING;
	set_state(ct, ct->state);
	/* What follows, ACK and CANCEL, goes by the same connection. */
	if (sip_transp_flow(&s->transp, &ct->hop) ||
	    sip_transp_send_octets(&s->transp, &ct->hop, req, ct->octets.data, ct->octets.len))
		fail_soon(ct);
	return ct;
fail:
	if (ct)
		sip_octets_free(&ct->octets);
	free(ct);
	sip_msg_free(req);
	err_set(e, rc, "SIP request not sent: %s", strerror(-rc));
	return NULL;
}

struct sip_ctrans *sip_ctrans_send(struct sip_stack *s, const struct sip_hop *to,
				   struct sip_msg *req, const struct sip_ctrans_ops *ops,
				   void *arg, struct err *e)
{
	return sip_ctrans_send_branch(s, to, req, NULL, ops, arg, e);
}

struct sip_ctrans *sip_ctrans_send_branch(struct sip_stack *s, const struct sip_hop *to,
					  struct sip_msg *req, const char *branch,
					  const struct sip_ctrans_ops *ops, void *arg,
					  struct err *e)
{
	int rc = 0;

	if (s->stats.ctrans_now >= s->limits.max_ctrans)
		rc = -EAGAIN;
	else if (!sip_msg_is_request(req) || req->method == SIP_ACK || !req->from || !req->to ||
		 !req->call_id || !sip_msg_find(req, SIP_HDR_CSEQ, NULL))
		rc = -EINVAL;
	else
		rc = sip_transp_push_via(&s->transp, to, req, branch);
	if (rc) {
		sip_msg_free(req);
		err_set(e, rc, rc == -EAGAIN ? "too many SIP transactions under way" :
			rc == -EINVAL ? "SIP request is not complete" : "no memory");
		return NULL;
	}
	return start(s, to, req, ops, arg, e);
}

int sip_ctrans_again(struct sip_ctrans *ct)
{
	if (!is_invite(ct) || ct->state != PROCEEDING || ct->cancel_state != CANCEL_NONE)
		return -EALREADY;
	ct->stack->stats.tx_retransmits++;
	return sip_transp_send_raw(&ct->stack->transp, &ct->hop, ct->octets.data, ct->octets.len);
}

/* ---- CANCEL: section 9.1 ----------------------------------------------------------------------- */

static void send_cancel(struct sip_ctrans *ct)
{
	struct sip_msg *cancel = ct->cancel;

	ct->cancel = NULL;
	ct->cancel_state = CANCEL_SENT;
	timer_start(&ct->give_up, 64ull * ct->stack->timers.t1, on_give_up, ct);
	start(ct->stack, &ct->hop, cancel, NULL, NULL, NULL);
}

int sip_ctrans_cancel(struct sip_ctrans *ct, const char *reason)
{
	if (!is_invite(ct))
		return -EINVAL;
	if (ct->cancel_state != CANCEL_NONE || (ct->state != CALLING && ct->state != PROCEEDING))
		return -EALREADY;
	ct->cancel = sip_msg_cancel_for(ct->req);
	if (!ct->cancel)
		return -ENOMEM;
	if (reason)
		sip_msg_add(ct->cancel, SIP_HDR_REASON, reason);
	ct->cancel_state = CANCEL_WAITS;
	if (ct->state == PROCEEDING)
		send_cancel(ct);
	return 0;
}

/* ---- responses ------------------------------------------------------------------------------------ */

static void to_tu(struct sip_ctrans *ct, const struct sip_msg *resp, const struct sip_hop *from)
{
	if (ct->ops && ct->ops->response)
		ct->ops->response(ct, resp, from, ct->arg);
}

static void send_ack(struct sip_ctrans *ct, const struct sip_msg *resp)
{
	struct sip_msg *ack;

	if (!sip_octets_set(&ct->ack)) {
		ack = sip_msg_ack_for(ct->req, resp);
		if (ack)
			sip_octets_of(&ct->ack, ack);
		sip_msg_free(ack);
	}
	if (sip_octets_set(&ct->ack) &&
	    sip_transp_send_raw(&ct->stack->transp, &ct->hop, ct->ack.data, ct->ack.len))
		ct->stack->stats.transport_errors++;
}

static void recv_invite(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from)
{
	switch (ct->state) {
	case CALLING:
	case PROCEEDING:
		if (resp->code < 200) {
			if (ct->state == CALLING)
				set_state(ct, PROCEEDING);
			if (ct->cancel_state == CANCEL_WAITS)
				send_cancel(ct);
		} else if (resp->code < 300) {
			set_state(ct, ACCEPTED);
		} else {
			set_state(ct, COMPLETED);
			send_ack(ct, resp);
		}
		to_tu(ct, resp, from);
		break;
	case COMPLETED:
		if (resp->code >= 300)
			send_ack(ct, resp);
		break;
	case ACCEPTED:
		if (resp->code >= 200 && resp->code < 300)
			to_tu(ct, resp, from);
		break;
	case TRYING:
	case TERMINATED:
		break;
	}
}

static void recv_other(struct sip_ctrans *ct, const struct sip_msg *resp,
		       const struct sip_hop *from)
{
	switch (ct->state) {
	case TRYING:
	case PROCEEDING:
		if (resp->code >= 200)
			set_state(ct, COMPLETED);
		else if (ct->state == TRYING)
			set_state(ct, PROCEEDING);
		to_tu(ct, resp, from);
		break;
	case CALLING:
	case COMPLETED:
	case ACCEPTED:
	case TERMINATED:
		break;
	}
}

void sip_ctrans_recv(struct sip_ctrans *ct, const struct sip_msg *resp, const struct sip_hop *from)
{
	/* After a failed send the end is already on its way. */
	if (ct->why != SIP_FAIL_NONE)
		return;
	if (is_invite(ct))
		recv_invite(ct, resp, from);
	else
		recv_other(ct, resp, from);
}

/*
 * With a provisional here the far end has the request, and may answer on another
 * connection (RFC 3261 section 18.2.2); without one nobody will.
 */
void sip_ctrans_flow_closed(struct sip_stack *s, uint64_t flow)
{
	for (struct sip_ctrans *ct = s->ctrans_list; ct; ct = ct->next)
		if (ct->hop.flow == flow && ct->why == SIP_FAIL_NONE &&
		    (ct->state == CALLING || ct->state == TRYING))
			fail_soon(ct);
}

void sip_ctrans_kill_all(struct sip_stack *s)
{
	while (s->ctrans_list) {
		struct sip_ctrans *ct = s->ctrans_list;

		unlink_ct(ct);
		loop_defer(destroy, ct);
	}
}
