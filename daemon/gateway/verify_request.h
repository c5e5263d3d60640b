/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request says for itself, read for verify.c before any token is looked at. */
#ifndef KSRTP_VERIFY_REQUEST_H
#define KSRTP_VERIFY_REQUEST_H

#include "verify.h"

/**
 * struct verify_facts - who calls whom, when, with which fingerprints
 * @want: orig, dest, mky, ctx; iat is Date when @dated
 * @call_id, @from_tag, @method, @cseq: which request it is, for the replay cache
 * @header: Identity headers that are understood; @last is why another one was passed over
 */
struct verify_facts {
	struct passport want;
	bool dated;
	char *call_id, *from_tag, *method;
	uint32_t cseq;
	struct identity_header header[VERIFY_MAX_IDENTITY];
	unsigned int nheaders;
};

/**
 * verify_facts_read() - fill @f from @rq, and @res->fp
 *
 * Return: 0, or the status with @res->check and @res->why; release @f either way.
 */
unsigned int verify_facts_read(struct verify_facts *f, const struct verify_request *rq,
			       struct verify_result *res);
void verify_facts_release(struct verify_facts *f);

#endif /* KSRTP_VERIFY_REQUEST_H */
