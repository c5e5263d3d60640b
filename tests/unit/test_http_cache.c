// SPDX-License-Identifier: GPL-2.0-or-later
/* How long an answer keeps by RFC 9111, and what the cache lets go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "clock.h"
#include "http_cache.h"

static int64_t life(const char *lines, int64_t asked_at, int64_t came)
{
	struct http_head h;
	char text[500], *save;

	http_head_start(&h);
	snprintf(text, sizeof(text), "%s", lines);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		http_head_line(&h, l, strlen(l));
	return http_lifetime(&h, asked_at, came);
}

#define T0 1443208345	/* Fri, 25 Sep 2015 19:12:25 GMT */
#define DATE "Date: Fri, 25 Sep 2015 19:12:25 GMT\n"

static void lifetimes(void **state)
{
	(void)state;
	assert_int_equal(life("Cache-Control: max-age=100", T0, T0), 100);
	assert_int_equal(life("cache-control:  public , Max-Age=100\r", T0, T0), 100);
	assert_int_equal(life("Cache-Control: max-age=100, max-age=50", T0, T0), 50);
	assert_int_equal(life("Cache-Control: max-age=1x", T0, T0), 0);
	assert_int_equal(life("Cache-Control: max-age=99999999999999999999", T0, T0), INT64_C(2147483648));
	assert_int_equal(life("Cache-Control: no-cache, max-age=100", T0, T0), 0);
	assert_int_equal(life("Cache-Control: max-age=100\nVary: *", T0, T0), 0);
	assert_int_equal(life("Cache-Control: max-age=100\nVary: Accept", T0, T0), 100);
	assert_int_equal(life("Cache-Control: max-age=100\nAge: 30", T0, T0), 70);
	assert_int_equal(life("Cache-Control: max-age=100\nAge: 130", T0, T0), 0);
	assert_int_equal(life("Cache-Control: max-age=100", T0 - 4, T0), 96);
	assert_int_equal(life(DATE "Cache-Control: max-age=100", T0 + 20, T0 + 20), 80);
	assert_int_equal(life(DATE "Cache-Control: max-age=100\nAge: 50", T0 + 20, T0 + 20), 50);
	assert_int_equal(life(DATE "Expires: Fri, 25 Sep 2015 19:13:25 GMT", T0, T0), 60);
	assert_int_equal(life(DATE "Expires: Fri, 25 Sep 2015 19:13:25 GMT\nCache-Control: max-age=5", T0, T0), 5);
	assert_int_equal(life(DATE "Expires: Fri, 25 Sep 2015 19:11:25 GMT", T0, T0), 0);
	assert_int_equal(life(DATE "Expires: 0", T0, T0), 0);
	assert_int_equal(life(DATE "Last-Modified: Fri, 25 Sep 2015 19:02:25 GMT", T0, T0), 60);
	assert_int_equal(life(DATE "Last-Modified: Fri, 25 Sep 1998 19:02:25 GMT", T0, T0), 3600);
	assert_int_equal(life(DATE, T0, T0), 60);
	assert_int_equal(life("", T0, T0), 60);
}

static void table(void **state)
{
	struct http_cache_conf conf = { .entries = 8, .octets = 100, .most = 50, .failed = 10 };
	struct http_cache *c;
	struct http_head h;
	struct err why = { -ENOENT, "no" };
	char url[20];

	(void)state;
	clock_fake(0, T0);
	c = http_cache_new(&conf);
	http_head_start(&h);
	h.max_age = 100;
	http_cache_put(c, "kept", &h, "0123456789", 10, T0);
	http_cache_keep(c, "kept");
	/* Many bodies push each other out, and not the one that was kept. */
	for (int i = 0; i < 20; i++) {
		snprintf(url, sizeof(url), "u%d", i);
		http_cache_put(c, url, &h, "x", 1, T0);
		/* In a full cache failures displace no body. */
		snprintf(url, sizeof(url), "bad%d", i);
		http_cache_fail(c, url, &why);
	}
	assert_int_equal(http_cache_stats(c)->entries, 8);
	assert_int_equal(http_cache_stats(c)->failures, 0);
	assert_non_null(http_cache_get(c, "kept"));
	assert_non_null(http_cache_get(c, "u19"));
	assert_null(http_cache_get(c, "u12"));
	/* A large body needs room; one too large is not stored. */
	{
		char big[101] = "";

		http_cache_put(c, "big", &h, big, 90, T0);
		assert_int_equal(http_cache_stats(c)->octets, 100);
		assert_int_equal(http_cache_stats(c)->entries, 2);
		http_cache_put(c, "big", &h, big, 101, T0);
		assert_null(http_cache_find(c, "big"));
	}
	/* No more than @most, whatever the server says. */
	clock_advance(49999);
	assert_non_null(http_cache_get(c, "kept"));
	clock_advance(1);
	assert_null(http_cache_get(c, "kept"));
	assert_non_null(http_cache_find(c, "kept"));
	http_cache_fail(c, "kept", &why);
	assert_int_equal(http_cache_find(c, "kept")->err.code, 0);
	assert_non_null(http_cache_renew(c, "kept", &h, T0 + 50));
	assert_non_null(http_cache_get(c, "kept"));
	assert_null(http_cache_renew(c, "absent", &h, T0));

	/* Failures: a quarter of the entries, for a while. */
	for (int i = 0; i < 20; i++) {
		snprintf(url, sizeof(url), "bad%d", i);
		http_cache_fail(c, url, &why);
	}
	assert_int_equal(http_cache_stats(c)->failures, 2);
	assert_int_equal(http_cache_get(c, "bad19")->err.code, -ENOENT);
	assert_null(http_cache_renew(c, "bad19", &h, T0));
	clock_advance(10000);
	assert_null(http_cache_get(c, "bad19"));
	http_cache_put(c, "bad19", &h, "x", 1, T0 + 60);
	assert_int_equal(http_cache_stats(c)->failures, 1);
	assert_int_equal(http_cache_get(c, "bad19")->err.code, 0);
	h.no_store = true;
	http_cache_put(c, "bad19", &h, "x", 1, T0 + 60);
	assert_null(http_cache_find(c, "bad19"));
	http_cache_free(c);
	clock_real();
}

static void validators(void **state)
{
	struct http_head h;
	char line[2000] = "Cache-Control: max-age=60";

	(void)state;
	http_head_start(&h);
	http_head_line(&h, "ETag: \"a\"\r\n", 11);
	assert_string_equal(h.etag, "\"a\"");
	http_head_line(&h, "ETag: \"a\rX: y\"\r\n", 16);	/* would be a header of ours */
	assert_string_equal(h.etag, "");
	http_head_line(&h, "Last-Modified: yesterday\r\n", 26);
	assert_string_equal(h.modified, "");
	memset(line + 25, ' ', sizeof(line) - 25);
	http_head_line(&h, line, sizeof(line));
	assert_true(h.no_store);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lifetimes), cmocka_unit_test(table), cmocka_unit_test(validators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
