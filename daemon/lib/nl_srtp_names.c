// SPDX-License-Identifier: GPL-2.0-or-later
/* The crypto suites by their names in IANA's registry of DTLS-SRTP protection profiles. */
#include <errno.h>
#include <strings.h>

#include "nl_srtp.h"

static const struct {
	uint16_t profile;
	const char *name;
	uint8_t key, salt;
} profiles[] = {
	{ SRTP_PROFILE_NONE, "none", 0, 0 },
	{ SRTP_PROFILE_AES128_CM_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 16, 14 },
	{ SRTP_PROFILE_AES128_CM_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 16, 14 },
	{ SRTP_PROFILE_NULL_SHA1_80, "NULL_HMAC_SHA1_80", 16, 14 },
	{ SRTP_PROFILE_NULL_SHA1_32, "NULL_HMAC_SHA1_32", 16, 14 },
	{ SRTP_PROFILE_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 16, 12 },
	{ SRTP_PROFILE_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 32, 12 },
	{ SRTP_PROFILE_AES192_CM_SHA1_80, "AES_192_CM_HMAC_SHA1_80", 24, 14 },
	{ SRTP_PROFILE_AES192_CM_SHA1_32, "AES_192_CM_HMAC_SHA1_32", 24, 14 },
	{ SRTP_PROFILE_AES256_CM_SHA1_80, "AES_256_CM_HMAC_SHA1_80", 32, 14 },
	{ SRTP_PROFILE_AES256_CM_SHA1_32, "AES_256_CM_HMAC_SHA1_32", 32, 14 },
};

const char *nl_srtp_profile_name(uint16_t profile)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].profile == profile)
			return profiles[i].name;
	return "?";
}

const char *nl_srtp_profile_list(size_t i, uint16_t *profile)
{
	if (i >= sizeof(profiles) / sizeof(profiles[0]))
		return NULL;
	*profile = profiles[i].profile;
	return profiles[i].name;
}

bool nl_srtp_profile_find(const char *name, uint16_t *profile)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcasecmp(profiles[i].name, name) == 0) {
			*profile = profiles[i].profile;
			return true;
		}
	return false;
}

int nl_srtp_profile_sizes(uint16_t profile, size_t *key, size_t *salt)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].profile == profile) {
			*key = profiles[i].key;
			*salt = profiles[i].salt;
			return 0;
		}
	return -EINVAL;
}
