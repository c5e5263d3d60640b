// SPDX-License-Identifier: GPL-2.0-or-later
/* Date headers: the one form, and near misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "sip_date.h"

static void good(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} all[] = {
		{ "Fri, 25 Sep 2015 19:12:25 GMT", 1443208345 },	/* RFC 8224 */
		{ "Sat, 13 Nov 2010 23:29:00 GMT", 1289690940 },	/* RFC 3261 */
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Thu, 29 Feb 2024 00:00:01 GMT", 1709164801 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	};
	char out[SIP_DATE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(sip_date_parse(all[i].text), all[i].t);
		assert_string_equal(sip_date_print(all[i].t, out), all[i].text);
	}
	assert_int_equal(sip_date_parse("fri, 25 SEP 2015 19:12:25 GMT"), 1443208345);
}

static void bad(void **state)
{
	static const char *const all[] = {
		"", "Fri, 25 Sep 2015 19:12:25", "Fri, 25 Sep 2015 19:12:25 UTC",
		"Fri, 25 Sep 2015 19:12:25 GMT ", " Fri, 25 Sep 2015 19:12:25 GMT",
		"Sat, 25 Sep 2015 19:12:25 GMT",	/* it was a Friday */
		"Fri, 5 Sep 2015 19:12:25 GMT", "Fri, 25 Foo 2015 19:12:25 GMT",
		"Fri, 25 Sep 2015 24:12:25 GMT", "Fri, 25 Sep 2015 19:60:25 GMT",
		"Fri, 25 Sep 2015 19:12:60 GMT", "Thu, 30 Feb 2023 00:00:00 GMT",
		"Fri, +5 Sep 2015 19:12:25 GMT", "Fri, 25-Sep-2015 19:12:25 GMT",
		"Wed, 31 Dec 1969 23:59:59 GMT", "Fri, 25 Sep 2015 19:12:25 gmt",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sip_date_parse(all[i]) != -EINVAL)
			fail_msg("taken: %s", all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
