/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each user may ask: a token bucket a user.
 *
 * Only who has proved who he is has a bucket, so their number is that of the users.
 * A bucket that is full again is forgotten when room is needed.
 */
#ifndef KSRTP_SIGNER_RATE_H
#define KSRTP_SIGNER_RATE_H

#include <stdint.h>

#include "hash.h"

#define SIGNER_RATE_USERS	65536	/* with buckets that are not full */

/**
 * struct signer_rate - all buckets; start zeroed
 * @per_second: tokens that come back each second, 1 and up; 0: no limit
 * @burst: tokens of a full bucket, 1 and up
 */
struct signer_rate {
	uint32_t per_second, burst;
	struct hash_table table;
	struct signer_rate_user *users;
};

int signer_rate_init(struct signer_rate *r, uint32_t per_second, uint32_t burst);	/* 0, -ENOMEM */
void signer_rate_fini(struct signer_rate *r);

/** signer_rate_take() - may @user go on? Return: 0, or in how many seconds to come again. */
uint32_t signer_rate_take(struct signer_rate *r, const char *user);

#endif /* KSRTP_SIGNER_RATE_H */
