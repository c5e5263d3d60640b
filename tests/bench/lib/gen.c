// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../../module/lib/ns.h"
#include "../../module/lib/tap.h"

uint64_t tsc(void)
{
	return __rdtsc();
}

static struct sockaddr_in ip4(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		bail("'%s' is no IPv4 address", ip);
	return a;
}

struct sockaddr_in gen_addr(const char *ip, uint16_t port, size_t i)
{
	struct sockaddr_in a = ip4(ip, (uint16_t)(port + i % PORTS));

	a.sin_addr.s_addr = htonl(ntohl(a.sin_addr.s_addr) + (uint32_t)(i / PORTS) * 256);
	return a;
}

static int open_udp(const char *ns, const char *ip, uint16_t port)
{
	/* The guest's clock leaps while it waits for a page of a relay's program. */
	struct timeval patience = { .tv_sec = 30 };
	struct sockaddr_in a = ip4(ip, port);
	int fd = ns_socket(ns, AF_INET, SOCK_DGRAM, 0), size = 8 << 20;

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		bail("socket %s:%u: %s", ip, port, strerror(errno));
	return fd;
}

/*
 * A relay in user space runs as soon as there is something for it and until it
 * sleeps: a generator that took the CPU from it with the next packet would never
 * let it, and some relays give up on a socket that is never empty.
 */
static void give_way(void)
{
	struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		bail("SCHED_IDLE: %s", strerror(errno));
}

void gen_open(struct gen *g, const char *to, uint16_t port, size_t sessions, size_t window,
	      size_t max_round)
{
	give_way();
	*g = (struct gen){ .sessions = sessions, .window = window };
	g->tx = open_udp("bg", GEN_IP, GEN_PORT);
	g->rx = open_udp("bs", SINK_IP, SINK_PORT);
	g->to = calloc(sessions, sizeof(*g->to));
	g->got = malloc(max_round * PACKET_SLOT);
	if (!g->to || !g->got)
		bail("no memory");
	/* So that no page is faulted in while instructions are counted. */
	memset(g->got, 0xff, max_round * PACKET_SLOT);
	for (size_t i = 0; i < sessions; i++)
		g->to[i] = gen_addr(to, port, i);
}

void gen_close(struct gen *g)
{
	close(g->tx);
	close(g->rx);
	free(g->to);
	free(g->got);
}

static void send_next(struct gen *g, const struct packets *p)
{
	size_t visit = g->next / g->sessions, session = g->next % g->sessions;

	g->next++;
	if (sendto(g->tx, p->in + visit * PACKET_SLOT, p->in_len, 0,
		   (struct sockaddr *)&g->to[session], sizeof(*g->to)) != (ssize_t)p->in_len)
		bail("sendto: %s", strerror(errno));
}

/* What was received is what libsrtp2 makes of the same packets. */
static size_t count_wrong(const struct gen *g, const struct packets *p, size_t first, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *want = p->out + (first + i) / g->sessions * PACKET_SLOT;

		if (memcmp(g->got + i * PACKET_SLOT, want, p->out_len) != 0)
			wrong++;
	}
	return wrong;
}

struct gen_result gen_round(struct gen *g, const struct packets *p, size_t n)
{
	struct gen_result r = { .packets = n };
	size_t first = g->next, missing = 0;
	uint64_t began, ended;

	if ((first + n - 1) / g->sessions >= p->n)
		bail("more packets wanted than made");
	while (recv(g->rx, g->got, PACKET_SLOT, MSG_DONTWAIT) >= 0)
		;			/* late ones of a round before */
	memset(g->got, 0xff, n * PACKET_SLOT);
	began = tsc();
	for (size_t done = 0; done < n; ) {
		size_t w = n - done < g->window ? n - done : g->window;

		for (size_t i = 0; i < w; i++)
			send_next(g, p);
		/* Blocks only when somebody else has to run first: a relay in user space. */
		for (size_t i = 0; i < w; i++)
			if (recv(g->rx, g->got + (done + i) * PACKET_SLOT, PACKET_SLOT, 0) !=
			    (ssize_t)p->out_len)
				missing++;
		done += w;
		if (missing)
			break;		/* the clock has jumped: nothing here means anything */
	}
	ended = tsc();
	r.instructions = ended - began;
	r.lost = count_wrong(g, p, first, n);
	if (r.lost < missing)
		r.lost = missing;
	return r;
}

struct gen_result gen_flood(struct gen *g, const struct packets *p, size_t n)
{
	struct gen_result r = { .packets = n };
	uint8_t any[PACKET_SLOT];
	uint64_t began, ended;

	if ((g->next + n - 1) / g->sessions >= p->n)
		bail("more packets wanted than made");
	began = tsc();
	for (size_t i = 0; i < n; i++)
		send_next(g, p);
	ended = tsc();
	r.instructions = ended - began;
	while (recv(g->rx, any, sizeof(any), MSG_DONTWAIT) >= 0)
		r.lost++;
	return r;
}
