/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP transport (RFC 3261 section 18, RFC 3581): sides, where messages go and
 * come from, Via, and the road of responses.  Lowest of three layers:
 *
 *	transport -> transaction (sip_trans.h) -> transaction user
 *
 * A *side* is one local transport address.  UDP is the first kind; a kind is a
 * struct sip_side_ops, so streams fit in beside it.
 *
 *	struct sip_transp	owned by struct sip_stack
 *	 `- struct sip_side[]	owns its descriptor
 */
#ifndef KSRTP_SIP_TRANSP_H
#define KSRTP_SIP_TRANSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "loop.h"
#include "sip_msg.h"

#define SIP_MAX_SIDES 24
#define SIP_MAX_LISTEN 8	/* of them, by configuration */

/**
 * struct sip_hop - where a message goes to, or came from
 * @side: index of the local side
 * @proto: transport protocol, that of the side
 * @flow: connection a stream message came by, or has to go by; 0 for UDP, and where any
 *	connection to @remote will do
 * @remote: the other end
 */
struct sip_hop {
	unsigned int side;
	enum sip_proto proto;
	uint64_t flow;
	struct addr remote;
};

struct sip_side;
struct sip_transp;

/**
 * struct sip_side_ops - one kind of transport
 * @send: hand over one whole message; 0, or -errno when it certainly did not leave
 * @flow: settle which connection requests to @to go by, making one if need be; NULL for
 *	datagrams
 * @close: let go of @impl
 */
struct sip_side_ops {
	enum sip_proto proto;
	bool reliable;
	int (*send)(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len);
	int (*flow)(struct sip_side *side, struct sip_hop *to);
	void (*close)(struct sip_side *side);
};

/**
 * struct sip_side - one local transport address
 * @local: what it is bound to
 * @sent_by: what Via and Contact say ("192.0.2.1:5060", "[2001:db8::1]:5060")
 * @impl: the kind's own
 */
struct sip_side {
	const struct sip_side_ops *ops;
	struct sip_transp *transp;
	unsigned int index;
	struct addr local;
	struct addr advertised;
	char sent_by[ADDR_STRLEN];
	void *impl;
};

/** struct sip_transp_stats - counters, never reset */
struct sip_transp_stats {
	uint64_t rx_datagrams, tx_datagrams;
	uint64_t rx_keepalives;		/* CRLF (RFC 5626) or empty */
	uint64_t rx_requests, rx_responses;
	uint64_t rx_dropped;		/* malformed, not answerable */
	uint64_t rx_refused;		/* malformed, answered */
	uint64_t rx_via_mismatch;	/* responses whose top Via is not ours */
	uint64_t rx_too_big;
	uint64_t tx_errors;
	uint64_t tx_over_mtu;		/* requests above 1300 octets on UDP */
};

/**
 * struct sip_transp - all sides
 * @message: a good message came in; it stays the transport's, valid during the call
 * @flow_closed: a connection that sip_transp_flow() had settled on is no more; may be NULL
 */
struct sip_transp {
	struct sip_side *side[SIP_MAX_SIDES];
	unsigned int nsides;
	struct sip_transp_stats stats;
	void (*message)(struct sip_transp *t, struct sip_msg *m, const struct sip_hop *from);
	void (*flow_closed)(struct sip_transp *t, uint64_t flow);
};

void sip_transp_fini(struct sip_transp *t);

/**
 * sip_transp_add() - add a side of any kind
 * @local: bound address, port included
 * @advertised: what the other ends shall see in Via and Contact; NULL: @local.
 *	Must not be the any-address.
 *
 * Return: its index, or -EINVAL, -ENOSPC, -ENOMEM.
 */
int sip_transp_add(struct sip_transp *t, const struct sip_side_ops *ops,
		   const struct addr *local, const struct addr *advertised, void *impl);

/**
 * sip_transp_input() - what a side calls with each whole message it received
 * @from: the side and the sender's transport address
 *
 * Parses, refuses what is malformed (RFC 3261 section 8.2.6 answers sent
 * statelessly), sets received and rport (RFC 3581), checks that responses are
 * ours (section 18.1.2), and calls @message.
 */
void sip_transp_input(struct sip_transp *t, const struct sip_hop *from,
		      const void *data, size_t len);

/**
 * sip_transp_flow() - settle which connection requests to @to go by
 *
 * Sets @to->flow on a reliable side, where a flow that is gone is replaced; does nothing
 * for UDP. Return: 0 or -errno.
 */
int sip_transp_flow(struct sip_transp *t, struct sip_hop *to);

/** sip_transp_side() - first side of @proto and of the family of @to. Return: index or -ENOENT. */
int sip_transp_side(const struct sip_transp *t, enum sip_proto proto, const struct addr *to);

/** sip_transp_send_raw() - octets already serialised. 0 or -errno. */
int sip_transp_send_raw(struct sip_transp *t, const struct sip_hop *to,
			const void *data, size_t len);

/** sip_transp_send() - serialise and send. 0 or -errno (-EMSGSIZE: does not fit). */
int sip_transp_send(struct sip_transp *t, const struct sip_hop *to, const struct sip_msg *m);

/** sip_transp_send_octets() - the same with @m's octets at hand. */
int sip_transp_send_octets(struct sip_transp *t, const struct sip_hop *to, const struct sip_msg *m,
			   const void *data, size_t len);

/**
 * sip_transp_push_via() - put our Via in front
 * @branch: NULL for a new one
 *
 * Return: 0 or -ENOMEM.
 */
int sip_transp_push_via(struct sip_transp *t, const struct sip_hop *to, struct sip_msg *m,
			const char *branch);

/**
 * sip_transp_reply_hop() - where the response to @req goes (section 18.2.2, RFC 3581)
 * @from: where @req came from
 * @to: result; the side is always the one the request came by
 *
 * maddr is not honoured: with it a stranger could have a third party flooded.
 */
void sip_transp_reply_hop(const struct sip_msg *req, const struct sip_hop *from,
			  struct sip_hop *to);

/** sip_transp_reliable() - is the side's kind reliable? */
bool sip_transp_reliable(const struct sip_transp *t, const struct sip_hop *hop);

/** sip_transp_contact() - "<sip:192.0.2.1:5060>" of a side; @user may be NULL. Length or -ENOSPC. */
int sip_transp_contact(const struct sip_transp *t, unsigned int side, const char *user,
		       char *out, size_t cap);

/* ---- UDP (sip_udp.c) ------------------------------------------------------ */

/** sip_udp_bind() - a non-blocking UDP socket bound to @a. Return: descriptor or -errno with @e. */
int sip_udp_bind(const struct addr *a, struct err *e);

/**
 * sip_udp_add() - make a bound socket a side and watch it in the loop
 * @fd: taken over, closed with the side, also when this fails
 * @advertised: as for sip_transp_add()
 *
 * Return: index of the side or -errno.
 */
int sip_udp_add(struct sip_transp *t, int fd, const struct addr *advertised, struct err *e);

#endif /* KSRTP_SIP_TRANSP_H */
