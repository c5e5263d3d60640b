// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The media role: holds the keys and CAP_NET_ADMIN, hears DTLS, `sip` and `trust`, never SIP.
 *
 * It makes, loads and binds what needs privilege, drops the rest, and then does what
 * the messages of media_proto.h say.  When the channel to `sip` closes, or a message
 * comes that `sip` has no business to send, every session of ours is removed and the
 * role ends: nobody would be left to end the calls.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "conf_gateway.h"
#include "datapath.h"
#include "dtls_cert.h"
#include "dtls_fp.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "media.h"
#include "roles.h"
#include "timer.h"

#define RETRY_MS	5000	/* how often a missing module is looked for */
#define STATS_MS	1000	/* how often changed counters are told */
#define SECURE_HEAP	65536	/* for OpenSSL's private keys: locked, not dumped */

static struct role_state {
	struct ipc sip, trust;
	struct media *media;
	struct datapath *dp;
	struct timer retry;
	struct timer stats;
	struct media_stats told;
} role = { .sip.fd = -1, .trust.fd = -1 };

/* ---- media → sip ---------------------------------------------------------- */

#define TELL(name, NAME)							\
	static void tell_##name(const struct media_##name *msg, void *arg)	\
	{									\
		uint8_t space[IPC_MAX];						\
		struct wbuf w = ipc_begin(space, NAME);				\
										\
		(void)arg;							\
		media_##name##_put(&w, msg);					\
		ipc_send(&role.sip, &w);	/* a dead channel reports itself */	\
	}
TELL(leg_opened, MEDIA_LEG_OPENED)
TELL(leg_state, MEDIA_LEG_STATE)
TELL(leg_failed, MEDIA_LEG_FAILED)
TELL(ready, MEDIA_READY)
TELL(stats, MEDIA_STATS)
#undef TELL

static void end_role(void *arg)
{
	(void)arg;
	loop_stop(EXIT_FAILURE);
}

static const struct media_ops media_ops = {
	.opened = tell_leg_opened,
	.state = tell_leg_state,
	.failed = tell_leg_failed,
	.out_of_hand = end_role,
};

/* ---- sip → media ---------------------------------------------------------- */

#define TAKE(name, call)							\
	static int take_##name(struct ipc *c, struct rbuf *r, void *arg)	\
	{									\
		struct media_##name msg = { 0 };				\
										\
		(void)c;							\
		(void)arg;							\
		media_##name##_get(r, &msg);					\
		return rbuf_done(r) ? (call) : -EBADMSG;			\
	}
TAKE(leg_open, media_leg_open(role.media, &msg))
TAKE(leg_remote, media_leg_remote(role.media, &msg))
TAKE(leg_fingerprints, media_leg_fingerprints(role.media, &msg, MEDIA_FROM_SIP))
TAKE(leg_pair, media_leg_pair(role.media, &msg))
TAKE(leg_close, media_leg_close(role.media, &msg))
#undef TAKE

static int take_signed(struct ipc *c, struct rbuf *r, void *arg)
{
	struct media_leg_fingerprints msg = { 0 };

	(void)c;
	(void)arg;
	media_leg_fingerprints_get(r, &msg);
	return rbuf_done(r) ? media_leg_fingerprints(role.media, &msg, MEDIA_FROM_TRUST) : -EBADMSG;
}

/* All that it may say. */
static const struct ipc_handler from_trust[] = {
	{ MEDIA_LEG_FINGERPRINTS, "leg-fingerprints", take_signed },
	{ 0 },
};

static const struct ipc_handler from_sip[] = {
	{ MEDIA_LEG_OPEN, "leg-open", take_leg_open },
	{ MEDIA_LEG_REMOTE, "leg-remote", take_leg_remote },
	{ MEDIA_LEG_FINGERPRINTS, "leg-fingerprints", take_leg_fingerprints },
	{ MEDIA_LEG_PAIR, "leg-pair", take_leg_pair },
	{ MEDIA_LEG_CLOSE, "leg-close", take_leg_close },
	{ 0 },
};

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	/* `sip` ends first when all end; whether one should have is the supervisor's to say. */
	log_notice("a role has ended, ending all media", F_STR("role", c->peer));
	loop_stop(EXIT_SUCCESS);
}

/* ---- the datapath --------------------------------------------------------- */

static void on_retry(struct timer *t, void *arg);

/* A module loaded after us is found; calls are refused until then. */
static void open_datapath(bool first)
{
	struct media_ready ready = { 0 };
	struct err e = { 0 };

	if (datapath_kernel_open(&role.dp, &e)) {
		media_use(role.media, NULL, &e);
		timer_start(&role.retry, RETRY_MS, on_retry, NULL);
		ready.code = e.code;
		snprintf(ready.text, sizeof(ready.text), "%.*s", (int)sizeof(ready.text) - 1,
			 err_text(&e));
		if (first)
			log_error("no datapath, calls will be refused", F_STR("reason", err_text(&e)));
	} else {
		media_use(role.media, role.dp, NULL);
		log_notice("datapath is the kernel module", F_HEX("owner", media_owner(role.media)));
	}
	if (first || !ready.code)
		tell_ready(&ready, NULL);
}

static void on_retry(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	open_datapath(false);
}

static void on_stats(struct timer *t, void *arg)
{
	const struct media_stats *now = media_stats(role.media);

	(void)arg;
	if (memcmp(now, &role.told, sizeof(*now)) != 0) {
		role.told = *now;
		tell_stats(now, NULL);
	}
	timer_start(t, STATS_MS, on_stats, NULL);
}

/* ---- start and end -------------------------------------------------------- */

static int certificate(struct dtls_cert *cert, const struct conf_gateway *conf, struct err *e)
{
	char hex[DTLS_FP_TEXT];
	int err;

	if (*conf->certificate)
		err = dtls_cert_load(cert, conf->certificate, conf->private_key, e);
	else
		err = dtls_cert_make(cert, e);
	if (err)
		return err;
	dtls_fp_text(&cert->fingerprint, hex);
	log_notice("certificate", F_STR("made", *conf->certificate ? "configured" : "at start"),
		   F_STR("sha_256", hex));
	return 0;
}

static void on_term(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	log_notice("ending, removing all sessions", F_U64("legs", media_legs(role.media)));
	loop_stop(EXIT_SUCCESS);
}

int role_media_run(const struct role_env *env)
{
	struct dtls_cert cert = { 0 };
	struct err e = { 0 };
	int status = EXIT_FAILURE;

	/* Before the first key: where it works, private keys stay out of swap and dumps. */
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 32) != 1)
		log_warn("OpenSSL's private keys are not in locked memory; raise RLIMIT_MEMLOCK");
	if (certificate(&cert, env->conf, &e))
		goto out;
	role.media = media_new(env->conf, &cert, &media_ops, NULL, &e);
	dtls_cert_free(&cert);		/* the contexts have theirs */
	if (!role.media)
		goto out;
	if (ipc_open(&role.sip, env->sip_fd, "sip", from_sip, on_closed, NULL)) {
		err_set(&e, -EINVAL, "no channel to the sip role");
		goto out;
	}
	if (env->trust_fd >= 0 &&
	    ipc_open(&role.trust, env->trust_fd, "trust", from_trust, on_closed, NULL)) {
		err_set(&e, -EINVAL, "no channel to the trust role");
		goto out;
	}
	role_sandbox();
	/* What the loop restores at its end: told twice to stop is no reason to be killed. */
	signal(ROLE_STOP_SIGNAL, SIG_IGN);
	if (loop_on_signal(ROLE_STOP_SIGNAL, on_term, NULL)) {
		err_set(&e, -EINVAL, "the signal to stop cannot be caught");
		goto out;
	}
	/* After the drop, with the capabilities every later request will have. */
	open_datapath(true);
	timer_start(&role.stats, STATS_MS, on_stats, NULL);
	role_ready();
	status = loop_run();
out:
	if (e.code)
		log_error("media role cannot run", F_STR("reason", err_text(&e)));
	timer_cancel(&role.retry);
	timer_cancel(&role.stats);
	media_free(role.media);
	if (role.dp)
		role.dp->ops->close(role.dp);
	ipc_close(&role.sip);
	ipc_close(&role.trust);
	return status;
}
