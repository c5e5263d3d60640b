/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded writer and reader.  Neither can run over: a writer that is full, or a
 * reader asked for more than is there, turns bad, stays bad, and says so at the end.
 */
#ifndef KSRTP_BUF_H
#define KSRTP_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wbuf {
	uint8_t *data;
	size_t cap;
	size_t len;
	bool bad;		/* something did not fit; data holds what was before it */
};

static inline struct wbuf wbuf_on(void *data, size_t cap)
{
	return (struct wbuf){ .data = data, .cap = cap };
}

void wbuf_bytes(struct wbuf *w, const void *p, size_t len);
void wbuf_str(struct wbuf *w, const char *s);			/* without its NUL */
/** wbuf_printf() - formatted text; needs one octet of room more than it writes, for a NUL. */
void wbuf_printf(struct wbuf *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void wbuf_u8(struct wbuf *w, uint8_t v);
void wbuf_u16(struct wbuf *w, uint16_t v);			/* network order */
void wbuf_u32(struct wbuf *w, uint32_t v);
void wbuf_u64(struct wbuf *w, uint64_t v);
void wbuf_lenstr(struct wbuf *w, const char *s);		/* u16 length, octets; NULL as "" */
void wbuf_lenbytes(struct wbuf *w, const void *p, size_t len);	/* u16 length, octets */

struct rbuf {
	const uint8_t *data;
	size_t len;
	size_t pos;
	bool bad;
};

static inline struct rbuf rbuf_on(const void *data, size_t len)
{
	return (struct rbuf){ .data = data, .len = len };
}

/** rbuf_bytes() - the next @len octets, or NULL (then the reader is bad). */
const uint8_t *rbuf_bytes(struct rbuf *r, size_t len);
uint8_t rbuf_u8(struct rbuf *r);	/* 0 when bad, as all of these */
uint16_t rbuf_u16(struct rbuf *r);
uint32_t rbuf_u32(struct rbuf *r);
uint64_t rbuf_u64(struct rbuf *r);

/** rbuf_lenstr() - copy a string into @out, NUL-terminated; too long or holding NUL is bad. */
void rbuf_lenstr(struct rbuf *r, char *out, size_t cap);

/** rbuf_lenbytes() - copy at most @cap octets into @out; more is bad. Return: how many. */
size_t rbuf_lenbytes(struct rbuf *r, void *out, size_t cap);

static inline size_t rbuf_left(const struct rbuf *r)
{
	return r->bad ? 0 : r->len - r->pos;
}

/** rbuf_done() - everything was read and nothing was bad. */
static inline bool rbuf_done(const struct rbuf *r)
{
	return !r->bad && r->pos == r->len;
}

#endif /* KSRTP_BUF_H */
