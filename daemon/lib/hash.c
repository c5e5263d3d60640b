// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SipHash-2-4 by its paper: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast
 * short-input PRF", 2012, section 2.
 */
#include "hash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_BUCKETS 64

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static void rounds(struct sip *s, unsigned int n)
{
	while (n--) {
		s->v0 += s->v1;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v2 = rotl(s->v2, 32);
	}
}

static void absorb(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	rounds(s, 2);
	s->v0 ^= word;
}

static struct sip begin(const uint8_t key[16])
{
	const uint64_t k0 = load64(key), k1 = load64(key + 8);

	return (struct sip){
		k0 ^ 0x736f6d6570736575ull, k1 ^ 0x646f72616e646f6dull,
		k0 ^ 0x6c7967656e657261ull, k1 ^ 0x7465646279746573ull,
	};
}

/* @total: octets absorbed in all, these @len included */
static uint64_t end(struct sip *s, const uint8_t *p, size_t len, size_t total)
{
	uint8_t tail[8] = { 0 };

	for (; len >= 8; p += 8, len -= 8)
		absorb(s, load64(p));
	if (len)
		memcpy(tail, p, len);
	tail[7] = (uint8_t)total;
	absorb(s, load64(tail));
	s->v2 ^= 0xff;
	rounds(s, 4);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t hash_siphash24(const uint8_t key[16], const void *p, size_t len)
{
	struct sip s = begin(key);

	return end(&s, p, len, len);
}

static const uint8_t *process_key(void)
{
	static uint8_t key[16];
	static bool made;

	if (!made) {
		/* Without randomness a stranger could choose colliding names: do not run. */
		if (getrandom(key, sizeof(key), 0) != sizeof(key))
			abort();
		made = true;
	}
	return key;
}

uint64_t hash_bytes(const void *p, size_t len)
{
	return hash_siphash24(process_key(), p, len);
}

uint64_t hash_more(uint64_t h, const void *p, size_t len)
{
	struct sip s = begin(process_key());

	absorb(&s, h);
	return end(&s, p, len, len + 8);
}

int hash_init(struct hash_table *t)
{
	t->bucket = calloc(FIRST_BUCKETS, sizeof(*t->bucket));
	t->nbuckets = t->bucket ? FIRST_BUCKETS : 0;
	t->count = 0;
	return t->bucket ? 0 : -ENOMEM;
}

void hash_fini(struct hash_table *t)
{
	for (size_t i = 0; i < t->nbuckets; i++) {
		struct hash_node *next;

		for (struct hash_node *n = t->bucket[i]; n; n = next) {
			next = n->next;
			n->next = NULL;
			n->prev = NULL;
		}
	}
	free(t->bucket);
	memset(t, 0, sizeof(*t));
}

static void link_node(struct hash_node **bucket, struct hash_node *n)
{
	n->next = *bucket;
	n->prev = bucket;
	if (n->next)
		n->next->prev = &n->next;
	*bucket = n;
}

static void grow(struct hash_table *t)
{
	const size_t more = t->nbuckets * 2;
	struct hash_node **bucket = calloc(more, sizeof(*bucket));

	if (!bucket)
		return;		/* longer chains are slower, not wrong */
	for (size_t i = 0; i < t->nbuckets; i++) {
		struct hash_node *next;

		for (struct hash_node *n = t->bucket[i]; n; n = next) {
			next = n->next;
			link_node(&bucket[n->hash & (more - 1)], n);
		}
	}
	free(t->bucket);
	t->bucket = bucket;
	t->nbuckets = more;
}

int hash_insert(struct hash_table *t, struct hash_node *n, uint64_t hash)
{
	if (!t->nbuckets)
		return -ENOMEM;
	if (t->count >= t->nbuckets)
		grow(t);
	n->hash = hash;
	link_node(&t->bucket[hash & (t->nbuckets - 1)], n);
	t->count++;
	return 0;
}

void hash_remove(struct hash_table *t, struct hash_node *n)
{
	if (!n->prev)
		return;
	*n->prev = n->next;
	if (n->next)
		n->next->prev = n->prev;
	n->next = NULL;
	n->prev = NULL;
	t->count--;
}

static struct hash_node *with_hash(struct hash_node *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct hash_node *hash_first(const struct hash_table *t, uint64_t hash)
{
	if (!t->nbuckets)
		return NULL;
	return with_hash(t->bucket[hash & (t->nbuckets - 1)], hash);
}

struct hash_node *hash_next(const struct hash_node *n)
{
	return with_hash(n->next, n->hash);
}
