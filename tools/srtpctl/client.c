// SPDX-License-Identifier: GPL-2.0-or-later
/* Client of the daemon's control socket (docs/ctl-protocol.md). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"

#define PROTOCOL_ABI	1
#define LINE_MAX_OCTETS	65536
#define PATIENCE_S	10

struct client {
	int fd;
	size_t have, used;
	char in[LINE_MAX_OCTETS];
};

static int connect_to(const char *path, struct err *e)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(un.sun_path))
		return err_set(e, -ENAMETOOLONG, "control socket %s: the name is too long", path);
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, -EIO, "control socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&un, sizeof(un)))
		return fd;
	rc = -errno;
	close(fd);
	if (rc == -EACCES || rc == -EPERM)
		return err_set(e, -EACCES, "control socket %s: no permission; run it as root or as "
			       "a member of the socket's group", path);
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return err_set(e, -ENOENT, "srtpd is not running (nobody listens on %s): "
			       "start srtpd, or give --socket", path);
	return err_set(e, rc, "control socket %s: %s", path, strerror(-rc));
}

/* The next line as JSON object, or NULL with @e set. */
static json_t *read_object(struct client *c, struct err *e)
{
	for (;;) {
		char *begin = c->in + c->used, *end = memchr(begin, '\n', c->have - c->used);
		ssize_t got;

		if (end) {
			json_error_t je;
			json_t *o = json_loadb(begin, (size_t)(end - begin),
					       JSON_REJECT_DUPLICATES, &je);

			c->used = (size_t)(end + 1 - c->in);
			if (json_is_object(o))
				return o;
			json_decref(o);
			err_set(e, -EBADMSG, "srtpd sent what is no JSON object");
			return NULL;
		}
		memmove(c->in, begin, c->have - c->used);
		c->have -= c->used;
		c->used = 0;
		if (c->have == sizeof(c->in)) {
			err_set(e, -EMSGSIZE, "srtpd sent a line of more than %d octets",
				LINE_MAX_OCTETS);
			return NULL;
		}
		got = recv(c->fd, c->in + c->have, sizeof(c->in) - c->have, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			err_set(e, -EPIPE, "srtpd closed the connection before its answer was complete");
		else if (got < 0)
			err_set(e, -ETIMEDOUT, "srtpd did not answer within %d s: %s", PATIENCE_S,
				strerror(errno));
		if (got <= 0)
			return NULL;
		c->have += (size_t)got;
	}
}

static int hello(struct client *c, struct err *e)
{
	json_t *o = read_object(c, e), *abi = json_object_get(o, "abi");
	const char *who = json_string_value(json_object_get(o, "hello"));
	const char *refusal = json_string_value(json_object_get(o, "error"));
	int status = ST_OK;

	if (!o)
		status = ST_REFUSED;
	else if (refusal) {
		err_set(e, -EBUSY, "srtpd: %.200s", refusal);
		status = ST_REFUSED;
	} else if (!who || strcmp(who, "srtpd") || !json_is_integer(abi)) {
		err_set(e, -EPROTO, "who listens on the control socket is not srtpd");
		status = ST_REFUSED;
	} else if (json_integer_value(abi) != PROTOCOL_ABI) {
		err_set(e, -EPROTONOSUPPORT, "srtpd speaks version %lld of the control protocol, "
			"srtpctl " KSRTP_VERSION " version %d: install both of one version",
			(long long)json_integer_value(abi), PROTOCOL_ABI);
		status = ST_VERSION;
	}
	json_decref(o);
	return status;
}

int client_try(struct client **out, const char *path, struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));
	int status;

	*out = NULL;
	if (!c) {
		err_set(e, -ENOMEM, "out of memory");
		return ST_REFUSED;
	}
	c->fd = connect_to(path, e);
	if (c->fd == -ENOENT)
		status = ST_NO_DAEMON;
	else if (c->fd == -EACCES)
		status = ST_NO_PERMISSION;
	else
		status = c->fd < 0 ? ST_REFUSED : hello(c, e);
	if (status) {
		client_close(c);
		return status;
	}
	*out = c;
	return ST_OK;
}

int client_open(struct client **out, const char *path)
{
	struct err e = { 0 };
	int status = client_try(out, path, &e);

	return status ? complain(status, "%s", err_text(&e)) : ST_OK;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static int send_line(struct client *c, json_t *request, struct err *e)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t len, sent = 0;

	json_decref(request);
	if (!text)
		return err_set(e, -ENOMEM, "out of memory");
	len = strlen(text);
	text[len++] = '\n';	/* in place of the NUL: it is not a string any more */
	while (sent < len) {
		ssize_t n = send(c->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(text);
			return err_set(e, -EPIPE, "control socket: %s", strerror(errno));
		}
		sent += (size_t)n;
	}
	free(text);
	return 0;
}

int client_request(struct client *c, json_t *request,
		   void (*on_object)(const json_t *o, void *arg), void *arg, struct err *e)
{
	if (send_line(c, request, e))
		return ST_REFUSED;
	for (;;) {
		json_t *o = read_object(c, e), *error;

		if (!o)
			return ST_REFUSED;
		error = json_object_get(o, "error");
		if (error) {
			const char *code = json_string_value(json_object_get(o, "code"));
			int status = code && !strcmp(code, "denied") ? ST_NO_PERMISSION :
				code && !strcmp(code, "unknown-op") ? ST_VERSION : ST_REFUSED;

			err_set(e, -EREMOTEIO, "srtpd: %.200s",
				json_is_string(error) ? json_string_value(error) : "?");
			json_decref(o);
			return status;
		}
		if (json_is_true(json_object_get(o, "end"))) {
			json_decref(o);
			return ST_OK;
		}
		if (on_object)
			on_object(o, arg);
		json_decref(o);
	}
}
