/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test results in TAP. */
#ifndef KSRTP_TEST_TAP_H
#define KSRTP_TEST_TAP_H

#include <stdbool.h>

/** tap() - one result; returns @ok. */
bool tap(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** diag() - a remark; returns false, for "return diag(...)". */
bool diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** bail() - nothing more can be tested. */
void bail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/** tap_done() - print the plan. Return: exit status. */
int tap_done(void);

#endif
