// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `sip` role: SIP on one UDP socket a side, calls, the control socket.  It
 * holds no key and no capability.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "b2b.h"
#include "clock.h"
#include "ctl_gateway.h"
#include "leg_trust.h"
#include "log.h"
#include "loop.h"
#include "role.h"
#include "roles.h"
#include "sip_tls.h"
#include "timer.h"

#define STOP_MS		2500	/* of ROLE_STOP_MS, for callers that still owe us an ACK */
#define LINGER_MS	300	/* for answers to the BYEs, so that lost ones are repeated */

struct sip_role {
	struct b2b b2b;
	struct ctl_gateway control;
	struct ctl_server *ctl;
	struct tls_ctx *tls;
	struct timer stop, linger;
};

static int add_sides(struct sip_role *s, struct err *e)
{
	const struct conf_gateway *conf = s->b2b.conf;

	for (unsigned int i = 0; i < conf->nsides; i++) {
		int fd = sip_udp_bind(&conf->side[i].sip, e), index;

		if (fd >= 0)
			index = sip_udp_add(&s->b2b.stack.transp, fd, NULL, e);
		if (fd < 0 || index < 0) {
			err_prefix(e, "side %s", conf->side[i].name);
			return e->code ? e->code : -EIO;
		}
		/* The same number names a side everywhere. */
		if ((unsigned int)index != i)
			return err_set(e, -EINVAL, "sides out of order");
	}
	return 0;
}

/* One side for all signers of a network that are reached the same way. */
static int add_signers(struct sip_role *s, struct err *e)
{
	static const struct sip_stream_conf limits = {
		.max_conns = 64, .max_per_ip = 64, .idle_ms = 600000, .connect_ms = 5000,
		.max_queue = 1024 * 1024,
	};
	const struct conf_gateway *conf = s->b2b.conf;
	const struct tls_conf tls = { .ca = conf->signer_ca };
	struct sip_transp *t = &s->b2b.stack.transp;
	unsigned int side[CONF_MAX_SIDES][2] = { { 0 } };

	for (unsigned int i = 0; i < conf->nsigners; i++) {
		const struct conf_signer *g = &conf->signer[i];
		unsigned int *have = &side[g->side][g->transport == SIP_TLS];
		const struct addr *local = &conf->side[g->side].sip;
		int index;

		if (g->transport == SIP_UDP)
			continue;
		if (g->transport == SIP_TLS && !s->tls && tls_ctx_new(&s->tls, &tls, e))
			return e->code;
		if (!*have) {
			index = g->transport == SIP_TLS ? sip_tls_client(t, local, &limits, s->tls, e) :
							  sip_tcp_client(t, local, &limits, e);
			if (index < 0)
				return index;
			*have = (unsigned int)index;
		}
		s->b2b.signer_side[i] = *have;
	}
	return 0;
}

static void media_gone(struct b2b *b)
{
	(void)b;
	log_error("another role is gone");
	loop_stop(EXIT_FAILURE);
}

static void stop_now(struct timer *t, void *arg)
{
	const struct sip_role *s = arg;

	(void)t;
	if (s->b2b.ncalls)
		log_warn("stopped with calls that did not end", F_U64("calls", s->b2b.ncalls));
	loop_stop(EXIT_SUCCESS);
}

/* The last call is gone; its BYE may still want repeating. */
static void idle(struct b2b *b)
{
	struct sip_role *s = b->arg;

	timer_start(&s->linger, b->stack.stats.ctrans_now ? LINGER_MS : 0, stop_now, s);
}

static void on_term(int signo, void *arg)
{
	struct sip_role *s = arg;

	(void)signo;
	if (s->b2b.stopping)
		return;
	log_notice("stopping", F_U64("calls", s->b2b.ncalls));
	timer_start(&s->stop, STOP_MS, stop_now, s);
	b2b_stop(&s->b2b, idle);
}

static int start(struct sip_role *s, const struct role_env *env, struct err *e)
{
	static struct sip_timers timers;
	int ret;

	/* 100 at once: ports have to be opened first, and the caller shall not repeat. */
	timers = sip_timers_default;
	timers.trying = 0;
	ret = b2b_init(&s->b2b, env->conf, env->media_fd, &timers, env->version, e);
	if (ret)
		return ret;
	s->b2b.arg = s;
	if (env->trust_fd >= 0) {
		ret = b2b_trust(&s->b2b, env->trust_fd, e);
		if (ret)
			return ret;
	}
	s->b2b.media_gone = media_gone;
	ret = add_sides(s, e);
	if (!ret)
		ret = add_signers(s, e);
	if (ret)
		return ret;
	s->control = (struct ctl_gateway){
		.b2b = &s->b2b,
		.version = env->version,
		.started = clock_wall(),
	};
	s->ctl = ctl_open(env->control_fd, "srtpd", env->version, env->owner, ctl_gateway_ops,
			  &s->control, e);
	return s->ctl ? 0 : e->code;
}

int role_sip_run(const struct role_env *env)
{
	static struct sip_role s;
	struct err e = { 0 };
	int status = EXIT_FAILURE;

	if (start(&s, env, &e)) {
		log_error("cannot start", F_STR("why", err_text(&e)));
		return EXIT_FAILURE;
	}
	role_sandbox();
	if (loop_on_signal(ROLE_STOP_SIGNAL, on_term, &s)) {
		log_error("cannot wait for the signal to stop");
		return EXIT_FAILURE;
	}
	role_ready();
	status = loop_run();
	timer_cancel(&s.stop);
	timer_cancel(&s.linger);
	ctl_close(s.ctl);
	b2b_fini(&s.b2b);
	tls_ctx_free(s.tls);
	return status;
}
