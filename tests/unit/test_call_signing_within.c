// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests within a call on their way through signers: re-INVITE and UPDATE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange.h"
#include "secret.h"
#include "signing_world.h"

/* A re-INVITE of the dialog takes the same way, and its numbers go on. */
static void within_a_call(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(1);
	signing_callee_answers(signing_challenged(signing_first(), "10.0.1.50"));
	caller_request(&signing.w, "INVITE", "Contact: <sip:alice@10.0.0.2>\r\n", SDP_PLAIN);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	m = signing_challenged(signing_expect("10.0.1.50", SIP_INVITE, 3), "10.0.1.50");
	assert_int_equal(m->cseq, 4);
	peer_reply(&signing.w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	m = world_expect(&signing.w, 1, 0, SIP_ACK);
	assert_int_equal(m->cseq, 4);
	sip_msg_free(m);
	world_expect_done(&signing.w, 0, 200, SIP_INVITE);
	caller_ack(&signing.w, NULL);
	assert_int_equal(world_call(&signing.w)->state, CALL_OPEN);
	signing_hang_up();
}

/* CANCEL while its challenge is with trust, the challenged transaction long over. */
static void cancelled_within_a_call(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(1);
	signing_callee_answers(signing_challenged(signing_first(), "10.0.1.50"));
	signing.hold = true;
	caller_request(&signing.w, "INVITE", "Contact: <sip:alice@10.0.0.2>\r\n", SDP_PLAIN);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	m = signing_expect("10.0.1.50", SIP_INVITE, 3);
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	world_wait(&signing.w, 33000);
	caller_cancel(&signing.w);
	world_expect_done(&signing.w, 0, 200, SIP_CANCEL);
	world_expect_done(&signing.w, 0, 487, SIP_INVITE);
	world_silence(&signing.w);
	assert_null(signing.w.b2b.signings);
	assert_null(world_call(&signing.w)->exchange);
	signing_hang_up();
}

/* As the callee's gateway: the UPDATE after the ACK is signed by the next signer that serves. */
static struct sip_msg *update_sent(void)
{
	static const char head[] = "From: <sip:alice@atlanta.example.com>;tag=a1\r\n"
				   "Call-ID: c1\r\nMax-Forwards: 70\r\n";
	struct sip_msg *m, *ok;
	char *text;

	signing_begin_on(0, 2);
	assert_true(asprintf(&text, "INVITE sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKi\r\n"
			     "%sTo: <sip:bob@biloxi.example.org>\r\nCSeq: 1 INVITE\r\n"
			     "Contact: <sip:alice@10.0.0.2>\r\nSupported: from-change\r\n"
			     "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n" SDP_DTLS,
			     head, strlen(SDP_DTLS)) > 0);
	world_say(&signing.w, 0, text, strlen(text));
	free(text);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	m = world_expect(&signing.w, 1, 0, SIP_INVITE);
	peer_reply(&signing.w, m, 200, "callee", SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	ok = world_expect(&signing.w, 0, 200, SIP_INVITE);
	assert_true(asprintf(&text, "ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa\r\n"
			     "%sTo: <sip:bob@biloxi.example.org>;tag=%s\r\nCSeq: 1 ACK\r\n\r\n",
			     sip_msg_contact(ok)->uri_text, head, ok->to_tag) > 0);
	world_say(&signing.w, 0, text, strlen(text));
	free(text);
	sip_msg_free(ok);
	return signing_expect("10.0.1.50", SIP_UPDATE, 0);
}

static void end_call(void)
{
	const struct end_reason why = { .text = "the test is over" };
	const struct call_cause cause = { .why = &why };
	struct sip_msg *m;

	call_event(world_call(&signing.w), CALL_EV_HANGUP, &cause);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&signing.w, i))) {
			peer_reply(&signing.w, m, 200, NULL, NULL);
			sip_msg_free(m);
		}
	signing_finish();
}

static void update(void **state)
{
	struct sip_msg *m = update_sent();
	uint32_t cseq = m->cseq;

	(void)state;
	/* Where it goes from there is what the Request-URI says: no second Route. */
	assert_null(sip_msg_find(m, SIP_HDR_ROUTE, sip_msg_find(m, SIP_HDR_ROUTE, NULL)));
	signing_answer(m, 503, NULL);
	sip_msg_free(m);
	m = signing_challenged(signing_expect("10.0.1.51", SIP_UPDATE, cseq + 1), "10.0.1.51");
	peer_reply(&signing.w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	world_silence(&signing.w);
	assert_null(world_call(&signing.w)->a.update);
	assert_int_equal(world_call(&signing.w)->state, CALL_OPEN);
	end_call();
}

/* The challenged transaction is over (T4) before the credentials are there. */
static void update_waits(void **state)
{
	struct sip_msg *m = update_sent();
	struct leg *l = &world_call(&signing.w)->a;

	(void)state;
	signing.hold = true;
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	assert_non_null(l->update);
	world_wait(&signing.w, 6000);
	assert_null(l->update);
	assert_int_equal(exchange_clash(l, &world_call(&signing.w)->b, true), 491);
	assert_int_equal(exchange_clash(&world_call(&signing.w)->b, l, false), 500);
	end_call();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_a_call),
		cmocka_unit_test(cancelled_within_a_call),
		cmocka_unit_test(update),
		cmocka_unit_test(update_waits),
	};

	if (secret_init(1 << 14))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
