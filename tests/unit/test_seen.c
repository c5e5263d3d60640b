// SPDX-License-Identifier: GPL-2.0-or-later
/* The replay cache: what is refused, what is forgotten, what happens when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

#include "clock.h"
#include "err.h"
#include "jws.h"
#include "seen.h"

#define T0 1443208345

static const struct seen_request invite = { "a84b4c76e66710", "1928301774", "INVITE", 314159, NULL };

static void sig_of(uint8_t sig[JWS_SIG_LEN], unsigned int n)
{
	memset(sig, 0x5a, JWS_SIG_LEN);
	memcpy(sig, &n, sizeof(n));
}

static void verdicts(void **state)
{
	struct seen *s = seen_new(10, 0);
	const struct seen_request others[] = {
		{ "a84b4c76e66711", "1928301774", "INVITE", 314159, NULL },
		{ "a84b4c76e66710", "1928301775", "INVITE", 314159, NULL },
		{ "a84b4c76e66710", NULL, "INVITE", 314159, NULL },
		{ "a84b4c76e66710", "1928301774", "UPDATE", 314159, NULL },
		{ "a84b4c76e66710", "1928301774", "INVITE", 314160, NULL },
		{ "a84b4c76e667101", "928301774", "INVITE", 314159, NULL },
	};
	uint8_t sig[JWS_SIG_LEN];

	(void)state;
	clock_fake(0, T0);
	sig_of(sig, 1);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_AGAIN);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(seen_signature(s, sig, &others[i], T0 + 61), SEEN_REPLAY);
	/* The first owns it still. */
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_AGAIN);
	sig_of(sig, 2);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	assert_int_equal(seen_stats(s)->used, 2);
	assert_int_equal(seen_stats(s)->noted, 2);
	assert_int_equal(seen_stats(s)->again, 2);
	assert_int_equal(seen_stats(s)->replayed, 6);
	seen_free(s);
	clock_real();
}

/* (r, n - s) verifies where (r, s) does: it has to be the same signature here. */
static void malleable(void **state)
{
	static const char input[] = "header.payload";
	struct seen_request other = invite;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EC_GROUP *p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	struct seen *s = seen_new(10, 0);
	uint8_t sig[JWS_SIG_LEN], twin[JWS_SIG_LEN];
	BIGNUM *bn;
	struct err e;

	(void)state;
	clock_fake(0, T0);
	other.cseq++;
	assert_int_equal(jws_sign(key, input, strlen(input), sig, &e), 0);
	bn = BN_bin2bn(sig + 32, 32, NULL);
	assert_int_equal(BN_sub(bn, EC_GROUP_get0_order(p256), bn), 1);
	memcpy(twin, sig, 32);
	assert_int_equal(BN_bn2binpad(bn, twin + 32, 32), 32);
	assert_memory_not_equal(sig, twin, JWS_SIG_LEN);
	assert_int_equal(jws_verify(key, input, strlen(input), twin, &e), 0);

	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	assert_int_equal(seen_signature(s, twin, &other, T0 + 61), SEEN_REPLAY);
	assert_int_equal(seen_signature(s, twin, &invite, T0 + 61), SEEN_AGAIN);
	BN_free(bn);
	EC_GROUP_free(p256);
	EVP_PKEY_free(key);
	seen_free(s);
	clock_real();
}

static void full(void **state)
{
	struct seen *s = seen_new(100, 0);
	uint8_t sig[JWS_SIG_LEN];

	(void)state;
	clock_fake(0, T0);
	for (unsigned int i = 0; i < 100; i++) {
		sig_of(sig, i);
		assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	}
	sig_of(sig, 100);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_FULL);
	assert_int_equal(seen_stats(s)->full, 1);
	/* What is known stays known. */
	for (unsigned int i = 0; i < 100; i++) {
		sig_of(sig, i);
		assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_AGAIN);
	}
	clock_advance(61000);
	sig_of(sig, 100);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 122), SEEN_NEW);
	assert_int_equal(seen_stats(s)->used, 1);
	seen_free(s);
	clock_real();
}

/* Whoever signs much cannot have others refused. */
static void quota(void **state)
{
	struct seen_request rq = invite, other = invite;
	struct seen *s = seen_new(10, 0);
	uint8_t sig[JWS_SIG_LEN];

	(void)state;
	clock_fake(0, T0);
	rq.owner = "hostile.example";
	other.owner = "good.example";
	for (unsigned int i = 0; i < 6; i++) {
		sig_of(sig, i);
		assert_int_equal(seen_signature(s, sig, &rq, T0 + 61), i < 5 ? SEEN_NEW : SEEN_FULL);
	}
	for (unsigned int i = 10; i < 15; i++) {
		sig_of(sig, i);
		assert_int_equal(seen_signature(s, sig, &other, T0 + 61), SEEN_NEW);
	}
	clock_advance(61000);
	sig_of(sig, 20);
	assert_int_equal(seen_signature(s, sig, &rq, T0 + 122), SEEN_NEW);
	seen_free(s);
	clock_real();
}

static void expiry(void **state)
{
	struct seen *s = seen_new(10, 0);
	struct seen_request other = invite;
	uint8_t sig[JWS_SIG_LEN];

	(void)state;
	other.method = "BYE";
	clock_fake(0, T0);
	sig_of(sig, 1);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	clock_advance(60999);
	assert_int_equal(seen_signature(s, sig, &other, T0 + 61), SEEN_REPLAY);
	clock_advance(1);
	assert_int_equal(seen_signature(s, sig, &other, T0 + 61), SEEN_PAST);

	/* The clock goes back: the entry is gone, but not the memory that it was there. */
	clock_fake(0, T0);
	assert_int_equal(seen_signature(s, sig, &other, T0 + 61), SEEN_PAST);
	assert_int_equal(seen_stats(s)->past, 2);
	sig_of(sig, 2);
	assert_int_equal(seen_signature(s, sig, &other, T0 + 62), SEEN_NEW);
	seen_free(s);
	clock_real();
}

static void after_restart(void **state)
{
	struct seen *s;
	uint8_t sig[JWS_SIG_LEN];

	(void)state;
	clock_fake(0, T0);
	s = seen_new(10, T0 + 60);
	sig_of(sig, 1);
	assert_int_equal(seen_signature(s, sig, &invite, T0 - 1 + 61), SEEN_PAST);
	assert_int_equal(seen_signature(s, sig, &invite, T0 + 61), SEEN_NEW);
	seen_free(s);
	clock_real();
}

static void once(void **state)
{
	struct seen *s = seen_new(10, 0);
	struct seen_request other = invite;

	(void)state;
	clock_fake(0, T0);
	other.cseq++;
	assert_int_equal(seen_id(s, "auth.example.com", "17", &invite, T0 + 30), SEEN_NEW);
	assert_int_equal(seen_id(s, "auth.example.com", "17", &other, T0 + 30), SEEN_REPLAY);
	assert_int_equal(seen_id(s, "auth.example.co", "m17", &invite, T0 + 30), SEEN_NEW);
	assert_int_equal(seen_id(s, "auth.example.org", "17", &invite, T0 + 30), SEEN_NEW);
	for (int v = SEEN_NEW; v <= SEEN_FULL; v++)
		assert_string_not_equal(seen_verdict_text((enum seen_verdict)v), "unknown");
	seen_free(s);
	clock_real();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts), cmocka_unit_test(malleable), cmocka_unit_test(full), cmocka_unit_test(quota),
		cmocka_unit_test(expiry), cmocka_unit_test(after_restart), cmocka_unit_test(once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
