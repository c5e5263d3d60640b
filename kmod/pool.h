/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_POOL_H
#define _SRTP_POOL_H

#include <linux/netfilter.h>
#include <linux/percpu.h>

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

/** enum srtp_held - what a work has references on; see srtp_work_later() */
enum srtp_held {
	SRTP_HELD_RX = 1,
	SRTP_HELD_TX = 2,
	SRTP_HELD_HOOK = 4,
};

/**
 * struct srtp_work - one packet in flight
 * @next: in the pool.
 * @skb: the packet, which the work owns unless it may still be handed back to
 *	the hook that it came from (neither relayed nor later).
 * @rx: configuration of the session it was received by, NULL when a local
 *	program sent it.  It keeps session, peers and keys.
 * @tx: configuration of the session it leaves by, NULL while receiving.
 * @state: the hook it is at, or @hook; not used when @relay.
 * @spare: the received packet again, and the key to try if the first does not fit it;
 *	NULL but while keys change.
 * @held: bits of enum srtp_held.  While a hook waits for the packet, rcu_read_lock()
 *	keeps @rx, @tx and @state, and no bit is set.
 * @relay: goes to a peer when received.
 * @ingress: came by srtp_ingress(), and leaves accordingly.
 * @latch: @from is not the remote address, and shall be if the packet is good.
 * @lost: what the packet needs to go on later could not be held.
 * @offset: of the RTP or RTCP packet in skb->data.
 * @wire_len: octets of UDP payload as received.
 * @from: who sent it; set if @latch.
 * @turn: submitter and completion set it; who finds it set goes on with the packet.
 * @err: what the completion said.
 * @hook: hook, family, devices, namespace and continuation to go on with later;
 *	references on devices and socket are held with SRTP_HELD_HOOK.
 * @op: the cryptography; last because of its request memory.
 */
struct srtp_work {
	struct srtp_work *next;
	struct sk_buff *skb;
	struct srtp_conf *rx;
	struct srtp_conf *tx;
	const struct nf_hook_state *state;
	struct srtp_spare *spare;
	u8 held;
	bool relay;
	bool ingress;
	bool latch;
	bool lost;
	unsigned int offset;
	unsigned int wire_len;
	struct srtp_addr from;
	atomic_t turn;
	int err;
	struct nf_hook_state hook;
	struct srtp_op op;
};

/**
 * struct srtp_stash - the works that a CPU keeps for itself
 * @top: singly linked.
 * @n: how many.
 *
 * Only its own CPU touches it, with bottom halves off; srtp_pool_exit() does
 * when nothing else runs any more.
 */
struct srtp_stash {
	struct srtp_work *top;
	unsigned int n;
};

#define SRTP_STASH	16	/* works in a stash at most */

DECLARE_PER_CPU(struct srtp_stash, srtp_stash);

int srtp_pool_init(void);
void srtp_pool_exit(void);
unsigned int srtp_pool_reqsize(void);
struct srtp_work *srtp_pool_get_reserve(void);
void srtp_pool_put_reserve(struct srtp_work *work);

/**
 * srtp_pool_get - an object for a packet
 *
 * Bottom halves are off.  Nothing in it is initialised.
 *
 * Return: the object, or NULL when all are in flight.
 */
static inline struct srtp_work *srtp_pool_get(void)
{
	struct srtp_stash *s = this_cpu_ptr(&srtp_stash);
	struct srtp_work *work = s->top;

	if (unlikely(!work))
		return srtp_pool_get_reserve();
	s->top = work->next;
	s->n--;
	return work;
}

/**
 * srtp_pool_put - give an object back
 * @work: from srtp_pool_get()
 *
 * Bottom halves are off.
 */
static inline void srtp_pool_put(struct srtp_work *work)
{
	struct srtp_stash *s = this_cpu_ptr(&srtp_stash);

	if (unlikely(s->n >= SRTP_STASH)) {
		srtp_pool_put_reserve(work);
		return;
	}
	work->next = s->top;
	s->top = work;
	s->n++;
}

/**
 * struct srtp_drivers - names of the kernel drivers that new sessions would use
 */
struct srtp_drivers {
	char cm[CRYPTO_MAX_ALG_NAME];
	char sha1[CRYPTO_MAX_ALG_NAME];
	char gcm[CRYPTO_MAX_ALG_NAME];
};

int srtp_pool_probe(struct srtp_drivers *names, unsigned int *reqsize);

#endif /* _SRTP_POOL_H */
