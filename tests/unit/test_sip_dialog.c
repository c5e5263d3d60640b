// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two user agents in one process: calls with losses, repetitions and crossings,
 * and what dialogs check.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "sip_net.h"
#include "sip_ua.h"

static struct snet_node a, b, c;

/* ---- a callee that does what it is told ----------------------------------------------- */

struct ua {
	struct snet_node *node;
	struct sip_dialog *dialog;
	struct sip_strans *invite;
	struct sip_ctrans *call;
	struct sip_2xx ok;
	bool forked;		/* as UAC: more than one 2xx is one too many */
};

static struct ua ua_a, ua_b, ua_c;

static const struct sip_ua_caps caps = {
	.allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE", .supported = "100rel",
	.accept = "application/sdp", .hops = true,
};

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct ua *ua = arg;

	(void)cancel;
	snet_note("%c cancelled", ua->node->name);
	sip_ua_refuse(st, 487, NULL, 0);
	ua->invite = NULL;
}

static void on_strans_ended(struct sip_strans *st, void *arg)
{
	struct ua *ua = arg;

	if (ua->invite == st)
		ua->invite = NULL;
}

static const struct sip_strans_ops invite_ops = {
	.cancelled = on_cancelled, .ended = on_strans_ended,
};

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct ua *ua = arg;
	struct sip_dialog *d;

	(void)from;
	if (sip_ua_screen(st, &caps) || sip_ua_dialog(st, &ua->node->dialogs, &d))
		return;
	snet_note("%c got %s%s", ua->node->name, req->method_name, d ? " in dialog" : "");
	if (req->method == SIP_INVITE && !d) {
		ua->invite = st;
		sip_strans_set_ops(st, &invite_ops, ua);
	} else if (req->method == SIP_OPTIONS && !d) {
		sip_ua_options(st, &caps);
	} else {
		sip_strans_reply_code(st, 200, NULL);
	}
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct ua *ua = arg;

	(void)from;
	snet_note("%c got ACK%s", ua->node->name, sip_2xx_ack(&ua->ok, ack) ? "" : " again");
}

static const struct sip_tu tu = { .request = on_request, .ack = on_ack };

static void on_unacked(struct sip_2xx *x, void *arg)
{
	struct ua *ua = arg;

	(void)x;
	snet_note("%c never got ACK", ua->node->name);
}

static void answer(struct ua *ua, unsigned int code)
{
	struct sip_msg *resp = sip_strans_response(ua->invite, code, NULL);
	char contact[128];

	sip_transp_contact(&ua->node->stack.transp, 0, "callee", contact, sizeof(contact));
	assert_int_equal(sip_msg_add(resp, SIP_HDR_CONTACT, contact), 0);
	if (!ua->dialog)
		ua->dialog = sip_dialog_uas(&ua->node->dialogs, ua->invite, contact, NULL);
	assert_non_null(ua->dialog);
	if (code < 200) {
		assert_int_equal(sip_strans_reply(ua->invite, resp), 0);
		return;
	}
	sip_dialog_confirm(ua->dialog);
	assert_int_equal(sip_2xx_send(&ua->ok, ua->invite, resp, on_unacked, ua), 0);
}

/* ---- a caller -------------------------------------------------------------------------------- */

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct ua *ua = arg;
	struct sip_dialog *d;
	bool made;

	(void)from;
	snet_note("%c got %u", ua->node->name, resp->code);
	if (resp->code == 100 || resp->code >= 300)
		return;
	if (ua->forked && ua->dialog && resp->code >= 200 &&
	    sip_dialog_find(&ua->node->dialogs, resp) != ua->dialog) {
		sip_dialog_refuse_fork(&ua->node->stack, ct, resp);
		return;
	}
	d = sip_dialog_uac(&ua->node->dialogs, ct, resp, &made, NULL);
	assert_non_null(d);
	if (!made)
		assert_ptr_equal(d, ua->dialog);
	ua->dialog = d;
	if (resp->code < 200)
		return;
	if (sip_dialog_reack(d, &ua->node->stack, resp) == -ENOENT)
		assert_int_equal(sip_dialog_ack(d, &ua->node->stack, NULL, NULL, 0), 0);
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct ua *ua = arg;

	if (why != SIP_FAIL_NONE)
		snet_note("%c failed", ua->node->name);
	if (ua->call == ct)
		ua->call = NULL;
}

static const struct sip_ctrans_ops call_ops = { .response = on_response, .ended = on_ended };

static void on_plain_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			      const struct sip_hop *from, void *arg)
{
	struct ua *ua = arg;

	(void)ct;
	(void)from;
	snet_note("%c got %u %s", ua->node->name, resp->code, resp->method_name);
}

static const struct sip_ctrans_ops plain_ops = { .response = on_plain_response };

static void call(struct ua *from, struct snet_node *to)
{
	const struct sip_hop hop = snet_hop(from->node, to);

	from->call = sip_ctrans_send(&from->node->stack, &hop,
				     snet_request(from->node, to, SIP_INVITE, "call"),
				     &call_ops, from, NULL);
	assert_non_null(from->call);
}

static void in_dialog(struct ua *ua, enum sip_method method)
{
	struct sip_msg *m = sip_dialog_request(ua->dialog, method);

	assert_non_null(m);
	assert_non_null(sip_dialog_send(ua->dialog, &ua->node->stack, m, &plain_ops, ua, NULL));
}

/* a call that stands, with the trace behind it */
static void standing(void)
{
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 180);
	snet_run(10);
	answer(&ua_b, 200);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 B>A 200 INVITE\n20 A got 200\n20 A>B ACK\n20 B got ACK\n");
	assert_int_equal(ua_a.dialog->state, SIP_DIALOG_CONFIRMED);
	assert_int_equal(ua_b.dialog->state, SIP_DIALOG_CONFIRMED);
}

static int setup(void **state)
{
	(void)state;
	snet_start();
	memset(&ua_a, 0, sizeof(ua_a));
	memset(&ua_b, 0, sizeof(ua_b));
	memset(&ua_c, 0, sizeof(ua_c));
	ua_a.node = &a;
	ua_b.node = &b;
	ua_c.node = &c;
	snet_add(&a, 'A', "192.0.2.1", NULL, NULL, &tu, &ua_a);
	snet_add(&b, 'B', "192.0.2.2", NULL, NULL, &tu, &ua_b);
	snet_add(&c, 'C', "192.0.2.3", NULL, NULL, &tu, &ua_c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_2xx_stop(&ua_a.ok);
	sip_2xx_stop(&ua_b.ok);
	sip_2xx_stop(&ua_c.ok);
	sip_dialog_free(ua_a.dialog);
	sip_dialog_free(ua_b.dialog);
	sip_dialog_free(ua_c.dialog);
	snet_remove(&a);
	snet_remove(&b);
	snet_remove(&c);
	snet_stop();
	return 0;
}

/* ---- calls ------------------------------------------------------------------------------------ */

static void whole_call(void **state)
{
	(void)state;
	standing();
	in_dialog(&ua_a, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B BYE\n30 B got BYE in dialog\n30 B>A 200 BYE\n30 A got 200 BYE\n");
	snet_run(64000);
	snet_expect("");
	assert_int_equal(a.stack.stats.ctrans_now, 0);
	assert_int_equal(b.stack.stats.strans_now, 0);
}

static void callee_hangs_up(void **state)
{
	(void)state;
	standing();
	in_dialog(&ua_b, SIP_BYE);
	snet_run(10);
	snet_expect("30 B>A BYE\n30 A got BYE in dialog\n30 A>B 200 BYE\n30 B got 200 BYE\n");
}

static void in_dialog_requests_say_what_they_must(void **state)
{
	char want[1024];
	const char *bye;

	(void)state;
	standing();
	in_dialog(&ua_a, SIP_BYE);
	bye = snet_last("A>B BYE");
	snprintf(want, sizeof(want),
		 "Max-Forwards: 70\r\n"
		 "From: \"Caller\" <sip:from@192.0.2.1:5060>;tag=from-call\r\n"
		 "To: <sip:to@192.0.2.2:5060>;tag=%s\r\n"
		 "Call-ID: call\r\n"
		 "CSeq: 2 BYE\r\n"
		 "Content-Length: 0\r\n\r\n", ua_b.dialog->local_tag);
	assert_non_null(strstr(bye, want));
	assert_memory_equal(bye, "BYE sip:callee@192.0.2.2:5060 SIP/2.0\r\n", 39);
	in_dialog(&ua_b, SIP_UPDATE);
	bye = snet_last("B>A UPDATE");
	assert_memory_equal(bye, "UPDATE sip:from@192.0.2.1:5060 SIP/2.0\r\n", 40);
	assert_non_null(strstr(bye, "\r\nContact: <sip:callee@192.0.2.2:5060>\r\n"));
	assert_non_null(strstr(bye, "\r\nTo: \"Caller\" <sip:from@192.0.2.1:5060>;tag=from-call\r\n"));
	snet_run(10);
}

static void lost_invite(void **state)
{
	(void)state;
	snet_plan("A>B INVITE", 2, SNET_LOSE, 0);
	call(&ua_a, &b);
	snet_run(2000);
	snet_expect("0 A>B INVITE lost\n500 A>B INVITE lost\n1500 A>B INVITE\n1500 B got INVITE\n"
		    "1700 B>A 100 INVITE\n1700 A got 100\n");
}

static void doubled_invite(void **state)
{
	(void)state;
	snet_plan("A>B INVITE", 1, SNET_REPEAT, 0);
	call(&ua_a, &b);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n");
	assert_int_equal(b.stack.stats.rx_retransmits, 1);
}

/* 13.3.1.4: the callee's core repeats at T1, 2*T1 ... T2 */
static void lost_200(void **state)
{
	(void)state;
	snet_plan("B>A 200", 3, SNET_LOSE, 0);
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 200);
	snet_run(5000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 200 INVITE lost\n"
		    "500 A>B INVITE\n"
		    "510 B>A 200 INVITE lost\n"
		    "1500 A>B INVITE\n"
		    "1510 B>A 200 INVITE lost\n"
		    "3500 A>B INVITE\n"
		    "3510 B>A 200 INVITE\n3510 A got 200\n3510 A>B ACK\n3510 B got ACK\n");
	assert_false(sip_2xx_running(&ua_b.ok));
}

static void lost_ack(void **state)
{
	const char *first;

	(void)state;
	snet_plan("A>B ACK", 2, SNET_LOSE, 0);
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 200);
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
	call(&ua_a, &b);
	snet_run(0);
	snet_plan("B>A 200", 100, SNET_LOSE, 0);
	snet_plan("A>B INVITE", 100, SNET_LOSE, 0);
	answer(&ua_b, 200);
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
	assert_false(sip_2xx_running(&ua_b.ok));
}

static void delayed_180_after_200(void **state)
{
	(void)state;
	snet_plan("B>A 180", 1, SNET_DELAY, 50);
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 180);
	answer(&ua_b, 200);
	snet_run(100);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 B>A 200 INVITE\n"
		    "10 A got 200\n10 A>B ACK\n10 B got ACK\n");
}

static void busy(void **state)
{
	(void)state;
	snet_plan("A>B ACK", 1, SNET_LOSE, 0);
	call(&ua_a, &b);
	snet_run(10);
	sip_ua_refuse(ua_b.invite, 486, NULL, 0);
	snet_run(40000);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 486 INVITE\n10 A>B ACK lost\n10 A got 486\n"
		    "510 B>A 486 INVITE\n510 A>B ACK\n");
	assert_int_equal(a.stack.stats.ctrans_now, 0);
	assert_int_equal(b.stack.stats.strans_now, 0);
}

static void cancelled_while_ringing(void **state)
{
	(void)state;
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 180);
	snet_run(10);
	sip_ctrans_cancel(ua_a.call, NULL);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 A>B CANCEL\n20 B>A 200 CANCEL\n20 B cancelled\n20 B>A 487 INVITE\n"
		    "20 A>B ACK\n20 A got 487\n");
}

/* The 200 is on its way when the CANCEL leaves: the call stands, and is ended by BYE. */
static void cancel_crosses_200(void **state)
{
	(void)state;
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 180);
	snet_run(10);
	snet_plan("B>A 200 INVITE", 1, SNET_DELAY, 20);
	snet_plan("A>B CANCEL", 1, SNET_DELAY, 20);
	answer(&ua_b, 200);
	sip_ctrans_cancel(ua_a.call, NULL);
	snet_run(30);
	in_dialog(&ua_a, SIP_BYE);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 B>A 200 INVITE\n20 A>B CANCEL\n"
		    "40 A got 200\n40 A>B ACK\n40 B>A 200 CANCEL\n40 B got ACK\n"
		    "50 A>B BYE\n50 B got BYE in dialog\n50 B>A 200 BYE\n50 A got 200 BYE\n");
}

static void cancel_lost_once(void **state)
{
	(void)state;
	call(&ua_a, &b);
	snet_run(10);
	answer(&ua_b, 180);
	snet_run(10);
	snet_plan("A>B CANCEL", 1, SNET_LOSE, 0);
	sip_ctrans_cancel(ua_a.call, NULL);
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
	ua_a.forked = true;
	standing();
	text = snet_last("B>A 200 INVITE");
	copy = strdup(text);
	tag = strstr(copy, ua_b.dialog->local_tag);
	memcpy(tag, "other", 5);
	tag = strstr(copy, "callee@192.0.2.2");
	memcpy(tag, "callee@192.0.2.3", 16);
	snet_inject(&a, "192.0.2.3", 5060, copy, strlen(copy));
	free(copy);
	snet_run(10);
	snet_expect("30 A got 200\n30 A>C ACK\n30 A>C BYE\n30 C got ACK again\n30 C>A 481 BYE\n");
	assert_int_equal(a.dialogs.table.count, 1);
}

/* ---- what dialogs check ---------------------------------------------------------------------- */

static void cseq_below_is_500(void **state)
{
	(void)state;
	standing();
	in_dialog(&ua_a, SIP_UPDATE);
	snet_run(10);
	ua_a.dialog->local_cseq -= 2;
	in_dialog(&ua_a, SIP_UPDATE);
	snet_run(10);
	snet_expect("30 A>B UPDATE\n30 B got UPDATE in dialog\n30 B>A 200 UPDATE\n30 A got 200 UPDATE\n"
		    "40 A>B UPDATE\n40 B>A 500 UPDATE\n40 A got 500 UPDATE\n");
}

static void no_dialog_is_481(void **state)
{
	(void)state;
	standing();
	sip_dialog_terminate(ua_b.dialog);
	in_dialog(&ua_a, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B BYE\n30 B>A 481 BYE\n30 A got 481 BYE\n");
	assert_int_equal(b.dialogs.table.count, 0);
}

static void target_is_refreshed(void **state)
{
	(void)state;
	standing();
	ua_a.dialog->contact = "<sip:moved@192.0.2.3:5060>";
	in_dialog(&ua_a, SIP_UPDATE);
	snet_run(10);
	assert_string_equal(ua_b.dialog->remote_target, "sip:moved@192.0.2.3:5060");
	in_dialog(&ua_b, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B UPDATE\n30 B got UPDATE in dialog\n30 B>A 200 UPDATE\n30 A got 200 UPDATE\n"
		    "40 B>C BYE\n40 C>B 481 BYE\n40 B got 481 BYE\n");
}

static void invite_cseq_is_the_acks(void **state)
{
	(void)state;
	standing();
	in_dialog(&ua_a, SIP_UPDATE);
	in_dialog(&ua_a, SIP_INVITE);
	in_dialog(&ua_a, SIP_UPDATE);
	assert_int_equal(sip_dialog_ack(ua_a.dialog, &a.stack, "application/sdp", "v=0\r\n", 5), 0);
	assert_non_null(strstr(snet_last("A>B ACK"), "\r\nCSeq: 3 ACK\r\n"));
	assert_non_null(strstr(snet_last("A>B ACK"),
			       "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"));
	snet_run(10);
}

/* ---- routes: RFC 3261 section 12.2.1.1 --------------------------------------------------------- */

#define WITH_ROUTES(rr) \
	"INVITE sip:to@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKrr\r\n" \
	"Record-Route: " rr "\r\nFrom: <sip:x@192.0.2.77>;tag=ft\r\n" \
	"To: <sip:to@192.0.2.2>\r\nCall-ID: rr\r\nCSeq: 1 INVITE\r\n" \
	"Contact: <sip:target@192.0.2.88:5088;x=y>\r\nContent-Length: 0\r\n\r\n"

/* B, called over these Record-Routes, sends BYE: to @hop, with these lines. */
static void routed(const char *invite, const char *hop, const char *first, const char *routes)
{
	struct sip_hop to;
	struct sip_msg *bye;
	uint8_t octets[2048];
	struct wbuf w = wbuf_on(octets, sizeof(octets));
	char text[ADDR_STRLEN];

	snet_inject(&b, "192.0.2.77", 5060, invite, strlen(invite));
	answer(&ua_b, 200);
	bye = sip_dialog_request(ua_b.dialog, SIP_BYE);
	assert_non_null(bye);
	sip_dialog_hop(ua_b.dialog, bye, &to);
	assert_string_equal(addr_str(&to.remote, text), hop);
	sip_msg_write(bye, &w);
	wbuf_u8(&w, 0);
	assert_memory_equal(octets, first, strlen(first));
	assert_non_null(strstr((char *)octets, routes));
	sip_msg_free(bye);
}

static void loose_routes(void **state)
{
	(void)state;
	routed(WITH_ROUTES("<sip:192.0.2.3:5099;lr>, <sip:p2.example.com;lr>"), "192.0.2.3:5099",
	       "BYE sip:target@192.0.2.88:5088;x=y SIP/2.0\r\n",
	       "Max-Forwards: 70\r\nRoute: <sip:192.0.2.3:5099;lr>\r\n"
	       "Route: <sip:p2.example.com;lr>\r\nFrom: ");
}

static void strict_route(void **state)
{
	(void)state;
	routed(WITH_ROUTES("<sip:192.0.2.3>\r\nRecord-Route: <sip:p2.example.com;lr>"),
	       "192.0.2.3:5060", "BYE sip:192.0.2.3 SIP/2.0\r\n",
	       "Max-Forwards: 70\r\nRoute: <sip:p2.example.com;lr>\r\n"
	       "Route: <sip:target@192.0.2.88:5088;x=y>\r\nFrom: ");
}

static void route_by_name_goes_back_where_it_came_from(void **state)
{
	(void)state;
	routed(WITH_ROUTES("<sip:p1.example.com;lr>"), "192.0.2.77:5060",
	       "BYE sip:target@192.0.2.88:5088;x=y SIP/2.0\r\n",
	       "Route: <sip:p1.example.com;lr>\r\nFrom: ");
}

/* A caller's route set is the Record-Route in reverse. */
static void routes_of_a_caller(void **state)
{
	struct sip_msg *bye;
	const char *text;
	char *with;

	(void)state;
	call(&ua_a, &b);
	snet_run(10);
	snet_plan("B>A 200", 1, SNET_LOSE, 0);
	answer(&ua_b, 200);
	text = snet_last("B>A 200 INVITE");
	assert_true(asprintf(&with, "%.*sRecord-Route: <sip:p2;lr>, <sip:p1;lr>%s",
			     (int)(strstr(text, "From: ") - text), text,
			     strstr(text, "\r\nFrom: ")) > 0);
	snet_inject(&a, "192.0.2.2", 5060, with, strlen(with));
	free(with);
	assert_non_null(ua_a.dialog);
	assert_int_equal(ua_a.dialog->nroutes, 2);
	bye = sip_dialog_request(ua_a.dialog, SIP_BYE);
	assert_string_equal(sip_msg_value(bye, SIP_HDR_ROUTE), "<sip:p1;lr>");
	sip_msg_free(bye);
}

static void record_route_is_in_the_answer(void **state)
{
	static const char invite[] = WITH_ROUTES("<sip:192.0.2.3;lr>, <sip:p2.example.com;lr>");

	(void)state;
	snet_inject(&b, "192.0.2.77", 5060, invite, sizeof(invite) - 1);
	answer(&ua_b, 180);
	assert_non_null(strstr(snet_last("B>? 180"), "Record-Route: <sip:192.0.2.3;lr>\r\n"
			       "Record-Route: <sip:p2.example.com;lr>\r\n"));
	sip_ua_refuse(ua_b.invite, 486, NULL, 0);
	assert_null(strstr(snet_last("B>? 486"), "Record-Route"));
}

static void no_dialog_without_a_contact(void **state)
{
	static const char invite[] =
		"INVITE sip:to@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKnc\r\n"
		"From: <sip:x@192.0.2.77>;tag=ft\r\nTo: <sip:to@192.0.2.2>\r\nCall-ID: nc\r\n"
		"CSeq: 1 INVITE\r\n\r\n";
	struct err e = { 0 };

	(void)state;
	snet_inject(&b, "192.0.2.77", 5060, invite, sizeof(invite) - 1);
	assert_null(sip_dialog_uas(&b.dialogs, ua_b.invite, "<sip:b@192.0.2.2>", &e));
	assert_int_equal(e.code, -EINVAL);
	assert_int_equal(b.dialogs.table.count, 0);
}

/* ---- what is answered before -------------------------------------------------------------------- */

#define URI "sip:to@192.0.2.2"

static const struct {
	const char *method, *uri, *more, *body, *answer, *with;
} screened[] = {
	{ "FOO", URI, "", "", "501 FOO", "\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n" },
	{ "REGISTER", URI, "", "", "405 REGISTER", "\r\nAllow: INVITE, " },
	{ "INVITE", "tel:+491", "", "", "416 INVITE", NULL },
	{ "INVITE", "sips:to@192.0.2.2", "", "", "416 INVITE", NULL },
	{ "INVITE", URI, "Max-Forwards: 0\r\n", "", "483 INVITE", NULL },
	{ "OPTIONS", URI, "Max-Forwards: 0\r\n", "", "200 OPTIONS", "\r\nSupported: 100rel\r\n" },
	{ "INVITE", URI, "Require: 100rel, foo\r\nRequire: bar\r\n", "", "420 INVITE",
	  "\r\nUnsupported: foo, bar\r\n" },
	{ "INVITE", URI, "Content-Type: text/plain\r\n", "x", "415 INVITE",
	  "\r\nAccept: application/sdp\r\n" },
	{ "INVITE", URI, "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "x",
	  "415 INVITE", NULL },
	{ "OPTIONS", URI, "", "", "200 OPTIONS", "\r\nAccept: application/sdp\r\n" },
};

static void screening(void **state)
{
	char text[1024], label[64], trace[128];

	(void)state;
	for (unsigned int i = 0; i < sizeof(screened) / sizeof(screened[0]); i++) {
		const char *body = screened[i].body;
		const bool served = strncmp(screened[i].answer, "200", 3) == 0;
		int len;

		len = snprintf(text, sizeof(text),
			       "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKs%u\r\n"
			       "From: <sip:x@192.0.2.77>;tag=ft\r\nTo: <sip:to@192.0.2.2>\r\n"
			       "Call-ID: s%u\r\nCSeq: 1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
			       screened[i].method, screened[i].uri, i, i, screened[i].method,
			       screened[i].more, strlen(body), body);
		snet_inject(&b, "192.0.2.77", 5060, text, (size_t)len);
		snprintf(label, sizeof(label), "B>? %s", screened[i].answer);
		snprintf(trace, sizeof(trace), "%s0 %s\n", served ? "0 B got OPTIONS\n" : "", label);
		snet_expect(trace);
		if (screened[i].with && !strstr(snet_last(label), screened[i].with))
			fail_msg("%s lacks %s", snet_last(label), screened[i].with);
	}
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
		T(whole_call),
		T(callee_hangs_up),
		T(in_dialog_requests_say_what_they_must),
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
		T(cseq_below_is_500),
		T(no_dialog_is_481),
		T(target_is_refreshed),
		T(invite_cseq_is_the_acks),
		T(loose_routes),
		T(strict_route),
		T(route_by_name_goes_back_where_it_came_from),
		T(routes_of_a_caller),
		T(record_route_is_in_the_answer),
		T(no_dialog_without_a_contact),
		T(screening),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
