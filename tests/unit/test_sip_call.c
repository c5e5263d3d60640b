// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls between two user agents, with losses, repetitions and crossings. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip_party.h"

/* ---- calls ------------------------------------------------------------------------------------ */

static void whole_call(void **state)
{
	(void)state;
	party_standing();
	party_request(&party_a, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B BYE\n30 B got BYE in dialog\n30 B>A 200 BYE\n30 A got 200 BYE\n");
	snet_run(64000);
	snet_expect("");
	assert_int_equal(party_a.node.stack.stats.ctrans_now, 0);
	assert_int_equal(party_b.node.stack.stats.strans_now, 0);
}

static void callee_hangs_up(void **state)
{
	(void)state;
	party_standing();
	party_request(&party_b, SIP_BYE);
	snet_run(10);
	snet_expect("30 B>A BYE\n30 A got BYE in dialog\n30 A>B 200 BYE\n30 B got 200 BYE\n");
}

static void lost_invite(void **state)
{
	(void)state;
	snet_plan("A>B INVITE", 2, SNET_LOSE, 0);
	party_call(&party_a, &party_b);
	snet_run(2000);
	snet_expect("0 A>B INVITE lost\n500 A>B INVITE lost\n1500 A>B INVITE\n1500 B got INVITE\n"
		    "1700 B>A 100 INVITE\n1700 A got 100\n");
}

static void doubled_invite(void **state)
{
	(void)state;
	snet_plan("A>B INVITE", 1, SNET_REPEAT, 0);
	party_call(&party_a, &party_b);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n");
	assert_int_equal(party_b.node.stack.stats.rx_retransmits, 1);
}

/* 13.3.1.4: the callee's core repeats at T1, 2*T1 ... T2 */
static void lost_200(void **state)
{
	(void)state;
	snet_plan("B>A 200", 3, SNET_LOSE, 0);
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 200);
	snet_run(5000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 200 INVITE lost\n"
		    "500 A>B INVITE\n"
		    "510 B>A 200 INVITE lost\n"
		    "1500 A>B INVITE\n"
		    "1510 B>A 200 INVITE lost\n"
		    "3500 A>B INVITE\n"
		    "3510 B>A 200 INVITE\n3510 A got 200\n3510 A>B ACK\n3510 B got ACK\n");
	assert_false(sip_2xx_running(&party_b.ok));
}

static void lost_ack(void **state)
{
	const char *first;

	(void)state;
	snet_plan("A>B ACK", 2, SNET_LOSE, 0);
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 200);
	snet_run(1);
	first = strdup(snet_last("A>B ACK"));
	snet_run(5000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 200 INVITE\n10 A got 200\n"
		    "10 A>B ACK lost\n"
		    "510 B>A 200 INVITE\n510 A got 200\n510 A>B ACK lost\n"
		    "1510 B>A 200 INVITE\n1510 A got 200\n1510 A>B ACK\n1510 B got ACK\n");
	/* 13.2.2.4: the very same ACK */
	assert_string_equal(snet_last("A>B ACK"), first);
	free((char *)first);
}

static void ack_never_comes(void **state)
{
	(void)state;
	party_call(&party_a, &party_b);
	snet_run(0);
	snet_plan("B>A 200", 100, SNET_LOSE, 0);
	snet_plan("A>B INVITE", 100, SNET_LOSE, 0);
	party_answer(&party_b, 200);
	snet_run(33000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n"
		    "0 B>A 200 INVITE lost\n"
		    "500 A>B INVITE lost\n500 B>A 200 INVITE lost\n"
		    "1500 A>B INVITE lost\n1500 B>A 200 INVITE lost\n"
		    "3500 A>B INVITE lost\n3500 B>A 200 INVITE lost\n"
		    "7500 A>B INVITE lost\n7500 B>A 200 INVITE lost\n"
		    "11500 B>A 200 INVITE lost\n"
		    "15500 A>B INVITE lost\n15500 B>A 200 INVITE lost\n"
		    "19500 B>A 200 INVITE lost\n"
		    "23500 B>A 200 INVITE lost\n"
		    "27500 B>A 200 INVITE lost\n"
		    "31500 A>B INVITE lost\n31500 B>A 200 INVITE lost\n"
		    "32000 A failed\n"
		    "32000 B never got ACK\n");
	assert_false(sip_2xx_running(&party_b.ok));
}

static void delayed_180_after_200(void **state)
{
	(void)state;
	snet_plan("B>A 180", 1, SNET_DELAY, 50);
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 180);
	party_answer(&party_b, 200);
	snet_run(100);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 B>A 200 INVITE\n"
		    "10 A got 200\n10 A>B ACK\n10 B got ACK\n");
}

static void busy(void **state)
{
	(void)state;
	snet_plan("A>B ACK", 1, SNET_LOSE, 0);
	party_call(&party_a, &party_b);
	snet_run(10);
	sip_ua_refuse(party_b.invite, 486, NULL, 0);
	snet_run(40000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 486 INVITE\n10 A>B ACK lost\n10 A got 486\n"
		    "510 B>A 486 INVITE\n510 A>B ACK\n");
	assert_int_equal(party_a.node.stack.stats.ctrans_now, 0);
	assert_int_equal(party_b.node.stack.stats.strans_now, 0);
}

static void cancelled_while_ringing(void **state)
{
	(void)state;
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 180);
	snet_run(10);
	sip_ctrans_cancel(party_a.call, NULL);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 A>B CANCEL\n20 B>A 200 CANCEL\n20 B cancelled\n20 B>A 487 INVITE\n"
		    "20 A>B ACK\n20 A got 487\n");
}

/* The 200 is on its way when the CANCEL leaves: the call stands, and is ended by BYE. */
static void cancel_crosses_200(void **state)
{
	(void)state;
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 180);
	snet_run(10);
	snet_plan("B>A 200 INVITE", 1, SNET_DELAY, 20);
	snet_plan("A>B CANCEL", 1, SNET_DELAY, 20);
	party_answer(&party_b, 200);
	sip_ctrans_cancel(party_a.call, NULL);
	snet_run(30);
	party_request(&party_a, SIP_BYE);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 B>A 200 INVITE\n20 A>B CANCEL\n"
		    "40 A got 200\n40 A>B ACK\n40 B>A 200 CANCEL\n40 B got ACK\n"
		    "50 A>B BYE\n50 B got BYE in dialog\n50 B>A 200 BYE\n50 A got 200 BYE\n");
}

static void cancel_lost_once(void **state)
{
	(void)state;
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 180);
	snet_run(10);
	snet_plan("A>B CANCEL", 1, SNET_LOSE, 0);
	sip_ctrans_cancel(party_a.call, NULL);
	snet_run(1000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 A>B CANCEL lost\n520 A>B CANCEL\n520 B>A 200 CANCEL\n520 B cancelled\n"
		    "520 B>A 487 INVITE\n520 A>B ACK\n520 A got 487\n");
}

/* Two callees answer one INVITE: the second is acknowledged and ended. */
static void second_fork_is_refused(void **state)
{
	const char *text;
	char *copy, *tag;

	(void)state;
	party_a.forked = true;
	party_standing();
	text = snet_last("B>A 200 INVITE");
	copy = strdup(text);
	tag = strstr(copy, party_b.dialog->local_tag);
	memcpy(tag, "other", 5);
	tag = strstr(copy, "callee@192.0.2.2");
	memcpy(tag, "callee@192.0.2.3", 16);
	snet_inject(&party_a.node, "192.0.2.3", 5060, copy, strlen(copy));
	free(copy);
	snet_run(10);
	snet_expect("30 A got 200\n30 A>C ACK\n30 A>C BYE\n30 C got ACK again\n30 C>A 481 BYE\n");
	assert_int_equal(party_a.node.dialogs.table.count, 1);
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

#define T(f) cmocka_unit_test_setup_teardown(f, party_setup, party_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(whole_call),
		T(callee_hangs_up),
		T(lost_invite),
		T(doubled_invite),
		T(lost_200),
		T(lost_ack),
		T(ack_never_comes),
		T(delayed_180_after_200),
		T(busy),
		T(cancelled_while_ringing),
		T(cancel_crosses_200),
		T(cancel_lost_once),
		T(second_fork_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
