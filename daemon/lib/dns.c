// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * c-ares on the loop.  c-ares may answer from inside the asking call, and cannot take
 * one question back: so each question is an object of its own, which is answered at
 * the end of the loop turn, and which stays until then when it is cancelled.
 */
#include "dns.h"

#include <ares.h>
#include <ares_nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "loop.h"
#include "timer.h"

#define MAX_FDS	16	/* c-ares opens two for each server */

struct watched {
	struct loop_watch watch;
	int fd;			/* -1: free */
};

struct query {
	struct query *next, **prev;
	dns_fn fn;		/* NULL when cancelled */
	void *arg;
	int err;
	struct dns_answer answer;
};

struct dns {
	ares_channel channel;
	struct watched fds[MAX_FDS];
	struct timer timer;
	struct query *queries;
};

static void unlink_query(struct query *q)
{
	if (!q->prev)
		return;
	*q->prev = q->next;
	if (q->next)
		q->next->prev = q->prev;
	q->prev = NULL;
}

/* ---- c-ares' sockets and timer --------------------------------------------- */

static void on_timer(struct timer *t, void *arg);

static void rearm(struct dns *d)
{
	struct timeval tv;

	if (ares_timeout(d->channel, NULL, &tv))
		timer_start(&d->timer, (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1,
			    on_timer, d);
	else
		timer_cancel(&d->timer);
}

static void on_timer(struct timer *t, void *arg)
{
	struct dns *d = arg;

	(void)t;
	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm(d);
}

static void on_fd(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct dns *d = arg;

	(void)w;
	ares_process_fd(d->channel, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
			events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	rearm(d);
}

/* c-ares says what it waits for; before it closes a socket, that it waits for nothing. */
static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	unsigned int events = (readable ? LOOP_READ : 0u) | (writable ? LOOP_WRITE : 0u);
	struct watched *free_slot = NULL;
	struct dns *d = arg;

	for (unsigned int i = 0; i < MAX_FDS; i++) {
		struct watched *w = &d->fds[i];

		if (w->fd == fd && events) {
			loop_watch(&w->watch, fd, events, on_fd, d);
			return;
		}
		if (w->fd == fd) {
			loop_unwatch(&w->watch);
			w->fd = -1;
			return;
		}
		if (w->fd < 0 && !free_slot)
			free_slot = w;
	}
	/* Without a slot, or memory, the question times out. */
	if (events && free_slot && loop_watch(&free_slot->watch, fd, events, on_fd, d) == 0)
		free_slot->fd = fd;
}

/* ---- answers --------------------------------------------------------------- */

static int ares_errno(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return -ENOENT;
	case ARES_ETIMEOUT:
		return -ETIMEDOUT;
	case ARES_ENOMEM:
		return -ENOMEM;
	case ARES_EBADNAME:
	case ARES_EFORMERR:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static void deliver(void *arg)
{
	struct query *q = arg;

	unlink_query(q);
	if (q->fn)
		q->fn(q->arg, q->err, &q->answer);
	free(q);
}

static void answered(struct query *q, int err)
{
	q->err = err ? err : q->answer.n ? 0 : -ENOENT;
	loop_defer(deliver, q);
}

static void on_addrs(void *arg, int status, int timeouts, struct ares_addrinfo *res)
{
	struct query *q = arg;

	(void)timeouts;
	for (struct ares_addrinfo_node *n = res ? res->nodes : NULL; n; n = n->ai_next) {
		struct addr *a = &q->answer.addr[q->answer.n];
		struct sockaddr_storage ss = { 0 };

		if (q->answer.n == DNS_MAX_RECORDS)
			break;
		memcpy(&ss, n->ai_addr, n->ai_addrlen);
		if (addr_from_sockaddr(a, &ss))
			continue;
		a->port = 0;
		q->answer.n++;
	}
	ares_freeaddrinfo(res);
	answered(q, ares_errno(status));
}

static bool put_name(char *out, size_t cap, const char *name)
{
	size_t len = strlen(name);

	while (len && name[len - 1] == '.')
		len--;
	if (len >= cap)
		return false;
	memcpy(out, name, len);
	out[len] = '\0';
	return true;
}

static int take_srv(struct query *q, const uint8_t *reply, int len)
{
	struct ares_srv_reply *list = NULL;
	int status = ares_parse_srv_reply(reply, len, &list);

	for (struct ares_srv_reply *s = list; s && q->answer.n < DNS_MAX_RECORDS; s = s->next) {
		struct dns_srv *to = &q->answer.srv[q->answer.n];

		*to = (struct dns_srv){ s->priority, s->weight, s->port, "" };
		q->answer.n += put_name(to->target, sizeof(to->target), s->host);
	}
	ares_free_data(list);
	return status;
}

static int take_naptr(struct query *q, const uint8_t *reply, int len)
{
	struct ares_naptr_reply *list = NULL;
	int status = ares_parse_naptr_reply(reply, len, &list);

	for (struct ares_naptr_reply *s = list; s && q->answer.n < DNS_MAX_RECORDS; s = s->next) {
		struct dns_naptr *to = &q->answer.naptr[q->answer.n];
		const char *flags = (const char *)s->flags, *service = (const char *)s->service;

		*to = (struct dns_naptr){ .order = s->order, .preference = s->preference,
					  .regexp = s->regexp && s->regexp[0] };
		q->answer.n += strlen(flags) < sizeof(to->flags) && strlen(service) < sizeof(to->service) &&
			       put_name(to->flags, sizeof(to->flags), flags) &&
			       put_name(to->service, sizeof(to->service), service) &&
			       put_name(to->replacement, sizeof(to->replacement), s->replacement);
	}
	ares_free_data(list);
	return status;
}

static void on_reply(void *arg, int status, int timeouts, uint8_t *reply, int len)
{
	struct query *q = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = q->answer.type == DNS_SRV ? take_srv(q, reply, len) : take_naptr(q, reply, len);
	/* An answer that cannot be parsed is the server's fault, not the name's. */
	answered(q, status == ARES_EBADRESP ? -EIO : ares_errno(status));
}

void *dns_ask(void *dns, enum dns_type type, const char *name, dns_fn fn, void *arg)
{
	struct query *q = calloc(1, sizeof(*q));
	struct dns *d = dns;

	if (!q)
		return NULL;
	q->fn = fn;
	q->arg = arg;
	q->answer.type = type;
	q->next = d->queries;
	q->prev = &d->queries;
	if (q->next)
		q->next->prev = &q->next;
	d->queries = q;
	if (strlen(name) >= DNS_NAME_SIZE || !name[0]) {
		answered(q, -EINVAL);
	} else if (type == DNS_A || type == DNS_AAAA) {
		struct ares_addrinfo_hints hints = {
			.ai_flags = ARES_AI_NOSORT, .ai_family = type == DNS_A ? AF_INET : AF_INET6,
		};

		ares_getaddrinfo(d->channel, name, NULL, &hints, on_addrs, q);
	} else {
		ares_query(d->channel, name, ns_c_in, type == DNS_SRV ? ns_t_srv : ns_t_naptr, on_reply, q);
	}
	rearm(d);
	return q;
}

void dns_cancel(void *query)
{
	struct query *q = query;

	q->fn = NULL;
}

/* ---- life ------------------------------------------------------------------ */

int dns_new(struct dns **out, const struct dns_conf *conf, struct err *e)
{
	struct ares_options opt = {
		.flags = ARES_FLAG_NOSEARCH,
		.timeout = conf->timeout_ms ? (int)conf->timeout_ms : 1000,
		.tries = conf->tries ? (int)conf->tries : 2,
		.lookups = (char *)(conf->hosts ? "fb" : "b"),
		.sock_state_cb = on_state,
	};
	struct dns *d = calloc(1, sizeof(*d));
	int status;

	*out = NULL;
	if (!d)
		return err_set(e, -ENOMEM, "no memory for DNS");
	for (unsigned int i = 0; i < MAX_FDS; i++)
		d->fds[i].fd = -1;
	opt.sock_state_cb_data = d;
	status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status == ARES_SUCCESS)
		status = ares_init_options(&d->channel, &opt, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
					   ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
	if (status != ARES_SUCCESS) {
		free(d);
		return err_set(e, -ENOMEM, "DNS: %s", ares_strerror(status));
	}
	if (conf->servers) {
		status = ares_set_servers_ports_csv(d->channel, conf->servers);
		if (status != ARES_SUCCESS) {
			dns_free(d);
			return err_set(e, -EINVAL, "DNS servers \"%s\": %s", conf->servers,
				       ares_strerror(status));
		}
	}
	*out = d;
	return 0;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	while (d->queries) {
		struct query *q = d->queries;

		unlink_query(q);
		q->fn = NULL;
	}
	ares_destroy(d->channel);	/* ends every question; each is freed by deliver() */
	timer_cancel(&d->timer);
	for (unsigned int i = 0; i < MAX_FDS; i++)
		loop_unwatch(&d->fds[i].watch);
	ares_library_cleanup();
	free(d);
}
