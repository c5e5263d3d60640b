// SPDX-License-Identifier: GPL-2.0-or-later
/* What a provider signs, srtpd's verifier takes: a request over the wire from one to the other. */
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "signer_world.h"
#include "verify_world.h"

static struct verify_world vw;

static char *key_pem(void)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data, *out;
	long len;

	assert_int_equal(PEM_write_bio_PrivateKey(b, sw_key, NULL, NULL, 0, NULL, NULL), 1);
	len = BIO_get_mem_data(b, &data);
	out = strndup(data, (size_t)len);
	BIO_free(b);
	return out;
}

static void start(enum world_mode mode)
{
	char *pem = key_pem();

	sw_start(mode);
	clock_fake(0, VW_IAT);
	vw_make(&vw, pem);
	vw.answer = vw.provider;
	free(pem);
}

static int end(void **state)
{
	vw_free(&vw);
	memset(&vw, 0, sizeof(vw));
	return sw_end(state);
}

static const char *at_b(void)
{
	return snet_last("P>B");
}

static void test_taken(void **state)
{
	(void)state;
	start(WORLD_BOTH);
	sw_ask(SIP_INVITE, "x", ALICE, FP_B FP_A);
	assert_int_equal(vw_ask(&vw, at_b()), 0);
	assert_true(vw.res.verified);
	/* the same signature again, by another request */
	assert_int_equal(vw_ask(&vw, at_b()), 482);
}

static void test_compact_and_msec(void **state)
{
	(void)state;
	start(WORLD_COMPACT);
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	assert_int_equal(vw_ask(&vw, at_b()), 0);
	end(NULL);
	start(WORLD_MSEC);
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	assert_int_equal(vw_ask(&vw, at_b()), 0);
}

/* A proxy behind the provider changes a fingerprint. */
static void test_changed_behind(void **state)
{
	char *text, *at;

	(void)state;
	start(WORLD_BOTH);
	sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
	text = strdup(at_b());
	at = strstr(text, "sha-256 02:1A");
	assert_non_null(at);
	memcpy(at, "sha-256 03", 10);
	assert_int_equal(vw_ask(&vw, text), 438);
	assert_string_equal(vw.res.check, "mky");
	free(text);
}

/* Without SDP nothing is signed, and so nothing is taken. */
static void test_unsigned(void **state)
{
	(void)state;
	start(WORLD_BOTH);
	sw_ask(SIP_BYE, "x", ALICE, NULL);
	assert_int_equal(vw_ask(&vw, at_b()), 488);
	assert_false(vw.res.verified);
}

static unsigned int identities(const char *text)
{
	unsigned int n = 0;

	while ((text = strstr(text, "\r\nIdentity:"))) {
		text++;
		n++;
	}
	return n;
}

/* Asked for it, the provider signs for this request alone as well; one by one. */
static void test_bound(void **state)
{
	char *text, *at;

	(void)state;
	for (enum world_mode mode = WORLD_BOTH; mode <= WORLD_MSEC; mode++) {
		start(mode);
		sw_ask(SIP_UPDATE, "x", ALICE, FP_A);
		assert_int_equal(identities(at_b()), 1);
		vw.binding = CONF_BINDING_REQUIRE;
		assert_int_equal(vw_ask(&vw, at_b()), 428);
		assert_string_equal(vw.res.check, "context");

		sw_bind = true;
		sw_ask(SIP_UPDATE, "y", ALICE, FP_A);
		assert_null(strstr(at_b(), "\r\nRoute:"));
		assert_int_equal(identities(at_b()), 2);
		text = strdup(at_b());
		at = strstr(text, "Call-ID: y");
		assert_non_null(at);
		at[9] = 'z';
		assert_int_equal(vw_ask(&vw, text), 438);
		assert_string_equal(vw.res.check, "context");
		free(text);
		assert_int_equal(vw_ask(&vw, at_b()), 0);
		assert_true(vw.res.bound);
		end(NULL);
	}
	start(WORLD_BOTH);
}

#define T(t) cmocka_unit_test_teardown(t, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_taken),
		T(test_compact_and_msec),
		T(test_changed_behind),
		T(test_unsigned),
		T(test_bound),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sw_up, sw_down);
}
