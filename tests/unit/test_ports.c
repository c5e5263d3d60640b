// SPDX-License-Identifier: GPL-2.0-or-later
/* Media port pairs: parity, exhaustion, rest, and what others hold. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"
#include "ports.h"

#define MIN	26100		/* below the ephemeral ports: nobody gets one by chance */
#define MAX	26109		/* five pairs */

static struct addr loopback(bool v6)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, v6 ? "::1" : "127.0.0.1", 0), 0);
	return a;
}

static struct ports *range(uint16_t min, uint16_t max)
{
	struct addr ip = loopback(false);
	struct err e = { 0 };
	struct ports *p = ports_new(&ip, min, max, &e);

	if (!p)
		fail_msg("%s", e.text);
	return p;
}

static uint16_t bound_port(int fd, sa_family_t family)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr a;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(addr_from_sockaddr(&a, &ss), 0);
	assert_int_equal(a.family, family);
	return a.port;
}

static void pairs(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		struct addr ip = loopback(v6);
		struct ports *p = ports_new(&ip, MIN, MAX, NULL);
		struct port_pair one, two;
		struct err e = { 0 };

		assert_non_null(p);
		assert_int_equal(ports_take(p, false, &one, &e), 0);
		assert_int_equal(ports_take(p, true, &two, &e), 0);
		assert_int_equal(ports_in_use(p), 2);
		assert_int_equal(one.rtcp_fd, -1);
		assert_int_equal(one.even % 2, 0);
		assert_int_equal(bound_port(one.rtp_fd, ip.family), one.even);
		assert_int_equal(bound_port(two.rtp_fd, ip.family), two.even);
		assert_int_equal(bound_port(two.rtcp_fd, ip.family), two.even + 1);
		ports_give(p, &one);
		ports_give(p, &two);
		assert_int_equal(one.even, 0);
		ports_give(p, &one);		/* once more is fine */
		assert_int_equal(ports_in_use(p), 0);
		ports_free(p);
	}
}

static void all_then_none_then_rest(void **state)
{
	struct ports *p = range(MIN, MAX);
	struct port_pair pair[6];
	struct err e = { 0 };
	unsigned int seen = 0;
	uint16_t was;

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ports_take(p, true, &pair[i], &e), 0);
		assert_in_range(pair[i].even, MIN, MAX - 1);
		seen |= 1u << (pair[i].even - MIN) / 2;
	}
	assert_int_equal(seen, 0x1f);
	assert_int_equal(ports_take(p, true, &pair[5], &e), -ENOBUFS);
	assert_int_equal(pair[5].even, 0);
	assert_non_null(strstr(e.text, "5 pairs in use"));

	was = pair[2].even;
	ports_give(p, &pair[2]);
	clock_advance(PORTS_REST_MS - 1);
	assert_int_equal(ports_take(p, true, &pair[2], &e), -ENOBUFS);
	clock_advance(1);
	assert_int_equal(ports_take(p, true, &pair[2], &e), 0);
	assert_int_equal(pair[2].even, was);
	for (int i = 0; i < 5; i++)
		ports_give(p, &pair[i]);
	ports_free(p);
}

static void held_by_others(void **state)
{
	struct ports *p = range(MIN, MIN + 3), *other = range(MIN, MIN + 3);
	struct port_pair theirs, ours, none;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ports_take(other, true, &theirs, &e), 0);
	assert_int_equal(ports_take(p, true, &ours, &e), 0);
	assert_int_not_equal(ours.even, theirs.even);
	assert_int_equal(ports_take(p, true, &none, &e), -ENOBUFS);
	ports_give(p, &ours);
	ports_give(other, &theirs);
	ports_free(p);
	ports_free(other);
}

/* Half a pair is none: the RTP socket is given up when RTCP's port is taken. */
static void odd_port_held(void **state)
{
	struct ports *p = range(MIN, MIN + 1);
	struct addr a = loopback(false);
	struct sockaddr_storage ss;
	struct port_pair pair;
	struct err e = { 0 };
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	a.port = MIN + 1;
	len = addr_to_sockaddr(&a, &ss);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(ports_take(p, true, &pair, &e), -ENOBUFS);
	assert_int_equal(pair.rtp_fd, -1);
	close(fd);
	clock_advance(PORTS_REST_MS);
	assert_int_equal(ports_take(p, true, &pair, &e), 0);
	ports_give(p, &pair);
	ports_free(p);
}

static void ranges(void **state)
{
	struct addr ip = loopback(false);
	struct err e = { 0 };
	struct port_pair pair;
	struct ports *p;

	(void)state;
	assert_null(ports_new(&ip, 26001, 26001, &e));
	assert_int_equal(e.code, -EINVAL);
	assert_null(ports_new(&ip, 26001, 26002, &e));
	assert_null(ports_new(&ip, 26010, 26000, &e));
	p = range(26201, 26203);	/* 26202 and 26203 only */
	assert_int_equal(ports_take(p, true, &pair, &e), 0);
	assert_int_equal(pair.even, 26202);
	ports_give(p, &pair);
	ports_free(p);
	p = range(65534, 65535);
	assert_int_equal(ports_take(p, true, &pair, &e), 0);
	assert_int_equal(pair.even, 65534);
	ports_give(p, &pair);
	ports_free(p);
}

static void address_not_here(void **state)
{
	struct addr ip;
	struct err e = { 0 };
	struct port_pair pair;
	struct ports *p;

	(void)state;
	assert_int_equal(addr_parse(&ip, "192.0.2.1", 0), 0);
	p = ports_new(&ip, MIN, MAX, &e);
	assert_int_equal(ports_take(p, false, &pair, &e), -EADDRNOTAVAIL);
	assert_non_null(strstr(e.text, "192.0.2.1"));
	assert_int_equal(ports_in_use(p), 0);
	ports_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(all_then_none_then_rest),
		cmocka_unit_test(held_by_others),
		cmocka_unit_test(odd_port_held),
		cmocka_unit_test(ranges),
		cmocka_unit_test(address_not_here),
	};

	log_set_level(LOG_LVL_ERROR);
	clock_fake(1000000, 1800000000);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
