// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encrypted header extensions: the module's parts and the model that it is compared with,
 * each against every published value, and against each other where nothing is published.
 */
#include "test_kmod.h"

#include "../module/lib/model.h"
#include "../module/lib/model_header.h"
#include "cryptex.h"
#include "hdrext.h"
#include "iv.h"
#include "rtp.h"

static struct srtp_ext_ids ids_of(const uint8_t *list, size_t n)
{
	struct srtp_ext_ids ids = { { 0 } };

	for (size_t i = 0; i < n; i++)
		srtp_ext_add(&ids, list[i]);
	return ids;
}

static size_t list_of(const json_t *v, uint8_t *list)
{
	json_t *id;
	size_t i;

	json_array_foreach(json_object_get(v, "encrypted_extension_ids"), i, id)
		list[i] = (uint8_t)json_integer_value(id);
	return i;
}

/* An RTP packet with this extension and nothing else. Return: octets. */
static size_t packet(uint8_t *p, unsigned int form, const uint8_t *ext, size_t len)
{
	memset(p, 0, 12);
	p[0] = 0x90;
	p[12] = (uint8_t)(form >> 8);
	p[13] = (uint8_t)form;
	p[14] = (uint8_t)(len / 4 >> 8);
	p[15] = (uint8_t)(len / 4);
	memcpy(p + 16, ext, len);
	return 16 + len;
}

static void test_rfc6904(void **state)
{
	json_t *v = vectors_load(VECTORS "rfc6904_appendix_a.json");
	struct bytes master = hex_of(v, "master_key"), salt = hex_of(v, "master_salt"), want;
	struct bytes plain = hex_of(v, "plaintext");
	struct aes a = aes_key(master.p, master.len);
	u8 key[16], he_salt[14], iv[SRTP_IV_CM], p[64], list[8];
	struct srtp_ext_ids ids = ids_of(list, list_of(v, list));

	(void)state;
	srtp_kdf(aes_block, &a, salt.p, salt.len, SRTP_LABEL_HEADER_KEY, key, sizeof(key));
	srtp_kdf(aes_block, &a, salt.p, salt.len, SRTP_LABEL_HEADER_SALT, he_salt, sizeof(he_salt));
	aes_free(&a);
	want = hex_of(v, "header_cipher_key");
	assert_bytes(key, sizeof(key), &want);
	want = hex_of(v, "header_cipher_salt");
	assert_bytes(he_salt, sizeof(he_salt), &want);
	srtp_iv_cm(iv, he_salt, word_of(v, "ssrc"), (u64)word_of(v, "roc") << 16 | word_of(v, "seq"));
	want = hex_of(v, "initial_counter");
	assert_bytes(iv, sizeof(iv), &want);

	a = aes_key(key, sizeof(key));
	packet(p, SRTP_EXT_ONE_BYTE, plain.p, plain.len);
	assert_int_equal(srtp_ext_crypt(p, 16 + plain.len, &ids, aes_block, &a, iv), 0);
	want = hex_of(v, "ciphertext");
	assert_bytes(p + 16, plain.len, &want);
	assert_int_equal(srtp_ext_crypt(p, 16 + plain.len, &ids, aes_block, &a, iv), 0);
	assert_bytes(p + 16, plain.len, &plain);
	aes_free(&a);
	json_decref(v);
}

/* Both ways; and a bit changed in any octet is noticed. */
static void both_ways(const struct model *m, const struct bytes *plain, const struct bytes *want)
{
	struct bytes p = *plain;
	u64 index = srtp_get16(plain->p + 2);
	size_t len;

	p.len = model_protect(m, p.p, p.len, index);
	assert_bytes(p.p, p.len, want);
	assert_int_equal(model_unprotect(m, p.p, &p.len, &index), 0);
	assert_bytes(p.p, p.len, plain);
	for (size_t i = 0; i < want->len; i++) {
		p = *want;
		p.p[i] ^= 1;
		len = p.len;
		assert_int_not_equal(model_unprotect(m, p.p, &len, &index), 0);
	}
}

/* The packets of libsrtp's own tests, under AES-CM and GCM. */
static void test_rfc6904_packets(void **state)
{
	json_t *root = vectors_load(VECTORS "srtp_packets_libsrtp.json"), *v;
	unsigned int done = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		uint8_t list[8];
		struct bytes plain, want;
		struct model *m;

		if (!json_object_get(v, "encrypted_extension_ids"))
			continue;
		plain = hex_of(v, "rtp_packet");
		want = hex_of(v, "srtp_packet");
		m = model_of(v);
		model_headers(m, list, list_of(v, list), SRTP_CRYPTEX_OFF);
		both_ways(m, &plain, &want);
		model_free(m);
		done++;
	}
	assert_int_equal(done, 2);
	json_decref(root);
}

/* What the module's parts make of a packet, with OpenSSL as the cipher. */
static void parts(const json_t *suite, const struct bytes *plain, const struct bytes *want)
{
	struct bytes p = *plain, key = hex_of(suite, "session_key"), salt = hex_of(suite, "session_salt");
	bool gcm = salt.len == SRTP_SALT_GCM, used;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	u32 len = (u32)plain->len, hdr;
	struct srtp_rtp r = { 0 };
	u8 iv[16];
	int n;

	assert_int_equal(srtp_rtp_parse(p.p, p.len, p.len, &r), 0);
	hdr = r.hdr_len;
	assert_int_equal(srtp_cryptex_seal(p.p, &len, &hdr, SRTP_CRYPTEX_ON, &used), 0);
	assert_true(used);
	assert_int_equal(hdr, r.hdr_len);
	assert_int_equal(len, plain->len);
	srtp_cryptex_join(p.p);
	if (gcm)
		srtp_iv_gcm_rtp(iv, salt.p, r.ssrc, r.seq);
	else
		srtp_iv_cm(iv, salt.p, r.ssrc, r.seq);
	EVP_EncryptInit_ex(ctx, gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr(), NULL, key.p, iv);
	if (gcm)
		EVP_EncryptUpdate(ctx, NULL, &n, p.p, SRTP_CRYPTEX_CLEAR);
	EVP_EncryptUpdate(ctx, p.p + SRTP_CRYPTEX_CLEAR, &n, p.p + SRTP_CRYPTEX_CLEAR,
			  (int)(len - SRTP_CRYPTEX_CLEAR));
	EVP_EncryptFinal_ex(ctx, p.p + len, &n);
	if (gcm)
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, p.p + len);
	EVP_CIPHER_CTX_free(ctx);
	srtp_cryptex_split(p.p);
	assert_memory_equal(p.p, want->p, gcm ? len + 16 : len);
	assert_int_equal(srtp_cryptex_open(p.p, SRTP_CRYPTEX_REQUIRED, &used), 0);
	assert_true(used);
	srtp_cryptex_restore(p.p);
	assert_memory_equal(p.p + 12 + srtp_csrc_len(p.p), plain->p + 12 + srtp_csrc_len(p.p), 4);
}

static void test_rfc9335(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc9335_appendix_a_cryptex.json"), *suite, *v;
	unsigned int done = 0;
	size_t i, k;

	(void)state;
	json_array_foreach(json_object_get(root, "cases"), k, suite) {
		struct model *m = model_of(suite);

		model_headers(m, NULL, 0, SRTP_CRYPTEX_REQUIRED);
		json_array_foreach(json_object_get(suite, "vectors"), i, v) {
			struct bytes plain = hex_of(v, "rtp_packet"), want = hex_of(v, "srtp_packet");

			both_ways(m, &plain, &want);
			parts(suite, &plain, &want);
			done++;
		}
		model_free(m);
	}
	assert_int_equal(done, 12);
	json_decref(root);
}

/* CSRCs without an extension get an empty one (section 5.1), for which nothing is published. */
static void test_cryptex_csrcs_alone(void **state)
{
	uint8_t plain[] = "\x82\x0f\x12\x38\xde\xca\xfb\xad\xca\xfe\xba\xbe" "AAAABBBBpayload";
	uint8_t want[] = "\x92\x0f\x12\x38\xde\xca\xfb\xad\xca\xfe\xba\xbe" "AAAABBBB" "\xc0\xde\0\0"
		"payload";
	u32 len = sizeof(plain) - 1, hdr = 20;
	uint8_t p[64];
	bool used;

	(void)state;
	memcpy(p, plain, sizeof(plain));
	assert_int_equal(srtp_cryptex_seal(p, &len, &hdr, SRTP_CRYPTEX_REQUIRED, &used), 0);
	assert_true(used);
	assert_int_equal(len, sizeof(want) - 1);
	assert_int_equal(hdr, 24);
	assert_memory_equal(p, want, len);
	srtp_cryptex_join(p);
	assert_memory_equal(p + 12, "\xc0\xde\0\0AAAABBBBpayload", 19);
	srtp_cryptex_split(p);
	assert_memory_equal(p, want, len);
}

static void test_cryptex_modes(void **state)
{
	static const struct {
		u8 first;		/* X bit and CSRC count */
		u16 form;
		u8 mode;
		int seal;
		bool seal_used;
		int open;
		bool open_used;
	} cases[] = {
		{ 0x80, 0, SRTP_CRYPTEX_ON, 0, false, 0, false },
		{ 0x80, 0, SRTP_CRYPTEX_REQUIRED, 0, false, 0, false },
		{ 0x81, 0, SRTP_CRYPTEX_ON, 0, true, 0, false },
		{ 0x81, 0, SRTP_CRYPTEX_REQUIRED, 0, true, SRTP_DROP_CRYPTEX, false },
		{ 0x90, 0xbede, SRTP_CRYPTEX_ON, 0, true, 0, false },
		{ 0x90, 0xbede, SRTP_CRYPTEX_REQUIRED, 0, true, SRTP_DROP_CRYPTEX, false },
		{ 0x91, 0x1000, SRTP_CRYPTEX_ON, 0, true, 0, false },
		{ 0x91, 0x1000, SRTP_CRYPTEX_REQUIRED, 0, true, SRTP_DROP_CRYPTEX, false },
		/* Application bits have no place in the mark. */
		{ 0x90, 0x1001, SRTP_CRYPTEX_ON, 0, false, 0, false },
		{ 0x90, 0x1001, SRTP_CRYPTEX_REQUIRED, SRTP_DROP_CRYPTEX, false,
		  SRTP_DROP_CRYPTEX, false },
		{ 0x90, 0x1234, SRTP_CRYPTEX_ON, 0, false, 0, false },
		{ 0x93, 0x1234, SRTP_CRYPTEX_REQUIRED, SRTP_DROP_CRYPTEX, false,
		  SRTP_DROP_CRYPTEX, false },
		/* Received it is cryptex; to be sent it would be taken for it. */
		{ 0x90, 0xc0de, SRTP_CRYPTEX_ON, SRTP_DROP_CRYPTEX, false, 0, true },
		{ 0x92, 0xc2de, SRTP_CRYPTEX_REQUIRED, SRTP_DROP_CRYPTEX, false, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u8 p[64] = { cases[i].first }, copy[64];
		u32 hdr = 12 + (p[0] & 15) * 4u, len = 40;
		bool used;

		p[hdr] = (u8)(cases[i].form >> 8);
		p[hdr + 1] = (u8)cases[i].form;
		hdr += p[0] & 0x10 ? 4 : 0;
		memcpy(copy, p, sizeof(p));
		assert_int_equal(srtp_cryptex_open(p, cases[i].mode, &used), cases[i].open);
		if (!cases[i].open)
			assert_int_equal(used, cases[i].open_used);
		assert_memory_equal(p, copy, sizeof(p));
		assert_int_equal(srtp_cryptex_seal(p, &len, &hdr, cases[i].mode, &used),
				 cases[i].seal);
		if (!cases[i].seal)
			assert_int_equal(used, cases[i].seal_used);
		if (cases[i].seal || !used)
			assert_memory_equal(p, copy, sizeof(p));
	}
}

/* What is encrypted of an extension: 'x' for an octet that is, '.' for one that is not. */
static void test_elements(void **state)
{
	static const struct {
		u16 form;
		const char *ext;
		const char *want;	/* NULL: refused */
	} cases[] = {
		{ 0xbede, "", "" },
		{ 0xbede, "00000000", "...." },
		{ 0xbede, "10aa20bb", ".x.." },			/* ids 1 and 2; 1 is chosen */
		{ 0xbede, "0010aa00", "..x." },
		{ 0xbede, "13aabbccdd000000", ".xxxx..." },
		{ 0xbede, "1faabbcc", NULL },			/* beyond the end */
		{ 0xbede, "00000010", NULL },
		{ 0xbede, "20aa13bb", NULL },
		{ 0xbede, "f0aa10bb", "...." },			/* 15 ends it, RFC 8285 section 4.2 */
		{ 0xbede, "ff10aabb", "...." },
		{ 0xbede, "01aa10bb", "...." },			/* so does 0 with a length */
		{ 0xbede, "10aaf000", ".x.." },
		{ 0x1000, "0102aabb", "..xx" },
		{ 0x100f, "0102aabb", "..xx" },
		{ 0x1000, "01000101", NULL },			/* the second has no data */
		{ 0x1000, "0100" "0200", "...." },
		{ 0x1000, "0000" "0101aa" "0f01bb" "c801dd00", "....x.....x."},
		{ 0x1000, "00000001", NULL },			/* no length */
		{ 0x1000, "0103aabb", NULL },
		{ 0x1000, "01ffaabb", NULL },
		{ 0x2000, "10aa20bb", "...." },			/* not RFC 8285's */
		{ 0xc0de, "10aa20bb", "...." },
	};
	static const uint8_t list[] = { 1, 200, 255 };
	struct srtp_ext_ids ids = ids_of(list, sizeof(list));
	struct aes a = aes_key((const u8 *)"0123456789abcdef", 16);
	const u8 iv[16] = { 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes ext = unhex(cases[i].ext);
		u8 p[64], was[64];
		size_t len = packet(p, cases[i].form, ext.p, ext.len);
		int rc;

		memcpy(was, p, len);
		rc = srtp_ext_crypt(p, len, &ids, aes_block, &a, iv);
		assert_int_equal(rc, cases[i].want ? 0 : SRTP_DROP_MALFORMED);
		if (!cases[i].want)
			assert_memory_equal(p, was, len);
		for (size_t k = 0; cases[i].want && k < ext.len; k++)
			if ((p[16 + k] == ext.p[k]) == (cases[i].want[k] == 'x'))
				fail_msg("%s: octet %zu", cases[i].ext, k);
		assert_memory_equal(p, was, 16);
	}
	aes_free(&a);
}

static unsigned int any(unsigned int n)
{
	static u64 s = 88172645463325252ULL;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return (unsigned int)(s >> 20) % n;
}

/* Any extension at all: the module and the model change the same octets to the same. */
static void test_against_model(void **state)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned int good = 0, bad = 0;
	u8 key[16], iv[16], p[300], q[300], ext[256], list[30];

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t n = 1 + any(sizeof(list)), len = 4 * any(64);
		bool two = any(2);
		struct srtp_ext_ids ids;
		struct aes a;

		for (size_t i = 0; i < 16; i++) {
			key[i] = (u8)any(256);
			iv[i] = i < 14 ? (u8)any(256) : 0;
		}
		for (size_t i = 0; i < n; i++)
			list[i] = (u8)(1 + any(two ? 255 : 14));
		for (size_t i = 0; i < sizeof(ext); i++)
			ext[i] = (u8)any(two && any(2) ? 12 : 256);
		/* Mostly a chain of elements that ends in padding. */
		for (size_t i = 0, d; any(5) && i < len; i += 1 + two + d) {
			d = two ? any(9) : 1 + any(16);
			if (i + 1 + two + d > len) {
				memset(ext + i, 0, len - i);
				break;
			}
			ext[i] = (u8)(two ? 1 + any(255) : (1 + any(14)) << 4 | (d - 1));
			if (two)
				ext[i + 1] = (u8)d;
		}
		ids = ids_of(list, n);
		len = packet(p, two ? 0x1000 + any(16) : 0xbede, ext, len);
		memcpy(q, p, len);
		a = aes_key(key, sizeof(key));
		if (srtp_ext_crypt(p, len, &ids, aes_block, &a, iv)) {
			assert_false(ref_ext(q, len, list, n, ctx, EVP_aes_128_ctr(), key, iv));
			bad++;
		} else {
			assert_true(ref_ext(q, len, list, n, ctx, EVP_aes_128_ctr(), key, iv));
			good++;
		}
		aes_free(&a);
		assert_memory_equal(p, q, len);
	}
	assert_true(good > 5000 && bad > 1000);
	EVP_CIPHER_CTX_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc6904),
		cmocka_unit_test(test_rfc6904_packets),
		cmocka_unit_test(test_rfc9335),
		cmocka_unit_test(test_cryptex_csrcs_alone),
		cmocka_unit_test(test_cryptex_modes),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
