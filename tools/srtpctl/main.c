// SPDX-License-Identifier: GPL-2.0-or-later
/* srtpctl: the operator's tool.  Commands are a table; each lives in a file of its group. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

const struct command commands[] = {
	{ "show", "sessions", "[--owner N] [ID...]", "sessions in the kernel; with ID, all about it",
	  OPT_JSON, cmd_show_sessions },
	{ "show", "streams", "ID", "where each SSRC of a session is", OPT_JSON, cmd_show_streams },
	{ "show", "calls", "", "calls of the daemon", OPT_JSON | OPT_SOCKET, cmd_show_calls },
	{ "show", "events", "", "who was verified lately, and who was not and why", OPT_JSON | OPT_SOCKET,
	  cmd_show_events },
	{ "show", "attachments", "", "which packets the module sees without a rule", OPT_JSON,
	  cmd_show_attachments },
	{ "show", "stats", "", "counters of the kernel and of the daemon",
	  OPT_JSON | OPT_SOCKET, cmd_show_stats },
	{ "show", "version", "", "versions, and which cipher drivers the kernel uses",
	  OPT_JSON | OPT_SOCKET, cmd_show_version },
	{ "session", "new", "--local ADDR:PORT [OPTION...]", "create a session by hand",
	  OPT_JSON, cmd_session_new },
	{ "session", "set", "ID OPTION...", "change a session", 0, cmd_session_set },
	{ "session", "del", "ID...", "delete sessions, all of them or none", 0, cmd_session_del },
	{ "session", "flush", "--owner N | --all", "delete the sessions of one owner, or all",
	  OPT_JSON, cmd_session_flush },
	{ "", "attach", "--ports FIRST-LAST | --ingress DEVICE", "let the module see packets without a rule",
	  OPT_JSON, cmd_attach },
	{ "", "detach", "ID", "no longer", 0, cmd_detach },
	{ "", "monitor", "[--count N]", "the kernel's events as they come; with --json one a line",
	  OPT_JSON, cmd_monitor },
	{ "", "hangup", "CALL", "end a call of the daemon", OPT_SOCKET, cmd_hangup },
	{ NULL, NULL, NULL, NULL, 0, NULL },
};

int complain(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("srtpctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int failed(const struct err *e)
{
	int status = ST_REFUSED;

	switch (e->code) {
	case -ENODEV:
		status = ST_NO_MODULE;
		break;
	case -EPROTONOSUPPORT:
		status = ST_VERSION;
		break;
	case -EPERM:
	case -EACCES:
		status = ST_NO_PERMISSION;
		break;
	}
	return complain(status, "%s", err_text(e));
}

int print_json(json_t *j)
{
	int rc;

	if (!j)
		return complain(ST_REFUSED, "out of memory");
	rc = json_dumpf(j, stdout, JSON_INDENT(2));
	json_decref(j);
	if (rc || putchar('\n') == EOF || fflush(stdout))
		return complain(ST_REFUSED, "writing to standard output: %s", strerror(errno));
	return ST_OK;
}

static void usage(FILE *to)
{
	fputs("usage: srtpctl COMMAND [ARGUMENT...]\n\n", to);
	for (const struct command *c = commands; c->name; c++) {
		char text[80];

		snprintf(text, sizeof(text), "%s%s%s %s", c->group, *c->group ? " " : "", c->name,
			 c->arguments);
		fprintf(to, "  %-42s %s\n", text, c->help);
	}
	fputs("\n"
	      "session new and set take:\n"
	      "  --remote ADDR:PORT            where packets go to and come from\n"
	      "  --rx PROFILE, --tx PROFILE    none, AES_CM_128_HMAC_SHA1_80, AEAD_AES_128_GCM\n"
	      "  --rx-key-file FILE|-          master key and salt, in hexadecimal, on one line;\n"
	      "  --tx-key-file FILE|-          '-' is standard input: rx, tx, rx-next, tx-next\n"
	      "  --window PACKETS              replay window of --rx; --tx-window likewise\n"
	      "  --rx-mki HEX                  master key identifier in each packet; --tx-mki\n"
	      "  --rx-limit RTP[,RTCP]         packets that the key may protect; --tx-limit\n"
	      "  --rx-ext-ids 1,3-5            header extensions encrypted (RFC 6904); --tx-ext-ids\n"
	      "  --rx-cryptex off|on|required  the whole of them (RFC 9335); --tx-cryptex\n"
	      "  --rx-next PROFILE             a key to follow, with --rx-next-key-file, -mki, -limit;\n"
	      "  --tx-next PROFILE             likewise\n"
	      "  --switch rx|tx|both           the next key becomes current now\n"
	      "  --overlap SECONDS             how long an rx key stays when the next has taken over\n"
	      "  --rx-stream SSRC[,roc=N][,seq=N][,rtcp=N]   where a stream is; --tx-stream\n"
	      "  --state held|open             may media pass\n"
	      "  --verified yes|no             was the far end's identity verified\n"
	      "  --peer ID, --rtcp-peer ID     relay to this session; 0 for none\n"
	      "  --latch never|authenticated|first\n"
	      "  --owner N, --idle-timeout SECONDS, --max-streams N (new only)\n"
	      "\n"
	      "attach takes:\n"
	      "  --ports FIRST-LAST            local ports of the packets\n"
	      "  --mark VALUE[/MASK]           only those that carry this mark\n"
	      "  --set-mark VALUE[/MASK]       mark what was opened under verified keys\n"
	      "  --ingress DEVICE              relay at the device's ingress hook, past all rules\n"
	      "\n"
	      "  --json            for programs; one JSON value\n"
	      "  --socket PATH     the daemon's control socket (" SOCKET_DEFAULT ")\n"
	      "  --help, --version\n"
	      "\n"
	      "Exit status: 0 done, 1 refused or not found, 2 usage, 3 kernel module not loaded,\n"
	      "4 daemon not running, 5 versions do not match, 6 no permission.\n", to);
}

/* Take the common options out of argv, so that each command sees only its own. */
static int common_options(const struct command *c, int *argc, char **argv, struct common *out)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--json") && c->flags & OPT_JSON) {
			out->json = true;
		} else if (!strncmp(argv[i], "--socket=", 9) && c->flags & OPT_SOCKET) {
			out->socket = argv[i] + 9;
		} else if (!strcmp(argv[i], "--socket") && c->flags & OPT_SOCKET) {
			if (++i == *argc)
				return complain(ST_USAGE, "--socket wants a path");
			out->socket = argv[i];
		} else {
			argv[kept++] = argv[i];
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return ST_OK;
}

int main(int argc, char **argv)
{
	struct common common = { .socket = SOCKET_DEFAULT };
	bool known_group = false;

	if (argc < 2) {
		usage(stderr);
		return ST_USAGE;
	}
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			usage(stdout);
			return ST_OK;
		}
	if (!strcmp(argv[1], "--version")) {
		puts("srtpctl " KSRTP_VERSION);
		return ST_OK;
	}
	for (const struct command *c = commands; c->name; c++) {
		int skip = *c->group ? 2 : 1, status, left = argc - skip;

		if (*c->group && !strcmp(argv[1], c->group)) {
			known_group = true;
			if (argc < 3 || strcmp(argv[2], c->name))
				continue;
		} else if (*c->group || strcmp(argv[1], c->name)) {
			continue;
		}
		status = common_options(c, &left, argv + skip, &common);
		return status ? status : c->fn(left, argv + skip, &common);
	}
	if (known_group && argc > 2)
		return complain(ST_USAGE, "no command '%s %s' (srtpctl --help lists them)",
				argv[1], argv[2]);
	if (known_group)
		return complain(ST_USAGE, "'%s' what? (srtpctl --help lists the commands)", argv[1]);
	return complain(ST_USAGE, "no command '%s' (srtpctl --help lists them)", argv[1]);
}
