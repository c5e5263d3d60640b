// SPDX-License-Identifier: GPL-2.0-or-later
/* Classification and header validation of the module. */
#include "test_kmod.h"

#include "classify.h"
#include "rtp.h"

static enum srtp_class class_named(const char *name)
{
	static const struct {
		const char *name;
		enum srtp_class class;
	} names[] = {
		{ "STUN", SRTP_CLASS_STUN },	     { "ZRTP", SRTP_CLASS_ZRTP },
		{ "DTLS", SRTP_CLASS_DTLS },	     { "TURN-channel", SRTP_CLASS_TURN },
		{ "RTP/RTCP", SRTP_CLASS_RTP },	     { "drop", SRTP_CLASS_NONE },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].class;
	fail_msg("unknown class %s", name);
	return SRTP_CLASS_NONE;
}

static void test_first_octet(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc7983_rfc5761_demux.json"), *r;
	unsigned int checked = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "first_octet"), i, r) {
		enum srtp_class want = class_named(str_of(r, "class"));
		int to = (int)json_integer_value(json_object_get(r, "to"));

		for (int b = (int)json_integer_value(json_object_get(r, "from")); b <= to; b++) {
			u8 p[2] = { (u8)b, 0 };

			assert_int_equal(srtp_classify(p, 2), want);
			assert_int_equal(srtp_classify(p, 1), want);
			checked++;
		}
	}
	assert_int_equal(checked, 256);
	assert_int_equal(srtp_classify((const u8 *)"", 0), SRTP_CLASS_NONE);
	json_decref(root);
}

static void test_second_octet(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc7983_rfc5761_demux.json"), *v;
	json_t *mux = json_object_get(root, "rtcp_mux");
	unsigned int checked = 0;
	const char *type;

	(void)state;
	for (int a = 128; a <= 191; a++)
		for (int b = 0; b <= 255; b++) {
			u8 p[2] = { (u8)a, (u8)b };
			bool rtcp = b >= 192 && b <= 223;

			assert_int_equal(srtp_classify(p, 2),
					 rtcp ? SRTP_CLASS_RTCP : SRTP_CLASS_RTP);
			checked++;
		}
	assert_int_equal(checked, 64 * 256);
	checked = 0;
	json_object_foreach(json_object_get(mux, "rtcp_packet_types_in_use"), type, v) {
		u8 p[2] = { 0x80, (u8)atoi(type) };

		assert_int_equal(srtp_classify(p, 2), SRTP_CLASS_RTCP);
		checked++;
	}
	assert_int_equal(checked, 11);
	json_decref(root);
}

static void test_rtp_header(void **state)
{
	u8 p[128] = { 0x80, 0x0f, 0x12, 0x34, 1, 2, 3, 4, 0xca, 0xfe, 0xba, 0xbe };
	struct srtp_rtp r;

	(void)state;
	assert_int_equal(srtp_rtp_parse(p, 12, 12, &r), 0);
	assert_int_equal(r.hdr_len, 12);
	assert_int_equal(r.ssrc, 0xcafebabe);
	assert_int_equal(r.seq, 0x1234);
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(srtp_rtp_parse(p, len, len, &r), SRTP_DROP_MALFORMED);
	for (int version = 0; version < 4; version++) {
		p[0] = (u8)(version << 6);
		assert_int_equal(srtp_rtp_parse(p, 12, 12, &r),
				 version == 2 ? 0 : SRTP_DROP_MALFORMED);
	}
	for (u8 cc = 0; cc < 16; cc++) {	/* CSRC list */
		size_t need = 12 + cc * 4u;

		p[0] = 0x80 | cc;
		assert_int_equal(srtp_rtp_parse(p, need, need, &r), 0);
		assert_int_equal(r.hdr_len, need);
		if (cc)
			assert_int_equal(srtp_rtp_parse(p, need - 1, need - 1, &r),
					 SRTP_DROP_MALFORMED);
	}
	p[0] = 0x91;				/* extension of 5 words behind one CSRC */
	p[16 + 3] = 5;
	assert_int_equal(srtp_rtp_parse(p, 40, 40, &r), 0);
	assert_int_equal(r.hdr_len, 40);
	for (size_t len = 12; len < 40; len++)
		assert_int_equal(srtp_rtp_parse(p, len, len, &r), SRTP_DROP_MALFORMED);
	p[16 + 2] = 0xff;			/* longest there is: reads nothing of it */
	assert_int_equal(srtp_rtp_parse(p, 20, 400000, &r), 0);
	assert_int_equal(r.hdr_len, 20 + 0xff05 * 4);
	assert_int_equal(srtp_rtp_parse(p, 20, 20 + 0xff05 * 4 - 1, &r), SRTP_DROP_MALFORMED);
}

/* Less readable than needed: asked for more, and never more than twice. */
static void test_rtp_header_pieces(void **state)
{
	u8 p[64] = { 0x9f };
	struct srtp_rtp r;

	(void)state;
	assert_int_equal(srtp_rtp_parse(p, 0, 200, &r), -EAGAIN);
	assert_int_equal(r.hdr_len, 12);
	assert_int_equal(srtp_rtp_parse(p, 12, 200, &r), -EAGAIN);
	assert_int_equal(r.hdr_len, 12 + 60 + 4);
	assert_int_equal(srtp_rtcp_parse(p, 7, 200, &r), -EAGAIN);
	assert_int_equal(r.hdr_len, 8);
}

static void test_rtcp_header(void **state)
{
	u8 p[12] = { 0x81, 200, 0, 1, 0xde, 0xad, 0xbe, 0xef };
	struct srtp_rtp r;

	(void)state;
	assert_int_equal(srtp_rtcp_parse(p, 8, 8, &r), 0);
	assert_int_equal(r.hdr_len, 8);
	assert_int_equal(r.ssrc, 0xdeadbeef);
	for (size_t len = 0; len < 8; len++)
		assert_int_equal(srtp_rtcp_parse(p, len, len, &r), SRTP_DROP_MALFORMED);
	p[0] = 0x41;
	assert_int_equal(srtp_rtcp_parse(p, 8, 8, &r), SRTP_DROP_MALFORMED);
}

static void test_padding(void **state)
{
	u8 p[20] = { 0xa0 };

	(void)state;
	for (int last = 0; last < 256; last++) {
		p[19] = (u8)last;
		assert_int_equal(srtp_rtp_padding_ok(p, 20, 12), last >= 1 && last <= 8);
	}
	assert_false(srtp_rtp_padding_ok(p, 12, 12));
	p[0] = 0x80;
	assert_true(srtp_rtp_padding_ok(p, 12, 12));
	assert_true(srtp_rtp_padding_ok(p, 20, 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_octet),
		cmocka_unit_test(test_second_octet),
		cmocka_unit_test(test_rtp_header),
		cmocka_unit_test(test_rtp_header_pieces),
		cmocka_unit_test(test_rtcp_header),
		cmocka_unit_test(test_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
