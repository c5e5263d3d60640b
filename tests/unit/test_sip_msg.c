// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: what is refused and why, lists, changes, building, writing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "sip_msg.h"

static char written[2 * SIP_MAX_MESSAGE];

static const char *text_of(const struct sip_msg *m)
{
	struct wbuf w = wbuf_on(written, sizeof(written));

	sip_msg_write(m, &w);
	wbuf_u8(&w, 0);
	assert_false(w.bad);
	return written;
}

static struct sip_msg *good(const char *text)
{
	struct err e = { 0 };
	unsigned int refusal;
	struct sip_msg *m;

	if (sip_msg_parse(&m, text, strlen(text), &refusal, &e))
		fail_msg("refused: %s", e.text);
	return m;
}

#define VIA	"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n"
#define FROM	"From: <sip:f@x>;tag=ft\r\n"
#define TO	"To: <sip:t@x>\r\n"
#define ID	"Call-ID: c@x\r\n"
#define CSEQ	"CSeq: 1 INVITE\r\n"
#define ALL	VIA FROM TO ID CSEQ
#define START	"INVITE sip:t@x SIP/2.0\r\n"

static const struct {
	const char *text;
	unsigned int refusal;		/* 0: dropped */
	const char *why;
} refused[] = {
	/* start line */
	{ "INVITE  sip:t@x SIP/2.0\r\n" ALL "\r\n", 400, "Request-URI: white space" },
	{ "INVITE sip:t@x\r\n" ALL "\r\n", 400, "malformed request line" },
	{ "INVITE\r\n" ALL "\r\n", 400, "malformed request line" },
	{ "INVITE sip:t@x HTTP/1.1\r\n" ALL "\r\n", 400, "no SIP version" },
	{ "INVITE sip:t@x SIP/2.\r\n" ALL "\r\n", 400, "no SIP version" },
	{ "INVITE sip:t@x SIP/3.0\r\n" ALL "\r\n", 505, "Version Not Supported" },
	{ "INV(TE sip:t@x SIP/2.0\r\n" ALL "\r\n", 400, "malformed method" },
	{ "INVITE sip:t@x?a=b SIP/2.0\r\n" ALL "\r\n", 400, "header components" },
	{ "INVITE t@x SIP/2.0\r\n" ALL "\r\n", 400, "Request-URI" },
	{ "SIP/2.0 099 x\r\n" ALL "\r\n", 0, "status code" },
	{ "SIP/2.0 700 x\r\n" ALL "\r\n", 0, "status code" },
	{ "SIP/2.0 20 x\r\n" ALL "\r\n", 0, "status line" },
	{ "SIP/2.0 2000 x\r\n" ALL "\r\n", 0, "status line" },
	{ "SIP/3.0 200 x\r\n" ALL "\r\n", 0, "status line" },
	/* what has to be there */
	{ START FROM TO ID CSEQ "\r\n", 0, "Missing Via" },
	{ START VIA TO ID CSEQ "\r\n", 400, "Missing From" },
	{ START VIA FROM ID CSEQ "\r\n", 400, "Missing To" },
	{ START VIA FROM TO CSEQ "\r\n", 400, "Missing Call-ID" },
	{ START VIA FROM TO ID "\r\n", 400, "Missing CSeq" },
	{ "SIP/2.0 200 OK\r\n" VIA FROM TO CSEQ "\r\n", 0, "Missing Call-ID" },
	{ START VIA "From: <sip:f@x>\r\n" TO ID CSEQ "\r\n", 400, "From without a tag" },
	/* once */
	{ START ALL FROM "\r\n", 400, "more than one From" },
	{ START ALL TO "\r\n", 400, "more than one To" },
	{ START ALL "i: other\r\n\r\n", 400, "more than one Call-ID" },
	{ START ALL CSEQ "\r\n", 400, "more than one CSeq" },
	{ START ALL "Max-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n", 400, "more than one Max-Forwards" },
	{ START ALL "l: 0\r\nContent-Length: 0\r\n\r\n", 400, "more than one Content-Length" },
	{ START ALL "Content-Type: a/b\r\nc: a/b\r\n\r\n", 400, "more than one Content-Type" },
	/* values */
	{ START VIA FROM TO ID "CSeq: 2147483648 INVITE\r\n\r\n", 400, "below 2^31" },
	{ START VIA FROM TO ID "CSeq: -1 INVITE\r\n\r\n", 400, "malformed CSeq" },
	{ START VIA FROM TO ID "CSeq: 1\r\n\r\n", 400, "malformed CSeq" },
	{ START VIA FROM TO ID "CSeq: 1INVITE\r\n\r\n", 400, "malformed CSeq" },
	{ START VIA FROM TO ID "CSeq: 1 BYE\r\n\r\n", 400, "CSeq method" },
	{ START VIA FROM TO ID "CSeq: 1 invite\r\n\r\n", 400, "CSeq method" },
	{ START VIA FROM TO "Call-ID: a b\r\n" CSEQ "\r\n", 400, "malformed Call-ID" },
	{ START VIA FROM TO "Call-ID: @b\r\n" CSEQ "\r\n", 400, "malformed Call-ID" },
	{ START VIA FROM TO "Call-ID:\r\n" CSEQ "\r\n", 400, "malformed Call-ID" },
	{ START ALL "Max-Forwards: 256\r\n\r\n", 400, "Max-Forwards" },
	{ START ALL "Max-Forwards: x\r\n\r\n", 400, "Max-Forwards" },
	{ START VIA "From: <sip:f@x>;tag=\"q\"\r\n" TO ID CSEQ "\r\n", 400, "From: malformed tag" },
	{ START ALL "Contact: <sip:a@h>, \r\n\r\n", 400, "empty value in Contact" },
	{ START ALL "Contact: ,<sip:a@h>\r\n\r\n", 400, "empty value in Contact" },
	{ START ALL "Route: nonsense\r\n\r\n", 400, "Route" },
	{ START ALL "Content-Type: text\r\n\r\n", 400, "malformed Content-Type" },
	/* Via */
	{ START "Via: SIP/1.0/UDP h;branch=z9hG4bKa\r\n" FROM TO ID CSEQ "\r\n", 400, "SIP/2.0" },
	{ START "Via: SIP/2.0/UDP h:0;branch=z9hG4bKa\r\n" FROM TO ID CSEQ "\r\n", 400, "port" },
	{ START "Via: SIP/2.0/UDP h;rport=x\r\n" FROM TO ID CSEQ "\r\n", 400, "rport" },
	{ START "Via: SIP/2.0/UDP h;received=h\r\n" FROM TO ID CSEQ "\r\n", 400, "received" },
	{ START "Via: SIP/2.0/UDP a_\"b;branch=x\r\n" FROM TO ID CSEQ "\r\n", 400, "Via" },
	{ START ALL "Via: SIP/2.0/UDP\r\n\r\n", 400, "Via" },
	/* header lines */
	{ START ALL "nonsense\r\n\r\n", 400, "without a colon" },
	{ START ALL ": x\r\n\r\n", 400, "header name" },
	{ START ALL "a b: x\r\n\r\n", 400, "header name" },
	{ START " folded: x\r\n" ALL "\r\n", 400, "header name" },
	{ START ALL "X-A: a\x01" "b\r\n\r\n", 400, "control octet" },
	{ START ALL "X-A: a\rb\r\n\r\n", 400, "control octet" },
	{ START ALL "X-A: a\nY: b\r\n\r\n", 400, "control octet" },
	{ START ALL "X-A: a\xff\r\n\r\n", 400, "not UTF-8" },
	{ START ALL, 400, "no empty line" },
	{ START ALL "X-A: y", 400, "no empty line" },
	/* body */
	{ START ALL "Content-Length: 1\r\n\r\n", 400, "more than what came" },
	{ START ALL "Content-Length: -1\r\n\r\n", 400, "malformed Content-Length" },
	{ START ALL "Content-Length: 99999999999\r\n\r\n", 400, "malformed Content-Length" },
	{ START ALL "Content-Length:\r\n\r\n", 400, "malformed Content-Length" },
	{ START ALL "\r\nbody", 400, "Missing Content-Type" },
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct err e = { 0 };
		unsigned int refusal = 999;
		struct sip_msg *m, *resp;

		if (sip_msg_parse(&m, refused[i].text, strlen(refused[i].text), &refusal, &e) !=
		    -EBADMSG)
			fail_msg("taken: %s", refused[i].text);
		if (refusal != refused[i].refusal || !strstr(e.text, refused[i].why))
			fail_msg("%u \"%s\": %s", refusal, e.text, refused[i].text);
		assert_int_equal(m != NULL, refusal != 0);
		if (!m)
			continue;
		resp = sip_msg_response(m, refusal, e.text, "tt");
		assert_non_null(resp);
		assert_non_null(strstr(text_of(resp), e.text));
		sip_msg_free(resp);
		sip_msg_free(m);
	}
}

/* Every prefix of a message is refused or taken; none makes it stumble. */
static void cut_short(void **state)
{
	static const char text[] = START ALL "Contact: \"a\" <sip:a@h>;q=1\r\n"
		"Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody";
	unsigned int refusal;
	struct sip_msg *m;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy = malloc(n + 1);	/* so that reading on is seen */

		memcpy(copy, text, n);
		assert_int_equal(sip_msg_parse(&m, n ? copy : "", n, &refusal, NULL), -EBADMSG);
		free(copy);
		sip_msg_free(m);
	}
	sip_msg_free(good(text));
}

static void limits(void **state)
{
	static char text[3 * SIP_MAX_LINE + 40 * SIP_MAX_HEADERS];
	struct err e = { 0 };
	unsigned int refusal;
	struct sip_msg *m;
	size_t len;

	(void)state;
	for (int more = 0; more < 2; more++) {
		len = (size_t)sprintf(text, START ALL);
		for (int i = 5; i < SIP_MAX_HEADERS + more; i++)
			len += (size_t)sprintf(text + len, "X-A: y\r\n");
		len += (size_t)sprintf(text + len, "\r\n");
		assert_int_equal(sip_msg_parse(&m, text, len, &refusal, &e), more ? -EBADMSG : 0);
		sip_msg_free(m);
	}
	assert_int_equal(refusal, 400);
	assert_string_equal(e.text, "more than 256 header fields");
	for (int more = 0; more < 2; more++) {
		len = (size_t)sprintf(text, START ALL "X-A: ");
		memset(text + len, 'x', SIP_MAX_LINE + more);
		len += (size_t)(SIP_MAX_LINE + more);
		len += (size_t)sprintf(text + len, "\r\n\r\n");
		assert_int_equal(sip_msg_parse(&m, text, len, &refusal, &e), more ? -EBADMSG : 0);
		sip_msg_free(m);
	}
	assert_string_equal(e.text, "header field too long");
	for (int more = 0; more < 2; more++) {
		static char big[SIP_MAX_MESSAGE];

		len = (size_t)sprintf(big, START ALL "Content-Type: a/b\r\n\r\n");
		memset(big + len, 'x', SIP_MAX_BODY + more);
		len += (size_t)(SIP_MAX_BODY + more);
		assert_int_equal(sip_msg_parse(&m, big, len, &refusal, &e), more ? -EBADMSG : 0);
		if (!more)
			assert_int_equal(m->body_len, SIP_MAX_BODY);
		sip_msg_free(m);
	}
	assert_int_equal(refusal, 413);
}

/* What takes a parser's time with the square of its length is cut off early. */
static void many_parameters(void **state)
{
	static const struct {
		const char *before, *after;
		char each;
	} where[] = {
		{ "INVITE sip:x@y", " SIP/2.0\r\n" ALL "\r\n", ';' },
		{ START ALL "Contact: <sip:x@y?b=c", ">\r\n\r\n", '&' },
		{ START ALL "Contact: <sip:x@y", ">\r\n\r\n", ';' },
		{ START ALL "Contact: <sip:x@y>", "\r\n\r\n", ';' },
		{ START ALL "Via: SIP/2.0/UDP x", "\r\n\r\n", ';' },
	};
	static char text[SIP_MAX_MESSAGE];
	struct err e = { 0 };
	unsigned int refusal;
	struct sip_msg *m;
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		for (int more = 0; more < 2; more++) {
			len = (size_t)sprintf(text, "%s", where[i].before);
			for (int n = 0; n < SIP_MAX_PARAMS + more; n++)
				len += (size_t)sprintf(text + len, "%ca%d=1", where[i].each, n);
			len += (size_t)sprintf(text + len, "%s", where[i].after);
			assert_int_equal(sip_msg_parse(&m, text, len, &refusal, &e), more ? -EBADMSG : 0);
			sip_msg_free(m);
			if (more)
				assert_int_equal(refusal, 400);
			assert_true(!more || strstr(e.text, "more than 64 parameters"));
		}
	/* A whole datagram of them takes no longer. */
	len = (size_t)sprintf(text, "INVITE sip:x@y");
	memset(text + len, ';', SIP_MAX_MESSAGE - len);
	memcpy(text + SIP_MAX_MESSAGE - strlen(where[0].after), where[0].after, strlen(where[0].after));
	assert_int_equal(sip_msg_parse(&m, text, SIP_MAX_MESSAGE, &refusal, &e), -EBADMSG);
	assert_int_equal(refusal, 414);
	sip_msg_free(m);
}

static void kept_as_it_came(void **state)
{
	static const char text[] =
		"INVITE sip:%61@x;p SIP/2.0\r\n"
		"X-First: a, b ,c\r\n"
		"v: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n"
		"Identity: abc.def.ghi;info=<https://x/y,z>;alg=ES256\r\n"
		"f: \"F, 1\" <sip:f@x>;tag=ft\r\n"
		"t: <sip:t@x>\r\n"
		"i: c@x\r\n"
		"CSeq: 1 INVITE\r\n"
		"k: a,b\r\n"
		"Date: Fri, 25 Sep 2015 19:12:25 GMT\r\n"
		"c: application/sdp\r\n"
		"Content-Length: 3\r\n\r\n\0\1\2 and what is behind";
	struct wbuf w = wbuf_on(written, sizeof(written));
	unsigned int refusal;
	struct sip_msg *m, *copy;
	const size_t whole = sizeof(text) - 1 - strlen(" and what is behind");

	(void)state;
	assert_int_equal(sip_msg_parse(&m, text, sizeof(text) - 1, &refusal, NULL), 0);
	sip_msg_write(m, &w);
	assert_int_equal(w.len, whole);
	assert_memory_equal(w.data, text, whole);
	copy = sip_msg_clone(m);
	sip_msg_free(m);
	w.len = 0;
	sip_msg_write(copy, &w);
	assert_int_equal(w.len, whole);
	assert_memory_equal(w.data, text, whole);
	sip_msg_free(copy);
}

static void lists_are_split(void **state)
{
	struct sip_msg *m = good(START VIA "Via: SIP/2.0/TCP a, SIP/2.0/TLS b:1;x=\"p,q\"\r\n"
				 FROM TO ID CSEQ
				 "Route: <sip:p1;lr>,<sip:a,b@p2;lr>\r\nRoute: \"x, y\" <sip:p3>\r\n"
				 "Require: a , b\r\nRequire: ,c,,\r\nContact: *\r\n\r\n");
	struct sip_token_pos pos = { 0 };
	const struct sip_hdr *h = NULL;
	char out[2];

	(void)state;
	h = sip_msg_find(m, SIP_HDR_VIA, h);
	assert_string_equal(h->via->branch, "z9hG4bKa");
	h = sip_msg_find(m, SIP_HDR_VIA, h);
	assert_string_equal(h->via->host, "a");
	h = sip_msg_find(m, SIP_HDR_VIA, h);
	assert_string_equal(h->value, "SIP/2.0/TLS b:1;x=\"p,q\"");
	assert_int_equal(h->via->proto, SIP_TLS);
	assert_int_equal(h->via->port, 1);
	assert_null(sip_msg_find(m, SIP_HDR_VIA, h));
	h = sip_msg_find(m, SIP_HDR_ROUTE, NULL);
	assert_string_equal(h->addr->uri.host, "p1");
	h = sip_msg_find(m, SIP_HDR_ROUTE, h);
	assert_string_equal(h->addr->uri.user, "a,b");
	h = sip_msg_find(m, SIP_HDR_ROUTE, h);
	assert_string_equal(h->addr->display, "\"x, y\"");
	assert_null(sip_msg_find(m, SIP_HDR_ROUTE, h));
	assert_true(sip_msg_next_token(m, SIP_HDR_REQUIRE, &pos, out, sizeof(out)));
	assert_string_equal(out, "a");
	assert_true(sip_msg_next_token(m, SIP_HDR_REQUIRE, &pos, out, sizeof(out)));
	assert_string_equal(out, "b");
	assert_true(sip_msg_next_token(m, SIP_HDR_REQUIRE, &pos, out, sizeof(out)));
	assert_string_equal(out, "c");
	assert_false(sip_msg_next_token(m, SIP_HDR_REQUIRE, &pos, out, sizeof(out)));
	assert_true(sip_msg_has_token(m, SIP_HDR_REQUIRE, "C"));
	assert_false(sip_msg_has_token(m, SIP_HDR_REQUIRE, "d"));
	assert_null(sip_msg_contact(m));
	assert_string_equal(sip_msg_value(m, SIP_HDR_CONTACT), "*");
	sip_msg_free(m);
}

static void content_type(void **state)
{
	struct sip_msg *m = good(START ALL "c: Application/SDP ;charset=utf-8\r\n\r\nv=0");

	(void)state;
	assert_true(sip_msg_content_is(m, "application/sdp"));
	assert_false(sip_msg_content_is(m, "application/sd"));
	assert_false(sip_msg_content_is(m, "application/sdpx"));
	sip_msg_free(m);
}

static void changes(void **state)
{
	struct sip_msg *m = good(START ALL "X-A: 1\r\nRoute: <sip:r1>\r\n\r\n");

	(void)state;
	assert_int_equal(sip_msg_push(m, SIP_HDR_ROUTE, "<sip:r0>"), 0);
	assert_int_equal(sip_msg_push(m, SIP_HDR_VIA, "SIP/2.0/UDP new;branch=z9hG4bKb"), 0);
	assert_string_equal(m->via->host, "new");
	assert_int_equal(sip_msg_set(m, SIP_HDR_FROM, "<sip:g@x>;tag=gt"), 0);
	assert_string_equal(m->from_tag, "gt");
	assert_int_equal(sip_msg_add_named(m, "x-a", "2"), 0);
	assert_int_equal(sip_msg_addf(m, SIP_HDR_MAX_FORWARDS, "%d", 7), 0);
	assert_int_equal(m->max_forwards, 7);
	assert_int_equal(sip_msg_set_ruri(m, "sip:new@y"), 0);
	assert_int_equal(sip_msg_set_body(m, "a/b", "BODY", 4), 0);
	assert_string_equal(text_of(m),
			    "INVITE sip:new@y SIP/2.0\r\n"
			    "Via: SIP/2.0/UDP new;branch=z9hG4bKb\r\n" VIA
			    "From: <sip:g@x>;tag=gt\r\n" TO ID CSEQ "X-A: 1\r\n"
			    "Route: <sip:r0>\r\nRoute: <sip:r1>\r\nx-a: 2\r\nMax-Forwards: 7\r\n"
			    "Content-Type: a/b\r\nContent-Length: 4\r\n\r\nBODY");
	sip_msg_pop(m, SIP_HDR_VIA);
	assert_string_equal(m->via->host, "192.0.2.9");
	sip_msg_remove(m, SIP_HDR_ROUTE);
	assert_null(sip_msg_value(m, SIP_HDR_ROUTE));
	assert_int_equal(sip_msg_set_body(m, NULL, NULL, 0), 0);
	assert_null(sip_msg_value(m, SIP_HDR_CONTENT_TYPE));
	sip_msg_free(m);
}

/* What would not be taken in cannot be sent out. */
static void changes_refused(void **state)
{
	struct sip_msg *m = good(START ALL "\r\n");
	static char body[SIP_MAX_BODY + 1];

	(void)state;
	assert_int_equal(sip_msg_add(m, SIP_HDR_SUBJECT, "a\r\nEvil: b"), -EINVAL);
	assert_int_equal(sip_msg_add_named(m, "a b", "c"), -EINVAL);
	assert_int_equal(sip_msg_add_named(m, "a", "c\n"), -EINVAL);
	assert_int_equal(sip_msg_add_named(m, "Content-Length", "7"), -EINVAL);
	assert_int_equal(sip_msg_add(m, SIP_HDR_FROM, "<sip:second@x>"), -EINVAL);
	assert_int_equal(sip_msg_add(m, SIP_HDR_ROUTE, "nonsense"), -EINVAL);
	assert_int_equal(sip_msg_set_ruri(m, "sip:a b"), -EINVAL);
	assert_int_equal(sip_msg_set_ruri(m, "sip:a\r\n"), -EINVAL);
	assert_int_equal(sip_msg_set_body(m, "a/b", body, sizeof(body)), -EMSGSIZE);
	assert_string_equal(text_of(m), START ALL "Content-Length: 0\r\n\r\n");
	assert_null(sip_msg_request(SIP_INVITE, "nonsense"));
	assert_null(sip_msg_request(SIP_OTHER, "sip:x"));
	sip_msg_free(m);
}

static void responses(void **state)
{
	struct sip_msg *req = good(START VIA "Via: SIP/2.0/TCP below\r\nRecord-Route: <sip:p;lr>\r\n"
				   FROM "To: sip:t@x;p=1 ;\r\n" ID CSEQ "Timestamp: 54\r\nX: 1\r\n\r\n");
	struct sip_msg *r;

	(void)state;
	r = sip_msg_response(req, 100, NULL, "tt");
	assert_string_equal(text_of(r), "SIP/2.0 100 Trying\r\n" VIA "Via: SIP/2.0/TCP below\r\n" FROM
			    "To: sip:t@x;p=1 ;\r\n" ID CSEQ "Timestamp: 54\r\nContent-Length: 0\r\n\r\n");
	sip_msg_free(r);
	r = sip_msg_response(req, 180, NULL, "tt");
	assert_string_equal(text_of(r), "SIP/2.0 180 Ringing\r\n" VIA "Via: SIP/2.0/TCP below\r\n"
			    "Record-Route: <sip:p;lr>\r\n" FROM "To: sip:t@x;p=1;tag=tt\r\n" ID CSEQ
			    "Content-Length: 0\r\n\r\n");
	assert_string_equal(r->to_tag, "tt");
	assert_int_equal(r->method, SIP_INVITE);
	sip_msg_free(r);
	r = sip_msg_response(req, 699, "a\r\nEvil: b", "tt");
	assert_string_equal(r->reason, "Global Failure");
	sip_msg_free(r);
	sip_msg_free(req);
}

static void names(void **state)
{
	(void)state;
	for (int i = 1; i < SIP_HDR_COUNT; i++)
		assert_int_equal(sip_hdr_id_of(sip_hdr_name((enum sip_hdr_id)i)), i);
	for (int i = 1; i <= SIP_PUBLISH; i++)
		assert_int_equal(sip_method_of(sip_method_name((enum sip_method)i)), i);
	assert_int_equal(sip_method_of("invite"), SIP_OTHER);
	assert_int_equal(sip_method_of(""), SIP_OTHER);
	assert_int_equal(sip_hdr_id_of("v"), SIP_HDR_VIA);
	assert_int_equal(sip_hdr_id_of("Y"), SIP_HDR_IDENTITY);
	assert_int_equal(sip_hdr_id_of("z"), SIP_HDR_OTHER);
	assert_int_equal(sip_hdr_id_of(""), SIP_HDR_OTHER);
	assert_int_equal(sip_hdr_id_of("CALL-id"), SIP_HDR_CALL_ID);
	assert_string_equal(sip_reason(486), "Busy Here");
	assert_string_equal(sip_reason(499), "Request Failure");
}

static void tags_differ(void **state)
{
	char a[SIP_TAG_LEN], b[SIP_TAG_LEN];

	(void)state;
	assert_string_not_equal(sip_new_tag(a), sip_new_tag(b));
	assert_int_equal(strlen(a), 16);
}

/* Copies are in one memory, and yet each has its own life. */
static void copies(void **state)
{
	struct sip_msg *m = sip_msg_request(SIP_OPTIONS, "sip:a@b"), *x, *y;
	const struct sip_param branch = { .name = "branch", .value = "z9hG4bKnew" };
	const struct sip_via via = { .transport = "TCP", .host = "2001:db8::1", .port = 5061,
				     .params = &branch };

	(void)state;
	assert_int_equal(sip_msg_add(m, SIP_HDR_VIA, "SIP/2.0/UDP h;branch=z9hG4bK1"), 0);
	assert_int_equal(sip_msg_add(m, SIP_HDR_FROM, "<sip:f@b>;tag=1"), 0);
	assert_int_equal(sip_msg_set_body(m, "text/plain", "hello", 5), 0);
	x = sip_msg_clone(m);
	y = sip_msg_clone(x);
	for (int i = 0; i < 200; i++)	/* more than a chunk of memory each */
		assert_int_equal(sip_msg_addf(i & 1 ? x : y, SIP_HDR_SUBJECT, "%d of one of them", i), 0);
	assert_int_equal(sip_msg_push_via(x, &via), 0);
	assert_int_equal(sip_msg_set_ruri(y, "sip:c@d"), 0);
	assert_int_equal(m->nhdr, 3);
	assert_string_equal(m->ruri_text, "sip:a@b");
	sip_msg_free(m);
	assert_string_equal(x->from_tag, "1");
	assert_string_equal(sip_msg_value(x, SIP_HDR_VIA), "SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bKnew");
	assert_string_equal(x->via->branch, "z9hG4bKnew");
	assert_string_equal(x->via->host, "2001:db8::1");
	assert_int_equal(x->via->proto, SIP_TCP);
	assert_string_equal(sip_msg_value(x, SIP_HDR_SUBJECT), "1 of one of them");
	sip_msg_free(x);
	assert_string_equal(y->via->branch, "z9hG4bK1");
	assert_string_equal(y->ruri.host, "d");
	assert_memory_equal(y->body, "hello", 5);
	assert_string_equal(sip_msg_value(y, SIP_HDR_SUBJECT), "0 of one of them");
	sip_msg_free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(limits),
		cmocka_unit_test(many_parameters),
		cmocka_unit_test(kept_as_it_came),
		cmocka_unit_test(lists_are_split),
		cmocka_unit_test(content_type),
		cmocka_unit_test(changes),
		cmocka_unit_test(changes_refused),
		cmocka_unit_test(responses),
		cmocka_unit_test(names),
		cmocka_unit_test(tags_differ),
		cmocka_unit_test(copies),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
