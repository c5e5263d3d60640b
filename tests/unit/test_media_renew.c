// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another DTLS association within a call: the old keys carry the packets until the new
 * certificate has been compared, no longer than that, and never side by side.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "loop.h"
#include "media_world.h"
#include "openssl_clock.h"

#define ASK 77

static void remote(struct media_world *w, const struct phone *p, enum media_dtls_role role,
		   uint32_t assoc, uint32_t ask)
{
	struct media_leg_remote msg = { .leg = 1, .rtp = p->addr, .rtcp = p->addr, .mux = true,
					.role = role, .assoc = assoc, .ask = ask };

	assert_int_equal(media_leg_remote(w->media, &msg), 0);
}

static void named(struct media_world *w, const struct dtls_cert *cert, uint32_t ask)
{
	struct media_leg_fingerprints msg = { .leg = 1, .ask = ask, .count = 1,
					      .fp = { cert->fingerprint } };

	assert_int_equal(media_leg_fingerprints(w->media, &msg, MEDIA_FROM_SIP), 0);
}

/* A phone's new association from the address that it has. */
static void phone_again(struct media_world *w, struct phone *p, enum media_dtls_role role,
			const struct dtls_cert *cert)
{
	dtls_retire(p->d);
	dtls_free(p->d);
	srtp_keys_free(p->keys);
	SSL_CTX_free(p->ctx);
	p->keys = NULL;
	phone_dtls(w, p, &w->leg[1].opened.rtp, role, cert);
}

static void still_as_it_was(struct media_world *w, uint32_t session)
{
	assert_log(w, "");
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_int_equal(w->leg[1].state.rtp_session, session);
	assert_true(addr_equal(&session_of(w, 1, false)->s.remote, &w->phone[0].addr));
	assert_keys(w, 1, false, &w->phone[0]);
}

static void has_taken_over(struct media_world *w, uint32_t old, const struct phone *p)
{
	assert_log(w, "set:2[held] del:2 new:2 set:1[keys,remote,] set:2[open]");
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_state(w, 2, MEDIA_STATE_OPEN);
	assert_int_not_equal(w->leg[1].state.rtp_session, old);
	assert_keys(w, 1, false, p);
	assert_true(addr_equal(&session_of(w, 1, false)->s.remote, &p->addr));
	assert_int_equal(session_of(w, 1, false)->keyed, 1);
	assert_int_equal(session_of(w, 1, false)->s.peer, w->leg[2].state.rtp_session);
	assert_int_equal(session_of(w, 2, false)->s.peer, w->leg[1].state.rtp_session);
}

/* Another phone, at another address, with another certificate; in every order. */
static void another_phone(void **state)
{
	struct media_world *w = *state;
	uint32_t old;

	call_up(w);
	old = w->leg[1].state.rtp_session;
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	media_world_run(w);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	media_world_run(w);
	assert_int_equal(w->phone[2].secured, 0);	/* nobody has named its certificate */
	still_as_it_was(w, old);
	named(w, &other_cert, ASK);
	still_as_it_was(w, old);
	media_world_run(w);
	assert_int_equal(w->phone[2].secured, 1);
	has_taken_over(w, old, &w->phone[2]);
	media_world_pass(w, 20000);
	assert_state(w, 1, MEDIA_STATE_OPEN);
}

static void named_first(void **state)
{
	struct media_world *w = *state;
	uint32_t old;

	call_up(w);
	old = w->leg[1].state.rtp_session;
	named(w, &other_cert, ASK);
	still_as_it_was(w, old);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_ACTIVE, &other_cert);
	media_world_pass(w, 1000);
	remote(w, &w->phone[2], MEDIA_DTLS_PASSIVE, 1, ASK);	/* and the other role */
	still_as_it_was(w, old);
	media_world_pass(w, 1500);
	has_taken_over(w, old, &w->phone[2]);
	media_world_pass(w, 20000);
	assert_state(w, 1, MEDIA_STATE_OPEN);
}

/* The same phone and port: what it says is for the new one; what it said for the old one is not. */
static void same_port(void **state)
{
	struct media_world *w = *state;
	uint32_t old;

	call_up(w);
	old = w->leg[1].state.rtp_session;
	phone_again(w, &w->phone[0], MEDIA_DTLS_PASSIVE, &other_cert);
	remote(w, &w->phone[0], MEDIA_DTLS_ACTIVE, 1, ASK);
	named(w, &other_cert, ASK);
	media_world_run(w);
	has_taken_over(w, old, &w->phone[0]);
	/* And once more, with the same certificate: RFC 8842, another tls-id. */
	old = w->leg[1].state.rtp_session;
	phone_again(w, &w->phone[0], MEDIA_DTLS_PASSIVE, &other_cert);
	remote(w, &w->phone[0], MEDIA_DTLS_ACTIVE, 2, ASK + 1);
	media_world_run(w);
	assert_log(w, "");
	named(w, &other_cert, ASK + 1);
	media_world_run(w);
	has_taken_over(w, old, &w->phone[0]);
}

static void wrong_certificate(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	named(w, &other_cert, ASK);
	media_world_run(w);
	media_world_pass(w, 2500);
	assert_failed(w, 1, -EACCES);
	assert_log(w, "set:2[held]");
	assert_int_equal(session_of(w, 1, false)->keyed, 1);
}

/* Nobody names a certificate, or nobody comes: the old one is good for so long and no longer. */
static void nobody_comes(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	media_world_pass(w, 9900);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	media_world_pass(w, 200);
	assert_failed(w, 1, -ETIMEDOUT);
	assert_log(w, "set:2[held]");
}

static void nobody_answers(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	named(w, &other_cert, ASK);
	media_world_pass(w, 10100);
	assert_failed(w, 1, -ETIMEDOUT);
	assert_log(w, "set:2[held]");
}

/* The old phone says goodbye while the new one is awaited. */
static void old_one_leaves(void **state)
{
	struct media_world *w = *state;
	uint32_t old;

	call_up(w);
	old = w->leg[1].state.rtp_session;
	remote(w, &w->phone[0], MEDIA_DTLS_ACTIVE, 1, ASK);
	dtls_free(w->phone[0].d);
	w->phone[0].d = NULL;
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	named(w, &other_cert, ASK);
	media_world_run(w);
	has_taken_over(w, old, &w->phone[2]);
}

/* Another one is asked for while a new one is being agreed. */
static void changes_its_mind(void **state)
{
	struct media_world *w = *state;
	uint32_t old;

	call_up(w);
	old = w->leg[1].state.rtp_session;
	remote(w, &w->phone[3], MEDIA_DTLS_ACTIVE, 1, ASK);
	named(w, &phone_cert, ASK);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 2, ASK + 1);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	media_world_run(w);
	still_as_it_was(w, old);
	named(w, &other_cert, ASK + 1);
	media_world_run(w);
	has_taken_over(w, old, &w->phone[2]);
}

/* Nothing was open yet: the first phone's keys go at once, and its sessions with them. */
static void before_it_was_open(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", false);
	do_open(w, 2, "plain", false);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	remote(w, &w->phone[0], MEDIA_DTLS_ACTIVE, 0, 0);
	named(w, &phone_cert, 0);
	do_pair(w, 1, 2);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_log(w, "new:1 new:1 set:1[keys,remote,]");
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, UINT32_MAX);	/* another one answered */
	assert_log(w, "del:1 new:1");
	assert_state(w, 1, MEDIA_STATE_WAITING);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:1[keys,remote,]");
	media_world_run(w);
	assert_int_equal(session_of(w, 1, false)->keyed, 0);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	media_world_run(w);
	assert_log(w, "");
	named(w, &other_cert, ASK);
	media_world_run(w);
	assert_log(w, "set:1[keys,remote,] set:2[open]");
	assert_keys(w, 1, false, &w->phone[2]);
}

/* RTP and RTCP on two ports are two associations: both change, or none. */
static void two_ports(void **state)
{
	struct media_world *w = *state;
	struct media_leg_remote msg = { .leg = 1, .rtp = w->phone[0].addr,
					.rtcp = w->phone[1].addr, .role = MEDIA_DTLS_ACTIVE };
	struct addr rtp, rtcp;

	do_open(w, 1, "secure", true);
	do_open(w, 2, "plain", false);
	rtp = w->leg[1].opened.rtp;
	rtcp = w->leg[1].opened.rtcp;
	phone_dtls(w, &w->phone[0], &rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	phone_dtls(w, &w->phone[1], &rtcp, MEDIA_DTLS_PASSIVE, &phone_cert);
	named(w, &phone_cert, 0);
	assert_int_equal(media_leg_remote(w->media, &msg), 0);
	do_pair(w, 1, 2);
	do_remote(w, 2, &w->phone[3].addr, NULL, MEDIA_DTLS_ACTIVE);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_log(w, "new:2 new:1 set:1[keys,remote,] set:2[keys,remote,] set:3[open]");
	msg.assoc = 1;
	msg.ask = ASK;
	assert_int_equal(media_leg_remote(w->media, &msg), 0);
	phone_again(w, &w->phone[0], MEDIA_DTLS_PASSIVE, &other_cert);
	named(w, &other_cert, ASK);
	media_world_run(w);
	assert_int_equal(w->phone[0].secured, 2);
	assert_log(w, "");
	dtls_retire(w->phone[1].d);
	dtls_free(w->phone[1].d);
	srtp_keys_free(w->phone[1].keys);
	SSL_CTX_free(w->phone[1].ctx);
	w->phone[1].keys = NULL;
	phone_dtls(w, &w->phone[1], &rtcp, MEDIA_DTLS_PASSIVE, &other_cert);
	media_world_pass(w, 3000);
	assert_log(w, "set:3[held] del:2 new:2 set:2[keys,remote,] set:3[open]");
	assert_keys(w, 1, false, &w->phone[0]);
	assert_keys(w, 1, true, &w->phone[1]);
}

/* The mark is of the keys in use. */
static void mark_goes_with_the_keys(void **state)
{
	struct media_world *w = *state;
	struct media_leg_fingerprints msg = { .leg = 1, .count = 1, .ask = 1,
					      .fp = { phone_cert.fingerprint } };

	w->conf.side[2].identity = CONF_IDENTITY_PREFER;
	do_open(w, 1, "signed", false);
	do_open(w, 2, "plain", false);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	remote(w, &w->phone[0], MEDIA_DTLS_ACTIVE, 0, 0);
	assert_int_equal(media_leg_fingerprints(w->media, &msg, MEDIA_FROM_TRUST), 0);
	do_pair(w, 1, 2);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	msg.ask = 2;
	msg.verified = true;
	msg.fp[0] = other_cert.fingerprint;
	assert_int_equal(media_leg_fingerprints(w->media, &msg, MEDIA_FROM_TRUST), 0);
	assert_false(session_of(w, 1, false)->s.verified);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, 2);
	assert_false(session_of(w, 1, false)->s.verified);
	assert_false(w->leg[1].state.verified);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	media_world_run(w);
	assert_keys(w, 1, false, &w->phone[2]);
	assert_true(session_of(w, 1, false)->s.verified);
	assert_true(w->leg[1].state.verified);
	assert_state(w, 1, MEDIA_STATE_OPEN);
}

static void datapath_refuses(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	phone_dtls(w, &w->phone[2], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &other_cert);
	remote(w, &w->phone[2], MEDIA_DTLS_ACTIVE, 1, ASK);
	named(w, &other_cert, ASK);
	w->fake.eexist = 1;
	media_world_run(w);
	assert_failed(w, 1, -EEXIST);
	assert_int_equal(session_of(w, 2, false)->s.state, SRTP_STATE_HELD);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, media_world_setup, media_world_teardown)
	const struct CMUnitTest tests[] = {
		T(another_phone), T(named_first), T(same_port), T(wrong_certificate),
		T(nobody_comes), T(nobody_answers), T(old_one_leaves), T(changes_its_mind),
		T(before_it_was_open), T(two_ports), T(mark_goes_with_the_keys),
		T(datapath_refuses),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = cmocka_run_group_tests_name("media renew", tests, NULL, NULL);
	dtls_cert_free(&phone_cert);
	dtls_cert_free(&other_cert);
	loop_fini();
	return status;
}
