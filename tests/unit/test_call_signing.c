// SPDX-License-Identifier: GPL-2.0-or-later
/* INVITEs of ours on their way through signers: challenges, refusals, silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "secret.h"
#include "signing_world.h"

static void signs(void **state)
{
	struct sip_msg *m;
	const struct sip_hdr *second;

	(void)state;
	signing_begin(1);
	m = signing_first();
	/* From the signer it goes where it would have gone. */
	second = sip_msg_find(m, SIP_HDR_ROUTE, sip_msg_find(m, SIP_HDR_ROUTE, NULL));
	assert_string_equal(second->value, "<sip:10.0.1.2:5060;lr>");
	assert_true(sip_msg_has_token(m, SIP_HDR_SUPPORTED, "from-change"));
	m = signing_challenged(m, "10.0.1.50");
	signing_callee_answers(m);
	assert_int_equal(signing.asked, 1);
	signing_hang_up();
}

static void does_not_like_us(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(2);
	m = signing_challenged(signing_first(), "10.0.1.50");
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	assert_int_equal(signing.asked, 1);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	/* Another one may. */
	m = signing_challenged(signing_expect("10.0.1.51", SIP_INVITE, 3), "10.0.1.51");
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	signing_refused(502);
}

static void of_another_realm(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(2);
	m = signing_first();
	signing_answer(m, 407, "Digest realm=\"evil.example\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\"");
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	/* A signer that wants another provider's token: not from us. */
	m = signing_expect("10.0.1.51", SIP_INVITE, 2);
	signing_answer(m, 407, "Bearer realm=\"" SIGNING_REALM "\"");
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	signing_refused(500);
}

static void next_after_503(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(2);
	m = signing_first();
	signing_answer(m, 503, NULL);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	m = signing_challenged(signing_expect("10.0.1.51", SIP_INVITE, 2), "10.0.1.51");
	signing_answer(m, 503, NULL);		/* there is no third */
	sip_msg_free(m);
	signing_refused(500);
}

static void next_after_silence(void **state)
{
	struct sip_msg *m, *late, *bye;

	(void)state;
	signing_begin(2);
	late = signing_first();
	world_wait(&signing.w, 1900);
	while ((m = world_hear(&signing.w, 1))) {
		assert_int_equal(m->cseq, 1);	/* repeated, to the same */
		sip_msg_free(m);
	}
	world_wait(&signing.w, 200);
	m = signing_challenged(signing_expect("10.0.1.51", SIP_INVITE, 2), "10.0.1.51");
	signing_callee_answers(m);
	/* The first had passed it on after all: that callee is told that nobody is there. */
	peer_reply(&signing.w, late, 200, "late", SDP_DTLS_ANSWER);
	sip_msg_free(late);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	bye = world_expect(&signing.w, 1, 0, SIP_BYE);
	assert_string_equal(bye->to_tag, "late");
	peer_reply(&signing.w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
	assert_int_equal(world_call(&signing.w)->state, CALL_OPEN);
	signing_hang_up();
}

/* Nothing happens for @ms but what is sent again, as number @cseq; how often it was. */
static unsigned int wait_for_more(uint64_t ms, uint32_t cseq)
{
	struct sip_msg *m;
	unsigned int n = 0;

	for (; ms; ms -= 100) {
		world_wait(&signing.w, 100);
		while ((m = world_hear(&signing.w, 1))) {
			assert_int_equal(m->method, SIP_INVITE);
			assert_int_equal(m->cseq, cseq);
			sip_msg_free(m);
			n++;
		}
	}
	return n;
}

/* Killed between its challenge and our answer. */
static void next_after_credentials(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(2);
	sip_msg_free(signing_challenged(signing_first(), "10.0.1.50"));
	assert_int_equal(wait_for_more(1900, 2), 2);
	world_wait(&signing.w, 100);
	signing_callee_answers(signing_challenged(signing_expect("10.0.1.51", SIP_INVITE, 3), "10.0.1.51"));
	caller_request(&signing.w, "BYE", "", NULL);
	world_expect_done(&signing.w, 0, 200, SIP_BYE);
	m = world_expect(&signing.w, 1, 0, SIP_BYE);
	peer_reply(&signing.w, m, 200, NULL, NULL);
	sip_msg_free(m);
	assert_int_equal(signing.w.b2b.stats.signer_tries, 4);
	assert_int_equal(signing.w.b2b.stats.signer_failovers, 1);
	/* For a while it is the last one to be asked. */
	signing.w.b2b.signer_turn[1] = 0;
	caller_invite_to(&signing.w, "sip:bob@biloxi.example.org", SDP_PLAIN);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	m = signing_expect("10.0.1.51", SIP_INVITE, 1);
	signing_answer(m, 403, NULL);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	world_expect_done(&signing.w, 0, 403, SIP_INVITE);
	world_wait(&signing.w, SIGNING_DOWN_MS + 5000);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&signing.w, i)))
			sip_msg_free(m);	/* what is sent again to those who are silent */
	signing.w.b2b.signer_turn[1] = 0;
	caller_invite_to(&signing.w, "sip:bob@biloxi.example.org", SDP_PLAIN);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	sip_msg_free(signing_expect("10.0.1.50", SIP_INVITE, 1));
	caller_cancel(&signing.w);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&signing.w, i)))
			sip_msg_free(m);
	signing_finish();
}

/* Killed with our request in its hands: it has to say that it still has it. */
static void next_when_taken(void **state)
{
	struct sip_msg *first, *m, *other;

	(void)state;
	signing_begin(2);
	first = signing_challenged(signing_first(), "10.0.1.50");
	for (unsigned int i = 0; i < 3; i++) {
		signing_answer(first, 100, NULL);
		assert_int_equal(wait_for_more(900, 2), 0);
		assert_int_equal(wait_for_more(100, 2), 1);
	}
	sip_msg_free(first);
	assert_int_equal(wait_for_more(900, 2), 0);
	world_wait(&signing.w, 100);
	world_expect_done(&signing.w, 1, 0, SIP_CANCEL);
	m = signing_challenged(signing_expect("10.0.1.51", SIP_INVITE, 3), "10.0.1.51");
	/* It rings: its answer comes by this signer, or not at all. */
	signing_answer(m, 100, NULL);
	signing_answer(m, 180, NULL);
	world_expect_done(&signing.w, 0, 180, SIP_INVITE);
	world_wait(&signing.w, 10000);
	while ((other = world_hear(&signing.w, 1))) {
		assert_int_equal(other->method, SIP_CANCEL);
		sip_msg_free(other);
	}
	signing_callee_answers(m);
	signing_hang_up();
}

/* Nobody else to ask: the caller is told, and does not wait for ever. */
static void the_only_one_dies(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(1);
	m = signing_challenged(signing_first(), "10.0.1.50");
	signing_answer(m, 100, NULL);
	sip_msg_free(m);
	world_wait(&signing.w, 2100);
	while ((m = world_hear(&signing.w, 1)))
		sip_msg_free(m);
	signing_refused(500);
}

static void silence_of_all(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(2);
	sip_msg_free(signing_first());
	world_wait(&signing.w, 40000);
	while ((m = world_hear(&signing.w, 1)))
		sip_msg_free(m);
	signing_refused(504);
}

static void once_more_after_438(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(1);
	m = signing_challenged(signing_first(), "10.0.1.50");
	signing_answer(m, 438, NULL);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	/* This time in the full form. */
	signing.full = true;
	m = signing_challenged(signing_expect("10.0.1.50", SIP_INVITE, 3), "10.0.1.50");
	signing_answer(m, 438, NULL);
	sip_msg_free(m);
	signing_refused(502);
}

static void cancelled_meanwhile(void **state)
{
	struct sip_msg *m;

	(void)state;
	signing_begin(1);
	signing.hold = true;
	m = signing_first();
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	world_expect_done(&signing.w, 1, 0, SIP_ACK);
	caller_cancel(&signing.w);
	world_expect_done(&signing.w, 0, 200, SIP_CANCEL);
	world_expect_done(&signing.w, 0, 487, SIP_INVITE);
	world_silence(&signing.w);
	assert_null(signing.w.b2b.signings);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&signing.w, i)))
			sip_msg_free(m);
	signing_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs),
		cmocka_unit_test(does_not_like_us),
		cmocka_unit_test(of_another_realm),
		cmocka_unit_test(next_after_503),
		cmocka_unit_test(next_after_silence),
		cmocka_unit_test(silence_of_all),
		cmocka_unit_test(next_after_credentials),
		cmocka_unit_test(next_when_taken),
		cmocka_unit_test(the_only_one_dies),
		cmocka_unit_test(once_more_after_438),
		cmocka_unit_test(cancelled_meanwhile),
	};

	if (secret_init(1 << 14))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
