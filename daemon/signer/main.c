// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-signerd: arguments, configuration checked, users by command, or roles. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "conf_signer.h"
#include "daemon.h"
#include "signer_roles.h"
#include "signer_status.h"
#include "signer_users.h"

#define DEFAULT_CONFIG "/etc/ksrtp/sip-signerd.conf"

static const char *const commands[] = { "user", "status", NULL };

static void usage(FILE *to)
{
	fputs("usage: sip-signerd [-c FILE] [--check-config] [--log-level LEVEL] [--foreground]\n"
	      "       sip-signerd [-c FILE] user COMMAND ...\n"
	      "       sip-signerd [-c FILE] status [--json]\n"
	      "\n"
	      "Trusted provider: authenticates users and signs their requests (RFC 8224).\n"
	      "\n", to);
	daemon_usage_options(to, DEFAULT_CONFIG);
	fputs("\n"
	      "Passwords are asked for, or come as the first line of standard input.\n", to);
	signer_users_usage(to);
}

static int supervise(const struct daemon_args *a, const struct conf_signerd *conf, const char *text,
		     size_t len)
{
	const struct role_program program = signer_program_for(conf);

	return daemon_supervise(&(struct daemon_plan){
		.program = &program, .log_level = conf->log_level, .text = text, .len = len,
		.control_role = "front", .control = conf->control,
	}, a);
}

static int run_command(const struct daemon_args *a, const struct conf_signerd *conf)
{
	return (a->words[0][0] == 's' ? signer_status_main : signer_users_main)
		(conf, a->nwords - 1, a->words + 1);
}

int main(int argc, char **argv)
{
	struct daemon_args a = { .config = DEFAULT_CONFIG, .level = -1 };
	const struct role *role;
	struct conf_signerd *conf;
	char *text = NULL;
	int status;
	long len;

	status = daemon_args(&a, argc, argv, "sip-signerd", commands, usage);
	if (status >= 0)
		return status;
	umask(027);
	if (a.role) {
		role = daemon_role(&signer_program, &a);
		/* No loop_fini(): it would give the stop signal, which may come now, its deadly default. */
		return role ? signer_role_main(role, a.config, a.level) : EXIT_FAILURE;
	}
	len = daemon_config(&a, "sip-signerd", &text);
	if (len < 0)
		return EXIT_FAILURE;
	conf = conf_signerd_parse(a.config, text, (size_t)len, daemon_report, NULL);
	if (!conf) {
		status = EXIT_FAILURE;
	} else if (a.check) {
		printf("%s: ok\n", a.config);
		status = EXIT_SUCCESS;
	} else if (a.nwords) {
		status = run_command(&a, conf);
	} else {
		status = supervise(&a, conf, text, (size_t)len);
	}
	free(text);
	free(conf);
	return status;
}
