/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roles: a daemon is a supervisor and a few role processes, each a fresh image of
 * the same program (fork and exec), with its own user, capabilities and system
 * call filter, and with only the descriptors it needs.
 *
 *	supervisor				role
 *	arguments, configuration checked
 *	sockets bound
 *	role_supervise(): exec each role  →	role_enter(): who am I, what was I given
 *						binds and loads what needs privilege
 *						role_sandbox(): drop, verify, filter
 *	all ready: READY=1 to systemd	  ←	role_ready()
 *	SIGTERM: stop in table order	  →	ROLE_STOP_SIGNAL: ends by itself
 *
 * If any role ends while nobody asked it to, the others are ended and the
 * supervisor exits non-zero: a daemon with a part missing would fail open.
 * If the supervisor dies, each role gets ROLE_STOP_SIGNAL from the kernel.
 *
 * Roles ignore SIGTERM, SIGINT and SIGHUP: a terminal or a service manager sends them
 * to all processes at once, and the order of the end is the supervisor's.
 */
#ifndef KSRTP_ROLE_H
#define KSRTP_ROLE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct sandbox;

#define ROLE_MAX	8	/* roles of one program */
#define ROLE_MAX_FDS	16	/* descriptors given to one role */
#define ROLE_STOP_SIGNAL SIGUSR1
#define ROLE_STOP_MS	5000	/* from the first ROLE_STOP_SIGNAL to SIGKILL */
#define ROLE_START_MS	15000	/* from exec to READY */

/**
 * struct role - one row of a program's role table
 * @name: what --role is given, and what the log calls it
 * @caps: capabilities it keeps, as 1 << CAP_...; 0 for none
 * @sandbox: system calls it may make after role_sandbox()
 * @secret_octets: size of its locked arena; 0 when it holds no keys
 * @peers: roles it has an ipc channel with, NULL-terminated; naming the pair in one
 *	of the two rows is enough
 * @run: the role itself; returns the exit status
 */
struct role {
	const char *name;
	uint64_t caps;
	const struct sandbox *sandbox;
	size_t secret_octets;
	const char *peers[ROLE_MAX];
	int (*run)(void);
};

/** struct role_program - a daemon; @roles in the order in which they are stopped */
struct role_program {
	const char *name;
	const char *version;
	const struct role *roles;
	unsigned int nroles;
};

/**
 * struct role_gift - a descriptor for a role, beside its channels
 * @role: whom it is for; NULL for every role
 * @name: by which role_fd() finds it
 */
struct role_gift {
	const char *role;
	const char *name;
	int fd;
};

/**
 * role_supervise() - start all roles and stay until they have ended
 * @gifts: descriptors; the supervisor's copies are closed when the roles run
 * @args: NULL-terminated arguments for every role, or NULL
 *
 * Needs loop_init() before. Speaks to systemd when NOTIFY_SOCKET is set.
 *
 * Return: exit status; 0 only when SIGTERM or SIGINT asked for the end and every
 * role ended well.
 */
int role_supervise(const struct role_program *p, const struct role_gift *gifts,
		   unsigned int ngifts, char *const *args);

/**
 * role_enter() - the first thing a role does: undumpable, log, loop, arena
 * @name: value of --role
 * @fds: values of the --fd arguments, "name=number"
 *
 * Handling ROLE_STOP_SIGNAL is the role's own; it has ROLE_STOP_MS divided by the
 * number of roles before the next one is asked to end.
 *
 * Return: the role, or NULL with @e filled.
 */
const struct role *role_enter(const struct role_program *p, const char *name,
			      const char *const *fds, unsigned int nfds, struct err *e);

/** role_fd() - a descriptor given to this role, by name ("media", "control"), or -1. */
int role_fd(const char *name);

/** role_user() - whom role_sandbox() changes to; "" keeps the caller's user. */
void role_user(const char *user);

/** role_filter() - another filter than the table's for role_sandbox(), by configuration */
void role_filter(const struct sandbox *filter);

/**
 * role_sandbox() - give up everything this role does not need, for good
 *
 * Call when every socket is bound, every file read and every library has had its
 * first use (OpenSSL reads its configuration then). In this order: user and groups,
 * capabilities, no_new_privs, undumpable, no core file; checks that each of them
 * took; then the system call filter. Returns only when all of it worked; any
 * failure ends the process.
 */
void role_sandbox(void);

/** role_ready() - tell the supervisor that this role serves; after role_sandbox(). */
void role_ready(void);

#endif /* KSRTP_ROLE_H */
