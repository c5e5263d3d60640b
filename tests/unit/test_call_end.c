// SPDX-License-Identifier: GPL-2.0-or-later
/* The many ways in which a call ends, and that nothing is left afterwards. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"

static struct world w;

static void never_secured(void **state)
{
	struct sip_msg *invite;

	(void)state;
	world_open(&w, MEDIA_DTLS, MEDIA_PLAIN);
	w.hold_open = true;
	invite = world_established(&w);
	world_wait(&w, 9900);
	world_silence(&w);
	world_wait(&w, 200);
	world_ends(&w, 0, "SIP;cause=408;text=\"media was not secured in time\"");
	world_ends(&w, 1, "SIP;cause=408;text=\"media was not secured in time\"");
	sip_msg_free(invite);
	world_close(&w);

	world_open(&w, MEDIA_DTLS, MEDIA_PLAIN);
	w.hold_open = true;
	invite = world_established(&w);
	media_fail(&w, world_call(&w)->a.id, -EACCES, "the certificate matches no fingerprint");
	world_ends(&w, 0, "SIP;cause=488;text=\"the certificate matches no fingerprint\"");
	world_ends(&w, 1, "SIP;cause=488;text=\"the certificate matches no fingerprint\"");
	assert_int_equal(w.b2b.stats.legs_failed, 1);
	sip_msg_free(invite);
	world_close(&w);
}

static void media_fails_early(void **state)
{
	struct sip_msg *m, *invite;
	struct call *c;

	(void)state;
	/* no port is free */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	w.hold_ports = true;
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	media_fail(&w, world_call(&w)->b.id, -ENOBUFS, "no port is free");
	m = world_expect(&w, 0, 503, SIP_INVITE);
	world_is(m, SIP_HDR_RETRY_AFTER, "10");
	sip_msg_free(m);
	world_silence(&w);
	world_close(&w);

	/* media says nothing */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	w.hold_ports = true;
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_wait(&w, CALL_OPENING_MS);
	world_expect_done(&w, 0, 500, SIP_INVITE);
	world_close(&w);

	/* while it rings */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "callee", NULL);
	world_expect_done(&w, 0, 180, SIP_INVITE);
	c = world_call(&w);
	media_fail(&w, c->a.id, -EIO, "a socket broke");
	world_expect_done(&w, 0, 500, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_CANCEL);
	world_is(m, SIP_HDR_REASON, "SIP;cause=500;text=\"a socket broke\"");
	peer_reply(&w, m, 200, "callee", NULL);
	sip_msg_free(m);
	peer_reply(&w, invite, 487, "callee", NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	sip_msg_free(invite);
	world_close(&w);
}

static void callee_refuses(void **state)
{
	static const struct {
		unsigned int theirs, ours;
		const char *said, *warning;
	} rows[] = {
		{ 486, 486, NULL, NULL }, { 603, 603, NULL, NULL }, { 302, 480, NULL, NULL },
		{ 407, 502, NULL, "399 10.0.0.1:5060 \"407 Proxy Authentication Required\"" },
		{ 503, 500, NULL, "399 10.0.0.1:5060 \"503 Service Unavailable\"" },
		{ 438, 502, "399 far \"signed for other fingerprints\"",
		  "399 10.0.0.1:5060 \"438 Invalid Identity Header: signed for other fingerprints\"" },
		{ 403, 403, "399 far \"too old\"", "399 10.0.0.1:5060 \"too old\"" },
		{ 403, 403, "399 far \"\"", NULL }, { 403, 403, "399 far \"open", NULL },
		{ 438, 502, "399 far \"", "399 10.0.0.1:5060 \"438 Invalid Identity Header\"" },
		{ 488, 488, NULL, NULL },
	};
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		caller_invite(&w, SDP_PLAIN);
		world_expect_done(&w, 0, 100, SIP_INVITE);
		invite = world_expect(&w, 1, 0, SIP_INVITE);
		peer_refuses(&w, invite, rows[i].theirs, rows[i].said);
		world_expect_done(&w, 1, 0, SIP_ACK);
		m = world_expect(&w, 0, rows[i].ours, SIP_INVITE);
		world_is(m, SIP_HDR_WARNING, rows[i].warning);
		sip_msg_free(m);
		sip_msg_free(invite);
		assert_int_equal(w.b2b.ncalls, 0);
	}
	world_close(&w);

	/* nobody there: timer B */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_wait(&w, 33000);
	world_expect_done(&w, 0, 504, SIP_INVITE);
	world_close(&w);

	/* it rings and rings */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "callee", NULL);
	world_expect_done(&w, 0, 180, SIP_INVITE);
	world_wait(&w, CALL_RINGING_MS - 200);
	world_silence(&w);
	world_wait(&w, 400);
	world_expect_done(&w, 0, 480, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 200, "callee", NULL);
	sip_msg_free(m);
	peer_reply(&w, invite, 487, "callee", NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void cancelled(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "callee", NULL);
	world_expect_done(&w, 0, 180, SIP_INVITE);
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_CANCEL);
	world_is(m, SIP_HDR_REASON, "SIP;cause=200;text=\"elsewhere\"");
	peer_reply(&w, m, 200, "callee", NULL);
	sip_msg_free(m);
	assert_int_equal(w.b2b.ncalls, 0);
	peer_reply(&w, invite, 487, "callee", NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	sip_msg_free(invite);
	world_close(&w);

	/* before any provisional response: CANCEL waits for one (section 9.1) */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_silence(&w);
	peer_reply(&w, invite, 180, "callee", NULL);
	m = world_expect(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 200, "callee", NULL);
	sip_msg_free(m);

	/* and the 200 that crosses it is acknowledged and ended */
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_string_equal(m->to_tag, "callee");
	sip_msg_free(m);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void early_bye(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "callee", NULL);
	m = world_expect(&w, 0, 180, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 200, "callee", NULL);
	sip_msg_free(m);
	peer_reply(&w, invite, 487, "callee", NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void no_ack(void **state)
{
	struct sip_msg *invite, *m;
	unsigned int copies = 0;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	/* the callee did not hear our ACK */
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_wait(&w, 31900);
	while ((m = world_hear(&w, 0))) {
		assert_int_equal(m->code, 200);
		sip_msg_free(m);
		copies++;
	}
	assert_int_equal(copies, 11);	/* at 0, .5, 1.5, 3.5, then every 4 s: 7.5 ... 31.5 */
	world_silence(&w);
	world_wait(&w, 200);
	world_ends(&w, 0, "SIP;cause=408;text=\"no ACK came\"");
	world_ends(&w, 1, "SIP;cause=408;text=\"no ACK came\"");
	sip_msg_free(invite);
	world_close(&w);
}

static void bye_before_ack(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	callee_request(&w, invite, "callee", "BYE", 1, NULL);
	world_expect_done(&w, 1, 200, SIP_BYE);
	world_silence(&w);		/* RFC 3261 section 15 */
	assert_int_equal(world_call(&w)->state, CALL_ENDING);
	assert_int_equal(media_open_legs(&w), 0);
	/* a re-INVITE now is told to come again, and changes nothing */
	caller_ack(&w, NULL);
	world_ends(&w, 0, "Q.850;cause=16");
	assert_int_equal(w.b2b.ncalls, 0);
	sip_msg_free(invite);
	world_close(&w);

	/* nor does the ACK ever come */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	callee_request(&w, invite, "callee", "BYE", 1, NULL);
	world_wait(&w, 32100);
	assert_int_equal(w.b2b.ncalls, 0);
	while ((m = world_hear(&w, 0)) && m->method == SIP_INVITE)
		sip_msg_free(m);
	assert_non_null(m);
	assert_int_equal(m->method, SIP_BYE);
	sip_msg_free(m);
	sip_msg_free(invite);
	world_close(&w);
}

static void forks(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "one", NULL);
	peer_reply(&w, invite, 180, "two", NULL);
	world_expect_done(&w, 0, 180, SIP_INVITE);
	world_expect_done(&w, 0, 180, SIP_INVITE);
	peer_reply(&w, invite, 200, "two", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	/* the other branch answers as well */
	peer_reply(&w, invite, 180, "three", NULL);
	peer_reply(&w, invite, 200, "one", SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_string_equal(m->to_tag, "one");
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_BYE);
	assert_string_equal(m->to_tag, "one");
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	world_silence(&w);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);

	/* a third one comes when the call is over already */
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	assert_int_equal(w.b2b.ncalls, 0);
	peer_reply(&w, invite, 200, "three", SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_string_equal(m->to_tag, "three");
	sip_msg_free(m);
	world_ends(&w, 1, NULL);
	sip_msg_free(invite);
	world_close(&w);
}

static void stop_idle(struct b2b *b)
{
	struct world *world = b->arg;

	assert_false(world->idle);
	world->idle = true;
}

static void stopping(void **state)
{
	struct sip_msg *invite, *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	invite = world_established(&w);
	b2b_stop(&w.b2b, stop_idle);
	assert_true(w.idle);
	world_ends(&w, 0, "SIP;cause=503;text=\"the gateway is going out of service\"");
	world_ends(&w, 1, "SIP;cause=503;text=\"the gateway is going out of service\"");
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 503, SIP_INVITE);
	caller_request(&w, "OPTIONS", NULL, NULL);
	world_expect_done(&w, 0, 503, SIP_OPTIONS);
	sip_msg_free(invite);
	world_close(&w);

	/* while it rings, and with an ACK still due */
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	caller_invite(&w, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	b2b_stop(&w.b2b, stop_idle);
	world_ends(&w, 1, "SIP;cause=503;text=\"the gateway is going out of service\"");
	assert_false(w.idle);
	caller_ack(&w, NULL);
	assert_true(w.idle);
	world_ends(&w, 0, "SIP;cause=503;text=\"the gateway is going out of service\"");
	sip_msg_free(invite);
	world_close(&w);
}

static void torn_down(void **state)
{
	struct sip_msg *invite;

	(void)state;
	for (int stage = 0; stage < 4; stage++) {
		world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
		w.hold_ports = stage == 0;
		invite = NULL;
		if (stage == 3) {
			invite = world_established(&w);
			caller_request(&w, "INVITE", NULL, SDP_PLAIN);
		} else {
			caller_invite(&w, SDP_PLAIN);
			if (stage)
				world_expect_done(&w, 0, 100, SIP_INVITE);
			if (stage == 2)
				invite = world_expect(&w, 1, 0, SIP_INVITE);
			if (invite)
				peer_reply(&w, invite, 180, "callee", NULL);
		}
		while (w.b2b.calls)
			call_free(w.b2b.calls);
		world_close(&w);
		sip_msg_free(invite);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_secured),
		cmocka_unit_test(media_fails_early),
		cmocka_unit_test(callee_refuses),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(early_bye),
		cmocka_unit_test(no_ack),
		cmocka_unit_test(bye_before_ack),
		cmocka_unit_test(forks),
		cmocka_unit_test(stopping),
		cmocka_unit_test(torn_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
