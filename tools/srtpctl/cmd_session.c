// SPDX-License-Identifier: GPL-2.0-or-later
/* session new, set, del, flush: by hand, and for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "session_opts.h"

int cmd_session_new(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c = NULL;
	struct err e = { 0 };
	struct session_request r;
	uint32_t id;
	int status = session_parse(argc, argv, &r);

	if (status)
		return status;
	if (optind < argc)
		return complain(ST_USAGE, "session new: what is '%s'?", argv[optind]);
	if (!(r.s.given & NL_SRTP_LOCAL))
		return complain(ST_USAGE, "session new wants --local ADDRESS:PORT");
	status = session_read_keys(&r);
	if (!status && nl_srtp_open(&c, &e))
		status = failed(&e);
	if (!status && nl_srtp_session_new(c, &r.s, 1, &id, &e))
		status = failed(&e);
	session_wipe(&r);
	nl_srtp_close(c);
	if (status)
		return status;
	if (common->json)
		return print_json(json_pack("{s:I}", "id", (json_int_t)id));
	printf("%u\n", id);
	return ST_OK;
}

static bool id_of(const char *text, uint32_t *id)
{
	uint64_t v;

	if (!opt_number("session id", text, 1, UINT32_MAX, &v))
		return false;
	*id = (uint32_t)v;
	return true;
}

int cmd_session_set(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c = NULL;
	struct err e = { 0 };
	struct session_request r;
	int status = session_parse(argc, argv, &r);

	(void)common;
	if (status)
		return status;
	if (optind + 1 != argc)
		return complain(ST_USAGE, "session set wants one session id");
	if (!id_of(argv[optind], &r.s.id))
		return ST_USAGE;
	if (!r.s.given && !r.s.nstreams)
		return complain(ST_USAGE, "session set: what is to change?");
	r.s.given |= NL_SRTP_ID;
	status = session_read_keys(&r);
	if (!status && nl_srtp_open(&c, &e))
		status = failed(&e);
	if (!status && nl_srtp_session_set(c, &r.s, 1, &e))
		status = failed(&e);
	session_wipe(&r);
	nl_srtp_close(c);
	return status;
}

int cmd_session_del(int argc, char **argv, const struct common *common)
{
	uint32_t ids[SRTP_MAX_SESSIONS_PER_REQUEST];
	struct nl_srtp *c;
	struct err e = { 0 };
	int status = ST_OK, n = argc - 1;

	(void)common;
	if (n < 1 || n > SRTP_MAX_SESSIONS_PER_REQUEST)
		return complain(ST_USAGE, "session del wants one to %d session ids",
				SRTP_MAX_SESSIONS_PER_REQUEST);
	for (int i = 0; i < n; i++)
		if (!id_of(argv[i + 1], &ids[i]))
			return ST_USAGE;
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_session_del(c, ids, (size_t)n, &e))
		status = failed(&e);
	nl_srtp_close(c);
	return status;
}

int cmd_session_flush(int argc, char **argv, const struct common *common)
{
	static const struct option flush_options[] = {
		{ "owner", required_argument, NULL, 'o' },
		{ "all", no_argument, NULL, 'a' },
		{ 0 },
	};
	struct nl_srtp *c;
	struct err e = { 0 };
	uint64_t owner = 0;
	uint32_t count = 0;
	bool all = false;
	int which, status = ST_OK;

	optind = 1;
	while ((which = getopt_long(argc, argv, "", flush_options, NULL)) != -1) {
		if (which == '?')
			return ST_USAGE;
		if (which == 'a')
			all = true;
		else if (!opt_number("--owner", optarg, 1, UINT64_MAX, &owner))
			return ST_USAGE;
	}
	/* Ending every call of the host is not what a forgotten option should do. */
	if (optind < argc || all == (owner != 0))
		return complain(ST_USAGE, "session flush wants --owner N or --all");
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_session_flush(c, owner, &count, &e))
		status = failed(&e);
	nl_srtp_close(c);
	if (status)
		return status;
	if (common->json)
		return print_json(json_pack("{s:I}", "deleted", (json_int_t)count));
	printf("%u deleted\n", count);
	return ST_OK;
}
