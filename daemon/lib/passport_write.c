// SPDX-License-Identifier: GPL-2.0-or-later
/* PASSporT: write and sign. */
#include <errno.h>
#include <string.h>

#include "err.h"
#include "jws.h"
#include "passport_impl.h"

/*
 * RFC 8225 section 9: keys in order, no white space.  Both objects have the same few keys
 * always, so they are written down in their order; a JSON library would take a third of
 * the time of a signature to sort them.
 */
static void put_string(struct wbuf *w, const char *s)
{
	wbuf_u8(w, '"');
	for (;;) {
		size_t n = 0;

		while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
			n++;
		wbuf_bytes(w, s, n);
		s += n;
		if (!*s)
			break;
		if (*s != '"' && *s != '\\')	/* no claim of ours has anything else */
			w->bad = true;
		wbuf_u8(w, '\\');
		wbuf_u8(w, (uint8_t)*s++);
	}
	wbuf_u8(w, '"');
}

const char *passport_ppt_name(enum passport_ppt ppt)
{
	return ppt == PASSPORT_MSEC ? "msec" : ppt == PASSPORT_CTX ? PASSPORT_CTX_CLAIM : NULL;
}

static void put_header(struct wbuf *w, const struct passport *p)
{
	const char *ppt = passport_ppt_name(p->ppt);

	wbuf_str(w, "{\"alg\":\"ES256\"");
	if (ppt) {
		wbuf_str(w, ",\"ppt\":");
		put_string(w, ppt);
	}
	wbuf_str(w, ",\"typ\":\"passport\",\"x5u\":");
	put_string(w, p->x5u);
	wbuf_u8(w, '}');
}

/* The identities of one kind behind @open, if there are any. Return: true when there were. */
static bool put_ids(struct wbuf *w, const struct passport *p, bool tn, const char *open)
{
	bool any = false;

	for (unsigned int i = 0; i < p->ndest; i++) {
		if (p->dest[i].tn != tn)
			continue;
		wbuf_str(w, any ? "," : open);
		put_string(w, p->dest[i].value);
		any = true;
	}
	if (any)
		wbuf_u8(w, ']');
	return any;
}

static void put_mky(struct wbuf *w, const struct passport *p)
{
	for (unsigned int i = 0; i < p->nmky; i++) {
		char hex[2 * sizeof(p->mky[i].digest)];

		for (unsigned int k = 0; k < p->mky[i].len; k++) {
			hex[2 * k] = "0123456789ABCDEF"[p->mky[i].digest[k] >> 4];
			hex[2 * k + 1] = "0123456789ABCDEF"[p->mky[i].digest[k] & 15];
		}
		wbuf_str(w, i ? ",{\"alg\":" : "{\"alg\":");
		put_string(w, p->mky[i].alg);
		wbuf_str(w, ",\"dig\":\"");
		wbuf_bytes(w, hex, 2 * (size_t)p->mky[i].len);
		wbuf_str(w, "\"}");
	}
}

void passport_write_ctx(struct wbuf *w, const struct passport_ctx *c)
{
	wbuf_str(w, "{\"call_id\":");
	put_string(w, c->call_id);
	wbuf_printf(w, ",\"cseq\":%u,\"from_tag\":", c->cseq);
	put_string(w, c->from_tag);
	wbuf_str(w, ",\"method\":");
	put_string(w, c->method);
	wbuf_str(w, ",\"to_tag\":");
	put_string(w, c->to_tag);
	wbuf_u8(w, '}');
}

void passport_write_payload(struct wbuf *w, const struct passport *p)
{
	bool any;

	/* An object of arrays, one for each kind of identity (RFC 8225 section 5.2.1). */
	wbuf_str(w, "{\"dest\":{");
	any = put_ids(w, p, true, "\"tn\":[");
	put_ids(w, p, false, any ? ",\"uri\":[" : "\"uri\":[");
	wbuf_printf(w, "},\"iat\":%lld", (long long)p->iat);
	/* The request itself, or in the token beside it that there is one for it. */
	if (p->ppt == PASSPORT_CTX || p->announce)
		wbuf_str(w, ",\"" PASSPORT_CTX_CLAIM "\":");
	if (p->ppt == PASSPORT_CTX)
		passport_write_ctx(w, &p->ctx);
	else if (p->announce)
		wbuf_str(w, "true");
	/* Present exactly when the SDP has fingerprints (RFC 8224 section 4.1). */
	if (p->nmky) {
		wbuf_str(w, ",\"mky\":[");
		put_mky(w, p);
		wbuf_u8(w, ']');
	}
	wbuf_str(w, p->orig.tn ? ",\"orig\":{\"tn\":" : ",\"orig\":{\"uri\":");
	put_string(w, p->orig.value);
	wbuf_str(w, "}}");
}

static int put_part(const struct passport *p, void (*put)(struct wbuf *, const struct passport *),
		    char *out, size_t cap, size_t *n)
{
	char text[JWS_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	put(&w, p);
	if (w.bad)
		return -EINVAL;
	if (*n + b64url_size(w.len) + 1 > cap)
		return -EMSGSIZE;
	*n += b64url_encode(out + *n, text, w.len);
	return 0;
}

int passport_input(const struct passport *p, char *out, size_t cap, size_t *n)
{
	int err;

	*n = 0;
	err = put_part(p, put_header, out, cap, n);
	if (!err)
		out[(*n)++] = '.';
	return err ?: put_part(p, passport_write_payload, out, cap, n);
}

int passport_sign_by(const struct passport *p, struct jws_signer *key, bool compact, char *out,
		     size_t cap, struct err *e)
{
	uint8_t sig[JWS_SIG_LEN];
	char input[JWS_MAX];
	size_t n;
	int err;

	if (compact && (p->announce || p->ppt == PASSPORT_CTX))
		return err_set(e, -EINVAL, "the compact form holds no claims of its own");
	err = passport_input(p, input, sizeof(input), &n);
	if (!err && (compact ? 2 : n + 1) + JWS_SIG_B64_LEN + 1 > cap)
		err = -EMSGSIZE;
	if (err == -EINVAL)
		return err_set(e, err, "a claim is not printable ASCII, or too long");
	if (err)
		return err_set(e, err, "the token does not fit %zu octets", cap);
	err = jws_signer_sign(key, input, n, sig, e);
	if (err)
		return err;
	if (compact) {
		n = 1;
		input[0] = '.';
	}
	memcpy(out, input, n);
	out[n++] = '.';
	b64url_encode(out + n, sig, sizeof(sig));
	return 0;
}

int passport_sign(const struct passport *p, EVP_PKEY *key, bool compact, char *out, size_t cap,
		  struct err *e)
{
	struct jws_signer *s;
	int err = jws_signer_new(&s, key, e);

	err = err ?: passport_sign_by(p, s, compact, out, cap, e);
	jws_signer_free(s);
	return err;
}
