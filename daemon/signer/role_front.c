// SPDX-License-Identifier: GPL-2.0-or-later
/* The role that speaks SIP. It has the key of TLS connections, and no other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_signer.h"
#include "err.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "signer_roles.h"
#include "signer_status.h"
#include "sip_tls.h"

static struct front_role {
	struct sip_stack stack;
	struct signer_front front;
	struct tls_ctx *tls;
	struct dns *dns;
	struct ipc auth, sign;
	struct signer_status status;
	struct ctl_server *ctl;
} role = { .auth.fd = -1, .sign.fd = -1 };

/* ---- messages --------------------------------------------------------------------------- */

static void send_ask(const struct signer_ask *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_ASK);

	(void)arg;
	signer_ask_put(&w, m);
	ipc_send(&role.auth, &w);	/* a dead channel reports itself */
}

static void send_sign(const struct signer_sign *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, SIGNER_SIGN);

	(void)arg;
	signer_sign_put(&w, m);
	ipc_send(&role.sign, &w);
}

static const struct signer_front_ops ops = { .ask = send_ask, .sign = send_sign };

static int take_verdict(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_verdict m;

	(void)c;
	(void)arg;
	signer_verdict_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	signer_front_verdict(&role.front, &m);
	return 0;
}

static int take_signed(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_signed m;

	(void)c;
	(void)arg;
	signer_signed_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	signer_front_signed(&role.front, &m);
	return 0;
}

static int take_counts(struct ipc *c, struct rbuf *r, void *arg)
{
	struct signer_counts m;

	(void)arg;
	signer_counts_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	*(c == &role.auth ? &role.status.auth : &role.status.sign) = m;
	return 0;
}

static const struct ipc_handler from_auth[] = {
	{ SIGNER_COUNTS, "counts", take_counts },
	{ SIGNER_VERDICT, "verdict", take_verdict },
	{ 0 },
};

static const struct ipc_handler from_sign[] = {
	{ SIGNER_COUNTS, "counts", take_counts },
	{ SIGNER_SIGNED, "signed", take_signed },
	{ 0 },
};

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	log_error("a role has ended, ending too", F_STR("role", c->peer));
	loop_stop(EXIT_FAILURE);
}

/* ---- start ------------------------------------------------------------------------------ */

static int add_side(const struct conf_signerd *c, const struct conf_signer_listen *l, struct err *e)
{
	const struct sip_stream_conf stream = {
		.max_conns = c->max_connections,
		.max_per_ip = c->max_connections_per_ip,
		.idle_ms = c->idle_timeout * 1000,
		.connect_ms = sip_stream_conf_default.connect_ms,
		.max_queue = sip_stream_conf_default.max_queue,
	};
	const int fd = l->proto == SIP_UDP ? sip_udp_bind(&l->address, e) :
		       sip_stream_listen(&l->address, e);

	if (fd < 0)
		return fd;
	if (l->proto == SIP_UDP)
		return sip_udp_add(&role.stack.transp, fd, NULL, e);
	if (l->proto == SIP_TCP)
		return sip_tcp_add(&role.stack.transp, fd, NULL, &stream, e);
	return sip_tls_add(&role.stack.transp, fd, NULL, &stream, role.tls, e);
}

static int add_sides(const struct conf_signerd *c, struct err *e)
{
	const struct tls_conf tls = {
		.cert = c->tls_certificate, .key = c->tls_key,
		.ca = c->tls_ca[0] ? c->tls_ca : NULL, .client = (enum tls_client_cert)c->tls_clients,
	};

	for (unsigned int i = 0; i < c->nlisten; i++) {
		int rc = 0;

		if (c->listen[i].proto == SIP_TLS && !role.tls)
			rc = tls_ctx_new(&role.tls, &tls, e);
		if (rc == 0)
			rc = add_side(c, &c->listen[i], e);
		if (rc < 0)
			return e->code ? e->code : err_set(e, rc, "cannot listen");
	}
	return 0;
}

/* What we can reach is what we listen on; the first in the file is what we like best. */
static void use_sides(const struct conf_signerd *c, struct sip_dns_conf *d)
{
	for (unsigned int i = 0; i < c->nlisten; i++) {
		bool known = false;

		for (unsigned int k = 0; k < d->nprotos; k++)
			known = known || d->protos[k] == (enum sip_proto)c->listen[i].proto;
		if (!known)
			d->protos[d->nprotos++] = (enum sip_proto)c->listen[i].proto;
		d->ipv4 = d->ipv4 || c->listen[i].address.family == AF_INET;
		d->ipv6 = d->ipv6 || c->listen[i].address.family == AF_INET6;
	}
}

static int start_front(const struct conf_signerd *c, struct err *e)
{
	static struct signer_front_conf conf;
	const struct sip_proxy_conf proxy = {
		.record_route = c->record_route, .large_by_tcp = c->large_by_tcp,
		.hop_timeout = c->hop_timeout,
		.impatient = c->mode == SIGNER_MODE_AUTH,
	};
	const struct dns_conf dns = {
		.servers = c->dns_servers[0] ? c->dns_servers : NULL, .hosts = true,
	};
	int rc = dns_new(&role.dns, &dns, e);

	if (rc)
		return rc;
	snprintf(conf.realm, sizeof(conf.realm), "%s", c->realm);
	memcpy(conf.names, c->names, sizeof(conf.names));
	memcpy(conf.hop_domain, c->hop_name, sizeof(conf.hop_domain));
	conf.bearer = c->mode == SIGNER_MODE_SIGN;
	conf.token = c->mode == SIGNER_MODE_AUTH;
	conf.dns.dns = dns_source(role.dns);
	use_sides(c, &conf.dns);
	if (signer_front_init(&role.front, &role.stack, &proxy, &conf, &ops, NULL))
		return err_set(e, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < c->nhops; i++)
		if (sip_proxy_hop(&role.front.proxy, (enum sip_proto)c->hop[i].proto,
				  &c->hop[i].address, &role.front.conf.hop[role.front.conf.nhops++]))
			return err_set(e, -EINVAL, "a next hop cannot be reached from any side");
	return 0;
}

static int start(const struct signer_env *env, struct err *e)
{
	struct sip_limits limits = sip_limits_default;
	int rc;

	limits.max_strans = limits.max_ctrans = env->conf->max_transactions;
	rc = sip_stack_init(&role.stack, NULL, &limits, &sip_proxy_tu, &role.front.proxy);
	if (rc == 0)
		rc = add_sides(env->conf, e);
	if (rc == 0)
		rc = start_front(env->conf, e);
	if (rc == 0 && (ipc_open(&role.auth, env->auth, "auth", from_auth, on_closed, NULL) ||
			ipc_open(&role.sign, env->sign, "sign", from_sign, on_closed, NULL)))
		rc = err_set(e, -EINVAL, "no channel to the other roles");
	if (rc == 0 && env->control >= 0) {
		role.status.front = &role.front;
		role.ctl = ctl_open(env->control, "sip-signerd", KSRTP_VERSION, env->owner,
				    signer_status_ops, &role.status, e);
		rc = role.ctl ? 0 : e->code;
	}
	return rc;
}

int signer_front_run(const struct signer_env *env)
{
	struct err e = { 0 };
	int status = EXIT_FAILURE;

	if (start(env, &e)) {
		log_error("cannot start", F_STR("error", err_text(&e)));
		return EXIT_FAILURE;
	}
	role_sandbox();
	status = signer_run();
	log_notice("ending", F_U64("asked", role.front.stats.asked),
		   F_U64("signed", role.front.stats.signed_),
		   F_U64("unsigned", role.front.stats.unsigned_),
		   F_U64("refused", role.front.stats.refused));
	ctl_close(role.ctl);
	signer_front_fini(&role.front);
	sip_stack_fini(&role.stack);
	tls_ctx_free(role.tls);
	dns_free(role.dns);
	ipc_close(&role.auth);
	ipc_close(&role.sign);
	return status;
}
