/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our passwords at signers, and answers to their challenges.  They are read before
 * privileges are dropped, live in the locked arena, and never leave this role: `sip`
 * sends a challenge and gets the header value for one request.
 */
#ifndef KSRTP_CREDENTIALS_H
#define KSRTP_CREDENTIALS_H

#include "trust_proto.h"

struct conf_gateway;
struct credentials;
struct err;

/** credentials_new() - read the password files of @conf's signers. 0 or -errno with @e. */
int credentials_new(struct credentials **out, const struct conf_gateway *conf, struct err *e);
void credentials_free(struct credentials *c);	/* wipes; NULL is fine */

/** credentials_answer() - @out->value, or @out->text saying why there is none. */
void credentials_answer(const struct credentials *c, const struct trust_challenge *q,
			struct trust_credentials *out);

#endif /* KSRTP_CREDENTIALS_H */
