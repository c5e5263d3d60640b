// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_pool.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ROOM 2000		/* with malloc's own words a bit under 2 KiB */

/*
 * Chunks are a list from the youngest to the oldest.  Pools that share have the older
 * part of their lists in common: @refs counts the pools and the chunks that point here.
 * Only who is alone with a chunk may take more from it.
 */
struct sip_pool_chunk {
	struct sip_pool_chunk *next;
	unsigned int refs;
	size_t used, room;
	alignas(max_align_t) char data[];
};

/*
 * Chunks of the usual size that are not in use: malloc() is slow with those above a
 * kilobyte.  Not where memory errors are looked for.
 */
#ifdef __SANITIZE_ADDRESS__
#define SPARE_MAX 0
#else
#define SPARE_MAX 64
#endif
static struct sip_pool_chunk *spare;
static int nspare;

/* Zeroed as far as sip_pool_alloc() says that it is used. */
static struct sip_pool_chunk *new_chunk(size_t room)
{
	struct sip_pool_chunk *c = spare;

	if (c && room == CHUNK_ROOM) {
		spare = c->next;
		nspare--;
	} else {
		c = malloc(sizeof(*c) + room);
	}
	return c;
}

static void free_chunk(struct sip_pool_chunk *c)
{
	if (c->room == CHUNK_ROOM && nspare < SPARE_MAX) {
		c->next = spare;
		spare = c;
		nspare++;
	} else {
		free(c);
	}
}

void *sip_pool_alloc(struct sip_pool *p, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct sip_pool_chunk *c = p->chunk;
	size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;

	if (!c || c->refs > 1 || at > c->room || size > c->room - at) {
		const size_t room = size > CHUNK_ROOM ? size : CHUNK_ROOM;

		c = new_chunk(room);
		if (!c)
			return NULL;
		c->refs = 1;
		c->room = room;
		c->next = p->chunk;
		p->chunk = c;
		at = 0;
	}
	c->used = at + size;
	return memset(c->data + at, 0, size);
}

char *sip_pool_strn(struct sip_pool *p, const char *s, size_t len)
{
	char *copy = sip_pool_alloc(p, len + 1);

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}

char *sip_pool_str(struct sip_pool *p, const char *s)
{
	return sip_pool_strn(p, s, strlen(s));
}

char *sip_pool_printf(struct sip_pool *p, const char *fmt, ...)
{
	va_list ap;
	char *out = NULL;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len >= 0)
		out = sip_pool_alloc(p, (size_t)len + 1);
	if (out) {
		va_start(ap, fmt);
		vsnprintf(out, (size_t)len + 1, fmt, ap);
		va_end(ap);
	}
	return out;
}

void sip_pool_share(struct sip_pool *p, const struct sip_pool *with)
{
	p->chunk = with->chunk;
	if (p->chunk)
		p->chunk->refs++;
}

void sip_pool_fini(struct sip_pool *p)
{
	struct sip_pool_chunk *c = p->chunk, *next;

	for (; c && --c->refs == 0; c = next) {
		next = c->next;
		free_chunk(c);
	}
	p->chunk = NULL;
}
