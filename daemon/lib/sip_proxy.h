/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction-stateful proxy (RFC 3261 section 16), without an opinion about where
 * requests go: its user gives it targets.
 *
 *	struct sip_proxy			one per stack; is the stack's transaction user
 *	 `- struct sip_proxy_req []		response contexts (section 16.2)
 *	     |- server transaction, template	what came in, and what of it goes out
 *	     |- targets				Request-URIs, each with its hops
 *	     `- branches			one client transaction per target at a time
 *
 *	came in ─> validated, Routes preprocessed ─> ops.request(r)
 *	   sip_proxy_reply(r), sip_proxy_refuse(r): answered here, r is gone; or
 *	   sip_proxy_target(r) ..., sip_proxy_forward(r), now or later
 *	each branch: a copy of r->msg ─> ops.outgoing(r, copy) ─> sent
 *	the first 2xx, or the best of the rest ─> back; ops.gone(r)
 *
 * Targets of one q are tried at once, those of a lower q when all of the higher ones
 * have failed.  Hops of one target are tried one after the other (RFC 3263 section 4.3).
 *
 * An ACK of a 2xx comes by the same way, and is forwarded without state.
 */
#ifndef KSRTP_SIP_PROXY_H
#define KSRTP_SIP_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "sip_trans.h"

#define SIP_PROXY_TARGETS	16
#define SIP_PROXY_HOPS		8
#define SIP_PROXY_DOMAIN	256	/* buffer for a domain name, NUL included */

struct sip_proxy;
struct sip_proxy_req;

/**
 * struct sip_proxy_target - one target (section 16.5)
 * @uri: Request-URI to put in; NULL: as it is
 * @q: 0 to 1000
 * @hop: transport addresses, the preferred one first
 * @domain: whom a TLS hop's certificate has to name; "" elsewhere
 */
struct sip_proxy_target {
	const char *uri;
	unsigned int q;
	struct sip_hop hop[SIP_PROXY_HOPS];
	unsigned int nhops;
	char domain[SIP_PROXY_DOMAIN];
};

/**
 * struct sip_proxy_ops - the user
 * @is_me: does this URI of a Route, or Request-URI of a strict router, mean this server?
 *	NULL: when its host and port are those of a side
 * @request: what to do with it; @r stays until it was answered or forwarded
 * @outgoing: last changes of a branch's copy, which has its Request-URI and routes but no
 *	Via yet; 0, or the code with which the branch ends instead. May be NULL
 * @response: last changes of a response on its way back. May be NULL
 * @gone: @r is being freed: let go of @r->user, and stop looking for targets. May be NULL
 */
struct sip_proxy_ops {
	bool (*is_me)(const struct sip_uri *u, void *arg);
	void (*request)(struct sip_proxy_req *r, void *arg);
	unsigned int (*outgoing)(struct sip_proxy_req *r, struct sip_msg *copy,
				 const struct sip_proxy_target *t, void *arg);
	void (*response)(struct sip_proxy_req *r, struct sip_msg *resp, void *arg);
	void (*gone)(struct sip_proxy_req *r, void *arg);
};

/**
 * struct sip_proxy_conf
 * @record_route: stay in the path of dialogs
 * @timer_c: milliseconds that an INVITE may ring without a further 1xx; more than 3 minutes
 *	by section 16.6, 0 for the default
 * @large_by_tcp: what is larger than 1300 octets and should go by UDP is sent by TCP first,
 *	where there is a side for it (section 18.1.1); by UDP when nobody listens there
 * @hop_timeout: milliseconds without any response, after which the target's next hop is
 *	tried as well; 0: only when the transaction has ended, after 64*T1
 * @impatient: an INVITE's last hop has no more time than that either, and what could not be
 *	reached is answered 504: for a hop that is a part of us, whose failure our user can mend
 * @supported: option tags that Proxy-Require may hold, "a, b"; "" for none
 */
struct sip_proxy_conf {
	bool record_route;
	bool large_by_tcp;
	bool impatient;
	uint32_t timer_c;
	uint32_t hop_timeout;
	const char *supported;
};

struct sip_proxy_stats {
	uint64_t requests, forwarded, branches, failovers;
	uint64_t loops, too_many_hops, acks, acks_dropped;
	uint32_t now;
};

/** struct sip_proxy - @conf and @stats may be read; the rest is private */
struct sip_proxy {
	struct sip_stack *stack;
	struct sip_proxy_conf conf;
	struct sip_proxy_stats stats;
	const struct sip_proxy_ops *ops;
	void *arg;
	struct sip_proxy_req *reqs;
};

/**
 * struct sip_proxy_req - one request on its way
 * @msg: what will be copied for each branch, with its Routes preprocessed (section 16.4);
 *	the user may change it in @request and until it forwards
 * @from: where it came from
 * @st: its server transaction; NULL for an ACK, and when that has ended
 * @user: the user's
 */
struct sip_proxy_req {
	struct sip_proxy *proxy;
	struct sip_msg *msg;
	struct sip_hop from;
	struct sip_strans *st;
	bool record_route;	/* from conf; the user may change it */
	void *user;
	struct sip_proxy_core *core;
};

/** sip_proxy_tu - give this to sip_stack_init(), with a zeroed struct sip_proxy as its tu_arg */
extern const struct sip_tu sip_proxy_tu;

/** sip_proxy_init() - after sip_stack_init(); switches the stack's detect_merged off. */
void sip_proxy_init(struct sip_proxy *p, struct sip_stack *s, const struct sip_proxy_conf *conf,
		    const struct sip_proxy_ops *ops, void *arg);

/** sip_proxy_fini() - before sip_stack_fini(); what is under way is dropped without a word. */
void sip_proxy_fini(struct sip_proxy *p);

/**
 * sip_proxy_next_hop() - the URI whose host decides where @r goes: first Route, else the target
 * @target: its Request-URI, or NULL for the one it has
 * @u: its strings are @r's
 *
 * Return: 0, -EINVAL when @target is no URI, -ENOMEM.
 */
int sip_proxy_next_hop(struct sip_proxy_req *r, const char *target, struct sip_uri *u);

/**
 * sip_proxy_hop() - a hop for an address, by the side of that transport and family
 *
 * Return: 0, or -EPROTONOSUPPORT when there is no such side.
 */
int sip_proxy_hop(const struct sip_proxy *p, enum sip_proto proto, const struct addr *to,
		  struct sip_hop *hop);

/** sip_proxy_target() - one more; copied. 0, -ENOSPC, -EINVAL (no hop, no URI), -ENOMEM. */
int sip_proxy_target(struct sip_proxy_req *r, const struct sip_proxy_target *t);

/** sip_proxy_forward() - send it to its targets; without any, 480. @r is not the user's any more. */
void sip_proxy_forward(struct sip_proxy_req *r);

/** sip_proxy_reply() - answer it finally with @resp (taken over); @r is gone. An ACK is dropped. */
void sip_proxy_reply(struct sip_proxy_req *r, struct sip_msg *resp);

/** sip_proxy_refuse() - the same by code; @reason NULL for the standard's. */
void sip_proxy_refuse(struct sip_proxy_req *r, unsigned int code, const char *reason);

#endif /* KSRTP_SIP_PROXY_H */
