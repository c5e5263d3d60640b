// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections and requests of the control socket; ctl_server.c accepts. */
#include "ctl_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "log.h"

#define OUT_ENOUGH	32768		/* octets waiting at which an operation pauses */
#define OUT_MAX		(1u << 20)
#define STEPS_A_TURN	64		/* calls of an operation, then others have their turn */

static uint64_t last_id;

static void on_ready(struct loop_watch *w, int fd, unsigned int events, void *arg);

void ctl_connection_end(struct connection *c)
{
	if (c->fd < 0)
		return;
	loop_unwatch(&c->watch);
	timer_cancel(&c->silence);
	close(c->fd);
	c->fd = -1;
	json_decref(c->request.req);
	c->request = (struct ctl_request){ .conn = c };
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_cap = 0;
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	loop_defer_free(c);
}

static void on_silence(struct timer *t, void *arg)
{
	(void)t;
	ctl_connection_end(arg);
}

/* The clock runs while we wait for the client, to ask or to read. */
static void restart_silence(struct connection *c)
{
	if (c->request.state == LATER && !c->out_len)
		timer_cancel(&c->silence);
	else if (timer_start(&c->silence, CTL_SILENCE_MS, on_silence, c) < 0)
		c->dead = true;
}

/* Watch for what can happen next. */
static void rewatch(struct connection *c)
{
	unsigned int events = 0;

	if (!c->eof && !c->closing && c->in_len < sizeof(c->in))
		events |= LOOP_READ;
	if (c->out_len || c->request.state == RUNNING)
		events |= LOOP_WRITE;
	if (!events)
		loop_unwatch(&c->watch);	/* a LATER request whose client has finished asking */
	else if (loop_watch(&c->watch, c->fd, events, on_ready, c) < 0)
		c->dead = true;
}

static int append(struct connection *c, const char *p, size_t len)
{
	size_t cap = c->out_cap ? c->out_cap : 4096;
	char *bigger;

	if (c->dead || len > OUT_MAX - c->out_len)
		goto lost;
	while (cap < c->out_len + len)
		cap *= 2;
	if (cap > c->out_cap) {
		bigger = realloc(c->out, cap);
		if (!bigger)
			goto lost;
		c->out = bigger;
		c->out_cap = cap;
	}
	memcpy(c->out + c->out_len, p, len);
	c->out_len += len;
	return 0;
lost:
	c->dead = true;		/* half an answer must not look whole */
	return -EPIPE;
}

static int send_object(struct connection *c, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int ret;

	json_decref(object);
	if (!text || len + 1 > CTL_REPLY_MAX) {
		free(text);
		c->dead = true;
		return text ? -EMSGSIZE : -ENOMEM;
	}
	text[len] = '\n';
	ret = append(c, text, len + 1);
	free(text);
	return ret;
}

static void send_error(struct connection *c, const char *code, const char *text)
{
	send_object(c, json_pack("{s:s, s:s}", "error", text, "code", code));
}

static void flush(struct connection *c)
{
	size_t done = 0;

	while (!c->dead && done < c->out_len) {
		ssize_t n = send(c->fd, c->out + done, c->out_len - done,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->dead = errno != EAGAIN;
			break;
		}
		done += (size_t)n;
	}
	if (!done)
		return;
	memmove(c->out, c->out + done, c->out_len - done);
	c->out_len -= done;
	restart_silence(c);
}

static void request_end(struct connection *c)
{
	json_decref(c->request.req);
	c->request = (struct ctl_request){ .conn = c };
}

/* Let the running operation go on until it has ended or enough waits to be sent. */
static void run_op(struct connection *c)
{
	struct ctl_request *q = &c->request;

	for (unsigned int i = 0; i < STEPS_A_TURN && q->state == RUNNING &&
				 c->out_len < OUT_ENOUGH && !c->dead; i++) {
		switch (q->op->fn(q, q->req, c->server->arg)) {
		case CTL_MORE:
			break;
		case CTL_LATER:
			q->state = LATER;
			timer_cancel(&c->silence);
			break;
		case CTL_DONE:
			send_object(c, json_pack("{s:b}", "end", 1));
			/* fall through */
		case CTL_REFUSED:
			request_end(c);
			break;
		}
		if (c->fd < 0)
			return;
	}
}

static bool knows_member(const struct ctl_op *op, const char *name)
{
	if (strcmp(name, "op") == 0)
		return true;
	for (const char *const *m = op->members; m && *m; m++) {
		if (strcmp(*m, name) == 0)
			return true;
	}
	return false;
}

static void start_op(struct connection *c, const struct ctl_op *op, json_t *req)
{
	const struct ctl_server *s = c->server;
	const char *name;
	json_t *value;
	char text[200];

	if (op->access == CTL_ADMIN && c->uid != 0 && c->uid != s->owner) {
		log_warn("control operation denied", F_STR("op", op->name), F_U64("uid", c->uid));
		snprintf(text, sizeof(text), "%s needs administrative rights; ask as root", op->name);
		send_error(c, "denied", text);
		return;
	}
	json_object_foreach(req, name, value) {
		if (knows_member(op, name))
			continue;
		snprintf(text, sizeof(text), "%s takes no member \"%.64s\"", op->name, name);
		send_error(c, "bad-request", text);
		return;
	}
	c->request = (struct ctl_request){
		.conn = c, .state = RUNNING, .id = ++last_id, .op = op, .req = json_incref(req),
	};
	log_debug("control operation", F_STR("op", op->name), F_U64("uid", c->uid));
	run_op(c);
}

static void take_line(struct connection *c, const char *line, size_t len)
{
	json_t *req = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(req, "op"));
	const struct ctl_op *op;
	char text[160];

	if (!name) {
		send_error(c, "bad-request", "a request is one line with a JSON object that has a string \"op\"");
		c->closing = true;
		goto out;
	}
	for (op = c->server->ops; op->fn; op++) {
		if (strcmp(op->name, name) == 0)
			break;
	}
	if (op->fn) {
		start_op(c, op, req);
	} else {
		snprintf(text, sizeof(text), "there is no operation \"%.64s\" in this version", name);
		send_error(c, "unknown-op", text);
	}
out:
	json_decref(req);
}

/* Take whole lines, as long as nothing is being answered. */
static void take_input(struct connection *c)
{
	while (c->fd >= 0 && !c->dead && !c->closing && c->request.state == IDLE) {
		char line[CTL_LINE_MAX];
		const char *nl = memchr(c->in, '\n', c->in_len);
		size_t len;

		if (!nl) {
			if (c->in_len == sizeof(c->in)) {
				send_error(c, "bad-request", "the request is too long");
				c->closing = true;
			}
			return;
		}
		len = (size_t)(nl - c->in) + 1;
		memcpy(line, c->in, len);
		c->in_len -= len;
		memmove(c->in, c->in + len, c->in_len);
		take_line(c, line, len - 1);
	}
}

static void on_ready(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct connection *c = arg;

	(void)w;
	if (events & LOOP_READ) {
		ssize_t n = recv(fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);

		if (n > 0) {
			c->in_len += (size_t)n;
			restart_silence(c);
		} else if (n == 0) {
			c->eof = true;
		} else if (errno != EAGAIN && errno != EINTR) {
			c->dead = true;
		}
	}
	if (events & LOOP_WRITE)
		flush(c);
	run_op(c);
	take_input(c);
	if (c->fd < 0)
		return;
	flush(c);
	if (!c->dead)
		rewatch(c);
	if (c->dead || (!c->out_len && (c->closing || (c->eof && c->request.state == IDLE))))
		ctl_connection_end(c);
}

int ctl_connection(struct ctl_server *s, int fd, uid_t uid)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->server = s;
	c->fd = fd;
	c->uid = uid;
	c->request.conn = c;
	c->next = s->list;
	c->prev = &s->list;
	if (c->next)
		c->next->prev = &c->next;
	s->list = c;
	send_object(c, json_pack("{s:s, s:s, s:i}", "hello", s->daemon, "version", s->version,
				 "abi", CTL_ABI));
	restart_silence(c);
	rewatch(c);
	if (c->dead)
		ctl_connection_end(c);
	return 0;
}

int ctl_send(struct ctl_request *q, json_t *object)
{
	int ret = send_object(q->conn, object);

	if (q->state == LATER)
		rewatch(q->conn);
	return ret;
}

/* An end that did not come out of run_op(): let the loop send it and go on from there. */
static void ended_later(struct connection *c)
{
	request_end(c);
	restart_silence(c);
	rewatch(c);
	if (c->dead)
		ctl_connection_end(c);
}

enum ctl_result ctl_refuse(struct ctl_request *q, const char *code, const char *fmt, ...)
{
	struct err text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text.text, sizeof(text.text), fmt, ap);
	va_end(ap);
	send_error(q->conn, code ? code : "failed", text.text);
	if (q->state == LATER)
		ended_later(q->conn);
	return CTL_REFUSED;
}

uint64_t *ctl_cursor(struct ctl_request *q)
{
	return &q->cursor;
}

uint64_t ctl_id(const struct ctl_request *q)
{
	return q->id;
}

struct ctl_request *ctl_find(struct ctl_server *s, uint64_t id)
{
	for (struct connection *c = s->list; c; c = c->next) {
		if (c->request.state == LATER && c->request.id == id)
			return &c->request;
	}
	return NULL;
}

void ctl_finish(struct ctl_request *q)
{
	send_object(q->conn, json_pack("{s:b}", "end", 1));
	ended_later(q->conn);
}

uid_t ctl_peer_uid(const struct ctl_request *q)
{
	return q->conn->uid;
}
