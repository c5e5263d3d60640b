/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the module's bytes-only parts share: vectors, hex, AES. */
#ifndef TEST_KMOD_H
#define TEST_KMOD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "bytes.h"

#define VECTORS "tests/vectors/"

struct bytes {
	u8 p[2048];
	size_t len;
};

static inline json_t *vectors_load(const char *file)
{
	json_error_t je;
	json_t *o = json_load_file(file, 0, &je);

	if (!o)
		fail_msg("%s: %s (run from the top of the tree)", file, je.text);
	return o;
}

static inline const char *str_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (!s)
		fail_msg("vector without %s", name);
	return s;
}

static inline bool has(const json_t *o, const char *name)
{
	return json_is_string(json_object_get(o, name));
}

/* Has the vector one of these names? */
static inline bool is_named(const json_t *o, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], str_of(o, "name")) == 0)
			return true;
	return false;
}

static inline struct bytes unhex(const char *s)
{
	struct bytes b = { .len = strlen(s) / 2 };

	assert_true(strlen(s) % 2 == 0 && b.len <= sizeof(b.p));
	for (size_t i = 0; i < b.len; i++) {
		char octet[3] = { s[2 * i], s[2 * i + 1], 0 };
		char *end;

		b.p[i] = (u8)strtoul(octet, &end, 16);
		assert_true(*end == 0);
	}
	return b;
}

static inline struct bytes hex_of(const json_t *o, const char *name)
{
	return unhex(str_of(o, name));
}

static inline u32 word_of(const json_t *o, const char *name)
{
	return (u32)strtoul(str_of(o, name), NULL, 16);
}

static inline void assert_bytes(const u8 *got, size_t len, const struct bytes *want)
{
	assert_int_equal(len, want->len);
	assert_memory_equal(got, want->p, len);
}

/* The block function that is injected into the KDF: OpenSSL's. */
struct aes {
	EVP_CIPHER_CTX *ctx;
};

static inline struct aes aes_key(const u8 *key, size_t len)
{
	struct aes a = { EVP_CIPHER_CTX_new() };
	const EVP_CIPHER *c = len == 16 ? EVP_aes_128_ecb() :
			      len == 24 ? EVP_aes_192_ecb() : EVP_aes_256_ecb();

	assert_true(len == 16 || len == 24 || len == 32);
	assert_true(EVP_EncryptInit_ex(a.ctx, c, NULL, key, NULL));
	EVP_CIPHER_CTX_set_padding(a.ctx, 0);
	return a;
}

static inline void aes_free(struct aes *a)
{
	EVP_CIPHER_CTX_free(a->ctx);
}

static inline void aes_block(const void *key, u8 out[16], const u8 in[16])
{
	const struct aes *a = key;
	int n;

	assert_true(EVP_EncryptUpdate(a->ctx, out, &n, in, 16) && n == 16);
}

struct model;

/* model_of() - the model (tests/module/lib/model.h) under a vector's suite and key. */
struct model *model_of(const json_t *v);

#endif /* TEST_KMOD_H */
