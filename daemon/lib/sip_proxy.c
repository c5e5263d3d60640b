// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests: validation (RFC 3261 section 16.3), Routes (16.4), and what the user says. */
#include "sip_proxy_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"

#define TIMER_C		185000	/* more than 3 minutes: section 16.6 step 11 */

/* ---- life ------------------------------------------------------------------------------ */

static void destroy(void *arg)
{
	struct sip_proxy_core *c = arg;

	for (unsigned int i = 0; i < c->nbranches; i++) {
		sip_msg_free(c->branch[i]->final);
		free(c->branch[i]);
	}
	sip_msg_free(c->r.msg);
	sip_pool_fini(&c->pool);
	free(c);
}

void sip_proxy_free(struct sip_proxy_req *r)
{
	struct sip_proxy_core *c = r->core;

	if (c->freed)
		return;
	c->freed = true;
	if (r->proxy->ops->gone)
		r->proxy->ops->gone(r, r->proxy->arg);
	for (unsigned int i = 0; i < c->nbranches; i++) {
		timer_cancel(&c->branch[i]->timer_c);
		timer_cancel(&c->branch[i]->silence);
		sip_ctrans_release(c->branch[i]->ct);
	}
	sip_strans_release(r->st);
	r->st = NULL;
	*c->prev = c->next;
	if (c->next)
		c->next->core->prev = c->prev;
	r->proxy->stats.now--;
	loop_defer(destroy, c);
}

static struct sip_proxy_req *new_req(struct sip_proxy *p, const struct sip_msg *msg,
				     const struct sip_hop *from)
{
	struct sip_proxy_core *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->r = (struct sip_proxy_req){
		.proxy = p, .msg = sip_msg_clone(msg), .from = *from, .core = c,
		.record_route = p->conf.record_route,
	};
	if (!c->r.msg) {
		free(c);
		return NULL;
	}
	c->next = p->reqs;
	if (c->next)
		c->next->core->prev = &c->next;
	c->prev = &p->reqs;
	p->reqs = &c->r;
	p->stats.now++;
	return &c->r;
}

void sip_proxy_init(struct sip_proxy *p, struct sip_stack *s, const struct sip_proxy_conf *conf,
		    const struct sip_proxy_ops *ops, void *arg)
{
	memset(p, 0, sizeof(*p));
	p->stack = s;
	p->conf = *conf;
	if (!p->conf.timer_c)
		p->conf.timer_c = TIMER_C;
	if (!p->conf.supported)
		p->conf.supported = "";
	p->ops = ops;
	p->arg = arg;
	/* What comes by two ways is two requests to a proxy (section 16.3 item 4 is not this). */
	s->detect_merged = false;
}

void sip_proxy_fini(struct sip_proxy *p)
{
	while (p->reqs) {
		/* No 500 to each: the sockets close with the stack. */
		if (p->reqs->st)
			sip_strans_set_ops(p->reqs->st, NULL, NULL);
		p->reqs->st = NULL;
		sip_proxy_free(p->reqs);
	}
}

/* ---- validation: section 16.3 --------------------------------------------------------------- */

static uint64_t more_str(uint64_t h, const char *s)
{
	return hash_more(h, s ? s : "", s ? strlen(s) + 1 : 0);
}

static uint64_t more_hdrs(uint64_t h, const struct sip_msg *m, enum sip_hdr_id id)
{
	for (const struct sip_hdr *hdr = NULL; (hdr = sip_msg_find(m, id, hdr));)
		h = more_str(h, hdr->value);
	return h;
}

/*
 * Everything that decides where a request goes, as it came in: the same values here
 * again are a loop, other ones a spiral (section 16.6 step 8).  Via is not among them:
 * it changes on every round (RFC 5393 section 4.2).
 */
static void loop_hash(const struct sip_msg *m, char out[17])
{
	uint64_t h = hash_bytes(&m->cseq, sizeof(m->cseq));

	h = more_str(more_str(more_str(h, m->ruri_text), m->from_tag), m->to_tag);
	h = more_str(h, m->call_id);
	h = more_hdrs(h, m, SIP_HDR_ROUTE);
	h = more_hdrs(h, m, SIP_HDR_PROXY_REQUIRE);
	h = more_hdrs(h, m, SIP_HDR_PROXY_AUTHORIZATION);
	snprintf(out, 17, "%016llx", (unsigned long long)h);
}

static bool is_own_addr(const struct sip_proxy *p, const char *host, unsigned int port)
{
	struct addr a;

	if (addr_parse(&a, host, (uint16_t)port))
		return false;
	for (unsigned int i = 0; i < p->stack->transp.nsides; i++)
		if (addr_equal(&a, &p->stack->transp.side[i]->advertised) ||
		    addr_equal(&a, &p->stack->transp.side[i]->local))
			return true;
	return false;
}

static bool is_me(const struct sip_proxy *p, const struct sip_uri *u)
{
	struct addr a;

	if (p->ops->is_me)
		return p->ops->is_me(u, p->arg);
	return sip_uri_is_sip(u) && sip_uri_addr(u, &a) == 0 &&
	       is_own_addr(p, u->host, a.port);
}

/* Our branches are "z9hG4bK" RANDOM "." LOOP-HASH. */
static bool is_loop(const struct sip_proxy *p, const struct sip_msg *m, const char *hash)
{
	for (const struct sip_hdr *h = NULL; (h = sip_msg_find(m, SIP_HDR_VIA, h));) {
		const struct sip_via *v = h->via;
		const char *dot = v && v->branch ? strrchr(v->branch, '.') : NULL;

		if (dot && strcmp(dot + 1, hash) == 0 &&
		    is_own_addr(p, v->host, v->port ? v->port : 5060))
			return true;
	}
	return false;
}

static bool is_listed(const char *list, const char *token)
{
	const size_t len = strlen(token);

	while (*list) {
		list += strspn(list, ", ");
		if (strcspn(list, ", ") == len && strncasecmp(list, token, len) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static bool unsupported(const struct sip_proxy *p, const struct sip_msg *m, char *out, size_t cap)
{
	struct sip_token_pos pos = { 0 };
	char token[64];
	size_t len = 0;

	while (sip_msg_next_token(m, SIP_HDR_PROXY_REQUIRE, &pos, token, sizeof(token)))
		if (!is_listed(p->conf.supported, token) && len + strlen(token) + 3 < cap)
			len += (size_t)snprintf(out + len, cap - len, "%s%s", len ? ", " : "",
						token);
	return len > 0;
}

/* Return: true when it was refused; @r is gone then. */
static bool refused(struct sip_proxy_req *r)
{
	struct sip_proxy *p = r->proxy;
	const struct sip_msg *m = r->msg;
	struct sip_msg *resp;
	char tags[256];

	if (!sip_uri_is_sip(&m->ruri)) {
		sip_proxy_refuse(r, 416, NULL);
	} else if (m->max_forwards == 0) {
		p->stats.too_many_hops++;
		sip_proxy_refuse(r, 483, NULL);
	} else if (is_loop(p, m, r->core->loop)) {
		p->stats.loops++;
		sip_proxy_refuse(r, 482, "Loop Detected");
	} else if (m->method != SIP_ACK && unsupported(p, m, tags, sizeof(tags))) {
		resp = sip_strans_response(r->st, 420, NULL);
		if (resp)
			sip_msg_add(resp, SIP_HDR_UNSUPPORTED, tags);
		sip_proxy_reply(r, resp);
	} else {
		return false;
	}
	return true;
}

/* ---- Routes: section 16.4 -------------------------------------------------------------------- */

static int preprocess(struct sip_proxy_req *r)
{
	struct sip_msg *m = r->msg;
	const struct sip_hdr *first = sip_msg_find(m, SIP_HDR_ROUTE, NULL), *last = NULL;
	int rc = 0;

	/* A strict router in front of us took our Record-Route for the Request-URI. */
	if (first && sip_uri_param(&m->ruri, "lr") && is_me(r->proxy, &m->ruri)) {
		struct sip_pool pool = { 0 };
		unsigned int n = 0;
		char **values;

		for (const struct sip_hdr *h = NULL; (h = sip_msg_find(m, SIP_HDR_ROUTE, h)); n++)
			last = h;
		rc = sip_msg_set_ruri(m, last->addr->uri_text);
		values = sip_pool_alloc(&pool, n * sizeof(*values));
		n = 0;
		for (const struct sip_hdr *h = NULL;
		     values && (h = sip_msg_find(m, SIP_HDR_ROUTE, h)) && h != last; n++)
			values[n] = sip_pool_str(&pool, h->value);
		sip_msg_remove(m, SIP_HDR_ROUTE);
		for (unsigned int i = n; values && rc == 0 && i-- > 0;)
			rc = values[i] ? sip_msg_push(m, SIP_HDR_ROUTE, values[i]) : -ENOMEM;
		sip_pool_fini(&pool);
		if (!values)
			rc = -ENOMEM;
	}
	/* More than one are ours where we recorded both sides (RFC 5658). */
	while (rc == 0 && (first = sip_msg_find(m, SIP_HDR_ROUTE, NULL)) && first->addr &&
	       is_me(r->proxy, &first->addr->uri))
		sip_msg_pop(m, SIP_HDR_ROUTE);
	return rc;
}

/* ---- from the stack ----------------------------------------------------------------------------- */

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct sip_proxy_req *r = arg;

	(void)st;
	r->core->cancelled = true;
	if (r->core->forwarding) {
		sip_proxy_cancel(r, sip_msg_value(cancel, SIP_HDR_REASON));
	} else if (!r->core->answered) {
		/* Targets are still being looked for; the user finds out when it forwards. */
		r->core->answered = true;
		sip_strans_reply_code(r->st, 487, NULL);
	}
}

static void on_ended(struct sip_strans *st, void *arg)
{
	struct sip_proxy_req *r = arg;

	(void)st;
	r->st = NULL;
	r->core->answered = true;
	if (r->core->forwarding)
		sip_proxy_settle(r);
}

static const struct sip_strans_ops server_ops = { .cancelled = on_cancelled, .ended = on_ended };

static void take(struct sip_proxy_req *r)
{
	loop_hash(r->msg, r->core->loop);
	if (refused(r))
		return;
	if (preprocess(r))
		sip_proxy_refuse(r, 500, NULL);
	else
		r->proxy->ops->request(r, r->proxy->arg);
}

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct sip_proxy *p = arg;
	struct sip_proxy_req *r = new_req(p, req, from);

	p->stats.requests++;
	if (!r) {
		sip_strans_release(st);		/* 500 */
		return;
	}
	r->st = st;
	sip_strans_set_ops(st, &server_ops, r);
	take(r);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct sip_proxy *p = arg;
	struct sip_proxy_req *r = new_req(p, ack, from);

	p->stats.acks++;
	if (r)
		take(r);
}

const struct sip_tu sip_proxy_tu = { .request = on_request, .ack = on_ack };

/* ---- from the user --------------------------------------------------------------------------------- */

void sip_proxy_reply(struct sip_proxy_req *r, struct sip_msg *resp)
{
	if (!r->st && !r->core->answered)
		r->proxy->stats.acks_dropped++;
	/* Without memory for an answer, freeing sends 500, or leaves it to timers. */
	if (resp && r->st && !r->core->answered)
		sip_strans_reply(r->st, resp);
	else
		sip_msg_free(resp);
	sip_proxy_free(r);
}

void sip_proxy_refuse(struct sip_proxy_req *r, unsigned int code, const char *reason)
{
	sip_proxy_reply(r, r->st ? sip_strans_response(r->st, code, reason) : NULL);
}

int sip_proxy_next_hop(struct sip_proxy_req *r, const char *target, struct sip_uri *u)
{
	const struct sip_hdr *route = sip_msg_find(r->msg, SIP_HDR_ROUTE, NULL);

	if (route && route->addr) {
		*u = route->addr->uri;
		return 0;
	}
	if (target)
		return sip_uri_parse(&r->core->pool, target, u, NULL);
	*u = r->msg->ruri;
	return 0;
}

int sip_proxy_hop(const struct sip_proxy *p, enum sip_proto proto, const struct addr *to,
		  struct sip_hop *hop)
{
	const int side = sip_transp_side(&p->stack->transp, proto, to);

	if (side < 0)
		return -EPROTONOSUPPORT;
	*hop = (struct sip_hop){ .side = (unsigned int)side, .proto = proto, .remote = *to };
	return 0;
}

int sip_proxy_target(struct sip_proxy_req *r, const struct sip_proxy_target *t)
{
	struct sip_proxy_core *c = r->core;
	struct sip_proxy_branch *b;
	struct sip_uri u;
	unsigned int at;

	if (c->nbranches == SIP_PROXY_TARGETS)
		return -ENOSPC;
	if (!t->nhops || t->nhops > SIP_PROXY_HOPS ||
	    (t->uri && sip_uri_parse(&c->pool, t->uri, &u, NULL)))
		return -EINVAL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->r = r;
	b->target = *t;
	if (t->uri) {
		b->target.uri = sip_pool_str(&c->pool, t->uri);
		if (!b->target.uri) {
			free(b);
			return -ENOMEM;
		}
	}
	/* by q, and first come first served within it */
	for (at = c->nbranches; at > 0 && c->branch[at - 1]->target.q < t->q; at--)
		c->branch[at] = c->branch[at - 1];
	c->branch[at] = b;
	c->nbranches++;
	return 0;
}
