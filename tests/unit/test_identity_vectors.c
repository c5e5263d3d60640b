// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that the three files of identity vectors say, each value asserted, and counted: a
 * value that no test has looked at is a failure.  Only what is written for people
 * ("source", "note" and the like) is left out, by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/pem.h>

#include "jws.h"
#include "log.h"
#include "verify_world.h"

#define INFO	VW_X5U
#define FP1	"sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:" \
		"7D:F9:B0:7F:46:19:B2"

static json_t *passports, *canon, *sets;
static const json_t *used[1000];
static size_t nused;
static struct verify_world w;

/* ---- which values have been used ------------------------------------------- */

static const json_t *use(const json_t *value)
{
	for (size_t i = 0; i < nused; i++)
		if (used[i] == value)
			return value;
	assert_in_range(nused, 0, 999);
	used[nused++] = value;
	return value;
}

static const char *str(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return v ? json_string_value(use(v)) : NULL;
}

static bool for_people(const char *name)
{
	static const char *const names[] = {
		"source", "note", "warning", "must_be_rejected_because", "negative_context", "rfc_typos",
		"telephone_notes", "uri_notes",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void count(const json_t *v, const char *where, size_t *all, size_t *done)
{
	const char *name;
	const json_t *o;
	bool hit = false;
	size_t i;

	if (json_is_object(v)) {
		json_object_foreach((json_t *)v, name, o)
			if (!for_people(name))
				count(o, name, all, done);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, o)
			count(o, where, all, done);
	} else {
		++*all;
		/* null, true and false are one object each, wherever they stand */
		for (i = 0; i < nused && !hit; i++)
			hit = used[i] == v;
		*done += hit;
		if (!hit)
			print_message("# not used: %s %s\n", where, json_is_string(v) ? json_string_value(v) : "");
	}
}

static void all_used(const json_t *file, const char *name, size_t want)
{
	size_t all = 0, done = 0;

	count(file, "", &all, &done);
	print_message("# %s: %zu values, %zu used\n", name, all, done);
	assert_int_equal(done, all);
	assert_int_equal(all, want);
}

static json_t *load(const char *path)
{
	json_error_t e;
	json_t *v = json_load_file(path, 0, &e);

	if (!v)
		fail_msg("%s: %s", path, e.text);
	return v;
}

/* ---- tokens ---------------------------------------------------------------- */

static EVP_PKEY *key(const char *name)
{
	const char *pem = str(json_object_get(passports, "keys"), name);
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *k = strstr(pem, "PRIVATE") ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL)
					     : PEM_read_bio_PUBKEY(b, NULL, NULL, NULL);

	BIO_free(b);
	assert_non_null(k);
	return k;
}

static bool fits(const char *token, EVP_PKEY *k)
{
	struct jws_parts p;

	return !jws_split(&p, token, strlen(token), NULL) && !jws_verify(k, token, p.input_len, p.sig, NULL);
}

static void part_is(const char *b64, size_t len, const char *want)
{
	char text[JWS_MAX];
	long n = b64url_decode(text, b64, len);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
}

static void header_is(const char *value, const char *token, enum passport_ppt ppt)
{
	struct identity_header h;
	struct err e = { 0 };

	if (identity_header_parse(&h, value, &e))
		fail_msg("%s: %s", value, e.text);
	assert_string_equal(h.token, token);
	assert_string_equal(h.info, INFO);
	assert_true(h.known);
	assert_int_equal(h.ppt, ppt);
	identity_header_free(&h);
}

/* Every member of every case; keys are compared by which of them a signature fits. */
static void tokens(void **state)
{
	EVP_PKEY *a1 = key("A.1_public_half"), *a2 = key("A.2_public");
	const json_t *c;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(passports, "cases"), i, c) {
		const char *name = str(c, "name"), *token = str(c, "token"), *compact = str(c, "compact");
		const char *with = json_string_value(use(json_object_get(c, "verifies_with")));
		enum passport_ppt ppt = strcmp(name, "msec-ppt") ? PASSPORT_BASE : PASSPORT_MSEC;
		struct jws_parts p;

		assert_int_equal(jws_split(&p, token, strlen(token), NULL), 0);
		part_is(p.header, p.header_len, str(c, "header_json"));
		part_is(p.payload, p.payload_len, str(c, "payload_json"));
		assert_int_equal(fits(token, a1), with && !strcmp(with, "A.1"));
		assert_int_equal(fits(token, a2), with && !strcmp(with, "A.2"));
		if (compact) {
			assert_int_equal(strncmp(compact, "..", 2), 0);
			assert_string_equal(compact + 2, p.signature);
		}
		if (json_object_get(c, "identity_full"))
			header_is(str(c, "identity_full"), token, ppt);
		if (json_object_get(c, "identity_compact"))
			header_is(str(c, "identity_compact"), compact, ppt);
	}
	assert_int_equal(i, 5);
	EVP_PKEY_free(a1);
	EVP_PKEY_free(a2);
}

/* What we sign for the same request is, octet for octet, what is signed in the vectors. */
static void built(void **state)
{
	EVP_PKEY *a1 = key("A.1_private");
	const json_t *c, *line;
	size_t i, k, n = 0;

	(void)state;
	json_array_foreach(json_object_get(passports, "cases"), i, c) {
		const char *with = json_string_value(json_object_get(c, "verifies_with")), *token = str(c, "token");
		bool numbers = !strcmp(str(c, "name"), "mky-two-fingerprints-full");
		struct passport p = { .iat = VW_IAT, .ndest = 1 };
		char ours[JWS_MAX];

		if (!with || strcmp(with, "A.1"))
			continue;
		p.ppt = strcmp(str(c, "name"), "msec-ppt") ? PASSPORT_BASE : PASSPORT_MSEC;
		strcpy(p.x5u, INFO);
		passport_id_from_uri(&p.orig, numbers ? "sip:12155551212@example.com;user=phone"
						      : "sip:Alice@Atlanta.example.com", NULL);
		passport_id_from_uri(&p.dest[0], numbers ? "sip:alice@example.com"
							 : "sip:bob@biloxi.example.org", NULL);
		json_array_foreach(json_object_get(c, "sdp_fingerprint_lines_in_order"), k, line)
			assert_int_equal(sdp_fingerprint_parse(&p.mky[p.nmky++], json_string_value(use(line)) +
							       strlen("a=fingerprint:"), NULL), 0);
		if (!p.nmky)	/* the same one in all others */
			assert_int_equal(sdp_fingerprint_parse(&p.mky[p.nmky++], FP1, NULL), 0);
		passport_mky_normalise(&p);
		assert_int_equal(passport_sign(&p, a1, false, ours, sizeof(ours), NULL), 0);
		assert_int_equal(strncmp(ours, token, (size_t)(strrchr(token, '.') - token)), 0);
		n++;
	}
	assert_int_equal(n, 3);
	EVP_PKEY_free(a1);
}

/* ---- whole requests -------------------------------------------------------- */

static int asked(const char *text)
{
	int code;

	vw_open(&w, str(json_object_get(passports, "keys"), "A.1_private"));
	log_set_level(LOG_LVL_ERROR);
	code = vw_ask(&w, text);
	vw_close(&w);
	return code;
}

static void requests(void **state)
{
	const json_t *c = json_array_get(json_object_get(passports, "cases"), 2), *bad;
	const char *full = str(c, "sip_request_full"), *token = str(c, "token"), *at = strstr(full, token);
	EVP_PKEY *a1 = key("A.1_public_half");
	size_t i;

	(void)state;
	assert_non_null(at);
	assert_int_equal(asked(full), 0);
	assert_int_equal(asked(str(c, "sip_request_compact")), 0);
	json_array_foreach(json_object_get(passports, "negative"), i, bad) {
		const char *name = str(bad, "name"), *wrong = str(bad, "token");
		const json_t *valid = json_object_get(bad, "es256_signature_valid_with_A1");
		char *text;
		int code;

		assert_int_equal(fits(wrong, a1), json_is_true(use(valid)));
		assert_true(asprintf(&text, "%.*s%s%s", (int)(at - full), full, wrong, at + strlen(token)) > 0);
		code = asked(text);
		if (code != (strcmp(name, "stale-iat") ? 438 : 403))
			fail_msg("%s: %d %s", name, code, w.res.why.text);
		free(text);
	}
	assert_int_equal(i, 11);
	EVP_PKEY_free(a1);
}

/* ---- identities and fingerprints ------------------------------------------- */

static void identities(void **state)
{
	struct passport_id id;
	const json_t *c;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(canon, "telephone"), i, c) {
		assert_int_equal(passport_id_from_uri(&id, str(c, "input"), NULL), 0);
		assert_true(id.tn);
		assert_string_equal(id.value, str(c, "tn"));
	}
	json_array_foreach(json_object_get(canon, "uri"), i, c) {
		const char *want = str(c, "uri");
		int err = passport_id_from_uri(&id, str(c, "input"), NULL);

		if (*want == '(') {	/* in words: there is none */
			assert_int_equal(err, -22);
			continue;
		}
		assert_int_equal(err, 0);
		assert_false(id.tn);
		assert_string_equal(id.value, want);
	}
}

static void fingerprints(void **state)
{
	const json_t *c, *line, *m;
	size_t i, k;

	(void)state;
	json_array_foreach(json_object_get(sets, "cases"), i, c) {
		struct passport p = { 0 };

		json_array_foreach(json_object_get(c, "lines"), k, line)
			assert_int_equal(sdp_fingerprint_parse(&p.mky[p.nmky++], json_string_value(use(line)) +
							       strlen("a=fingerprint:"), NULL), 0);
		passport_mky_normalise(&p);
		json_array_foreach(json_object_get(c, "mky"), k, m) {
			const char *dig = str(m, "dig");

			assert_string_equal(p.mky[k].alg, str(m, "alg"));
			assert_int_equal(2u * p.mky[k].len, strlen(dig));
			for (unsigned int n = 0; n < p.mky[k].len; n++) {
				char hex[3];

				snprintf(hex, sizeof(hex), "%02X", p.mky[k].digest[n]);
				assert_memory_equal(hex, dig + 2 * n, 2);
			}
		}
		if (k != p.nmky)
			fail_msg("%s: %u fingerprints", str(c, "name"), p.nmky);
		assert_non_null(str(c, "name"));
	}
}

static void nothing_left_out(void **state)
{
	(void)state;
	all_used(passports, "passport_vectors.json", 72);
	all_used(canon, "rfc8224_canonicalisation.json", 24);
	all_used(sets, "sdp_fingerprint_mky.json", 23);
}

static int open_files(void **state)
{
	(void)state;
	passports = load("tests/vectors/passport_vectors.json");
	canon = load("tests/vectors/rfc8224_canonicalisation.json");
	sets = load("tests/vectors/sdp_fingerprint_mky.json");
	return 0;
}

static int close_files(void **state)
{
	(void)state;
	json_decref(passports);
	json_decref(canon);
	json_decref(sets);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens), cmocka_unit_test(built), cmocka_unit_test(requests),
		cmocka_unit_test(identities), cmocka_unit_test(fingerprints),
		cmocka_unit_test(nothing_left_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_files, close_files);
}
