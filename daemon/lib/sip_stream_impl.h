/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to sip_stream*.c, sip_tcp.c and sip_tls.c. */
#ifndef KSRTP_SIP_STREAM_IMPL_H
#define KSRTP_SIP_STREAM_IMPL_H

#include <stdbool.h>
#include <sys/types.h>

#include "hash.h"
#include "loop.h"
#include "sip_frame.h"
#include "sip_stream.h"
#include "timer.h"

struct sip_conn;

/**
 * struct sip_stream_io - how octets get in and out of a connection
 * @open: make the connection's own state; 0 or -errno
 * @handshake: go on with it: 0 done, -EAGAIN, -errno with @e
 * @read, @write: as recv() and send(), but -errno; 0 from @read is the end
 * @buffered: octets that @read has without the socket being readable
 * @wants_write: -EAGAIN just now meant "until writable"
 * @bye: about to be closed in good order
 * @free: let go of @open's state
 *
 * All but @read and @write may be NULL.
 */
struct sip_stream_io {
	struct sip_side_ops side;
	int (*open)(struct sip_conn *c);
	int (*handshake)(struct sip_conn *c, struct err *e);
	ssize_t (*read)(struct sip_conn *c, void *data, size_t len);
	ssize_t (*write)(struct sip_conn *c, const void *data, size_t len);
	bool (*buffered)(const struct sip_conn *c);
	bool (*wants_write)(const struct sip_conn *c);
	void (*bye)(struct sip_conn *c);
	void (*free)(struct sip_conn *c);
};

enum sip_conn_state { CONN_CONNECTING, CONN_HANDSHAKE, CONN_OPEN, CONN_CLOSED };

/**
 * struct sip_conn
 * @outgoing: we connected
 * @asked: a client transaction has used it, so somebody wants to hear of its end
 * @name: whom the far end has to be, of TLS; NULL: whoever
 * @io: of struct sip_stream_io
 */
struct sip_conn {
	struct hash_node by_flow, by_ip;
	struct sip_conn *next, **prev;
	struct sip_stream *stream;
	enum sip_conn_state state;
	bool outgoing, asked;
	char *name;
	uint64_t flow;
	struct addr remote;
	int fd;
	unsigned int watching;
	struct loop_watch watch;
	struct timer deadline, idle;
	struct sip_framer framer;
	uint8_t *out;
	size_t out_len, out_cap;
	void *io;
};

struct sip_stream {
	struct sip_side *side;
	const struct sip_stream_io *io;
	void *io_arg;
	struct sip_stream_conf conf;
	struct sip_stream_stats stats;
	struct hash_table by_flow, by_ip;
	struct sip_conn *conns;
	struct loop_watch watch;
	struct timer pause;
	int fd;
};

/** sip_conn_has_room() - do the limits allow one more with this address? */
bool sip_conn_has_room(const struct sip_stream *s, const struct addr *remote);

/** sip_conn_new() - @fd is taken over; NULL without memory. */
struct sip_conn *sip_conn_new(struct sip_stream *s, int fd, const struct addr *remote,
			      const char *name, bool outgoing);

/** sip_conn_advance() - connected, or a step of the handshake. */
void sip_conn_advance(struct sip_conn *c);

/** sip_conn_drop() - close it and tell nobody. */
void sip_conn_drop(struct sip_conn *c);

int sip_stream_add(struct sip_transp *t, int fd, const struct addr *advertised,
		   const struct sip_stream_conf *conf, const struct sip_stream_io *io, void *io_arg,
		   struct err *e);

/** sip_stream_conn() - the connection of @flow on this side, or NULL. */
struct sip_conn *sip_stream_conn(const struct sip_stream *s, uint64_t flow);

/** sip_stream_reach() - the connection there is to @to under @name, or a new one; NULL with @e. */
struct sip_conn *sip_stream_reach(struct sip_stream *s, const struct addr *to, const char *name,
				  struct err *e);

/* what every kind has in its struct sip_side_ops */
int sip_stream_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len);
int sip_stream_flow(struct sip_side *side, struct sip_hop *to);
void sip_stream_close(struct sip_side *side);

#endif /* KSRTP_SIP_STREAM_IMPL_H */
