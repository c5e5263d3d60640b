/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included once by a test program whose handshakes run on the test's clock: OpenSSL's
 * retransmission timers ask gettimeofday(), and this one answers.
 */
#ifndef OPENSSL_CLOCK_H
#define OPENSSL_CLOCK_H

#include <sys/time.h>

#include "clock.h"

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	uint64_t now = clock_now();

	(void)tz;
	tv->tv_sec = (time_t)(now / 1000);
	tv->tv_usec = (suseconds_t)(now % 1000 * 1000);
	return 0;
}

#endif /* OPENSSL_CLOCK_H */
