// SPDX-License-Identifier: GPL-2.0-or-later
/* PASSporT and Identity against the published and derived vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "err.h"
#include "jws.h"
#include "passport.h"

#define IAT	1443208345	/* Fri, 25 Sep 2015 19:12:25 GMT, Date of the vectors' request */
#define INFO	"https://cert.example.org/passport.cer"

static json_t *vectors;

static json_t *load(const char *file)
{
	json_error_t je;
	json_t *o = json_load_file(file, 0, &je);

	if (!o)
		fail_msg("%s: %s", file, je.text);
	return o;
}

static const char *str(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static const json_t *case_named(const char *list, const char *name)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(vectors, list), i, c)
		if (strcmp(str(c, "name"), name) == 0)
			return c;
	fail_msg("no vector %s", name);
	return NULL;
}

static EVP_PKEY *key(const char *name)
{
	const char *pem = str(json_object_get(vectors, "keys"), name);
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *k = strstr(pem, "PRIVATE") ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL)
					     : PEM_read_bio_PUBKEY(b, NULL, NULL, NULL);

	BIO_free(b);
	assert_non_null(k);
	return k;
}

/* What a verifier builds from sip_request_full of mky-two-fingerprints-full. */
static struct passport request(void)
{
	const json_t *c = case_named("cases", "mky-two-fingerprints-full"), *line;
	struct passport p = { .iat = IAT, .ndest = 1 };
	size_t i;

	strcpy(p.x5u, INFO);
	assert_int_equal(passport_id_from_uri(&p.orig, "sip:12155551212@example.com;user=phone",
					      NULL), 0);
	assert_int_equal(passport_id_from_uri(&p.dest[0], "sip:alice@example.com", NULL), 0);
	json_array_foreach(json_object_get(c, "sdp_fingerprint_lines_in_order"), i, line)
		assert_int_equal(sdp_fingerprint_parse(&p.mky[p.nmky++],
				 json_string_value(line) + strlen("a=fingerprint:"), NULL), 0);
	assert_int_equal(p.nmky, 2);
	passport_mky_normalise(&p);
	return p;
}

static struct passport request_uri(enum passport_ppt ppt)
{
	struct passport p = request();

	p.ppt = ppt;
	p.nmky = 1;	/* the first in order is the vectors' only one */
	passport_id_from_uri(&p.orig, "sip:alice@atlanta.example.com", NULL);
	passport_id_from_uri(&p.dest[0], "sip:bob@biloxi.example.org", NULL);
	return p;
}

static void positive(void **state)
{
	static const struct {
		const char *name;
		int kind;
	} good[] = {
		{ "mky-two-fingerprints-full", 0 }, { "mky-uri-to-uri", 1 }, { "msec-ppt", 2 },
	};
	EVP_PKEY *a1 = key("A.1_public_half"), *a2 = key("A.2_public");
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const json_t *c = case_named("cases", good[i].name);
		struct passport p = good[i].kind ? request_uri(good[i].kind == 2 ? PASSPORT_MSEC
							       : PASSPORT_BASE) : request();

		assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT + 5, &e), PASSPORT_OK);
		assert_int_equal(passport_verify(&p, str(c, "compact"), a1, IAT + 5, &e), PASSPORT_OK);
		assert_int_equal(passport_verify(&p, str(c, "token"), a2, IAT + 5, &e),
				 PASSPORT_SIGNATURE);
		assert_int_equal(passport_verify(&p, str(c, "compact"), a2, IAT + 5, &e),
				 PASSPORT_SIGNATURE);
	}
	EVP_PKEY_free(a1);
	EVP_PKEY_free(a2);
}

/* The RFCs' own two: one has a textual iat, the other a signature of no known key. */
static void rfc_examples(void **state)
{
	const json_t *c7 = case_named("cases", "rfc8225-7.1-rfc8224-5.1");
	const json_t *ca = case_named("cases", "rfc8225-appendix-a");
	EVP_PKEY *a2 = key("A.2_public");
	struct passport p = request();
	struct jws_parts parts;
	struct err e;

	(void)state;
	assert_int_equal(jws_split(&parts, str(c7, "token"), strlen(str(c7, "token")), &e), 0);
	assert_int_equal(jws_verify(a2, str(c7, "token"), parts.input_len, parts.sig, &e), 0);
	p.nmky = 0;
	assert_int_equal(passport_verify(&p, str(c7, "token"), a2, IAT, &e), PASSPORT_MALFORMED);
	assert_non_null(strstr(e.text, "iat"));
	assert_int_equal(passport_verify(&p, str(c7, "compact"), a2, IAT, &e), PASSPORT_SIGNATURE);

	p.iat = 1471375418;
	assert_int_equal(jws_split(&parts, str(ca, "token"), strlen(str(ca, "token")), &e), 0);
	assert_int_equal(passport_verify(&p, str(ca, "token"), a2, p.iat, &e), PASSPORT_SIGNATURE);
	EVP_PKEY_free(a2);
	assert_int_equal(json_array_size(json_object_get(vectors, "cases")), 5);
}

static void negative(void **state)
{
	static const struct {
		const char *name, *says;
		enum passport_fault fault;
		int code;
	} want[] = {
		{ "fingerprint-flipped", "another certificate fingerprint", PASSPORT_MKY, 438 },
		{ "one-fingerprint-missing", "a certificate fingerprint more", PASSPORT_MKY, 438 },
		{ "mky-absent", "no mky", PASSPORT_MKY, 438 },
		{ "unsorted-keys", "deterministic", PASSPORT_MALFORMED, 438 },
		{ "whitespace", "deterministic", PASSPORT_MALFORMED, 438 },
		{ "iat-string", "iat", PASSPORT_MALFORMED, 438 },
		{ "alg-none", "no signature", PASSPORT_MALFORMED, 438 },
		{ "der-signature", "ES256 has 64", PASSPORT_MALFORMED, 438 },
		{ "wrong-x5u", "x5u", PASSPORT_X5U, 438 },
		{ "orig-mismatch", "was signed for 12155559999", PASSPORT_ORIG, 438 },
		{ "stale-iat", "iat is 3600 seconds old", PASSPORT_STALE, 403 },
	};
	EVP_PKEY *a1 = key("A.1_public_half");
	struct passport p = request();
	struct err e;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(vectors, "negative")), 11);
	for (size_t i = 0; i < 11; i++) {
		const json_t *c = case_named("negative", want[i].name);
		enum passport_fault f = passport_verify(&p, str(c, "token"), a1, IAT, &e);

		if (f != want[i].fault || !strstr(e.text, want[i].says))
			fail_msg("%s: fault %d, \"%s\"", want[i].name, f, e.text);
		assert_int_equal(passport_fault_code(f), want[i].code);
	}
	/* The flipped fingerprint, expected as flipped, still fails: by its signature. */
	for (unsigned int i = 0; i < p.nmky; i++)
		if (p.mky[i].digest[0] == 0x02)
			p.mky[i].digest[0] = 0x12;
	assert_int_equal(passport_verify(&p, str(case_named("negative", "fingerprint-flipped"),
						 "token"), a1, IAT, &e), PASSPORT_SIGNATURE);
	EVP_PKEY_free(a1);
}

static void freshness(void **state)
{
	const json_t *c = case_named("cases", "mky-two-fingerprints-full");
	EVP_PKEY *a1 = key("A.1_public_half");
	struct passport p = request();
	struct err e;

	(void)state;
	assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT + 60, &e), PASSPORT_OK);
	assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT + 61, &e), PASSPORT_STALE);
	assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT - 60, &e), PASSPORT_OK);
	assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT - 61, &e), PASSPORT_STALE);
	p.iat += 7;	/* Date differs, both fresh: full form passes, compact cannot */
	assert_int_equal(passport_verify(&p, str(c, "token"), a1, IAT, &e), PASSPORT_OK);
	assert_int_equal(passport_verify(&p, str(c, "compact"), a1, IAT, &e), PASSPORT_SIGNATURE);
	EVP_PKEY_free(a1);
}

static void round_trip(void **state)
{
	EVP_PKEY *priv = key("A.1_private"), *a1 = key("A.1_public_half");
	char token[JWS_MAX], value[JWS_MAX + 600];
	struct identity_header h;
	struct err e;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct passport p = request_uri(i & 1 ? PASSPORT_MSEC : PASSPORT_BASE);

		assert_int_equal(passport_sign(&p, priv, i & 2, token, sizeof(token), &e), 0);
		assert_int_equal(token[0] == '.', !!(i & 2));
		assert_int_equal(passport_verify(&p, token, a1, IAT, &e), PASSPORT_OK);
		assert_int_equal(identity_header_print(&p, token, value, sizeof(value)), 0);
		assert_int_equal(identity_header_parse(&h, value, &e), 0);
		assert_string_equal(h.token, token);
		assert_string_equal(h.info, INFO);
		assert_int_equal(h.ppt, p.ppt);
		assert_true(h.known);
		identity_header_free(&h);
		p.mky[0].digest[31] ^= 1;
		assert_int_not_equal(passport_verify(&p, token, a1, IAT, &e), PASSPORT_OK);
		assert_int_equal(passport_sign(&p, priv, false, token, 100, &e), -EMSGSIZE);
	}
	EVP_PKEY_free(priv);
	EVP_PKEY_free(a1);
}

static void identity_headers(void **state)
{
	static const struct {
		const char *value, *says;
	} bad[] = {
		{ "", "no token" },
		{ ";info=<https://a>", "no token" },
		{ "a.b.c", "no info" },
		{ "a.b.c;info=<https://a", "cannot be read" },
		{ "a.b.c;info=<>", "cannot be read" },
		{ "a.b.c;info=<https://a b>", "cannot be read" },
		{ "a.b.c;info=<https://a>;alg=none", "only ES256" },
		{ "a.b.c;info=<https://a>;alg=ES256;alg=ES256", "twice" },
		{ "a.b.c;info=<https://a>;info=<https://b>", "twice" },
		{ "a.b.c;info=<https://a> x", "behind" },
		{ "a.b.c;info=<https://a>;", "cannot be read" },
	};
	struct identity_header h;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(identity_header_parse(&h, bad[i].value, &e), -EINVAL);
		if (!strstr(e.text, bad[i].says))
			fail_msg("%s: \"%s\"", bad[i].value, e.text);
		assert_null(h.token);
	}
	assert_int_equal(identity_header_parse(&h, " a.b.c ; x=\"y\" ; ppt=\"msec\"; info=<https://a>", &e), 0);
	assert_int_equal(h.ppt, PASSPORT_MSEC);
	identity_header_free(&h);
	assert_int_equal(identity_header_parse(&h, "a.b.c;info=<https://a>;ppt=shaken", &e), 0);
	assert_false(h.known);
	identity_header_free(&h);
	for (size_t i = 0; i < 5; i++) {
		json_t *c = json_array_get(json_object_get(vectors, "cases"), i);

		if (!str(c, "identity_full"))
			continue;
		assert_int_equal(identity_header_parse(&h, str(c, "identity_full"), &e), 0);
		assert_string_equal(h.token, str(c, "token"));
		assert_string_equal(h.info, INFO);
		identity_header_free(&h);
	}
}

static void canonical(void **state)
{
	json_t *v = load("tests/vectors/rfc8224_canonicalisation.json"), *c;
	struct passport_id id;
	struct err e;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(v, "telephone"), i, c) {
		assert_int_equal(passport_id_from_uri(&id, str(c, "input"), &e), 0);
		assert_true(id.tn);
		assert_string_equal(id.value, str(c, "tn"));
	}
	assert_int_equal(i, 6);
	json_array_foreach(json_object_get(v, "uri"), i, c) {
		bool none = strncmp(str(c, "uri"), "(no user", 8) == 0;

		assert_int_equal(passport_id_from_uri(&id, str(c, "input"), &e), none ? -EINVAL : 0);
		if (none)
			continue;
		assert_false(id.tn);
		assert_string_equal(id.value, str(c, "uri"));
	}
	assert_int_equal(i, 6);
	json_decref(v);

	/* user=phone with a user that is no number is a URI like any other. */
	assert_int_equal(passport_id_from_uri(&id, "sip:bob2@example.com;user=phone", &e), 0);
	assert_string_equal(id.value, "sip:bob2@example.com");
	assert_int_equal(passport_id_from_uri(&id, "sip:1234567890123456@h;user=phone", &e), 0);
	assert_false(id.tn);
	assert_int_equal(passport_id_from_uri(&id, "http:a@b", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a%4@b", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a\x01@b", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a%3@b", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a@good.example@evil.example", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a@*.example", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a@good%2eexample", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a@b\xc3\xa4.example", &e), -EINVAL);
	assert_int_equal(passport_id_from_uri(&id, "sip:a@[2001:DB8::1]:5060", &e), 0);
	assert_string_equal(id.value, "sip:a@[2001:db8::1]");
}

static void mky_sets(void **state)
{
	json_t *v = load("tests/vectors/sdp_fingerprint_mky.json"), *c, *m;
	EVP_PKEY *priv = key("A.1_private");
	size_t i, k;
	struct err e;

	(void)state;
	json_array_foreach(json_object_get(v, "cases"), i, c) {
		struct passport p = request_uri(PASSPORT_BASE);
		char token[JWS_MAX], text[JWS_MAX];
		struct jws_parts parts;
		json_t *line, *claims;

		p.nmky = 0;
		json_array_foreach(json_object_get(c, "lines"), k, line)
			assert_int_equal(sdp_fingerprint_parse(&p.mky[p.nmky++],
					 json_string_value(line) + strlen("a=fingerprint:"), &e), 0);
		passport_mky_normalise(&p);
		assert_int_equal(passport_sign(&p, priv, false, token, sizeof(token), &e), 0);
		assert_int_equal(jws_split(&parts, token, strlen(token), &e), 0);
		text[b64url_decode(text, parts.payload, parts.payload_len)] = '\0';
		claims = json_loads(text, 0, NULL);
		m = json_object_get(c, "mky");
		assert_true(json_equal(json_object_get(claims, "mky"), m));
		json_decref(claims);
	}
	assert_int_equal(i, 4);
	json_decref(v);
	EVP_PKEY_free(priv);
}

static void base64(void **state)
{
	static const char *const bad[] = { "A", "AA=", "AB", "AAB", "A+/A", "AAAA\n" };
	uint8_t raw[64], back[64];
	char text[100];

	(void)state;
	for (size_t len = 0; len < 64; len++) {
		for (size_t i = 0; i < len; i++)
			raw[i] = (uint8_t)(i * 37 + len);
		assert_int_equal(b64url_decode(back, text, b64url_encode(text, raw, len)), len);
		assert_memory_equal(raw, back, len);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(b64url_decode(back, bad[i], strlen(bad[i])), -EINVAL);
}

/* 600 signatures: about five have an r or s with leading zeros, half a sign octet. */
static void signatures(void **state)
{
	EVP_PKEY *priv = key("A.1_private"), *a1 = key("A.1_public_half");
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	uint8_t sig[JWS_SIG_LEN];
	struct jws_signer *s;
	char input[16];
	struct err e;

	(void)state;
	assert_int_equal(jws_signer_new(&s, priv, &e), 0);
	for (int i = 0; i < 600; i++) {
		snprintf(input, sizeof(input), "%d", i);
		assert_int_equal(jws_signer_sign(s, input, strlen(input), sig, &e), 0);
		assert_int_equal(jws_verify(a1, input, strlen(input), sig, &e), 0);
	}
	assert_int_equal(jws_verify(a1, "other", 5, sig, &e), -EBADMSG);
	jws_signer_free(s);
	assert_int_equal(jws_signer_new(&s, p384, &e), -EINVAL);
	assert_null(s);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(priv);
	EVP_PKEY_free(a1);
}

/* What we write ourselves is what a JSON library writes of the same values. */
static void written(void **state)
{
	static const char *const odd[] = { "https://a/\"\\x\"", "\\", "https://a/'<>&/" };
	EVP_PKEY *priv = key("A.1_private"), *a1 = key("A.1_public_half");
	char token[JWS_MAX], text[JWS_MAX], *again;
	struct jws_parts parts;
	struct err e;
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct passport p = request(), later;

		p.ppt = PASSPORT_MSEC;
		strcpy(p.x5u, odd[i]);
		p.ndest = 3;
		p.dest[1] = p.orig;
		p.dest[2] = p.dest[0];
		assert_int_equal(passport_sign(&p, priv, false, token, sizeof(token), &e), 0);
		assert_int_equal(jws_split(&parts, token, strlen(token), &e), 0);
		for (int k = 0; k < 2; k++) {
			const char *b64 = k ? parts.payload : parts.header;
			long n = b64url_decode(text, b64, k ? parts.payload_len : parts.header_len);

			text[n] = '\0';
			o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
			again = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
			assert_string_equal(text, again);
			if (!k)
				assert_string_equal(str(o, "x5u"), odd[i]);
			else
				assert_int_equal(json_array_size(json_object_get(json_object_get(o, "dest"),
										 "uri")), 2);
			free(again);
			json_decref(o);
		}
		assert_int_equal(passport_verify(&p, token, a1, IAT, &e), PASSPORT_OK);
		later = p;		/* compared claim by claim */
		later.iat += 3;
		assert_int_equal(passport_verify(&later, token, a1, IAT, &e), PASSPORT_OK);
		later.dest[1].value[0]++;
		assert_int_equal(passport_verify(&later, token, a1, IAT, &e), PASSPORT_DEST);
		p.orig.value[0] = '\x1f';
		assert_int_equal(passport_sign(&p, priv, false, token, sizeof(token), &e), -EINVAL);
		p.orig.value[0] = (char)0xe9;
		assert_int_equal(passport_sign(&p, priv, true, token, sizeof(token), &e), -EINVAL);
	}
	EVP_PKEY_free(priv);
	EVP_PKEY_free(a1);
}

static int open_vectors(void **state)
{
	(void)state;
	vectors = load("tests/vectors/passport_vectors.json");
	return 0;
}

static int close_vectors(void **state)
{
	(void)state;
	json_decref(vectors);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(positive), cmocka_unit_test(rfc_examples),
		cmocka_unit_test(negative), cmocka_unit_test(freshness),
		cmocka_unit_test(round_trip), cmocka_unit_test(identity_headers),
		cmocka_unit_test(canonical), cmocka_unit_test(mky_sets),
		cmocka_unit_test(base64), cmocka_unit_test(signatures), cmocka_unit_test(written),
	};

	return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
