// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-proxyd: arguments, configuration checked, sockets, privileges given up, loop. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
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
	fputs("usage: sip-proxyd [-c FILE] [--check-config] [--log-level LEVEL] [--foreground]\n"
	      "\n"
	      "SIP proxy, registrar and location service of a domain.\n"
	      "\n", to);
	daemon_usage_options(to, DEFAULT_CONFIG);
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
	struct daemon_args a = { .config = DEFAULT_CONFIG, .level = -1 };
	struct conf_proxy *conf;
	char *text = NULL;
	int status;
	long len;

	status = daemon_args(&a, argc, argv, "sip-proxyd", NULL, usage);
	if (status >= 0)
		return status;
	if (a.role || a.nfds) {		/* only programs of several roles are given these */
		usage(stderr);
		return 2;
	}
	umask(077);
	len = daemon_config(&a, "sip-proxyd", &text);
	if (len < 0)
		return EXIT_FAILURE;
	conf = conf_proxy_parse(a.config, text, (size_t)len, daemon_report, NULL);
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
