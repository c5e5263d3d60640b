/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between roles: one SEQPACKET socket for each pair that may talk, one
 * typed message a packet, nothing but octets in it (64-bit ids, never pointers).
 *
 * Every receiver has a table of what it takes from that peer.  A type that is
 * not in it, or a body that does not end exactly where its reader ends, means
 * the sending role is broken or subverted: the channel is closed and the
 * receiver's closed() decides, which in every role today is to end the program.
 */
#ifndef KSRTP_IPC_H
#define KSRTP_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "loop.h"

#define IPC_MAX 8192		/* octets in a message, its head included */

struct ipc;

/**
 * struct ipc_handler - one row of the table of what is taken from a peer
 * @type: message type
 * @name: for logs
 * @fn: reads its body from @r; -errno (or a reader not done) condemns the channel
 */
struct ipc_handler {
	uint16_t type;
	const char *name;
	int (*fn)(struct ipc *c, struct rbuf *r, void *arg);
};

struct ipc {
	int fd;				/* owned */
	const char *peer;		/* role at the other end, for logs */
	const struct ipc_handler *table; /* ends with .fn = NULL */
	void (*closed)(struct ipc *c, void *arg);
	void *arg;
	struct loop_watch watch;
	uint8_t *out;			/* queue of messages that did not fit the socket */
	size_t out_len, out_cap;
};

/** ipc_open() - take over @fd (a connected SEQPACKET socket) and listen. 0 or -errno. */
int ipc_open(struct ipc *c, int fd, const char *peer, const struct ipc_handler *table,
	     void (*closed)(struct ipc *c, void *arg), void *arg);

/** ipc_close() - unwatch, close, wipe and free the queue; safe from any callback. */
void ipc_close(struct ipc *c);

/**
 * ipc_send() - send a message
 * @body: writer that built it with ipc_begin(); a bad writer is -EMSGSIZE
 *
 * Never blocks: what the socket does not take is queued, up to 1 MiB, then the
 * peer counts as dead (-EPIPE).
 */
struct wbuf ipc_begin(uint8_t space[IPC_MAX], uint16_t type);
int ipc_send(struct ipc *c, struct wbuf *body);

/**
 * ipc_busy() - the peer is behind: give it nothing new to do that can be refused
 *
 * Far below where the queue ends, so that what belongs to work it has already finds room.
 */
static inline bool ipc_busy(const struct ipc *c)
{
	return c->out_len > 256 * 1024;
}

#endif /* KSRTP_IPC_H */
