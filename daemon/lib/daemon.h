/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the main() of every daemon does: arguments, and a supervisor with its roles. */
#ifndef KSRTP_DAEMON_H
#define KSRTP_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "role.h"

/**
 * struct daemon_args - a daemon's command line
 * @config: file; set to the default before
 * @check: only check it
 * @level: enum log_level, or -1 for the configured one
 * @level_name: as it was written, or NULL
 * @role, @fds, @nfds: what role_enter() takes; given by the supervisor
 * @words, @nwords: what follows the options: a command
 */
struct daemon_args {
	const char *config;
	bool check;
	int level;
	const char *level_name;
	const char *role;
	const char *fds[ROLE_MAX_FDS];
	unsigned int nfds;
	char **words;
	int nwords;
};

/**
 * daemon_args() - read a command line
 * @name: the program's
 * @commands: words that may follow the options, NULL-terminated; NULL for none
 * @usage: prints how to call the program
 *
 * What is wrong is said on standard error.  Return: -1 to go on, or the exit status.
 */
int daemon_args(struct daemon_args *a, int argc, char **argv, const char *name,
		const char *const *commands, void (*usage)(FILE *to));

/**
 * daemon_config() - become undumpable, and read the configuration file
 * @text: set to its octets; the caller frees them
 *
 * Return: how many octets, or -1, and standard error says why.
 */
long daemon_config(const struct daemon_args *a, const char *name, char **text);

/** daemon_report() - a conf_report_fn for people: a line on standard error. */
void daemon_report(const char *line, void *arg);

/** daemon_usage_options() - the part of a usage text that is the same for all. */
void daemon_usage_options(FILE *to, const char *config);

/**
 * struct daemon_plan - what a supervisor needs to know
 * @program: its roles
 * @log_level: enum log_level, as configured
 * @text, @len: the configuration file, of which every role gets a sealed copy
 * @control_role: who answers at the control socket
 * @control: its path, removed in the end; empty for none
 */
struct daemon_plan {
	const struct role_program *program;
	int log_level;
	const char *text;
	size_t len;
	const char *control_role;
	const char *control;
};

/** daemon_supervise() - start the roles and stay until they have ended. Exit status. */
int daemon_supervise(const struct daemon_plan *plan, const struct daemon_args *a);

/**
 * daemon_role() - begin as the role that @a names
 *
 * Return: the role, or NULL, which is logged.
 */
const struct role *daemon_role(const struct role_program *program, const struct daemon_args *a);

/**
 * daemon_role_config() - read the role's sealed copy of the configuration
 * @name: what the log calls it
 * @text: set to its octets; the caller frees them
 *
 * Return: how many octets, or -1, which is logged.
 */
long daemon_role_config(const char *name, char **text);

/** daemon_report_log() - a conf_report_fn for roles: a line in the log. */
void daemon_report_log(const char *line, void *arg);

#endif /* KSRTP_DAEMON_H */
