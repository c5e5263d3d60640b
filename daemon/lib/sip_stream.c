// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_stream_impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "log.h"

#define READS_PER_WAKE	16	/* then the others have their turn */

/* No number is ever used again, so a flow that is gone is never mistaken for another. */
static uint64_t last_flow;

/* ---- life of a connection ------------------------------------------------------------ */

static void destroy(void *arg)
{
	struct sip_conn *c = arg;

	if (c->stream->io->free)
		c->stream->io->free(c);
	close(c->fd);
	sip_framer_fini(&c->framer);
	free(c->out);
	free(c->name);
	free(c);
}

static void unlink_conn(struct sip_conn *c)
{
	struct sip_stream *s = c->stream;

	c->state = CONN_CLOSED;
	loop_unwatch(&c->watch);
	timer_cancel(&c->deadline);
	timer_cancel(&c->idle);
	hash_remove(&s->by_flow, &c->by_flow);
	hash_remove(&s->by_ip, &c->by_ip);
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->stats.now--;
}

void sip_conn_drop(struct sip_conn *c)
{
	if (c->state == CONN_OPEN && c->stream->io->bye)
		c->stream->io->bye(c);
	unlink_conn(c);
	loop_defer(destroy, c);
}

/* @why is NULL when nothing is wrong with its end. */
static void end(struct sip_conn *c, const char *why)
{
	struct sip_transp *t = c->stream->side->transp;
	char text[ADDR_STRLEN];

	if (c->state == CONN_CLOSED)
		return;
	if (c->state < CONN_OPEN)
		c->stream->stats.failed++;
	else if (c->stream->io->bye)
		c->stream->io->bye(c);
	if (why)
		log_limited(LOG_LVL_WARN, "SIP connection closed",
			    F_STR("remote", addr_str(&c->remote, text)), F_STR("why", why));
	unlink_conn(c);
	if (c->asked && t->flow_closed)
		t->flow_closed(t, c->flow);
	loop_defer(destroy, c);
}

static void end_err(struct sip_conn *c, const char *doing, int rc)
{
	struct err e = { 0 };

	err_set(&e, rc, "%s: %s", doing, strerror(-rc));
	end(c, e.text);
}

static void on_deadline(struct timer *t, void *arg)
{
	(void)t;
	end(arg, "no connection within the time allowed");
}

static void on_idle(struct timer *t, void *arg)
{
	struct sip_conn *c = arg;

	(void)t;
	c->stream->stats.idle++;
	end(c, NULL);
}

static void stir(struct sip_conn *c)
{
	timer_start(&c->idle, c->stream->conf.idle_ms, on_idle, c);
}

static uint64_t ip_key(const struct addr *a)
{
	return hash_bytes(a->ip, addr_ip_len(a));
}

bool sip_conn_has_room(const struct sip_stream *s, const struct addr *remote)
{
	struct hash_node *n = hash_first(&s->by_ip, ip_key(remote));
	uint32_t count = 0;

	for (; n; n = hash_next(n))
		count += addr_ip_equal(&hash_entry(n, struct sip_conn, by_ip)->remote, remote);
	return s->stats.now < s->conf.max_conns && count < s->conf.max_per_ip;
}

static void on_event(struct loop_watch *w, int fd, unsigned int events, void *arg);

static int watch(struct sip_conn *c)
{
	unsigned int want = LOOP_READ;

	if (c->state == CONN_CONNECTING)
		want = LOOP_WRITE;
	else if ((c->state == CONN_OPEN && c->out_len) ||
		 (c->stream->io->wants_write && c->stream->io->wants_write(c)))
		want |= LOOP_WRITE;
	if (want == c->watching)
		return 0;
	c->watching = want;
	return loop_watch(&c->watch, c->fd, want, on_event, c);
}

struct sip_conn *sip_conn_new(struct sip_stream *s, int fd, const struct addr *remote,
				 const char *name, bool outgoing)
{
	const int on = 1;
	struct sip_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	c->stream = s;
	c->fd = fd;
	c->remote = *remote;
	c->outgoing = outgoing;
	c->state = outgoing ? CONN_CONNECTING : CONN_HANDSHAKE;
	c->flow = ++last_flow;
	c->name = name ? strdup(name) : NULL;
	if ((name && !c->name) || (s->io->open && s->io->open(c)))
		goto fail;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (hash_insert(&s->by_flow, &c->by_flow, hash_bytes(&c->flow, sizeof(c->flow))) ||
	    hash_insert(&s->by_ip, &c->by_ip, ip_key(remote)))
		goto fail;
	c->next = s->conns;
	if (c->next)
		c->next->prev = &c->next;
	c->prev = &s->conns;
	s->conns = c;
	s->stats.now++;
	if (watch(c) == 0 &&
	    timer_start(&c->deadline, s->conf.connect_ms, on_deadline, c) == 0)
		return c;
	unlink_conn(c);
fail:
	hash_remove(&s->by_flow, &c->by_flow);
	hash_remove(&s->by_ip, &c->by_ip);
	destroy(c);
	return NULL;
}

/* ---- out --------------------------------------------------------------------------------- */

/* Write what waits. Return: 0, or -errno when the connection has to end. */
static int flush(struct sip_conn *c)
{
	size_t done = 0;

	if (!c->out_len)
		return 0;
	while (done < c->out_len) {
		const ssize_t n = c->stream->io->write(c, c->out + done, c->out_len - done);

		if (n == -EAGAIN)
			break;
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	c->out_len -= done;
	memmove(c->out, c->out + done, c->out_len);
	if (!c->out_len) {
		free(c->out);
		c->out = NULL;
		c->out_cap = 0;
	}
	return 0;
}

static int enqueue(struct sip_conn *c, const void *data, size_t len)
{
	uint8_t *more;

	if (c->out_len + len > c->stream->conf.max_queue)
		return -ENOBUFS;
	if (c->out_len + len > c->out_cap) {
		more = realloc(c->out, c->out_len + len);
		if (!more)
			return -ENOMEM;
		c->out = more;
		c->out_cap = c->out_len + len;
	}
	memcpy(c->out + c->out_len, data, len);
	c->out_len += len;
	return 0;
}

static int put(struct sip_conn *c, const void *data, size_t len)
{
	int rc = enqueue(c, data, len);

	if (rc == -ENOBUFS)
		c->stream->stats.overrun++;
	if (rc == 0 && c->state == CONN_OPEN) {
		stir(c);
		rc = flush(c);
		if (rc == 0)
			rc = watch(c);
	}
	if (rc)
		end_err(c, "sending", rc);
	return rc;
}

struct sip_conn *sip_stream_conn(const struct sip_stream *s, uint64_t flow)
{
	struct hash_node *n = hash_first(&s->by_flow, hash_bytes(&flow, sizeof(flow)));

	for (; n; n = hash_next(n))
		if (hash_entry(n, struct sip_conn, by_flow)->flow == flow)
			return hash_entry(n, struct sip_conn, by_flow);
	return NULL;
}

/* From our own address, whatever the routes say: the far end may know us by it. */
static int start_connect(struct sip_stream *s, const struct addr *to, struct err *e)
{
	const int on = 1;
	struct sockaddr_storage ss;
	struct addr from = s->side->local;
	char text[ADDR_STRLEN];
	socklen_t len;
	int fd, rc;

	fd = socket(to->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, -errno, "no socket: %s", strerror(errno));
	if (!addr_is_any(&from) && from.family == to->family) {
		from.port = 0;
		len = addr_to_sockaddr(&from, &ss);
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&ss, len))
			goto fail;
	}
	len = addr_to_sockaddr(to, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == 0 || errno == EINPROGRESS)
		return fd;
fail:
	rc = -errno;
	close(fd);
	return err_set(e, rc, "cannot connect to %s: %s", addr_str(to, text), strerror(-rc));
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

struct sip_conn *sip_stream_reach(struct sip_stream *s, const struct addr *to, const char *name,
				  struct err *e)
{
	struct hash_node *n = hash_first(&s->by_ip, ip_key(to));
	struct sip_conn *c;
	int fd;

	for (; n; n = hash_next(n)) {
		c = hash_entry(n, struct sip_conn, by_ip);
		if (addr_equal(&c->remote, to) && same_name(c->name, name))
			return c;
	}
	if (!sip_conn_has_room(s, to)) {
		s->stats.refused++;
		err_set(e, -EAGAIN, "too many SIP connections");
		return NULL;
	}
	fd = start_connect(s, to, e);
	if (fd < 0)
		return NULL;
	c = sip_conn_new(s, fd, to, name, true);
	if (!c)
		err_set(e, -ENOMEM, "no memory for a SIP connection");
	return c;
}

int sip_stream_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	struct sip_stream *s = side->impl;
	struct err e = { 0 };
	struct sip_conn *c;

	if (to->flow)
		c = sip_stream_conn(s, to->flow);
	else
		c = sip_stream_reach(s, &to->remote, NULL, &e);
	if (!c)
		return to->flow ? -ENOTCONN : e.code;
	return put(c, data, len);
}

int sip_stream_flow(struct sip_side *side, struct sip_hop *to)
{
	struct sip_stream *s = side->impl;
	struct sip_conn *c = to->flow ? sip_stream_conn(s, to->flow) : NULL;
	struct err e = { 0 };

	if (!c)
		c = sip_stream_reach(s, &to->remote, NULL, &e);
	if (!c)
		return e.code;
	c->asked = true;
	to->flow = c->flow;
	return 0;
}

/* ---- in ------------------------------------------------------------------------------------ */

/* Return: false when the connection has ended. */
static bool take_frames(struct sip_conn *c)
{
	struct sip_side *side = c->stream->side;
	const struct sip_hop from = {
		.side = side->index, .proto = side->ops->proto, .flow = c->flow,
		.remote = c->remote,
	};
	struct sip_frame frame;
	struct err e = { 0 };

	while (c->state == CONN_OPEN) {
		switch (sip_framer_next(&c->framer, &frame, &e)) {
		case SIP_FRAME_NONE:
			return true;
		case SIP_FRAME_MESSAGE:
			stir(c);
			sip_transp_input(side->transp, &from, frame.data, frame.len);
			break;
		case SIP_FRAME_PING:
			c->stream->stats.pings++;
			stir(c);
			put(c, "\r\n", 2);
			break;
		case SIP_FRAME_PONG:
			stir(c);
			break;
		case SIP_FRAME_BROKEN:
			c->stream->stats.broken++;
			end(c, e.text);
			break;
		}
	}
	return false;
}

static void on_readable(struct sip_conn *c)
{
	const struct sip_stream_io *io = c->stream->io;

	for (unsigned int i = 0; i < READS_PER_WAKE || (io->buffered && io->buffered(c)); i++) {
		uint8_t *at;
		const size_t room = sip_framer_room(&c->framer, &at);
		const ssize_t n = room ? io->read(c, at, room) : -ENOMEM;

		if (n == -EAGAIN)
			return;
		if (n < 0) {
			end_err(c, "receiving", (int)n);
			return;
		}
		if (n == 0) {
			end(c, sip_framer_pending(&c->framer) ? "ended within a message" : NULL);
			return;
		}
		sip_framer_added(&c->framer, (size_t)n);
		if (!take_frames(c))
			return;
	}
}

void sip_conn_advance(struct sip_conn *c)
{
	struct sip_stream *s = c->stream;
	struct err e = { 0 };
	int rc = 0;

	if (c->state == CONN_CONNECTING) {
		socklen_t len = sizeof(rc);

		if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &rc, &len))
			rc = errno;
		if (rc) {
			end_err(c, "connecting", -rc);
			return;
		}
		c->state = CONN_HANDSHAKE;
	}
	if (s->io->handshake)
		rc = s->io->handshake(c, &e);
	if (rc && rc != -EAGAIN) {
		end(c, err_text(&e));
		return;
	}
	if (rc == 0) {
		c->state = CONN_OPEN;
		if (c->outgoing)
			s->stats.connected++;
		timer_cancel(&c->deadline);
		stir(c);
		rc = flush(c);
		if (rc) {
			end_err(c, "sending", rc);
			return;
		}
	}
	watch(c);
}

static void on_event(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct sip_conn *c = arg;
	int rc;

	(void)w;
	(void)fd;
	if (c->state < CONN_OPEN)
		sip_conn_advance(c);
	if (c->state != CONN_OPEN)
		return;
	if (events & LOOP_WRITE) {
		rc = flush(c);
		if (rc) {
			end_err(c, "sending", rc);
			return;
		}
	}
	on_readable(c);
	if (c->state == CONN_OPEN)
		watch(c);
}
