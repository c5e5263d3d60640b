// SPDX-License-Identifier: GPL-2.0-or-later
/* Session descriptions (RFC 8866): the parser. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "sdp.h"

/* What has been seen at the level (session or media) the parser is in. */
struct level {
	bool conn, direction, setup, fingerprint, tls_id, rtcp;
};

struct parser {
	struct sdp *s;
	struct err *e;
	unsigned int line;
	struct sdp_media base;		/* what the media inherit */
	struct sdp_media *m;		/* media[] being filled, or &base */
	struct level seen;
	char last;			/* type letter before this one; order is fixed */
	bool has_time;
	unsigned int npool;
};

static int bad_code(struct parser *p, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Refuse the description: which line, and what about it. */
static int bad_code(struct parser *p, int code, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(p->e, code, "SDP line %u: %s", p->line, what);
}

#define bad(p, ...) bad_code((p), -EINVAL, __VA_ARGS__)

static bool is_token(const char *s)
{
	size_t n;

	for (n = 0; s[n]; n++)
		if (!sdp_is_token_char((unsigned char)s[n]))
			return false;
	return n > 0 && n < SDP_MAX_TOKEN;
}

/* Digits only: no sign, no space, no overflow. */
static bool parse_number(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned int d = (unsigned int)(*s - '0');

		if (*s < '0' || *s > '9' || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return v <= max;
}

/* Cut the next field off *@p: fields are parted by exactly one space. NULL when there is none. */
static char *field(char **p)
{
	char *start = *p, *space;

	if (!start || !*start || *start == ' ')
		return NULL;
	space = strchr(start, ' ');
	if (space)
		*space++ = '\0';
	*p = space;
	return start;
}

/* "IN", "IP4" or "IP6", address. A host name leaves @a unset. */
static int parse_address(struct parser *p, char **rest, struct addr *a)
{
	char *net = field(rest), *type = field(rest), *host = field(rest);
	sa_family_t family;

	memset(a, 0, sizeof(*a));
	if (!host || *rest)
		return bad(p, "expected \"IN IP4 address\" or \"IN IP6 address\"");
	if (strcmp(net, "IN") || (strcmp(type, "IP4") && strcmp(type, "IP6")))
		return bad_code(p, -EAFNOSUPPORT, "only network type IN with IP4 or IP6 is served");
	family = type[2] == '6' ? AF_INET6 : AF_INET;
	if (host[0] == '[' || addr_parse(a, host, 0) || a->family != family)
		memset(a, 0, sizeof(*a));
	return 0;
}

static bool is_multicast(const struct addr *a)
{
	return a->family == AF_INET ? (a->ip[0] & 0xf0) == 0xe0 : a->ip[0] == 0xff;
}

/* An address media will be sent to: numeric and unicast. */
static int parse_media_address(struct parser *p, char **rest, struct addr *a)
{
	int ret = parse_address(p, rest, a);

	if (ret)
		return ret;
	if (!addr_is_set(a))
		return bad_code(p, -EAFNOSUPPORT, "the address must be a numeric unicast address");
	if (is_multicast(a))
		return bad_code(p, -EAFNOSUPPORT, "multicast is not served");
	return 0;
}

static int parse_origin(struct parser *p, char *v)
{
	char *user = field(&v), *id = field(&v), *version = field(&v);

	if (!version || !parse_number(id, UINT64_MAX, &p->s->id) ||
	    !parse_number(version, UINT64_MAX, &p->s->version))
		return bad(p, "o= must be \"user id version IN IP4|IP6 address\"");
	p->s->user = user;
	return parse_address(p, &v, &p->s->origin);
}

static int parse_conn(struct parser *p, char *v)
{
	if (p->seen.conn)
		return bad(p, "a second c= line at this level");
	p->seen.conn = true;
	return parse_media_address(p, &v, &p->m->conn);
}

static bool is_proto(const char *s)
{
	size_t n = strlen(s);

	for (const char *c = s; *c; c++)
		if (*c != '/' && !sdp_is_token_char((unsigned char)*c))
			return false;
	return n > 0 && n < SDP_MAX_TOKEN && s[0] != '/' && s[n - 1] != '/';
}

static int check_formats(struct parser *p, const char *list, bool rtp)
{
	char copy[SDP_MAX_FORMATS], *rest = copy, *f;
	uint64_t pt;

	if (strlen(list) >= sizeof(copy))
		return bad_code(p, -E2BIG, "too many formats");
	memcpy(copy, list, strlen(list) + 1);
	while ((f = field(&rest)))
		if (rtp ? !parse_number(f, 127, &pt) : !is_token(f))
			return bad(p, rtp ? "a format must be a payload type, 0 to 127" :
				   "a format is not a token");
	return rest ? bad(p, "formats must be parted by one space") : 0;
}

/* What the level above leaves to its media is complete once a media section ends. */
static int end_media(struct parser *p)
{
	if (p->m != &p->base && p->m->port && !addr_is_set(&p->m->conn))
		return bad(p, "the media above has no c= line, nor has the session");
	return 0;
}

static int parse_media(struct parser *p, char *v)
{
	char *type = field(&v), *port = field(&v), *proto = field(&v), *count;
	uint64_t number, nports = 1;
	struct sdp_media *m;
	int ret;

	if (!p->has_time)
		return bad(p, "no t= line before the first m= line");
	ret = end_media(p);
	if (ret)
		return ret;
	if (p->s->nmedia == SDP_MAX_MEDIA)
		return bad_code(p, -E2BIG, "more than %d m= lines", SDP_MAX_MEDIA);
	if (!proto || !v)
		return bad(p, "m= must be \"type port transport format ...\"");
	count = strchr(port, '/');
	if (count)
		*count++ = '\0';
	if (!is_token(type) || !parse_number(port, 65535, &number) ||
	    (count && (!parse_number(count, 65535, &nports) || !nports)) || !is_proto(proto))
		return bad(p, "m= must be \"type port transport format ...\"");

	m = &p->s->media[p->s->nmedia];
	*m = p->base;
	m->type = type;
	m->port = (uint16_t)number;
	m->nports = (unsigned int)nports;
	m->proto_str = proto;
	m->proto = sdp_proto_of(proto);
	m->formats = v;
	m->attr = p->s->pool + p->npool;
	m->nattr = 0;
	ret = check_formats(p, v, m->proto != SDP_PROTO_OTHER);
	if (ret)
		return ret;
	p->s->nmedia++;
	p->m = m;
	p->seen = (struct level){ 0 };
	p->last = 'm';
	return 0;
}

static int add_fingerprint(struct parser *p, const char *v)
{
	struct sdp_fingerprint f;
	int ret = sdp_fingerprint_parse(&f, v, p->e);

	if (ret == -EINVAL) {
		err_prefix(p->e, "SDP line %u", p->line);
		return ret;
	}
	/* RFC 8122 section 5: those of the media replace those of the session. */
	if (!p->seen.fingerprint)
		p->m->nfp = 0;
	p->seen.fingerprint = true;
	if (ret)
		return 0;
	if (p->m->nfp == SDP_MAX_FINGERPRINTS)
		return bad_code(p, -E2BIG, "more than %d fingerprints", SDP_MAX_FINGERPRINTS);
	p->m->fp[p->m->nfp++] = f;
	return 0;
}

/* RFC 3605: a=rtcp:port [IN IP4 address] */
static int set_rtcp(struct parser *p, char *v)
{
	char *port = field(&v);
	uint64_t number;

	if (p->m == &p->base)
		return 0;
	if (p->seen.rtcp)
		return bad(p, "a second a=rtcp");
	p->seen.rtcp = true;
	if (!port || !parse_number(port, 65535, &number) || !number)
		return bad(p, "a=rtcp must begin with a port, 1 to 65535");
	if (v) {
		int ret = parse_media_address(p, &v, &p->m->rtcp);

		if (ret)
			return ret;
	}
	p->m->rtcp.port = (uint16_t)number;
	return 0;
}

static int set_setup(struct parser *p, const char *v)
{
	if (p->seen.setup)
		return bad(p, "a second a=setup at this level");
	p->seen.setup = true;
	for (int i = SDP_SETUP_ACTIVE; i <= SDP_SETUP_HOLDCONN; i++) {
		if (!strcasecmp(v, sdp_setup_name((enum sdp_setup)i))) {
			p->m->setup = (enum sdp_setup)i;
			return 0;
		}
	}
	return bad(p, "a=setup must be actpass, active, passive or holdconn");
}

/* RFC 8842 section 4: 20 to 255 of letters, digits and "+/-_" */
static int set_tls_id(struct parser *p, const char *v)
{
	size_t n = strlen(v);

	if (p->seen.tls_id)
		return bad(p, "a second a=tls-id at this level");
	p->seen.tls_id = true;
	if (n < 20 || n > 255 ||
	    strspn(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_") != n)
		return bad(p, "a=tls-id must be 20 to 255 letters, digits, '+', '/', '-' or '_'");
	p->m->tls_id = v;
	return 0;
}

static int set_direction(struct parser *p, enum sdp_direction d)
{
	if (p->seen.direction)
		return bad(p, "a second direction at this level");
	p->seen.direction = true;
	p->m->direction = d;
	return 0;
}

static int understand(struct parser *p, const struct sdp_attr *a)
{
	char copy[SDP_MAX_TOKEN * 2];

	for (int d = SDP_SENDRECV; d <= SDP_INACTIVE; d++)
		if (!strcmp(a->name, sdp_direction_name((enum sdp_direction)d)))
			return set_direction(p, (enum sdp_direction)d);
	if (!strcmp(a->name, "rtcp-mux")) {
		p->m->rtcp_mux = p->m != &p->base;
		return 0;
	}
	if (!a->value)
		return 0;
	if (!strcmp(a->name, "fingerprint"))
		return add_fingerprint(p, a->value);
	if (!strcmp(a->name, "setup"))
		return set_setup(p, a->value);
	if (!strcmp(a->name, "tls-id"))
		return set_tls_id(p, a->value);
	if (!strcmp(a->name, "rtcp")) {
		if (strlen(a->value) >= sizeof(copy))
			return bad(p, "a=rtcp is too long");
		memcpy(copy, a->value, strlen(a->value) + 1);
		return set_rtcp(p, copy);
	}
	return 0;
}

static int parse_attr(struct parser *p, char *v)
{
	struct sdp_attr *a = &p->s->pool[p->npool];
	char *colon = strchr(v, ':');

	if (colon)
		*colon++ = '\0';
	if (!is_token(v))
		return bad(p, "an attribute's name must be a token of less than %d octets",
			   SDP_MAX_TOKEN);
	a->name = v;
	a->value = colon;
	p->npool++;
	if (p->m == &p->base)
		p->s->nattr++;
	else
		p->m->nattr++;
	return understand(p, a);
}

/*
 * RFC 8866 section 5: the order of the lines is fixed. @last is 0 at the start.
 * "t" and "r" (and "z" after them) may alternate.
 */
static bool in_order(char last, char now, bool in_media)
{
	const char *order = in_media ? "micbka" : "vosiuepcbtka";
	const char *repeat = in_media ? "cba" : "epbta";
	const char *was, *is;

	if (now == 'r' || now == 'z')
		return !in_media && last == 't';
	if (now == 'm')
		return last != 0;
	is = strchr(order, now);
	if (!is)
		return false;
	if (!last)
		return now == 'v';
	was = strchr(order, last);
	if (now == last)
		return strchr(repeat, now) != NULL;
	if (!in_media && was - order < 2)	/* v, o and s follow each other */
		return is == was + 1;
	return is > was;
}

static int parse_line(struct parser *p, char *line)
{
	char type = line[0], *value = line + 2;

	if (!type || line[1] != '=')
		return bad(p, "expected a letter and '='");
	if (!strchr("vosiuepcbtrzkam", type))
		return bad(p, "unknown type letter");
	if (!in_order(p->last, type, p->m != &p->base))
		return bad(p, "%c= is not allowed here", type);
	if (type != 'r' && type != 'z')
		p->last = type;
	switch (type) {
	case 'v':
		return strcmp(value, "0") ? bad(p, "v= must be 0") : 0;
	case 'o':
		return parse_origin(p, value);
	case 's':
		p->s->name = value;
		return 0;
	case 't':
		p->has_time = true;
		return 0;
	case 'c':
		return parse_conn(p, value);
	case 'a':
		return parse_attr(p, value);
	case 'm':
		return parse_media(p, value);
	default:		/* i u e p b r z k: of no use to a gateway */
		return 0;
	}
}

/* Cut @text into lines; every octet is looked at here, once. */
static int parse_text(struct parser *p, char *text, size_t len)
{
	char *end = text + len;

	while (text < end) {
		char *lf = memchr(text, '\n', (size_t)(end - text));
		char *stop = lf ? lf : end;
		int ret;

		p->line++;
		if (lf && stop > text && stop[-1] == '\r')
			stop--;
		for (char *c = text; c < stop; c++)
			if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
				return bad(p, "a control octet");
		*stop = '\0';
		/* Some end the description with an empty line. */
		if (stop == text && (!lf || strspn(lf + 1, "\r\n") == (size_t)(end - lf - 1)))
			break;
		ret = parse_line(p, text);
		if (ret)
			return ret;
		text = lf ? lf + 1 : end;
	}
	if (!p->has_time)
		return bad(p, "the description ends before its t= line");
	return end_media(p);
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

struct sdp *sdp_parse(const char *text, size_t len, struct err *e)
{
	struct parser p = { .e = e };
	size_t lines = count_lines(text, len);

	if (len > SDP_MAX_TEXT || lines > SDP_MAX_LINES) {
		err_set(e, -E2BIG, "SDP of more than %d octets or %d lines", SDP_MAX_TEXT,
			SDP_MAX_LINES);
		return NULL;
	}
	p.s = calloc(1, sizeof(*p.s));
	if (p.s) {
		p.s->store = malloc(len + 1);
		p.s->pool = calloc(lines, sizeof(*p.s->pool));
	}
	if (!p.s || !p.s->store || !p.s->pool) {
		err_set(e, -ENOMEM, "out of memory for an SDP");
		sdp_free(p.s);
		return NULL;
	}
	memcpy(p.s->store, text, len);
	p.s->store[len] = '\0';
	p.s->attr = p.s->pool;
	p.m = &p.base;
	p.base.nports = 1;
	if (parse_text(&p, p.s->store, len)) {
		sdp_free(p.s);
		return NULL;
	}
	return p.s;
}

void sdp_free(struct sdp *s)
{
	if (!s)
		return;
	free(s->pool);
	free(s->store);
	free(s);
}
