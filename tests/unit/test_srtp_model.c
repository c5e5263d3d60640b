// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model of SRTP that the module is compared with (tests/module/lib/model.h), held
 * to whole packets of libsrtp and of the RFCs, made and opened.
 */
#include "test_kmod.h"

#include "../module/lib/model.h"
#include "mki.h"
#include "replay.h"

/* Made, opened, and refused with a bit changed in the last octet that the tag covers. */
static void check(const struct model *m, const struct bytes *plain, const struct bytes *want,
		  u64 index)
{
	struct bytes p = *plain;
	u64 at = index;

	p.len = model_protect(m, p.p, p.len, index);
	assert_bytes(p.p, p.len, want);
	assert_int_equal(model_unprotect(m, p.p, &p.len, &at), 0);
	assert_int_equal(at, index);
	assert_bytes(p.p, p.len, plain);
	p = *want;
	p.p[plain->len - 1] ^= 1;
	assert_int_equal(model_unprotect(m, p.p, &p.len, &at), SRTP_DROP_AUTH);
	for (p = *want; p.len > 0; p.len--) {
		size_t len = p.len - 1;
		struct bytes cut = *want;

		assert_int_not_equal(model_unprotect(m, cut.p, &len, &at), 0);
	}
}

static unsigned int check_file(const char *file, const char *const *left_out, size_t n)
{
	json_t *root = vectors_load(file), *v;
	unsigned int done = 0;
	size_t i;

	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		struct model *m;

		if (is_named(v, left_out, n))
			continue;
		m = model_of(v);
		if (has(v, "rtp_packet")) {
			struct bytes plain = hex_of(v, "rtp_packet");
			struct bytes want = hex_of(v, "srtp_packet");

			check(m, &plain, &want, (u64)word_of(v, "roc") << 16 |
			      srtp_get16(plain.p + 2));
			done++;
		}
		if (has(v, "rtcp_packet")) {
			struct bytes plain = hex_of(v, "rtcp_packet");
			struct bytes want = hex_of(v, "srtcp_packet");

			check(m, &plain, &want, word_of(v, "srtcp_index"));
			done++;
		}
		model_free(m);
	}
	json_decref(root);
	return done;
}

static void test_derived(void **state)
{
	/* SRTCP that is not encrypted under a suite that encrypts is refused. */
	static const char *const left_out[] = { "srtcp-unencrypted" };

	(void)state;
	assert_int_equal(check_file(VECTORS "srtp_packets_derived.json", left_out, 1), 6 * 8);
}

static void test_libsrtp(void **state)
{
	static const char *const left_out[] = {
		"cm128-sha1-80-mki", "cm128-sha1-80-rfc6904", "gcm128-rfc6904",
	};

	(void)state;
	assert_int_equal(check_file(VECTORS "srtp_packets_libsrtp.json", left_out, 3), 6 + 4);
}

/* The MKI is put in behind the ciphers and taken out before them. */
static void test_mki(void **state)
{
	json_t *root = vectors_load(VECTORS "srtp_packets_libsrtp.json"), *v;
	unsigned int done = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "vectors"), i, v) {
		static const char *const which[] = { "rtp_packet", "srtp_packet", "rtcp_packet",
						     "srtcp_packet" };
		struct bytes mki;
		struct model *m;

		if (strcmp(str_of(v, "name"), "cm128-sha1-80-mki"))
			continue;
		m = model_of(v);
		mki = hex_of(v, "mki");
		assert_int_equal(mki.len, 4);
		for (int rtcp = 0; rtcp < 2; rtcp++) {
			struct bytes p = hex_of(v, which[2 * rtcp]);
			struct bytes want = hex_of(v, which[2 * rtcp + 1]), bare;
			u64 index = rtcp ? word_of(v, "srtcp_index") : srtp_get16(p.p + 2);

			p.len = model_protect(m, p.p, p.len, index);
			bare = p;
			srtp_mki_insert(p.p, p.len, mki.p, mki.len, 10);
			p.len += mki.len;
			assert_bytes(p.p, p.len, &want);
			assert_memory_equal(p.p + srtp_mki_offset(p.len, 4, 10), mki.p, 4);
			srtp_mki_remove(p.p, p.len, mki.len, 10);
			assert_bytes(p.p, p.len - 4, &bare);
			done++;
		}
		model_free(m);
	}
	assert_int_equal(done, 2);
	json_decref(root);
}

/* A stream that was handed over: all up to an index counts as seen, nothing after it. */
static void test_fill(void **state)
{
	static const u64 tops[] = { 0, 63, 64, 65, 127, 1000, 0xffff, (1ULL << 48) - 2 };
	struct srtp_replay *r = malloc(srtp_replay_size(128));

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		u64 top = tops[i];

		srtp_replay_init(r, 128);
		srtp_replay_fill(r, top);
		for (u64 k = 0; k <= 200 && k <= top; k++)
			assert_int_equal(srtp_replay_check(r, top - k),
					 k < 128 ? SRTP_DROP_REPLAY : SRTP_DROP_OLD);
		for (u64 k = 1; k < 300; k++)
			assert_int_equal(srtp_replay_check(r, top + k), 0);
		srtp_replay_mark(r, top + 70);
		for (u64 k = 1; k < 70; k++)
			assert_int_equal(srtp_replay_check(r, top + k), 0);
		assert_int_equal(srtp_replay_check(r, top), SRTP_DROP_REPLAY);
		assert_int_equal(srtp_replay_check(r, top + 70), SRTP_DROP_REPLAY);
	}
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_libsrtp),
		cmocka_unit_test(test_mki),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
