// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>

#include "addr.h"
#include "buf.h"

static void parsing(void **state)
{
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.1.1", "192.0.2.256", "0192.0.2.1", " 192.0.2.1", "localhost",
		"[192.0.2.1]", "[2001:db8::1", "2001:db8::1]", "[]", "fe80::1%eth0", "2001:db8:::1",
		"[[2001:db8::1]]", "2001:db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000:0000:0000",
	};
	struct addr a;
	char out[ADDR_STRLEN];

	(void)state;
	assert_int_equal(addr_parse(&a, "192.0.2.1", 5060), 0);
	assert_int_equal(a.family, AF_INET);
	assert_int_equal(a.port, 5060);
	assert_memory_equal(a.ip, "\xc0\x00\x02\x01", 4);
	assert_string_equal(addr_str(&a, out), "192.0.2.1:5060");
	assert_string_equal(addr_ip_str(&a, out), "192.0.2.1");
	assert_int_equal(addr_parse(&a, "[2001:DB8:0::1]", 65535), 0);
	assert_int_equal(a.family, AF_INET6);
	assert_string_equal(addr_str(&a, out), "[2001:db8::1]:65535");
	assert_string_equal(addr_ip_str(&a, out), "2001:db8::1");
	assert_int_equal(addr_parse(&a, "::", 0), 0);
	assert_true(addr_is_any(&a));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct addr b = a;

		assert_int_equal(addr_parse(&b, bad[i], 1), -EINVAL);
		assert_memory_equal(&b, &a, sizeof(a));	/* refusing changes nothing */
	}
}

static void comparing(void **state)
{
	struct addr a, b, none = { 0 };
	char out[ADDR_STRLEN];

	(void)state;
	addr_parse(&a, "192.0.2.1", 1);
	addr_parse(&b, "192.0.2.1", 2);
	assert_false(addr_equal(&a, &b));
	assert_true(addr_ip_equal(&a, &b));
	b.port = 1;
	b.ip[15] = 9;		/* not part of an IPv4 address */
	assert_true(addr_equal(&a, &b));
	b.ip[3] = 2;
	assert_false(addr_equal(&a, &b));
	assert_false(addr_equal(&a, &none));
	assert_true(addr_equal(&none, &none));
	assert_string_equal(addr_str(&none, out), "-");
	assert_false(addr_is_any(&none));
}

static void hosts(void **state)
{
	static const struct {
		const char *ip;
		bool host;
	} v[] = {
		{ "192.0.2.1", true }, { "127.0.0.1", true }, { "223.255.255.255", true },
		{ "0.0.0.0", false }, { "0.0.0.1", false }, { "224.0.0.1", false },
		{ "255.255.255.255", false }, { "240.0.0.1", false }, { "2001:db8::1", true },
		{ "::1", true }, { "::", false }, { "ff02::1", false },
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(addr_parse(&a, v[i].ip, 0), 0);
		assert_int_equal(addr_is_host(&a), v[i].host);
	}
}

static void sockaddrs(void **state)
{
	struct sockaddr_storage ss;
	struct addr a, b;

	(void)state;
	addr_parse(&a, "192.0.2.1", 5060);
	assert_int_equal(addr_to_sockaddr(&a, &ss), sizeof(struct sockaddr_in));
	assert_int_equal(((struct sockaddr_in *)&ss)->sin_port, htons(5060));
	assert_int_equal(addr_from_sockaddr(&b, &ss), 0);
	assert_memory_equal(&a, &b, sizeof(a));

	addr_parse(&a, "2001:db8::1", 5061);
	assert_int_equal(addr_to_sockaddr(&a, &ss), sizeof(struct sockaddr_in6));
	assert_int_equal(addr_from_sockaddr(&b, &ss), 0);
	assert_memory_equal(&a, &b, sizeof(a));

	addr_parse(&a, "::ffff:192.0.2.7", 9);
	addr_to_sockaddr(&a, &ss);
	assert_int_equal(addr_from_sockaddr(&b, &ss), 0);
	addr_parse(&a, "192.0.2.7", 9);
	assert_memory_equal(&a, &b, sizeof(a));

	ss.ss_family = AF_UNIX;
	assert_int_equal(addr_from_sockaddr(&b, &ss), -EAFNOSUPPORT);
	assert_memory_equal(&a, &b, sizeof(a));
	memset(&a, 0, sizeof(a));
	assert_int_equal(addr_to_sockaddr(&a, &ss), 0);
}

static void between_roles(void **state)
{
	static const char *const ips[] = { "192.0.2.1", "2001:db8::1" };
	static const uint8_t nonsense[] = { 5, 0, 1, 1, 2, 3, 4 };
	uint8_t space[32];
	struct addr a, b;
	struct wbuf w;
	struct rbuf r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		addr_parse(&a, ips[i], 40000);
		w = wbuf_on(space, sizeof(space));
		addr_put(&w, &a);
		assert_int_equal(w.len, i ? 19 : 7);
		r = rbuf_on(space, w.len);
		addr_get(&r, &b);
		assert_true(rbuf_done(&r));
		assert_memory_equal(&a, &b, sizeof(a));
		for (size_t cut = 0; cut < w.len; cut++) {
			r = rbuf_on(space, cut);
			addr_get(&r, &b);
			assert_true(r.bad);
			assert_false(addr_is_set(&b));
		}
	}
	memset(&a, 0, sizeof(a));
	w = wbuf_on(space, sizeof(space));
	addr_put(&w, &a);
	assert_int_equal(w.len, 1);
	r = rbuf_on(space, 1);
	addr_get(&r, &b);
	assert_true(rbuf_done(&r));
	assert_false(addr_is_set(&b));
	r = rbuf_on(nonsense, sizeof(nonsense));
	addr_get(&r, &b);
	assert_true(r.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(comparing),
		cmocka_unit_test(hosts),
		cmocka_unit_test(sockaddrs),
		cmocka_unit_test(between_roles),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
