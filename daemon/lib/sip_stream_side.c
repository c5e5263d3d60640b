// SPDX-License-Identifier: GPL-2.0-or-later
/* Sides of connections: listening, accepting, limits, the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "sip_stream_impl.h"

#define BACKLOG			256
#define ACCEPTS_PER_WAKE	16	/* then the others have their turn */
#define PAUSE_MS		500	/* without descriptors, until accept() is tried again */

const struct sip_stream_conf sip_stream_conf_default = {
	.max_conns = 4096, .max_per_ip = 128, .idle_ms = 600000, .connect_ms = 5000,
	.max_queue = 256 * 1024,
};

static void on_accept(struct loop_watch *w, int fd, unsigned int events, void *arg);

static void resume(struct timer *t, void *arg)
{
	struct sip_stream *s = arg;

	(void)t;
	loop_watch(&s->watch, s->fd, LOOP_READ, on_accept, s);
}

static void on_accept(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct sip_stream *s = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_WAKE; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		struct sip_conn *c;
		struct addr remote;
		const int conn = accept4(fd, (struct sockaddr *)&ss, &len,
					 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn < 0) {
			/* Readable it stays; asking again at once would be a busy loop. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			    errno == ENOBUFS) {
				log_limited(LOG_LVL_WARN, "SIP connections not accepted",
					    F_STR("error", strerrordesc_np(errno)));
				loop_unwatch(w);
				timer_start(&s->pause, PAUSE_MS, resume, s);
			}
			return;
		}
		if (addr_from_sockaddr(&remote, &ss) || !sip_conn_has_room(s, &remote)) {
			s->stats.refused++;
			close(conn);
			continue;
		}
		s->stats.accepted++;
		c = sip_conn_new(s, conn, &remote, NULL, false);
		if (c && !s->io->handshake)
			sip_conn_advance(c);
	}
}

int sip_stream_listen(const struct addr *a, struct err *e)
{
	const int on = 1;
	struct sockaddr_storage ss;
	const socklen_t len = addr_to_sockaddr(a, &ss);
	char text[ADDR_STRLEN];
	int fd, rc;

	fd = socket(a->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		rc = -errno;
		return err_set(e, rc, "no TCP socket for %s: %s", addr_str(a, text), strerror(-rc));
	}
	if (a->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return err_set(e, rc, "cannot listen on TCP %s: %s%s", addr_str(a, text), strerror(-rc),
		       rc == -EADDRINUSE ? " (is another SIP server running?)" :
		       rc == -EADDRNOTAVAIL ? " (no interface has this address)" : "");
}

static void destroy_stream(void *arg)
{
	free(arg);
}

void sip_stream_close(struct sip_side *side)
{
	struct sip_stream *s = side->impl;

	loop_unwatch(&s->watch);
	timer_cancel(&s->pause);
	while (s->conns)
		sip_conn_drop(s->conns);
	if (s->fd >= 0)
		close(s->fd);
	hash_fini(&s->by_flow);
	hash_fini(&s->by_ip);
	side->impl = NULL;
	/* After its connections, which are destroyed in the order given. */
	loop_defer(destroy_stream, s);
}

int sip_stream_add(struct sip_transp *t, int fd, const struct addr *advertised,
		   const struct sip_stream_conf *conf, const struct sip_stream_io *io, void *io_arg,
		   struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct sip_stream *s = calloc(1, sizeof(*s));
	struct addr local = { 0 };
	int index, rc = -ENOMEM;

	if (!s || hash_init(&s->by_flow) || hash_init(&s->by_ip))
		goto fail;
	s->fd = fd;
	s->io = io;
	s->io_arg = io_arg;
	s->conf = conf ? *conf : sip_stream_conf_default;
	if (fd < 0) {
		local = *advertised;
		rc = 0;
	} else {
		rc = getsockname(fd, (struct sockaddr *)&ss, &len) ? -errno :
		     addr_from_sockaddr(&local, &ss);
	}
	if (rc)
		goto fail;
	index = sip_transp_add(t, &io->side, &local, advertised, s);
	rc = index;
	if (rc < 0)
		goto fail;
	s->side = t->side[index];
	rc = fd < 0 ? 0 : loop_watch(&s->watch, fd, LOOP_READ, on_accept, s);
	if (rc == 0)
		return index;
	t->nsides--;
	free(t->side[index]);
fail:
	if (fd >= 0)
		close(fd);
	if (s) {
		hash_fini(&s->by_flow);
		hash_fini(&s->by_ip);
	}
	free(s);
	return err_set(e, rc, "SIP side not added: %s", rc == -EINVAL ?
		       "bound to no particular address, so one to advertise is needed" :
		       strerror(-rc));
}

const struct sip_stream_stats *sip_stream_stats(const struct sip_transp *t, unsigned int side)
{
	if (side >= t->nsides || t->side[side]->ops->close != sip_stream_close)
		return NULL;
	return &((const struct sip_stream *)t->side[side]->impl)->stats;
}
