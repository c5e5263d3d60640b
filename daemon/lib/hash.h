/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash table of intrusive nodes under a keyed hash (SipHash-2-4 with a key made
 * at start), because what is looked up (branches, call ids, addresses) is chosen
 * by strangers.  The table grows by doubling; it never shrinks.
 */
#ifndef KSRTP_HASH_H
#define KSRTP_HASH_H

#include <stddef.h>
#include <stdint.h>

/** struct hash_node - embedded in what is stored; private, start zeroed */
struct hash_node {
	struct hash_node *next;
	struct hash_node **prev;	/* NULL when in no table */
	uint64_t hash;
};

struct hash_table {
	struct hash_node **bucket;
	size_t nbuckets;		/* power of two */
	size_t count;
};

/** hash_bytes() - keyed hash of @len octets. */
uint64_t hash_bytes(const void *p, size_t len);

/** hash_more() - chain a further field onto hash @h. */
uint64_t hash_more(uint64_t h, const void *p, size_t len);

/** hash_siphash24() - SipHash-2-4 of @len octets under @key; the two above use it. */
uint64_t hash_siphash24(const uint8_t key[16], const void *p, size_t len);

int hash_init(struct hash_table *t);	/* 0 or -ENOMEM */
void hash_fini(struct hash_table *t);	/* nodes stay their owners' */

/** hash_insert() - the caller has made sure that no equal one is there. 0 or -ENOMEM. */
int hash_insert(struct hash_table *t, struct hash_node *n, uint64_t hash);

/** hash_remove() - unlink; a node that is in no table is fine. */
void hash_remove(struct hash_table *t, struct hash_node *n);

/** hash_first(), hash_next() - nodes whose full hash is equal; compare your key yourself. */
struct hash_node *hash_first(const struct hash_table *t, uint64_t hash);
struct hash_node *hash_next(const struct hash_node *n);

#define hash_entry(n, type, member) \
	((type *)((char *)(n) - offsetof(type, member)))

#endif /* KSRTP_HASH_H */
