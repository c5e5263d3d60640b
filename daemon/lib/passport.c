// SPDX-License-Identifier: GPL-2.0-or-later
/* PASSporT: verify (RFC 8225, RFC 8224 section 6.2); passport_write.c signs. */
#include "passport.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "jws.h"
#include "passport_impl.h"

#define JSON_FORM	(JSON_COMPACT | JSON_SORT_KEYS)	/* RFC 8225 section 9 */

static int fp_order(const void *x, const void *y)
{
	const struct sdp_fingerprint *a = x, *b = y;
	int d = strcmp(a->alg, b->alg);

	return d ?: a->len != b->len ? a->len - b->len : memcmp(a->digest, b->digest, a->len);
}

void passport_mky_normalise(struct passport *p)
{
	unsigned int n = 0;

	qsort(p->mky, p->nmky, sizeof(p->mky[0]), fp_order);
	for (unsigned int i = 0; i < p->nmky; i++)
		if (!n || fp_order(&p->mky[n - 1], &p->mky[i]) != 0)
			p->mky[n++] = p->mky[i];
	p->nmky = n;
}

static bool copy_text(char *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (; text && text[n]; n++) {
		if (n + 1 >= cap || text[n] < ' ' || text[n] > '~')
			return false;
		out[n] = text[n];
	}
	out[n] = '\0';
	return true;
}

int passport_ctx_set(struct passport_ctx *c, const char *method, const char *call_id,
		     uint32_t cseq, const char *from_tag, const char *to_tag)
{
	c->cseq = cseq;
	if (copy_text(c->method, sizeof(c->method), method) &&
	    copy_text(c->call_id, sizeof(c->call_id), call_id) &&
	    copy_text(c->from_tag, sizeof(c->from_tag), from_tag) &&
	    copy_text(c->to_tag, sizeof(c->to_tag), to_tag) && c->method[0] && c->call_id[0])
		return 0;
	memset(c, 0, sizeof(*c));
	return -EINVAL;
}

/* ---- verifying -------------------------------------------------------------------- */

/* Why jansson refused @je's text; never its own words, which quote the text. */
static const char *json_fault(const json_error_t *je)
{
	switch (json_error_code(je)) {
	case json_error_duplicate_key:
		return "has a name twice";
	case json_error_invalid_utf8:
		return "is not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "has a NUL in it";
	case json_error_numeric_overflow:
		return "has a number too large";
	case json_error_stack_overflow:
		return "is nested too deeply";
	default:
		return "is not JSON";
	}
}

/* Decode one part of a full token; refuse what is not in the deterministic form. */
static json_t *get_part(const char *b64, size_t len, const char *what, struct err *e)
{
	char text[JWS_MAX], *again;
	long n = b64url_decode(text, b64, len);
	json_error_t je;
	json_t *o;
	bool same;

	if (n < 0) {
		err_set(e, -EINVAL, "token %s is not base64url", what);
		return NULL;
	}
	o = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &je);
	if (!json_is_object(o)) {
		err_set(e, -EINVAL, "token %s %s", what, o ? "is not a JSON object" : json_fault(&je));
		json_decref(o);
		return NULL;
	}
	again = json_dumps(o, JSON_FORM);
	same = again && strlen(again) == (size_t)n && memcmp(again, text, (size_t)n) == 0;
	free(again);
	if (same)
		return o;
	err_set(e, -EINVAL, "token %s is not in the deterministic form of RFC 8225 section 9", what);
	json_decref(o);
	return NULL;
}

static bool str_is(const json_t *o, const char *name, const char *want)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s && strcmp(s, want) == 0;
}

/* A value for a sentence about it; it may hold anything. */
static const char *shown(const json_t *o)
{
	const char *s = json_string_value(o);

	if (!s)
		return o ? "no text" : "missing";
	for (const char *c = s; *c; c++)
		if (*c < ' ' || *c >= 0x7f)	/* char may be signed: either way not ASCII */
			return "not ASCII";
	return s;
}

static enum passport_fault check_header(const json_t *h, const struct passport *want,
					struct err *e)
{
	const char *ppt = passport_ppt_name(want->ppt);

	if (!str_is(h, "alg", "ES256")) {
		err_set(e, -EINVAL, "token's alg is %.40s, not ES256", shown(json_object_get(h, "alg")));
		return PASSPORT_MALFORMED;
	}
	if (!str_is(h, "typ", "passport")) {
		err_set(e, -EINVAL, "token's typ is %.40s, not passport", shown(json_object_get(h, "typ")));
		return PASSPORT_MALFORMED;
	}
	/* RFC 7515 section 4.1.11: there is no extension that we understand. */
	if (json_object_get(h, "crit")) {
		err_set(e, -EINVAL, "token has a header parameter crit: what it demands is not known here");
		return PASSPORT_MALFORMED;
	}
	if (ppt ? !str_is(h, "ppt", ppt) : json_object_get(h, "ppt") != NULL) {
		err_set(e, -EINVAL, "token's ppt is %.40s, that of the Identity header %s",
			shown(json_object_get(h, "ppt")), ppt ? ppt : "missing");
		return PASSPORT_MALFORMED;
	}
	if (!str_is(h, "x5u", want->x5u)) {	/* RFC 8224 section 4.1: simple comparison */
		err_set(e, -EINVAL, "token's x5u is not the URI of the info parameter: %.80s",
			shown(json_object_get(h, "x5u")));
		return PASSPORT_X5U;
	}
	return PASSPORT_OK;
}

static enum passport_fault check_fresh(int64_t t, const char *what, int64_t now, struct err *e)
{
	int64_t d;

	/* Whoever wrote @t chose it: no difference that overflows. */
	if (__builtin_sub_overflow(now, t, &d) || d <= -INT64_MAX) {
		err_set(e, -ETIME, "%s is no time", what);
		return PASSPORT_STALE;
	}
	if (d <= PASSPORT_FRESH && d >= -PASSPORT_FRESH)
		return PASSPORT_OK;
	err_set(e, -ETIME, "%s is %lld seconds %s; at most %d are taken", what,
		(long long)(d < 0 ? -d : d), d < 0 ? "ahead" : "old", PASSPORT_FRESH);
	return PASSPORT_STALE;
}

/* What we would have signed, as an object: to find out what differs. */
static json_t *payload_json(const struct passport *p)
{
	char text[JWS_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	passport_write_payload(&w, p);
	return w.bad ? NULL : json_loadb(text, w.len, 0, NULL);
}

static const char *shown_dest(const json_t *dest)
{
	const json_t *list = json_object_get(dest, "uri") ?: json_object_get(dest, "tn");

	return json_array_size(list) > 1 || json_object_size(dest) > 1 ? "several"
		: shown(json_array_get(list, 0));
}

/* Is @one in @list? By both members, or by @member alone. */
static bool lists(const json_t *list, const json_t *one, const char *member)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (member ? json_equal(json_object_get(o, member), json_object_get(one, member))
			   : json_equal(o, one))
			return true;
	return false;
}

/* @theirs, which was signed, is not @ours, which is NULL when the SDP has no fingerprint. */
static void explain_mky(const json_t *ours, const json_t *theirs, struct err *e)
{
	const size_t n = json_array_size(ours), signed_n = json_array_size(theirs);
	const char *what;
	const json_t *o;
	size_t i;

	if (!theirs)
		what = "the SDP has certificate fingerprints and the token has no mky";
	else if (!ours)
		what = "the token has mky and the SDP no certificate fingerprint";
	else if (!json_is_array(theirs))
		what = "the token's mky is not a list";
	else if (signed_n > n)
		what = "a certificate fingerprint was signed that the SDP does not have";
	else
		what = "the token's mky is not in order";
	err_set(e, -EACCES, "%s", what);
	if (!json_is_array(theirs))
		return;
	json_array_foreach(ours, i, o)
		if (!lists(theirs, o, NULL))
			err_set(e, -EACCES, "the SDP has %s: %s %.8s...",
				lists(theirs, o, "dig") ? "a fingerprint that was signed for another hash" :
				signed_n < n ? "a certificate fingerprint more than was signed"
					     : "another certificate fingerprint than was signed",
				shown(json_object_get(o, "alg")), shown(json_object_get(o, "dig")));
}

/* Which of the things that make a request the one it is differs. */
static bool is_context(const struct passport_ctx *ours, const json_t *theirs, struct err *e)
{
	const json_t *cseq = json_object_get(theirs, "cseq");
	const struct {
		const char *name, *claim, *value;
	} part[] = {
		{ "method", "method", ours->method }, { "Call-ID", "call_id", ours->call_id },
		{ "From tag", "from_tag", ours->from_tag }, { "To tag", "to_tag", ours->to_tag },
	};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (str_is(theirs, part[i].claim, part[i].value))
			continue;
		err_set(e, -EACCES, "%s is \"%.80s\", the token was signed for \"%.80s\"", part[i].name,
			part[i].value, shown(json_object_get(theirs, part[i].claim)));
		return false;
	}
	if (json_is_integer(cseq) && json_integer_value(cseq) == ours->cseq && ours->method[0])
		return true;
	err_set(e, -EACCES, "CSeq is %u, the token was signed for %lld", ours->cseq,
		(long long)json_integer_value(cseq));
	return false;
}

static enum passport_fault check_claims(const json_t *c, const struct passport *want, int64_t now,
					struct err *e)
{
	const json_t *iat = json_object_get(c, "iat"), *orig = json_object_get(c, "orig");
	enum passport_fault fault = PASSPORT_OK;
	json_t *ours;

	if (!json_is_integer(iat)) {
		err_set(e, -EINVAL, iat ? "token's iat is not a whole number (RFC 8225 section 5.1.1)"
					: "token's iat is missing");
		return PASSPORT_MALFORMED;
	}
	fault = check_fresh(json_integer_value(iat), "token's iat", now, e);
	if (fault)
		return fault;
	ours = payload_json(want);
	if (!ours) {
		err_set(e, -ENOMEM, "no memory to verify a token");
		return PASSPORT_MALFORMED;
	}
	if (!json_equal(json_object_get(ours, "orig"), orig)) {
		err_set(e, -EACCES, "From is %.80s, the token was signed for %.80s", want->orig.value,
			shown(json_object_get(orig, "uri") ?: json_object_get(orig, "tn")));
		fault = PASSPORT_ORIG;
	} else if (!json_equal(json_object_get(ours, "dest"), json_object_get(c, "dest"))) {
		err_set(e, -EACCES, "To is %.80s, the token was signed for %.80s", want->dest[0].value,
			shown_dest(json_object_get(c, "dest")));
		fault = PASSPORT_DEST;
	} else if (want->nmky ? !json_equal(json_object_get(ours, "mky"), json_object_get(c, "mky"))
			      : json_object_get(c, "mky") != NULL) {
		explain_mky(json_object_get(ours, "mky"), json_object_get(c, "mky"), e);
		fault = PASSPORT_MKY;
	} else if (want->ppt == PASSPORT_CTX &&
		   !is_context(&want->ctx, json_object_get(c, PASSPORT_CTX_CLAIM), e)) {
		fault = PASSPORT_CONTEXT;
	}
	json_decref(ours);
	return fault;
}

static enum passport_fault check_full(const struct jws_parts *parts, const struct passport *want,
				      int64_t now, struct err *e)
{
	enum passport_fault fault = PASSPORT_MALFORMED;
	json_t *h = get_part(parts->header, parts->header_len, "header", e);
	json_t *c = h ? get_part(parts->payload, parts->payload_len, "payload", e) : NULL;

	if (c) {
		fault = check_header(h, want, e);
		if (fault == PASSPORT_OK)
			fault = check_claims(c, want, now, e);
	}
	json_decref(h);
	json_decref(c);
	return fault;
}

enum passport_fault passport_verify(const struct passport *want, const char *token, EVP_PKEY *key,
				    int64_t now, struct err *e)
{
	enum passport_fault fault;
	char rebuilt[JWS_MAX];
	struct jws_parts parts;
	const char *input = rebuilt;
	size_t len;
	int err;

	if (jws_split(&parts, token, strlen(token), e))
		return PASSPORT_MALFORMED;
	fault = check_fresh(want->iat, "Date", now, e);
	if (fault)
		return fault;
	if (passport_input(want, rebuilt, sizeof(rebuilt), &len)) {
		err_set(e, -EMSGSIZE, "request from which no token can be rebuilt");
		return PASSPORT_MALFORMED;
	}
	if (want->ppt == PASSPORT_CTX && !parts.header_len) {
		err_set(e, -EINVAL, "a token of type " PASSPORT_CTX_CLAIM " has no compact form");
		return PASSPORT_MALFORMED;
	}
	/* One for an empty context would be for every request whose own cannot be written. */
	if (want->ppt == PASSPORT_CTX && !want->ctx.method[0]) {
		err_set(e, -EINVAL, "no token can be for this request alone: a name or tag of it is too long or not ASCII");
		return PASSPORT_CONTEXT;
	}
	/* Mostly a full token is what we would have written; where not, something may be wrong. */
	if (parts.header_len && (len != parts.input_len || memcmp(rebuilt, token, len) != 0)) {
		fault = check_full(&parts, want, now, e);
		if (fault)
			return fault;
		input = token;
		len = parts.input_len;
	}
	err = jws_verify(key, input, len, parts.sig, e);
	if (err == -EINVAL)
		return PASSPORT_CREDENTIAL;
	return err ? PASSPORT_SIGNATURE : PASSPORT_OK;
}

bool passport_peek(const char *token, int64_t *iat)
{
	struct jws_parts p;
	char text[JWS_MAX];
	bool announced;
	json_t *c;
	long n;

	if (jws_split(&p, token, strlen(token), NULL) || !p.payload_len)
		return false;
	n = b64url_decode(text, p.payload, p.payload_len);
	c = n > 0 ? json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (json_is_integer(json_object_get(c, "iat")))
		*iat = json_integer_value(json_object_get(c, "iat"));
	/* Whatever it says there: somebody meant to. */
	announced = json_object_get(c, PASSPORT_CTX_CLAIM) != NULL;
	json_decref(c);
	return announced;
}

int passport_fault_code(enum passport_fault f)
{
	switch (f) {
	case PASSPORT_OK:
	case PASSPORT_UNSUPPORTED:
		return 0;
	case PASSPORT_STALE:
		return 403;
	case PASSPORT_CREDENTIAL:
		return 437;
	default:
		return 438;
	}
}
