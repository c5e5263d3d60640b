// SPDX-License-Identifier: GPL-2.0-or-later
/* The UPDATE method: ours after the ACK, and theirs, without which no media passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "identity_world.h"
#include "leg_trust.h"

/* Our side is the callee's: after the ACK it says its fingerprint in a request. */
static void we_update(void **state)
{
	const struct vw_spec s = { .extra = "Supported: from-change\r\n" };
	struct sip_msg *ok, *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	world_silence(&w);
	iw_ack(ok);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	assert_non_null(sip_msg_value(m, SIP_HDR_DATE));
	assert_string_equal(m->from->uri_text, BOB);
	assert_string_equal(m->to->uri_text, ALICE);
	assert_non_null(memmem(m->body, m->body_len, "a=setup:actpass", 15));
	assert_non_null(memmem(m->body, m->body_len, "a=fingerprint:sha-256 5A:5A", 27));
	assert_non_null(memmem(m->body, m->body_len, "m=audio 16384 ", 14));
	/* While it is under way, another offer has to wait. */
	{
		struct vw_spec again = { .cseq = 2, .to_tag = ok->to_tag, .iat = VW_IAT - 1,
					 .ruri = sip_msg_contact(ok)->uri_text };

		iw_request(0, &again);
		world_expect_done(&w, 0, 491, SIP_INVITE);
	}
	peer_reply(&w, m, 200, NULL, SDP_DTLS);		/* actpass is no answer */
	assert_null(world_call(&w)->a.update);
	assert_int_equal(world_call(&w)->a.oa.state, OA_AGREED);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	sip_msg_free(m);
	sip_msg_free(ok);
	iw_hang_up();
}

static void our_update_comes_too_early(void **state)
{
	const struct vw_spec s = { .extra = "Supported: from-change\r\n" };
	struct sip_msg *ok, *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	iw_ack(ok);
	sip_msg_free(ok);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	peer_reply(&w, m, 491, NULL, NULL);
	sip_msg_free(m);
	world_wait(&w, 1400);
	world_silence(&w);
	world_wait(&w, 200);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	assert_null(world_call(&w)->a.update);
	assert_int_equal(world_call(&w)->a.oa.state, OA_AGREED);
	world_wait(&w, 5000);
	world_silence(&w);
	iw_hang_up();
}

static void our_update_meets_nobody(void **state)
{
	const struct vw_spec s = { .extra = "Supported: from-change\r\n" };
	struct sip_msg *ok, *m;

	(void)state;
	iw_open(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = iw_incoming(&s);
	iw_ack(ok);
	sip_msg_free(ok);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	peer_reply(&w, m, 481, NULL, NULL);
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_BYE);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	world_silence(&w);
	iw_close();
}

/* ---- calls that go out ------------------------------------------------------- */

static struct sip_msg *invite;		/* as the callee got it */

/* The callee, on the signed side 1, has answered; nobody knows yet who it is. */
static void outgoing(enum conf_identity policy)
{
	struct sip_msg *m;

	iw_open(MEDIA_PLAIN, MEDIA_DTLS, policy);
	caller_invite_to(&w, BOB, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	assert_true(sip_msg_has_token(invite, SIP_HDR_SUPPORTED, "from-change"));
	assert_true(sip_msg_has_token(invite, SIP_HDR_ALLOW, "UPDATE"));
	assert_non_null(sip_msg_value(invite, SIP_HDR_DATE));
	peer_reply(&w, invite, 200, "callee", SDP_DTLS_ANSWER);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
}

static struct vw_spec update_spec(void)
{
	return (struct vw_spec){
		.method = "UPDATE",
		.from = invite->to->uri_text,
		.from_tag = "callee",
		.to = invite->from->uri_text,
		.to_tag = invite->from_tag,
		.call_id = invite->call_id,
		.ruri = sip_msg_contact(invite)->uri_text,
		.sdp = SDP_DTLS,
	};
}

static void they_update(void **state)
{
	struct vw_spec s;
	struct sip_msg *m;

	(void)state;
	outgoing(CONF_IDENTITY_REQUIRE);
	assert_int_equal(ntold, 0);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
	s = update_spec();
	iw_request(1, &s);
	m = world_expect(&w, 1, 200, SIP_UPDATE);
	/* We offered both roles and the callee took "active": ours stays passive. */
	assert_non_null(memmem(m->body, m->body_len, "a=setup:passive", 15));
	assert_non_null(memmem(m->body, m->body_len, "a=fingerprint:sha-256 5A:5A", 27));
	sip_msg_free(m);
	assert_int_equal(ntold, 1);
	assert_true(told.verified);
	assert_int_equal(told.leg, world_call(&w)->b.id);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(leg_trust_name(&world_call(&w)->b), "verified");
	world_silence(&w);		/* the caller hears nothing of it */
	sip_msg_free(invite);
	iw_hang_up();
}

/* Whatever is wrong with it, the call waits for a better one, and then ends. */
static void update_refused(const struct vw_spec *s, unsigned int code, const char *phrase)
{
	struct sip_msg *m;

	iw_request(1, s);
	m = world_expect(&w, 1, code, SIP_UPDATE);
	if (phrase)
		assert_string_equal(m->reason, phrase);
	sip_msg_free(m);
	assert_int_equal(ntold, 0);
	assert_int_equal(world_call(&w)->state, CALL_SECURING);
}

static void they_do_not(void **state)
{
	struct vw_spec s;
	struct sip_msg *m;

	(void)state;
	outgoing(CONF_IDENTITY_REQUIRE);
	s = update_spec();
	s.no_identity = true;
	s.cseq = 1;
	update_refused(&s, 428, "Use Identity Header");
	s = update_spec();
	s.cseq = 2;
	s.signed_sdp = VW_SDP(VW_FP2);
	update_refused(&s, 438, "Invalid Identity Header");
	/* A provider's customer, but not the one who was dialled. */
	s = update_spec();
	s.cseq = 3;
	s.from = "sip:mallory@biloxi.example.org";
	update_refused(&s, 403, "Unexpected Identity");
	/* A signed INVITE of the callee's, pasted into an UPDATE before it was ever used. */
	s = update_spec();
	s.cseq = 5;
	s.signed_to = "sip:carol@biloxi.example.org";
	update_refused(&s, 438, NULL);
	world_wait(&w, 7000);
	m = world_expect(&w, 1, 0, SIP_BYE);
	assert_string_equal(sip_msg_value(m, SIP_HDR_REASON),
			    "SIP;cause=428;text=\"the callee did not prove in time who it is\"");
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	m = world_expect(&w, 0, 0, SIP_BYE);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	assert_int_equal(ntold, 0);
	sip_msg_free(invite);
	iw_close();
}

static void outgoing_preferred(void **state)
{
	struct vw_spec s;

	(void)state;
	outgoing(CONF_IDENTITY_PREFER);
	assert_int_equal(ntold, 1);
	assert_false(told.verified);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(leg_trust_name(&world_call(&w)->b), "unverified");
	s = update_spec();
	iw_request(1, &s);
	world_expect_done(&w, 1, 200, SIP_UPDATE);
	assert_int_equal(ntold, 2);
	assert_true(told.verified);
	assert_string_equal(leg_trust_name(&world_call(&w)->b), "verified");
	sip_msg_free(invite);
	iw_hang_up();
}

/* Before the answer, and in an ordinary side's dialog. */
static void not_now(void **state)
{
	struct sip_msg *m;

	(void)state;
	iw_open(MEDIA_PLAIN, MEDIA_DTLS, CONF_IDENTITY_REQUIRE);
	caller_invite_to(&w, BOB, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	invite = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_DTLS_ANSWER);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	caller_request(&w, "UPDATE", "Contact: <sip:x@10.0.0.2>\r\n", SDP_PLAIN);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	/* A new target alone is served everywhere: Allow says UPDATE everywhere. */
	caller_request(&w, "UPDATE", "Contact: <sip:x@10.0.0.2>\r\n", NULL);
	world_expect_done(&w, 0, 200, SIP_UPDATE);
	sip_msg_free(invite);
	iw_hang_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_update),
		cmocka_unit_test(our_update_comes_too_early),
		cmocka_unit_test(our_update_meets_nobody),
		cmocka_unit_test(they_update),
		cmocka_unit_test(they_do_not),
		cmocka_unit_test(outgoing_preferred),
		cmocka_unit_test(not_now),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
