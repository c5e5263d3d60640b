// SPDX-License-Identifier: GPL-2.0-or-later
/* Which addresses are public, and which are in a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "addr_scope.h"
#include "err.h"

static void scopes(void **state)
{
	static const char *const public[] = { "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1",
		"192.0.1.1", "223.255.255.255", "2606:4700::1", "2a00::1", "::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8", "2002:808:808::1" };
	static const char *const not[] = { "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1",
		"198.18.0.1", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
		"fe80::1", "fc00::1", "fdff::1", "ff02::1", "2001:db8::1", "2001::1", "::ffff:10.0.0.1",
		"64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:a00:1::1", "100::1", "::8.8.8.8", "3fff::1" };
	static const char *const bad[] = { "", "x", "10.0.0.0/33", "10.0.0.1/8", "::1/129", "10.0.0.0/",
		"10.0.0.0/8x", "10.0.0.0/-1" };
	struct addr_net n;
	struct addr a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (addr_parse(&a, public[i], 0) || !addr_is_public(&a))
			fail_msg("%s", public[i]);
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		if (addr_parse(&a, not[i], 0) || addr_is_public(&a))
			fail_msg("%s", not[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (addr_net_parse(&n, bad[i], &e) != -EINVAL)
			fail_msg("%s", bad[i]);
	assert_int_equal(addr_net_parse(&n, "10.128.0.0/9", &e), 0);
	assert_int_equal(addr_parse(&a, "10.255.0.1", 0), 0);
	assert_true(addr_in_net(&a, &n));
	assert_int_equal(addr_parse(&a, "10.127.0.1", 0), 0);
	assert_false(addr_in_net(&a, &n));
	assert_int_equal(addr_net_parse(&n, "::1", &e), 0);
	assert_int_equal(n.bits, 128);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
