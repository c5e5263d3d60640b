// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One HTTP request by libcurl's multi interface, on the loop.  libcurl never resolves a
 * name here: each transfer brings its addresses along, in a DNS cache of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "fetch_impl.h"
#include "loop.h"

/* A socket of libcurl's. */
struct fetch_socket {
	struct loop_watch watch;
	struct fetch_socket *next, **prev;
};

static void fail(struct fetch_job *j, int code, const char *text)
{
	struct err e;

	err_set(&e, code, "%s", text);
	fetch_job_end(j, &e);
}

/* ---- the multi handle on the loop ------------------------------------------- */

static void explain(struct fetch_job *j, CURLcode code)
{
	const char *says = j->curl_says[0] ? j->curl_says : curl_easy_strerror(code);
	struct err e;

	if (j->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		err_set(&e, -EMSGSIZE, "answer larger than %zu octets", j->f->conf.octets);
	} else if (j->blocked.code) {
		e = j->blocked;
	} else {
		err_set(&e, code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM
			? -EKEYREJECTED : code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EIO, "%s", says);
	}
	fetch_job_end(j, &e);
}

static void take_results(struct fetch *f)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct fetch_job *j;
		char *redirect = NULL, url[FETCH_URL_MAX];
		CURLcode code = m->data.result;
		long status = 0;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&j);
		if (code != CURLE_OK) {
			explain(j, code);
			continue;
		}
		curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(j->easy, CURLINFO_REDIRECT_URL, &redirect);
		/* It is the handle's, which is about to go. */
		if (redirect && strlen(redirect) < sizeof(url))
			redirect = memcpy(url, redirect, strlen(redirect) + 1);
		else
			redirect = NULL;
		fetch_job_answered(j, status, redirect);
	}
}

static void act(struct fetch *f, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(f->multi, fd, what, &running);
	take_results(f);
}

static void on_fd(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	(void)w;
	act(arg, fd, (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
		     (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(struct timer *t, void *arg)
{
	(void)t;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	/* Not even 0 ms may act at once: this is called from inside libcurl. */
	if (ms < 0)
		timer_cancel(&f->timer);
	else if (timer_start(&f->timer, (uint64_t)ms, on_timer, f))
		return -1;
	return 0;
}

static void forget_socket(struct fetch_socket *s)
{
	loop_unwatch(&s->watch);
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	loop_defer_free(s);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetch_socket *s = socket_arg;
	struct fetch *f = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			forget_socket(s);
		return 0;
	}
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return -1;
		s->next = f->sockets;
		s->prev = &f->sockets;
		if (s->next)
			s->next->prev = &s->next;
		f->sockets = s;
		curl_multi_assign(f->multi, fd, s);
	}
	return loop_watch(&s->watch, fd, (what & CURL_POLL_IN ? LOOP_READ : 0u) |
			  (what & CURL_POLL_OUT ? LOOP_WRITE : 0u), on_fd, f) ? -1 : 0;
}

int fetch_http_start(struct fetch *f)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	f->multi = curl_multi_init();
	if (!f->multi)
		return -ENOMEM;
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, 8L);
	return 0;
}

void fetch_http_stop(struct fetch *f)
{
	if (!f->multi)
		return;
	curl_multi_cleanup(f->multi);
	timer_cancel(&f->timer);
	while (f->sockets)
		forget_socket(f->sockets);
	curl_global_cleanup();
}

/* ---- one transfer ----------------------------------------------------------- */

/* The last word on where a connection goes, whatever was resolved before. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct sockaddr_storage ss = { 0 };
	struct fetch_job *j = arg;
	struct addr a;

	if (purpose != CURLSOCKTYPE_IPCXN || to->addrlen > sizeof(ss))
		return CURL_SOCKET_BAD;
	memcpy(&ss, &to->addr, to->addrlen);
	if (addr_from_sockaddr(&a, &ss) || !fetch_address_allowed(j, &a))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct fetch_job *j = arg;
	size_t len = size * n;

	j->head_octets += len;
	if (j->head_octets > FETCH_HEAD_MAX) {
		j->too_large = true;
		return 0;
	}
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		http_head_start(&j->head);	/* a 1xx may have been before it */
	else
		http_head_line(&j->head, line, len);
	return len;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_job *j = arg;
	size_t len = size * n;
	char *more;

	if (len > j->f->conf.octets - j->len) {
		j->too_large = true;
		return 0;
	}
	more = realloc(j->body, j->len + len + 1);
	if (!more)
		return 0;
	memcpy(more + j->len, data, len);
	j->body = more;
	j->len += len;
	more[j->len] = '\0';
	return len;
}

/* Called when libcurl is about to resolve a name itself: it was to know all it needs. */
static int no_resolver(void *state, void *reserved, void *arg)
{
	(void)state;
	(void)reserved;
	(void)arg;
	return 1;
}

/* "host:port:address,address": what the name is to mean, for this transfer only. */
static bool pin(struct fetch_job *j)
{
	char text[DNS_NAME_SIZE + 16 + FETCH_ADDRS * (ADDR_STRLEN + 3)], ip[ADDR_STRLEN];
	int n = snprintf(text, sizeof(text), "%s:%u:", j->host, j->port);

	for (unsigned int i = 0; i < j->naddrs; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, j->addrs[i].family == AF_INET6
			      ? "%s[%s]" : "%s%s", i ? "," : "", addr_ip_str(&j->addrs[i], ip));
	j->pinned = j->numeric ? NULL : curl_slist_append(NULL, text);
	j->share = curl_share_init();
	return (j->numeric || j->pinned) && j->share &&
	       curl_share_setopt(j->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK;
}

static bool add_header(struct fetch_job *j, const char *name, const char *value)
{
	char line[HTTP_ETAG_MAX + 40];
	struct curl_slist *more;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	more = curl_slist_append(j->headers, line);
	if (more)
		j->headers = more;
	return more != NULL;
}

/* A stale body that is here is asked about, not asked for. */
static bool set_headers(struct fetch_job *j)
{
	const struct http_entry *n = http_cache_find(j->f->cache, j->first_url);
	bool ok = add_header(j, "Accept",
			     "application/pem-certificate-chain, application/pkix-cert, */*;q=0.5");

	j->revalidate = n && !n->err.code && (n->etag[0] || n->modified[0]) &&
			strcmp(j->url, j->first_url) == 0;
	if (j->revalidate && n->etag[0])
		ok = ok && add_header(j, "If-None-Match", n->etag);
	else if (j->revalidate)
		ok = ok && add_header(j, "If-Modified-Since", n->modified);
	return ok;
}

static bool set_options(struct fetch_job *j)
{
	const struct fetch_conf *c = &j->f->conf;
	CURLcode bad = CURLE_OK;
	CURL *h = j->easy;

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(h, CURLOPT_##option, value)
	SET(URL, j->url);
	SET(PRIVATE, j);
	SET(SHARE, j->share);
	SET(RESOLVE, j->pinned);
	if (!j->numeric)
		SET(RESOLVER_START_FUNCTION, no_resolver);
	SET(HTTPHEADER, j->headers);
	SET(PROTOCOLS_STR, c->allow_http ? "https,http" : "https");
	SET(FOLLOWLOCATION, 0L);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(PROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(NOSIGNAL, 1L);
	SET(USERAGENT, "ksrtp/" KSRTP_VERSION);
	SET(TIMEOUT_MS, (long)timer_left(&j->timer) + 1);
	SET(CONNECTTIMEOUT_MS, (long)timer_left(&j->timer) + 1);
	SET(MAXFILESIZE_LARGE, (curl_off_t)c->octets);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (c->ca_file) {
		SET(CAINFO, c->ca_file);
		SET(CAPATH, NULL);
	}
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, j);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, j);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, j);
	SET(ERRORBUFFER, j->curl_says);
#undef SET
	return bad == CURLE_OK;
}

void fetch_http_send(struct fetch_job *j)
{
	http_head_start(&j->head);
	j->head_octets = j->len = 0;
	j->curl_says[0] = '\0';
	j->asked = clock_wall();
	j->easy = curl_easy_init();
	if (!j->easy || !pin(j) || !set_headers(j) || !set_options(j)) {
		fail(j, -ENOMEM, "cannot set a download up");
		return;
	}
	j->f->stats.requests++;
	if (curl_multi_add_handle(j->f->multi, j->easy) != CURLM_OK)
		fail(j, -ENOMEM, "cannot start a download");
}

void fetch_http_drop(struct fetch_job *j)
{
	if (j->easy) {
		curl_multi_remove_handle(j->f->multi, j->easy);
		curl_easy_cleanup(j->easy);
	}
	if (j->share)
		curl_share_cleanup(j->share);
	curl_slist_free_all(j->pinned);
	curl_slist_free_all(j->headers);
	j->easy = NULL;
	j->share = NULL;
	j->pinned = j->headers = NULL;
}
