/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagrams in and out of OpenSSL, which has no datagram memory BIO before 3.2.
 */
#ifndef KSRTP_DTLS_BIO_H
#define KSRTP_DTLS_BIO_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>

/*
 * UDP payload we never exceed: fits IPv6's smallest MTU (1280) with some tunnel in
 * between.  It must not shrink either: OpenSSL asks the BIO, falls back to 256
 * octets when it does not answer, and then cuts a retransmission otherwise than
 * the first transmission, which some peers cannot put together.
 */
#define DTLS_MTU	1200

/**
 * struct dtls_io - the network as one SSL object sees it; embedded in its owner
 * @in, @in_len: the datagram being worked on; taken whole by one read
 * @send: one datagram a call; called from within SSL functions, so it must not free
 *	the SSL object
 */
struct dtls_io {
	const uint8_t *in;
	size_t in_len;
	void (*send)(const uint8_t *data, size_t len, void *arg);
	void *arg;
};

/**
 * dtls_bio_new() - for SSL_set_bio(), which then owns it
 *
 * @io must outlive it.  Return: the BIO, or NULL without memory.
 */
BIO *dtls_bio_new(struct dtls_io *io);

#endif /* KSRTP_DTLS_BIO_H */
