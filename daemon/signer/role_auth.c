// SPDX-License-Identifier: GPL-2.0-or-later
/* The role that knows who users are: the users database, or other providers' keys. No SIP. */
#include <errno.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_signer.h"
#include "err.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "signer_auth.h"
#include "signer_roles.h"
#include "signer_status.h"
#include "timer.h"

#define REPORT_MS 1000

static struct auth_role {
	struct signer_auth *auth;
	struct users_db *users;
	struct token_issuer issuer[SIGNER_MAX_ISSUERS];
	unsigned int nissuers;
	struct timer report;
	struct signer_counts told;
	struct ipc front, sign;
} role = { .front.fd = -1, .sign.fd = -1 };

/* ---- messages --------------------------------------------------------------------------- */

static void send_vouch(const struct signer_vouch *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_VOUCH);

	(void)arg;
	signer_vouch_put(&w, m);
	ipc_send(&role.sign, &w);	/* a dead channel reports itself */
}

static void send_verdict(const struct signer_verdict *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_VERDICT);

	(void)arg;
	signer_verdict_put(&w, m);
	ipc_send(&role.front, &w);
}

static const struct signer_auth_ops ops = { .vouch = send_vouch, .verdict = send_verdict };

static int take_ask(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_ask m;

	(void)c;
	(void)arg;
	signer_ask_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	signer_auth_ask(role.auth, &m);
	return 0;
}

static const struct ipc_handler from_front[] = {
	{ SIGNER_ASK, "ask", take_ask },
	{ 0 },
};

/* It has nothing to say to us. */
static const struct ipc_handler from_sign[] = { { 0 } };

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	/* `front` ends first when all end; whether one should have is the supervisor's to say. */
	log_notice("a role has ended, ending too", F_STR("role", c->peer));
	loop_stop(EXIT_SUCCESS);
}

/* Once a second, when there is something new. */
static void on_report(struct timer *t, void *arg)
{
	const struct signer_counts now = signer_status_auth(signer_auth_stats(role.auth));
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_COUNTS);

	timer_start(t, REPORT_MS, on_report, arg);
	if (memcmp(&now, &role.told, sizeof(now)) == 0)
		return;
	role.told = now;
	signer_counts_put(&w, &now);
	ipc_send(&role.front, &w);
}

/* ---- start ------------------------------------------------------------------------------ */

static int load_issuer(struct token_issuer *to, const struct conf_signer_issuer *from, struct err *e)
{
	FILE *f = fopen(from->certificate, "re");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	snprintf(to->iss, sizeof(to->iss), "%s", from->name);
	to->key = cert ? X509_get_pubkey(cert) : NULL;
	X509_free(cert);
	if (!to->key)
		return err_set(e, -EINVAL, "%s: no PEM certificate", from->certificate);
	if (!EVP_PKEY_is_a(to->key, "EC"))
		return err_set(e, -EINVAL, "%s: tokens are signed with an EC P-256 key", from->certificate);
	return 0;
}

static int start(const struct signer_env *env, struct err *e)
{
	const struct conf_signerd *c = env->conf;
	struct signer_auth_conf conf = {
		.realm = c->realm, .digest = c->mode != SIGNER_MODE_SIGN, .algs = conf_signerd_algs(c),
		.nonce_life = c->nonce_life, .aud = c->audience, .issuers = role.issuer,
		.token_life = c->token_life, .rate = c->rate, .burst = c->burst,
	};
	char ha1[DIGEST_HEX];
	int rc = 0;

	if (conf.digest) {
		rc = users_db_open(&role.users, c->users, USERS_DB_READ, e);
		if (rc == -ENOENT)
			err_set(e, rc, "%s is not there; make it with `sip-signerd user add NAME`", c->users);
		/* The first question opens what there is to open, before that is forbidden. */
		if (rc == 0)
			users_db_ha1(role.users, "", c->realm, DIGEST_SHA256, ha1);
		conf.users = role.users;
	} else {
		for (unsigned int i = 0; i < c->ntrusted && rc == 0; i++)
			rc = load_issuer(&role.issuer[role.nissuers++], &c->trusted[i], e);
		conf.nissuers = role.nissuers;
	}
	if (rc == 0)
		rc = signer_auth_new(&role.auth, &conf, &ops, NULL, e);
	if (rc == 0 && (ipc_open(&role.front, env->front, "front", from_front, on_closed, NULL) ||
			ipc_open(&role.sign, env->sign, "sign", from_sign, on_closed, NULL)))
		rc = err_set(e, -EINVAL, "no channel to the other roles");
	return rc;
}

int signer_auth_run(const struct signer_env *env)
{
	const struct signer_auth_stats *s;
	struct err e = { 0 };
	int status;

	if (start(env, &e)) {
		log_error("cannot start", F_STR("error", err_text(&e)));
		return EXIT_FAILURE;
	}
	json_object_seed(0);	/* from a file, which it could not open later */
	timer_start(&role.report, REPORT_MS, on_report, NULL);
	role_sandbox();
	status = signer_run();
	timer_cancel(&role.report);
	s = signer_auth_stats(role.auth);
	log_notice("ending", F_U64("accepted", s->accepted), F_U64("challenged", s->challenged),
		   F_U64("wrong", s->wrong), F_U64("replayed", s->replayed),
		   F_U64("limited", s->limited), F_U64("not_his", s->not_his));
	signer_auth_free(role.auth);
	users_db_close(role.users);
	for (unsigned int i = 0; i < role.nissuers; i++)
		EVP_PKEY_free(role.issuer[i].key);
	ipc_close(&role.front);
	ipc_close(&role.sign);
	return status;
}
