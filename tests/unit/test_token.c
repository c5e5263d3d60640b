// SPDX-License-Identifier: GPL-2.0-or-later
/* Bearer tokens between two providers: good for one request at one signer, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "err.h"
#include "jws.h"
#include "token.h"

#define NOW 1443208345

static EVP_PKEY *auth, *other;
static struct token_issuer issuers[2];
static const struct seen_request invite = { "a84b4c76e66710", "1928301774", "INVITE", 314159, NULL };

static struct token claims(void)
{
	struct token t = { .iss = "auth.example", .aud = "sign.example", .sub = "alice", .iat = NOW,
			   .exp = NOW + TOKEN_LIFE, .ndest = 1, .nmky = 2 };

	strcpy(t.orig.value, "sip:alice@atlanta.example.com");
	strcpy(t.dest[0].value, "sip:bob@biloxi.example.org");
	for (int i = 0; i < 2; i++) {
		strcpy(t.mky[i].alg, "sha-256");
		t.mky[i].len = 32;
		memset(t.mky[i].digest, 0x11 * (i + 1), 32);
	}
	return t;
}

static struct passport request(void)
{
	struct token t = claims();
	struct passport p = { .orig = t.orig, .ndest = 1, .nmky = 2 };

	p.dest[0] = t.dest[0];
	memcpy(p.mky, t.mky, sizeof(p.mky));
	return p;
}

static struct token_check against(const struct passport *want, struct seen *s)
{
	return (struct token_check){ .issuers = issuers, .nissuers = 2, .aud = "sign.example", .now = NOW,
				     .want = want, .seen = s, .request = &invite };
}

static void make(struct token t, char text[JWS_MAX])
{
	struct err e;

	if (token_issue(&t, auth, text, JWS_MAX, &e))
		fail_msg("%s", e.text);
}

static void good(void **state)
{
	struct seen *s = seen_new(10, 0);
	struct passport want = request();
	struct token_check c = against(&want, s);
	struct seen_request again = invite;
	struct token t, made = claims();
	char text[JWS_MAX], more[JWS_MAX];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(token_issue(&made, auth, text, sizeof(text), &e), 0);
	assert_int_equal(strlen(made.jti), 22);
	if (token_verify(text, &c, &t, &e) != TOKEN_OK)
		fail_msg("%s", e.text);
	assert_string_equal(t.iss, "auth.example");
	assert_string_equal(t.sub, "alice");
	assert_string_equal(t.jti, made.jti);
	assert_int_equal(t.exp, NOW + TOKEN_LIFE);
	/* Once: the same request may come twice, another one may not. */
	assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_OK);
	again.cseq++;
	c.request = &again;
	assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_USED);
	/* Each has its own jti. */
	make(claims(), more);
	assert_string_not_equal(text, more);
	assert_int_equal(token_verify(more, &c, &t, &e), TOKEN_OK);
	assert_int_equal(seen_stats(s)->used, 2);
	seen_free(s);
}

/* For one request alone: any other part of what makes it that one, and it is refused. */
static void bound(void **state)
{
	struct seen *s = seen_new(100, 0);
	struct passport want = request();
	struct token_check c = against(&want, s);
	struct token made = claims(), t;
	char text[JWS_MAX];
	struct err e = { 0 };

	(void)state;
	made.bind = true;
	assert_int_equal(passport_ctx_set(&made.ctx, "INVITE", "c1", 2, "a1", NULL), 0);
	for (unsigned int i = 0; i < 7; i++) {
		static const struct {
			const char *method, *call_id, *from_tag, *to_tag;
			uint32_t cseq;
		} r[] = {
			{ "UPDATE", "c1", "a1", NULL, 2 }, { "INVITE", "c2", "a1", NULL, 2 },
			{ "INVITE", "c1", "a2", NULL, 2 }, { "INVITE", "c1", "a1", "b", 2 },
			{ "INVITE", "c1", "a1", NULL, 3 }, { "INVITE", "c1\n", "a1", NULL, 2 },
			{ "INVITE", "c1", "a1", NULL, 2 },
		};

		make(made, text);
		passport_ctx_set(&want.ctx, r[i].method, r[i].call_id, r[i].cseq, r[i].from_tag, r[i].to_tag);
		assert_int_equal(token_verify(text, &c, &t, &e), i < 6 ? TOKEN_CONTEXT : TOKEN_OK);
	}
	assert_true(t.bind);
	/* One for an empty one is for none. */
	memset(&made.ctx, 0, sizeof(made.ctx));
	memset(&want.ctx, 0, sizeof(want.ctx));
	make(made, text);
	assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_CONTEXT);
	assert_string_equal(token_fault_name(TOKEN_CONTEXT), "context");
	seen_free(s);
}

static void refused(void **state)
{
	struct seen *s = seen_new(10, 0);
	struct token t, base = claims();
	char text[JWS_MAX];
	struct err e;

	(void)state;
	make(base, text);
	for (int i = 0; i < 12; i++) {
		static const enum token_fault want_fault[] = {
			TOKEN_ORIG, TOKEN_ORIG, TOKEN_DEST, TOKEN_DEST, TOKEN_MKY, TOKEN_MKY, TOKEN_MKY,
			TOKEN_MKY, TOKEN_AUDIENCE, TOKEN_ISSUER, TOKEN_TIME, TOKEN_TIME,
		};
		struct passport want = request();
		struct token_check c = against(&want, s);

		switch (i) {
		case 0: strcpy(want.orig.value, "sip:mallory@atlanta.example.com"); break;
		case 1: want.orig.tn = true; break;
		case 2: strcpy(want.dest[0].value, "sip:carol@biloxi.example.org"); break;
		case 3: want.dest[1] = want.dest[0]; want.ndest = 2; break;
		case 4: want.mky[0].digest[31] ^= 1; break;
		case 5: want.nmky = 1; break;
		case 6: want.nmky = 0; break;
		case 7: strcpy(want.mky[0].alg, "sha-512"); break;
		case 8: c.aud = "sign.example.org"; break;
		case 9: c.nissuers = 0; break;
		case 10: c.now = NOW + TOKEN_LIFE + TOKEN_SKEW; break;
		case 11: c.now = NOW - TOKEN_SKEW - 1; break;
		}
		if (token_verify(text, &c, &t, &e) != want_fault[i])
			fail_msg("%d: %s", i, e.text);
	}
	/* Nothing of that used it up. */
	assert_int_equal(seen_stats(s)->used, 0);
	{
		struct passport want = request();
		struct token_check c = against(&want, s);
		struct seen *none = seen_new(0, 0);

		c.now = NOW + TOKEN_LIFE + TOKEN_SKEW - 1;
		assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_OK);
		c.now = NOW - TOKEN_SKEW;
		assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_OK);
		c.seen = none;
		assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_USED);
		assert_non_null(strstr(e.text, "full"));
		seen_free(none);
		/* Another issuer that is trusted, under the first one's name. */
		assert_int_equal(token_issue(&base, other, text, sizeof(text), &e), 0);
		assert_int_equal(token_verify(text, &c, &t, &e), TOKEN_SIGNATURE);
	}
	seen_free(s);
}

static void optional(void **state)
{
	struct seen *s = seen_new(10, 0);
	struct passport want = request();
	struct token_check c = against(&want, s);
	struct token t = claims(), back;
	char text[JWS_MAX];
	struct err e;

	(void)state;
	t.ndest = 0;	/* good for any callee, by the issuer's choice */
	make(t, text);
	strcpy(want.dest[0].value, "sip:carol@biloxi.example.org");
	assert_int_equal(token_verify(text, &c, &back, &e), TOKEN_OK);
	t.nmky = 0;
	make(t, text);
	assert_int_equal(token_verify(text, &c, &back, &e), TOKEN_MKY);
	want.nmky = 0;
	assert_int_equal(token_verify(text, &c, &back, &e), TOKEN_OK);
	seen_free(s);
}

/* Sign any header and claims, as a broken or hostile issuer would. */
static void forge(const char *header, const char *payload, char *out)
{
	uint8_t sig[JWS_SIG_LEN];
	struct err e;
	size_t n = b64url_encode(out, header, strlen(header));

	out[n++] = '.';
	n += b64url_encode(out + n, payload, strlen(payload));
	assert_int_equal(jws_sign(auth, out, n, sig, &e), 0);
	out[n++] = '.';
	b64url_encode(out + n, sig, sizeof(sig));
}

#define HEAD "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}"
#define BODY "\"aud\":\"sign.example\",\"iss\":\"auth.example\",\"jti\":\"x\",\"mky\":[]," \
	     "\"orig\":{\"uri\":\"sip:alice@atlanta.example.com\"}"

static void forged(void **state)
{
	static const struct {
		const char *header, *payload;
		enum token_fault fault;
	} cases[] = {
		{ HEAD, "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}", TOKEN_OK },
		{ "{\"alg\":\"none\",\"typ\":\"at+jwt\"}", "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}",
		  TOKEN_MALFORMED },
		{ "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}",
		  TOKEN_MALFORMED },
		{ "{\"alg\":\"ES256\",\"typ\":\"passport\"}", "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}",
		  TOKEN_MALFORMED },
		{ "{\"alg\":\"ES256\"}", "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}", TOKEN_MALFORMED },
		{ "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"crit\":[\"x\"]}",
		  "{" BODY ",\"iat\":1443208345,\"exp\":1443208375}", TOKEN_MALFORMED },
		{ HEAD, "{" BODY ",\"iat\":1443208345,\"iat\":1,\"exp\":1443208375}", TOKEN_MALFORMED },
		{ HEAD, "{" BODY ",\"iat\":1443208345}", TOKEN_MALFORMED },
		{ HEAD, "{" BODY ",\"iat\":\"1443208345\",\"exp\":1443208375}", TOKEN_MALFORMED },
		{ HEAD, "[]", TOKEN_MALFORMED },
		{ HEAD, "{" BODY ",\"iat\":1443208345,\"exp\":1443208466}", TOKEN_TIME },
		{ HEAD, "{" BODY ",\"iat\":1443208345,\"exp\":1443208345}", TOKEN_TIME },
		{ HEAD, "{" BODY ",\"iat\":1443208345,\"exp\":9223372036854775807}", TOKEN_TIME },
		{ HEAD, "{" BODY ",\"iat\":-9223372036854775808,\"exp\":1443208375}", TOKEN_TIME },
	};
	struct passport want = request();
	struct token t;
	struct err e = { 0 };

	(void)state;
	want.nmky = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen *s = seen_new(10, 0);
		struct token_check c = against(&want, s);
		char text[JWS_MAX];

		forge(cases[i].header, cases[i].payload, text);
		if (token_verify(text, &c, &t, &e) != cases[i].fault)
			fail_msg("%zu: %s", i, e.text);
		seen_free(s);
	}
}

/* No character of a token can be another one, and none can be missing or too many. */
static void tampered(void **state)
{
	struct seen *s = seen_new(1000, 0);
	struct passport want = request();
	struct token_check c = against(&want, s);
	char text[JWS_MAX], bad[JWS_MAX + 8];
	struct token t;
	struct err e;

	(void)state;
	make(claims(), text);
	for (size_t i = 0; i < strlen(text); i++) {
		strcpy(bad, text);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(token_verify(bad, &c, &t, &e), TOKEN_OK);
		bad[i] = '\0';
		assert_int_not_equal(token_verify(bad, &c, &t, &e), TOKEN_OK);
	}
	snprintf(bad, sizeof(bad), "%sA", text);
	assert_int_equal(token_verify(bad, &c, &t, &e), TOKEN_MALFORMED);
	snprintf(bad, sizeof(bad), "..%s", strrchr(text, '.') + 1);
	assert_int_equal(token_verify(bad, &c, &t, &e), TOKEN_MALFORMED);
	assert_int_equal(token_verify("", &c, &t, &e), TOKEN_MALFORMED);
	assert_int_equal(seen_stats(s)->used, 0);
	seen_free(s);
}

static void issuing(void **state)
{
	struct token t = claims();
	char text[JWS_MAX];
	struct err e;

	(void)state;
	assert_int_equal(token_issue(&t, auth, text, 100, &e), -EMSGSIZE);
	t.exp = t.iat;
	assert_int_equal(token_issue(&t, auth, text, sizeof(text), &e), -EINVAL);
	t.exp = t.iat + TOKEN_LIFE_MAX + 1;
	assert_int_equal(token_issue(&t, auth, text, sizeof(text), &e), -EINVAL);
	t = claims();
	t.aud[0] = '\0';
	assert_int_equal(token_issue(&t, auth, text, sizeof(text), &e), -EINVAL);
	t = claims();
	t.orig.value[0] = '\0';
	assert_int_equal(token_issue(&t, auth, text, sizeof(text), &e), -EINVAL);
	for (int f = TOKEN_OK; f <= TOKEN_USED; f++)
		assert_string_not_equal(token_fault_name((enum token_fault)f), "unknown");
}

static void bearer(void **state)
{
	size_t len;

	(void)state;
	assert_string_equal(token_bearer("Bearer a.b.c", &len), "a.b.c");
	assert_int_equal(len, 5);
	assert_non_null(token_bearer(" bearer \t a.b.c ", &len));
	assert_int_equal(len, 5);
	assert_null(token_bearer("Digest a.b.c", &len));
	assert_null(token_bearer("Bearera.b.c", &len));
	assert_null(token_bearer("Bearer ", &len));
	assert_null(token_bearer("Bearer a.b.c, d", &len));
}

static int set_up(void **state)
{
	(void)state;
	clock_fake(0, NOW);
	auth = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	issuers[0] = (struct token_issuer){ "other.example", other };
	issuers[1] = (struct token_issuer){ "auth.example", auth };
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	EVP_PKEY_free(auth);
	EVP_PKEY_free(other);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(bound),
		cmocka_unit_test(refused), cmocka_unit_test(optional),
		cmocka_unit_test(forged), cmocka_unit_test(tampered), cmocka_unit_test(issuing),
		cmocka_unit_test(bearer),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
