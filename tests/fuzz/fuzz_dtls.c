// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams into a DTLS association, in each of its states, between and instead of
 * those of a real far end.
 *
 *	octet 0		bit 0: we are the server; bits 1 to 4: how many of the far
 *			end's datagrams come first
 *	then, again and again
 *	length (2)	below 0xff00: so many octets follow and are put in
 *			0xffxx, xx even: the far end's next datagram; odd: 400 ms pass
 *
 * Clock and random numbers are the program's own, so an input always does the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* RAND_METHOD: the one way to fix the numbers */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include <linux/srtp.h>

#include "clock.h"
#include "dtls.h"
#include "dtls_bio.h"
#include "log.h"
#include "loop.h"
#include "secret.h"
#include "timer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUEUE	32

struct end {
	struct dtls *d;
	struct srtp_keys *keys;
	struct end *other;
	struct {
		size_t len;
		uint8_t data[DTLS_MTU];
	} queue[QUEUE];
	unsigned int count;
};

static struct dtls_cert cert[2];
static SSL_CTX *ctx[2];
static uint64_t random_state;

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	uint64_t now = clock_now();

	(void)tz;
	tv->tv_sec = (time_t)(now / 1000);
	tv->tv_usec = (suseconds_t)(now % 1000 * 1000);
	return 0;
}

static int fixed_bytes(unsigned char *buf, int num)
{
	for (int i = 0; i < num; i++) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		buf[i] = (unsigned char)(random_state >> 56);
	}
	return 1;
}

static int fixed_status(void)
{
	return 1;
}

static const RAND_METHOD fixed = {
	.bytes = fixed_bytes, .pseudorand = fixed_bytes, .status = fixed_status,
};

static void must(int ok)
{
	if (!ok)
		abort();
}

static void on_send(struct dtls *d, const uint8_t *data, size_t len, void *arg)
{
	struct end *to = ((struct end *)arg)->other;

	(void)d;
	must(len > 0 && len <= DTLS_MTU);
	if (to->count == QUEUE)
		return;
	to->queue[to->count].len = len;
	memcpy(to->queue[to->count++].data, data, len);
}

static void on_secured(struct dtls *d, struct srtp_keys *keys, void *arg)
{
	struct end *end = arg;

	must(dtls_state(d) == DTLS_SECURED && !end->keys);
	end->keys = keys;
}

static void on_ended(struct dtls *d, const struct err *why, void *arg)
{
	(void)arg;
	must(why->code < 0 && *why->text);
	must(dtls_state(d) == DTLS_FAILED || dtls_state(d) == DTLS_CLOSED);
}

static const struct dtls_ops ops = {
	.send = on_send, .secured = on_secured, .ended = on_ended,
};

static void init(void)
{
	static const uint16_t profiles[] = { SRTP_PROFILE_AEAD_AES_128_GCM,
					     SRTP_PROFILE_AES128_CM_SHA1_80 };

	must(!secret_init(65536) && !loop_init(NULL));
	log_set_level(LOG_LVL_ERROR);
	clock_fake(1000000, 1800000000);
	must(RAND_set_rand_method(&fixed));
	for (int i = 0; i < 2; i++) {
		must(!dtls_cert_make(&cert[i], NULL));
		ctx[i] = dtls_ctx_new(&cert[i], profiles, 2, NULL);
		must(ctx[i] != NULL);
	}
}

static void deliver(struct end *to)
{
	uint8_t data[DTLS_MTU];
	size_t len;

	if (!to->count)
		return;
	len = to->queue[0].len;
	memcpy(data, to->queue[0].data, len);
	to->count--;
	memmove(&to->queue[0], &to->queue[1], to->count * sizeof(to->queue[0]));
	dtls_input(to->d, data, len);
}

static void start(struct end *end, const struct dtls_cert *theirs)
{
	struct dtls_fp_set fp;

	must(!dtls_fp_choose(&fp, &theirs->fingerprint, 1));
	must(!dtls_start(end->d, &fp, 10000));
}

static void script(struct end *us, struct end *far_end, const uint8_t *p, size_t size)
{
	while (size >= 2) {
		size_t len = (size_t)p[0] << 8 | p[1];

		p += 2;
		size -= 2;
		if (len >= 0xff00) {
			if (len & 1) {
				clock_advance(400);
				timer_run();
			} else {
				deliver(far_end);
				deliver(us);
			}
			continue;
		}
		if (len > size)
			len = size;
		dtls_input(us->d, p, len);
		p += len;
		size -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct end us, far_end;
	static int ready;
	bool server;

	if (!ready)
		init();
	ready = 1;
	if (!size || size > 16384)
		return 0;
	random_state = 1;
	server = data[0] & 1;
	us = (struct end){ .other = &far_end };
	far_end = (struct end){ .other = &us };
	us.d = dtls_new(ctx[0], server ? MEDIA_DTLS_PASSIVE : MEDIA_DTLS_ACTIVE, &ops, &us);
	far_end.d = dtls_new(ctx[1], server ? MEDIA_DTLS_ACTIVE : MEDIA_DTLS_PASSIVE, &ops, &far_end);
	must(us.d && far_end.d);
	start(&us, &cert[1]);
	start(&far_end, &cert[0]);
	for (unsigned int i = 0; i < (data[0] >> 1 & 15u); i++) {
		deliver(&far_end);
		deliver(&us);
	}
	script(&us, &far_end, data + 1, size - 1);

	/* Nobody but the far end has its key: who is secured shares keys with it. */
	if (us.keys && far_end.keys)
		must(!memcmp(&us.keys->tx, &far_end.keys->rx, sizeof(us.keys->tx)));
	srtp_keys_free(us.keys);
	srtp_keys_free(far_end.keys);
	dtls_free(us.d);
	dtls_free(far_end.d);
	loop_turn(0);
	must(!secret_in_use() && !timer_count() && !ERR_peek_error());
	return 0;
}
