/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media ports of one side: pairs of an even port for RTP and the odd one above it
 * for RTCP (RFC 3550 section 11), as bound UDP sockets.
 *
 * Pairs are handed out in an order shuffled at start, and one that comes back goes
 * to the end of the queue and rests there, so that packets of a call that is over
 * do not run into the next one.
 */
#ifndef KSRTP_PORTS_H
#define KSRTP_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

#define PORTS_REST_MS	10000

struct ports;

/**
 * struct port_pair - one or two bound sockets
 * @even: the RTP port; 0 when nothing is taken
 * @rtp_fd, @rtcp_fd: not blocking, close-on-exec; @rtcp_fd is -1 when one was asked for
 *
 * ports_give() closes them; until then they are the taker's.
 */
struct port_pair {
	uint16_t even;
	int rtp_fd, rtcp_fd;
};

/**
 * ports_new() - a range of @ip
 * @ip: local unicast address; its port is ignored
 * @min, @max: inclusive; only whole pairs within them are used
 *
 * Return: the range, or NULL with @e filled (no whole pair, no memory).
 */
struct ports *ports_new(const struct addr *ip, uint16_t min, uint16_t max, struct err *e);
/** ports_free() - every pair must have been given back; NULL is fine. */
void ports_free(struct ports *p);

/**
 * ports_take() - bind the next free pair
 * @two: bind the odd port too; the pair is taken whole in any case
 *
 * A port that another program has is passed over.
 *
 * Return: 0; -ENOBUFS when every pair is in use or resting; another -errno of
 * socket() or bind(), such as -EADDRNOTAVAIL.
 */
int ports_take(struct ports *p, bool two, struct port_pair *out, struct err *e);

/** ports_give() - close the sockets and let the pair rest; one not taken is fine. */
void ports_give(struct ports *p, struct port_pair *pair);

/** ports_in_use() - pairs taken. */
unsigned int ports_in_use(const struct ports *p);

#endif /* KSRTP_PORTS_H */
