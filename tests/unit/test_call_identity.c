// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls with identity policies: the real back-to-back user agent and the real trust
 * object, on a network that the test is; media is told by `trust` alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "call_world.h"
#include "clock.h"
#include "leg_trust.h"
#include "loop.h"
#include "trust.h"
#include "verify_world.h"

#define ALICE "sip:alice@atlanta.example.com"
#define BOB   "sip:bob@biloxi.example.org"

static struct world w;
static struct verify_world vw;
static struct trust *trust;
static struct ipc channel;		/* trust's end of the one to sip */
static struct media_leg_fingerprints told;	/* the last set media was told of */
static unsigned int ntold;
static bool condemned;

/* ---- the trust role --------------------------------------------------------- */

static void to_sip(const struct trust_verdict *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf b = ipc_begin(space, TRUST_VERDICT);

	(void)arg;
	trust_verdict_put(&b, m);
	assert_int_equal(ipc_send(&channel, &b), 0);
}

static void to_media(const struct media_leg_fingerprints *m, void *arg)
{
	(void)arg;
	told = *m;
	ntold++;
	media_signed(&w, m);
}

static const struct trust_ops ops = { .verdict = to_sip, .fingerprints = to_media };

#define TAKE(name)								\
	static int take_##name(struct ipc *c, struct rbuf *r, void *arg)	\
	{									\
		struct trust_##name m;						\
										\
		(void)c;							\
		(void)arg;							\
		trust_##name##_get(r, &m);					\
		assert_true(rbuf_done(r));					\
		return trust_##name##_msg(trust, &m);				\
	}
TAKE(verify)
TAKE(unsigned)
TAKE(apply)
TAKE(close)

static const struct ipc_handler handlers[] = {
	{ TRUST_VERIFY, "verify", take_verify },
	{ TRUST_UNSIGNED, "unsigned", take_unsigned },
	{ TRUST_APPLY, "apply", take_apply },
	{ TRUST_CLOSE, "close", take_close },
	{ 0 }
};

static void lost(struct ipc *c, void *arg)
{
	(void)c;
	(void)arg;
	condemned = true;
}

/* The identity side is the DTLS one. */
static void begin(enum media_security a, enum media_security b, enum conf_identity policy)
{
	struct err e = { 0 };
	int fd[2];

	world_open(&w, a, b);
	clock_fake(1000000, VW_IAT);
	vw_make(&vw, NULL);
	w.conf.side[a == MEDIA_DTLS ? 0 : 1].identity = policy;
	w.conf.identity_timeout = 7;
	trust = trust_new(&w.conf, vw.v, &ops, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
	ntold = 0;
	condemned = false;
	memset(&told, 0, sizeof(told));
}

static void finish(void)
{
	world_wait(&w, 80000);
	assert_int_equal(trust_legs(trust), 0);
	assert_false(condemned);
	ipc_close(&channel);
	trust_free(trust);
	vw_free(&vw);
	w.b2b.media_gone = NULL;
	world_close(&w);
}

static void say(unsigned int side, const char *text)
{
	world_say(&w, side, text, strlen(text));
}

static void say_request(unsigned int side, const struct vw_spec *s)
{
	char *text = vw_request(&vw, s);

	say(side, text);
	free(text);
}

/* What the caller sends after the 200 that it got. */
static void say_ack(const struct sip_msg *ok)
{
	char *text;

	assert_true(asprintf(&text, "ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKack\r\n"
			     "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">;tag=%s\r\nCall-ID: %s\r\n"
			     "CSeq: %u ACK\r\nMax-Forwards: 70\r\n\r\n",
			     sip_msg_contact(ok)->uri_text, ok->to_tag, ok->call_id, ok->cseq) > 0);
	say(0, text);
	free(text);
}

/* Hang up from inside and let everything go. */
static void hang_up(void)
{
	const struct end_reason why = { .text = "the test is over" };
	const struct call_cause cause = { .why = &why };
	struct sip_msg *m;

	call_event(world_call(&w), CALL_EV_HANGUP, &cause);
	for (unsigned int side = 0; side < 2; side++)
		while ((m = world_hear(&w, side))) {
			if (!m->code)
				peer_reply(&w, m, 200, m->to_tag ? NULL : "x", NULL);
			sip_msg_free(m);
		}
	finish();
}

/* ---- calls that come in ------------------------------------------------------ */

/* Side 0 is signed; the callee is plain. Returns the 200 that the caller got. */
static struct sip_msg *incoming(const struct vw_spec *s)
{
	struct sip_msg *m;

	say_request(0, s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, "callee", SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	return world_expect(&w, 0, 200, SIP_INVITE);
}

static void incoming_verified(void **state)
{
	const struct vw_spec s = { 0 };
	struct sip_msg *ok;

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = incoming(&s);
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
	say_ack(ok);
	world_silence(&w);		/* no from-change in the INVITE: no UPDATE */
	sip_msg_free(ok);
	hang_up();
}

static void refused(const struct vw_spec *s, unsigned int code, const char *phrase)
{
	struct sip_msg *m;

	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	say_request(0, s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, code, SIP_INVITE);
	assert_string_equal(m->reason, phrase);
	sip_msg_free(m);
	world_silence(&w);		/* the callee never heard of it */
	assert_int_equal(w.nlegs, 0);	/* and no port was opened */
	assert_int_equal(ntold, 0);
	while ((m = world_hear(&w, 0)))
		sip_msg_free(m);
	finish();
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
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_PREFER);
	ok = incoming(&stripped);
	assert_int_equal(ntold, 1);
	assert_false(told.verified);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_string_equal(leg_trust_name(&world_call(&w)->a), "unverified");
	say_ack(ok);
	sip_msg_free(ok);
	hang_up();
}

static void cancelled_while_waiting(void **state)
{
	const struct vw_spec s = { 0 };

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	vw.later = true;
	say_request(0, &s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	say(0, "CANCEL sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx0\r\n"
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
	finish();
}

static void never_arrives(void **state)
{
	const struct vw_spec s = { 0 };
	struct sip_msg *m;

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	vw.later = true;
	say_request(0, &s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_wait(&w, 7000 + CALL_OPENING_MS);
	world_expect_done(&w, 0, 436, SIP_INVITE);
	while ((m = world_hear(&w, 0)))
		sip_msg_free(m);
	finish();
}

/* ---- what happens within a call ---------------------------------------------- */

static void reinvite(void **state)
{
	const struct vw_spec s = { 0 };
	struct vw_spec again = { .cseq = 2 };
	struct sip_msg *ok, *m;

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = incoming(&s);
	say_ack(ok);
	again.to_tag = ok->to_tag;
	again.ruri = sip_msg_contact(ok)->uri_text;
	again.no_identity = true;
	say_request(0, &again);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_expect_done(&w, 0, 428, SIP_INVITE);
	world_silence(&w);			/* the other side hears nothing of it */
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	again.no_identity = false;
	again.cseq = 3;
	again.iat = VW_IAT - 1;
	say_request(0, &again);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	say_ack(m);
	sip_msg_free(m);
	/* Signed by somebody else of good standing: not whom this dialog is with. */
	again.cseq = 4;
	again.from = "sip:mallory@atlanta.example.com";
	say_request(0, &again);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 0, 403, SIP_INVITE);
	assert_string_equal(m->reason, "Unexpected Identity");
	sip_msg_free(m);
	sip_msg_free(ok);
	hang_up();
}

/* Our side is the callee's: after the ACK it says its fingerprint in a request. */
static void we_update(void **state)
{
	const struct vw_spec s = { .extra = "Supported: from-change\r\n" };
	struct sip_msg *ok, *m;

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = incoming(&s);
	world_silence(&w);
	say_ack(ok);
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

		say_request(0, &again);
		world_expect_done(&w, 0, 491, SIP_INVITE);
	}
	peer_reply(&w, m, 200, NULL, SDP_DTLS);		/* actpass is no answer */
	assert_null(world_call(&w)->a.update);
	assert_int_equal(world_call(&w)->a.oa.state, OA_AGREED);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	sip_msg_free(m);
	sip_msg_free(ok);
	hang_up();
}

static void our_update_meets_nobody(void **state)
{
	const struct vw_spec s = { .extra = "Supported: from-change\r\n" };
	struct sip_msg *ok, *m;

	(void)state;
	begin(MEDIA_DTLS, MEDIA_PLAIN, CONF_IDENTITY_REQUIRE);
	ok = incoming(&s);
	say_ack(ok);
	sip_msg_free(ok);
	m = world_expect(&w, 0, 0, SIP_UPDATE);
	peer_reply(&w, m, 481, NULL, NULL);
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_BYE);
	peer_reply(&w, m, 200, NULL, NULL);
	sip_msg_free(m);
	world_silence(&w);
	finish();
}

/* ---- calls that go out ------------------------------------------------------- */

static struct sip_msg *invite;		/* as the callee got it */

/* The callee, on the signed side 1, has answered; nobody knows yet who it is. */
static void outgoing(enum conf_identity policy)
{
	struct sip_msg *m;

	begin(MEDIA_PLAIN, MEDIA_DTLS, policy);
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
	say_request(1, &s);
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
	hang_up();
}

/* Whatever is wrong with it, the call waits for a better one, and then ends. */
static void update_refused(const struct vw_spec *s, unsigned int code, const char *phrase)
{
	struct sip_msg *m;

	say_request(1, s);
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
	/* Signed, and another key than the 200 said: somebody changed one of them. */
	s = update_spec();
	s.cseq = 4;
	s.sdp = "v=0\r\no=u 1 1 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n"
		"m=audio 4000 UDP/TLS/RTP/SAVP 0 101\r\na=setup:actpass\r\n" VW_FP2;
	update_refused(&s, 488, NULL);
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
	finish();
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
	say_request(1, &s);
	world_expect_done(&w, 1, 200, SIP_UPDATE);
	assert_int_equal(ntold, 2);
	assert_true(told.verified);
	assert_string_equal(leg_trust_name(&world_call(&w)->b), "verified");
	sip_msg_free(invite);
	hang_up();
}

/* Before the answer, and in an ordinary side's dialog. */
static void not_now(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(MEDIA_PLAIN, MEDIA_DTLS, CONF_IDENTITY_REQUIRE);
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
	world_expect_done(&w, 0, 405, SIP_UPDATE);
	sip_msg_free(invite);
	hang_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incoming_verified), cmocka_unit_test(incoming_refused),
		cmocka_unit_test(incoming_preferred), cmocka_unit_test(cancelled_while_waiting),
		cmocka_unit_test(never_arrives), cmocka_unit_test(reinvite),
		cmocka_unit_test(we_update), cmocka_unit_test(our_update_meets_nobody),
		cmocka_unit_test(they_update), cmocka_unit_test(they_do_not),
		cmocka_unit_test(outgoing_preferred), cmocka_unit_test(not_now),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
