// SPDX-License-Identifier: GPL-2.0-or-later
/* A session of ours as attributes. */
#include <arpa/inet.h>
#include <errno.h>

#include "nl_srtp_impl.h"

/* libnl's put functions fail for one reason only, so one sum of failures will do. */

static int put_crypto(struct nl_msg *msg, int type, const struct nl_srtp_crypto *c)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	int bad;

	if (!nest)
		return -EMSGSIZE;
	bad = nla_put_u16(msg, SRTP_CA_PROFILE, c->profile);
	if (c->key)
		bad |= nla_put(msg, SRTP_CA_MASTER_KEY, (int)c->key_len, c->key);
	if (c->salt)
		bad |= nla_put(msg, SRTP_CA_MASTER_SALT, (int)c->salt_len, c->salt);
	if (c->window)
		bad |= nla_put_u32(msg, SRTP_CA_WINDOW, c->window);
	if (c->mki_len)
		bad |= nla_put(msg, SRTP_CA_MKI, c->mki_len, c->mki);
	if (c->limit_rtp)
		bad |= nla_put_u64(msg, SRTP_CA_LIMIT_RTP, c->limit_rtp);
	if (c->limit_rtcp)
		bad |= nla_put_u64(msg, SRTP_CA_LIMIT_RTCP, c->limit_rtcp);
	if (c->n_ext_ids)
		bad |= nla_put(msg, SRTP_CA_EXT_IDS, c->n_ext_ids, c->ext_ids);
	if (c->cryptex)
		bad |= nla_put_u8(msg, SRTP_CA_CRYPTEX, (uint8_t)c->cryptex);
	nla_nest_end(msg, nest);
	return bad ? -EMSGSIZE : 0;
}

static int put_stream(struct nl_msg *msg, const struct nl_srtp_stream *s)
{
	struct nlattr *nest = nla_nest_start(msg, s->tx ? SRTP_SA_TX_STREAM : SRTP_SA_RX_STREAM);
	int bad;

	if (!nest)
		return -EMSGSIZE;
	bad = nla_put_u32(msg, SRTP_RA_SSRC, s->ssrc) | nla_put_u32(msg, SRTP_RA_ROC, s->roc);
	if (s->seq >= 0)
		bad |= nla_put_u16(msg, SRTP_RA_SEQ, (uint16_t)s->seq);
	if (s->rtcp_index >= 0)
		bad |= nla_put_u32(msg, SRTP_RA_RTCP_INDEX, (uint32_t)s->rtcp_index);
	nla_nest_end(msg, nest);
	return bad ? -EMSGSIZE : 0;
}

static int put_address(struct nl_msg *msg, int type_ip, int type_port, const struct addr *a)
{
	return nla_put(msg, type_ip, (int)addr_ip_len(a), a->ip) |
	       nla_put_u16(msg, type_port, htons(a->port));
}

int nl_srtp_put_session(struct nl_msg *msg, const struct nl_srtp_session *s)
{
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION);
	int bad = 0;

	if (!nest)
		return -EMSGSIZE;
	if (s->given & NL_SRTP_ID)
		bad |= nla_put_u32(msg, SRTP_SA_ID, s->id);
	if (s->given & NL_SRTP_LOCAL)
		bad |= put_address(msg, SRTP_SA_LOCAL_ADDR, SRTP_SA_LOCAL_PORT, &s->local);
	if (s->given & NL_SRTP_REMOTE)
		bad |= put_address(msg, SRTP_SA_REMOTE_ADDR, SRTP_SA_REMOTE_PORT, &s->remote);
	if (s->given & NL_SRTP_RX)
		bad |= put_crypto(msg, SRTP_SA_RX, &s->rx);
	if (s->given & NL_SRTP_TX)
		bad |= put_crypto(msg, SRTP_SA_TX, &s->tx);
	if (s->given & NL_SRTP_STATE)
		bad |= nla_put_u8(msg, SRTP_SA_STATE, (uint8_t)s->state);
	if (s->given & NL_SRTP_VERIFIED)
		bad |= nla_put_u8(msg, SRTP_SA_VERIFIED, s->verified);
	if (s->given & NL_SRTP_OWNER)
		bad |= nla_put_u64(msg, SRTP_SA_OWNER, s->owner);
	if (s->given & NL_SRTP_PEER)
		bad |= nla_put_u32(msg, SRTP_SA_PEER, s->peer);
	if (s->given & NL_SRTP_RTCP_PEER)
		bad |= nla_put_u32(msg, SRTP_SA_RTCP_PEER, s->rtcp_peer);
	if (s->given & NL_SRTP_LATCH)
		bad |= nla_put_u8(msg, SRTP_SA_LATCH, (uint8_t)s->latch);
	if (s->given & NL_SRTP_IDLE_TIMEOUT)
		bad |= nla_put_u32(msg, SRTP_SA_IDLE_TIMEOUT, s->idle_timeout);
	if (s->given & NL_SRTP_MAX_STREAMS)
		bad |= nla_put_u16(msg, SRTP_SA_MAX_STREAMS, s->max_streams);
	if (s->given & NL_SRTP_RX_NEXT)
		bad |= put_crypto(msg, SRTP_SA_RX_NEXT, &s->rx_next);
	if (s->given & NL_SRTP_TX_NEXT)
		bad |= put_crypto(msg, SRTP_SA_TX_NEXT, &s->tx_next);
	if (s->given & NL_SRTP_SWITCH)
		bad |= nla_put_u8(msg, SRTP_SA_SWITCH, s->switch_to);
	if (s->given & NL_SRTP_OVERLAP)
		bad |= nla_put_u32(msg, SRTP_SA_OVERLAP, s->overlap);
	if (s->given & NL_SRTP_PEER_INDEX)
		bad |= nla_put_u8(msg, SRTP_SA_PEER_INDEX, s->peer_index);
	if (s->given & NL_SRTP_RTCP_PEER_INDEX)
		bad |= nla_put_u8(msg, SRTP_SA_RTCP_PEER_INDEX, s->rtcp_peer_index);
	for (size_t i = 0; i < s->nstreams; i++)
		bad |= put_stream(msg, &s->streams[i]);
	/* An empty one stays, so that the kernel can say what is missing in it. */
	nla_nest_end_keep_empty(msg, nest);
	return bad ? -EMSGSIZE : 0;
}
