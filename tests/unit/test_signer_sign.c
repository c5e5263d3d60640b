// SPDX-License-Identifier: GPL-2.0-or-later
/* The key's owner: a signature for a handle that somebody vouched for, once, and no other way. */
#include <errno.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "certs.h"
#include "clock.h"
#include "err.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"
#include "signer_rate.h"
#include "signer_sign.h"
#include "timer.h"

#define NOW	1700000000

static EVP_PKEY *key;
static X509 *cert;
static struct signer_sign_role *sign;
static struct signer_signed last;
static unsigned int answers;

static void done(const struct signer_signed *m, void *arg)
{
	(void)arg;
	last = *m;
	answers++;
}

static struct signer_sign_conf conf(void)
{
	return (struct signer_sign_conf){ .key = key, .cert = cert, .x5u = "https://p.example/c" };
}

static int setup(void **state)
{
	const struct signer_sign_conf c = conf();
	struct err e = { 0 };

	(void)state;
	clock_fake(0, NOW);
	log_set_level(LOG_LVL_ERROR);
	log_hook(NULL, NULL);
	answers = 0;
	memset(&last, 0, sizeof(last));
	if (signer_sign_new(&sign, &c, done, NULL, &e))
		fail_msg("%s", e.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	signer_sign_free(sign);
	loop_turn(0);
	assert_int_equal(timer_count(), 0);
	return 0;
}

static void vouch(uint64_t handle)
{
	const struct signer_vouch v = {
		.handle = handle, .user = "alice", .iat = clock_wall(),
		.orig.value = "sip:alice@a.example", .dest.value = "sip:bob@b.example",
	};

	assert_int_equal(signer_sign_vouch(sign, &v), 0);
}

static void use(uint64_t ask, uint64_t handle)
{
	const struct signer_sign m = { .ask = ask, .handle = handle };

	signer_sign_use(sign, &m);
}

static void test_once(void **state)
{
	(void)state;
	vouch(7);
	use(1, 7);
	assert_int_equal(answers, 1);
	assert_int_equal(last.code, 0);
	assert_int_equal(last.ask, 1);
	assert_non_null(strstr(last.value, ";info=<https://p.example/c>"));
	/* used is unknown */
	use(2, 7);
	assert_int_equal(answers, 1);
	clock_advance(SIGNER_WAIT_MS);
	timer_run();
	assert_int_equal(answers, 2);
	assert_int_equal(last.ask, 2);
	assert_int_equal(last.code, 500);
	assert_string_equal(last.value, "");
	assert_int_equal(signer_sign_stats(sign)->unknown, 1);
	assert_int_equal(signer_sign_stats(sign)->made, 1);
}

static void test_unknown(void **state)
{
	(void)state;
	vouch(7);
	use(1, 8);
	clock_advance(SIGNER_WAIT_MS - 1);
	timer_run();
	assert_int_equal(answers, 0);
	clock_advance(1);
	timer_run();
	assert_int_equal(last.code, 500);
	assert_int_equal(signer_sign_stats(sign)->handles, 1);
}

/* Two channels: the use may overtake the word of auth. */
static void test_overtaken(void **state)
{
	(void)state;
	use(1, 7);
	use(2, 7);		/* neither knows better; one is refused at once */
	assert_int_equal(answers, 1);
	assert_int_equal(last.ask, 2);
	assert_int_equal(last.code, 500);
	vouch(7);
	assert_int_equal(answers, 2);
	assert_int_equal(last.ask, 1);
	assert_int_equal(last.code, 0);
	assert_int_equal(signer_sign_stats(sign)->handles, 0);
}

static void test_forgotten(void **state)
{
	(void)state;
	vouch(7);
	clock_advance(SIGNER_HANDLE_MS);
	timer_run();
	assert_int_equal(signer_sign_stats(sign)->expired, 1);
	use(1, 7);
	clock_advance(SIGNER_WAIT_MS);
	timer_run();
	assert_int_equal(last.code, 500);
}

static void test_same_handle_twice(void **state)
{
	const struct signer_vouch v = { .handle = 7, .user = "eve", .iat = NOW };

	(void)state;
	vouch(7);
	assert_int_equal(signer_sign_vouch(sign, &v), -EPROTO);
}

static void test_full(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= SIGNER_HANDLES + 1; i++)
		vouch(i);
	assert_int_equal(signer_sign_stats(sign)->handles, SIGNER_HANDLES);
	use(1, SIGNER_HANDLES + 1);
	assert_int_equal(last.code, 500);
	use(2, 1);
	assert_int_equal(last.code, 0);
}

/* It believes nobody about the time, and signs for none at which its certificate is not valid. */
static void test_time(void **state)
{
	struct signer_vouch v = { .handle = 7, .user = "alice", .iat = NOW - 61,
				  .orig.value = "sip:a@a.example", .dest.value = "sip:b@b.example" };

	(void)state;
	signer_sign_vouch(sign, &v);
	use(1, 7);
	assert_int_equal(last.code, 500);
	v.iat = NOW + 61;
	signer_sign_vouch(sign, &v);
	use(2, 7);
	assert_int_equal(last.code, 500);
	v.iat = NOW - 60;
	signer_sign_vouch(sign, &v);
	use(3, 7);
	assert_int_equal(last.code, 0);
	clock_fake(0, 1900000001);
	vouch(8);
	use(4, 8);
	assert_int_equal(last.code, 500);
	clock_fake(0, NOW);
	assert_int_equal(signer_sign_stats(sign)->failed, 3);
}

static void test_wrong_key(void **state)
{
	struct signer_sign_conf c = conf();
	struct signer_sign_role *s;
	struct err e = { 0 };

	(void)state;
	c.key = EVP_EC_gen("P-256");
	assert_int_equal(signer_sign_new(&s, &c, done, NULL, &e), -EINVAL);
	EVP_PKEY_free(c.key);
	c.key = EVP_EC_gen("P-384");
	assert_int_equal(signer_sign_new(&s, &c, done, NULL, &e), -EINVAL);
	EVP_PKEY_free(c.key);
}

/* What a subverted front could write on its channels. */
static void test_messages(void **state)
{
	struct signer_verdict verdict = { .ask = 1, .code = 407 };
	struct signer_signed answer = { .ask = 1, .value = "a\r\nb" };
	struct signer_vouch v = { .handle = 1, .user = "a", .iat = NOW, .orig.value = "sip:a@b",
				  .dest.value = "sip:c@d", .nmky = 1,
				  .mky = { { .alg = "SHA\"", .len = 1 } } };
	struct signer_sign use_nothing = { .ask = 1 };
	uint8_t space[IPC_MAX];
	struct wbuf w;
	struct rbuf r;

	(void)state;
#define REFUSED(type, m)						\
	do {								\
		w = wbuf_on(space, sizeof(space));			\
		type##_put(&w, &(m));					\
		assert_false(w.bad);					\
		r = rbuf_on(space, w.len);				\
		type##_get(&r, &(m));					\
		assert_false(rbuf_done(&r));				\
	} while (0)
	REFUSED(signer_sign, use_nothing);
	REFUSED(signer_verdict, verdict);	/* 407 without a challenge */
	REFUSED(signer_signed, answer);		/* a line end for a header field */
	REFUSED(signer_vouch, v);		/* what would need escapes in JSON */
#undef REFUSED
}

static void test_rate(void **state)
{
	struct signer_rate rate;

	(void)state;
	assert_int_equal(signer_rate_init(&rate, 2, 3), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(signer_rate_take(&rate, "a"), 0);
	assert_int_equal(signer_rate_take(&rate, "a"), 1);
	assert_int_equal(signer_rate_take(&rate, "b"), 0);
	clock_advance(499);
	assert_int_equal(signer_rate_take(&rate, "a"), 1);
	clock_advance(1);
	assert_int_equal(signer_rate_take(&rate, "a"), 0);
	assert_int_equal(signer_rate_take(&rate, "a"), 1);
	/* a full bucket holds no more than its burst */
	clock_advance(1000000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(signer_rate_take(&rate, "a"), 0);
	assert_int_equal(signer_rate_take(&rate, "a"), 1);
	signer_rate_fini(&rate);
	/* many users: those who owe nothing are forgotten, the others are not */
	assert_int_equal(signer_rate_init(&rate, 1, 1), 0);
	for (unsigned int i = 0; i <= SIGNER_RATE_USERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", i);
		assert_int_equal(signer_rate_take(&rate, name), i == SIGNER_RATE_USERS);
	}
	clock_advance(1000);
	assert_int_equal(signer_rate_take(&rate, "new"), 0);
	assert_int_equal(rate.table.count, 1);
	signer_rate_fini(&rate);
}

static int up(void **state)
{
	struct cert_spec spec = { .cn = "p.example", .san = "DNS:p.example",
				  .from = 1600000000, .to = 1900000000 };

	(void)state;
	cert = cert_make(&spec, &key);
	return loop_init(NULL);
}

static int down(void **state)
{
	(void)state;
	X509_free(cert);
	EVP_PKEY_free(key);
	loop_fini();
	clock_real();
	return 0;
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_once),
		T(test_unknown),
		T(test_overtaken),
		T(test_forgotten),
		T(test_same_handle_twice),
		T(test_full),
		T(test_time),
		T(test_wrong_key),
		T(test_messages),
		T(test_rate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, up, down);
}
