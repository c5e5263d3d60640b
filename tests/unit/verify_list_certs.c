// SPDX-License-Identifier: GPL-2.0-or-later
/* The roots, the policy and all the chains that x5u may answer with. */
#include "verify_lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "certs.h"
#include "truststore.h"

#define FROM	(VL_IAT - 86400)
#define TO	(VL_IAT + 86400)

struct vl_chain vl_chain[VL_ANSWERS];
static char main_file[] = "/tmp/verify_lists.XXXXXX", own_file[] = "/tmp/verify_lists.XXXXXX";

/* What is trusted: a provider for everybody, and below "own" each domain for itself. */
static const char *const listed[] = { "listed.example" };
static const struct cert_rule rules[] = {
	{ .root = "main", .signer = "provider.example", .scope = CERT_ALL, .numbers = true },
	{ .root = "main", .signer = "reseller.example", .scope = CERT_LISTED, .domains = listed,
	  .ndomains = 1 },
	{ .root = "own", .scope = CERT_OWN },
};

struct issuer {
	X509 *cert;
	EVP_PKEY *key;
};

static struct issuer main_root, own_root, foreign_root, between, no_ca, limited, below_limited,
	eku_between, named_between, sip_between,
	sha1_between;

static struct issuer issuer(const char *cn, const struct issuer *by, const char *bc, const char *eku,
			    const char *nc)
{
	const struct cert_spec spec = { .cn = cn, .ca = 1, .bc = bc, .eku = eku, .nc = nc, .from = FROM,
					.to = TO, .by = by ? by->cert : NULL,
					.by_key = by ? by->key : NULL };
	struct issuer i;

	i.cert = cert_make(&spec, &i.key);
	return i;
}

static void issuer_free(struct issuer *i)
{
	X509_free(i->cert);
	EVP_PKEY_free(i->key);
}

static X509 *leaf(enum vl_answer a, const struct issuer *by, struct cert_spec spec)
{
	spec.cn = spec.cn ? spec.cn : "signer";
	spec.from = spec.from ? spec.from : FROM;
	spec.to = spec.to ? spec.to : TO;
	spec.by = by ? by->cert : NULL;
	spec.by_key = by ? by->key : NULL;
	return cert_make(&spec, &vl_chain[a].key);
}

static void set(enum vl_answer a, char *data)
{
	vl_chain[a].data = data;
	vl_chain[a].len = strlen(data);
}

/* A leaf, and up to two certificates between it and a root. */
static void add(enum vl_answer a, const struct issuer *by, struct cert_spec spec, X509 *one, X509 *two)
{
	X509 *x = leaf(a, by, spec);

	set(a, cert_pem(x, one, two, NULL));
	X509_free(x);
}

#define PROVIDER_SAN .san = "URI:sip:provider.example"

/* "sip:provider.example\0.evil.example" */
static void add_nul(void)
{
	static const char uri[] = "sip:provider.example\0.evil.example";
	X509 *x = leaf(NUL_IN_NAME, &main_root, (struct cert_spec){ 0 });
	GENERAL_NAMES *san = GENERAL_NAMES_new();
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	ASN1_STRING_set(s, uri, sizeof(uri) - 1);
	GENERAL_NAME_set0_value(g, GEN_URI, s);
	sk_GENERAL_NAME_push(san, g);
	assert_int_equal(X509_add1_ext_i2d(x, NID_subject_alt_name, san, 0, 0), 1);
	assert_true(X509_sign(x, main_root.key, EVP_sha256()) > 0);
	GENERAL_NAMES_free(san);
	set(NUL_IN_NAME, cert_pem(x, NULL));
	X509_free(x);
}

/* Other octets, same certificate. */
static void add_forms(void)
{
	struct vl_chain *der = &vl_chain[PROVIDER_DER];
	X509 *x = leaf(PROVIDER_DER, &main_root, (struct cert_spec){ PROVIDER_SAN });
	uint8_t *octets = NULL;
	char *pem, *text;

	der->len = (size_t)i2d_X509(x, &octets);
	der->data = malloc(der->len);
	memcpy(der->data, octets, der->len);
	OPENSSL_free(octets);

	pem = cert_pem(x, NULL);
	assert_true(asprintf(&text, "Here is our certificate:\r\n%s", pem) > 0);
	vl_chain[PROVIDER_TEXT].key = der->key;
	EVP_PKEY_up_ref(der->key);
	set(PROVIDER_TEXT, text);
	set(JUNK, strdup("<html>It works!</html>"));
	set(NO_CERTIFICATE, strdup(""));
	set(CUT_CERTIFICATE, strndup(pem, strlen(pem) / 2));
	text = calloc(1, 70001);
	memset(text, '\n', 70000);
	memcpy(text + 70000 - strlen(pem), pem, strlen(pem));
	set(TOO_LARGE, text);
	assert_true(asprintf(&text, "%s%s%s%s%s%s%s%s%s", pem, pem, pem, pem, pem, pem, pem, pem, pem) > 0);
	set(NINE_CERTIFICATES, text);
	for (enum vl_answer a = JUNK; a <= TOO_LARGE; a++) {
		vl_chain[a].key = der->key;
		EVP_PKEY_up_ref(der->key);
	}
	free(pem);
	X509_free(x);
}

static void make_issuers(void)
{
	struct cert_spec old = { .cn = "Between by SHA-1", .ca = 1, .sha1 = 1, .from = FROM, .to = TO };

	main_root = issuer("Main", NULL, NULL, NULL, NULL);
	own_root = issuer("Own", NULL, NULL, NULL, NULL);
	foreign_root = issuer("Foreign", NULL, NULL, NULL, NULL);
	between = issuer("Between", &main_root, NULL, NULL, NULL);
	no_ca = issuer("No CA", &main_root, "critical,CA:FALSE", NULL, NULL);
	limited = issuer("Limited", &main_root, "critical,CA:TRUE,pathlen:0", NULL, NULL);
	below_limited = issuer("Below limited", &limited, NULL, NULL, NULL);
	eku_between = issuer("Web only", &main_root, NULL, "serverAuth", NULL);
	named_between = issuer("Atlanta only", &main_root, NULL, NULL,
			       "critical,permitted;DNS:atlanta.example.com");
	old.by = main_root.cert;
	old.by_key = main_root.key;
	sip_between = issuer("SIP of ours", &main_root, NULL, "1.3.6.1.5.5.7.3.20",
			     "critical,permitted;DNS:provider.example,excluded;DNS:web.provider.example");
	sha1_between.cert = cert_make(&old, &sha1_between.key);
}

static void make_chains(void)
{
	add(PROVIDER, &main_root, (struct cert_spec){ PROVIDER_SAN }, NULL, NULL);
	add(OWN_DOMAIN, &own_root, (struct cert_spec){ .san = "URI:sip:atlanta.example.com" }, NULL, NULL);
	add(PROVIDER_DNS, &main_root, (struct cert_spec){ .san = "DNS:Provider.Example" }, NULL, NULL);
	add(PROVIDER_CN, &main_root, (struct cert_spec){ .cn = "provider.example" }, NULL, NULL);
	add(PROVIDER_BETWEEN, &between, (struct cert_spec){ PROVIDER_SAN }, own_root.cert, between.cert);
	add(PROVIDER_EKU, &main_root, (struct cert_spec){ PROVIDER_SAN,
	    .eku = "serverAuth,1.3.6.1.5.5.7.3.20" }, NULL, NULL);
	add(PROVIDER_LIMITED, &sip_between, (struct cert_spec){ PROVIDER_SAN }, sip_between.cert, NULL);
	add_forms();
	vl_chain[NOTHING].key = vl_chain[PROVIDER].key;
	EVP_PKEY_up_ref(vl_chain[PROVIDER].key);
	add(EXPIRED, &main_root, (struct cert_spec){ PROVIDER_SAN, .to = VL_IAT - 1 }, NULL, NULL);
	add(NOT_YET, &main_root, (struct cert_spec){ PROVIDER_SAN, .from = VL_IAT + 1 }, NULL, NULL);
	add(STRANGER, &foreign_root, (struct cert_spec){ PROVIDER_SAN, .cn = "stranger" }, NULL, NULL);
	add(SELF_SIGNED, NULL, (struct cert_spec){ PROVIDER_SAN }, NULL, NULL);
	add(NO_BETWEEN, &between, (struct cert_spec){ PROVIDER_SAN, .cn = "lonely" }, NULL, NULL);
	add(OTHER_DOMAIN, &own_root, (struct cert_spec){ .san = "URI:sip:chicago.example.com" }, NULL, NULL);
	add(SUB_DOMAIN, &own_root, (struct cert_spec){ .san = "URI:sip:example.com" }, NULL, NULL);
	add(WILDCARD, &own_root, (struct cert_spec){ .san = "DNS:*.example.com" }, NULL, NULL);
	add(NO_RULE, &main_root, (struct cert_spec){ .san = "URI:sip:atlanta.example.com" }, NULL, NULL);
	add(WRONG_ROOT, &own_root, (struct cert_spec){ PROVIDER_SAN }, NULL, NULL);
	add_nul();
	add(NO_NAME, &main_root, (struct cert_spec){ .cn = "provider.example", .san = "IP:192.0.2.1" },
	    NULL, NULL);
	add(BY_NO_CA, &no_ca, (struct cert_spec){ PROVIDER_SAN }, no_ca.cert, NULL);
	add(TOO_LONG, &below_limited, (struct cert_spec){ PROVIDER_SAN }, below_limited.cert, limited.cert);
	add(BETWEEN_EKU, &eku_between, (struct cert_spec){ PROVIDER_SAN }, eku_between.cert, NULL);
	add(BETWEEN_LIMITED, &named_between, (struct cert_spec){ PROVIDER_SAN }, named_between.cert, NULL);
	add(CA_SIGNS, &main_root, (struct cert_spec){ PROVIDER_SAN, .ca = 1,
	    .ku = "critical,keyCertSign,digitalSignature" }, NULL, NULL);
	add(WEB_SERVER, &main_root, (struct cert_spec){ PROVIDER_SAN, .eku = "serverAuth" }, NULL, NULL);
	add(NO_SIGNING, &main_root, (struct cert_spec){ PROVIDER_SAN, .ku = "critical,keyAgreement" },
	    NULL, NULL);
	add(P384, &main_root, (struct cert_spec){ PROVIDER_SAN, .curve = "P-384" }, NULL, NULL);
	add(SHA1_BETWEEN, &sha1_between, (struct cert_spec){ PROVIDER_SAN }, sha1_between.cert, NULL);
}

static void write_root(char *path, X509 *root)
{
	char *text = cert_pem(root, NULL);
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	write_text(path, text, 0600);
	free(text);
}

void vl_certs_open(void)
{
	make_issuers();
	make_chains();
	write_root(main_file, main_root.cert);
	write_root(own_file, own_root.cert);
}

struct truststore *vl_store(void)
{
	const struct truststore_root roots[] = { { "main", main_file }, { "own", own_file } };
	const struct truststore_conf conf = { .roots = roots, .nroots = 2,
					      .policy = { rules, sizeof(rules) / sizeof(rules[0]) } };
	struct truststore *t;
	struct err e = { 0 };

	if (truststore_new(&t, &conf, &e))
		fail_msg("%s", e.text);
	return t;
}

void vl_certs_close(void)
{
	struct issuer *const all[] = { &main_root, &own_root, &foreign_root, &between, &no_ca, &limited,
				       &below_limited, &eku_between, &named_between, &sip_between, &sha1_between };

	unlink(main_file);
	unlink(own_file);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		issuer_free(all[i]);
	for (int i = 0; i < VL_ANSWERS; i++) {
		EVP_PKEY_free(vl_chain[i].key);
		free(vl_chain[i].data);
	}
}
