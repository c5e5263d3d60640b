// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DTLS-SRTP associations: ours against ours and against a bare OpenSSL object, over a
 * network that loses, repeats and lies, on a clock that only the test moves.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <linux/srtp.h>

#include "clock.h"
#include "dtls_net.h"
#include "dtls_record.h"
#include "loop.h"

#define CM	SRTP_PROFILE_AES128_CM_SHA1_80
#define GCM	SRTP_PROFILE_AEAD_AES_128_GCM
#define TIMEOUT	10000

static const uint16_t both[] = { GCM, CM }, only_cm[] = { CM }, only_gcm[] = { GCM };
static struct dtls_cert cert_a, cert_b;

/* OpenSSL's retransmission timers run on this clock: let it be the test's. */
int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	uint64_t now = clock_now();

	(void)tz;
	tv->tv_sec = (time_t)(now / 1000);
	tv->tv_usec = (suseconds_t)(now % 1000 * 1000);
	return 0;
}

static int group_setup(void **state)
{
	net_setup(state);
	return dtls_cert_make(&cert_a, NULL) || dtls_cert_make(&cert_b, NULL);
}

static int group_teardown(void **state)
{
	(void)state;
	dtls_cert_free(&cert_a);
	dtls_cert_free(&cert_b);
	loop_fini();
	return 0;
}

struct two {
	struct net net;
	struct net_end a, b;		/* a is the client */
};

static struct two *two_of_ours(const uint16_t *pa, unsigned int na, const uint16_t *pb,
			       unsigned int nb)
{
	SSL_CTX *ca = net_ctx(&cert_a, pa, na), *cb = net_ctx(&cert_b, pb, nb);
	struct two *t = calloc(1, sizeof(*t));

	net_our(&t->net, &t->a, &t->b, ca, MEDIA_DTLS_ACTIVE);
	net_our(&t->net, &t->b, &t->a, cb, MEDIA_DTLS_PASSIVE);
	SSL_CTX_free(ca);
	SSL_CTX_free(cb);
	return t;
}

static struct two *against_bare(bool we_are_client, const struct dtls_cert *theirs,
				const char *profiles)
{
	SSL_CTX *ctx = net_ctx(&cert_a, both, 2);
	struct two *t = calloc(1, sizeof(*t));

	net_our(&t->net, &t->a, &t->b, ctx, we_are_client ? MEDIA_DTLS_ACTIVE : MEDIA_DTLS_PASSIVE);
	net_bare(&t->net, &t->b, &t->a, !we_are_client, theirs, profiles);
	SSL_CTX_free(ctx);
	return t;
}

static void two_free(struct two *t)
{
	net_end_free(&t->a);
	net_end_free(&t->b);
	free(t);
}

static void start(struct net_end *end, const struct dtls_cert *theirs)
{
	struct dtls_fp_set fp = net_fp(theirs, "sha-256");

	assert_int_equal(dtls_start(end->d, &fp, TIMEOUT), 0);
}

static void start_bare(struct net_end *end)
{
	SSL_do_handshake(end->ssl);
	ERR_clear_error();
}

static void start_both(struct two *t)
{
	start(&t->b, &cert_a);
	start(&t->a, &cert_b);
}

static void assert_secured(struct net_end *end, uint16_t profile)
{
	assert_int_equal(end->secured, 1);
	assert_int_equal(end->ended, 0);
	assert_non_null(end->keys);
	assert_int_equal(end->keys->profile, profile);
}

static void assert_same_keys(const struct net_end *a, const struct net_end *b)
{
	assert_memory_equal(&a->keys->tx, &b->keys->rx, sizeof(a->keys->tx));
	assert_memory_equal(&a->keys->rx, &b->keys->tx, sizeof(a->keys->rx));
	assert_memory_not_equal(&a->keys->rx, &a->keys->tx, sizeof(a->keys->rx));
}

static void assert_refused(const struct net_end *end, int code)
{
	assert_int_equal(end->secured, 0);
	assert_null(end->keys);
	assert_int_equal(end->ended, 1);
	if (end->why.code != code)
		fail_msg("code %d, not %d: %s", end->why.code, code, end->why.text);
}

/* ---- what works ----------------------------------------------------------- */

static void both_ends_have_the_same_keys(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	start_both(t);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, GCM);
	assert_secured(&t->b, GCM);
	assert_same_keys(&t->a, &t->b);
	two_free(t);
}

static void the_server_prefers(void **state)
{
	static const uint16_t cm_first[] = { CM, GCM };
	struct two *t = two_of_ours(both, 2, cm_first, 2);

	(void)state;
	start_both(t);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, CM);
	assert_secured(&t->b, CM);
	assert_same_keys(&t->a, &t->b);
	two_free(t);
}

static void one_profile_in_common(void **state)
{
	struct two *t = two_of_ours(both, 2, only_cm, 1);

	(void)state;
	start_both(t);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, CM);
	assert_secured(&t->b, CM);
	two_free(t);
}

/* What the library exports at the other end, cut by hand. */
static void compare_block(const struct net_end *ours, SSL *theirs, bool we_are_client)
{
	size_t k = ours->keys->key_len, s = ours->keys->salt_len;
	const struct srtp_master *client = we_are_client ? &ours->keys->tx : &ours->keys->rx;
	const struct srtp_master *server = we_are_client ? &ours->keys->rx : &ours->keys->tx;
	uint8_t block[60];

	assert_int_equal(SSL_export_keying_material(theirs, block, 2 * (k + s), "EXTRACTOR-dtls_srtp",
						    19, NULL, 0, 0), 1);
	assert_memory_equal(client->key, block, k);
	assert_memory_equal(server->key, block + k, k);
	assert_memory_equal(client->salt, block + 2 * k, s);
	assert_memory_equal(server->salt, block + 2 * k + s, s);
}

static void bare_server(void **state)
{
	struct two *t = against_bare(true, &cert_b, "SRTP_AES128_CM_SHA1_80");

	(void)state;
	start(&t->a, &cert_b);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, CM);
	assert_int_equal(t->b.secured, 1);
	compare_block(&t->a, t->b.ssl, true);
	two_free(t);
}

static void bare_client(void **state)
{
	struct two *t = against_bare(false, &cert_b, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");

	(void)state;
	start(&t->a, &cert_b);
	start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, GCM);
	compare_block(&t->a, t->b.ssl, false);
	two_free(t);
}

/* Post-quantum key shares and long extension lists: two datagrams, in either order. */
static bool swap_first_two(struct net *net, unsigned int n, struct net_datagram *d)
{
	if (n == 2) {
		struct net_datagram tmp = net->queue[0];

		net->queue[0] = *d;
		*d = tmp;
	}
	return true;
}

static void large_client_hello(void **state)
{
	uint8_t alpn[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(alpn); i += 250) {
		memset(alpn + i, 'x', 250);
		alpn[i] = 249;
	}
	for (int swapped = 0; swapped < 2; swapped++) {
		struct two *t = against_bare(false, &cert_b, "SRTP_AEAD_AES_128_GCM");

		t->net.deliver = swapped ? swap_first_two : NULL;
		assert_int_equal(SSL_set_alpn_protos(t->b.ssl, alpn, sizeof(alpn)), 0);
		start(&t->a, &cert_b);
		start_bare(&t->b);
		assert_true(t->b.sent >= 3);
		net_run(&t->net, TIMEOUT);
		assert_secured(&t->a, GCM);
		two_free(t);
	}
}

/* ---- loss ----------------------------------------------------------------- */

static uint32_t chance;

static bool lose_by_chance(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)net;
	(void)n;
	(void)d;
	chance = chance * 1664525 + 1013904223;
	return chance >> 24 >= 64;		/* a quarter is lost */
}

static void loss_by_chance(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 40; seed++) {
		struct two *t = two_of_ours(both, 2, both, 2);

		chance = seed;
		t->net.deliver = lose_by_chance;
		start_both(t);
		net_run(&t->net, TIMEOUT);
		if (t->a.secured != 1 || t->b.secured != 1)
			fail_msg("seed %u: not secured: %s %s", seed, t->a.why.text, t->b.why.text);
		assert_same_keys(&t->a, &t->b);
		two_free(t);
	}
}

/* Every datagram of the handshake, alone and with those after it. */
static void loss(void **state)
{
	(void)state;
	for (unsigned int first = 1; first <= 8; first++) {
		for (unsigned int many = 1; many <= 4; many++) {
			struct two *t = two_of_ours(both, 2, both, 2);

			t->net.deliver = net_lose_some;
			t->net.first = first;
			t->net.last = first + many - 1;
			start_both(t);
			net_run(&t->net, TIMEOUT);
			if (t->a.secured != 1 || t->b.secured != 1)
				fail_msg("%u lost from %u: not secured: %s %s", many, first,
					 t->a.why.text, t->b.why.text);
			assert_same_keys(&t->a, &t->b);
			two_free(t);
		}
	}
}

/* A flight is repeated by the same bytes in the same cut, 250 ms later at first. */
static bool lose_first(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)net;
	(void)d;
	return n != 1;
}

static void first_repeat_comes_soon(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);
	uint64_t began = clock_now();

	(void)state;
	t->net.deliver = lose_first;
	start_both(t);
	net_run(&t->net, 249);
	assert_int_equal(t->a.secured, 0);
	assert_int_equal(t->a.sent, 1);
	net_run(&t->net, began + 300 - clock_now());
	assert_secured(&t->a, GCM);
	assert_in_range(dtls_took_ms(t->a.d), 230, 260);
	two_free(t);
}

/* The server is done when its last flight is lost; it has to repeat it all the same. */
static struct net_end *server;
static unsigned int last_flights;

static bool lose_last_flight(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)net;
	(void)n;
	if (d->to != server && d->data[0] == SSL3_RT_CHANGE_CIPHER_SPEC)
		return last_flights++ > 0;
	return true;
}

static void last_flight_is_repeated(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	server = &t->b;
	last_flights = 0;
	t->net.deliver = lose_last_flight;
	start_both(t);
	net_run(&t->net, 100);
	assert_secured(&t->b, GCM);
	assert_int_equal(t->a.secured, 0);
	net_run(&t->net, TIMEOUT);
	assert_int_equal(last_flights, 2);
	assert_secured(&t->a, GCM);
	assert_same_keys(&t->a, &t->b);
	two_free(t);
}

/* ---- who is refused ------------------------------------------------------- */

static void wrong_fingerprint_of_server(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	start(&t->b, &cert_a);
	start(&t->a, &cert_a);		/* the far end shows cert_b */
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
	start(&t->b, &cert_b);		/* the far end shows cert_a */
	start(&t->a, &cert_b);
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
	start_both(t);
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
	struct two *t = against_bare(true, &cert_b, NULL);

	(void)state;
	start(&t->a, &cert_b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	assert_string_equal(t->a.why.text, "no SRTP profile in common with the far end");
	two_free(t);
}

static void client_without_srtp(void **state)
{
	struct two *t = against_bare(false, &cert_b, NULL);

	(void)state;
	start(&t->a, &cert_b);
	start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	assert_int_equal(t->b.secured, 0);
	two_free(t);
}

static void client_without_certificate(void **state)
{
	struct two *t = against_bare(false, NULL, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	start(&t->a, &cert_b);
	start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	assert_string_equal(t->a.why.text, "the far end showed no certificate");
	two_free(t);
}

static void old_protocol(void **state)
{
	struct two *t = against_bare(false, &cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	SSL_set_max_proto_version(t->b.ssl, DTLS1_VERSION);
	SSL_set_min_proto_version(t->b.ssl, DTLS1_VERSION);
	start(&t->a, &cert_b);
	start_bare(&t->b);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EPROTO);
	two_free(t);
}

static void suite_without_forward_secrecy(void **state)
{
	struct two *t = against_bare(false, &cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	assert_int_equal(SSL_set_cipher_list(t->b.ssl, "AES128-GCM-SHA256"), 1);
	start(&t->a, &cert_b);
	start_bare(&t->b);
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
	start(&t->a, &weak);
	start_bare(&t->b);
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
	start(&t->a, &cert_b);		/* b was never started */
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
	struct two *t = against_bare(true, &cert_b, "SRTP_AEAD_AES_128_GCM");

	(void)state;
	SSL_set_connect_state(t->b.ssl);
	start_bare(&t->b);
	start(&t->a, &cert_b);
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
		start_both(t);
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
	start_both(t);
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
	start(&t->b, &cert_a);
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
	start(&t->b, &cert_a);
	start_bare(&forger);
	net_run(&t->net, 500);
	assert_int_equal(dtls_stats(t->b.d)->refused, 1);
	assert_int_equal(t->b.sent, 0);		/* not even an alert */
	start(&t->a, &cert_b);
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
		start_bare(f);
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
	start_both(t);
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
	start_both(t);
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
	start_both(t);
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
	struct dtls_fp_set fp = net_fp(&cert_b, "sha-512"), wrong = net_fp(&cert_a, "sha-256");

	(void)state;
	start_both(t);
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
	struct dtls_fp_set wrong = net_fp(&cert_a, "sha-256");

	(void)state;
	start_both(t);
	dtls_set_fp(t->a.d, &wrong);
	net_run(&t->net, TIMEOUT);
	assert_refused(&t->a, -EACCES);
	two_free(t);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(both_ends_have_the_same_keys), T(the_server_prefers), T(one_profile_in_common),
		T(bare_server), T(bare_client), T(large_client_hello),
		T(loss), T(loss_by_chance), T(first_repeat_comes_soon), T(last_flight_is_repeated),
		T(wrong_fingerprint_of_server), T(wrong_fingerprint_of_client),
		T(no_profile_in_common), T(server_without_srtp), T(client_without_srtp),
		T(client_without_certificate), T(old_protocol), T(suite_without_forward_secrecy),
		T(weak_key), T(nobody_answers), T(two_clients),
		T(junk_in_between), T(forged_alerts), T(alert_of_a_far_end_that_gave_up),
		T(forged_client_hello), T(client_hello_in_the_middle), T(junk_after_the_handshake),
		T(far_end_closes), T(other_fingerprints_later),
		T(fingerprints_change_before_the_certificate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dtls", tests, group_setup, group_teardown);
}
