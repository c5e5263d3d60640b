// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets, failures, the best response, CANCEL and timer C. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "proxy_world.h"

static void test_cancel(void **state)
{
	(void)state;
	at_b.ring = 180;
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
	snet_run(1000);
	assert_int_equal(sip_ctrans_cancel(call, NULL), 0);
	snet_run(0);
	assert_int_equal(got_code, 487);
	assert_non_null(held);
	pw_add(held, &node_b, NULL, 0);
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
	pw_ask(SIP_INVITE, "x");
	snet_run(1000);
	snet_plan("P>B CANCEL", 1, SNET_DELAY, 10);
	sip_ctrans_cancel(call, NULL);
	pw_answer(&at_b, 200);
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
	pw_ask(SIP_INVITE, "x");
	snet_run(500);
	pw_answer(&at_c, 200);
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
		pw_ask(SIP_INVITE, call_id);
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
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_INVITE, "x");
	snet_run(31999);
	assert_int_equal(at_c.requests, 0);
	snet_run(1);
	assert_int_equal(at_c.requests, 1);
	assert_int_equal(got_code, 200);
	assert_int_equal(proxy.stats.failovers, 1);
}

/* With a time set, a silent server costs that and no more. */
static void test_failover_on_silence(void **state)
{
	(void)state;
	plan = FAILOVER;
	proxy.conf.hop_timeout = 1000;
	snet_plan("P>B", 100, SNET_LOSE, 0);
	at_c.ring = 180;
	pw_ask(SIP_INVITE, "x");
	snet_run(999);
	assert_int_equal(at_c.requests, 0);
	snet_run(1);
	assert_int_equal(got_code, 180);
	pw_answer(&at_c, 486);
	snet_run(0);
	/* and does not hold up the answer of the other one */
	assert_int_equal(got_code, 486);
	snet_run(64000);
	assert_int_equal(proxy.stats.now, 0);
}

/* The server was only slow: it is cancelled when it speaks. */
static void test_slow_server_is_cancelled(void **state)
{
	(void)state;
	plan = FAILOVER;
	proxy.conf.hop_timeout = 1000;
	snet_plan("P>B INVITE", 3, SNET_DELAY, 1200);
	at_b.ring = at_c.ring = 180;
	pw_ask(SIP_INVITE, "x");
	snet_run(1100);
	assert_non_null(at_c.st);
	snet_run(200);
	assert_int_equal(at_b.requests, 1);
	assert_null(at_b.st);		/* CANCEL came */
	pw_answer(&at_c, 200);
	snet_run(0);
	assert_int_equal(got_code, 200);
	assert_int_equal(at_c.acks, 1);
}

/* The last server of a target has all the time there is. */
static void test_last_server_is_waited_for(void **state)
{
	(void)state;
	plan = TO_B;
	proxy.conf.hop_timeout = 1000;
	snet_plan("B>P", 100, SNET_LOSE, 0);
	pw_ask(SIP_INVITE, "x");
	snet_run(31000);
	assert_int_equal(got_code, 100);
	snet_run(1000);
	assert_int_equal(got_code, 408);
}

static void test_failover_on_503(void **state)
{
	(void)state;
	plan = FAILOVER;
	at_b.code = 503;
	at_c.code = 200;
	pw_ask(SIP_INVITE, "x");
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
	pw_ask(SIP_OPTIONS, "x");
	snet_run(0);
	{
		struct sip_proxy_target t = { .nhops = 2 };

		/* a side that is not there */
		t.hop[0] = (struct sip_hop){ .side = 5, .remote = node_b.addr };
		t.hop[1] = snet_hop(&node_p, &node_c);
		assert_int_equal(sip_proxy_target(held, &t), 0);
	}
	sip_proxy_forward(held);
	snet_run(0);
	assert_int_equal(got_code, 200);
}

static int tcp_result, tcp_sent;

static int tcp_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	(void)side;
	(void)to;
	(void)len;
	assert_non_null(strstr(data, "\r\nVia: SIP/2.0/TCP 192.0.2.2:5060;"));
	tcp_sent++;
	return tcp_result;
}

static void large_request(size_t octets, int result)
{
	static const struct sip_side_ops tcp = {
		.proto = SIP_TCP, .reliable = true, .send = tcp_send,
	};
	static char body[2000];
	struct sip_msg *m = snet_request(&node_a, &node_p, SIP_INVITE, "x");

	memset(body, 'x', sizeof(body));
	tcp_sent = 0;
	tcp_result = result;
	assert_int_equal(sip_transp_add(&node_p.stack.transp, &tcp, &node_p.addr, NULL, NULL), 1);
	sip_msg_set_body(m, "text/plain", body, octets);
	pw_send(m);
	snet_run(0);
}

static void test_large_by_tcp(void **state)
{
	(void)state;
	large_request(2000, 0);
	snet_run(31000);
	assert_int_equal(tcp_sent, 1);
	assert_int_equal(at_b.requests, 0);
}

static void test_large_by_udp_without_tcp(void **state)
{
	(void)state;
	at_b.code = 200;
	large_request(2000, -ECONNREFUSED);
	assert_int_equal(tcp_sent, 1);
	assert_int_equal(at_b.requests, 1);
	assert_int_equal(got_code, 200);
}

static void test_small_by_udp(void **state)
{
	(void)state;
	at_b.code = 200;
	large_request(600, 0);
	assert_int_equal(tcp_sent, 0);
	assert_int_equal(got_code, 200);
}

static void test_nobody_answers(void **state)
{
	(void)state;
	snet_plan("P>B", 100, SNET_LOSE, 0);
	pw_ask(SIP_INVITE, "x");
	snet_run(32000);
	assert_int_equal(got_code, 408);
}

static void test_timer_c(void **state)
{
	(void)state;
	at_b.ring = 180;
	pw_ask(SIP_INVITE, "x");
	snet_run(100000);
	pw_answer(&at_b, 183);
	snet_run(184999);
	assert_non_null(at_b.st);
	snet_run(1);
	assert_null(at_b.st);
	assert_int_equal(got_code, 487);
	assert_int_equal(clock_now(), 285000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_cancel),
		T(test_cancel_while_looking),
		T(test_cancel_crosses_2xx),
		T(test_parallel_fork),
		T(test_best_response),
		T(test_challenges_are_gathered),
		T(test_sequential_fork),
		T(test_global_failure_ends),
		T(test_failover_on_timeout),
		T(test_failover_on_silence),
		T(test_slow_server_is_cancelled),
		T(test_last_server_is_waited_for),
		T(test_failover_on_503),
		T(test_failover_on_transport_error),
		T(test_large_by_tcp),
		T(test_large_by_udp_without_tcp),
		T(test_small_by_udp),
		T(test_nobody_answers),
		T(test_timer_c),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, pw_loop_up, pw_loop_down);
}
