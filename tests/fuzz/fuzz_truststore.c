// SPDX-License-Identifier: GPL-2.0-or-later
/* What an x5u server answers: with no root to end in, nothing of it is believed. */
#include <stdint.h>
#include <stdlib.h>

#include "err.h"
#include "truststore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct truststore *t;
	struct truststore_conf conf = { .nroots = 0 };
	const struct trust_signer *s;
	struct err e;

	if (!t && truststore_new(&t, &conf, &e))
		abort();
	if (truststore_signer(t, data, size, 1443208345, &s, &e) == TRUST_OK || s)
		abort();
	return 0;
}
