// SPDX-License-Identifier: GPL-2.0-or-later
/* One entry of the lists: signed, changed, sent to a verifier that knows nothing yet. */
#include "verify_lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "clock.h"
#include "jws.h"
#include "log.h"
#include "loop.h"
#include "truststore.h"

#define TOKEN_SIZE	20000

static EVP_PKEY *other_key, *rsa_key;

void vl_open(void)
{
	assert_int_equal(loop_init(NULL), 0);
	clock_fake(1000000, VL_IAT);
	log_set_level(LOG_LVL_ERROR);
	vl_certs_open();
	vl_net_open();
	other_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	rsa_key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
}

void vl_close(void)
{
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(rsa_key);
	vl_net_close();
	vl_certs_close();
	loop_fini();
	clock_real();
}

/* ---- text ------------------------------------------------------------------ */

/* @text (taken) with the first @from replaced, or NULL when there is none. */
static char *put(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from), *out;

	if (!at)
		return NULL;
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >= 0);
	free(text);
	return out;
}

static char *put_all(char *text, const char *mark, const char *value)
{
	char *next;

	while ((next = put(text, mark, value)))
		text = next;
	return text;
}

static char *ports(char *text)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", vl_port);
	text = put_all(text, "@PORT@", number);
	snprintf(number, sizeof(number), "%u", vl_plain_port);
	text = put_all(text, "@PLAIN@", number);
	snprintf(number, sizeof(number), "%u", vl_untrusted_port);
	return put_all(text, "@UNTRUSTED@", number);
}

static char *x5u_of(const struct vl_entry *e)
{
	return ports(strdup(e->x5u ? e->x5u : VL_X5U));
}

/* ---- signing --------------------------------------------------------------- */

static void edit_json(const struct vl_entry *e, char *json[2], const struct vl_edit *edits, size_t n)
{
	for (size_t i = 0; i < n && edits[i].from; i++) {
		char *edited = NULL;

		for (int k = 0; k < 2 && !edited; k++) {
			edited = put(json[k], edits[i].from, edits[i].to);
			json[k] = edited ? edited : json[k];
		}
		if (!edited)
			fail_msg("%s: no \"%s\" in what is signed", e->name, edits[i].from);
	}
}

/* "header.payload", as the signer of @e has them, or as they are sent */
static char *jws_input(const struct vl_entry *e, bool sent)
{
	char *x5u = x5u_of(e), *json[2] = { put_all(strdup(vl_header), "@X5U@", x5u), strdup(vl_payload) };
	char part[2][TOKEN_SIZE / 2], *out;

	edit_json(e, json, e->sign, sizeof(e->sign) / sizeof(e->sign[0]));
	if (sent)
		edit_json(e, json, e->forge, sizeof(e->forge) / sizeof(e->forge[0]));
	for (int k = 0; k < 2; k++)
		b64url_encode(part[k], json[k], strlen(json[k]));
	assert_true(asprintf(&out, "%s.%s", part[0], part[1]) > 0);
	free(json[0]);
	free(json[1]);
	free(x5u);
	return out;
}

static void flip(char *token, unsigned int dots, unsigned int at)
{
	while (dots--)
		token = strchr(token, '.') + 1;
	/* the lowest bit of base64url's six: A and B, Q and R, ... */
	token[at] = token[at] == 'A' ? 'B' : token[at] == 'B' ? 'A' : token[at] == 'Q' ? 'R' : 'Q';
}

static void twin(uint8_t sig[JWS_SIG_LEN])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *s = BN_bin2bn(sig + 32, 32, NULL);

	BN_sub(s, EC_GROUP_get0_order(group), s);
	BN_bn2binpad(s, sig + 32, 32);
	BN_free(s);
	EC_GROUP_free(group);
}

/* The octets of a signature of another kind. */
static size_t foreign_signature(const struct vl_entry *e, const char *input, EVP_PKEY *key, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	BIO *b = BIO_new(BIO_s_mem());
	size_t len = 512;
	char *pem;
	long n;

	if (e->form == BY_HMAC) {
		PEM_write_bio_PUBKEY(b, key);
		n = BIO_get_mem_data(b, &pem);
		HMAC(EVP_sha256(), pem, (int)n, (const uint8_t *)input, strlen(input), out, NULL);
		len = 32;
	} else {
		assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
						    e->form == BY_RSA ? rsa_key : key), 1);
		assert_int_equal(EVP_DigestSign(ctx, out, &len, (const uint8_t *)input, strlen(input)), 1);
	}
	EVP_MD_CTX_free(ctx);
	BIO_free(b);
	return len;
}

static void sign(const struct vl_entry *e, const char *input, EVP_PKEY *key, uint8_t sig[JWS_SIG_LEN])
{
	struct err why = { 0 };

	/* A P-384 key signs nothing that has the form of ES256: any octets will do. */
	if (e->answer == P384)
		memset(sig, 7, JWS_SIG_LEN);
	else if (jws_sign(e->form == OTHER_KEY ? other_key : key, input, strlen(input), sig, &why))
		fail_msg("%s: %s", e->name, why.text);
	if (e->form == ZERO)
		memset(sig, 0, JWS_SIG_LEN);
}

/* The token of @sig over @input in @e's form. */
static char *form(const struct vl_entry *e, const char *input, EVP_PKEY *key,
		  const uint8_t sig[JWS_SIG_LEN])
{
	const char *payload = strchr(input, '.');
	int header = (int)(payload - input);
	char *out = calloc(1, TOKEN_SIZE), b64[1000];
	uint8_t octets[JWS_SIG_LEN], other[512];

	memcpy(octets, sig, sizeof(octets));
	if (e->form == TWIN)
		twin(octets);
	b64url_encode(b64, octets, sizeof(octets));
	if (e->form == UNSIGNED)
		b64[0] = '\0';
	else if (e->form == BY_RSA || e->form == BY_HMAC || e->form == DER)
		b64url_encode(b64, other, foreign_signature(e, input, key, other));
	else if (e->form == PADDED_SIGNATURE)
		strcat(b64, "==");
	else if (e->form == STRAY_BITS)
		b64[85] = (char)(b64[85] + 1);	/* A, Q, g or w becomes its neighbour */
	if (e->form == COMPACT || e->form == COMPACT_OF_BASE)
		snprintf(out, TOKEN_SIZE, "..%s", b64);
	else if (e->form == HALF)
		snprintf(out, TOKEN_SIZE, "%s.%s", payload, b64);
	else
		snprintf(out, TOKEN_SIZE, "%.*s%s%s.%s%s%s", header, input,
			 e->form == PADDED_HEADER ? "=" : "", payload, b64,
			 e->form == FOUR_PARTS ? "." : "", e->form == FOUR_PARTS ? b64 : "");
	if (e->form == HUGE_TOKEN)
		memset(out + strlen(out), 'A', 9000);
	else if (e->form == HEADER_BIT)
		flip(out, 0, 2);
	else if (e->form == PAYLOAD_BIT)
		flip(out, 1, 2);
	else if (e->form == R_BIT)
		flip(out, 2, 20);
	else if (e->form == S_BIT)
		flip(out, 2, 60);
	else if (e->form == PLUS_SLASH)
		out[header + 20] = '+';
	return out;
}

/* ---- the request ----------------------------------------------------------- */

struct octets {
	char *data;
	size_t len;
};

static struct octets request(const struct vl_entry *e, bool changed, const char *token)
{
	char *text, *x5u = x5u_of(e), *body, *end, number[16];
	struct octets out;
	size_t len;

	assert_true(asprintf(&text, "%s%s@END@", vl_headers, vl_sdp) > 0);
	for (size_t i = 0; changed && i < sizeof(e->wire) / sizeof(e->wire[0]) && e->wire[i].from; i++) {
		char *edited = put(text, e->wire[i].from, e->wire[i].to);

		if (!edited)
			fail_msg("%s: no \"%s\" in\n%s", e->name, e->wire[i].from, text);
		text = edited;
	}
	text = put_all(put_all(text, "@TOKEN@", token), "@X5U@", x5u);
	body = strstr(text, "\r\n\r\n");
	end = strstr(text, "@END@");
	assert_true(body && end > body);
	len = (size_t)(end - body) - 4;
	for (const char *nul = body; (nul = strstr(nul, "@NUL@")); nul++)
		len -= 4;
	snprintf(number, sizeof(number), "%zu", len);
	text = put_all(put_all(text, "@END@", ""), "@LENGTH@", number);
	out = (struct octets){ text, strlen(text) };
	while ((end = memmem(out.data, out.len, "@NUL@", 5))) {
		*end = '\0';
		out.len -= 4;
		memmove(end + 1, end + 5, out.len - (size_t)(end + 1 - out.data));
	}
	free(x5u);
	return out;
}

/* ---- the verdict ----------------------------------------------------------- */

static void done(const struct verify_result *res, void *arg)
{
	struct vl_result *out = arg;

	out->res = *res;
	out->waits = false;
}

static uint64_t real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void ask(struct verifier *v, const struct vl_entry *e, struct octets rq, struct vl_result *out)
{
	const struct verify_request q = { .leg = 17, .call = 3,
					  .policy = CONF_IDENTITY_REQUIRE, .binding = e->binding,
					  .data = rq.data, .len = rq.len };
	const uint64_t start = real_ms();
	uint64_t at = start;
	struct verification *x;

	memset(out, 0, sizeof(*out));
	out->waits = true;
	x = verify_start(v, &q, done, out);
	/* The faked clock goes as the real one while servers answer, and then passes all limits. */
	while (out->waits && at - start < (e->slow ? 300 : 15000)) {
		loop_turn(20);
		clock_advance(real_ms() - at);
		at = real_ms();
	}
	if (out->waits) {
		clock_advance(25000);
		loop_turn(0);
		loop_turn(0);
	}
	if (out->waits)
		verify_cancel(x);
	loop_turn(0);
}

void vl_judge(const struct vl_entry *e, struct vl_result *out)
{
	const struct vl_entry base = { .name = "the INVITE as it is" };
	struct vl_source *source = vl_source_new(e->net, &vl_chain[e->answer]);
	EVP_PKEY *key = vl_chain[e->answer].key;
	struct truststore *store = vl_store();
	struct verify_source ops;
	struct verifier *v;
	uint8_t sig[JWS_SIG_LEN];
	struct octets rq;
	char *input, *token;

	clock_fake(1000000, VL_IAT);
	vl_source_ops(source, &ops);
	v = verifier_new(store, &ops, e->before == CACHE_FULL ? 1 : 64,
			 e->before == RESTART ? VL_IAT + 1 + PASSPORT_FRESH : 0);
	input = jws_input(e->form == COMPACT_OF_BASE ? &base : e, false);
	sign(e, input, key, sig);
	if (e->before == SAME_REQUEST || e->before == SAME_TOKEN || e->before == SAME_R ||
	    e->before == CACHE_FULL) {
		uint8_t first[JWS_SIG_LEN];

		memcpy(first, sig, sizeof(sig));
		if (e->before == CACHE_FULL)
			sign(&base, input, key, first);
		token = form(&base, input, key, first);
		rq = request(e, e->before == SAME_REQUEST, token);
		ask(v, e, rq, out);
		if (out->waits || !out->res.verified)
			fail_msg("%s: refused the first time: %s", e->name, out->res.why.text);
		free(rq.data);
		free(token);
	}
	clock_fake(1000000, VL_IAT + e->late);
	if (e->forge[0].from) {
		free(input);
		input = jws_input(e, true);
	}
	token = form(e, input, key, sig);
	rq = request(e, true, token);
	ask(v, e, rq, out);
	out->fetched = vl_source_gets(source);
	verifier_free(v);
	vl_source_free(source);
	truststore_free(store);
	free(rq.data);
	free(token);
	free(input);
}
