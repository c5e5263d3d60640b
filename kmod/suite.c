// SPDX-License-Identifier: GPL-2.0-only
/* The protection profiles served: lengths, tags and limits, a row each. */
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include "crypto.h"
#include "index.h"

static bool test_async;
module_param(test_async, bool, 0444);
MODULE_PARM_DESC(test_async,
		 "Put every cipher behind cryptd, so that all complete asynchronously (slow; for tests)");

/*
 * By these names the crypto API gives the fastest driver there is.  cryptd()
 * around them hands every request to a worker, which is what busy x86 machines
 * do now and then before 6.16.
 */
const char *srtp_alg_gcm(void)
{
	return test_async ? "cryptd(gcm_base(ctr(aes-generic),ghash-generic))" : "gcm(aes)";
}

const char *srtp_alg_ctr(void)
{
	return test_async ? "cryptd(ctr(aes-generic))" : "ctr(aes)";
}

/*
 * Packets per master key: 2^48 SRTP and 2^31 SRTCP (RFC 3711 section 9.2, RFC
 * 7714 section 8.3), and 2^31 of either, counted apart, for the profiles of
 * RFC 5764 section 4.1.2.
 */
static const struct srtp_suite suites[] = {
	{
		.profile = SRTP_PROFILE_NONE,
		.name = "none",
		.limit = { ~0ULL, ~0ULL },
	}, {
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.name = "AES_CM_128_HMAC_SHA1_80",
		.key_len = 16,
		.salt_len = 14,
		.auth_key_len = 20,
		.tag = { 10, 10 },
		.limit = { 1ULL << 31, 1ULL << 31 },
		.ops = &srtp_cm_ops,
	}, {
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.name = "AEAD_AES_128_GCM",
		.key_len = 16,
		.salt_len = 12,
		.tag = { 16, 16 },
		.limit = { SRTP_INDEX_LIMIT, SRTCP_INDEX_LIMIT },
		.ops = &srtp_gcm_ops,
	},
};

/**
 * srtp_suite_find - the suite of a protection profile
 * @profile: enum srtp_profile, or anything
 *
 * Return: the suite, or NULL for a profile this module does not serve.
 */
const struct srtp_suite *srtp_suite_find(u16 profile)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].profile == profile)
			return &suites[i];
	return NULL;
}
