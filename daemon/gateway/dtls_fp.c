// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_fp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "secret.h"

/* Strongest first.  RFC 8122 section 5 forbids md5; sha-1 no longer binds anything. */
static const struct hash_alg {
	const char *name;
	const EVP_MD *(*md)(void);
	uint8_t len;
} algs[] = {
	{ "sha-512", EVP_sha512, 64 },
	{ "sha-384", EVP_sha384, 48 },
	{ "sha-256", EVP_sha256, 32 },
};

static const struct hash_alg *find(const char *name)
{
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (!strcasecmp(algs[i].name, name))
			return &algs[i];
	return NULL;
}

int dtls_fp_choose(struct dtls_fp_set *set, const struct media_fingerprint *fp,
		   unsigned int count)
{
	const struct hash_alg *best = NULL;

	*set = (struct dtls_fp_set){ 0 };
	for (unsigned int i = 0; i < count; i++) {
		const struct hash_alg *a = find(fp[i].alg);

		if (a && (!best || a < best))
			best = a;
	}
	if (!best)
		return -EACCES;
	set->alg = best->name;
	for (unsigned int i = 0; i < count && set->count < MEDIA_MAX_FINGERPRINTS; i++)
		if (find(fp[i].alg) == best && fp[i].len == best->len)
			set->fp[set->count++] = fp[i];
	return set->count ? 0 : -EACCES;
}

int dtls_fp_of(const X509 *x509, const char *alg, struct media_fingerprint *out)
{
	const struct hash_alg *a = find(alg);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	*out = (struct media_fingerprint){ 0 };
	if (!a)
		return -EPROTONOSUPPORT;
	if (!X509_digest(x509, a->md(), digest, &len) || len != a->len)
		return -EIO;
	snprintf(out->alg, sizeof(out->alg), "%s", a->name);
	out->len = a->len;
	memcpy(out->digest, digest, a->len);
	return 0;
}

void dtls_fp_text(const struct media_fingerprint *fp, char text[static DTLS_FP_TEXT])
{
	*text = '\0';
	for (unsigned int i = 0; i < fp->len; i++)
		snprintf(text + 3 * i, 4, i + 1 < fp->len ? "%02X:" : "%02X", fp->digest[i]);
}

/* Every entry is looked at, so that the time tells nothing about which one fits. */
static bool holds(const struct dtls_fp_set *set, const struct media_fingerprint *fp)
{
	bool found = false;

	for (unsigned int i = 0; i < set->count; i++)
		found |= set->fp[i].len == fp->len &&
			 secret_equal(set->fp[i].digest, fp->digest, fp->len);
	return found;
}

bool dtls_fp_match(const struct dtls_fp_set *set, const X509 *x509)
{
	struct media_fingerprint fp;

	if (!x509 || !set->alg || dtls_fp_of(x509, set->alg, &fp))
		return false;
	return holds(set, &fp);
}

bool dtls_fp_equal(const struct dtls_fp_set *a, const struct dtls_fp_set *b)
{
	if (!a->alg || !b->alg || strcmp(a->alg, b->alg))
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (!holds(b, &a->fp[i]))
			return false;
	for (unsigned int i = 0; i < b->count; i++)
		if (!holds(a, &b->fp[i]))
			return false;
	return true;
}
