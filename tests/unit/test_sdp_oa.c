// SPDX-License-Identifier: GPL-2.0-or-later
/* Offer and answer between two legs: what passes, what is refused, who is client. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sdp_oa.h"

#define FP	"02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2"
#define FP_B	"4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1"
#define HEAD	"v=0\r\no=x 7 7 IN IP4 203.0.113.77\r\ns=secret name\r\nc=IN IP4 203.0.113.77\r\nt=0 0\r\n"
#define PLAIN	HEAD "m=audio 4000 RTP/AVP 0 101\r\n"
#define DTLS	HEAD "m=audio 4000 UDP/TLS/RTP/SAVP 0 101\r\n"
#define KEYED	"a=setup:actpass\r\na=fingerprint:sha-256 " FP "\r\n"

static char out[4096];

static struct sdp *parse(const char *text)
{
	struct err e = { 0 };
	struct sdp *s = sdp_parse(text, strlen(text), &e);

	if (!s)
		fail_msg("%s", e.text);
	return s;
}

static struct oa machine(enum media_security security)
{
	struct oa_local l = {
		.security = security,
		.mux = true,
		.id = 1000,
		.tls_id = "0123456789abcdefghijABCD",
	};
	struct oa o;

	addr_parse(&l.rtp, "192.0.2.1", 16384);
	addr_parse(&l.rtcp, "192.0.2.1", 16385);
	if (security == MEDIA_DTLS) {
		strcpy(l.fingerprint.alg, "sha-256");
		l.fingerprint.len = 32;
		memset(l.fingerprint.digest, 0xab, 32);
	}
	oa_init(&o, &l);
	return o;
}

static int recv_offer(struct oa *o, const char *text, struct oa_refusal *r)
{
	struct oa_refusal none;
	struct sdp *s = parse(text);
	int ret = oa_recv_offer(o, s, r ? r : &none);

	sdp_free(s);
	return ret;
}

static int recv_answer(struct oa *o, const char *text, struct oa_refusal *r)
{
	struct oa_refusal none;
	struct sdp *s = parse(text);
	int ret = oa_recv_answer(o, s, true, r ? r : &none);

	sdp_free(s);
	return ret;
}

/* Send an offer or an answer made from line @index of @text; the result is parsed again. */
static struct sdp *reply(struct oa *o, bool offer, const char *text, unsigned int index, bool hold)
{
	struct wbuf w = wbuf_on(out, sizeof(out) - 1);
	struct sdp *s = parse(text);

	memset(out, 0, sizeof(out));
	if (offer)
		assert_int_equal(oa_send_offer(o, &s->media[index], hold, &w), 0);
	else
		assert_int_equal(oa_send_answer(o, &s->media[index], hold, true, &w), 0);
	sdp_free(s);
	return parse(out);
}

static void initial(void **state)
{
	static const char offer[] = DTLS KEYED "a=rtcp-mux\r\na=tls-id:abcdefghijklmnopqrstuvwx\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
		"a=candidate:1 1 UDP 1 203.0.113.77 4000 typ host\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=ssrc:1 cname:c\r\na=mid:0\r\n"
		"a=msid:a b\r\na=identity:x\r\na=rtcp-fb:0 nack\r\na=x-new:203.0.113.77\r\na=sendonly\r\n"
		"a=rtcp:9 IN IP4 203.0.113.99\r\n";
	static const char answer[] = HEAD "m=audio 6000 RTP/AVP 0\r\na=recvonly\r\na=ptime:30\r\n"
		"a=rtcp:7000\r\n";
	struct oa a = machine(MEDIA_DTLS), b = machine(MEDIA_PLAIN);
	const struct oa_facts *f;
	struct sdp *s;
	char ip[ADDR_STRLEN];

	(void)state;
	assert_null(oa_facts(&a));
	assert_int_equal(recv_offer(&a, offer, NULL), 0);
	assert_int_equal(a.state, OA_OFFER_IN);
	f = oa_facts(&a);
	assert_string_equal(addr_str(&f->rtp, ip), "203.0.113.77:4000");
	assert_true(f->mux);
	assert_true(addr_equal(&f->rtp, &f->rtcp));
	assert_int_equal(f->role, MEDIA_DTLS_ACTIVE);
	assert_int_equal(f->nfp, 1);
	assert_int_equal(recv_offer(&a, offer, NULL), -EBUSY);

	s = reply(&b, true, offer, 0, false);
	assert_string_equal(out,
		"v=0\r\no=- 1000 1000 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
		"m=audio 16384 RTP/AVP 0 101\r\nc=IN IP4 192.0.2.1\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
		"a=sendonly\r\na=rtcp-mux\r\n");
	sdp_free(s);
	assert_int_equal(b.state, OA_OFFER_OUT);

	assert_int_equal(recv_answer(&b, answer, NULL), 0);
	assert_int_equal(b.state, OA_AGREED);
	f = oa_facts(&b);
	assert_string_equal(addr_str(&f->rtp, ip), "203.0.113.77:6000");
	assert_string_equal(addr_str(&f->rtcp, ip), "203.0.113.77:7000");
	assert_false(f->mux);

	s = reply(&a, false, answer, 0, false);
	assert_string_equal(out,
		"v=0\r\no=- 1000 1000 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
		"m=audio 16384 UDP/TLS/RTP/SAVP 0\r\nc=IN IP4 192.0.2.1\r\na=ptime:30\r\n"
		"a=recvonly\r\na=rtcp-mux\r\na=setup:active\r\na=tls-id:0123456789abcdefghijABCD\r\n"
		"a=fingerprint:sha-256 AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:"
		"AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\n");
	sdp_free(s);
	assert_int_equal(a.state, OA_AGREED);
}

static void dtls_offer(void **state)
{
	struct oa b = machine(MEDIA_DTLS);
	struct sdp *s;

	(void)state;
	b.local.savpf = true;
	addr_parse(&b.local.rtcp, "192.0.2.1", 20001);
	s = reply(&b, true, HEAD "m=audio 4000 RTP/AVPF 0\r\na=rtcp-fb:0 nack\r\n", 0, false);
	assert_int_equal(s->media[0].proto, SDP_PROTO_DTLS_SAVPF);
	assert_int_equal(s->media[0].setup, SDP_SETUP_ACTPASS);
	assert_int_equal(s->media[0].nfp, 1);
	assert_string_equal(s->media[0].tls_id, "0123456789abcdefghijABCD");
	assert_int_equal(s->media[0].rtcp.port, 20001);
	assert_true(s->media[0].rtcp_mux);
	assert_non_null(sdp_attr_find(s->media[0].attr, s->media[0].nattr, "rtcp-fb"));
	sdp_free(s);
	assert_int_equal(recv_answer(&b, HEAD "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=setup:active\r\n"
				     "a=rtcp-mux\r\na=fingerprint:sha-256 " FP "\r\n", NULL), 0);
	assert_int_equal(oa_facts(&b)->role, MEDIA_DTLS_PASSIVE);
	assert_true(oa_facts(&b)->mux);
	/* and the version rises when the next offer differs, not when it is the same */
	s = reply(&b, true, PLAIN, 0, false);
	assert_int_equal(s->version, 1001);
	sdp_free(s);
	oa_abort(&b);
	assert_int_equal(b.state, OA_AGREED);
	s = reply(&b, true, PLAIN, 0, false);
	assert_int_equal(s->version, 1001);
	sdp_free(s);
}

static const struct {
	const char *name;
	enum media_security security;
	const char *offer;
	unsigned int warning;
} refusals[] = {
	{ "no media", MEDIA_PLAIN, HEAD, 304 },
	{ "no audio", MEDIA_PLAIN, HEAD "m=video 4000 RTP/AVP 96\r\n", 304 },
	{ "audio with port 0", MEDIA_PLAIN, HEAD "m=audio 0 RTP/AVP 0\r\n", 304 },
	{ "DTLS on a plain side", MEDIA_PLAIN, DTLS KEYED, 302 },
	{ "SDES on a plain side", MEDIA_PLAIN, HEAD "m=audio 4000 RTP/SAVP 0\r\n", 302 },
	{ "SDES on a DTLS side", MEDIA_DTLS, HEAD "m=audio 4000 RTP/SAVP 0\r\n" KEYED, 302 },
	{ "plain RTP on a DTLS side", MEDIA_DTLS, PLAIN, 302 },
	{ "plain RTP with a fingerprint on a DTLS side", MEDIA_DTLS, PLAIN KEYED, 302 },
	{ "no fingerprint", MEDIA_DTLS, DTLS "a=setup:actpass\r\n", 399 },
	{ "only a forbidden hash", MEDIA_DTLS,
	  DTLS "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\r\n", 399 },
	{ "holdconn", MEDIA_DTLS, DTLS "a=setup:holdconn\r\na=fingerprint:sha-256 " FP "\r\n", 399 },
	{ "IPv6 on an IPv4 side", MEDIA_PLAIN,
	  "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4 RTP/AVP 0\r\n", 301 },
	{ "on hold from the start", MEDIA_PLAIN,
	  "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4 RTP/AVP 0\r\n", 399 },
	{ "two ports", MEDIA_PLAIN, HEAD "m=audio 4000/2 RTP/AVP 0\r\n", 399 },
	{ "no port for RTCP", MEDIA_PLAIN, HEAD "m=audio 65535 RTP/AVP 0\r\n", 399 },
	{ "RTCP at an IPv6 address", MEDIA_PLAIN, PLAIN "a=rtcp:5 IN IP6 ::1\r\n", 301 },
	{ "RTCP nowhere", MEDIA_PLAIN, PLAIN "a=rtcp:5 IN IP4 0.0.0.0\r\n", 301 },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct oa o = machine(refusals[i].security), before = o;
		struct oa_refusal r = { 0 };
		int ret = recv_offer(&o, refusals[i].offer, &r);

		if (ret != -EINVAL || r.warning != refusals[i].warning || !r.err.text[0])
			fail_msg("%s: %d, warning %u \"%s\"", refusals[i].name, ret, r.warning,
				 r.err.text);
		assert_memory_equal(&o, &before, sizeof(o));
	}
}

/* RFC 3264 section 6: the answer has the lines of the offer; one audio is served. */
static void lines(void **state)
{
	static const char offer[] = HEAD
		"m=video 5000 RTP/AVP 96 97\r\nm=audio 4000 UDP/TLS/RTP/SAVP 0\r\n" KEYED
		"m=audio 4002 RTP/AVP 8\r\nm=audio 4004 RTP/AVP 0\r\nm=image 4006 udptl t38\r\n";
	struct oa a = machine(MEDIA_PLAIN), d = machine(MEDIA_DTLS);
	struct oa_refusal r = { 0 };
	struct sdp *s;

	(void)state;
	assert_int_equal(recv_offer(&d, offer, NULL), 0);
	assert_int_equal(oa_facts(&d)->index, 1);
	assert_int_equal(recv_offer(&a, offer, NULL), 0);
	assert_int_equal(oa_facts(&a)->index, 2);
	s = reply(&a, false, PLAIN, 0, false);
	assert_int_equal(s->nmedia, 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(s->media[i].port, i == 2 ? 16384 : 0);
	assert_string_equal(s->media[0].type, "video");
	assert_string_equal(s->media[0].formats, "96");
	assert_string_equal(s->media[1].proto_str, "UDP/TLS/RTP/SAVP");
	assert_int_equal(s->media[1].nfp, 0);
	assert_string_equal(s->media[4].proto_str, "udptl");
	assert_string_equal(s->media[4].formats, "t38");
	sdp_free(s);

	/* our own next offer keeps every line in its place */
	s = reply(&a, true, PLAIN, 0, false);
	assert_int_equal(s->nmedia, 5);
	assert_int_equal(s->media[2].port, 16384);
	sdp_free(s);
	assert_int_equal(recv_answer(&a, PLAIN, &r), -EINVAL);
	assert_non_null(strstr(r.err.text, "has 1 m= lines, the offer had 5"));
	oa_abort(&a);
	/* and so must theirs */
	assert_int_equal(recv_offer(&a, PLAIN, &r), -EINVAL);
	assert_non_null(strstr(r.err.text, "1 m= lines where the last had 5"));
	assert_int_equal(recv_offer(&a, HEAD "m=audio 4000 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 0\r\n"
				    "m=audio 4000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n"
				    "m=image 0 udptl t38\r\n", &r), -EINVAL);
	assert_non_null(strstr(r.err.text, "moved"));
}

static void bad_answers(void **state)
{
	static const struct {
		enum media_security security;
		const char *answer, *why;
	} rows[] = {
		{ MEDIA_PLAIN, HEAD, "0 m= lines" },
		{ MEDIA_PLAIN, PLAIN "m=audio 2 RTP/AVP 0\r\n", "2 m= lines" },
		{ MEDIA_PLAIN, HEAD "m=video 4000 RTP/AVP 0\r\n", "refuses the audio" },
		{ MEDIA_PLAIN, HEAD "m=audio 0 RTP/AVP 0\r\n", "refuses the audio" },
		{ MEDIA_PLAIN, DTLS KEYED, "not the one offered" },
		{ MEDIA_DTLS, PLAIN KEYED, "not the one offered" },
		{ MEDIA_DTLS, DTLS KEYED, "must choose between" },
		{ MEDIA_DTLS, DTLS "a=setup:active\r\n", "no usable a=fingerprint" },
		{ MEDIA_DTLS, DTLS "a=setup:holdconn\r\na=fingerprint:sha-256 " FP "\r\n", "holdconn" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oa o = machine(rows[i].security);
		struct oa_refusal r = { 0 };

		sdp_free(reply(&o, true, PLAIN, 0, false));
		assert_int_equal(recv_answer(&o, rows[i].answer, &r), -EINVAL);
		if (!strstr(r.err.text, rows[i].why))
			fail_msg("row %zu: %s", i, r.err.text);
		assert_int_equal(o.state, OA_OFFER_OUT);
		oa_abort(&o);
		assert_int_equal(o.state, OA_IDLE);
		assert_int_equal(recv_answer(&o, PLAIN, &r), -EINVAL);
	}
}

static void roles(void **state)
{
	static const struct {
		const char *setup;
		bool offer;
		int role;		/* -1: refused */
	} rows[] = {
		{ "a=setup:actpass\r\n", true, MEDIA_DTLS_ACTIVE },
		{ "a=setup:active\r\n", true, MEDIA_DTLS_PASSIVE },
		{ "a=setup:passive\r\n", true, MEDIA_DTLS_ACTIVE },
		{ "", true, MEDIA_DTLS_PASSIVE },	/* RFC 4145 section 4.1: the default is active */
		{ "a=setup:holdconn\r\n", true, -1 },
		{ "a=setup:active\r\n", false, MEDIA_DTLS_PASSIVE },
		{ "a=setup:passive\r\n", false, MEDIA_DTLS_ACTIVE },
		{ "", false, MEDIA_DTLS_ACTIVE },
		{ "a=setup:actpass\r\n", false, -1 },
		{ "a=setup:holdconn\r\n", false, -1 },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oa o = machine(MEDIA_DTLS);
		int ret;

		snprintf(text, sizeof(text), DTLS "%sa=fingerprint:sha-256 " FP "\r\n", rows[i].setup);
		if (rows[i].offer) {
			ret = recv_offer(&o, text, NULL);
		} else {
			sdp_free(reply(&o, true, PLAIN, 0, false));
			ret = recv_answer(&o, text, NULL);
		}
		assert_int_equal(ret, rows[i].role < 0 ? -EINVAL : 0);
		if (rows[i].role >= 0)
			assert_int_equal(oa_facts(&o)->role, rows[i].role);
	}
}

#define RENEWS(text) (assert_int_equal(recv_offer(&o, text, NULL), 0), assert_true(oa_renews(&o)), oa_abort(&o))

static void later_offers(void **state)
{
	static const char moved[] = "v=0\r\no=- 1 2 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 198.51.100.4\r\n"
		"t=0 0\r\nm=audio 9000 UDP/TLS/RTP/SAVP 0\r\n" KEYED;
	static const char held[] = "v=0\r\no=- 1 3 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n"
		"t=0 0\r\nm=audio 9000 UDP/TLS/RTP/SAVP 0\r\n" KEYED;
	struct oa o = machine(MEDIA_DTLS);
	struct oa_refusal r = { 0 };
	char ip[ADDR_STRLEN];
	struct sdp *s;

	(void)state;
	assert_int_equal(recv_offer(&o, DTLS KEYED, NULL), 0);
	s = reply(&o, false, PLAIN, 0, false);
	assert_null(s->media[0].tls_id);	/* RFC 8842 section 5.3: only when offered */
	assert_false(s->media[0].rtcp_mux);	/* nor was mux */
	sdp_free(s);

	/* another address, the same association: our role stays */
	assert_int_equal(recv_offer(&o, moved, NULL), 0);
	assert_string_equal(addr_str(&oa_facts(&o)->rtp, ip), "198.51.100.4:9000");
	assert_int_equal(oa_facts(&o)->role, MEDIA_DTLS_ACTIVE);
	oa_abort(&o);
	assert_string_equal(addr_str(&oa_facts(&o)->rtp, ip), "203.0.113.77:4000");

	/* RFC 2543's hold: the address stays, the far end cannot receive */
	assert_int_equal(recv_offer(&o, held, NULL), 0);
	assert_true(oa_facts(&o)->hold);
	assert_string_equal(addr_str(&oa_facts(&o)->rtp, ip), "203.0.113.77:4000");
	oa_abort(&o);

	/* what asks for a new association (RFC 8842 section 3.1) */
	RENEWS(DTLS "a=setup:actpass\r\na=fingerprint:sha-256 " FP_B "\r\n");
	RENEWS(DTLS KEYED "a=fingerprint:sha-256 " FP_B "\r\n");
	RENEWS(DTLS KEYED "a=tls-id:zzzzzzzzzzzzzzzzzzzzzzzz\r\n");
	RENEWS(DTLS "a=setup:active\r\na=fingerprint:sha-256 " FP "\r\n");
	assert_int_equal(recv_offer(&o, PLAIN, &r), -EINVAL);
	assert_int_equal(r.warning, 302);
	assert_int_equal(o.state, OA_AGREED);
	o.firm = true;			/* no answer may */
	/* it was the offerer, and says active to our actpass: the association keeps its roles */
	sdp_free(reply(&o, true, PLAIN, 0, false));
	assert_int_equal(recv_answer(&o, DTLS "a=setup:active\r\na=fingerprint:sha-256 " FP_B "\r\n", &r), -EINVAL);
	assert_int_equal(recv_answer(&o, DTLS "a=setup:active\r\na=fingerprint:sha-256 " FP "\r\n", &r), 0);
	assert_int_equal(oa_facts(&o)->role, MEDIA_DTLS_ACTIVE);
	assert_int_equal(recv_offer(&o, DTLS KEYED, NULL), 0);
}

static void hold_passes(void **state)
{
	static const struct {
		const char *direction;
		bool hold;
		enum sdp_direction expect;
	} rows[] = {
		{ "a=sendrecv\r\n", false, SDP_SENDRECV }, { "a=sendonly\r\n", false, SDP_SENDONLY },
		{ "a=recvonly\r\n", false, SDP_RECVONLY }, { "a=inactive\r\n", false, SDP_INACTIVE },
		{ "", false, SDP_SENDRECV }, { "", true, SDP_SENDONLY },
		{ "a=sendonly\r\n", true, SDP_SENDONLY }, { "a=recvonly\r\n", true, SDP_INACTIVE },
		{ "a=inactive\r\n", true, SDP_INACTIVE },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oa o = machine(MEDIA_PLAIN);
		struct sdp *s;

		snprintf(text, sizeof(text), PLAIN "%s", rows[i].direction);
		s = reply(&o, true, text, 0, rows[i].hold);
		assert_int_equal(s->media[0].direction, rows[i].expect);
		sdp_free(s);
	}
}

static void mux(void **state)
{
	struct oa o = machine(MEDIA_PLAIN);
	struct oa_refusal r = { 0 };
	struct sdp *s;

	(void)state;
	s = parse(PLAIN "a=rtcp-mux\r\n");
	assert_true(oa_muxed(true, s, MEDIA_PLAIN));
	assert_false(oa_muxed(false, s, MEDIA_PLAIN));
	assert_false(oa_muxed(true, s, MEDIA_DTLS));
	sdp_free(s);
	/* payload types that look like RTCP (RFC 5761 section 4) are not muxed */
	s = parse(HEAD "m=audio 4000 RTP/AVP 72\r\na=rtcp-mux\r\n");
	assert_false(oa_muxed(true, s, MEDIA_PLAIN));
	sdp_free(s);
	s = reply(&o, true, HEAD "m=audio 4000 RTP/AVP 72\r\n", 0, false);
	assert_false(s->media[0].rtcp_mux);
	sdp_free(s);
	assert_int_equal(recv_answer(&o, PLAIN "a=rtcp-mux\r\n", NULL), 0);
	assert_false(oa_facts(&o)->mux);

	/* two ports were agreed: neither side's offer turns mux on, and the call goes on */
	assert_int_equal(recv_offer(&o, PLAIN "a=rtcp-mux\r\n", NULL), 0);
	assert_false(oa_facts(&o)->mux);
	sdp_free(reply(&o, false, PLAIN, 0, false));
	s = reply(&o, true, PLAIN, 0, false);
	assert_false(s->media[0].rtcp_mux);
	sdp_free(s);

	/* one port only: mux cannot be taken back */
	o = machine(MEDIA_PLAIN);
	memset(&o.local.rtcp, 0, sizeof(o.local.rtcp));
	assert_int_equal(recv_offer(&o, PLAIN, &r), -EINVAL);
	assert_non_null(strstr(r.err.text, "rtcp-mux"));
	assert_int_equal(recv_offer(&o, PLAIN "a=rtcp-mux\r\n", NULL), 0);
	sdp_free(reply(&o, false, PLAIN, 0, false));
	sdp_free(reply(&o, true, PLAIN, 0, false));
	assert_int_equal(recv_answer(&o, PLAIN, &r), -EINVAL);
}

static void preview(void **state)
{
	struct wbuf w = wbuf_on(out, sizeof(out));
	struct oa a = machine(MEDIA_PLAIN), b = machine(MEDIA_PLAIN);
	struct oa_refusal r = { 0 };
	struct sdp *s = parse(PLAIN), *t = parse(HEAD "m=audio 5000 RTP/AVP 0\r\n");
	char ip[ADDR_STRLEN];

	(void)state;
	assert_int_equal(oa_recv_offer(&a, s, &r), 0);
	assert_int_equal(oa_send_offer(&b, &s->media[0], false, &w), 0);
	assert_int_equal(oa_recv_answer(&b, s, false, &r), 0);
	assert_int_equal(b.state, OA_OFFER_OUT);
	assert_string_equal(addr_str(&oa_facts(&b)->rtp, ip), "203.0.113.77:4000");
	assert_int_equal(oa_send_answer(&a, &s->media[0], false, false, &w), 0);
	assert_int_equal(a.state, OA_OFFER_IN);
	assert_int_equal(a.version, 1000);
	assert_int_equal(oa_recv_answer(&b, t, true, &r), 0);
	assert_string_equal(addr_str(&oa_facts(&b)->rtp, ip), "203.0.113.77:5000");
	assert_int_equal(oa_send_answer(&a, &t->media[0], false, true, &w), 0);
	assert_int_equal(a.version, 1001);	/* another list of formats */
	assert_int_equal(oa_send_answer(&a, &t->media[0], false, true, &w), -EBUSY);
	sdp_free(s);
	sdp_free(t);
}

static void no_room(void **state)
{
	struct oa o = machine(MEDIA_PLAIN);
	struct wbuf w = wbuf_on(out, 60);
	struct sdp *s = parse(PLAIN);

	(void)state;
	assert_int_equal(oa_send_offer(&o, &s->media[0], false, &w), -EMSGSIZE);
	assert_int_equal(o.state, OA_IDLE);
	sdp_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial), cmocka_unit_test(dtls_offer), cmocka_unit_test(refused),
		cmocka_unit_test(lines), cmocka_unit_test(bad_answers), cmocka_unit_test(roles),
		cmocka_unit_test(later_offers), cmocka_unit_test(hold_passes), cmocka_unit_test(mux),
		cmocka_unit_test(preview), cmocka_unit_test(no_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
