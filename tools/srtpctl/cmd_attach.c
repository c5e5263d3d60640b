// SPDX-License-Identifier: GPL-2.0-or-later
/* attach, detach, show attachments: the module's own hooks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include "ctl.h"

enum { O_PORTS = 1, O_MARK, O_SET_MARK, O_INGRESS };

/* "FIRST-LAST" or "PORT" */
static bool opt_ports(const char *text, struct nl_srtp_attachment *a)
{
	char first[8];
	size_t n = strcspn(text, "-");
	uint64_t v;

	if (!n || n >= sizeof(first))
		return complain(ST_USAGE, "--ports: '%s' is not PORT or FIRST-LAST", text), false;
	memcpy(first, text, n);
	first[n] = '\0';
	if (!opt_number("--ports", first, 1, 65535, &v))
		return false;
	a->first = a->last = (uint16_t)v;
	if (!text[n])
		return true;
	if (!opt_number("--ports", text + n + 1, a->first, 65535, &v))
		return false;
	a->last = (uint16_t)v;
	return true;
}

/* "VALUE/MASK", or "VALUE" for all bits, as iptables has it. */
static bool opt_mark(const char *name, const char *text, uint32_t *value, uint32_t *mask)
{
	char first[16];
	size_t n = strcspn(text, "/");
	uint64_t v, m = UINT32_MAX;

	if (!n || n >= sizeof(first))
		return complain(ST_USAGE, "%s: '%s' is not VALUE or VALUE/MASK", name, text), false;
	memcpy(first, text, n);
	first[n] = '\0';
	if (!opt_number(name, first, 0, UINT32_MAX, &v) ||
	    (text[n] && !opt_number(name, text + n + 1, 1, UINT32_MAX, &m)))
		return false;
	if (v & ~m)
		return complain(ST_USAGE, "%s: %#" PRIx64 " has bits outside of %#" PRIx64, name, v,
				m), false;
	*value = (uint32_t)v;
	*mask = (uint32_t)m;
	return true;
}

static bool opt_device(const char *text, uint32_t *ifindex)
{
	*ifindex = if_nametoindex(text);
	if (!*ifindex)
		return complain(ST_USAGE, "--ingress: no device '%s' in this network namespace", text),
		       false;
	return true;
}

int cmd_attach(int argc, char **argv, const struct common *common)
{
	static const struct option options[] = {
		{ "ports", required_argument, NULL, O_PORTS },
		{ "mark", required_argument, NULL, O_MARK },
		{ "set-mark", required_argument, NULL, O_SET_MARK },
		{ "ingress", required_argument, NULL, O_INGRESS },
		{ 0 },
	};
	struct nl_srtp_attachment a = { 0 };
	struct nl_srtp *c;
	struct err e = { 0 };
	uint32_t id = 0;
	int which, status = ST_OK;

	optind = 1;
	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (which == '?' || (which == O_PORTS && !opt_ports(optarg, &a)) ||
		    (which == O_MARK && !opt_mark("--mark", optarg, &a.mark, &a.mask)) ||
		    (which == O_SET_MARK &&
		     !opt_mark("--set-mark", optarg, &a.set_mark, &a.set_mask)) ||
		    (which == O_INGRESS && !opt_device(optarg, &a.ifindex)))
			return ST_USAGE;
	}
	if (optind < argc)
		return complain(ST_USAGE, "attach: what is '%s'?", argv[optind]);
	if (!a.first && !a.ifindex)
		return complain(ST_USAGE, "attach wants --ports FIRST-LAST or --ingress DEVICE");
	if (a.ifindex && (a.first || a.mask || a.set_mask))
		return complain(ST_USAGE, "--ingress goes with no other option");
	if (a.set_mask && !a.set_mark)
		return complain(ST_USAGE, "--set-mark: 0 is what all other packets have");
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_attach(c, &a, &id, &e))
		status = failed(&e);
	nl_srtp_close(c);
	if (status)
		return status;
	if (common->json)
		return print_json(json_pack("{s:I}", "id", (json_int_t)id));
	printf("%u\n", id);
	return ST_OK;
}

int cmd_detach(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c;
	struct err e = { 0 };
	int status = ST_OK;
	uint64_t id;

	(void)common;
	if (argc != 2)
		return complain(ST_USAGE, "detach wants one id; 'srtpctl show attachments' tells it");
	if (!opt_number("attachment id", argv[1], 1, UINT32_MAX, &id))
		return ST_USAGE;
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_detach(c, (uint32_t)id, &e))
		status = failed(&e);
	nl_srtp_close(c);
	return status;
}

struct listing {
	struct table table;
	json_t *json;		/* or a table */
};

static json_t *mark_json(uint32_t value, uint32_t mask)
{
	return mask ? json_pack("{s:I, s:I}", "value", (json_int_t)value, "mask",
				(json_int_t)mask) : json_null();
}

static void mark_cell(struct table *t, uint32_t value, uint32_t mask)
{
	if (mask)
		table_cell(t, "%#x/%#x", value, mask);
	else
		table_cell(t, "-");
}

/* Its name, or its number when it has just gone. */
static const char *device(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (!if_indextoname(ifindex, name))
		snprintf(name, IF_NAMESIZE, "%u", ifindex);
	return name;
}

static void device_row(struct listing *l, const struct nl_srtp_attachment *a)
{
	char name[IF_NAMESIZE];

	if (l->json) {
		json_array_append_new(l->json, json_pack("{s:I, s:s, s:I}", "id", (json_int_t)a->id,
				      "ingress", device(a->ifindex, name),
				      "packets", (json_int_t)a->packets));
		return;
	}
	table_cell(&l->table, "%u", a->id);
	table_cell(&l->table, "-");
	table_cell(&l->table, "-");
	table_cell(&l->table, "-");
	table_cell(&l->table, "%s", device(a->ifindex, name));
	table_cell(&l->table, "%" PRIu64, a->packets);
}

static int on_each(const struct nl_srtp_attachment *a, void *arg)
{
	struct listing *l = arg;

	if (a->ifindex) {
		device_row(l, a);
		return 0;
	}
	if (l->json) {
		json_array_append_new(l->json, json_pack("{s:I, s:[ii], s:o, s:o}",
				      "id", (json_int_t)a->id, "ports", a->first, a->last,
				      "mark", mark_json(a->mark, a->mask),
				      "set_mark", mark_json(a->set_mark, a->set_mask)));
		return 0;
	}
	table_cell(&l->table, "%u", a->id);
	table_cell(&l->table, "%u-%u", a->first, a->last);
	mark_cell(&l->table, a->mark, a->mask);
	mark_cell(&l->table, a->set_mark, a->set_mask);
	table_cell(&l->table, "-");
	table_cell(&l->table, "-");
	return 0;
}

int cmd_show_attachments(int argc, char **argv, const struct common *common)
{
	static const char *const heading[] = { "ID", "PORTS", "MARK", "SET-MARK", "INGRESS", "PACKETS" };
	struct listing l = { .json = common->json ? json_array() : NULL };
	struct nl_srtp *c;
	struct err e = { 0 };
	int rc;

	if (argc > 1)
		return complain(ST_USAGE, "show attachments: what is '%s'?", argv[1]);
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	table_begin(&l.table, heading, 6);
	rc = nl_srtp_attach_dump(c, on_each, &l, &e);
	nl_srtp_close(c);
	if (common->json) {
		free(l.table.cells);
		if (rc) {
			json_decref(l.json);
			return failed(&e);
		}
		return print_json(json_pack("{s:o}", "attachments", l.json));
	}
	if (rc) {
		free(l.table.cells);
		return failed(&e);
	}
	return table_end(&l.table);
}
