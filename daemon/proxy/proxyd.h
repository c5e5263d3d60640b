/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sip-proxyd: registrar, location service and proxy of a domain, in one process.  It
 * is not trusted with anything but reaching people: what it passes on it does not
 * change, and who called whom is proved end to end (RFC 8224).
 *
 *	struct proxyd
 *	 |- sip_stack, sip_proxy	requests under way
 *	 |- location			who is where
 *	 |- users_db, digest_server	who may register
 *	 `- dns				where other domains are
 */
#ifndef KSRTP_PROXYD_H
#define KSRTP_PROXYD_H

#include "conf_proxy.h"
#include "dns.h"
#include "location.h"
#include "sip_digest.h"
#include "sip_proxy.h"
#include "timer.h"
#include "tls_io.h"
#include "users_db.h"

struct proxyd {
	const struct conf_proxy *conf;
	struct sip_stack stack;
	struct sip_proxy proxy;
	struct location *location;
	struct users_db *users;		/* NULL without authentication */
	struct digest_server *digest;
	struct dns *dns;		/* NULL without DNS */
	struct tls_ctx *tls;
	struct timer expire, stop;
	bool stopping;
	struct {
		uint64_t registers, challenges, bindings;
	} stats;
};

/**
 * proxyd_start() - sides, databases, keys; nothing needs privileges afterwards
 * @conf: stays the caller's
 *
 * Return: 0 or -errno with @e; proxyd_end() in both cases.
 */
int proxyd_start(struct proxyd *p, const struct conf_proxy *conf, struct err *e);

/** proxyd_stop() - refuse what is new, call loop_stop(0) when the rest has ended, or soon. */
void proxyd_stop(struct proxyd *p);
void proxyd_end(struct proxyd *p);

/** proxyd_aor() - key of the location service: "sip:user@domain". -EINVAL without a user. */
int proxyd_aor(const struct sip_uri *u, char *out, size_t cap);

/* registrar.c: a REGISTER for one of our domains; answers it. */
void registrar_request(struct proxyd *p, struct sip_proxy_req *r);

/* route.c: anything else; answers or forwards it. route_gone() when it is being freed. */
void route_request(struct proxyd *p, struct sip_proxy_req *r);
void route_gone(struct sip_proxy_req *r);

#endif /* KSRTP_PROXYD_H */
