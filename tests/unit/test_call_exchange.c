// SPDX-License-Identifier: GPL-2.0-or-later
/* Re-INVITEs: passed on, refused, crossing, cancelled, without an offer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"

#define HELD	"v=0\r\no=u 1 2 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
		"m=audio 4000 RTP/AVP 0 101\r\na=sendonly\r\n"
#define MOVED	"v=0\r\no=u 1 2 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.77\r\nt=0 0\r\n" \
		"m=audio 5000 RTP/AVP 0 101\r\n"
#define HELD_2543 "v=0\r\no=u 1 2 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" \
		"m=audio 4000 RTP/AVP 0 101\r\n"
#define ANSWER	"v=0\r\no=u 1 2 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
		"m=audio 4000 RTP/AVP 0 101\r\na=recvonly\r\n"

static struct world w;
static struct sip_msg *invite;		/* the callee's first one */

static void has_body(const struct sip_msg *m, const char *text)
{
	if (!memmem(m->body, m->body_len, text, strlen(text)))
		fail_msg("no \"%s\" in:\n%.*s", text, (int)m->body_len, (const char *)m->body);
}

static void begin(void)
{
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	invite = world_established(&w);
}

static void hang_up(void)
{
	struct sip_msg *bye;

	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	assert_null(world_call(&w)->exchange);
	caller_request(&w, "BYE", NULL, NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	bye = world_expect(&w, 1, 0, SIP_BYE);
	peer_reply(&w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
	sip_msg_free(invite);
	world_silence(&w);
	world_close(&w);
}

static void ended(void)
{
	assert_int_equal(w.b2b.ncalls, 0);
	sip_msg_free(invite);
	world_close(&w);
}

static void hold_and_move(void **state)
{
	struct sip_msg *m;
	char ip[ADDR_STRLEN];

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	assert_string_equal(m->to_tag, "callee");
	assert_string_equal(m->ruri_text, "sip:bob@10.0.1.2:5060");
	assert_int_equal(m->cseq, 2);
	has_body(m, "a=sendonly\r\n");
	has_body(m, "m=audio 16386 ");
	peer_reply(&w, m, 200, NULL, ANSWER);
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_int_equal(m->cseq, 2);
	sip_msg_free(m);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	has_body(m, "a=recvonly\r\n");
	sip_msg_free(m);
	caller_ack(&w, NULL);
	assert_int_equal(w.leg[0].remotes, 1);		/* the addresses are the same */

	/* the callee moves, and hears of nothing else */
	callee_request(&w, invite, "callee", "INVITE", 1, MOVED);
	world_expect_done(&w, 1, 100, SIP_INVITE);
	m = world_expect(&w, 0, 0, SIP_INVITE);
	has_body(m, "m=audio 16384 ");
	has_body(m, "a=sendrecv\r\n");
	assert_null(memmem(m->body, m->body_len, "10.0.9.77", 9));
	assert_string_equal(m->to_tag, "caller");
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 0, 0, SIP_ACK);
	m = world_expect(&w, 1, 200, SIP_INVITE);
	callee_request(&w, invite, "callee", "ACK", 1, NULL);
	sip_msg_free(m);
	world_silence(&w);
	assert_int_equal(w.leg[1].remotes, 2);
	assert_string_equal(addr_str(&w.leg[1].last_remote.rtp, ip), "10.0.9.77:5000");
	assert_string_equal(addr_str(&w.leg[0].last_remote.rtp, ip), "10.0.9.9:4000");

	/* the old way to hold */
	caller_request(&w, "INVITE", NULL, HELD_2543);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	has_body(m, "a=sendonly\r\n");
	assert_null(memmem(m->body, m->body_len, "0.0.0.0", 7));
	peer_reply(&w, m, 200, NULL, ANSWER);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 200, SIP_INVITE);
	caller_ack(&w, NULL);
	assert_string_equal(addr_str(&w.leg[0].last_remote.rtp, ip), "10.0.9.9:4000");
	hang_up();
}

static void refused(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin();
	/* by the callee: what was agreed stays */
	caller_request(&w, "INVITE", NULL, MOVED);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 488, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 488, SIP_INVITE);
	assert_int_equal(w.leg[0].remotes, 1);
	/* by us: the callee is not bothered */
	caller_request(&w, "INVITE", NULL, SDP_DTLS);
	m = world_expect(&w, 0, 488, SIP_INVITE);
	assert_string_equal(sip_msg_value(m, SIP_HDR_WARNING),
			    "302 10.0.0.1:5060 \"audio is served over RTP/AVP(F) here, not over UDP/TLS/RTP/SAVP\"");
	sip_msg_free(m);
	world_silence(&w);
	/* and the next one is fine again */
	caller_request(&w, "INVITE", NULL, MOVED);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 200, SIP_INVITE);
	caller_ack(&w, NULL);
	assert_int_equal(w.leg[0].remotes, 2);
	hang_up();
}

static void overlapping(void **state)
{
	struct sip_msg *m, *again;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	/* another one of the caller before the first is answered (section 14.2) */
	caller_request(&w, "INVITE", NULL, SDP_PLAIN);
	again = world_expect(&w, 0, 500, SIP_INVITE);
	assert_non_null(sip_msg_value(again, SIP_HDR_RETRY_AFTER));
	sip_msg_free(again);
	/* glare: the callee's own crosses ours */
	callee_request(&w, invite, "callee", "INVITE", 1, SDP_PLAIN);
	world_expect_done(&w, 1, 491, SIP_INVITE);
	peer_reply(&w, m, 491, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 491, SIP_INVITE);

	/* answered, but the ACK is missing */
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, ANSWER);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 200, SIP_INVITE);
	callee_request(&w, invite, "callee", "INVITE", 2, SDP_PLAIN);
	world_expect_done(&w, 1, 500, SIP_INVITE);
	caller_ack(&w, NULL);
	hang_up();
}

static void cancelled(void **state)
{
	struct sip_msg *m, *cancel;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 180, NULL, NULL);
	world_silence(&w);			/* provisionals of re-INVITEs do not pass */
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	cancel = world_expect(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, cancel, 200, NULL, NULL);
	sip_msg_free(cancel);
	/* until the callee's side is through, nobody else may begin */
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 500, SIP_INVITE);
	peer_reply(&w, m, 487, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);

	/* the 200 crosses the CANCEL */
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 180, NULL, NULL);
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 200, NULL, ANSWER);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	hang_up();
}

/* Provisional responses keep it for no longer than a first INVITE. */
static void never_final(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 180, NULL, NULL);
	world_wait(&w, 179000);
	world_silence(&w);
	world_wait(&w, 1100);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_expect_done(&w, 1, 0, SIP_CANCEL);
	peer_reply(&w, m, 487, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	caller_ack(&w, NULL);
	hang_up();
}

static void without_offer(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, NULL);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	assert_int_equal(m->body_len, 0);
	peer_reply(&w, m, 200, NULL, SDP_PLAIN);
	sip_msg_free(m);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	has_body(m, "m=audio 16384 ");
	sip_msg_free(m);
	/* BYE or another INVITE has to wait for the answer */
	callee_request(&w, invite, "callee", "INVITE", 1, SDP_PLAIN);
	world_expect_done(&w, 1, 491, SIP_INVITE);
	caller_ack(&w, MOVED);
	m = world_expect(&w, 1, 0, SIP_ACK);
	has_body(m, "m=audio 16386 ");
	sip_msg_free(m);
	assert_int_equal(w.leg[0].remotes, 2);
	hang_up();
}

static void dialog_gone(void **state)
{
	struct sip_msg *m, *bye;

	(void)state;
	/* the callee knows nothing of the call any more: no BYE to it */
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 481, NULL, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	bye = world_expect(&w, 0, 0, SIP_BYE);
	assert_string_equal(sip_msg_value(bye, SIP_HDR_REASON),
			    "SIP;cause=481;text=\"the other side does not answer any more\"");
	peer_reply(&w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
	world_silence(&w);
	ended();

	/* it does not answer at all */
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	world_wait(&w, 33000);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_expect_done(&w, 0, 0, SIP_BYE);
	ended();
}

static void bad_answer(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, SDP_DTLS);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 1, 0, SIP_BYE);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_expect_done(&w, 0, 0, SIP_BYE);
	ended();
}

static void bye_in_between(void **state)
{
	struct sip_msg *m, *bye;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	callee_request(&w, invite, "callee", "BYE", 1, NULL);
	world_expect_done(&w, 1, 200, SIP_BYE);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	bye = world_expect(&w, 0, 0, SIP_BYE);
	peer_reply(&w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
	peer_reply(&w, m, 487, NULL, NULL);
	sip_msg_free(m);
	ended();
}

/* Our ACK of the first INVITE is lost, and a re-INVITE is on its way already. */
static void late_first_2xx(void **state)
{
	struct sip_msg *m, *re;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	re = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_int_equal(m->cseq, 1);
	sip_msg_free(m);
	world_silence(&w);			/* above all: no BYE */
	peer_reply(&w, re, 200, NULL, ANSWER);
	sip_msg_free(re);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_expect_done(&w, 0, 200, SIP_INVITE);
	caller_ack(&w, NULL);
	peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	world_silence(&w);
	hang_up();
}

static void unacked(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin();
	caller_request(&w, "INVITE", NULL, HELD);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, NULL, ANSWER);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_wait(&w, 32100);
	m = world_expect(&w, 1, 0, SIP_BYE);
	assert_string_equal(sip_msg_value(m, SIP_HDR_REASON), "SIP;cause=408;text=\"no ACK came\"");
	sip_msg_free(m);
	while ((m = world_hear(&w, 0)) && m->code == 200)
		sip_msg_free(m);
	assert_non_null(m);
	assert_int_equal(m->method, SIP_BYE);
	sip_msg_free(m);
	ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hold_and_move),
		cmocka_unit_test(refused),
		cmocka_unit_test(overlapping),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(never_final),
		cmocka_unit_test(without_offer),
		cmocka_unit_test(dialog_gone),
		cmocka_unit_test(bad_answer),
		cmocka_unit_test(bye_in_between),
		cmocka_unit_test(late_first_2xx),
		cmocka_unit_test(unacked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
