/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generator and sink in one process, in lock step: a window of packets is sent,
 * then the same packets are received, so the only CPU is never idle and
 * everything between two readings of the TSC was done for these packets.
 */
#ifndef KSRTP_BENCH_GEN_H
#define KSRTP_BENCH_GEN_H

#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#include "packets.h"

#define GEN_IP		"10.1.255.2"
#define SINK_IP		"10.2.255.2"
#define GEN_PORT	40000
#define SINK_PORT	40002
#define FIRST_PORT	16384
#define PORTS		16384	/* of the gateway, on each address */

/**
 * struct gen - where packets go in and come out
 * @tx, @rx: sockets
 * @to: @sessions addresses to send to, taken in turns
 * @next: packets sent so far
 * @got: room for what one round receives
 */
struct gen {
	int tx, rx;
	struct sockaddr_in *to;
	size_t sessions;
	size_t window;
	size_t next;
	uint8_t *got;
};

/** struct gen_result - of a round */
struct gen_result {
	uint64_t instructions;
	size_t packets;
	size_t lost;		/* did not come, or not as they should be */
};

uint64_t tsc(void);

/**
 * gen_open() - sockets in namespaces bg and bs
 * @to: first address; session i has port + i % PORTS, address 10.x.(i / PORTS).1
 * @max_round: most packets of one round
 */
void gen_open(struct gen *g, const char *to, uint16_t port, size_t sessions, size_t window,
	      size_t max_round);
void gen_close(struct gen *g);

/** gen_addr() - of session @i when the first is at @ip and @port. */
struct sockaddr_in gen_addr(const char *ip, uint16_t port, size_t i);

/** gen_round() - send @n packets, receive them, then compare every octet. */
struct gen_result gen_round(struct gen *g, const struct packets *p, size_t n);
/** gen_flood() - send @n packets that nobody gets; @lost counts those that came all the same. */
struct gen_result gen_flood(struct gen *g, const struct packets *p, size_t n);

#endif
