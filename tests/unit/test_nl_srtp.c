// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions to attributes and back, and replies that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "nl_srtp_impl.h"

static const uint8_t key[16] = { 1, 2, 3 }, salt[14] = { 9, 8, 7 };

static struct nl_srtp_session everything(void)
{
	struct nl_srtp_session s = {
		.given = ((1 << 13) - 1) | NL_SRTP_RX_NEXT | NL_SRTP_TX_NEXT | NL_SRTP_OVERLAP, .id = 5, .state = SRTP_STATE_OPEN, .verified = true,
		.rx = { .profile = SRTP_PROFILE_AES128_CM_SHA1_80, .key = key, .key_len = 16,
			.salt = salt, .salt_len = 14, .window = 512, .limit_rtp = 1ull << 33 },
		.tx = { .profile = SRTP_PROFILE_AEAD_AES_128_GCM, .key = key, .key_len = 16,
			.salt = salt, .salt_len = 12, .mki_len = 3, .mki = { 1, 2, 3 } },
		.rx_next = { .profile = SRTP_PROFILE_NULL_SHA1_80, .limit_rtcp = 77 },
		.tx_next = { .profile = SRTP_PROFILE_AEAD_AES_256_GCM }, .overlap = 99,
		.owner = 0xfedcba9876543210u, .peer = 6, .rtcp_peer = 7,
		.latch = SRTP_LATCH_FIRST, .idle_timeout = 30, .max_streams = 1024,
	};

	addr_parse(&s.local, "192.0.2.1", 16384);
	addr_parse(&s.remote, "2001:db8::1", 65535);
	return s;
}

static struct nl_msg *message(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(NL_REQUEST_MAX);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 0x20, 0, 0, cmd, 1));
	return msg;
}

static void test_round_trip(void **state)
{
	struct nl_srtp_session s = everything();
	struct nl_msg *msg = message(SRTP_CMD_SESSION_GET);
	struct nl_srtp_report r;

	(void)state;
	assert_int_equal(nl_srtp_put_session(msg, &s), 0);
	assert_int_equal(nl_srtp_report_parse(nlmsg_hdr(msg), &r), 0);
	assert_int_equal(r.session.given, s.given);
	assert_true(addr_equal(&r.session.local, &s.local));
	assert_true(addr_equal(&r.session.remote, &s.remote));
	assert_int_equal(r.session.rx.profile, s.rx.profile);
	assert_int_equal(r.session.rx.window, 512);
	assert_int_equal(r.session.tx.profile, s.tx.profile);
	assert_null(r.session.rx.key);
	assert_int_equal(r.session.state, SRTP_STATE_OPEN);
	assert_true(r.session.verified);
	assert_true(r.session.owner == s.owner);
	assert_int_equal(r.session.peer, 6);
	assert_int_equal(r.session.rtcp_peer, 7);
	assert_int_equal(r.session.latch, SRTP_LATCH_FIRST);
	assert_int_equal(r.session.idle_timeout, 30);
	assert_int_equal(r.session.max_streams, 1024);
	assert_true(r.session.rx.limit_rtp == 1ull << 33 && r.session.rx.mki_len == 0);
	assert_int_equal(r.session.tx.mki_len, 3);
	assert_memory_equal(r.session.tx.mki, "\1\2\3", 3);
	assert_int_equal(r.session.rx_next.profile, SRTP_PROFILE_NULL_SHA1_80);
	assert_true(r.session.rx_next.limit_rtcp == 77);
	assert_int_equal(r.session.tx_next.profile, SRTP_PROFILE_AEAD_AES_256_GCM);
	assert_int_equal(r.session.overlap, 99);
	nl_message_free(msg);
}

/* Octets on the wire: port in network order, keys where they belong, once. */
static void test_wire(void **state)
{
	struct nl_srtp_session s = { .given = NL_SRTP_LOCAL };
	struct nl_msg *msg = message(SRTP_CMD_SESSION_NEW);
	static const uint8_t want[] = {
		20, 0, SRTP_A_SESSION, 0x80,
		8, 0, SRTP_SA_LOCAL_ADDR, 0, 192, 0, 2, 1,
		6, 0, SRTP_SA_LOCAL_PORT, 0, 0x40, 0x01, 0, 0,
	};

	(void)state;
	addr_parse(&s.local, "192.0.2.1", 0x4001);
	assert_int_equal(nl_srtp_put_session(msg, &s), 0);
	assert_int_equal(nlmsg_hdr(msg)->nlmsg_len, NLMSG_HDRLEN + GENL_HDRLEN + sizeof(want));
	assert_memory_equal((uint8_t *)nlmsg_hdr(msg) + NLMSG_HDRLEN + GENL_HDRLEN, want,
			    sizeof(want));
	nl_message_free(msg);
}

static void test_full(void **state)
{
	struct nl_srtp_session s = everything();
	struct nl_msg *msg = message(SRTP_CMD_SESSION_NEW);
	unsigned int n = 0;

	(void)state;
	while (n < 100 && nl_srtp_put_session(msg, &s) == 0)
		n++;
	/* A request of the most sessions fits with room to spare, and not for ever. */
	assert_true(n > 2 * SRTP_MAX_SESSIONS_PER_REQUEST && n < 100);
	nl_message_free(msg);
}

/* Cut at every octet, lengths made to agree: never read too far (ASan), never half believed. */
static void test_cut(void **state)
{
	struct nl_srtp_session s = everything();
	struct nl_msg *msg = message(SRTP_CMD_SESSION_GET);
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nl_srtp_report r;
	uint32_t whole;

	(void)state;
	assert_int_equal(nl_srtp_put_session(msg, &s), 0);
	whole = h->nlmsg_len;
	for (uint32_t len = 0; len < whole; len++) {
		h->nlmsg_len = len;
		assert_int_equal(nl_srtp_report_parse(h, &r), -EBADMSG);
	}
	nl_message_free(msg);
}

static void refused_with(int type, const void *p, int len)
{
	struct nl_msg *msg = message(SRTP_CMD_SESSION_GET);
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION);
	struct nl_srtp_report r;

	if (type != SRTP_SA_ID)
		nla_put_u32(msg, SRTP_SA_ID, 1);
	if (type == SRTP_SA_LOCAL_ADDR)
		nla_put_u16(msg, SRTP_SA_LOCAL_PORT, 5);
	nla_put(msg, type, len, p);
	nla_nest_end(msg, nest);
	assert_int_equal(nl_srtp_report_parse(nlmsg_hdr(msg), &r), -EBADMSG);
	nl_message_free(msg);
}

static void test_wrong_sizes(void **state)
{
	(void)state;
	refused_with(SRTP_SA_LOCAL_ADDR, "12345", 5);
	refused_with(SRTP_SA_LOCAL_ADDR, "123", 3);
	refused_with(SRTP_SA_ID, "12", 2);
	refused_with(SRTP_SA_ID, "\0\0\0\0", 4);
	refused_with(SRTP_SA_OWNER, "1234567", 7);
	refused_with(SRTP_SA_RX, "", 0);
	/* Drops, one of them with a counter of two octets. */
	refused_with(SRTP_SA_STATS, "\14\0\10\200\6\0\5\0\1\2\0\0", 12);
}

static void test_stats(void **state)
{
	struct nl_msg *msg = message(SRTP_CMD_SESSION_GET);
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION), *stats, *drops;
	struct nl_srtp_report r;

	(void)state;
	nla_put_u32(msg, SRTP_SA_ID, 1);
	stats = nla_nest_start(msg, SRTP_SA_STATS);
	nla_put_u64(msg, SRTP_ST_RX_PACKETS, UINT64_MAX);
	drops = nla_nest_start(msg, SRTP_ST_DROPS);
	nla_put(msg, SRTP_DROP_UNSPEC, 0, NULL);		/* padding */
	nla_put_u64(msg, SRTP_DROP_REPLAY, 11);
	nla_put_u64(msg, __SRTP_DROP_MAX, 12);		/* of a newer module */
	nla_nest_end(msg, drops);
	nla_nest_end(msg, stats);
	nla_nest_end(msg, nest);
	assert_int_equal(nl_srtp_report_parse(nlmsg_hdr(msg), &r), 0);
	assert_true(r.stats.rx_packets == UINT64_MAX);
	assert_int_equal(r.stats.drops[SRTP_DROP_REPLAY], 11);
	for (int i = 0; i < __SRTP_DROP_MAX; i++)
		if (i != SRTP_DROP_REPLAY)
			assert_int_equal(r.stats.drops[i], 0);
	nl_message_free(msg);
}

static void test_event(void **state)
{
	struct nl_srtp_session s = everything();
	struct nl_msg *msg = message(SRTP_CMD_EVENT), *other = message(SRTP_CMD_SESSION_GET);
	struct nl_srtp_report r;
	enum srtp_event what;

	(void)state;
	assert_int_equal(nl_srtp_put_session(msg, &s), 0);
	assert_int_equal(nl_srtp_event_parse(nlmsg_hdr(msg), &what, &r), -EBADMSG);
	nla_put_u8(msg, SRTP_A_EVENT, SRTP_EVENT_EXPIRED);
	assert_int_equal(nl_srtp_event_parse(nlmsg_hdr(msg), &what, &r), 0);
	assert_int_equal(what, SRTP_EVENT_EXPIRED);
	assert_int_equal(r.session.id, 5);
	nl_srtp_put_session(other, &s);
	nla_put_u8(other, SRTP_A_EVENT, SRTP_EVENT_EXPIRED);
	assert_int_equal(nl_srtp_event_parse(nlmsg_hdr(other), &what, &r), -EBADMSG);
	nl_message_free(msg);
	nl_message_free(other);
}

static void test_words(void **state)
{
	size_t k, s, n = 0;
	uint16_t profile, found;
	const char *name;

	(void)state;
	assert_string_equal(nl_srtp_profile_name(7), "AEAD_AES_128_GCM");
	assert_string_equal(nl_srtp_profile_name(99), "?");
	assert_string_equal(nl_srtp_state_name(99), "?");
	assert_string_equal(nl_srtp_drop_name(SRTP_DROP_UNSPEC), "?");
	assert_string_equal(nl_srtp_drop_name(SRTP_DROP_CRYPTO), "crypto");
	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		assert_string_not_equal(nl_srtp_drop_name(i), "?");
	assert_string_equal(nl_srtp_event_name(SRTP_EVENT_REMOTE), "remote");
	assert_int_equal(nl_srtp_profile_sizes(1, &k, &s), 0);
	assert_int_equal(k, 16);
	assert_int_equal(s, 14);
	assert_int_equal(nl_srtp_profile_sizes(SRTP_PROFILE_AEAD_AES_256_GCM, &k, &s), 0);
	assert_int_equal(k, 32);
	assert_int_equal(s, 12);
	assert_int_equal(nl_srtp_profile_sizes(3, &k, &s), -EINVAL);
	while ((name = nl_srtp_profile_list(n, &profile))) {
		assert_string_equal(nl_srtp_profile_name(profile), name);
		assert_true(nl_srtp_profile_find(name, &found));
		assert_int_equal(found, profile);
		n++;
	}
	assert_int_equal(n, 11);
	assert_true(nl_srtp_profile_find("aead_AES_256_gcm", &found));
	assert_int_equal(found, SRTP_PROFILE_AEAD_AES_256_GCM);
	assert_false(nl_srtp_profile_find("AEAD_AES_256_GC", &found));
	assert_false(nl_srtp_profile_find("", &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
