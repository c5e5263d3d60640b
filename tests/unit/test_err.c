// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "err.h"

static void set_returns_the_code(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, -EINVAL, "port %d is odd", 5061), -EINVAL);
	assert_int_equal(e.code, -EINVAL);
	assert_string_equal(e.text, "port 5061 is odd");
	assert_int_equal(err_set(NULL, -ENOMEM, "nobody listens"), -ENOMEM);
}

static void control_octets_are_replaced(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, -EINVAL, "a\r\nb\x1b[1m\x7f");
	assert_string_equal(e.text, "a??b?[1m?");
	err_prefix(&e, "x\ty");
	assert_string_equal(e.text, "x?y: a??b?[1m?");
}

static void too_long_is_cut(void **state)
{
	char longer[400];
	struct err e = { 0 };

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&e, -EINVAL, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	err_prefix(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void prefixes(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, -ENOENT, "no such file");
	err_prefix(&e, "side %s", "inside");
	assert_string_equal(e.text, "side inside: no such file");
	assert_int_equal(e.code, -ENOENT);
	err_prefix(NULL, "nobody");
}

static void text_of_a_bare_code(void **state)
{
	struct err e = { .code = -ENOENT };

	(void)state;
	assert_string_equal(err_text(&e), "No such file or directory");
	e.code = 0;
	assert_string_equal(err_text(&e), "no error");
	e.code = -9999;
	assert_string_equal(err_text(&e), "unknown error");
	assert_string_equal(err_text(NULL), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_returns_the_code),
		cmocka_unit_test(control_octets_are_replaced),
		cmocka_unit_test(too_long_is_cut),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(text_of_a_bare_code),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
