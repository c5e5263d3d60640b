// SPDX-License-Identifier: GPL-2.0-or-later
/* Digest authentication: the hashes, the two header fields, and the client. */
#include "sip_digest.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "err.h"
#include "secret.h"

static const struct {
	const char *name, *openssl;
	size_t hex;
} algs[DIGEST_ALGS] = {
	[DIGEST_SHA512_256] = { "SHA-512-256", "SHA512-256", 64 },
	[DIGEST_SHA256] = { "SHA-256", "SHA256", 64 },
	[DIGEST_MD5] = { "MD5", "MD5", 32 },
};

const char *digest_alg_name(enum digest_alg alg)
{
	return algs[alg].name;
}

int digest_alg_parse(const char *name)
{
	for (int i = 0; i < DIGEST_ALGS; i++)
		if (strcasecmp(name, algs[i].name) == 0)
			return i;
	return -EINVAL;
}

size_t digest_hex_len(enum digest_alg alg)
{
	return algs[alg].hex;
}

/* Fetching an algorithm costs more than hashing with it: fetched once. */
static const EVP_MD *digest_md(enum digest_alg alg)
{
	static EVP_MD *md[DIGEST_ALGS];

	if (!md[alg])
		md[alg] = EVP_MD_fetch(NULL, algs[alg].openssl, NULL);
	return md[alg];
}

/* One context for all: what is left in it is the last block's state, no secret of its own. */
static EVP_MD_CTX *context;

/* Hash of the strings up to NULL with colons between them, in hexadecimal. */
static int hash_joined(enum digest_alg alg, char out[DIGEST_HEX], ...)
{
	const EVP_MD *md = digest_md(alg);
	uint8_t raw[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	const char *s;
	bool first = true, ok;
	va_list ap;

	if (!context)
		context = EVP_MD_CTX_new();
	ok = context && md && EVP_DigestInit_ex2(context, md, NULL) == 1;
	va_start(ap, out);
	while (ok && (s = va_arg(ap, const char *)) != NULL) {
		ok = (first || EVP_DigestUpdate(context, ":", 1) == 1) &&
		     EVP_DigestUpdate(context, s, strlen(s)) == 1;
		first = false;
	}
	va_end(ap);
	ok = ok && EVP_DigestFinal_ex(context, raw, &len) == 1 && 2 * len == algs[alg].hex;
	for (unsigned int i = 0; ok && i < len; i++) {
		out[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
	out[ok ? 2 * len : 0] = '\0';
	secret_wipe(raw, sizeof(raw));
	return ok ? 0 : -EIO;
}

int digest_ha1(enum digest_alg alg, const char *user, const char *realm, const char *password,
	       char ha1[DIGEST_HEX])
{
	int err;

	if (strchr(user, ':'))
		return -EINVAL;
	err = hash_joined(alg, ha1, user, realm, password, NULL);
	EVP_MD_CTX_free(context);	/* wiped: a password was in it */
	context = NULL;
	return err;
}

int digest_response(const struct digest_credentials *c, const char *ha1, const char *method,
		    char out[DIGEST_HEX])
{
	char ha2[DIGEST_HEX], nc[9];
	int err = hash_joined(c->alg, ha2, method, c->uri, NULL);

	snprintf(nc, sizeof(nc), "%08x", c->nc);
	return err ?: hash_joined(c->alg, out, ha1, c->nonce, nc, c->cnonce, "auth", ha2, NULL);
}

/* ---- reading -------------------------------------------------------------- */

enum { MAX_PARAMS = 32 };

struct param {
	char name[32];
	char value[DIGEST_VALUE_MAX];	/* without its quotes and their escapes */
	bool quoted;
};

struct params {
	struct param list[MAX_PARAMS];
	unsigned int n;
};

static const char *skip_ws(const char *p)
{
	return p + strspn(p, " \t");
}

static bool is_text(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

/* A quoted string from behind its first quote. Return: behind its last one, or NULL. */
static const char *get_quoted(const char *p, char *out, size_t cap)
{
	size_t n = 0;

	for (; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (!is_text(*p) || n + 1 >= cap)	/* NUL is no text */
			return NULL;
		out[n++] = *p;
	}
	out[n] = '\0';
	return p + 1;
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-.!%*_+`'~", c));
}

static size_t token_len(const char *p)
{
	size_t n = 0;

	while (is_token_char(p[n]))
		n++;
	return n;
}

/* Copy the token at @p. Return: what follows, or NULL. */
static const char *get_token(const char *p, char *out, size_t cap)
{
	size_t n = token_len(p);

	if (!n || n >= cap)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n;
}

/* One name=value. Return: what follows, or NULL. */
static const char *get_param(const char *p, struct param *q)
{
	p = get_token(p, q->name, sizeof(q->name));
	p = p ? skip_ws(p) : NULL;
	if (!p || *p != '=')
		return NULL;
	p = skip_ws(p + 1);
	q->quoted = *p == '"';
	p = q->quoted ? get_quoted(p + 1, q->value, sizeof(q->value))
		      : get_token(p, q->value, sizeof(q->value));
	return p ? skip_ws(p) : NULL;
}

static const struct param *param_get(const struct params *ps, const char *name)
{
	for (unsigned int i = 0; i < ps->n; i++)
		if ((ps->list[i].name[0] | 0x20) == (name[0] | 0x20) &&
		    strcasecmp(ps->list[i].name, name) == 0)
			return &ps->list[i];
	return NULL;
}

static int get_params(struct params *ps, const char *value, struct err *e)
{
	char scheme[32];
	const char *p;

	ps->n = 0;
	if (strlen(value) > DIGEST_HEADER_MAX)
		return err_set(e, -EINVAL, "longer than %d octets", DIGEST_HEADER_MAX);
	p = get_token(skip_ws(value), scheme, sizeof(scheme));
	if (!p || (*p != ' ' && *p != '\t'))
		return err_set(e, -EINVAL, "no authentication scheme");
	if (strcasecmp(scheme, "Digest") != 0)
		return err_set(e, -ENOTSUP, "authentication scheme %s is not spoken", scheme);
	for (p = skip_ws(p);; p = skip_ws(p + 1)) {
		struct param *q = &ps->list[ps->n];

		if (ps->n == MAX_PARAMS)
			return err_set(e, -EINVAL, "more than %d parameters", MAX_PARAMS);
		p = get_param(p, q);
		if (!p)
			return err_set(e, -EINVAL, "parameter %u cannot be read", ps->n + 1);
		if (param_get(ps, q->name))
			return err_set(e, -EINVAL, "parameter %s is there twice", q->name);
		ps->n++;
		if (!*p)
			return 0;
		if (*p != ',')
			return err_set(e, -EINVAL, "no comma behind parameter %s", q->name);
	}
}

/* A value that has to be, or may be, a quoted string. */
static int take_quoted(const struct params *ps, const char *name, bool required, char *out,
		       struct err *e)
{
	const struct param *q = param_get(ps, name);

	out[0] = '\0';
	if (!q)
		return required ? err_set(e, -EINVAL, "parameter %s is missing", name) : 0;
	if (!q->quoted)
		return err_set(e, -EINVAL, "parameter %s is not a quoted string", name);
	if (required && !q->value[0])
		return err_set(e, -EINVAL, "parameter %s is empty", name);
	memcpy(out, q->value, strlen(q->value) + 1);
	return 0;
}

/* Quoted or not: both are met, and mean the same. Absent means MD5 (RFC 7616 section 3.3). */
static int take_alg(const struct params *ps, enum digest_alg *alg, struct err *e)
{
	const struct param *q = param_get(ps, "algorithm");
	int a = digest_alg_parse(q ? q->value : "MD5");

	if (a < 0)
		return err_set(e, -ENOTSUP, "digest algorithm %s is not spoken", q->value);
	*alg = (enum digest_alg)a;
	return 0;
}

/* Is "auth" in a comma-separated list? */
static bool list_has_auth(const char *p)
{
	while (*p) {
		size_t n = strcspn(p, ", \t");

		if (n == 4 && strncasecmp(p, "auth", 4) == 0)
			return true;
		p += n;
		p += strspn(p, ", \t");
	}
	return false;
}

static int challenge_parse(struct digest_challenge *c, const char *value, struct err *e)
{
	const struct param *q;
	struct params ps;
	int err = get_params(&ps, value, e);

	memset(c, 0, sizeof(*c));
	err = err ?: take_quoted(&ps, "realm", true, c->realm, e);
	err = err ?: take_quoted(&ps, "nonce", true, c->nonce, e);
	err = err ?: take_quoted(&ps, "opaque", false, c->opaque, e);
	err = err ?: take_alg(&ps, &c->alg, e);
	if (err)
		return err;
	q = param_get(&ps, "qop");
	if (!q || !list_has_auth(q->value))
		return err_set(e, -ENOTSUP, "qop=auth is not offered (RFC 8760 section 2.6)");
	q = param_get(&ps, "stale");
	c->stale = q && strcasecmp(q->value, "true") == 0;
	return 0;
}

int digest_challenge_parse(struct digest_challenge *c, const char *value, struct err *e)
{
	int err = challenge_parse(c, value, e);

	if (err)
		err_prefix(e, "challenge");
	return err;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly eight digits (RFC 3261 section 25.1: 8LHEX). */
static int take_nc(const struct params *ps, uint32_t *nc, struct err *e)
{
	const struct param *q = param_get(ps, "nc");
	uint32_t v = 0;
	unsigned int n = 0;

	for (; q && n < 9 && hex_digit(q->value[n]) >= 0; n++)
		v = v << 4 | (uint32_t)hex_digit(q->value[n]);
	if (n != 8 || q->value[8] || !v)
		return err_set(e, -EINVAL, "nc is not a count of eight hexadecimal digits");
	*nc = v;
	return 0;
}

static int take_response(const struct params *ps, struct digest_credentials *c, struct err *e)
{
	const struct param *q = param_get(ps, "response");
	size_t want = digest_hex_len(c->alg), n = 0;

	while (q && hex_digit(q->value[n]) >= 0)
		n++;
	if (!q || n != want || q->value[n])
		return err_set(e, -EINVAL, "response is not %zu lower-case hexadecimal digits", want);
	memcpy(c->response, q->value, n + 1);
	return 0;
}

static int credentials_parse(struct digest_credentials *c, const char *value, struct err *e)
{
	const struct param *q;
	struct params ps;
	int err = get_params(&ps, value, e);

	memset(c, 0, sizeof(*c));
	if (err)
		return err;
	if (param_get(&ps, "username*") ||
	    ((q = param_get(&ps, "userhash")) && strcasecmp(q->value, "false") != 0))
		return err_set(e, -ENOTSUP, "encoded and hashed user names are not taken");
	err = take_quoted(&ps, "username", true, c->username, e);
	err = err ?: take_quoted(&ps, "realm", true, c->realm, e);
	err = err ?: take_quoted(&ps, "nonce", true, c->nonce, e);
	err = err ?: take_quoted(&ps, "uri", true, c->uri, e);
	err = err ?: take_quoted(&ps, "cnonce", true, c->cnonce, e);
	err = err ?: take_quoted(&ps, "opaque", false, c->opaque, e);
	err = err ?: take_alg(&ps, &c->alg, e);
	if (err)
		return err;
	q = param_get(&ps, "qop");
	if (!q || strcasecmp(q->value, "auth") != 0)
		return err_set(e, -EINVAL, "qop is not auth (RFC 8760 section 2.6)");
	return take_nc(&ps, &c->nc, e) ?: take_response(&ps, c, e);
}

int digest_credentials_parse(struct digest_credentials *c, const char *value, struct err *e)
{
	int err = credentials_parse(c, value, e);

	if (err)
		err_prefix(e, "credentials");
	return err;
}

/* ---- writing -------------------------------------------------------------- */

static void put_quoted(struct wbuf *w, const char *name, const char *value)
{
	wbuf_printf(w, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			wbuf_u8(w, '\\');
		wbuf_u8(w, (uint8_t)*value);
	}
	wbuf_u8(w, '"');
}

static int put_end(struct wbuf *w)
{
	wbuf_u8(w, 0);
	return w->bad ? -EMSGSIZE : 0;
}

int digest_challenge_print(const struct digest_challenge *c, char *out, size_t cap)
{
	struct wbuf w = wbuf_on(out, cap);

	put_quoted(&w, "Digest realm", c->realm);
	put_quoted(&w, ", nonce", c->nonce);
	if (c->opaque[0])
		put_quoted(&w, ", opaque", c->opaque);
	wbuf_printf(&w, ", algorithm=%s, qop=\"auth\"%s", digest_alg_name(c->alg),
		    c->stale ? ", stale=true" : "");
	return put_end(&w);
}

int digest_credentials_print(const struct digest_credentials *c, char *out, size_t cap)
{
	struct wbuf w = wbuf_on(out, cap);

	put_quoted(&w, "Digest username", c->username);
	put_quoted(&w, ", realm", c->realm);
	put_quoted(&w, ", nonce", c->nonce);
	put_quoted(&w, ", uri", c->uri);
	put_quoted(&w, ", response", c->response);
	put_quoted(&w, ", cnonce", c->cnonce);
	if (c->opaque[0])
		put_quoted(&w, ", opaque", c->opaque);
	wbuf_printf(&w, ", algorithm=%s, qop=auth, nc=%08x", digest_alg_name(c->alg), c->nc);
	return put_end(&w);
}

/* ---- client --------------------------------------------------------------- */

int digest_choose(const char *const *values, unsigned int n, unsigned int accepted,
		  const char *realm, struct digest_challenge *c, struct err *e)
{
	err_set(e, -ENOENT, "there is no challenge to answer");
	for (unsigned int i = 0; i < n; i++) {
		if (digest_challenge_parse(c, values[i], e))
			continue;
		if (!(accepted & DIGEST_BIT(c->alg)))
			err_set(e, -ENOENT, "challenge: digest algorithm %s is not allowed here",
				digest_alg_name(c->alg));
		else if (realm && strcmp(realm, c->realm) != 0)
			err_set(e, -ENOENT, "challenge: there are no credentials for realm \"%s\"",
				c->realm);
		else
			return (int)i;
	}
	return -ENOENT;
}

static int put_value(char *out, const char *value, const char *what, struct err *e)
{
	size_t len = strlen(value);

	if (len >= DIGEST_VALUE_MAX)
		return err_set(e, -EINVAL, "%s is longer than %d octets", what, DIGEST_VALUE_MAX - 1);
	for (size_t i = 0; i < len; i++)
		if (!is_text(value[i]))
			return err_set(e, -EINVAL, "%s has a control octet", what);
	memcpy(out, value, len + 1);
	return 0;
}

int digest_answer(const struct digest_challenge *c, const char *user, const char *ha1,
		  const char *method, const char *uri, uint32_t nc, const char *cnonce,
		  struct digest_credentials *out, struct err *e)
{
	char fresh[33];
	uint8_t raw[16];
	int err;

	memset(out, 0, sizeof(*out));
	out->alg = c->alg;
	out->nc = nc;
	if (!cnonce) {
		if (RAND_bytes(raw, sizeof(raw)) != 1)
			return err_set(e, -EIO, "OpenSSL has no random octets");
		for (size_t i = 0; i < sizeof(raw); i++)
			snprintf(fresh + 2 * i, 3, "%02x", raw[i]);
		cnonce = fresh;
	}
	memcpy(out->realm, c->realm, sizeof(out->realm));
	memcpy(out->nonce, c->nonce, sizeof(out->nonce));
	memcpy(out->opaque, c->opaque, sizeof(out->opaque));
	err = put_value(out->username, user, "user name", e);
	err = err ?: put_value(out->uri, uri, "Request-URI", e);
	err = err ?: put_value(out->cnonce, cnonce, "cnonce", e);
	if (err)
		return err;
	if (digest_response(out, ha1, method, out->response))
		return err_set(e, -EIO, "OpenSSL cannot compute %s", digest_alg_name(c->alg));
	return 0;
}
