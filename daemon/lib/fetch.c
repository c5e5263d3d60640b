// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who waits for what, and the cache.
 *
 *	struct fetch
 *	 |- struct http_cache
 *	 `- struct fetch_job []		one for each URL on its way
 *	     |- struct fetch_wait []	the callers', linked in
 *	     `- fetch_http.c's transfer
 *
 * A job ends once, by fetch_job_end(); its waiters are told at the end of the loop turn.
 */
#include "fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fetch_impl.h"
#include "loop.h"

int fetch_new(struct fetch **out, const struct fetch_conf *conf, struct err *e)
{
	struct http_cache_conf cc = { .entries = conf->entries ? conf->entries : 256,
				      .most = 86400, .failed = conf->failed_s ? conf->failed_s : 30 };
	struct fetch *f = calloc(1, sizeof(*f));
	struct addr_net *allow = calloc(conf->nallow + 1, sizeof(*allow));

	*out = NULL;
	if (!f || !allow) {
		free(f);
		free(allow);
		return err_set(e, -ENOMEM, "no memory for downloads");
	}
	f->conf = *conf;
	if (conf->nallow)
		memcpy(allow, conf->allow, conf->nallow * sizeof(*allow));
	f->conf.allow = allow;
	f->conf.hosts = strdup(conf->hosts ? conf->hosts : "");
	f->conf.ca_file = conf->ca_file ? strdup(conf->ca_file) : NULL;
	f->conf.octets = conf->octets ? conf->octets : 65536;
	f->conf.timeout_ms = conf->timeout_ms ? conf->timeout_ms : 5000;
	f->conf.jobs = conf->jobs ? conf->jobs : 32;
	cc.octets = 32 * f->conf.octets;
	f->cache = http_cache_new(&cc);
	if (!f->cache || !f->conf.hosts || (conf->ca_file && !f->conf.ca_file) || fetch_http_start(f)) {
		fetch_free(f);
		return err_set(e, -ENOMEM, "no memory for downloads");
	}
	*out = f;
	return 0;
}

static void leave(struct fetch_wait *w)
{
	if (!w->job)
		return;
	*w->prev = w->next;
	if (w->next)
		w->next->prev = w->prev;
	if (w->job->f)
		w->job->f->stats.waiting -= !w->kept;
	w->job = NULL;
}

static void job_unlink(struct fetch_job *j)
{
	if (!j->prev)
		return;
	*j->prev = j->next;
	if (j->next)
		j->next->prev = j->prev;
	j->prev = NULL;
}

static void job_free(void *arg)
{
	struct fetch_job *j = arg;

	free(j->body);
	free(j);
}

/* Stop everything that still runs for the job. */
static void job_quiet(struct fetch_job *j)
{
	timer_cancel(&j->timer);
	for (unsigned int i = 0; i < 2; i++) {
		if (j->query[i])
			j->f->conf.dns.cancel(j->query[i]);
		j->query[i] = NULL;
	}
	fetch_http_drop(j);
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	while (f->jobs) {
		struct fetch_job *j = f->jobs;

		while (j->waits)
			leave(j->waits);
		job_unlink(j);
		job_quiet(j);
		if (j->ended)
			j->f = NULL;	/* job_deliver() frees it */
		else
			job_free(j);
	}
	fetch_http_stop(f);
	http_cache_free(f->cache);
	free((char *)f->conf.hosts);
	free((char *)f->conf.ca_file);
	free((void *)f->conf.allow);
	free(f);
}

const struct fetch_stats *fetch_stats(const struct fetch *f)
{
	return &f->stats;
}

const struct http_cache_stats *fetch_cache_stats(const struct fetch *f)
{
	return http_cache_stats(f->cache);
}

void fetch_cancel(struct fetch_wait *w)
{
	leave(w);
}

void fetch_keep(struct fetch *f, const char *url)
{
	http_cache_keep(f->cache, url);
}

/* ---- the end of a job ------------------------------------------------------ */

static void job_deliver(void *arg)
{
	struct fetch_job *j = arg;
	struct fetched got = { .err = j->err };

	if (j->f) {
		job_unlink(j);		/* who asks from now on starts a new one */
		if (!j->err.code) {
			got.data = (const uint8_t *)(j->body ? j->body : "");
			got.len = j->len;
		}
		while (j->waits) {
			struct fetch_wait *w = j->waits;

			leave(w);
			w->fn(w, &got, w->arg);
		}
	}
	job_free(j);
}

void fetch_job_end(struct fetch_job *j, const struct err *why)
{
	struct fetch *f = j->f;

	if (j->ended)
		return;
	j->ended = true;
	job_quiet(j);
	f->stats.running--;
	if (why) {
		j->err = *why;
		err_prefix(&j->err, "%s", j->first_url);
		f->stats.failed++;
		if (why->code != -EBUSY && why->code != -ENOMEM)
			http_cache_fail(f->cache, j->first_url, &j->err);
	}
	loop_defer(job_deliver, j);
}

static void job_fail(struct fetch_job *j, int code, const char *text)
{
	struct err e;

	err_set(&e, code, "%s", text);
	fetch_job_end(j, &e);
}

/* 304: the body that is there was confirmed. */
static void job_renewed(struct fetch_job *j)
{
	const struct http_entry *n = http_cache_renew(j->f->cache, j->first_url, &j->head, j->asked);

	free(j->body);
	j->body = n ? malloc(n->len + 1) : NULL;
	if (!j->body) {
		job_fail(j, -EBADMSG, "304 Not Modified for what is not here");
		return;
	}
	memcpy(j->body, n->data, n->len + 1);
	j->len = n->len;
	j->f->stats.revalidated++;
	fetch_job_end(j, NULL);
}

void fetch_job_answered(struct fetch_job *j, long status, const char *redirect)
{
	struct err e;

	if (status >= 300 && status < 400 && status != 304 && redirect && j->redirects) {
		j->redirects--;
		fetch_http_drop(j);
		j->revalidate = false;
		fetch_job_start(j, redirect);
		return;
	}
	if (status == 304 && j->revalidate) {
		job_renewed(j);
	} else if (status == 200) {
		/* What came by way of a redirect is kept no longer than this takes. */
		if (strcmp(j->url, j->first_url) == 0)
			http_cache_put(j->f->cache, j->first_url, &j->head, j->body ? j->body : "", j->len,
				       j->asked);
		fetch_job_end(j, NULL);
	} else {
		err_set(&e, -EBADMSG, "HTTP status %ld%s", status,
			status >= 300 && status < 400 ? ", and redirects are not followed (any further)" : "");
		fetch_job_end(j, &e);
	}
}

/* ---- the start of a job ---------------------------------------------------- */

static bool is_allowed(const struct fetch *f, const struct addr *a)
{
	if (addr_is_public(a))
		return true;
	for (unsigned int i = 0; i < f->conf.nallow; i++)
		if (addr_in_net(a, &f->conf.allow[i]))
			return true;
	return false;
}

bool fetch_address_allowed(struct fetch_job *j, const struct addr *a)
{
	char text[ADDR_STRLEN];

	if (is_allowed(j->f, a))
		return true;
	err_set(&j->blocked, -EACCES, "address %s is not a public one; list its network as allowed "
		"if it is meant", addr_ip_str(a, text));
	return false;
}

static void on_timeout(struct timer *t, void *arg)
{
	(void)t;
	job_fail(arg, -ETIMEDOUT, "no answer in time");
}

static void on_addrs(struct fetch_job *j, int which, int err, const struct dns_answer *a)
{
	j->query[which] = NULL;
	for (unsigned int i = 0; !err && i < a->n && j->naddrs < FETCH_ADDRS; i++)
		if (fetch_address_allowed(j, &a->addr[i]))
			j->addrs[j->naddrs++] = a->addr[i];
	if (j->query[!which])
		return;
	if (j->naddrs)
		fetch_http_send(j);
	else if (j->blocked.code)
		fetch_job_end(j, &j->blocked);
	else
		job_fail(j, err == -ENOENT || err == -EINVAL ? -ENOENT : -EIO,
			 err == -ENOENT ? "no such host" : "the host's name cannot be resolved");
}

static void on_a(void *arg, int err, const struct dns_answer *a)
{
	on_addrs(arg, 0, err, a);
}

static void on_aaaa(void *arg, int err, const struct dns_answer *a)
{
	on_addrs(arg, 1, err, a);
}

static void resolve(struct fetch_job *j)
{
	struct dns_source *dns = &j->f->conf.dns;
	struct addr numeric;

	j->naddrs = 0;
	j->blocked.code = 0;
	j->numeric = addr_parse(&numeric, j->host, 0) == 0;
	if (j->numeric) {
		if (!fetch_address_allowed(j, &numeric)) {
			fetch_job_end(j, &j->blocked);
			return;
		}
		j->addrs[j->naddrs++] = numeric;
		fetch_http_send(j);
		return;
	}
	j->query[0] = dns->ask(dns->ctx, DNS_A, j->host, on_a, j);
	j->query[1] = dns->ask(dns->ctx, DNS_AAAA, j->host, on_aaaa, j);
	if (!j->query[0] || !j->query[1])
		job_fail(j, -ENOMEM, "no memory");
}

/*
 * Strangers name URLs. A quarter of the downloads is the most that one corner of the
 * network gets at a time: it cannot keep all of them waiting, nor be made a victim of.
 */
static bool crowded(const struct fetch_job *j)
{
	const struct fetch *f = j->f;
	unsigned int n = 0;

	for (const struct fetch_job *o = f->jobs; o; o = o->next)
		n += !o->ended && strcmp(o->corner, j->corner) == 0;
	return !j->kept && n > (f->conf.jobs + 3) / 4;	/* with this one */
}

void fetch_job_start(struct fetch_job *j, const char *url)
{
	struct err e;

	if (fetch_url_read(j, url, &e))
		fetch_job_end(j, &e);
	else if (crowded(j))
		job_fail(j, -EBUSY, "too many downloads from there at a time");
	else
		resolve(j);
}

static struct fetch_job *find_job(const struct fetch *f, const char *url)
{
	struct fetch_job *j = f->jobs;

	while (j && strcmp(j->first_url, url) != 0)
		j = j->next;
	return j;
}

static struct fetch_job *new_job(struct fetch *f, const char *url, bool kept)
{
	struct fetch_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->f = f;
	memcpy(j->first_url, url, strlen(url) + 1);
	j->redirects = f->conf.redirects;
	j->kept = kept;
	j->next = f->jobs;
	j->prev = &f->jobs;
	if (j->next)
		j->next->prev = &j->next;
	f->jobs = j;
	f->stats.running++;
	if (timer_start(&j->timer, f->conf.timeout_ms, on_timeout, j))
		job_fail(j, -ENOMEM, "no memory");
	else
		fetch_job_start(j, url);
	return j;
}

static int refuse(struct fetched *now, int code, const char *text)
{
	err_set(&now->err, code, "%s", text);
	return 1;
}

int fetch_get(struct fetch *f, struct fetch_wait *w, const char *url, fetch_fn fn, void *arg,
	      struct fetched *now)
{
	const struct http_entry *n;
	struct fetch_job *j;
	bool kept;

	*now = (struct fetched){ .err.code = 0 };
	leave(w);
	if (strlen(url) >= FETCH_URL_MAX)
		return refuse(now, -EINVAL, "URL too long");
	n = http_cache_get(f->cache, url);
	if (n) {
		*now = (struct fetched){ n->err, n->data, n->len };
		return 1;
	}
	/* Strangers' URLs cannot keep those of proven use from being renewed, nor hold many calls. */
	n = http_cache_find(f->cache, url);
	kept = n && n->keep;
	j = find_job(f, url);
	if (!kept && f->stats.waiting >= FETCH_WAITING * f->conf.jobs)
		return refuse(now, -EBUSY, "too many requests wait for downloads");
	if (j) {
		f->stats.shared++;
	} else {
		if (f->stats.running >= f->conf.jobs * (kept ? 2 : 1))
			return refuse(now, -EBUSY, "too many downloads at a time");
		j = new_job(f, url, kept);
		if (!j)
			return refuse(now, -ENOMEM, "no memory");
	}
	*w = (struct fetch_wait){ .job = j, .kept = kept, .next = j->waits, .prev = &j->waits, .fn = fn, .arg = arg };
	if (w->next)
		w->next->prev = &w->next;
	j->waits = w;
	f->stats.waiting += !kept;
	return 0;
}
