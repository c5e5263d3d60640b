// SPDX-License-Identifier: GPL-2.0-or-later
/* x5u in the lists: an answer that is there, or real downloads from servers on loopback. */
#include "verify_lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "certs.h"
#include "fetch.h"
#include "loop.h"

static char dir[] = "/tmp/verify_lists_net.XXXXXX";
static char ca[64];
static pid_t pid[3];
static int input[3];
unsigned int vl_port, vl_plain_port, vl_untrusted_port;

/* ---- servers --------------------------------------------------------------- */

static unsigned int serve(int i, const char *pki)
{
	char cert[200], key[200], chain[100], line[16] = "";
	int in[2], out[2];

	snprintf(cert, sizeof(cert), pki ? "%s/%s/tls/web.example/tls.pem" : "-", dir, pki);
	snprintf(key, sizeof(key), "%s/%s/tls/web.example/tls.key", dir, pki ? pki : "-");
	snprintf(chain, sizeof(chain), "%s/chain.pem", dir);
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	pid[i] = fork();
	if (!pid[i]) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/usr/bin/python3", "python3", "tests/unit/https_server.py", cert, key, chain, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	input[i] = in[1];
	for (size_t n = 0; !strchr(line, '\n') && n < sizeof(line) - 1; n++)
		assert_int_equal(read(out[0], line + n, 1), 1);
	close(out[0]);
	return (unsigned int)atoi(line);
}

void vl_net_open(void)
{
	char cmd[300], file[100];

	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	snprintf(cmd, sizeof(cmd), "for p in good bad; do tools/ksrtp-pki/ksrtp-pki --tls web.example "
		 "%s/$p >%s/log || exit; done", dir, dir);
	assert_int_equal(system(cmd), 0);
	snprintf(ca, sizeof(ca), "%s/good/tls-root/ca.pem", dir);
	snprintf(file, sizeof(file), "%s/chain.pem", dir);
	write_text(file, vl_chain[PROVIDER].data, 0644);
	vl_port = serve(0, "good");
	vl_untrusted_port = serve(1, "bad");
	vl_plain_port = serve(2, NULL);
}

void vl_net_close(void)
{
	char cmd[64];

	for (int i = 0; i < 3; i++) {
		close(input[i]);
		waitpid(pid[i], NULL, 0);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

/* ---- names ----------------------------------------------------------------- */

struct canned_name {
	dns_fn fn;
	void *arg;
	int err;
	struct dns_answer answer;
};

static void deliver(void *arg)
{
	struct canned_name *c = arg;

	if (c->fn)
		c->fn(c->arg, c->err, &c->answer);
	free(c);
}

static void *ask(void *ctx, enum dns_type type, const char *name, dns_fn fn, void *arg)
{
	static const struct {
		const char *name, *ip;
		enum dns_type type;
	} names[] = {
		{ "web.example", "127.0.0.1", DNS_A },
		{ "private.example", "10.0.0.1", DNS_A },
		{ "link.example", "169.254.169.254", DNS_A },
		{ "mapped.example", "::ffff:127.0.0.1", DNS_AAAA },
		{ "nat64.example", "64:ff9b::a00:1", DNS_AAAA },
		{ "local6.example", "fd00::1", DNS_AAAA },
	};
	struct canned_name *c = calloc(1, sizeof(*c));

	(void)ctx;
	c->fn = fn;
	c->arg = arg;
	c->answer.type = type;
	c->err = -2;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type && strcmp(names[i].name, name) == 0) {
			c->answer.n = addr_parse(&c->answer.addr[0], names[i].ip, 0) == 0;
			c->err = 0;
		}
	loop_defer(deliver, c);
	return c;
}

static void unask(void *query)
{
	((struct canned_name *)query)->fn = NULL;
}

/* ---- a source -------------------------------------------------------------- */

struct vl_source {
	struct fetch *fetch;		/* NULL: canned */
	const struct vl_chain *canned;
	unsigned int gets;
};

struct waiting {
	struct fetch_wait wait;
	verify_got_fn got;
	void *arg;
};

static void hand_over(const struct fetched *f, verify_got_fn got, void *arg)
{
	got(f->err.code ? NULL : f->data, f->len, f->err.code ? &f->err : NULL, arg);
}

static void on_fetched(struct fetch_wait *wait, const struct fetched *f, void *arg)
{
	struct waiting *w = arg;

	(void)wait;
	hand_over(f, w->got, w->arg);
	free(w);
}

static void *get(void *impl, const char *url, verify_got_fn got, void *arg)
{
	static const struct err none = { .code = -111, .text = "nobody answers there" };
	struct vl_source *s = impl;
	struct fetched now;
	struct waiting *w;

	s->gets++;
	if (!s->fetch) {
		got(s->canned->data, s->canned->len, s->canned->data ? NULL : &none, arg);
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	w->got = got;
	w->arg = arg;
	if (!fetch_get(s->fetch, &w->wait, url, on_fetched, w, &now))
		return w;
	hand_over(&now, got, arg);
	free(w);
	return NULL;
}

static void cancel(void *impl, void *ticket)
{
	struct waiting *w = ticket;

	(void)impl;
	fetch_cancel(&w->wait);
	free(w);
}

static void keep(void *impl, const char *url)
{
	struct vl_source *s = impl;

	if (s->fetch)
		fetch_keep(s->fetch, url);
}

struct vl_source *vl_source_new(enum vl_net net, const struct vl_chain *canned)
{
	struct fetch_conf conf = { .ca_file = ca, .timeout_ms = 20000, .nallow = net == LOCAL,
				   .dns = { ask, unask, NULL } };
	struct vl_source *s = calloc(1, sizeof(*s));
	struct addr_net loopback;
	struct err e = { 0 };

	s->canned = canned;
	if (net == CANNED)
		return s;
	assert_int_equal(addr_net_parse(&loopback, "127.0.0.0/8", &e), 0);
	conf.allow = &loopback;
	assert_int_equal(fetch_new(&s->fetch, &conf, &e), 0);
	return s;
}

void vl_source_free(struct vl_source *s)
{
	fetch_free(s->fetch);
	loop_turn(0);
	free(s);
}

void vl_source_ops(struct vl_source *s, struct verify_source *ops)
{
	*ops = (struct verify_source){ .get = get, .cancel = cancel, .keep = keep, .impl = s };
}

unsigned int vl_source_gets(const struct vl_source *s)
{
	return s->gets;
}
