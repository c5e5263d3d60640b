/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KSRTP_TEST_ANY_H
#define KSRTP_TEST_ANY_H

/** any() - a number below @n; the same ones in each run. */
unsigned int any(unsigned int n);

#endif
