/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to fetch.c and fetch_http.c. */
#ifndef KSRTP_FETCH_IMPL_H
#define KSRTP_FETCH_IMPL_H

#include <curl/curl.h>

#include "fetch.h"
#include "timer.h"

#define FETCH_ADDRS	8
#define FETCH_HEAD_MAX	16384	/* octets of an answer's header fields */

/**
 * struct fetch_job - one URL on its way
 * @first_url, @url: what was asked for, and where redirects have led
 * @corner: of the network, where @host is; @kept: of proven use, no corner is too full for it
 * @ended: answered or given up; waits for the end of the loop turn
 * @blocked: code is set when an address was refused
 * @easy, @share, @pinned, @headers: the transfer; NULL when none runs
 */
struct fetch_job {
	struct fetch *f;
	struct fetch_job *next, **prev;
	struct fetch_wait *waits;
	char first_url[FETCH_URL_MAX], url[FETCH_URL_MAX];
	char host[DNS_NAME_SIZE], corner[DNS_NAME_SIZE];
	uint16_t port;
	unsigned int redirects;
	bool ended, revalidate, numeric, kept;
	struct err err, blocked;
	struct timer timer;
	void *query[2];
	struct addr addrs[FETCH_ADDRS];
	unsigned int naddrs;

	CURL *easy;
	CURLSH *share;
	struct curl_slist *pinned, *headers;
	struct http_head head;
	size_t head_octets;
	int64_t asked;
	char *body;
	size_t len;
	bool too_large;
	char curl_says[CURL_ERROR_SIZE];
};

struct fetch {
	struct fetch_conf conf;
	struct http_cache *cache;
	struct fetch_job *jobs;
	struct fetch_stats stats;
	CURLM *multi;
	struct timer timer;	/* libcurl's */
	struct fetch_socket *sockets;
};

/* fetch_url.c: fills in @j->url, @host, @port and @corner. Return: 0 or -EINVAL. */
int fetch_url_read(struct fetch_job *j, const char *url, struct err *e);

/* fetch.c */
void fetch_job_start(struct fetch_job *j, const char *url);
bool fetch_address_allowed(struct fetch_job *j, const struct addr *a);
void fetch_job_answered(struct fetch_job *j, long status, const char *redirect);
void fetch_job_end(struct fetch_job *j, const struct err *why);	/* NULL: well */

/* fetch_http.c */
int fetch_http_start(struct fetch *f);
void fetch_http_stop(struct fetch *f);
void fetch_http_send(struct fetch_job *j);	/* to j->addrs; ends in answered() or end() */
void fetch_http_drop(struct fetch_job *j);

#endif /* KSRTP_FETCH_IMPL_H */
