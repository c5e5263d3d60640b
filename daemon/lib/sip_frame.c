// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"

#define FIRST_BUFFER	4096

size_t sip_framer_room(struct sip_framer *f, uint8_t **at)
{
	uint8_t *more;
	size_t cap;

	if (f->start) {
		memmove(f->buf, f->buf + f->start, f->end - f->start);
		f->end -= f->start;
		f->start = 0;
	}
	if (f->end == f->cap) {
		/* One octet more than the largest message, so that there is always room. */
		cap = f->cap ? 2 * f->cap : FIRST_BUFFER;
		if (cap > SIP_FRAME_MAX + 1)
			cap = SIP_FRAME_MAX + 1;
		more = cap > f->cap ? realloc(f->buf, cap) : NULL;
		if (!more)
			return 0;
		f->buf = more;
		f->cap = cap;
	}
	*at = f->buf + f->end;
	return f->cap - f->end;
}

void sip_framer_added(struct sip_framer *f, size_t n)
{
	f->end += n;
}

void sip_framer_fini(struct sip_framer *f)
{
	free(f->buf);
	memset(f, 0, sizeof(*f));
}

static enum sip_frame_kind broken(struct sip_framer *f, struct err *e, const char *why)
{
	f->broken = 1;
	err_set(e, -EBADMSG, "%s", why);
	return SIP_FRAME_BROKEN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The header name of the line at @p is @name, up to its colon; returns what follows, or NULL. */
static const uint8_t *header_is(const uint8_t *p, const uint8_t *end, const char *name)
{
	const size_t len = strlen(name);

	if ((size_t)(end - p) <= len || strncasecmp((const char *)p, name, len) != 0)
		return NULL;
	for (p += len; p < end && is_blank(*p); p++)
		;
	return p < end && *p == ':' ? p + 1 : NULL;
}

/* End of the line at @p, folded lines included: its CRLF, or @end. */
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end)
{
	for (; p + 1 < end; p++)
		if (p[0] == '\r' && p[1] == '\n' && (p + 2 >= end || !is_blank(p[2])))
			return p;
	return end;
}

static bool read_length(const uint8_t *p, const uint8_t *end, size_t *out)
{
	size_t n = 0;
	bool digits = false;

	/* Folds are white space here (RFC 3261 section 7.3.1). */
	while (p < end && (is_blank(*p) || *p == '\r' || *p == '\n'))
		p++;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		digits = true;
		if (n <= SIP_MAX_BODY)
			n = 10 * n + (size_t)(*p - '0');
	}
	while (p < end && (is_blank(*p) || *p == '\r' || *p == '\n'))
		p++;
	*out = n;
	return digits && p == end;
}

/* @p to @end: all header lines and the empty one. Sets *@body, or says what is wrong. */
static const char *body_length(const uint8_t *p, const uint8_t *end, size_t *body)
{
	bool found = false;

	if (memchr(p, '\0', (size_t)(end - p)))
		return "a NUL in the headers";
	for (p = line_end(p, end); p + 2 < end; p = line_end(p, end)) {
		const uint8_t *value;

		p += 2;
		value = header_is(p, end, "Content-Length");
		if (!value)
			value = header_is(p, end, "l");
		if (!value)
			continue;
		if (found)
			return "more than one Content-Length";
		found = true;
		if (!read_length(value, line_end(value, end), body))
			return "malformed Content-Length";
	}
	if (!found)
		return "no Content-Length, which a stream needs";
	return *body > SIP_MAX_BODY ? "body too long" : NULL;
}

static enum sip_frame_kind keep_alive(struct sip_framer *f)
{
	const uint8_t *p = f->buf + f->start;
	const size_t len = f->end - f->start;

	if (len >= 4 && memcmp(p, "\r\n\r\n", 4) == 0) {
		f->start += 4;
		return SIP_FRAME_PING;
	}
	/* Half a ping, perhaps. */
	if (len < 4 && memcmp(p, "\r\n\r\n", len) == 0)
		return SIP_FRAME_NONE;
	if (memcmp(p, "\r\n", 2) == 0) {
		f->start += 2;
		return SIP_FRAME_PONG;
	}
	return SIP_FRAME_NONE;
}

enum sip_frame_kind sip_framer_next(struct sip_framer *f, struct sip_frame *frame, struct err *e)
{
	enum sip_frame_kind kind;
	const uint8_t *p, *end;
	const char *why;
	size_t len, body = 0;

	if (f->broken)
		return broken(f, e, "the stream was broken before");
	if (f->start == f->end) {
		/* An idle connection costs no buffer. */
		if (f->cap > FIRST_BUFFER)
			sip_framer_fini(f);
		return SIP_FRAME_NONE;
	}
	p = f->buf + f->start;
	len = f->end - f->start;
	if (*p == '\r') {
		kind = keep_alive(f);
		if (kind != SIP_FRAME_NONE)
			return kind;
		if (len < 2 || p[1] == '\n')
			return SIP_FRAME_NONE;
		return broken(f, e, "a lone CR in front of a message");
	}
	if (!f->whole) {
		end = memmem(p + f->scanned, len - f->scanned, "\r\n\r\n", 4);
		if (!end) {
			f->scanned = len > 3 ? len - 3 : 0;
			return len > SIP_FRAME_HEADERS ? broken(f, e, "headers too long") :
			       SIP_FRAME_NONE;
		}
		end += 4;
		if ((size_t)(end - p) > SIP_FRAME_HEADERS)
			return broken(f, e, "headers too long");
		why = body_length(p, end, &body);
		if (why)
			return broken(f, e, why);
		f->whole = (size_t)(end - p) + body;
	}
	if (len < f->whole)
		return SIP_FRAME_NONE;
	frame->data = p;
	frame->len = f->whole;
	f->start += f->whole;
	f->whole = f->scanned = 0;
	return SIP_FRAME_MESSAGE;
}
