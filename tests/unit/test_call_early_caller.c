// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reliable provisional responses to our INVITE (RFC 3262): the callee's UPDATE is verified
 * while its phone rings, and of several phones only the one that answers is let through.
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

#define SDP_OTHER "v=0\r\no=u 1 1 IN IP4 10.0.9.8\r\ns=-\r\nc=IN IP4 10.0.9.8\r\nt=0 0\r\n" \
		  "m=audio 4444 UDP/TLS/RTP/SAVP 0 101\r\na=setup:%s\r\n" VW_FP2

static struct sip_msg *invite;		/* as the callees get it */
static unsigned int cseq;		/* of the callees' requests */

static void call_out(enum conf_identity policy)
{
	iw_open(MEDIA_PLAIN, MEDIA_DTLS, policy);
	caller_invite_to(&w, BOB, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_is(invite, SIP_HDR_SUPPORTED, "from-change, 100rel");
	assert_true(sip_msg_has_token(invite, SIP_HDR_ALLOW, "PRACK"));
	cseq = 0;
}

/* Our PRACK for response @rseq in the dialog with @tag; it is answered. */
static void expect_prack(const char *tag, unsigned int rseq)
{
	struct sip_msg *m = world_expect(&w, 1, 0, SIP_PRACK);
	char rack[64];

	snprintf(rack, sizeof(rack), "%u %u INVITE", rseq, invite->cseq);
	world_is(m, SIP_HDR_RACK, rack);
	assert_string_equal(m->to_tag, tag);
	assert_string_equal(m->from_tag, invite->from_tag);
	assert_string_equal(m->ruri_text, "sip:bob@10.0.1.2:5060");
	assert_true(m->cseq > invite->cseq);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
}

static void rings(const char *tag, unsigned int rseq, const char *sdp)
{
	peer_rings(&w, invite, 180, tag, rseq, sdp);
	expect_prack(tag, rseq);
}

static void updates(const char *tag, const char *sdp, bool is_signed, unsigned int code)
{
	struct vw_spec s = {
		.method = "UPDATE", .from = invite->to->uri_text, .from_tag = tag,
		.to = invite->from->uri_text, .to_tag = invite->from_tag,
		.call_id = invite->call_id, .ruri = sip_msg_contact(invite)->uri_text,
		.sdp = sdp, .no_identity = !is_signed, .cseq = ++cseq, .iat = VW_IAT - cseq,
	};

	iw_request(1, &s);
	world_expect_done(&w, 1, code, SIP_UPDATE);
}

static void caller_hears_ringing(void)
{
	struct sip_msg *m = world_expect(&w, 0, 180, SIP_INVITE);

	world_is(m, SIP_HDR_REQUIRE, NULL);	/* the caller's phone has no part in it */
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	world_silence(&w);
}

/* The 200 with @tag, and what the caller gets of it. */
static void picked_up(const char *tag, const char *sdp)
{
	struct sip_msg *m;

	peer_reply(&w, invite, 200, tag, sdp);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_string_equal(m->to_tag, tag);
	sip_msg_free(m);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "m=audio 16384 RTP/AVP 0 101");
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
}

static void over(void)
{
	sip_msg_free(invite);
	iw_hang_up();
}

static const struct world_leg *far_leg(void)
{
	return media_leg(&w, world_call(&w)->b.id);
}

static void early(void **state)
{
	struct call *c;

	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	c = world_call(&w);
	rings("callee", 7, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	assert_false(far_leg()->remote);	/* nobody knows yet who that is */
	assert_int_equal(ntold, 0);
	updates("callee", SDP_DTLS, true, 200);
	assert_int_equal(ntold, 1);
	assert_true(told.verified);
	assert_true(far_leg()->remote);
	assert_true(far_leg()->last_remote.early);
	assert_string_equal(leg_trust_name(&c->b), "verified");
	/* The handshake may run; nothing is opened while it rings. */
	assert_false(media_leg(&w, c->a.id)->remote);
	assert_int_equal(c->state, CALL_RINGING);
	world_silence(&w);
	picked_up("callee", NULL);
	assert_int_equal(c->state, CALL_OPEN);	/* at once: all is known */
	assert_int_equal(ntold, 1);
	over();
}

/* Responses that are repeated, out of order, or not for us. */
static void numbers(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("callee", 7, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	peer_rings(&w, invite, 180, "callee", 7, SDP_DTLS_ANSWER);
	peer_rings(&w, invite, 180, "callee", 9, NULL);
	peer_rings(&w, invite, 180, "callee", 6, NULL);
	world_silence(&w);
	rings("callee", 8, NULL);
	caller_hears_ringing();
	peer_rings(&w, invite, 180, "callee", 0, NULL);	/* an ordinary one */
	caller_hears_ringing();
	over();
}

static void unverified(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("callee", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	updates("callee", SDP_DTLS, false, 428);
	assert_int_equal(ntold, 0);
	assert_false(far_leg()->remote);
	picked_up("callee", NULL);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
	assert_int_equal(ntold, 0);
	updates("callee", SDP_DTLS, true, 200);		/* after the ACK, as ever */
	assert_int_equal(ntold, 1);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	over();
}

/* An unsigned answer is no reason to begin, where signed ones are only preferred. */
static void preferred(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_PREFER);
	rings("callee", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	assert_int_equal(ntold, 0);
	assert_false(far_leg()->remote);
	picked_up("callee", NULL);
	assert_int_equal(ntold, 1);
	assert_false(told.verified);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	over();
}

/* UPDATE and 200 cross: what the trust role finds later is used all the same. */
static void answer_overtakes(void **state)
{
	struct vw_spec s;

	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("callee", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	s = (struct vw_spec){
		.method = "UPDATE", .from = invite->to->uri_text, .from_tag = "callee",
		.to = invite->from->uri_text, .to_tag = invite->from_tag,
		.call_id = invite->call_id, .ruri = sip_msg_contact(invite)->uri_text,
		.sdp = SDP_DTLS, .cseq = 1,
	};
	vw.later = true;
	iw_request(1, &s);
	world_silence(&w);
	picked_up("callee", SDP_DTLS_ANSWER);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
	vw_arrive(&vw);
	world_run(&w);
	world_expect_done(&w, 1, 200, SIP_UPDATE);
	assert_true(told.verified);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	over();
}

static void cancelled(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("one", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	rings("two", 4, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_CANCEL);
	peer_rings(&w, invite, 180, "one", 2, NULL);
	world_silence(&w);			/* nobody cares any more */
	updates("one", SDP_DTLS, true, 481);
	/* It crosses our CANCEL. */
	peer_reply(&w, invite, 200, "one", NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 1, 0, SIP_BYE);
	sip_msg_free(invite);
	iw_close();
}

/* Two phones ring; the second one is picked up, and proves who it is after the ACK. */
static void other_phone(void **state)
{
	char answer[600], offer[600];

	(void)state;
	snprintf(answer, sizeof(answer), SDP_OTHER, "active");
	snprintf(offer, sizeof(offer), SDP_OTHER, "actpass");
	call_out(CONF_IDENTITY_REQUIRE);
	rings("one", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	rings("two", 4, answer);
	caller_hears_ringing();
	updates("two", offer, true, 500);	/* not while the other one is the leg's */
	assert_int_equal(ntold, 0);
	picked_up("two", NULL);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
	assert_int_equal(ntold, 0);
	updates("one", SDP_DTLS, true, 481);	/* that one rings no more */
	assert_int_equal(ntold, 0);
	updates("two", offer, true, 200);
	assert_int_equal(ntold, 1);
	assert_int_equal(told.fp[0].digest[0], 0x4a);
	assert_int_equal(far_leg()->last_remote.rtp.port, 4444);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	over();
}

/* The keys are agreed with one phone when another one answers: they are never used. */
static void other_phone_late(void **state)
{
	char answer[600], offer[600];

	(void)state;
	snprintf(answer, sizeof(answer), SDP_OTHER, "active");
	snprintf(offer, sizeof(offer), SDP_OTHER, "actpass");
	call_out(CONF_IDENTITY_REQUIRE);
	w.hold_open = true;
	rings("one", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	updates("one", SDP_DTLS, true, 200);
	assert_int_equal(ntold, 1);
	assert_int_equal(far_leg()->last_remote.assoc, 0);
	picked_up("two", answer);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
	assert_int_equal(far_leg()->last_remote.assoc, 1);
	assert_int_equal(far_leg()->last_remote.ask, UINT32_MAX);	/* whoever that is */
	assert_int_equal(far_leg()->last_remote.rtp.port, 4444);
	assert_int_equal(ntold, 1);
	updates("two", offer, true, 200);
	assert_int_equal(ntold, 2);
	assert_int_equal(told.fp[0].digest[0], 0x4a);
	assert_int_equal(far_leg()->last_remote.assoc, 1);
	assert_int_equal(far_leg()->last_remote.ask, told.ask);
	media_open(&w);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	over();
}

/* Somebody changed the answer, or the callee has changed its mind: what it signed counts. */
static void other_key_than_answered(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("callee", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	updates("callee", VW_SDP(VW_FP2), true, 200);
	assert_int_equal(ntold, 1);
	assert_int_equal(told.fp[0].digest[0], 0x4a);
	assert_int_equal(far_leg()->last_remote.assoc, 1);
	assert_int_equal(far_leg()->last_remote.ask, told.ask);
	over();
}

static void many_phones(void **state)
{
	char tag[16];

	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	for (unsigned int i = 0; i < 8; i++) {
		snprintf(tag, sizeof(tag), "phone%u", i);
		rings(tag, 1, SDP_DTLS_ANSWER);
		caller_hears_ringing();
	}
	peer_rings(&w, invite, 180, "one-too-many", 1, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	callee_request(&w, invite, "phone3", "BYE", 1, NULL);
	world_expect_done(&w, 1, 481, SIP_BYE);
	assert_int_equal(world_call(&w)->state, CALL_RINGING);
	peer_reply(&w, invite, 486, "phone0", NULL);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 486, SIP_INVITE);
	sip_msg_free(invite);
	iw_close();
}

/* An answer that cannot be used is none, and the call waits for a better one. */
static void useless(void **state)
{
	(void)state;
	call_out(CONF_IDENTITY_REQUIRE);
	rings("callee", 1, SDP_PLAIN);
	caller_hears_ringing();
	assert_false(world_call(&w)->b.early.agreed);
	rings("callee", 2, SDP_DTLS_ANSWER);
	caller_hears_ringing();
	updates("callee", SDP_DTLS, true, 500);
	assert_int_equal(ntold, 0);
	/* What was said first counts, and it was nothing. */
	peer_reply(&w, invite, 200, "callee", NULL);
	world_expect_done(&w, 0, 488, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 1, 0, SIP_BYE);
	sip_msg_free(invite);
	iw_close();
}

/* ---- callers that require it, where nobody is verified ------------------------- */

static struct sip_msg *ringing;

static void caller_pracks(void)
{
	char rack[64];

	snprintf(rack, sizeof(rack), "RAck: %s 1 INVITE\r\n", sip_msg_value(ringing, SIP_HDR_RSEQ));
	caller_request(&w, "PRACK", rack, NULL);
	world_expect_done(&w, 0, 200, SIP_PRACK);
}

static void required_on_a_plain_side(void **state)
{
	struct sip_msg *m;
	uint32_t first;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	snprintf(w.call_id, sizeof(w.call_id), "required");
	snprintf(w.contact, sizeof(w.contact), "sip:bob@biloxi.example");
	caller_request(&w, "INVITE", "Require: 100rel\r\nAllow: INVITE, UPDATE\r\n", SDP_PLAIN);
	w.cseq = 1;
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	world_is(invite, SIP_HDR_REQUIRE, NULL);
	peer_reply(&w, invite, 180, "callee", NULL);
	ringing = world_expect(&w, 0, 180, SIP_INVITE);
	world_is(ringing, SIP_HDR_REQUIRE, "100rel");
	assert_int_equal(ringing->body_len, 0);
	first = (uint32_t)strtoul(sip_msg_value(ringing, SIP_HDR_RSEQ), NULL, 10);
	assert_true(first >= 1);
	caller_learn(&w, ringing);
	/* One at a time: the next ones wait, and only the last of them matters. */
	peer_reply(&w, invite, 181, "callee", NULL);
	peer_reply(&w, invite, 182, "callee", NULL);
	world_silence(&w);
	caller_pracks();
	sip_msg_free(ringing);
	ringing = world_expect(&w, 0, 182, SIP_INVITE);
	assert_int_equal(strtoul(sip_msg_value(ringing, SIP_HDR_RSEQ), NULL, 10), first + 1);
	caller_pracks();
	sip_msg_free(ringing);
	/* Early media: what is said reliably is the answer, and there is no other. */
	peer_reply(&w, invite, 183, "callee", SDP_PLAIN);
	ringing = world_expect(&w, 0, 183, SIP_INVITE);
	world_has_body(ringing, "m=audio 16384 RTP/AVP 0 101");
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_silence(&w);
	caller_pracks();
	sip_msg_free(ringing);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	w.cseq = 1;
	caller_ack(&w, NULL);
	world_silence(&w);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	sip_msg_free(invite);
	w.cseq = 10;
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	world_close(&w);
}

/* Where the callee is to make the offer there is none to be acknowledged. */
static void required_without_an_offer(void **state)
{
	struct sip_msg *m;

	(void)state;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	snprintf(w.call_id, sizeof(w.call_id), "no-offer");
	snprintf(w.contact, sizeof(w.contact), "sip:bob@biloxi.example");
	caller_request(&w, "INVITE", "Require: 100rel\r\n", NULL);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 180, "callee", NULL);
	world_silence(&w);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	world_has_body(m, "m=audio");
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, SDP_PLAIN);
	world_expect_done(&w, 1, 0, SIP_ACK);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	sip_msg_free(invite);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	world_ends(&w, 1, NULL);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early),
		cmocka_unit_test(numbers),
		cmocka_unit_test(unverified),
		cmocka_unit_test(preferred),
		cmocka_unit_test(answer_overtakes),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(other_phone),
		cmocka_unit_test(other_phone_late),
		cmocka_unit_test(other_key_than_answered),
		cmocka_unit_test(many_phones),
		cmocka_unit_test(useless),
		cmocka_unit_test(required_on_a_plain_side),
		cmocka_unit_test(required_without_an_offer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
