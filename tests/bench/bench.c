// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One measurement of the benchmark: makes packets, sends them through whatever
 * stands in namespace bw, and prints what one of them cost as a JSON record.
 * tests/bench/guest calls it, in a guest where a tick of the TSC is an instruction.
 *
 *	bench pass NAME SUITE DIRECTION PAYLOAD SESSIONS WINDOW [to=IP:PORT] [key=HEX] [packets=N]
 *						[headers=clear|elements|cryptex]
 *	bench forged SUITE PAYLOAD		packets with a wrong tag, through the module
 *	bench drop PAYLOAD			packets that a rule drops
 *	bench sessions SUITE SESSIONS		what a two-way session costs, and packets
 *						through so many (direction both)
 *
 * With a NAME that begins with "ksrtp" and has no to=, calls are installed in the
 * module first.  key= is what the other end of the relay protects with, for
 * relays that choose it themselves.  headers= gives every packet an extension.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../module/lib/ns.h"
#include "../module/lib/tap.h"
#include "lib/gen.h"
#include "lib/packets.h"
#include "lib/sessions.h"

#define ROUNDS	3
#define MOST_A_ROUND	20000	/* packets, with very many sessions */
#define WARM	3	/* most rounds before those that count */

struct plan {
	const char *name, *direction, *to, *headers;
	const struct suite *suite;
	size_t payload, sessions, window, packets;
	uint16_t port;
	uint8_t in_key[KEY_MAX], out_key[KEY_MAX];
};

static size_t number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > 1000000)
		bail("'%s' is no number from 1 to 1000000", text);
	return n;
}

static void parse_key(uint8_t *key, const char *hex)
{
	for (size_t i = 0; hex[2 * i] && i < KEY_MAX; i++) {
		unsigned int v;

		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			bail("key= wants hexadecimal digits");
		key[i] = (uint8_t)v;
	}
}

static enum headers headers_of(const char *name)
{
	static const char *const names[] = {
		[HEADERS_NONE] = "none", [HEADERS_CLEAR] = "clear",
		[HEADERS_ELEMENTS] = "elements", [HEADERS_CRYPTEX] = "cryptex",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return (enum headers)i;
	bail("headers are none, clear, elements or cryptex, not '%s'", name);
}

static void parse_option(struct plan *p, char *arg)
{
	char *colon;

	if (!strncmp(arg, "key=", 4)) {
		parse_key(p->out_key, arg + 4);
	} else if (!strncmp(arg, "headers=", 8)) {
		p->headers = arg + 8;
		headers = headers_of(p->headers);
	} else if (!strncmp(arg, "packets=", 8)) {
		p->packets = number(arg + 8);
	} else if (!strncmp(arg, "to=", 3) && (colon = strchr(arg, ':'))) {
		*colon = '\0';
		p->to = arg + 3;
		p->port = (uint16_t)number(colon + 1);
	} else {
		bail("'%s' is no option", arg);
	}
}

static const struct suite *suite_or_bail(const char *name)
{
	const struct suite *s = suite_find(name);

	if (!s)
		bail("suite '%s' is not known", name);
	return s;
}

static void plan_make(struct plan *p, char **arg, int n)
{
	*p = (struct plan){
		.name = arg[0], .suite = suite_or_bail(arg[1]), .direction = arg[2],
		.payload = number(arg[3]), .sessions = number(arg[4]), .window = number(arg[5]),
	};
	bench_key(p->in_key, 0);
	bench_key(p->out_key, 1);
	/* Every session sees a packet in every round. */
	p->packets = p->sessions > 2000 ? p->sessions : 2000;
	for (int i = 6; i < n; i++)
		parse_option(p, arg[i]);
}

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void sides(const struct plan *p, const struct suite **a, const struct suite **b)
{
	*a = *b = suite_find("none");
	if (is(p->direction, "unprotect") || is(p->direction, "both"))
		*a = p->suite;
	if (is(p->direction, "protect") || is(p->direction, "both"))
		*b = p->suite;
	if (*a == *b && p->suite->set && !is(p->direction, "both"))
		bail("direction '%s' is not known", p->direction);
}

static void print_record(const struct plan *p, const struct gen_result *best, size_t lost)
{
	printf("{\"contender\": \"%s\", \"kernel\": \"%s\", \"suite\": \"%s\", "
	       "\"direction\": \"%s\", \"payload\": %zu, \"sessions\": %zu, \"window\": %zu, "
	       "\"packets\": %zu, \"lost\": %zu, \"instructions_per_packet\": ",
	       p->name, getenv("BENCH_RELEASE") ?: "?", p->suite->name, p->direction, p->payload,
	       p->sessions, p->window, best->packets * ROUNDS, lost);
	if (lost)
		printf("null");
	else
		printf("%llu", (unsigned long long)(best->instructions / best->packets));
	if (p->headers)
		printf(", \"headers\": \"%s\"", p->headers);
	puts("}");
}

/* The cheapest of the rounds: what the others have more is interrupts. */
static void measure(const struct plan *p, struct gen *g, const struct packets *packets)
{
	struct gen_result best = { 0 };
	size_t lost = 0;

	for (int i = 0; i < ROUNDS && !lost; i++) {
		struct gen_result r = gen_round(g, packets, p->packets);

		lost += r.lost;
		if (!i || r.instructions < best.instructions)
			best = r;
	}
	print_record(p, &best, lost);
}

static void pass(char **arg, int n)
{
	const struct suite *a, *b;
	bool own = !strncmp(arg[0], "ksrtp", 5);
	struct packets packets;
	struct calls calls;
	struct plan p;
	struct gen g;

	plan_make(&p, arg, n);
	sides(&p, &a, &b);
	if (p.to)
		own = false;
	packets_make(&packets, 0, p.packets * (ROUNDS + WARM) / p.sessions + 1, p.payload, a,
		     p.in_key, b, p.out_key);
	if (own) {
		calls_open(&calls, p.sessions, a, b, p.in_key, p.out_key);
		p.to = "10.1.0.1";
		p.port = FIRST_PORT;
	}
	/* The floor forwards to the sink itself. */
	gen_open(&g, p.to ?: SINK_IP, p.to ? p.port : SINK_PORT, p.sessions, p.window, p.packets);
	/* Streams and caches come to be; a relay may lose packets until it knows the call. */
	for (int i = 0; i < WARM && gen_round(&g, &packets, p.packets).lost; i++)
		;
	measure(&p, &g, &packets);
	gen_close(&g);
	if (own)
		calls_close(&calls);
	packets_free(&packets);
}

/* The last octet belongs to the tag in every suite. */
static void damage(struct packets *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->in[i * PACKET_SLOT + p->in_len - 1] ^= 1;
}

static void flood(const char *what, const struct suite *suite, size_t payload)
{
	const struct suite *none = suite_find("none");
	uint8_t in_key[KEY_MAX], out_key[KEY_MAX];
	bool forged = is(what, "forged");
	size_t n = 2000, lost = 0;
	uint64_t best = 0, before = 0;
	struct packets packets;
	struct calls calls;
	struct gen g;

	bench_key(in_key, 0);
	bench_key(out_key, 1);
	packets_make(&packets, 0, n * (ROUNDS + 1), payload, suite, in_key, none, out_key);
	if (forged) {
		calls_open(&calls, 1, suite, none, in_key, out_key);
		damage(&packets);
		before = calls_dropped(&calls, SRTP_DROP_AUTH);
	}
	gen_open(&g, "10.1.0.1", FIRST_PORT, 1, 1, n);
	for (int i = 0; i <= ROUNDS; i++) {
		struct gen_result r = gen_flood(&g, &packets, n);

		lost += r.lost;
		if (i && (!best || r.instructions < best))
			best = r.instructions;
	}
	if (lost)
		bail("%zu packets came through", lost);
	if (forged && calls_dropped(&calls, SRTP_DROP_AUTH) - before != n * (ROUNDS + 1))
		bail("not every packet was counted as forged");
	printf("{\"measured\": \"%s\", \"suite\": \"%s\", \"payload\": %zu, "
	       "\"instructions_per_packet\": %llu}\n", what, suite->name, payload,
	       (unsigned long long)(best / n));
	gen_close(&g);
	if (forged)
		calls_close(&calls);
	packets_free(&packets);
}

/* Kernel memory that belongs to no process. Return: KiB. */
static long kernel_memory(void)
{
	static const char *const of[] = { "Slab:", "Percpu:", "VmallocUsed:" };
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128], word[64];
	long sum = 0, kib;

	if (!f)
		bail("/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
			if (sscanf(line, "%63s %ld", word, &kib) == 2 && is(word, of[i]))
				sum += kib;
	fclose(f);
	return sum;
}

/* A packet each way through every call, so that all streams are there. */
static void one_each_way(struct gen *g, const struct packets *p, size_t n)
{
	uint8_t any[PACKET_SLOT];

	if (gen_round(g, p, n).lost)
		bail("packets were lost");
	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in to = gen_addr("10.2.0.1", FIRST_PORT, i);

		if (sendto(g->rx, p->in, p->in_len, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		    recv(g->tx, any, sizeof(any), 0) != (ssize_t)p->out_len)
			bail("packet lost on the way back, call %zu", i);
	}
}

static void sessions(const struct suite *suite, size_t n)
{
	struct plan p = { .name = "ksrtp", .suite = suite, .direction = "both", .sessions = n,
			  .window = 1, .packets = n < MOST_A_ROUND ? n : MOST_A_ROUND };
	static const size_t payloads[] = { 160, 1200 };
	uint64_t began, opened, closing, closed;
	struct packets packets;
	struct calls calls;
	long before, after;
	struct gen g;

	bench_key(p.in_key, 0);
	bench_key(p.out_key, 1);
	packets_make(&packets, 0, 1, 160, suite, p.in_key, suite, p.out_key);
	gen_open(&g, "10.1.0.1", FIRST_PORT, n, 1, n);
	before = kernel_memory();
	began = tsc();
	calls_open(&calls, n, suite, suite, p.in_key, p.out_key);
	opened = tsc();
	one_each_way(&g, &packets, n);
	after = kernel_memory();
	packets_free(&packets);
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		size_t visits = ROUNDS * p.packets / n + 1;

		p.payload = payloads[i];
		packets_make(&packets, 1 + i * visits, visits, p.payload, suite, p.in_key, suite,
			     p.out_key);
		g.next = 0;
		measure(&p, &g, &packets);
		packets_free(&packets);
	}
	closing = tsc();
	calls_close(&calls);
	closed = tsc();
	printf("{\"measured\": \"session\", \"suite\": \"%s\", \"sessions\": %zu, "
	       "\"instructions_to_install\": %llu, \"instructions_to_delete\": %llu, "
	       "\"kernel_memory_octets\": %ld}\n", suite->name, 2 * n,
	       (unsigned long long)((opened - began) / (2 * n)),
	       (unsigned long long)((closed - closing) / (2 * n)),
	       (after - before) * 1024 / (long)(2 * n));
	gen_close(&g);
}

int main(int argc, char **argv)
{
	if (srtp_init() != srtp_err_status_ok)
		bail("libsrtp does not start");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc >= 8 && is(argv[1], "pass"))
		pass(argv + 2, argc - 2);
	else if (argc == 4 && is(argv[1], "forged"))
		flood("forged", suite_or_bail(argv[2]), number(argv[3]));
	else if (argc == 3 && is(argv[1], "drop"))
		flood("drop", suite_or_bail("none"), number(argv[2]));
	else if (argc == 4 && is(argv[1], "sessions"))
		sessions(suite_or_bail(argv[2]), number(argv[3]));
	else
		bail("usage: see the head of tests/bench/bench.c");
	return 0;
}
