/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SIP side of sip-signerd: a proxy whose requests pass `auth` and `sign` on their way.
 *
 *	struct signer_front
 *	 `- struct front_req []		requests waiting for a role, or for DNS
 *
 *	came in ─> ask ─> (407, 403, 503, ...)
 *	               └> handle ─> sign ─> Identity and Date put in ─> next hop
 *	               └> nothing to sign ──────────────────────────-> next hop
 *
 * An ACK cannot be challenged (RFC 3261 section 22.1), and so is neither asked about
 * nor signed; a CANCEL is answered by the transaction layer.
 */
#ifndef KSRTP_SIGNER_FRONT_H
#define KSRTP_SIGNER_FRONT_H

#include "hash.h"
#include "signer_proto.h"
#include "sip_dns.h"
#include "sip_proxy.h"

#define SIGNER_HOPS		4
#define SIGNER_NAMES_MAX	512
#define SIGNER_ROLE_MS		1500	/* that `auth` and `sign` may take together; then 503 */

/**
 * struct signer_front_conf
 * @realm: of the digest credentials that are for us
 * @bearer: credentials are tokens instead
 * @token: what `sign` makes replaces the credentials, and is no Identity
 * @names: host names that mean us in a Route, parted by blanks
 * @hop, @nhops: where requests without a further Route go, the preferred one first;
 *	without any, to where their Request-URI says
 * @hop_domain: whom the certificate of a TLS hop has to name
 * @dns: for sip_dns_find(); its transports are those we have sides for
 */
struct signer_front_conf {
	char realm[DIGEST_VALUE_MAX];
	bool bearer, token;
	char names[SIGNER_NAMES_MAX];
	struct sip_hop hop[SIGNER_HOPS];
	unsigned int nhops;
	char hop_domain[SIP_PROXY_DOMAIN];
	struct sip_dns_conf dns;
};

/** struct signer_front_ops - where messages go */
struct signer_front_ops {
	void (*ask)(const struct signer_ask *m, void *arg);
	void (*sign)(const struct signer_sign *m, void *arg);
};

struct signer_front_stats {
	uint64_t asked, refused, signed_, unsigned_, acks;
};

/** struct signer_front - @proxy is the tu_arg of the stack, whose tu is sip_proxy_tu */
struct signer_front {
	struct sip_proxy proxy;
	struct signer_front_conf conf;
	const struct signer_front_ops *ops;
	void *arg;
	struct hash_table table;
	uint64_t last_ask;
	struct signer_front_stats stats;
};

/** signer_front_init() - after sip_stack_init() and the sides; @conf is copied. 0 or -ENOMEM. */
int signer_front_init(struct signer_front *f, struct sip_stack *s,
		      const struct sip_proxy_conf *proxy, const struct signer_front_conf *conf,
		      const struct signer_front_ops *ops, void *arg);
void signer_front_fini(struct signer_front *f);

/* Answers. One for a request that is gone is ignored. */
void signer_front_verdict(struct signer_front *f, const struct signer_verdict *m);
void signer_front_signed(struct signer_front *f, const struct signer_signed *m);

/**
 * signer_request_read() - what `auth` has to know of a request
 * @conf: realm and kind of the credentials that are for us
 * @credentials: their header value in @m, or NULL; may itself be NULL
 *
 * Return: 0, or the code to refuse it with, with @e as its reason.
 */
unsigned int signer_request_read(const struct sip_msg *m, const char *ruri,
				 const struct signer_front_conf *conf, struct signer_ask *out,
				 const char **credentials, struct err *e);

/** signer_request_ours() - is this Proxy-Authorization for us? */
bool signer_request_ours(const struct signer_front_conf *conf, const char *value);

#endif /* KSRTP_SIGNER_FRONT_H */
