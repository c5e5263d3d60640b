// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole packets from the module's bytes-only parts (headers, KDF, IVs) and
 * OpenSSL's ciphers: what the kernel does with its own. Every packet among the
 * vectors is either made here, both served and unserved suites, or named in
 * not_served with how many there are, so that none is passed over in silence.
 */
#include "test_kmod.h"

#include <openssl/hmac.h>

#include "iv.h"
#include "kdf.h"
#include "rtp.h"

struct suite {
	const char *name;
	size_t key;
	size_t salt;
	size_t rtp_tag;
	bool gcm;
	bool served;	/* by the module; the others the parts can already do */
};

static const struct suite suites[] = {
	{ "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, false, true },
	{ "AES_CM_128_HMAC_SHA1_32", 16, 14, 4, false, true },
	{ "AES_192_CM_HMAC_SHA1_80", 24, 14, 10, false, true },
	{ "AES_256_CM_HMAC_SHA1_80", 32, 14, 10, false, true },
	{ "AES_256_CM_HMAC_SHA1_32", 32, 14, 4, false, true },
	{ "AEAD_AES_128_GCM", 16, 12, 16, true, true },
	{ "AEAD_AES_256_GCM", 32, 12, 16, true, true },
};

static const struct suite *suite_of(const json_t *v)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (strcmp(suites[i].name, str_of(v, "suite")) == 0)
			return &suites[i];
	return NULL;
}

struct keys {
	u8 key[32], auth[20], salt[14];
};

static struct keys session_keys(const json_t *v, const struct suite *s, bool rtcp)
{
	struct bytes key = hex_of(v, "master_key"), salt = hex_of(v, "master_salt");
	struct aes a = aes_key(key.p, key.len);
	int first = rtcp ? SRTP_LABEL_RTCP_KEY : SRTP_LABEL_RTP_KEY;
	struct keys k = { 0 };

	assert_int_equal(key.len, s->key);
	assert_int_equal(salt.len, s->salt);
	srtp_kdf(aes_block, &a, salt.p, salt.len, (enum srtp_kdf_label)first, k.key, s->key);
	srtp_kdf(aes_block, &a, salt.p, salt.len, (enum srtp_kdf_label)(first + 1), k.auth, 20);
	srtp_kdf(aes_block, &a, salt.p, salt.len, (enum srtp_kdf_label)(first + 2), k.salt, s->salt);
	aes_free(&a);
	return k;
}

static const EVP_CIPHER *cipher(const struct suite *s)
{
	if (s->gcm)
		return s->key == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	return s->key == 16 ? EVP_aes_128_ctr() :
	       s->key == 24 ? EVP_aes_192_ctr() : EVP_aes_256_ctr();
}

static void seal_gcm(struct bytes *p, u32 hdr, const struct suite *s, const struct keys *k,
		     const u8 iv[12], const u8 *word, bool encrypt)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	u32 aad = encrypt ? hdr : (u32)p->len;
	u8 tag[16];
	int n;

	EVP_EncryptInit_ex(c, cipher(s), NULL, k->key, iv);
	EVP_EncryptUpdate(c, NULL, &n, p->p, (int)aad);
	if (word)
		EVP_EncryptUpdate(c, NULL, &n, word, 4);
	EVP_EncryptUpdate(c, p->p + aad, &n, p->p + aad, (int)(p->len - aad));
	EVP_EncryptFinal_ex(c, tag, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, tag);
	EVP_CIPHER_CTX_free(c);
	memcpy(p->p + p->len, tag, 16);
	p->len += 16;
}

static void crypt_cm(struct bytes *p, u32 hdr, const struct suite *s, const struct keys *k,
		     const u8 iv[16])
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	EVP_EncryptInit_ex(c, cipher(s), NULL, k->key, iv);
	EVP_EncryptUpdate(c, p->p + hdr, &n, p->p + hdr, (int)(p->len - hdr));
	EVP_CIPHER_CTX_free(c);
}

/* The tag over the packet, and for SRTP the ROC that is written behind it. */
static void tag_cm(struct bytes *p, const struct keys *k, const u8 *roc, size_t tag)
{
	u8 mac[20], in[2048];
	unsigned int n;

	memcpy(in, p->p, p->len);
	if (roc)
		memcpy(in + p->len, roc, 4);
	HMAC(EVP_sha1(), k->auth, 20, in, p->len + (roc ? 4 : 0), mac, &n);
	memcpy(p->p + p->len, mac, tag);
	p->len += tag;
}

static void check_rtp(const json_t *v, const struct suite *s)
{
	struct bytes p = hex_of(v, "rtp_packet"), want = hex_of(v, "srtp_packet");
	struct keys k = session_keys(v, s, false);
	struct bytes roc = hex_of(v, "roc");
	struct srtp_rtp rtp = { 0 };
	u8 iv[16];
	u64 index;

	assert_int_equal(srtp_rtp_parse(p.p, p.len, p.len, &rtp), 0);
	assert_true(srtp_rtp_padding_ok(p.p, p.len, rtp.hdr_len));
	index = (u64)word_of(v, "roc") << 16 | rtp.seq;
	if (s->gcm) {
		srtp_iv_gcm_rtp(iv, k.salt, rtp.ssrc, index);
		seal_gcm(&p, rtp.hdr_len, s, &k, iv, NULL, true);
	} else {
		srtp_iv_cm(iv, k.salt, rtp.ssrc, index);
		crypt_cm(&p, rtp.hdr_len, s, &k, iv);
		tag_cm(&p, &k, roc.p, s->rtp_tag);
	}
	assert_bytes(p.p, p.len, &want);
}

static void check_rtcp(const json_t *v, const struct suite *s)
{
	struct bytes p = hex_of(v, "rtcp_packet"), want = hex_of(v, "srtcp_packet");
	bool e = json_integer_value(json_object_get(v, "e_flag")) == 1;
	struct keys k = session_keys(v, s, true);
	u32 index = word_of(v, "srtcp_index");
	struct srtp_rtp rtp = { 0 };
	u8 iv[16], word[4];

	assert_int_equal(srtp_rtcp_parse(p.p, p.len, p.len, &rtp), 0);
	srtp_put32(word, (e ? SRTP_RTCP_E : 0) | index);
	if (s->gcm) {
		srtp_iv_gcm_rtcp(iv, k.salt, rtp.ssrc, index);
		seal_gcm(&p, rtp.hdr_len, s, &k, iv, word, e);
		memcpy(p.p + p.len, word, 4);
		p.len += 4;
	} else {
		srtp_iv_cm(iv, k.salt, rtp.ssrc, index);
		if (e)
			crypt_cm(&p, rtp.hdr_len, s, &k, iv);
		memcpy(p.p + p.len, word, 4);
		p.len += 4;
		tag_cm(&p, &k, NULL, 10);
	}
	assert_bytes(p.p, p.len, &want);
}

static void test_derived(void **state)
{
	json_t *root = vectors_load(VECTORS "srtp_packets_derived.json"), *v;
	unsigned int served = 0, others = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		const struct suite *s = suite_of(v);

		assert_non_null(s);
		if (has(v, "rtp_packet"))
			check_rtp(v, s);
		else
			check_rtcp(v, s);
		*(s->served ? &served : &others) += 1;
	}
	print_message("# %u packets of served suites, %u of suites not served yet\n", served, others);
	assert_int_equal(served, 6 * 9);
	assert_int_equal(others, 0);
	json_decref(root);
}

/* Made by test_srtp_model.c and, with encrypted header extensions, test_kmod_header.c. */
static const char *const not_served[] = {
	"cm128-sha1-80-mki", "null-sha1-80", "cm128-sha1-80-rfc6904", "gcm128-rfc6904",
};

static void test_libsrtp(void **state)
{
	json_t *root = vectors_load(VECTORS "srtp_packets_libsrtp.json"), *v;
	unsigned int rtp = 0, rtcp = 0, skipped = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		const struct suite *s = suite_of(v);

		if (is_named(v, not_served, sizeof(not_served) / sizeof(not_served[0]))) {
			print_message("# not made here: %s\n", str_of(v, "name"));
			skipped++;
			continue;
		}
		assert_non_null(s);
		check_rtp(v, s);
		rtp++;
		if (has(v, "rtcp_packet")) {
			check_rtcp(v, s);
			rtcp++;
		}
	}
	assert_int_equal(skipped, sizeof(not_served) / sizeof(not_served[0]));
	assert_int_equal(rtp, 5);
	assert_int_equal(rtcp, 3);
	json_decref(root);
}

/* RFC 7714 gives session keys; 16.1.3 and 16.2.3 only illustrate GMAC. */
static void test_rfc7714(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc7714_sections16_17.json"), *v;
	unsigned int rtp = 0, rtcp = 0, tag_only = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		struct bytes key = hex_of(v, "session_key"), iv = hex_of(v, "iv");
		struct bytes salt = hex_of(v, "session_salt"), aad = hex_of(v, "aad"), p, want;
		const struct suite *s = &suites[key.len == 16 ? 5 : 6];
		struct srtp_rtp h = { 0 };
		struct keys k = { 0 };
		u8 made[12];

		memcpy(k.key, key.p, key.len);
		if (has(v, "rtp_packet")) {
			bool encrypt = hex_of(v, "plaintext").len > 0;

			p = hex_of(v, "rtp_packet");
			want = hex_of(v, "srtp_packet");
			assert_int_equal(srtp_rtp_parse(p.p, p.len, p.len, &h), 0);
			srtp_iv_gcm_rtp(made, salt.p, h.ssrc, (u64)word_of(v, "roc") << 16 | h.seq);
			assert_bytes(made, 12, &iv);
			if (encrypt)
				assert_bytes(p.p, h.hdr_len, &aad);
			seal_gcm(&p, h.hdr_len, s, &k, made, NULL, encrypt);
			rtp++;
			tag_only += !encrypt;
		} else {
			bool e = json_integer_value(json_object_get(v, "e_flag")) == 1;
			struct bytes word = hex_of(v, "esrtcp_word");

			p = hex_of(v, "rtcp_packet");
			want = hex_of(v, "srtcp_packet");
			assert_int_equal(srtp_rtcp_parse(p.p, p.len, p.len, &h), 0);
			srtp_iv_gcm_rtcp(made, salt.p, h.ssrc, word_of(v, "srtcp_index"));
			assert_bytes(made, 12, &iv);
			seal_gcm(&p, h.hdr_len, s, &k, made, word.p, e);
			memcpy(p.p + p.len, word.p, 4);
			p.len += 4;
			rtcp++;
		}
		assert_bytes(p.p, p.len, &want);
	}
	assert_int_equal(rtp, 4);
	assert_int_equal(tag_only, 2);
	assert_int_equal(rtcp, 4);
	json_decref(root);
}

/* The first packets each way under keys that came out of a DTLS exporter. */
static void test_exporter(void **state)
{
	json_t *root = vectors_load(VECTORS "dtls_srtp_exporter_derived.json"), *c;
	unsigned int served = 0, others = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		static const char *const sides[] = { "client", "server" };
		static const struct {
			const char *profile;
			int suite;
		} map[] = {
			{ "SRTP_AES128_CM_HMAC_SHA1_80", 0 },
			{ "SRTP_AES128_CM_HMAC_SHA1_32", 1 },
			{ "SRTP_AEAD_AES_128_GCM", 5 },
			{ "SRTP_AEAD_AES_256_GCM", 6 },
		};
		const struct suite *s = NULL;

		for (size_t m = 0; m < sizeof(map) / sizeof(map[0]); m++)
			if (strcmp(map[m].profile, str_of(c, "profile")) == 0)
				s = &suites[map[m].suite];
		if (!s)
			fail_msg("profile %s", str_of(c, "profile"));
		for (size_t n = 0; n < 2; n++) {
			char key[32], salt[32], packet[64];
			json_t *v;

			snprintf(key, sizeof(key), "%s_key", sides[n]);
			snprintf(salt, sizeof(salt), "%s_salt", sides[n]);
			snprintf(packet, sizeof(packet), "srtp_packet_sent_by_%s", sides[n]);
			v = json_pack("{s:s, s:s, s:s, s:s, s:s}", "master_key", str_of(c, key),
				      "master_salt", str_of(c, salt), "roc", "00000000",
				      "rtp_packet", str_of(root, "rtp_packet"), "srtp_packet",
				      str_of(c, packet));
			assert_non_null(v);
			check_rtp(v, s);
			json_decref(v);
			*(s->served ? &served : &others) += 1;
		}
	}
	assert_int_equal(served, 16);
	assert_int_equal(others, 0);
	json_decref(root);
}

/* Counted, so that what waits is known: see each file. */
static void test_not_served_yet(void **state)
{
	json_t *f8 = vectors_load(VECTORS "rfc3711_appendix_b.json");
	json_t *cryptex = vectors_load(VECTORS "rfc9335_appendix_a_cryptex.json"), *c;
	json_t *ext = vectors_load(VECTORS "rfc6904_appendix_a.json");
	size_t i, packets = 0;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(json_object_get(f8, "aes_f8"),
							 "keystream")), 5);
	json_array_foreach(json_object_get(cryptex, "cases"), i, c)
		packets += json_array_size(json_object_get(c, "vectors"));
	assert_int_equal(packets, 12);
	assert_true(has(ext, "masked_keystream"));
	print_message("# not served yet: AES-f8 (RFC 3711 B.1, 5 blocks), cryptex (RFC 9335, 12 "
		      "packets), encrypted header extensions (RFC 6904, 1 extension)\n");
	json_decref(f8);
	json_decref(cryptex);
	json_decref(ext);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derived),	 cmocka_unit_test(test_libsrtp),
		cmocka_unit_test(test_rfc7714),	 cmocka_unit_test(test_exporter),
		cmocka_unit_test(test_not_served_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
