// SPDX-License-Identifier: GPL-2.0-or-later
/* show streams: where each SSRC of a session is, in the words that session set takes */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ctl.h"

struct list {
	struct nl_srtp_stream *s;
	size_t n, room;
};

static int collect(const struct nl_srtp_stream *s, void *arg)
{
	struct list *l = arg;

	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *p = realloc(l->s, room * sizeof(*l->s));

		if (!p)
			return -ENOMEM;
		l->s = p;
		l->room = room;
	}
	l->s[l->n++] = *s;
	return 0;
}

static int in_order(const void *a, const void *b)
{
	const struct nl_srtp_stream *x = a, *y = b;

	if (x->tx != y->tx)
		return x->tx - y->tx;
	return x->ssrc < y->ssrc ? -1 : x->ssrc > y->ssrc;
}

static json_t *known(int64_t v)
{
	return v < 0 ? json_null() : json_integer((json_int_t)v);
}

static int print_streams_json(const struct list *l)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct nl_srtp_stream *s = &l->s[i];

		json_array_append_new(all, json_pack("{s:s, s:I, s:I, s:o, s:o}",
						     "direction", s->tx ? "tx" : "rx",
						     "ssrc", (json_int_t)s->ssrc,
						     "roc", (json_int_t)s->roc,
						     "seq", known(s->seq),
						     "rtcp_index", known(s->rtcp_index)));
	}
	return print_json(json_pack("{s:o}", "streams", all));
}

static void cell(struct table *t, int64_t v)
{
	if (v < 0)
		table_cell(t, "-");
	else
		table_cell(t, "%" PRId64, v);
}

static int print_streams(const struct list *l)
{
	static const char *const heading[] = { "DIRECTION", "SSRC", "ROC", "SEQ", "RTCP-INDEX" };
	struct table t;

	table_begin(&t, heading, sizeof(heading) / sizeof(heading[0]));
	for (size_t i = 0; i < l->n; i++) {
		table_cell(&t, "%s", l->s[i].tx ? "tx" : "rx");
		table_cell(&t, "0x%08x", l->s[i].ssrc);
		table_cell(&t, "%u", l->s[i].roc);
		cell(&t, l->s[i].seq);
		cell(&t, l->s[i].rtcp_index);
	}
	return table_end(&t);
}

int cmd_show_streams(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c = NULL;
	struct err e = { 0 };
	struct list l = { 0 };
	int status = ST_OK, rc = -EINTR;
	uint64_t id;

	if (argc != 2)
		return complain(ST_USAGE, "show streams wants one session id");
	if (!opt_number("session id", argv[1], 1, UINT32_MAX, &id))
		return ST_USAGE;
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	for (int i = 0; i < 5 && rc == -EINTR; i++) {
		l.n = 0;
		rc = nl_srtp_stream_dump(c, (uint32_t)id, collect, &l, &e);
	}
	nl_srtp_close(c);
	if (rc == -ENOMEM)
		status = complain(ST_REFUSED, "out of memory");
	else if (rc)
		status = failed(&e);
	if (l.n)
		qsort(l.s, l.n, sizeof(*l.s), in_order);
	if (!status)
		status = common->json ? print_streams_json(&l) : print_streams(&l);
	free(l.s);
	return status;
}
