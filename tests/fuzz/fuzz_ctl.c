// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client of the control socket may send. Every line that comes back is a JSON
 * object with one of the members that the protocol has, the first one is the hello.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl_impl.h"
#include "err.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ctl_result op_list(struct ctl_request *q, const json_t *req, void *arg)
{
	const json_t *n = json_object_get(req, "n");
	uint64_t *at = ctl_cursor(q);

	(void)arg;
	if (n && !json_is_integer(n))
		return ctl_refuse(q, "bad-request", "n is no number");
	if (*at >= 20 || (json_int_t)*at >= json_integer_value(n))
		return CTL_DONE;
	ctl_send(q, json_pack("{s:{s:I}}", "call", "id", (json_int_t)(*at)++));
	return CTL_MORE;
}

static enum ctl_result op_denied(struct ctl_request *q, const json_t *req, void *arg)
{
	(void)q;
	(void)req;
	(void)arg;
	abort();		/* the peer is not allowed to get here */
}

static enum ctl_result op_later(struct ctl_request *q, const json_t *req, void *arg)
{
	(void)req;
	*(uint64_t *)arg = ctl_id(q);
	return CTL_LATER;
}

static const char *const list_members[] = { "n", NULL };
static const struct ctl_op ops[] = {
	{ "calls", CTL_READ, list_members, op_list },
	{ "hangup", CTL_ADMIN, NULL, op_denied },
	{ "later", CTL_READ, NULL, op_later },
	{ 0 }
};

static void quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_lines(char *text)
{
	static const char *const known[] = { "hello", "call", "end", "error" };
	unsigned int lines = 0;
	char *nl;

	for (; (nl = strchr(text, '\n')); text = nl + 1, lines++) {
		json_t *o = json_loadb(text, (size_t)(nl - text), JSON_REJECT_DUPLICATES, NULL);
		int found = 0;

		for (size_t i = 0; i < 4; i++)
			found += json_object_get(o, known[i]) != NULL;
		require(found == 1 && (json_object_get(o, "hello") != NULL) == (lines == 0));
		json_decref(o);
	}
	require(!*text && lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[1 << 20];
	struct ctl_server *s;
	struct err e = { 0 };
	struct ctl_request *q;
	uint64_t later = 0;
	int listening[2], pair[2];
	size_t len = 0, sent = 0;
	ssize_t n;

	log_hook(quiet, NULL);
	require(loop_init(&e) == 0);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, listening) == 0);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	s = ctl_open(listening[0], "fuzz", "0", 4711, ops, &later, &e);
	require(s && ctl_connection(s, pair[1], 4712) == 0);

	for (unsigned int i = 0; i < 500 && (i < 4 || sent < size); i++) {
		if (sent < size) {
			n = send(pair[0], data + sent, size - sent, MSG_NOSIGNAL);
			if (n < 0)
				sent = size;	/* closed on us */
			else
				sent += (size_t)n;
		}
		loop_turn(0);
		q = ctl_find(s, later);
		if (q)
			ctl_finish(q);
		n = recv(pair[0], out + len, sizeof(out) - 1 - len, 0);
		if (n > 0)
			len += (size_t)n;
	}
	shutdown(pair[0], SHUT_WR);
	for (unsigned int i = 0; i < 5000 && s->list; i++) {
		loop_turn(0);
		q = ctl_find(s, later);
		if (q)
			ctl_finish(q);
		n = recv(pair[0], out + len, sizeof(out) - 1 - len, 0);
		if (n > 0)
			len += (size_t)n;
	}
	require(s->list == NULL);
	while ((n = recv(pair[0], out + len, sizeof(out) - 1 - len, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	if (len < sizeof(out) - 1 && !memchr(out, 0, len))
		check_lines(out);
	else
		require(len == sizeof(out) - 1);
	close(pair[0]);
	close(listening[1]);
	ctl_close(s);
	loop_fini();
	return 0;
}
