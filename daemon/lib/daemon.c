// SPDX-License-Identifier: GPL-2.0-or-later
/* What the main() of every daemon does: arguments, and a supervisor with its roles. */
#include "daemon.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "ctl.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "privs.h"

enum { OPT_CHECK = 256, OPT_VERSION, OPT_FOREGROUND, OPT_ROLE, OPT_FD };

void daemon_report(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

void daemon_usage_options(FILE *to, const char *config)
{
	fprintf(to, "  -c, --config FILE   configuration, %s when not given\n"
		"      --check-config  say what is wrong in it, with line numbers, and end\n"
		"      --log-level L   error, warn, notice, info or debug, instead of the file's\n"
		"      --foreground    stay in the foreground; it always does\n"
		"      --version       print the version\n"
		"      --help          print this\n", config);
}

static bool is_command(const char *word, const char *const *commands)
{
	for (; commands && *commands; commands++)
		if (strcmp(word, *commands) == 0)
			return true;
	return false;
}

static int set_level(struct daemon_args *a, const char *name)
{
	a->level = log_level_parse(optarg);
	a->level_name = optarg;
	if (a->level >= 0)
		return 0;
	fprintf(stderr, "%s: there is no log level \"%s\"; allowed: error, warn, notice, info, debug\n",
		name, optarg);
	return -1;
}

int daemon_args(struct daemon_args *a, int argc, char **argv, const char *name,
		const char *const *commands, void (*usage)(FILE *to))
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, OPT_CHECK },
		{ "log-level", required_argument, NULL, 'l' },
		{ "foreground", no_argument, NULL, OPT_FOREGROUND },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, 'h' },
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
			if (set_level(a, name) < 0)
				return 2;
			break;
		case OPT_CHECK:
			a->check = true;
			break;
		case OPT_FOREGROUND:
			break;
		case OPT_VERSION:
			printf("%s " KSRTP_VERSION "\n", name);
			return 0;
		case 'h':
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
	a->words = argv + optind;
	a->nwords = argc - optind;
	if (a->nwords && (a->check || a->role || !is_command(a->words[0], commands))) {
		fprintf(stderr, "%s: \"%s\" is too much%s\n", name, a->words[0],
			commands ? "" : "; options only");
		usage(stderr);
		return 2;
	}
	return -1;
}

long daemon_config(const struct daemon_args *a, const char *name, char **text)
{
	struct err e = { 0 };
	long len;

	if (privs_early(&e) < 0) {
		fprintf(stderr, "%s: %s\n", name, err_text(&e));
		return -1;
	}
	len = conf_slurp(a->config, text, &e);
	if (len < 0) {
		daemon_report(err_text(&e), NULL);
		return -1;
	}
	return len;
}

const struct role *daemon_role(const struct role_program *program, const struct daemon_args *a)
{
	struct err e = { 0 };
	const struct role *role = role_enter(program, a->role, a->fds, a->nfds, &e);

	if (!role)
		log_error("cannot start this role", F_STR("role", a->role), F_STR("error", err_text(&e)));
	return role;
}

long daemon_role_config(const char *name, char **text)
{
	struct err e = { 0 };
	int fd = role_fd("conf");
	long len = conf_slurp_fd(fd, name, text, &e);

	if (len < 0) {
		log_error("cannot read the configuration", F_STR("error", err_text(&e)));
		return -1;
	}
	close(fd);
	return len;
}

void daemon_report_log(const char *line, void *arg)
{
	(void)arg;
	log_error("configuration", F_STR("mistake", line));
}

int daemon_supervise(const struct daemon_plan *plan, const struct daemon_args *a)
{
	char *args[] = { "--config", (char *)a->config, a->level_name ? "--log-level" : NULL,
			 (char *)a->level_name, NULL };
	struct role_gift gifts[2] = { { NULL, "conf", -1 }, { plan->control_role, "control", -1 } };
	const bool control = plan->control[0];
	struct err e = { 0 };
	int status;

	log_open(plan->program->name, NULL);
	log_set_level((enum log_level)(a->level >= 0 ? a->level : plan->log_level));
	if (loop_init(&e) < 0)
		goto fail;
	gifts[0].fd = conf_sealed_copy(plan->text, plan->len, &e);
	if (gifts[0].fd < 0)
		goto fail;
	if (control) {
		gifts[1].fd = ctl_listen(plan->control, &e);
		if (gifts[1].fd < 0)
			goto fail;
	}
	status = role_supervise(plan->program, gifts, control ? 2 : 1, args);
	if (control && unlink(plan->control) < 0 && errno != ENOENT)
		log_warn("the control socket stays behind", F_STR("path", plan->control),
			 F_STR("error", strerrordesc_np(errno)));
	loop_fini();
	return status;
fail:
	log_error("cannot start", F_STR("error", err_text(&e)));
	return EXIT_FAILURE;
}
