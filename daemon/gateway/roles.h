/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The roles of srtpd.  Adding one is a row in roles.c and a run function here.
 *
 * When role_..._run() is called, the log is open, the loop and the locked arena
 * exist, SIGTERM, SIGINT, SIGHUP and SIGPIPE are ignored.  The role then
 *
 *	1. binds its sockets, reads its files, initialises its libraries;
 *	2. role_sandbox();
 *	3. loop_on_signal(ROLE_STOP_SIGNAL, ...), where it ends what it holds and loop_stop()s;
 *	4. role_ready();
 *	5. loop_run(), and returns its value as the exit status.
 *
 * `media` must work when it reports a missing kernel module in MEDIA_READY rather
 * than end: the operator is told by `srtpctl`, and calls are refused with 503.
 */
#ifndef KSRTP_ROLES_H
#define KSRTP_ROLES_H

#include <sys/types.h>

#include "role.h"

struct conf_gateway;

/**
 * struct role_env - what a role is given
 * @conf: the checked configuration, owned by the caller, lives as long as the process
 * @media_fd: sip, trust: SEQPACKET channel to media; -1 otherwise
 * @sip_fd: media, trust: the other end of sip's; -1 otherwise
 * @trust_fd: sip, media: channel to trust; -1 when there is no such role
 * @control_fd: sip: the listening control socket; -1 otherwise
 * @owner: user who started srtpd, who may give admin commands as root may
 * @version: of srtpd
 *
 * The descriptors become the role's own.
 */
struct role_env {
	const struct conf_gateway *conf;
	int media_fd;
	int sip_fd;
	int trust_fd;
	int control_fd;
	uid_t owner;
	const char *version;
};

int role_sip_run(const struct role_env *env);
int role_media_run(const struct role_env *env);
int role_trust_run(const struct role_env *env);

/** gateway_program - the role table, for main.c */
extern const struct role_program gateway_program;

/** gateway_program_for() - the roles that @conf needs; what the supervisor starts */
struct role_program gateway_program_for(const struct conf_gateway *conf);

/**
 * gateway_role_main() - load the configuration again and run @role
 * @log_level: -1: as configured
 *
 * Return: exit status.
 */
int gateway_role_main(const struct role *role, const char *conf_name, int log_level);

#endif /* KSRTP_ROLES_H */
