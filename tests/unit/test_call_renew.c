// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys that change within a call, by re-INVITE and UPDATE, on sides where somebody is
 * verified and where nobody is; and UPDATEs that say something else to the other side.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange.h"
#include "identity_world.h"
#include "leg_trust.h"

#define HEAD "v=0\r\no=u 1 2 IN IP4 10.0.9.8\r\ns=-\r\nc=IN IP4 10.0.9.8\r\nt=0 0\r\n" \
	     "m=audio 4444 UDP/TLS/RTP/SAVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
#define OTHER HEAD "a=setup:actpass\r\n" VW_FP2
#define MOVED HEAD "a=setup:actpass\r\n" VW_FP1
#define TLS_ID "a=tls-id:abcdefghijklmnopqrstuvwx\r\n"
#define PLAIN_HELD SDP_PLAIN "a=recvonly\r\n"

static struct sip_msg *invite;

/* ---- where nobody is verified -------------------------------------------------- */

static void call_up(enum media_security a, enum media_security b)
{
	world_open(&w, a, b);
	invite = world_established(&w);
}

static void hang_up(void)
{
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static struct world_leg *near_leg(void)
{
	return media_leg(&w, world_call(&w)->a.id);
}

/* The far end of leg @l is asked for as another association, with the second key. */
static void renewed(const struct world_leg *l, uint32_t assoc)
{
	assert_int_equal(l->last_remote.assoc, assoc);
	assert_int_equal(l->last_remote.ask, l->last_fp.ask);
	assert_int_equal(l->last_fp.fp[0].digest[0], 0x4a);
	assert_int_equal(l->last_remote.rtp.port, 4444);
}

static void by_re_invite(void **state)
{
	struct sip_msg *m;

	(void)state;
	call_up(MEDIA_DTLS, MEDIA_PLAIN);
	assert_int_equal(near_leg()->last_remote.assoc, 0);
	caller_request(&w, "INVITE", NULL, OTHER);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	assert_int_equal(near_leg()->last_remote.assoc, 0);	/* not before both have agreed */
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "a=setup:active");
	world_has_body(m, "a=fingerprint:sha-256 5A:5A");
	sip_msg_free(m);
	caller_ack(&w, NULL);
	renewed(near_leg(), 1);
	assert_int_equal(near_leg()->last_remote.role, MEDIA_DTLS_ACTIVE);
	hang_up();
}

static void refused_by_the_other(void **state)
{
	struct sip_msg *m;
	unsigned int told_before;

	(void)state;
	call_up(MEDIA_DTLS, MEDIA_PLAIN);
	told_before = near_leg()->remotes;
	caller_request(&w, "INVITE", NULL, OTHER);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 488, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_expect_done(&w, 0, 488, SIP_INVITE);
	assert_int_equal(near_leg()->remotes, told_before);
	assert_int_equal(near_leg()->last_fp.fp[0].digest[0], 0x02);
	assert_false(oa_renews(&world_call(&w)->a.oa));
	hang_up();
}

static void by_update(void **state)
{
	char first[64], second[64];
	const char *at;
	struct sip_msg *m;

	(void)state;
	call_up(MEDIA_DTLS, MEDIA_PLAIN);
	/* The other side is not asked: for it nothing changes. */
	caller_request(&w, "UPDATE", NULL, HEAD "a=setup:actpass\r\n" TLS_ID VW_FP2);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	world_silence(&w);
	world_has_body(m, "a=setup:active");
	at = memmem(m->body, m->body_len, "a=tls-id:", 9);
	assert_non_null(at);
	snprintf(first, sizeof(first), "%.33s", at);
	sip_msg_free(m);
	renewed(near_leg(), 1);
	/* The same once more is the same association; another tls-id is another one, on both ends. */
	caller_request(&w, "UPDATE", NULL, HEAD "a=setup:actpass\r\n" TLS_ID VW_FP2);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	world_has_body(m, first);
	sip_msg_free(m);
	renewed(near_leg(), 1);
	caller_request(&w, "UPDATE", NULL,
		       HEAD "a=setup:actpass\r\na=tls-id:yyyyyyyyyyyyyyyyyyyyyyyy\r\n" VW_FP2);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	at = memmem(m->body, m->body_len, "a=tls-id:", 9);
	assert_non_null(at);
	snprintf(second, sizeof(second), "%.33s", at);
	assert_string_not_equal(first, second);
	sip_msg_free(m);
	renewed(near_leg(), 2);
	/* And another role. */
	caller_request(&w, "UPDATE", NULL,
		       HEAD "a=setup:active\r\na=tls-id:yyyyyyyyyyyyyyyyyyyyyyyy\r\n" VW_FP2);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	world_has_body(m, "a=setup:passive");
	sip_msg_free(m);
	renewed(near_leg(), 3);
	assert_int_equal(near_leg()->last_remote.role, MEDIA_DTLS_PASSIVE);
	hang_up();
}

/* Our offer has the old association in it; whoever answers may want another one. */
static void by_answer(void **state)
{
	struct sip_msg *m;

	(void)state;
	call_up(MEDIA_DTLS, MEDIA_PLAIN);
	callee_request(&w, invite, "callee", "INVITE", 1, PLAIN_HELD);
	world_expect_done(&w, 1, 100, SIP_INVITE);
	m = world_expect(&w, 0, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, HEAD "a=setup:active\r\n" VW_FP2);
	sip_msg_free(m);
	world_expect_done(&w, 0, 0, SIP_ACK);
	world_expect_done(&w, 1, 200, SIP_INVITE);
	callee_request(&w, invite, "callee", "ACK", 1, NULL);
	renewed(near_leg(), 1);
	hang_up();
}

/* ---- an UPDATE that is news to the other side ---------------------------------- */

static void update_holds(void **state)
{
	struct sip_msg *m;

	(void)state;
	call_up(MEDIA_PLAIN, MEDIA_PLAIN);
	caller_request(&w, "UPDATE", NULL, SDP_PLAIN "a=sendonly\r\n");
	m = world_expect(&w, 1, 0, SIP_INVITE);
	world_has_body(m, "a=sendonly");
	world_silence(&w);
	peer_reply(&w, m, 200, NULL, PLAIN_HELD);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	world_has_body(m, "a=recvonly");
	sip_msg_free(m);
	assert_null(world_call(&w)->exchange);
	/* An address is between us and whoever says it. */
	caller_request(&w, "UPDATE", NULL,
		       "v=0\r\no=u 1 2 IN IP4 10.0.9.8\r\ns=-\r\nc=IN IP4 10.0.9.8\r\nt=0 0\r\n"
		       "m=audio 4444 RTP/AVP 0 101\r\na=sendonly\r\n");
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	world_silence(&w);
	assert_int_equal(near_leg()->last_remote.rtp.port, 4444);
	hang_up();
}

static void update_not_taken(void **state)
{
	struct sip_msg *m, *again;

	(void)state;
	call_up(MEDIA_PLAIN, MEDIA_PLAIN);
	caller_request(&w, "UPDATE", NULL, SDP_PLAIN "a=sendonly\r\n");
	m = world_expect(&w, 1, 0, SIP_INVITE);
	/* One at a time. */
	callee_request(&w, invite, "callee", "UPDATE", 1, PLAIN_HELD);
	again = world_expect(&w, 1, 491, SIP_UPDATE);
	sip_msg_free(again);
	peer_reply(&w, m, 488, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 488, SIP_UPDATE);
	/* And one that nobody answers. */
	caller_request(&w, "UPDATE", NULL, SDP_PLAIN "a=sendonly\r\n");
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 180, NULL, NULL);
	world_wait(&w, 19900);
	world_silence(&w);
	world_wait(&w, 200);
	world_expect_done(&w, 0, 504, SIP_UPDATE);
	world_expect_done(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 487, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	hang_up();
}

/* ---- where somebody is verified ------------------------------------------------- */

static struct sip_msg *ok;
static unsigned int cseq;

static void signed_call(enum conf_identity policy)
{
	const struct vw_spec s = { .sdp = MOVED };

	iw_open(MEDIA_DTLS, MEDIA_PLAIN, policy);
	ok = iw_incoming(&s);
	iw_ack(ok);
	assert_int_equal(ntold, 1);
	assert_true(told.verified);
	cseq = 1;
}

static void signed_over(void)
{
	sip_msg_free(ok);
	iw_hang_up();
}

static void caller_asks(const char *method, const char *sdp, bool is_signed)
{
	struct vw_spec s = { .method = method, .cseq = ++cseq, .to_tag = ok->to_tag,
			     .ruri = sip_msg_contact(ok)->uri_text, .iat = VW_IAT - cseq,
			     .sdp = sdp, .no_identity = !is_signed };

	iw_request(0, &s);
}

/* The callee agrees to the re-INVITE that it got of it. */
static void callee_agrees(unsigned int code)
{
	struct sip_msg *m = world_expect(&w, 1, 0, SIP_INVITE);

	peer_reply(&w, m, code, NULL, code == 200 ? SDP_PLAIN : NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, code, SIP_INVITE);
	if (code == 200)
		iw_ack(m);
	sip_msg_free(m);
}

static void signed_re_invite(void **state)
{
	(void)state;
	signed_call(CONF_IDENTITY_REQUIRE);
	caller_asks("INVITE", OTHER, false);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_expect_done(&w, 0, 428, SIP_INVITE);
	world_silence(&w);
	assert_int_equal(ntold, 1);
	caller_asks("INVITE", OTHER, true);
	assert_int_equal(ntold, 1);
	callee_agrees(200);
	assert_int_equal(ntold, 2);
	assert_true(told.verified);
	assert_int_equal(told.fp[0].digest[0], 0x4a);
	assert_int_equal(near_leg()->last_remote.assoc, 1);
	assert_int_equal(near_leg()->last_remote.ask, told.ask);
	signed_over();
}

/* What was verified and not agreed to is not used, then or later. */
static void signed_and_refused(void **state)
{
	(void)state;
	signed_call(CONF_IDENTITY_REQUIRE);
	caller_asks("INVITE", OTHER, true);
	callee_agrees(488);
	assert_int_equal(ntold, 1);
	assert_int_equal(near_leg()->last_remote.assoc, 0);
	caller_asks("INVITE", MOVED, true);
	callee_agrees(200);
	assert_int_equal(told.fp[0].digest[0], 0x02);
	assert_int_equal(near_leg()->last_remote.assoc, 0);
	signed_over();
}

static void signed_update(void **state)
{
	(void)state;
	signed_call(CONF_IDENTITY_REQUIRE);
	caller_asks("UPDATE", OTHER, false);
	world_expect_done(&w, 0, 428, SIP_UPDATE);
	assert_int_equal(ntold, 1);
	caller_asks("UPDATE", OTHER, true);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	world_silence(&w);
	assert_int_equal(ntold, 2);
	assert_int_equal(told.fp[0].digest[0], 0x4a);
	assert_int_equal(near_leg()->last_remote.assoc, 1);
	assert_int_equal(near_leg()->last_remote.ask, told.ask);
	/* Later ones of the same keys change nothing but the number that both go by. */
	caller_asks("UPDATE", OTHER, true);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	assert_int_equal(near_leg()->last_remote.assoc, 1);
	assert_int_equal(near_leg()->last_remote.ask, told.ask);
	signed_over();
}

/* With "prefer": what was signed is not replaced by what was not. */
static void unsigned_after_signed(void **state)
{
	struct sip_msg *m;

	(void)state;
	signed_call(CONF_IDENTITY_PREFER);
	caller_asks("INVITE", OTHER, false);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 488, SIP_INVITE);
	world_is(m, SIP_HDR_WARNING, "399 10.0.0.1:5060 \"other keys without a signature, where "
		 "those in use were signed\"");
	sip_msg_free(m);
	caller_asks("UPDATE", OTHER, false);
	world_expect_done(&w, 0, 488, SIP_UPDATE);
	assert_int_equal(ntold, 1);
	assert_int_equal(near_leg()->last_remote.assoc, 0);
	signed_over();
}

static void unsigned_after_unsigned(void **state)
{
	const struct vw_spec s = { .no_identity = true, .sdp = MOVED };

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_PREFER);
	ok = iw_incoming(&s);
	iw_ack(ok);
	cseq = 1;
	caller_asks("UPDATE", OTHER, false);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	assert_int_equal(ntold, 2);
	assert_false(told.verified);
	assert_int_equal(near_leg()->last_remote.assoc, 1);
	assert_int_equal(near_leg()->last_remote.ask, told.ask);
	caller_asks("UPDATE", MOVED, true);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	assert_true(told.verified);
	assert_int_equal(near_leg()->last_remote.assoc, 2);
	signed_over();
}

/* Responses cannot be signed: other keys in one end the call, and are told to nobody. */
static void in_a_response(bool offered)
{
	struct sip_msg *m, *first;

	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	{
		const struct vw_spec s = { .sdp = MOVED };

		iw_request(0, &s);
	}
	world_expect_done(&w, 0, 100, SIP_INVITE);
	first = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, first, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	ok = world_expect(&w, 0, 200, SIP_INVITE);
	iw_ack(ok);
	callee_request(&w, first, "callee", "INVITE", 1, offered ? NULL : SDP_PLAIN);
	world_expect_done(&w, 1, 100, SIP_INVITE);
	m = world_expect(&w, 0, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, offered ? OTHER : HEAD "a=setup:active\r\n" VW_FP2);
	sip_msg_free(m);
	world_expect_done(&w, 0, 0, SIP_ACK);
	m = world_expect(&w, 0, 0, SIP_BYE);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 487, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_BYE);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	assert_int_equal(ntold, 1);
	sip_msg_free(first);
	sip_msg_free(ok);
	iw_close();
}

static void in_responses(void **state)
{
	(void)state;
	in_a_response(false);
	in_a_response(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_re_invite),
		cmocka_unit_test(refused_by_the_other),
		cmocka_unit_test(by_update),
		cmocka_unit_test(by_answer),
		cmocka_unit_test(update_holds),
		cmocka_unit_test(update_not_taken),
		cmocka_unit_test(signed_re_invite),
		cmocka_unit_test(signed_and_refused),
		cmocka_unit_test(signed_update),
		cmocka_unit_test(unsigned_after_signed),
		cmocka_unit_test(unsigned_after_unsigned),
		cmocka_unit_test(in_responses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
