// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-signerd: arguments, configuration checked, users by command, or roles. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "ctl.h"
#include "conf_signer.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "privs.h"
#include "role.h"
#include "signer_roles.h"
#include "signer_status.h"
#include "signer_users.h"

#define DEFAULT_CONFIG "/etc/ksrtp/sip-signerd.conf"

enum { OPT_CHECK = 256, OPT_VERSION, OPT_HELP, OPT_FOREGROUND, OPT_ROLE, OPT_FD };

struct arguments {
	const char *config;
	bool check;
	int level;			/* -1: as configured */
	const char *level_name;
	const char *role;		/* what follows is the supervisor's to give */
	const char *fds[ROLE_MAX_FDS];
	unsigned int nfds;
	char command;			/* 'u'ser, 's'tatus; 0: be a daemon */
	char **words;			/* behind it */
	int nwords;
};

static void usage(FILE *to)
{
	fputs("usage: sip-signerd [-c FILE] [--check-config] [--log-level LEVEL] [--foreground]\n"
	      "       sip-signerd [-c FILE] user COMMAND ...\n"
	      "       sip-signerd [-c FILE] status [--json]\n"
	      "\n"
	      "Trusted provider: authenticates users and signs their requests (RFC 8224).\n"
	      "\n"
	      "  -c, --config FILE   configuration, " DEFAULT_CONFIG " when not given\n"
	      "      --check-config  say what is wrong in it, with line numbers, and end\n"
	      "      --log-level L   error, warn, notice, info or debug, instead of the file's\n"
	      "      --foreground    stay in the foreground; it always does\n"
	      "      --version       print the version\n"
	      "      --help          print this\n"
	      "\n"
	      "Passwords are asked for, or come as the first line of standard input.\n", to);
	signer_users_usage(to);
}

/* Return: -1 to go on, or the exit status. */
static int parse(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, OPT_CHECK },
		{ "log-level", required_argument, NULL, 'l' },
		{ "foreground", no_argument, NULL, OPT_FOREGROUND },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "role", required_argument, NULL, OPT_ROLE },
		{ "fd", required_argument, NULL, OPT_FD },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+c:l:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->config = optarg;
			break;
		case 'l':
			a->level = log_level_parse(optarg);
			a->level_name = optarg;
			if (a->level < 0) {
				fprintf(stderr, "sip-signerd: there is no log level \"%s\"; allowed: error, warn, notice, info, debug\n",
					optarg);
				return 2;
			}
			break;
		case OPT_CHECK:
			a->check = true;
			break;
		case OPT_FOREGROUND:
			break;
		case OPT_VERSION:
			puts("sip-signerd " KSRTP_VERSION);
			return 0;
		case 'h':
		case OPT_HELP:
			usage(stdout);
			return 0;
		case OPT_ROLE:
			a->role = optarg;
			break;
		case OPT_FD:
			if (a->nfds == ROLE_MAX_FDS)
				return 2;
			a->fds[a->nfds++] = optarg;
			break;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc && !a->check && !a->role &&
	    (strcmp(argv[optind], "user") == 0 || strcmp(argv[optind], "status") == 0)) {
		a->command = argv[optind][0];
		a->words = argv + optind + 1;
		a->nwords = argc - optind - 1;
		return -1;
	}
	if (optind < argc) {
		fprintf(stderr, "sip-signerd: \"%s\" is too much\n", argv[optind]);
		usage(stderr);
		return 2;
	}
	return -1;
}

static void report_mistake(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int role_main(const struct arguments *a)
{
	struct err e = { 0 };
	const struct role *role = role_enter(&signer_program, a->role, a->fds, a->nfds, &e);

	if (!role) {
		log_error("cannot start this role", F_STR("role", a->role), F_STR("error", err_text(&e)));
		return EXIT_FAILURE;
	}
	/* No loop_fini(): it would give the stop signal, which may come now, its deadly default. */
	return signer_role_main(role, a->config, a->level);
}

static int supervisor_main(const struct arguments *a, const struct conf_signerd *conf,
			   const char *text, size_t len)
{
	const struct role_program program = signer_program_for(conf);
	const char *level = a->level_name;
	struct role_gift gift[2];
	struct err e = { 0 };
	char *args[6];
	unsigned int n = 0, ngifts = 0;
	int status;

	log_open(signer_program.name, NULL);
	log_set_level((enum log_level)(level ? a->level : conf->log_level));
	if (loop_init(&e) < 0)
		goto fail;
	gift[ngifts++] = (struct role_gift){ NULL, "conf", conf_sealed_copy(text, len, &e) };
	if (gift[0].fd < 0)
		goto fail;
	if (conf->control[0]) {
		gift[ngifts++] = (struct role_gift){ "front", "control", ctl_listen(conf->control, &e) };
		if (gift[1].fd < 0)
			goto fail;
	}

	args[n++] = "--config";
	args[n++] = (char *)a->config;
	if (level) {
		args[n++] = "--log-level";
		args[n++] = (char *)level;
	}
	args[n] = NULL;
	status = role_supervise(&program, gift, ngifts, args);
	if (conf->control[0])
		unlink(conf->control);
	loop_fini();
	return status;

fail:
	log_error("cannot start", F_STR("error", err_text(&e)));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct arguments a = { .config = DEFAULT_CONFIG, .level = -1 };
	struct conf_signerd *conf;
	struct err e = { 0 };
	char *text = NULL;
	int status;
	long len;

	status = parse(argc, argv, &a);
	if (status >= 0)
		return status;
	umask(027);
	if (a.role)
		return role_main(&a);
	if (privs_early(&e) < 0) {
		fprintf(stderr, "sip-signerd: %s\n", err_text(&e));
		return EXIT_FAILURE;
	}
	len = conf_slurp(a.config, &text, &e);
	if (len < 0) {
		report_mistake(err_text(&e), NULL);
		return EXIT_FAILURE;
	}
	conf = conf_signerd_parse(a.config, text, (size_t)len, report_mistake, NULL);
	if (!conf) {
		free(text);
		return EXIT_FAILURE;
	}
	if (a.check) {
		printf("%s: ok\n", a.config);
		status = EXIT_SUCCESS;
	} else if (a.command == 's') {
		status = signer_status_main(conf, a.nwords, a.words);
	} else if (a.command) {
		status = signer_users_main(conf, a.nwords, a.words);
	} else {
		status = supervisor_main(&a, conf, text, (size_t)len);
	}
	free(text);
	free(conf);
	return status;
}
