// SPDX-License-Identifier: GPL-2.0-or-later
/* Roots, verification of chains by OpenSSL, and the chains known already. */
#include "truststore.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "hash.h"

#define KNOWN_MAX	64	/* there are few signers */
#define AUTH_LEVEL	2	/* X509_VERIFY_PARAM_set_auth_level(3): 112 bits */

struct known {
	uint64_t hash;
	uint8_t *data;
	size_t len;
	struct trust_signer signer;
};

struct root {
	X509 *cert;
	char name[CERT_ROOT_SIZE];
};

struct truststore {
	X509_STORE *x509;
	struct root *roots;
	struct cert_policy policy;
	struct known known[KNOWN_MAX];
	int64_t lists_until;		/* a revocation list runs out: nothing is known any more */
	unsigned int next;		/* slot to use, and to take from its chain when all are used */
	struct truststore_stats stats;
};

/* ---- configuration --------------------------------------------------------- */

/* Who can write to the file decides who is trusted. */
static BIO *open_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;
	BIO *b;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_set(e, -errno, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_mode & (S_IWGRP | S_IWOTH)) {
		err_set(e, -EPERM, "%s: not a file, or writable by group or others (chmod go-w it)", path);
		close(fd);
		return NULL;
	}
	f = fdopen(fd, "r");
	b = f ? BIO_new_fp(f, BIO_CLOSE) : NULL;
	if (!b) {
		err_set(e, -ENOMEM, "no memory to read %s", path);
		if (f)
			fclose(f);
		else
			close(fd);
	}
	return b;
}

/* PEM_read ended: because the file did, or at something broken? */
static bool at_end(void)
{
	unsigned long why = ERR_peek_last_error();
	bool end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;

	ERR_clear_error();
	return end;
}

/* Takes @cert. */
static int add_root(struct truststore *t, X509 *cert, const struct truststore_root *conf,
		    struct err *e)
{
	struct root *more;

	if (X509_check_ca(cert) != 1 || X509_self_signed(cert, 1) != 1) {
		X509_free(cert);
		return err_set(e, -EINVAL, "%s: certificate %u is not a self-signed CA's", conf->path,
			       t->stats.roots + 1);
	}
	more = reallocarray(t->roots, t->stats.roots + 1, sizeof(*more));
	if (!more || X509_STORE_add_cert(t->x509, cert) != 1) {
		t->roots = more ? more : t->roots;
		X509_free(cert);
		return err_set(e, -ENOMEM, "no memory for %s", conf->path);
	}
	t->roots = more;
	more[t->stats.roots].cert = cert;
	memcpy(more[t->stats.roots++].name, conf->name, CERT_ROOT_SIZE);
	return 0;
}

static int read_roots(struct truststore *t, const struct truststore_root *conf, struct err *e)
{
	BIO *b = open_file(conf->path, e);
	unsigned int before = t->stats.roots;
	int err = b ? 0 : -EINVAL;
	X509 *cert;

	while (!err && (cert = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		err = add_root(t, cert, conf, e);
	if (!err && (!at_end() || t->stats.roots == before))
		err = err_set(e, -EINVAL, "%s: no certificate in PEM, or a broken one", conf->path);
	BIO_free(b);
	return err && e && e->code ? e->code : err;
}

static int64_t asn1_seconds(const ASN1_TIME *when)
{
	struct tm tm;

	return ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) : INT64_MIN;
}

static int read_crls(struct truststore *t, const char *path, struct err *e)
{
	BIO *b = open_file(path, e);
	int err = b ? 0 : -EINVAL, n = 0;
	const ASN1_TIME *until;
	X509_CRL *crl;

	while (!err && (crl = PEM_read_bio_X509_CRL(b, NULL, NULL, NULL)) != NULL) {
		if (X509_STORE_add_crl(t->x509, crl) != 1)
			err = err_set(e, -ENOMEM, "no memory for %s", path);
		until = X509_CRL_get0_nextUpdate(crl);
		if (until && asn1_seconds(until) < t->lists_until)
			t->lists_until = asn1_seconds(until);
		X509_CRL_free(crl);
		n++;
	}
	if (!err && (!at_end() || !n))
		err = err_set(e, -EINVAL, "%s: no revocation list in PEM, or a broken one", path);
	BIO_free(b);
	return err && e && e->code ? e->code : err;
}

/* The policy is the caller's; the store keeps its own, in one block. */
static int copy_policy(struct truststore *t, const struct cert_policy *p, struct err *e)
{
	size_t names = 0, text = 0;
	struct cert_rule *rules;
	const char **list;
	char *to;

	for (unsigned int i = 0; i < p->nrules; i++)
		for (unsigned int k = 0; k < p->rules[i].ndomains; k++, names++)
			text += strlen(p->rules[i].domains[k]) + 1;
	rules = calloc(1, p->nrules * sizeof(*rules) + names * sizeof(*list) + text + 1);
	if (!rules)
		return err_set(e, -ENOMEM, "no memory for the trust policy");
	list = (const char **)(rules + p->nrules);
	to = (char *)(list + names);
	for (unsigned int i = 0; i < p->nrules; i++) {
		rules[i] = p->rules[i];
		rules[i].domains = list;
		for (unsigned int k = 0; k < p->rules[i].ndomains; k++) {
			size_t len = strlen(p->rules[i].domains[k]) + 1;

			*list++ = memcpy(to, p->rules[i].domains[k], len);
			to += len;
		}
	}
	t->policy = (struct cert_policy){ rules, p->nrules };
	return 0;
}

/* A rule about a root that is not there would never apply, and nobody would know why. */
static int check_policy(const struct truststore_conf *c, struct err *e)
{
	for (unsigned int i = 0; i < c->policy.nrules; i++) {
		const struct cert_rule *r = &c->policy.rules[i];
		bool found = !r->root[0];

		for (unsigned int k = 0; k < c->nroots; k++)
			found = found || strcmp(r->root, c->roots[k].name) == 0;
		if (!found)
			return err_set(e, -EINVAL, "trust rule %u: there is no root \"%s\"", i + 1, r->root);
		if (r->scope == CERT_LISTED && !r->ndomains && !r->numbers)
			return err_set(e, -EINVAL, "trust rule %u: neither domains nor numbers", i + 1);
		if (r->scope != CERT_OWN && !r->signer[0])
			return err_set(e, -EINVAL, "trust rule %u: a provider is told by its name", i + 1);
	}
	for (unsigned int i = 0; i < c->nroots; i++)
		for (unsigned int k = 0; k < i; k++)
			if (strcmp(c->roots[i].name, c->roots[k].name) == 0)
				return err_set(e, -EINVAL, "two root files are called \"%s\"",
					       c->roots[i].name);
	return 0;
}

int truststore_new(struct truststore **out, const struct truststore_conf *conf, struct err *e)
{
	struct truststore *t = calloc(1, sizeof(*t));
	int err;

	*out = NULL;
	if (!t || !(t->x509 = X509_STORE_new())) {
		free(t);
		return err_set(e, -ENOMEM, "no memory for the trust store");
	}
	t->lists_until = INT64_MAX;
	X509_STORE_set_flags(t->x509, X509_V_FLAG_X509_STRICT |
			     (conf->crl ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0));
	err = check_policy(conf, e);
	err = err ?: copy_policy(t, &conf->policy, e);
	for (unsigned int i = 0; !err && i < conf->nroots; i++)
		err = read_roots(t, &conf->roots[i], e);
	if (!err && conf->crl)
		err = read_crls(t, conf->crl, e);
	if (err)
		truststore_free(t);
	else
		*out = t;
	return err;
}

static void forget(struct known *k)
{
	EVP_PKEY_free(k->signer.key);
	free(k->data);
	memset(k, 0, sizeof(*k));
}

void truststore_free(struct truststore *t)
{
	if (!t)
		return;
	for (unsigned int i = 0; i < KNOWN_MAX; i++)
		forget(&t->known[i]);
	for (unsigned int i = 0; i < t->stats.roots; i++)
		X509_free(t->roots[i].cert);
	free(t->roots);
	free((void *)t->policy.rules);
	X509_STORE_free(t->x509);
	free(t);
}

int truststore_reload(struct truststore **t, const struct truststore_conf *conf, struct err *e)
{
	struct truststore *fresh;
	int err = truststore_new(&fresh, conf, e);

	if (err)
		return err;
	truststore_free(*t);
	*t = fresh;
	return 0;
}

const struct truststore_stats *truststore_stats(const struct truststore *t)
{
	return &t->stats;
}

const char *trust_fault_name(enum trust_fault f)
{
	static const char *const name[] = {
		[TRUST_OK] = "ok", [TRUST_MALFORMED] = "malformed", [TRUST_KIND] = "kind",
		[TRUST_CHAIN] = "chain", [TRUST_DATE] = "date", [TRUST_AUTHORITY] = "authority",
		[TRUST_MEMORY] = "memory",
	};

	return (unsigned int)f < sizeof(name) / sizeof(name[0]) ? name[f] : "unknown";
}

/* ---- chains ---------------------------------------------------------------- */

static void chain_free(STACK_OF(X509) *chain)
{
	sk_X509_pop_free(chain, X509_free);
}

static STACK_OF(X509) *chain_read(const uint8_t *data, size_t len, struct err *e)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *b = BIO_new_mem_buf(data, (int)len);
	const uint8_t *p = data;
	bool whole = true;
	X509 *cert;

	if (chain && b && len && data[0] == 0x30) {	/* SEQUENCE: DER (RFC 8224's .cer) */
		cert = d2i_X509(NULL, &p, (long)len);
		if (cert && !sk_X509_push(chain, cert))
			X509_free(cert);
		whole = p == data + len;
	} else if (chain && b) {
		while (sk_X509_num(chain) <= TRUST_CHAIN_MAX &&
		       (cert = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
			if (!sk_X509_push(chain, cert))
				X509_free(cert);
		whole = sk_X509_num(chain) > TRUST_CHAIN_MAX || at_end();
	}
	BIO_free(b);
	ERR_clear_error();
	if (whole && chain && sk_X509_num(chain) > 0 && sk_X509_num(chain) <= TRUST_CHAIN_MAX)
		return chain;
	if (chain && sk_X509_num(chain) > TRUST_CHAIN_MAX)
		err_set(e, -EINVAL, "x5u answers with more than %d certificates", TRUST_CHAIN_MAX);
	else
		err_set(e, -EINVAL, whole ? "x5u answers with something else than a certificate chain in PEM"
					  : "x5u answers with a certificate that is cut off or broken");
	chain_free(chain);
	return NULL;
}

/* Everything about the signer that is known once its chain verified. */
static bool signer_fill(const struct truststore *t, struct trust_signer *s,
			const STACK_OF(X509) *chain)
{
	const X509 *root = sk_X509_value(chain, sk_X509_num(chain) - 1);

	s->not_before = INT64_MIN;
	s->not_after = INT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		int64_t from = asn1_seconds(X509_get0_notBefore(sk_X509_value(chain, i)));
		int64_t to = asn1_seconds(X509_get0_notAfter(sk_X509_value(chain, i)));

		s->not_before = from > s->not_before ? from : s->not_before;
		s->not_after = to < s->not_after ? to : s->not_after;
	}
	for (unsigned int i = 0; i < t->stats.roots; i++)
		if (X509_cmp(t->roots[i].cert, root) == 0)
			memcpy(s->root, t->roots[i].name, CERT_ROOT_SIZE);
	s->key = X509_get_pubkey(sk_X509_value(chain, 0));
	return s->key && s->root[0];
}

static enum trust_fault explain(X509_STORE_CTX *ctx, struct err *e)
{
	int why = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	char cn[65] = "?";

	if (cert)
		X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, cn, sizeof(cn));
	err_set(e, -EACCES, "certificate %d of the chain (%s): %s", depth + 1, cn,
		X509_verify_cert_error_string(why));
	if (why == X509_V_ERR_OUT_OF_MEM)
		return TRUST_MEMORY;
	return why == X509_V_ERR_CERT_HAS_EXPIRED || why == X509_V_ERR_CERT_NOT_YET_VALID ? TRUST_DATE
											  : TRUST_CHAIN;
}

static enum trust_fault chain_verify(struct truststore *t, STACK_OF(X509) *chain, int64_t date,
				     struct trust_signer *s, struct err *e)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *leaf = sk_X509_value(chain, 0);
	enum trust_fault fault = TRUST_MEMORY;
	X509_VERIFY_PARAM *param;

	err_set(e, -ENOMEM, "no memory to verify a certificate");
	if (ctx && X509_STORE_CTX_init(ctx, t->x509, leaf, chain) == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, (time_t)date);
		X509_VERIFY_PARAM_set_depth(param, TRUST_CHAIN_MAX);
		X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
		t->stats.verified++;
		if (X509_verify_cert(ctx) != 1)
			fault = explain(ctx, e);
		else if (cert_check_issuers(X509_STORE_CTX_get0_chain(ctx), &s->names, e))
			fault = e && e->code == -ENOMEM ? TRUST_MEMORY : TRUST_CHAIN;
		else if (signer_fill(t, s, X509_STORE_CTX_get0_chain(ctx)))
			fault = TRUST_OK;
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return fault;
}

static struct known *find(struct truststore *t, const void *data, size_t len, uint64_t hash)
{
	for (unsigned int i = 0; i < KNOWN_MAX; i++) {
		struct known *k = &t->known[i];

		if (k->data && k->hash == hash && k->len == len && memcmp(k->data, data, len) == 0)
			return k;
	}
	return NULL;
}

/* Verify and note. */
static enum trust_fault learn(struct truststore *t, const void *data, size_t len, int64_t date,
			      uint64_t hash, struct known **out, struct err *e)
{
	struct known k = { .hash = hash, .len = len };
	STACK_OF(X509) *chain = chain_read(data, len, e);
	enum trust_fault fault = TRUST_MALFORMED;

	if (chain) {
		fault = cert_check_signer(sk_X509_value(chain, 0), e) ||
			cert_names_get(sk_X509_value(chain, 0), &k.signer.names, e) ? TRUST_KIND
			: chain_verify(t, chain, date, &k.signer, e);
		chain_free(chain);
	}
	if (fault == TRUST_OK && !(k.data = malloc(len))) {
		err_set(e, -ENOMEM, "no memory for a certificate");
		fault = TRUST_MEMORY;
	}
	if (fault != TRUST_OK) {
		forget(&k);
		return fault;
	}
	memcpy(k.data, data, len);
	*out = &t->known[t->next];
	t->next = (t->next + 1) % KNOWN_MAX;
	forget(*out);
	**out = k;
	return TRUST_OK;
}

enum trust_fault truststore_signer(struct truststore *t, const void *data, size_t len,
				   int64_t date, const struct trust_signer **out, struct err *e)
{
	enum trust_fault fault;
	struct known *k;
	uint64_t hash;

	*out = NULL;
	if (!len || len > TRUST_CHAIN_OCTETS) {
		err_set(e, -EINVAL, "x5u answers with %zu octets; 1 to %d are taken", len,
			TRUST_CHAIN_OCTETS);
		return TRUST_MALFORMED;
	}
	hash = hash_bytes(data, len);
	/* A list that ran out says nothing: OpenSSL is asked again, and refuses. */
	k = date < t->lists_until ? find(t, data, len, hash) : NULL;
	if (k) {
		t->stats.known++;
	} else {
		fault = learn(t, data, len, date, hash, &k, e);
		if (fault != TRUST_OK)
			return fault;
	}
	if (date < k->signer.not_before || date > k->signer.not_after) {
		err_set(e, -EACCES, "the certificate of %s was not valid when the request was signed",
			k->signer.names.name[0]);
		return TRUST_DATE;
	}
	*out = &k->signer;
	return TRUST_OK;
}

enum trust_fault truststore_authority(const struct truststore *t, const struct trust_signer *s,
				      const struct passport_id *id, struct err *e)
{
	return cert_policy_allows(&t->policy, s->root, &s->names, id, e) ? TRUST_AUTHORITY : TRUST_OK;
}
