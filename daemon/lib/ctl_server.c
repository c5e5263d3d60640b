// SPDX-License-Identifier: GPL-2.0-or-later
/* Accepting control connections, within limits; ctl_listen.c binds the socket. */
#include "ctl_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "log.h"

#define ACCEPT_PAUSE_MS	1000

static void on_connect(struct loop_watch *w, int fd, unsigned int events, void *arg);

static void on_pause_end(struct timer *t, void *arg)
{
	struct ctl_server *s = arg;

	(void)t;
	loop_watch(&s->watch, s->fd, LOOP_READ, on_connect, s);
}

/* Return: why this user may have no further connection, or NULL. */
static const char *too_many(const struct ctl_server *s, uid_t uid)
{
	unsigned int all = 0, same = 0;

	for (const struct connection *c = s->list; c; c = c->next) {
		all++;
		same += c->uid == uid;
	}
	if (all >= CTL_MAX_CONNECTIONS)
		return "too many connections; try again when others have ended";
	if (uid != 0 && same >= CTL_MAX_PER_UID)
		return "too many connections of this user; close one";
	return NULL;
}

static void on_connect(struct loop_watch *w, int listening, unsigned int events, void *arg)
{
	struct ctl_server *s = arg;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	const char *refused;
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0) {
		if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
			return;
		/* The connection stays in the backlog; do not spin on it. */
		log_limited(LOG_LVL_WARN, "no descriptor for a control connection");
		loop_unwatch(w);
		timer_start(&s->pause, ACCEPT_PAUSE_MS, on_pause_end, s);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
		close(fd);
		return;
	}
	refused = too_many(s, peer.uid);
	if (refused || ctl_connection(s, fd, peer.uid) < 0) {
		char line[160];
		int n = snprintf(line, sizeof(line), "{\"error\":\"%s\",\"code\":\"busy\"}\n",
				 refused ? refused : "out of memory");

		if (send(fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			log_debug("control connection refused and gone");
		close(fd);
		return;
	}
}

struct ctl_server *ctl_open(int fd, const char *daemon, const char *version, uid_t owner,
			    const struct ctl_op *ops, void *arg, struct err *e)
{
	struct ctl_server *s = calloc(1, sizeof(*s));

	if (s) {
		s->fd = fd;
		s->owner = owner;
		s->ops = ops;
		s->arg = arg;
		s->daemon = strdup(daemon);
		s->version = strdup(version);
	}
	json_object_seed(0);
	if (!s || !s->daemon || !s->version ||
	    loop_watch(&s->watch, fd, LOOP_READ, on_connect, s) < 0) {
		err_set(e, -ENOMEM, "cannot serve the control socket");
		if (s)
			ctl_close(s);
		else
			close(fd);
		return NULL;
	}
	return s;
}

void ctl_close(struct ctl_server *s)
{
	if (!s)
		return;
	while (s->list)
		ctl_connection_end(s->list);
	loop_unwatch(&s->watch);
	timer_cancel(&s->pause);
	close(s->fd);
	free(s->daemon);
	free(s->version);
	loop_defer_free(s);
}
