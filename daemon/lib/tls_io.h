/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenSSL for SIP over TLS: contexts, octets, and whether a certificate is the one of
 * the domain that was asked for.
 */
#ifndef KSRTP_TLS_IO_H
#define KSRTP_TLS_IO_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cert_policy.h"

struct err;
struct tls_ctx;

enum tls_client_cert {
	TLS_CLIENT_IGNORE,	/* not asked for */
	TLS_CLIENT_ASK,		/* if there is one, it has to verify */
	TLS_CLIENT_REQUIRE,
};

/**
 * struct tls_conf
 * @cert: PEM file, ours first, then intermediates
 * @key: PEM file with its private key; only its owner may read it
 * @ca: PEM file of the roots that other ends' certificates lead to; NULL: the system's
 * @client: certificates of those who connect to us
 *
 * As a client we show the same certificate when asked.
 */
struct tls_conf {
	const char *cert;
	const char *key;
	const char *ca;
	enum tls_client_cert client;
};

/**
 * tls_key_file() - read a private key in PEM from a file as conf_private_open() wants it
 * @key: set; the caller's, to be freed with EVP_PKEY_free()
 *
 * Return: 0; -EINVAL when there is none, or none without a passphrase; the errno of the file.
 */
int tls_key_file(EVP_PKEY **key, const char *path, struct err *e);

/**
 * tls_ctx_new() - read and check everything; nothing is read later
 *
 * TLS 1.2 and up, forward secrecy and AEAD only, no tickets, no renegotiation.
 * Return: 0; -EINVAL, -EPERM or the errno of a file, with its name in @e.
 */
int tls_ctx_new(struct tls_ctx **out, const struct tls_conf *conf, struct err *e);
void tls_ctx_free(struct tls_ctx *t);	/* NULL is fine; connections keep what they need */

/**
 * tls_new() - TLS on a connected or connecting socket, which stays the caller's
 * @server: whom to connect to, a domain or a numeric address; NULL: we are the server
 */
SSL *tls_new(struct tls_ctx *t, int fd, const char *server);

/**
 * tls_handshake() - go on with it
 * @server: as for tls_new()
 *
 * A server's certificate has to name @server as RFC 5922 section 7.2 wants it: "sip:"
 * URI of the subjectAltName, else dNSName, whole, without wildcards.
 *
 * Return: 0 when done, -EAGAIN, -EACCES (not who it should be) or -EPROTO with @e.
 */
int tls_handshake(SSL *ssl, const char *server, struct err *e);

/** tls_read(), tls_write() - as recv() and send(), but -errno. */
ssize_t tls_read(SSL *ssl, void *data, size_t len);
ssize_t tls_write(SSL *ssl, const void *data, size_t len);

/** tls_peer_names() - SIP domains of the far end's certificate, which verified; -ENOENT: it showed none. */
int tls_peer_names(SSL *ssl, struct cert_names *out);

#endif /* KSRTP_TLS_IO_H */
