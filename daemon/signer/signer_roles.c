// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The role table of sip-signerd.
 *
 *	   front ───────── auth
 *	SIP, TLS key    users, or other providers' keys
 *	      └──── sign ────┘
 *	       the key of signatures
 *
 *	publish: the certificate chain by HTTPS, when configured; talks to no other role
 */
#include "signer_roles.h"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf_signer.h"
#include "daemon.h"
#include "log.h"
#include "loop.h"
#include "sandbox.h"
#include "signer_key.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Connections, and c-ares with its files. */
static const int front_calls[] = {
	SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(setsockopt),
	SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(uname),
	SCMP_SYS(eventfd2),
};
static const struct sandbox_arg front_args[] = {
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6 },
};
static const struct sandbox front_sandbox = {
	.calls = front_calls, .ncalls = COUNT(front_calls),
	.args = front_args, .nargs = COUNT(front_args),
};

/* SQLite on its open files, and on those that it makes beside the database. */
static const int auth_calls[] = {
	SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
	SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(unlink),
	SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(getcwd), SCMP_SYS(fallocate),
};
static const struct sandbox_arg auth_args[] = {
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETLK },
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETLK },
};
static const struct sandbox auth_sandbox = {
	.calls = auth_calls, .ncalls = COUNT(auth_calls),
	.args = auth_args, .nargs = COUNT(auth_args),
};

/* Connections; GnuTLS asks how much time it has used, as randomness. */
static const int publish_calls[] = {
	SCMP_SYS(accept4), SCMP_SYS(setsockopt), SCMP_SYS(getrusage),
};
static const struct sandbox publish_sandbox = {
	.calls = publish_calls, .ncalls = COUNT(publish_calls),
};

/*
 * With the key in a token its maker's library works in this process: SoftHSM looks at its
 * files for each signature, others talk to a daemon of theirs.
 */
static const int token_calls[] = {
	SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(readlink),
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(unlink),
	SCMP_SYS(flock), SCMP_SYS(getdents64), SCMP_SYS(connect),
};
static const struct sandbox_arg token_args[] = {
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETLK },
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETLKW },
	{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETLK },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_UNIX },
};
static const struct sandbox token_sandbox = {
	.calls = token_calls, .ncalls = COUNT(token_calls),
	.args = token_args, .nargs = COUNT(token_args),
};

static struct signer_env env;

static int run_front(void)
{
	role_user(env.conf->user_front);
	return signer_front_run(&env);
}

static int run_auth(void)
{
	role_user(env.conf->user_auth);
	return signer_auth_run(&env);
}

static int run_sign(void)
{
	role_user(env.conf->user_sign);
	if (signer_key_in_token(env.conf->private_key))
		role_filter(&token_sandbox);
	return signer_sign_run(&env);
}

static int run_publish(void)
{
	role_user(env.conf->user_publish);
	return signer_publish_run(&env);
}

/* In the order in which they are stopped. The owner of a key in a file may make no call that the rest may not. */
static const struct role roles[] = {
	{ .name = "front", .sandbox = &front_sandbox, .peers = { "auth", "sign" }, .run = run_front },
	{ .name = "auth", .sandbox = &auth_sandbox, .peers = { "sign" }, .run = run_auth },
	{ .name = "sign", .run = run_sign },
	{ .name = "publish", .sandbox = &publish_sandbox, .run = run_publish },
};

const struct role_program signer_program = {
	.name = "sip-signerd",
	.version = KSRTP_VERSION,
	.roles = roles,
	.nroles = COUNT(roles),
};

struct role_program signer_program_for(const struct conf_signerd *conf)
{
	struct role_program p = signer_program;

	if (!conf->npublish)
		p.nroles--;	/* the last one */
	return p;
}

int signer_role_main(const struct role *role, const char *conf_name, int log_level)
{
	struct conf_signerd *conf;
	char *text;
	long len = daemon_role_config(conf_name, &text);

	if (len < 0)
		return EXIT_FAILURE;
	conf = conf_signerd_parse(conf_name, text, (size_t)len, daemon_report_log, NULL);
	free(text);
	if (!conf)
		return EXIT_FAILURE;
	log_set_level((enum log_level)(log_level >= 0 ? log_level : conf->log_level));
	env = (struct signer_env){
		.conf = conf, .front = role_fd("front"), .auth = role_fd("auth"),
		.sign = role_fd("sign"), .control = role_fd("control"), .owner = getuid(),
	};
	return role->run();
}

static void on_term(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	loop_stop(EXIT_SUCCESS);
}

int signer_run(void)
{
	/* What the loop restores at its end: told twice to stop is no reason to be killed. */
	signal(ROLE_STOP_SIGNAL, SIG_IGN);
	if (loop_on_signal(ROLE_STOP_SIGNAL, on_term, NULL)) {
		log_error("cannot wait for the signal to stop");
		return EXIT_FAILURE;
	}
	role_ready();
	return loop_run();
}
