// SPDX-License-Identifier: GPL-2.0-or-later
/* Fingerprints, certificates and the screening of records, each by itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "clock.h"
#include "dtls_cert.h"
#include "dtls_fp.h"
#include "dtls_record.h"

/* ---- fingerprints --------------------------------------------------------- */

static struct dtls_cert cert, other;

static struct media_fingerprint fp_of(const struct dtls_cert *c, const char *alg)
{
	struct media_fingerprint fp;

	assert_int_equal(dtls_fp_of(c->x509, alg, &fp), 0);
	return fp;
}

/* RFC 8122 section 5.1: one of the set of the strongest hash, and of no other. */
static void strongest_decides(void **state)
{
	const struct media_fingerprint right256 = fp_of(&cert, "sha-256"),
		right512 = fp_of(&cert, "sha-512"), wrong512 = fp_of(&other, "sha-512"),
		wrong256 = fp_of(&other, "sha-256"), right384 = fp_of(&cert, "sha-384");
	const struct {
		struct media_fingerprint fp[3];
		unsigned int n;
		bool match;
		const char *alg;
	} cases[] = {
		{ { right256 }, 1, true, "sha-256" },
		{ { wrong256 }, 1, false, "sha-256" },
		{ { wrong256, right256 }, 2, true, "sha-256" },
		{ { right256, wrong512 }, 2, false, "sha-512" },
		{ { wrong256, right512 }, 2, true, "sha-512" },
		{ { wrong512, right384, right512 }, 3, true, "sha-512" },
		{ { wrong256, right384 }, 2, true, "sha-384" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dtls_fp_set set;

		assert_int_equal(dtls_fp_choose(&set, cases[i].fp, cases[i].n), 0);
		assert_string_equal(set.alg, cases[i].alg);
		if (dtls_fp_match(&set, cert.x509) != cases[i].match)
			fail_msg("case %zu", i);
		assert_false(dtls_fp_match(&set, NULL));
	}
}

static void weak_and_misshapen(void **state)
{
	struct media_fingerprint fp[2] = { { .alg = "sha-1", .len = 20 }, { .alg = "md5", .len = 16 } };
	struct dtls_fp_set set;

	(void)state;
	assert_int_equal(dtls_fp_choose(&set, fp, 2), -EACCES);
	assert_false(dtls_fp_match(&set, cert.x509));
	assert_int_equal(dtls_fp_choose(&set, fp, 0), -EACCES);
	fp[0] = fp_of(&cert, "sha-256");
	fp[0].len = 31;			/* the right octets, one too few */
	assert_int_equal(dtls_fp_choose(&set, fp, 1), -EACCES);
	assert_false(dtls_fp_match(&set, cert.x509));
	fp[0].len = 0;
	assert_int_equal(dtls_fp_choose(&set, fp, 1), -EACCES);
	assert_int_equal(dtls_fp_of(cert.x509, "sha-1", &fp[0]), -EPROTONOSUPPORT);
}

static void as_text(void **state)
{
	struct media_fingerprint fp = { .len = 3, .digest = { 0xfc, 0x8d, 0x0a } };
	char text[DTLS_FP_TEXT];

	(void)state;
	dtls_fp_text(&fp, text);
	assert_string_equal(text, "FC:8D:0A");
	fp.len = 0;
	dtls_fp_text(&fp, text);
	assert_string_equal(text, "");
	fp.len = sizeof(fp.digest);
	dtls_fp_text(&fp, text);
	assert_int_equal(strlen(text), 3 * sizeof(fp.digest) - 1);
}

static void every_bit_counts(void **state)
{
	struct media_fingerprint fp = fp_of(&cert, "sha-256");
	struct dtls_fp_set set;

	(void)state;
	for (unsigned int bit = 0; bit < 256; bit++) {
		fp.digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(dtls_fp_choose(&set, &fp, 1), 0);
		assert_false(dtls_fp_match(&set, cert.x509));
		fp.digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void equal_sets(void **state)
{
	struct media_fingerprint ab[2] = { fp_of(&cert, "sha-256"), fp_of(&other, "sha-256") };
	struct media_fingerprint ba[2] = { ab[1], ab[0] };
	struct dtls_fp_set x, y, none;

	(void)state;
	assert_int_equal(dtls_fp_choose(&x, ab, 2), 0);
	assert_int_equal(dtls_fp_choose(&y, ba, 2), 0);
	assert_true(dtls_fp_equal(&x, &y));
	assert_int_equal(dtls_fp_choose(&y, ab, 1), 0);
	assert_false(dtls_fp_equal(&x, &y));
	assert_false(dtls_fp_equal(&y, &x));
	dtls_fp_choose(&none, NULL, 0);
	assert_false(dtls_fp_equal(&none, &none));
}

/* ---- certificates --------------------------------------------------------- */

static void made_certificate(void **state)
{
	time_t now = (time_t)clock_wall();
	char a[64], b[64];

	(void)state;
	assert_int_equal(X509_get_version(cert.x509), X509_VERSION_3);
	assert_int_equal(EVP_PKEY_get_bits(cert.key), 256);
	assert_int_equal(X509_verify(cert.x509, cert.key), 1);
	assert_true(X509_cmp_time(X509_get0_notBefore(cert.x509), &now) < 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(cert.x509), &now) > 0);
	now += (DTLS_CERT_DAYS * 24 + 1) * 3600;
	assert_true(X509_cmp_time(X509_get0_notAfter(cert.x509), &now) < 0);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(cert.x509),
					      X509_get0_serialNumber(other.x509)), 0);
	X509_NAME_oneline(X509_get_subject_name(cert.x509), a, sizeof(a));
	X509_NAME_oneline(X509_get_subject_name(other.x509), b, sizeof(b));
	assert_string_not_equal(a, b);
	assert_string_equal(cert.fingerprint.alg, "sha-256");
	assert_int_equal(cert.fingerprint.len, 32);
}

struct files {
	char dir[32], cert[64], key[64];
};

static void write_pem(const char *file, X509 *x, EVP_PKEY *k, const char *pass)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	if (x)
		assert_int_equal(PEM_write_X509(f, x), 1);
	if (k)
		assert_int_equal(PEM_write_PrivateKey(f, k, pass ? EVP_aes_128_cbc() : NULL,
						      (const unsigned char *)pass,
						      pass ? (int)strlen(pass) : 0, NULL, NULL), 1);
	fclose(f);
}

static void make_files(struct files *f)
{
	strcpy(f->dir, "/tmp/ksrtp-cert-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->cert, sizeof(f->cert), "%s/cert.pem", f->dir);
	snprintf(f->key, sizeof(f->key), "%s/key.pem", f->dir);
	write_pem(f->cert, cert.x509, NULL, NULL);
	write_pem(f->key, NULL, cert.key, NULL);
	assert_int_equal(chmod(f->key, 0600), 0);
}

static void remove_files(const struct files *f)
{
	unlink(f->cert);
	unlink(f->key);
	rmdir(f->dir);
}

static void refused(const struct files *f, int code, const char *says)
{
	struct dtls_cert c;
	struct err e = { 0 };

	assert_int_equal(dtls_cert_load(&c, f->cert, f->key, &e), code);
	if (!strstr(e.text, says))
		fail_msg("\"%s\" does not say \"%s\"", e.text, says);
	assert_null(c.x509);
	assert_null(c.key);
}

static void configured_certificate(void **state)
{
	struct dtls_cert c;
	struct files f;

	(void)state;
	make_files(&f);
	assert_int_equal(dtls_cert_load(&c, f.cert, f.key, NULL), 0);
	assert_memory_equal(&c.fingerprint, &cert.fingerprint, sizeof(c.fingerprint));
	dtls_cert_free(&c);

	assert_int_equal(chmod(f.key, 0640), 0);
	assert_int_equal(dtls_cert_load(&c, f.cert, f.key, NULL), 0);
	dtls_cert_free(&c);
	assert_int_equal(chmod(f.key, 0644), 0);
	refused(&f, -EACCES, "chmod 0640");
	assert_int_equal(chmod(f.key, 0620), 0);
	refused(&f, -EACCES, "open to others");
	assert_int_equal(chmod(f.key, 0600), 0);

	write_pem(f.key, NULL, other.key, NULL);
	refused(&f, -EINVAL, "does not belong to certificate");
	write_pem(f.key, NULL, cert.key, "secret");
	refused(&f, -EINVAL, "is encrypted");
	write_pem(f.key, cert.x509, NULL, NULL);
	refused(&f, -EINVAL, "holds no private key");
	write_pem(f.cert, NULL, cert.key, NULL);
	refused(&f, -EINVAL, "holds no certificate");
	unlink(f.key);
	write_pem(f.cert, cert.x509, NULL, NULL);
	refused(&f, -ENOENT, "private key");
	unlink(f.cert);
	refused(&f, -ENOENT, "certificate");
	remove_files(&f);
}

/* ---- records -------------------------------------------------------------- */

#define RECORD(type, epoch, ...)						\
	type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0,			\
	(uint8_t)sizeof((uint8_t[]){ __VA_ARGS__ }), __VA_ARGS__
#define MESSAGE(type, total, offset, part, ...)					\
	type, 0, 0, total, 0, 0, 0, 0, offset, 0, 0, part, ##__VA_ARGS__

struct record_case {
	const char *what;
	enum dtls_phase phase;
	uint8_t data[64];
	size_t len, passed;
	unsigned int dropped;
};

#define CASE(w, p, pass, drop, ...)						\
	{ w, DTLS_PHASE_##p, { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }), pass, drop }

static void records(void **state)
{
	static const struct record_case cases[] = {
		CASE("ClientHello", SERVER, 27, 0, RECORD(22, 0, MESSAGE(1, 2, 0, 2, 7, 7))),
		CASE("its second fragment", SERVER, 26, 0, RECORD(22, 0, MESSAGE(1, 2, 1, 1, 7))),
		CASE("to a client", CLIENT, 0, 1, RECORD(22, 0, MESSAGE(1, 2, 0, 2, 7, 7))),
		CASE("after the handshake", DONE, 0, 1, RECORD(22, 0, MESSAGE(1, 2, 0, 2, 7, 7))),
		CASE("ServerHello", CLIENT, 26, 0, RECORD(22, 0, MESSAGE(2, 1, 0, 1, 7))),
		CASE("to a server", SERVER, 0, 1, RECORD(22, 0, MESSAGE(2, 1, 0, 1, 7))),
		CASE("ServerHelloDone", CLIENT, 25, 0, RECORD(22, 0, MESSAGE(14, 0, 0, 0))),
		CASE("HelloRequest", CLIENT, 0, 1, RECORD(22, 0, MESSAGE(0, 0, 0, 0))),
		CASE("Finished in the clear", SERVER, 0, 1, RECORD(22, 0, MESSAGE(20, 1, 0, 1, 7))),
		CASE("two messages in a record", CLIENT, 39, 0,
		     RECORD(22, 0, MESSAGE(2, 1, 0, 1, 7), MESSAGE(11, 1, 0, 1, 7))),
		CASE("fragment beyond its message", SERVER, 0, 1,
		     RECORD(22, 0, MESSAGE(1, 2, 1, 2, 7, 7))),
		CASE("fragment beyond the record", SERVER, 0, 1,
		     RECORD(22, 0, MESSAGE(1, 9, 0, 9, 7, 7))),
		CASE("empty fragment", SERVER, 0, 1, RECORD(22, 0, MESSAGE(1, 9, 0, 0))),
		CASE("message cut short", SERVER, 0, 1, RECORD(22, 0, 1, 0, 0, 9, 0, 0)),
		CASE("no message", SERVER, 0, 1, 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0),
		CASE("far too high message number", SERVER, 0, 1,
		     RECORD(22, 0, 1, 0, 0, 1, 0, 17, 0, 0, 0, 0, 0, 1, 7)),
		CASE("ChangeCipherSpec", SERVER, 14, 0, RECORD(20, 0, 1)),
		CASE("of another value", SERVER, 0, 1, RECORD(20, 0, 2)),
		CASE("plain alert", SERVER, 0, 1, RECORD(21, 0, 2, 40)),
		CASE("encrypted alert", DONE, 15, 0, RECORD(21, 1, 9, 9)),
		CASE("encrypted handshake", DONE, 15, 0, RECORD(22, 1, 9, 9)),
		CASE("application data", DONE, 0, 1, RECORD(23, 1, 9, 9)),
		CASE("application data, early", SERVER, 0, 1, RECORD(23, 0, 9, 9)),
		CASE("second epoch", DONE, 0, 1, RECORD(22, 2, 9, 9)),
		CASE("good, bad, good", CLIENT, 28, 1,
		     RECORD(20, 0, 1), RECORD(21, 0, 1, 0), RECORD(20, 0, 1)),
		CASE("good, then a cut record", CLIENT, 14, 1,
		     RECORD(20, 0, 1), 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 1),
		CASE("cut header", CLIENT, 0, 1, 22, 0xfe, 0xfd, 0),
		CASE("TLS", SERVER, 0, 1, 22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1),
		CASE("DTLS 1.0 record version", SERVER, 14, 0,
		     20, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1),
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct record_case *c = &cases[i];
		struct dtls_screened s = dtls_record_screen(c->phase, c->data, c->len, out);

		if (s.len != c->passed || s.dropped != c->dropped)
			fail_msg("%s: passed %zu, dropped %u", c->what, s.len, s.dropped);
	}
}

static void record_notes(void **state)
{
	static const uint8_t alert[] = { RECORD(21, 0, 2, 47) },
		hello[] = { RECORD(22, 0, MESSAGE(1, 2, 0, 2, 7, 7)) };
	uint8_t out[64];

	(void)state;
	assert_int_equal(dtls_record_screen(DTLS_PHASE_CLIENT, alert, sizeof(alert), out).alert, 47);
	assert_int_equal(dtls_record_screen(DTLS_PHASE_DONE, alert, sizeof(alert), out).alert, -1);
	assert_true(dtls_record_screen(DTLS_PHASE_CLIENT, hello, sizeof(hello), out).client_hello);
	assert_false(dtls_record_screen(DTLS_PHASE_SERVER, hello, sizeof(hello), out).client_hello);
	assert_false(dtls_record_is((const uint8_t[]){ 19 }, 1));
	assert_true(dtls_record_is((const uint8_t[]){ 20 }, 1));
	assert_true(dtls_record_is((const uint8_t[]){ 63 }, 1));
	assert_false(dtls_record_is((const uint8_t[]){ 64 }, 1));
	assert_false(dtls_record_is(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strongest_decides),
		cmocka_unit_test(weak_and_misshapen),
		cmocka_unit_test(as_text),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(equal_sets),
		cmocka_unit_test(made_certificate),
		cmocka_unit_test(configured_certificate),
		cmocka_unit_test(records),
		cmocka_unit_test(record_notes),
	};
	int status;

	if (dtls_cert_make(&cert, NULL) || dtls_cert_make(&other, NULL))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = cmocka_run_group_tests_name("dtls_parts", tests, NULL, NULL);
	dtls_cert_free(&cert);
	dtls_cert_free(&other);
	return status;
}
