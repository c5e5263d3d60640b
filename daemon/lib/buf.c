// SPDX-License-Identifier: GPL-2.0-or-later
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for @len more octets, or NULL and a bad writer. */
static uint8_t *room(struct wbuf *w, size_t len)
{
	uint8_t *p;

	if (w->bad || len > w->cap - w->len) {
		w->bad = true;
		return NULL;
	}
	p = w->data + w->len;
	w->len += len;
	return p;
}

static void put_be(struct wbuf *w, uint64_t v, size_t octets)
{
	uint8_t *p = room(w, octets);

	for (size_t i = octets; p && i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

void wbuf_bytes(struct wbuf *w, const void *p, size_t len)
{
	uint8_t *to = room(w, len);

	if (to && len)
		memcpy(to, p, len);
}

void wbuf_str(struct wbuf *w, const char *s)
{
	wbuf_bytes(w, s, strlen(s));
}

void wbuf_printf(struct wbuf *w, const char *fmt, ...)
{
	size_t left = w->cap - w->len;
	va_list ap;
	int n;

	if (w->bad)
		return;
	va_start(ap, fmt);
	n = vsnprintf((char *)w->data + w->len, left, fmt, ap);
	va_end(ap);
	/* vsnprintf() needs one octet more than it leaves us, for its NUL. */
	if (n < 0 || (size_t)n >= left)
		w->bad = true;
	else
		w->len += (size_t)n;
}

void wbuf_u8(struct wbuf *w, uint8_t v)
{
	put_be(w, v, 1);
}

void wbuf_u16(struct wbuf *w, uint16_t v)
{
	put_be(w, v, 2);
}

void wbuf_u32(struct wbuf *w, uint32_t v)
{
	put_be(w, v, 4);
}

void wbuf_u64(struct wbuf *w, uint64_t v)
{
	put_be(w, v, 8);
}

void wbuf_lenbytes(struct wbuf *w, const void *p, size_t len)
{
	if (w->bad || len > UINT16_MAX || w->cap - w->len < len + 2) {
		w->bad = true;	/* and no length without its octets */
		return;
	}
	wbuf_u16(w, (uint16_t)len);
	wbuf_bytes(w, p, len);
}

void wbuf_lenstr(struct wbuf *w, const char *s)
{
	wbuf_lenbytes(w, s, s ? strlen(s) : 0);
}

const uint8_t *rbuf_bytes(struct rbuf *r, size_t len)
{
	const uint8_t *p;

	if (r->bad || len > r->len - r->pos) {
		r->bad = true;
		return NULL;
	}
	p = r->data + r->pos;
	r->pos += len;
	return p;
}

static uint64_t get_be(struct rbuf *r, size_t octets)
{
	const uint8_t *p = rbuf_bytes(r, octets);
	uint64_t v = 0;

	for (size_t i = 0; p && i < octets; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t rbuf_u8(struct rbuf *r)
{
	return (uint8_t)get_be(r, 1);
}

uint16_t rbuf_u16(struct rbuf *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t rbuf_u32(struct rbuf *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t rbuf_u64(struct rbuf *r)
{
	return get_be(r, 8);
}

void rbuf_lenstr(struct rbuf *r, char *out, size_t cap)
{
	size_t len = rbuf_u16(r);
	const uint8_t *p = rbuf_bytes(r, len);

	if (!p || len >= cap || memchr(p, 0, len)) {
		r->bad = true;
		if (cap)
			out[0] = '\0';
		return;
	}
	memcpy(out, p, len);
	out[len] = '\0';
}

size_t rbuf_lenbytes(struct rbuf *r, void *out, size_t cap)
{
	size_t len = rbuf_u16(r);
	const uint8_t *p = rbuf_bytes(r, len);

	if (!p || len > cap) {
		r->bad = true;
		return 0;
	}
	if (len)
		memcpy(out, p, len);
	return len;
}
