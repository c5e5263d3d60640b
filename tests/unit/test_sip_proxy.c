// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The proxy core between a caller A and callees B and C, on the fake network under the
 * fake clock.  P is the proxy.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "sip_net.h"
#include "sip_proxy.h"

static struct snet_node a, p, b, c;
static struct sip_proxy proxy;
static struct sip_proxy_req *held;	/* when plan is HOLD */
static struct sip_ctrans *call;
static unsigned int gone, got_code;
static char got[4096];

/* what the proxy's user does with a request */
static enum { TO_B, TO_B_AND_C, B_THEN_C, FAILOVER, HOLD, REFUSE, NOWHERE, BY_ROUTE } plan;
static unsigned int refuse_outgoing;

/* what callees do */
struct callee {
	unsigned int code;	/* final answer, 0: none */
	unsigned int ring;	/* 1xx first, 0: none */
	struct sip_strans *st;
	char ruri[256];
	unsigned int requests, acks;
	char ack[4096];
};
static struct callee at_b, at_c;

static struct callee *callee_of(void *arg)
{
	return arg;
}

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct callee *x = arg;

	(void)cancel;
	x->st = NULL;
	sip_strans_reply_code(st, 487, NULL);
	sip_strans_release(st);
}

static const struct sip_strans_ops callee_ops = { .cancelled = on_cancelled };

static void answer(struct callee *x, unsigned int code)
{
	struct sip_msg *resp = sip_strans_response(x->st, code, NULL);

	if (code / 100 == 2)
		sip_msg_addf(resp, SIP_HDR_CONTACT, "<sip:callee@192.0.2.%c>",
			     x == &at_b ? '3' : '4');
	if (code == 401 || code == 407)
		sip_msg_addf(resp, code == 401 ? SIP_HDR_WWW_AUTHENTICATE :
			     SIP_HDR_PROXY_AUTHENTICATE, "Digest realm=\"%s\"",
			     x == &at_b ? "b" : "c");
	sip_strans_reply(x->st, resp);
	if (code >= 200) {
		sip_strans_release(x->st);
		x->st = NULL;
	}
}

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct callee *x = callee_of(arg);

	(void)from;
	x->requests++;
	snprintf(x->ruri, sizeof(x->ruri), "%s", req->ruri_text);
	x->st = st;
	sip_strans_set_ops(st, &callee_ops, x);
	if (x->ring)
		answer(x, x->ring);
	if (x->code)
		answer(x, x->code);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct callee *x = callee_of(arg);

	(void)from;
	x->acks++;
	snprintf(x->ack, sizeof(x->ack), "%s", ack->ruri_text);
}

static const struct sip_tu callee_tu = { .request = on_request, .ack = on_ack };

/* ---- the proxy's user ---------------------------------------------------------------------- */

static void add(struct sip_proxy_req *r, const struct snet_node *to, const char *uri, unsigned int q)
{
	struct sip_proxy_target t = { .uri = uri, .q = q, .nhops = 1 };

	assert_int_equal(sip_proxy_hop(&proxy, SIP_UDP, &to->addr, &t.hop[0]), 0);
	assert_int_equal(sip_proxy_target(r, &t), 0);
}

static void route(struct sip_proxy_req *r, void *arg)
{
	struct sip_proxy_target t = { .uri = "sip:x@b", .nhops = 2 };
	struct sip_uri u;
	struct addr to;

	(void)arg;
	/* what is in a dialog goes where it says */
	if (r->msg->method == SIP_ACK || r->msg->to_tag || plan == BY_ROUTE) {
		assert_int_equal(sip_proxy_next_hop(r, NULL, &u), 0);
		assert_int_equal(sip_uri_addr(&u, &to), 0);
		t = (struct sip_proxy_target){ .nhops = 1 };
		assert_int_equal(sip_proxy_hop(&proxy, SIP_UDP, &to, &t.hop[0]), 0);
		assert_int_equal(sip_proxy_target(r, &t), 0);
		sip_proxy_forward(r);
		return;
	}
	switch (plan) {
	case TO_B:
		add(r, &b, "sip:b@192.0.2.3", 0);
		break;
	case TO_B_AND_C:
		add(r, &b, "sip:b@192.0.2.3", 500);
		add(r, &c, "sip:c@192.0.2.4", 500);
		break;
	case B_THEN_C:
		add(r, &c, "sip:c@192.0.2.4", 100);
		add(r, &b, "sip:b@192.0.2.3", 900);
		break;
	case FAILOVER:
		t.hop[0] = snet_hop(&p, &b);
		t.hop[1] = snet_hop(&p, &c);
		assert_int_equal(sip_proxy_target(r, &t), 0);
		break;
	case HOLD:
		held = r;
		return;
	case REFUSE:
		sip_proxy_refuse(r, 403, "Not you");
		return;
	case NOWHERE:
	case BY_ROUTE:
		break;
	}
	sip_proxy_forward(r);
}

static unsigned int outgoing(struct sip_proxy_req *r, struct sip_msg *copy,
			     const struct sip_proxy_target *t, void *arg)
{
	(void)r;
	(void)t;
	(void)arg;
	if (refuse_outgoing)
		return refuse_outgoing;
	return sip_msg_set(copy, SIP_HDR_DATE, "Thu, 01 Jan 1970 00:00:00 GMT") ? 500 : 0;
}

static void on_gone(struct sip_proxy_req *r, void *arg)
{
	(void)arg;
	gone++;
	if (held == r)
		held = NULL;
}

static const struct sip_proxy_ops ops = { .request = route, .outgoing = outgoing, .gone = on_gone };

/* ---- the caller ------------------------------------------------------------------------------ */

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	got_code = resp->code;
	got[0] = '\0';
	for (unsigned int i = 0; i < resp->nhdr; i++) {
		strncat(got, resp->hdr[i].name, sizeof(got) - strlen(got) - 1);
		strncat(got, ": ", sizeof(got) - strlen(got) - 1);
		strncat(got, resp->hdr[i].value, sizeof(got) - strlen(got) - 1);
		strncat(got, "\n", sizeof(got) - strlen(got) - 1);
	}
	if (resp->code >= 200 && resp->method == SIP_INVITE && resp->code < 300) {
		struct sip_dialog *d = sip_dialog_uac(&a.dialogs, ct, resp, NULL, NULL);

		assert_non_null(d);
		assert_int_equal(sip_dialog_ack(d, &a.stack, NULL, NULL, 0), 0);
	}
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	(void)ct;
	(void)why;
	(void)arg;
	call = NULL;
}

static const struct sip_ctrans_ops caller_ops = { .response = on_response, .ended = on_ended };
static const struct sip_tu nobody_tu = { .request = on_request };

static void send_msg(struct sip_msg *m)
{
	const struct sip_hop hop = snet_hop(&a, &p);

	call = sip_ctrans_send(&a.stack, &hop, m, &caller_ops, NULL, NULL);
	assert_non_null(call);
}

static void ask(enum sip_method method, const char *call_id)
{
	send_msg(snet_request(&a, &p, method, call_id));
}

static struct sip_dialog *dialog(void)
{
	for (size_t i = 0; i < a.dialogs.table.nbuckets; i++)
		if (a.dialogs.table.bucket[i])
			return hash_entry(a.dialogs.table.bucket[i], struct sip_dialog, node);
	return NULL;
}

static int setup(void **state)
{
	static const struct sip_proxy_conf conf = { .record_route = true, .supported = "foo" };
	static struct sip_timers timers;

	(void)state;
	timers = sip_timers_default;
	timers.trying = 0;
	snet_start();
	memset(&proxy, 0, sizeof(proxy));
	memset(&at_b, 0, sizeof(at_b));
	memset(&at_c, 0, sizeof(at_c));
	snet_add(&a, 'A', "192.0.2.1", NULL, NULL, &nobody_tu, NULL);
	snet_add(&p, 'P', "192.0.2.2", &timers, NULL, &sip_proxy_tu, &proxy);
	snet_add(&b, 'B', "192.0.2.3", NULL, NULL, &callee_tu, &at_b);
	snet_add(&c, 'C', "192.0.2.4", NULL, NULL, &callee_tu, &at_c);
	sip_proxy_init(&proxy, &p.stack, &conf, &ops, NULL);
	gone = got_code = refuse_outgoing = 0;
	held = NULL;
	call = NULL;
	plan = TO_B;
	return 0;
}

static int teardown(void **state)
{
	struct sip_dialog *d;

	(void)state;
	while ((d = dialog()))
		sip_dialog_free(d);
	sip_proxy_fini(&proxy);
	assert_int_equal(proxy.stats.now, 0);
	snet_remove(&a);
	snet_remove(&p);
	snet_remove(&b);
	snet_remove(&c);
	snet_stop();
	return 0;
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_call_through(void **state)
{
	const char *invite;

	(void)state;
	at_b.ring = 180;
	at_b.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(0);
	snet_expect("0 A>P INVITE\n0 P>B INVITE\n0 P>A 100 INVITE\n0 B>P 180 INVITE\n"
		    "0 B>P 200 INVITE\n0 P>A 180 INVITE\n0 P>A 200 INVITE\n0 A>P ACK\n0 P>B ACK\n");
	invite = snet_last("P>B INVITE");
	assert_non_null(strstr(invite, "INVITE sip:b@192.0.2.3 SIP/2.0\r\n"));
	assert_non_null(strstr(invite, "\r\nRecord-Route: <sip:192.0.2.2:5060;lr>\r\n"));
	assert_non_null(strstr(invite, "\r\nMax-Forwards: 69\r\n"));
	assert_non_null(strstr(invite, "\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
	assert_memory_equal(strstr(invite, "\r\nVia: ") + 2,
			    "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK", 46);
	/* the answer came back with A's Via alone, and the ACK went by the Record-Route */
	assert_null(strstr(snet_last("P>A 200"), "192.0.2.2:5060;branch"));
	assert_string_equal(at_b.ack, "sip:callee@192.0.2.3");
	assert_null(strstr(snet_last("P>B ACK"), "\r\nRoute:"));
	assert_int_equal(at_b.acks, 1);
	/* all of it is forgotten when the machines have ended */
	snet_run(40000);
	assert_int_equal(gone, 2);
	assert_int_equal(proxy.stats.now, 0);
}

static void test_bye_by_route(void **state)
{
	struct sip_dialog *d;
	struct sip_msg *bye;

	(void)state;
	ask(SIP_INVITE, "x");
	snet_run(0);
	answer(&at_b, 200);
	snet_run(100);
	assert_int_equal(at_b.acks, 1);
	d = dialog();
	at_b.code = 200;
	bye = sip_dialog_request(d, SIP_BYE);
	assert_non_null(sip_dialog_send(d, &a.stack, bye, NULL, NULL, NULL));
	snet_run(0);
	assert_int_equal(at_b.requests, 2);
	assert_non_null(strstr(snet_last("P>B BYE"), "BYE sip:callee@192.0.2.3 SIP/2.0\r\n"));
	assert_null(strstr(snet_last("P>B BYE"), "Record-Route"));
}

static void test_lost_messages(void **state)
{
	(void)state;
	snet_plan("P>B INVITE", 1, SNET_LOSE, 0);
	snet_plan("P>A 486", 1, SNET_LOSE, 0);
	at_b.code = 486;
	ask(SIP_INVITE, "x");
	snet_run(2000);
	snet_expect("0 A>P INVITE\n0 P>B INVITE lost\n0 P>A 100 INVITE\n500 P>B INVITE\n"
		    "500 B>P 486 INVITE\n500 P>B ACK\n500 P>A 486 INVITE lost\n"
		    "1000 P>A 486 INVITE\n1000 A>P ACK\n");
	assert_int_equal(got_code, 486);
}

static void test_repeated_2xx_goes_through(void **state)
{
	(void)state;
	snet_plan("B>P 200", 1, SNET_REPEAT, 0);
	at_b.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(0);
	snet_expect("0 A>P INVITE\n0 P>B INVITE\n0 P>A 100 INVITE\n0 B>P 200 INVITE\n"
		    "0 P>A 200 INVITE\n0 P>A 200 INVITE\n0 A>P ACK\n0 A>P ACK\n"
		    "0 P>B ACK\n0 P>B ACK\n");
}

static void test_max_forwards(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_OPTIONS, "x");

	(void)state;
	sip_msg_set(m, SIP_HDR_MAX_FORWARDS, "0");
	send_msg(m);
	snet_run(0);
	assert_int_equal(got_code, 483);
	assert_int_equal(proxy.stats.too_many_hops, 1);
	m = snet_request(&a, &p, SIP_OPTIONS, "y");
	sip_msg_remove(m, SIP_HDR_MAX_FORWARDS);
	at_b.code = 200;
	send_msg(m);
	snet_run(0);
	assert_int_equal(got_code, 200);
	assert_non_null(strstr(snet_last("P>B OPTIONS"), "\r\nMax-Forwards: 70\r\n"));
}

static void test_proxy_require(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_INVITE, "x");

	(void)state;
	sip_msg_add_named(m, "Proxy-Require", "foo, bar");
	sip_msg_add_named(m, "Proxy-Require", "baz");
	send_msg(m);
	snet_run(0);
	assert_int_equal(got_code, 420);
	assert_non_null(strstr(got, "Unsupported: bar, baz\n"));
	assert_int_equal(at_b.requests, 0);
}

static void test_scheme(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_INVITE, "x");

	(void)state;
	sip_msg_set_ruri(m, "tel:+15551234");
	send_msg(m);
	snet_run(0);
	assert_int_equal(got_code, 416);
}

/* P forwards to itself: by the same URI it is a loop, by another one a spiral. */
static void test_loop(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_OPTIONS, "x");
	const struct sip_hop self = { .proto = SIP_UDP, .remote = p.addr };
	struct sip_proxy_target t = { .nhops = 1 };

	(void)state;
	plan = HOLD;
	send_msg(m);
	snet_run(0);
	t.hop[0] = self;
	t.uri = "sip:other@192.0.2.2:5060";
	assert_int_equal(sip_proxy_target(held, &t), 0);
	sip_proxy_forward(held);
	snet_run(0);
	/* it came back as a spiral; now back to where it began */
	assert_non_null(held);
	assert_int_equal(proxy.stats.loops, 0);
	t.uri = "sip:to@192.0.2.2:5060";
	assert_int_equal(sip_proxy_target(held, &t), 0);
	sip_proxy_forward(held);
	snet_run(0);
	assert_int_equal(got_code, 482);
	assert_int_equal(proxy.stats.loops, 1);
}

static void test_refused_by_user(void **state)
{
	(void)state;
	plan = REFUSE;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 403);
	assert_non_null(strstr(snet_last("P>A 403"), "SIP/2.0 403 Not you\r\n"));
	assert_int_equal(gone, 1);
}

static void test_no_target(void **state)
{
	(void)state;
	plan = NOWHERE;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 480);
}

static void test_outgoing_refuses(void **state)
{
	(void)state;
	refuse_outgoing = 428;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 428);
	assert_int_equal(at_b.requests, 0);
}

static void test_cancel(void **state)
{
	(void)state;
	at_b.ring = 180;
	ask(SIP_INVITE, "x");
	snet_run(1000);
	assert_int_equal(got_code, 180);
	assert_int_equal(sip_ctrans_cancel(call, "SIP ;cause=200"), 0);
	snet_run(0);
	snet_expect("0 A>P INVITE\n0 P>B INVITE\n0 P>A 100 INVITE\n0 B>P 180 INVITE\n"
		    "0 P>A 180 INVITE\n"
		    "1000 A>P CANCEL\n1000 P>A 200 CANCEL\n1000 P>B CANCEL\n"
		    "1000 B>P 200 CANCEL\n1000 B>P 487 INVITE\n1000 P>B ACK\n"
		    "1000 P>A 487 INVITE\n1000 A>P ACK\n");
	assert_non_null(strstr(snet_last("P>B CANCEL"), "\r\nReason: SIP ;cause=200\r\n"));
	assert_int_equal(got_code, 487);
}

static void test_cancel_while_looking(void **state)
{
	(void)state;
	plan = HOLD;
	ask(SIP_INVITE, "x");
	snet_run(1000);
	assert_int_equal(sip_ctrans_cancel(call, NULL), 0);
	snet_run(0);
	assert_int_equal(got_code, 487);
	assert_non_null(held);
	add(held, &b, NULL, 0);
	sip_proxy_forward(held);
	snet_run(0);
	assert_int_equal(at_b.requests, 0);
	assert_int_equal(gone, 1);
}

/* The callee picks up while CANCEL is under way: the 2xx wins. */
static void test_cancel_crosses_2xx(void **state)
{
	(void)state;
	at_b.ring = 180;
	ask(SIP_INVITE, "x");
	snet_run(1000);
	snet_plan("P>B CANCEL", 1, SNET_DELAY, 10);
	sip_ctrans_cancel(call, NULL);
	answer(&at_b, 200);
	snet_run(100);
	assert_int_equal(got_code, 200);
	assert_int_equal(at_b.acks, 1);
}

static void test_parallel_fork(void **state)
{
	(void)state;
	plan = TO_B_AND_C;
	at_b.ring = 180;
	at_c.ring = 183;
	ask(SIP_INVITE, "x");
	snet_run(500);
	answer(&at_c, 200);
	snet_run(0);
	snet_expect("0 A>P INVITE\n0 P>B INVITE\n0 P>C INVITE\n0 P>A 100 INVITE\n"
		    "0 B>P 180 INVITE\n0 C>P 183 INVITE\n0 P>A 180 INVITE\n0 P>A 183 INVITE\n"
		    "500 C>P 200 INVITE\n500 P>A 200 INVITE\n500 P>B CANCEL\n500 A>P ACK\n"
		    "500 B>P 200 CANCEL\n500 B>P 487 INVITE\n500 P>C ACK\n500 P>B ACK\n");
	assert_int_equal(got_code, 200);
}

static void test_best_response(void **state)
{
	static const struct {
		unsigned int b, c, best;
	} rows[] = {
		{ 486, 404, 486 },	/* one class: the first */
		{ 503, 404, 404 },
		{ 404, 500, 404 },	/* the lower class */
		{ 302, 404, 302 },
		{ 404, 407, 407 },	/* tells how to ask again */
		{ 404, 484, 484 },
		{ 503, 503, 500 },	/* it is not the proxy that is overloaded */
		{ 404, 603, 603 },
		{ 603, 404, 603 },
	};
	char call_id[16];

	(void)state;
	plan = TO_B_AND_C;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		at_b.code = rows[i].b;
		at_c.code = rows[i].c;
		snprintf(call_id, sizeof(call_id), "%zu", i);
		got_code = 0;
		ask(SIP_INVITE, call_id);
		snet_run(100);
		if (got_code != rows[i].best)
			fail_msg("%u and %u gave %u", rows[i].b, rows[i].c, got_code);
	}
}

static void test_challenges_are_gathered(void **state)
{
	(void)state;
	plan = TO_B_AND_C;
	at_b.code = 401;
	at_c.code = 407;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 401);
	assert_non_null(strstr(got, "WWW-Authenticate: Digest realm=\"b\"\n"));
	assert_non_null(strstr(got, "Proxy-Authenticate: Digest realm=\"c\"\n"));
}

static void test_sequential_fork(void **state)
{
	(void)state;
	plan = B_THEN_C;
	at_b.code = 486;
	at_c.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 200);
	assert_int_equal(at_b.requests, 1);
	assert_string_equal(at_c.ruri, "sip:c@192.0.2.4");
}

/* After a 6xx nobody else is asked. */
static void test_global_failure_ends(void **state)
{
	(void)state;
	plan = B_THEN_C;
	at_b.code = 603;
	at_c.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 603);
	assert_int_equal(at_c.requests, 0);
}

static void test_failover_on_timeout(void **state)
{
	(void)state;
	plan = FAILOVER;
	snet_plan("P>B", 100, SNET_LOSE, 0);
	at_c.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(31999);
	assert_int_equal(at_c.requests, 0);
	snet_run(1);
	assert_int_equal(at_c.requests, 1);
	assert_int_equal(got_code, 200);
	assert_int_equal(proxy.stats.failovers, 1);
}

static void test_failover_on_503(void **state)
{
	(void)state;
	plan = FAILOVER;
	at_b.code = 503;
	at_c.code = 200;
	ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 200);
	assert_int_equal(at_b.requests, 1);
	assert_int_equal(at_c.requests, 1);
}

static void test_failover_on_transport_error(void **state)
{
	(void)state;
	plan = HOLD;
	at_c.code = 200;
	ask(SIP_OPTIONS, "x");
	snet_run(0);
	{
		struct sip_proxy_target t = { .nhops = 2 };

		/* a side that is not there */
		t.hop[0] = (struct sip_hop){ .side = 5, .remote = b.addr };
		t.hop[1] = snet_hop(&p, &c);
		assert_int_equal(sip_proxy_target(held, &t), 0);
	}
	sip_proxy_forward(held);
	snet_run(0);
	assert_int_equal(got_code, 200);
}

static void test_nobody_answers(void **state)
{
	(void)state;
	snet_plan("P>B", 100, SNET_LOSE, 0);
	ask(SIP_INVITE, "x");
	snet_run(32000);
	assert_int_equal(got_code, 408);
}

static void test_timer_c(void **state)
{
	(void)state;
	at_b.ring = 180;
	ask(SIP_INVITE, "x");
	snet_run(100000);
	answer(&at_b, 183);
	snet_run(184999);
	assert_non_null(at_b.st);
	snet_run(1);
	assert_null(at_b.st);
	assert_int_equal(got_code, 487);
	assert_int_equal(clock_now(), 285000);
}

/* A strict router upstream put our Record-Route into the Request-URI (section 16.4). */
static void test_after_strict_router(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_OPTIONS, "x");

	(void)state;
	plan = BY_ROUTE;
	at_b.code = 200;
	sip_msg_set_ruri(m, "sip:192.0.2.2:5060;lr");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.3;lr>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:callee@192.0.2.99>");
	send_msg(m);
	snet_run(0);
	assert_string_equal(at_b.ruri, "sip:callee@192.0.2.99");
	assert_non_null(strstr(snet_last("P>B OPTIONS"), "\r\nRoute: <sip:192.0.2.3;lr>\r\n"));
}

/* A strict router downstream (section 16.6 step 6). */
static void test_before_strict_router(void **state)
{
	struct sip_msg *m = snet_request(&a, &p, SIP_OPTIONS, "x");

	(void)state;
	plan = BY_ROUTE;
	at_b.code = 200;
	sip_msg_set_ruri(m, "sip:callee@192.0.2.99");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.2:5060;lr>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.3>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.77;lr>");
	send_msg(m);
	snet_run(0);
	assert_string_equal(at_b.ruri, "sip:192.0.2.3");
	assert_non_null(strstr(snet_last("P>B OPTIONS"),
			       "\r\nRoute: <sip:192.0.2.77;lr>\r\n"));
	assert_non_null(strstr(snet_last("P>B OPTIONS"),
			       "\r\nRoute: <sip:callee@192.0.2.99>\r\n"));
}

/* What the proxy does not have to change stays as it came, octet for octet. */
static void test_untouched(void **state)
{
	static const char identity[] =
		"eyJhbGciOiJFUzI1NiJ9.eyJkZXN0Ijp7fX0.c2ln;info=<https://c.example/x.cer>;ppt=\"a,b\"";
	struct sip_msg *m = snet_request(&a, &p, SIP_UPDATE, "x");
	char line[256];

	(void)state;
	at_b.code = 200;
	sip_msg_add_named(m, "y", identity);
	sip_msg_add_named(m, "X-ThinG", "a ,\tb;c=\"\\\"\"");
	sip_msg_set_body(m, "application/sdp", "v=0\r\n\r\nodd \xff octets\n", 20);
	send_msg(m);
	snet_run(0);
	snprintf(line, sizeof(line), "\r\ny: %s\r\n", identity);
	assert_non_null(strstr(snet_last("P>B UPDATE"), line));
	assert_non_null(strstr(snet_last("P>B UPDATE"), "\r\nX-ThinG: a ,\tb;c=\"\\\"\"\r\n"));
	assert_non_null(strstr(snet_last("P>B UPDATE"), "\r\n\r\nv=0\r\n\r\nodd \xff octets"));
}

static void test_end_with_requests_under_way(void **state)
{
	(void)state;
	plan = TO_B_AND_C;
	at_b.ring = 180;
	ask(SIP_INVITE, "x");
	plan = HOLD;
	ask(SIP_OPTIONS, "y");
	snet_run(0);
	assert_int_equal(proxy.stats.now, 1 + (held != NULL));
	sip_proxy_fini(&proxy);
	assert_int_equal(proxy.stats.now, 0);
}

static int loop_up(void **state)
{
	(void)state;
	return loop_init(NULL);
}

static int loop_down(void **state)
{
	(void)state;
	loop_fini();
	return 0;
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_call_through),
		T(test_bye_by_route),
		T(test_lost_messages),
		T(test_repeated_2xx_goes_through),
		T(test_max_forwards),
		T(test_proxy_require),
		T(test_scheme),
		T(test_loop),
		T(test_refused_by_user),
		T(test_no_target),
		T(test_outgoing_refuses),
		T(test_cancel),
		T(test_cancel_while_looking),
		T(test_cancel_crosses_2xx),
		T(test_parallel_fork),
		T(test_best_response),
		T(test_challenges_are_gathered),
		T(test_sequential_fork),
		T(test_global_failure_ends),
		T(test_failover_on_timeout),
		T(test_failover_on_503),
		T(test_failover_on_transport_error),
		T(test_nobody_answers),
		T(test_timer_c),
		T(test_after_strict_router),
		T(test_before_strict_router),
		T(test_untouched),
		T(test_end_with_requests_under_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
