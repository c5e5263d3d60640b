// SPDX-License-Identifier: GPL-2.0-or-later
/* srtpd: arguments, configuration checked, control socket, roles. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "conf_gateway.h"
#include "daemon.h"
#include "roles.h"

#define DEFAULT_CONFIG "/etc/ksrtp/srtpd.conf"

static void usage(FILE *to)
{
	fputs("usage: srtpd [-c FILE] [--check-config] [--log-level LEVEL] [--foreground]\n"
	      "\n"
	      "SIP gateway whose media is encrypted in the kernel.\n"
	      "\n", to);
	daemon_usage_options(to, DEFAULT_CONFIG);
}

static int supervise(const struct daemon_args *a, const struct conf_gateway *conf, const char *text,
		     size_t len)
{
	const struct role_program program = gateway_program_for(conf);

	return daemon_supervise(&(struct daemon_plan){
		.program = &program, .log_level = conf->log_level, .text = text, .len = len,
		.control_role = "sip", .control = conf->control_socket,
	}, a);
}

int main(int argc, char **argv)
{
	struct daemon_args a = { .config = DEFAULT_CONFIG, .level = -1 };
	const struct role *role;
	struct conf_gateway *conf;
	char *text = NULL;
	int status;
	long len;

	status = daemon_args(&a, argc, argv, "srtpd", NULL, usage);
	if (status >= 0)
		return status;
	umask(027);
	if (a.role) {
		role = daemon_role(&gateway_program, &a);
		/* No loop_fini(): it would give the stop signal, which may come now, its deadly default. */
		return role ? gateway_role_main(role, a.config, a.level) : EXIT_FAILURE;
	}
	len = daemon_config(&a, "srtpd", &text);
	if (len < 0)
		return EXIT_FAILURE;
	conf = conf_gateway_parse(a.config, text, (size_t)len, daemon_report, NULL);
	if (!conf) {
		status = EXIT_FAILURE;
	} else if (a.check) {
		printf("%s: ok\n", a.config);
		status = EXIT_SUCCESS;
	} else {
		status = supervise(&a, conf, text, (size_t)len);
	}
	free(text);
	conf_gateway_free(conf);
	return status;
}
