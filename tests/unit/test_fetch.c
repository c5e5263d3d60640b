// SPDX-License-Identifier: GPL-2.0-or-later
/* Downloads from a server on loopback, good and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fetch.h"
#include "loop.h"
#include "timer.h"

static char dir[] = "/tmp/test_fetch.XXXXXX";
static char ca[64];

struct server {
	pid_t pid;
	int in;
	unsigned int port;
};

static struct server good, plain, untrusted;

static struct server start(const char *pki)
{
	char cert[200], key[200], line[16] = "";
	int in[2], out[2];
	struct server s;

	snprintf(cert, sizeof(cert), pki ? "%s/%s/tls/web.example/tls.pem" : "-", dir, pki);
	snprintf(key, sizeof(key), "%s/%s/tls/web.example/tls.key", dir, pki ? pki : "-");
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	s.pid = fork();
	if (!s.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/usr/bin/python3", "python3", "tests/unit/https_server.py", cert, key, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	s.in = in[1];
	for (size_t n = 0; !strchr(line, '\n') && n < sizeof(line) - 1; n++)
		assert_int_equal(read(out[0], line + n, 1), 1);
	close(out[0]);
	s.port = (unsigned int)atoi(line);
	assert_true(s.port > 0);
	return s;
}

static void stop(struct server *s)
{
	close(s->in);
	waitpid(s->pid, NULL, 0);
}

/* ---- names: canned, and answered at the end of the turn as the real ones -------- */

struct canned {
	dns_fn fn;
	void *arg;
	int err;
	struct dns_answer answer;
};

static unsigned int asked;

static void canned_deliver(void *arg)
{
	struct canned *c = arg;

	if (c->fn)
		c->fn(c->arg, c->err, &c->answer);
	free(c);
}

static void *canned_ask(void *ctx, enum dns_type type, const char *name, dns_fn fn, void *arg)
{
	struct canned *c = calloc(1, sizeof(*c));
	const char *ip = NULL;

	(void)ctx;
	asked++;
	c->fn = fn;
	c->arg = arg;
	c->answer.type = type;
	if (type == DNS_A && (strcmp(name, "web.example") == 0 || strcmp(name, "other.example") == 0))
		ip = "127.0.0.1";
	else if (type == DNS_A && strcmp(name, "private.example") == 0)
		ip = "10.0.0.1";
	else if (type == DNS_AAAA && strcmp(name, "mapped.example") == 0)
		ip = "::ffff:169.254.169.254";
	if (strcmp(name, "never.example") == 0)
		return c;	/* until it is cancelled */
	c->err = ip ? 0 : -ENOENT;
	if (ip)
		c->answer.n = addr_parse(&c->answer.addr[0], ip, 0) == 0;
	loop_defer(canned_deliver, c);
	return c;
}

static void canned_cancel(void *query)
{
	struct canned *c = query;

	if (!c->fn)
		fail_msg("cancelled twice");
	c->fn = NULL;
	if (c->err == 0 && c->answer.n == 0)
		free(c);
}

/* ---- one download ----------------------------------------------------------- */

struct result {
	struct fetch_wait wait;
	struct err err;
	char body[200];
	size_t len;
	int done;
};

static void note(struct result *r, const struct fetched *got)
{
	r->done++;
	r->err = got->err;
	r->len = got->len;
	if (!got->err.code)
		snprintf(r->body, sizeof(r->body), "%s", (const char *)got->data);
}

static void on_fetched(struct fetch_wait *w, const struct fetched *got, void *arg)
{
	(void)w;
	note(arg, got);
}

static void wait_for(struct result *r)
{
	uint64_t end = clock_now() + 10000;

	while (!r->done && clock_now() < end)
		loop_turn(100);
	assert_int_equal(r->done, 1);
}

static int begin(struct fetch *f, struct result *r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int begin(struct fetch *f, struct result *r, const char *fmt, ...)
{
	struct fetched now;
	char url[600];
	va_list ap;
	int ret;

	va_start(ap, fmt);
	vsnprintf(url, sizeof(url), fmt, ap);
	va_end(ap);
	memset(r, 0, sizeof(*r));
	ret = fetch_get(f, &r->wait, url, on_fetched, r, &now);
	if (ret)
		note(r, &now);
	assert_int_equal(r->done, ret);
	return ret;
}

#define GET(f, r, ...) (begin((f), (r), __VA_ARGS__), wait_for(r))

static struct fetch *fetch_with(struct fetch_conf *c)
{
	static struct addr_net loopback;
	struct fetch *f;
	struct err e;

	assert_int_equal(addr_net_parse(&loopback, "127.0.0.0/8", &e), 0);
	if (!c->nallow && !c->allow) {
		c->allow = &loopback;
		c->nallow = 1;
	}
	if (!c->ca_file)
		c->ca_file = ca;
	c->dns = (struct dns_source){ canned_ask, canned_cancel, NULL };
	assert_int_equal(fetch_new(&f, c, &e), 0);
	return f;
}

static void finish(struct fetch *f)
{
	fetch_free(f);
	loop_turn(0);
	loop_turn(0);
	assert_int_equal(timer_count(), 0);
}

static void caching(void **state)
{
	struct fetch_conf c = { 0 };
	struct fetch *f = fetch_with(&c);
	struct result r;

	(void)state;
	GET(f, &r, "https://web.example:%u/fresh", good.port);
	assert_string_equal(r.body, "/fresh 1");
	assert_int_equal(r.len, 8);
	asked = 0;
	assert_int_equal(begin(f, &r, "https://web.example:%u/fresh", good.port), 1);
	assert_string_equal(r.body, "/fresh 1");
	assert_int_equal(asked, 0);
	assert_int_equal(fetch_stats(f)->requests, 1);

	GET(f, &r, "https://web.example:%u/no-store", good.port);
	GET(f, &r, "https://web.example:%u/no-store", good.port);
	assert_string_equal(r.body, "/no-store 2");
	assert_int_equal(fetch_stats(f)->requests, 3);

	/* Asked about, and the body of the first time given out. */
	GET(f, &r, "https://web.example:%u/etag", good.port);
	GET(f, &r, "https://web.example:%u/etag", good.port);
	assert_string_equal(r.body, "/etag 1");
	assert_int_equal(fetch_stats(f)->requests, 5);
	assert_int_equal(fetch_stats(f)->revalidated, 1);
	GET(f, &r, "https://web.example:%u/empty", good.port);
	assert_int_equal(r.err.code, 0);
	assert_int_equal(r.len, 0);
	finish(f);
}

static void sharing(void **state)
{
	struct fetch_conf c = { 0 };
	struct fetch *f = fetch_with(&c);
	struct result r[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(begin(f, &r[i], "https://web.example:%u/shared", good.port), 0);
	fetch_cancel(&r[3].wait);
	fetch_cancel(&r[3].wait);
	for (int i = 0; i < 10; i++)
		if (i != 3) {
			wait_for(&r[i]);
			assert_string_equal(r[i].body, "/shared 1");
		}
	assert_int_equal(r[3].done, 0);
	assert_int_equal(fetch_stats(f)->requests, 1);
	assert_int_equal(fetch_stats(f)->shared, 9);
	assert_int_equal(fetch_stats(f)->running, 0);
	finish(f);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void with_port(char *out, size_t cap, const char *url)
{
	snprintf(out, cap, url, good.port);
}
#pragma GCC diagnostic pop

static void refused(void **state)
{
	static const struct {
		const char *url;	/* with the good server's port as %u */
		int code;
		const char *says;
	} cases[] = {
		{ "http://web.example:%u/fresh", -EINVAL, "use https" },
		{ "ftp://web.example:%u/fresh", -EINVAL, "use https" },
		{ "file:///etc/passwd", -EINVAL, "" },
		{ "https://user@web.example:%u/fresh", -EINVAL, "user info" },
		{ "https://:pw@web.example:%u/fresh", -EINVAL, "user info" },
		{ "https://web.example:%u/fresh#x", -EINVAL, "fragment" },
		{ "https://w\xc3\xa4" "b.example:%u/fresh", -EINVAL, "host name" },
		{ "web.example:%u/fresh", -EINVAL, "" },
		{ "https://", -EINVAL, "" },
		{ "", -EINVAL, "" },
		{ "https://absent.example:%u/fresh", -ENOENT, "no such host" },
		{ "https://private.example:%u/fresh", -EACCES, "10.0.0.1 is not a public one" },
		{ "https://mapped.example:%u/fresh", -EACCES, "169.254.169.254" },
		{ "https://10.0.0.1:%u/fresh", -EACCES, "10.0.0.1" },
		{ "https://0xa000001:%u/fresh", -EACCES, "10.0.0.1" },
		{ "https://10.1:%u/fresh", -EACCES, "10.0.0.1" },
		{ "https://[::1]:%u/fresh", -EACCES, "::1" },
		{ "https://[::ffff:10.0.0.1]:%u/fresh", -EACCES, "10.0.0.1" },
		{ "https://[fe80::1]:%u/fresh", -EACCES, "fe80::1" },
		{ "https://0.0.0.0:%u/fresh", -EACCES, "0.0.0.0" },
		{ "https://other.example:%u/fresh", -EKEYREJECTED, "other.example" },
		{ "https://web.example:%u/absent", -EBADMSG, "HTTP status 404" },
		{ "https://web.example:%u/moved", -EBADMSG, "redirects are not followed" },
		{ "https://web.example:%u/size-65537", -EMSGSIZE, "larger than 65536" },
		{ "https://web.example:%u/unsized", -EMSGSIZE, "larger than 65536" },
		{ "https://web.example:%u/heads", -EMSGSIZE, "larger" },
		{ "https://web.example:1025/fresh", -EIO, "" },
		{ "https://web.example:25/fresh", -EINVAL, "port 25 of the URL is not a web server's" },
		{ "https://web.example:80/fresh", -EINVAL, "port 80" },
	};
	char longest[FETCH_URL_MAX + 1] = "";
	struct fetch_conf c = { .timeout_ms = 3000 };
	struct fetch *f = fetch_with(&c);
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char url[600];

		with_port(url, sizeof(url), cases[i].url);
		GET(f, &r, "%s", url);
		if (r.err.code != cases[i].code || !strstr(r.err.text, cases[i].says))
			fail_msg("%s: %d %s", url, r.err.code, r.err.text);
		/* The same again comes from memory. */
		assert_int_equal(begin(f, &r, "%s", url), 1);
		assert_int_equal(r.err.code, cases[i].code);
	}
	GET(f, &r, "https://web.example:%u/size-65536", good.port);
	assert_int_equal(r.len, 65536);
	GET(f, &r, "https://web.example:%u/fresh", untrusted.port);
	assert_int_equal(r.err.code, -EKEYREJECTED);
	memset(longest, 'x', FETCH_URL_MAX);
	GET(f, &r, "%s", longest);
	assert_int_equal(r.err.code, -EINVAL);
	finish(f);
}

static void nothing_private(void **state)
{
	struct addr_net nets[1];
	struct fetch_conf c = { .allow = nets, .hosts = "web.example  127.0.0.1 " };
	struct fetch *f = fetch_with(&c);
	struct result r;

	(void)state;
	GET(f, &r, "https://web.example:%u/fresh", good.port);
	assert_int_equal(r.err.code, -EACCES);
	GET(f, &r, "https://127.0.0.1:%u/fresh", good.port);
	assert_int_equal(r.err.code, -EACCES);
	GET(f, &r, "https://other.example:%u/fresh", good.port);
	assert_non_null(strstr(r.err.text, "other.example is not among the hosts"));
	assert_int_equal(fetch_stats(f)->requests, 0);
	finish(f);
}

static void too_slow(void **state)
{
	static const char *const url[] = { "https://web.example:%u/silent", "https://web.example:%u/drip",
					   "https://never.example:%u/" };
	struct fetch_conf c = { .timeout_ms = 400 };
	struct fetch *f = fetch_with(&c);

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint64_t t0 = clock_now();
		struct result r;
		char text[100];

		with_port(text, sizeof(text), url[i]);
		GET(f, &r, "%s", text);
		assert_int_equal(r.err.code, -ETIMEDOUT);
		assert_true(clock_now() - t0 >= 399);
		assert_true(clock_now() - t0 < 2000);
	}
	finish(f);
}

static void redirects(void **state)
{
	struct fetch_conf c = { .redirects = 2 };
	struct fetch *f = fetch_with(&c);
	struct result r;

	(void)state;
	GET(f, &r, "https://web.example:%u/moved", good.port);
	assert_string_equal(r.body, "/fresh-moved 1");
	GET(f, &r, "https://web.example:%u/moved", good.port);
	assert_string_equal(r.body, "/fresh-moved 2");
	GET(f, &r, "https://web.example:%u/loop", good.port);
	assert_int_equal(r.err.code, -EBADMSG);
	assert_int_equal(fetch_stats(f)->requests, 4 + 3);
	GET(f, &r, "https://web.example:%u/moved-http", good.port);
	assert_int_equal(r.err.code, -EINVAL);
	GET(f, &r, "https://web.example:%u/moved-private", good.port);
	assert_int_equal(r.err.code, -EACCES);
	finish(f);
}

static void plain_http(void **state)
{
	struct fetch_conf c = { .allow_http = true };
	struct fetch *f = fetch_with(&c);
	struct result r;

	(void)state;
	GET(f, &r, "http://web.example:%u/fresh", plain.port);
	assert_string_equal(r.body, "/fresh 1");
	finish(f);
}

static void bounds(void **state)
{
	struct fetch_conf c = { .jobs = 2, .timeout_ms = 1000 };
	struct fetch *f = fetch_with(&c);
	struct result r[3], kept;
	char url[100];

	(void)state;
	GET(f, &kept, "https://web.example:%u/etag", good.port);
	with_port(url, sizeof(url), "https://web.example:%u/etag");
	fetch_keep(f, url);
	begin(f, &r[0], "https://web.example:%u/silent-0", good.port);
	begin(f, &r[1], "https://never.example/");
	begin(f, &r[2], "https://private.example/");
	assert_int_equal(r[2].err.code, -EBUSY);
	assert_int_equal(fetch_stats(f)->running, 2);
	/* What has proved useful is renewed nevertheless. */
	GET(f, &kept, "https://web.example:%u/etag", good.port);
	assert_int_equal(kept.err.code, 0);
	assert_int_equal(r[0].done + r[1].done, 0);
	finish(f);
	assert_int_equal(r[0].done + r[1].done, 0);
	assert_null(r[0].wait.job);
}

static int set_up(void **state)
{
	char cmd[300];
	struct err e;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	snprintf(cmd, sizeof(cmd), "for p in good bad; do tools/ksrtp-pki/ksrtp-pki --tls web.example %s/$p "
		 ">%s/log || exit; done", dir, dir);
	assert_int_equal(system(cmd), 0);
	snprintf(ca, sizeof(ca), "%s/good/tls-root/ca.pem", dir);
	good = start("good");
	untrusted = start("bad");
	plain = start(NULL);
	return loop_init(&e);
}

static int clean_up(void **state)
{
	char cmd[64];

	(void)state;
	stop(&good);
	stop(&untrusted);
	stop(&plain);
	loop_fini();
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

/* One host cannot keep all downloads waiting, nor one URL all calls. */
static void fairness(void **state)
{
	enum { MOST = 8 * FETCH_WAITING };
	struct fetch_conf c = { .jobs = 8, .timeout_ms = 1000 };
	struct fetch *f = fetch_with(&c);
	struct result r[4], w[MOST + 1];

	(void)state;
	for (int i = 0; i < 3; i++)
		begin(f, &r[i], "https://web.example:%u/silent-%d", good.port, i);
	GET(f, &r[3], "https://127.0.0.1:%u/fresh", good.port);
	assert_int_equal(r[3].err.code, -EKEYREJECTED);
	assert_int_equal(r[2].err.code, -EBUSY);
	assert_non_null(strstr(r[2].err.text, "from there"));
	wait_for(&r[1]);
	assert_int_equal(r[1].err.code, -ETIMEDOUT);
	for (int i = 0; i <= MOST; i++)
		assert_int_equal(begin(f, &w[i], "https://web.example:%u/shared", good.port), i == MOST);
	assert_int_equal(w[MOST].err.code, -EBUSY);
	fetch_cancel(&w[0].wait);
	assert_int_equal(fetch_stats(f)->waiting, MOST - 1);
	wait_for(&w[1]);
	assert_int_equal(w[1].err.code, 0);
	assert_int_equal(fetch_stats(f)->waiting, 0);
	finish(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(caching), cmocka_unit_test(sharing), cmocka_unit_test(refused),
		cmocka_unit_test(nothing_private), cmocka_unit_test(too_slow),
		cmocka_unit_test(redirects), cmocka_unit_test(plain_http), cmocka_unit_test(bounds),
		cmocka_unit_test(fairness),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
