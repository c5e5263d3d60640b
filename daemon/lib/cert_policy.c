// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and use of a signing certificate (RFC 5922, RFC 5924), and who believes it. */
#include "cert_policy.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "err.h"

#define OID_SIP_DOMAIN "1.3.6.1.5.5.7.3.20"

/* A host name, in lower case; wildcards keep their star, which no host name has. */
static bool put_name(struct cert_names *out, const char *p, size_t len)
{
	char *to = out->name[out->n];

	if (!len || len >= CERT_DOMAIN_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)p[i]) && !(p[i] && strchr("-._*[]:", p[i])))
			return false;
		to[i] = (char)tolower((unsigned char)p[i]);
	}
	to[len] = '\0';
	out->n++;
	return true;
}

/* "sip:host", perhaps with a port or parameters: an identity unless it has a user. */
static bool is_domain_uri(const char *p, size_t len, const char **host, size_t *hlen)
{
	if (len < 5 || strncasecmp(p, "sip:", 4) != 0 || memchr(p, '@', len))
		return false;
	*host = p + 4;
	*hlen = 0;
	/* A NUL ends no name: put_name() refuses it. strchr() would find it in any string. */
	while (*hlen < len - 4 && (!(*host)[*hlen] || !strchr(":;?", (*host)[*hlen])))
		++*hlen;
	return true;
}

static bool take_name(struct cert_names *out, const GENERAL_NAME *g, int kind)
{
	const ASN1_IA5STRING *s = g->d.ia5;
	const char *p, *host;
	size_t len, hlen;

	if (g->type != kind)
		return true;
	p = (const char *)ASN1_STRING_get0_data(s);
	len = (size_t)ASN1_STRING_length(s);
	if (kind == GEN_URI && !is_domain_uri(p, len, &host, &hlen))
		return true;	/* an identity of another kind: none of ours */
	if (out->n == CERT_MAX_NAMES)
		return false;
	return kind == GEN_URI ? put_name(out, host, hlen) : put_name(out, p, len);
}

static int names_from_san(const GENERAL_NAMES *san, struct cert_names *out, struct err *e)
{
	static const int kinds[] = { GEN_URI, GEN_DNS };

	for (unsigned int k = 0; k < 2 && !out->n; k++)
		for (int i = 0; i < sk_GENERAL_NAME_num(san); i++)
			if (!take_name(out, sk_GENERAL_NAME_value(san, i), kinds[k]))
				return err_set(e, -EINVAL, "certificate has a subjectAltName that cannot "
					       "be a domain, or more than %d", CERT_MAX_NAMES);
	return out->n ? 0 : err_set(e, -EINVAL, "certificate names no SIP domain (RFC 5922 section 7.1)");
}

static int names_from_cn(X509 *cert, struct cert_names *out, struct err *e)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const ASN1_STRING *s = at < 0 ? NULL
		: X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));

	/* Of several the answer would depend on who looks. */
	if (!s || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0 ||
	    !put_name(out, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)))
		return err_set(e, -EINVAL, "certificate names no SIP domain (RFC 5922 section 7.1)");
	return 0;
}

int cert_names_get(X509 *cert, struct cert_names *out, struct err *e)
{
	int crit, err;
	GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, &crit, NULL);

	out->n = 0;
	if (!san && crit != -1)
		return err_set(e, -EINVAL, "certificate has a subjectAltName that cannot be read");
	err = san ? names_from_san(san, out, e) : names_from_cn(cert, out, e);
	GENERAL_NAMES_free(san);
	if (err)
		out->n = 0;
	return err;
}

static bool eku_allows(X509 *cert)
{
	EXTENDED_KEY_USAGE *eku;
	bool ok = false;
	char oid[80];
	int crit;

	eku = X509_get_ext_d2i(cert, NID_ext_key_usage, &crit, NULL);
	if (!eku)
		return crit == -1;	/* absent is fine, unreadable is not */
	for (int i = 0; i < sk_ASN1_OBJECT_num(eku) && !ok; i++) {
		const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(eku, i);

		OBJ_obj2txt(oid, sizeof(oid), o, 1);
		ok = strcmp(oid, OID_SIP_DOMAIN) == 0 || OBJ_obj2nid(o) == NID_anyExtendedKeyUsage;
	}
	EXTENDED_KEY_USAGE_free(eku);
	return ok;
}

int cert_check_signer(X509 *cert, struct err *e)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	char group[32];
	size_t len;

	if (!key || !EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1 ||
	    strcmp(group, "prime256v1") != 0)
		return err_set(e, -EINVAL, "certificate's key is not EC P-256, which ES256 needs");
	if (X509_check_ca(cert) != 0)
		return err_set(e, -EINVAL, "certificate is a CA's, not a signer's");
	if (!(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE))	/* all bits when absent */
		return err_set(e, -EINVAL, "certificate's keyUsage does not include digitalSignature");
	if (!eku_allows(cert))
		return err_set(e, -EINVAL,
			       "certificate's extendedKeyUsage does not include sipDomain (RFC 5924)");
	return 0;
}

/* ---- the CAs between it and the root --------------------------------------- */

/* A certificate with @names as dNSNames, for OpenSSL to hold against constraints. */
static X509 *as_hosts(const struct cert_names *names)
{
	GENERAL_NAMES *san = GENERAL_NAMES_new();
	X509 *x = X509_new();
	bool ok = san && x;

	for (unsigned int i = 0; ok && i < names->n; i++) {
		ASN1_IA5STRING *s = ASN1_IA5STRING_new();
		GENERAL_NAME *g = GENERAL_NAME_new();

		ok = s && g && ASN1_STRING_set(s, names->name[i], -1) == 1;
		if (ok)
			GENERAL_NAME_set0_value(g, GEN_DNS, s);
		else
			ASN1_IA5STRING_free(s);
		if (!ok || !sk_GENERAL_NAME_push(san, g)) {
			GENERAL_NAME_free(g);
			ok = false;
		}
	}
	ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, san, 0, 0) == 1;
	GENERAL_NAMES_free(san);
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	X509_check_purpose(x, -1, 0);	/* reads the extensions */
	return x;
}

static bool may_name(X509 *ca, X509 *hosts)
{
	int crit;
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, &crit, NULL);
	bool ok = nc ? NAME_CONSTRAINTS_check(hosts, nc) == X509_V_OK : crit == -1;

	NAME_CONSTRAINTS_free(nc);
	return ok;
}

int cert_check_issuers(const STACK_OF(X509) *chain, const struct cert_names *names, struct err *e)
{
	X509 *hosts = as_hosts(names);
	int err = hosts ? 0 : err_set(e, -ENOMEM, "no memory to look at a chain");

	for (int i = 1; !err && i < sk_X509_num(chain); i++) {
		X509 *ca = sk_X509_value(chain, i);

		if (i < sk_X509_num(chain) - 1 && !eku_allows(ca))
			err = err_set(e, -EINVAL, "a CA of the chain may not issue for sipDomain (RFC 5924): "
				      "see its extendedKeyUsage");
		else if (!may_name(ca, hosts))
			err = err_set(e, -EINVAL, "a CA of the chain may not issue for %s: see its "
				      "nameConstraints", names->name[0]);
	}
	X509_free(hosts);
	return err;
}

/* ---- policy ---------------------------------------------------------------- */

static bool has_name(const struct cert_names *names, const char *name)
{
	for (unsigned int i = 0; i < names->n; i++)
		if (strcasecmp(names->name[i], name) == 0)
			return true;
	return false;
}

static bool lists(const struct cert_rule *r, const char *domain)
{
	for (unsigned int i = 0; i < r->ndomains; i++)
		if (strcasecmp(r->domains[i], domain) == 0)
			return true;
	return false;
}

static bool rule_allows(const struct cert_rule *r, const char *root,
			const struct cert_names *names, const char *domain)
{
	if (r->root[0] && strcmp(r->root, root) != 0)
		return false;
	if (r->signer[0] && !has_name(names, r->signer))
		return false;
	if (!domain)
		return r->numbers;
	switch (r->scope) {
	case CERT_LISTED:
		return lists(r, domain);
	case CERT_OWN:
		return has_name(names, domain);
	case CERT_ALL:
		return true;
	}
	return false;
}

int cert_policy_allows(const struct cert_policy *p, const char *root,
		       const struct cert_names *names, const struct passport_id *id,
		       struct err *e)
{
	const char *at = id->tn ? NULL : strchr(id->value, '@');

	if (!id->tn && (!at || !at[1]))
		return err_set(e, -EACCES, "identity %s has no domain", id->value);
	for (unsigned int i = 0; i < p->nrules; i++)
		if (rule_allows(&p->rules[i], root, names, at ? at + 1 : NULL))
			return 0;
	return err_set(e, -EACCES, "%s (root %s) is not trusted to speak for %s%s",
		       names->n ? names->name[0] : "a signer without a name", root,
		       id->tn ? "the number " : "", id->value);
}
