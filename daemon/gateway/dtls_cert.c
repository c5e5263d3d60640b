// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_cert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "clock.h"
#include "dtls_fp.h"

/* RFC 8827 section 6.5: nothing in it may tell one user of it from another. */
static int name_it(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	uint64_t serial;
	uint8_t rnd[8];
	char cn[2 * sizeof(rnd) + 1];

	if (RAND_bytes(rnd, sizeof(rnd)) != 1 || RAND_bytes((uint8_t *)&serial, sizeof(serial)) != 1)
		return 0;
	for (size_t i = 0; i < sizeof(rnd); i++)
		snprintf(cn + 2 * i, 3, "%02x", rnd[i]);
	serial >>= 1;			/* RFC 5280 section 4.1.2.2: positive */
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial | 1) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1, 0) &&
	       X509_set_issuer_name(x, name);
}

/* One day back, for peers whose clock is late. */
static int date_it(X509 *x)
{
	time_t now = (time_t)clock_wall();

	return X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, &now) &&
	       X509_time_adj_ex(X509_getm_notAfter(x), DTLS_CERT_DAYS, 0, &now);
}

int dtls_cert_make(struct dtls_cert *c, struct err *e)
{
	*c = (struct dtls_cert){ .x509 = X509_new(), .key = EVP_EC_gen("P-256") };
	if (!c->x509 || !c->key || !X509_set_version(c->x509, X509_VERSION_3) ||
	    !name_it(c->x509) || !date_it(c->x509) || !X509_set_pubkey(c->x509, c->key) ||
	    !X509_sign(c->x509, c->key, EVP_sha256()) ||
	    dtls_fp_of(c->x509, "sha-256", &c->fingerprint)) {
		dtls_cert_free(c);
		ERR_clear_error();
		return err_set(e, -EIO, "OpenSSL could not make an ECDSA P-256 certificate");
	}
	return 0;
}

/* A passphrase would have to be typed or lie beside the key; neither is for a daemon. */
static int no_passphrase(char *buf, int size, int rw, void *arg)
{
	(void)buf; (void)size; (void)rw;
	*(int *)arg = 1;
	return -1;
}

static FILE *open_key(const char *file, struct err *e)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	FILE *f;

	if (fd < 0) {
		err_set(e, -errno, "private key %s: %m", file);
		return NULL;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		err_set(e, -EINVAL, "private key %s is not a file", file);
	} else if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 0037)) {
		err_set(e, -EACCES, "private key %s is open to others (owner %u, mode %03o); make it "
			"root's or the media user's, with chmod 0640 or stricter", file,
			(unsigned int)st.st_uid, (unsigned int)(st.st_mode & 0777));
	} else {
		f = fdopen(fd, "r");
		if (f) {
			setvbuf(f, NULL, _IONBF, 0);	/* stdio would keep a copy of the key */
			return f;
		}
		err_set(e, -ENOMEM, "private key %s: %m", file);
	}
	close(fd);
	return NULL;
}

int dtls_cert_load(struct dtls_cert *c, const char *cert_file, const char *key_file, struct err *e)
{
	int encrypted = 0, err;
	FILE *f;

	*c = (struct dtls_cert){ 0 };
	f = fopen(cert_file, "re");
	if (!f)
		return err_set(e, -errno, "certificate %s: %m", cert_file);
	c->x509 = PEM_read_X509(f, NULL, no_passphrase, &encrypted);
	fclose(f);
	if (!c->x509) {
		err = err_set(e, -EINVAL, "%s holds no certificate in PEM form", cert_file);
		goto out;
	}

	f = open_key(key_file, e);
	if (!f) {
		err = e ? e->code : -EACCES;
		goto out;
	}
	c->key = PEM_read_PrivateKey(f, NULL, no_passphrase, &encrypted);
	fclose(f);
	if (!c->key) {
		err = err_set(e, -EINVAL, encrypted ? "private key %s is encrypted; store it without a "
			      "passphrase" : "%s holds no private key in PEM form", key_file);
		goto out;
	}

	err = -EINVAL;
	if (X509_check_private_key(c->x509, c->key) != 1)
		err_set(e, err, "private key %s does not belong to certificate %s", key_file, cert_file);
	else
		err = dtls_fp_of(c->x509, "sha-256", &c->fingerprint);
out:
	ERR_clear_error();
	if (err)
		dtls_cert_free(c);
	return err;
}

void dtls_cert_free(struct dtls_cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);		/* OpenSSL wipes it */
	*c = (struct dtls_cert){ 0 };
}
