// SPDX-License-Identifier: GPL-2.0-or-later
/* What a proxy checks, changes and leaves alone in a request. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "proxy_world.h"

static void test_call_through(void **state)
{
	const char *invite;

	(void)state;
	at_b.ring = 180;
	at_b.code = 200;
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
	snet_run(0);
	pw_answer(&at_b, 200);
	snet_run(100);
	assert_int_equal(at_b.acks, 1);
	d = pw_dialog();
	at_b.code = 200;
	bye = sip_dialog_request(d, SIP_BYE);
	assert_non_null(sip_dialog_send(d, &node_a.stack, bye, NULL, NULL, NULL));
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
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
	snet_run(0);
	snet_expect("0 A>P INVITE\n0 P>B INVITE\n0 P>A 100 INVITE\n0 B>P 200 INVITE\n"
		    "0 P>A 200 INVITE\n0 P>A 200 INVITE\n0 A>P ACK\n0 A>P ACK\n"
		    "0 P>B ACK\n0 P>B ACK\n");
}

static void test_max_forwards(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_OPTIONS, "x");

	(void)state;
	sip_msg_set(m, SIP_HDR_MAX_FORWARDS, "0");
	pw_send(m);
	snet_run(0);
	assert_int_equal(got_code, 483);
	assert_int_equal(proxy.stats.too_many_hops, 1);
	m = snet_request(&node_a, &node_p, SIP_OPTIONS, "y");
	sip_msg_remove(m, SIP_HDR_MAX_FORWARDS);
	at_b.code = 200;
	pw_send(m);
	snet_run(0);
	assert_int_equal(got_code, 200);
	assert_non_null(strstr(snet_last("P>B OPTIONS"), "\r\nMax-Forwards: 70\r\n"));
}

static void test_proxy_require(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_INVITE, "x");

	(void)state;
	sip_msg_add_named(m, "Proxy-Require", "foo, bar");
	sip_msg_add_named(m, "Proxy-Require", "baz");
	pw_send(m);
	snet_run(0);
	assert_int_equal(got_code, 420);
	assert_non_null(strstr(got, "Unsupported: bar, baz\n"));
	assert_int_equal(at_b.requests, 0);
}

static void test_scheme(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_INVITE, "x");

	(void)state;
	sip_msg_set_ruri(m, "tel:+15551234");
	pw_send(m);
	snet_run(0);
	assert_int_equal(got_code, 416);
}

/* P forwards to itself: by the same URI it is a loop, by another one a spiral. */
static void test_loop(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_OPTIONS, "x");
	const struct sip_hop self = { .proto = SIP_UDP, .remote = node_p.addr };
	struct sip_proxy_target t = { .nhops = 1 };

	(void)state;
	plan = HOLD;
	pw_send(m);
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
	pw_ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 403);
	assert_non_null(strstr(snet_last("P>A 403"), "SIP/2.0 403 Not you\r\n"));
	assert_int_equal(gone, 1);
}

static void test_no_target(void **state)
{
	(void)state;
	plan = NOWHERE;
	pw_ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 480);
}

static void test_outgoing_refuses(void **state)
{
	(void)state;
	refuse_outgoing = 428;
	pw_ask(SIP_INVITE, "x");
	snet_run(0);
	assert_int_equal(got_code, 428);
	assert_int_equal(at_b.requests, 0);
}

/* A strict router upstream put our Record-Route into the Request-URI (section 16.4). */
static void test_after_strict_router(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_OPTIONS, "x");

	(void)state;
	plan = BY_ROUTE;
	at_b.code = 200;
	sip_msg_set_ruri(m, "sip:192.0.2.2:5060;lr");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.3;lr>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:callee@192.0.2.99>");
	pw_send(m);
	snet_run(0);
	assert_string_equal(at_b.ruri, "sip:callee@192.0.2.99");
	assert_non_null(strstr(snet_last("P>B OPTIONS"), "\r\nRoute: <sip:192.0.2.3;lr>\r\n"));
}

/* A strict router downstream (section 16.6 step 6). */
static void test_before_strict_router(void **state)
{
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_OPTIONS, "x");

	(void)state;
	plan = BY_ROUTE;
	at_b.code = 200;
	sip_msg_set_ruri(m, "sip:callee@192.0.2.99");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.2:5060;lr>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.3>");
	sip_msg_add(m, SIP_HDR_ROUTE, "<sip:192.0.2.77;lr>");
	pw_send(m);
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
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_UPDATE, "x");
	char line[256];

	(void)state;
	at_b.code = 200;
	sip_msg_add_named(m, "y", identity);
	sip_msg_add_named(m, "X-ThinG", "a ,\tb;c=\"\\\"\"");
	sip_msg_set_body(m, "application/sdp", "v=0\r\n\r\nodd \xff octets\n", 20);
	pw_send(m);
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
	pw_ask(SIP_INVITE, "x");
	plan = HOLD;
	pw_ask(SIP_OPTIONS, "y");
	snet_run(0);
	assert_int_equal(proxy.stats.now, 1 + (held != NULL));
	sip_proxy_fini(&proxy);
	assert_int_equal(proxy.stats.now, 0);
}

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
		T(test_after_strict_router),
		T(test_before_strict_router),
		T(test_untouched),
		T(test_end_with_requests_under_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, pw_loop_up, pw_loop_down);
}
