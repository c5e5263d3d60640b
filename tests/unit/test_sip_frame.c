// SPDX-License-Identifier: GPL-2.0-or-later
/* Where messages of a stream end, keep-alives, and what breaks a stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"
#include "sip_frame.h"

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\n"

static struct sip_framer f;
static struct err why;

static void give(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		uint8_t *at;
		size_t room = sip_framer_room(&f, &at);

		assert_true(room > 0);
		room = room < len ? room : len;
		memcpy(at, p, room);
		sip_framer_added(&f, room);
		p += room;
		len -= room;
	}
}

static enum sip_frame_kind next(char *out)
{
	struct sip_frame frame;
	const enum sip_frame_kind kind = sip_framer_next(&f, &frame, &why);

	out[0] = '\0';
	if (kind == SIP_FRAME_MESSAGE) {
		memcpy(out, frame.data, frame.len);
		out[frame.len] = '\0';
	}
	return kind;
}

static int framer_teardown(void **state)
{
	(void)state;
	sip_framer_fini(&f);
	return 0;
}

static void test_two_messages_octet_by_octet(void **state)
{
	static const char one[] = HEAD "Content-Length: 5\r\n\r\nhello";
	static const char two[] = HEAD "l:0\r\n\r\n";
	char all[512], got[512];
	unsigned int messages = 0;

	(void)state;
	snprintf(all, sizeof(all), "%s\r\n\r\n%s\r\n%s", one, two, one);
	for (size_t i = 0; i < strlen(all); i++) {
		enum sip_frame_kind kind;

		give(all + i, 1);
		while ((kind = next(got)) != SIP_FRAME_NONE) {
			if (kind == SIP_FRAME_PING) {
				assert_int_equal(messages, 1);
				continue;
			}
			if (kind == SIP_FRAME_PONG) {
				assert_int_equal(messages, 2);
				continue;
			}
			assert_int_equal(kind, SIP_FRAME_MESSAGE);
			assert_string_equal(got, messages == 1 ? two : one);
			messages++;
		}
	}
	assert_int_equal(messages, 3);
	assert_int_equal(sip_framer_pending(&f), 0);
}

static void test_many_at_once(void **state)
{
	static const char one[] = HEAD "Content-Length : \r\n 3 \r\n\r\nabc";
	char got[512];

	(void)state;
	for (int i = 0; i < 100; i++)
		give(one, strlen(one));
	for (int i = 0; i < 100; i++) {
		/* a fold behind the colon, none in front of it */
		assert_int_equal(next(got), SIP_FRAME_MESSAGE);
		assert_string_equal(got, one);
	}
	assert_int_equal(next(got), SIP_FRAME_NONE);
	assert_null(f.buf);		/* an idle connection costs nothing */
}

static void test_body_holds_anything(void **state)
{
	char got[512];

	(void)state;
	give(HEAD "Content-Length: 8\r\n\r\n\r\n\r\n\0\r\nx" "\r\n\r\n", sizeof(HEAD) - 1 + 21 + 8 + 4);
	assert_int_equal(next(got), SIP_FRAME_MESSAGE);
	assert_int_equal(next(got), SIP_FRAME_PING);
	assert_int_equal(next(got), SIP_FRAME_NONE);
}

static void test_broken(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ HEAD "\r\n", "no Content-Length, which a stream needs" },
		{ HEAD "Content-Length: 1\r\nl: 1\r\n\r\nx", "more than one Content-Length" },
		{ HEAD "Content-Length: x\r\n\r\n", "malformed Content-Length" },
		{ HEAD "Content-Length: -1\r\n\r\n", "malformed Content-Length" },
		{ HEAD "Content-Length:\r\n\r\n", "malformed Content-Length" },
		{ HEAD "Content-Length: 5, 5\r\n\r\n", "malformed Content-Length" },
		{ HEAD "Content-Length: 32769\r\n\r\n", "body too long" },
		{ HEAD "Content-Length: 18446744073709551617\r\n\r\n", "body too long" },
		{ HEAD "X: a\r\n Content-Length: 0\r\n\r\n",
		  "no Content-Length, which a stream needs" },
		{ "\rINVITE", "a lone CR in front of a message" },
	};
	char got[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		give(rows[i].text, strlen(rows[i].text));
		assert_int_equal(next(got), SIP_FRAME_BROKEN);
		assert_string_equal(why.text, rows[i].why);
		give(HEAD "l: 0\r\n\r\n", sizeof(HEAD) - 1 + 8);
		assert_int_equal(next(got), SIP_FRAME_BROKEN);
		sip_framer_fini(&f);
	}
}

static void test_limits_of_size(void **state)
{
	static char big[SIP_FRAME_MAX], got[SIP_FRAME_MAX + 1];
	static const char tail[] = "\r\nContent-Length: 32768\r\n\r\n";
	const size_t head = SIP_FRAME_HEADERS - (sizeof(tail) - 1);

	(void)state;
	memset(big, 'x', sizeof(big));
	memcpy(big, HEAD, sizeof(HEAD) - 1);
	memcpy(big + head, tail, sizeof(tail) - 1);
	give(big, sizeof(big));
	assert_int_equal(next(got), SIP_FRAME_MESSAGE);
	assert_int_equal(strlen(got), SIP_FRAME_MAX);
	assert_int_equal(next(got), SIP_FRAME_NONE);

	memset(big + head, 'x', sizeof(tail) - 1);
	give(big, SIP_FRAME_HEADERS);
	assert_int_equal(next(got), SIP_FRAME_NONE);
	give("x", 1);
	assert_int_equal(next(got), SIP_FRAME_BROKEN);
	assert_string_equal(why.text, "headers too long");
}

#define FRAMER(t) cmocka_unit_test_teardown(t, framer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRAMER(test_two_messages_octet_by_octet),
		FRAMER(test_many_at_once),
		FRAMER(test_body_holds_anything),
		FRAMER(test_broken),
		FRAMER(test_limits_of_size),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
