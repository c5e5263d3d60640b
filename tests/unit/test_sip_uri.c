// SPDX-License-Identifier: GPL-2.0-or-later
/* URIs and name-addrs: taken, refused, compared, made canonical. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "err.h"
#include "sip_uri.h"

static struct sip_pool pool;

static int teardown(void **state)
{
	(void)state;
	sip_pool_fini(&pool);
	return 0;
}

static struct sip_uri uri(const char *text)
{
	struct err e = { 0 };
	struct sip_uri u;

	if (sip_uri_parse(&pool, text, &u, &e))
		fail_msg("%s: %s", text, e.text);
	return u;
}

static void parts(void **state)
{
	struct sip_uri u;

	(void)state;
	u = uri("SIP:al%69ce;x=1:pw@Example.COM:5070;transport=tcp;LR;q?Subject=a%20b&Priority=urgent");
	assert_string_equal(u.scheme, "sip");
	assert_string_equal(u.user, "al%69ce;x=1");
	assert_string_equal(u.password, "pw");
	assert_string_equal(u.host, "Example.COM");
	assert_int_equal(u.port, 5070);
	assert_string_equal(sip_uri_param(&u, "transport"), "tcp");
	assert_string_equal(sip_uri_param(&u, "lr"), "");
	assert_string_equal(sip_uri_param(&u, "Q"), "");
	assert_null(sip_uri_param(&u, "maddr"));
	assert_string_equal(sip_param_get(u.headers, "subject"), "a%20b");
	assert_string_equal(sip_param_get(u.headers, "priority"), "urgent");

	u = uri("sips:[2001:db8::1]:5061");
	assert_string_equal(u.scheme, "sips");
	assert_null(u.user);
	assert_string_equal(u.host, "2001:db8::1");
	assert_int_equal(u.port, 5061);

	u = uri("tel:+1-201-555-0123;phone-context=example.com");
	assert_string_equal(u.scheme, "tel");
	assert_string_equal(u.opaque, "+1-201-555-0123;phone-context=example.com");
	assert_null(u.host);
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"", "sip", "sip:", ":x", "1sip:x", "sip:a b@h", "sip:a@h x", "sip:a@", "sip:a@h:",
		"sip:a@h:0", "sip:a@h:65536", "sip:a@h:5x", "sip:a@h:-1", "sip:a%4@h", "sip:a%zz@h",
		"sip:a@[::1", "sip:a@[::zz]", "sip:a@h;p=a b", "sip:a@h;p;p",
		"sip:a@h;lr;LR=on", "sip:a<b@h", "sip:a\"b@h", "sip:a@h\x01", "sip:a@h^x", "http:a b",
		"sip:\xc3\xa9@h", "tel:",
	};
	struct sip_uri u;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e = { 0 };

		if (sip_uri_parse(&pool, texts[i], &u, &e) != -EINVAL)
			fail_msg("%s was taken", texts[i]);
		assert_int_not_equal(e.text[0], 0);
	}
}

static void written_as_read(void **state)
{
	static const char *const texts[] = {
		"sip:a@h", "sips:h", "sip:u:p@h:99;a;b=c?d=e&f=", "sip:%00@h", "sip:[2001:db8::1]:99",
		"tel:+49301234;ext=5", "http://a/b?c=d#e", "sip:a;b=c@h;transport=UDP",
		"soap.beep://192.0.2.103:3002",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct sip_uri u = uri(texts[i]);
		char out[256];
		struct wbuf w = wbuf_on(out, sizeof(out));

		sip_uri_write(&w, &u);
		wbuf_u8(&w, 0);
		assert_string_equal(out, texts[i]);
	}
}

/* the examples of RFC 3261 section 19.1.4, then ours */
static void comparison(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true },
		{ "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true },
		{ "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
		  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true },
		{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		  "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true },
		{ "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false },
		{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false },
		{ "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false },
		{ "sip:a@h", "sips:a@h", false },
		{ "sip:a@h", "sip:h", false },
		{ "sip:a@h", "sip:a:b@h", false },
		{ "sip:a@h;user=phone", "sip:a@h", false },
		{ "sip:a@h;ttl=1", "sip:a@h", false },
		{ "sip:a@h;maddr=x", "sip:a@h", false },
		{ "sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]", true },
		{ "sip:a%40b@h", "sip:a%40b@h", true },
		{ "sip:a%3bb@h", "sip:a;b@h", false },	/* ';' is reserved */
		{ "sip:a%3bb@h", "sip:a%3Bb@h", true },
		{ "tel:+1", "tel:+1", true },
		{ "tel:+1", "tel:+2", false },
		{ "tel:+1", "sip:+1@h", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sip_uri a = uri(rows[i].a), b = uri(rows[i].b);

		if (sip_uri_equal(&a, &b) != rows[i].equal || sip_uri_equal(&b, &a) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void aor(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "sip:al%69ce:pw@EXAMPLE.com;transport=udp?a=b", "sip:alice@example.com" },
		{ "SIPS:bob@example.com:5061", "sips:bob@example.com:5061" },
		{ "sip:null-%00-null@example.com", "sip:null-%00-null@example.com" },
		{ "sip:a%40b%2fc@h", "sip:a%40b%2Fc@h" },
		{ "sip:Alice@h", "sip:Alice@h" },
		{ "sip:[2001:DB8::1]", "sip:[2001:db8::1]" },
	};
	struct sip_uri u;
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u = uri(rows[i].in);
		assert_int_equal(sip_uri_aor(&u, out, sizeof(out)), strlen(rows[i].out));
		assert_string_equal(out, rows[i].out);
	}
	u = uri("sip:a@h");
	assert_int_equal(sip_uri_aor(&u, out, 7), -ENOSPC);
	assert_int_equal(sip_uri_aor(&u, out, 8), 7);
	u = uri("tel:+1");
	assert_int_equal(sip_uri_aor(&u, out, sizeof(out)), -EINVAL);
}

static void addresses(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "sip:a@192.0.2.1", "192.0.2.1:5060" },
		{ "sip:a@192.0.2.1:99", "192.0.2.1:99" },
		{ "sips:a@192.0.2.1", "192.0.2.1:5061" },
		{ "sip:a@192.0.2.1;transport=TLS", "192.0.2.1:5061" },
		{ "sip:a@[2001:db8::1]", "[2001:db8::1]:5060" },
		{ "sip:a@h.example.com;maddr=192.0.2.7", "192.0.2.7:5060" },
	};
	char text[ADDR_STRLEN];
	struct sip_uri u;
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u = uri(rows[i].in);
		assert_int_equal(sip_uri_addr(&u, &a), 0);
		assert_string_equal(addr_str(&a, text), rows[i].out);
	}
	u = uri("sip:a@h.example.com");
	assert_int_equal(sip_uri_addr(&u, &a), -ENOENT);
	u = uri("tel:+1");
	assert_int_equal(sip_uri_addr(&u, &a), -EINVAL);
}

static void unescaping(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(sip_unescape("a%00b", out, sizeof(out)), 3);
	assert_memory_equal(out, "a\0b", 4);
	assert_int_equal(sip_unescape("%7", out, sizeof(out)), -EINVAL);
	assert_int_equal(sip_unescape("1234567", out, sizeof(out)), 7);
	assert_int_equal(sip_unescape("12345678", out, sizeof(out)), -ENOSPC);
	assert_int_equal(sip_unescape("", out, 0), -ENOSPC);
}

static void nameaddrs(void **state)
{
	static const struct {
		const char *in, *display, *uri, *tag;
	} rows[] = {
		{ "<sip:a@h>", NULL, "sip:a@h", NULL },
		{ "sip:a@h;tag=1", NULL, "sip:a@h", "1" },
		{ "<sip:a@h;x=y>;tag=1", NULL, "sip:a@h;x=y", "1" },
		{ "Bob <sip:a@h>;tag=1;z", "Bob", "sip:a@h", "1" },
		{ "Bob B. <sip:a@h>", "Bob B.", "sip:a@h", NULL },
		{ "\"a, \\\"<b>\" <sip:a@h> ; tag = x", "\"a, \\\"<b>\"", "sip:a@h", "x" },
		{ "\"\" <tel:+1>;tag=q", "\"\"", "tel:+1", "q" },
		{ "\"J\xc3\xbcrgen\" <sip:j%40@h>", "\"J\xc3\xbcrgen\"", "sip:j%40@h", NULL },
	};
	struct sip_nameaddr n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		const char *tag;

		if (sip_nameaddr_parse(&pool, rows[i].in, &n, &e))
			fail_msg("%s: %s", rows[i].in, e.text);
		if (rows[i].display)
			assert_string_equal(n.display, rows[i].display);
		else
			assert_null(n.display);
		assert_string_equal(n.uri_text, rows[i].uri);
		tag = sip_param_get(n.params, "tag");
		if (rows[i].tag)
			assert_string_equal(tag, rows[i].tag);
		else
			assert_null(tag);
	}
}

static void nameaddrs_refused(void **state)
{
	static const char *const texts[] = {
		"", "<>", "<sip:a@h", "sip:a@h>", "\"a <sip:a@h>", "a, b <sip:a@h>", "< sip:a@h>",
		"<sip:a@h >", "<sip:a@h> x", "<sip:a@h>;tag=a b", "<sip:a@h>;=x",
		"<sip:a@h>;tag=1;tag=2", "sip:a@h?x=y", "a(b) <sip:a@h>", "<sip:a@h>;p=\"x",
		"<sip:a b@h>", "Bob",
	};
	struct sip_nameaddr n;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (sip_nameaddr_parse(&pool, texts[i], &n, NULL) != -EINVAL)
			fail_msg("%s was taken", texts[i]);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(parts),
		T(refused),
		T(written_as_read),
		T(comparison),
		T(aor),
		T(addresses),
		T(unescaping),
		T(nameaddrs),
		T(nameaddrs_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
