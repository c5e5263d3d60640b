// SPDX-License-Identifier: GPL-2.0-or-later
/* Digest authentication against the published vectors, and against replays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>

#include "clock.h"
#include "err.h"
#include "sip_digest.h"

#define REALM "atlanta.example.com"

static const char *str(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void vectors(void **state)
{
	json_error_t je;
	json_t *v = json_load_file("tests/vectors/rfc7616_digest.json", 0, &je), *c;
	size_t i;

	(void)state;
	assert_non_null(v);
	json_array_foreach(json_object_get(v, "cases"), i, c) {
		struct digest_challenge ch = { .alg = (enum digest_alg)digest_alg_parse(str(c, "algorithm")) };
		struct digest_credentials out, back;
		char ha1[DIGEST_HEX], text[1024];
		struct err e;

		strcpy(ch.realm, str(c, "realm"));
		strcpy(ch.nonce, str(c, "nonce"));
		assert_int_equal(digest_ha1(ch.alg, str(c, "username"), ch.realm, str(c, "password"), ha1), 0);
		assert_int_equal(digest_answer(&ch, str(c, "username"), ha1, str(c, "method"),
					       str(c, "uri"), 1, str(c, "cnonce"), &out, &e), 0);
		assert_string_equal(out.response, str(c, "response"));
		assert_int_equal(digest_credentials_print(&out, text, sizeof(text)), 0);
		assert_int_equal(digest_credentials_parse(&back, text, &e), 0);
		assert_memory_equal(&out, &back, sizeof(out));
	}
	assert_int_equal(i, 5);
	json_decref(v);
}

static void challenges(void **state)
{
	static const struct {
		const char *value;
		int err;
		const char *says;
	} bad[] = {
		{ "", -EINVAL, "no authentication scheme" },
		{ "Digest", -EINVAL, "no authentication scheme" },
		{ "Basic realm=\"a\"", -ENOTSUP, "Basic is not spoken" },
		{ "Digest ", -EINVAL, "parameter 1 cannot" },
		{ "Digest realm", -EINVAL, "parameter 1 cannot" },
		{ "Digest realm=\"a", -EINVAL, "parameter 1 cannot" },
		{ "Digest realm=\"a\\\"", -EINVAL, "parameter 1 cannot" },
		{ "Digest realm=\"a\x01\"", -EINVAL, "parameter 1 cannot" },
		{ "Digest realm=\"a\",", -EINVAL, "parameter 2 cannot" },
		{ "Digest realm=\"a\" nonce=\"b\"", -EINVAL, "no comma behind parameter realm" },
		{ "Digest realm=\"a\",Realm=\"b\"", -EINVAL, "Realm is there twice" },
		{ "Digest realm=a,nonce=\"b\"", -EINVAL, "realm is not a quoted" },
		{ "Digest realm=\"\",nonce=\"b\"", -EINVAL, "realm is empty" },
		{ "Digest realm=\"a\",qop=\"auth\"", -EINVAL, "nonce is missing" },
		{ "Digest realm=\"a\",nonce=\"b\",qop=\"auth\",algorithm=SHA-256-sess", -ENOTSUP, "SHA-256-sess" },
		{ "Digest realm=\"a\",nonce=\"b\",algorithm=SHA-256", -ENOTSUP, "qop=auth" },
		{ "Digest realm=\"a\",nonce=\"b\",algorithm=SHA-256,qop=\"auth-int\"", -ENOTSUP, "qop=auth" },
	};
	struct digest_challenge c, back;
	char text[600], large[DIGEST_VALUE_MAX + 40];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(digest_challenge_parse(&c, bad[i].value, &e), bad[i].err);
		if (!strstr(e.text, bad[i].says))
			fail_msg("%s: \"%s\"", bad[i].value, e.text);
	}
	assert_int_equal(digest_challenge_parse(&c, " digest  REALM = \"a \\\"b\\\\\" , x=y,"
		"nonce=\"n\",opaque=\"o\",stale=TRUE,qop=\"auth-int, auth\",algorithm=\"sha-512-256\"", &e), 0);
	assert_string_equal(c.realm, "a \"b\\");
	assert_string_equal(c.nonce, "n");
	assert_string_equal(c.opaque, "o");
	assert_true(c.stale);
	assert_int_equal(c.alg, DIGEST_SHA512_256);
	assert_int_equal(digest_challenge_print(&c, text, sizeof(text)), 0);
	assert_string_equal(text, "Digest realm=\"a \\\"b\\\\\", nonce=\"n\", opaque=\"o\", "
			    "algorithm=SHA-512-256, qop=\"auth\", stale=true");
	assert_int_equal(digest_challenge_parse(&back, text, &e), 0);
	assert_memory_equal(&c, &back, sizeof(c));
	assert_int_equal(digest_challenge_print(&c, text, 40), -EMSGSIZE);

	/* No algorithm is MD5 (RFC 7616 section 3.3). */
	assert_int_equal(digest_challenge_parse(&c, "Digest realm=\"a\",nonce=\"b\",qop=auth", &e), 0);
	assert_int_equal(c.alg, DIGEST_MD5);
	assert_false(c.stale);

	memset(large, 'x', sizeof(large));
	memcpy(large, "Digest realm=\"", 14);
	strcpy(large + sizeof(large) - 2, "\"");
	assert_int_equal(digest_challenge_parse(&c, large, &e), -EINVAL);
}

#define GOOD "username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth,nc=0000000a"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void credentials(void **state)
{
	static const struct {
		const char *value, *says;
	} bad[] = {
		{ "Digest " GOOD ",algorithm=SHA-256", "64 lower-case" },
		{ "Digest " GOOD ",algorithm=SHA-256,response=\"abc\"", "64 lower-case" },
		{ "Digest " GOOD ",algorithm=SHA-256,response=\"" HEX64 "0\"", "64 lower-case" },
		{ "Digest " GOOD ",response=\"" HEX64 "\"", "32 lower-case" },
		{ "Digest " GOOD ",response=\"0123456789ABCDEF0123456789abcdef\"", "32 lower-case" },
		{ "Digest " GOOD ",username*=UTF-8''x", "encoded and hashed" },
		{ "Digest " GOOD ",userhash=true", "encoded and hashed" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",nc=00000001", "qop is not auth" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth-int,nc=00000001", "qop is not auth" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",qop=auth,nc=00000001", "cnonce is missing" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth,nc=1", "nc is not" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth,nc=000000001", "nc is not" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth,nc=00000000", "nc is not" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:a\",cnonce=\"c\",qop=auth,nc=0000000G", "nc is not" },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=sip:a", "no comma behind parameter uri" },
	};
	struct digest_credentials c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(digest_credentials_parse(&c, bad[i].value, &e) < 0);
		if (!strstr(e.text, bad[i].says))
			fail_msg("%s: \"%s\"", bad[i].value, e.text);
	}
	assert_int_equal(digest_credentials_parse(&c, "Digest " GOOD ",algorithm=SHA-256,response=\"" HEX64 "\"", &e), 0);
	assert_int_equal(c.nc, 10);
	assert_string_equal(c.uri, "sip:a");
	assert_string_equal(c.response, HEX64);
}

static void choice(void **state)
{
	static const char *const list[] = {
		"Basic realm=\"a\"",
		"Digest realm=\"a\", nonce=\"1\", algorithm=SHA3-999, qop=\"auth\"",
		"Digest realm=\"a\", nonce=\"2\", algorithm=MD5, qop=\"auth\"",
		"Digest realm=\"b\", nonce=\"3\", algorithm=SHA-256, qop=\"auth\"",
		"Digest realm=\"a\", nonce=\"4\", algorithm=SHA-256, qop=\"auth\"",
		"Digest realm=\"a\", nonce=\"5\", algorithm=SHA-512-256, qop=\"auth\"",
	};
	struct digest_challenge c;
	struct err e;

	(void)state;
	assert_int_equal(digest_choose(list, 6, DIGEST_STRONG, "a", &c, &e), 4);
	assert_string_equal(c.nonce, "4");
	assert_int_equal(digest_choose(list, 6, DIGEST_STRONG, NULL, &c, &e), 3);
	assert_int_equal(digest_choose(list, 6, DIGEST_BIT(DIGEST_SHA512_256), "a", &c, &e), 5);
	assert_int_equal(digest_choose(list, 6, DIGEST_STRONG | DIGEST_BIT(DIGEST_MD5), "a", &c, &e), 2);
	assert_int_equal(digest_choose(list, 3, DIGEST_STRONG, "a", &c, &e), -ENOENT);
	assert_non_null(strstr(e.text, "MD5 is not allowed"));
	assert_int_equal(digest_choose(list, 0, DIGEST_STRONG, "a", &c, &e), -ENOENT);
}

/* ---- the server ----------------------------------------------------------- */

static struct digest_server *server(unsigned int algs, unsigned int max)
{
	struct digest_server_conf conf = { .realm = REALM, .algs = algs, .life = 60, .max = max };
	struct digest_server *s;
	struct err e;

	assert_int_equal(digest_server_new(&s, &conf, &e), 0);
	return s;
}

static struct digest_credentials answer(struct digest_server *s, const char *password, uint32_t nc)
{
	struct digest_challenge c[DIGEST_ALGS];
	struct digest_credentials out;
	char ha1[DIGEST_HEX];
	struct err e;

	assert_true(digest_server_challenge(s, false, c) > 0);
	digest_ha1(c[0].alg, "alice", REALM, password, ha1);
	assert_int_equal(digest_answer(&c[0], "alice", ha1, "INVITE", "sip:bob@biloxi.example.org",
				       nc, NULL, &out, &e), 0);
	return out;
}

static void count_on(struct digest_credentials *c, uint32_t nc)
{
	char ha1[DIGEST_HEX];

	digest_ha1(c->alg, "alice", REALM, "secret", ha1);
	c->nc = nc;
	assert_int_equal(digest_response(c, ha1, "INVITE", c->response), 0);
}

static enum digest_verdict check(struct digest_server *s, const struct digest_credentials *c)
{
	char ha1[DIGEST_HEX];
	struct err e;

	digest_ha1(c->alg, "alice", REALM, "secret", ha1);
	return digest_server_check(s, c, ha1, "INVITE", "sip:bob@biloxi.example.org", &e);
}

static void server_challenges(void **state)
{
	struct digest_server *s = server(DIGEST_STRONG, 10);
	struct digest_challenge c[DIGEST_ALGS], d[DIGEST_ALGS];
	struct digest_server_conf conf = { .realm = REALM, .algs = DIGEST_STRONG, .life = 60, .max = 1 };
	struct err e;

	(void)state;
	assert_int_equal(digest_server_challenge(s, true, c), 2);
	assert_int_equal(c[0].alg, DIGEST_SHA512_256);
	assert_int_equal(c[1].alg, DIGEST_SHA256);
	assert_string_equal(c[0].nonce, c[1].nonce);
	assert_true(c[0].stale && c[1].stale);
	assert_string_equal(c[0].realm, REALM);
	digest_server_challenge(s, false, d);
	assert_string_not_equal(c[0].nonce, d[0].nonce);
	assert_false(d[0].stale);
	digest_server_free(s);
	s = server(DIGEST_STRONG | DIGEST_BIT(DIGEST_MD5), 10);
	assert_int_equal(digest_server_challenge(s, false, c), 3);
	assert_int_equal(c[2].alg, DIGEST_MD5);
	digest_server_free(s);

	conf.algs = 0;
	assert_int_equal(digest_server_new(&s, &conf, &e), -EINVAL);
	conf.algs = DIGEST_STRONG;
	conf.life = 0;
	assert_int_equal(digest_server_new(&s, &conf, &e), -EINVAL);
	conf.life = 1;
	conf.max = 0;
	assert_int_equal(digest_server_new(&s, &conf, &e), -EINVAL);
	conf.max = 1;
	conf.realm[0] = '\0';
	assert_int_equal(digest_server_new(&s, &conf, &e), -EINVAL);
	assert_null(s);
}

static void server_verdicts(void **state)
{
	struct digest_server *s = server(DIGEST_STRONG, 10), *other = server(DIGEST_STRONG, 10);
	struct digest_credentials c = answer(s, "secret", 1), x;
	char ha1[DIGEST_HEX];
	struct err e;

	(void)state;
	assert_int_equal(check(s, &c), DIGEST_OK);
	assert_int_equal(check(s, &c), DIGEST_REPLAYED);

	x = answer(s, "Secret", 1);
	assert_int_equal(check(s, &x), DIGEST_WRONG);
	x = answer(s, "secret", 1);
	assert_int_equal(digest_server_check(s, &x, NULL, "INVITE", NULL, &e), DIGEST_WRONG);
	digest_ha1(x.alg, "alice", REALM, "secret", ha1);
	assert_int_equal(digest_server_check(s, &x, ha1, "UPDATE", NULL, &e), DIGEST_WRONG);
	assert_int_equal(digest_server_check(s, &x, ha1, "INVITE", "sip:carol@biloxi.example.org", &e),
			 DIGEST_REFUSED);
	/* Equivalent is enough, and without a URI to compare with any will do. */
	assert_int_equal(digest_server_check(s, &x, ha1, "INVITE", "SIP:bob@BILOXI.example.org", &e), DIGEST_OK);
	x = answer(s, "secret", 1);
	assert_int_equal(digest_server_check(s, &x, ha1, "INVITE", NULL, &e), DIGEST_OK);

	x = answer(s, "secret", 1);
	strcpy(x.realm, "elsewhere");
	assert_int_equal(check(s, &x), DIGEST_REFUSED);
	x = answer(s, "secret", 1);
	x.alg = DIGEST_MD5;
	assert_int_equal(check(s, &x), DIGEST_REFUSED);

	/* A nonce of somebody else, or of nobody, with the right password. */
	x = answer(other, "secret", 1);
	assert_int_equal(check(s, &x), DIGEST_STALE);
	for (size_t i = 0; i < 43; i++) {
		x = answer(s, "secret", 1);
		x.nonce[i] = x.nonce[i] == 'A' ? 'E' : 'A';
		count_on(&x, 1);
		assert_int_equal(check(s, &x), DIGEST_STALE);
	}
	strcpy(x.nonce, "short");
	count_on(&x, 1);
	assert_int_equal(check(s, &x), DIGEST_STALE);

	assert_int_equal(digest_server_stats(s)->ok, 3);
	assert_int_equal(digest_server_stats(s)->replayed, 1);
	assert_int_equal(digest_server_stats(s)->wrong, 3);
	assert_int_equal(digest_server_stats(s)->refused, 3);
	assert_int_equal(digest_server_stats(s)->stale, 45);
	digest_server_free(s);
	digest_server_free(other);
}

static void server_expiry(void **state)
{
	struct digest_server *s;
	struct digest_credentials c, d;

	(void)state;
	clock_fake(1000, 0);
	s = server(DIGEST_STRONG, 10);
	c = answer(s, "secret", 1);
	d = answer(s, "Wrong", 1);
	clock_advance(59999);
	assert_int_equal(check(s, &c), DIGEST_OK);
	clock_advance(1);
	count_on(&c, 2);
	assert_int_equal(check(s, &c), DIGEST_STALE);
	/* Who does not know the password is not told that only the nonce is old. */
	assert_int_equal(check(s, &d), DIGEST_WRONG);
	digest_server_free(s);
	clock_real();
}

static void server_counts(void **state)
{
	static const struct {
		uint32_t nc;
		enum digest_verdict v;
	} steps[] = {
		{ 1, DIGEST_OK }, { 3, DIGEST_OK }, { 2, DIGEST_OK }, { 2, DIGEST_REPLAYED },
		{ 3, DIGEST_REPLAYED }, { 1, DIGEST_REPLAYED }, { 66, DIGEST_OK },
		{ 4, DIGEST_OK }, { 5, DIGEST_OK }, { 3, DIGEST_REPLAYED },
		{ 2, DIGEST_REPLAYED }, { 1000, DIGEST_OK }, { 936, DIGEST_REPLAYED },
		{ 937, DIGEST_OK }, { 0xffffffff, DIGEST_OK }, { 1, DIGEST_REPLAYED },
		{ 0xffffffff, DIGEST_REPLAYED },
	};
	struct digest_server *s = server(DIGEST_STRONG, 10);
	struct digest_credentials c = answer(s, "secret", 1);

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		count_on(&c, steps[i].nc);
		if (check(s, &c) != steps[i].v)
			fail_msg("step %zu, nc %u", i, steps[i].nc);
	}
	digest_server_free(s);
}

static void server_full(void **state)
{
	struct digest_server *s;
	struct digest_credentials c[5], late;

	(void)state;
	clock_fake(1000, 0);
	s = server(DIGEST_STRONG, 3);
	/* Challenges and wrong answers take no room. */
	for (int i = 0; i < 1000; i++) {
		late = answer(s, "wrong", 1);
		check(s, &late);
	}
	assert_int_equal(digest_server_stats(s)->used, 0);
	late = answer(s, "secret", 1);
	for (int i = 0; i < 5; i++) {
		c[i] = answer(s, "secret", 1);
		assert_int_equal(check(s, &c[i]), DIGEST_OK);
	}
	assert_int_equal(digest_server_stats(s)->used, 3);
	assert_int_equal(digest_server_stats(s)->evicted, 2);
	/* The evicted cannot be told from new ones, so they count as stale: no replay. */
	assert_int_equal(check(s, &c[0]), DIGEST_STALE);
	assert_int_equal(check(s, &c[1]), DIGEST_STALE);
	assert_int_equal(check(s, &c[2]), DIGEST_REPLAYED);
	assert_int_equal(check(s, &late), DIGEST_STALE);
	count_on(&c[2], 2);
	assert_int_equal(check(s, &c[2]), DIGEST_OK);

	/* What expired makes room without anything being forgotten. */
	clock_advance(30000);
	late = answer(s, "secret", 1);
	clock_advance(30000);
	c[0] = answer(s, "secret", 1);
	assert_int_equal(check(s, &c[0]), DIGEST_OK);
	assert_int_equal(check(s, &late), DIGEST_OK);
	assert_int_equal(digest_server_stats(s)->used, 2);
	assert_int_equal(digest_server_stats(s)->evicted, 2);
	digest_server_free(s);
	clock_real();
}

static void bad_input(void **state)
{
	struct digest_challenge c = { .realm = "r", .nonce = "n" };
	char ha1[DIGEST_HEX], large[DIGEST_VALUE_MAX + 1];
	struct digest_credentials out;
	struct err e;

	(void)state;
	assert_int_equal(digest_ha1(DIGEST_SHA256, "a:b", "r", "p", ha1), -EINVAL);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(digest_answer(&c, large, HEX64, "INVITE", "sip:a", 1, NULL, &out, &e), -EINVAL);
	assert_int_equal(digest_answer(&c, "u\n", HEX64, "INVITE", "sip:a", 1, NULL, &out, &e), -EINVAL);
	assert_int_equal(digest_answer(&c, "u", HEX64, "INVITE", large, 1, NULL, &out, &e), -EINVAL);
	assert_int_equal(digest_alg_parse("sha-256"), DIGEST_SHA256);
	assert_int_equal(digest_alg_parse("SHA-256-sess"), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors), cmocka_unit_test(challenges),
		cmocka_unit_test(credentials), cmocka_unit_test(choice),
		cmocka_unit_test(server_challenges), cmocka_unit_test(server_verdicts),
		cmocka_unit_test(server_expiry), cmocka_unit_test(server_counts),
		cmocka_unit_test(server_full), cmocka_unit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
