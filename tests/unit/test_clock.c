// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "clock.h"

static void real_time_is_the_systems(void **state)
{
	uint64_t a, b;

	(void)state;
	clock_real();
	a = clock_now();
	b = clock_now();
	assert_true(b >= a);
	assert_true(b - a < 1000);
	assert_true(llabs((long long)(clock_wall() - time(NULL))) <= 1);
}

static void fake_time_stands_still(void **state)
{
	(void)state;
	clock_fake(5000, 1700000000);
	assert_int_equal(clock_now(), 5000);
	assert_int_equal(clock_now(), 5000);
	assert_int_equal(clock_wall(), 1700000000);
	clock_real();
}

static void both_clocks_advance(void **state)
{
	(void)state;
	clock_fake(100, 1000);
	clock_advance(999);
	assert_int_equal(clock_now(), 1099);
	assert_int_equal(clock_wall(), 1000);
	clock_advance(1);
	assert_int_equal(clock_wall(), 1001);
	clock_advance(32000);		/* 64*T1, RFC 3261 section 17.1.2.2 */
	assert_int_equal(clock_now(), 33100);
	assert_int_equal(clock_wall(), 1033);
	clock_real();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time_is_the_systems),
		cmocka_unit_test(fake_time_stands_still),
		cmocka_unit_test(both_clocks_advance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
