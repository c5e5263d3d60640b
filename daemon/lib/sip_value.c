// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only file that knows osipparser2.  It is asked for the structure of single
 * values (URI, name-addr, Via); its message parser and printer are not used: they
 * reorder header fields, split unknown ones at commas, and decode escapes so that
 * "%00" ends a user name.
 */
#include "sip_value.h"

#include <ctype.h>
#include <errno.h>
#include <osipparser2/osip_headers.h>
#include <osipparser2/osip_message.h>
#include <osipparser2/osip_uri.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

/* ---- character classes of RFC 3261 section 25.1 ---------------------------- */

#define UNRESERVED	"-_.!~*'()"
#define TOKEN		"-.!%*_+`'~"
#define USER		UNRESERVED "&=+$,;?/"
#define PASSWORD	UNRESERVED "&=+$,"
#define URI_PARAM	UNRESERVED "[]/:&+$"
#define URI_HEADER	UNRESERVED "[]/?:+$"
#define WORD		"-.!%*_+`'~()<>:\\\"/[]?{}"
#define URIC		UNRESERVED ";/?:@&=+$,[]#"

/* ASCII ones, whatever the locale. */
static bool is_alnum(char c)
{
	const unsigned char lower = (unsigned char)c | 0x20;

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool all_of(const char *s, const char *extra, bool escapes)
{
	for (; *s; s++) {
		if (escapes && *s == '%') {
			if (!isxdigit((unsigned char)s[1]) || !isxdigit((unsigned char)s[2]))
				return false;
			s += 2;
		} else if (!is_alnum(*s) && !strchr(extra, *s)) {
			return false;
		}
	}
	return true;
}

bool sip_is_token(const char *s)
{
	return *s && all_of(s, TOKEN, false);
}

bool sip_is_callid(const char *s)
{
	const char *at = strchr(s, '@');

	if (!*s || at == s || (at && (!at[1] || strchr(at + 1, '@'))))
		return false;
	return all_of(s, WORD "@", false);
}

bool sip_is_host(const char *s)
{
	struct addr a;

	if (strchr(s, ':'))
		return addr_parse(&a, s, 0) == 0 && s[0] != '[';
	/* Underscores are not in the grammar, but in names of internal hosts. */
	return *s && strlen(s) <= 255 && all_of(s, "-._", false);
}

bool sip_is_clean(const char *s)
{
	for (const char *c = s; *c; c++) {
		const bool pair = c > s && c[-1] == '\\';

		if (*c >= ' ' && *c < 0x7f)
			continue;
		if (*c == SIP_GUARD || *c == '\r' || *c == '\n')
			return false;
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f || *c == SIP_NUL)
			if (!pair)
				return false;
	}
	return true;
}

int sip_number(const char *s, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max)
			return -EINVAL;
	}
	*out = (uint32_t)v;
	return 0;
}

/* "..." with quoted pairs, all of @s */
static bool is_quoted(const char *s)
{
	if (*s++ != '"')
		return false;
	for (; *s && *s != '"'; s++)
		if (*s == '\\' && !*++s)
			return false;
	return s[0] == '"' && !s[1];
}

/* value of a header parameter: token, host or quoted string (gen-value) */
static bool is_gen_value(const char *s)
{
	return is_quoted(s) || (*s && all_of(s, TOKEN "[]:", false));
}

/* *(token LWS) or a quoted string */
static bool is_display(const char *s)
{
	return is_quoted(s) || all_of(s, TOKEN " \t", false);
}

const char *sip_value_end(const char *s)
{
	bool quoted = false, angle = false;

	for (; *s; s++) {
		if (quoted) {
			if (*s == '\\' && s[1])
				s++;
			else if (*s == '"')
				quoted = false;
		} else if (*s == '"' && !angle) {
			quoted = true;
		} else if (*s == '<') {
			angle = true;
		} else if (*s == '>') {
			angle = false;
		} else if (*s == ',' && !angle) {
			break;
		}
	}
	return s;
}

/* ---- from osipparser2's structures ------------------------------------------ */

static char *guarded(const char *s, size_t from)
{
	char *copy = strdup(s);

	for (char *c = copy ? copy + from : NULL; c && *c; c++)
		if (*c == '%')
			*c = SIP_GUARD;
	return copy;
}

/* NULL stays NULL; false when memory is out */
static bool keep(struct sip_pool *p, const char *s, const char **out)
{
	char *copy;

	*out = NULL;
	if (!s)
		return true;
	copy = sip_pool_str(p, s);
	for (char *c = copy; c && *c; c++)
		if (*c == SIP_GUARD)
			*c = '%';
	*out = copy;
	return copy;
}

enum param_kind { PARAM_URI, PARAM_URI_HEADER, PARAM_GENERIC };

static int keep_params(struct sip_pool *p, const osip_list_t *list, enum param_kind kind,
		       const struct sip_param **out, struct err *e)
{
	const struct sip_param **tail = out;
	osip_list_iterator_t it;

	*out = NULL;
	for (osip_uri_param_t *op = osip_list_get_first(list, &it); op;
	     op = osip_list_get_next(&it)) {
		struct sip_param *sp = sip_pool_alloc(p, sizeof(*sp));
		bool good;

		if (!sp || !keep(p, op->gname, &sp->name) || !keep(p, op->gvalue, &sp->value))
			return -ENOMEM;
		if (!sp->name || !*sp->name)
			return err_set(e, -EINVAL, "parameter without a name");
		if (kind == PARAM_GENERIC)
			good = sip_is_token(sp->name) && (!sp->value || is_gen_value(sp->value));
		else if (kind == PARAM_URI)
			good = all_of(sp->name, URI_PARAM, true) &&
			       (!sp->value || (*sp->value && all_of(sp->value, URI_PARAM, true)));
		else
			good = all_of(sp->name, URI_HEADER, true) &&
			       (!sp->value || all_of(sp->value, URI_HEADER, true));
		if (!good)
			return err_set(e, -EINVAL, "malformed parameter");
		for (const struct sip_param *o = *out; o && kind != PARAM_URI_HEADER; o = o->next)
			if (strcasecmp(o->name, sp->name) == 0)
				return err_set(e, -EINVAL, "parameter given twice");
		*tail = sp;
		tail = &sp->next;
	}
	return 0;
}

static int keep_port(const char *s, uint16_t *port, struct err *e)
{
	uint32_t n = 0;

	*port = 0;
	if (s && (sip_number(s, 65535, &n) || n == 0))
		return err_set(e, -EINVAL, "port is not a number from 1 to 65535");
	*port = (uint16_t)n;
	return 0;
}

static int keep_uri(struct sip_pool *p, const osip_uri_t *o, struct sip_uri *u, struct err *e)
{
	char *scheme;
	int rc;

	memset(u, 0, sizeof(*u));
	if (!o || !o->scheme || !isalpha((unsigned char)o->scheme[0]) ||
	    !all_of(o->scheme, "+-.", false))
		return err_set(e, -EINVAL, "URI without a scheme");
	scheme = sip_pool_str(p, o->scheme);
	if (!scheme)
		return -ENOMEM;
	for (char *c = scheme; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	u->scheme = scheme;
	if (!sip_uri_is_sip(u)) {
		if (!keep(p, o->string ? o->string : "", &u->opaque))
			return -ENOMEM;
		if (!*u->opaque || !all_of(u->opaque, URIC, true))
			return err_set(e, -EINVAL, "malformed URI");
		return 0;
	}
	if (!keep(p, o->username, &u->user) || !keep(p, o->password, &u->password) ||
	    !keep(p, o->host, &u->host))
		return -ENOMEM;
	if (u->user && (!*u->user || !all_of(u->user, USER, true)))
		return err_set(e, -EINVAL, "malformed user part of URI");
	if (u->password && !all_of(u->password, PASSWORD, true))
		return err_set(e, -EINVAL, "malformed password part of URI");
	if (!u->host || !sip_is_host(u->host))
		return err_set(e, -EINVAL, "malformed host part of URI");
	rc = keep_port(o->port, &u->port, e);
	if (rc == 0)
		rc = keep_params(p, &o->url_params, PARAM_URI, &u->params, e);
	if (rc == 0)
		rc = keep_params(p, &o->url_headers, PARAM_URI_HEADER, &u->headers, e);
	return rc;
}

/* Only letters are a scheme to osipparser2; RFC 3986 section 3.1 has more. */
static int parse_opaque(struct sip_pool *p, const char *s, struct sip_uri *u, struct err *e)
{
	const size_t len = strcspn(s, ":");
	const osip_uri_t o = {
		.scheme = sip_pool_strn(p, s, len),
		.string = s[len] ? sip_pool_str(p, s + len + 1) : NULL,
	};

	return keep_uri(p, &o, u, e);
}

/*
 * Lists of osipparser2 are walked from their start for each element, and the search
 * for a name given twice is quadratic too: a datagram of nothing but ';' would keep
 * the process busy for minutes.  Nobody's URI or address has that many parameters.
 */
static int check_params(const char *s, struct err *e)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += *s == ';' || *s == '&';
	if (n > SIP_MAX_PARAMS)
		return err_set(e, -EINVAL, "more than %d parameters", SIP_MAX_PARAMS);
	return 0;
}

int sip_uri_parse(struct sip_pool *p, const char *s, struct sip_uri *u, struct err *e)
{
	osip_uri_t *o = NULL;
	char *copy;
	int rc = check_params(s, e);

	if (rc)
		return rc;
	rc = -ENOMEM;
	if (strncasecmp(s, "sip:", 4) != 0 && strncasecmp(s, "sips:", 5) != 0)
		return parse_opaque(p, s, u, e);
	copy = guarded(s, 0);
	if (copy && osip_uri_init(&o) == 0) {
		if (osip_uri_parse(o, copy))
			rc = err_set(e, -EINVAL, "malformed URI");
		else
			rc = keep_uri(p, o, u, e);
	}
	osip_uri_free(o);
	free(copy);
	return rc;
}

/*
 * What osipparser2 lets pass: a '?' of an addr-spec without < >, which RFC 3261
 * section 20 forbids, white space within < >, and anything between '>' and the
 * next ';'.
 */
static int check_nameaddr(const char *s, size_t *angle, struct err *e)
{
	bool quoted = false;
	const char *c;

	for (c = s; *c && (quoted || *c != '<'); c++) {
		if (*c == '\\' && quoted && c[1])
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted && (*c == '?' || *c == ','))
			return err_set(e, -EINVAL, "a URI with '?' or ',' must be within < >");
	}
	if (quoted)
		return err_set(e, -EINVAL, "quoted string does not end");
	*angle = *c ? (size_t)(c - s) : 0;
	if (!*c)
		return 0;
	c += strcspn(c, "> \t");
	if (*c != '>')
		return err_set(e, -EINVAL, "'<' without '>', or white space in between");
	for (c++; *c == ' ' || *c == '\t'; c++)
		;
	if (*c && *c != ';')
		return err_set(e, -EINVAL, "something other than parameters behind '>'");
	return 0;
}

int sip_nameaddr_parse(struct sip_pool *p, const char *s, struct sip_nameaddr *n, struct err *e)
{
	osip_from_t *o = NULL;
	char *copy = NULL, *text;
	struct wbuf w;
	size_t angle = 0;
	int rc;

	memset(n, 0, sizeof(*n));
	rc = check_params(s, e);
	if (rc == 0)
		rc = check_nameaddr(s, &angle, e);
	if (rc)
		return rc;
	rc = -ENOMEM;
	copy = guarded(s, angle);	/* a display name may hold no guard */
	if (!copy || osip_from_init(&o))
		goto out;
	rc = -EINVAL;
	if (osip_from_parse(o, copy)) {
		err_set(e, rc, "malformed address");
		goto out;
	}
	rc = keep_uri(p, o->url, &n->uri, e);
	if (rc == 0)
		rc = keep_params(p, &o->gen_params, PARAM_GENERIC, &n->params, e);
	if (rc == 0 && !keep(p, o->displayname, &n->display))
		rc = -ENOMEM;
	if (rc)
		goto out;
	if (n->display && !is_display(n->display)) {
		rc = err_set(e, -EINVAL, "malformed display name");
		goto out;
	}
	rc = -ENOMEM;
	text = malloc(strlen(s) + 16);
	if (text) {
		w = wbuf_on(text, strlen(s) + 15);
		sip_uri_write(&w, &n->uri);
		n->uri_text = sip_pool_wrote(p, &w);
		rc = n->uri_text ? 0 : -ENOMEM;
	}
	free(text);
out:
	osip_from_free(o);
	free(copy);
	return rc;
}

static enum sip_proto proto_of(const char *transport)
{
	if (strcasecmp(transport, "UDP") == 0)
		return SIP_UDP;
	if (strcasecmp(transport, "TCP") == 0)
		return SIP_TCP;
	if (strcasecmp(transport, "TLS") == 0)
		return SIP_TLS;
	return SIP_PROTO_OTHER;
}

int sip_via_derive(struct sip_via *v, struct err *e)
{
	struct addr a;
	const char *rport;
	uint32_t n;

	v->proto = proto_of(v->transport);
	v->branch = sip_param_get(v->params, "branch");
	v->received = sip_param_get(v->params, "received");
	v->maddr = sip_param_get(v->params, "maddr");
	rport = sip_param_get(v->params, "rport");
	v->has_rport = rport != NULL;
	if (v->branch && !sip_is_token(v->branch))
		return err_set(e, -EINVAL, "malformed branch in Via");
	if (v->received && addr_parse(&a, v->received, 0))
		return err_set(e, -EINVAL, "received in Via is not an IP address");
	if (rport && *rport) {
		if (sip_number(rport, 65535, &n) || n == 0)
			return err_set(e, -EINVAL, "rport in Via is not a port");
		v->rport = (uint16_t)n;
	}
	return 0;
}

static int keep_via(struct sip_pool *p, const osip_via_t *o, struct sip_via *v, struct err *e)
{
	int rc;

	if (!o->version || strcmp(o->version, "2.0") != 0)
		return err_set(e, -EINVAL, "Via is not of SIP/2.0");
	if (!keep(p, o->protocol, &v->transport) || !keep(p, o->host, &v->host))
		return -ENOMEM;
	if (!v->transport || !sip_is_token(v->transport))
		return err_set(e, -EINVAL, "malformed transport in Via");
	if (!v->host || !sip_is_host(v->host))
		return err_set(e, -EINVAL, "malformed sent-by in Via");
	rc = keep_port(o->port, &v->port, e);
	if (rc == 0)
		rc = keep_params(p, &o->via_params, PARAM_GENERIC, &v->params, e);
	return rc ? rc : sip_via_derive(v, e);
}

int sip_via_parse(struct sip_pool *p, const char *s, struct sip_via *v, struct err *e)
{
	osip_via_t *o = NULL;
	char *copy;
	int rc = check_params(s, e);

	memset(v, 0, sizeof(*v));
	if (rc)
		return rc;
	rc = -ENOMEM;
	copy = guarded(s, 0);
	if (copy && osip_via_init(&o) == 0) {
		if (strncasecmp(s, "SIP", 3) != 0 || osip_via_parse(o, copy) || o->comment)
			rc = err_set(e, -EINVAL, "malformed Via");
		else
			rc = keep_via(p, o, v, e);
	}
	osip_via_free(o);
	free(copy);
	return rc;
}
