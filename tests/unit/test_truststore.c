// SPDX-License-Identifier: GPL-2.0-or-later
/* Chains of signers' certificates: what verifies, what does not and why, and reloading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <time.h>

#include "certs.h"
#include "err.h"
#include "jws.h"
#include "truststore.h"

#define FROM 1443200000
#define NOW  1443208345
#define TO   1443300000
#define SAN  "URI:sip:provider.example,DNS:provider.example"

static char dir[] = "/tmp/test_truststore.XXXXXX";
static EVP_PKEY *root_key, *ca_key, *leaf_key, *other_key;
static X509 *root, *ca, *leaf, *other;

static const char *path(const char *name)
{
	static char p[16][300];	/* as many as are in use at once */
	static unsigned int n;

	snprintf(p[++n % 16], sizeof(p[0]), "%s/%s", dir, name);
	return p[n % 16];
}

static void write_free(const char *name, char *text)
{
	write_text(path(name), text, 0644);
	free(text);
}

static const struct cert_rule rules[] = {
	{ .root = "main", .signer = "provider.example", .scope = CERT_ALL },
};

static struct truststore *store(const char *crl)
{
	struct truststore_root r = { .name = "main", .path = path("root.pem") };
	struct truststore_conf conf = { .roots = &r, .nroots = 1, .crl = crl, .policy = { rules, 1 } };
	struct truststore *t;
	struct err e = { 0 };

	if (truststore_new(&t, &conf, &e))
		fail_msg("%s", e.text);
	return t;
}

static enum trust_fault ask(struct truststore *t, const char *pem, int64_t date, struct err *e)
{
	const struct trust_signer *s;
	enum trust_fault f = truststore_signer(t, pem, strlen(pem), date, &s, e);

	assert_int_equal(s != NULL, f == TRUST_OK);
	return f;
}

static void good(void **state)
{
	struct truststore *t = store(NULL);
	char *pem = cert_pem(leaf, ca, NULL), *late = cert_pem(leaf, other, ca, NULL);
	struct passport_id alice = { false, "sip:alice@atlanta.example.com" };
	const struct trust_signer *s;
	uint8_t sig[JWS_SIG_LEN], *der = NULL;
	struct err e = { 0 };
	int len;

	(void)state;
	assert_int_equal(truststore_signer(t, pem, strlen(pem), NOW, &s, &e), TRUST_OK);
	assert_string_equal(s->root, "main");
	assert_int_equal(s->names.n, 1);
	assert_string_equal(s->names.name[0], "provider.example");
	assert_int_equal(s->not_before, FROM + 10);	/* the intermediate's */
	assert_int_equal(s->not_after, TO);
	assert_int_equal(jws_sign(leaf_key, "a.b", 3, sig, &e), 0);
	assert_int_equal(jws_verify(s->key, "a.b", 3, sig, &e), 0);
	assert_int_equal(truststore_authority(t, s, &alice, &e), TRUST_OK);
	alice.tn = true;
	assert_int_equal(truststore_authority(t, s, &alice, &e), TRUST_AUTHORITY);

	/* The second time nothing is verified but the date. */
	assert_int_equal(ask(t, pem, NOW + 1, &e), TRUST_OK);
	assert_int_equal(truststore_stats(t)->verified, 1);
	assert_int_equal(truststore_stats(t)->known, 1);
	assert_int_equal(ask(t, pem, FROM + 9, &e), TRUST_DATE);
	assert_int_equal(ask(t, pem, TO + 1, &e), TRUST_DATE);
	assert_int_equal(truststore_stats(t)->verified, 1);
	pem[strlen(pem) - 1] = '\r';	/* one octet differs: another chain */
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
	assert_int_equal(truststore_stats(t)->verified, 2);
	assert_int_equal(ask(t, late, NOW, &e), TRUST_OK);

	/* DER is one certificate, and here that lacks the intermediate. */
	len = i2d_X509(leaf, &der);
	assert_int_equal(truststore_signer(t, der, (size_t)len, NOW, &s, &e), TRUST_CHAIN);
	assert_int_equal(truststore_signer(t, der, (size_t)len - 1, NOW, &s, &e), TRUST_MALFORMED);
	OPENSSL_free(der);
	free(pem);
	free(late);
	truststore_free(t);
}

static void refused(void **state)
{
	static const struct {
		const char *what;
		struct cert_spec spec;
		enum trust_fault fault;
		const char *says;
	} cases[] = {
		{ "good", { .san = SAN, .from = FROM, .to = TO }, TRUST_OK, "" },
		{ "expired", { .san = SAN, .from = FROM, .to = NOW - 1 }, TRUST_DATE, "expired" },
		{ "not yet", { .san = SAN, .from = NOW + 1, .to = TO }, TRUST_DATE, "not yet valid" },
		{ "SHA-1", { .san = SAN, .from = FROM, .to = TO, .sha1 = 1 }, TRUST_CHAIN, "weak" },
		{ "P-384", { .san = SAN, .from = FROM, .to = TO, .curve = "P-384" }, TRUST_KIND, "P-256" },
		{ "RSA", { .san = SAN, .from = FROM, .to = TO, .curve = "RSA" }, TRUST_KIND, "P-256" },
		{ "a CA", { .san = SAN, .from = FROM, .to = TO, .ca = 1 }, TRUST_KIND, "CA's" },
		{ "a web server", { .san = SAN, .from = FROM, .to = TO, .eku = "serverAuth" }, TRUST_KIND,
		  "sipDomain" },
		{ "nameless", { .san = "email:a@b.example", .from = FROM, .to = TO }, TRUST_KIND, "no SIP domain" },
	};
	struct truststore *t = store(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cert_spec spec = cases[i].spec;
		struct err e = { 0 };
		EVP_PKEY *key;
		X509 *x;
		char *pem;

		spec.cn = "a signer";
		spec.by = root;
		spec.by_key = root_key;
		x = cert_make(&spec, &key);
		pem = cert_pem(x, NULL);
		if (ask(t, pem, NOW, &e) != cases[i].fault || !strstr(e.text, cases[i].says))
			fail_msg("%s: %s", cases[i].what, e.text);
		free(pem);
		X509_free(x);
		EVP_PKEY_free(key);
	}
	truststore_free(t);
}

static void bad_chains(void **state)
{
	struct truststore *t = store(NULL);
	struct cert_spec spec = { .cn = "a signer", .san = SAN, .from = FROM, .to = TO };
	const struct trust_signer *s;
	struct err e = { 0 };
	char *pem, *large;
	EVP_PKEY *key;
	X509 *x;

	(void)state;
	/* Self-signed; below another root, sent along; below a leaf. */
	x = cert_make(&spec, &key);
	pem = cert_pem(x, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_CHAIN);
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
	spec.by = other;
	spec.by_key = other_key;
	x = cert_make(&spec, &key);
	pem = cert_pem(x, other, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_CHAIN);
	assert_non_null(strstr(e.text, "self-signed certificate in certificate chain"));
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
	spec.by = leaf;
	spec.by_key = leaf_key;
	x = cert_make(&spec, &key);
	pem = cert_pem(x, leaf, ca, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_CHAIN);
	free(pem);
	/* The signer has to come first. */
	pem = cert_pem(ca, leaf, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_KIND);
	free(pem);
	pem = cert_pem(leaf, ca, ca, ca, ca, ca, ca, ca, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
	free(pem);
	pem = cert_pem(leaf, ca, ca, ca, ca, ca, ca, ca, ca, NULL);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_MALFORMED);
	free(pem);
	pem = cert_pem(leaf, ca, NULL);
	pem[strlen(pem) - 60] = '!';
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_MALFORMED);
	free(pem);
	assert_int_equal(ask(t, "<html>404</html>", NOW, &e), TRUST_MALFORMED);
	assert_int_equal(ask(t, "0", NOW, &e), TRUST_MALFORMED);
	assert_int_equal(truststore_signer(t, "", 0, NOW, &s, &e), TRUST_MALFORMED);
	large = calloc(1, TRUST_CHAIN_OCTETS + 1);
	assert_int_equal(truststore_signer(t, large, TRUST_CHAIN_OCTETS + 1, NOW, &s, &e), TRUST_MALFORMED);
	free(large);
	X509_free(x);
	EVP_PKEY_free(key);
	truststore_free(t);
}

/* What the colluding proxies have: valid certificates, below the same root, of their own domains. */
static void domain_certificate(void **state)
{
	struct cert_spec spec = { .cn = "atlanta.example.com", .from = FROM, .to = TO, .by = root,
				  .by_key = root_key, .san = "URI:sip:atlanta.example.com,DNS:provider.example" };
	struct passport_id alice = { false, "sip:alice@atlanta.example.com" };
	struct truststore *t = store(NULL);
	const struct trust_signer *s;
	EVP_PKEY *key;
	X509 *x = cert_make(&spec, &key);
	char *pem = cert_pem(x, NULL);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(truststore_signer(t, pem, strlen(pem), NOW, &s, &e), TRUST_OK);
	assert_int_equal(truststore_authority(t, s, &alice, &e), TRUST_AUTHORITY);
	assert_string_equal(e.text, "atlanta.example.com (root main) is not trusted to speak for "
			    "sip:alice@atlanta.example.com");
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
	truststore_free(t);
}

static void many_signers(void **state)
{
	struct cert_spec spec = { .cn = "a signer", .san = SAN, .from = FROM, .to = TO, .by = root,
				  .by_key = root_key };
	struct truststore *t = store(NULL);
	struct err e = { 0 };
	char *first = NULL;

	(void)state;
	for (int i = 0; i < 65; i++) {
		EVP_PKEY *key;
		X509 *x = cert_make(&spec, &key);
		char *pem = cert_pem(x, NULL);

		assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
		if (i)
			free(pem);
		else
			first = pem;
		X509_free(x);
		EVP_PKEY_free(key);
	}
	assert_int_equal(truststore_stats(t)->verified, 65);
	assert_int_equal(ask(t, first, NOW, &e), TRUST_OK);	/* had to make room */
	assert_int_equal(truststore_stats(t)->verified, 66);
	free(first);
	truststore_free(t);
}

static void configuration(void **state)
{
	struct truststore_root r[2] = { { "main", path("root.pem") }, { "main", path("other.pem") } };
	static const char *const domains[] = { "a.example" };
	struct cert_rule rule = { .root = "mian", .signer = "a.example", .scope = CERT_ALL };
	struct truststore_conf conf = { .roots = r, .nroots = 1, .policy = { &rule, 1 } };
	struct truststore *t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	assert_string_equal(e.text, "trust rule 1: there is no root \"mian\"");
	strcpy(rule.root, "main");
	rule.signer[0] = '\0';
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	rule.scope = CERT_LISTED;
	strcpy(rule.signer, "a.example");
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	rule.domains = domains;
	rule.ndomains = 1;
	conf.nroots = 2;
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	assert_string_equal(e.text, "two root files are called \"main\"");
	strcpy(r[1].name, "other");
	assert_int_equal(truststore_new(&t, &conf, &e), 0);
	assert_int_equal(truststore_stats(t)->roots, 2);
	truststore_free(t);

	r[1].path = path("absent.pem");
	assert_int_equal(truststore_new(&t, &conf, &e), -ENOENT);
	assert_non_null(strstr(e.text, "absent.pem: No such file"));
	r[1].path = path("empty.pem");
	write_text(r[1].path, "nothing here\n", 0644);
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	r[1].path = path("leaf.pem");
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "not a self-signed CA's"));
	r[1].path = dir;
	assert_int_equal(truststore_new(&t, &conf, &e), -EPERM);
	r[1].path = path("open.pem");
	write_text(r[1].path, "", 0664);
	assert_int_equal(truststore_new(&t, &conf, &e), -EPERM);
	assert_non_null(strstr(e.text, "chmod go-w"));
	assert_null(t);
}

static void reload(void **state)
{
	struct truststore *t = store(NULL), *before = t;
	struct truststore_root r = { .name = "main", .path = path("live.pem") };
	struct truststore_conf conf = { .roots = &r, .nroots = 1, .policy = { rules, 1 } };
	char *pem = cert_pem(leaf, ca, NULL);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
	write_text(r.path, "broken\n", 0644);
	assert_int_equal(truststore_reload(&t, &conf, &e), -EINVAL);
	assert_ptr_equal(t, before);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);

	/* Another root: the chain that was known is not any more. */
	write_free("live.pem", cert_pem(other, NULL));
	assert_int_equal(truststore_reload(&t, &conf, &e), 0);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_CHAIN);
	write_free("live.pem", cert_pem(other, root, NULL));
	assert_int_equal(truststore_reload(&t, &conf, &e), 0);
	assert_int_equal(truststore_stats(t)->roots, 2);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
	free(pem);
	truststore_free(t);
}

static void revocation(void **state)
{
	char *pem = cert_pem(leaf, ca, NULL), *a, *b, both[8192];
	struct truststore_root r = { .name = "main", .path = path("root.pem") };
	struct truststore_conf conf = { .roots = &r, .nroots = 1, .crl = path("crl.pem") };
	struct truststore *t;
	struct err e = { 0 };

	(void)state;
	for (int revoked = 0; revoked < 2; revoked++) {
		a = cert_crl(root, root_key, NULL, FROM, TO);
		b = cert_crl(ca, ca_key, revoked ? leaf : NULL, FROM, TO);
		snprintf(both, sizeof(both), "%s%s", a, b);
		write_text(conf.crl, both, 0644);
		t = store(conf.crl);
		assert_int_equal(ask(t, pem, NOW, &e), revoked ? TRUST_CHAIN : TRUST_OK);
		truststore_free(t);
		free(b);
		/* No list is not "nothing revoked". */
		write_text(conf.crl, a, 0644);
		t = store(conf.crl);
		assert_int_equal(ask(t, pem, NOW, &e), TRUST_CHAIN);
		assert_non_null(strstr(e.text, "unable to get certificate CRL"));
		truststore_free(t);
		free(a);
	}
	/* Nor is one that has run out, though the chain is known by then. */
	a = cert_crl(root, root_key, NULL, FROM, TO);
	b = cert_crl(ca, ca_key, NULL, FROM, NOW + 10);
	snprintf(both, sizeof(both), "%s%s", a, b);
	write_text(conf.crl, both, 0644);
	t = store(conf.crl);
	assert_int_equal(ask(t, pem, NOW, &e), TRUST_OK);
	assert_int_equal(ask(t, pem, NOW + 9, &e), TRUST_OK);
	assert_int_equal(truststore_stats(t)->verified, 1);
	assert_int_equal(ask(t, pem, NOW + 11, &e), TRUST_CHAIN);
	assert_non_null(strstr(e.text, "CRL has expired"));
	truststore_free(t);
	free(a);
	free(b);
	write_text(conf.crl, "", 0644);
	assert_int_equal(truststore_new(&t, &conf, &e), -EINVAL);
	free(pem);
}

/* What ksrtp-pki makes is what the trust store takes. */
static void pki(void **state)
{
	struct truststore_root r = { .name = "main" };
	struct truststore_conf conf = { .roots = &r, .nroots = 1, .policy = { rules, 1 } };
	static const char *const variant[] = { "", "--intermediate" };
	char cmd[400], pem[8192], name[300];
	struct passport_id alice = { false, "sip:alice@atlanta.example.com" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct trust_signer *s;
		struct truststore *t;
		struct err e = { 0 };
		size_t len;
		FILE *f;

		snprintf(cmd, sizeof(cmd), "tools/ksrtp-pki/ksrtp-pki --provider provider.example --tls "
			 "web.example,127.0.0.1 --end gw.example %s %s/pki%d >%s/log 2>&1", variant[i], dir, i, dir);
		assert_int_equal(system(cmd), 0);
		snprintf(cmd, sizeof(cmd), "test -z \"$(find %s/pki%d -name '*.key' ! -perm 600)\" && "
			 "test \"$(find %s/pki%d -name '*.key' | wc -l)\" = %d", dir, i, dir, i, 5 + i);
		assert_int_equal(system(cmd), 0);
		/* Certificates are for everybody, and so is the way there. */
		snprintf(cmd, sizeof(cmd), "test -z \"$(find %s/pki%d ! -name '*.key' ! -perm -444)\" && "
			 "test -z \"$(find %s/pki%d -type d ! -perm 755)\"", dir, i, dir, i);
		assert_int_equal(system(cmd), 0);
		snprintf(name, sizeof(name), "%s/pki%d/sign-root/ca.pem", dir, i);
		r.path = name;
		if (truststore_new(&t, &conf, &e))
			fail_msg("%s", e.text);
		snprintf(cmd, sizeof(cmd), "%s/pki%d/provider/provider.example/sign.pem", dir, i);
		f = fopen(cmd, "r");
		assert_non_null(f);
		len = fread(pem, 1, sizeof(pem), f);
		fclose(f);
		if (truststore_signer(t, pem, len, time(NULL) + 1, &s, &e) != TRUST_OK)
			fail_msg("%s", e.text);
		assert_string_equal(s->names.name[0], "provider.example");
		assert_int_equal(truststore_authority(t, s, &alice, &e), TRUST_OK);
		/* A TLS certificate of the same PKI speaks for nobody. */
		snprintf(cmd, sizeof(cmd), "%s/pki%d/tls/web.example/tls.pem", dir, i);
		f = fopen(cmd, "r");
		assert_non_null(f);
		len = fread(pem, 1, sizeof(pem), f);
		fclose(f);
		assert_int_equal(truststore_signer(t, pem, len, time(NULL) + 1, &s, &e), TRUST_KIND);
		truststore_free(t);
	}
	/* Run again, it keeps what there is, and refuses what is no name. */
	snprintf(cmd, sizeof(cmd), "cd %s && cp -r pki0 before && ", dir);
	snprintf(cmd + strlen(cmd), sizeof(cmd) - strlen(cmd), "\"$OLDPWD\"/tools/ksrtp-pki/ksrtp-pki "
		 "--provider provider.example pki0 >log && diff -r before pki0");
	assert_int_equal(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "tools/ksrtp-pki/ksrtp-pki --provider 'a/../b' %s/x 2>/dev/null; test $? = 2", dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(system("tools/ksrtp-pki/ksrtp-pki --help | grep -q 'usage: ksrtp-pki'"), 0);
}

static int make(void **state)
{
	struct cert_spec spec = { .cn = "main root", .ca = 1, .from = FROM, .to = TO };

	(void)state;
	assert_non_null(mkdtemp(dir));
	root = cert_make(&spec, &root_key);
	spec.cn = "other root";
	other = cert_make(&spec, &other_key);
	spec = (struct cert_spec){ .cn = "issuing CA", .ca = 1, .from = FROM + 10, .to = TO + 10,
				   .by = root, .by_key = root_key };
	ca = cert_make(&spec, &ca_key);
	spec = (struct cert_spec){ .cn = "provider.example", .san = SAN, .from = FROM, .to = TO,
				   .eku = "1.3.6.1.5.5.7.3.20", .by = ca, .by_key = ca_key };
	leaf = cert_make(&spec, &leaf_key);
	write_free("root.pem", cert_pem(root, NULL));
	write_free("other.pem", cert_pem(other, NULL));
	write_free("leaf.pem", cert_pem(leaf, NULL));
	return 0;
}

static int clean(void **state)
{
	char cmd[64];

	(void)state;
	X509_free(root);
	X509_free(ca);
	X509_free(leaf);
	X509_free(other);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(other_key);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(refused), cmocka_unit_test(bad_chains),
		cmocka_unit_test(domain_certificate), cmocka_unit_test(many_signers),
		cmocka_unit_test(configuration), cmocka_unit_test(reload),
		cmocka_unit_test(revocation), cmocka_unit_test(pki),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
