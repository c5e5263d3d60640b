// SPDX-License-Identifier: GPL-2.0-only
/* The way out: from a relayed packet, or a local program's, to a protected one. */
#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/ip.h>

#include "datapath.h"
#include "event.h"
#include "mtu.h"
#include "net.h"
#include "protect.h"
#include "stream.h"
#include "table.h"

/* Where octets are that nobody can make up: the end, but for an MKI behind the tag. */
static u32 tail_offset(const struct srtp_ctx *ctx, u32 len)
{
	return len - SRTP_TAIL_LEN - (ctx->suite->auth_key_len ? 0 : ctx->mki_len);
}

/**
 * srtp_protect_local - step 14 for a local program's packet: it goes on where it was
 * @work: the packet, protected
 *
 * Return: the verdict.
 */
unsigned int srtp_protect_local(struct srtp_work *work)
{
	struct srtp_conf *conf = work->tx;
	struct srtp_op *op = &work->op;
	struct sk_buff *skb = work->skb;
	u8 family = work->state->pf;
	unsigned int udp = work->offset - sizeof(struct udphdr);

	if (work->state->hook == NF_INET_LOCAL_OUT)
		srtp_stream_remember(op->ctx, op->ssrc, op->buf + tail_offset(op->ctx, op->len));
	srtp_session_touch(conf->session);
	srtp_count_packet(conf->session, SRTP_C_TX_PACKETS, op->len);
	srtp_packet_fix(skb, family, udp);
	srtp_work_end(work);
	return XT_CONTINUE;
}

/**
 * srtp_protect_done - a packet to be sent has been through its cipher
 * @work: the packet
 * @err: result of the op
 *
 * Return: the verdict.
 */
unsigned int srtp_protect_done(struct srtp_work *work, int err)
{
	return srtp_protected(work, work->tx, work->op.kind, work->relay, err);
}

/* Has this packet been protected a moment ago, in LOCAL_OUT? */
static bool was_protected(const struct sk_buff *skb, const struct srtp_packet *p,
			  struct srtp_ctx *ctx, u32 ssrc)
{
	const u8 *tail;
	u8 copy[SRTP_TAIL_LEN];

	if (p->len < SRTP_TAIL_LEN + ctx->mki_len)
		return false;
	tail = skb_header_pointer(skb, p->payload + tail_offset(ctx, p->len), SRTP_TAIL_LEN, copy);
	return tail && srtp_stream_is_ours(ctx, ssrc, tail);
}

/*
 * A local program sends media from a session's address.  Whatever cannot be
 * protected is dropped: nothing may leave in the clear because a session was
 * held or a packet odd.
 */
static unsigned int send_media(struct sk_buff *skb, const struct nf_hook_state *state,
			       const struct srtp_packet *p, struct srtp_session *s,
			       struct srtp_conf *conf, enum srtp_kind kind)
{
	const struct dst_entry *dst = skb_dst(skb);
	struct srtp_work *work;
	unsigned int overhead;
	unsigned int verdict = NF_DROP;
	struct srtp_parsed rtp;
	struct srtp_addr dest;
	int drop;

	drop = SRTP_DROP_LOCAL;
	if (conf->peer || (kind == SRTP_RTCP && conf->rtcp_peer))
		goto drop;
	drop = SRTP_DROP_HELD;
	if (conf->state != SRTP_STATE_OPEN)
		goto drop;
	drop = SRTP_DROP_NO_ROUTE;
	if (!conf->has_remote)
		goto drop;
	drop = SRTP_DROP_SOURCE;
	dest = srtp_packet_dest(skb, p);
	if (!srtp_addr_equal(&conf->remote, &dest))
		goto drop;
	rtp = srtp_packet_header(skb, p, kind, 0);
	drop = rtp.drop;
	if (drop)
		goto drop;
	if (!srtp_ctx_secure(conf->tx)) {
		srtp_event_plain(s, true, kind, rtp.rtp.ssrc);
		srtp_session_touch(s);
		srtp_count_packet(s, SRTP_C_TX_PACKETS, p->len);
		return XT_CONTINUE;
	}
	if (state->hook == NF_INET_POST_ROUTING && was_protected(skb, p, conf->tx, rtp.rtp.ssrc))
		return XT_CONTINUE;

	/* Told now, while the program can still be: see sendmsg(2), EMSGSIZE (nf_tables: EPERM). */
	overhead = srtp_ctx_overhead(conf->tx, kind);
	drop = SRTP_DROP_TOO_LONG;
	if (dst && unlikely(p->payload + p->len + overhead > dst_mtu(dst))) {
		if (!srtp_mtu_local(skb)) {
			verdict = srtp_mtu_tell_local(skb, dst_mtu(dst) - overhead);
			goto drop;
		}
		skb->ignore_df = 1;
	}
	drop = SRTP_DROP_NO_MEMORY;
	if (srtp_packet_make_private(skb, overhead))
		goto drop;
	skb_trim(skb, p->payload + p->len);
	drop = SRTP_DROP_MALFORMED;
	if (kind == SRTP_RTP && !srtp_rtp_padding_ok(skb->data + p->payload, p->len, rtp.rtp.hdr_len))
		goto drop;
	drop = SRTP_DROP_NO_MEMORY;
	work = srtp_work_get(skb, state, false);
	if (!work)
		goto drop;
	work->tx = conf;
	work->offset = p->payload;
	work->op.len = p->len;
	work->op.hdr_len = rtp.rtp.hdr_len;
	work->op.ssrc = rtp.rtp.ssrc;
	work->op.kind = kind;
	return srtp_protect(work, conf, kind, false);
drop:
	srtp_count_drop(s, drop);
	return verdict;
}

/**
 * srtp_send - a packet at the LOCAL_OUT or POST_ROUTING hook
 * @skb: the packet; not one that the module sends itself, see srtp_hook()
 * @state: the hook
 *
 * Return: the verdict.
 */
unsigned int srtp_send(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct srtp_session *s;
	struct srtp_conf *conf;
	enum srtp_class class;
	struct srtp_packet p;

	if (!srtp_packet_parse(skb, state->pf, &p))
		return XT_CONTINUE;
	s = srtp_table_find_packet(state->net, skb, &p, true);
	conf = s ? rcu_dereference(s->conf) : NULL;
	if (!conf)
		return XT_CONTINUE;
	/* Of a super-packet each one is asked what it is, not the first for all. */
	if (skb_is_gso(skb))
		return srtp_segment(skb, state, s, srtp_send);
	class = srtp_packet_classify(skb, &p);
	if (class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP) {
		srtp_count(s, SRTP_C_PASSED);
		return XT_CONTINUE;
	}
	if (p.bad) {
		srtp_count_drop(s, SRTP_DROP_MALFORMED);
		return NF_DROP;
	}
	return send_media(skb, state, &p, s, conf,
			  class == SRTP_CLASS_RTP ? SRTP_RTP : SRTP_RTCP);
}
