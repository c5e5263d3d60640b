/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is sent and what has to come out, both made beforehand: SRTP is
 * deterministic, so libsrtp2 can say octet for octet what a correct gateway
 * sends, and nobody has to decrypt anything while instructions are counted.
 */
#ifndef KSRTP_BENCH_PACKETS_H
#define KSRTP_BENCH_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <srtp2/srtp.h>

#define KEY_MAX		46	/* key and salt */
#define PACKET_SLOT	1536

/** enum headers - the extension of each packet of a measurement: 4 octets, one element of 3 */
enum headers {
	HEADERS_NONE,
	HEADERS_CLEAR,		/* not encrypted */
	HEADERS_ELEMENTS,	/* by RFC 6904 */
	HEADERS_CRYPTEX,	/* by RFC 9335 */
};

#define ELEMENT_ID	1

extern enum headers headers;	/* of everything here; first of all it is set */

/**
 * struct suite - a protection profile
 * @name: IANA's; "none" is plain RTP
 * @profile: DTLS-SRTP protection profile id
 * @set: libsrtp's policy; NULL for "none"
 */
struct suite {
	const char *name;
	uint16_t profile;
	size_t key_len, salt_len;
	void (*set)(srtp_crypto_policy_t *policy);
};

const struct suite *suite_find(const char *name);
extern const struct suite suites[];	/* ends with name NULL */

/** bench_key() - fill @key[KEY_MAX] with octets that @which decides: nothing here is secret. */
void bench_key(uint8_t *key, unsigned int which);

/** srtp_for() - a libsrtp context for every SSRC; bails out when libsrtp refuses. */
srtp_t srtp_for(const struct suite *suite, const uint8_t *key, bool sends);

/**
 * struct packets - a stream
 * @first, @n: packets, one after the other
 * @in, @out: PACKET_SLOT octets each, as the gateway gets and as it sends them
 */
struct packets {
	size_t first, n;
	size_t in_len, out_len;
	uint8_t *in, *out;
};

/**
 * packets_make() - @n packets with @payload octets, the first being @first in its stream
 * @in, @out: suites; @in_key and @out_key are key‖salt
 */
void packets_make(struct packets *p, size_t first, size_t n, size_t payload, const struct suite *in,
		  const uint8_t *in_key, const struct suite *out, const uint8_t *out_key);
void packets_free(struct packets *p);

#endif
