// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Server transactions: RFC 3261 sections 17.2.1 and 17.2.2, RFC 6026 section 8.
 *
 * timer		INVITE			other
 * trying		100 after 200 ms	-
 * retransmit		G			-
 * linger		H in Completed,		J
 *			I in Confirmed,
 *			L in Accepted
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sip_trans_impl.h"

enum state { TRYING, PROCEEDING, COMPLETED, CONFIRMED, ACCEPTED, TERMINATED };

static const char *const state_names[] = {
	"trying", "proceeding", "completed", "confirmed", "accepted", "terminated",
};

/* how many transactions one address has */
struct source {
	struct hash_node node;
	struct addr addr;
	uint32_t count;
};

struct sip_strans {
	struct hash_node node, merge_node;
	struct sip_strans *next, **prev;
	struct sip_stack *stack;
	struct source *source;
	enum state state;
	bool released;
	struct sip_msg *req;
	struct sip_hop from, hop;
	char to_tag[SIP_TAG_LEN];
	struct sip_octets last;		/* the latest response */
	struct timer trying, retransmit, linger;
	uint32_t interval;
	const struct sip_strans_ops *ops;
	void *arg;
};

static bool is_invite(const struct sip_strans *st)
{
	return st->req->method == SIP_INVITE;
}

static bool is_reliable(const struct sip_strans *st)
{
	return sip_transp_reliable(&st->stack->transp, &st->hop);
}

/* ---- lookup: section 17.2.3 ------------------------------------------------------------ */

/* RFC 2543 clients have no unique branch: section 17.2.3's second rule is for them. */
static bool has_branch(const struct sip_msg *m)
{
	const size_t len = sizeof(SIP_BRANCH_COOKIE) - 1;

	return m->via->branch && strncmp(m->via->branch, SIP_BRANCH_COOKIE, len) == 0 &&
	       m->via->branch[len];
}

static uint64_t more_str(uint64_t h, const char *s)
{
	return hash_more(h, s ? s : "", s ? strlen(s) : 0);
}

static uint64_t key_of(const struct sip_msg *m, enum sip_method method, const char *method_name)
{
	const struct sip_via *v = m->via;
	uint64_t h = hash_bytes(&method, sizeof(method));

	if (method == SIP_OTHER)
		h = more_str(h, method_name);
	h = hash_more(h, &v->port, sizeof(v->port));
	h = more_str(h, v->branch);
	if (!has_branch(m)) {
		h = more_str(h, m->ruri_text);
		h = more_str(h, m->call_id);
		h = hash_more(h, &m->cseq, sizeof(m->cseq));
	}
	return h;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same(const struct sip_msg *a, const struct sip_msg *b)
{
	if (!same(a->via->branch, b->via->branch) || a->via->port != b->via->port ||
	    strcasecmp(a->via->host, b->via->host) != 0)
		return false;
	if (has_branch(a))
		return true;
	return strcmp(a->ruri_text, b->ruri_text) == 0 && strcmp(a->call_id, b->call_id) == 0 &&
	       a->cseq == b->cseq && same(a->from_tag, b->from_tag);
}

struct sip_strans *sip_strans_match(struct sip_stack *s, const struct sip_msg *req,
				    enum sip_method method)
{
	struct hash_node *n = hash_first(&s->strans, key_of(req, method, req->method_name));

	for (; n; n = hash_next(n)) {
		struct sip_strans *st = hash_entry(n, struct sip_strans, node);

		if (st->req->method == method && is_same(st->req, req) &&
		    (method != SIP_OTHER ||
		     strcmp(st->req->method_name, req->method_name) == 0))
			return st;
	}
	return NULL;
}

/* ---- merged requests: section 8.2.2.2 ------------------------------------------------------ */

static uint64_t merge_key(const struct sip_msg *m)
{
	uint64_t h = more_str(hash_bytes(&m->cseq, sizeof(m->cseq)), m->call_id);

	return more_str(more_str(h, m->from_tag), m->method_name);
}

bool sip_strans_is_merged(const struct sip_stack *s, const struct sip_msg *req)
{
	struct hash_node *n;

	if (req->to_tag)
		return false;
	for (n = hash_first(&s->merge, merge_key(req)); n; n = hash_next(n)) {
		const struct sip_msg *o = hash_entry(n, struct sip_strans, merge_node)->req;

		if (o->cseq == req->cseq && strcmp(o->call_id, req->call_id) == 0 &&
		    same(o->from_tag, req->from_tag) &&
		    strcmp(o->method_name, req->method_name) == 0)
			return true;
	}
	return false;
}

/* ---- limits ------------------------------------------------------------------------------------ */

static struct source *find_source(const struct sip_stack *s, const struct addr *a)
{
	struct hash_node *n = hash_first(&s->per_ip, hash_bytes(a->ip, addr_ip_len(a)));

	for (; n; n = hash_next(n))
		if (addr_ip_equal(&hash_entry(n, struct source, node)->addr, a))
			return hash_entry(n, struct source, node);
	return NULL;
}

bool sip_strans_room(const struct sip_stack *s, const struct addr *from)
{
	const struct source *source = find_source(s, from);

	return s->stats.strans_now < s->limits.max_strans &&
	       (!source || source->count < s->limits.max_strans_per_ip);
}

static struct source *count_source(struct sip_stack *s, const struct addr *a)
{
	struct source *source = find_source(s, a);

	if (!source) {
		source = calloc(1, sizeof(*source));
		if (!source)
			return NULL;
		source->addr = *a;
		if (hash_insert(&s->per_ip, &source->node, hash_bytes(a->ip, addr_ip_len(a)))) {
			free(source);
			return NULL;
		}
	}
	source->count++;
	return source;
}

static void uncount_source(struct sip_stack *s, struct source *source)
{
	if (source && --source->count == 0) {
		hash_remove(&s->per_ip, &source->node);
		free(source);
	}
}

/* ---- life ---------------------------------------------------------------------------------------- */

static void destroy(void *arg)
{
	struct sip_strans *st = arg;

	sip_msg_free(st->req);
	sip_octets_free(&st->last);
	free(st);
}

static void unlink_st(struct sip_strans *st)
{
	struct sip_stack *s = st->stack;

	timer_cancel(&st->trying);
	timer_cancel(&st->retransmit);
	timer_cancel(&st->linger);
	hash_remove(&s->strans, &st->node);
	hash_remove(&s->merge, &st->merge_node);
	uncount_source(s, st->source);
	*st->prev = st->next;
	if (st->next)
		st->next->prev = st->prev;
	s->stats.strans_now--;
}

struct sip_strans *sip_strans_new(struct sip_stack *s, struct sip_msg *req,
				  const struct sip_hop *from)
{
	struct sip_strans *st = calloc(1, sizeof(*st));

	if (!st)
		goto no_memory;
	st->stack = s;
	st->req = req;
	st->from = *from;
	st->source = count_source(s, &from->remote);
	if (!st->source)
		goto no_memory;
	if (hash_insert(&s->strans, &st->node, key_of(req, req->method, req->method_name)))
		goto no_memory;
	if (!req->to_tag && hash_insert(&s->merge, &st->merge_node, merge_key(req)))
		goto no_memory;
	sip_transp_reply_hop(req, from, &st->hop);
	sip_new_tag(st->to_tag);
	st->state = req->method == SIP_INVITE ? PROCEEDING : TRYING;
	st->next = s->strans_list;
	if (st->next)
		st->next->prev = &st->next;
	st->prev = &s->strans_list;
	s->strans_list = st;
	s->stats.strans_made++;
	s->stats.strans_now++;
	return st;
no_memory:
	if (st) {
		hash_remove(&s->strans, &st->node);
		uncount_source(s, st->source);
	}
	free(st);
	sip_msg_free(req);
	return NULL;
}

void sip_strans_kill_all(struct sip_stack *s)
{
	while (s->strans_list) {
		struct sip_strans *st = s->strans_list;

		unlink_st(st);
		loop_defer(destroy, st);
	}
}

/* ---- states ------------------------------------------------------------------------------------------ */

static void set_state(struct sip_strans *st, enum state state);

static void send_last(struct sip_strans *st)
{
	int rc;

	if (!sip_octets_set(&st->last))
		return;
	rc = sip_transp_send_raw(&st->stack->transp, &st->hop, st->last.data, st->last.len);
	if (rc == 0)
		return;
	/* RFC 6026 section 6: the machine stays, to absorb what is retransmitted. */
	st->stack->stats.transport_errors++;
	if (st->ops && st->ops->error)
		st->ops->error(st, rc, st->arg);
}

static void on_retransmit(struct timer *t, void *arg)
{
	struct sip_strans *st = arg;
	const uint32_t t2 = st->stack->timers.t2;

	st->interval = 2 * st->interval < t2 ? 2 * st->interval : t2;
	st->stack->stats.tx_retransmits++;
	timer_start(t, st->interval, on_retransmit, st);
	send_last(st);
}

static void on_linger(struct timer *t, void *arg)
{
	struct sip_strans *st = arg;

	(void)t;
	if (st->state == COMPLETED && is_invite(st)) {
		st->stack->stats.strans_timeouts++;
		if (st->ops && st->ops->no_ack)
			st->ops->no_ack(st, st->arg);
	}
	set_state(st, TERMINATED);
}

static void set_state(struct sip_strans *st, enum state state)
{
	const struct sip_timers *timers = &st->stack->timers;
	const struct sip_strans_ops *ops;

	sip_stack_log_state("server", st->req, state_names[st->state], state_names[state]);
	st->state = state;
	timer_cancel(&st->trying);
	timer_cancel(&st->retransmit);
	switch (state) {
	case TRYING:
	case PROCEEDING:
		break;
	case COMPLETED:
		st->interval = timers->t1;
		if (is_invite(st) && !is_reliable(st))
			timer_start(&st->retransmit, timers->t1, on_retransmit, st);
		timer_start(&st->linger, !is_invite(st) && is_reliable(st) ? 0 :
			    64ull * timers->t1, on_linger, st);
		break;
	case CONFIRMED:
		timer_start(&st->linger, is_reliable(st) ? 0 : timers->t4, on_linger, st);
		break;
	case ACCEPTED:
		timer_start(&st->linger, 64ull * timers->t1, on_linger, st);
		break;
	case TERMINATED:
		unlink_st(st);
		ops = st->ops;
		st->ops = NULL;
		if (ops && ops->ended)
			ops->ended(st, st->arg);
		loop_defer(destroy, st);
		break;
	}
}

/* ---- events from the network ------------------------------------------------------------------------------ */

static void recv_ack(struct sip_strans *st, const struct sip_msg *ack, const struct sip_hop *from)
{
	if (st->state == COMPLETED) {
		set_state(st, CONFIRMED);
	} else if (st->state == ACCEPTED && st->stack->tu.ack) {
		st->stack->tu.ack(ack, from, st->stack->tu_arg);
	} else if (st->state != CONFIRMED) {
		st->stack->stats.stray_acks++;
	}
}

void sip_strans_recv(struct sip_strans *st, const struct sip_msg *req, const struct sip_hop *from)
{
	if (req->method == SIP_ACK) {
		recv_ack(st, req, from);
		return;
	}
	st->stack->stats.rx_retransmits++;
	switch (st->state) {
	case PROCEEDING:
	case COMPLETED:
		send_last(st);
		break;
	case TRYING:
	case CONFIRMED:
	case ACCEPTED:
	case TERMINATED:
		break;
	}
}

void sip_strans_cancel(struct sip_strans *st, const struct sip_msg *cancel)
{
	if (!sip_strans_answered(st) && st->ops && st->ops->cancelled)
		st->ops->cancelled(st, cancel, st->arg);
}

static void on_trying(struct timer *t, void *arg)
{
	(void)t;
	sip_strans_reply_code(arg, 100, NULL);
}

void sip_strans_offered(struct sip_strans *st)
{
	if (!is_invite(st) || st->state != PROCEEDING || sip_octets_set(&st->last))
		return;
	if (st->stack->timers.trying == 0)
		sip_strans_reply_code(st, 100, NULL);
	else
		timer_start(&st->trying, st->stack->timers.trying, on_trying, st);
}

/* ---- events from the TU ------------------------------------------------------------------------------------ */

int sip_strans_reply(struct sip_strans *st, struct sip_msg *resp)
{
	const bool again_2xx = st->state == ACCEPTED && resp->code / 100 == 2;
	int rc;

	if (sip_msg_is_request(resp)) {
		rc = -EINVAL;
	} else if (sip_strans_answered(st) && !again_2xx) {
		rc = -EALREADY;
	} else {
		rc = sip_octets_of(&st->last, resp);
	}
	if (rc == 0 && !again_2xx) {
		if (resp->code < 200)
			set_state(st, PROCEEDING);
		else
			set_state(st, is_invite(st) && resp->code < 300 ? ACCEPTED : COMPLETED);
	}
	sip_msg_free(resp);
	if (rc == 0)
		send_last(st);
	return rc;
}

struct sip_msg *sip_strans_response(struct sip_strans *st, unsigned int code, const char *reason)
{
	return sip_msg_response(st->req, code, reason, st->to_tag);
}

int sip_strans_reply_code(struct sip_strans *st, unsigned int code, const char *reason)
{
	struct sip_msg *resp = sip_strans_response(st, code, reason);

	return resp ? sip_strans_reply(st, resp) : -ENOMEM;
}

void sip_strans_release(struct sip_strans *st)
{
	if (!st || st->released)
		return;
	st->released = true;
	st->ops = NULL;
	if (!sip_strans_answered(st) && sip_strans_reply_code(st, 500, NULL))
		set_state(st, TERMINATED);
}

void sip_strans_set_ops(struct sip_strans *st, const struct sip_strans_ops *ops, void *arg)
{
	st->ops = ops;
	st->arg = arg;
}

/* ---- small things -------------------------------------------------------------------------------------------- */

struct sip_stack *sip_strans_stack(const struct sip_strans *st)
{
	return st->stack;
}

const struct sip_msg *sip_strans_request(const struct sip_strans *st)
{
	return st->req;
}

const struct sip_hop *sip_strans_source(const struct sip_strans *st)
{
	return &st->from;
}

const struct sip_hop *sip_strans_hop(const struct sip_strans *st)
{
	return &st->hop;
}

const char *sip_strans_to_tag(const struct sip_strans *st)
{
	return st->req->to_tag ? st->req->to_tag : st->to_tag;
}

void sip_strans_set_to_tag(struct sip_strans *st, const char *tag)
{
	strncpy(st->to_tag, tag, sizeof(st->to_tag) - 1);
}

bool sip_strans_answered(const struct sip_strans *st)
{
	return st->state >= COMPLETED;
}
