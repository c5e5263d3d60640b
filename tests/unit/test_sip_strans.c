// SPDX-License-Identifier: GPL-2.0-or-later
/* Server transactions: timers, retransmissions, ACK, CANCEL, merged requests, limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip_net.h"

#define PEER "192.0.2.9"

static struct snet_node b;
static struct sip_strans *st;		/* the latest */
static bool silent;			/* the TU takes no handle and says nothing */

static void on_cancelled(struct sip_strans *t, const struct sip_msg *cancel, void *arg)
{
	(void)arg;
	snet_note("cancelled %s", sip_method_name(cancel->method));
	sip_strans_reply_code(t, 487, NULL);
}

static void on_no_ack(struct sip_strans *t, void *arg)
{
	(void)t;
	(void)arg;
	snet_note("no ack");
}

static void on_error(struct sip_strans *t, int err, void *arg)
{
	(void)t;
	(void)arg;
	snet_note("error %s", err == -ENETUNREACH ? "unreachable" : "?");
}

static void on_ended(struct sip_strans *t, void *arg)
{
	(void)arg;
	snet_note("ended");
	if (t == st)
		st = NULL;
}

static const struct sip_strans_ops ops = {
	.cancelled = on_cancelled, .no_ack = on_no_ack, .error = on_error, .ended = on_ended,
};

static void on_request(struct sip_strans *t, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	snet_note("tu %s", req->method_name);
	st = t;
	if (!silent)
		sip_strans_set_ops(t, &ops, NULL);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	snet_note("tu ACK %u", ack->cseq);
}

static const struct sip_tu tu = { .request = on_request, .ack = on_ack };

/* what differs from one request to the next */
struct sent {
	const char *method, *branch, *to_tag, *call_id, *ip;
	unsigned int port;
};

static void request(struct sent r)
{
	char text[1024];
	const char *ip = r.ip ? r.ip : PEER;
	int len;

	len = snprintf(text, sizeof(text),
		       "%s sip:b@192.0.2.2 SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP %s:%u;branch=%s\r\n"
		       "From: <sip:a@192.0.2.9>;tag=ft\r\n"
		       "To: <sip:b@192.0.2.2>%s%s\r\n"
		       "Call-ID: %s\r\nCSeq: 7 %s\r\nMax-Forwards: 70\r\n"
		       "Contact: <sip:a@192.0.2.9>\r\nContent-Length: 0\r\n\r\n",
		       r.method, ip, r.port ? r.port : 5060, r.branch ? r.branch : "z9hG4bK1",
		       r.to_tag ? ";tag=" : "", r.to_tag ? r.to_tag : "",
		       r.call_id ? r.call_id : "c1", r.method);
	snet_inject(&b, ip, (uint16_t)(r.port ? r.port : 5060), text, (size_t)len);
}

#define REQUEST(m, ...) request((struct sent){ .method = (m), ##__VA_ARGS__ })

static int setup(void **state)
{
	(void)state;
	snet_start();
	snet_add(&b, 'B', "192.0.2.2", NULL, NULL, &tu, NULL);
	st = NULL;
	silent = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snet_remove(&b);
	snet_stop();
	return 0;
}

/* ---- INVITE ------------------------------------------------------------------------------ */

static void trying_after_200_ms(void **state)
{
	(void)state;
	REQUEST("INVITE");
	snet_run(199);
	REQUEST("INVITE");	/* nothing was said, so nothing is repeated */
	snet_expect("0 tu INVITE\n");
	snet_run(1);
	snet_expect("200 B>? 100 INVITE\n");
	assert_null(strstr(snet_last("B>? 100"), "\r\nTo: <sip:b@192.0.2.2>;tag"));
	REQUEST("INVITE");
	snet_expect("200 B>? 100 INVITE\n");
	sip_strans_reply_code(st, 180, NULL);
	assert_non_null(strstr(snet_last("B>? 180"), "\r\nTo: <sip:b@192.0.2.2>;tag="));
	REQUEST("INVITE");
	snet_run(100000);
	snet_expect("200 B>? 180 INVITE\n200 B>? 180 INVITE\n");
	assert_int_equal(b.stack.stats.rx_retransmits, 3);
}

static void trying_at_once(void **state)
{
	(void)state;
	b.stack.timers.trying = 0;
	REQUEST("INVITE");
	snet_expect("0 tu INVITE\n0 B>? 100 INVITE\n");
}

static void no_trying_after_an_answer(void **state)
{
	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 180, NULL);
	snet_run(1000);
	snet_expect("0 tu INVITE\n0 B>? 180 INVITE\n");
}

static void refused_timers_g_and_h(void **state)
{
	(void)state;
	REQUEST("INVITE");
	assert_int_equal(sip_strans_reply_code(st, 486, NULL), 0);
	assert_int_equal(sip_strans_reply_code(st, 200, NULL), -EALREADY);
	snet_run(40000);
	snet_expect("0 tu INVITE\n"
		    "0 B>? 486 INVITE\n"
		    "500 B>? 486 INVITE\n"
		    "1500 B>? 486 INVITE\n"
		    "3500 B>? 486 INVITE\n"
		    "7500 B>? 486 INVITE\n"
		    "11500 B>? 486 INVITE\n"
		    "15500 B>? 486 INVITE\n"
		    "19500 B>? 486 INVITE\n"
		    "23500 B>? 486 INVITE\n"
		    "27500 B>? 486 INVITE\n"
		    "31500 B>? 486 INVITE\n"
		    "32000 no ack\n"
		    "32000 ended\n");
	assert_int_equal(b.stack.stats.strans_timeouts, 1);
}

static void refused_acked_timer_i(void **state)
{
	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 486, NULL);
	snet_run(600);
	REQUEST("INVITE");
	REQUEST("ACK", .to_tag = "x");
	REQUEST("ACK", .to_tag = "x");
	REQUEST("INVITE");	/* Confirmed absorbs both */
	snet_run(4999);
	snet_expect("0 tu INVITE\n0 B>? 486 INVITE\n500 B>? 486 INVITE\n600 B>? 486 INVITE\n");
	snet_run(1);
	snet_expect("5600 ended\n");
}

/* RFC 6026: Accepted absorbs INVITEs, repeats nothing by itself, lets ACKs and 2xx through. */
static void accepted_timer_l(void **state)
{
	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 200, NULL);
	snet_run(1000);
	REQUEST("INVITE");
	REQUEST("ACK", .to_tag = "x");
	REQUEST("ACK", .to_tag = "x", .branch = "z9hG4bKack");
	assert_int_equal(sip_strans_reply_code(st, 200, NULL), 0);
	assert_int_equal(sip_strans_reply_code(st, 486, NULL), -EALREADY);
	snet_run(30999);
	snet_expect("0 tu INVITE\n0 B>? 200 INVITE\n1000 tu ACK 7\n1000 tu ACK 7\n"
		    "1000 B>? 200 INVITE\n");
	snet_run(1);
	snet_expect("32000 ended\n");
	REQUEST("INVITE");	/* only now it is a new one */
	snet_expect("32000 tu INVITE\n");
}

static void send_errors_leave_the_machine(void **state)
{
	(void)state;
	REQUEST("INVITE");
	b.broken = true;
	assert_int_equal(sip_strans_reply_code(st, 180, NULL), 0);
	assert_int_equal(sip_strans_reply_code(st, 486, NULL), 0);
	b.broken = false;
	snet_run(0);
	REQUEST("INVITE");
	snet_expect("0 tu INVITE\n0 error unreachable\n0 error unreachable\n0 B>? 486 INVITE\n");
	assert_int_equal(b.stack.stats.transport_errors, 2);
}

/* ---- others --------------------------------------------------------------------------------- */

static void other_timer_j(void **state)
{
	(void)state;
	REQUEST("OPTIONS");
	snet_run(1000);
	REQUEST("OPTIONS");		/* Trying: absorbed */
	sip_strans_reply_code(st, 200, NULL);
	assert_int_equal(sip_strans_reply_code(st, 200, NULL), -EALREADY);
	snet_run(31999);
	REQUEST("OPTIONS");
	snet_expect("0 tu OPTIONS\n1000 B>? 200 OPTIONS\n32999 B>? 200 OPTIONS\n");
	snet_run(1);
	snet_expect("33000 ended\n");
}

static void other_proceeding(void **state)
{
	(void)state;
	REQUEST("MESSAGE");
	sip_strans_reply_code(st, 183, NULL);
	REQUEST("MESSAGE");
	snet_run(1000000);
	snet_expect("0 tu MESSAGE\n0 B>? 183 MESSAGE\n0 B>? 183 MESSAGE\n");
	sip_strans_release(st);
	snet_expect("1000000 B>? 500 MESSAGE\n");
}

static void release_without_an_answer_is_500(void **state)
{
	(void)state;
	REQUEST("INVITE");
	sip_strans_release(st);
	REQUEST("ACK", .to_tag = "x");
	snet_run(5000);
	snet_expect("0 tu INVITE\n0 B>? 500 INVITE\n");
	assert_int_equal(b.stack.stats.strans_now, 0);
}

static void same_tag_in_all_responses(void **state)
{
	const char *at;
	char tag[64];

	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 180, NULL);
	sip_strans_reply_code(st, 486, NULL);
	snprintf(tag, sizeof(tag), "\r\nTo: <sip:b@192.0.2.2>;tag=%s\r\n", sip_strans_to_tag(st));
	at = strstr(snet_last("B>? 180"), tag);
	assert_non_null(at);
	assert_non_null(strstr(snet_last("B>? 486"), tag));
}

/* ---- matching ----------------------------------------------------------------------------------- */

static void branches_and_senders(void **state)
{
	(void)state;
	REQUEST("OPTIONS");
	REQUEST("OPTIONS", .branch = "z9hG4bK2", .call_id = "c2");
	REQUEST("OPTIONS", .port = 5070, .call_id = "c3");	/* same branch, other sender */
	REQUEST("OPTIONS", .ip = "192.0.2.10", .call_id = "c4");
	REQUEST("BYE", .to_tag = "x");				/* other method */
	snet_expect("0 tu OPTIONS\n0 tu OPTIONS\n0 tu OPTIONS\n0 tu OPTIONS\n0 tu BYE\n");
	assert_int_equal(b.stack.stats.strans_now, 5);
}

/* No cookie: RFC 3261 section 17.2.3's rule for RFC 2543 clients. */
static void old_branches(void **state)
{
	(void)state;
	REQUEST("INVITE", .branch = "1");
	REQUEST("INVITE", .branch = "1");
	REQUEST("INVITE", .branch = "1", .call_id = "c2");
	sip_strans_reply_code(st, 486, NULL);
	REQUEST("ACK", .branch = "1", .call_id = "c2", .to_tag = "x");
	snet_run(100);
	REQUEST("INVITE", .branch = "z9hG4bK", .call_id = "c3");
	REQUEST("INVITE", .branch = "z9hG4bK", .call_id = "c4");
	REQUEST("INVITE", .branch = "z9hG4bK", .call_id = "c4");
	snet_expect("0 tu INVITE\n0 tu INVITE\n0 B>? 486 INVITE\n100 tu INVITE\n100 tu INVITE\n");
	snet_run(5000);
}

static void merged_request_is_482(void **state)
{
	(void)state;
	REQUEST("INVITE");
	REQUEST("INVITE", .branch = "z9hG4bKother");
	snet_expect("0 tu INVITE\n0 B>? 482 INVITE\n");
	REQUEST("INVITE", .branch = "z9hG4bKother");
	snet_expect("0 B>? 482 INVITE\n");
	REQUEST("ACK", .branch = "z9hG4bKother", .to_tag = "x");
	assert_int_equal(b.stack.stats.merged, 1);
	REQUEST("INVITE", .branch = "z9hG4bKthird", .to_tag = "in-dialog");
	snet_expect("0 tu INVITE\n");
	b.stack.detect_merged = false;
	REQUEST("INVITE", .branch = "z9hG4bKfourth");
	snet_expect("0 tu INVITE\n");
}

static void stray_ack(void **state)
{
	(void)state;
	REQUEST("ACK", .to_tag = "x");
	snet_expect("0 tu ACK 7\n");
	REQUEST("INVITE");
	REQUEST("ACK");		/* nothing was answered yet */
	snet_expect("0 tu INVITE\n");
	assert_int_equal(b.stack.stats.stray_acks, 1);
}

/* ---- CANCEL ----------------------------------------------------------------------------------------- */

static void cancel_while_ringing(void **state)
{
	char tag[64];

	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 180, NULL);
	snprintf(tag, sizeof(tag), ";tag=%s\r\n", sip_strans_to_tag(st));
	snet_run(100);
	REQUEST("CANCEL");
	REQUEST("CANCEL");
	snet_expect("0 tu INVITE\n0 B>? 180 INVITE\n100 B>? 200 CANCEL\n100 cancelled CANCEL\n"
		    "100 B>? 487 INVITE\n100 B>? 200 CANCEL\n");
	/* Section 9.2: the same To tag in both. */
	assert_non_null(strstr(snet_last("B>? 200 CANCEL"), tag));
	assert_non_null(strstr(snet_last("B>? 487"), tag));
	REQUEST("ACK", .to_tag = "x");
	snet_run(5000);
	snet_expect("5100 ended\n");
}

static void cancel_too_late(void **state)
{
	(void)state;
	REQUEST("INVITE");
	sip_strans_reply_code(st, 200, NULL);
	REQUEST("CANCEL");
	snet_expect("0 tu INVITE\n0 B>? 200 INVITE\n0 B>? 200 CANCEL\n");
}

static void cancel_of_nothing_is_481(void **state)
{
	(void)state;
	REQUEST("CANCEL");
	snet_expect("0 B>? 481 CANCEL\n");
	assert_int_equal(b.stack.stats.stray_cancels, 1);
	REQUEST("INVITE");
	REQUEST("CANCEL", .branch = "z9hG4bK2");
	snet_expect("0 tu INVITE\n0 B>? 481 CANCEL\n");
}

static void cancel_without_ops(void **state)
{
	(void)state;
	silent = true;
	REQUEST("INVITE");
	REQUEST("CANCEL");
	snet_expect("0 tu INVITE\n0 B>? 200 CANCEL\n");
	sip_strans_release(st);
	snet_expect("0 B>? 500 INVITE\n");
}

/* ---- limits --------------------------------------------------------------------------------------------- */

static void limit_in_all(void **state)
{
	(void)state;
	b.stack.limits.max_strans = 2;
	b.stack.limits.retry_after = 33;
	REQUEST("INVITE");
	REQUEST("OPTIONS", .branch = "z9hG4bK2", .call_id = "c2");
	REQUEST("INVITE", .branch = "z9hG4bK3", .call_id = "c3");
	snet_expect("0 tu INVITE\n0 tu OPTIONS\n0 B>? 503 INVITE\n");
	assert_non_null(strstr(snet_last("B>? 503"), "\r\nRetry-After: 33\r\n"));
	assert_int_equal(b.stack.stats.overload, 1);
	REQUEST("INVITE");		/* the old one is not hurt */
	sip_strans_reply_code(st, 200, NULL);
	snet_run(32000);		/* OPTIONS is over */
	snet_expect("0 B>? 200 OPTIONS\n200 B>? 100 INVITE\n32000 ended\n");
	REQUEST("INVITE", .branch = "z9hG4bK3", .call_id = "c3");
	snet_expect("32000 tu INVITE\n");
}

static void limit_per_address(void **state)
{
	(void)state;
	b.stack.limits.max_strans_per_ip = 1;
	REQUEST("OPTIONS");
	REQUEST("OPTIONS", .branch = "z9hG4bK2", .call_id = "c2", .port = 5999);
	REQUEST("OPTIONS", .branch = "z9hG4bK3", .call_id = "c3", .ip = "192.0.2.10");
	snet_expect("0 tu OPTIONS\n0 B>? 503 OPTIONS\n0 tu OPTIONS\n");
	assert_int_equal(b.stack.per_ip.count, 2);
}

static void flood_is_bounded(void **state)
{
	char branch[32], call_id[32];

	(void)state;
	silent = true;
	b.stack.limits.max_strans = 50;
	snet_plan("B>? 503", 1000, SNET_LOSE, 0);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(branch, sizeof(branch), "z9hG4bKf%u", i);
		snprintf(call_id, sizeof(call_id), "f%u", i);
		REQUEST("INVITE", .branch = branch, .call_id = call_id);
	}
	assert_int_equal(b.stack.stats.strans_now, 50);
	assert_int_equal(b.stack.strans.count, 50);
	assert_int_equal(b.stack.stats.overload, 950);
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
		T(trying_after_200_ms),
		T(trying_at_once),
		T(no_trying_after_an_answer),
		T(refused_timers_g_and_h),
		T(refused_acked_timer_i),
		T(accepted_timer_l),
		T(send_errors_leave_the_machine),
		T(other_timer_j),
		T(other_proceeding),
		T(release_without_an_answer_is_500),
		T(same_tag_in_all_responses),
		T(branches_and_senders),
		T(old_branches),
		T(merged_request_is_482),
		T(stray_ack),
		T(cancel_while_ringing),
		T(cancel_too_late),
		T(cancel_of_nothing_is_481),
		T(cancel_without_ops),
		T(limit_in_all),
		T(limit_per_address),
		T(flood_is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
