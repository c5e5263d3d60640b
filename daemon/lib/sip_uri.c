// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_uri.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "sip_value.h"

bool sip_uri_is_sip(const struct sip_uri *u)
{
	return strcmp(u->scheme, "sip") == 0 || strcmp(u->scheme, "sips") == 0;
}

const char *sip_param_get(const struct sip_param *list, const char *name)
{
	for (; list; list = list->next)
		if (strcasecmp(list->name, name) == 0)
			return list->value ? list->value : "";
	return NULL;
}

/* ---- text --------------------------------------------------------------------- */

void sip_write_host(struct wbuf *w, const char *host)
{
	const bool ipv6 = strchr(host, ':');

	if (ipv6)
		wbuf_u8(w, '[');
	wbuf_str(w, host);
	if (ipv6)
		wbuf_u8(w, ']');
}

void sip_write_params(struct wbuf *w, const struct sip_param *list)
{
	for (; list; list = list->next) {
		wbuf_u8(w, ';');
		wbuf_str(w, list->name);
		if (list->value) {
			wbuf_u8(w, '=');
			wbuf_str(w, list->value);
		}
	}
}

char *sip_pool_wrote(struct sip_pool *p, const struct wbuf *w)
{
	return w->bad ? NULL : sip_pool_strn(p, (const char *)w->data, w->len);
}

void sip_uri_write(struct wbuf *w, const struct sip_uri *u)
{
	char sep = '?';

	wbuf_str(w, u->scheme);
	wbuf_u8(w, ':');
	if (u->opaque) {
		wbuf_str(w, u->opaque);
		return;
	}
	if (u->user) {
		wbuf_str(w, u->user);
		if (u->password)
			wbuf_printf(w, ":%s", u->password);
		wbuf_u8(w, '@');
	}
	sip_write_host(w, u->host);
	if (u->port)
		wbuf_printf(w, ":%u", u->port);
	sip_write_params(w, u->params);
	for (const struct sip_param *h = u->headers; h; h = h->next, sep = '&')
		wbuf_printf(w, "%c%s=%s", sep, h->name, h->value ? h->value : "");
}

/* ---- escapes ------------------------------------------------------------------ */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* one character, decoded; *s moves on. -1 at a broken escape */
static int decode(const char **s, bool *escaped)
{
	const char *c = *s;
	int hi, lo;

	*escaped = *c == '%';
	if (!*escaped) {
		*s = c + 1;
		return (unsigned char)*c;
	}
	hi = hex(c[1]);
	lo = hi < 0 ? -1 : hex(c[2]);
	if (lo < 0)
		return -1;
	*s = c + 3;
	return hi << 4 | lo;
}

int sip_unescape(const char *s, char *out, size_t cap)
{
	size_t len = 0;
	bool escaped;

	while (*s) {
		const int c = decode(&s, &escaped);

		if (c < 0)
			return -EINVAL;
		if (len + 1 >= cap)
			return -ENOSPC;
		out[len++] = (char)c;
	}
	if (!cap)
		return -ENOSPC;
	out[len] = '\0';
	return (int)len;
}

/*
 * Equal by the meaning of escapes: RFC 3261 section 19.1.4 says that a character
 * outside "reserved" equals its escaped form, and a reserved one does not.
 */
static bool reserved(int c)
{
	return c && strchr(";/?:@&=+$,", c);
}

static bool same(const char *a, const char *b, bool with_case)
{
	bool ea, eb;

	if (!a || !b)
		return a == b;
	while (*a && *b) {
		int ca = decode(&a, &ea), cb = decode(&b, &eb);

		if (ca < 0 || cb < 0)
			return false;
		if (ea != eb && (reserved(ca) || reserved(cb)))
			return false;
		if (!with_case) {
			ca = tolower(ca);
			cb = tolower(cb);
		}
		if (ca != cb)
			return false;
	}
	return *a == *b;
}

/* ---- comparison ------------------------------------------------------------------ */

static const struct sip_param *find(const struct sip_param *list, const char *name)
{
	while (list && !same(list->name, name, false))
		list = list->next;
	return list;
}

const char *sip_uri_param(const struct sip_uri *u, const char *name)
{
	const struct sip_param *p = find(u->params, name);

	return !p ? NULL : p->value ? p->value : "";
}

/* these may not be in one URI only, even with their default value */
static bool weighty(const char *name)
{
	static const char *const names[] = { "user", "ttl", "method", "maddr", "transport" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool params_fit(const struct sip_param *a, const struct sip_param *b)
{
	for (; a; a = a->next) {
		const struct sip_param *o = find(b, a->name);

		if (o ? !same(a->value ? a->value : "", o->value ? o->value : "", false) :
			weighty(a->name))
			return false;
	}
	return true;
}

static bool headers_in(const struct sip_param *a, const struct sip_param *b)
{
	for (; a; a = a->next) {
		const struct sip_param *o = b;

		while (o && !(same(a->name, o->name, false) &&
			      same(a->value ? a->value : "", o->value ? o->value : "", true)))
			o = o->next;
		if (!o)
			return false;
	}
	return true;
}

static bool same_host(const char *a, const char *b)
{
	struct addr x, y;

	if (addr_parse(&x, a, 0) == 0 && addr_parse(&y, b, 0) == 0)
		return addr_ip_equal(&x, &y);
	return strcasecmp(a, b) == 0;
}

bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	if (strcmp(a->scheme, b->scheme) != 0)
		return false;
	if (a->opaque || b->opaque)
		return a->opaque && b->opaque && strcmp(a->opaque, b->opaque) == 0;
	return same(a->user, b->user, true) && same(a->password, b->password, true) &&
	       same_host(a->host, b->host) && a->port == b->port &&
	       params_fit(a->params, b->params) && params_fit(b->params, a->params) &&
	       headers_in(a->headers, b->headers) && headers_in(b->headers, a->headers);
}

/* ---- use --------------------------------------------------------------------------- */

int sip_uri_aor(const struct sip_uri *u, char *out, size_t cap)
{
	struct wbuf w = wbuf_on(out, cap);
	const char *s = u->user;
	bool escaped;

	if (!sip_uri_is_sip(u))
		return -EINVAL;
	wbuf_printf(&w, "%s:", u->scheme);
	while (s && *s) {
		const int c = decode(&s, &escaped);

		if (c < 0)
			return -EINVAL;
		if (escaped && !isalnum(c) && (!c || !strchr("-_.!~*'()", c)))
			wbuf_printf(&w, "%%%02X", (unsigned int)c);
		else
			wbuf_u8(&w, (uint8_t)c);
	}
	if (u->user)
		wbuf_u8(&w, '@');
	if (strchr(u->host, ':'))
		wbuf_u8(&w, '[');
	for (s = u->host; *s; s++)
		wbuf_u8(&w, (uint8_t)tolower((unsigned char)*s));
	if (strchr(u->host, ':'))
		wbuf_u8(&w, ']');
	if (u->port)
		wbuf_printf(&w, ":%u", u->port);
	wbuf_u8(&w, '\0');
	return w.bad ? -ENOSPC : (int)w.len - 1;
}

int sip_uri_addr(const struct sip_uri *u, struct addr *a)
{
	const char *maddr, *transport;
	uint16_t port;

	if (!sip_uri_is_sip(u))
		return -EINVAL;
	maddr = sip_uri_param(u, "maddr");
	transport = sip_uri_param(u, "transport");
	port = u->port;
	if (!port)
		port = strcmp(u->scheme, "sips") == 0 ||
		       (transport && strcasecmp(transport, "tls") == 0) ? 5061 : 5060;
	return addr_parse(a, maddr && *maddr ? maddr : u->host, port) ? -ENOENT : 0;
}
