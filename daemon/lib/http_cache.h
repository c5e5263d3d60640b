/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private cache of HTTP answers (RFC 9111) for certificate chains: bounded, in
 * memory, no I/O.
 *
 * The URLs in it are named by strangers, so room is fought for in three classes: what
 * failed only displaces what failed; what has proved useful (http_cache_keep()) goes
 * last.  Nothing stale is ever given out.
 */
#ifndef KSRTP_HTTP_CACHE_H
#define KSRTP_HTTP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define HTTP_ETAG_MAX	128	/* longer ones are not kept: no revalidation then */

/** struct http_head - of an answer's header fields, those that say how long it keeps */
struct http_head {
	bool no_store, no_cache, vary_any;
	int64_t max_age;	/* seconds; -1: not given */
	int64_t age;		/* seconds; 0: not given */
	int64_t date, expires, last_modified;	/* seconds since 1970; -1: not given */
	bool bad_expires;	/* given, but no date: means past (RFC 9111 section 5.3) */
	char etag[HTTP_ETAG_MAX];
	char modified[40];	/* Last-Modified as it came, for If-Modified-Since */
};

/** http_head_start() - nothing given yet. */
void http_head_start(struct http_head *h);

/** http_head_line() - take in one header line, @len octets, with or without its CRLF. */
void http_head_line(struct http_head *h, const char *line, size_t len);

/**
 * http_lifetime() - seconds that an answer stays fresh, counted from when it came
 * @asked, @came: clock_wall() at the request and at the answer
 *
 * RFC 9111 section 4.2: max-age before Expires; without either a tenth of the time
 * since Last-Modified, but at most an hour, or else a minute.  Its age on the way
 * (section 4.2.3) is taken off.  0: to be asked for anew each time.
 */
int64_t http_lifetime(const struct http_head *h, int64_t asked, int64_t came);

struct http_cache;

/**
 * struct http_cache_conf
 * @entries: at most; a quarter of them may be failures
 * @octets: of all bodies together
 * @most: seconds that anything stays fresh at most
 * @failed: seconds that a failure is remembered; 0: not at all
 */
struct http_cache_conf {
	unsigned int entries;
	size_t octets;
	int64_t most, failed;
};

/**
 * struct http_entry - what is known of a URL
 * @err: 0, or code and text of a failure, without a body then
 * @data: @len octets; the cache's, until the next call that changes it
 * @fresh_until: clock_wall() second from which on it is stale
 */
struct http_entry {
	char *url;
	struct err err;
	uint8_t *data;
	size_t len;
	int64_t fresh_until;
	bool keep;
	char etag[HTTP_ETAG_MAX];
	char modified[40];
	uint64_t hash, used;	/* private */
};

/** http_cache_new() - NULL when memory is out. */
struct http_cache *http_cache_new(const struct http_cache_conf *conf);
void http_cache_free(struct http_cache *c);	/* NULL is fine */

/** http_cache_find() - the entry of @url, fresh or not, or NULL; does not count as a use. */
const struct http_entry *http_cache_find(const struct http_cache *c, const char *url);

/** http_cache_get() - the entry of @url if it is fresh, or NULL. */
const struct http_entry *http_cache_get(struct http_cache *c, const char *url);

/**
 * http_cache_put() - a good answer; replaces what there was
 *
 * Not stored (and what there was is gone) when it must not be or does not fit.
 */
void http_cache_put(struct http_cache *c, const char *url, const struct http_head *h,
		    const void *data, size_t len, int64_t asked);

/** http_cache_renew() - 304: the body there is stays good. Return: its entry, or NULL. */
const struct http_entry *http_cache_renew(struct http_cache *c, const char *url,
					  const struct http_head *h, int64_t asked);

/**
 * http_cache_fail() - @url cannot be had at the moment
 *
 * A body that is there, stale as it is, stays for revalidation; the failure is not
 * remembered then.
 */
void http_cache_fail(struct http_cache *c, const char *url, const struct err *why);

/** http_cache_keep() - what is there at @url has proved useful. */
void http_cache_keep(struct http_cache *c, const char *url);

struct http_cache_stats {
	uint64_t hits, misses, evicted;
	unsigned int entries, failures;
	size_t octets;
};

const struct http_cache_stats *http_cache_stats(const struct http_cache *c);

#endif /* KSRTP_HTTP_CACHE_H */
