// SPDX-License-Identifier: GPL-2.0-or-later
/* Transport: Via, received and rport, where answers go, what is dropped, real UDP sockets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "sip_transp.h"

static struct sip_transp t;
static char sent[65536];
static size_t sent_len;
static char sent_to[ADDR_STRLEN];
static unsigned int sent_count, got_count;
static char got_via[512];
static struct sip_hop got_hop;

static int catch_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	(void)side;
	memcpy(sent, data, len);
	sent[len] = '\0';
	sent_len = len;
	addr_str(&to->remote, sent_to);
	sent_count++;
	return 0;
}

static const struct sip_side_ops ops = { .proto = SIP_UDP, .send = catch_send };

static void on_message(struct sip_transp *transp, struct sip_msg *m, const struct sip_hop *from)
{
	struct sip_hop to;
	struct sip_msg *resp;

	got_count++;
	got_hop = *from;
	snprintf(got_via, sizeof(got_via), "%s", sip_msg_value(m, SIP_HDR_VIA));
	if (!sip_msg_is_request(m))
		return;
	sip_transp_reply_hop(m, from, &to);
	resp = sip_msg_response(m, 200, NULL, "tt");
	assert_non_null(resp);
	assert_int_equal(sip_transp_send(transp, &to, resp), 0);
	sip_msg_free(resp);
}

static int setup(void **state)
{
	struct addr own;

	(void)state;
	log_set_level(LOG_LVL_ERROR);
	memset(&t, 0, sizeof(t));
	t.message = on_message;
	sent_count = got_count = 0;
	got_via[0] = sent_to[0] = '\0';
	addr_parse(&own, "192.0.2.1", 5060);
	assert_int_equal(sip_transp_add(&t, &ops, &own, NULL, NULL), 0);
	addr_parse(&own, "2001:db8::1", 5062);
	assert_int_equal(sip_transp_add(&t, &ops, &own, NULL, NULL), 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_transp_fini(&t);
	loop_turn(0);
	return 0;
}

static void from(unsigned int side, const char *ip, uint16_t port, const char *text, size_t len)
{
	struct sip_hop hop = { .side = side, .proto = SIP_UDP };

	assert_int_equal(addr_parse(&hop.remote, ip, port), 0);
	sip_transp_input(&t, &hop, text, len);
}

#define REST	"From: <sip:f@x>;tag=ft\r\nTo: <sip:t@x>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"

/* ---- RFC 3261 section 18.2, RFC 3581 --------------------------------------------------- */

static const struct {
	const char *via;		/* as sent */
	unsigned int side;
	const char *ip;			/* by */
	uint16_t port;
	const char *seen;		/* Via as the TU sees it */
	const char *answer_to;
} vias[] = {
	{ "192.0.2.9:5070;branch=z9hG4bKa", 0, "192.0.2.9", 40000,
	  "192.0.2.9:5070;branch=z9hG4bKa", "192.0.2.9:5070" },
	{ "192.0.2.9;branch=z9hG4bKa", 0, "192.0.2.9", 40000,
	  "192.0.2.9;branch=z9hG4bKa", "192.0.2.9:5060" },
	{ "10.1.1.1:4540;branch=z9hG4bKa", 0, "192.0.2.9", 9988,
	  "10.1.1.1:4540;branch=z9hG4bKa;received=192.0.2.9", "192.0.2.9:4540" },
	{ "phone.example.com:5070;branch=z9hG4bKa", 0, "192.0.2.9", 9988,
	  "phone.example.com:5070;branch=z9hG4bKa;received=192.0.2.9", "192.0.2.9:5070" },
	/* the example of RFC 3581 section 6 */
	{ "10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff", 0, "192.0.2.1", 9988,
	  "10.1.1.1:4540;branch=z9hG4bKkjshdyff;received=192.0.2.1;rport=9988", "192.0.2.1:9988" },
	/* with rport, received is there even when it is the same */
	{ "192.0.2.9:5070;rport;branch=z9hG4bKa", 0, "192.0.2.9", 5070,
	  "192.0.2.9:5070;branch=z9hG4bKa;received=192.0.2.9;rport=5070", "192.0.2.9:5070" },
	/* what the sender claims to have been seen as is not believed */
	{ "192.0.2.9:5070;branch=z9hG4bKa;received=203.0.113.5;rport=53", 0, "192.0.2.9", 5071,
	  "192.0.2.9:5070;branch=z9hG4bKa;received=192.0.2.9;rport=5071", "192.0.2.9:5071" },
	{ "192.0.2.9:5070;branch=z9hG4bKa;received=203.0.113.5", 0, "192.0.2.9", 5071,
	  "192.0.2.9:5070;branch=z9hG4bKa;received=192.0.2.9", "192.0.2.9:5070" },
	/* nor is maddr: answers go to the sender */
	{ "192.0.2.9:5070;branch=z9hG4bKa;maddr=203.0.113.5", 0, "192.0.2.9", 5071,
	  "192.0.2.9:5070;branch=z9hG4bKa;maddr=203.0.113.5", "192.0.2.9:5070" },
	/* IPv6 */
	{ "[2001:db8::9]:5070;branch=z9hG4bKa", 1, "2001:db8::9", 40000,
	  "[2001:db8::9]:5070;branch=z9hG4bKa", "[2001:db8::9]:5070" },
	{ "[2001:0DB8:0::9];branch=z9hG4bKa", 1, "2001:db8::9", 40000,
	  "[2001:0DB8:0::9];branch=z9hG4bKa", "[2001:db8::9]:5060" },
	{ "[2001:db8::77]:5070;branch=z9hG4bKa;rport", 1, "2001:db8::9", 40000,
	  "[2001:db8::77]:5070;branch=z9hG4bKa;received=2001:db8::9;rport=40000",
	  "[2001:db8::9]:40000" },
};

static void received_and_rport(void **state)
{
	char text[1024], want[512];

	(void)state;
	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++) {
		const int len = snprintf(text, sizeof(text),
					 "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\n"
					 "Via: SIP/2.0/TCP below;branch=z9hG4bKbelow\r\n" REST,
					 vias[i].via);

		from(vias[i].side, vias[i].ip, vias[i].port, text, (size_t)len);
		assert_int_equal(got_count, i + 1);
		snprintf(want, sizeof(want), "SIP/2.0/UDP %s", vias[i].seen);
		assert_string_equal(got_via, want);
		assert_string_equal(sent_to, vias[i].answer_to);
		snprintf(want, sizeof(want), "\r\nVia: SIP/2.0/UDP %s\r\n"
			 "Via: SIP/2.0/TCP below;branch=z9hG4bKbelow\r\n", vias[i].seen);
		assert_non_null(strstr(sent, want));
	}
}

static void own_via(void **state)
{
	struct sip_msg *m = sip_msg_request(SIP_OPTIONS, "sip:x@y");
	struct sip_hop hop = { .side = 1 };

	(void)state;
	assert_int_equal(sip_transp_push_via(&t, &hop, m, "z9hG4bKfix"), 0);
	assert_string_equal(sip_msg_value(m, SIP_HDR_VIA),
			    "SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bKfix;rport");
	hop.side = 0;
	assert_int_equal(sip_transp_push_via(&t, &hop, m, NULL), 0);
	assert_string_equal(m->via->host, "192.0.2.1");
	assert_int_equal(strlen(m->via->branch), 7 + 16);
	assert_memory_equal(m->via->branch, "z9hG4bK", 7);
	hop.side = 2;
	assert_int_equal(sip_transp_push_via(&t, &hop, m, NULL), -EINVAL);
	sip_msg_free(m);
}

static void contacts(void **state)
{
	char out[128];

	(void)state;
	assert_int_equal(sip_transp_contact(&t, 0, "gw", out, sizeof(out)), 23);
	assert_string_equal(out, "<sip:gw@192.0.2.1:5060>");
	assert_int_equal(sip_transp_contact(&t, 1, NULL, out, sizeof(out)), 24);
	assert_string_equal(out, "<sip:[2001:db8::1]:5062>");
	assert_int_equal(sip_transp_contact(&t, 1, NULL, out, 24), -ENOSPC);
}

static void sides_must_be_nameable(void **state)
{
	struct addr any, some;

	(void)state;
	addr_parse(&any, "0.0.0.0", 5060);
	addr_parse(&some, "192.0.2.5", 5060);
	assert_int_equal(sip_transp_add(&t, &ops, &any, NULL, NULL), -EINVAL);
	assert_int_equal(sip_transp_add(&t, &ops, &any, &some, NULL), 2);
	assert_string_equal(t.side[2]->sent_by, "192.0.2.5:5060");
	for (int i = 3; i < SIP_MAX_SIDES; i++)
		assert_int_equal(sip_transp_add(&t, &ops, &some, NULL, NULL), i);
	assert_int_equal(sip_transp_add(&t, &ops, &some, NULL, NULL), -ENOSPC);
}

/* ---- what is not passed on ------------------------------------------------------------------ */

static void keep_alives(void **state)
{
	(void)state;
	from(0, "192.0.2.9", 5060, "\r\n\r\n", 4);
	from(0, "192.0.2.9", 5060, "\r\n", 2);
	from(0, "192.0.2.9", 5060, "", 0);
	from(0, "192.0.2.9", 5060, "\0\0\0\0", 4);
	assert_int_equal(t.stats.rx_keepalives, 4);
	assert_int_equal(got_count + sent_count, 0);
}

static void leading_empty_lines(void **state)
{
	static const char text[] = "\r\n\r\nOPTIONS sip:x SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n" REST;

	(void)state;
	from(0, "192.0.2.9", 5060, text, sizeof(text) - 1);
	assert_int_equal(got_count, 1);
}

static void noise(void **state)
{
	static const char *const texts[] = {
		"hello", "\r\nhello\r\n\r\n", "OPTIONS sip:x SIP/2.0\r\n\r\n",
		"\x16\xfe\xfd dtls", "SIP/2.0 200 OK\r\n\r\n",
		/* a malformed ACK is never answered */
		"ACK sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		from(0, "192.0.2.9", 5060, texts[i], strlen(texts[i]));
		assert_int_equal(t.stats.rx_dropped, i + 1);
	}
	assert_int_equal(got_count + sent_count, 0);
}

static void malformed_is_answered_400(void **state)
{
	static const char text[] = "OPTIONS sip:x SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport\r\n"
		"From: <sip:f@x>;tag=ft\r\nTo: <sip:t@x>\r\nCall-ID: c\r\nCSeq: x OPTIONS\r\n\r\n";
	static const char head[] = "SIP/2.0 400 malformed CSeq\r\n"
		"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.9;rport=5077\r\n"
		"From: <sip:f@x>;tag=ft\r\nTo: <sip:t@x>;tag=";
	static char first[65536];

	(void)state;
	from(0, "192.0.2.9", 5077, text, sizeof(text) - 1);
	assert_int_equal(got_count, 0);
	assert_int_equal(sent_count, 1);
	assert_int_equal(t.stats.rx_refused, 1);
	assert_string_equal(sent_to, "192.0.2.9:5077");
	assert_memory_equal(sent, head, sizeof(head) - 1);
	assert_non_null(strstr(sent, "\r\nCall-ID: c\r\nCSeq: x OPTIONS\r\nContent-Length: 0\r\n\r\n"));
	memcpy(first, sent, sent_len + 1);
	from(0, "192.0.2.9", 5077, text, sizeof(text) - 1);
	assert_string_equal(sent, first);	/* the tag too */
}

static void oversized(void **state)
{
	static char big[SIP_MAX_MESSAGE + 2];

	(void)state;
	memset(big, 'a', sizeof(big));
	from(0, "192.0.2.9", 5060, big, SIP_MAX_MESSAGE + 1);
	assert_int_equal(t.stats.rx_too_big, 1);
	assert_int_equal(t.stats.rx_dropped, 1);
}

static void responses_by_via(void **state)
{
	static const struct {
		const char *via;
		unsigned int side;
		bool ours;
	} rows[] = {
		{ "192.0.2.1:5060;branch=z9hG4bKa", 0, true },
		{ "192.0.2.1;branch=z9hG4bKa", 0, true },
		{ "192.0.2.1:5061;branch=z9hG4bKa", 0, false },
		{ "192.0.2.2:5060;branch=z9hG4bKa", 0, false },
		{ "host.example.com;branch=z9hG4bKa", 0, false },
		{ "[2001:DB8:0::1]:5062;branch=z9hG4bKa", 1, true },
		{ "[2001:db8::1]:5062;branch=z9hG4bKa", 0, false },
		{ "[2001:db8::1];branch=z9hG4bKa", 1, false },
	};
	unsigned int ours = 0;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int len = snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n"
					 "Via: SIP/2.0/UDP %s\r\n" REST, rows[i].via);

		ours += rows[i].ours;
		from(rows[i].side, "192.0.2.9", 5060, text, (size_t)len);
		assert_int_equal(got_count, ours);
		assert_int_equal(t.stats.rx_via_mismatch, i + 1 - ours);
	}
}

static void large_requests_are_counted(void **state)
{
	struct sip_msg *m = sip_msg_request(SIP_OPTIONS, "sip:x@y");
	struct sip_hop hop = { .side = 0 };
	static char body[1300];

	(void)state;
	addr_parse(&hop.remote, "192.0.2.9", 5060);
	assert_int_equal(sip_msg_add(m, SIP_HDR_CALL_ID, "c"), 0);
	memset(body, 'x', sizeof(body));
	assert_int_equal(sip_msg_set_body(m, "text/plain", body, 1100), 0);
	assert_int_equal(sip_transp_send(&t, &hop, m), 0);
	assert_int_equal(t.stats.tx_over_mtu, 0);
	assert_int_equal(sip_msg_set_body(m, "text/plain", body, 1300), 0);
	assert_int_equal(sip_transp_send(&t, &hop, m), 0);
	assert_int_equal(t.stats.tx_over_mtu, 1);
	assert_int_equal(sent_count, 2);
	sip_msg_free(m);
}

/* ---- sockets ---------------------------------------------------------------------------------------- */

static void over_sockets(const char *ip)
{
	struct sip_transp one = { .message = on_message }, two = { .message = on_message };
	struct sip_hop hop = { .proto = SIP_UDP };
	struct addr a;
	struct err e = { 0 };
	struct sip_msg *m;
	int fd;

	got_count = 0;
	addr_parse(&a, ip, 0);
	fd = sip_udp_bind(&a, &e);
	assert_true(fd >= 0);
	assert_int_equal(sip_udp_add(&one, fd, NULL, &e), 0);
	fd = sip_udp_bind(&a, &e);
	assert_int_equal(sip_udp_add(&two, fd, NULL, &e), 0);
	hop.remote = two.side[0]->local;
	assert_int_not_equal(hop.remote.port, 0);

	m = sip_msg_request(SIP_OPTIONS, "sip:x@y");
	sip_msg_add(m, SIP_HDR_FROM, "<sip:f@x>;tag=ft");
	sip_msg_add(m, SIP_HDR_TO, "<sip:t@x>");
	sip_msg_add(m, SIP_HDR_CALL_ID, "c");
	sip_msg_add(m, SIP_HDR_CSEQ, "1 OPTIONS");
	assert_int_equal(sip_transp_push_via(&one, &hop, m, NULL), 0);
	/* more than one wake's worth, and each is answered */
	for (int i = 0; i < 100; i++)
		assert_int_equal(sip_transp_send(&one, &hop, m), 0);
	for (int i = 0; i < 500 && got_count < 200; i++)
		loop_turn(10);
	assert_int_equal(got_count, 200);
	assert_int_equal(two.stats.rx_requests, 100);
	assert_int_equal(one.stats.rx_responses, 100);
	assert_true(addr_equal(&got_hop.remote, &hop.remote));
	sip_msg_free(m);
	sip_transp_fini(&one);
	sip_transp_fini(&two);
	loop_turn(0);
}

static void udp_ipv4(void **state)
{
	(void)state;
	over_sockets("127.0.0.1");
}

static void udp_ipv6(void **state)
{
	(void)state;
	over_sockets("::1");
}

static void bind_errors_say_what_to_do(void **state)
{
	struct addr a;
	struct err e = { 0 };
	int fd, again;

	(void)state;
	addr_parse(&a, "192.0.2.1", 5060);
	assert_int_equal(sip_udp_bind(&a, &e), -EADDRNOTAVAIL);
	assert_non_null(strstr(e.text, "192.0.2.1:5060"));
	assert_non_null(strstr(e.text, "no interface has this address"));
	addr_parse(&a, "127.0.0.1", 0);
	fd = sip_udp_bind(&a, &e);
	assert_int_equal(sip_udp_add(&t, fd, NULL, &e), 2);
	again = sip_udp_bind(&t.side[2]->local, &e);
	assert_int_equal(again, -EADDRINUSE);
	assert_non_null(strstr(e.text, "another SIP server"));
	addr_parse(&a, "0.0.0.0", 0);
	fd = sip_udp_bind(&a, &e);
	assert_int_equal(sip_udp_add(&t, fd, NULL, &e), -EINVAL);
	assert_non_null(strstr(e.text, "advertise"));
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
		T(received_and_rport),
		T(own_via),
		T(contacts),
		T(sides_must_be_nameable),
		T(keep_alives),
		T(leading_empty_lines),
		T(noise),
		T(malformed_is_answered_400),
		T(oversized),
		T(responses_by_via),
		T(large_requests_are_counted),
		T(udp_ipv4),
		T(udp_ipv6),
		T(bind_errors_say_what_to_do),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, loop_up, loop_down);
}
