// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls through the gateway: what each side is told, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"

static struct world w;

static void plain_call(void **state)
{
	struct sip_msg *m, *invite;
	char ours[64];

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	m = world_expect(&w, 0, 100, SIP_INVITE);
	assert_null(m->to_tag);
	sip_msg_free(m);

	invite = world_expect(&w, 1, 0, SIP_INVITE);
	assert_string_equal(invite->ruri_text, "sip:bob@biloxi.example");
	assert_int_equal(invite->max_forwards, 69);
	assert_string_equal(invite->from->uri_text, "sip:alice@atlanta.example");
	assert_string_equal(invite->from->display, "\"Alice\"");
	assert_string_not_equal(invite->from_tag, "caller");
	assert_string_equal(invite->to->uri_text, "sip:bob@biloxi.example");
	assert_null(invite->to_tag);
	assert_string_not_equal(invite->call_id, w.call_id);
	assert_string_equal(sip_msg_contact(invite)->uri_text, "sip:alice@10.0.1.1:5060");
	world_is(invite, SIP_HDR_USER_AGENT, "ksrtp/test");
	world_is(invite, SIP_HDR_ALLOW, "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE");
	world_is(invite, SIP_HDR_SUPPORTED, NULL);
	world_has_body(invite, "c=IN IP4 10.0.1.1\r\n");
	world_has_body(invite, "m=audio 16386 RTP/AVP 0 101\r\n");
	world_has_body(invite, "a=rtpmap:101 telephone-event/8000\r\n");
	world_has_no(invite, "10.0.9.9");
	world_has_no(invite, "10.0.0.");

	peer_reply(&w, invite, 180, "callee", NULL);
	m = world_expect(&w, 0, 180, SIP_INVITE);
	snprintf(ours, sizeof(ours), "%s", m->to_tag);
	assert_string_not_equal(ours, "callee");
	assert_string_equal(sip_msg_contact(m)->uri_text, "sip:bob@10.0.0.1:5060");
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	assert_int_equal(world_call(&w)->state, CALL_RINGING);

	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_string_equal(m->ruri_text, "sip:bob@10.0.1.2:5060");
	assert_string_equal(m->to_tag, "callee");
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	assert_string_equal(m->to_tag, ours);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101\r\n");
	world_has_no(m, "10.0.9.9");
	world_has_no(m, "10.0.1.");
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	world_silence(&w);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(addr_str(&w.leg[0].last_remote.rtp, ours), "10.0.9.9:4000");
	assert_string_equal(addr_str(&w.leg[1].last_remote.rtcp, ours), "10.0.9.9:4001");

	caller_request(&w, "BYE", "Reason: Q.850;cause=16\r\n", NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	m = world_expect(&w, 1, 0, SIP_BYE);
	world_is(m, SIP_HDR_REASON, "Q.850;cause=16");
	assert_string_equal(m->to_tag, "callee");
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	assert_int_equal(w.b2b.ncalls, 0);
	assert_int_equal(media_open_legs(&w), 0);
	sip_msg_free(invite);
	world_close(&w);
}

static void names(void **state)
{
	struct sip_msg *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite_to(&w, "sip:bobby:pw@10.0.0.1:5060;user=phone;x=y", SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	assert_string_equal(m->ruri_text, "sip:bobby@10.0.1.2;user=phone");
	peer_reply(&w, m, 404, "c", NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 404, SIP_INVITE);
	world_close(&w);
}

static void dtls_to_plain(void **state)
{
	struct sip_msg *invite, *m;
	struct call *c;

	(void)state;
	world_open(&w, MEDIA_DTLS, MEDIA_PLAIN);
	w.hold_open = true;
	caller_invite(&w, SDP_DTLS);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_has_body(invite, " RTP/AVP 0 101\r\n");
	world_has_no(invite, "fingerprint");
	world_has_no(invite, "setup");
	/* nothing is known of the caller's media before the answer */
	assert_false(w.leg[0].remote);
	assert_false(w.leg[0].fingerprints);
	/* early media does not pass a DTLS side: the caller is told to make its own tone */
	peer_reply(&w, invite, 183, "callee", SDP_PLAIN);
	m = world_expect(&w, 0, 180, SIP_INVITE);
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "UDP/TLS/RTP/SAVP 0 101\r\n");
	world_has_body(m, "a=setup:active\r\n");
	world_has_body(m, "a=fingerprint:sha-256 5A:5A:");
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	c = world_call(&w);
	assert_int_equal(c->state, CALL_SECURING);
	assert_true(w.leg[0].fingerprints && w.leg[0].remote);
	assert_int_equal(w.leg[0].last_remote.role, MEDIA_DTLS_ACTIVE);
	media_state(&w, c->a.id, MEDIA_STATE_SECURED);
	assert_int_equal(c->state, CALL_SECURING);
	media_open(&w);
	assert_int_equal(c->state, CALL_OPEN);
	assert_int_equal(w.b2b.stats.legs_secured, 1);
	callee_request(&w, invite, "callee", "BYE", 7, NULL);
	world_expect_done(&w, 1, 200, SIP_BYE);
	world_ends(&w, 0, "Q.850;cause=16");
	sip_msg_free(invite);
	world_close(&w);
}

static void plain_to_dtls(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_DTLS);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_has_body(invite, "UDP/TLS/RTP/SAVP 0 101\r\n");
	world_has_body(invite, "a=setup:actpass\r\n");
	world_has_body(invite, "a=tls-id:");
	world_has_body(invite, "a=fingerprint:sha-256 5A:5A:");
	/* an answer that does not choose a role ends the call */
	peer_reply(&w, invite, 200, "callee", SDP_DTLS);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 488, SIP_INVITE);
	world_is(m, SIP_HDR_WARNING, "399 10.0.0.1:5060 \"an answer must choose between setup active and passive\"");
	sip_msg_free(m);
	world_ends(&w, 1, "SIP;cause=488;text=\"an answer must choose between setup active and passive\"");
	sip_msg_free(invite);
	world_close(&w);

	world_open(&w, MEDIA_PLAIN, MEDIA_DTLS);
	invite = world_established(&w);
	assert_int_equal(w.leg[1].last_remote.role, MEDIA_DTLS_PASSIVE);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void refused_at_the_door(void **state)
{
	static const struct {
		const char *sdp, *warning;
	} rows[] = {
		{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n"
		  "m=video 4000 RTP/AVP 96\r\n", "304 10.0.0.1:5060 \"no audio is offered\"" },
		{ SDP_PLAIN, "302 10.0.0.1:5060 \"audio is served over UDP/TLS/RTP/SAVP(F) here, not over RTP/AVP\"" },
		{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n"
		  "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
		  "302 10.0.0.1:5060 \"audio is served over UDP/TLS/RTP/SAVP(F) here, not over RTP/SAVP\"" },
		{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n"
		  "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:sha-256 XY:00\r\n",
		  "399 10.0.0.1:5060 \"SDP line 7: a fingerprint must be pairs of hex digits parted by colons\"" },
		{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n"
		  "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\n",
		  "399 10.0.0.1:5060 \"no usable a=fingerprint: one of SHA-1, SHA-2 is needed\"" },
		{ "nonsense", "399 10.0.0.1:5060 \"SDP line 1: expected a letter and '='\"" },
		{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 pc.example.com\r\nt=0 0\r\n",
		  "301 10.0.0.1:5060 \"SDP line 4: the address must be a numeric unicast address\"" },
	};
	struct sip_msg *m;

	(void)state;
	world_open(&w, MEDIA_DTLS, MEDIA_PLAIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		caller_invite(&w, rows[i].sdp);
		m = world_expect(&w, 0, 488, SIP_INVITE);
		world_is(m, SIP_HDR_WARNING, rows[i].warning);
		assert_non_null(m->to_tag);
		sip_msg_free(m);
	}
	caller_invite_to(&w, "sip:carol@biloxi.example", SDP_DTLS);
	world_expect_done(&w, 0, 404, SIP_INVITE);
	caller_invite_to(&w, "sips:bob@biloxi.example", SDP_DTLS);
	world_expect_done(&w, 0, 416, SIP_INVITE);

	w.conf.max_calls = 0;
	caller_invite(&w, SDP_DTLS);
	m = world_expect(&w, 0, 503, SIP_INVITE);
	world_is(m, SIP_HDR_RETRY_AFTER, "10");
	sip_msg_free(m);
	w.conf.max_calls = 10;
	w.b2b.media_ready = false;
	caller_invite(&w, SDP_DTLS);
	world_expect_done(&w, 0, 503, SIP_INVITE);
	world_silence(&w);
	assert_int_equal(w.nlegs, 0);		/* media was never bothered */
	assert_int_equal(w.b2b.stats.calls_total, 10);		/* 416 was answered before */
	assert_int_equal(w.b2b.stats.calls_refused, 10);
	world_close(&w);
}

static void two_lines(void **state)
{
	static const char offer[] = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n"
		"m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 96\r\n";
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, offer);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_has_no(invite, "video");
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101\r\n");
	world_has_body(m, "m=video 0 RTP/AVP 96\r\n");
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void early_media(void **state)
{
	struct sip_msg *invite, *m;
	struct call *c;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 183, "callee", SDP_PLAIN);
	m = world_expect(&w, 0, 183, SIP_INVITE);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101\r\n");
	sip_msg_free(m);
	c = world_call(&w);
	assert_int_equal(c->state, CALL_RINGING);
	assert_true(c->media_open);
	/* the 200 leaves the description out */
	peer_reply(&w, invite, 200, "callee", NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101\r\n");
	caller_learn(&w, m);
	sip_msg_free(m);
	assert_int_equal(c->state, CALL_OPEN);
	caller_ack(&w, NULL);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void delayed_offer(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_DTLS);
	caller_invite(&w, NULL);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	assert_int_equal(invite->body_len, 0);
	peer_reply(&w, invite, 200, "callee", SDP_DTLS);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101\r\n");
	caller_learn(&w, m);
	sip_msg_free(m);
	peer_reply(&w, invite, 200, "callee", SDP_DTLS);	/* impatient: nothing to say yet */
	world_silence(&w);
	caller_ack(&w, SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	world_has_body(m, "UDP/TLS/RTP/SAVP 0 101\r\n");
	world_has_body(m, "a=setup:active\r\n");
	sip_msg_free(m);
	peer_reply(&w, invite, 200, "callee", SDP_DTLS);
	m = world_expect(&w, 1, 0, SIP_ACK);
	world_has_body(m, "a=setup:active\r\n");
	sip_msg_free(m);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);

	/* the ACK brings no answer */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, NULL);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_ends(&w, 1, "SIP;cause=488;text=\"there is no answer to the offer\"");
	world_ends(&w, 0, "SIP;cause=488;text=\"there is no answer to the offer\"");
	sip_msg_free(invite);
	world_close(&w);

	/* the 2xx brings no offer */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, NULL);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", NULL);
	world_expect_done(&w, 0, 488, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_ends(&w, 1, "SIP;cause=488;text=\"the body is not application/sdp\"");
	sip_msg_free(invite);
	world_close(&w);
}

static void other_requests(void **state)
{
	struct sip_msg *m, *invite;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	invite = world_established(&w);

	caller_request(&w, "OPTIONS", NULL, NULL);
	m = world_expect(&w, 0, 200, SIP_OPTIONS);
	world_is(m, SIP_HDR_ALLOW, "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE");
	world_is(m, SIP_HDR_ACCEPT, "application/sdp");
	sip_msg_free(m);
	caller_request(&w, "UPDATE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	caller_request(&w, "MESSAGE", NULL, NULL);
	m = world_expect(&w, 0, 405, SIP_MESSAGE);
	world_is(m, SIP_HDR_ALLOW, "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE");
	sip_msg_free(m);
	caller_request(&w, "REFER", "Refer-To: <sip:x@y>\r\n", NULL);
	world_expect_done(&w, 0, 405, SIP_REFER);
	caller_request(&w, "INFO", NULL, NULL);
	world_expect_done(&w, 0, 405, SIP_INFO);
	caller_request(&w, "NEWMETHOD", NULL, NULL);
	world_expect_done(&w, 0, 501, SIP_OTHER);
	caller_request(&w, "PRACK", "RAck: 1 1 INVITE\r\n", NULL);
	world_expect_done(&w, 0, 481, SIP_PRACK);
	caller_request(&w, "INVITE", "Require: 100rel, timer\r\n", SDP_PLAIN);
	m = world_expect(&w, 0, 420, SIP_INVITE);
	world_is(m, SIP_HDR_UNSUPPORTED, "timer");
	sip_msg_free(m);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	/* the dialog is gone now */
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 481, SIP_BYE);
	caller_request(&w, "INVITE", NULL, SDP_PLAIN);
	world_expect_done(&w, 0, 481, SIP_INVITE);
	caller_ack(&w, NULL);
	world_silence(&w);
	sip_msg_free(invite);
	world_close(&w);

	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	w.to_tag[0] = '\0';
	strcpy(w.call_id, "outside");
	strcpy(w.contact, "sip:10.0.0.1");
	caller_request(&w, "OPTIONS", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_OPTIONS);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 481, SIP_BYE);
	caller_request(&w, "REGISTER", NULL, NULL);
	world_expect_done(&w, 0, 405, SIP_REGISTER);
	caller_request(&w, "MESSAGE", NULL, NULL);
	world_expect_done(&w, 0, 405, SIP_MESSAGE);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_call),
		cmocka_unit_test(names),
		cmocka_unit_test(dtls_to_plain),
		cmocka_unit_test(plain_to_dtls),
		cmocka_unit_test(refused_at_the_door),
		cmocka_unit_test(two_lines),
		cmocka_unit_test(early_media),
		cmocka_unit_test(delayed_offer),
		cmocka_unit_test(other_requests),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
