// SPDX-License-Identifier: GPL-2.0-or-later
/* Key derivation and IVs of the module, against every published value there is. */
#include "test_kmod.h"

#include "iv.h"
#include "kdf.h"

static unsigned int checked;

static void derive(const struct bytes *key, const struct bytes *salt, int label,
		   const struct bytes *want)
{
	struct aes a = aes_key(key->p, key->len);
	u8 out[128];

	assert_true(want->len <= sizeof(out));
	srtp_kdf(aes_block, &a, salt->p, salt->len, (enum srtp_kdf_label)label, out, want->len);
	assert_bytes(out, want->len, want);
	aes_free(&a);
	checked++;
}

static void derive_named(const json_t *o, const struct bytes *key, const struct bytes *salt,
			 int label, const char *name)
{
	struct bytes want;

	if (!has(o, name))
		return;
	want = hex_of(o, name);
	derive(key, salt, label, &want);
}

static void test_rfc3711(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc3711_appendix_b.json");
	json_t *kd = json_object_get(root, "key_derivation"), *c;
	struct bytes key = hex_of(kd, "master_key"), salt = hex_of(kd, "master_salt");
	static const char *const lists[] = { "derived", "derived_not_in_rfc" };
	size_t i;

	(void)state;
	checked = 0;
	for (size_t l = 0; l < 2; l++)
		json_array_foreach(json_object_get(kd, lists[l]), i, c) {
			struct bytes want = hex_of(c, "hex");

			derive(&key, &salt, (int)json_integer_value(json_object_get(c, "label")),
			       &want);
		}
	assert_int_equal(checked, 6);
	json_decref(root);
}

static void test_rfc6188(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc6188_section7.json"), *c;
	size_t i;

	(void)state;
	checked = 0;
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		json_t *kd = json_object_get(c, "key_derivation");
		struct bytes key = hex_of(kd, "master_key"), salt = hex_of(kd, "master_salt");

		derive_named(kd, &key, &salt, SRTP_LABEL_RTP_KEY, "cipher_key");
		derive_named(kd, &key, &salt, SRTP_LABEL_RTP_AUTH, "auth_key");
		derive_named(kd, &key, &salt, SRTP_LABEL_RTP_SALT, "cipher_salt");
	}
	assert_int_equal(checked, 6);
	json_decref(root);
}

static void test_rfc6904(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc6904_appendix_a.json");
	struct bytes key = hex_of(root, "master_key"), salt = hex_of(root, "master_salt");
	struct bytes hsalt = hex_of(root, "header_cipher_salt"), want;
	u8 iv[16];

	(void)state;
	checked = 0;
	derive_named(root, &key, &salt, SRTP_LABEL_HEADER_KEY, "header_cipher_key");
	derive_named(root, &key, &salt, SRTP_LABEL_HEADER_SALT, "header_cipher_salt");
	assert_int_equal(checked, 2);
	want = hex_of(root, "initial_counter");
	srtp_iv_cm(iv, hsalt.p, word_of(root, "ssrc"),
		   (u64)word_of(root, "roc") << 16 | word_of(root, "seq"));
	assert_bytes(iv, 16, &want);
	json_decref(root);
}

/* All session keys of libsrtp's packets, with 96- and 112-bit salts. */
static void test_libsrtp(void **state)
{
	json_t *root = vectors_load(VECTORS "srtp_packets_libsrtp.json"), *c;
	unsigned int vectors = 0;
	size_t i;

	(void)state;
	checked = 0;
	json_array_foreach(json_object_get(root, "vectors"), i, c) {
		struct bytes key = hex_of(c, "master_key"), salt = hex_of(c, "master_salt");
		json_t *s = json_object_get(c, "session");

		vectors++;
		derive_named(s, &key, &salt, SRTP_LABEL_RTP_KEY, "srtp_key");
		derive_named(s, &key, &salt, SRTP_LABEL_RTP_AUTH, "srtp_auth");
		derive_named(s, &key, &salt, SRTP_LABEL_RTP_SALT, "srtp_salt");
		derive_named(s, &key, &salt, SRTP_LABEL_RTCP_KEY, "srtcp_key");
		derive_named(s, &key, &salt, SRTP_LABEL_RTCP_AUTH, "srtcp_auth");
		derive_named(s, &key, &salt, SRTP_LABEL_RTCP_SALT, "srtcp_salt");
		if (has(c, "header_key")) {
			struct bytes want = hex_of(c, "header_salt_12_padded");

			derive_named(c, &key, &salt, SRTP_LABEL_HEADER_KEY, "header_key");
			want.len = 12;	/* what pads it is libsrtp's convention */
			derive(&key, &salt, SRTP_LABEL_HEADER_SALT, &want);
		}
	}
	assert_int_equal(vectors, 9);
	/* Seven counter mode vectors of six values, GCM of four, RFC 6904 with GCM of two. */
	assert_int_equal(checked, 7 * 6 + 4 + 2);
	json_decref(root);
}

static void test_cryptex_keys(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc9335_appendix_a_cryptex.json"), *c;
	size_t i;

	(void)state;
	checked = 0;
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		struct bytes key = hex_of(c, "master_key"), salt = hex_of(c, "master_salt");

		derive_named(c, &key, &salt, SRTP_LABEL_RTP_KEY, "session_key");
		derive_named(c, &key, &salt, SRTP_LABEL_RTP_AUTH, "session_auth_key");
		derive_named(c, &key, &salt, SRTP_LABEL_RTP_SALT, "session_salt");
	}
	assert_int_equal(checked, 3 + 2);
	json_decref(root);
}

/* Counter blocks: the IV plus a block number, and AES of it is the keystream. */
static unsigned int keystream(const json_t *ks)
{
	struct bytes key = hex_of(ks, "session_key"), salt = hex_of(ks, "session_salt_shifted");
	struct aes a = aes_key(key.p, key.len);
	u32 ssrc = word_of(ks, "ssrc");
	u64 index = (u64)word_of(ks, "roc") << 16 | word_of(ks, "seq");
	unsigned int blocks = 0;
	json_t *b;
	size_t i;

	json_array_foreach(json_object_get(ks, "blocks"), i, b) {
		struct bytes counter = hex_of(b, "counter"), want = hex_of(b, "keystream");
		u8 iv[16], out[16];

		srtp_iv_cm(iv, salt.p, ssrc, index);
		assert_memory_equal(iv, counter.p, 14);
		assert_int_equal(iv[14] | iv[15], 0);
		memcpy(iv + 14, counter.p + 14, 2);
		aes_block(&a, out, iv);
		assert_bytes(out, 16, &want);
		blocks++;
	}
	aes_free(&a);
	return blocks;
}

static void test_keystream(void **state)
{
	json_t *b = vectors_load(VECTORS "rfc3711_appendix_b.json"), *c;
	json_t *r = vectors_load(VECTORS "rfc6188_section7.json");
	size_t i;

	(void)state;
	assert_int_equal(keystream(json_object_get(b, "aes_cm_keystream")), 6);
	json_array_foreach(json_object_get(r, "cases"), i, c)
		assert_int_equal(keystream(json_object_get(c, "aes_cm_keystream")), 6);
	assert_int_equal(i, 2);
	json_decref(b);
	json_decref(r);
}

static void test_iv_gcm(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc7714_sections16_17.json"), *c;
	unsigned int rtp = 0, rtcp = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, c) {
		struct bytes salt = hex_of(c, "session_salt"), want = hex_of(c, "iv"), p;
		u8 iv[12];

		if (has(c, "rtp_packet")) {
			p = hex_of(c, "rtp_packet");
			srtp_iv_gcm_rtp(iv, salt.p, srtp_get32(p.p + 8),
					(u64)word_of(c, "roc") << 16 | srtp_get16(p.p + 2));
			rtp++;
		} else {
			p = hex_of(c, "rtcp_packet");
			srtp_iv_gcm_rtcp(iv, salt.p, srtp_get32(p.p + 4),
					 word_of(c, "srtcp_index"));
			rtcp++;
		}
		assert_bytes(iv, 12, &want);
	}
	assert_int_equal(rtp, 4);
	assert_int_equal(rtcp, 4);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3711),	 cmocka_unit_test(test_rfc6188),
		cmocka_unit_test(test_rfc6904),	 cmocka_unit_test(test_libsrtp),
		cmocka_unit_test(test_cryptex_keys), cmocka_unit_test(test_keystream),
		cmocka_unit_test(test_iv_gcm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
