// SPDX-License-Identifier: GPL-2.0-or-later
/* The role that holds the key. It opens no socket and no file once it serves. */
#include <errno.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_signer.h"
#include "err.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "signer_key.h"
#include "signer_roles.h"
#include "signer_status.h"
#include "signer_sign.h"
#include "timer.h"

#define SECURE_HEAP	65536	/* for OpenSSL's private keys: locked, not dumped */

#define REPORT_MS 1000

static struct sign_role {
	struct signer_sign_role *sign;
	EVP_PKEY *key;
	X509 *cert;
	struct timer report;
	struct signer_counts told;
	struct ipc front, auth;
} role = { .front.fd = -1, .auth.fd = -1 };

/* ---- messages --------------------------------------------------------------------------- */

static void send_signed(const struct signer_signed *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_SIGNED);

	(void)arg;
	signer_signed_put(&w, m);
	ipc_send(&role.front, &w);	/* a dead channel reports itself */
}

static int take_vouch(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_vouch m;

	(void)c;
	(void)arg;
	signer_vouch_get(r, &m);
	return rbuf_done(r) ? signer_sign_vouch(role.sign, &m) : -EBADMSG;
}

static int take_sign(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_sign m;

	(void)c;
	(void)arg;
	signer_sign_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	signer_sign_use(role.sign, &m);
	return 0;
}

/* All that each of them may say. */
static const struct ipc_handler from_front[] = {
	{ SIGNER_SIGN, "sign", take_sign },
	{ 0 },
};

static const struct ipc_handler from_auth[] = {
	{ SIGNER_VOUCH, "vouch", take_vouch },
	{ 0 },
};

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	log_notice("a role has ended, ending too", F_STR("role", c->peer));
	loop_stop(EXIT_SUCCESS);
}

/* Once a second, when there is something new. */
static void on_report(struct timer *t, void *arg)
{
	const struct signer_counts now = signer_status_sign(signer_sign_stats(role.sign));
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

static int load_cert(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");

	role.cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	return role.cert ? 0 : err_set(e, -EINVAL, "%s: no PEM certificate", path);
}

static int start(const struct signer_env *env, struct err *e)
{
	const struct conf_signerd *c = env->conf;
	struct signer_sign_conf conf = {
		.x5u = c->x5u, .ppt = (enum passport_ppt)c->ppt, .compact = c->compact,
		.token = c->mode == SIGNER_MODE_AUTH, .iss = c->issuer, .aud = c->audience,
		.life = c->token_life,
	};
	int rc = signer_key_load(&role.key, c->private_key, c->pkcs11_module, c->pin_file, e);

	if (rc == 0 && !conf.token)
		rc = load_cert(c->certificate, e);
	conf.key = role.key;
	conf.cert = role.cert;
	if (rc == 0)
		rc = signer_sign_new(&role.sign, &conf, send_signed, NULL, e);
	if (rc == 0 && (ipc_open(&role.front, env->front, "front", from_front, on_closed, NULL) ||
			ipc_open(&role.auth, env->auth, "auth", from_auth, on_closed, NULL)))
		rc = err_set(e, -EINVAL, "no channel to the other roles");
	return rc;
}

int signer_sign_run(const struct signer_env *env)
{
	const struct signer_sign_stats *s;
	struct err e = { 0 };
	int status;

	/* Before the key is in memory: where it works, it stays out of swap and dumps. */
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 32) != 1)
		log_warn("OpenSSL's private keys are not in locked memory; raise RLIMIT_MEMLOCK");
	if (start(env, &e)) {
		log_error("cannot start", F_STR("error", err_text(&e)));
		return EXIT_FAILURE;
	}
	json_object_seed(0);	/* from a file, which it could not open later */
	timer_start(&role.report, REPORT_MS, on_report, NULL);
	role_sandbox();
	status = signer_run();
	timer_cancel(&role.report);
	s = signer_sign_stats(role.sign);
	log_notice("ending", F_U64("made", s->made), F_U64("unknown", s->unknown),
		   F_U64("expired", s->expired), F_U64("failed", s->failed));
	signer_sign_free(role.sign);
	signer_key_unload(role.key);
	X509_free(role.cert);
	ipc_close(&role.front);
	ipc_close(&role.auth);
	return status;
}
