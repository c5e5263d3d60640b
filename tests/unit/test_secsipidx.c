// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debian's secsipidx, the other implementation of PASSporT: it verifies what we sign, and
 * we verify what it signs.  It knows neither mky (which it neither checks nor minds) nor
 * msec nor the compact form, and of ppt only shaken when it makes the claims itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "certs.h"
#include "clock.h"
#include "jws.h"
#include "log.h"
#include "verify_world.h"

#define HEADER	"{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"" VW_X5U "\"}"
#define MSEC	"{\"alg\":\"ES256\",\"ppt\":\"msec\",\"typ\":\"passport\",\"x5u\":\"" VW_X5U "\"}"
#define MKY	"\"mky\":[{\"alg\":\"sha-256\",\"dig\":\"021ACC5427ABEB9C533F3E4B652E7D463F5442CD54F17A03A27DF9B07F4619B2\"}]"
#define ORIG	"\"orig\":{\"uri\":\"sip:alice@atlanta.example.com\"}"
#define PAYLOAD	"{\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},\"iat\":1443208345," MKY "," ORIG "}"

static char dir[] = "/tmp/test_secsipidx.XXXXXX";
static struct verify_world w;

static void file_put(const char *name, const char *text)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	write_text(path, text, 0600);
}

/* Its output, one line, in @out. Return: its exit status. */
static int secsipidx(char *out, size_t cap, const char *options)
{
	char command[300];
	FILE *p;
	size_t n;
	int status;

	snprintf(command, sizeof(command), "cd %s && secsipidx %s 2>&1", dir, options);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(out, 1, cap - 1, p);
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	status = pclose(p);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char *pem(EVP_PKEY *k, bool private)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p, *out;
	long n;

	if (private)	/* "EC PRIVATE KEY": it reads no PKCS#8 */
		PEM_write_bio_PrivateKey_traditional(b, k, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PUBKEY(b, k);
	n = BIO_get_mem_data(b, &p);
	out = strndup(p, (size_t)n);
	BIO_free(b);
	return out;
}

static int set_up(void **state)
{
	char *text;

	(void)state;
	assert_non_null(mkdtemp(dir));
	vw_open(&w, NULL);
	log_set_level(LOG_LVL_ERROR);
	text = pem(w.key, true);
	file_put("private.pem", text);
	free(text);
	text = pem(w.key, false);
	file_put("public.pem", text);
	free(text);
	return 0;
}

static int clean_up(void **state)
{
	char command[64];

	(void)state;
	vw_close(&w);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* ---- what we sign ---------------------------------------------------------- */

static int checks(const char *identity, const char *options)
{
	char out[300], all[200];

	file_put("identity", identity);
	snprintf(all, sizeof(all), "-check -fidentity identity -fpubkey public.pem %s", options);
	return secsipidx(out, sizeof(out), all);
}

static void ours(void **state)
{
	static const struct {
		const char *from, *to;
		unsigned int nmky;
	} cases[] = {
		{ "sip:alice@atlanta.example.com", "sip:bob@biloxi.example.org", 1 },
		{ "sip:alice@atlanta.example.com", "sip:bob@biloxi.example.org", 2 },
		{ "tel:+1-215-555-1212", "sip:911@example.com;user=phone", 8 },
		{ "sips:%61l%C3%A4@[2001:db8::1]", "tel:*67", 0 },
	};
	int refused = 0, flips = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct passport p = { .iat = time(NULL), .ndest = 1, .x5u = VW_X5U };
		char token[4096], value[5000];

		assert_int_equal(passport_id_from_uri(&p.orig, cases[i].from, NULL), 0);
		assert_int_equal(passport_id_from_uri(&p.dest[0], cases[i].to, NULL), 0);
		for (; p.nmky < cases[i].nmky; p.nmky++)
			p.mky[p.nmky] = (struct sdp_fingerprint){ .alg = "sha-256", .len = 32,
								  .digest = { (uint8_t)p.nmky } };
		assert_int_equal(passport_sign(&p, w.key, false, token, sizeof(token), NULL), 0);
		assert_int_equal(identity_header_print(&p, token, value, sizeof(value)), 0);
		assert_int_equal(checks(value, "-expire 60"), 0);
		/* And it can tell: one character of each part, one after the other. */
		for (char *at = value; at; at = strpbrk(at, ".;")) {
			at += *at == '.';
			if (*at == ';')
				break;
			at[10] = at[10] == 'A' ? 'Q' : 'A';
			refused += checks(value, "-expire 60") != 0;
			flips++;
			assert_int_equal(passport_sign(&p, w.key, false, token, sizeof(token), NULL), 0);
			memcpy(value, token, strlen(token));	/* all of one length */
			assert_int_equal(checks(value, "-expire 60"), 0);
		}
	}
	assert_int_equal(flips, 12);
	assert_int_equal(refused, 12);
}

/* Its limits, as they are: a type of token and a form that it does not know. */
static void limits(void **state)
{
	struct passport p = { .ppt = PASSPORT_MSEC, .iat = time(NULL), .ndest = 1, .x5u = VW_X5U };
	char token[4096], value[5000], out[300];

	(void)state;
	assert_int_equal(passport_id_from_uri(&p.orig, "sip:alice@atlanta.example.com", NULL), 0);
	assert_int_equal(passport_id_from_uri(&p.dest[0], "sip:bob@biloxi.example.org", NULL), 0);
	assert_int_equal(passport_sign(&p, w.key, false, token, sizeof(token), NULL), 0);
	assert_int_equal(identity_header_print(&p, token, value, sizeof(value)), 0);
	file_put("identity", value);
	assert_int_not_equal(secsipidx(out, sizeof(out), "-check -fidentity identity -fpubkey public.pem"), 0);
	assert_string_equal(out, "error message: invalid value for ppt header parameter");
	p.ppt = PASSPORT_BASE;
	assert_int_equal(passport_sign(&p, w.key, true, token, sizeof(token), NULL), 0);
	assert_int_equal(identity_header_print(&p, token, value, sizeof(value)), 0);
	assert_int_not_equal(checks(value, ""), 0);
}

/* ---- what it signs --------------------------------------------------------- */

static char *request(const char *identity, const char *tail, const struct vw_spec *spec)
{
	struct vw_spec s = *spec;
	char *line, *text;

	s.no_identity = true;
	assert_true(asprintf(&line, "Identity: %s%s\r\n", identity, tail) > 0);
	s.extra = line;
	text = vw_request(&w, &s);
	free(line);
	return text;
}

/* It signs @header and @payload as they are. */
static void theirs_is(const char *header, const char *payload, const char *tail,
		      const struct vw_spec *spec, int code, const char *check)
{
	char token[4096], *text;

	file_put("header", header);
	file_put("payload", payload);
	assert_int_equal(secsipidx(token, sizeof(token),
				   "-sign -fheader header -fpayload payload -k private.pem"), 0);
	text = request(token, tail, spec);
	if (vw_ask(&w, text) != code || strcmp(w.res.check, check))
		fail_msg("%s %s: %u %s %s", header, payload, w.res.code, w.res.check, w.res.why.text);
	free(text);
}

static void theirs(void **state)
{
	static const char info[] = ";info=<" VW_X5U ">;alg=ES256", msec[] = ";info=<" VW_X5U ">;ppt=msec";
	struct vw_spec s = { .iat = VW_IAT, .call_id = "t1" };

	(void)state;
	theirs_is(HEADER, PAYLOAD, info, &s, 0, "");
	assert_string_equal(w.res.who.value, "sip:alice@atlanta.example.com");
	theirs_is(MSEC, PAYLOAD, msec, &s, 0, "");
	s.from = "tel:+12155551212";
	theirs_is(HEADER, "{\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},\"iat\":1443208345," MKY ","
		  "\"orig\":{\"tn\":\"12155551212\"}}", info, &s, 0, "");
	s.from = NULL;
	/* Other claims are none of our business, as long as they are in order. */
	theirs_is(HEADER, "{\"attest\":\"A\",\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},"
		  "\"iat\":1443208345," MKY "," ORIG ",\"origid\":\"x\"}", info, &s, 0, "");
	/* It signs whatever it is given; we do not take it. */
	theirs_is(HEADER, "{\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},\"iat\":1443208345," ORIG "}",
		  info, &s, 438, "mky");
	theirs_is(HEADER, "{" ORIG ",\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},\"iat\":1443208345," MKY "}",
		  info, &s, 438, "token");
	theirs_is(HEADER, PAYLOAD, msec, &s, 438, "token");
	theirs_is("{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"https://elsewhere.example/\"}", PAYLOAD, info,
		  &s, 438, "x5u");
}

/* The claims it makes itself: SHAKEN. Not a type of ours, so as if it was not there. */
static void shaken(void **state)
{
	const struct vw_spec s = { .iat = VW_IAT, .call_id = "t2", .from = "tel:+12155551212",
				   .to = "tel:+12155551213" };
	struct identity_header h;
	struct jws_parts p;
	char value[4096], *text;

	(void)state;
	assert_int_equal(secsipidx(value, sizeof(value), "-sign-full -orig-tn 12155551212 -dest-tn 12155551213 "
				   "-attest A -x5u " VW_X5U " -k private.pem"), 0);
	assert_int_equal(identity_header_parse(&h, value, NULL), 0);
	assert_string_equal(h.info, VW_X5U);
	assert_false(h.known);
	assert_int_equal(jws_split(&p, h.token, strlen(h.token), NULL), 0);
	assert_int_equal(jws_verify(w.key, h.token, p.input_len, p.sig, NULL), 0);
	identity_header_free(&h);
	text = request(value, "", &s);
	assert_int_equal(vw_ask(&w, text), 428);
	assert_string_equal(w.res.check, "identity");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours), cmocka_unit_test(limits), cmocka_unit_test(theirs), cmocka_unit_test(shaken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, clean_up);
}
