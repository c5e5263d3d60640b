// SPDX-License-Identifier: GPL-2.0-or-later
/* The location service: what is bound, in which order, until when, and across restarts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "proxyd.h"

static char dir[] = "/tmp/test_location.XXXXXX";
static char path[64];
static struct location *l;
static struct location_binding out[LOCATION_MAX];

static struct location_binding binding(const char *contact, unsigned int q, int64_t expires,
				       const char *ip)
{
	struct location_binding b = { .cseq = 7, .q = q, .expires = expires };

	snprintf(b.contact, sizeof(b.contact), "%s", contact);
	snprintf(b.call_id, sizeof(b.call_id), "call");
	b.hop = (struct sip_hop){ .side = 2, .proto = SIP_TCP, .flow = 99 };
	assert_int_equal(addr_parse(&b.hop.remote, ip, 4321), 0);
	return b;
}

static int setup(void **state)
{
	struct err e = { 0 };

	(void)state;
	unlink(path);
	if (location_open(&l, path, &e))
		fail_msg("%s", e.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	location_close(l);
	l = NULL;
	return 0;
}

static void test_round_trip(void **state)
{
	struct location_binding b = binding("sip:a@192.0.2.1;x=\"'%00", 250, 100, "2001:db8::1");

	(void)state;
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 0);
	assert_int_equal(location_set(l, "sip:a@x", &b, 1), 0);
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 1);
	assert_string_equal(out[0].contact, b.contact);
	assert_string_equal(out[0].call_id, "call");
	assert_int_equal(out[0].cseq, 7);
	assert_int_equal(out[0].q, 250);
	assert_int_equal(out[0].expires, 100);
	assert_int_equal(out[0].hop.side, 2);
	assert_int_equal(out[0].hop.proto, SIP_TCP);
	assert_true(out[0].hop.flow == 99);
	assert_true(addr_equal(&out[0].hop.remote, &b.hop.remote));
	/* nobody else has it, and names are not patterns */
	assert_int_equal(location_get(l, "sip:b@x", 0, out), 0);
	assert_int_equal(location_get(l, "sip:%@x", 0, out), 0);
}

static void test_order_and_expiry(void **state)
{
	struct location_binding b[3];

	(void)state;
	b[0] = binding("sip:low@h", 100, 100, "192.0.2.1");
	b[1] = binding("sip:high@h", 900, 50, "192.0.2.2");
	b[2] = binding("sip:gone@h", 1000, 10, "192.0.2.3");
	assert_int_equal(location_set(l, "sip:a@x", b, 3), 0);
	assert_int_equal(location_get(l, "sip:a@x", 10, out), 2);
	assert_string_equal(out[0].contact, "sip:high@h");
	assert_string_equal(out[1].contact, "sip:low@h");
	assert_true(location_knows(l, &b[1].hop.remote, 49));
	assert_false(location_knows(l, &b[1].hop.remote, 50));
	assert_int_equal(location_expire(l, 10), 1);
	assert_int_equal(location_expire(l, 10), 0);
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 2);
}

static void test_all_or_nothing(void **state)
{
	struct location_binding b[2];

	(void)state;
	b[0] = binding("sip:one@h", 1000, 100, "192.0.2.1");
	assert_int_equal(location_set(l, "sip:a@x", b, 1), 0);
	/* one contact twice: the second cannot be put in */
	b[0] = b[1] = binding("sip:two@h", 1000, 100, "192.0.2.1");
	assert_int_equal(location_set(l, "sip:a@x", b, 2), -EIO);
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 1);
	assert_string_equal(out[0].contact, "sip:one@h");
	assert_int_equal(location_set(l, "sip:a@x", b, 0), 0);
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 0);
}

/* Flows are numbers of one process: another one must not take them for its own. */
static void test_restart(void **state)
{
	struct location_binding b = binding("sip:one@h", 1000, 100, "192.0.2.1");
	struct err e = { 0 };

	(void)state;
	assert_int_equal(location_set(l, "sip:a@x", &b, 1), 0);
	location_close(l);
	assert_int_equal(location_open(&l, path, &e), 0);
	assert_int_equal(location_get(l, "sip:a@x", 0, out), 1);
	assert_true(out[0].hop.flow == 0);
	assert_int_equal(out[0].hop.remote.port, 4321);
}

static void test_other_files(void **state)
{
	struct location *other;
	struct err e = { 0 };
	FILE *f;

	(void)state;
	location_close(l);
	l = NULL;
	f = fopen(path, "w");
	fputs("This is no database, whatever its name says, and has to stay as it is.\n", f);
	fclose(f);
	assert_true(location_open(&other, path, &e) < 0);
	assert_null(other);
	assert_non_null(strstr(e.text, path));
}

static void test_aor(void **state)
{
	static const struct {
		const char *uri, *aor;
	} rows[] = {
		{ "sip:bob@Example.COM", "sip:bob@example.com" },
		{ "sips:bob@example.com:5061;transport=tcp", "sip:bob@example.com" },
		{ "sip:b%6fb:secret@example.com", "sip:bob@example.com" },
		{ "sip:Bob@example.com", "sip:Bob@example.com" },
		{ "sip:example.com", NULL },
		{ "tel:+1555", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_pool pool = { 0 };
		char aor[LOCATION_AOR_SIZE];
		struct sip_uri u;

		assert_int_equal(sip_uri_parse(&pool, rows[i].uri, &u, NULL), 0);
		assert_int_equal(proxyd_aor(&u, aor, sizeof(aor)), rows[i].aor ? 0 : -EINVAL);
		if (rows[i].aor)
			assert_string_equal(aor, rows[i].aor);
		sip_pool_fini(&pool);
	}
}

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/location.db", dir);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_round_trip),
		T(test_order_and_expiry),
		T(test_all_or_nothing),
		T(test_restart),
		T(test_other_files),
		cmocka_unit_test(test_aor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
