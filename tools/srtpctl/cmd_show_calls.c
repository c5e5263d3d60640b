// SPDX-License-Identifier: GPL-2.0-or-later
/* show calls, and hangup: what the daemon knows. */
#include <stdio.h>

#include "ctl.h"

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s && *s ? s : "-";
}

static void add_json(const json_t *o, void *arg)
{
	json_t *call = json_object_get(o, "call");

	if (call)
		json_array_append((json_t *)arg, call);
}

static void add_row(const json_t *o, void *arg)
{
	const json_t *call = json_object_get(o, "call");
	const json_t *a = json_object_get(call, "a"), *b = json_object_get(call, "b");
	struct table *t = arg;
	long long since = json_integer_value(json_object_get(call, "since_ms")) / 1000;

	if (!json_is_object(call))
		return;
	table_cell(t, "%lld", (long long)json_integer_value(json_object_get(call, "id")));
	table_cell(t, "%s", text_of(call, "state"));
	table_cell(t, "%lld:%02lld:%02lld", since / 3600, since / 60 % 60, since % 60);
	table_cell(t, "%s", text_of(call, "route"));
	table_cell(t, "%s", text_of(a, "uri"));
	table_cell(t, "%s %s", text_of(a, "profile"), text_of(a, "state"));
	table_cell(t, "%s", text_of(b, "uri"));
	table_cell(t, "%s %s", text_of(b, "profile"), text_of(b, "state"));
	table_cell(t, "%s", text_of(call, "identity"));
}

int cmd_show_calls(int argc, char **argv, const struct common *common)
{
	static const char *const heading[] = {
		"CALL", "STATE", "SINCE", "ROUTE", "FROM", "MEDIA", "TO", "MEDIA", "IDENTITY",
	};
	struct err e = { 0 };
	struct client *c;
	struct table t;
	json_t *all;
	int status;

	if (argc > 1)
		return complain(ST_USAGE, "show calls: what is '%s'?", argv[1]);
	status = client_open(&c, common->socket);
	if (status)
		return status;
	if (common->json) {
		all = json_array();
		status = client_request(c, json_pack("{s:s}", "op", "calls"), add_json, all, &e);
		client_close(c);
		if (status) {
			json_decref(all);
			return complain(status, "%s", err_text(&e));
		}
		return print_json(json_pack("{s:o}", "calls", all));
	}
	table_begin(&t, heading, sizeof(heading) / sizeof(heading[0]));
	status = client_request(c, json_pack("{s:s}", "op", "calls"), add_row, &t, &e);
	client_close(c);
	/* What came before an error is still worth a look. */
	if (status) {
		table_end(&t);
		return complain(status, "%s", err_text(&e));
	}
	return table_end(&t);
}

int cmd_hangup(int argc, char **argv, const struct common *common)
{
	struct err e = { 0 };
	struct client *c;
	uint64_t id;
	int status;

	if (argc != 2)
		return complain(ST_USAGE, "hangup wants the id of one call (srtpctl show calls)");
	if (!opt_number("call", argv[1], 1, INT64_MAX, &id))
		return ST_USAGE;
	status = client_open(&c, common->socket);
	if (status)
		return status;
	status = client_request(c, json_pack("{s:s, s:I}", "op", "hangup", "id", (json_int_t)id),
				NULL, NULL, &e);
	client_close(c);
	return status ? complain(status, "%s", err_text(&e)) : ST_OK;
}
