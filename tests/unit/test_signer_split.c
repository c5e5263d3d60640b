// SPDX-License-Identifier: GPL-2.0-or-later
/* Two providers: P believes the user and says so, S signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "signer_world.h"

/* The clock moves on: what was issued when S started is not taken. */
static void start_split(void)
{
	sw_start(WORLD_SPLIT);
	snet_run(1000);
}

static void test_signed_by_the_other(void **state)
{
	(void)state;
	start_split();
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	assert_int_equal(sw_code, 486);
	snet_expect("1000 A>P UPDATE\n1000 P>A 407 UPDATE\n1000 A>P UPDATE\n1000 P>S UPDATE\n"
		    "1000 S>B UPDATE\n1000 B>S 486 UPDATE\n1000 S>P 486 UPDATE\n1000 P>A 486 UPDATE\n");
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	assert_null(sip_msg_find(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION, NULL));
	assert_int_equal(signer_sign_stats(sw_p.sign)->made, 1);
	assert_int_equal(signer_sign_stats(sw_s.sign)->made, 1);
}

static void test_no_token(void **state)
{
	(void)state;
	start_split();
	sw_send(sw_request(SIP_INVITE, "x", ALICE, FP_A), &sw_s);
	assert_int_equal(sw_code, 407);
	assert_string_equal(sip_msg_value(sw_got, SIP_HDR_PROXY_AUTHENTICATE),
			    "Bearer realm=\"" REALM "\"");
	assert_int_equal(sw_requests, 0);
}

/* The token that P gave for @from and @sdp, without S having seen it. */
static char *stolen_token(const char *call_id, const char *sdp)
{
	const char *text, *end;

	snet_plan("P>S UPDATE", 1, SNET_LOSE, 0);
	sw_ask(SIP_UPDATE, call_id, ALICE, sdp);
	text = strstr(snet_last("P>S UPDATE"), "Proxy-Authorization: Bearer ");
	assert_non_null(text);
	text += strlen("Proxy-Authorization: ");
	end = strstr(text, "\r\n");
	return strndup(text, (size_t)(end - text));
}

static void show(const char *token, const char *call_id, const char *from, const char *sdp)
{
	struct sip_msg *m = sw_request(SIP_UPDATE, call_id, from, sdp);

	assert_int_equal(sip_msg_add(m, SIP_HDR_PROXY_AUTHORIZATION, token), 0);
	sw_send(m, &sw_s);
}

static void expect_refused(void)
{
	assert_int_equal(sw_code, 407);
	assert_string_equal(sip_msg_value(sw_got, SIP_HDR_PROXY_AUTHENTICATE),
			    "Bearer realm=\"" REALM "\", error=\"invalid_token\"");
	assert_int_equal(sw_requests, 0);
}

static void test_stolen_token(void **state)
{
	char *token;

	(void)state;
	start_split();
	token = stolen_token("x", FP_A);
	show(token, "t1", ALICE, FP_B);			/* other fingerprints */
	expect_refused();
	show(token, "t2", ALICE, FP_A FP_B);		/* one more */
	expect_refused();
	show(token, "t3", ALICE, "");			/* none */
	expect_refused();
	show(token, "t4", "sip:eve@atlanta.example.com", FP_A);
	expect_refused();
	show("Bearer eyJhbGciOiJub25lIn0.e30.", "t5", ALICE, FP_A);
	assert_int_equal(sw_code, 400);
	assert_int_equal(signer_sign_stats(sw_s.sign)->vouched, 0);
	/* what a thief can have is what the user had coming; once */
	show(token, "t6", ALICE, FP_A);
	assert_int_equal(sw_code, 486);
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	assert_int_equal(sw_requests, 1);
	show(token, "t7", ALICE, FP_A);
	assert_int_equal(sw_code, 407);
	assert_int_equal(sw_requests, 1);
	free(token);
}

static void test_late_token(void **state)
{
	char *token;

	(void)state;
	start_split();
	token = stolen_token("x", FP_A);
	clock_advance(1000 * (TOKEN_LIFE + TOKEN_SKEW + 1));
	show(token, "t1", ALICE, FP_A);
	expect_refused();
	free(token);
}

/* A digest is nothing to S, which has no users. */
static void test_digest_at_the_signer(void **state)
{
	struct sip_msg *m;

	(void)state;
	start_split();
	sw_send(sw_request(SIP_UPDATE, "x", ALICE, FP_A), &sw_p);
	m = sw_request(SIP_UPDATE, "y", ALICE, FP_A);
	sw_answer(m, "alice", "secret", 1);
	sw_send(m, &sw_s);
	assert_int_equal(sw_code, 407);
	assert_int_equal(sw_requests, 0);
}

/* Asked for a signature for one request alone, P gives a token for that request alone. */
static void test_bound_token(void **state)
{
	const struct sip_hdr *h;
	char *token;

	(void)state;
	start_split();
	sw_bind = true;
	token = stolen_token("x", FP_A);
	sw_bind = false;
	show(token, "t1", ALICE, FP_A);
	expect_refused();
	free(token);
	sw_bind = true;
	sw_ask(SIP_UPDATE, "y", ALICE, FP_A);
	assert_int_equal(sw_code, 486);
	/* S was told by the token: its Route says nothing. */
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_OK);
	h = sip_msg_find(sw_at_b, SIP_HDR_IDENTITY, NULL);
	h = sip_msg_find(sw_at_b, SIP_HDR_IDENTITY, h);
	assert_non_null(h);
	assert_non_null(strstr(h->value, ";ppt=\"ksrtp-ctx\""));
}

/* The end has other providers, and learns in time that this one's signer is gone. */
static void test_signer_gone(void **state)
{
	struct sip_msg *m, *again;

	(void)state;
	start_split();
	m = sw_request(SIP_INVITE, "x", ALICE, FP_A);
	again = sip_msg_clone(m);
	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 407);
	sip_msg_set(again, SIP_HDR_CSEQ, "2 INVITE");
	sw_answer(again, "alice", "secret", 1);
	snet_plan("P>S INVITE", 10, SNET_LOSE, 0);
	sw_send(again, &sw_p);
	snet_run(1999);
	assert_in_range(sw_code, 0, 199);
	snet_run(1);
	assert_int_equal(sw_code, 504);
	snet_run(40000);
}

/* So does whoever waits for a role that hangs. */
static void test_role_hangs(void **state)
{
	(void)state;
	start_split();
	sw_p.hung = true;
	sw_send(sw_request(SIP_UPDATE, "x", ALICE, FP_A), &sw_p);
	snet_run(SIGNER_ROLE_MS - 1);
	assert_int_equal(sw_code, 0);
	snet_run(1);
	assert_int_equal(sw_code, 503);
	snet_run(40000);
}

#define T(t) cmocka_unit_test_teardown(t, sw_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_signed_by_the_other),
		T(test_no_token),
		T(test_stolen_token),
		T(test_late_token),
		T(test_digest_at_the_signer),
		T(test_bound_token),
		T(test_signer_gone),
		T(test_role_hangs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sw_up, sw_down);
}
