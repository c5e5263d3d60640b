// SPDX-License-Identifier: GPL-2.0-or-later
/* The verification service and the vectors, as whole requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "log.h"
#include "verify_world.h"

static json_t *vectors;
static struct verify_world w;

static const char *str(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static const json_t *vector(const char *name)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(vectors, "cases"), i, c)
		if (strcmp(str(c, "name"), name) == 0)
			return c;
	fail_msg("no vector %s", name);
	return NULL;
}

/* @text with the first @from replaced; free() it. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out;

	if (!at)
		fail_msg("no \"%s\" in\n%s", from, text);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return out;
}

static int setup(void **state)
{
	(void)state;
	vw_open(&w, str(json_object_get(vectors, "keys"), "A.1_private"));
	log_set_level(LOG_LVL_ERROR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vw_close(&w);
	return 0;
}

static void refused(const char *text, int code, const char *check, const char *reason)
{
	int got = vw_ask(&w, text);

	if (got != code || strcmp(w.res.check, check))
		fail_msg("%d %s (%s), expected %d %s", got, w.res.check, w.res.why.text, code, check);
	assert_string_equal(w.res.reason, reason);
	assert_false(w.res.verified);
	assert_string_equal(w.res.who.value, "");
}

static void vectors_good(void **state)
{
	const json_t *c = vector("mky-two-fingerprints-full");
	char *again;

	(void)state;
	assert_int_equal(vw_ask(&w, str(c, "sip_request_full")), 0);
	assert_true(w.res.verified);
	assert_true(w.res.who.tn);
	assert_string_equal(w.res.who.value, "12155551212");
	assert_string_equal(w.res.signer, "provider.example");
	/* Those of the audio stream; the video's is signed too, but not this leg's. */
	assert_int_equal(w.res.nfp, 1);
	assert_string_equal(w.res.fp[0].alg, "sha-256");
	assert_int_equal(w.res.fp[0].digest[0], 0x4a);
	/* The same request once more; and the compact form of the same token elsewhere. */
	refused(str(c, "sip_request_full"), 482, "replay", "Request Merged");
	again = with(str(c, "sip_request_compact"), "a84b4c76e66710", "other-call");
	refused(again, 403, "replay", "Replayed Request");
	free(again);
}

static void vectors_compact(void **state)
{
	(void)state;
	assert_int_equal(vw_ask(&w, str(vector("mky-two-fingerprints-full"), "sip_request_compact")), 0);
	assert_true(w.res.verified);
}

/* Others of the published tokens in requests that fit them. */
static void vectors_tokens(void **state)
{
	static const struct {
		const char *name, *member, *tail;
	} all[] = {
		{ "mky-uri-to-uri", "token", "" },
		{ "msec-ppt", "compact", ";ppt=msec" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char id[64], *text, *value;
		struct vw_spec s = { .no_identity = true, .iat = VW_IAT };

		snprintf(id, sizeof(id), "v%zu", i);
		s.call_id = id;
		assert_true(asprintf(&value, "Identity: %s;info=<%s>;alg=ES256%s\r\n",
				     str(vector(all[i].name), all[i].member), VW_X5U, all[i].tail) > 0);
		s.extra = value;
		text = vw_request(&w, &s);
		if (vw_ask(&w, text))
			fail_msg("%s: %s", all[i].name, w.res.why.text);
		assert_string_equal(w.res.who.value, "sip:alice@atlanta.example.com");
		free(text);
		free(value);
	}
}

static void vectors_bad(void **state)
{
	static const struct {
		const char *name, *check;
		int code;
	} all[] = {
		{ "fingerprint-flipped", "mky", 438 },
		{ "one-fingerprint-missing", "mky", 438 },
		{ "mky-absent", "mky", 438 },
		{ "unsorted-keys", "token", 438 },
		{ "whitespace", "token", 438 },
		{ "iat-string", "token", 438 },
		{ "alg-none", "token", 438 },
		{ "der-signature", "token", 438 },
		{ "wrong-x5u", "x5u", 438 },
		{ "orig-mismatch", "orig", 438 },
		{ "stale-iat", "date", 403 },
	};
	const json_t *good = vector("mky-two-fingerprints-full");
	const json_t *list = json_object_get(vectors, "negative"), *c;
	size_t i, n = 0;

	(void)state;
	json_array_foreach(list, i, c) {
		char *text = with(str(good, "sip_request_full"), str(good, "token"), str(c, "token"));
		size_t k;

		for (k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			if (strcmp(all[k].name, str(c, "name")) == 0)
				break;
		if (k == sizeof(all) / sizeof(all[0]))
			fail_msg("vector %s is not judged here", str(c, "name"));
		refused(text, all[k].code, all[k].check,
			all[k].code == 403 ? "Stale Date" : "Invalid Identity Header");
		free(text);
		n++;
	}
	assert_int_equal(n, sizeof(all) / sizeof(all[0]));
	/* None of them was noted as seen. */
	assert_int_equal(vw_ask(&w, str(good, "sip_request_full")), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(vectors_good), T(vectors_compact), T(vectors_tokens), T(vectors_bad),
	};
	json_error_t je;
	int ret;

	vectors = json_load_file("tests/vectors/passport_vectors.json", 0, &je);
	if (!vectors)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(vectors);
	return ret;
}
