// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DTLS-SRTP associations that must not succeed, strangers who try to disturb one, and
 * how it ends.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "clock.h"
#include "dtls_two.h"
#include "dtls_record.h"
#include "loop.h"
#include "openssl_clock.h"

/* ---- who is refused ------------------------------------------------------- */

static void wrong_fingerprint_of_server(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start(&t->b, &two_cert_a);
	two_start(&t->a, &two_cert_a);		/* the far end shows two_cert_b */
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	assert_int_equal(t->a.last_alert, SSL_AD_BAD_CERTIFICATE);
	assert_refused(&t->b, -ECONNRESET);
	two_free(t);
}

static void wrong_fingerprint_of_client(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start(&t->b, &two_cert_b);		/* the far end shows two_cert_a */
	two_start(&t->a, &two_cert_b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->b, -EACCES);
	assert_int_equal(t->b.last_alert, SSL_AD_BAD_CERTIFICATE);
	assert_refused(&t->a, -ECONNRESET);
	two_free(t);
}

static void no_profile_in_common(void **state)
{
	struct two *t = two_of_ours(only_gcm, 1, only_cm, 1);

	(void)state;
	two_start_both(t);
	net_run(&t->net, 1900);
	assert_int_equal(t->b.ended, 0);	/* a better ClientHello might come */
	net_run(&t->net, 200);
	assert_refused(&t->b, -EPROTO);
	assert_string_equal(t->b.why.text, "no SRTP profile in common with the far end");
	assert_int_equal(t->b.last_alert, SSL_AD_HANDSHAKE_FAILURE);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -ECONNRESET);
	two_free(t);
}

/* Plain DTLS is what the library would go on with. */
static void server_without_srtp(void **state)
{
	struct two *t = against_bare(true, &two_cert_b, NULL);

	(void)state;
	two_start(&t->a, &two_cert_b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	assert_string_equal(t->a.why.text, "no SRTP profile in common with the far end");
	two_free(t);
}

static void client_without_srtp(void **state)
{
	struct two *t = against_bare(false, &two_cert_b, NULL);

	(void)state;
	two_start(&t->a, &two_cert_b);
	two_start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	assert_int_equal(t->b.secured, 0);
	two_free(t);
}

static void client_without_certificate(void **state)
{
	struct two *t = against_bare(false, NULL, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	two_start(&t->a, &two_cert_b);
	two_start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	assert_string_equal(t->a.why.text, "the far end showed no certificate");
	two_free(t);
}

static void old_protocol(void **state)
{
	struct two *t = against_bare(false, &two_cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	SSL_set_max_proto_version(t->b.ssl, DTLS1_VERSION);
	SSL_set_min_proto_version(t->b.ssl, DTLS1_VERSION);
	two_start(&t->a, &two_cert_b);
	two_start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	two_free(t);
}

static void suite_without_forward_secrecy(void **state)
{
	struct two *t = against_bare(false, &two_cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	assert_int_equal(SSL_set_cipher_list(t->b.ssl, "AES128-GCM-SHA256"), 1);
	two_start(&t->a, &two_cert_b);
	two_start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	two_free(t);
}

static void weak_key(void **state)
{
	struct dtls_cert weak = { 0 };
	EVP_PKEY *key = EVP_RSA_gen(1024);
	struct two *t;

	(void)state;
	assert_int_equal(dtls_cert_make(&weak, NULL), 0);
	EVP_PKEY_free(weak.key);
	weak.key = key;
	assert_int_equal(X509_set_pubkey(weak.x509, key), 1);
	assert_true(X509_sign(weak.x509, key, EVP_sha256()) > 0);
	t = against_bare(false, &weak, "SRTP_AEAD_AES_128_GCM");
	two_start(&t->a, &weak);
	two_start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	assert_non_null(strstr(t->a.why.text, "weak key"));
	two_free(t);
	dtls_cert_free(&weak);
}

static void nobody_answers(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start(&t->a, &two_cert_b);		/* b was never started */
	net_run(&t->net, TIMEOUT - 1);
	assert_int_equal(t->a.ended, 0);
	assert_in_range(t->a.sent, 5, 8);	/* 250 ms, doubled up to 4 s */
	net_run(&t->net, 1);
	assert_refused(&t->a, -ETIMEDOUT);
	assert_string_equal(t->a.why.text, "no DTLS handshake within 10 s: nothing came from the "
			    "address in the far end's SDP");
	two_free(t);
}

static void two_clients(void **state)
{
	struct two *t = against_bare(true, &two_cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	SSL_set_connect_state(t->b.ssl);
	two_start_bare(&t->b);
	two_start(&t->a, &two_cert_b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -ECONNRESET);	/* by its alert */
	assert_non_null(strstr(t->a.why.text, "a=setup"));
	two_free(t);
}

/* ---- strangers ------------------------------------------------------------ */

static const uint8_t plain_alert[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40 };

/* Garbage that looks like DTLS, one before each datagram of the handshake. */
static uint32_t lcg = 1;
static bool injecting;

static bool inject_junk(struct net *net, unsigned int n, struct net_datagram *d)
{
	uint8_t junk[100];

	(void)net;
	(void)n;
	if (injecting || !d->to->d)
		return true;
	injecting = true;
	for (size_t i = 0; i < sizeof(junk); i++) {
		lcg = lcg * 1664525 + 1013904223;
		junk[i] = (uint8_t)(lcg >> 24);
	}
	junk[0] = (uint8_t)(20 + lcg % 44);
	if (lcg & 0x100) {			/* a header that fits */
		memcpy(junk, (uint8_t[]){ 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 5, 0, 87 }, 13);
		junk[13] = (uint8_t)(lcg >> 16) % 25;
	}
	dtls_input(d->to->d, junk, sizeof(junk));
	injecting = false;
	return true;
}

static void junk_in_between(void **state)
{
	(void)state;
	for (lcg = 1; lcg < 60; lcg++) {
		uint32_t seed = lcg;
		struct two *t = two_of_ours(both, 2, both, 2);

		t->net.deliver = inject_junk;
		two_start_both(t);
		net_run(&t->net, TIMEOUT);
		if (t->a.secured != 1 || t->b.secured != 1)
			fail_msg("seed %u: %s %s", seed, t->a.why.text, t->b.why.text);
		assert_same_keys(&t->a, &t->b);
		assert_true(dtls_stats(t->a.d)->junk > 0 && dtls_stats(t->b.d)->junk > 0);
		two_free(t);
		lcg = seed;
	}
}

static bool alert_before_each(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)net;
	(void)n;
	if (d->to->d)
		dtls_input(d->to->d, plain_alert, sizeof(plain_alert));
	return true;
}

static void forged_alerts(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	t->net.deliver = alert_before_each;
	two_start_both(t);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, GCM);
	assert_secured(&t->b, GCM);
	assert_in_range(dtls_stats(t->b.d)->plain_alerts, 2, 20);
	two_free(t);
}

/* Alone, and followed by nothing, an alert is believed after two seconds. */
static void alert_of_a_far_end_that_gave_up(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start(&t->b, &two_cert_a);
	dtls_input(t->b.d, plain_alert, sizeof(plain_alert));
	net_run(&t->net, 1999);
	assert_int_equal(t->b.ended, 0);
	net_run(&t->net, 1);
	assert_refused(&t->b, -ECONNRESET);
	assert_string_equal(t->b.why.text,
			    "the far end gave up with DTLS alert 40 (handshake failure)");
	two_free(t);
}

/* CVE-2023-49786: a ClientHello that cannot be served races the real one. */
static void forged_client_hello(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	struct net_end forger;

	(void)state;
	net_bare(&t->net, &forger, &t->b, true, NULL, "SRTP_AES128_CM_SHA1_32");
	two_start(&t->b, &two_cert_a);
	two_start_bare(&forger);
	net_run(&t->net, 500);
	assert_int_equal(dtls_stats(t->b.d)->refused, 1);
	assert_int_equal(t->b.sent, 0);		/* not even an alert */
	two_start(&t->a, &two_cert_b);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, GCM);
	assert_secured(&t->b, GCM);
	net_end_free(&forger);
	two_free(t);
}

static struct net_end *forger_end;

static bool hello_after_flight(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)net;
	(void)d;
	if (n == 2 && forger_end) {		/* the server has answered the real one */
		struct net_end *f = forger_end;

		forger_end = NULL;
		two_start_bare(f);
	}
	return true;
}

static void client_hello_in_the_middle(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	struct net_end forger;

	(void)state;
	net_bare(&t->net, &forger, &t->b, true, NULL, "SRTP_AES128_CM_SHA1_32");
	forger_end = &forger;
	t->net.deliver = hello_after_flight;
	two_start_both(t);
	net_run(&t->net, TIMEOUT);
	assert_null(forger_end);
	assert_secured(&t->a, GCM);
	assert_secured(&t->b, GCM);
	net_end_free(&forger);
	two_free(t);
}

static void junk_after_the_handshake(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	uint8_t junk[64] = { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 51 };

	(void)state;
	two_start_both(t);
	net_run(&t->net, TIMEOUT);
	for (int type = 20; type < 64; type++) {
		junk[0] = (uint8_t)type;
		dtls_input(t->a.d, junk, sizeof(junk));
		dtls_input(t->b.d, junk, sizeof(junk));
	}
	dtls_input(t->b.d, plain_alert, sizeof(plain_alert));
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, GCM);
	assert_secured(&t->b, GCM);
	two_free(t);
}

/* ---- the end -------------------------------------------------------------- */

static void far_end_closes(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start_both(t);
	net_run(&t->net, TIMEOUT);
	srtp_keys_free(t->a.keys);
	t->a.keys = NULL;
	dtls_free(t->a.d);
	t->a.d = NULL;
	net_run(&t->net, 100);
	assert_int_equal(t->b.ended, 1);
	assert_int_equal(t->b.why.code, -ECONNRESET);
	assert_int_equal(dtls_state(t->b.d), DTLS_CLOSED);
	two_free(t);
}

static void other_fingerprints_later(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	struct dtls_fp_set fp = net_fp(&two_cert_b, "sha-512"), wrong = net_fp(&two_cert_a, "sha-256");

	(void)state;
	two_start_both(t);
	net_run(&t->net, TIMEOUT);
	dtls_set_fp(t->a.d, &fp);	/* the same certificate by another hash */
	assert_secured(&t->a, GCM);
	dtls_set_fp(t->a.d, &wrong);
	assert_int_equal(t->a.ended, 1);
	assert_int_equal(t->a.why.code, -EACCES);
	assert_int_equal(dtls_state(t->a.d), DTLS_FAILED);
	two_free(t);
}

static void fingerprints_change_before_the_certificate(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	struct dtls_fp_set wrong = net_fp(&two_cert_a, "sha-256");

	(void)state;
	two_start_both(t);
	dtls_set_fp(t->a.d, &wrong);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	two_free(t);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(wrong_fingerprint_of_server), T(wrong_fingerprint_of_client),
		T(no_profile_in_common), T(server_without_srtp), T(client_without_srtp),
		T(client_without_certificate), T(old_protocol),
		T(suite_without_forward_secrecy), T(weak_key), T(nobody_answers),
		T(two_clients), T(junk_in_between), T(forged_alerts),
		T(alert_of_a_far_end_that_gave_up), T(forged_client_hello),
		T(client_hello_in_the_middle), T(junk_after_the_handshake), T(far_end_closes),
		T(other_fingerprints_later), T(fingerprints_change_before_the_certificate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dtls refused", tests, two_group_setup, two_group_teardown);
}
