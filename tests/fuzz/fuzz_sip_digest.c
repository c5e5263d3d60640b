// SPDX-License-Identifier: GPL-2.0-or-later
/* Challenges and credentials from anybody; what is understood prints and reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sip_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_challenge(const char *text)
{
	char again[2 * DIGEST_HEADER_MAX];
	struct digest_challenge c, back;
	struct err e;

	if (digest_challenge_parse(&c, text, &e))
		return;
	if (digest_challenge_print(&c, again, sizeof(again)) ||
	    digest_challenge_parse(&back, again, &e) || memcmp(&c, &back, sizeof(c)) != 0)
		abort();
}

static void try_credentials(const char *text)
{
	static struct digest_server *s;
	struct digest_server_conf conf = { .realm = "r", .algs = DIGEST_STRONG, .life = 60, .max = 4 };
	char again[4 * DIGEST_HEADER_MAX];
	struct digest_credentials c, back;
	struct err e;

	if (digest_credentials_parse(&c, text, &e))
		return;
	/* Printed values may have grown past what is read in one header. */
	if (digest_credentials_print(&c, again, sizeof(again)))
		abort();
	if (strlen(again) <= DIGEST_HEADER_MAX &&
	    (digest_credentials_parse(&back, again, &e) || memcmp(&c, &back, sizeof(c)) != 0))
		abort();
	if (!s && digest_server_new(&s, &conf, &e))
		abort();
	/* Nobody knows the password of a user that does not exist. */
	if (digest_server_check(s, &c, NULL, "INVITE", c.uri, &e) == DIGEST_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	if (text) {
		try_challenge(text);
		try_credentials(text);
	}
	free(text);
	return 0;
}
