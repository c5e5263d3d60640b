// SPDX-License-Identifier: GPL-2.0-or-later
/* Client transactions: every timer to the millisecond, every state, CANCEL. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "sip_net.h"

#define PEER "192.0.2.9"

static struct snet_node a;
static struct sip_ctrans *ct;

static void on_response(struct sip_ctrans *t, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	(void)t;
	(void)from;
	snet_note("tu%s %u", arg ? (const char *)arg : "", resp->code);
}

static void on_ended(struct sip_ctrans *t, enum sip_failure why, void *arg)
{
	static const char *const names[] = { "well", "timeout", "transport" };

	(void)arg;
	snet_note("ended %s", names[why]);
	if (t == ct)
		ct = NULL;
}

static const struct sip_ctrans_ops ops = { .response = on_response, .ended = on_ended };

static void no_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	(void)req;
	(void)from;
	(void)arg;
	sip_strans_release(st);
}

static void on_stray(const struct sip_msg *resp, const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	snet_note("stray %u", resp->code);
}

static const struct sip_tu tu = { .request = no_request, .stray_2xx = on_stray };

static void send_request(enum sip_method method)
{
	struct sip_hop hop = { .proto = SIP_UDP };
	struct snet_node peer = { 0 };

	addr_parse(&peer.addr, PEER, 5060);
	hop.remote = peer.addr;
	ct = sip_ctrans_send(&a.stack, &hop, snet_request(&a, &peer, method, "c1"), &ops, NULL, NULL);
	assert_non_null(ct);
}

/* the peer answers the latest message of this kind */
static void respond(const char *label, unsigned int code, const char *tag)
{
	const char *text = snet_last(label);
	static uint8_t octets[4096];
	struct wbuf w = wbuf_on(octets, sizeof(octets));
	struct sip_msg *req, *resp;
	unsigned int refusal;

	assert_int_equal(sip_msg_parse(&req, text, strlen(text), &refusal, NULL), 0);
	resp = sip_msg_response(req, code, NULL, tag);
	assert_non_null(resp);
	sip_msg_write(resp, &w);
	snet_inject(&a, PEER, 5060, octets, w.len);
	sip_msg_free(resp);
	sip_msg_free(req);
}

static int setup(void **state)
{
	(void)state;
	snet_start();
	snet_add(&a, 'A', "192.0.2.1", NULL, NULL, &tu, NULL);
	ct = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snet_remove(&a);
	snet_stop();
	return 0;
}

/* ---- INVITE ---------------------------------------------------------------------------- */

static void invite_timers_a_and_b(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	snet_run(40000);
	snet_expect("0 A>? INVITE\n"
		   "500 A>? INVITE\n"
		   "1500 A>? INVITE\n"
		   "3500 A>? INVITE\n"
		   "7500 A>? INVITE\n"
		   "15500 A>? INVITE\n"
		   "31500 A>? INVITE\n"
		   "32000 ended timeout\n");
	assert_int_equal(a.stack.stats.ctrans_timeouts, 1);
	assert_int_equal(a.stack.stats.ctrans_now, 0);
}

static void invite_rings_without_end(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	snet_run(600);
	respond("A>? INVITE", 100, NULL);
	respond("A>? INVITE", 180, "t");
	snet_run(3600000);
	respond("A>? INVITE", 180, "t");
	snet_expect("0 A>? INVITE\n500 A>? INVITE\n600 tu 100\n600 tu 180\n3600600 tu 180\n");
	sip_ctrans_release(ct);
}

static void invite_refused_timer_d(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	snet_run(100);
	respond("A>? INVITE", 486, "t");
	snet_run(1000);
	respond("A>? INVITE", 486, "t");	/* our ACK was lost */
	respond("A>? INVITE", 180, "t");	/* late: nothing */
	respond("A>? INVITE", 200, "t");	/* wrong now: nothing */
	snet_run(40000);
	respond("A>? INVITE", 486, "t");
	snet_run(100);
	snet_expect("0 A>? INVITE\n"
		   "100 A>? ACK\n"
		   "100 tu 486\n"
		   "1100 A>? ACK\n"
		   "32100 ended well\n");
	assert_int_equal(a.stack.stats.stray_responses, 1);
}

/* RFC 3261 section 17.1.1.3, and that it is exactly what is asked */
static void ack_of_a_refusal(void **state)
{
	char want[1024];

	(void)state;
	send_request(SIP_INVITE);
	respond("A>? INVITE", 404, "t99");
	snprintf(want, sizeof(want),
		 "ACK sip:to@" PEER ":5060 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=%s;rport\r\n"
		 "Max-Forwards: 70\r\n"
		 "From: \"Caller\" <sip:from@192.0.2.1:5060>;tag=from-c1\r\n"
		 "To: <sip:to@" PEER ":5060>;tag=t99\r\n"
		 "Call-ID: c1\r\n"
		 "CSeq: 1 ACK\r\n"
		 "Content-Length: 0\r\n\r\n", sip_ctrans_request(ct)->via->branch);
	assert_string_equal(snet_last("A>? ACK"), want);
}

static void invite_accepted_timer_m(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	snet_run(700);
	respond("A>? INVITE", 200, "t1");
	snet_run(500);
	respond("A>? INVITE", 200, "t1");	/* repeated: for the TU (RFC 6026) */
	respond("A>? INVITE", 200, "t2");	/* another fork: too */
	respond("A>? INVITE", 486, "t3");	/* nothing */
	snet_run(31499);
	snet_expect("0 A>? INVITE\n500 A>? INVITE\n700 tu 200\n1200 tu 200\n1200 tu 200\n");
	snet_run(1);
	snet_expect("32700 ended well\n");
	respond("A>? INVITE", 200, "t1");
	snet_expect("32700 stray 200\n");
}

static void invite_straight_200_while_calling(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	respond("A>? INVITE", 200, "t1");
	snet_run(32000);
	snet_expect("0 A>? INVITE\n0 tu 200\n32000 ended well\n");
}

/* ---- others ------------------------------------------------------------------------------- */

static void other_timers_e_and_f(void **state)
{
	(void)state;
	send_request(SIP_OPTIONS);
	snet_run(40000);
	snet_expect("0 A>? OPTIONS\n"
		   "500 A>? OPTIONS\n"
		   "1500 A>? OPTIONS\n"
		   "3500 A>? OPTIONS\n"
		   "7500 A>? OPTIONS\n"
		   "11500 A>? OPTIONS\n"
		   "15500 A>? OPTIONS\n"
		   "19500 A>? OPTIONS\n"
		   "23500 A>? OPTIONS\n"
		   "27500 A>? OPTIONS\n"
		   "31500 A>? OPTIONS\n"
		   "32000 ended timeout\n");
}

/* In Proceeding E is T2, and F still ends it. */
static void other_proceeding(void **state)
{
	(void)state;
	send_request(SIP_BYE);
	snet_run(600);
	respond("A>? BYE", 100, NULL);
	snet_run(40000);
	snet_expect("0 A>? BYE\n"
		   "500 A>? BYE\n"
		   "600 tu 100\n"
		   "1500 A>? BYE\n"
		   "5500 A>? BYE\n"
		   "9500 A>? BYE\n"
		   "13500 A>? BYE\n"
		   "17500 A>? BYE\n"
		   "21500 A>? BYE\n"
		   "25500 A>? BYE\n"
		   "29500 A>? BYE\n"
		   "32000 ended timeout\n");
}

static void other_completed_timer_k(void **state)
{
	(void)state;
	send_request(SIP_BYE);
	snet_run(10);
	respond("A>? BYE", 200, "t");
	respond("A>? BYE", 200, "t");
	snet_run(4999);
	respond("A>? BYE", 200, "t");
	snet_expect("0 A>? BYE\n10 tu 200\n");
	snet_run(1);
	snet_expect("5010 ended well\n");
}

static void own_timers(void **state)
{
	static const struct sip_timers fast = { .t1 = 10, .t2 = 40, .t4 = 50, .d = 320 };

	(void)state;
	a.stack.timers = fast;
	send_request(SIP_OPTIONS);
	snet_run(1000);
	snet_expect("0 A>? OPTIONS\n10 A>? OPTIONS\n30 A>? OPTIONS\n70 A>? OPTIONS\n"
		   "110 A>? OPTIONS\n150 A>? OPTIONS\n190 A>? OPTIONS\n230 A>? OPTIONS\n"
		   "270 A>? OPTIONS\n310 A>? OPTIONS\n350 A>? OPTIONS\n390 A>? OPTIONS\n"
		   "430 A>? OPTIONS\n470 A>? OPTIONS\n510 A>? OPTIONS\n550 A>? OPTIONS\n"
		   "590 A>? OPTIONS\n630 A>? OPTIONS\n640 ended timeout\n");
}

/* ---- what else can happen ---------------------------------------------------------------------- */

static void transport_failure_comes_later(void **state)
{
	(void)state;
	a.broken = true;
	send_request(SIP_INVITE);
	snet_expect("");
	snet_run(0);
	snet_expect("0 ended transport\n");
	a.broken = false;
	send_request(SIP_INVITE);
	a.broken = true;
	snet_run(1000);
	snet_expect("0 A>? INVITE\n500 ended transport\n");
}

static void released_machine_goes_on(void **state)
{
	(void)state;
	send_request(SIP_BYE);
	assert_int_equal(sip_ctrans_cancel(ct, NULL), -EINVAL);	/* for INVITE only */
	sip_ctrans_release(ct);
	snet_run(600);
	respond("A>? BYE", 200, "t");
	snet_run(5000);
	snet_expect("0 A>? BYE\n500 A>? BYE\n");
	assert_int_equal(a.stack.stats.ctrans_now, 0);
}

static void release_in_callback(struct sip_ctrans *t, const struct sip_msg *resp,
				const struct sip_hop *from, void *arg)
{
	on_response(t, resp, from, arg);
	sip_ctrans_release(t);
}

static void release_from_its_own_callback(void **state)
{
	static const struct sip_ctrans_ops releasing = {
		.response = release_in_callback, .ended = on_ended,
	};
	struct snet_node peer = { 0 };
	struct sip_hop hop;

	(void)state;
	addr_parse(&peer.addr, PEER, 5060);
	hop = snet_hop(&a, &peer);
	sip_ctrans_send(&a.stack, &hop, snet_request(&a, &peer, SIP_INVITE, "c1"), &releasing,
			NULL, NULL);
	respond("A>? INVITE", 486, "t");
	snet_run(32000);
	snet_expect("0 A>? INVITE\n0 A>? ACK\n0 tu 486\n");
	assert_int_equal(a.stack.stats.ctrans_now, 0);
}

static void limit_on_client_transactions(void **state)
{
	struct snet_node peer = { 0 };
	struct err e = { 0 };
	struct sip_hop hop;

	(void)state;
	addr_parse(&peer.addr, PEER, 5060);
	hop = snet_hop(&a, &peer);
	a.stack.limits.max_ctrans = 1;
	send_request(SIP_OPTIONS);
	assert_null(sip_ctrans_send(&a.stack, &hop, snet_request(&a, &peer, SIP_OPTIONS, "c2"),
				    &ops, NULL, &e));
	assert_int_equal(e.code, -EAGAIN);
	assert_null(sip_ctrans_send(&a.stack, &hop, snet_request(&a, &peer, SIP_ACK, "c3"),
				    &ops, NULL, &e));
}

static void responses_that_are_not_ours(void **state)
{
	static const char *const others[] = {
		/* foreign sent-by */
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.77:5060;branch=%s\r\n",
		/* other port */
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=%s\r\n",
		/* one Via too many */
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=%s\r\n"
		"Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\n",
	};
	char text[512];

	(void)state;
	send_request(SIP_OPTIONS);
	for (unsigned int i = 0; i < 3; i++) {
		int len;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len = snprintf(text, sizeof(text), others[i], sip_ctrans_request(ct)->via->branch);
#pragma GCC diagnostic pop
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"From: <sip:f@x>;tag=from-c1\r\nTo: <sip:t@x>;tag=t\r\n"
				"Call-ID: c1\r\nCSeq: 1 OPTIONS\r\n\r\n");
		snet_inject(&a, PEER, 5060, text, (size_t)len);
		assert_int_equal(a.stack.transp.stats.rx_via_mismatch, i + 1);
	}
	snet_expect("0 A>? OPTIONS\n");
}

/* ---- CANCEL ------------------------------------------------------------------------------------------ */

static void cancel_waits_for_a_provisional(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	assert_int_equal(sip_ctrans_cancel(ct, "SIP;cause=200;text=\"elsewhere\""), 0);
	assert_int_equal(sip_ctrans_cancel(ct, NULL), -EALREADY);
	snet_run(300);
	snet_expect("0 A>? INVITE\n");
	respond("A>? INVITE", 100, NULL);
	snet_expect("300 A>? CANCEL\n300 tu 100\n");
	assert_non_null(strstr(snet_last("A>? CANCEL"), "\r\nCSeq: 1 CANCEL\r\n"));
	assert_non_null(strstr(snet_last("A>? CANCEL"), "\r\nReason: SIP;cause=200;"));
	assert_non_null(strstr(snet_last("A>? CANCEL"), sip_ctrans_request(ct)->via->branch));
	respond("A>? CANCEL", 200, "t");
	respond("A>? INVITE", 487, "t");
	snet_run(32000);
	snet_expect("300 A>? ACK\n300 tu 487\n32300 ended well\n");
}

static void cancel_not_sent_after_a_final(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	sip_ctrans_cancel(ct, NULL);
	respond("A>? INVITE", 200, "t");
	assert_int_equal(sip_ctrans_cancel(ct, NULL), -EALREADY);
	snet_run(100);
	snet_expect("0 A>? INVITE\n0 tu 200\n");
}

static void cancel_crosses_200(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	respond("A>? INVITE", 180, "t");
	sip_ctrans_cancel(ct, NULL);
	respond("A>? INVITE", 200, "t");
	respond("A>? CANCEL", 200, "t");
	snet_run(32000);
	snet_expect("0 A>? INVITE\n0 tu 180\n0 A>? CANCEL\n0 tu 200\n32000 ended well\n");
}

/* Section 9.1: nothing within 64*T1 of the CANCEL is as good as cancelled. */
static void cancel_and_then_silence(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	respond("A>? INVITE", 180, "t");
	snet_run(1000);
	sip_ctrans_cancel(ct, NULL);
	respond("A>? CANCEL", 481, "t");
	snet_run(20000);
	respond("A>? INVITE", 180, "t");
	snet_expect("0 A>? INVITE\n0 tu 180\n1000 A>? CANCEL\n21000 tu 180\n");
	snet_run(11999);
	snet_expect("");
	snet_run(1);
	snet_expect("33000 ended timeout\n");
}

static void cancel_is_retransmitted(void **state)
{
	(void)state;
	send_request(SIP_INVITE);
	respond("A>? INVITE", 180, "t");
	sip_ctrans_cancel(ct, NULL);
	snet_run(3600);
	snet_expect("0 A>? INVITE\n0 tu 180\n0 A>? CANCEL\n500 A>? CANCEL\n1500 A>? CANCEL\n"
		   "3500 A>? CANCEL\n");
	assert_int_equal(sip_ctrans_cancel(ct, NULL), -EALREADY);
	sip_ctrans_release(ct);
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(invite_timers_a_and_b),
		T(invite_rings_without_end),
		T(invite_refused_timer_d),
		T(ack_of_a_refusal),
		T(invite_accepted_timer_m),
		T(invite_straight_200_while_calling),
		T(other_timers_e_and_f),
		T(other_proceeding),
		T(other_completed_timer_k),
		T(own_timers),
		T(transport_failure_comes_later),
		T(released_machine_goes_on),
		T(release_from_its_own_callback),
		T(limit_on_client_transactions),
		T(responses_that_are_not_ours),
		T(cancel_waits_for_a_provisional),
		T(cancel_not_sent_after_a_final),
		T(cancel_crosses_200),
		T(cancel_and_then_silence),
		T(cancel_is_retransmitted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
