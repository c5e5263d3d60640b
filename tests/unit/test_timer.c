// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "timer.h"

static int fired[64];
static unsigned int nfired;

static void note(struct timer *t, void *arg)
{
	assert_false(timer_running(t));
	fired[nfired++] = *(int *)arg;
}

static int setup(void **state)
{
	(void)state;
	clock_fake(1000, 0);
	nfired = 0;
	assert_int_equal(timer_count(), 0);
	return 0;
}

static void fires_once_when_due(void **state)
{
	struct timer t = { 0 };
	int id = 7;

	(void)state;
	assert_int_equal(timer_next(), -1);
	assert_int_equal(timer_start(&t, 500, note, &id), 0);
	assert_int_equal(timer_next(), 500);
	clock_advance(499);
	assert_int_equal(timer_left(&t), 1);
	assert_int_equal(timer_run(), 0);
	clock_advance(1);
	assert_int_equal(timer_run(), 1);
	assert_int_equal(nfired, 1);
	assert_int_equal(fired[0], 7);
	clock_advance(100000);
	assert_int_equal(timer_run(), 0);
	assert_int_equal(timer_count(), 0);
}

static void order_is_time_then_start(void **state)
{
	struct timer t[5] = { 0 };
	int id[5] = { 0, 1, 2, 3, 4 };
	static const uint64_t ms[5] = { 30, 10, 20, 10, 0 };
	static const int order[5] = { 4, 1, 3, 2, 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(timer_start(&t[i], ms[i], note, &id[i]), 0);
	clock_advance(30);
	assert_int_equal(timer_run(), 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(fired[i], order[i]);
}

static void cancel_and_restart(void **state)
{
	struct timer t = { 0 };
	int id = 1;

	(void)state;
	timer_cancel(&t);
	timer_start(&t, 10, note, &id);
	timer_start(&t, 1000, note, &id);
	assert_int_equal(timer_count(), 1);
	clock_advance(10);
	assert_int_equal(timer_run(), 0);
	timer_cancel(&t);
	timer_cancel(&t);
	assert_int_equal(timer_left(&t), 0);
	clock_advance(1000);
	assert_int_equal(timer_run(), 0);
}

static struct timer a, b;

static void again(struct timer *t, void *arg)
{
	nfired++;
	timer_start(t, 0, again, arg);
}

static void zero_ms_waits_for_the_next_run(void **state)
{
	(void)state;
	timer_start(&a, 0, again, NULL);
	assert_int_equal(timer_run(), 1);
	assert_int_equal(timer_run(), 1);
	assert_int_equal(nfired, 2);
	timer_cancel(&a);
}

static void cancels_the_other(struct timer *t, void *arg)
{
	nfired++;
	timer_cancel(arg);
	timer_cancel(t);
}

static void callback_may_cancel_one_that_is_due(void **state)
{
	(void)state;
	timer_start(&a, 5, cancels_the_other, &b);
	timer_start(&b, 5, cancels_the_other, &a);
	clock_advance(5);
	assert_int_equal(timer_run(), 1);
	assert_int_equal(nfired, 1);
	assert_int_equal(timer_count(), 0);
}

static uint64_t last_due;

static void in_order(struct timer *t, void *arg)
{
	assert_true(t->due >= last_due);
	last_due = t->due;
	(*(unsigned int *)arg)++;
}

/* Thousands started and cancelled in a fixed pseudo-random order, none lost. */
static void many(void **state)
{
	enum { N = 5000 };
	struct timer *t = calloc(N, sizeof(*t));
	unsigned int cancelled = 0, count = 0;
	uint32_t seed = 12345;

	(void)state;
	last_due = 0;
	assert_non_null(t);
	for (int i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223;
		assert_int_equal(timer_start(&t[i], seed >> 16, in_order, &count), 0);
	}
	for (int i = 0; i < N; i += 3) {
		timer_cancel(&t[i]);
		cancelled++;
	}
	assert_int_equal(timer_count(), N - cancelled);
	while (timer_next() >= 0) {
		clock_advance((uint64_t)timer_next());
		timer_run();
	}
	assert_int_equal(count, N - cancelled);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fires_once_when_due, setup),
		cmocka_unit_test_setup(order_is_time_then_start, setup),
		cmocka_unit_test_setup(cancel_and_restart, setup),
		cmocka_unit_test_setup(zero_ms_waits_for_the_next_run, setup),
		cmocka_unit_test_setup(callback_may_cancel_one_that_is_due, setup),
		cmocka_unit_test_setup(many, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
