/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ctl.c (connections and requests) and ctl_server.c (accepting) share. */
#ifndef KSRTP_CTL_IMPL_H
#define KSRTP_CTL_IMPL_H

#include "ctl.h"
#include "loop.h"
#include "timer.h"

enum request_state { IDLE, RUNNING, LATER };

struct connection;

struct ctl_request {
	struct connection *conn;
	enum request_state state;
	uint64_t id, cursor;
	const struct ctl_op *op;
	json_t *req;
};

struct connection {
	struct ctl_server *server;
	struct connection *next, **prev;
	int fd;			/* -1 when closed; the memory goes at the end of the turn */
	uid_t uid;
	struct loop_watch watch;
	struct timer silence;
	bool eof;		/* the client sends no more */
	bool closing;		/* close when all is sent */
	bool dead;		/* close now */
	struct ctl_request request;
	char in[CTL_LINE_MAX];
	size_t in_len;
	char *out;
	size_t out_len, out_cap;
};

struct ctl_server {
	int fd;
	char *daemon, *version;
	uid_t owner;
	const struct ctl_op *ops;
	void *arg;
	struct loop_watch watch;
	struct timer pause;
	struct connection *list;
};

/**
 * ctl_connection() - begin to serve a client on @fd, which becomes the connection's
 *
 * Return: 0 or -ENOMEM (then @fd is still the caller's).
 */
int ctl_connection(struct ctl_server *s, int fd, uid_t uid);

/** ctl_connection_end() - close; safe from any callback. */
void ctl_connection_end(struct connection *c);

#endif /* KSRTP_CTL_IMPL_H */
