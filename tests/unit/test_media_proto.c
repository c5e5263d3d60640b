// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/srtp.h>

#include "ipc.h"
#include "media_proto.h"

static uint8_t space[IPC_MAX];

static struct addr at(const char *ip, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, ip, port), 0);
	return a;
}

static struct media_fingerprint sha256(uint8_t fill)
{
	struct media_fingerprint f = { .alg = "sha-256", .len = 32 };

	memset(f.digest, fill, 32);
	return f;
}

/*
 * What was written is read back the same; cut anywhere, or with one octet more, it
 * is refused.
 */
#define ROUND_TRIP(name, m)								\
	do {										\
		struct name got;							\
		struct wbuf w = wbuf_on(space, sizeof(space));				\
		struct rbuf r;								\
											\
		name##_put(&w, (m));							\
		assert_false(w.bad);							\
		r = rbuf_on(space, w.len);						\
		name##_get(&r, &got);							\
		assert_true(rbuf_done(&r));						\
		assert_memory_equal(&got, (m), sizeof(got));				\
		for (size_t cut_ = 0; cut_ < w.len; cut_++) {				\
			r = rbuf_on(space, cut_);					\
			name##_get(&r, &got);						\
			assert_false(rbuf_done(&r));					\
		}									\
		r = rbuf_on(space, w.len + 1);						\
		name##_get(&r, &got);							\
		assert_false(rbuf_done(&r));						\
	} while (0)

/* @m as it is written, with octet @at set to @value, is refused by the reader. */
#define REFUSED_WITH(name, m, at, value)						\
	do {										\
		struct name got;							\
		struct wbuf w = wbuf_on(space, sizeof(space));				\
		struct rbuf r;								\
											\
		name##_put(&w, (m));							\
		assert_false(w.bad);							\
		assert_true((size_t)(at) < w.len);					\
		space[at] = (value);							\
		r = rbuf_on(space, w.len);						\
		name##_get(&r, &got);							\
		assert_true(r.bad);							\
	} while (0)

#define NOT_WRITTEN(name, m)								\
	do {										\
		struct wbuf w = wbuf_on(space, sizeof(space));				\
											\
		name##_put(&w, (m));							\
		assert_true(w.bad);							\
	} while (0)

/* Structures with padding are zeroed whole, so that they can be compared whole. */
#define NEW(name) struct name m; memset(&m, 0, sizeof(m)); (void)state

static void leg_open(void **state)
{
	NEW(media_leg_open);
	m.leg = 0x1122334455667788;
	m.call = 17;
	strcpy(m.side, "outside");
	m.security = MEDIA_DTLS;
	m.two_ports = true;
	ROUND_TRIP(media_leg_open, &m);
	assert_memory_equal(space, "\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\0\0\0\0\x11\0\7outside\1\1", 27);
	REFUSED_WITH(media_leg_open, &m, 25, 2);	/* security */
	REFUSED_WITH(media_leg_open, &m, 26, 2);	/* truth value */
	REFUSED_WITH(media_leg_open, &m, 20, 0);	/* NUL in the side */
	m.leg = 0;
	REFUSED_WITH(media_leg_open, &m, 0, 0);
	m.leg = 1;
	m.side[0] = '\0';
	REFUSED_WITH(media_leg_open, &m, 0, 0);
}

static void leg_opened(void **state)
{
	NEW(media_leg_opened);
	m.leg = 1;
	m.rtp = at("192.0.2.1", 16384);
	ROUND_TRIP(media_leg_opened, &m);		/* plain, one port */
	m.rtcp = at("192.0.2.1", 16385);
	m.fingerprint = sha256(0xab);
	ROUND_TRIP(media_leg_opened, &m);
	m.rtcp = at("192.0.2.2", 16385);		/* of another address */
	REFUSED_WITH(media_leg_opened, &m, 0, 0);
	m.rtcp = at("192.0.2.1", 0);
	REFUSED_WITH(media_leg_opened, &m, 0, 0);
	memset(&m.rtcp, 0, sizeof(m.rtcp));
	memset(&m.rtp, 0, sizeof(m.rtp));
	REFUSED_WITH(media_leg_opened, &m, 0, 0);
}

static void leg_remote(void **state)
{
	NEW(media_leg_remote);
	m.leg = 2;
	m.rtp = at("2001:db8::9", 40000);
	m.rtcp = at("2001:db8::9", 40000);
	m.mux = true;
	m.role = MEDIA_DTLS_PASSIVE;
	m.early = true;
	m.assoc = 3;
	m.ask = 0x80000003;
	ROUND_TRIP(media_leg_remote, &m);
	REFUSED_WITH(media_leg_remote, &m, 8, 7);	/* no IP version */
	REFUSED_WITH(media_leg_remote, &m, 46, 2);	/* mux */
	REFUSED_WITH(media_leg_remote, &m, 47, 2);	/* early */
	REFUSED_WITH(media_leg_remote, &m, 48, 2);	/* role */
	REFUSED_WITH(media_leg_remote, &m, 29, 1);	/* RTCP port, though muxed */
	m.rtcp.port = 40001;
	NOT_WRITTEN(media_leg_remote, &m);
	m.mux = false;
	ROUND_TRIP(media_leg_remote, &m);
	m.rtp.port = 0;
	NOT_WRITTEN(media_leg_remote, &m);
	memset(&m.rtp, 0, sizeof(m.rtp));
	NOT_WRITTEN(media_leg_remote, &m);
}

static void leg_fingerprints(void **state)
{
	NEW(media_leg_fingerprints);
	m.leg = 3;
	m.ask = 9;
	m.verified = true;
	m.count = 2;
	m.fp[0] = sha256(1);
	strcpy(m.fp[1].alg, "sha3-256");	/* not known here, so of any length */
	m.fp[1].len = 64;
	memset(m.fp[1].digest, 2, 64);
	ROUND_TRIP(media_leg_fingerprints, &m);
	REFUSED_WITH(media_leg_fingerprints, &m, 13, 0);		/* none */
	REFUSED_WITH(media_leg_fingerprints, &m, 13, 9);		/* more than fit */
	REFUSED_WITH(media_leg_fingerprints, &m, 16, 'S');	/* upper case */
	m.fp[0].len = 31;
	NOT_WRITTEN(media_leg_fingerprints, &m);
	m.fp[0].len = 65;
	NOT_WRITTEN(media_leg_fingerprints, &m);
	m.fp[0] = sha256(1);
	m.fp[0].alg[0] = 'S';
	NOT_WRITTEN(media_leg_fingerprints, &m);
	m.count = 0;
	NOT_WRITTEN(media_leg_fingerprints, &m);
	m.count = MEDIA_MAX_FINGERPRINTS + 1;
	NOT_WRITTEN(media_leg_fingerprints, &m);
	m.count = MEDIA_MAX_FINGERPRINTS;
	for (unsigned int i = 0; i < m.count; i++)
		m.fp[i] = sha256((uint8_t)i);
	ROUND_TRIP(media_leg_fingerprints, &m);
}

static void leg_pair_and_close(void **state)
{
	struct media_leg_close c = { .leg = 9 };

	NEW(media_leg_pair);
	m.a = 4;
	m.b = 5;
	ROUND_TRIP(media_leg_pair, &m);
	REFUSED_WITH(media_leg_pair, &m, 15, 4);	/* with itself */
	REFUSED_WITH(media_leg_pair, &m, 15, 0);
	ROUND_TRIP(media_leg_close, &c);
	REFUSED_WITH(media_leg_close, &c, 7, 0);
}

static void leg_state(void **state)
{
	NEW(media_leg_state);
	m.leg = 6;
	m.state = MEDIA_STATE_OPEN;
	m.profile = SRTP_PROFILE_AEAD_AES_128_GCM;
	m.verified = true;
	m.rtp_session = 0xfffffffe;
	m.rtcp_session = 7;
	m.handshake_ms = 1234;
	ROUND_TRIP(media_leg_state, &m);
	REFUSED_WITH(media_leg_state, &m, 8, 4);
	REFUSED_WITH(media_leg_state, &m, 11, 2);
}

static void failures_and_readiness(void **state)
{
	struct media_stats stats = { 1, 2, 3, UINT64_MAX };
	struct media_ready ready;

	NEW(media_leg_failed);
	m.leg = 8;
	m.code = -ETIMEDOUT;
	strcpy(m.text, "no handshake in 10 s");
	ROUND_TRIP(media_leg_failed, &m);
	REFUSED_WITH(media_leg_failed, &m, 8, 0x10);	/* beyond every errno */
	m.code = 0;
	REFUSED_WITH(media_leg_failed, &m, 0, 0);

	memset(&ready, 0, sizeof(ready));
	ROUND_TRIP(media_stats, &stats);
	ROUND_TRIP(media_ready, &ready);
	ready.code = -ENODEV;
	memset(ready.text, 'x', sizeof(ready.text) - 1);
	ROUND_TRIP(media_ready, &ready);
	REFUSED_WITH(media_ready, &ready, 2, 1);	/* longer than there is */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leg_open),
		cmocka_unit_test(leg_opened),
		cmocka_unit_test(leg_remote),
		cmocka_unit_test(leg_fingerprints),
		cmocka_unit_test(leg_pair_and_close),
		cmocka_unit_test(leg_state),
		cmocka_unit_test(failures_and_readiness),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
