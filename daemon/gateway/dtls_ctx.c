// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/x509_vfy.h>

#include "buf.h"
#include "dtls_impl.h"

#define MIN_SECURITY_BITS 112	/* RSA 2048, P-224 and up (NIST SP 800-57) */

/* RFC 5764 section 4.1.1: two octets of length, profiles of two octets, the MKI. */
static bool common_profile(SSL *ssl, const uint8_t *ext, size_t len)
{
	STACK_OF(SRTP_PROTECTION_PROFILE) *ours = SSL_get_srtp_profiles(ssl);
	struct rbuf r = rbuf_on(ext, len);
	unsigned int octets = rbuf_u16(&r);

	for (; octets >= 2 && !r.bad; octets -= 2) {
		uint16_t id = rbuf_u16(&r);

		for (int i = 0; !r.bad && i < sk_SRTP_PROTECTION_PROFILE_num(ours); i++)
			if (sk_SRTP_PROTECTION_PROFILE_value(ours, i)->id == id)
				return true;
	}
	return false;
}

/*
 * Without a common profile the library would go on to a plain DTLS connection
 * (RFC 5764 section 4.1.1 leaves it to us), so the ClientHello is looked at before
 * anything is answered.
 */
static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	struct dtls *d = SSL_get_app_data(ssl);
	const uint8_t *ext;
	size_t len;

	(void)arg;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_use_srtp, &ext, &len) != 1)
		err_set(&d->why, -EPROTO, "the far end's DTLS ClientHello asks for no SRTP profile");
	else if (!common_profile(ssl, ext, len))
		err_set(&d->why, -EPROTO, "no SRTP profile in common with the far end");
	else
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_HANDSHAKE_FAILURE;
	return SSL_CLIENT_HELLO_ERROR;
}

int dtls_check_peer(struct dtls *d, const X509 *x509, struct err *e)
{
	EVP_PKEY *key;

	if (!SSL_get_selected_srtp_profile(d->ssl))
		return err_set(e, -EPROTO, "no SRTP profile in common with the far end");
	if (!x509)
		return err_set(e, -EACCES, "the far end showed no certificate");
	if (!dtls_fp_match(&d->fp, x509))
		return err_set(e, -EACCES, "the far end's certificate is not the one its signalling "
			       "named (%s fingerprint)", d->fp.alg ? d->fp.alg : "no usable");
	key = X509_get0_pubkey(x509);
	if (!key || EVP_PKEY_get_security_bits(key) < MIN_SECURITY_BITS)
		return err_set(e, -EACCES, "the far end's certificate has a weak key (%d bits of "
			       "security, %d needed: RSA 2048 or P-256)",
			       key ? EVP_PKEY_get_security_bits(key) : 0, MIN_SECURITY_BITS);
	return 0;
}

/*
 * Issuer, name and dates say nothing here: the fingerprint decides (RFC 8122
 * section 6.2, which also wants bad_certificate for a mismatch).
 */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct dtls *d = SSL_get_app_data(ssl);
	int err = dtls_check_peer(d, X509_STORE_CTX_get0_cert(store), &d->why);

	(void)arg;
	X509_STORE_CTX_set_error(store, !err ? X509_V_OK :
				 err == -EPROTO ? X509_V_ERR_APPLICATION_VERIFICATION :
				 X509_V_ERR_CERT_REJECTED);
	return !err;
}

static int use_srtp(SSL_CTX *ctx, const uint16_t *profiles, unsigned int n)
{
	char names[MEDIA_MAX_PROFILES * 32] = "";
	struct wbuf w = wbuf_on(names, sizeof(names) - 1);

	for (unsigned int i = 0; i < n; i++) {
		const struct srtp_profile_info *p = srtp_profile_info(profiles[i]);

		if (!p)
			return -EPROTONOSUPPORT;
		wbuf_printf(&w, "%s%s", i ? ":" : "", p->openssl);
	}
	/* This one function returns 0 for success. */
	return n && !w.bad && !SSL_CTX_set_tlsext_use_srtp(ctx, names) ? 0 : -EINVAL;
}

SSL_CTX *dtls_ctx_new(const struct dtls_cert *cert, const uint16_t *profiles,
		      unsigned int nprofiles, struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_method());

	if (!ctx)
		goto fail;
	SSL_CTX_set_security_level(ctx, 2);	/* not what a system-wide file says */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
	if (!SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL") ||
	    !SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384:P-521") ||
	    !SSL_CTX_use_certificate(ctx, cert->x509) || !SSL_CTX_use_PrivateKey(ctx, cert->key) ||
	    use_srtp(ctx, profiles, nprofiles))
		goto fail;
	return ctx;
fail:
	err_set(e, -EINVAL, "OpenSSL refused the DTLS settings: %s",
		ERR_peek_last_error() ? ERR_reason_error_string(ERR_peek_last_error()) :
		"unknown SRTP profile");
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return NULL;
}
