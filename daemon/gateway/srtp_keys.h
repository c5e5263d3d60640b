/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SRTP master keys as DTLS-SRTP yields them (RFC 5764 section 4.2): one exporter
 * block, cut into the client's and the server's key and salt.
 */
#ifndef KSRTP_SRTP_KEYS_H
#define KSRTP_SRTP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRTP_KEYS_LABEL		"EXTRACTOR-dtls_srtp"	/* RFC 5764 section 4.2; no context */
#define SRTP_KEYS_MAX_KEY	32
#define SRTP_KEYS_MAX_SALT	14
#define SRTP_KEYS_MAX_BLOCK	(2 * (SRTP_KEYS_MAX_KEY + SRTP_KEYS_MAX_SALT))

/**
 * struct srtp_profile_info - a protection profile as DTLS knows it
 * @id: number in the use_srtp extension, enum srtp_profile
 * @openssl: its name for SSL_CTX_set_tlsext_use_srtp()
 * @key, @salt: octets
 */
struct srtp_profile_info {
	uint16_t id;
	const char *openssl;
	uint8_t key;
	uint8_t salt;
};

/** srtp_profile_info() - NULL for a profile that is not ours. */
const struct srtp_profile_info *srtp_profile_info(uint16_t id);

/** srtp_keys_block_len() - octets to ask the exporter for; 0 for an unknown profile. */
size_t srtp_keys_block_len(uint16_t profile);

/** struct srtp_master - what protects one direction */
struct srtp_master {
	uint8_t key[SRTP_KEYS_MAX_KEY];
	uint8_t salt[SRTP_KEYS_MAX_SALT];
};

/**
 * struct srtp_keys - both directions, seen from our end; lives in the locked arena
 * @tx: protects what we send
 * @rx: opens what we receive
 */
struct srtp_keys {
	uint16_t profile;
	uint8_t key_len;
	uint8_t salt_len;
	struct srtp_master tx;
	struct srtp_master rx;
};

/**
 * srtp_keys_split() - cut the exporter block
 * @out: set on success; owner frees with srtp_keys_free()
 * @profile: negotiated protection profile
 * @we_are_client: our role in the DTLS handshake, not in the call
 * @block: from the exporter; the caller wipes it
 * @len: must be srtp_keys_block_len()
 *
 * Return: 0; -EPROTONOSUPPORT for an unknown profile; -EINVAL for another length;
 * -ENOMEM when the arena is full.
 */
int srtp_keys_split(struct srtp_keys **out, uint16_t profile, bool we_are_client,
		    const uint8_t *block, size_t len);

/** srtp_keys_free() - wipe and give back; NULL is fine. */
void srtp_keys_free(struct srtp_keys *k);

#endif /* KSRTP_SRTP_KEYS_H */
