// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The role table of srtpd.
 *
 *	         sip ───────────── media
 *	control socket,    \     /   keys, CAP_NET_ADMIN,
 *	SIP sockets        trust    media sockets, netlink
 *	             roots, passwords,
 *	             connections to x5u
 *
 * Without identity policy and signers there is no trust role.
 */
#include "roles.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "conf_gateway.h"
#include "daemon.h"
#include "log.h"
#include "privs.h"
#include "sandbox.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Its SIP sockets are bound before; only the control socket brings new ones. */
static const int sip_calls[] = { SCMP_SYS(accept4) };
static struct sandbox sip_sandbox = { .calls = sip_calls, .ncalls = COUNT(sip_calls) };

/* With signers that are reached by TCP or TLS it connects to them. */
static const int connecting_calls[] = {
	SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(setsockopt),
};
static const struct sandbox_arg connecting_args[] = {
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6 },
};
static const struct sandbox connecting_sandbox = {
	.calls = connecting_calls, .ncalls = COUNT(connecting_calls),
	.args = connecting_args, .nargs = COUNT(connecting_args),
};

/* Each call has media ports of its own, so this role goes on making sockets. */
static const int media_calls[] = { SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(setsockopt) };
static const struct sandbox_arg media_args[] = {
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6 },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_NETLINK },
};
static const struct sandbox media_sandbox = {
	.calls = media_calls, .ncalls = COUNT(media_calls),
	.args = media_args, .nargs = COUNT(media_args),
};

/*
 * Certificates come by HTTPS from anywhere, their hosts' addresses by DNS; c-ares and
 * libcurl look into their files again when those change.
 */
static const int trust_calls[] = {
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(setsockopt), SCMP_SYS(newfstatat),
	SCMP_SYS(stat), SCMP_SYS(ioctl), SCMP_SYS(eventfd2), SCMP_SYS(pipe2),
	SCMP_SYS(socketpair), SCMP_SYS(uname),
};
static const struct sandbox_arg trust_args[] = {
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6 },
	/* To be read only. */
	{ SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY },
};
static const struct sandbox trust_sandbox = {
	.calls = trust_calls, .ncalls = COUNT(trust_calls),
	.args = trust_args, .nargs = COUNT(trust_args),
};

static struct role_env env;

static int run_sip(void)
{
	env.media_fd = role_fd("media");
	env.trust_fd = role_fd("trust");
	env.control_fd = role_fd("control");
	for (unsigned int i = 0; i < env.conf->nsigners; i++)
		if (env.conf->signer[i].transport != SIP_UDP)
			sip_sandbox = connecting_sandbox;
	role_user(env.conf->user_sip);
	return role_sip_run(&env);
}

static int run_media(void)
{
	env.sip_fd = role_fd("sip");
	env.trust_fd = role_fd("trust");
	role_user(env.conf->user_media);
	return role_media_run(&env);
}

static int run_trust(void)
{
	env.sip_fd = role_fd("sip");
	env.media_fd = role_fd("media");
	role_user(env.conf->user_trust);
	return role_trust_run(&env);
}

/* In the order in which they are stopped: `sip` says BYE before media goes. */
static const struct role roles[] = {
	{
		.name = "sip",
		.sandbox = &sip_sandbox,
		.peers = { "media" },
		.run = run_sip,
	},
	{
		.name = "media",
		.caps = PRIVS_CAP(CAP_NET_ADMIN),
		.sandbox = &media_sandbox,
		.secret_octets = 1 << 20,
		.run = run_media,
	},
	{
		.name = "trust",
		.sandbox = &trust_sandbox,
		.secret_octets = 1 << 16,
		.peers = { "sip", "media" },
		.run = run_trust,
	},
};

const struct role_program gateway_program = {
	.name = "srtpd",
	.version = KSRTP_VERSION,
	.roles = roles,
	.nroles = COUNT(roles),
};

struct role_program gateway_program_for(const struct conf_gateway *conf)
{
	struct role_program p = gateway_program;

	/* It is the last row. */
	if (!conf_needs_trust(conf))
		p.nroles--;
	return p;
}

int gateway_role_main(const struct role *role, const char *conf_name, int log_level)
{
	struct conf_gateway *conf;
	char *text;
	long len = daemon_role_config(conf_name, &text);

	if (len < 0)
		return EXIT_FAILURE;
	conf = conf_gateway_parse(conf_name, text, (size_t)len, daemon_report_log, NULL);
	free(text);
	if (!conf)
		return EXIT_FAILURE;
	log_set_level((enum log_level)(log_level >= 0 ? log_level : conf->log_level));
	env = (struct role_env){
		.conf = conf,
		.media_fd = -1,
		.sip_fd = -1,
		.trust_fd = -1,
		.control_fd = -1,
		.owner = getuid(),
		.version = KSRTP_VERSION,
	};
	return role->run();
}
