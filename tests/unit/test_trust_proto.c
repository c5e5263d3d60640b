// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between `sip` and `trust`: what is written is read, anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipc.h"
#include "trust_proto.h"

static uint8_t space[IPC_MAX];

/* Cut anywhere, or with one octet more, it is refused. */
#define ROUND_TRIP(name, m)								\
	do {										\
		static struct name got;							\
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

#define REFUSED(name, m)								\
	do {										\
		static struct name got;							\
		struct wbuf w = wbuf_on(space, sizeof(space));				\
		struct rbuf r;								\
											\
		name##_put(&w, (m));							\
		r = rbuf_on(space, w.len);						\
		name##_get(&r, &got);							\
		assert_true(w.bad || r.bad);						\
	} while (0)

static void questions(void **state)
{
	static struct trust_verify v = {
		.leg = 17, .call = 3, .ask = 1, .side = "outside", .far = "sip:bob@biloxi.example.org",
		.near = "sip:alice@atlanta.example.com", .len = TRUST_REQUEST_MAX,
	};
	static struct trust_verify bad;
	static struct trust_apply a = { .leg = 17, .ask = 2 };
	struct trust_close c = { .leg = 17 };

	(void)state;
	memset(v.request, 'x', v.len);
	ROUND_TRIP(trust_verify, &v);
	bad = v;
	bad.leg = 0;
	REFUSED(trust_verify, &bad);
	bad = v;
	bad.ask = 0;
	REFUSED(trust_verify, &bad);
	bad = v;
	bad.len = 0;
	REFUSED(trust_verify, &bad);
	bad.len = TRUST_REQUEST_MAX + 1;
	REFUSED(trust_verify, &bad);
	bad = v;
	bad.side[0] = '\0';
	REFUSED(trust_verify, &bad);
	ROUND_TRIP(trust_apply, &a);
	a.leg = 0;
	REFUSED(trust_apply, &a);
	ROUND_TRIP(trust_close, &c);
	c.leg = 0;
	REFUSED(trust_close, &c);
}

static void verdicts(void **state)
{
	static struct trust_verdict yes = { .leg = 17, .ask = 1, .verified = true,
				     .identity = "sip:bob@biloxi.example.org" };
	static struct trust_verdict no = { .leg = 17, .ask = 1, .code = 438,
				    .reason = "Invalid Identity Header", .text = "why" };
	struct trust_verdict bad;

	(void)state;
	ROUND_TRIP(trust_verdict, &yes);
	ROUND_TRIP(trust_verdict, &no);
	bad = no;
	bad.code = 200;
	REFUSED(trust_verdict, &bad);
	bad.code = 700;
	REFUSED(trust_verdict, &bad);
	bad = yes;
	bad.code = 438;			/* refused and verified */
	REFUSED(trust_verdict, &bad);
	bad = yes;
	bad.identity[0] = '\0';		/* nobody verified */
	REFUSED(trust_verdict, &bad);
	bad = no;
	strcpy(bad.identity, "sip:bob@biloxi.example.org");
	REFUSED(trust_verdict, &bad);
}

static void without_signature(void **state)
{
	static struct trust_unsigned u = {
		.side = "outside",
		.fp = { .leg = 17, .count = 1, .fp = { { .alg = "sha-256", .len = 32 } } },
	};

	(void)state;
	ROUND_TRIP(trust_unsigned, &u);
	u.fp.verified = true;		/* never by this message */
	REFUSED(trust_unsigned, &u);
	u.fp.verified = false;
	u.fp.count = 0;
	REFUSED(trust_unsigned, &u);
}

static void challenges(void **state)
{
	static struct trust_challenge c = {
		.ask = 9, .signer = "one", .method = "INVITE", .uri = "sip:bob@biloxi.example.org",
		.len = 12, .values = "Digest a\0b\0",
	};
	static struct trust_challenge bad;
	static struct trust_credentials a = { .ask = 9, .value = "Digest username=\"a\"" };

	(void)state;
	ROUND_TRIP(trust_challenge, &c);
	bad = c;
	bad.len = 8;			/* the last value does not end */
	REFUSED(trust_challenge, &bad);
	bad = c;
	bad.signer[0] = '\0';
	REFUSED(trust_challenge, &bad);
	ROUND_TRIP(trust_credentials, &a);
	a.value[0] = '\0';
	REFUSED(trust_credentials, &a);
	strcpy(a.text, "no such realm");
	memset(a.value, 0, sizeof(a.value));
	ROUND_TRIP(trust_credentials, &a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions), cmocka_unit_test(verdicts),
		cmocka_unit_test(without_signature), cmocka_unit_test(challenges),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
