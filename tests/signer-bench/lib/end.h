/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends that have requests signed: users u0, u1, ... of the realm, each with its own
 * challenge, whose nonce it uses again and again as RFC 7616 section 3.3 lets it.
 */
#ifndef SIGNER_BENCH_END_H
#define SIGNER_BENCH_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sip_digest.h"

#define BENCH_REALM	"provider.example"
#define BENCH_PASSWORD	"correct horse"		/* of every user */
#define BENCH_X5U	"https://localhost:25484/sign.pem"	/* published by the first daemon */
#define BENCH_MESSAGE	4096			/* octets that suffice for each message here */

/** struct bench_end - @index: of the user; @address: sent-by of its Via */
struct bench_end {
	unsigned int index;
	char address[64];
	bool challenged;
	struct digest_challenge challenge;
	char ha1[DIGEST_HEX];
	uint32_t nc;
	unsigned long calls;
};

/** bench_invite() - its next INVITE, with credentials once it was challenged. Return: octets. */
size_t bench_invite(struct bench_end *end, char out[BENCH_MESSAGE]);

/** bench_challenged() - learn the challenge in a 407. */
void bench_challenged(struct bench_end *end, const char *response);

/** bench_answer() - what the callee says to a request as it came. Return: octets; 0: it is an ACK. */
size_t bench_answer(const char *request, const char *status, char out[BENCH_MESSAGE]);

/** bench_end_of() - index of the end in a message's From; ends the program without one. */
unsigned int bench_end_of(const char *message);

/** bench_code() - status of a response; 0: it is a request. */
unsigned int bench_code(const char *message);

/** bench_header() - value of the first "NAME: " line, as a new string; NULL: there is none. */
char *bench_header(const char *message, const char *name);

/** bench_fail() - say why and end the program. */
void bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* SIGNER_BENCH_END_H */
