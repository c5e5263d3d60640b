/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a SIP request goes: RFC 3263 section 4, without blocking.
 *
 * NAPTR gives transports, SRV hosts and ports, A and AAAA addresses; the result is one
 * list in the order to try.  The caller walks through it as transactions fail (section
 * 4.3: transport error, time-out, 503), one branch each.
 *
 * A DNS that lies sends a request elsewhere, which TLS notices: its certificate has to
 * be good for @domain, the one that was asked about (RFC 5922 section 4), never for
 * what a record led to.
 */
#ifndef KSRTP_SIP_DNS_H
#define KSRTP_SIP_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "dns.h"
#include "sip_msg.h"

struct err;

#define SIP_DNS_TARGETS	32	/* of one lookup; more are not looked at */

/** struct sip_target - one place to try */
struct sip_target {
	enum sip_proto proto;
	struct addr addr;
	char host[DNS_NAME_SIZE];	/* whose address it is, for logs */
};

/**
 * struct sip_targets - all of them, best first
 * @domain: what the peer's TLS certificate has to be good for
 * @next: private to sip_targets_next()
 */
struct sip_targets {
	char domain[DNS_NAME_SIZE];
	unsigned int n, next;
	struct sip_target list[SIP_DNS_TARGETS];
};

/** sip_targets_next() - the next one to try, or NULL when all have been. */
const struct sip_target *sip_targets_next(struct sip_targets *t);

/**
 * struct sip_dns_conf
 * @protos: transports that we can use, the one we like best first
 * @ipv4, @ipv6: families that we can reach; IPv6 comes first
 * @deadline_ms: then what has been found has to do; 0: 4000
 * @random: a number from 0 to @most, for weights (RFC 2782); NULL: a good one
 */
struct sip_dns_conf {
	struct dns_source dns;
	enum sip_proto protos[3];
	unsigned int nprotos;
	bool ipv4, ipv6;
	unsigned int deadline_ms;
	uint32_t (*random)(uint32_t most, void *arg);
	void *random_arg;
};

struct sip_dns;

/**
 * sip_dns_fn - the answer
 * @err: 0 and then @t has at least one target; -ENOENT: the domain has none, or says
 *	that there is no such service; -ETIMEDOUT, -EIO, -ENOMEM
 * @t: the callee's to read until it returns; a copy can be walked through later
 */
typedef void (*sip_dns_fn)(void *arg, int err, const struct sip_targets *t);

/**
 * sip_dns_find() - start to look for the targets of @uri
 * @conf: copied
 * @uri: sip or sips; of it maddr, host, port and transport count
 *
 * @fn is called once, not before this returns, unless sip_dns_cancel() is.
 * Return: 0 with @out set; -EINVAL (scheme, sips over UDP), -EPROTONOSUPPORT (transport
 * or family that we cannot use) with the reason; -ENOMEM.
 */
int sip_dns_find(struct sip_dns **out, const struct sip_dns_conf *conf, const struct sip_uri *uri,
		 sip_dns_fn fn, void *arg, struct err *e);

/** sip_dns_cancel() - only before @fn was called; NULL is fine. */
void sip_dns_cancel(struct sip_dns *l);

/**
 * sip_dns_order() - records of one SRV answer in the order to try, in place
 *
 * RFC 2782: priority ascending; within one priority at random, weighed by weight.
 */
void sip_dns_order(struct dns_srv *list, unsigned int n,
		   uint32_t (*random)(uint32_t most, void *arg), void *arg);

#endif /* KSRTP_SIP_DNS_H */
