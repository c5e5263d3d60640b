/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_POOL_H
#define _SRTP_POOL_H

#include <linux/netfilter.h>

#include "crypto.h"

struct srtp_session;
struct srtp_conf;
struct srtp_spare;

/**
 * struct srtp_addr - a transport address
 * @ip: network order; IPv4 in ip4 with the rest zero, so that two compare whole.
 * @port: network order.
 */
struct srtp_addr {
	union {
		__be32 ip4;
		struct in6_addr ip;
	};
	__be16 port;
};

/**
 * struct srtp_work - one packet in flight
 * @next: in the pool.
 * @skb: the packet, which the work owns unless it may still be handed back to
 *	the hook that it came from (not @detached and not relayed).
 * @rx: configuration of the session it was received by, NULL when a local
 *	program sent it.  A reference, which keeps session, peers and keys.
 * @tx: configuration of the session it leaves by, NULL while receiving.  A
 *	reference.
 * @from: who sent it.
 * @latch: @from is not the remote address, and shall be if the packet is good.
 * @relay: goes to a peer when received.
 * @detached: no hook waits for a verdict: the work finishes on its own.
 * @hook: hook, family, devices, namespace and continuation to go on with when
 *	detached.  References on devices and socket are held if @held.
 * @held: see @hook.
 * @spare: the received packet again, and the key to try if the first does not fit it;
 *	NULL but while keys change.
 * @offset: of the RTP or RTCP packet in skb->data.
 * @wire_len: octets of UDP payload as received.
 * @op: the cryptography; last because of its request memory.
 */
struct srtp_work {
	struct srtp_work *next;
	struct sk_buff *skb;
	struct srtp_conf *rx;
	struct srtp_conf *tx;
	struct srtp_addr from;
	bool latch;
	bool relay;
	bool detached;
	bool held;
	struct nf_hook_state hook;
	struct srtp_spare *spare;
	unsigned int offset;
	unsigned int wire_len;
	struct srtp_op op;
};

int srtp_pool_init(void);
void srtp_pool_exit(void);
unsigned int srtp_pool_reqsize(void);
struct srtp_work *srtp_pool_get(void);
void srtp_pool_put(struct srtp_work *work);

/**
 * struct srtp_drivers - names of the kernel drivers that new sessions would use
 */
struct srtp_drivers {
	char cm[CRYPTO_MAX_ALG_NAME];
	char hmac[CRYPTO_MAX_ALG_NAME];
	char gcm[CRYPTO_MAX_ALG_NAME];
};

int srtp_pool_probe(struct srtp_drivers *names, unsigned int *reqsize);

#endif /* _SRTP_POOL_H */
