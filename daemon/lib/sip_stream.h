/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP over connections: a side of TCP, or of TLS on top of it (sip_tls.h).
 *
 *	struct sip_side
 *	 `- struct sip_stream			listening socket, limits
 *	     `- struct sip_conn []		each with its framer, its queue, its timers
 *
 * A connection is known by its *flow*, a number that no other connection of the
 * process ever has.  Responses go back by the flow they came by and by no other.
 * Requests go by the flow their hop names, or by one there is to that address
 * (RFC 3261 section 18), or by a new one.  Connecting, TLS included, has a deadline;
 * what is sent meanwhile waits in the queue, which is bounded.
 *
 * When a connection is lost, client transactions that have had no response on it
 * end with SIP_FAIL_TRANSPORT.
 */
#ifndef KSRTP_SIP_STREAM_H
#define KSRTP_SIP_STREAM_H

#include <stdint.h>

#include "sip_transp.h"

/**
 * struct sip_stream_conf - limits of one side
 * @max_conns: connections, of both directions
 * @max_per_ip: of them, with one address
 * @idle_ms: without a whole message or keep-alive in, or a message out
 * @connect_ms: to connect, and for TLS's handshake in either direction
 * @max_queue: octets waiting to leave, per connection; beyond, it is closed
 */
struct sip_stream_conf {
	uint32_t max_conns;	/* 4096 */
	uint32_t max_per_ip;	/* 128 */
	uint32_t idle_ms;	/* 600000 */
	uint32_t connect_ms;	/* 5000 */
	uint32_t max_queue;	/* 262144 */
};
extern const struct sip_stream_conf sip_stream_conf_default;

struct sip_stream_stats {
	uint64_t accepted, connected;
	uint64_t refused;		/* by the limits */
	uint64_t failed;		/* connecting or handshake */
	uint64_t broken;		/* framing */
	uint64_t overrun;		/* queue full */
	uint64_t idle;			/* closed by the idle timer */
	uint64_t pings;
	uint32_t now;
};

/** sip_stream_listen() - a listening socket. Return: descriptor or -errno with @e. */
int sip_stream_listen(const struct addr *a, struct err *e);

/**
 * sip_tcp_add() - make a listening socket a TCP side
 * @fd: taken over, also on failure
 * @advertised: as for sip_transp_add()
 * @conf: NULL for the defaults
 *
 * Return: index of the side or -errno.
 */
int sip_tcp_add(struct sip_transp *t, int fd, const struct addr *advertised,
		const struct sip_stream_conf *conf, struct err *e);

/**
 * sip_tcp_client() - a TCP side that connects, and that nobody can connect to
 * @local: whose address it connects from, and what it calls itself in Via
 *
 * Return: index of the side or -errno.
 */
int sip_tcp_client(struct sip_transp *t, const struct addr *local,
		   const struct sip_stream_conf *conf, struct err *e);

/** sip_stream_stats() - of a TCP or TLS side; NULL when @side is neither. */
const struct sip_stream_stats *sip_stream_stats(const struct sip_transp *t, unsigned int side);

#endif /* KSRTP_SIP_STREAM_H */
