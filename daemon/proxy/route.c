// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a request goes: to the contacts of a user of ours, to another domain
 * (S-3), or along its Routes.
 *
 *	struct job		hangs on the request until all places are known
 *	 `- struct place []	one target: its URI and, while DNS is asked, the question
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "proxyd.h"
#include "sip_dns.h"

#define MAX_PLACES	LOCATION_MAX

struct place {
	struct job *job;
	struct sip_proxy_target target;
	char uri[LOCATION_URI_SIZE];
	struct sip_dns *question;
};

struct job {
	struct proxyd *p;
	struct sip_proxy_req *r;
	struct place place[MAX_PLACES];
	unsigned int nplaces, waiting;
	bool starting;
};

void route_gone(struct sip_proxy_req *r)
{
	struct job *j = r->user;

	if (!j)
		return;
	r->user = NULL;
	for (unsigned int i = 0; i < j->nplaces; i++)
		sip_dns_cancel(j->place[i].question);
	loop_defer_free(j);
}

/* ---- places ------------------------------------------------------------------------------- */

static enum sip_proto proto_of(const struct sip_uri *u)
{
	const char *transport = sip_uri_param(u, "transport");

	if (strcmp(u->scheme, "sips") == 0)
		return SIP_TLS;
	if (!transport)
		return SIP_UDP;
	return strcasecmp(transport, "udp") == 0 ? SIP_UDP : strcasecmp(transport, "tcp") == 0 ?
	       SIP_TCP : strcasecmp(transport, "tls") == 0 ? SIP_TLS : SIP_PROTO_OTHER;
}

static void add_hop(struct place *x, enum sip_proto proto, const struct addr *to)
{
	struct sip_proxy_target *t = &x->target;

	if (t->nhops < SIP_PROXY_HOPS &&
	    sip_proxy_hop(&x->job->p->proxy, proto, to, &t->hop[t->nhops]) == 0)
		t->nhops++;
}

static void settle(struct job *j)
{
	struct sip_proxy_req *r = j->r;
	unsigned int targets = 0;

	if (j->waiting || j->starting)
		return;
	for (unsigned int i = 0; i < j->nplaces; i++)
		if (j->place[i].target.nhops && sip_proxy_target(r, &j->place[i].target) == 0)
			targets++;
	/* The request may stay for long, and has copies of its own. */
	route_gone(r);
	if (targets)
		sip_proxy_forward(r);
	else
		/* RFC 3263 section 4.3: nowhere to go is as if nobody had answered */
		sip_proxy_refuse(r, 480, "No server of the destination could be found");
}

static void on_dns(void *arg, int err, const struct sip_targets *t)
{
	struct place *x = arg;

	x->question = NULL;
	if (err)
		log_limited(LOG_LVL_WARN, "no SIP server found",
			    F_STR("domain", x->target.domain), F_STR("error", strerror(-err)));
	for (unsigned int i = 0; err == 0 && i < t->n; i++)
		add_hop(x, t->list[i].proto, &t->list[i].addr);
	x->job->waiting--;
	settle(x->job);
}

static void ask_dns(struct place *x, const struct sip_uri *u)
{
	const struct sip_transp *t = &x->job->p->stack.transp;
	struct sip_dns_conf conf = { .dns = dns_source(x->job->p->dns) };
	struct err e = { 0 };

	for (unsigned int i = 0; i < t->nsides; i++) {
		const enum sip_proto proto = t->side[i]->ops->proto;
		bool known = false;

		for (unsigned int k = 0; k < conf.nprotos; k++)
			known = known || conf.protos[k] == proto;
		if (!known)
			conf.protos[conf.nprotos++] = proto;
		if (t->side[i]->local.family == AF_INET6)
			conf.ipv6 = true;
		else
			conf.ipv4 = true;
	}
	if (sip_dns_find(&x->question, &conf, u, on_dns, x, &e))
		log_limited(LOG_LVL_WARN, "SIP server cannot be looked for",
			    F_STR("host", u->host), F_STR("error", err_text(&e)));
	else
		x->job->waiting++;
}

/* Find the hops of @u: a static route, a numeric host, DNS. */
static void locate(struct place *x, const struct sip_uri *u)
{
	const struct conf_proxy *conf = x->job->p->conf;
	struct addr to;

	if (!sip_uri_is_sip(u) || strlen(u->host) >= sizeof(x->target.domain))
		return;
	memcpy(x->target.domain, u->host, strlen(u->host) + 1);
	for (unsigned int i = 0; i < conf->nroutes; i++) {
		const struct conf_proxy_route *route = &conf->route[i];

		if (strcasecmp(route->domain, u->host) != 0)
			continue;
		memcpy(x->target.domain, route->tls_name, sizeof(x->target.domain));
		/* sips stays sips (RFC 3261 section 26.2.2) */
		if (strcmp(u->scheme, "sips") != 0 || route->proto == SIP_TLS)
			add_hop(x, (enum sip_proto)route->proto, &route->next_hop);
		return;
	}
	if (sip_uri_addr(u, &to) == 0)
		add_hop(x, proto_of(u), &to);
	else if (x->job->p->dns)
		ask_dns(x, u);
}

static struct place *add_place(struct job *j)
{
	struct place *x = &j->place[j->nplaces++];

	x->job = j;
	return x;
}

/* ---- contacts ---------------------------------------------------------------------------- */

static bool is_user(struct proxyd *p, const struct sip_uri *u)
{
	char ha1[DIGEST_HEX], user[USERS_NAME_MAX + 1];
	bool known = false;

	if (!p->users || sip_unescape(u->user, user, sizeof(user)) < 0)
		return false;
	for (int alg = 0; alg < DIGEST_ALGS && !known; alg++)
		known = users_db_ha1(p->users, user, p->conf->realm, (enum digest_alg)alg, ha1) == 0;
	explicit_bzero(ha1, sizeof(ha1));
	return known;
}

static void add_contact(struct job *j, const struct location_binding *b)
{
	struct place *x = add_place(j);
	struct sip_pool pool = { 0 };
	struct sip_uri u;

	memcpy(x->uri, b->contact, sizeof(x->uri));
	x->target.uri = x->uri;
	x->target.q = b->q;
	/* Who came by a connection is reached by it as long as it lives (RFC 5626's idea). */
	if (b->hop.flow)
		x->target.hop[x->target.nhops++] = b->hop;
	if (sip_uri_parse(&pool, x->uri, &u, NULL) == 0 &&
	    (b->hop.proto != SIP_TLS || !b->hop.flow))
		locate(x, &u);
	sip_pool_fini(&pool);
}

/* Return: 0, or the code to refuse with. */
static unsigned int to_contacts(struct job *j, const struct sip_uri *u)
{
	static struct location_binding list[LOCATION_MAX];
	char aor[LOCATION_AOR_SIZE];
	int n;

	if (proxyd_aor(u, aor, sizeof(aor)))
		return 404;
	n = location_get(j->p->location, aor, clock_wall(), list);
	if (n < 0)
		return 500;
	if (n == 0)
		return is_user(j->p, u) ? 480 : 404;
	for (int i = 0; i < n; i++)
		add_contact(j, &list[i]);
	return 0;
}

/* ---- who may use us ------------------------------------------------------------------------------ */

/*
 * For our own users anybody may come.  To other domains we carry what belongs to a
 * dialog that we were in, and what comes from those who are told to us.
 */
static bool may_relay(struct proxyd *p, const struct sip_proxy_req *r)
{
	if (r->msg->to_tag || r->msg->method == SIP_ACK)
		return true;
	for (unsigned int i = 0; i < p->conf->nrelays; i++)
		if (addr_ip_equal(&p->conf->relay[i].address, &r->from.remote))
			return true;
	return location_knows(p->location, &r->from.remote, clock_wall());
}

static bool is_ours(const struct proxyd *p, const struct sip_uri *u)
{
	struct addr a;

	if (conf_proxy_is_domain(p->conf, u->host))
		return true;
	if (sip_uri_addr(u, &a))
		return false;
	for (unsigned int i = 0; i < p->stack.transp.nsides; i++)
		if (addr_equal(&a, &p->stack.transp.side[i]->local))
			return true;
	return false;
}

void route_request(struct proxyd *p, struct sip_proxy_req *r)
{
	struct job *j = calloc(1, sizeof(*j));
	unsigned int code = 0;
	struct sip_uri next;
	bool to_us;

	if (!j || sip_proxy_next_hop(r, NULL, &next)) {
		free(j);
		sip_proxy_refuse(r, 500, NULL);
		return;
	}
	j->p = p;
	j->r = r;
	r->user = j;
	to_us = !sip_msg_find(r->msg, SIP_HDR_ROUTE, NULL) && sip_uri_is_sip(&next) &&
		is_ours(p, &next);
	/* What answers come at once must not end the job while it is being made. */
	j->starting = true;
	if (to_us && !next.user && r->msg->method == SIP_OPTIONS)
		code = 200;
	else if (to_us)
		code = to_contacts(j, &next);
	else if (may_relay(p, r))
		locate(add_place(j), &next);
	else
		code = 403;
	j->starting = false;
	if (code)
		sip_proxy_refuse(r, code, code == 403 ? "Relaying Denied" : NULL);
	else
		settle(j);
}
