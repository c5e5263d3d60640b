// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that come in on a side with an identity policy, and re-INVITEs in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "identity_world.h"
#include "leg_trust.h"

/* ---- calls that come in ------------------------------------------------------ */

static void incoming_verified(void **state)
{
	const struct vw_spec s = { 0 };
	struct sip_msg *ok;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	assert_true(sip_msg_has_token(ok, SIP_HDR_SUPPORTED, "from-change"));
	assert_true(sip_msg_has_token(ok, SIP_HDR_ALLOW, "UPDATE"));
	assert_int_equal(ntold, 1);
	assert_true(told.verified);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.fp[0].digest[0], 0x02);
	assert_int_equal(told.leg, world_call(&w)->a.id);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(world_call(&w)->a.trust.identity, ALICE);
	assert_string_equal(leg_trust_name(&world_call(&w)->a), "verified");
	assert_string_equal(leg_trust_name(&world_call(&w)->b), "off");
	iw_ack(ok);
	world_silence(&w);		/* no from-change in the INVITE: no UPDATE */
	sip_msg_free(ok);
	iw_hang_up();
}

/* By a signature for this INVITE alone; and the counters. */
static void incoming_bound(void **state)
{
	const struct vw_spec s = { .ctx = true };
	struct sip_msg *ok;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	w.conf.side[0].binding = CONF_BINDING_REQUIRE;
	ok = iw_incoming(&s);
	assert_true(world_call(&w)->a.trust.bound);
	assert_string_equal(events_next(&w.b2b.events, 0)->verdict.identity, ALICE);
	assert_string_equal(events_next(&w.b2b.events, 0)->verdict.check, "");
	assert_int_equal(events_next(&w.b2b.events, 0)->call, world_call(&w)->id);
	assert_int_equal(w.b2b.stats.identity_verified, 1);
	assert_int_equal(w.b2b.stats.identity_bound, 1);
	assert_int_equal(w.b2b.stats.identity_refused, 0);
	iw_ack(ok);
	sip_msg_free(ok);
	iw_hang_up();
}

static void refused(const struct vw_spec *s, unsigned int code, const char *phrase)
{
	struct sip_msg *m;

	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	iw_request(0, s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, code, SIP_INVITE);
	assert_string_equal(m->reason, phrase);
	sip_msg_free(m);
	world_silence(&w);		/* the callee never heard of it */
	assert_int_equal(w.nlegs, 0);	/* and no port was opened */
	assert_int_equal(ntold, 0);
	assert_int_equal(w.b2b.stats.identity_refused, 1);
	assert_int_equal(events_next(&w.b2b.events, 0)->verdict.code, code);
	assert_true(events_next(&w.b2b.events, 0)->verdict.check[0]);
	assert_string_equal(events_next(&w.b2b.events, 0)->side, "lan");
	assert_int_equal(w.b2b.stats.identity_verified, 0);
	while ((m = world_hear(&w, 0)))
		sip_msg_free(m);
	iw_close();
}

static void incoming_refused(void **state)
{
	const struct vw_spec stripped = { .no_identity = true };
	const struct vw_spec other = { .signed_from = "sip:mallory@atlanta.example.com" };
	const struct vw_spec swapped = { .signed_sdp = VW_SDP(VW_FP2) };
	const struct vw_spec old = { .iat = VW_IAT - 61 };
	const struct vw_spec dest = { .signed_to = "sip:carol@biloxi.example.org" };

	(void)state;
	refused(&stripped, 428, "Use Identity Header");
	refused(&other, 438, "Invalid Identity Header");
	refused(&swapped, 438, "Invalid Identity Header");
	refused(&dest, 438, "Invalid Identity Header");
	refused(&old, 403, "Stale Date");
}

static void incoming_preferred(void **state)
{
	const struct vw_spec stripped = { .no_identity = true };
	struct sip_msg *ok;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_PREFER);
	ok = iw_incoming(&stripped);
	assert_int_equal(ntold, 1);
	assert_false(told.verified);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(leg_trust_name(&world_call(&w)->a), "unverified");
	assert_int_equal(w.b2b.stats.identity_unverified, 1);
	iw_ack(ok);
	sip_msg_free(ok);
	iw_hang_up();
}

static void cancelled_while_waiting(void **state)
{
	const struct vw_spec s = { 0 };

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	vw.later = true;
	iw_request(0, &s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	iw_say(0, "CANCEL sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx0\r\n"
	       "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">\r\nCall-ID: c1\r\nCSeq: 1 CANCEL\r\n"
	       "Max-Forwards: 70\r\n\r\n");
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_run(&w);
	assert_int_equal(vw.cancels, 1);	/* nobody waits for the certificate any more */
	vw_arrive(&vw);
	world_run(&w);
	assert_int_equal(w.nlegs, 0);
	assert_int_equal(ntold, 0);
	iw_close();
}

static void never_arrives(void **state)
{
	const struct vw_spec s = { 0 };
	struct sip_msg *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	vw.later = true;
	iw_request(0, &s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_wait(&w, 7000 + CALL_OPENING_MS);
	world_expect_done(&w, 0, 436, SIP_INVITE);
	while ((m = world_hear(&w, 0)))
		sip_msg_free(m);
	iw_close();
}

/* ---- what happens within a call ---------------------------------------------- */

static void reinvite(void **state)
{
	const struct vw_spec s = { 0 };
	struct vw_spec again = { .cseq = 2 };
	struct sip_msg *ok, *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	iw_ack(ok);
	again.to_tag = ok->to_tag;
	again.ruri = sip_msg_contact(ok)->uri_text;
	again.no_identity = true;
	iw_request(0, &again);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_expect_done(&w, 0, 428, SIP_INVITE);
	world_silence(&w);			/* the other side hears nothing of it */
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	again.no_identity = false;
	again.cseq = 3;
	again.iat = VW_IAT - 1;
	iw_request(0, &again);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	iw_ack(m);
	sip_msg_free(m);
	/* Signed by somebody else of good standing: not whom this dialog is with. */
	again.cseq = 4;
	again.from = "sip:mallory@atlanta.example.com";
	iw_request(0, &again);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 403, SIP_INVITE);
	assert_string_equal(m->reason, "Unexpected Identity");
	sip_msg_free(m);
	sip_msg_free(ok);
	iw_hang_up();
}

/* "prefer": an unsigned re-INVITE changes nothing about who was verified. */
static void unsigned_later(void **state)
{
	const struct vw_spec s = { 0 };
	struct vw_spec again = { .cseq = 2, .no_identity = true };
	struct sip_msg *ok, *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_PREFER);
	ok = iw_incoming(&s);
	iw_ack(ok);
	again.to_tag = ok->to_tag;
	again.ruri = sip_msg_contact(ok)->uri_text;
	iw_request(0, &again);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	iw_ack(m);
	sip_msg_free(m);
	assert_int_equal(ntold, 1);
	assert_true(told.verified);
	sip_msg_free(ok);
	iw_hang_up();
}

/* A trust role that does not keep up gets nothing new to verify, and is not given up. */
static void overloaded(void **state)
{
	const struct vw_spec s = { 0 };
	struct vw_spec again = { .cseq = 2, .iat = VW_IAT - 1 };
	struct vw_spec other = { .cseq = 3, .call_id = "c2", .iat = VW_IAT - 2 };
	struct sip_msg *ok;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	iw_ack(ok);
	again.to_tag = ok->to_tag;
	again.ruri = sip_msg_contact(ok)->uri_text;
	w.b2b.trust.out_len = 256 * 1024 + 1;
	iw_request(0, &again);
	world_expect_done(&w, 0, 500, SIP_INVITE);
	iw_request(0, &other);
	world_expect_done(&w, 0, 503, SIP_INVITE);
	w.b2b.trust.out_len = 0;
	world_silence(&w);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	sip_msg_free(ok);
	iw_hang_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incoming_verified), cmocka_unit_test(incoming_bound),
		cmocka_unit_test(incoming_refused),
		cmocka_unit_test(incoming_preferred),
		cmocka_unit_test(cancelled_while_waiting),
		cmocka_unit_test(never_arrives),
		cmocka_unit_test(reinvite),
		cmocka_unit_test(unsigned_later),
		cmocka_unit_test(overloaded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
