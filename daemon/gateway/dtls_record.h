/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is let through to OpenSSL.
 *
 * Until a handshake is done nothing in it is authenticated: anyone who can send
 * from the far end's address can put a record into it, and the library answers
 * many of them by giving up (the class of CVE-2023-49786).  So records are looked
 * at first, and what cannot be part of this handshake is dropped and counted.
 */
#ifndef KSRTP_DTLS_RECORD_H
#define KSRTP_DTLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTLS_DATAGRAM_MAX	2048	/* longer ones are not DTLS handshakes of the real world */

/** enum dtls_phase - what may come now */
enum dtls_phase {
	DTLS_PHASE_SERVER,	/* handshake, far end is the client */
	DTLS_PHASE_CLIENT,	/* handshake, far end is the server */
	DTLS_PHASE_DONE,	/* handshake is over: encrypted records only */
};

/**
 * struct dtls_screened - what was seen
 * @len: octets let through
 * @dropped: records (or the unreadable rest of the datagram) that were not
 * @alert: description of a plain alert that was dropped, or -1; anyone may have sent it
 * @client_hello: a ClientHello was dropped because the far end was to be the server
 */
struct dtls_screened {
	size_t len;
	unsigned int dropped;
	int alert;
	bool client_hello;
};

/** dtls_record_is() - may this datagram be DTLS?  First octet 20 to 63 (RFC 7983 section 7). */
static inline bool dtls_record_is(const uint8_t *data, size_t len)
{
	return len > 0 && data[0] >= 20 && data[0] <= 63;
}

/**
 * dtls_record_screen() - copy the good records of a datagram
 * @out: space for @len octets; may not be @data
 */
struct dtls_screened dtls_record_screen(enum dtls_phase phase, const uint8_t *data, size_t len,
					uint8_t *out);

#endif /* KSRTP_DTLS_RECORD_H */
