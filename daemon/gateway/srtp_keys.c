// SPDX-License-Identifier: GPL-2.0-or-later
#include "srtp_keys.h"

#include <errno.h>
#include <string.h>

#include <linux/srtp.h>

#include "secret.h"

static const struct srtp_profile_info profiles[] = {
	{ SRTP_PROFILE_AES128_CM_SHA1_80, "SRTP_AES128_CM_SHA1_80", 16, 14 }, /* RFC 5764 4.1.2 */
	{ SRTP_PROFILE_AES128_CM_SHA1_32, "SRTP_AES128_CM_SHA1_32", 16, 14 },
	{ SRTP_PROFILE_AEAD_AES_128_GCM, "SRTP_AEAD_AES_128_GCM", 16, 12 },   /* RFC 7714 14.2 */
	{ SRTP_PROFILE_AEAD_AES_256_GCM, "SRTP_AEAD_AES_256_GCM", 32, 12 },
};

const struct srtp_profile_info *srtp_profile_info(uint16_t id)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].id == id)
			return &profiles[i];
	return NULL;
}

size_t srtp_keys_block_len(uint16_t profile)
{
	const struct srtp_profile_info *p = srtp_profile_info(profile);

	return p ? 2 * ((size_t)p->key + p->salt) : 0;
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. */
int srtp_keys_split(struct srtp_keys **out, uint16_t profile, bool we_are_client,
		    const uint8_t *block, size_t len)
{
	const struct srtp_profile_info *p = srtp_profile_info(profile);
	const uint8_t *client_salt, *server_salt;
	struct srtp_master *client, *server;
	struct srtp_keys *k;

	if (!p)
		return -EPROTONOSUPPORT;
	if (len != srtp_keys_block_len(profile))
		return -EINVAL;
	k = secret_alloc(sizeof(*k));
	if (!k)
		return -ENOMEM;

	k->profile = profile;
	k->key_len = p->key;
	k->salt_len = p->salt;
	client = we_are_client ? &k->tx : &k->rx;
	server = we_are_client ? &k->rx : &k->tx;
	client_salt = block + 2 * p->key;
	server_salt = client_salt + p->salt;
	memcpy(client->key, block, p->key);
	memcpy(server->key, block + p->key, p->key);
	memcpy(client->salt, client_salt, p->salt);
	memcpy(server->salt, server_salt, p->salt);
	*out = k;
	return 0;
}

void srtp_keys_free(struct srtp_keys *k)
{
	secret_free(k);		/* wipes */
}
