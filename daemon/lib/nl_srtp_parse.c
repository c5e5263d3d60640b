// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel tells, as structures of ours.  Bytes in, no socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "nl_srtp_impl.h"

#define EXACT(kind)	{ .type = kind }

static struct nla_policy attr_policy[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = EXACT(NLA_NESTED),
	[SRTP_A_OWNER] = EXACT(NLA_U64),
	[SRTP_A_COUNT] = EXACT(NLA_U32),
	[SRTP_A_VERSION] = EXACT(NLA_NESTED),
	[SRTP_A_STATS] = EXACT(NLA_NESTED),
	[SRTP_A_EVENT] = EXACT(NLA_U8),
	[SRTP_A_STREAM] = EXACT(NLA_NESTED),
	[SRTP_A_ATTACH] = EXACT(NLA_NESTED),
	[SRTP_A_OLD_ADDR] = { .minlen = 4, .maxlen = 16 },
	[SRTP_A_OLD_PORT] = EXACT(NLA_U16),
	[SRTP_A_DIRECTION] = EXACT(NLA_U8),
	[SRTP_A_SSRC] = EXACT(NLA_U32),
	[SRTP_A_DROP] = EXACT(NLA_U16),
	[SRTP_A_PACKETS] = EXACT(NLA_U64),
};

static struct nla_policy session_policy[SRTP_SA_MAX + 1] = {
	[SRTP_SA_ID] = EXACT(NLA_U32),
	[SRTP_SA_LOCAL_ADDR] = { .minlen = 4, .maxlen = 16 },
	[SRTP_SA_LOCAL_PORT] = EXACT(NLA_U16),
	[SRTP_SA_REMOTE_ADDR] = { .minlen = 4, .maxlen = 16 },
	[SRTP_SA_REMOTE_PORT] = EXACT(NLA_U16),
	[SRTP_SA_RX] = EXACT(NLA_NESTED),
	[SRTP_SA_TX] = EXACT(NLA_NESTED),
	[SRTP_SA_STATE] = EXACT(NLA_U8),
	[SRTP_SA_VERIFIED] = EXACT(NLA_U8),
	[SRTP_SA_OWNER] = EXACT(NLA_U64),
	[SRTP_SA_PEER] = EXACT(NLA_U32),
	[SRTP_SA_RTCP_PEER] = EXACT(NLA_U32),
	[SRTP_SA_LATCH] = EXACT(NLA_U8),
	[SRTP_SA_IDLE_TIMEOUT] = EXACT(NLA_U32),
	[SRTP_SA_MAX_STREAMS] = EXACT(NLA_U16),
	[SRTP_SA_STATS] = EXACT(NLA_NESTED),
	[SRTP_SA_RX_STREAMS] = EXACT(NLA_U32),
	[SRTP_SA_TX_STREAMS] = EXACT(NLA_U32),
	[SRTP_SA_IDLE] = EXACT(NLA_U32),
	[SRTP_SA_RX_NEXT] = EXACT(NLA_NESTED),
	[SRTP_SA_TX_NEXT] = EXACT(NLA_NESTED),
	[SRTP_SA_RX_OLD] = EXACT(NLA_NESTED),
	[SRTP_SA_OVERLAP] = EXACT(NLA_U32),
};

static struct nla_policy crypto_policy[SRTP_CA_MAX + 1] = {
	[SRTP_CA_PROFILE] = EXACT(NLA_U16),
	[SRTP_CA_WINDOW] = EXACT(NLA_U32),
	[SRTP_CA_MKI] = { .minlen = 1, .maxlen = NL_SRTP_MKI_MAX },
	[SRTP_CA_LIMIT_RTP] = EXACT(NLA_U64),
	[SRTP_CA_LIMIT_RTCP] = EXACT(NLA_U64),
	[SRTP_CA_PACKETS_RTP] = EXACT(NLA_U64),
	[SRTP_CA_PACKETS_RTCP] = EXACT(NLA_U64),
	[SRTP_CA_EXT_IDS] = { .minlen = 1, .maxlen = NL_SRTP_EXT_IDS_MAX },
	[SRTP_CA_CRYPTEX] = EXACT(NLA_U8),
};

static struct nla_policy stream_policy[SRTP_RA_MAX + 1] = {
	[SRTP_RA_SSRC] = EXACT(NLA_U32),
	[SRTP_RA_DIRECTION] = EXACT(NLA_U8),
	[SRTP_RA_ROC] = EXACT(NLA_U32),
	[SRTP_RA_SEQ] = EXACT(NLA_U16),
	[SRTP_RA_RTCP_INDEX] = EXACT(NLA_U32),
};

static struct nla_policy stats_policy[SRTP_ST_MAX + 1] = {
	[SRTP_ST_RX_PACKETS] = EXACT(NLA_U64),
	[SRTP_ST_RX_BYTES] = EXACT(NLA_U64),
	[SRTP_ST_TX_PACKETS] = EXACT(NLA_U64),
	[SRTP_ST_TX_BYTES] = EXACT(NLA_U64),
	[SRTP_ST_ASYNC] = EXACT(NLA_U64),
	[SRTP_ST_SESSIONS] = EXACT(NLA_U64),
	[SRTP_ST_PASSED] = EXACT(NLA_U64),
	[SRTP_ST_EVENTS_LOST] = EXACT(NLA_U64),
	[SRTP_ST_DROPS] = EXACT(NLA_NESTED),
};

static struct nla_policy version_policy[SRTP_VA_MAX + 1] = {
	[SRTP_VA_ABI] = EXACT(NLA_U32),
	[SRTP_VA_MODULE] = EXACT(NLA_STRING),
	[SRTP_VA_DRIVER_CM] = EXACT(NLA_STRING),
	[SRTP_VA_DRIVER_HMAC] = EXACT(NLA_STRING),
	[SRTP_VA_DRIVER_GCM] = EXACT(NLA_STRING),
};

int nl_srtp_parse_attrs(const struct nlmsghdr *nlh, struct nlattr **tb)
{
	/* libnl's readers take pointers to what they only read. */
	struct nlmsghdr *h = (struct nlmsghdr *)nlh;

	if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return -EBADMSG;
	return nla_parse(tb, SRTP_A_MAX, genlmsg_attrdata(nlmsg_data(h), 0),
			 genlmsg_attrlen(nlmsg_data(h), 0), attr_policy) ? -EBADMSG : 0;
}

static int parse_address(struct nlattr *ip, struct nlattr *port, struct addr *a)
{
	size_t len = (size_t)nla_len(ip);

	if (len != 4 && len != 16)
		return -EBADMSG;
	a->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(a->ip, nla_data(ip), len);
	a->port = ntohs(nla_get_u16(port));
	return 0;
}

static int parse_crypto(struct nlattr *nest, struct nl_srtp_crypto *c)
{
	struct nlattr *tb[SRTP_CA_MAX + 1];

	if (nla_parse_nested(tb, SRTP_CA_MAX, nest, crypto_policy) || !tb[SRTP_CA_PROFILE])
		return -EBADMSG;
	c->profile = nla_get_u16(tb[SRTP_CA_PROFILE]);
	if (tb[SRTP_CA_WINDOW])
		c->window = nla_get_u32(tb[SRTP_CA_WINDOW]);
	if (tb[SRTP_CA_MKI]) {
		c->mki_len = (uint8_t)nla_len(tb[SRTP_CA_MKI]);
		memcpy(c->mki, nla_data(tb[SRTP_CA_MKI]), c->mki_len);
	}
	if (tb[SRTP_CA_LIMIT_RTP])
		c->limit_rtp = nla_get_u64(tb[SRTP_CA_LIMIT_RTP]);
	if (tb[SRTP_CA_LIMIT_RTCP])
		c->limit_rtcp = nla_get_u64(tb[SRTP_CA_LIMIT_RTCP]);
	if (tb[SRTP_CA_PACKETS_RTP])
		c->packets_rtp = nla_get_u64(tb[SRTP_CA_PACKETS_RTP]);
	if (tb[SRTP_CA_PACKETS_RTCP])
		c->packets_rtcp = nla_get_u64(tb[SRTP_CA_PACKETS_RTCP]);
	if (tb[SRTP_CA_EXT_IDS]) {
		c->n_ext_ids = (uint8_t)nla_len(tb[SRTP_CA_EXT_IDS]);
		memcpy(c->ext_ids, nla_data(tb[SRTP_CA_EXT_IDS]), c->n_ext_ids);
	}
	if (tb[SRTP_CA_CRYPTEX])
		c->cryptex = nla_get_u8(tb[SRTP_CA_CRYPTEX]);
	return 0;
}

int nl_srtp_parse_stream(struct nlattr *nest, struct nl_srtp_stream *s)
{
	struct nlattr *tb[SRTP_RA_MAX + 1];

	if (nla_parse_nested(tb, SRTP_RA_MAX, nest, stream_policy) || !tb[SRTP_RA_SSRC])
		return -EBADMSG;
	*s = (struct nl_srtp_stream){
		.ssrc = nla_get_u32(tb[SRTP_RA_SSRC]),
		.tx = tb[SRTP_RA_DIRECTION] && nla_get_u8(tb[SRTP_RA_DIRECTION]),
		.roc = tb[SRTP_RA_ROC] ? nla_get_u32(tb[SRTP_RA_ROC]) : 0,
		.seq = tb[SRTP_RA_SEQ] ? (int32_t)nla_get_u16(tb[SRTP_RA_SEQ]) : -1,
		.rtcp_index = tb[SRTP_RA_RTCP_INDEX] ? (int64_t)nla_get_u32(tb[SRTP_RA_RTCP_INDEX]) : -1,
	};
	return 0;
}

int nl_srtp_parse_stats(struct nlattr *nest, struct nl_srtp_stats *st)
{
	struct nlattr *tb[SRTP_ST_MAX + 1];
	struct nlattr *drop;
	int left;

	if (nla_parse_nested(tb, SRTP_ST_MAX, nest, stats_policy))
		return -EBADMSG;
#define COUNTER(member, type)							\
	if (tb[type])								\
		st->member = nla_get_u64(tb[type])
	COUNTER(rx_packets, SRTP_ST_RX_PACKETS);
	COUNTER(rx_bytes, SRTP_ST_RX_BYTES);
	COUNTER(tx_packets, SRTP_ST_TX_PACKETS);
	COUNTER(tx_bytes, SRTP_ST_TX_BYTES);
	COUNTER(async, SRTP_ST_ASYNC);
	COUNTER(sessions, SRTP_ST_SESSIONS);
	COUNTER(passed, SRTP_ST_PASSED);
	COUNTER(events_lost, SRTP_ST_EVENTS_LOST);
#undef COUNTER
	if (!tb[SRTP_ST_DROPS])
		return 0;
	nla_for_each_nested(drop, tb[SRTP_ST_DROPS], left) {
		/* A newer module's reasons, and attributes that only pad. */
		if (nla_type(drop) >= __SRTP_DROP_MAX || nla_type(drop) == SRTP_DROP_UNSPEC)
			continue;
		if (nla_len(drop) != sizeof(uint64_t))
			return -EBADMSG;
		st->drops[nla_type(drop)] = nla_get_u64(drop);
	}
	return 0;
}

static int parse_keys(struct nlattr **tb, struct nl_srtp_session *s)
{
	const struct {
		int type;
		uint32_t bit;
		struct nl_srtp_crypto *c;
	} all[] = {
		{ SRTP_SA_RX, NL_SRTP_RX, &s->rx }, { SRTP_SA_TX, NL_SRTP_TX, &s->tx },
		{ SRTP_SA_RX_NEXT, NL_SRTP_RX_NEXT, &s->rx_next },
		{ SRTP_SA_TX_NEXT, NL_SRTP_TX_NEXT, &s->tx_next },
		{ SRTP_SA_RX_OLD, NL_SRTP_RX_OLD, &s->rx_old },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!tb[all[i].type])
			continue;
		if (parse_crypto(tb[all[i].type], all[i].c))
			return -EBADMSG;
		s->given |= all[i].bit;
	}
	return 0;
}

int nl_srtp_parse_session(struct nlattr *nest, struct nl_srtp_report *r)
{
	struct nlattr *tb[SRTP_SA_MAX + 1];
	struct nl_srtp_session *s = &r->session;

	memset(r, 0, sizeof(*r));
	if (nla_parse_nested(tb, SRTP_SA_MAX, nest, session_policy))
		return -EBADMSG;
	if (tb[SRTP_SA_LOCAL_ADDR] && tb[SRTP_SA_LOCAL_PORT]) {
		if (parse_address(tb[SRTP_SA_LOCAL_ADDR], tb[SRTP_SA_LOCAL_PORT], &s->local))
			return -EBADMSG;
		s->given |= NL_SRTP_LOCAL;
	}
	if (tb[SRTP_SA_REMOTE_ADDR] && tb[SRTP_SA_REMOTE_PORT]) {
		if (parse_address(tb[SRTP_SA_REMOTE_ADDR], tb[SRTP_SA_REMOTE_PORT], &s->remote))
			return -EBADMSG;
		s->given |= NL_SRTP_REMOTE;
	}
	if (parse_keys(tb, s))
		return -EBADMSG;
	if (tb[SRTP_SA_STATS] && nl_srtp_parse_stats(tb[SRTP_SA_STATS], &r->stats))
		return -EBADMSG;
#define FIELD(member, bit, type, get)						\
	if (tb[type]) {								\
		s->member = get(tb[type]);					\
		s->given |= bit;						\
	}
	FIELD(id, NL_SRTP_ID, SRTP_SA_ID, nla_get_u32)
	FIELD(state, NL_SRTP_STATE, SRTP_SA_STATE, nla_get_u8)
	FIELD(verified, NL_SRTP_VERIFIED, SRTP_SA_VERIFIED, nla_get_u8)
	FIELD(owner, NL_SRTP_OWNER, SRTP_SA_OWNER, nla_get_u64)
	FIELD(peer, NL_SRTP_PEER, SRTP_SA_PEER, nla_get_u32)
	FIELD(rtcp_peer, NL_SRTP_RTCP_PEER, SRTP_SA_RTCP_PEER, nla_get_u32)
	FIELD(latch, NL_SRTP_LATCH, SRTP_SA_LATCH, nla_get_u8)
	FIELD(idle_timeout, NL_SRTP_IDLE_TIMEOUT, SRTP_SA_IDLE_TIMEOUT, nla_get_u32)
	FIELD(overlap, NL_SRTP_OVERLAP, SRTP_SA_OVERLAP, nla_get_u32)
	FIELD(max_streams, NL_SRTP_MAX_STREAMS, SRTP_SA_MAX_STREAMS, nla_get_u16)
#undef FIELD
	if (tb[SRTP_SA_RX_STREAMS])
		r->rx_streams = nla_get_u32(tb[SRTP_SA_RX_STREAMS]);
	if (tb[SRTP_SA_TX_STREAMS])
		r->tx_streams = nla_get_u32(tb[SRTP_SA_TX_STREAMS]);
	if (tb[SRTP_SA_IDLE])
		r->idle = nla_get_u32(tb[SRTP_SA_IDLE]);
	return s->given & NL_SRTP_ID && s->id ? 0 : -EBADMSG;
}

static void copy_word(char *out, size_t cap, struct nlattr *a)
{
	size_t n = 0;

	if (a) {
		const char *from = nla_data(a);

		for (; n + 1 < cap && n < (size_t)nla_len(a) && from[n]; n++)
			out[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	}
	out[n] = '\0';
}

int nl_srtp_parse_version(struct nlattr *nest, struct nl_srtp_version *v)
{
	struct nlattr *tb[SRTP_VA_MAX + 1];

	memset(v, 0, sizeof(*v));
	if (nla_parse_nested(tb, SRTP_VA_MAX, nest, version_policy) || !tb[SRTP_VA_ABI])
		return -EBADMSG;
	v->abi = nla_get_u32(tb[SRTP_VA_ABI]);
	copy_word(v->module, sizeof(v->module), tb[SRTP_VA_MODULE]);
	copy_word(v->driver_cm, sizeof(v->driver_cm), tb[SRTP_VA_DRIVER_CM]);
	copy_word(v->driver_hmac, sizeof(v->driver_hmac), tb[SRTP_VA_DRIVER_HMAC]);
	copy_word(v->driver_gcm, sizeof(v->driver_gcm), tb[SRTP_VA_DRIVER_GCM]);
	return 0;
}

int nl_srtp_report_parse(const struct nlmsghdr *nlh, struct nl_srtp_report *r)
{
	struct nlattr *tb[SRTP_A_MAX + 1];

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_SESSION])
		return -EBADMSG;
	return nl_srtp_parse_session(tb[SRTP_A_SESSION], r);
}

static int parse_note(struct nlattr **tb, struct nl_srtp_note *n)
{
	if (tb[SRTP_A_OLD_ADDR] && tb[SRTP_A_OLD_PORT]) {
		if (parse_address(tb[SRTP_A_OLD_ADDR], tb[SRTP_A_OLD_PORT], &n->old))
			return -EBADMSG;
		n->has_old = true;
	}
	if (tb[SRTP_A_DIRECTION])
		n->tx = nla_get_u8(tb[SRTP_A_DIRECTION]);
	if (tb[SRTP_A_SSRC])
		n->ssrc = nla_get_u32(tb[SRTP_A_SSRC]);
	if (tb[SRTP_A_DROP])
		n->drop = nla_get_u16(tb[SRTP_A_DROP]);
	if (tb[SRTP_A_PACKETS])
		n->packets = nla_get_u64(tb[SRTP_A_PACKETS]);
	return 0;
}

int nl_srtp_event_parse(const struct nlmsghdr *nlh, enum srtp_event *what,
			struct nl_srtp_report *r)
{
	struct nlattr *tb[SRTP_A_MAX + 1];
	const struct genlmsghdr *genl;

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_EVENT] || !tb[SRTP_A_SESSION])
		return -EBADMSG;
	genl = nlmsg_data((struct nlmsghdr *)nlh);
	if (genl->cmd != SRTP_CMD_EVENT)
		return -EBADMSG;
	*what = nla_get_u8(tb[SRTP_A_EVENT]);
	return nl_srtp_parse_session(tb[SRTP_A_SESSION], r) ?: parse_note(tb, &r->note);
}
