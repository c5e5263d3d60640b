// SPDX-License-Identifier: GPL-2.0-or-later
/* Bearer tokens: JSON out, JSON in, and the comparison with a request. */
#include "token.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "jws.h"
#include "passport_impl.h"

#define JSON_FORM	(JSON_COMPACT | JSON_SORT_KEYS)

static const char *const fault_name[] = {
	[TOKEN_OK] = "ok", [TOKEN_MALFORMED] = "malformed", [TOKEN_ISSUER] = "issuer",
	[TOKEN_SIGNATURE] = "signature", [TOKEN_AUDIENCE] = "audience", [TOKEN_TIME] = "time",
	[TOKEN_ORIG] = "orig", [TOKEN_DEST] = "dest", [TOKEN_MKY] = "mky", [TOKEN_CONTEXT] = "context", [TOKEN_USED] = "used",
};

const char *token_fault_name(enum token_fault f)
{
	return (unsigned int)f < sizeof(fault_name) / sizeof(fault_name[0]) ? fault_name[f] : "unknown";
}

/* ---- claims as JSON ----------------------------------------------------------- */

static json_t *id_json(const struct passport_id *id)
{
	return json_pack("{s:s}", id->tn ? "tn" : "uri", id->value);
}

static json_t *dest_json(const struct passport_id *dest, unsigned int n)
{
	json_t *o = json_object();

	for (unsigned int i = 0; o && i < n; i++) {
		const char *kind = dest[i].tn ? "tn" : "uri";
		json_t *list = json_object_get(o, kind);

		if (!list) {
			list = json_array();
			json_object_set_new(o, kind, list);
		}
		json_array_append_new(list, json_string(dest[i].value));
	}
	return o;
}

static json_t *mky_json(const struct sdp_fingerprint *fp, unsigned int n)
{
	json_t *list = json_array();

	for (unsigned int i = 0; list && i < n; i++) {
		char hex[2 * sizeof(fp[i].digest) + 1] = "";

		for (unsigned int k = 0; k < fp[i].len; k++)
			snprintf(hex + 2 * k, 3, "%02X", fp[i].digest[k]);
		json_array_append_new(list, json_pack("{s:s, s:s}", "alg", fp[i].alg, "dig", hex));
	}
	return list;
}

static json_t *ctx_json(const struct passport_ctx *c)
{
	char text[2 * sizeof(*c) + 128];
	struct wbuf w = wbuf_on(text, sizeof(text));

	passport_write_ctx(&w, c);
	return w.bad ? NULL : json_loadb(text, w.len, 0, NULL);
}

/* ---- issuing ------------------------------------------------------------------ */

static int check_claims(const struct token *t, struct err *e)
{
	int64_t life = t->exp - t->iat;

	if (!t->iss[0] || !t->aud[0] || !t->orig.value[0])
		return err_set(e, -EINVAL, "a token needs an issuer, an audience and an identity");
	if (life < 1 || life > TOKEN_LIFE_MAX)
		return err_set(e, -EINVAL, "a token lives 1 to %d seconds, not %lld", TOKEN_LIFE_MAX,
			       (long long)life);
	return 0;
}

static json_t *claims_json(const struct token *t)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "iss", t->iss, "aud", t->aud,
			      "sub", t->sub, "jti", t->jti, "iat", (json_int_t)t->iat,
			      "exp", (json_int_t)t->exp, "orig", id_json(&t->orig),
			      "mky", mky_json(t->mky, t->nmky));

	if (o && ((t->ndest && json_object_set_new(o, "dest", dest_json(t->dest, t->ndest))) ||
		  (t->bind && json_object_set_new(o, PASSPORT_CTX_CLAIM, ctx_json(&t->ctx))))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* base64url of @o at @n of @out; takes @o. */
static int put_part(json_t *o, char *out, size_t cap, size_t *n)
{
	char *text = o ? json_dumps(o, JSON_FORM) : NULL;
	int err = !text ? -ENOMEM : *n + b64url_size(strlen(text)) + 1 > cap ? -EMSGSIZE : 0;

	if (!err)
		*n += b64url_encode(out + *n, text, strlen(text));
	free(text);
	json_decref(o);
	return err;
}

int token_issue(struct token *t, EVP_PKEY *key, char *out, size_t cap, struct err *e)
{
	uint8_t id[16], sig[JWS_SIG_LEN];
	int err = check_claims(t, e);
	size_t n = 0;

	if (err)
		return err;
	if (RAND_bytes(id, sizeof(id)) != 1)
		return err_set(e, -EIO, "OpenSSL has no random octets");
	b64url_encode(t->jti, id, sizeof(id));
	err = put_part(json_pack("{s:s, s:s}", "alg", "ES256", "typ", "at+jwt"), out, cap, &n);
	if (!err)
		out[n++] = '.';
	err = err ?: put_part(claims_json(t), out, cap, &n);
	if (!err && n + 1 + JWS_SIG_B64_LEN + 1 > cap)
		err = -EMSGSIZE;
	if (err)
		return err_set(e, err, "the token does not fit %zu octets", cap);
	err = jws_sign(key, out, n, sig, e);
	if (err)
		return err;
	out[n++] = '.';
	b64url_encode(out + n, sig, sizeof(sig));
	return 0;
}

/* ---- verifying ---------------------------------------------------------------- */

static json_t *get_part(const char *b64, size_t len, const char *what, struct err *e)
{
	char text[JWS_MAX];
	long n = b64url_decode(text, b64, len);
	json_error_t je;
	json_t *o = n > 0 ? json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &je) : NULL;

	if (json_is_object(o))
		return o;
	json_decref(o);
	err_set(e, -EINVAL, "token's %s is not base64url of a JSON object", what);
	return NULL;
}

static bool get_text(const json_t *o, const char *name, char *out, size_t cap)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (!s || !s[0] || strlen(s) >= cap)
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

/* Everything that has to be there to go on; orig, dest and mky are compared later. */
static bool read_claims(const json_t *header, const json_t *c, struct token *t, struct err *e)
{
	const json_t *iat = json_object_get(c, "iat"), *exp = json_object_get(c, "exp");
	char alg[8], typ[8];

	if (!get_text(header, "alg", alg, sizeof(alg)) || strcmp(alg, "ES256") != 0 ||
	    !get_text(header, "typ", typ, sizeof(typ)) || strcasecmp(typ, "at+jwt") != 0 ||
	    json_object_get(header, "crit")) {
		err_set(e, -EINVAL, "token is not an at+jwt signed with ES256");
		return false;
	}
	if (!get_text(c, "iss", t->iss, sizeof(t->iss)) || !get_text(c, "aud", t->aud, sizeof(t->aud)) ||
	    !get_text(c, "jti", t->jti, sizeof(t->jti)) || !json_is_integer(iat) ||
	    !json_is_integer(exp)) {
		err_set(e, -EINVAL, "token lacks iss, aud, jti, iat or exp, or they are too long");
		return false;
	}
	get_text(c, "sub", t->sub, sizeof(t->sub));
	t->bind = json_object_get(c, PASSPORT_CTX_CLAIM) != NULL;
	t->iat = json_integer_value(iat);
	t->exp = json_integer_value(exp);
	return true;
}

static const struct token_issuer *find_issuer(const struct token_check *c, const char *iss)
{
	for (unsigned int i = 0; i < c->nissuers; i++)
		if (strcmp(c->issuers[i].iss, iss) == 0)
			return &c->issuers[i];
	return NULL;
}

/* Takes @ours. */
static bool claim_is(const json_t *claims, const char *name, json_t *ours)
{
	bool same = ours && json_equal(json_object_get(claims, name), ours);

	json_decref(ours);
	return same;
}

static enum token_fault check_time(const struct token *t, int64_t now, struct err *e)
{
	/* No sum or difference of what a stranger wrote may overflow. */
	if (t->iat < 0 || t->exp <= t->iat || t->exp > INT64_MAX / 2 ||
	    t->exp - t->iat > TOKEN_LIFE_MAX) {
		err_set(e, -EINVAL, "token lives longer than %d seconds, or not at all", TOKEN_LIFE_MAX);
		return TOKEN_TIME;
	}
	if (now >= t->exp + TOKEN_SKEW) {
		err_set(e, -ETIME, "token expired %lld seconds ago", (long long)(now - t->exp));
		return TOKEN_TIME;
	}
	if (now < t->iat - TOKEN_SKEW) {
		err_set(e, -ETIME, "token was issued %lld seconds ahead of our clock",
			(long long)(t->iat - now));
		return TOKEN_TIME;
	}
	return TOKEN_OK;
}

static enum token_fault check_request(const json_t *claims, const struct token_check *c,
				      struct err *e)
{
	const struct passport *w = c->want;

	if (!claim_is(claims, "orig", id_json(&w->orig))) {
		err_set(e, -EACCES, "token is for another user than From says");
		return TOKEN_ORIG;
	}
	if (json_object_get(claims, "dest") && !claim_is(claims, "dest", dest_json(w->dest, w->ndest))) {
		err_set(e, -EACCES, "token is for a call to somebody else than To says");
		return TOKEN_DEST;
	}
	if (!claim_is(claims, "mky", mky_json(w->mky, w->nmky))) {
		err_set(e, -EACCES, "token is for other certificate fingerprints than the SDP has");
		return TOKEN_MKY;
	}
	if (json_object_get(claims, PASSPORT_CTX_CLAIM) &&
	    (!w->ctx.method[0] || !claim_is(claims, PASSPORT_CTX_CLAIM, ctx_json(&w->ctx)))) {
		err_set(e, -EACCES, "token is for another request of this call, or of another one");
		return TOKEN_CONTEXT;
	}
	return TOKEN_OK;
}

static enum token_fault check_once(const struct token *t, const struct token_check *c, struct err *e)
{
	enum seen_verdict v = seen_id(c->seen, t->iss, t->jti, c->request, t->exp + TOKEN_SKEW);

	if (v == SEEN_NEW || v == SEEN_AGAIN)
		return TOKEN_OK;
	err_set(e, -EALREADY, "token: %s", seen_verdict_text(v));
	return TOKEN_USED;
}

/* Nothing of the claims counts before the signature does, but for whose it has to be. */
static enum token_fault judge(const struct jws_parts *p, const json_t *claims,
			      const struct token_check *c, struct token *t, struct err *e)
{
	const struct token_issuer *from = find_issuer(c, t->iss);
	enum token_fault f;

	if (!from) {
		err_set(e, -EACCES, "tokens of %s are not taken here", t->iss);
		return TOKEN_ISSUER;
	}
	if (jws_verify(from->key, p->header, p->input_len, p->sig, e)) {
		err_prefix(e, "token of %s", t->iss);
		return TOKEN_SIGNATURE;
	}
	if (strcmp(t->aud, c->aud) != 0) {
		err_set(e, -EACCES, "token is for %s, not for us", t->aud);
		return TOKEN_AUDIENCE;
	}
	f = check_time(t, c->now, e);
	f = f ? f : check_request(claims, c, e);
	return f ? f : check_once(t, c, e);
}

enum token_fault token_verify(const char *text, const struct token_check *c, struct token *t,
			      struct err *e)
{
	enum token_fault f = TOKEN_MALFORMED;
	json_t *header = NULL, *claims = NULL;
	struct jws_parts p;

	memset(t, 0, sizeof(*t));
	if (jws_split(&p, text, strlen(text), e))
		return TOKEN_MALFORMED;
	if (p.header_len) {
		header = get_part(p.header, p.header_len, "header", e);
		claims = header ? get_part(p.payload, p.payload_len, "payload", e) : NULL;
	} else {
		err_set(e, -EINVAL, "token has no header and no payload");
	}
	if (claims && read_claims(header, claims, t, e))
		f = judge(&p, claims, c, t, e);
	json_decref(header);
	json_decref(claims);
	return f;
}

const char *token_bearer(const char *v, size_t *len)
{
	v += strspn(v, " \t");
	if (strncasecmp(v, "Bearer", 6) != 0 || (v[6] != ' ' && v[6] != '\t'))
		return NULL;
	v += 6 + strspn(v + 6, " \t");
	*len = strcspn(v, " \t,;");
	return *len && !v[*len + strspn(v + *len, " \t")] ? v : NULL;
}
