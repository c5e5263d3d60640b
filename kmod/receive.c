// SPDX-License-Identifier: GPL-2.0-only
/* The way in: from the PREROUTING hook to a plain packet that is known to be good. */
#include <linux/netfilter.h>

#include "datapath.h"
#include "event.h"
#include "net.h"
#include "protect.h"
#include "rekey.h"
#include "stream.h"
#include "table.h"

static __always_inline struct srtp_session *relay_target(const struct srtp_conf *conf, enum srtp_kind kind)
{
	return kind == SRTP_RTCP && conf->rtcp_peer ? conf->rtcp_peer : conf->peer;
}

/*
 * May media be sent to where a packet came from?  Here the stack has not yet looked
 * at the source, so the sender can write into it whatever it wants media sent to:
 * everybody, a service on this machine, or the session itself.
 */
static bool may_latch(const struct srtp_conf *conf, const struct srtp_addr *from,
		      const struct net_device *in)
{
	const struct srtp_local *local = &conf->session->local;
	bool v4 = local->family == NFPROTO_IPV4;

	return from->port && srtp_addr_unicast(local->family, from) &&
	       !(from->port == local->port && ipv6_addr_equal(&from->ip, &local->ip)) &&
	       ((in && in->flags & IFF_LOOPBACK) ||
		!(v4 ? ipv4_is_loopback(from->ip4) : ipv6_addr_loopback(&from->ip)));
}

/* Step 4: does the remote address send, and is it no news that it does. */
static __always_inline bool usual_source(const struct srtp_conf *conf, const struct sk_buff *skb,
					 const struct srtp_packet *p)
{
	return likely(conf->has_remote && srtp_packet_from(skb, p, &conf->remote)) &&
	       (conf->latch != SRTP_LATCH_FIRST || conf->latched);
}

/*
 * IPv4 addresses of the loopback from a wire: the stack refuses them, but behind this hook,
 * and plain RTP is believed for its addresses alone.  Those of IPv6 do not come this far.
 */
static inline bool martian(const struct sk_buff *skb, const struct srtp_packet *p,
			   const struct net_device *in)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	return p->family == NFPROTO_IPV4 &&
	       unlikely(ipv4_is_loopback(iph->saddr) || ipv4_is_loopback(iph->daddr)) &&
	       in && !(in->flags & IFF_LOOPBACK);
}

#define NEW_REMOTE	(-1)	/* of check_source(): the address shall become the remote one */

/* If not: may this address send here. 0, NEW_REMOTE or a drop reason. */
static noinline int check_source(const struct srtp_conf *conf, const struct sk_buff *skb,
				 struct srtp_packet p, const struct net_device *in)
{
	struct srtp_addr from = srtp_packet_source(skb, &p);
	bool known = conf->has_remote && srtp_addr_equal(&conf->remote, &from);
	bool latch = false;

	switch (srtp_conf_latch(conf)) {
	case SRTP_LATCH_AUTHENTICATED:
		latch = !known;
		break;
	case SRTP_LATCH_FIRST:
		latch = !conf->latched &&
			time_before(jiffies, conf->opened + SRTP_LATCH_FIRST_TIME);
		break;
	}
	if (latch && (known || may_latch(conf, &from, in)))
		return NEW_REMOTE;
	return known ? 0 : SRTP_DROP_SOURCE;
}

/* Step 6: index and replay; of SRTCP, the E bit as well. */
static __always_inline s64 check_index(const struct sk_buff *skb, const struct srtp_packet *p,
				       struct srtp_ctx *ctx, enum srtp_kind kind,
				       const struct srtp_rtp *rtp)
{
	u32 number = rtp->seq;

	if (kind == SRTP_RTCP) {
		u8 copy[SRTP_RTCP_WORD];
		const u8 *word = skb_header_pointer(skb, p->payload +
						    srtp_ctx_word_offset(ctx, p->len),
						    sizeof(copy), copy);

		if (!word)
			return -SRTP_DROP_MALFORMED;
		number = srtp_get32(word);
		if ((number & SRTP_RTCP_E) != ctx->suite->ebit)
			return -SRTP_DROP_EBIT;
		number &= ~SRTP_RTCP_E;
	}
	return srtp_stream_rx_check(ctx, kind, rtp->ssrc, number);
}

/*
 * Octets of tailroom that the packet will need when its peer protects it, more
 * than the tag it comes with leaves; a guess, srtp_protect() makes sure.
 */
static unsigned int tailroom(struct srtp_session *to, const struct srtp_ctx *rx,
			     enum srtp_kind kind)
{
	struct srtp_conf *conf = to ? rcu_dereference(to->conf) : NULL;
	unsigned int grow = conf && conf->tx ? srtp_ctx_overhead(conf->tx, kind) : 0;
	unsigned int shrink = srtp_ctx_overhead(rx, kind);

	return grow > shrink ? grow - shrink : 0;
}

/* Step 10: hand a good packet to the session it is relayed to. */
static __always_inline unsigned int relay(struct srtp_work *work, struct srtp_session *from,
					  struct srtp_session *to, enum srtp_kind kind)
{
	struct srtp_conf *conf = rcu_dereference(to->conf);

	if (unlikely(!conf))
		return srtp_work_drop(work, from, SRTP_DROP_NO_PEER);
	if (unlikely(conf->state != SRTP_STATE_OPEN))
		return srtp_work_drop(work, from, SRTP_DROP_HELD);
	work->tx = conf;
	return srtp_protect(work, conf, kind, true);
}

/* With the other key, as srtp_rekey_again() has prepared it. */
static noinline unsigned int again(struct srtp_work *work)
{
	int err = srtp_work_start(work);

	return err == -EINPROGRESS ? srtp_work_later(work) : srtp_receive_done(work, err);
}

/*
 * Steps 9 and 10.  @conf, @to and @skb are those of the work, which who has just filled it in
 * need not look up again.
 */
static __always_inline unsigned int receive_done(struct srtp_work *work,
						 const struct srtp_conf *conf,
						 struct srtp_session *to, struct sk_buff *skb,
						 enum srtp_kind kind, int err)
{
	struct srtp_session *s = conf->session;
	struct srtp_op *op = &work->op;
	struct srtp_ctx *ctx;
	bool newest = true;
	unsigned int udp;
	bool secure;
	u8 family;
	int drop;

	if (unlikely(work->spare) && srtp_rekey_again(work, err))
		return again(work);
	ctx = op->ctx;
	secure = srtp_ctx_secure(ctx);

	/* 9. Authentic: commit. Another copy may have been faster. */
	if (unlikely(err))
		return srtp_work_drop(work, s, srtp_op_drop_reason(err));
	if (secure) {
		drop = srtp_stream_rx_commit(ctx, kind, op->ssrc, op->index);
		if (unlikely(drop > 0))
			return srtp_work_drop(work, s, drop);
		newest = drop != SRTP_LATE;
		if (unlikely(ctx != conf->rx))
			srtp_rekey_came(s, ctx);
	}
	if (kind == SRTP_RTP && !srtp_rtp_padding_ok(op->buf, op->len, op->hdr_len))
		return srtp_work_drop(work, s, SRTP_DROP_MALFORMED);
	if (!secure)
		srtp_event_plain(s, false, kind, op->ssrc);
	/* A packet held back on its way must not move the address back. */
	if (unlikely(work->latch) && newest)
		srtp_latch(s, conf, &work->from);
	srtp_session_touch(s);
	srtp_count_packet(s, SRTP_C_RX_PACKETS, work->wire_len);
	if (secure || to)	/* a plain one for the stack stays as it came */
		srtp_packet_cut(skb, work->offset + op->len);

	/* 10. To the peer, or up the stack. */
	if (to)
		return relay(work, s, to, kind);
	if (unlikely(conf->verified) && secure)
		srtp_attach_mark(s->sn, skb, s->local.port);
	family = work->state->pf;
	udp = work->offset - sizeof(struct udphdr);
	srtp_work_end(work);
	if (secure)
		srtp_packet_fix(skb, family, udp);
	return XT_CONTINUE;
}

/**
 * srtp_receive_done - a received packet has been through its cipher
 * @work: the packet
 * @err: result of the op
 *
 * receive_done() is the only place where receiving a packet changes anything but a counter.
 *
 * Return: the verdict.
 */
unsigned int srtp_receive_done(struct srtp_work *work, int err)
{
	enum srtp_kind kind = work->op.kind;
	struct srtp_session *to = work->relay ? relay_target(work->rx, kind) : NULL;

	return receive_done(work, work->rx, to, work->skb, kind, err);
}

/* The source becomes the remote address if the packet is good. */
static noinline void set_latch(struct srtp_work *work, const struct sk_buff *skb,
			       struct srtp_packet p)
{
	work->latch = true;
	work->from = srtp_packet_source(skb, &p);
}

/*
 * Steps 4 to 9, for RTP and RTCP of a live session.  No local variable's address is taken here,
 * so that all of them stay in registers.
 */
static __always_inline unsigned int receive_media(struct sk_buff *skb,
						  const struct nf_hook_state *state,
						  const struct srtp_packet *p,
						  struct srtp_session *s,
						  struct srtp_conf *conf,
						  enum srtp_kind kind, bool ingress)
{
	struct srtp_session *to = relay_target(conf, kind);
	struct srtp_ctx *second = NULL, *ctx = conf->rx;
	struct srtp_work *work;
	unsigned int overhead;
	struct srtp_parsed rtp = {};
	int drop, err, latch = 0;
	s64 index = 0;
	bool secure;

	/* 4. State and source. Open implies that both contexts are there. */
	drop = SRTP_DROP_HELD;
	if (unlikely(conf->state != SRTP_STATE_OPEN))
		goto drop;
	if (unlikely(!usual_source(conf, skb, p))) {
		latch = check_source(conf, skb, *p, state->in);
		drop = latch;
		if (drop > 0)
			goto drop;
	}

	/* 5. Header. The checksum matters only where no tag says more. */
	if (unlikely(conf->choose)) {
		struct srtp_chosen chosen = srtp_rekey_choose(skb, p->payload, p->len, kind, conf);

		drop = -PTR_ERR(chosen.ctx);
		if (IS_ERR(chosen.ctx))
			goto drop;
		ctx = chosen.ctx;
		second = chosen.second;
	}
	secure = srtp_ctx_secure(ctx);
	overhead = srtp_ctx_overhead(ctx, kind);
	drop = SRTP_DROP_MALFORMED;
	if (!secure && !srtp_packet_checksum_ok(skb, state->hook, p))
		goto drop;
	drop = SRTP_DROP_SOURCE;
	if (!secure && martian(skb, p, state->in))
		goto drop;
	rtp = srtp_packet_header(skb, p, kind, overhead);
	drop = rtp.drop;
	if (unlikely(drop))
		goto drop;

	/* 6. Index estimate and replay check; nothing is changed by them. */
	if (secure) {
		index = check_index(skb, p, ctx, kind, &rtp.rtp);
		drop = -index;
		if (unlikely(index < 0))
			goto drop;
	}

	/* 7. From here on the packet is changed in place, so it has to be ours alone. */
	drop = SRTP_DROP_NO_MEMORY;
	if (!srtp_packet_is_private(skb, 0) && srtp_packet_copy(skb, tailroom(to, ctx, kind)))
		goto drop;
	if (secure || to)
		srtp_packet_cut(skb, p->payload + p->len);
	work = srtp_work_get(skb, state, to);
	if (unlikely(!work))
		goto drop;
	if (to)
		srtp_take_over(skb);
	work->rx = conf;
	work->ingress = ingress;
	if (unlikely(latch == NEW_REMOTE))
		set_latch(work, skb, *p);
	work->offset = p->payload;
	work->wire_len = p->len;
	work->op.ctx = ctx;
	work->op.buf = skb->data + p->payload;
	work->op.len = p->len;
	work->op.hdr_len = rtp.rtp.hdr_len;
	work->op.index = index;
	work->op.ssrc = rtp.rtp.ssrc;
	work->op.kind = kind;
	work->op.protect = false;

	/* 8. Authenticate and decrypt; step 9 is receive_done(). */
	if (unlikely(conf->choose) && srtp_rekey_prepare(work, second))
		return srtp_work_drop(work, s, SRTP_DROP_NO_MEMORY);
	err = secure ? srtp_work_start(work) : 0;
	if (unlikely(err == -EINPROGRESS))
		return srtp_work_later(work);
	return receive_done(work, conf, to, skb, kind, err);
drop:
	srtp_count_drop(s, drop);
	return NF_DROP;
}

/* The steps 4 to 10 of an RTCP packet: one in a hundred, so of all that is inline there is one. */
static noinline unsigned int receive_rtcp(struct sk_buff *skb, const struct nf_hook_state *state,
					  struct srtp_packet p, struct srtp_session *s,
					  struct srtp_conf *conf, bool ingress)
{
	return receive_media(skb, state, &p, s, conf, SRTP_RTCP, ingress);
}

/* What is no media: DTLS, STUN and the rest belong to the socket. */
static noinline unsigned int receive_other(struct srtp_session *s, bool ingress)
{
	if (!ingress)
		srtp_count(s, SRTP_C_PASSED);
	return XT_CONTINUE;
}

/* Steps 2 and 3, for UDP; what is known of @p and @ingress when this is compiled, is used. */
static __always_inline unsigned int receive_udp(struct sk_buff *skb,
						const struct nf_hook_state *state,
						const struct srtp_packet *p, bool ingress)
{
	struct srtp_session *s;
	struct srtp_conf *conf;
	enum srtp_class class;
	enum srtp_kind kind;

	/* 2. Is it for a session? */
	s = srtp_table_find_packet(state->net, skb, p, false);
	if (!s)
		return XT_CONTINUE;
	conf = rcu_dereference(s->conf);
	if (unlikely(!conf))
		return XT_CONTINUE;

	/* 3. Is it media? Of a super-packet each one is asked, not the first for all. */
	if (unlikely(skb_is_gso(skb)))
		return ingress ? XT_CONTINUE : srtp_segment(skb, state, s, srtp_receive);
	class = srtp_packet_classify(skb, p);
	if (unlikely(class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP))
		return receive_other(s, ingress);
	kind = class == SRTP_CLASS_RTP ? SRTP_RTP : SRTP_RTCP;
	if (ingress && (p->bad || conf->state != SRTP_STATE_OPEN || !relay_target(conf, kind)))
		return XT_CONTINUE;
	if (unlikely(p->bad)) {
		srtp_count_drop(s, SRTP_DROP_MALFORMED);
		return NF_DROP;
	}
	if (unlikely(kind == SRTP_RTCP))
		return receive_rtcp(skb, state, *p, s, conf, ingress);
	return receive_media(skb, state, p, s, conf, SRTP_RTP, ingress);
}

/* What is not plain IPv4. */
static noinline unsigned int receive_any(struct sk_buff *skb, const struct nf_hook_state *state,
					 bool ingress)
{
	struct srtp_packet p;

	if (!srtp_packet_parse(skb, state->pf, &p))
		return XT_CONTINUE;
	return receive_udp(skb, state, &p, ingress);
}

/* Step 1. Is it UDP? */
static __always_inline unsigned int receive(struct sk_buff *skb,
					    const struct nf_hook_state *state, bool ingress)
{
	struct srtp_packet p = {};

	if (unlikely(!srtp_packet_parse_plain(skb, state->pf, &p)))
		return receive_any(skb, state, ingress);
	return receive_udp(skb, state, &p, ingress);
}

/**
 * srtp_receive - a packet at the PREROUTING hook
 * @skb: the packet
 * @state: the hook
 *
 * Return: the verdict.
 */
unsigned int srtp_receive(struct sk_buff *skb, const struct nf_hook_state *state)
{
	return receive(skb, state, false);
}

/**
 * srtp_ingress - a packet that a device has just handed over
 * @skb: one packet, headers validated as ip_rcv() or ipv6_rcv() does, data and
 *	network header at the IP header
 * @state: as of a PREROUTING hook of the device's namespace
 *
 * Takes what an open session relays, and sends it by srtp_ingress_out().  All
 * else is left alone and not counted: it will come by the ordinary way.
 *
 * Return: XT_CONTINUE for what is left alone, else the verdict.
 */
unsigned int srtp_ingress(struct sk_buff *skb, const struct nf_hook_state *state)
{
	return receive(skb, state, true);
}
