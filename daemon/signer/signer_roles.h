/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The roles of sip-signerd; role.h has their life. */
#ifndef KSRTP_SIGNER_ROLES_H
#define KSRTP_SIGNER_ROLES_H

#include "role.h"

struct conf_signerd;

/**
 * struct signer_env - what a role is given
 * @conf: checked, lives as long as the process
 * @front, @auth, @sign: channels to these roles, which become the role's own; -1: none
 */
struct signer_env {
	const struct conf_signerd *conf;
	int front, auth, sign;
	int control;		/* listening, front's; -1 */
	uid_t owner;
};

int signer_front_run(const struct signer_env *env);
int signer_auth_run(const struct signer_env *env);
int signer_sign_run(const struct signer_env *env);
int signer_publish_run(const struct signer_env *env);

extern const struct role_program signer_program;

/** signer_program_for() - the roles that @conf needs; what the supervisor starts */
struct role_program signer_program_for(const struct conf_signerd *conf);

/** signer_role_main() - load the configuration again and run @role. @log_level -1: as configured. */
int signer_role_main(const struct role *role, const char *conf_name, int log_level);

/** signer_run() - wait for the signal to stop, tell the supervisor, turn. Return: exit status. */
int signer_run(void);

#endif /* KSRTP_SIGNER_ROLES_H */
