/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS questions on the loop, by c-ares: no thread, nothing blocks.  dns.c is the only
 * file that knows c-ares.
 *
 * What DNS answers is believed no more than the network is: who is reached is decided
 * by certificates.  Answers are not kept here; a caching resolver belongs beside the
 * daemon.
 */
#ifndef KSRTP_DNS_H
#define KSRTP_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct err;
struct dns;

#define DNS_NAME_SIZE	256	/* buffer for a name, NUL included */
#define DNS_MAX_RECORDS	32	/* of one answer; more are not looked at */

enum dns_type { DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR };

struct dns_srv {
	uint16_t priority, weight, port;
	char target[DNS_NAME_SIZE];	/* "" is the root: service not there (RFC 2782) */
};

struct dns_naptr {
	uint16_t order, preference;
	char flags[8], service[32];	/* what is longer is none that we know, and left out */
	bool regexp;			/* there is one (replacement is not to be used then) */
	char replacement[DNS_NAME_SIZE];
};

/** struct dns_answer - records of one type, in the order they came */
struct dns_answer {
	enum dns_type type;
	unsigned int n;
	union {
		struct addr addr[DNS_MAX_RECORDS];	/* DNS_A, DNS_AAAA; port 0 */
		struct dns_srv srv[DNS_MAX_RECORDS];
		struct dns_naptr naptr[DNS_MAX_RECORDS];
	};
};

/**
 * dns_fn - the answer
 * @err: 0 and then @a has at least one record; -ENOENT: there is none, or no such
 *	name; -EINVAL: not a name; -ETIMEDOUT, -EIO, -ENOMEM
 *
 * @a is the callee's to read until it returns. Never called before the asking
 * function has returned, nor after dns_cancel() or dns_free().
 */
typedef void (*dns_fn)(void *arg, int err, const struct dns_answer *a);

/**
 * struct dns_source - where answers come from: a struct dns, or a test
 * @ask: Return: a handle for @cancel, or NULL when memory is out
 * @cancel: only while no answer has come
 */
struct dns_source {
	void *(*ask)(void *ctx, enum dns_type type, const char *name, dns_fn fn, void *arg);
	void (*cancel)(void *query);
	void *ctx;
};

/**
 * struct dns_conf
 * @servers: "192.0.2.53,[2001:db8::53]:5353"; NULL: those of /etc/resolv.conf
 * @timeout_ms: of one try at one server; 0: 1000
 * @tries: at each server; 0: 2
 * @hosts: look into /etc/hosts first for DNS_A and DNS_AAAA
 */
struct dns_conf {
	const char *servers;
	unsigned int timeout_ms, tries;
	bool hosts;
};

/** dns_new() - Return: 0, -EINVAL for servers that cannot be read, -ENOMEM. */
int dns_new(struct dns **out, const struct dns_conf *conf, struct err *e);

/** dns_free() - nobody is answered any more; NULL is fine. */
void dns_free(struct dns *d);

/** dns_ask(), dns_cancel() - as in struct dns_source; search lists are not used. */
void *dns_ask(void *dns, enum dns_type type, const char *name, dns_fn fn, void *arg);
void dns_cancel(void *query);

static inline struct dns_source dns_source(struct dns *d)
{
	return (struct dns_source){ .ask = dns_ask, .cancel = dns_cancel, .ctx = d };
}

#endif /* KSRTP_DNS_H */
