// SPDX-License-Identifier: GPL-2.0-or-later
/* RFC 3263 against canned answers, and against a real DNS server on loopback. */
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
#include "err.h"
#include "loop.h"
#include "sip_dns.h"
#include "timer.h"

/* ---- canned answers: "TYPE name data", one record a line -------------------------- */

struct query {
	dns_fn fn;
	void *arg;
	int err;
	bool never;
	struct dns_answer answer;
};

static const char *const *zone;
static char asked[1000];

static void deliver(void *arg)
{
	struct query *q = arg;

	if (q->fn)
		q->fn(q->arg, q->err, &q->answer);
	free(q);
}

static void add_record(struct query *q, const char *data)
{
	struct dns_srv *s = &q->answer.srv[q->answer.n];
	struct dns_naptr *n = &q->answer.naptr[q->answer.n];
	unsigned int a, b, c;
	char text[4][64];

	if (strcmp(data, "never") == 0) {
		q->never = true;
	} else if (strcmp(data, "broken") == 0) {
		q->err = -EIO;
	} else if (q->answer.type == DNS_SRV) {
		assert_int_equal(sscanf(data, "%u %u %u %63s", &a, &b, &c, text[0]), 4);
		*s = (struct dns_srv){ (uint16_t)a, (uint16_t)b, (uint16_t)c, "" };
		strcpy(s->target, strcmp(text[0], ".") == 0 ? "" : text[0]);
	} else if (q->answer.type == DNS_NAPTR) {
		assert_int_equal(sscanf(data, "%u %u %63s %63s %63s", &a, &b, text[0], text[1], text[2]), 5);
		*n = (struct dns_naptr){ .order = (uint16_t)a, .preference = (uint16_t)b };
		strcpy(n->flags, text[0]);
		strcpy(n->service, text[1]);
		strcpy(n->replacement, text[2]);
	} else {
		assert_int_equal(addr_parse(&q->answer.addr[q->answer.n], data, 0), 0);
	}
	q->answer.n++;
}

static void *ask(void *ctx, enum dns_type type, const char *name, dns_fn fn, void *arg)
{
	static const char *const names[] = { "A", "AAAA", "SRV", "NAPTR" };
	struct query *q = calloc(1, sizeof(*q));
	char want[300];

	(void)ctx;
	q->fn = fn;
	q->arg = arg;
	q->answer.type = type;
	snprintf(want, sizeof(want), "%s %s ", names[type], name);
	strcat(asked, want);
	for (unsigned int i = 0; zone[i]; i++)
		if (strncmp(zone[i], want, strlen(want)) == 0)
			add_record(q, zone[i] + strlen(want));
	if (!q->answer.n)
		q->err = -ENOENT;
	if (!q->never)
		loop_defer(deliver, q);
	return q;
}

static void cancel(void *query)
{
	struct query *q = query;

	assert_non_null(q->fn);
	q->fn = NULL;
	if (q->never)
		free(q);
}

/* ---- one lookup -------------------------------------------------------------------- */

static struct {
	int done, err;
	struct sip_targets t;
} result;

static struct sip_dns_conf conf;

static void on_found(void *arg, int err, const struct sip_targets *t)
{
	(void)arg;
	result.done++;
	result.err = err;
	result.t = *t;
}

static int begin(const char *text, struct sip_dns **l, struct err *e)
{
	struct sip_pool pool = { 0 };
	struct sip_uri uri;
	int err;

	memset(&result, 0, sizeof(result));
	asked[0] = '\0';
	assert_int_equal(sip_uri_parse(&pool, text, &uri, e), 0);
	err = sip_dns_find(l, &conf, &uri, on_found, NULL, e);
	assert_int_equal(result.done, 0);
	sip_pool_fini(&pool);
	return err;
}

/* "UDP 192.0.2.1:5060, TCP ..." of what was found, or the error. */
static const char *find(const char *uri)
{
	static const char *const proto[] = { "UDP", "TCP", "TLS" };
	static char out[2000];
	uint64_t end = clock_now() + 10000;
	const struct sip_target *t;
	char addr[ADDR_STRLEN];
	struct sip_dns *l;
	struct err e;
	int err = begin(uri, &l, &e);

	while (!err && !result.done && clock_now() < end)
		loop_turn(50);
	assert_int_equal(result.done, !err);
	err = err ? err : result.err;
	snprintf(out, sizeof(out), "%s", err ? strerrorname_np(-err) : "");
	while (!err && (t = sip_targets_next(&result.t)) != NULL)
		sprintf(out + strlen(out), "%s%s %s", *out ? ", " : "", proto[t->proto],
			addr_str(&t->addr, addr));
	return out;
}

static uint32_t least(uint32_t most, void *arg)
{
	(void)most;
	(void)arg;
	return 0;
}

static const char *const example[] = {
	/* the example of RFC 3263 section 4.1 and 4.2, with addresses */
	"NAPTR example.com 50 50 s SIPS+D2T _sips._tcp.example.com",
	"NAPTR example.com 90 50 s SIP+D2T _sip._tcp.example.com",
	"NAPTR example.com 100 50 s SIP+D2U _sip._udp.example.com",
	"SRV _sips._tcp.example.com 0 1 5061 server1.example.com",
	"SRV _sip._tcp.example.com 0 1 5060 server1.example.com",
	"SRV _sip._tcp.example.com 1 2 5062 server2.example.com",
	"SRV _sip._udp.example.com 0 1 5060 server1.example.com",
	"A server1.example.com 192.0.2.1",
	"AAAA server1.example.com 2001:db8::1",
	"A server2.example.com 192.0.2.2",
	"A server2.example.com 192.0.2.3",
	"A example.com 192.0.2.9",

	"SRV _sip._udp.srvonly.example 0 1 5070 server2.example.com",
	"SRV _sip._tcp.srvonly.example 0 1 5070 server2.example.com",
	"A plain.example 192.0.2.4",
	"AAAA plain.example 2001:db8::4",
	"SRV _sip._udp.none.example 0 0 0 .",
	"A none.example 192.0.2.5",
	"NAPTR odd.example 1 1 u E2U+sip _sip._udp.example.com",
	"NAPTR odd.example 2 1 s SIP+D2S _sip._sctp.example.com",
	"NAPTR odd.example 3 2 S sip+d2u _sip._udp.example.com",
	"NAPTR odd.example 3 1 s SIP+D2T _sip._tcp.example.com",
	"NAPTR odd.example 4 1 s SIPS+D2T _sips._tcp.example.com",
	"SRV _sip._udp.dead.example 0 1 5060 absent.example",
	"NAPTR broken.example broken",
	"A broken.example 192.0.2.6",
	"NAPTR hangs.example never",
	"SRV _sip._udp.half.example 0 1 5060 server1.example.com",
	"SRV _sip._udp.half.example 1 1 5060 stuck.example",
	"AAAA stuck.example 2001:db8::7",
	"A stuck.example never",
	"A odd-address.example 0.0.0.0",
	NULL,
};

static void use_canned(void)
{
	zone = example;
	conf = (struct sip_dns_conf){
		.dns = { ask, cancel, NULL }, .protos = { SIP_UDP, SIP_TCP, SIP_TLS }, .nprotos = 3,
		.ipv4 = true, .random = least,
	};
}

static void without_dns(void **state)
{
	struct sip_dns *l;
	struct err e;

	(void)state;
	use_canned();
	assert_string_equal(find("sip:alice@192.0.2.1"), "UDP 192.0.2.1:5060");
	assert_string_equal(find("sip:192.0.2.1:5080"), "UDP 192.0.2.1:5080");
	assert_string_equal(find("sips:192.0.2.1"), "TLS 192.0.2.1:5061");
	assert_string_equal(find("sip:192.0.2.1;transport=TCP"), "TCP 192.0.2.1:5060");
	assert_string_equal(find("sip:192.0.2.1;transport=tls"), "TLS 192.0.2.1:5061");
	assert_string_equal(find("sips:192.0.2.1:5080;transport=tcp"), "TLS 192.0.2.1:5080");
	assert_string_equal(find("sip:example.com;maddr=192.0.2.7"), "UDP 192.0.2.7:5060");
	assert_string_equal(result.t.domain, "example.com");
	assert_string_equal(find("sip:[2001:db8::1]"), "EPROTONOSUPPORT");
	conf.ipv6 = true;
	assert_string_equal(find("sip:[2001:db8::1]:5070"), "UDP [2001:db8::1]:5070");
	assert_string_equal(asked, "");

	assert_int_equal(begin("tel:+12155551212", &l, &e), -EINVAL);
	assert_int_equal(begin("sips:a@b;transport=udp", &l, &e), -EINVAL);
	assert_int_equal(begin("sip:a@b;transport=ws", &l, &e), -EPROTONOSUPPORT);
	assert_string_equal(e.text, "transport ws is not spoken");
	conf.nprotos = 1;
	assert_int_equal(begin("sip:a@b;transport=tcp", &l, &e), -EPROTONOSUPPORT);
	assert_int_equal(begin("sips:a@b", &l, &e), -EPROTONOSUPPORT);
	assert_null(l);
}

static void canned(void **state)
{
	(void)state;
	use_canned();
	/* NAPTR: the lowest order that we can use, and only that one. */
	assert_string_equal(find("sip:bob@example.com"), "TLS 192.0.2.1:5061");
	assert_string_equal(asked, "NAPTR example.com SRV _sips._tcp.example.com A server1.example.com ");
	assert_string_equal(result.t.domain, "example.com");
	assert_string_equal(result.t.list[0].host, "server1.example.com");
	conf.nprotos = 2;
	assert_string_equal(find("sip:bob@example.com"),
			    "TCP 192.0.2.1:5060, TCP 192.0.2.2:5062, TCP 192.0.2.3:5062");
	conf.nprotos = 1;
	assert_string_equal(find("sip:bob@example.com"), "UDP 192.0.2.1:5060");
	conf.nprotos = 3;
	conf.ipv6 = true;
	assert_string_equal(find("sips:bob@example.com"), "TLS [2001:db8::1]:5061, TLS 192.0.2.1:5061");
	conf.ipv6 = false;
	/* A transport: its SRV. A port: its address. */
	assert_string_equal(find("sip:bob@example.com;transport=udp"), "UDP 192.0.2.1:5060");
	assert_string_equal(asked, "SRV _sip._udp.example.com A server1.example.com ");
	assert_string_equal(find("sip:bob@example.com:5099"), "UDP 192.0.2.9:5099");
	assert_string_equal(asked, "A example.com ");
	assert_string_equal(find("sip:bob@example.com:5099;transport=tcp"), "TCP 192.0.2.9:5099");
	/* No NAPTR: all we can use, in our order. */
	assert_string_equal(find("sip:srvonly.example"), "UDP 192.0.2.2:5070, UDP 192.0.2.3:5070, "
			    "TCP 192.0.2.2:5070, TCP 192.0.2.3:5070");
	/* No SRV either. */
	assert_string_equal(find("sip:plain.example"), "UDP 192.0.2.4:5060");
	assert_string_equal(find("sips:plain.example"), "TLS 192.0.2.4:5061");
	assert_string_equal(find("sip:plain.example;transport=tcp"), "TCP 192.0.2.4:5060");
	assert_string_equal(find("sip:absent.example"), "ENOENT");
	assert_string_equal(find("sip:dead.example"), "ENOENT");
	assert_string_equal(find("sip:none.example"), "ENOENT");
	assert_string_equal(find("sip:odd-address.example"), "ENOENT");
	assert_string_equal(find("sip:odd.example"), "TCP 192.0.2.1:5060, TCP 192.0.2.2:5062, "
			    "TCP 192.0.2.3:5062, UDP 192.0.2.1:5060");
	assert_string_equal(find("sip:broken.example"), "UDP 192.0.2.6:5060");
	assert_int_equal(timer_count(), 0);
}

static void deadlines(void **state)
{
	struct sip_dns *l;
	struct err e;

	(void)state;
	use_canned();
	conf.deadline_ms = 100;
	conf.ipv6 = true;
	assert_string_equal(find("sip:hangs.example"), "ETIMEDOUT");
	assert_string_equal(find("sip:half.example"),
			    "UDP [2001:db8::1]:5060, UDP 192.0.2.1:5060, UDP [2001:db8::7]:5060");
	assert_int_equal(begin("sip:hangs.example", &l, &e), 0);
	sip_dns_cancel(l);
	loop_turn(0);
	assert_int_equal(begin("sip:192.0.2.1", &l, &e), 0);
	sip_dns_cancel(l);
	loop_turn(0);
	assert_int_equal(result.done, 0);
	assert_int_equal(timer_count(), 0);
	sip_dns_cancel(NULL);
}

/* ---- weights ------------------------------------------------------------------------ */

static uint32_t drawn[4];
static unsigned int at_draw, sums[4];

static uint32_t scripted(uint32_t most, void *arg)
{
	(void)arg;
	sums[at_draw] = most;
	return drawn[at_draw++];
}

static void order(void **state)
{
	const struct dns_srv all[4] = { { 1, 10, 1, "d" }, { 0, 3, 1, "b" }, { 0, 0, 1, "a" }, { 0, 5, 1, "c" } };
	static const struct {
		uint32_t draws[4];
		const char *want;
	} cases[] = {
		{ { 0, 0, 0, 0 }, "abcd" }, { { 1, 0, 0, 0 }, "bacd" }, { { 3, 5, 0, 0 }, "bcad" },
		{ { 4, 0, 3, 0 }, "cabd" }, { { 8, 1, 0, 10 }, "cbad" },
	};
	unsigned int first[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_srv list[4];
		char got[5] = "";

		memcpy(list, all, sizeof(list));
		memcpy(drawn, cases[i].draws, sizeof(drawn));
		at_draw = 0;
		sip_dns_order(list, 4, scripted, NULL);
		for (int k = 0; k < 4; k++)
			got[k] = list[k].target[0];
		assert_string_equal(got, cases[i].want);
		assert_int_equal(sums[0], 8);
		assert_int_equal(sums[3], 10);
	}
	/* The good randomness divides by weight, about. */
	for (int i = 0; i < 8000; i++) {
		struct dns_srv list[2] = { { 0, 3, 1, "b" }, { 0, 1, 1, "c" } };

		sip_dns_order(list, 2, NULL, NULL);
		first[list[0].target[0] - 'b']++;
	}
	/* Of 0..4, four fifths draw the first; 3 sigma are 107. */
	assert_true(first[0] > 5700 && first[0] < 6700);
}

/* ---- a real server ------------------------------------------------------------------- */

static pid_t dnsmasq(unsigned int port)
{
	char arg[40];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(arg, sizeof(arg), "--port=%u", port);
	dup2(open("/dev/null", O_RDWR), 2);
	execl("/usr/sbin/dnsmasq", "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv",
	      "--no-hosts", "--user=root", "--pid-file=", "--listen-address=127.0.0.1", "--bind-interfaces",
	      arg, "--local=/example/",
	      "--naptr-record=naptr.example,20,1,s,SIP+D2U,,_sip._udp.naptr.example",
	      "--naptr-record=naptr.example,10,1,s,SIP+D2T,,_sip._tcp.naptr.example",
	      "--srv-host=_sip._tcp.naptr.example,two.example,5071,1,1",
	      "--srv-host=_sip._tcp.naptr.example,one.example,5070,0,1",
	      "--srv-host=_sip._udp.srv.example,one.example,5072,0,1",
	      "--srv-host=_sip._udp.none.example",
	      "--host-record=one.example,192.0.2.1,2001:db8::1", "--host-record=two.example,192.0.2.2",
	      "--cname=alias.example,two.example", NULL);
	_exit(127);
}

static unsigned int free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	close(fd);
	return ntohs(sin.sin_port);
}

static void real(void **state)
{
	unsigned int port = free_port();
	struct dns_conf dc = { .timeout_ms = 300, .tries = 4 };
	uint64_t end = clock_now() + 10000;
	struct dns *d;
	char servers[40];
	struct err e;
	pid_t pid = dnsmasq(port);

	(void)state;
	use_canned();
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", port);
	dc.servers = servers;
	assert_int_equal(dns_new(&d, &dc, &e), 0);
	conf.dns = dns_source(d);
	conf.ipv6 = true;
	/* It takes its time to start. */
	while (strcmp(find("sip:two.example:1"), "UDP 192.0.2.2:1") != 0)
		assert_true(clock_now() < end && waitpid(pid, NULL, WNOHANG) == 0);
	assert_string_equal(find("sip:naptr.example"),
			    "TCP [2001:db8::1]:5070, TCP 192.0.2.1:5070, TCP 192.0.2.2:5071");
	assert_string_equal(find("sip:srv.example"), "UDP [2001:db8::1]:5072, UDP 192.0.2.1:5072");
	assert_string_equal(find("sip:none.example"), "ENOENT");
	assert_string_equal(find("sip:alias.example"), "UDP 192.0.2.2:5060");
	assert_string_equal(find("sip:absent.example"), "ENOENT");
	/* Ending while questions are on their way. */
	{
		struct sip_dns *l;

		assert_int_equal(begin("sip:naptr.example", &l, &e), 0);
		sip_dns_cancel(l);
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	conf.deadline_ms = 500;
	assert_string_not_equal(find("sip:two.example:1"), "UDP 192.0.2.2:1");
	assert_true(result.err == -ETIMEDOUT || result.err == -EIO);
	dns_free(d);
	loop_turn(0);
	assert_int_equal(timer_count(), 0);
	dc.servers = "not an address";
	assert_int_equal(dns_new(&d, &dc, &e), -EINVAL);
}

static int set_up(void **state)
{
	struct err e;

	(void)state;
	return loop_init(&e);
}

static int clean_up(void **state)
{
	(void)state;
	loop_fini();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_dns), cmocka_unit_test(canned), cmocka_unit_test(deadlines),
		cmocka_unit_test(order), cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
