// SPDX-License-Identifier: GPL-2.0-or-later
/* What files a TLS context is made of, and which are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "certs.h"
#include "err.h"
#include "tls_io.h"

static char dir[] = "/tmp/test_tls_io.XXXXXX";

static const char *path(const char *name)
{
	static char p[64][128];
	static unsigned int n;

	snprintf(p[++n % 64], sizeof(p[0]), "%s/%s", dir, name);
	return p[n % 64];
}

static void write_pair(const char *name, const struct cert_spec *spec)
{
	EVP_PKEY *key;
	X509 *x = cert_make(spec, &key);
	char *pem = cert_pem(x, NULL), file[64];
	BIO *mem = BIO_new(BIO_s_mem());
	char *text, *copy;
	long len;

	snprintf(file, sizeof(file), "%s.pem", name);
	write_text(path(file), pem, 0644);
	PEM_write_bio_PrivateKey(mem, key, NULL, NULL, 0, NULL, NULL);
	len = BIO_get_mem_data(mem, &text);
	copy = strndup(text, (size_t)len);
	snprintf(file, sizeof(file), "%s.key", name);
	write_text(path(file), copy, 0600);
	free(copy);
	BIO_free(mem);
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void test_settings(void **state)
{
	const struct cert_spec spec = { .cn = "b", .san = "DNS:b.example", .from = time(NULL) - 60,
					.to = time(NULL) + 3600 };
	static const char *const files[] = { "a.pem", "a.key", "b.pem", "b.key", "root.pem" };
	struct tls_ctx *t;
	struct err e = { 0 };
	struct tls_conf conf = { .cert = path("b.pem"), .key = path("b.key"),
				 .ca = path("root.pem") };

	(void)state;
	write_pair("a", &spec);
	write_pair("b", &spec);
	write_text(path("root.pem"), "", 0644);
	assert_int_equal(tls_ctx_new(&t, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "root.pem: no usable root certificates"));
	conf.ca = path("a.pem");
	assert_int_equal(chmod(path("b.key"), 0644), 0);
	assert_int_equal(tls_ctx_new(&t, &conf, &e), -EPERM);
	assert_null(t);
	assert_int_equal(chmod(path("b.key"), 0600), 0);
	conf.key = path("a.key");
	assert_int_equal(tls_ctx_new(&t, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "a.key is not the key of the certificate in"));
	conf.key = path("b.key");
	conf.cert = path("none.pem");
	assert_int_equal(tls_ctx_new(&t, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "none.pem: no usable certificate"));
	conf.cert = path("b.pem");
	conf.ca = path("b.key");
	assert_int_equal(tls_ctx_new(&t, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "b.key: no usable root certificates"));
	conf.ca = path("a.pem");
	assert_int_equal(tls_ctx_new(&t, &conf, &e), 0);
	tls_ctx_free(t);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(unlink(path(files[i])), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
	};

	if (!mkdtemp(dir))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
