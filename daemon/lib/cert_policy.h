/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a signing certificate is, and for whom it may speak.
 *
 * That a chain ends in a trusted root says who somebody is, not what he may say.
 * RFC 8224 section 8.4 lets the certificate of a domain speak for the users of that
 * domain; then the domain's proxy can sign for them, and two such proxies that
 * collude can put themselves between any two users.  So nothing is allowed here but
 * by a rule: a provider, told by root and name, may speak for everybody or for a list
 * of domains; and a domain for its own users only where a rule says so.
 */
#ifndef KSRTP_CERT_POLICY_H
#define KSRTP_CERT_POLICY_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "passport.h"

struct err;

#define CERT_DOMAIN_SIZE	254	/* buffer for a domain name, NUL included */
#define CERT_MAX_NAMES		16	/* names taken from one certificate */
#define CERT_ROOT_SIZE		64	/* buffer for the operator's name of a root */

/** struct cert_names - the SIP domain identities of a certificate, lower case */
struct cert_names {
	unsigned int n;
	char name[CERT_MAX_NAMES][CERT_DOMAIN_SIZE];
};

/**
 * cert_names_get() - RFC 5922 section 7.1: URIs "sip:domain" of the subjectAltName; if
 * there are none, its dNSNames; the common name only if there is no subjectAltName
 *
 * A wildcard is taken as it is written, and matches nothing (section 7.2).
 * Return: 0; -EINVAL when there is no name, too many, or one that cannot be.
 */
int cert_names_get(X509 *cert, struct cert_names *out, struct err *e);

/**
 * cert_check_signer() - can this certificate sign a PASSporT at all?
 *
 * An EC key on P-256 (ES256 is RFC 8225's only algorithm), no CA, keyUsage with
 * digitalSignature if there is keyUsage, extendedKeyUsage with sipDomain (RFC 5924) or
 * any if there is extendedKeyUsage: a web server's certificate speaks for no caller.
 * Return: 0 or -EINVAL.
 */
int cert_check_signer(X509 *cert, struct err *e);

/**
 * cert_check_issuers() - may the CAs of a chain that verified issue a signer of @names?
 * @chain: the signer first, the root last
 *
 * What a CA between them limits by extendedKeyUsage has to include sipDomain or any, as
 * in the signer; and nameConstraints on host names hold for the hosts of SIP URIs too,
 * which RFC 5280 section 4.2.1.10 leaves free: a CA that a root lets issue for one
 * domain's servers only names no other domain's signer.
 * Return: 0, -EINVAL or -ENOMEM.
 */
int cert_check_issuers(const STACK_OF(X509) *chain, const struct cert_names *names, struct err *e);

enum cert_scope {
	CERT_LISTED,	/* users of the domains listed */
	CERT_OWN,	/* users of the domains in the certificate: the usual scheme */
	CERT_ALL,	/* every sip and sips identity */
};

/**
 * struct cert_rule - "a signer like this may speak for these"
 * @root: name of the root its chain ends in; "" is any
 * @signer: a SIP domain identity that its certificate has; "" is any, which makes
 *	sense with CERT_OWN
 * @numbers: telephone numbers too, whosesoever they are
 */
struct cert_rule {
	char root[CERT_ROOT_SIZE];
	char signer[CERT_DOMAIN_SIZE];
	enum cert_scope scope;
	bool numbers;
	const char *const *domains;	/* CERT_LISTED */
	unsigned int ndomains;
};

struct cert_policy {
	const struct cert_rule *rules;
	unsigned int nrules;
};

/**
 * cert_policy_allows() - may a signer of these names, below this root, speak for @id?
 *
 * Names are compared whole and without case (RFC 5922 section 7.2).
 * Return: 0, or -EACCES with who it is and what no rule allows.
 */
int cert_policy_allows(const struct cert_policy *p, const char *root,
		       const struct cert_names *names, const struct passport_id *id,
		       struct err *e);

#endif /* KSRTP_CERT_POLICY_H */
