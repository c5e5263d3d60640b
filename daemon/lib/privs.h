/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving privileges up, all of them at once, and checking that it took.
 */
#ifndef KSRTP_PRIVS_H
#define KSRTP_PRIVS_H

#include <stdbool.h>
#include <stdint.h>

struct err;

#define PRIVS_CAP(cap)	(1ull << (cap))

/**
 * privs_early() - first thing in main(): undumpable, no core file, no privileges by exec
 *
 * Before a key can be in memory. Return: 0 or -errno.
 */
int privs_early(struct err *e);

/**
 * privs_drop() - become @user with exactly @caps, for good
 * @user: whom to change to when started as root; "" or not being root keeps the user
 * @caps: PRIVS_CAP() bits that stay, permitted and effective
 *
 * Groups become the user's primary one only; ambient and inheritable sets and, where
 * allowed, the bounding set are emptied; privs_early() is done again, because changing
 * users undoes it. Then everything is read back.
 *
 * Return: 0 only if the process is exactly what was asked for; else -errno, and the
 * caller must end.
 */
int privs_drop(const char *user, uint64_t caps, struct err *e);

/** privs_check() - is the process as privs_drop() would leave it? 0 or -EPERM with @e. */
int privs_check(uint64_t caps, struct err *e);

#endif /* KSRTP_PRIVS_H */
