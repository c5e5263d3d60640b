// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reliable provisional responses to the caller (RFC 3262), and the callee's UPDATE
 * before the answer: what it says, when, and what happens when it does not come through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "identity_world.h"
#include "leg_trust.h"

#define EARLY "Supported: from-change, 100rel\r\nAllow: INVITE, UPDATE, PRACK\r\n"

#define ANSWER "v=0\r\no=u 1 1 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
	       "m=audio 4000 RTP/AVP 0\r\n"

static struct sip_msg *invite;		/* as the callee got it */
static struct sip_msg *ringing;		/* as the caller got it */

/* What the caller sends in its dialog. */
static void caller_says(const char *method, unsigned int cseq, const char *headers,
			const char *sdp)
{
	char *text;

	assert_true(asprintf(&text, "%s %s SIP/2.0\r\n"
			     "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK-%s-%u\r\n"
			     "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">;tag=%s\r\nCall-ID: c1\r\n"
			     "CSeq: %u %s\r\nMax-Forwards: 70\r\n%s%sContent-Length: %zu\r\n\r\n%s",
			     method, sip_msg_contact(ringing)->uri_text, method, cseq,
			     ringing->to_tag, cseq, method, headers,
			     sdp ? "Content-Type: application/sdp\r\n" : "", sdp ? strlen(sdp) : 0,
			     sdp ? sdp : "") > 0);
	iw_say(0, text);
	free(text);
}

static void prack(unsigned int cseq, const char *sdp)
{
	char rack[64];

	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\r\n", sip_msg_value(ringing, SIP_HDR_RSEQ));
	caller_says("PRACK", cseq, rack, sdp);
}

/* The callee's phone rings, and the caller has been told so, with our answer. */
static void ring(const char *sdp)
{
	const struct vw_spec s = { .extra = EARLY };

	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	iw_request(0, &s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_is(invite, SIP_HDR_SUPPORTED, NULL);	/* the callee's side is an ordinary one */
	peer_reply(&w, invite, sdp ? 183 : 180, "callee", sdp);
	ringing = world_expect(&w, 0, 180, SIP_INVITE);
	world_is(ringing, SIP_HDR_REQUIRE, "100rel");
	world_is(ringing, SIP_HDR_SUPPORTED, "from-change, 100rel");
	world_has_body(ringing, "a=setup:active");
	world_has_body(ringing, "a=fingerprint:sha-256 5A:5A");
	world_silence(&w);
	assert_false(media_leg(&w, world_call(&w)->a.id)->remote);
}

/* Up to the UPDATE, which is under way. */
static struct sip_msg *ring_update(void)
{
	struct sip_msg *m;

	ring(NULL);
	prack(2, NULL);
	world_expect_done(&w, 0, 200, SIP_PRACK);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	world_has_body(m, "a=setup:actpass");
	world_has_body(m, "a=fingerprint:sha-256 5A:5A");
	assert_non_null(sip_msg_value(m, SIP_HDR_DATE));
	assert_string_equal(m->from->uri_text, BOB);
	world_silence(&w);
	return m;
}

static struct sip_msg *pick_up(const char *sdp)
{
	struct sip_msg *ok;

	peer_reply(&w, invite, 200, "callee", sdp);
	world_expect_done(&w, 1, 0, SIP_ACK);
	ok = world_expect(&w, 0, 200, SIP_INVITE);
	assert_int_equal(ok->body_len, 0);	/* the answer has been given */
	return ok;
}

static void over(void)
{
	sip_msg_free(invite);
	sip_msg_free(ringing);
}

static void early(void **state)
{
	struct sip_msg *m = ring_update(), *ok;
	struct call *c = world_call(&w);

	(void)state;
	/* Its own handshake begins when the far end has taken it for who it is. */
	assert_false(media_leg(&w, c->a.id)->remote);
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	assert_true(media_leg(&w, c->a.id)->remote);
	assert_true(media_leg(&w, c->a.id)->last_remote.early);
	assert_true(told.verified);
	/* The callee's end is not open, nor told where to send to, while it rings. */
	assert_false(media_leg(&w, c->b.id)->remote);
	assert_int_equal(c->state, CALL_RINGING);
	peer_reply(&w, invite, 180, "callee", NULL);
	m = world_expect(&w, 0, 180, SIP_INVITE);
	world_is(m, SIP_HDR_RSEQ, NULL);
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	ok = pick_up(ANSWER);
	assert_int_equal(c->state, CALL_OPEN);
	assert_false(media_leg(&w, c->a.id)->last_remote.early);
	iw_ack(ok);
	world_wait(&w, 5000);
	world_silence(&w);		/* it has been said */
	sip_msg_free(ok);
	over();
	iw_hang_up();
}

/* Picked up at once: no 2xx passes before our answer was acknowledged. */
static void picked_up_before_prack(void **state)
{
	struct sip_msg *m, *ok;

	(void)state;
	ring(NULL);
	peer_reply(&w, invite, 200, "callee", ANSWER);
	peer_reply(&w, invite, 200, "callee", ANSWER);	/* and again, for want of an ACK */
	world_silence(&w);
	assert_int_equal(world_call(&w)->state, CALL_RINGING);
	prack(2, NULL);
	world_expect_done(&w, 0, 200, SIP_PRACK);
	m = world_expect(&w, 0, 0, SIP_UPDATE);			/* first who it is */
	ok = world_expect(&w, 0, 200, SIP_INVITE);
	assert_int_equal(ok->body_len, 0);
	world_expect_done(&w, 1, 0, SIP_ACK);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	iw_ack(ok);
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	world_wait(&w, 5000);
	world_silence(&w);
	sip_msg_free(m);
	sip_msg_free(ok);
	over();
	iw_hang_up();
}

/* RFC 3262 section 3: at T1, doubling, for 64*T1; then 5xx. */
static void never_pracked(void **state)
{
	static const unsigned int after[] = { 500, 1000, 2000, 4000, 8000, 16000 };

	(void)state;
	ring(NULL);
	for (unsigned int i = 0; i < 6; i++) {
		struct sip_msg *m;

		world_wait(&w, after[i] - 100);
		world_silence(&w);
		world_wait(&w, 100);
		m = world_expect(&w, 0, 180, SIP_INVITE);
		world_is(m, SIP_HDR_RSEQ, sip_msg_value(ringing, SIP_HDR_RSEQ));
		sip_msg_free(m);
	}
	world_wait(&w, 500);
	world_expect_done(&w, 0, 504, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, invite, 487, "callee", NULL);
	over();
	iw_close();
}

static void picked_up_and_never_pracked(void **state)
{
	struct sip_msg *m;

	(void)state;
	ring(NULL);
	peer_reply(&w, invite, 200, "callee", ANSWER);
	world_wait(&w, 32000);
	while ((m = world_hear(&w, 0)) && m->code == 180)
		sip_msg_free(m);
	assert_non_null(m);
	assert_int_equal(m->code, 504);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_ends(&w, 1, "SIP;cause=504;text=\"the caller acknowledged no provisional response\"");
	over();
	iw_close();
}

static void cancelled(bool answered)
{
	ring(NULL);
	if (answered)
		peer_reply(&w, invite, 200, "callee", ANSWER);
	iw_say(0, "CANCEL sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx0\r\n"
	       "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">\r\nCall-ID: c1\r\nCSeq: 1 CANCEL\r\n"
	       "Max-Forwards: 70\r\n\r\n");
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	if (answered) {
		world_expect_done(&w, 1, 0, SIP_ACK);
		world_expect_done(&w, 1, 0, SIP_BYE);
	} else {
		world_expect_done(&w, 1, 0, SIP_CANCEL);
		peer_reply(&w, invite, 487, "callee", NULL);
		world_expect_done(&w, 1, 0, SIP_ACK);
	}
	prack(2, NULL);
	world_expect_done(&w, 0, 481, SIP_PRACK);
	over();
	iw_close();
}

static void cancelled_before_prack(void **state)
{
	(void)state;
	cancelled(false);
	cancelled(true);
}

/* Whatever becomes of it, there is another one after the ACK. */
static void refused_early(void **state)
{
	static const unsigned int codes[] = { 488, 481, 405, 428 };

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct sip_msg *m = ring_update(), *ok;

		peer_reply(&w, m, codes[i], NULL, NULL);
		sip_msg_free(m);
		world_wait(&w, 2000);
		world_silence(&w);
		assert_int_equal(world_call(&w)->state, CALL_RINGING);
		assert_false(media_leg(&w, world_call(&w)->a.id)->remote);
		ok = pick_up(ANSWER);
		iw_ack(ok);
		sip_msg_free(ok);
		m = world_expect(&w, 0, 0, SIP_UPDATE);
		world_has_body(m, "a=fingerprint:sha-256 5A:5A");
		peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
		sip_msg_free(m);
		world_silence(&w);
		assert_int_equal(world_call(&w)->state, CALL_OPEN);
		over();
		iw_hang_up();
	}
}

/* Under way when the phone is picked up, and refused after that. */
static void refused_late(void **state)
{
	struct sip_msg *m = ring_update(), *ok = pick_up(ANSWER), *again;

	(void)state;
	peer_reply(&w, m, 491, NULL, NULL);
	world_wait(&w, 400);
	world_silence(&w);			/* not before the ACK */
	iw_ack(ok);
	world_wait(&w, 1200);
	again = world_expect(&w, 0, 0, SIP_UPDATE);
	peer_reply(&w, again, 200, NULL, SDP_DTLS_ANSWER);
	world_wait(&w, 5000);
	world_silence(&w);
	sip_msg_free(again);
	sip_msg_free(m);
	sip_msg_free(ok);
	over();
	iw_hang_up();
}

/* All that was offered was agreed; then the callee takes less. */
static void callee_takes_less(void **state)
{
	struct sip_msg *m = ring_update(), *ok;

	(void)state;
	world_has_body(ringing, " UDP/TLS/RTP/SAVP 0\r\n");
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	ok = pick_up(ANSWER "a=recvonly\r\n");
	world_silence(&w);
	iw_ack(ok);
	sip_msg_free(ok);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	world_has_body(m, "a=recvonly");
	world_has_body(m, "a=fingerprint:sha-256 5A:5A");
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	world_wait(&w, 5000);
	world_silence(&w);
	over();
	iw_hang_up();
}

/* The callee's own description, when it comes early, is the better answer. */
static void callee_describes_early(void **state)
{
	struct sip_msg *m, *ok;

	(void)state;
	ring(ANSWER "a=ptime:30\r\n");
	world_has_body(ringing, "a=ptime:30");
	prack(2, NULL);
	world_expect_done(&w, 0, 200, SIP_PRACK);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	world_has_body(m, "a=ptime:30");
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	ok = pick_up(ANSWER "a=ptime:30\r\n");
	iw_ack(ok);
	sip_msg_free(ok);
	world_silence(&w);
	over();
	iw_hang_up();
}

static void strange_pracks(void **state)
{
	static const char *const wrong[] = {
		"", "RAck: 0 1 INVITE\r\n", "RAck: 4294967295 1 INVITE\r\n", "RAck: INVITE\r\n",
	};
	char rack[64];

	(void)state;
	ring(NULL);
	for (unsigned int i = 0; i < 4; i++) {
		caller_says("PRACK", 2 + i, wrong[i], NULL);
		world_expect_done(&w, 0, 481, SIP_PRACK);
	}
	snprintf(rack, sizeof(rack), "RAck: %s 2 INVITE\r\n", sip_msg_value(ringing, SIP_HDR_RSEQ));
	caller_says("PRACK", 6, rack, NULL);
	world_expect_done(&w, 0, 481, SIP_PRACK);
	/* Nobody has signed what it offers, but it has seen our answer. */
	prack(7, SDP_DTLS);
	world_expect_done(&w, 0, 488, SIP_PRACK);
	world_expect_done(&w, 0, 0, SIP_UPDATE);
	prack(8, NULL);
	world_expect_done(&w, 0, 481, SIP_PRACK);
	over();
	iw_hang_up();
}

/* The caller's UPDATE meets ours, and later none. */
static void glare(void **state)
{
	struct sip_msg *m = ring_update();
	struct vw_spec s = { .method = "UPDATE", .cseq = 3, .to_tag = ringing->to_tag,
			     .ruri = sip_msg_contact(ringing)->uri_text, .iat = VW_IAT - 1 };

	(void)state;
	iw_request(0, &s);
	world_expect_done(&w, 0, 491, SIP_UPDATE);
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	s.cseq = 4;
	iw_request(0, &s);
	m = world_expect(&w, 0, 200, SIP_UPDATE);
	world_has_body(m, "a=setup:active");
	sip_msg_free(m);
	s.cseq = 5;
	s.iat = VW_IAT - 2;
	s.no_identity = true;
	iw_request(0, &s);
	world_expect_done(&w, 0, 428, SIP_UPDATE);
	assert_int_equal(world_call(&w)->state, CALL_RINGING);
	over();
	iw_hang_up();
}

/* Either is missing: as ever. */
static void not_wanted(void **state)
{
	static const char *const extra[] = { "Supported: 100rel\r\n", "Supported: from-change\r\n" };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		const struct vw_spec s = { .extra = extra[i] };
		struct sip_msg *m;

		iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
		iw_request(0, &s);
		world_expect_done(&w, 0, 100, SIP_INVITE);
		m = world_expect(&w, 1, 0, SIP_INVITE);
		peer_reply(&w, m, 180, "callee", NULL);
		sip_msg_free(m);
		m = world_expect(&w, 0, 180, SIP_INVITE);
		world_is(m, SIP_HDR_REQUIRE, NULL);
		world_is(m, SIP_HDR_RSEQ, NULL);
		assert_int_equal(m->body_len, 0);
		sip_msg_free(m);
		iw_hang_up();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early),
		cmocka_unit_test(picked_up_before_prack),
		cmocka_unit_test(never_pracked),
		cmocka_unit_test(picked_up_and_never_pracked),
		cmocka_unit_test(cancelled_before_prack),
		cmocka_unit_test(refused_early),
		cmocka_unit_test(refused_late),
		cmocka_unit_test(callee_takes_less),
		cmocka_unit_test(callee_describes_early),
		cmocka_unit_test(strange_pracks),
		cmocka_unit_test(glare),
		cmocka_unit_test(not_wanted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
