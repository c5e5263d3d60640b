// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RFC 4475: every message of the torture test, and what becomes of it here.
 *
 * Run from the top of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "sip_ua.h"

#define FILES 49		/* messages in section 3 of the RFC */

/*
 * parse: 0 taken, 400 and so on the answer, DROP no answer
 * then:  what the user agent of a gateway answers to a request that was taken,
 *	  0 when it serves it
 */
#define DROP 1

static const struct {
	const char *name;
	unsigned int parse, then;
	const char *why;		/* within the reason, when it is refused */
} expected[] = {
	/* 3.1.1 valid messages */
	{ "wsinv", 0, 481, NULL },	/* has a To tag, and no dialog fits */
	{ "intmeth", 0, 501, NULL },
	{ "esc01", 0, 0, NULL },
	{ "escnull", 0, 405, NULL },
	{ "esc02", 0, 501, NULL },
	{ "lwsdisp", 0, 0, NULL },
	{ "longreq", 0, 0, NULL },
	{ "dblreq", 0, 405, NULL },
	{ "semiuri", 0, 0, NULL },
	{ "transports", 0, 0, NULL },
	{ "mpart01", 0, 405, NULL },
	{ "unreason", 0, 0, NULL },
	{ "noreason", 0, 0, NULL },
	/* 3.1.2 invalid messages */
	{ "badinv01", 400, 0, "Via" },
	{ "clerr", 400, 0, "Content-Length is more than what came" },
	{ "ncl", 400, 0, "malformed Content-Length" },
	{ "scalar02", 400, 0, "malformed CSeq" },
	{ "scalarlg", DROP, 0, "CSeq" },
	{ "quotbal", 400, 0, "To: quoted string does not end" },
	{ "ltgtruri", 400, 0, "Request-URI: URI without a scheme" },
	{ "lwsruri", 400, 0, "Request-URI: white space" },
	{ "lwsstart", 400, 0, "Request-URI: white space" },
	{ "trws", 400, 0, "request line" },
	{ "escruri", 400, 0, "Request-URI: has header components" },
	{ "baddate", 0, 0, NULL },	/* who uses Date checks it */
	{ "regbadct", 400, 0, "Contact: a URI with '?'" },
	{ "badaspec", 400, 0, "To: '<' without '>', or white space" },
	{ "baddn", 400, 0, "From" },
	{ "badvers", 505, 0, "Version Not Supported" },
	{ "mismatch01", 400, 0, "CSeq method" },
	{ "mismatch02", 400, 0, "CSeq method" },
	{ "bigcode", DROP, 0, "malformed status line" },
	/* 3.2 to 3.4: valid by grammar, or not, for the layers above */
	{ "badbranch", 0, 0, NULL },	/* matched by RFC 2543's rule */
	{ "insuf", 400, 0, "Missing From" },
	{ "unkscm", 0, 416, NULL },
	{ "novelsc", 0, 416, NULL },
	{ "unksm2", 0, 405, NULL },
	{ "bext01", 0, 420, NULL },
	{ "invut", 0, 415, NULL },
	{ "regaut01", 0, 405, NULL },
	{ "multi01", 400, 0, "more than one" },
	{ "mcl01", 400, 0, "more than one Content-Length" },
	{ "bcast", 0, 0, NULL },	/* dropped by the transport: not our Via */
	{ "zeromf", 0, 0, NULL },	/* OPTIONS for the gateway itself */
	{ "cparam01", 0, 405, NULL },
	{ "cparam02", 0, 405, NULL },
	{ "regescrt", 0, 405, NULL },
	{ "sdp01", 0, 0, NULL },	/* 406 is the call's decision */
	{ "inv2543", 400, 0, "From without a tag" },
};
#define COUNT (sizeof(expected) / sizeof(expected[0]))

static size_t load(const char *dir, const char *name, char *out, size_t cap)
{
	char path[256];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.dat", dir, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: run from the top of the tree", path);
	n = fread(out, 1, cap, f);
	fclose(f);
	assert_int_not_equal(n, 0);
	return n;
}

static void each_parses_as_expected(void **state)
{
	static char octets[65536];
	struct err e;
	unsigned int refusal;
	struct sip_msg *m;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		const size_t n = load("tests/rfc4475", expected[i].name, octets, sizeof(octets));
		int rc;

		memset(&e, 0, sizeof(e));
		rc = sip_msg_parse(&m, octets, n, &refusal, &e);
		if (expected[i].parse == 0) {
			if (rc)
				fail_msg("%s: refused: %s", expected[i].name, e.text);
			assert_non_null(m);
			assert_int_equal(refusal, 0);
		} else {
			if (rc != -EBADMSG)
				fail_msg("%s: not refused", expected[i].name);
			if (refusal != (expected[i].parse == DROP ? 0 : expected[i].parse))
				fail_msg("%s: answered %u", expected[i].name, refusal);
			assert_int_equal(m != NULL, expected[i].parse != DROP);
			if (!strstr(e.text, expected[i].why))
				fail_msg("%s: \"%s\" lacks \"%s\"", expected[i].name, e.text,
					 expected[i].why);
		}
		sip_msg_free(m);
	}
}

static void all_files_are_covered(void **state)
{
	struct dirent *d;
	DIR *dir = opendir("tests/rfc4475");
	unsigned int files = 0;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		const size_t len = strlen(d->d_name);
		size_t i = 0;

		if (len < 4 || strcmp(d->d_name + len - 4, ".dat") != 0)
			continue;
		files++;
		while (i < COUNT && (strlen(expected[i].name) != len - 4 ||
				     strncmp(expected[i].name, d->d_name, len - 4) != 0))
			i++;
		if (i == COUNT)
			fail_msg("%s is in no row", d->d_name);
	}
	closedir(dir);
	assert_int_equal(files, FILES);
	assert_int_equal(COUNT, FILES);
}

static void extra_is_dropped(void **state)
{
	static char octets[65536];
	const size_t n = load("tests/rfc4475/extra", "test", octets, sizeof(octets));
	unsigned int refusal;
	struct sip_msg *m;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sip_msg_parse(&m, octets, n, &refusal, &e), -EBADMSG);
	sip_msg_free(m);
}

/* ---- answers ------------------------------------------------------------------------- */

static unsigned int answer;
static unsigned int served;
static struct sip_dialogs dialogs;

static int catch_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	char line[32] = { 0 };

	(void)side;
	(void)to;
	memcpy(line, data, len < sizeof(line) - 1 ? len : sizeof(line) - 1);
	assert_int_equal(sscanf(line, "SIP/2.0 %u ", &answer), 1);
	return 0;
}

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	static const struct sip_ua_caps caps = {
		.allow = "INVITE, ACK, CANCEL, BYE, OPTIONS", .supported = "",
		.accept = "application/sdp", .hops = true,
	};
	struct sip_dialog *d;

	(void)req;
	(void)from;
	(void)arg;
	if (sip_ua_screen(st, &caps) || sip_ua_dialog(st, &dialogs, &d))
		return;
	served++;
	sip_ua_refuse(st, 480, NULL, 0);
}

static void each_is_answered_as_expected(void **state)
{
	static const struct sip_side_ops ops = { .proto = SIP_UDP, .send = catch_send };
	static const struct sip_tu tu = { .request = on_request };
	static char octets[65536];
	struct sip_hop from = { .side = 0, .proto = SIP_UDP };
	struct addr own;

	(void)state;
	addr_parse(&own, "192.0.2.200", 5060);
	addr_parse(&from.remote, "192.0.2.201", 5060);
	for (size_t i = 0; i < COUNT; i++) {
		const size_t n = load("tests/rfc4475", expected[i].name, octets, sizeof(octets));
		unsigned int want = expected[i].parse ? expected[i].parse : expected[i].then;
		struct sip_stack s;

		answer = served = 0;
		assert_int_equal(sip_stack_init(&s, NULL, NULL, &tu, NULL), 0);
		assert_int_equal(sip_dialogs_init(&dialogs), 0);
		assert_int_equal(sip_transp_add(&s.transp, &ops, &own, NULL, NULL), 0);
		sip_transp_input(&s.transp, &from, octets, n);
		if (want == DROP || strncmp(octets, "SIP/2.0", 7) == 0) {
			assert_int_equal(answer, 0);
			assert_int_equal(s.transp.stats.rx_dropped +
					 s.transp.stats.rx_via_mismatch, 1);
		} else if (answer != (want ? want : 480)) {
			fail_msg("%s: answered %u", expected[i].name, answer);
		}
		assert_int_equal(served, want == 0 && answer == 480);
		sip_stack_fini(&s);
		sip_dialogs_fini(&dialogs);
		loop_turn(0);
	}
}

/* ---- what some of them are about ----------------------------------------------------------- */

static struct sip_msg *taken(const char *name)
{
	static char octets[65536];
	const size_t n = load("tests/rfc4475", name, octets, sizeof(octets));
	unsigned int refusal;
	struct sip_msg *m;

	assert_int_equal(sip_msg_parse(&m, octets, n, &refusal, NULL), 0);
	return m;
}

static void meanings(void **state)
{
	const struct sip_hdr *h;
	struct sip_msg *m;
	char out[256];

	(void)state;
	m = taken("wsinv");
	assert_string_equal(m->to_tag, "1918181833n");
	assert_string_equal(m->from_tag, "98asjd8");
	assert_int_equal(m->max_forwards, 68);
	assert_int_equal(m->cseq, 9);
	assert_string_equal(m->via->host, "192.0.2.2");
	assert_string_equal(m->via->branch, "390skdjuw");
	h = sip_msg_find(m, SIP_HDR_VIA, sip_msg_find(m, SIP_HDR_VIA, NULL));
	assert_string_equal(h->via->transport, "TCP");
	assert_string_equal(h->via->branch, "z9hG4bK9ikj8");
	h = sip_msg_find(m, SIP_HDR_VIA, h);
	assert_string_equal(h->via->branch, "z9hG4bK30239");
	assert_null(sip_msg_find(m, SIP_HDR_VIA, h));
	assert_string_equal(sip_msg_find_name(m, "unknownheaderwithunusualvalue", NULL)->value,
			    ";;,,;;,;");
	assert_string_equal(sip_msg_find_name(m, "NewFangledHeader", NULL)->value,
			    "newfangled value continued newfangled value");
	assert_string_equal(sip_msg_contact(m)->display, "\"Quoted string \\\"\\\"\"");
	assert_int_equal(m->body_len, 150);
	sip_msg_free(m);

	m = taken("intmeth");
	assert_string_equal(m->method_name, "!interesting-Method0123456789_*+`.%indeed'~");
	assert_string_equal(m->ruri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
	assert_string_equal(m->ruri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
	assert_string_equal(m->to->uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
	assert_string_equal(m->from_tag, "_token~1'+`*%!-.");
	sip_msg_free(m);

	m = taken("esc01");
	assert_string_equal(m->ruri.user, "sips%3Auser%40example.com");
	assert_int_equal(sip_unescape(sip_uri_param(&sip_msg_contact(m)->uri, "name"), out,
				      sizeof(out)), 8);
	assert_string_equal(out, "value%41");
	assert_non_null(sip_uri_param(&sip_msg_contact(m)->uri, "lr"));
	sip_msg_free(m);

	m = taken("escnull");
	h = sip_msg_find(m, SIP_HDR_CONTACT, NULL);
	assert_string_equal(h->addr->uri.user, "%00");
	h = sip_msg_find(m, SIP_HDR_CONTACT, h);
	assert_string_equal(h->addr->uri.user, "%00%00");
	assert_int_equal(sip_uri_aor(&m->to->uri, out, sizeof(out)), 29);
	assert_string_equal(out, "sip:null-%00-null@example.com");
	sip_msg_free(m);

	m = taken("semiuri");
	assert_int_equal(sip_unescape(m->ruri.user, out, sizeof(out)), 22);
	assert_string_equal(out, "user;par=u@example.net");
	sip_msg_free(m);

	m = taken("dblreq");
	assert_int_equal(m->body_len, 0);
	sip_msg_free(m);

	m = taken("mpart01");
	assert_int_equal(m->body_len, 553);
	assert_non_null(memchr(m->body, 0, m->body_len));
	sip_msg_free(m);

	m = taken("cparam01");
	assert_null(sip_uri_param(&sip_msg_contact(m)->uri, "unknownparam"));
	assert_non_null(sip_param_get(sip_msg_contact(m)->params, "unknownparam"));
	sip_msg_free(m);
	m = taken("cparam02");
	assert_non_null(sip_uri_param(&sip_msg_contact(m)->uri, "unknownparam"));
	sip_msg_free(m);

	m = taken("unreason");
	assert_int_equal(m->code, 200);
	assert_string_equal(m->reason, "= 2**3 * 5**2 но сто девяносто девять - простое");
	sip_msg_free(m);
	m = taken("noreason");
	assert_string_equal(m->reason, "");
	sip_msg_free(m);
}

/* NULs in quoted pairs and all others come out as they went in */
static void intmeth_comes_out_whole(void **state)
{
	static char in[65536];
	static uint8_t out[65536];
	static const char to[] = "To: \"BEL:\\\a NUL:\\\0 DEL:\\\177\" <sip:";
	const size_t n = load("tests/rfc4475", "intmeth", in, sizeof(in));
	struct wbuf w = wbuf_on(out, sizeof(out));
	unsigned int refusal;
	struct sip_msg *m;

	(void)state;
	assert_int_equal(sip_msg_parse(&m, in, n, &refusal, NULL), 0);
	sip_msg_write(m, &w);
	assert_false(w.bad);
	assert_non_null(memmem(out, w.len, to, sizeof(to) - 1));
	sip_msg_free(m);
}

static int setup(void **state)
{
	(void)state;
	return loop_init(NULL);
}

static int teardown(void **state)
{
	(void)state;
	loop_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_files_are_covered),
		cmocka_unit_test(each_parses_as_expected),
		cmocka_unit_test(extra_is_dropped),
		cmocka_unit_test(each_is_answered_as_expected),
		cmocka_unit_test(meanings),
		cmocka_unit_test(intmeth_comes_out_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
