// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring of decisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "events.h"

static void ring(void **state)
{
	static struct events e;
	struct trust_verdict v = { .leg = 1 };
	const struct event *x;
	uint64_t n = 0, after = 0;

	(void)state;
	clock_fake(0, 1790000000);
	assert_null(events_next(&e, 0));
	events_add(&e, &v, 7, "outside");
	x = events_next(&e, 0);
	assert_non_null(x);
	assert_int_equal(x->id, 1);
	assert_int_equal(x->at, 1790000000);
	assert_int_equal(x->call, 7);
	assert_string_equal(x->side, "outside");
	assert_null(events_next(&e, 1));
	assert_null(events_next(&e, UINT64_MAX));
	for (v.leg = 2; v.leg <= EVENTS_KEPT + 10; v.leg++)
		events_add(&e, &v, 0, "");
	/* The oldest ones are gone, the rest comes in order. */
	for (; (x = events_next(&e, after)); after = x->id, n++) {
		assert_int_equal(x->id, n + 11);
		assert_int_equal(x->verdict.leg, x->id);
	}
	assert_int_equal(n, EVENTS_KEPT);
	assert_int_equal(events_next(&e, 20)->id, 21);
	clock_real();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ring) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
