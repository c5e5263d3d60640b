/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private key of signatures: a PEM file, or a PKCS#11 token that keeps it to itself. */
#ifndef KSRTP_SIGNER_KEY_H
#define KSRTP_SIGNER_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>

struct err;

/** signer_key_in_token() - is @name a URI of RFC 7512, and no file? */
bool signer_key_in_token(const char *name);

/**
 * signer_key_load() - before the role gives up its rights
 * @name: path of a PEM file, or "pkcs11:token=...;object=..."
 * @module: shared library of the token's maker; PKCS#11 only
 * @pin_file: its first line is the user PIN
 *
 * Return: 0 or -errno with what to do. signer_key_unload() ends the use of the token.
 */
int signer_key_load(EVP_PKEY **out, const char *name, const char *module, const char *pin_file,
		    struct err *e);
void signer_key_unload(EVP_PKEY *key);

#endif /* KSRTP_SIGNER_KEY_H */
