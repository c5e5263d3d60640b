// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests through a provider: who is signed for, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "signer_world.h"

static void test_signed(void **state)
{
	(void)state;
	sw_start(WORLD_BOTH);
	sw_ask(SIP_INVITE, "x", ALICE, FP_B FP_A);
	snet_expect("0 A>P INVITE\n0 P>A 407 INVITE\n0 A>P ACK\n"
		    "0 A>P INVITE\n0 P>B INVITE\n0 P>A 100 INVITE\n0 B>P 486 INVITE\n0 P>B ACK\n"
		    "0 P>A 486 INVITE\n0 A>P ACK\n");
	assert_int_equal(sw_code, 486);
	/* Date was missing, and is iat now; the credentials were for us */
	assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_DATE), "Tue, 14 Nov 2023 22:13:20 GMT");
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION, NULL));
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_RECORD_ROUTE, NULL));
	assert_int_equal(sw_verify(ALICE, BOB, FP_A FP_B), PASSPORT_OK);
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_MKY);
	assert_int_equal(sw_verify(ALICE, ALICE, FP_A FP_B), PASSPORT_DEST);
	assert_int_equal(sw_verify(BOB, BOB, FP_A FP_B), PASSPORT_ORIG);
	assert_int_equal(signer_auth_stats(sw_p.auth)->challenged, 1);
	assert_int_equal(signer_sign_stats(sw_p.sign)->made, 1);
	assert_int_equal(signer_sign_stats(sw_p.sign)->handles, 0);
}

static void test_challenge(void **state)
{
	const struct sip_hdr *h = NULL;
	struct digest_challenge c;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_INVITE, "x", ALICE, FP_A), &sw_p);
	h = sip_msg_find(sw_got, SIP_HDR_PROXY_AUTHENTICATE, NULL);
	assert_int_equal(digest_challenge_parse(&c, h->value, NULL), 0);
	assert_int_equal(c.alg, DIGEST_SHA512_256);
	assert_string_equal(c.realm, REALM);
	h = sip_msg_find(sw_got, SIP_HDR_PROXY_AUTHENTICATE, h);
	assert_int_equal(digest_challenge_parse(&c, h->value, NULL), 0);
	assert_int_equal(c.alg, DIGEST_SHA256);
	assert_null(sip_msg_find(sw_got, SIP_HDR_PROXY_AUTHENTICATE, h));
	assert_int_equal(sw_requests, 0);
}

static void test_forms(void **state)
{
	(void)state;
	sw_start(WORLD_COMPACT);
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	assert_memory_equal(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY), "..", 2);
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	/* Asked for the full one, after 438 say; the word goes no further. */
	sw_full = true;
	sw_ask(SIP_UPDATE, "y", ALICE, FP_A);
	assert_memory_equal(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY), "eyJ", 3);
	assert_null(sip_msg_value(sw_at_b, SIP_HDR_ROUTE));
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	sw_full = false;
	sw_ask(SIP_UPDATE, "z", ALICE, FP_A);
	assert_memory_equal(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY), "..", 2);
	sw_end(NULL);
	sw_start(WORLD_MSEC);
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	assert_non_null(strstr(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY), "ppt=\"msec\""));
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
}

static void test_wrong_password(void **state)
{
	struct sip_msg *m;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_INVITE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_INVITE, "y", ALICE, FP_A);
	sw_answer(m, "alice", "guessed", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 407);
	m = sw_request(SIP_INVITE, "z", ALICE, FP_A);
	sw_answer(m, "nobody", "secret", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 407);
	assert_int_equal(signer_auth_stats(sw_p.auth)->wrong, 2);
	assert_int_equal(sw_requests, 0);
}

/* Credentials heard on the way, shown again with another description. */
static void test_replayed_credentials(void **state)
{
	struct sip_msg *m, *thief;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_INVITE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_INVITE, "y", ALICE, FP_A);
	sw_answer(m, "alice", "secret", 1);
	thief = sw_request(SIP_INVITE, "z", ALICE, FP_B);
	sip_msg_copy_hdrs(thief, m, SIP_HDR_PROXY_AUTHORIZATION);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 486);
	sw_send(thief, &sw_p);
	assert_int_equal(sw_code, 407);
	assert_non_null(strstr(sip_msg_value(sw_got, SIP_HDR_PROXY_AUTHENTICATE), "stale=true"));
	assert_int_equal(signer_auth_stats(sw_p.auth)->replayed, 1);
	assert_int_equal(sw_requests, 1);
	/* and not for another method either */
	m = sw_request(SIP_UPDATE, "u", ALICE, FP_A);
	sw_answer(m, "alice", "secret", 1);
	thief = sw_request(SIP_INVITE, "v", ALICE, FP_A);
	sip_msg_copy_hdrs(thief, m, SIP_HDR_PROXY_AUTHORIZATION);
	sip_msg_free(m);
	sw_send(thief, &sw_p);
	assert_int_equal(sw_code, 407);
	assert_int_equal(sw_requests, 1);
}

static void test_not_his_identity(void **state)
{
	struct sip_msg *m;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_INVITE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_INVITE, "y", ALICE, FP_A);
	sw_answer(m, "eve", "evil", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 403);
	assert_string_equal(sw_got->reason, "Identity Not Allowed");
	assert_int_equal(signer_auth_stats(sw_p.auth)->not_his, 1);
	assert_int_equal(signer_sign_stats(sw_p.sign)->vouched, 0);
	/* not without a description either */
	m = sw_request(SIP_BYE, "z", ALICE, NULL);
	sw_send(sw_request(SIP_INVITE, "w", ALICE, FP_A), &sw_p);
	sw_answer(m, "eve", "evil", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 403);
	assert_int_equal(sw_requests, 0);
}

static void ask_dated(const char *call_id, const char *date)
{
	struct sip_msg *m;

	sw_send(sw_request(SIP_INVITE, "first", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_INVITE, call_id, ALICE, FP_A);
	sip_msg_add(m, SIP_HDR_DATE, date);
	sw_answer(m, "alice", "secret", 1);
	sw_send(m, &sw_p);
}

static void test_date(void **state)
{
	(void)state;
	sw_start(WORLD_BOTH);
	ask_dated("a", "Tue, 14 Nov 2023 22:12:20 GMT");	/* 60 s */
	assert_int_equal(sw_code, 486);
	assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_DATE), "Tue, 14 Nov 2023 22:12:20 GMT");
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	ask_dated("b", "Tue, 14 Nov 2023 22:12:19 GMT");
	assert_int_equal(sw_code, 403);
	assert_string_equal(sw_got->reason, "Stale Date");
	ask_dated("c", "Tue, 14 Nov 2023 22:14:21 GMT");
	assert_int_equal(sw_code, 403);
	ask_dated("d", "yesterday");
	assert_int_equal(sw_code, 400);
	assert_int_equal(sw_requests, 1);
}

static void test_without_description(void **state)
{
	(void)state;
	sw_start(WORLD_BOTH);
	sw_ask(SIP_BYE, "x", ALICE, NULL);
	assert_int_equal(sw_code, 486);
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_IDENTITY, NULL));
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION, NULL));
	assert_int_equal(sw_p.front.stats.unsigned_, 1);
	assert_int_equal(signer_sign_stats(sw_p.sign)->vouched, 0);
}

static void test_ack_passes(void **state)
{
	struct sip_hop to;

	(void)state;
	sw_start(WORLD_BOTH);
	to = snet_hop(&sw_a, &sw_p.node);
	assert_int_equal(sip_stack_send_ack(&sw_a.stack, &to,
					    sw_request(SIP_ACK, "x", ALICE, NULL), NULL), 0);
	snet_run(0);
	snet_expect("0 A>P ACK\n0 P>B ACK\n");
	assert_int_equal(sw_acks, 1);
}

static void test_bad_descriptions(void **state)
{
	static const char *const lines[] = {
		"a=fingerprint:sha-256 02:1A\r\n",
		"a=fingerprint\r\n",
		"a=fingerprint:sha-256-but-much-longer 02:1A\r\n",
		"?\r\n",
	};
	char call_id[8];

	(void)state;
	sw_start(WORLD_BOTH);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(call_id, sizeof(call_id), "%zu", i);
		sw_send(sw_request(SIP_INVITE, call_id, ALICE, lines[i]), &sw_p);
		if (sw_code != 488)
			fail_msg("%s gave %u", lines[i], sw_code);
	}
	assert_int_equal(sw_p.front.stats.asked, 0);
}

static void test_limit(void **state)
{
	struct sip_msg *m;
	char text[8];

	(void)state;
	sw_start(WORLD_LIMITED);
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%u", i);
		sw_ask(SIP_UPDATE, text, ALICE, FP_A);
		assert_int_equal(sw_code, i < 2 ? 486 : 503);
	}
	assert_string_equal(sip_msg_value(sw_got, SIP_HDR_RETRY_AFTER), "1");
	/* another user's is his own */
	sw_send(sw_request(SIP_UPDATE, "e", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_UPDATE, "f", "sip:eve@atlanta.example.com", FP_A);
	sw_answer(m, "eve", "evil", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 486);
	snet_run(1000);
	sw_ask(SIP_UPDATE, "g", ALICE, FP_A);
	assert_int_equal(sw_code, 486);
}

static void test_other_credentials_stay(void **state)
{
	static const char other[] = "Digest username=\"a\", realm=\"biloxi\", nonce=\"n\", uri=\"" BOB
		"\", response=\"00000000000000000000000000000000\", qop=auth, nc=00000001, cnonce=\"c\"";
	struct sip_msg *m;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_UPDATE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_UPDATE, "y", ALICE, FP_A);
	sip_msg_add(m, SIP_HDR_PROXY_AUTHORIZATION, other);
	sw_answer(m, "alice", "secret", 1);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 486);
	assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION), other);
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION,
				 sip_msg_find(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION, NULL)));
}

/* The end puts its signer in front of the route set, by name. */
static void test_route(void **state)
{
	struct sip_msg *m;

	(void)state;
	sw_start(WORLD_BOTH);
	sw_send(sw_request(SIP_UPDATE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_UPDATE, "y", ALICE, FP_A);
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:Signer.example;lr>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.3;lr>");
	sw_answer(m, "alice", "secret", 1);
	sw_p.front.conf.nhops = 0;
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 486);
	assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_ROUTE), "<sip:192.0.2.3;lr>");
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
}

#define T(t) cmocka_unit_test_teardown(t, sw_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_signed),
		T(test_challenge),
		T(test_forms),
		T(test_wrong_password),
		T(test_replayed_credentials),
		T(test_not_his_identity),
		T(test_date),
		T(test_without_description),
		T(test_ack_passes),
		T(test_bad_descriptions),
		T(test_limit),
		T(test_other_credentials_stay),
		T(test_route),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sw_up, sw_down);
}
