/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time, replaceable in tests: a test that has to see 64*T1 pass sets the clock
 * forward instead of waiting.
 */
#ifndef KSRTP_CLOCK_H
#define KSRTP_CLOCK_H

#include <stdint.h>

/** clock_now() - milliseconds on the monotonic clock; never goes back. */
uint64_t clock_now(void);

/** clock_wall() - seconds since 1970-01-01 UTC, for Date headers and certificates. */
int64_t clock_wall(void);

/**
 * clock_fake() - from now on both clocks stand still at these values
 * @mono_ms: what clock_now() answers
 * @wall_s: what clock_wall() answers
 *
 * For tests only; clock_advance() moves both.
 */
void clock_fake(uint64_t mono_ms, int64_t wall_s);

/** clock_advance() - move a faked clock @ms milliseconds forward. */
void clock_advance(uint64_t ms);

/** clock_real() - end of clock_fake(). */
void clock_real(void);

#endif /* KSRTP_CLOCK_H */
