// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls_io.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "addr.h"
#include "conf.h"
#include "err.h"

struct tls_ctx {
	SSL_CTX *server, *client;
};

static const char *openssl_says(void)
{
	const unsigned long code = ERR_peek_last_error();
	const char *text = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return text ? text : "unknown error";
}

/* ---- octets: a socket BIO that raises no SIGPIPE ----------------------------------------- */

static int fd_of(BIO *b)
{
	return (int)(intptr_t)BIO_get_data(b);
}

static int bio_write(BIO *b, const char *data, size_t len, size_t *written)
{
	const ssize_t n = send(fd_of(b), data, len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			BIO_set_retry_write(b);
		return 0;
	}
	*written = (size_t)n;
	return 1;
}

static int bio_read(BIO *b, char *out, size_t cap, size_t *got)
{
	const ssize_t n = recv(fd_of(b), out, cap, 0);

	BIO_clear_retry_flags(b);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	if (n == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	if (n <= 0)
		return 0;
	*got = (size_t)n;
	return 1;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)num;
	(void)ptr;
	if (cmd == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return cmd == BIO_CTRL_FLUSH;
}

static const BIO_METHOD *method(void)
{
	static BIO_METHOD *m;

	if (m)
		return m;
	m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "SIP connection");
	if (m && (!BIO_meth_set_write_ex(m, bio_write) || !BIO_meth_set_read_ex(m, bio_read) ||
		  !BIO_meth_set_ctrl(m, bio_ctrl))) {
		BIO_meth_free(m);
		m = NULL;
	}
	return m;
}

/* ---- contexts ---------------------------------------------------------------------------- */

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

int tls_key_file(EVP_PKEY **key, const char *path, struct err *e)
{
	const int fd = conf_private_open(path, e);
	BIO *b;

	if (fd < 0)
		return fd;
	b = BIO_new_fd(fd, BIO_CLOSE);
	*key = b ? PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL) : NULL;
	BIO_free(b);
	if (!*key)
		return err_set(e, -EINVAL, "%s: no PEM private key without passphrase (%s)", path,
			       openssl_says());
	return 0;
}

static int load_roots(SSL_CTX *ctx, const struct tls_conf *conf, struct err *e)
{
	if (conf->ca ? SSL_CTX_load_verify_file(ctx, conf->ca) :
	    SSL_CTX_set_default_verify_paths(ctx))
		return 0;
	return err_set(e, -EINVAL, "%s: no usable root certificates (%s)",
		       conf->ca ? conf->ca : "the system's list", openssl_says());
}

static SSL_CTX *new_ctx(const SSL_METHOD *m, const struct tls_conf *conf, EVP_PKEY *key,
			struct err *e)
{
	SSL_CTX *ctx = SSL_CTX_new(m);

	if (!ctx)
		goto fail;
	SSL_CTX_set_security_level(ctx, 2);	/* not what a system-wide file says */
	/* Messages say their length themselves, so an end without close_notify cuts nothing. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
			    SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			 SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") ||
	    !SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384:P-521"))
		goto fail;
	if (!conf->cert)
		return ctx;
	if (!SSL_CTX_use_certificate_chain_file(ctx, conf->cert)) {
		err_set(e, -EINVAL, "%s: no usable certificate (%s)", conf->cert, openssl_says());
		goto free;
	}
	if (!SSL_CTX_use_PrivateKey(ctx, key) || !SSL_CTX_check_private_key(ctx)) {
		err_set(e, -EINVAL, "%s is not the key of the certificate in %s", conf->key,
			conf->cert);
		goto free;
	}
	return ctx;
fail:
	err_set(e, -EINVAL, "OpenSSL refused the TLS settings: %s", openssl_says());
free:
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return NULL;
}

int tls_ctx_new(struct tls_ctx **out, const struct tls_conf *conf, struct err *e)
{
	struct tls_ctx *t = calloc(1, sizeof(*t));
	EVP_PKEY *key = NULL;
	int rc = -ENOMEM;

	*out = NULL;
	if (!t)
		return err_set(e, rc, "no memory for TLS");
	if (conf->cert) {
		rc = tls_key_file(&key, conf->key, e);
		if (rc)
			goto fail;
	}
	rc = -EINVAL;
	t->server = new_ctx(TLS_server_method(), conf, key, e);
	t->client = t->server ? new_ctx(TLS_client_method(), conf, key, e) : NULL;
	if (!t->client)
		goto fail;
	rc = load_roots(t->client, conf, e);
	if (rc)
		goto fail;
	SSL_CTX_set_verify(t->client, SSL_VERIFY_PEER, NULL);
	if (conf->client != TLS_CLIENT_IGNORE) {
		rc = load_roots(t->server, conf, e);
		if (rc)
			goto fail;
		SSL_CTX_set_verify(t->server, SSL_VERIFY_PEER |
				   (conf->client == TLS_CLIENT_REQUIRE ?
				    SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	}
	EVP_PKEY_free(key);
	*out = t;
	return 0;
fail:
	EVP_PKEY_free(key);
	tls_ctx_free(t);
	return rc;
}

void tls_ctx_free(struct tls_ctx *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->server);
	SSL_CTX_free(t->client);
	free(t);
}

/* ---- connections ----------------------------------------------------------------------------- */

SSL *tls_new(struct tls_ctx *t, int fd, const char *server)
{
	SSL *ssl = SSL_new(server ? t->client : t->server);
	const BIO_METHOD *m = method();
	BIO *b = ssl && m ? BIO_new(m) : NULL;
	struct addr numeric;

	if (!b)
		goto fail;
	BIO_set_data(b, (void *)(intptr_t)fd);
	BIO_set_init(b, 1);
	SSL_set_bio(ssl, b, b);
	if (!server) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_set_connect_state(ssl);
	/* RFC 6066 section 3: names only */
	if (addr_parse(&numeric, server, 0) == 0 || SSL_set_tlsext_host_name(ssl, server))
		return ssl;
fail:
	ERR_clear_error();
	SSL_free(ssl);
	return NULL;
}

int tls_peer_names(SSL *ssl, struct cert_names *out)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);

	return cert && SSL_get_verify_result(ssl) == X509_V_OK ? cert_names_get(cert, out, NULL) :
	       -ENOENT;
}

static int check_server(SSL *ssl, const char *server, struct err *e)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	struct cert_names names;
	int rc;

	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK)
		return err_set(e, -EACCES, "%s showed no certificate that verifies", server);
	rc = cert_names_get(cert, &names, e);
	if (rc) {
		err_prefix(e, "certificate of %s", server);
		return -EACCES;
	}
	for (unsigned int i = 0; i < names.n; i++)
		if (strcasecmp(names.name[i], server) == 0)
			return 0;
	return err_set(e, -EACCES, "the certificate shown is for %s%s, not for %s", names.name[0],
		       names.n > 1 ? " and others" : "", server);
}

static int again(const SSL *ssl, int rc)
{
	const int why = SSL_get_error(ssl, rc);

	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

int tls_handshake(SSL *ssl, const char *server, struct err *e)
{
	long verify;
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(ssl);
	if (rc == 1)
		return server ? check_server(ssl, server, e) : 0;
	if (again(ssl, rc))
		return -EAGAIN;
	verify = SSL_get_verify_result(ssl);
	if (verify != X509_V_OK) {
		ERR_clear_error();
		return err_set(e, -EACCES, "TLS: certificate of %s: %s",
			       server ? server : "the client",
			       X509_verify_cert_error_string(verify));
	}
	return err_set(e, -EPROTO, "TLS handshake: %s", openssl_says());
}

ssize_t tls_read(SSL *ssl, void *data, size_t len)
{
	size_t got;
	int rc;

	ERR_clear_error();
	rc = SSL_read_ex(ssl, data, len, &got);
	if (rc == 1)
		return (ssize_t)got;
	if (again(ssl, rc))
		return -EAGAIN;
	rc = SSL_get_error(ssl, rc) == SSL_ERROR_ZERO_RETURN ? 0 : -ECONNRESET;
	ERR_clear_error();
	return rc;
}

ssize_t tls_write(SSL *ssl, const void *data, size_t len)
{
	size_t done;
	int rc;

	ERR_clear_error();
	rc = SSL_write_ex(ssl, data, len, &done);
	if (rc == 1)
		return (ssize_t)done;
	if (again(ssl, rc))
		return -EAGAIN;
	ERR_clear_error();
	return -EPIPE;
}
