// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "certs.h"
#include "clock.h"
#include "loop.h"
#include "sdp.h"
#include "sip_date.h"

#define FROM	1443200000
#define TO	1443300000

static const struct cert_rule rules[] = {
	{ .root = "main", .signer = "provider.example", .scope = CERT_ALL, .numbers = true },
};

/* ---- the network ------------------------------------------------------------ */

static void *get(void *impl, const char *url, verify_got_fn fn, void *arg)
{
	static const struct err why = { .code = -110, .text = "the test's network does not answer" };
	static const struct err busy = { .code = -16, .text = "the test's network is busy" };
	struct verify_world *w = impl;

	assert_true(url[0]);
	w->gets++;
	if (!w->later) {
		fn(w->answer, w->answer ? strlen(w->answer) : 0, w->answer ? NULL : w->busy ? &busy : &why, arg);
		return NULL;
	}
	assert_in_range(w->nwaiting, 0, 7);
	w->waiting[w->nwaiting].got = fn;
	w->waiting[w->nwaiting].arg = arg;
	return &w->waiting[w->nwaiting++];
}

static void cancel(void *impl, void *ticket)
{
	struct verify_world *w = impl;

	for (unsigned int i = 0; i < w->nwaiting; i++)
		if (&w->waiting[i] == ticket)
			w->waiting[i].got = NULL;
	w->cancels++;
}

void vw_arrive(struct verify_world *w)
{
	unsigned int n = w->nwaiting;

	for (unsigned int i = 0; i < n; i++)
		if (w->waiting[i].got)
			w->waiting[i].got(w->answer, w->answer ? strlen(w->answer) : 0, NULL,
					  w->waiting[i].arg);
	memmove(w->waiting, w->waiting + n, (w->nwaiting - n) * sizeof(w->waiting[0]));
	w->nwaiting -= n;
	loop_turn(0);
}

/* ---- the world -------------------------------------------------------------- */

static EVP_PKEY *read_key(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *k = strstr(pem, "PRIVATE") ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL)
					     : PEM_read_bio_PUBKEY(b, NULL, NULL, NULL);

	BIO_free(b);
	assert_non_null(k);
	return k;
}

void vw_make(struct verify_world *w, const char *pem)
{
	struct verify_source source = { .get = get, .cancel = cancel, .impl = w };
	char path[] = "/tmp/verify_world.XXXXXX";
	struct truststore_root r = { .name = "main", .path = path };
	struct truststore_conf conf = { .roots = &r, .nroots = 1, .policy = { rules, 1 } };
	struct cert_spec spec = { .cn = "Root", .ca = 1, .from = FROM, .to = TO };
	EVP_PKEY *root_key, *key, *other_key, *k;
	X509 *root, *leaf, *other;
	struct err e = { 0 };
	char *text;
	int fd;

	memset(w, 0, sizeof(*w));
	root = cert_make(&spec, &root_key);
	spec.cn = "Other";
	other = cert_make(&spec, &other_key);

	spec = (struct cert_spec){ .cn = "p", .san = "URI:sip:provider.example", .by = root,
				   .by_key = root_key, .from = FROM, .to = TO };
	leaf = cert_make(&spec, &key);
	if (pem) {
		EVP_PKEY_free(key);
		key = read_key(pem);
		X509_set_pubkey(leaf, key);
		assert_true(X509_sign(leaf, root_key, EVP_sha256()) > 0);
	}
	w->key = key;
	w->provider = cert_pem(leaf, NULL);
	X509_time_adj_ex(X509_getm_notAfter(leaf), 0, 0, &(time_t){ VW_IAT - 1 });
	assert_true(X509_sign(leaf, root_key, EVP_sha256()) > 0);
	w->expired = cert_pem(leaf, NULL);
	X509_free(leaf);

	spec.san = "URI:sip:atlanta.example.com";
	leaf = cert_make(&spec, &w->domain_key);
	w->domain = cert_pem(leaf, NULL);
	X509_free(leaf);

	spec.san = "URI:sip:provider.example";
	spec.by = other;
	spec.by_key = other_key;
	leaf = cert_make(&spec, &k);
	EVP_PKEY_free(k);
	w->stranger = cert_pem(leaf, NULL);
	X509_free(leaf);

	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	text = cert_pem(root, NULL);
	write_text(path, text, 0644);
	free(text);
	if (truststore_new(&w->store, &conf, &e))
		fail_msg("%s", e.text);
	unlink(path);
	X509_free(root);
	X509_free(other);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(other_key);
	w->answer = w->provider;
	w->v = verifier_new(w->store, &source, 64, 0);
	assert_non_null(w->v);
}

void vw_open(struct verify_world *w, const char *pem)
{
	assert_int_equal(loop_init(NULL), 0);
	clock_fake(1000000, VW_IAT + 5);
	vw_make(w, pem);
}

void vw_free(struct verify_world *w)
{
	verifier_free(w->v);
	truststore_free(w->store);
	EVP_PKEY_free(w->key);
	EVP_PKEY_free(w->domain_key);
	free(w->provider);
	free(w->domain);
	free(w->expired);
	free(w->stranger);
}

void vw_close(struct verify_world *w)
{
	vw_free(w);
	loop_turn(0);
	loop_fini();
	clock_real();
}

/* ---- asking ----------------------------------------------------------------- */

static void done(const struct verify_result *res, void *arg)
{
	struct verify_world *w = arg;

	w->res = *res;
	w->ndone++;
}

int vw_ask_as(struct verify_world *w, const char *text, enum conf_identity policy,
	      const char *far, const char *near)
{
	struct passport_id f, n;
	struct verify_request rq = {
		.leg = 17, .call = 3, .policy = policy, .binding = w->binding, .data = text,
		.len = strlen(text),
	};
	unsigned int before = w->ndone;

	if (far) {
		assert_int_equal(passport_id_from_uri(&f, far, NULL), 0);
		rq.far = &f;
	}
	if (near) {
		assert_int_equal(passport_id_from_uri(&n, near, NULL), 0);
		rq.near = &n;
	}
	memset(&w->res, 0, sizeof(w->res));
	if (verify_start(w->v, &rq, done, w)) {
		assert_int_equal(w->ndone, before);
		return -1;
	}
	loop_turn(0);
	assert_int_equal(w->ndone, before + 1);
	return (int)w->res.code;
}

int vw_ask(struct verify_world *w, const char *text)
{
	return vw_ask_as(w, text, CONF_IDENTITY_REQUIRE, NULL, NULL);
}

/* ---- signing ---------------------------------------------------------------- */

static void mky_of(struct passport *p, const char *sdp)
{
	const char *at = sdp;

	while ((at = strstr(at, "a=fingerprint:"))) {
		char line[256];

		at += strlen("a=fingerprint:");
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\r"), at);
		assert_int_equal(sdp_fingerprint_parse(&p->mky[p->nmky++], line, NULL), 0);
	}
	passport_mky_normalise(p);
}

/* A line with the token that @p and @s say, in front of what is in @out. */
static void add_token(const struct passport *p, const struct verify_world *w,
		      const struct vw_spec *s, char out[6000])
{
	char token[4096], value[5000];
	struct err e = { 0 };

	if (passport_sign(p, s->key ? s->key : w->key, s->compact, token, sizeof(token), &e))
		fail_msg("%s", e.text);
	assert_int_equal(identity_header_print(p, token, value, sizeof(value)), 0);
	snprintf(out + strlen(out), 6000 - strlen(out), "Identity: %s\r\n", value);
}

char *vw_request(struct verify_world *w, const struct vw_spec *s)
{
	const char *method = s->method ? s->method : "INVITE";
	const char *from = s->from ? s->from : "sip:alice@atlanta.example.com";
	const char *to = s->to ? s->to : "sip:bob@biloxi.example.org";
	const char *sdp = s->sdp ? s->sdp : VW_SDP(VW_FP1);
	const char *x5u = s->x5u ? s->x5u : VW_X5U;
	struct passport p = { .iat = s->iat ? s->iat : clock_wall(), .ndest = 1,
			      .ppt = s->msec ? PASSPORT_MSEC : PASSPORT_BASE };
	char tokens[6000] = "", date[SIP_DATE_LEN], *out = NULL;
	struct err e = { 0 };

	p.announce = s->ctx;
	assert_int_equal(passport_ctx_set(&p.ctx, method, s->call_id ? s->call_id : "c1",
					  s->cseq ? s->cseq : 1, s->from_tag ? s->from_tag : "a1",
					  s->to_tag), 0);
	snprintf(p.x5u, sizeof(p.x5u), "%s", x5u);
	assert_int_equal(passport_id_from_uri(&p.orig, s->signed_from ? s->signed_from : from, &e), 0);
	assert_int_equal(passport_id_from_uri(&p.dest[0], s->signed_to ? s->signed_to : to, &e), 0);
	mky_of(&p, s->signed_sdp ? s->signed_sdp : sdp);
	if (!s->no_identity)
		add_token(&p, w, s, tokens);
	p.ppt = PASSPORT_CTX;
	if (s->ctx)
		add_token(&p, w, s, tokens);
	assert_true(asprintf(&out,
		"%s %s SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx%u\r\n"
		"From: <%s>;tag=%s\r\nTo: <%s>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Max-Forwards: 70\r\n%s%s%s%s%sContact: <sip:alice@192.0.2.1>\r\n"
		"Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		method, s->ruri ? s->ruri : "sip:bob@192.0.2.9", s->cseq, from,
		s->from_tag ? s->from_tag : "a1", to, s->to_tag ? ";tag=" : "",
		s->to_tag ? s->to_tag : "", s->call_id ? s->call_id : "c1", s->cseq ? s->cseq : 1, method,
		s->no_date ? "" : "Date: ",
		s->no_date ? "" : s->date ? s->date : sip_date_print(p.iat, date),
		s->no_date ? "" : "\r\n", tokens,
		s->extra ? s->extra : "", strlen(sdp), sdp) > 0);
	return out;
}
