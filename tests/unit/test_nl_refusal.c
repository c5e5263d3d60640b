// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the kernel's refusals, octet by octet as it sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/genetlink.h>

#include "nl.h"
#include "nl_srtp_impl.h"

struct message {
	union {
		struct nlmsghdr h;
		uint8_t data[512];
	};
	size_t len;
};

static void put(struct message *m, const void *p, size_t len)
{
	memcpy(m->data + m->len, p, len);
	m->len += NLA_ALIGN(len);
	m->h.nlmsg_len = (uint32_t)m->len;
}

static void put_attr(struct message *m, uint16_t type, const void *p, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = type };

	put(m, &a, sizeof(a));
	put(m, p, len);
}

static void put_u32(struct message *m, uint16_t type, uint32_t v)
{
	put_attr(m, type, &v, sizeof(v));
}

static void begin_error(struct message *m, int code, uint16_t flags)
{
	struct nlmsgerr e = { .error = code, .msg = { .nlmsg_len = 200 } };

	memset(m, 0, sizeof(*m));
	m->h.nlmsg_type = NLMSG_ERROR;
	m->h.nlmsg_flags = flags;
	m->len = NLMSG_HDRLEN;
	put(m, &e, sizeof(e));
}

/* Two sessions; where the second's rx profile and its rx nest are. */
static size_t nest_begin(struct message *m, uint16_t type)
{
	const struct nlattr a = { .nla_type = type | NLA_F_NESTED };
	size_t at = m->len;

	put(m, &a, sizeof(a));
	return at;
}

static void nest_end(struct message *m, size_t at)
{
	((struct nlattr *)(m->data + at))->nla_len = (uint16_t)(m->len - at);
}

static void two_sessions(struct message *m, size_t *rx, size_t *profile, size_t *second)
{
	size_t s;

	memset(m, 0, sizeof(*m));
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
	s = nest_begin(m, SRTP_A_SESSION);
	put_u32(m, SRTP_SA_ID, 7);
	nest_end(m, s);
	*second = s = nest_begin(m, SRTP_A_SESSION);
	put_u32(m, SRTP_SA_ID, 8);
	*rx = nest_begin(m, SRTP_SA_RX);
	*profile = m->len;
	put_attr(m, SRTP_CA_PROFILE, "\1\0", 2);
	nest_end(m, *rx);
	nest_end(m, s);
}

static void test_text_and_path(void **state)
{
	struct message request, answer;
	size_t rx, profile, second;
	struct nl_refusal r;

	(void)state;
	two_sessions(&request, &rx, &profile, &second);
	begin_error(&answer, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	put_attr(&answer, NLMSGERR_ATTR_MSG, "no such profile", 16);
	put_u32(&answer, NLMSGERR_ATTR_OFFS, (uint32_t)profile);
	assert_int_equal(nl_refusal_parse(&answer.h, request.data, request.len, nl_srtp_attr_names,
					  &r), 0);
	assert_int_equal(r.code, -EINVAL);
	assert_string_equal(r.text, "no such profile");
	assert_string_equal(r.path, "session[1].rx.profile");
}

/* The kernel sends the attribute's policy along: what it should have been. */
static void test_range(void **state)
{
	const uint64_t min = 64, max = 32768;
	struct message answer;
	struct nl_refusal r;
	size_t nest;

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const want[] = {
			"out of range (64 to 32768)", "out of range (at least 64)",
			"out of range (0 to 16 octets)",
		};

		begin_error(&answer, -ERANGE, NLM_F_CAPPED | NLM_F_ACK_TLVS);
		nest = nest_begin(&answer, NLMSGERR_ATTR_POLICY);
		put_u32(&answer, NL_POLICY_TYPE_ATTR_TYPE, NL_ATTR_TYPE_U32);
		if (i < 2)
			put_attr(&answer, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, &min, 8);
		if (i == 0)
			put_attr(&answer, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, &max, 8);
		if (i == 2)
			put_u32(&answer, NL_POLICY_TYPE_ATTR_MAX_LENGTH, 16);
		nest_end(&answer, nest);
		put_attr(&answer, NLMSGERR_ATTR_MSG, "out of range", 13);
		assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, nl_srtp_attr_names, &r), 0);
		assert_string_equal(r.text, want[i]);
		/* Cut short anywhere: what came before is told, and nothing behind is read. */
		for (uint32_t len = 0; len < answer.len; len++) {
			answer.h.nlmsg_len = len;
			nl_refusal_parse(&answer.h, NULL, 0, nl_srtp_attr_names, &r);
		}
	}
}

static void test_missing(void **state)
{
	struct message request, answer;
	size_t rx, profile, second;
	struct nl_refusal r;

	(void)state;
	two_sessions(&request, &rx, &profile, &second);
	begin_error(&answer, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	put_u32(&answer, NLMSGERR_ATTR_MISS_NEST, (uint32_t)rx);
	put_u32(&answer, NLMSGERR_ATTR_MISS_TYPE, SRTP_CA_MASTER_KEY);
	assert_int_equal(nl_refusal_parse(&answer.h, request.data, request.len, nl_srtp_attr_names,
					  &r), 0);
	assert_string_equal(r.path, "session[1].rx.master-key");
	/* At the top there is no nest. */
	begin_error(&answer, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	put_u32(&answer, NLMSGERR_ATTR_MISS_TYPE, SRTP_A_OWNER);
	assert_int_equal(nl_refusal_parse(&answer.h, request.data, request.len, nl_srtp_attr_names,
					  &r), 0);
	assert_string_equal(r.path, "owner");
}

static void test_paths(void **state)
{
	struct message m;
	size_t rx, profile, second;
	char path[96], tiny[8];

	(void)state;
	two_sessions(&m, &rx, &profile, &second);
	nl_attr_path(m.data, m.len, second, 0, nl_srtp_attr_names, path, sizeof(path));
	assert_string_equal(path, "session[1]");
	nl_attr_path(m.data, m.len, NLMSG_HDRLEN + GENL_HDRLEN, 0, nl_srtp_attr_names, path,
		     sizeof(path));
	assert_string_equal(path, "session[0]");
	nl_attr_path(m.data, m.len, 3, 0, nl_srtp_attr_names, path, sizeof(path));
	assert_string_equal(path, "");
	nl_attr_path(m.data, m.len, 10000, 0, nl_srtp_attr_names, path, sizeof(path));
	assert_string_equal(path, "");
	nl_attr_path(NULL, 0, profile, 0, nl_srtp_attr_names, path, sizeof(path));
	assert_string_equal(path, "");
	/* Without names, and for what has none, numbers. */
	nl_attr_path(m.data, m.len, second, 0, NULL, path, sizeof(path));
	assert_string_equal(path, "#1");
	/* No room is no overrun. */
	nl_attr_path(m.data, m.len, profile, 0, nl_srtp_attr_names, tiny, sizeof(tiny));
	assert_string_equal(tiny, "session");
}

static void test_plain_ack(void **state)
{
	struct message answer;
	struct nl_refusal r;
	int32_t done = 0;

	(void)state;
	begin_error(&answer, 0, NLM_F_CAPPED);
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), 0);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.text, "");
	/* The end of a dump carries a bare number. */
	memset(&answer, 0, sizeof(answer));
	answer.h.nlmsg_type = NLMSG_DONE;
	answer.len = NLMSG_HDRLEN;
	done = -ENOENT;
	put(&answer, &done, sizeof(done));
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), 0);
	assert_int_equal(r.code, -ENOENT);
}

static void test_echoed_request(void **state)
{
	struct message answer;
	struct nlmsgerr *e;
	struct nl_refusal r;

	(void)state;
	/* Without CAP_ACK the request follows its header, and the attributes it. */
	begin_error(&answer, -EPERM, NLM_F_ACK_TLVS);
	e = (void *)(answer.data + NLMSG_HDRLEN);
	e->msg.nlmsg_len = NLMSG_HDRLEN + 21;
	put(&answer, "twenty-one octets....", 21);
	put_attr(&answer, NLMSGERR_ATTR_MSG, "words", 6);
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), 0);
	assert_string_equal(r.text, "words");
	e->msg.nlmsg_len = 5;
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), -EBADMSG);
	e->msg.nlmsg_len = 5000;
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), -EBADMSG);
}

static void test_nonsense(void **state)
{
	struct message answer;
	struct nl_refusal r;

	(void)state;
	/* Cut at every octet: refused, or read without what is cut off. */
	begin_error(&answer, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	put_attr(&answer, NLMSGERR_ATTR_MSG, "0123456789", 11);
	for (uint32_t len = NLMSG_HDRLEN; len < answer.len; len++) {
		answer.h.nlmsg_len = len;
		if (nl_refusal_parse(&answer.h, NULL, 0, NULL, &r) == 0) {
			assert_true(len >= NLMSG_HDRLEN + sizeof(struct nlmsgerr));
			assert_string_equal(r.text, len >= answer.len - 1 ? "0123456789" : "");
		} else {
			assert_true(len < NLMSG_HDRLEN + sizeof(struct nlmsgerr));
		}
	}
	/* What is not an errno. */
	begin_error(&answer, -5000, NLM_F_CAPPED);
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), -EBADMSG);
	/* What a terminal would obey. */
	begin_error(&answer, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	put_attr(&answer, NLMSGERR_ATTR_MSG, "a\033[2Jb\nc\377d", 11);
	assert_int_equal(nl_refusal_parse(&answer.h, NULL, 0, NULL, &r), 0);
	assert_string_equal(r.text, "a?[2Jb?c?d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_path),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_plain_ack),
		cmocka_unit_test(test_echoed_request),
		cmocka_unit_test(test_nonsense),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
