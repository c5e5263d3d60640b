// SPDX-License-Identifier: GPL-2.0-or-later
/* Two ends of a DTLS-SRTP association: making, starting, comparing them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "dtls_two.h"
#include "loop.h"

const uint16_t both[2] = { GCM, CM }, only_cm[1] = { CM }, only_gcm[1] = { GCM };
struct dtls_cert two_cert_a, two_cert_b;

int two_group_setup(void **state)
{
	net_setup(state);
	return dtls_cert_make(&two_cert_a, NULL) || dtls_cert_make(&two_cert_b, NULL);
}

int two_group_teardown(void **state)
{
	(void)state;
	dtls_cert_free(&two_cert_a);
	dtls_cert_free(&two_cert_b);
	loop_fini();
	return 0;
}

struct two *two_of_ours(const uint16_t *pa, unsigned int na, const uint16_t *pb,
			       unsigned int nb)
{
	SSL_CTX *ca = net_ctx(&two_cert_a, pa, na), *cb = net_ctx(&two_cert_b, pb, nb);
	struct two *t = calloc(1, sizeof(*t));

	net_our(&t->net, &t->a, &t->b, ca, MEDIA_DTLS_ACTIVE);
	net_our(&t->net, &t->b, &t->a, cb, MEDIA_DTLS_PASSIVE);
	SSL_CTX_free(ca);
	SSL_CTX_free(cb);
	return t;
}

struct two *against_bare(bool we_are_client, const struct dtls_cert *theirs,
				const char *profiles)
{
	SSL_CTX *ctx = net_ctx(&two_cert_a, both, 2);
	struct two *t = calloc(1, sizeof(*t));

	net_our(&t->net, &t->a, &t->b, ctx, we_are_client ? MEDIA_DTLS_ACTIVE : MEDIA_DTLS_PASSIVE);
	net_bare(&t->net, &t->b, &t->a, !we_are_client, theirs, profiles);
	SSL_CTX_free(ctx);
	return t;
}

void two_free(struct two *t)
{
	net_end_free(&t->a);
	net_end_free(&t->b);
	free(t);
}

void two_start(struct net_end *end, const struct dtls_cert *theirs)
{
	struct dtls_fp_set fp = net_fp(theirs, "sha-256");

	assert_int_equal(dtls_start(end->d, &fp, TIMEOUT), 0);
}

void two_start_bare(struct net_end *end)
{
	SSL_do_handshake(end->ssl);
	ERR_clear_error();
}

void two_start_both(struct two *t)
{
	two_start(&t->b, &two_cert_a);
	two_start(&t->a, &two_cert_b);
}

void assert_secured(struct net_end *end, uint16_t profile)
{
	assert_int_equal(end->secured, 1);
	assert_int_equal(end->ended, 0);
	assert_non_null(end->keys);
	assert_int_equal(end->keys->profile, profile);
}

void assert_same_keys(const struct net_end *a, const struct net_end *b)
{
	assert_memory_equal(&a->keys->tx, &b->keys->rx, sizeof(a->keys->tx));
	assert_memory_equal(&a->keys->rx, &b->keys->tx, sizeof(a->keys->rx));
	assert_memory_not_equal(&a->keys->rx, &a->keys->tx, sizeof(a->keys->rx));
}

void assert_refused(const struct net_end *end, int code)
{
	assert_int_equal(end->secured, 0);
	assert_null(end->keys);
	assert_int_equal(end->ended, 1);
	if (end->why.code != code)
		fail_msg("code %d, not %d: %s", end->why.code, code, end->why.text);
}
