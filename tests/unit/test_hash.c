// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hash.h"

/*
 * Test vectors of the SipHash-2-4 reference implementation (vectors_sip64): key
 * 00 01 .. 0f, input 00 01 .. (len - 1). The one of 15 octets is also in appendix A
 * of the paper.
 */
static void siphash_vectors(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} v[] = {
		{ 0, 0x726fdb47dd0e0e31ull }, { 1, 0x74f839c593dc67fdull },
		{ 7, 0xab0200f58b01d137ull }, { 8, 0x93f5f5799a932462ull },
		{ 15, 0xa129ca6149be45e5ull }, { 63, 0x958a324ceb064572ull },
	};
	uint8_t key[16], in[64];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	memcpy(key, in, sizeof(key));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_true(hash_siphash24(key, in, v[i].len) == v[i].hash);
}

static void chaining(void **state)
{
	const uint64_t a = hash_bytes("a", 1);

	(void)state;
	assert_true(hash_bytes("a", 1) == a);
	assert_true(hash_bytes("b", 1) != a);
	assert_true(hash_more(a, "x", 1) == hash_more(a, "x", 1));
	assert_true(hash_more(a, "x", 1) != hash_more(hash_bytes("b", 1), "x", 1));
	assert_true(hash_more(a, "x", 1) != hash_more(a, "y", 1));
	assert_true(hash_more(a, "", 0) != a);
}

struct thing {
	int id;
	struct hash_node node;
};

static void insert_find_remove(void **state)
{
	enum { N = 1000 };
	struct thing *t = calloc(N, sizeof(*t));
	struct hash_table table;
	struct hash_node *n;

	(void)state;
	assert_non_null(t);
	assert_int_equal(hash_init(&table), 0);
	for (int i = 0; i < N; i++) {
		t[i].id = i;
		assert_int_equal(hash_insert(&table, &t[i].node, hash_bytes(&i, sizeof(i))), 0);
	}
	assert_int_equal(table.count, N);
	assert_true(table.nbuckets >= N / 2);
	for (int i = 0; i < N; i++) {
		n = hash_first(&table, hash_bytes(&i, sizeof(i)));
		assert_non_null(n);
		assert_int_equal(hash_entry(n, struct thing, node)->id, i);
	}
	for (int i = 0; i < N; i += 2) {
		hash_remove(&table, &t[i].node);
		hash_remove(&table, &t[i].node);
	}
	assert_int_equal(table.count, N / 2);
	for (int i = 0; i < N; i++) {
		n = hash_first(&table, hash_bytes(&i, sizeof(i)));
		assert_int_equal(n != NULL, i % 2);
	}
	hash_fini(&table);
	hash_remove(&table, &t[1].node);	/* in no table any more */
	free(t);
}

static void equal_hashes_are_all_found(void **state)
{
	struct thing a = { .id = 1 }, b = { .id = 2 }, other = { .id = 3 };
	struct hash_table table;
	struct hash_node *n;
	int seen = 0;

	(void)state;
	assert_int_equal(hash_init(&table), 0);
	hash_insert(&table, &a.node, 7);
	hash_insert(&table, &other.node, 7 + table.nbuckets);	/* same bucket */
	hash_insert(&table, &b.node, 7);
	for (n = hash_first(&table, 7); n; n = hash_next(n))
		seen |= hash_entry(n, struct thing, node)->id;
	assert_int_equal(seen, 3);
	hash_remove(&table, &a.node);
	hash_remove(&table, &b.node);
	assert_null(hash_first(&table, 7));
	assert_int_equal(table.count, 1);
	hash_fini(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors),
		cmocka_unit_test(chaining),
		cmocka_unit_test(insert_find_remove),
		cmocka_unit_test(equal_hashes_are_all_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
