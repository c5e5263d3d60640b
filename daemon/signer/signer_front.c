// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_front.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "log.h"
#include "loop.h"
#include "sip_date.h"
#include "timer.h"

/**
 * struct front_req - a request that waits
 * @ask: our number for it; 0 for one that waits for DNS only
 * @iat: what Date has to say when it is signed
 * @handle: given to `sign`; 0 before
 * @dns: the search for its targets
 * @full: the signature is wanted in its full form
 * @late: until a role has to have answered
 * @credentials: the header value that `auth` was asked about; NULL
 */
struct front_req {
	struct hash_node node;
	struct signer_front *front;
	struct sip_proxy_req *r;
	uint64_t ask, handle;
	int64_t iat;
	struct sip_dns *dns;
	struct timer late;
	bool full;
	const char *credentials;
};

static struct front_req *find(struct signer_front *f, uint64_t ask)
{
	struct hash_node *n = hash_first(&f->table, hash_bytes(&ask, sizeof(ask)));

	for (; n; n = hash_next(n)) {
		struct front_req *q = hash_entry(n, struct front_req, node);

		if (q->ask == ask)
			return q;
	}
	return NULL;
}

static void on_gone(struct sip_proxy_req *r, void *arg)
{
	struct signer_front *f = arg;
	struct front_req *q = r->user;

	if (!q)
		return;
	hash_remove(&f->table, &q->node);
	timer_cancel(&q->late);
	sip_dns_cancel(q->dns);
	r->user = NULL;
	loop_defer_free(q);
}

static void refuse(struct signer_front *f, struct sip_proxy_req *r, unsigned int code,
		   const char *reason)
{
	f->stats.refused++;
	sip_proxy_refuse(r, code, reason && *reason ? reason : NULL);
}

/* ---- where to --------------------------------------------------------------------------- */

static void on_targets(void *arg, int err, const struct sip_targets *t)
{
	struct front_req *q = arg;
	struct sip_proxy_target target = { .nhops = 0 };

	q->dns = NULL;
	for (unsigned int i = 0; !err && i < t->n && target.nhops < SIP_PROXY_HOPS; i++)
		if (sip_proxy_hop(&q->front->proxy, t->list[i].proto, &t->list[i].addr,
				  &target.hop[target.nhops]) == 0)
			target.nhops++;
	if (!err)
		snprintf(target.domain, sizeof(target.domain), "%s", t->domain);
	if (!target.nhops || sip_proxy_target(q->r, &target))
		refuse(q->front, q->r, err == -ENOENT ? 404 : 503, "Next Hop Not Found");
	else
		sip_proxy_forward(q->r);
}

static void forward(struct front_req *q)
{
	struct signer_front *f = q->front;
	struct sip_proxy_req *r = q->r;
	struct sip_proxy_target target = { .nhops = f->conf.nhops };
	struct err e = { 0 };
	struct sip_uri u;

	timer_cancel(&q->late);
	/*
	 * A token is for the signer alone: it goes there first, and the Route's turn comes
	 * behind it (RFC 3261 section 16.6 step 6 lets a proxy have such a policy).
	 */
	if (f->conf.nhops && ((f->conf.token && q->handle) ||
			      !sip_msg_find(r->msg, SIP_HDR_ROUTE, NULL))) {
		memcpy(target.hop, f->conf.hop, sizeof(f->conf.hop));
		snprintf(target.domain, sizeof(target.domain), "%s", f->conf.hop_domain);
		if (sip_proxy_target(r, &target))
			refuse(f, r, 500, NULL);
		else
			sip_proxy_forward(r);
		return;
	}
	if (sip_proxy_next_hop(r, NULL, &u) ||
	    sip_dns_find(&q->dns, &f->conf.dns, &u, on_targets, q, &e)) {
		q->dns = NULL;
		refuse(f, r, 478, "Unresolvable Destination");
	}
}

/* ---- who is meant ----------------------------------------------------------------------- */

static bool has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (; *(list += strspn(list, " ")); list += strcspn(list, " "))
		if (strcspn(list, " ") == len && strncasecmp(list, word, len) == 0)
			return true;
	return false;
}

/* By address and port, or by a name that the operator says is ours. */
static bool is_me(const struct sip_uri *u, void *arg)
{
	const struct signer_front *f = arg;
	const struct sip_transp *t = &f->proxy.stack->transp;
	struct addr a;
	int ret;

	if (!sip_uri_is_sip(u))
		return false;
	ret = sip_uri_addr(u, &a);
	for (unsigned int i = 0; ret == 0 && i < t->nsides; i++)
		if (addr_equal(&a, &t->side[i]->advertised) || addr_equal(&a, &t->side[i]->local))
			return true;
	return ret == -ENOENT && !u->user && has_word(f->conf.names, u->host);
}

/* ---- requests --------------------------------------------------------------------------- */

static struct front_req *new_req(struct signer_front *f, struct sip_proxy_req *r)
{
	struct front_req *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->front = f;
	q->r = r;
	q->ask = ++f->last_ask;
	if (hash_insert(&f->table, &q->node, hash_bytes(&q->ask, sizeof(q->ask)))) {
		free(q);
		return NULL;
	}
	r->user = q;
	return q;
}

/* A parameter of the Route that led here is a word to us, and goes no further. */
static bool asks_for(struct signer_front *f, const struct sip_msg *came, const char *what)
{
	const struct sip_hdr *route = sip_msg_find(came, SIP_HDR_ROUTE, NULL);

	return route && route->addr && is_me(&route->addr->uri, f) &&
	       sip_uri_param(&route->addr->uri, what);
}

static void on_late(struct timer *t, void *arg)
{
	struct front_req *q = arg;

	(void)t;
	log_limited(LOG_LVL_ERROR, q->handle ? "the role that signs does not answer"
					      : "the role that knows users does not answer");
	refuse(q->front, q->r, 503, "Role Not Available");
}

static void on_request(struct sip_proxy_req *r, void *arg)
{
	struct signer_front *f = arg;
	struct front_req *q = new_req(f, r);
	struct signer_ask ask;
	struct err e = { 0 };
	unsigned int code;

	if (!q) {
		refuse(f, r, 500, NULL);
		return;
	}
	if (r->msg->method == SIP_ACK) {
		f->stats.acks++;
		forward(q);
		return;
	}
	/* The Request-URI as it came: Routes may have changed r->msg's, and ours is off. */
	code = signer_request_read(r->msg, sip_strans_request(r->st)->ruri_text, &f->conf, &ask,
				   &q->credentials, &e);
	if (code) {
		refuse(f, r, code, err_text(&e));
		return;
	}
	ask.ask = q->ask;
	ask.bind = ask.sdp && asks_for(f, sip_strans_request(r->st), passport_ppt_name(PASSPORT_CTX));
	q->full = asks_for(f, sip_strans_request(r->st), PASSPORT_FULL_WANTED);
	f->stats.asked++;
	/* Who asks us has somebody else to ask; not so who waits for a role that hangs. */
	timer_start(&q->late, SIGNER_ROLE_MS, on_late, q);
	f->ops->ask(&ask, f->arg);
}

/* Credentials for others stay where they are. */
static void remove_credentials(struct front_req *q)
{
	const struct signer_front *f = q->front;
	struct sip_msg *m = q->r->msg;
	const struct sip_hdr *h = sip_msg_find(m, SIP_HDR_PROXY_AUTHORIZATION, NULL);

	while (h) {
		if (h->value == q->credentials || signer_request_ours(&f->conf, h->value)) {
			sip_msg_drop(m, h);
			h = sip_msg_find(m, SIP_HDR_PROXY_AUTHORIZATION, NULL);
		} else {
			h = sip_msg_find(m, SIP_HDR_PROXY_AUTHORIZATION, h);
		}
	}
}

/* ---- answers ---------------------------------------------------------------------------- */

static void reply(struct signer_front *f, struct front_req *q, const struct signer_verdict *m)
{
	struct sip_msg *resp = q->r->st ?
		sip_strans_response(q->r->st, m->code, m->reason[0] ? m->reason : NULL) : NULL;

	f->stats.refused++;
	for (unsigned int i = 0; resp && i < m->nchallenges; i++)
		sip_msg_add(resp, SIP_HDR_PROXY_AUTHENTICATE, m->challenge[i]);
	if (resp && m->retry_after)
		sip_msg_addf(resp, SIP_HDR_RETRY_AFTER, "%u", m->retry_after);
	sip_proxy_reply(q->r, resp);
}

void signer_front_verdict(struct signer_front *f, const struct signer_verdict *m)
{
	struct front_req *q = find(f, m->ask);
	struct signer_sign use = { .ask = m->ask, .handle = m->handle, .full = q && q->full };

	if (!q || q->handle)
		return;
	if (m->code) {
		reply(f, q, m);
	} else if (m->handle) {
		q->handle = m->handle;
		q->iat = m->iat;
		f->ops->sign(&use, f->arg);
	} else {
		remove_credentials(q);
		f->stats.unsigned_++;
		forward(q);
	}
}

void signer_front_signed(struct signer_front *f, const struct signer_signed *m)
{
	struct front_req *q = find(f, m->ask);
	char date[SIP_DATE_LEN];
	struct sip_msg *msg;
	int rc = 0;

	if (!q || !q->handle)
		return;
	if (m->code) {
		refuse(f, q->r, m->code, m->reason);
		return;
	}
	msg = q->r->msg;
	remove_credentials(q);
	/* iat is what Date says, also where Date is ours (RFC 8224 section 4.1). */
	if (!sip_msg_find(msg, SIP_HDR_DATE, NULL))
		rc = sip_msg_add(msg, SIP_HDR_DATE, sip_date_print(q->iat, date));
	if (rc == 0)
		rc = sip_msg_add(msg, f->conf.token ? SIP_HDR_PROXY_AUTHORIZATION : SIP_HDR_IDENTITY,
				 m->value);
	if (rc == 0 && m->context[0])
		rc = sip_msg_add(msg, SIP_HDR_IDENTITY, m->context);
	if (rc) {
		refuse(f, q->r, 500, NULL);
		return;
	}
	f->stats.signed_++;
	log_debug(f->conf.token ? "token added" : "signed", F_STR("call_id", msg->call_id),
		  F_STR("method", msg->method_name), F_STR("from", msg->from->uri_text));
	forward(q);
}

/* ---- life ------------------------------------------------------------------------------- */

static const struct sip_proxy_ops proxy_ops = {
	.is_me = is_me, .request = on_request, .gone = on_gone,
};

int signer_front_init(struct signer_front *f, struct sip_stack *s,
		      const struct sip_proxy_conf *proxy, const struct signer_front_conf *conf,
		      const struct signer_front_ops *ops, void *arg)
{
	int err;

	memset(f, 0, sizeof(*f));
	f->conf = *conf;
	f->ops = ops;
	f->arg = arg;
	err = hash_init(&f->table);
	if (!err)
		sip_proxy_init(&f->proxy, s, proxy, &proxy_ops, f);
	return err;
}

void signer_front_fini(struct signer_front *f)
{
	if (!f->ops)
		return;
	sip_proxy_fini(&f->proxy);
	hash_fini(&f->table);
}
