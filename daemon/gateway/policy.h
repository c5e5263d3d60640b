/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one side is told about the other: status codes, reasons, and which names
 * and header fields cross the gateway.
 */
#ifndef KSRTP_POLICY_H
#define KSRTP_POLICY_H

#include <stddef.h>

#include "addr.h"
#include "sip_msg.h"

/**
 * struct end_reason - why a call ends
 * @code: what a caller still waiting for an answer is given, and the cause in a
 *	Reason header (RFC 3326); 0: an ordinary hang-up
 * @text: for Reason and the log; "" for none
 * @phrase: reason phrase of a refusal; NULL: the standard's
 * @header: Reason value as the other side sent it, passed on instead; or NULL
 * @warning: warn-code (RFC 3261 section 20.43) put into a refusal, or 0
 * @retry_after: seconds, or 0
 */
struct end_reason {
	unsigned int code;
	const char *text;
	const char *phrase;
	const char *header;
	unsigned int warning;
	unsigned int retry_after;
};

/**
 * policy_refusal() - what the caller is told when the callee's side answered @code
 *
 * 300..399	480: redirection is not followed and would by-pass the gateway
 * 400 401 402 405 407 413 414 416 420 421 422 423 428 436 437 438 439 481 493 494
 *		502: it is about our request, not about the caller's
 * 415		488: the body was ours to choose
 * 503		500: only the far server is out of service (RFC 3261 section 16.7)
 * others	as they are
 */
unsigned int policy_refusal(unsigned int code);

/**
 * policy_refusal_text() - what the callee's side said, for our Warning to the caller
 * @resp: its refusal
 * @told: the status that the caller is given
 *
 * "438 Invalid Identity Header", when @told is another one, and the sentence of its
 * Warning, if there is one.  Return: @out, or NULL when there is nothing to say.
 */
const char *policy_refusal_text(const struct sip_msg *resp, unsigned int told, char *out,
				size_t cap);

/** policy_media_refusal() - the same for a failure of media (negative errno). */
unsigned int policy_media_refusal(int err);

/** policy_reason() - value of a Reason header into @out, or NULL when there is none to give. */
const char *policy_reason(const struct end_reason *why, char *out, size_t cap);

/**
 * policy_uri() - a URI as the other side shall see it
 * @instead: put in place of a numeric host, which means nothing over there (and
 *	need not be known there); domain names stay
 * @out: URI text, without < >
 *
 * Password, headers and all parameters but "user" are dropped. Return: 0 or -ENOSPC.
 */
int policy_uri(const struct sip_uri *u, const char *text, const struct addr *instead,
	       char *out, size_t cap);

/** policy_pass_headers() - header fields of an INVITE that are passed on. 0 or -ENOMEM. */
int policy_pass_headers(struct sip_msg *out, const struct sip_msg *in);

#endif /* KSRTP_POLICY_H */
