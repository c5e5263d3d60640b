// SPDX-License-Identifier: GPL-2.0-or-later
/* A Bearer token from anybody: nobody has signed with a key that is made here. */
#include <openssl/ec.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct token_issuer issuer = { .iss = "auth.example" };
	static struct seen *seen;
	struct passport want = { .orig.value = "sip:alice@atlanta.example.com" };
	struct seen_request rq = { "a", "b", "INVITE", 1, NULL };
	struct token_check c = { .issuers = &issuer, .nissuers = 1, .aud = "sign.example",
				 .now = 1443208345, .want = &want, .request = &rq };
	char *text = strndup((const char *)data, size);
	const char *bearer;
	struct token t;
	struct err e;
	size_t len;

	if (!issuer.key)
		issuer.key = EVP_EC_gen("P-256");
	if (!seen)
		seen = seen_new(10, 0);
	c.seen = seen;
	if (text && token_verify(text, &c, &t, &e) == TOKEN_OK)
		abort();
	bearer = text ? token_bearer(text, &len) : NULL;
	if (bearer && (!len || len > size))
		abort();
	free(text);
	return 0;
}
