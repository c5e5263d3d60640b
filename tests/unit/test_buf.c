// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void writing(void **state)
{
	static const uint8_t want[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
		0x0f, 'h', 'i', '4', '2', 0x00, 0x02, 'o', 'k', 0x00, 0x00, 0x00, 0x01, 0xff,
	};
	uint8_t space[64];
	struct wbuf w = wbuf_on(space, sizeof(space));

	(void)state;
	wbuf_u8(&w, 0x01);
	wbuf_u16(&w, 0x0203);
	wbuf_u32(&w, 0x04050607);
	wbuf_u64(&w, 0x08090a0b0c0d0e0full);
	wbuf_str(&w, "hi");
	wbuf_printf(&w, "%d", 42);
	wbuf_lenstr(&w, "ok");
	wbuf_lenstr(&w, NULL);
	wbuf_lenbytes(&w, "\xff", 1);
	assert_false(w.bad);
	assert_int_equal(w.len, sizeof(want));
	assert_memory_equal(space, want, sizeof(want));
}

static void a_full_writer_stays_bad(void **state)
{
	uint8_t space[5] = { 0, 0, 0, 0, 0xee };
	struct wbuf w = wbuf_on(space, 4);

	(void)state;
	wbuf_u8(&w, 1);
	wbuf_u32(&w, 0xffffffff);
	assert_true(w.bad);
	assert_int_equal(w.len, 1);
	wbuf_u8(&w, 2);			/* would fit, but comes after a gap */
	assert_int_equal(w.len, 1);

	w = wbuf_on(space, 4);
	wbuf_lenbytes(&w, "abc", 3);
	assert_true(w.bad);
	assert_int_equal(w.len, 0);	/* no length without its octets */

	w = wbuf_on(space, 4);
	wbuf_printf(&w, "abc");
	assert_false(w.bad);
	assert_int_equal(w.len, 3);
	wbuf_printf(&w, "d");		/* no room for the NUL */
	assert_true(w.bad);
	assert_int_equal(w.len, 3);
	assert_int_equal(space[4], 0xee);
}

static void reading(void **state)
{
	static const uint8_t in[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
		0x0f, 0x00, 0x02, 'o', 'k', 0x00, 0x01, 0xff,
	};
	struct rbuf r = rbuf_on(in, sizeof(in));
	char text[3];
	uint8_t octet;

	(void)state;
	assert_int_equal(rbuf_u8(&r), 0x01);
	assert_int_equal(rbuf_u16(&r), 0x0203);
	assert_int_equal(rbuf_u32(&r), 0x04050607);
	assert_true(rbuf_u64(&r) == 0x08090a0b0c0d0e0full);
	rbuf_lenstr(&r, text, sizeof(text));
	assert_string_equal(text, "ok");
	assert_int_equal(rbuf_left(&r), 3);
	assert_false(rbuf_done(&r));
	assert_int_equal(rbuf_lenbytes(&r, &octet, 1), 1);
	assert_int_equal(octet, 0xff);
	assert_true(rbuf_done(&r));
}

static void a_short_reader_stays_bad(void **state)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct rbuf r = rbuf_on(in, sizeof(in));

	(void)state;
	assert_int_equal(rbuf_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rbuf_u8(&r), 0);
	assert_int_equal(rbuf_left(&r), 0);
	assert_false(rbuf_done(&r));
	assert_null(rbuf_bytes(&r, 0));
}

static void strings_that_do_not_fit(void **state)
{
	static const uint8_t four[] = { 0, 4, 'a', 'b', 'c', 'd' };
	static const uint8_t nul[] = { 0, 3, 'a', 0, 'c' };
	static const uint8_t cut[] = { 0, 9, 'a' };
	char text[4] = "xxx";
	uint8_t octets[3];
	struct rbuf r;

	(void)state;
	r = rbuf_on(four, sizeof(four));
	rbuf_lenstr(&r, text, sizeof(text));
	assert_true(r.bad);
	assert_string_equal(text, "");
	r = rbuf_on(nul, sizeof(nul));
	rbuf_lenstr(&r, text, sizeof(text));
	assert_true(r.bad);
	r = rbuf_on(cut, sizeof(cut));
	rbuf_lenstr(&r, text, sizeof(text));
	assert_true(r.bad);
	r = rbuf_on(four, sizeof(four));
	assert_int_equal(rbuf_lenbytes(&r, octets, sizeof(octets)), 0);
	assert_true(r.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writing),
		cmocka_unit_test(a_full_writer_stays_bad),
		cmocka_unit_test(reading),
		cmocka_unit_test(a_short_reader_stays_bad),
		cmocka_unit_test(strings_that_do_not_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
