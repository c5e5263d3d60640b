// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxyd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "sip_tls.h"

#define EXPIRE_MS	60000	/* between two sweeps of what has expired */
#define STOP_MS		2000
#define STOP_POLL_MS	50
#define NONCES		65536

int proxyd_aor(const struct sip_uri *u, char *out, size_t cap)
{
	struct sip_uri plain = *u;
	int rc;

	if (!sip_uri_is_sip(u) || !u->user)
		return -EINVAL;
	/* sip and sips of one user are one (RFC 5630 section 3.2), and our port is no part of it. */
	plain.scheme = "sip";
	plain.port = 0;
	rc = sip_uri_aor(&plain, out, cap);
	return rc < 0 ? rc : 0;
}

/* ---- requests ------------------------------------------------------------------------------- */

static void on_request(struct sip_proxy_req *r, void *arg)
{
	struct proxyd *p = arg;
	const struct sip_msg *m = r->msg;

	if (p->stopping && !m->to_tag && m->method != SIP_ACK) {
		sip_proxy_refuse(r, 503, "Stopping");
		return;
	}
	if (m->method == SIP_REGISTER && !sip_msg_find(m, SIP_HDR_ROUTE, NULL) &&
	    conf_proxy_is_domain(p->conf, m->ruri.host))
		registrar_request(p, r);
	else
		route_request(p, r);
}

static void on_gone(struct sip_proxy_req *r, void *arg)
{
	(void)arg;
	route_gone(r);
}

static const struct sip_proxy_ops ops = { .request = on_request, .gone = on_gone };

/* ---- life ------------------------------------------------------------------------------------- */

static void on_expire(struct timer *t, void *arg)
{
	struct proxyd *p = arg;
	const int n = location_expire(p->location, clock_wall());

	if (n < 0)
		log_error("the location database cannot be written");
	else if (n > 0)
		log_info("registrations expired", F_U64("contacts", n));
	timer_start(t, EXPIRE_MS, on_expire, p);
}

static int add_side(struct proxyd *p, const struct conf_proxy_listen *l, struct err *e)
{
	const struct conf_proxy *c = p->conf;
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
		return sip_udp_add(&p->stack.transp, fd, NULL, e);
	if (l->proto == SIP_TCP)
		return sip_tcp_add(&p->stack.transp, fd, NULL, &stream, e);
	return sip_tls_add(&p->stack.transp, fd, NULL, &stream, p->tls, e);
}

static int start_tls(struct proxyd *p, struct err *e)
{
	const struct conf_proxy *c = p->conf;
	const struct tls_conf tls = {
		.cert = c->certificate, .key = c->private_key,
		.ca = c->ca[0] ? c->ca : NULL, .client = (enum tls_client_cert)c->clients,
	};

	for (unsigned int i = 0; i < c->nlisten; i++)
		if (c->listen[i].proto == SIP_TLS)
			return tls_ctx_new(&p->tls, &tls, e);
	return 0;
}

static int start_users(struct proxyd *p, struct err *e)
{
	struct digest_server_conf digest = {
		.algs = DIGEST_STRONG | (p->conf->md5 ? DIGEST_BIT(DIGEST_MD5) : 0),
		.life = p->conf->nonce_life,
		.max = NONCES,
	};
	char ha1[DIGEST_HEX];
	int rc;

	if (!p->conf->authenticate) {
		log_warn("REGISTER is not authenticated: anybody can register as anybody");
		return 0;
	}
	snprintf(digest.realm, sizeof(digest.realm), "%s", p->conf->realm);
	rc = users_db_open(&p->users, p->conf->users, USERS_DB_READ, e);
	if (rc == 0)
		rc = digest_server_new(&p->digest, &digest, e);
	/* The first question opens what there is to open. */
	if (rc == 0)
		users_db_ha1(p->users, "", p->conf->realm, DIGEST_SHA256, ha1);
	return rc;
}

int proxyd_start(struct proxyd *p, const struct conf_proxy *conf, struct err *e)
{
	const struct sip_proxy_conf proxy = {
		.record_route = conf->record_route, .large_by_tcp = conf->large_by_tcp,
		.hop_timeout = conf->hop_timeout,
	};
	const struct dns_conf dns = {
		.servers = conf->dns_servers[0] ? conf->dns_servers : NULL, .hosts = true,
	};
	struct sip_limits limits = sip_limits_default;
	struct sip_timers timers = sip_timers_default;
	int rc;

	memset(p, 0, sizeof(*p));
	p->conf = conf;
	limits.max_strans = limits.max_ctrans = conf->max_transactions;
	limits.max_strans_per_ip = conf->max_transactions;	/* signers are few addresses */
	timers.trying = 0;	/* DNS may take longer than callers wait */
	rc = sip_stack_init(&p->stack, &timers, &limits, &sip_proxy_tu, &p->proxy);
	if (rc)
		return err_set(e, rc, "no memory for the SIP stack");
	sip_proxy_init(&p->proxy, &p->stack, &proxy, &ops, p);
	rc = start_tls(p, e);
	for (unsigned int i = 0; i < conf->nlisten && rc == 0; i++) {
		const int side = add_side(p, &conf->listen[i], e);

		rc = side < 0 ? side : 0;
	}
	if (rc == 0 && conf->dns)
		rc = dns_new(&p->dns, &dns, e);
	if (rc == 0)
		rc = start_users(p, e);
	if (rc == 0)
		rc = location_open(&p->location, conf->location, e);
	if (rc == 0)
		on_expire(&p->expire, p);
	return rc;
}

static void on_stop(struct timer *t, void *arg)
{
	struct proxyd *p = arg;
	static unsigned int turns;

	if (p->proxy.stats.now == 0 || ++turns > STOP_MS / STOP_POLL_MS)
		loop_stop(EXIT_SUCCESS);
	else
		timer_start(t, STOP_POLL_MS, on_stop, p);
}

void proxyd_stop(struct proxyd *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	log_notice("stopping", F_U64("requests", p->proxy.stats.now));
	timer_start(&p->stop, 0, on_stop, p);
}

void proxyd_end(struct proxyd *p)
{
	timer_cancel(&p->expire);
	timer_cancel(&p->stop);
	if (p->proxy.stack)
		sip_proxy_fini(&p->proxy);
	sip_stack_fini(&p->stack);
	loop_turn(0);
	dns_free(p->dns);
	location_close(p->location);
	users_db_close(p->users);
	digest_server_free(p->digest);
	tls_ctx_free(p->tls);
}
