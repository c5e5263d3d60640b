// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "secret.h"
#include "timer.h"

int net_setup(void **state)
{
	static bool once;

	(void)state;
	if (!once && (secret_init(65536) || loop_init(NULL)))
		return -1;
	once = true;
	log_set_level(LOG_LVL_ERROR);
	clock_fake(1000000, 1800000000);
	return 0;
}

int net_teardown(void **state)
{
	(void)state;
	loop_turn(0);
	assert_int_equal(secret_in_use(), 0);
	assert_int_equal(timer_count(), 0);
	assert_int_equal(ERR_peek_error(), 0);
	return 0;
}

void net_send(struct net_end *to, const uint8_t *data, size_t len)
{
	struct net *net = to->net;
	struct net_datagram d = { .to = to, .len = len };

	assert_in_range(len, 1, DTLS_MTU);
	memcpy(d.data, data, len);
	net->seen++;
	if (net->deliver && !net->deliver(net, net->seen, &d))
		return;
	assert_true(net->count < sizeof(net->queue) / sizeof(net->queue[0]));
	net->queue[net->count++] = d;
}

static void sent(struct net_end *end, const uint8_t *data, size_t len)
{
	end->sent++;
	if (len == 15 && data[0] == SSL3_RT_ALERT && !data[3] && !data[4])
		end->last_alert = data[14];
	net_send(end->other, data, len);
}

static void on_send(struct dtls *d, const uint8_t *data, size_t len, void *arg)
{
	(void)d;
	sent(arg, data, len);
}

static void on_secured(struct dtls *d, struct srtp_keys *keys, void *arg)
{
	struct net_end *end = arg;

	assert_ptr_equal(d, end->d);
	assert_int_equal(dtls_state(d), DTLS_SECURED);
	end->secured++;
	end->keys = keys;
}

static void on_ended(struct dtls *d, const struct err *why, void *arg)
{
	struct net_end *end = arg;

	assert_ptr_equal(d, end->d);
	end->ended++;
	end->why = *why;
}

static const struct dtls_ops ops = {
	.send = on_send, .secured = on_secured, .ended = on_ended,
};

void net_our(struct net *net, struct net_end *end, struct net_end *other, SSL_CTX *ctx,
	     enum media_dtls_role role)
{
	*end = (struct net_end){ .net = net, .other = other, .last_alert = -1 };
	end->d = dtls_new(ctx, role, &ops, end);
	assert_non_null(end->d);
}

static void bare_send(const uint8_t *data, size_t len, void *arg)
{
	sent(arg, data, len);
}

static int believe(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

void net_bare(struct net *net, struct net_end *end, struct net_end *other, bool client,
	      const struct dtls_cert *cert, const char *profiles)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
	BIO *bio;

	*end = (struct net_end){ .net = net, .other = other, .last_alert = -1 };
	assert_non_null(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, believe, NULL);
	if (cert) {
		assert_int_equal(SSL_CTX_use_certificate(ctx, cert->x509), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(ctx, cert->key), 1);
	}
	if (profiles)
		assert_int_equal(SSL_CTX_set_tlsext_use_srtp(ctx, profiles), 0);
	end->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	end->io = (struct dtls_io){ .send = bare_send, .arg = end };
	bio = dtls_bio_new(&end->io);
	assert_non_null(bio);
	SSL_set_bio(end->ssl, bio, bio);
	if (client)
		SSL_set_connect_state(end->ssl);
	else
		SSL_set_accept_state(end->ssl);
}

void net_end_free(struct net_end *end)
{
	srtp_keys_free(end->keys);
	end->keys = NULL;
	dtls_free(end->d);
	end->d = NULL;
	SSL_free(end->ssl);
	end->ssl = NULL;
}

struct dtls_fp_set net_fp(const struct dtls_cert *cert, const char *alg)
{
	struct media_fingerprint fp;
	struct dtls_fp_set set;

	assert_int_equal(dtls_fp_of(cert->x509, alg, &fp), 0);
	assert_int_equal(dtls_fp_choose(&set, &fp, 1), 0);
	return set;
}

SSL_CTX *net_ctx(const struct dtls_cert *cert, const uint16_t *profiles, unsigned int n)
{
	struct err e = { 0 };
	SSL_CTX *ctx = dtls_ctx_new(cert, profiles, n, &e);

	if (!ctx)
		fail_msg("%s", e.text);
	return ctx;
}

bool net_lose_some(struct net *net, unsigned int n, struct net_datagram *d)
{
	(void)d;
	return n < net->first || n > net->last;
}

static void bare_step(struct net_end *end)
{
	uint8_t rest[64];

	if (!SSL_is_init_finished(end->ssl))
		SSL_do_handshake(end->ssl);
	if (SSL_is_init_finished(end->ssl)) {
		end->secured = 1;
		SSL_read(end->ssl, rest, sizeof(rest));
	}
	ERR_clear_error();
}

static void deliver(struct net *net)
{
	struct net_datagram d = net->queue[0];

	net->count--;
	memmove(&net->queue[0], &net->queue[1], net->count * sizeof(d));
	if (d.to->d) {
		dtls_input(d.to->d, d.data, d.len);
	} else if (d.to->ssl) {
		d.to->io.in = d.data;
		d.to->io.in_len = d.len;
		bare_step(d.to);
		d.to->io.in = NULL;
	}
}

void net_run(struct net *net, uint64_t ms)
{
	uint64_t end = clock_now() + ms;

	for (;;) {
		int64_t next;

		while (net->count)
			deliver(net);
		next = timer_next();
		if (next < 0 || clock_now() + (uint64_t)next > end)
			break;		/* nothing more within the time given */
		clock_advance((uint64_t)next);
		timer_run();
	}
	if (clock_now() < end)
		clock_advance(end - clock_now());
	loop_turn(0);
}
