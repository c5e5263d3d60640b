// SPDX-License-Identifier: GPL-2.0-or-later
/* show events: what the daemon has decided about who is who. */
#include <stdio.h>
#include <time.h>

#include "ctl.h"

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s && *s ? s : "-";
}

static void add_json(const json_t *o, void *arg)
{
	json_t *event = json_object_get(o, "event");

	if (event)
		json_array_append((json_t *)arg, event);
}

static void add_row(const json_t *o, void *arg)
{
	const json_t *event = json_object_get(o, "event");
	const time_t at = (time_t)json_integer_value(json_object_get(event, "at"));
	struct table *t = arg;
	char text[32] = "-";
	struct tm tm;

	if (!json_is_object(event))
		return;
	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	table_cell(t, "%lld", (long long)json_integer_value(json_object_get(event, "id")));
	table_cell(t, "%s", text);
	table_cell(t, "%lld", (long long)json_integer_value(json_object_get(event, "call")));
	table_cell(t, "%s", text_of(event, "side"));
	table_cell(t, "%s", text_of(event, "verdict"));
	table_cell(t, "%s", text_of(event, "check"));
	table_cell(t, "%s", text_of(event, "identity"));
	table_cell(t, "%s", text_of(event, "why"));
}

int cmd_show_events(int argc, char **argv, const struct common *common)
{
	static const char *const heading[] = {
		"EVENT", "AT", "CALL", "SIDE", "VERDICT", "CHECK", "IDENTITY", "WHY",
	};
	json_t *all = common->json ? json_array() : NULL;
	struct err e = { 0 };
	struct client *c;
	struct table t;
	int status;

	if (argc > 1) {
		json_decref(all);
		return complain(ST_USAGE, "show events: what is '%s'?", argv[1]);
	}
	status = client_open(&c, common->socket);
	if (status) {
		json_decref(all);
		return status;
	}
	if (!all)
		table_begin(&t, heading, sizeof(heading) / sizeof(heading[0]));
	status = client_request(c, json_pack("{s:s}", "op", "events"), all ? add_json : add_row,
				all ? (void *)all : (void *)&t, &e);
	client_close(c);
	if (status && all)
		json_decref(all);
	/* What came before an error is still worth a look. */
	if (status && !all)
		table_end(&t);
	if (status)
		return complain(status, "%s", err_text(&e));
	return all ? print_json(json_pack("{s:o}", "events", all)) : table_end(&t);
}
