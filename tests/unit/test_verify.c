// SPDX-License-Identifier: GPL-2.0-or-later
/* The verification service: each check by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "verify_world.h"

static struct verify_world w;
static char *last_line;

static void hook(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	free(last_line);
	last_line = strdup(line);
}

/* @text with the first @from replaced; free() it. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out;

	if (!at)
		fail_msg("no \"%s\" in\n%s", from, text);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return out;
}

static int setup(void **state)
{
	(void)state;
	vw_open(&w, NULL);
	log_hook(hook, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_hook(NULL, NULL);
	free(last_line);
	last_line = NULL;
	vw_close(&w);
	return 0;
}

static void refused(const char *text, int code, const char *check, const char *reason)
{
	static uint64_t mono = 1000000;
	int got;

	/* Each has its line: none is held back for there being too many. */
	clock_fake(mono += 11000, clock_wall());
	got = vw_ask(&w, text);
	if (got != code || strcmp(w.res.check, check))
		fail_msg("%d %s (%s), expected %d %s", got, w.res.check, w.res.why.text, code, check);
	assert_string_equal(w.res.reason, reason);
	assert_false(w.res.verified);
	assert_string_equal(w.res.who.value, "");
	assert_true(w.res.why.text[0]);
	assert_non_null(strstr(last_line, w.res.check));
}

static void refused_spec(const struct vw_spec *s, int code, const char *check, const char *reason)
{
	char *text = vw_request(&w, s);

	refused(text, code, check, reason);
	free(text);
}

static void accepted_spec(const struct vw_spec *s)
{
	char *text = vw_request(&w, s);

	if (vw_ask(&w, text))
		fail_msg("%u %s: %s", w.res.code, w.res.check, w.res.why.text);
	assert_true(w.res.verified);
	free(text);
}

/* ---- what changes on the way ------------------------------------------------ */

static void passes(void **state)
{
	const struct vw_spec s = { .iat = VW_IAT };
	static const struct {
		const char *from, *to;
	} edits[] = {
		{ "From: <", "From: \"Somebody Else\" <" },
		{ "From:", "f:" }, { "To:", "T  :" }, { "Identity:", "y:" },
		{ "Max-Forwards: 70", "X-Unknown: 1,2\r\nMax-Forwards: 12" },
		{ "sip:bob@192.0.2.9", "sip:bob@198.51.100.77:5070;transport=tcp" },
		{ "49172", "49999" }, { "IN IP4 192.0.2.1\r\ns=-", "IN IP4 192.0.2.8\r\ns=call" },
		{ ";alg=ES256", "" }, { ";alg=ES256", ";alg=ES256;x=y" }, { ";info=<", " ; info = <" },
		{ "<sip:bob@biloxi.example.org>", "<sip:BOB@Biloxi.example.org:5061;transport=tls>" },
		{ "sha-256 02", "SHA-256 02" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct vw_spec one = s;
		char *text, *edited, id[16];

		snprintf(id, sizeof(id), "p%zu", i);
		one.call_id = id;
		one.iat = VW_IAT + (int64_t)i;		/* another signature each time */
		text = vw_request(&w, &one);
		edited = with(text, edits[i].from, edits[i].to);
		if (strstr(edits[i].to, "s=call"))
			edited = (free(edited), with(text, "s=-", "s=c"));
		/* The lengths of edits within the body are the same, so Content-Length stays. */
		if (vw_ask(&w, edited))
			fail_msg("\"%s\" -> \"%s\": %s", edits[i].from, edits[i].to, w.res.why.text);
		free(edited);
		free(text);
	}
}

static void does_not_pass(void **state)
{
	const struct vw_spec other_from = { .signed_from = "sip:mallory@atlanta.example.com" };
	const struct vw_spec other_to = { .signed_to = "sip:carol@biloxi.example.org" };
	const struct vw_spec other_fp = { .signed_sdp = VW_SDP(VW_FP2) };
	const struct vw_spec one_more = { .sdp = VW_SDP(VW_FP1 VW_FP2), .signed_sdp = VW_SDP(VW_FP1) };
	const struct vw_spec one_less = { .sdp = VW_SDP(VW_FP1), .signed_sdp = VW_SDP(VW_FP1 VW_FP2) };
	const struct vw_spec second = {
		.sdp = VW_SDP(VW_FP1) "m=video 4 UDP/TLS/RTP/SAVP 96\r\n" VW_FP2,
		.signed_sdp = VW_SDP(VW_FP1),
	};
	const struct vw_spec useless = {
		.sdp = VW_SDP(VW_FP1 "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"),
		.signed_sdp = VW_SDP(VW_FP1),
	};
	struct vw_spec compact;

	(void)state;
	refused_spec(&other_from, 438, "orig", "Invalid Identity Header");
	refused_spec(&other_to, 438, "dest", "Invalid Identity Header");
	refused_spec(&other_fp, 438, "mky", "Invalid Identity Header");
	refused_spec(&one_more, 438, "mky", "Invalid Identity Header");
	refused_spec(&one_less, 438, "mky", "Invalid Identity Header");
	refused_spec(&second, 438, "mky", "Invalid Identity Header");
	refused_spec(&useless, 438, "mky", "Invalid Identity Header");
	/* Rebuilt from the request, it is the signature that does not fit. */
	compact = other_fp;
	compact.compact = true;
	refused_spec(&compact, 438, "signature", "Invalid Identity Header");
}

/* ---- the checks ------------------------------------------------------------- */

static void no_identity(void **state)
{
	const struct vw_spec stripped = { .no_identity = true };
	const struct vw_spec foreign = {
		.no_identity = true,
		.extra = "Identity: a.b.c;info=<https://x.example/>;ppt=shaken\r\n",
	};
	const struct vw_spec broken = { .no_identity = true, .extra = "Identity: a.b.c\r\n" };

	(void)state;
	refused_spec(&stripped, 428, "identity", "Use Identity Header");
	refused_spec(&foreign, 428, "identity", "Use Identity Header");
	refused_spec(&broken, 438, "identity", "Invalid Identity Header");
	assert_int_equal(w.gets, 0);
}

static void freshness(void **state)
{
	int64_t now = clock_wall();
	struct vw_spec s = { .compact = true };

	(void)state;
	s.iat = now - 61;
	refused_spec(&s, 403, "date", "Stale Date");
	s.iat = now + 61;
	refused_spec(&s, 403, "date", "Stale Date");
	assert_int_equal(w.gets, 0);
	s.iat = now - 60;
	accepted_spec(&s);
	s.iat = now + 60;
	s.call_id = "c2";
	accepted_spec(&s);
	s = (struct vw_spec){ .date = "Friday", .call_id = "c3" };
	refused_spec(&s, 403, "date", "Stale Date");
	s = (struct vw_spec){ .extra = "Date: Fri, 25 Sep 2015 19:12:25 GMT\r\n", .call_id = "c3" };
	refused_spec(&s, 400, "request", "Bad Request");
	/* Without Date the full form has a time of its own, the compact form none. */
	s = (struct vw_spec){ .compact = true, .no_date = true, .call_id = "c4" };
	refused_spec(&s, 438, "date", "Invalid Identity Header");
	s.compact = false;
	accepted_spec(&s);
	s.iat = now - 61;
	refused_spec(&s, 403, "date", "Stale Date");
	/* Another Date than iat: iat counts as long as both are fresh. */
	s = (struct vw_spec){ .iat = now - 30, .date = "Fri, 25 Sep 2015 19:12:27 GMT", .call_id = "c5" };
	accepted_spec(&s);
	s.compact = true;
	refused_spec(&s, 438, "signature", "Invalid Identity Header");
}

static void certificates(void **state)
{
	struct vw_spec s = { .call_id = "k1" };

	(void)state;
	w.answer = NULL;
	refused_spec(&s, 436, "info", "Bad Identity Info");
	w.busy = true;
	refused_spec(&s, 503, "info", "Service Unavailable");
	w.answer = w.stranger;
	refused_spec(&s, 437, "certificate", "Unsupported Credential");
	w.answer = "no certificate";
	refused_spec(&s, 437, "certificate", "Unsupported Credential");
	w.answer = w.expired;
	refused_spec(&s, 437, "validity", "Unsupported Credential");
	/* The caller's own domain, below the same root: nobody said that it may speak. */
	w.answer = w.domain;
	s.key = w.domain_key;
	refused_spec(&s, 437, "authority", "Unsupported Credential");
	/* Somebody else's key under the provider's certificate. */
	w.answer = w.provider;
	refused_spec(&s, 438, "signature", "Invalid Identity Header");
	s.key = NULL;
	accepted_spec(&s);
}

static void descriptions(void **state)
{
	struct vw_spec s = {
		.sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
		       "m=audio 4 RTP/AVP 0\r\n",
	};
	char *text, *cut;

	(void)state;
	refused_spec(&s, 488, "sdp", "Not Acceptable Here");	/* downgrade to plain RTP */
	s.sdp = VW_SDP("");
	refused_spec(&s, 488, "sdp", "Not Acceptable Here");
	s.sdp = VW_SDP("a=fingerprint:sha-256 00:11\r\n");
	s.signed_sdp = VW_SDP(VW_FP1);
	refused_spec(&s, 488, "sdp", "Not Acceptable Here");
	s.sdp = VW_SDP(VW_FP1);
	text = vw_request(&w, &s);
	cut = with(text, "application/sdp", "text/plain");
	refused(cut, 488, "sdp", "Not Acceptable Here");
	free(cut);
	free(text);
	refused("INVITE sip:a@b SIP/2.0\r\n\r\n", 400, "request", "Bad Request");
	refused("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
		400, "request", "Bad Request");
}

static void who_is_meant(void **state)
{
	const struct vw_spec s = { .method = "UPDATE", .from = "sip:bob@biloxi.example.org",
				   .to = "sip:alice@atlanta.example.com" };
	char *text = vw_request(&w, &s);
	const enum conf_identity req = CONF_IDENTITY_REQUIRE;

	(void)state;
	assert_int_equal(vw_ask_as(&w, text, req, "sip:carol@biloxi.example.org", NULL), 403);
	assert_string_equal(w.res.check, "from");
	assert_string_equal(w.res.reason, "Unexpected Identity");
	assert_int_equal(vw_ask_as(&w, text, req, NULL, "sip:bob@biloxi.example.org"), 403);
	assert_string_equal(w.res.check, "to");
	assert_int_equal(vw_ask_as(&w, text, req, "sip:Bob@BILOXI.example.org",
				   "sip:alice@atlanta.example.com"), 0);
	assert_true(w.res.verified);
	free(text);
}

static void pasted(void **state)
{
	struct vw_spec s = { .call_id = "first" };
	char *text = vw_request(&w, &s), *other;

	(void)state;
	assert_int_equal(vw_ask(&w, text), 0);
	other = with(text, "Call-ID: first", "Call-ID: second");
	refused(other, 403, "replay", "Replayed Request");
	free(other);
	other = with(text, ";tag=a1", ";tag=a2");
	refused(other, 403, "replay", "Replayed Request");
	free(other);
	other = with(text, "CSeq: 1 INVITE", "CSeq: 2 INVITE");
	refused(other, 403, "replay", "Replayed Request");
	free(other);
	/* Later it is too old, and then may be forgotten. */
	clock_advance(62000);
	refused(text, 403, "date", "Stale Date");
	free(text);
}

/* One good Identity among bad ones is enough; the reason is that of the first bad one. */
static void several(void **state)
{
	static const char bad[] = "Identity: ..AAAA;info=<https://x.example/c>\r\n"
				  "Identity: a.b.c;info=<https://y.example/c>;ppt=div\r\n";
	struct vw_spec s = { .extra = bad, .call_id = "s1" };

	(void)state;
	accepted_spec(&s);
	assert_int_equal(w.gets, 1);		/* the good one stands first */
	s = (struct vw_spec){ .extra = bad, .call_id = "s2", .no_identity = true };
	refused_spec(&s, 438, "token", "Invalid Identity Header");
	w.answer = NULL;
	refused_spec(&s, 436, "info", "Bad Identity Info");
}

static void prefer(void **state)
{
	const struct vw_spec stripped = { .no_identity = true }, good = { .call_id = "g" };
	const struct vw_spec plain = { .sdp = VW_SDP(""), .no_identity = true };
	char *text = vw_request(&w, &stripped);

	(void)state;
	assert_int_equal(vw_ask_as(&w, text, CONF_IDENTITY_PREFER, NULL, NULL), 0);
	assert_false(w.res.verified);
	assert_string_equal(w.res.check, "identity");
	assert_string_equal(w.res.who.value, "");
	assert_int_equal(w.res.nfp, 1);
	free(text);
	text = vw_request(&w, &good);
	assert_int_equal(vw_ask_as(&w, text, CONF_IDENTITY_PREFER, NULL, NULL), 0);
	assert_true(w.res.verified);
	free(text);
	/* Nothing to open media to is nothing, in any mode. */
	text = vw_request(&w, &plain);
	assert_int_equal(vw_ask_as(&w, text, CONF_IDENTITY_PREFER, NULL, NULL), 488);
	free(text);
	assert_int_equal(verify_stats(w.v)->verified, 1);
	assert_int_equal(verify_stats(w.v)->unverified, 1);
	assert_int_equal(verify_stats(w.v)->refused, 1);
}

static void waiting(void **state)
{
	struct vw_spec s = { .call_id = "w1" };
	char *one = vw_request(&w, &s), *two;
	const struct verify_request rq = { .policy = CONF_IDENTITY_REQUIRE, .data = one, .len = strlen(one) };
	struct verification *x;

	(void)state;
	s.call_id = "w2";
	s.iat = clock_wall() - 1;
	two = vw_request(&w, &s);
	w.later = true;
	assert_int_equal(vw_ask(&w, one), -1);
	assert_int_equal(vw_ask(&w, two), -1);
	assert_int_equal(verify_stats(w.v)->waiting, 2);
	vw_arrive(&w);
	assert_int_equal(w.ndone, 2);
	assert_true(w.res.verified);
	assert_int_equal(verify_stats(w.v)->waiting, 0);
	/* One that is given up asks for nothing any more. */
	x = verify_start(w.v, &rq, NULL, NULL);
	assert_non_null(x);
	verify_cancel(x);
	assert_int_equal(w.cancels, 1);
	vw_arrive(&w);
	assert_int_equal(w.ndone, 2);
	/* Its freshness is looked at when the certificate is here, not before. */
	free(one);
	s.call_id = "w3";
	s.iat = clock_wall() - 55;
	one = vw_request(&w, &s);
	assert_int_equal(vw_ask(&w, one), -1);
	clock_advance(6000);
	vw_arrive(&w);
	assert_int_equal(w.res.code, 403);
	assert_string_equal(w.res.check, "date");
	free(one);
	free(two);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(passes), T(does_not_pass), T(no_identity), T(freshness), T(certificates),
		T(descriptions), T(who_is_meant), T(pasted), T(several), T(prefer), T(waiting),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
