/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers: structures embedded in their owner, kept in one heap per process.
 *
 * A timer belongs to the object it is embedded in.  The owner's free function
 * cancels it; cancelling an idle timer does nothing.  A callback may cancel,
 * restart or free any timer, its own included.
 */
#ifndef KSRTP_TIMER_H
#define KSRTP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer;
typedef void (*timer_fn)(struct timer *t, void *arg);

/**
 * struct timer - one embedded timer; all fields private, start zeroed
 */
struct timer {
	uint64_t due;		/* clock_now() at which it fires */
	uint64_t order;		/* start order, so that equals fire first come first served */
	unsigned int index;	/* 1-based place in the heap; 0 when idle */
	timer_fn fn;
	void *arg;
};

/**
 * timer_start() - (re)start @t so that fn(t, arg) is called once, @ms from now
 *
 * Return: 0 or -ENOMEM (then the timer is idle).
 */
int timer_start(struct timer *t, uint64_t ms, timer_fn fn, void *arg);

/** timer_cancel() - stop @t; idle is fine. */
void timer_cancel(struct timer *t);

static inline bool timer_running(const struct timer *t)
{
	return t->index != 0;
}

/** timer_left() - milliseconds until @t fires; 0 when due or idle. */
uint64_t timer_left(const struct timer *t);

/** timer_next() - milliseconds until the next timer fires, or -1 when none runs. */
int64_t timer_next(void);

/**
 * timer_run() - fire every timer that is due now
 *
 * Timers started by callbacks with 0 ms fire in the next call, so this ends.
 *
 * Return: how many fired.
 */
unsigned int timer_run(void);

/** timer_count() - how many timers run; tests use it to find what was left behind. */
unsigned int timer_count(void);

#endif /* KSRTP_TIMER_H */
