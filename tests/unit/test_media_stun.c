// SPDX-License-Identifier: GPL-2.0-or-later
/* The Binding response, against RFC 5769's mapped addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media_stun.h"

/* RFC 5769 sections 2.2 and 2.3: transaction id, 192.0.2.1:32853, 2001:db8:...:32853 */
static const uint8_t ask[20] = {
	0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42,
	0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
};

static void mapped_addresses(void **state)
{
	static const uint8_t v4[12] = {
		0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
	};
	static const uint8_t v6[24] = {
		0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
		0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
	};
	uint8_t out[MEDIA_STUN_MAX];
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(&a, "192.0.2.1", 32853), 0);
	assert_int_equal(media_stun_answer(ask, sizeof(ask), &a, out), 32);
	assert_memory_equal(out, "\x01\x01\x00\x0c", 4);
	assert_memory_equal(out + 4, ask + 4, 16);
	assert_memory_equal(out + 20, v4, sizeof(v4));
	assert_int_equal(addr_parse(&a, "2001:db8:1234:5678:11:2233:4455:6677", 32853), 0);
	assert_int_equal(media_stun_answer(ask, sizeof(ask), &a, out), 44);
	assert_memory_equal(out, "\x01\x01\x00\x18", 4);
	assert_memory_equal(out + 20, v6, sizeof(v6));
}

/* @attr after the head, with the length put right. */
static size_t with(const void *attr, size_t len)
{
	uint8_t msg[200], out[MEDIA_STUN_MAX];
	struct addr a;

	assert_int_equal(addr_parse(&a, "192.0.2.1", 1), 0);
	memcpy(msg, ask, sizeof(ask));
	memcpy(msg + sizeof(ask), attr, len);
	msg[3] = (uint8_t)len;
	return media_stun_answer(msg, sizeof(ask) + len, &a, out);
}

static void what_is_answered(void **state)
{
	uint8_t msg[24], out[MEDIA_STUN_MAX];
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(&a, "192.0.2.1", 1), 0);
	assert_int_equal(with("\x80\x22\x00\x05hello\0\0\0", 12), 32);	/* SOFTWARE, padded */
	assert_int_equal(with("\x80\x28\x00\x04\x01\x02\x03\x04", 8), 32);	/* FINGERPRINT */
	assert_int_equal(with("\x00\x06\x00\x04user", 8), 0);		/* USERNAME: ICE */
	assert_int_equal(with("\x00\x25\x00\x00", 4), 0);		/* USE-CANDIDATE */
	assert_int_equal(with("\x80\x22\x00\x09hello\0\0\0", 12), 0);	/* beyond the end */
	assert_int_equal(with("\x80\x22\xff\xff", 4), 0);

	for (size_t len = 0; len < sizeof(ask); len++)
		assert_int_equal(media_stun_answer(ask, len, &a, out), 0);
	for (size_t bit = 0; bit < 64; bit++) {		/* type, length, cookie: all fixed */
		memcpy(msg, ask, sizeof(ask));
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(media_stun_answer(msg, sizeof(ask), &a, out), 0);
	}
	memcpy(msg, ask, sizeof(ask));
	assert_int_equal(media_stun_answer(msg, sizeof(msg), &a, out), 0);	/* something behind */
	assert_true(media_stun_is(msg, 1) && !media_stun_is(msg, 0));
	msg[0] = 4;
	assert_false(media_stun_is(msg, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapped_addresses),
		cmocka_unit_test(what_is_answered),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("media_stun", tests, NULL, NULL);
}
