// SPDX-License-Identifier: GPL-2.0-only
/* The protection profiles served: lengths, tags and limits, a row each. */
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include "crypto.h"
#include "index.h"
#include "rtp.h"

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
 * A master key protects 2^48 SRTP and 2^31 SRTCP packets (RFC 3711 section 9.2,
 * RFC 7714 section 8.3), and 2^31 of either, counted apart, with the profiles
 * of RFC 5764 section 4.1.2.  The tag of SRTCP has 80 bits whatever that of
 * SRTP has (RFC 3711 section 5.2).
 */
#define LIMIT_DTLS	{ 1ULL << 31, 1ULL << 31 }
#define LIMIT_FULL	{ SRTP_INDEX_LIMIT, SRTCP_INDEX_LIMIT }

#define CM(_profile, _name, _key, _tag, _limit...) {				\
	.profile = _profile, .name = _name, .key_len = _key, .salt_len = 14,	\
	.auth_key_len = 20, .tag = { _tag, 10 }, .ebit = SRTP_RTCP_E,		\
	.limit = _limit, .ops = &srtp_cm_ops }

/* The KDF still wants a master key: that of AES_CM_PRF. */
#define NULL_SHA1(_profile, _name, _tag) {					\
	.profile = _profile, .name = _name, .key_len = 16, .salt_len = 14,	\
	.auth_key_len = 20, .tag = { _tag, 10 }, .limit = LIMIT_DTLS,		\
	.ops = &srtp_null_ops }

#define GCM(_profile, _name, _key) {						\
	.profile = _profile, .name = _name, .key_len = _key, .salt_len = 12,	\
	.tag = { 16, 16 }, .ebit = SRTP_RTCP_E, .limit = LIMIT_FULL,		\
	.ops = &srtp_gcm_ops }

static const struct srtp_suite suites[] = {
	{ .profile = SRTP_PROFILE_NONE, .name = "none", .limit = { ~0ULL, ~0ULL } },
	CM(SRTP_PROFILE_AES128_CM_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 16, 10, LIMIT_DTLS),
	CM(SRTP_PROFILE_AES128_CM_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 16, 4, LIMIT_DTLS),
	NULL_SHA1(SRTP_PROFILE_NULL_SHA1_80, "NULL_HMAC_SHA1_80", 10),
	NULL_SHA1(SRTP_PROFILE_NULL_SHA1_32, "NULL_HMAC_SHA1_32", 4),
	GCM(SRTP_PROFILE_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 16),
	GCM(SRTP_PROFILE_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 32),
	CM(SRTP_PROFILE_AES192_CM_SHA1_80, "AES_192_CM_HMAC_SHA1_80", 24, 10, LIMIT_FULL),
	CM(SRTP_PROFILE_AES192_CM_SHA1_32, "AES_192_CM_HMAC_SHA1_32", 24, 4, LIMIT_FULL),
	CM(SRTP_PROFILE_AES256_CM_SHA1_80, "AES_256_CM_HMAC_SHA1_80", 32, 10, LIMIT_FULL),
	CM(SRTP_PROFILE_AES256_CM_SHA1_32, "AES_256_CM_HMAC_SHA1_32", 32, 4, LIMIT_FULL),
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
