// SPDX-License-Identifier: GPL-2.0-or-later
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

static void extend(X509 *x, X509 *by, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	if (!value || !*value)
		return;
	X509V3_set_ctx(&ctx, by, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!ext)
		fail_msg("extension %d: %s", nid, value);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

X509 *cert_make(const struct cert_spec *spec, EVP_PKEY **key)
{
	static long serial = 1;
	const char *ku = spec->ku ? spec->ku
		: spec->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
	X509 *x = X509_new(), *by = spec->by ? spec->by : x;
	X509_NAME *name = X509_get_subject_name(x);

	*key = spec->curve && strcmp(spec->curve, "RSA") == 0
		? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
		: EVP_PKEY_Q_keygen(NULL, NULL, "EC", spec->curve ? spec->curve : "P-256");
	assert_non_null(*key);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, &(time_t){ spec->from });
	X509_time_adj_ex(X509_getm_notAfter(x), 0, 0, &(time_t){ spec->to });
	if (spec->cn)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)spec->cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(by));
	X509_set_pubkey(x, *key);
	extend(x, by, NID_basic_constraints,
	       spec->bc ? spec->bc : spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	extend(x, by, NID_name_constraints, spec->nc);
	extend(x, by, NID_key_usage, ku);
	extend(x, by, NID_ext_key_usage, spec->eku);
	extend(x, by, NID_subject_alt_name, spec->san);
	extend(x, by, NID_subject_key_identifier, "hash");
	extend(x, by, NID_authority_key_identifier, "keyid:always");
	assert_true(X509_sign(x, spec->by_key ? spec->by_key : *key,
			      spec->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	return x;
}

static char *text_of(BIO *b)
{
	char *p, *copy;
	long len = BIO_get_mem_data(b, &p);

	copy = strndup(p, (size_t)len);
	BIO_free(b);
	return copy;
}

char *cert_pem(X509 *first, ...)
{
	BIO *b = BIO_new(BIO_s_mem());
	va_list ap;

	va_start(ap, first);
	for (X509 *x = first; x; x = va_arg(ap, X509 *))
		PEM_write_bio_X509(b, x);
	va_end(ap);
	return text_of(b);
}

char *cert_crl(X509 *ca, EVP_PKEY *key, X509 *revoked, int64_t from, int64_t to)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, from);
	BIO *b = BIO_new(BIO_s_mem());

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, t);
	if (revoked) {
		X509_REVOKED *r = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(r, t);
		X509_CRL_add0_revoked(crl, r);
	}
	ASN1_TIME_set(t, to);
	X509_CRL_set1_nextUpdate(crl, t);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	PEM_write_bio_X509_CRL(b, crl);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
	return text_of(b);
}

void write_text(const char *path, const char *text, unsigned int mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}
