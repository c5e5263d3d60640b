// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trust role: verifies who signed what, and fetches the certificates that takes.
 * It holds the roots, the policy, and our passwords at signers; no key of media.
 *
 * It opens connections to addresses that strangers name, so it has a user and a filter
 * of its own, and sees nothing of a call but the requests it is asked about.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conf_gateway.h"
#include "credentials.h"
#include "dns.h"
#include "fetch.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "roles.h"
#include "trust.h"
#include "truststore.h"

#define SEEN_MAX	131072	/* signatures that are still fresh; 120 s at 500 calls a second of each signer */
#define MAX_NETS	16
#define MAX_DOMAINS	256	/* of all policies together */

static struct trust_role {
	struct ipc sip, media;
	struct dns *dns;
	struct fetch *fetch;
	struct truststore *store;
	struct verifier *verifier;
	struct trust *trust;
	struct credentials *credentials;
} role = { .sip.fd = -1, .media.fd = -1 };

/* ---- certificates ---------------------------------------------------------- */

struct waiter {
	struct fetch_wait wait;
	verify_got_fn got;
	void *arg;
};

static void hand_over(const struct fetched *f, verify_got_fn got, void *arg)
{
	if (f->err.code)
		got(NULL, 0, &f->err, arg);
	else
		got(f->data, f->len, NULL, arg);
}

static void on_fetched(struct fetch_wait *wait, const struct fetched *f, void *arg)
{
	struct waiter *w = arg;

	(void)wait;
	hand_over(f, w->got, w->arg);
	loop_defer_free(w);
}

static void *source_get(void *impl, const char *url, verify_got_fn got, void *arg)
{
	static const struct err no_memory = { .code = -ENOMEM, .text = "out of memory" };
	struct waiter *w = calloc(1, sizeof(*w));
	struct fetched now;

	(void)impl;
	if (!w) {
		got(NULL, 0, &no_memory, arg);
		return NULL;
	}
	w->got = got;
	w->arg = arg;
	if (!fetch_get(role.fetch, &w->wait, url, on_fetched, w, &now))
		return w;
	hand_over(&now, got, arg);
	free(w);
	return NULL;
}

static void source_cancel(void *impl, void *ticket)
{
	struct waiter *w = ticket;

	(void)impl;
	fetch_cancel(&w->wait);
	loop_defer_free(w);
}

static void source_keep(void *impl, const char *url)
{
	(void)impl;
	fetch_keep(role.fetch, url);
}

static const struct verify_source source = {
	.get = source_get,
	.cancel = source_cancel,
	.keep = source_keep,
};

/* ---- channels -------------------------------------------------------------- */

static void tell_sip(const struct trust_verdict *msg, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, TRUST_VERDICT);

	(void)arg;
	trust_verdict_put(&w, msg);
	ipc_send(&role.sip, &w);	/* a dead channel reports itself */
}

static void tell_media(const struct media_leg_fingerprints *msg, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, MEDIA_LEG_FINGERPRINTS);

	(void)arg;
	media_leg_fingerprints_put(&w, msg);
	ipc_send(&role.media, &w);
}

static const struct trust_ops trust_ops = { .verdict = tell_sip, .fingerprints = tell_media };

static int on_challenge(const struct trust_challenge *msg)
{
	struct trust_credentials m;
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, TRUST_CREDENTIALS);

	credentials_answer(role.credentials, msg, &m);
	trust_credentials_put(&w, &m);
	ipc_send(&role.sip, &w);
	return 0;
}

#define TAKE(name, call)							\
	static int take_##name(struct ipc *c, struct rbuf *r, void *arg)	\
	{									\
		struct trust_##name msg;					\
										\
		(void)c;							\
		(void)arg;							\
		trust_##name##_get(r, &msg);					\
		return rbuf_done(r) ? (call) : -EBADMSG;			\
	}
TAKE(verify, trust_verify_msg(role.trust, &msg))
TAKE(unsigned, trust_unsigned_msg(role.trust, &msg))
TAKE(apply, trust_apply_msg(role.trust, &msg))
TAKE(close, trust_close_msg(role.trust, &msg))
TAKE(challenge, on_challenge(&msg))
#undef TAKE

static const struct ipc_handler from_sip[] = {
	{ TRUST_VERIFY, "verify", take_verify },
	{ TRUST_UNSIGNED, "unsigned", take_unsigned },
	{ TRUST_APPLY, "apply", take_apply },
	{ TRUST_CLOSE, "close", take_close },
	{ TRUST_CHALLENGE, "challenge", take_challenge },
	{ 0 },
};

/* It has nothing to say to us. */
static const struct ipc_handler from_media[] = { { 0 } };

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	/* Whether it should have ended is the supervisor's to say. */
	log_notice("a role has ended, ending too", F_STR("role", c->peer));
	loop_stop(EXIT_SUCCESS);
}

/* ---- start and end --------------------------------------------------------- */

static int make_store(const struct conf_trust *t, struct err *e)
{
	static char words[CONF_MAX_POLICIES][CONF_DOMAINS_MAX];
	static const char *domains[MAX_DOMAINS];
	static struct cert_rule rules[CONF_MAX_POLICIES];
	struct truststore_root roots[CONF_MAX_ROOTS];
	struct truststore_conf conf = {
		.roots = roots,
		.nroots = t->nroots,
		.crl = t->crl[0] ? t->crl : NULL,
		.policy = { rules, t->npolicies },
	};
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->nroots; i++) {
		memcpy(roots[i].name, t->root[i].name, sizeof(roots[i].name));
		roots[i].path = t->root[i].file;
	}
	for (unsigned int i = 0; i < t->npolicies; i++) {
		const struct conf_policy *p = &t->policy[i];
		char *save;

		memcpy(rules[i].root, p->root, sizeof(rules[i].root));
		memcpy(rules[i].signer, p->signer, sizeof(rules[i].signer));
		rules[i].scope = p->scope;
		rules[i].numbers = p->numbers;
		rules[i].domains = &domains[n];
		memcpy(words[i], p->domains, sizeof(words[i]));
		for (char *w = strtok_r(words[i], " ", &save); w; w = strtok_r(NULL, " ", &save)) {
			if (n == MAX_DOMAINS)
				return err_set(e, -E2BIG, "trust.policies: more than %d domains", MAX_DOMAINS);
			domains[n++] = w;
			rules[i].ndomains++;
		}
	}
	return truststore_new(&role.store, &conf, e);
}

static int make_fetch(const struct conf_trust *t, struct err *e)
{
	const struct dns_conf dns = { .servers = t->nameservers[0] ? t->nameservers : NULL,
				      .hosts = true };
	struct addr_net nets[MAX_NETS];
	struct fetch_conf conf = {
		.hosts = t->fetch_hosts,
		.allow_http = t->allow_http,
		.allow = nets,
		.ca_file = t->https_ca[0] ? t->https_ca : NULL,
		.timeout_ms = 1000 * t->fetch_timeout,
	};
	char copy[sizeof(t->allow_networks)], *save, *w;
	int err;

	memcpy(copy, t->allow_networks, sizeof(copy));
	for (w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (conf.nallow == MAX_NETS)
			return err_set(e, -E2BIG, "trust.allow_networks: more than %d", MAX_NETS);
		err = addr_net_parse(&nets[conf.nallow++], w, e);
		if (err)
			return err;
	}
	err = dns_new(&role.dns, &dns, e);
	if (err)
		return err;
	conf.dns = (struct dns_source){ .ask = dns_ask, .cancel = dns_cancel, .ctx = role.dns };
	return fetch_new(&role.fetch, &conf, e);
}

static void on_term(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	log_notice("ending", F_U64("legs", trust_legs(role.trust)));
	loop_stop(EXIT_SUCCESS);
}

static int start(const struct role_env *env, struct err *e)
{
	int err = make_store(&env->conf->trust, e);

	if (!err)
		err = make_fetch(&env->conf->trust, e);
	if (!err)
		err = credentials_new(&role.credentials, env->conf, e);
	if (err)
		return err;
	/* What was signed before the start may have been accepted before it. */
	role.verifier = verifier_new(role.store, &source, SEEN_MAX, clock_wall() + PASSPORT_FRESH);
	role.trust = role.verifier ? trust_new(env->conf, role.verifier, &trust_ops, NULL) : NULL;
	if (!role.trust)
		return err_set(e, -ENOMEM, "out of memory");
	if (ipc_open(&role.sip, env->sip_fd, "sip", from_sip, on_closed, NULL) ||
	    ipc_open(&role.media, env->media_fd, "media", from_media, on_closed, NULL))
		return err_set(e, -EINVAL, "no channel to the other roles");
	return 0;
}

int role_trust_run(const struct role_env *env)
{
	struct err e = { 0 };
	int status = EXIT_FAILURE;

	if (start(env, &e))
		goto out;
	log_notice("trust", F_U64("roots", truststore_stats(role.store)->roots),
		   F_U64("policies", env->conf->trust.npolicies));
	role_sandbox();
	signal(ROLE_STOP_SIGNAL, SIG_IGN);	/* what the loop restores at its end */
	if (loop_on_signal(ROLE_STOP_SIGNAL, on_term, NULL)) {
		err_set(&e, -EINVAL, "the signal to stop cannot be caught");
		goto out;
	}
	role_ready();
	status = loop_run();
out:
	if (e.code)
		log_error("trust role cannot run", F_STR("reason", err_text(&e)));
	trust_free(role.trust);
	verifier_free(role.verifier);
	credentials_free(role.credentials);
	fetch_free(role.fetch);
	dns_free(role.dns);
	truststore_free(role.store);
	ipc_close(&role.sip);
	ipc_close(&role.media);
	return status;
}
