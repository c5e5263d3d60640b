// SPDX-License-Identifier: GPL-2.0-or-later
/* An Identity header value, and the token in it, from anybody. */
#include <openssl/ec.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "passport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static EVP_PKEY *key;
	struct passport want = { .iat = 1443208345, .ndest = 1 };
	struct identity_header h;
	char *text = strndup((const char *)data, size);
	struct err e;

	if (!key)
		key = EVP_EC_gen("P-256");
	if (text && passport_id_from_uri(&want.orig, text, &e) == 0 &&
	    strlen(want.orig.value) >= PASSPORT_ID_MAX)
		abort();
	if (text && identity_header_parse(&h, text, &e) == 0) {
		want.ppt = h.ppt;
		strcpy(want.x5u, h.info);
		strcpy(want.orig.value, "sip:alice@atlanta.example.com");
		strcpy(want.dest[0].value, "sip:bob@biloxi.example.org");
		passport_ctx_set(&want.ctx, "INVITE", "c", 1, "a", "b");
		passport_peek(h.token, &want.iat);
		want.iat = 1443208345;
		/* Nobody has signed with a key that is made here. */
		if (passport_verify(&want, h.token, key, want.iat, &e) == PASSPORT_OK)
			abort();
		identity_header_free(&h);
	}
	free(text);
	return 0;
}
