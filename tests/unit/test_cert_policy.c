// SPDX-License-Identifier: GPL-2.0-or-later
/* Which names a certificate has, whether it can sign, and for whom the policy lets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include <openssl/x509v3.h>

#include "cert_policy.h"
#include "certs.h"
#include "err.h"

#define FROM 1443200000
#define TO   1443300000

static int names_of(const struct cert_spec *spec, struct cert_names *names, struct err *e)
{
	struct cert_spec s = *spec;
	EVP_PKEY *key;
	X509 *x;
	int err;

	s.from = FROM;
	s.to = TO;
	x = cert_make(&s, &key);
	err = cert_names_get(x, names, e);
	X509_free(x);
	EVP_PKEY_free(key);
	return err;
}

static void names(void **state)
{
	static const struct {
		const char *san, *cn, *want;	/* joined by blanks; NULL: refused */
	} cases[] = {
		{ "URI:sip:Atlanta.example.com", "x.example", "atlanta.example.com" },
		{ "DNS:a.example,URI:sip:b.example", "x.example", "b.example" },
		{ "URI:sip:b.example,URI:SIP:c.example", NULL, "b.example c.example" },
		{ "URI:sip:b.example:5060,URI:sip:c.example;transport=tcp", NULL, "b.example c.example" },
		{ "URI:sip:alice@b.example,DNS:a.example", NULL, "a.example" },
		{ "URI:sips:b.example,DNS:a.example", NULL, "a.example" },
		{ "URI:https:b.example,DNS:a.example,DNS:B.example", NULL, "a.example b.example" },
		{ "DNS:*.a.example", NULL, "*.a.example" },
		{ NULL, "cn.Example", "cn.example" },
		{ "email:a@b.example", "cn.example", NULL },
		{ "IP:192.0.2.1", "cn.example", NULL },
		{ "URI:sip:alice@b.example", "cn.example", NULL },
		{ "DNS:a b", NULL, NULL },
		{ "URI:sip:a%00b", NULL, NULL },
		{ NULL, "not a host", NULL },
		{ NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cert_spec spec = { .cn = cases[i].cn, .san = cases[i].san };
		struct cert_names n;
		char all[600] = "";
		struct err e = { 0 };
		int err = names_of(&spec, &n, &e);

		for (unsigned int k = 0; k < n.n; k++) {
			strcat(all, k ? " " : "");
			strcat(all, n.name[k]);
		}
		if (err != (cases[i].want ? 0 : -EINVAL) || strcmp(all, cases[i].want ?: "") != 0)
			fail_msg("%zu: %d \"%s\" %s", i, err, all, e.text);
	}
}

/* A NUL in the middle of a name has made two of one before. */
static void nul_in_name(void **state)
{
	struct cert_spec spec = { .cn = "x", .from = FROM, .to = TO };
	GENERAL_NAMES *san = GENERAL_NAMES_new();
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	struct cert_names n;
	EVP_PKEY *key;
	struct err e;
	X509 *x = cert_make(&spec, &key);

	(void)state;
	ASN1_STRING_set(s, "good.example\0.evil.example", 26);
	GENERAL_NAME_set0_value(g, GEN_DNS, s);
	sk_GENERAL_NAME_push(san, g);
	assert_int_equal(X509_add1_ext_i2d(x, NID_subject_alt_name, san, 0, X509V3_ADD_DEFAULT), 1);
	assert_int_equal(cert_names_get(x, &n, &e), -EINVAL);
	assert_int_equal(n.n, 0);
	GENERAL_NAMES_free(san);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void many_names(void **state)
{
	char san[CERT_MAX_NAMES * 20 + 40] = "DNS:n0.example";
	struct cert_spec spec = { .cn = "x", .san = san };
	struct cert_names n;
	struct err e;

	(void)state;
	for (int i = 1; i < CERT_MAX_NAMES; i++)
		sprintf(san + strlen(san), ",DNS:n%d.example", i);
	assert_int_equal(names_of(&spec, &n, &e), 0);
	assert_int_equal(n.n, CERT_MAX_NAMES);
	strcat(san, ",DNS:more.example");
	assert_int_equal(names_of(&spec, &n, &e), -EINVAL);
}

static void kinds(void **state)
{
	static const struct {
		struct cert_spec spec;
		const char *says;	/* NULL: can sign */
	} cases[] = {
		{ { .cn = "a" }, NULL },
		{ { .cn = "a", .ku = "" }, NULL },
		{ { .cn = "a", .eku = "1.3.6.1.5.5.7.3.20" }, NULL },
		{ { .cn = "a", .eku = "serverAuth,1.3.6.1.5.5.7.3.20" }, NULL },
		{ { .cn = "a", .eku = "anyExtendedKeyUsage" }, NULL },
		{ { .cn = "a", .eku = "serverAuth,clientAuth" }, "extendedKeyUsage" },
		{ { .cn = "a", .ku = "keyAgreement" }, "keyUsage" },
		{ { .cn = "a", .ca = 1, .ku = "digitalSignature,keyCertSign" }, "CA's" },
		{ { .cn = "a", .curve = "P-384" }, "P-256" },
		{ { .cn = "a", .curve = "secp256k1" }, "P-256" },
		{ { .cn = "a", .curve = "RSA" }, "P-256" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cert_spec spec = cases[i].spec;
		struct err e = { 0 };
		EVP_PKEY *key;
		X509 *x;

		spec.from = FROM;
		spec.to = TO;
		x = cert_make(&spec, &key);
		assert_int_equal(cert_check_signer(x, &e), cases[i].says ? -EINVAL : 0);
		if (cases[i].says && !strstr(e.text, cases[i].says))
			fail_msg("%zu: %s", i, e.text);
		X509_free(x);
		EVP_PKEY_free(key);
	}
}

static void rules(void **state)
{
	static const char *const two[] = { "atlanta.example.com", "Biloxi.example.org" };
	static const struct cert_rule r[] = {
		{ .root = "R1", .signer = "all.example", .scope = CERT_ALL },
		{ .root = "R1", .signer = "Two.example", .scope = CERT_LISTED, .domains = two, .ndomains = 2 },
		{ .root = "R2", .scope = CERT_OWN },
		{ .root = "", .signer = "numbers.example", .scope = CERT_LISTED, .numbers = true },
	};
	static const struct cert_policy policy = { r, 4 }, none = { NULL, 0 };
	static const struct {
		const char *root, *name, *id;
		bool ok;
	} cases[] = {
		{ "R1", "all.example", "sip:alice@anywhere.example", true },
		{ "R1", "all.example", "sips:alice@anywhere.example", true },
		{ "R2", "all.example", "sip:alice@anywhere.example", false },
		{ "R1", "xall.example", "sip:alice@anywhere.example", false },
		{ "R1", "x.all.example", "sip:alice@anywhere.example", false },
		{ "R1", "all.example.org", "sip:alice@anywhere.example", false },
		{ "R1", "*.example", "sip:alice@anywhere.example", false },
		{ "R1", "two.example", "sip:alice@atlanta.example.com", true },
		{ "R1", "two.example", "sip:alice@biloxi.example.org", true },
		{ "R1", "two.example", "sip:alice@sub.atlanta.example.com", false },
		{ "R1", "two.example", "sip:alice@two.example", false },
		/* The same root, but a domain's own certificate: no authority without a rule. */
		{ "R1", "atlanta.example.com", "sip:alice@atlanta.example.com", false },
		{ "R2", "atlanta.example.com", "sip:alice@atlanta.example.com", true },
		{ "R2", "atlanta.example.com", "sip:bob@biloxi.example.org", false },
		{ "R2", "*.atlanta.example.com", "sip:bob@x.atlanta.example.com", false },
		{ "R1", "all.example", "12155551212", false },
		{ "R2", "numbers.example", "12155551212", true },
		{ "R9", "numbers.example", "sip:alice@atlanta.example.com", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct passport_id id = { .tn = cases[i].id[0] != 's' };
		struct cert_names n = { .n = 1 };
		struct err e = { 0 };

		strcpy(id.value, cases[i].id);
		strcpy(n.name[0], cases[i].name);
		if (cert_policy_allows(&policy, cases[i].root, &n, &id, &e) != (cases[i].ok ? 0 : -EACCES))
			fail_msg("%zu: %s", i, e.text);
		assert_int_equal(cert_policy_allows(&none, cases[i].root, &n, &id, &e), -EACCES);
		assert_non_null(strstr(e.text, "is not trusted to speak for"));
		assert_non_null(strstr(e.text, cases[i].id));
	}
	assert_int_equal(cert_policy_allows(&policy, "R1", &(struct cert_names){ 1, { "all.example" } },
					    &(struct passport_id){ false, "sip:nobody" }, NULL), -EACCES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(nul_in_name), cmocka_unit_test(many_names),
		cmocka_unit_test(kinds), cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
