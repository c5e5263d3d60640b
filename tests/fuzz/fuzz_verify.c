// SPDX-License-Identifier: GPL-2.0-or-later
/* A request from anybody, and a certificate from anywhere: neither is ever believed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "truststore.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *certificate;
static size_t certificate_len;

static void *get(void *impl, const char *url, verify_got_fn got, void *arg)
{
	const struct err why = { .code = -1, .text = "no" };

	(void)impl;
	(void)url;
	got(certificate_len ? certificate : NULL, certificate_len, &why, arg);
	return NULL;
}

static void done(const struct verify_result *res, void *arg)
{
	(void)arg;
	if (res->verified || (res->code && !*res->check) || res->nfp > MEDIA_MAX_FINGERPRINTS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verifier *v;
	const struct verify_source source = { .get = get };
	struct verify_request rq = { .leg = 1, .policy = CONF_IDENTITY_REQUIRE, .data = data, .len = size };
	const uint8_t *nul = memchr(data, 0, size);

	if (!v) {
		const struct truststore_conf none = { 0 };
		struct truststore *store;

		if (loop_init(NULL) || truststore_new(&store, &none, NULL))
			abort();
		log_set_level(LOG_LVL_ERROR);
		clock_fake(1000, 1443208345);
		v = verifier_new(store, &source, 16, 0);
	}
	/* Behind the first NUL stands what x5u answers. */
	if (nul)
		rq.len = (size_t)(nul - data);
	certificate = nul ? nul + 1 : NULL;
	certificate_len = nul ? size - rq.len - 1 : 0;
	verify_start(v, &rq, done, NULL);
	rq.policy = CONF_IDENTITY_PREFER;
	rq.binding = CONF_BINDING_REQUIRE;
	verify_start(v, &rq, done, NULL);
	loop_turn(0);
	return 0;
}
