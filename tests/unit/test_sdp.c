// SPDX-License-Identifier: GPL-2.0-or-later
/* The SDP parser and printer: what is taken, what is refused and in which line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "err.h"
#include "sdp.h"

#define HEAD	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define FP1	"02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2"
#define FP2	"4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1"

static struct sdp *good(const char *text)
{
	struct err e = { 0 };
	struct sdp *s = sdp_parse(text, strlen(text), &e);

	if (!s)
		fail_msg("refused: %s", e.text);
	return s;
}

static void whole(void **state)
{
	struct sdp *s = good(
		"v=0\r\n"
		"o=alice 2890844526 2890842807 IN IP6 2001:db8::5\r\n"
		"s=A call\r\n"
		"i=about it\r\n"
		"u=http://example.com/\r\n"
		"e=a@example.com\r\n"
		"c=IN IP6 2001:db8::1\r\n"
		"b=AS:128\r\n"
		"t=0 0\r\n"
		"r=604800 3600 0 90000\r\n"
		"k=clear:dropped\r\n"
		"a=setup:actpass\r\n"
		"a=fingerprint:SHA-256 " FP1 "\r\n"
		"a=recvonly\r\n"
		"m=audio 49170 UDP/TLS/RTP/SAVPF 0 8 101\r\n"
		"c=IN IP4 192.0.2.9\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n"
		"a=fmtp:101 0-15\r\n"
		"a=rtcp-mux\r\n"
		"a=rtcp:50000 IN IP4 192.0.2.10\r\n"
		"a=tls-id:abc3dl12345678901234+/-_\r\n"
		"a=sendonly\r\n"
		"m=video 0 RTP/AVP 96\r\n"
		"a=setup:passive\r\n"
		"a=fingerprint:sha-256 " FP2 "\r\n"
		"a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33\r\n");
	struct sdp_media *m = &s->media[0];
	char ip[ADDR_STRLEN];

	(void)state;
	assert_string_equal(s->user, "alice");
	assert_int_equal(s->id, 2890844526u);
	assert_int_equal(s->version, 2890842807u);
	assert_string_equal(addr_ip_str(&s->origin, ip), "2001:db8::5");
	assert_string_equal(s->name, "A call");
	assert_int_equal(s->nmedia, 2);
	assert_string_equal(m->type, "audio");
	assert_int_equal(m->port, 49170);
	assert_int_equal(m->nports, 1);
	assert_int_equal(m->proto, SDP_PROTO_DTLS_SAVPF);
	assert_string_equal(m->formats, "0 8 101");
	assert_string_equal(addr_ip_str(&m->conn, ip), "192.0.2.9");
	assert_int_equal(m->rtcp.port, 50000);
	assert_string_equal(addr_ip_str(&m->rtcp, ip), "192.0.2.10");
	assert_true(m->rtcp_mux);
	assert_int_equal(m->direction, SDP_SENDONLY);
	assert_int_equal(m->setup, SDP_SETUP_ACTPASS);
	assert_int_equal(m->nfp, 1);
	assert_string_equal(m->fp[0].alg, "sha-256");
	assert_int_equal(m->fp[0].len, 32);
	assert_int_equal(m->fp[0].digest[0], 0x02);
	assert_int_equal(m->fp[0].digest[31], 0xb2);
	assert_string_equal(m->tls_id, "abc3dl12345678901234+/-_");
	assert_string_equal(sdp_attr_find(m->attr, m->nattr, "fmtp"), "101 0-15");
	assert_string_equal(sdp_attr_find(m->attr, m->nattr, "rtcp-mux"), "");
	assert_null(sdp_attr_find(m->attr, m->nattr, "ptime"));

	m++;		/* inherits where it says nothing; its fingerprints replace the session's */
	assert_int_equal(m->port, 0);
	assert_int_equal(m->proto, SDP_PROTO_AVP);
	assert_string_equal(addr_ip_str(&m->conn, ip), "2001:db8::1");
	assert_int_equal(m->direction, SDP_RECVONLY);
	assert_int_equal(m->setup, SDP_SETUP_PASSIVE);
	assert_false(m->rtcp_mux);
	assert_int_equal(m->rtcp.port, 0);
	assert_null(m->tls_id);
	assert_int_equal(m->nfp, 2);
	assert_int_equal(m->fp[0].digest[0], 0x4a);
	assert_int_equal(m->fp[1].len, 20);
	assert_int_equal(m->fp[1].digest[10], 0xaa);
	sdp_free(s);
}

static void round_trip(void **state)
{
	static const char text[] = HEAD
		"a=tool:x\r\n"
		"m=audio 4000/2 RTP/AVP 0 97\r\nc=IN IP6 ::1\r\na=rtpmap:97 opus/48000/2\r\n"
		"a=recvonly\r\na=rtcp:5000\r\na=rtcp-mux\r\na=setup:active\r\n"
		"a=tls-id:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=fingerprint:sha-256 " FP1 "\r\n"
		"m=image 0 udptl t38\r\n";
	char one[2048], two[2048];
	struct wbuf w1 = wbuf_on(one, sizeof(one)), w2 = wbuf_on(two, sizeof(two));
	struct sdp *s = good(text), *again;

	(void)state;
	sdp_print(&w1, s);
	assert_false(w1.bad);
	again = sdp_parse(one, w1.len, NULL);
	assert_non_null(again);
	sdp_print(&w2, again);
	assert_int_equal(w1.len, w2.len);
	assert_memory_equal(one, two, w1.len);
	assert_int_equal(again->media[0].nports, 2);
	assert_int_equal(again->media[0].setup, SDP_SETUP_ACTIVE);
	assert_int_equal(again->media[0].rtcp.port, 5000);
	assert_int_equal(again->media[0].direction, SDP_RECVONLY);
	assert_string_equal(again->media[1].formats, "t38");
	sdp_free(s);
	sdp_free(again);
}

static void lenient(void **state)
{
	struct sdp *s;

	(void)state;
	/* LF alone, no end of the last line, an empty line at the end */
	s = good("v=0\no=- 1 1 IN IP4 pc.example.com\ns= \nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 1 RTP/AVP 0");
	assert_int_equal(s->media[0].port, 1);
	assert_int_equal(s->origin.family, 0);
	sdp_free(s);
	s = good(HEAD "m=audio 1 RTP/AVP 0\r\n\r\n");
	assert_int_equal(s->nmedia, 1);
	sdp_free(s);
	/* no c= for a line that is refused; a hash nobody knows beside a good one */
	s = good("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n");
	sdp_free(s);
	s = good(HEAD "m=audio 2 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:sha3-256 00:11\r\n"
		 "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\r\n"
		 "a=fingerprint:sha-256 " FP1 "\r\n");
	assert_int_equal(s->media[0].nfp, 1);
	sdp_free(s);
	/* an unusable one of the media still replaces the session's */
	s = good(HEAD "a=fingerprint:sha-256 " FP1 "\r\nm=audio 2 UDP/TLS/RTP/SAVP 0\r\n"
		 "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\r\n");
	assert_int_equal(s->media[0].nfp, 0);
	sdp_free(s);
}

static const struct {
	const char *text;
	int code;
	const char *where;
} bad[] = {
	{ "", -EINVAL, "line 0" },
	{ "v=1\r\n", -EINVAL, "line 1" },
	{ "o=- 1 1 IN IP4 192.0.2.1\r\n", -EINVAL, "line 1: o= is not allowed here" },
	{ "v=0\r\ns=-\r\n", -EINVAL, "line 2: s= is not allowed here" },
	{ "v=0\r\no=- x 1 IN IP4 1.2.3.4\r\n", -EINVAL, "line 2" },
	{ "v=0\r\no=- 1 99999999999999999999 IN IP4 1.2.3.4\r\n", -EINVAL, "line 2" },
	{ "v=0\r\no=- 1 1 IN IP4\r\n", -EINVAL, "line 2" },
	{ "v=0\r\no=- 1 1 ATM NSAP x\r\n", -EAFNOSUPPORT, "line 2" },
	{ "v=0\r\no=-  1 1 IN IP4 1.2.3.4\r\n", -EINVAL, "line 2" },
	{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\n", -EINVAL, "t= line" },
	{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nm=audio 1 RTP/AVP 0\r\n", -EINVAL, "line 4: no t=" },
	{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\n", -EINVAL, "no c= line" },
	{ "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nc=IN IP4 1.2.3.4\r\n", -EINVAL, "line 5: c= is not allowed here" },
	{ HEAD "x=1\r\n", -EINVAL, "line 6: unknown type letter" },
	{ HEAD "a\r\n", -EINVAL, "line 6" },
	{ HEAD "a=\r\n", -EINVAL, "line 6" },
	{ HEAD "a=a b\r\n", -EINVAL, "line 6" },
	{ HEAD "\r\na=x\r\n", -EINVAL, "line 6" },
	{ HEAD "a=x\001\r\n", -EINVAL, "line 6: a control octet" },
	{ HEAD "a=x\ry\r\n", -EINVAL, "line 6: a control octet" },
	{ HEAD "m=audio 65536 RTP/AVP 0\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio -1 RTP/AVP 0\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1/0 RTP/AVP 0\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 RTP/AVP\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 RTP/AVP \r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 RTP/AVP 128\r\n", -EINVAL, "line 6: a format must be a payload type" },
	{ HEAD "m=audio 1 RTP/AVP PCMU\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 RTP/AVP 0  8\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 /RTP 0\r\n", -EINVAL, "line 6" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.5\r\n", -EINVAL, "line 8" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 host.example.com\r\n", -EAFNOSUPPORT, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n", -EAFNOSUPPORT, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 224.2.1.1\r\n", -EAFNOSUPPORT, "line 7: multicast" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 ::1\r\n", -EAFNOSUPPORT, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP6 [::1]\r\n", -EAFNOSUPPORT, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP6 ff02::1\r\n", -EAFNOSUPPORT, "line 7: multicast" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=sendonly\r\na=recvonly\r\n", -EINVAL, "line 8: a second direction" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=setup:both\r\n", -EINVAL, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=setup:active\r\na=setup:active\r\n", -EINVAL, "line 8" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=tls-id:short\r\n", -EINVAL, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=rtcp:0\r\n", -EINVAL, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=rtcp:5 IN IP4\r\n", -EINVAL, "line 7" },
	{ HEAD "m=audio 1 RTP/AVP 0\r\na=rtcp:5\r\na=rtcp:6\r\n", -EINVAL, "line 8" },
	{ HEAD "a=fingerprint:sha-256\r\n", -EINVAL, "line 6" },
	{ HEAD "a=fingerprint: " FP1 "\r\n", -EINVAL, "line 6" },
	{ HEAD "a=fingerprint:sha-256 " FP1 ":00\r\n", -EINVAL, "line 6: a sha-256 fingerprint has 32 octets, not 33" },
	{ HEAD "a=fingerprint:sha-256 02:1A:CC\r\n", -EINVAL, "has 32 octets, not 3" },
	{ HEAD "a=fingerprint:sha-1 " FP1 "\r\n", -EINVAL, "has 20 octets, not 32" },
	{ HEAD "a=fingerprint:sha-256 ZZ" FP1 "\r\n", -EINVAL, "line 6: a fingerprint must be pairs of hex" },
	{ HEAD "a=fingerprint:sha-256 0:1A\r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha-256 02::1A\r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha-256 02:1A:\r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha-256 021A\r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha-256  " FP1 "\r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha-256 " FP1 " \r\n", -EINVAL, "pairs of hex" },
	{ HEAD "a=fingerprint:sha9-999 xx\r\n", -EINVAL, "pairs of hex" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };
		struct sdp *s = sdp_parse(bad[i].text, strlen(bad[i].text), &e);

		if (s)
			fail_msg("row %zu was taken", i);
		if (e.code != bad[i].code || !strstr(e.text, bad[i].where))
			fail_msg("row %zu: %d \"%s\", expected %d \"%s\"", i, e.code, e.text,
				 bad[i].code, bad[i].where);
	}
}

static void bounds(void **state)
{
	static char text[SDP_MAX_TEXT + 8];
	struct err e = { 0 };
	struct sdp *s;
	size_t n;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_null(sdp_parse(text, SDP_MAX_TEXT + 1, &e));
	assert_int_equal(e.code, -E2BIG);
	memset(text, '\n', sizeof(text));
	assert_null(sdp_parse(text, SDP_MAX_LINES, &e));
	assert_int_equal(e.code, -E2BIG);
	assert_null(sdp_parse("v=0\0\r\n", 6, &e));
	assert_int_equal(e.code, -EINVAL);

	/* sixteen media, then one more */
	n = (size_t)sprintf(text, "%s", HEAD);
	for (int i = 0; i < SDP_MAX_MEDIA; i++)
		n += (size_t)sprintf(text + n, "m=audio 1 RTP/AVP 0\r\n");
	s = good(text);
	assert_int_equal(s->nmedia, SDP_MAX_MEDIA);
	sdp_free(s);
	sprintf(text + n, "m=audio 1 RTP/AVP 0\r\n");
	assert_null(sdp_parse(text, strlen(text), &e));
	assert_int_equal(e.code, -E2BIG);

	/* eight fingerprints, then one more */
	n = (size_t)sprintf(text, "%s", HEAD);
	for (int i = 0; i < SDP_MAX_FINGERPRINTS; i++)
		n += (size_t)sprintf(text + n, "a=fingerprint:sha-256 " FP1 "\r\n");
	s = good(text);
	sdp_free(s);
	sprintf(text + n, "a=fingerprint:sha-256 " FP1 "\r\n");
	assert_null(sdp_parse(text, strlen(text), &e));
	assert_int_equal(e.code, -E2BIG);
}

/* Cut anywhere, changed anywhere: an answer, never a crash (the sanitizers look on). */
static void mangled(void **state)
{
	static const char text[] = HEAD
		"m=audio 4000 UDP/TLS/RTP/SAVP 0 97\r\na=rtcp:5000 IN IP4 192.0.2.3\r\n"
		"a=setup:active\r\na=tls-id:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=fingerprint:sha-256 " FP1 "\r\n";
	static const char octets[] = " \r\n=:/0a\377";
	char copy[sizeof(text)];
	unsigned int taken = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		sdp_free(sdp_parse(text, i, NULL));
		for (size_t k = 0; k < sizeof(octets); k++) {
			struct sdp *s;

			memcpy(copy, text, sizeof(text));
			copy[i] = octets[k];
			s = sdp_parse(copy, sizeof(text) - 1, NULL);
			taken += s != NULL;
			sdp_free(s);
		}
	}
	assert_in_range(taken, 100, 3000);
}

static void fingerprint_vectors(void **state)
{
	json_error_t je;
	json_t *root = json_load_file("tests/vectors/sdp_fingerprint_mky.json", 0, &je), *c;
	size_t i, k;

	(void)state;
	if (!root)
		fail_msg("tests/vectors/sdp_fingerprint_mky.json: %s", je.text);
	assert_true(json_array_size(json_object_get(root, "cases")) >= 4);
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		const json_t *lines = json_object_get(c, "lines"), *mky = json_object_get(c, "mky");

		for (k = 0; k < json_array_size(lines); k++) {
			const char *line = json_string_value(json_array_get(lines, k));
			struct sdp_fingerprint f;
			struct err e = { 0 };
			char hex[129] = "";
			size_t j;

			assert_int_equal(strncmp(line, "a=fingerprint:", 14), 0);
			assert_int_equal(sdp_fingerprint_parse(&f, line + 14, &e), 0);
			for (j = 0; j < f.len; j++)
				sprintf(hex + 2 * j, "%02X", f.digest[j]);
			for (j = 0; j < json_array_size(mky); j++) {
				const json_t *m = json_array_get(mky, j);

				if (!strcmp(json_string_value(json_object_get(m, "alg")), f.alg) &&
				    !strcmp(json_string_value(json_object_get(m, "dig")), hex))
					break;
			}
			assert_true(j < json_array_size(mky));
		}
	}
	json_decref(root);
}

static void formats(void **state)
{
	(void)state;
	assert_true(sdp_has_format("0 8 101", 8, 8));
	assert_true(sdp_has_format("0 72", 64, 95));
	assert_false(sdp_has_format("0 8 101", 64, 95));
	assert_false(sdp_has_format("t38", 0, 127));
	assert_false(sdp_has_format("", 0, 127));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(lenient),
		cmocka_unit_test(refused),
		cmocka_unit_test(bounds),
		cmocka_unit_test(mangled),
		cmocka_unit_test(fingerprint_vectors),
		cmocka_unit_test(formats),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
