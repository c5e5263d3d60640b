// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet is the type (16 bits, network order) and the body.  What the socket
 * does not take waits in a queue of the same packets, each behind its length.
 */
#include "ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "secret.h"

#define HEAD		2
#define QUEUE_MAX	(1u << 20)
#define READS_A_TURN	16	/* then others have their turn */

static void on_ready(struct loop_watch *w, int fd, unsigned int events, void *arg);

int ipc_open(struct ipc *c, int fd, const char *peer, const struct ipc_handler *table,
	     void (*closed)(struct ipc *c, void *arg), void *arg)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->peer = peer;
	c->table = table;
	c->closed = closed;
	c->arg = arg;
	return loop_watch(&c->watch, fd, LOOP_READ, on_ready, c);
}

void ipc_close(struct ipc *c)
{
	if (c->fd < 0)
		return;
	loop_unwatch(&c->watch);
	close(c->fd);
	c->fd = -1;
	if (c->out) {
		secret_wipe(c->out, c->out_cap);
		free(c->out);
	}
	c->out = NULL;
	c->out_len = c->out_cap = 0;
}

static void lost(struct ipc *c)
{
	ipc_close(c);
	c->closed(c, c->arg);
}

static void condemn(struct ipc *c, const char *why, uint16_t type, const char *name)
{
	log_error("channel condemned", F_STR("peer", c->peer), F_STR("why", why),
		  F_U64("type", type), F_STR("name", name));
	lost(c);
}

static void take(struct ipc *c, const uint8_t *packet, size_t len)
{
	struct rbuf r = rbuf_on(packet, len);
	const uint16_t type = rbuf_u16(&r);
	const struct ipc_handler *h;
	int ret;

	if (r.bad || len > IPC_MAX) {
		condemn(c, "no message", type, NULL);
		return;
	}
	for (h = c->table; h->fn; h++) {
		if (h->type == type)
			break;
	}
	if (!h->fn) {
		condemn(c, "this peer may not send it", type, NULL);
		return;
	}
	ret = h->fn(c, &r, c->arg);
	if (c->fd < 0)
		return;		/* the handler closed it */
	if (ret < 0)
		condemn(c, "refused", type, h->name);
	else if (!rbuf_done(&r))
		condemn(c, "malformed", type, h->name);
}

/* Send what waits. Return: 0, also when some is left, or -errno. */
static int flush(struct ipc *c)
{
	size_t done = 0;
	int ret = 0;

	while (done < c->out_len) {
		uint16_t len;

		memcpy(&len, c->out + done, sizeof(len));
		if (send(c->fd, c->out + done + sizeof(len), len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN && errno != ENOBUFS)
				ret = -errno;
			break;
		}
		done += sizeof(len) + len;
	}
	if (done) {
		memmove(c->out, c->out + done, c->out_len - done);
		secret_wipe(c->out + c->out_len - done, done);
		c->out_len -= done;
	}
	return ret;
}

static void on_ready(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct ipc *c = arg;
	uint8_t packet[IPC_MAX + 1];
	ssize_t n = 0;

	if (events & LOOP_WRITE) {
		if (flush(c) < 0) {
			lost(c);
			return;
		}
		if (!c->out_len)
			loop_watch(w, fd, LOOP_READ, on_ready, c);
	}
	for (unsigned int i = 0; i < READS_A_TURN && c->fd >= 0; i++) {
		/* recv(), not recvmsg(): descriptors a peer might attach are dropped. */
		n = recv(c->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n <= 0)
			break;
		take(c, packet, (size_t)n);
		secret_wipe(packet, (size_t)n);
	}
	if (c->fd < 0)
		return;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		log_debug("channel closed by its other end", F_STR("peer", c->peer));
		lost(c);
	}
}

struct wbuf ipc_begin(uint8_t space[IPC_MAX], uint16_t type)
{
	struct wbuf w = wbuf_on(space, IPC_MAX);

	wbuf_u16(&w, type);
	return w;
}

/* The peer does not read, or is gone: let the loop find the channel at its end. */
static int dead(struct ipc *c)
{
	shutdown(c->fd, SHUT_RDWR);
	return -EPIPE;
}

static int enqueue(struct ipc *c, const struct wbuf *body)
{
	const uint16_t len = (uint16_t)body->len;
	const size_t need = c->out_len + sizeof(len) + len;

	if (need > QUEUE_MAX) {
		log_error("peer does not read its messages", F_STR("peer", c->peer));
		return dead(c);
	}
	if (need > c->out_cap) {
		/* Not realloc(), which would leave a copy behind unwiped. */
		size_t cap = c->out_cap ? c->out_cap : 4 * IPC_MAX;
		uint8_t *bigger;

		while (cap < need)
			cap *= 2;
		bigger = malloc(cap);
		if (!bigger)
			return dead(c);	/* a lost message would leave both ends disagreeing */
		if (c->out) {
			memcpy(bigger, c->out, c->out_len);
			secret_wipe(c->out, c->out_cap);
			free(c->out);
		}
		c->out = bigger;
		c->out_cap = cap;
	}
	memcpy(c->out + c->out_len, &len, sizeof(len));
	memcpy(c->out + c->out_len + sizeof(len), body->data, len);
	c->out_len = need;
	if (loop_watch(&c->watch, c->fd, LOOP_READ | LOOP_WRITE, on_ready, c) < 0)
		return dead(c);
	return 0;
}

int ipc_send(struct ipc *c, struct wbuf *body)
{
	ssize_t n;

	if (body->bad || body->len < HEAD || body->len > IPC_MAX)
		return -EMSGSIZE;
	if (c->fd < 0)
		return -EPIPE;
	if (c->out_len)
		return enqueue(c, body);	/* in order */
	do {
		n = send(c->fd, body->data, body->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS)
		return enqueue(c, body);
	return dead(c);
}
