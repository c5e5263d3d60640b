// SPDX-License-Identifier: GPL-2.0-or-later
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "end.h"
#include "err.h"
#include "fetch.h"
#include "loop.h"
#include "truststore.h"
#include "verify.h"

#define SEEN	1000000		/* signatures that are remembered */

static const struct cert_rule rules[] = {
	{ .root = "main", .signer = "provider.example", .scope = CERT_ALL },
};

static struct truststore *store;
static struct verifier *verifier;
static struct dns *dns;
static struct fetch *fetch;
static unsigned long verified;

/* ---- certificates, as role_trust.c gets them --------------------------------------------- */

struct waiter {
	struct fetch_wait wait;
	verify_got_fn got;
	void *arg;
};

static void hand_over(const struct fetched *f, verify_got_fn got, void *arg)
{
	if (f->err.code)
		bench_fail("no certificate: %s", err_text(&f->err));
	got(f->data, f->len, NULL, arg);
}

static void on_fetched(struct fetch_wait *wait, const struct fetched *f, void *arg)
{
	struct waiter *w = arg;

	(void)wait;
	hand_over(f, w->got, w->arg);
	loop_defer_free(w);
}

static void *get(void *impl, const char *url, verify_got_fn got, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));
	struct fetched now;

	(void)impl;
	if (!w)
		bench_fail("out of memory");
	w->got = got;
	w->arg = arg;
	if (!fetch_get(fetch, &w->wait, url, on_fetched, w, &now))
		return w;
	hand_over(&now, got, arg);
	free(w);
	return NULL;
}

static void cancel(void *impl, void *ticket)
{
	(void)impl;
	fetch_cancel(ticket);
}

static void keep(void *impl, const char *url)
{
	(void)impl;
	fetch_keep(fetch, url);
}

/* ---- verdicts ------------------------------------------------------------------------------ */

static void done(const struct verify_result *res, void *arg)
{
	(void)arg;
	if (!res->verified)
		bench_fail("not verified, %s: %s", res->check, err_text(&res->why));
	verified++;
}

static struct verification *start(const char *request)
{
	const struct verify_request rq = {
		.leg = 1, .call = 1, .policy = CONF_IDENTITY_REQUIRE, .data = request, .len = strlen(request),
	};

	return verify_start(verifier, &rq, done, NULL);
}

void bench_checks_first(const char *request)
{
	const struct fetch_stats *s = fetch_stats(fetch);

	start(request);
	while (s->running)
		loop_turn(1000);
	if (verified != 1 || s->requests != 1)
		bench_fail("the certificate was not fetched");
	verified = 0;
}

void bench_checks_request(const char *request)
{
	if (start(request))
		bench_fail("a certificate is not in the cache");
}

void bench_checks_start(const char *dir)
{
	static const struct verify_source source = { .get = get, .cancel = cancel, .keep = keep };
	const struct dns_conf dconf = { .hosts = true };
	char root_path[512], ca_path[512];
	struct truststore_root root = { .name = "main", .path = root_path };
	const struct truststore_conf tconf = { .roots = &root, .nroots = 1, .policy = { rules, 1 } };
	struct addr_net net;
	struct fetch_conf fconf = { .allow = &net, .nallow = 1, .ca_file = ca_path };
	struct err e = { 0 };

	snprintf(root_path, sizeof(root_path), "%s/root.pem", dir);
	snprintf(ca_path, sizeof(ca_path), "%s/tls-root.pem", dir);
	addr_net_parse(&net, "127.0.0.0/8", NULL);
	if (truststore_new(&store, &tconf, &e) || dns_new(&dns, &dconf, &e))
		bench_fail("%s", err_text(&e));
	fconf.dns = dns_source(dns);
	if (fetch_new(&fetch, &fconf, &e))
		bench_fail("%s", err_text(&e));
	verifier = verifier_new(store, &source, SEEN, 0);
	if (!verifier)
		bench_fail("no verifier");
}

unsigned long bench_checks_stop(void)
{
	verifier_free(verifier);
	fetch_free(fetch);
	dns_free(dns);
	truststore_free(store);
	return verified;
}
