// SPDX-License-Identifier: GPL-2.0-or-later
/* The exporter block and its parts, against tests/vectors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "secret.h"
#include "srtp_keys.h"

static json_t *vectors(const char *file)
{
	json_error_t err;
	json_t *j = json_load_file(file, JSON_REJECT_DUPLICATES, &err);

	if (!j)
		fail_msg("%s: %s", file, err.text);
	return j;
}

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= cap);
	for (size_t i = 0; i < n; i++) {
		unsigned int v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return n;
}

static const char *str(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	if (!s)
		fail_msg("no %s", key);
	return s;
}

static long num(const json_t *j, const char *key)
{
	return (long)json_integer_value(json_object_get(j, key));
}

/* Every profile that is ours has the registered lengths; every other one is refused. */
static void profiles(void **state)
{
	json_t *root = vectors("tests/vectors/rfc5764_profiles.json"), *p;
	unsigned int ours = 0;
	size_t i;

	(void)state;
	assert_string_equal(str(root, "exporter_label"), SRTP_KEYS_LABEL);
	json_array_foreach(json_object_get(root, "profiles"), i, p) {
		uint16_t id = (uint16_t)strtoul(str(p, "id"), NULL, 16);
		const struct srtp_profile_info *info = srtp_profile_info(id);

		if (!info) {
			assert_int_equal(srtp_keys_block_len(id), 0);
			continue;
		}
		ours++;
		assert_int_equal(info->id, id);
		assert_int_equal(info->key, num(p, "key"));
		assert_int_equal(info->salt, num(p, "salt"));
		assert_string_equal(info->openssl, str(p, "openssl"));
		assert_int_equal(srtp_keys_block_len(id), num(p, "exporter_octets"));
	}
	assert_int_equal(ours, 4);
	assert_null(srtp_profile_info(0));
	json_decref(root);
}

static uint16_t id_of(const char *name)
{
	return !strcmp(name, "SRTP_AES128_CM_HMAC_SHA1_80") ? 1 :
	       !strcmp(name, "SRTP_AES128_CM_HMAC_SHA1_32") ? 2 :
	       !strcmp(name, "SRTP_AEAD_AES_128_GCM") ? 7 : 8;
}

static void expect(const json_t *c, const char *key, const uint8_t *got, size_t len)
{
	uint8_t want[32];

	assert_int_equal(unhex(str(c, key), want, sizeof(want)), len);
	assert_memory_equal(got, want, len);
}

static void split(void **state)
{
	json_t *root = vectors("tests/vectors/dtls_srtp_exporter_derived.json"), *c;
	unsigned int done = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		uint16_t id = id_of(str(c, "profile"));
		struct srtp_keys *client = NULL, *server = NULL;
		uint8_t block[128];
		size_t len = unhex(str(c, "exporter_output"), block, sizeof(block));

		if (!srtp_profile_info(id)) {
			assert_int_equal(srtp_keys_split(&client, id, true, block, len), -EPROTONOSUPPORT);
			continue;
		}
		done++;
		assert_int_equal(srtp_keys_split(&client, id, true, block, len), 0);
		assert_int_equal(srtp_keys_split(&server, id, false, block, len), 0);
		assert_int_equal(client->profile, id);
		expect(c, "client_key", client->tx.key, client->key_len);
		expect(c, "client_salt", client->tx.salt, client->salt_len);
		expect(c, "server_key", client->rx.key, client->key_len);
		expect(c, "server_salt", client->rx.salt, client->salt_len);
		assert_memory_equal(&client->tx, &server->rx, sizeof(client->tx));
		assert_memory_equal(&client->rx, &server->tx, sizeof(client->rx));
		srtp_keys_free(client);
		srtp_keys_free(server);
	}
	assert_int_equal(done, 8);
	assert_int_equal(secret_in_use(), 0);
	json_decref(root);
}

static void lengths(void **state)
{
	uint8_t block[88] = { 0 };
	struct srtp_keys *k = NULL;

	(void)state;
	for (size_t len = 0; len <= sizeof(block); len++) {
		assert_int_equal(srtp_keys_split(&k, 1, true, block, len), len == 60 ? 0 : -EINVAL);
		srtp_keys_free(k);
		k = NULL;
		assert_int_equal(srtp_keys_split(&k, 7, true, block, len), len == 56 ? 0 : -EINVAL);
		srtp_keys_free(k);
		k = NULL;
	}
	srtp_keys_free(NULL);
	assert_int_equal(secret_in_use(), 0);
}

static void arena_full(void **state)
{
	uint8_t block[60] = { 0 };
	struct srtp_keys *k[128] = { 0 };
	unsigned int n = 0;

	(void)state;
	while (!srtp_keys_split(&k[n], 1, true, block, sizeof(block)))
		assert_true(++n < 128);
	assert_null(k[n]);
	assert_int_equal(srtp_keys_split(&k[n], 1, true, block, sizeof(block)), -ENOMEM);
	while (n)
		srtp_keys_free(k[--n]);
	assert_int_equal(secret_in_use(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles),
		cmocka_unit_test(split),
		cmocka_unit_test(lengths),
		cmocka_unit_test(arena_full),
	};

	if (secret_init(4096))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("srtp_keys", tests, NULL, NULL);
}
