// SPDX-License-Identifier: GPL-2.0-only
/* The way in: from the PREROUTING hook to a plain packet that is known to be good. */
#include <linux/netfilter.h>

#include "datapath.h"
#include "net.h"
#include "rekey.h"
#include "stream.h"
#include "table.h"

static struct srtp_session *relay_target(const struct srtp_conf *conf, enum srtp_kind kind)
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

/* Step 4: may this address send here; shall it become the remote one. */
static int check_source(const struct srtp_conf *conf, const struct srtp_addr *from,
			const struct net_device *in, bool *latch)
{
	bool known = conf->has_remote && srtp_addr_equal(&conf->remote, from);

	*latch = false;
	switch (srtp_conf_latch(conf)) {
	case SRTP_LATCH_AUTHENTICATED:
		*latch = !known;
		break;
	case SRTP_LATCH_FIRST:
		*latch = !conf->latched &&
			 time_before(jiffies, conf->opened + SRTP_LATCH_FIRST_TIME);
		break;
	}
	*latch = *latch && (known || may_latch(conf, from, in));
	return known || *latch ? 0 : SRTP_DROP_SOURCE;
}

/* Step 6: index and replay; of SRTCP, the E bit as well. */
static int check_index(const struct sk_buff *skb, const struct srtp_packet *p,
		       struct srtp_ctx *ctx, enum srtp_kind kind, const struct srtp_rtp *rtp,
		       u64 *index)
{
	u32 number = rtp->seq;

	if (kind == SRTP_RTCP) {
		u8 copy[SRTP_RTCP_WORD];
		const u8 *word = skb_header_pointer(skb, p->payload +
						    srtp_ctx_word_offset(ctx, p->len),
						    sizeof(copy), copy);

		if (!word)
			return SRTP_DROP_MALFORMED;
		number = srtp_get32(word);
		if ((number & SRTP_RTCP_E) != ctx->suite->ebit)
			return SRTP_DROP_EBIT;
		number &= ~SRTP_RTCP_E;
	}
	return srtp_stream_rx_check(ctx, kind, rtp->ssrc, number, index);
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

/* Steps 4 to 8, for RTP and RTCP of a live session. */
static unsigned int receive_media(struct sk_buff *skb, const struct nf_hook_state *state,
				  const struct srtp_packet *p, struct srtp_session *s,
				  enum srtp_kind kind)
{
	struct srtp_conf *conf = srtp_conf_get(s);
	struct srtp_session *to;
	struct srtp_work *work;
	unsigned int overhead;
	struct srtp_ctx *ctx;
	struct srtp_rtp rtp;
	struct srtp_ctx *second = NULL;
	bool latch, secure;
	u64 index = 0;
	int drop;

	if (!conf)
		return XT_CONTINUE;
	/* 4. State and source. Open implies that both contexts are there. */
	drop = SRTP_DROP_HELD;
	if (conf->state != SRTP_STATE_OPEN)
		goto drop;
	drop = check_source(conf, &p->source, state->in, &latch);
	if (drop)
		goto drop;

	/* 5. Header. The checksum matters only where no tag says more. */
	ctx = conf->rx;
	if (unlikely(conf->choose)) {
		drop = srtp_rekey_choose(skb, p, kind, conf, &ctx, &second);
		if (drop)
			goto drop;
	}
	secure = srtp_ctx_secure(ctx);
	overhead = srtp_ctx_overhead(ctx, kind);
	drop = SRTP_DROP_MALFORMED;
	if (!secure && !srtp_packet_checksum_ok(skb, state->hook, p))
		goto drop;
	drop = srtp_packet_header(skb, p, kind, overhead, &rtp);
	if (drop)
		goto drop;

	/* 6. Index estimate and replay check; nothing is changed by them. */
	if (secure) {
		drop = check_index(skb, p, ctx, kind, &rtp, &index);
		if (drop)
			goto drop;
	}

	/* 7. From here on the packet is changed in place, so it has to be ours alone. */
	to = relay_target(conf, kind);
	drop = SRTP_DROP_NO_MEMORY;
	if (srtp_packet_make_private(skb, tailroom(to, ctx, kind)))
		goto drop;
	if (secure || to)
		skb_trim(skb, p->payload + p->len);
	work = srtp_work_get(skb, state, to);
	if (!work)
		goto drop;
	if (to)
		srtp_take_over(skb);

	/* 8. Authenticate and decrypt; step 9 is srtp_receive_done(). */
	work->rx = conf;
	work->from = p->source;
	work->latch = latch;
	work->offset = p->payload;
	work->wire_len = p->len;
	work->op.ctx = ctx;
	work->op.buf = skb->data + p->payload;
	work->op.len = p->len;
	work->op.hdr_len = rtp.hdr_len;
	work->op.index = index;
	work->op.ssrc = rtp.ssrc;
	work->op.kind = kind;
	work->op.protect = false;
	if (unlikely(conf->choose) && srtp_rekey_prepare(work, second))
		return srtp_work_drop(work, s, SRTP_DROP_NO_MEMORY);
	return srtp_work_run(work);
drop:
	srtp_count_drop(s, drop);
	srtp_conf_put(conf);
	return NF_DROP;
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
	struct srtp_local local;
	struct srtp_session *s;
	enum srtp_class class;
	struct srtp_packet p;

	/* 1. Is it UDP? */
	if (!srtp_packet_parse(skb, state->pf, &p))
		return XT_CONTINUE;

	/* 2. Is it for a session? */
	srtp_local_of(&local, p.family, &p.dest);
	s = srtp_table_find(srtp_net(state->net), &local);
	if (!s || !rcu_access_pointer(s->conf))
		return XT_CONTINUE;

	/* 3. Is it media? DTLS, STUN and the rest belong to the socket. */
	class = srtp_packet_classify(skb, &p);
	if (class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP) {
		srtp_count(s, SRTP_C_PASSED);
		return XT_CONTINUE;
	}
	if (p.bad) {
		srtp_count_drop(s, SRTP_DROP_MALFORMED);
		return NF_DROP;
	}
	if (skb_is_gso(skb))
		return srtp_segment(skb, state, s, srtp_receive);
	return receive_media(skb, state, &p, s, class == SRTP_CLASS_RTP ? SRTP_RTP : SRTP_RTCP);
}

/* Step 10: hand a good packet to the session it is relayed to. */
static unsigned int relay(struct srtp_work *work)
{
	struct srtp_session *to = relay_target(work->rx, work->op.kind);
	struct srtp_conf *conf = srtp_conf_get(to);

	if (!conf)
		return srtp_work_drop(work, work->rx->session, SRTP_DROP_NO_PEER);
	work->tx = conf;
	if (conf->state != SRTP_STATE_OPEN)
		return srtp_work_drop(work, work->rx->session, SRTP_DROP_HELD);
	return srtp_protect(work);
}

/**
 * srtp_receive_done - a received packet has been through its cipher
 * @work: the packet
 * @err: result of the op
 *
 * The only place where receiving a packet changes anything but a counter.
 *
 * Return: the verdict.
 */
unsigned int srtp_receive_done(struct srtp_work *work, int err)
{
	struct srtp_session *s = work->rx->session;
	struct srtp_op *op = &work->op;
	struct sk_buff *skb = work->skb;
	bool secure = srtp_ctx_secure(op->ctx);
	u8 family = work->hook.pf;
	unsigned int udp = work->offset - sizeof(struct udphdr);
	bool newest = true;
	int drop;

	if (unlikely(work->spare) && srtp_rekey_again(work, err))
		return srtp_work_run(work);

	/* 9. Authentic: commit. Another copy may have been faster. */
	if (err)
		return srtp_work_drop(work, s, srtp_op_drop_reason(err));
	if (secure) {
		drop = srtp_stream_rx_commit(op->ctx, op->kind, op->ssrc, op->index, &newest);
		if (drop)
			return srtp_work_drop(work, s, drop);
		if (unlikely(op->ctx != work->rx->rx))
			srtp_rekey_came(s, op->ctx);
	}
	if (op->kind == SRTP_RTP && !srtp_rtp_padding_ok(op->buf, op->len, op->hdr_len))
		return srtp_work_drop(work, s, SRTP_DROP_MALFORMED);
	/* A packet held back on its way must not move the address back. */
	if (work->latch && newest)
		srtp_latch(s, &work->from);
	srtp_session_touch(s);
	srtp_count_packet(s, SRTP_C_RX_PACKETS, work->wire_len);
	if (secure || work->relay)	/* a plain one for the stack stays as it came */
		skb_trim(skb, work->offset + op->len);

	/* 10. To the peer, or up the stack. */
	if (work->relay)
		return relay(work);
	if (unlikely(work->rx->verified) && secure)
		srtp_attach_mark(s->sn, skb, s->local.port);
	srtp_work_end(work);
	if (secure)
		srtp_packet_fix(skb, family, udp);
	return XT_CONTINUE;
}
