// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-proxyd: arguments, configuration checked, sockets, privileges given up, loop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "privs.h"
#include "proxyd.h"
#include "sandbox.h"

#define DEFAULT_CONFIG	"/etc/ksrtp/sip-proxyd.conf"
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* SQLite on its open files and its journal; connections; c-ares and its files. */
static const int calls[] = {
	SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(setsockopt),
	SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(unlink), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(getcwd),
	SCMP_SYS(fallocate), SCMP_SYS(eventfd2), SCMP_SYS(uname),
};
static const struct sandbox_arg args[] = {
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6 },
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETLK },
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETLK },
};
static const struct sandbox filter = {
	.calls = calls, .ncalls = COUNT(calls), .args = args, .nargs = COUNT(args),
};

static void usage(FILE *to)
{
	fputs("usage: sip-proxyd [-c FILE] [--check-config] [--log-level LEVEL]\n"
	      "\n"
	      "SIP proxy, registrar and location service of a domain.\n"
	      "\n"
	      "  -c, --config FILE   configuration, " DEFAULT_CONFIG " when not given\n"
	      "      --check-config  say what is wrong in it, with line numbers, and end\n"
	      "      --log-level L   error, warn, notice, info or debug, instead of the file's\n"
	      "      --version       print the version\n"
	      "      --help          print this\n", to);
}

struct arguments {
	const char *config;
	bool check;
	int level;		/* -1: as configured */
};

/* Return: -1 to go on, or the exit status. */
static int parse(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->config = optarg;
			break;
		case 'k':
			a->check = true;
			break;
		case 'l':
			a->level = log_level_parse(optarg);
			if (a->level < 0) {
				fprintf(stderr, "sip-proxyd: there is no log level \"%s\"; allowed: error, warn, notice, info, debug\n",
					optarg);
				return 2;
			}
			break;
		case 'V':
			puts("sip-proxyd " KSRTP_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "sip-proxyd: \"%s\" is too much; options only\n", argv[optind]);
	usage(stderr);
	return 2;
}

static void report(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static void on_signal(int signo, void *arg)
{
	(void)signo;
	proxyd_stop(arg);
}

static int run(const struct conf_proxy *conf, int level)
{
	static struct proxyd p;
	struct err e = { 0 };
	int status = EXIT_FAILURE;

	log_open("sip-proxyd", NULL);
	log_set_level((enum log_level)(level >= 0 ? level : conf->log_level));
	notify_open();
	if (loop_init(&e) || proxyd_start(&p, conf, &e))
		goto out;
	if (loop_on_signal(SIGTERM, on_signal, &p) || loop_on_signal(SIGINT, on_signal, &p)) {
		err_set(&e, -EIO, "cannot wait for signals");
		goto out;
	}
	signal(SIGHUP, SIG_IGN);
	if (privs_drop(conf->user, 0, &e) || sandbox_install(&filter, &e))
		goto out;
	log_notice("serving", F_STR("version", KSRTP_VERSION));
	notify("READY=1");
	status = loop_run();
out:
	if (status && e.code)
		log_error("cannot start", F_STR("error", err_text(&e)));
	proxyd_end(&p);
	loop_fini();
	return status;
}

int main(int argc, char **argv)
{
	struct arguments a = { .config = DEFAULT_CONFIG, .level = -1 };
	struct conf_proxy *conf;
	struct err e = { 0 };
	char *text = NULL;
	int status;
	long len;

	status = parse(argc, argv, &a);
	if (status >= 0)
		return status;
	umask(077);
	if (privs_early(&e)) {
		fprintf(stderr, "sip-proxyd: %s\n", err_text(&e));
		return EXIT_FAILURE;
	}
	len = conf_slurp(a.config, &text, &e);
	if (len < 0) {
		report(err_text(&e), NULL);
		return EXIT_FAILURE;
	}
	conf = conf_proxy_parse(a.config, text, (size_t)len, report, NULL);
	free(text);
	if (!conf)
		return EXIT_FAILURE;
	if (a.check) {
		printf("%s: ok\n", a.config);
		status = EXIT_SUCCESS;
	} else {
		status = run(conf, a.level);
	}
	free(conf);
	return status;
}
