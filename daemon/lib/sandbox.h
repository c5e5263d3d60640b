/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System call filters: a list of what a role may call, everything else kills the
 * process (SIGSYS).  Filters sit on top of dropped privileges, not in their place.
 */
#ifndef KSRTP_SANDBOX_H
#define KSRTP_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

struct err;

/** struct sandbox_arg - a call that is allowed with certain arguments only */
struct sandbox_arg {
	int nr;			/* SCMP_SYS(...) */
	unsigned int arg;
	uint64_t mask, value;	/* (argument & mask) == value */
};

/**
 * struct sandbox - what a role may call beside the common list in sandbox.c
 *
 * The common list: reading, writing, waiting, time, memory that is not executable,
 * signals to itself, ending.
 */
struct sandbox {
	const int *calls;	/* allowed with any argument */
	size_t ncalls;
	const struct sandbox_arg *args;	/* each row allows one combination */
	size_t nargs;
};

/**
 * sandbox_install() - put the filter on this process, for good
 *
 * Needs no_new_privs. @s may be NULL: the common list alone. Return: 0 or -errno.
 */
int sandbox_install(const struct sandbox *s, struct err *e);

#endif /* KSRTP_SANDBOX_H */
