// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One lookup is a list of services to ask SRV records for, then a list of hosts to ask
 * addresses for; NAPTR, or its absence, fills the first.
 *
 *	start ─┬─ numeric ──────────────────────────────────────────> done
 *	       ├─ port ─────────────────────────────> hosts ─> addresses ─> done
 *	       ├─ transport ──────────> services ─> SRV ─> hosts ...
 *	       └─ neither ──> NAPTR ──> services ...
 */
#include "sip_dns.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "loop.h"
#include "timer.h"

#define SERVICES 8

struct service {
	enum sip_proto proto;
	char name[DNS_NAME_SIZE];
};

struct host {
	enum sip_proto proto;
	uint16_t port;
	char name[DNS_NAME_SIZE];
};

struct sip_dns {
	struct sip_dns_conf conf;
	sip_dns_fn fn;		/* NULL when cancelled */
	void *arg;
	bool sips, done;
	enum sip_proto proto;	/* the one to use when no record says another */
	char target[DNS_NAME_SIZE];	/* maddr, or the host */
	struct timer deadline;
	void *query[2];		/* SRV or NAPTR; or A and AAAA */
	struct addr found[2][DNS_MAX_RECORDS];
	unsigned int nfound[2];
	int err;		/* why nothing was found */
	bool no_service;	/* a record says so: no falling back */
	struct service service[SERVICES];
	unsigned int nservices, at_service;
	struct host host[SIP_DNS_TARGETS];
	unsigned int nhosts, at_host;
	struct sip_targets targets;
};

static uint16_t default_port(enum sip_proto proto)
{
	return proto == SIP_TLS ? 5061 : 5060;
}

static bool can_use(const struct sip_dns *l, enum sip_proto proto)
{
	for (unsigned int i = 0; i < l->conf.nprotos; i++)
		if (l->conf.protos[i] == proto)
			return proto == SIP_TLS || !l->sips;
	return false;
}

const struct sip_target *sip_targets_next(struct sip_targets *t)
{
	return t->next < t->n ? &t->list[t->next++] : NULL;
}

/* ---- RFC 2782 ---------------------------------------------------------------- */

static uint32_t good_random(uint32_t most, void *arg)
{
	uint64_t r;

	(void)arg;
	if (RAND_bytes((uint8_t *)&r, sizeof(r)) != 1)
		return 0;
	return (uint32_t)(r % ((uint64_t)most + 1));
}

/* Weight 0 first: it is drawn when the number is 0, and then only. */
static int srv_compare(const void *x, const void *y)
{
	const struct dns_srv *a = x, *b = y;

	return a->priority != b->priority ? a->priority - b->priority : !!a->weight - !!b->weight;
}

void sip_dns_order(struct dns_srv *list, unsigned int n,
		   uint32_t (*random)(uint32_t most, void *arg), void *arg)
{
	if (!random)
		random = good_random;
	qsort(list, n, sizeof(*list), srv_compare);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t sum = 0, drawn, running = 0;
		struct dns_srv picked;
		unsigned int k;

		for (k = i; k < n && list[k].priority == list[i].priority; k++)
			sum += list[k].weight;
		drawn = random(sum, arg);
		for (k = i; running + list[k].weight < drawn; k++)
			running += list[k].weight;
		picked = list[k];
		memmove(list + i + 1, list + i, (k - i) * sizeof(*list));
		list[i] = picked;
	}
}

/* ---- the end ----------------------------------------------------------------- */

static void cancel_queries(struct sip_dns *l)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (l->query[i])
			l->conf.dns.cancel(l->query[i]);
		l->query[i] = NULL;
	}
}

static void deliver(void *arg)
{
	struct sip_dns *l = arg;

	if (l->fn)
		l->fn(l->arg, l->targets.n ? 0 : l->err, &l->targets);
	free(l);
}

static void finish(struct sip_dns *l)
{
	if (l->done)
		return;
	l->done = true;
	timer_cancel(&l->deadline);
	cancel_queries(l);
	if (!l->err)
		l->err = -ENOENT;
	loop_defer(deliver, l);
}

void sip_dns_cancel(struct sip_dns *l)
{
	if (!l)
		return;
	l->fn = NULL;
	finish(l);
}

static void take_found(struct sip_dns *l);

static void on_deadline(struct timer *t, void *arg)
{
	struct sip_dns *l = arg;

	(void)t;
	take_found(l);
	l->err = -ETIMEDOUT;
	finish(l);
}

/* A name that is not there is no news when something worse was. */
static void note_error(struct sip_dns *l, int err)
{
	if (err && err != -ENOENT)
		l->err = err;
}

/* ---- addresses --------------------------------------------------------------- */

static void add_target(struct sip_dns *l, enum sip_proto proto, const struct addr *ip,
		       uint16_t port, const char *host)
{
	struct sip_targets *t = &l->targets;
	struct sip_target new = { .proto = proto, .addr = *ip };

	new.addr.port = port;
	snprintf(new.host, sizeof(new.host), "%s", host);
	for (unsigned int i = 0; i < t->n; i++)
		if (t->list[i].proto == proto && addr_equal(&t->list[i].addr, &new.addr))
			return;
	if (t->n < SIP_DNS_TARGETS)
		t->list[t->n++] = new;
}

/* The addresses of the host that was asked about last, once both families are known. */
static void take_found(struct sip_dns *l)
{
	for (unsigned int w = 0; w < 2; w++) {
		for (unsigned int i = 0; i < l->nfound[w]; i++) {
			const struct host *h = &l->host[l->at_host - 1];

			add_target(l, h->proto, &l->found[w][i], h->port, h->name);
		}
		l->nfound[w] = 0;
	}
}

static void next_host(struct sip_dns *l);

/* @which: 0 for AAAA, 1 for A, in the order in which they are tried */
static void on_addrs(struct sip_dns *l, int which, int err, const struct dns_answer *a)
{
	l->query[which] = NULL;
	note_error(l, err);
	for (unsigned int i = 0; !err && i < a->n; i++)
		if (addr_is_host(&a->addr[i]))
			l->found[which][l->nfound[which]++] = a->addr[i];
	if (!l->query[!which])
		next_host(l);
}

static void on_aaaa(void *arg, int err, const struct dns_answer *a)
{
	on_addrs(arg, 0, err, a);
}

static void on_a(void *arg, int err, const struct dns_answer *a)
{
	on_addrs(arg, 1, err, a);
}

static void next_host(struct sip_dns *l)
{
	const struct host *h = &l->host[l->at_host];

	take_found(l);
	if (l->at_host == l->nhosts || l->targets.n == SIP_DNS_TARGETS) {
		finish(l);
		return;
	}
	l->at_host++;
	if (l->conf.ipv6)
		l->query[0] = l->conf.dns.ask(l->conf.dns.ctx, DNS_AAAA, h->name, on_aaaa, l);
	if (l->conf.ipv4)
		l->query[1] = l->conf.dns.ask(l->conf.dns.ctx, DNS_A, h->name, on_a, l);
	if ((l->conf.ipv6 && !l->query[0]) || (l->conf.ipv4 && !l->query[1])) {
		l->err = -ENOMEM;
		finish(l);
	}
}

static void add_host(struct sip_dns *l, enum sip_proto proto, const char *name, uint16_t port)
{
	struct host *h = &l->host[l->nhosts];

	if (l->nhosts == SIP_DNS_TARGETS)
		return;
	h->proto = proto;
	h->port = port;
	snprintf(h->name, sizeof(h->name), "%s", name);
	l->nhosts++;
}

/* ---- SRV --------------------------------------------------------------------- */

static void next_service(struct sip_dns *l);

static void on_srv(void *arg, int err, const struct dns_answer *a)
{
	struct sip_dns *l = arg;
	const struct service *s = &l->service[l->at_service - 1];
	struct dns_srv list[DNS_MAX_RECORDS];
	unsigned int n = err ? 0 : a->n;

	l->query[0] = NULL;
	note_error(l, err);
	if (n)
		memcpy(list, a->srv, n * sizeof(*list));
	/* One record with the root as target: decidedly not here (RFC 2782). */
	if (n == 1 && !list[0].target[0])
		l->no_service = true;
	sip_dns_order(list, n, l->conf.random, l->conf.random_arg);
	for (unsigned int i = 0; i < n; i++)
		if (list[i].target[0] && list[i].port)
			add_host(l, s->proto, list[i].target, list[i].port);
	next_service(l);
}

static void next_service(struct sip_dns *l)
{
	if (l->at_service < l->nservices) {
		l->query[0] = l->conf.dns.ask(l->conf.dns.ctx, DNS_SRV, l->service[l->at_service++].name,
					      on_srv, l);
		if (!l->query[0]) {
			l->err = -ENOMEM;
			finish(l);
		}
		return;
	}
	if (!l->nhosts && l->no_service) {
		finish(l);
		return;
	}
	/* Section 4.2: no SRV records, so the address of the domain itself. */
	if (!l->nhosts)
		add_host(l, l->proto, l->target, default_port(l->proto));
	next_host(l);
}

static void add_service(struct sip_dns *l, enum sip_proto proto, const char *name)
{
	struct service *s = &l->service[l->nservices];

	if (l->nservices == SERVICES)
		return;
	s->proto = proto;
	snprintf(s->name, sizeof(s->name), "%s", name);
	l->nservices++;
}

/* "_sip._udp.example.com"; a name that grows too long has no records. */
static void add_usual_service(struct sip_dns *l, enum sip_proto proto)
{
	char name[DNS_NAME_SIZE + 16];

	snprintf(name, sizeof(name), "%s.%s", proto == SIP_UDP ? "_sip._udp" :
		 proto == SIP_TCP ? "_sip._tcp" : "_sips._tcp", l->target);
	if (strlen(name) < DNS_NAME_SIZE)
		add_service(l, proto, name);
}

/* ---- NAPTR ------------------------------------------------------------------- */

static enum sip_proto naptr_proto(const struct dns_naptr *r)
{
	if (strcasecmp(r->flags, "s") != 0 || r->regexp || !r->replacement[0])
		return SIP_PROTO_OTHER;
	return strcasecmp(r->service, "SIP+D2U") == 0 ? SIP_UDP :
	       strcasecmp(r->service, "SIP+D2T") == 0 ? SIP_TCP :
	       strcasecmp(r->service, "SIPS+D2T") == 0 ? SIP_TLS : SIP_PROTO_OTHER;
}

static int naptr_compare(const void *x, const void *y)
{
	const struct dns_naptr *const *a = x, *const *b = y;

	return (*a)->order != (*b)->order ? (*a)->order - (*b)->order
					  : (*a)->preference - (*b)->preference;
}

static void on_naptr(void *arg, int err, const struct dns_answer *a)
{
	const struct dns_naptr *usable[DNS_MAX_RECORDS];
	struct sip_dns *l = arg;
	unsigned int n = 0;

	l->query[0] = NULL;
	note_error(l, err);
	for (unsigned int i = 0; !err && i < a->n; i++)
		if (can_use(l, naptr_proto(&a->naptr[i])))
			usable[n++] = &a->naptr[i];
	qsort(usable, n, sizeof(usable[0]), naptr_compare);
	/* The lowest order counts and no other (RFC 3403 section 4.1). */
	for (unsigned int i = 0; i < n && usable[i]->order == usable[0]->order; i++)
		add_service(l, naptr_proto(usable[i]), usable[i]->replacement);
	/* Section 4.1: without NAPTR, the usual names of all that we can use. */
	for (unsigned int i = 0; !n && i < l->conf.nprotos; i++)
		if (can_use(l, l->conf.protos[i]))
			add_usual_service(l, l->conf.protos[i]);
	next_service(l);
}

/* ---- the start --------------------------------------------------------------- */

/* Section 4.1. Return: 0 or -errno; l->proto is what to use unless records say more. */
static int choose_proto(struct sip_dns *l, const char *transport, struct err *e)
{
	if (!transport) {
		l->proto = l->sips ? SIP_TLS : SIP_UDP;
		/* UDP is only what one falls back to: who has none takes what he has. */
		for (unsigned int i = 0; i < l->conf.nprotos && !can_use(l, l->proto); i++)
			l->proto = l->conf.protos[i];
	} else if (strcasecmp(transport, "udp") == 0) {
		if (l->sips)
			return err_set(e, -EINVAL, "a sips URI cannot go over UDP");
		l->proto = SIP_UDP;
	} else if (strcasecmp(transport, "tcp") == 0) {
		l->proto = l->sips ? SIP_TLS : SIP_TCP;
	} else if (strcasecmp(transport, "tls") == 0) {
		l->proto = SIP_TLS;
	} else {
		return err_set(e, -EPROTONOSUPPORT, "transport %s is not spoken", transport);
	}
	if (!can_use(l, l->proto))
		return err_set(e, -EPROTONOSUPPORT, "there is no transport to reach this URI by");
	return 0;
}

static void start(struct sip_dns *l, const struct addr *numeric, uint16_t port, bool transport)
{
	if (numeric) {
		add_target(l, l->proto, numeric, port ? port : default_port(l->proto), l->target);
		finish(l);
	} else if (port) {
		add_host(l, l->proto, l->target, port);
		next_host(l);
	} else if (transport) {
		add_usual_service(l, l->proto);
		next_service(l);
	} else {
		l->query[0] = l->conf.dns.ask(l->conf.dns.ctx, DNS_NAPTR, l->target, on_naptr, l);
		if (!l->query[0])
			finish(l);
	}
}

int sip_dns_find(struct sip_dns **out, const struct sip_dns_conf *conf, const struct sip_uri *uri,
		 sip_dns_fn fn, void *arg, struct err *e)
{
	const char *transport, *target;
	struct addr numeric;
	struct sip_dns *l;
	bool is_numeric;
	int err;

	*out = NULL;
	if (!sip_uri_is_sip(uri))
		return err_set(e, -EINVAL, "scheme %s cannot be routed", uri->scheme);
	transport = sip_uri_param(uri, "transport");
	target = sip_uri_param(uri, "maddr") ?: uri->host;
	if (!target[0] || strlen(target) >= DNS_NAME_SIZE || strlen(uri->host) >= DNS_NAME_SIZE)
		return err_set(e, -EINVAL, "the URI has no host that can be looked up");
	is_numeric = addr_parse(&numeric, target, 0) == 0;
	if (is_numeric && !(numeric.family == AF_INET6 ? conf->ipv6 : conf->ipv4))
		return err_set(e, -EPROTONOSUPPORT, "%s is of a family that is not used here", target);
	l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(e, -ENOMEM, "no memory for a DNS lookup");
	l->conf = *conf;
	l->fn = fn;
	l->arg = arg;
	l->sips = strcmp(uri->scheme, "sips") == 0;
	snprintf(l->target, sizeof(l->target), "%s", target);
	snprintf(l->targets.domain, sizeof(l->targets.domain), "%s", uri->host);
	err = choose_proto(l, transport, e);
	if (!err && timer_start(&l->deadline, conf->deadline_ms ? conf->deadline_ms : 4000,
				on_deadline, l))
		err = err_set(e, -ENOMEM, "no memory for a DNS lookup");
	if (err) {
		free(l);
		return err;
	}
	start(l, is_numeric ? &numeric : NULL, uri->port, transport != NULL);
	*out = l;
	return 0;
}
