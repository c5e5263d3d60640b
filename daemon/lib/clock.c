// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <stdbool.h>
#include <time.h>

static bool faked;
static uint64_t fake_mono_ms;
static int64_t fake_wall_s;
static uint64_t fake_wall_ms;	/* milliseconds advanced that are not a whole second yet */

uint64_t clock_now(void)
{
	struct timespec ts;

	if (faked)
		return fake_mono_ms;
	/* BOOTTIME, not MONOTONIC: a registration does not last longer for a suspend. */
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int64_t clock_wall(void)
{
	struct timespec ts;

	if (faked)
		return fake_wall_s;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

void clock_fake(uint64_t mono_ms, int64_t wall_s)
{
	faked = true;
	fake_mono_ms = mono_ms;
	fake_wall_s = wall_s;
	fake_wall_ms = 0;
}

void clock_advance(uint64_t ms)
{
	fake_mono_ms += ms;
	fake_wall_ms += ms;
	fake_wall_s += (int64_t)(fake_wall_ms / 1000);
	fake_wall_ms %= 1000;
}

void clock_real(void)
{
	faked = false;
}
