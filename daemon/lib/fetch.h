/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Downloads of certificate chains from x5u URLs, by libcurl on the loop.  fetch.c is
 * the only file that makes HTTP requests.
 *
 * Who sends a request chooses the URL, so a download is bounded in every way: https
 * only, no user info, no redirects, no proxy, no address that is not public, five
 * seconds, 64 KiB; what is allowed beyond that is said in struct fetch_conf.  Names are
 * resolved by a struct dns_source, and each address is looked at where the connection
 * is opened, so that a name whose answers change in between gains nothing.
 *
 * Everyone who asks for a URL that is on its way waits for the same download.
 */
#ifndef KSRTP_FETCH_H
#define KSRTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr_scope.h"
#include "dns.h"
#include "http_cache.h"

struct fetch;
struct fetch_job;

#define FETCH_URL_MAX	512
#define FETCH_WAITING	8	/* times @jobs: who may wait for what has not been kept */

/**
 * struct fetch_conf - 0 for a number means the default
 * @hosts: the only hosts that are fetched from, parted by blanks; NULL or "": any
 * @allow_http: plain http too
 * @allow, @nallow: networks that may be reached although they are not public
 * @ca_file: CAs of the web servers, PEM; NULL: the system's
 * @octets: of a body; default 65536
 * @timeout_ms: of a whole download, names and redirects included; default 5000
 * @redirects: to follow, each checked like the first URL
 * @jobs: downloads at a time; default 32, and as many again for what has been kept; a
 *	quarter of them from one corner of the network, of what has not
 * @entries: of the cache; default 256
 * @failed_s: seconds that a failure is remembered; default 30
 */
struct fetch_conf {
	const char *hosts;
	bool allow_http;
	const struct addr_net *allow;
	unsigned int nallow;
	const char *ca_file;
	size_t octets;
	unsigned int timeout_ms, redirects, jobs, entries, failed_s;
	struct dns_source dns;
};

/** fetch_new() - @conf is copied, @conf->allow included. Return: 0, -EINVAL, -ENOMEM. */
int fetch_new(struct fetch **out, const struct fetch_conf *conf, struct err *e);

/** fetch_free() - nobody is answered any more; NULL is fine. */
void fetch_free(struct fetch *f);

/**
 * struct fetched - the answer
 * @err: code 0, or -EINVAL (URL not taken), -EACCES (address not allowed), -ENOENT
 *	(name), -EKEYREJECTED (TLS certificate), -EMSGSIZE, -ETIMEDOUT, -EBADMSG (not
 *	200), -EBUSY (too many at a time), -EIO, with a sentence
 * @data: @len octets and a NUL, until the callee returns, or the next call here
 */
struct fetched {
	struct err err;
	const uint8_t *data;
	size_t len;
};

struct fetch_wait;
typedef void (*fetch_fn)(struct fetch_wait *w, const struct fetched *got, void *arg);

/** struct fetch_wait - embedded in who waits; all private, start zeroed */
struct fetch_wait {
	struct fetch_job *job;		/* NULL when not waiting */
	struct fetch_wait *next, **prev;
	bool kept;
	fetch_fn fn;
	void *arg;
};

/**
 * fetch_get() - from the cache or from the network
 * @now: the answer when it is there already
 *
 * Return: 1: @now is filled in, @fn will not be called; 0: @fn will be called once, not
 * before this returns, unless fetch_cancel() is.
 */
int fetch_get(struct fetch *f, struct fetch_wait *w, const char *url, fetch_fn fn, void *arg,
	      struct fetched *now);

/** fetch_cancel() - not waiting is fine. The download goes on, for the cache. */
void fetch_cancel(struct fetch_wait *w);

/** fetch_keep() - what came from @url verified: its place in the cache is worth more. */
void fetch_keep(struct fetch *f, const char *url);

struct fetch_stats {
	uint64_t requests;	/* sent, redirects included */
	uint64_t failed, shared, revalidated;
	unsigned int running, waiting;	/* now; waiting for what has not been kept */
};

const struct fetch_stats *fetch_stats(const struct fetch *f);
const struct http_cache_stats *fetch_cache_stats(const struct fetch *f);

#endif /* KSRTP_FETCH_H */
