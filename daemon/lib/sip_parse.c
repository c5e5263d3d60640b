// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From octets to a message: start line, header lines, body (RFC 3261 section 7),
 * and the checks every message has to pass.
 *
 * The first thing wrong decides the answer, but reading goes on after it as far
 * as it can, for an answer needs Via, From, To, Call-ID and CSeq (section 8.2.6).
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sip_msg_impl.h"
#include "sip_value.h"

struct parse {
	struct sip_msg *m;
	bool is_response;
	unsigned int refusal;	/* 0: good so far */
	bool drop;
	bool has_length;
	uint32_t length;
	struct err *e;
	struct err scratch;	/* of what is wrong after the first */
};

static struct err *first_error(struct parse *p)
{
	return p->refusal ? &p->scratch : p->e;
}

/* rc from a check; only -ENOMEM stops reading */
static int judge(struct parse *p, int rc, unsigned int code)
{
	if (rc == -ENOMEM)
		return rc;
	if (rc && !p->refusal)
		p->refusal = code;
	return 0;
}

static int refuse(struct parse *p, unsigned int code, const char *text)
{
	return judge(p, err_set(first_error(p), -EINVAL, "%s", text), code);
}

/* ---- start line --------------------------------------------------------------------- */

static bool is_version(const char *s, bool *known)
{
	*known = strcasecmp(s, "SIP/2.0") == 0;
	if (strncasecmp(s, "SIP/", 4) != 0 || !isdigit((unsigned char)s[4]))
		return false;
	s += 4 + strspn(s + 4, "0123456789");
	return s[0] == '.' && s[1] && strspn(s + 1, "0123456789") == strlen(s + 1);
}

static int status_line(struct parse *p, char *line)
{
	char *code = line + 8;
	uint32_t n;

	p->is_response = true;
	p->m->code = 1;		/* not a request, whatever follows */
	if (strncasecmp(line, "SIP/2.0 ", 8) != 0 || strlen(code) < 3 ||
	    (code[3] != ' ' && code[3] != '\0'))
		return refuse(p, 400, "malformed status line");
	p->m->reason = code[3] ? code + 4 : "";
	code[3] = '\0';
	if (sip_number(code, 699, &n) || n < 100)
		return refuse(p, 400, "status code is not from 100 to 699");
	p->m->code = n;
	return 0;
}

static int request_line(struct parse *p, char *line)
{
	char *uri = strchr(line, ' '), *version = strrchr(line, ' ');
	bool known;

	p->m->method_name = line;
	if (uri)
		*uri++ = '\0';
	p->m->method = sip_method_of(line);
	if (!uri || version < uri)
		return refuse(p, 400, "malformed request line");
	*version++ = '\0';
	if (!sip_is_token(line))
		return refuse(p, 400, "malformed method");
	if (!is_version(version, &known))
		return refuse(p, 400, "malformed request line: no SIP version at its end");
	if (!known)
		return refuse(p, 505, "Version Not Supported");
	if (strpbrk(uri, " \t"))
		return refuse(p, 400, "Request-URI: white space in or around it");
	if (strlen(uri) > SIP_MAX_LINE)
		return refuse(p, 414, "Request-URI Too Long");
	return judge(p, sip_msg_start_uri(p->m, uri, first_error(p)), 400);
}

/* ---- header lines --------------------------------------------------------------------- */

/*
 * Cut one line, continuation lines included, off @at, in place: a fold becomes one
 * space.  Return: the line, NUL-terminated; NULL when no line end comes.
 */
static char *next_line(char **at, char *end, bool fold)
{
	char *line = *at, *r = *at, *w;

	/* Mostly it is one line, and the CR in it is at its end. */
	r = memchr(line, '\r', (size_t)(end - line));
	r = r ? r : end;
	w = r;
	while (r < end) {
		if (r + 1 < end && r[0] == '\r' && r[1] == '\n') {
			r += 2;
			if (!fold || w == line || r >= end || (*r != ' ' && *r != '\t')) {
				*w = '\0';
				*at = r;
				return line;
			}
			while (r < end && (*r == ' ' || *r == '\t'))
				r++;
			*w++ = ' ';
		} else {
			*w++ = *r++;
		}
	}
	*w = '\0';
	*at = end;
	return NULL;
}

static int content_length(struct parse *p, const char *value)
{
	if (p->has_length)
		return refuse(p, 400, "more than one Content-Length");
	p->has_length = true;
	if (sip_number(value, UINT32_MAX, &p->length))
		return refuse(p, 400, "malformed Content-Length");
	return 0;
}

/* Keep the value for the answer, though it is wrong. */
static int keep_broken(struct parse *p, enum sip_hdr_id id, const char *name, const char *value)
{
	const bool wanted = id == SIP_HDR_VIA || id == SIP_HDR_FROM || id == SIP_HDR_TO ||
			    id == SIP_HDR_CALL_ID || id == SIP_HDR_CSEQ;

	if (!wanted || sip_msg_find(p->m, id, NULL))
		return 0;
	return sip_msg_put(p->m, p->m->nhdr,
			   (struct sip_hdr){ .id = id, .name = name, .value = value });
}

static int header_line(struct parse *p, char *line)
{
	char *colon = strchr(line, ':'), *value, *raw, *end;
	enum sip_hdr_id id;
	int rc;

	if (!colon)
		return refuse(p, 400, "header line without a colon");
	for (end = colon; end > line && strchr(" \t", end[-1]); end--)
		;
	*end = '\0';
	if (!sip_is_token(line))
		return refuse(p, 400, "malformed header name");
	value = colon + 1 + strspn(colon + 1, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	id = sip_hdr_id_of(line);
	if (strlen(value) > SIP_MAX_LINE)
		return refuse(p, 400, "header field too long");
	if (!sip_is_clean(value))
		return refuse(p, 400, "control octet in a header field");
	if (id == SIP_HDR_CONTENT_LENGTH)
		return content_length(p, value);
	/* A list is cut in place; of the others what is broken is kept as it is. */
	raw = id == SIP_HDR_VIA ? sip_pool_str(&p->m->pool, value) : value;
	if (!raw)
		return -ENOMEM;
	rc = sip_msg_take(p->m, p->m->nhdr, id, line, value, first_error(p));
	if (rc == -EINVAL && keep_broken(p, id, line, raw))
		return -ENOMEM;
	return judge(p, rc, 400);
}

/* ---- checks over the whole -------------------------------------------------------------- */

static int check_presence(struct parse *p)
{
	static const enum sip_hdr_id wanted[] = {
		SIP_HDR_VIA, SIP_HDR_FROM, SIP_HDR_TO, SIP_HDR_CALL_ID, SIP_HDR_CSEQ,
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!sip_msg_find(p->m, wanted[i], NULL))
			return judge(p, err_set(first_error(p), -EINVAL, "Missing %s header field",
						sip_hdr_name(wanted[i])), 400);
	return 0;
}

static int check_request(struct parse *p)
{
	const struct sip_msg *m = p->m;
	const char *cseq = sip_msg_value(m, SIP_HDR_CSEQ);

	if (cseq && m->method_name &&
	    strcmp(cseq + strspn(cseq, "0123456789 \t"), m->method_name) != 0)
		return refuse(p, 400, "CSeq method is not that of the request line");
	if (m->from && !m->from_tag)
		return refuse(p, 400, "From without a tag");
	return 0;
}

static int check_body(struct parse *p, const char *body, size_t len)
{
	if (p->has_length && p->length > len)
		return refuse(p, 400, "Content-Length is more than what came");
	if (p->has_length)
		len = p->length;
	if (len > SIP_MAX_BODY)
		return refuse(p, 413, "Request Entity Too Large");
	p->m->body_len = len;
	p->m->body = len ? (const uint8_t *)body : NULL;
	if (len && !sip_msg_find(p->m, SIP_HDR_CONTENT_TYPE, NULL))
		return refuse(p, 400, "Missing Content-Type header field");
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* NULs of quoted pairs in the header fields only: bodies keep theirs */
static int hide_nuls(struct parse *p, char *at, const char *end)
{
	bool bad = false;

	for (char *c = at; c < end; c++) {
		if (*c == SIP_NUL || *c == SIP_GUARD || (*c == '\0' && (c == at || c[-1] != '\\')))
			bad = true;
		if (*c == '\0')
			*c = bad ? '?' : SIP_NUL;
		else if (*c == SIP_NUL || *c == SIP_GUARD)
			*c = '?';
	}
	return bad ? refuse(p, 400, "NUL or an octet that is not UTF-8 in a header field") : 0;
}

static int parse_all(struct parse *p, char *at, char *end)
{
	char *head_end, *line;
	int rc;

	while (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
		at += 2;	/* section 7.5: empty lines in front are ignored */
	head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
	rc = hide_nuls(p, at, head_end ? head_end : end);
	line = next_line(&at, end, false);
	if (rc || !line) {
		p->drop = p->drop || !line;
		return rc;
	}
	if (!sip_is_clean(line))
		rc = refuse(p, 400, "control octet in the start line");
	if (rc == 0)
		rc = strncasecmp(line, "SIP/", 4) == 0 ? status_line(p, line) :
							 request_line(p, line);
	while (rc == 0) {
		line = next_line(&at, end, true);
		if (!line || !*line)
			break;
		rc = header_line(p, line);
	}
	if (rc)
		return rc;
	sip_msg_refresh(p->m);
	if (!line)
		rc = refuse(p, 400, "no empty line behind the header fields");
	if (rc == 0)
		rc = check_presence(p);
	if (rc == 0 && !p->is_response)
		rc = check_request(p);
	if (rc == 0)
		rc = check_body(p, at, (size_t)(end - at));
	return rc;
}

int sip_msg_parse(struct sip_msg **out, const void *data, size_t len,
		  unsigned int *refusal, struct err *e)
{
	struct parse p = { .e = e };
	char *copy;
	int rc;

	*out = NULL;
	*refusal = 0;
	if (len > SIP_MAX_MESSAGE)
		return err_set(e, -EBADMSG, "message of more than %d octets", SIP_MAX_MESSAGE);
	p.m = sip_msg_new();
	if (!p.m)
		return -ENOMEM;
	copy = sip_pool_strn(&p.m->pool, data, len);
	rc = copy ? parse_all(&p, copy, copy + len) : -ENOMEM;
	if (rc == 0 && !p.refusal && !p.drop) {
		*out = p.m;
		return 0;
	}
	if (rc == 0 && p.drop && !p.refusal)
		err_set(e, -EINVAL, "no line end");
	if (rc == 0 && !p.drop && !p.is_response && p.m->method != SIP_ACK &&
	    sip_msg_find(p.m, SIP_HDR_VIA, NULL)) {
		*refusal = p.refusal;
		*out = p.m;
		return -EBADMSG;
	}
	sip_msg_free(p.m);
	return rc ? rc : -EBADMSG;
}
