// SPDX-License-Identifier: GPL-2.0-or-later
/* What dialogs check and put into requests, and what is answered before. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "sip_party.h"

/* ---- what dialogs check ---------------------------------------------------------------------- */

static void in_dialog_requests_say_what_they_must(void **state)
{
	char want[1024];
	const char *bye;

	(void)state;
	party_standing();
	party_request(&party_a, SIP_BYE);
	bye = snet_last("A>B BYE");
	snprintf(want, sizeof(want),
		 "Max-Forwards: 70\r\n"
		 "From: \"Caller\" <sip:from@192.0.2.1:5060>;tag=from-call\r\n"
		 "To: <sip:to@192.0.2.2:5060>;tag=%s\r\n"
		 "Call-ID: call\r\n"
		 "CSeq: 2 BYE\r\n"
		 "Content-Length: 0\r\n\r\n", party_b.dialog->local_tag);
	assert_non_null(strstr(bye, want));
	assert_memory_equal(bye, "BYE sip:callee@192.0.2.2:5060 SIP/2.0\r\n", 39);
	party_request(&party_b, SIP_UPDATE);
	bye = snet_last("B>A UPDATE");
	assert_memory_equal(bye, "UPDATE sip:from@192.0.2.1:5060 SIP/2.0\r\n", 40);
	assert_non_null(strstr(bye, "\r\nContact: <sip:callee@192.0.2.2:5060>\r\n"));
	assert_non_null(strstr(bye, "\r\nTo: \"Caller\" <sip:from@192.0.2.1:5060>;tag=from-call\r\n"));
	snet_run(10);
}

static void cseq_below_is_500(void **state)
{
	(void)state;
	party_standing();
	party_request(&party_a, SIP_UPDATE);
	snet_run(10);
	party_a.dialog->local_cseq -= 2;
	party_request(&party_a, SIP_UPDATE);
	snet_run(10);
	snet_expect("30 A>B UPDATE\n30 B got UPDATE in dialog\n30 B>A 200 UPDATE\n30 A got 200 UPDATE\n"
		    "40 A>B UPDATE\n40 B>A 500 UPDATE\n40 A got 500 UPDATE\n");
}

static void no_dialog_is_481(void **state)
{
	(void)state;
	party_standing();
	sip_dialog_terminate(party_b.dialog);
	party_request(&party_a, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B BYE\n30 B>A 481 BYE\n30 A got 481 BYE\n");
	assert_int_equal(party_b.node.dialogs.table.count, 0);
}

static void target_is_refreshed(void **state)
{
	(void)state;
	party_standing();
	party_a.dialog->contact = "<sip:moved@192.0.2.3:5060>";
	party_request(&party_a, SIP_UPDATE);
	snet_run(10);
	assert_string_equal(party_b.dialog->remote_target, "sip:moved@192.0.2.3:5060");
	party_request(&party_b, SIP_BYE);
	snet_run(10);
	snet_expect("30 A>B UPDATE\n30 B got UPDATE in dialog\n30 B>A 200 UPDATE\n30 A got 200 UPDATE\n"
		    "40 B>C BYE\n40 C>B 481 BYE\n40 B got 481 BYE\n");
}

static void invite_cseq_is_the_acks(void **state)
{
	(void)state;
	party_standing();
	party_request(&party_a, SIP_UPDATE);
	party_request(&party_a, SIP_INVITE);
	party_request(&party_a, SIP_UPDATE);
	assert_int_equal(sip_dialog_ack(party_a.dialog, &party_a.node.stack, "application/sdp", "v=0\r\n", 5), 0);
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

	snet_inject(&party_b.node, "192.0.2.77", 5060, invite, strlen(invite));
	party_answer(&party_b, 200);
	bye = sip_dialog_request(party_b.dialog, SIP_BYE);
	assert_non_null(bye);
	sip_dialog_hop(party_b.dialog, bye, &to);
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
	party_call(&party_a, &party_b);
	snet_run(10);
	snet_plan("B>A 200", 1, SNET_LOSE, 0);
	party_answer(&party_b, 200);
	text = snet_last("B>A 200 INVITE");
	assert_true(asprintf(&with, "%.*sRecord-Route: <sip:p2;lr>, <sip:p1;lr>%s",
			     (int)(strstr(text, "From: ") - text), text,
			     strstr(text, "\r\nFrom: ")) > 0);
	snet_inject(&party_a.node, "192.0.2.2", 5060, with, strlen(with));
	free(with);
	assert_non_null(party_a.dialog);
	assert_int_equal(party_a.dialog->nroutes, 2);
	bye = sip_dialog_request(party_a.dialog, SIP_BYE);
	assert_string_equal(sip_msg_value(bye, SIP_HDR_ROUTE), "<sip:p1;lr>");
	sip_msg_free(bye);
}

static void record_route_is_in_the_answer(void **state)
{
	static const char invite[] = WITH_ROUTES("<sip:192.0.2.3;lr>, <sip:p2.example.com;lr>");

	(void)state;
	snet_inject(&party_b.node, "192.0.2.77", 5060, invite, sizeof(invite) - 1);
	party_answer(&party_b, 180);
	assert_non_null(strstr(snet_last("B>? 180"), "Record-Route: <sip:192.0.2.3;lr>\r\n"
			       "Record-Route: <sip:p2.example.com;lr>\r\n"));
	sip_ua_refuse(party_b.invite, 486, NULL, 0);
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
	snet_inject(&party_b.node, "192.0.2.77", 5060, invite, sizeof(invite) - 1);
	assert_null(sip_dialog_uas(&party_b.node.dialogs, party_b.invite, "<sip:b@192.0.2.2>", &e));
	assert_int_equal(e.code, -EINVAL);
	assert_int_equal(party_b.node.dialogs.table.count, 0);
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
		snet_inject(&party_b.node, "192.0.2.77", 5060, text, (size_t)len);
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

#define T(f) cmocka_unit_test_setup_teardown(f, party_setup, party_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(in_dialog_requests_say_what_they_must),
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
