// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DTLS-SRTP associations that succeed: ours against ours and against a bare OpenSSL
 * object, over a network that loses and repeats, on a clock that only the test moves.
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

/* ---- what works ----------------------------------------------------------- */

static void both_ends_have_the_same_keys(void **state)
{
	struct two *t = two_of_ours(both, 2, both, 2);

	(void)state;
	two_start_both(t);
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
	two_start_both(t);
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
	two_start_both(t);
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
	struct two *t = against_bare(true, &two_cert_b, "SRTP_AES128_CM_SHA1_80");

	(void)state;
	two_start(&t->a, &two_cert_b);
	net_run(&t->net, TIMEOUT);
	assert_secured(&t->a, CM);
	assert_int_equal(t->b.secured, 1);
	compare_block(&t->a, t->b.ssl, true);
	two_free(t);
}

static void bare_client(void **state)
{
	struct two *t = against_bare(false, &two_cert_b, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");

	(void)state;
	two_start(&t->a, &two_cert_b);
	two_start_bare(&t->b);
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
		struct two *t = against_bare(false, &two_cert_b, "SRTP_AEAD_AES_128_GCM");

		t->net.deliver = swapped ? swap_first_two : NULL;
		assert_int_equal(SSL_set_alpn_protos(t->b.ssl, alpn, sizeof(alpn)), 0);
		two_start(&t->a, &two_cert_b);
		two_start_bare(&t->b);
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
		two_start_both(t);
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
			two_start_both(t);
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
	struct media_fingerprint far_end;

	(void)state;
	t->net.deliver = lose_first;
	two_start_both(t);
	net_run(&t->net, 249);
	assert_int_equal(t->a.secured, 0);
	dtls_peer_fp(t->a.d, &far_end);
	assert_int_equal(far_end.len, 0);
	assert_int_equal(t->a.sent, 1);
	net_run(&t->net, began + 300 - clock_now());
	assert_secured(&t->a, GCM);
	dtls_peer_fp(t->a.d, &far_end);
	assert_memory_equal(&far_end, &two_cert_b.fingerprint, sizeof(far_end));
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
	two_start_both(t);
	net_run(&t->net, 100);
	assert_secured(&t->b, GCM);
	assert_int_equal(t->a.secured, 0);
	net_run(&t->net, TIMEOUT);
	assert_int_equal(last_flights, 2);
	assert_secured(&t->a, GCM);
	assert_same_keys(&t->a, &t->b);
	two_free(t);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(both_ends_have_the_same_keys), T(the_server_prefers),
		T(one_profile_in_common), T(bare_server), T(bare_client), T(large_client_hello),
		T(loss), T(loss_by_chance), T(first_repeat_comes_soon),
		T(last_flight_is_repeated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dtls", tests, two_group_setup, two_group_teardown);
}
