// SPDX-License-Identifier: GPL-2.0-or-later
/* Routes, and what one side is told about the other (policy). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"
#include "routes.h"

static struct sip_pool pool;

static struct sip_uri uri(const char *s)
{
	struct err e = { 0 };
	struct sip_uri u;

	if (sip_uri_parse(&pool, s, &u, &e))
		fail_msg("%s: %s", s, e.text);
	return u;
}

static void add(struct conf_gateway *c, const char *name, unsigned int from, const char *user,
		const char *domain)
{
	struct conf_route *r = &c->route[c->nroutes++];

	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->user, sizeof(r->user), "%s", user);
	snprintf(r->domain, sizeof(r->domain), "%s", domain);
	r->from = from;
	r->to = !from;
}

static void routes(void **state)
{
	static const struct {
		unsigned int side;
		const char *uri, *route;	/* NULL: none fits */
	} rows[] = {
		{ 0, "sip:112@anywhere.example", "emergency" },
		{ 0, "sip:Bob@biloxi.example", "biloxi" },
		{ 0, "sip:bob@BILOXI.EXAMPLE:5070;transport=udp", "biloxi" },
		{ 0, "sip:b%6Fb@biloxi.example", "biloxi" },
		{ 0, "sip:alice@biloxi.example", "rest" },
		{ 0, "sip:x@a.b.biloxi.example", "sub" },
		{ 0, "sip:biloxi.example", "rest" },
		{ 0, "sip:+4930123@10.0.0.1", "rest" },
		{ 0, "sip:x@[2001:db8::7]", "v6" },
		{ 0, "sip:bob%00@biloxi.example", NULL },
		{ 1, "sip:+49301@atlanta.example", "inbound" },
		{ 1, "sip:49301@atlanta.example", NULL },
		{ 1, "sip:bob@biloxi.example", NULL },
		{ 2, "sip:bob@biloxi.example", NULL },
	};
	static struct conf_gateway c;

	(void)state;
	add(&c, "emergency", 0, "11[02]", "*");
	add(&c, "biloxi", 0, "bob", "Biloxi.example");
	add(&c, "sub", 0, "*", "*.biloxi.example");
	add(&c, "v6", 0, "*", "2001:db8::*");
	add(&c, "rest", 0, "*", "*");
	add(&c, "inbound", 1, "+49*", "*");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_uri u = uri(rows[i].uri);
		const struct conf_route *r = route_find(&c, rows[i].side, &u);

		if (!r != !rows[i].route || (r && strcmp(r->name, rows[i].route)))
			fail_msg("%s: %s, expected %s", rows[i].uri, r ? r->name : "none",
				 rows[i].route ? rows[i].route : "none");
	}
}

static void refusals(void **state)
{
	static const struct { unsigned int theirs, ours; } rows[] = {
		{ 301, 480 }, { 302, 480 }, { 380, 480 }, { 400, 502 }, { 401, 502 }, { 403, 403 },
		{ 404, 404 }, { 405, 502 }, { 407, 502 }, { 408, 408 }, { 410, 410 }, { 415, 488 },
		{ 420, 502 }, { 433, 433 }, { 480, 480 }, { 481, 502 }, { 482, 482 }, { 483, 483 },
		{ 484, 484 }, { 486, 486 }, { 487, 487 }, { 488, 488 }, { 491, 491 }, { 500, 500 },
		{ 502, 502 }, { 503, 500 }, { 504, 504 }, { 600, 600 }, { 603, 603 }, { 606, 606 },
		{ 699, 699 }, { 0, 500 }, { 200, 500 }, { 700, 500 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(policy_refusal(rows[i].theirs), rows[i].ours);
	assert_int_equal(policy_media_refusal(-ENOBUFS), 503);
	assert_int_equal(policy_media_refusal(-ENODEV), 503);
	assert_int_equal(policy_media_refusal(-EACCES), 500);
}

static void reasons(void **state)
{
	struct end_reason why = { .code = 408, .text = "a \"quoted\\\" text" };
	char out[200], tiny[10];

	(void)state;
	assert_string_equal(policy_reason(&why, out, sizeof(out)),
			    "SIP;cause=408;text=\"a 'quoted'' text\"");
	assert_null(policy_reason(&why, tiny, sizeof(tiny)));
	why.text = "";
	assert_string_equal(policy_reason(&why, out, sizeof(out)),
			    "SIP;cause=408;text=\"Request Timeout\"");
	why.header = "Q.850;cause=16";
	assert_string_equal(policy_reason(&why, out, sizeof(out)), "Q.850;cause=16");
	why = (struct end_reason){ .text = "caller hung up" };
	assert_null(policy_reason(&why, out, sizeof(out)));
}

static void uris(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "sip:bob@biloxi.example", "sip:bob@biloxi.example" },
		{ "sip:bob:secret@biloxi.example:5070;transport=tcp;user=phone?a=b",
		  "sip:bob@biloxi.example:5070;user=phone" },
		{ "sip:bob@10.1.2.3:5061;lr", "sip:bob@192.0.2.9:5080" },
		{ "sip:bob@[2001:db8::1]", "sip:bob@192.0.2.9:5080" },
		{ "sip:10.1.2.3", "sip:192.0.2.9:5080" },
		{ "tel:+49301", "tel:+49301" },
	};
	char out[100];
	struct addr a;

	(void)state;
	addr_parse(&a, "192.0.2.9", 5080);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_uri u = uri(rows[i].in);

		assert_int_equal(policy_uri(&u, rows[i].in, &a, out, sizeof(out)), 0);
		assert_string_equal(out, rows[i].out);
		assert_int_equal(policy_uri(&u, rows[i].in, &a, out, 8), -ENOSPC);
	}
	a.port = 5060;
	{
		struct sip_uri u = uri("sip:x@1.2.3.4");

		assert_int_equal(policy_uri(&u, "sip:x@1.2.3.4", &a, out, sizeof(out)), 0);
		assert_string_equal(out, "sip:x@192.0.2.9");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),
		cmocka_unit_test(refusals),
		cmocka_unit_test(reasons),
		cmocka_unit_test(uris),
	};
	int ret;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	sip_pool_fini(&pool);
	return ret;
}
