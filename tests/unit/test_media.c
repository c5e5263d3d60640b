// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Legs: what the datapath is asked, in which order, and above all what it is not
 * asked before the far end's certificate was compared.
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

#define GCM	SRTP_PROFILE_AEAD_AES_128_GCM

/* ---- calls ---------------------------------------------------------------- */

static void plain_to_plain(void **state)
{
	struct media_world *w = *state;
	struct addr rtcp = w->phone[2].addr;

	do_open(w, 1, "plain", true);
	do_open(w, 2, "plain", true);
	assert_log(w, "new:2 new:2");
	assert_int_equal(w->leg[1].opened.fingerprint.len, 0);
	do_remote(w, 1, &w->phone[0].addr, &rtcp, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:2[keys,remote,]");
	assert_state(w, 1, MEDIA_STATE_SECURED);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:1[keys,remote,]");
	do_pair(w, 1, 2);
	assert_log(w, "set:3[open]");
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_state(w, 2, MEDIA_STATE_OPEN);

	/* rtcp-mux on one side only */
	assert_int_equal(session_of(w, 1, false)->s.peer, w->leg[2].state.rtp_session);
	assert_int_equal(session_of(w, 1, false)->s.rtcp_peer, 0);
	assert_int_equal(session_of(w, 1, true)->s.peer, w->leg[2].state.rtp_session);
	assert_int_equal(session_of(w, 2, false)->s.peer, w->leg[1].state.rtp_session);
	assert_int_equal(session_of(w, 2, false)->s.rtcp_peer, w->leg[1].state.rtcp_session);
	assert_int_equal(w->leg[2].state.rtcp_session, 0);
	assert_true(addr_equal(&session_of(w, 1, true)->s.remote, &rtcp));
	assert_int_equal(session_of(w, 2, true)->s.state, SRTP_STATE_HELD);
	assert_int_equal(session_of(w, 2, true)->keyed, 0);
	assert_int_equal(session_of(w, 1, false)->s.latch, SRTP_LATCH_NEVER);

	do_close(w, 1);
	assert_log(w, "set:3[held] del:2");
	assert_state(w, 2, MEDIA_STATE_SECURED);
	do_close(w, 2);
	assert_log(w, "del:2");
	assert_int_equal(media_legs(w->media), 0);
}

/* Whatever comes first: keys once, one request for both legs, at the very end. */
static void dtls_to_plain_in_any_order(void **state)
{
	struct media_world *w = *state;

	for (unsigned int order = 0; order < 24; order++) {
		unsigned int todo[4] = { 0, 1, 2, 3 }, left = order;
		uint64_t sec = 1, plain = 2;

		memset(w->leg, 0, sizeof(w->leg));
		w->fake.log[0] = '\0';
		do_open(w, sec, "secure", false);
		do_open(w, plain, "plain", false);
		assert_int_equal(w->leg[sec].opened.fingerprint.len, 32);
		phone_dtls(w, &w->phone[0], &w->leg[sec].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
		for (unsigned int n = 4; n; n--) {
			unsigned int i = left % n, what = todo[i];

			left /= n;
			todo[i] = todo[n - 1];
			assert_int_equal(session_of(w, sec, false)->s.state, SRTP_STATE_HELD);
			assert_int_equal(session_of(w, plain, false)->s.state, SRTP_STATE_HELD);
			switch (what) {
			case 0:
				do_remote(w, sec, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
				break;
			case 1:
				assert_int_equal(do_fingerprints(w, sec, &phone_cert), 0);
				break;
			case 2:
				do_remote(w, plain, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
				break;
			case 3:
				do_pair(w, sec, plain);
			}
			if (n & 1)
				media_world_run(w);
		}
		media_world_run(w);
		assert_state(w, sec, MEDIA_STATE_OPEN);
		assert_state(w, plain, MEDIA_STATE_OPEN);
		assert_keys(w, sec, false, &w->phone[0]);
		assert_string_equal(w->fake.log + strlen(w->fake.log) - 11, "set:2[open]");
		assert_int_equal(w->leg[sec].state.profile, GCM);
		assert_int_equal(session_of(w, sec, false)->s.latch, SRTP_LATCH_AUTHENTICATED);
		assert_int_equal(session_of(w, sec, false)->s.peer, w->leg[plain].state.rtp_session);
		assert_int_equal(session_of(w, sec, false)->s.verified, 0);
		do_close(w, sec);
		do_close(w, plain);
		dtls_free(w->phone[0].d);
		srtp_keys_free(w->phone[0].keys);
		SSL_CTX_free(w->phone[0].ctx);
		close(w->phone[0].fd);
		phone_open(w, &w->phone[0]);
		media_world_pass(w, 11000);		/* ports rest */
	}
}

/* Two ports, two associations, keys of their own; and DTLS on both legs. */
static void dtls_to_dtls_on_two_ports(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", true);
	do_open(w, 2, "secure", false);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	phone_dtls(w, &w->phone[1], &w->leg[1].opened.rtcp, MEDIA_DTLS_PASSIVE, &phone_cert);
	do_pair(w, 1, 2);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	assert_int_equal(do_fingerprints(w, 2, &other_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, &w->phone[1].addr, MEDIA_DTLS_ACTIVE);
	do_remote(w, 2, &w->phone[2].addr, NULL, MEDIA_DTLS_PASSIVE);
	media_world_run(w);
	assert_log(w, "new:2 new:1 set:2[keys,remote,]");
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_state(w, 2, MEDIA_STATE_HANDSHAKE);
	phone_dtls(w, &w->phone[2], &w->leg[2].opened.rtp, MEDIA_DTLS_ACTIVE, &other_cert);
	media_world_run(w);
	assert_log(w, "set:1[keys,remote,] set:3[open]");
	assert_keys(w, 1, false, &w->phone[0]);
	assert_keys(w, 1, true, &w->phone[1]);
	assert_keys(w, 2, false, &w->phone[2]);
	assert_memory_not_equal(&session_of(w, 1, false)->rx, &session_of(w, 1, true)->rx, 16);
	assert_int_equal(session_of(w, 2, false)->s.rtcp_peer, w->leg[1].state.rtcp_session);
}

/* RFC 5763 section 5: the ClientHello may overtake the answer. */
static void early_client_hello(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", false);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_ACTIVE, &phone_cert);
	media_world_run(w);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_PASSIVE);
	media_world_run(w);		/* no time passes: what was kept is used */
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_keys(w, 1, false, &w->phone[0]);
}

static void early_datagrams_of_a_stranger(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", false);
	phone_dtls(w, &w->phone[3], &w->leg[1].opened.rtp, MEDIA_DTLS_ACTIVE, &other_cert);
	media_world_run(w);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_PASSIVE);
	media_world_pass(w, 3000);
	assert_state(w, 1, MEDIA_STATE_HANDSHAKE);
	assert_true(media_stats(w->media)->stray > 0);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_ACTIVE, &phone_cert);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_keys(w, 1, false, &w->phone[0]);
}

/* ---- refused -------------------------------------------------------------- */

static void wrong_certificate_in_any_order(void **state)
{
	struct media_world *w = *state;

	for (unsigned int order = 0; order < 4; order++) {
		enum media_dtls_role ours = order & 1 ? MEDIA_DTLS_ACTIVE : MEDIA_DTLS_PASSIVE;

		memset(w->leg, 0, sizeof(w->leg));
		do_open(w, 1, "secure", false);
		do_open(w, 2, "plain", false);
		do_remote(w, 2, &w->phone[1].addr, NULL, ours);
		do_pair(w, 1, 2);
		phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp,
			   order & 1 ? MEDIA_DTLS_PASSIVE : MEDIA_DTLS_ACTIVE, &other_cert);
		if (order & 2)
			do_remote(w, 1, &w->phone[0].addr, NULL, ours);
		assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
		if (!(order & 2))
			do_remote(w, 1, &w->phone[0].addr, NULL, ours);
		media_world_pass(w, 5000);
		assert_failed(w, 1, -EACCES);
		assert_int_equal(session_of(w, 1, false)->keyed, 0);
		assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
		assert_int_equal(session_of(w, 2, false)->s.state, SRTP_STATE_HELD);

		/* Nothing that comes later opens it. */
		assert_int_equal(do_fingerprints(w, 1, &other_cert), 0);
		do_remote(w, 1, &w->phone[0].addr, NULL, ours);
		do_pair(w, 2, 1);
		media_world_pass(w, 5000);
		assert_int_equal(session_of(w, 1, false)->keyed, 0);
		assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
		assert_true(session_of(w, 1, false)->there);
		do_close(w, 1);
		do_close(w, 2);
		dtls_free(w->phone[0].d);
		SSL_CTX_free(w->phone[0].ctx);
		close(w->phone[0].fd);
		phone_open(w, &w->phone[0]);
	}
}

static void one_of_two_ports_shows_another_certificate(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", true);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	phone_dtls(w, &w->phone[1], &w->leg[1].opened.rtcp, MEDIA_DTLS_PASSIVE, &other_cert);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, &w->phone[1].addr, MEDIA_DTLS_ACTIVE);
	media_world_pass(w, 5000);
	assert_failed(w, 1, -EACCES);
	assert_log(w, "new:2");
	srtp_keys_free(w->phone[0].keys);
	w->phone[0].keys = NULL;
}

static void weak_fingerprints_only(void **state)
{
	struct media_world *w = *state;
	struct media_leg_fingerprints msg = { .leg = 1, .count = 1,
					      .fp = { { .alg = "sha-1", .len = 20 } } };

	do_open(w, 1, "secure", false);
	assert_int_equal(media_leg_fingerprints(w->media, &msg, MEDIA_FROM_SIP), 0);
	assert_failed(w, 1, -EACCES);
}

static void no_handshake(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", false);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	media_world_pass(w, 9900);
	assert_state(w, 1, MEDIA_STATE_HANDSHAKE);
	media_world_pass(w, 200);
	assert_failed(w, 1, -ETIMEDOUT);
}

/* What only a broken or subverted `sip` sends. */
static void condemned(void **state)
{
	struct media_world *w = *state;
	struct media_leg_open open = { .leg = 1, .side = "secure", .security = MEDIA_PLAIN };
	struct media_leg_fingerprints fp = { .leg = 2, .count = 1, .fp = { phone_cert.fingerprint } };
	struct media_leg_pair pair = { 2, 2 };

	assert_int_equal(media_leg_open(w->media, &open), -EPERM);
	open = (struct media_leg_open){ .leg = 1, .side = "plain", .security = MEDIA_DTLS };
	assert_int_equal(media_leg_open(w->media, &open), -EPERM);
	open = (struct media_leg_open){ .leg = 1, .side = "nosuch" };
	assert_int_equal(media_leg_open(w->media, &open), -EINVAL);

	do_open(w, 2, "signed", false);
	open = (struct media_leg_open){ .leg = 2, .side = "plain" };
	assert_int_equal(media_leg_open(w->media, &open), -EINVAL);
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_SIP), -EPERM);
	/* Required is required: without a signature it may not come from `trust` either. */
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_TRUST), -EPERM);
	do_open(w, 3, "secure", false);
	fp.leg = 3;
	fp.verified = true;
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_SIP), -EPERM);
	assert_int_equal(media_leg_pair(w->media, &pair), -EINVAL);
	assert_log(w, "new:1 new:1");
}

static void verified_by_trust(void **state)
{
	struct media_world *w = *state;
	struct media_leg_fingerprints fp = { .leg = 1, .verified = true, .count = 1,
					     .fp = { phone_cert.fingerprint } };

	do_open(w, 1, "signed", false);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	media_world_run(w);
	assert_int_equal(session_of(w, 1, false)->keyed, 0);
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_TRUST), 0);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_true(w->leg[1].state.verified);
	assert_true(session_of(w, 1, false)->s.verified);
}

/* What passed unsigned and was signed later: the mark follows, keys and packets do not stop. */
static void verified_later(void **state)
{
	struct media_world *w = *state;
	struct media_leg_fingerprints fp = { .leg = 1, .count = 1, .fp = { phone_cert.fingerprint } };

	w->conf.side[2].identity = CONF_IDENTITY_PREFER;
	do_open(w, 1, "signed", false);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_SIP), -EPERM);
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_TRUST), 0);
	media_world_run(w);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_false(session_of(w, 1, false)->s.verified);
	fp.verified = true;
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_TRUST), 0);
	assert_true(session_of(w, 1, false)->s.verified);
	assert_int_equal(session_of(w, 1, false)->keyed, 1);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	/* Signed, and not the certificate that was shown. */
	fp.fp[0] = other_cert.fingerprint;
	assert_int_equal(media_leg_fingerprints(w->media, &fp, MEDIA_FROM_TRUST), 0);
	do_open(w, 2, "plain", false);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	do_pair(w, 1, 2);
	assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
	media_world_pass(w, 1900);
	assert_state(w, 1, MEDIA_STATE_SECURED);
	media_world_pass(w, 100);
	assert_failed(w, 1, -EACCES);
}

static void messages_about_nobody(void **state)
{
	struct media_world *w = *state;

	do_remote(w, 9, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_int_equal(do_fingerprints(w, 9, &phone_cert), 0);
	do_pair(w, 9, 10);
	do_close(w, 9);
	assert_int_equal(media_stats(w->media)->unknown_leg, 5);
	assert_log(w, "");
}

#define T(f)	cmocka_unit_test_setup_teardown(f, media_world_setup, media_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(plain_to_plain), T(dtls_to_plain_in_any_order), T(dtls_to_dtls_on_two_ports),
		T(early_client_hello), T(early_datagrams_of_a_stranger),
		T(wrong_certificate_in_any_order),
		T(one_of_two_ports_shows_another_certificate), T(weak_fingerprints_only),
		T(no_handshake), T(condemned), T(verified_by_trust), T(verified_later), T(messages_about_nobody),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = cmocka_run_group_tests_name("media", tests, NULL, NULL);
	dtls_cert_free(&phone_cert);
	dtls_cert_free(&other_cert);
	loop_fini();
	return status;
}
