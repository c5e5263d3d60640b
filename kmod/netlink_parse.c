// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request says, judged attribute by attribute.  Sizes are the policy's;
 * values are refused here, in words.
 */
#include <net/ipv6.h>

#include "compat.h"
#include "netlink.h"
#include "packet.h"
#include "replay.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "this attribute is only ever in replies" }

static const struct nla_policy session_policy[SRTP_SA_MAX + 1] = {
	[SRTP_SA_ID]		= { .type = NLA_U32 },
	[SRTP_SA_LOCAL_ADDR]	= { .type = NLA_BINARY, .len = 16 },
	[SRTP_SA_LOCAL_PORT]	= { .type = NLA_U16 },
	[SRTP_SA_REMOTE_ADDR]	= { .type = NLA_BINARY, .len = 16 },
	[SRTP_SA_REMOTE_PORT]	= { .type = NLA_U16 },
	[SRTP_SA_RX]		= { .type = NLA_NESTED },
	[SRTP_SA_TX]		= { .type = NLA_NESTED },
	[SRTP_SA_STATE]		= { .type = NLA_U8 },
	[SRTP_SA_VERIFIED]	= { .type = NLA_U8 },
	[SRTP_SA_OWNER]		= { .type = NLA_U64 },
	[SRTP_SA_PEER]		= { .type = NLA_U32 },
	[SRTP_SA_RTCP_PEER]	= { .type = NLA_U32 },
	[SRTP_SA_LATCH]		= { .type = NLA_U8 },
	[SRTP_SA_IDLE_TIMEOUT]	= { .type = NLA_U32 },
	[SRTP_SA_MAX_STREAMS]	= { .type = NLA_U16 },
	[SRTP_SA_STATS]		= READ_ONLY,
	[SRTP_SA_RX_STREAMS]	= READ_ONLY,
	[SRTP_SA_TX_STREAMS]	= READ_ONLY,
	[SRTP_SA_IDLE]		= READ_ONLY,
	[SRTP_SA_RX_NEXT]	= { .type = NLA_NESTED },
	[SRTP_SA_TX_NEXT]	= { .type = NLA_NESTED },
	[SRTP_SA_RX_OLD]	= READ_ONLY,
	[SRTP_SA_SWITCH]	= { .type = NLA_U8 },
	[SRTP_SA_OVERLAP]	= { .type = NLA_U32 },
	[SRTP_SA_RX_STREAM]	= { .type = NLA_NESTED },	/* parsed one by one */
	[SRTP_SA_TX_STREAM]	= { .type = NLA_NESTED },
};

static const struct nla_policy crypto_policy[SRTP_CA_MAX + 1] = {
	[SRTP_CA_PROFILE]	= { .type = NLA_U16 },
	[SRTP_CA_MASTER_KEY]	= { .type = NLA_BINARY },
	[SRTP_CA_MASTER_SALT]	= { .type = NLA_BINARY },
	[SRTP_CA_WINDOW]	= { .type = NLA_U32 },
	[SRTP_CA_MKI]		= { .type = NLA_BINARY },
	[SRTP_CA_LIMIT_RTP]	= { .type = NLA_U64 },
	[SRTP_CA_LIMIT_RTCP]	= { .type = NLA_U64 },
	[SRTP_CA_PACKETS_RTP]	= READ_ONLY,
	[SRTP_CA_PACKETS_RTCP]	= READ_ONLY,
	[SRTP_CA_EXT_IDS]	= { .type = NLA_BINARY, .len = 255 },
	[SRTP_CA_CRYPTEX]	= { .type = NLA_U8 },
};

/* An address and port that always come as two. */
static int parse_addr(struct nlattr **tb, int addr, int port, struct srtp_addr *out, u16 *family,
		      struct netlink_ext_ack *extack)
{
	memset(out, 0, sizeof(*out));
	if (!tb[addr] || !tb[port]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[addr] ?: tb[port],
				    "an address and its port have to be given together");
		return -EINVAL;
	}
	switch (nla_len(tb[addr])) {
	case 4:
		*family = NFPROTO_IPV4;
		out->ip4 = nla_get_in_addr(tb[addr]);
		break;
	case 16:
		*family = NFPROTO_IPV6;
		out->ip = nla_get_in6_addr(tb[addr]);
		if (ipv6_addr_type(&out->ip) & IPV6_ADDR_LINKLOCAL) {
			NL_SET_ERR_MSG_ATTR(extack, tb[addr],
					    "link-local addresses are not served: they need an interface");
			return -EINVAL;
		}
		break;
	default:
		NL_SET_ERR_MSG_ATTR(extack, tb[addr], "an address is 4 octets (IPv4) or 16 (IPv6)");
		return -EINVAL;
	}
	if (!srtp_addr_unicast(*family, out)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[addr], "not a specific unicast address");
		return -EINVAL;
	}
	out->port = nla_get_be16(tb[port]);
	if (!out->port) {
		NL_SET_ERR_MSG_ATTR(extack, tb[port], "port 0 cannot be used");
		return -EINVAL;
	}
	return 0;
}

static int parse_plain(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	static const u8 none[] = {
		SRTP_CA_MASTER_KEY, SRTP_CA_MASTER_SALT, SRTP_CA_MKI, SRTP_CA_LIMIT_RTP,
		SRTP_CA_LIMIT_RTCP, SRTP_CA_EXT_IDS, SRTP_CA_CRYPTEX,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (tb[none[i]]) {
			NL_SET_ERR_MSG_ATTR(extack, tb[none[i]],
					    "profile none is plain RTP and takes no key");
			return -EINVAL;
		}
	return 0;
}

static int parse_limits(struct srtp_req_ctx *ctx, struct nlattr **tb,
			struct netlink_ext_ack *extack)
{
	static const u8 attrs[SRTP_KINDS] = { SRTP_CA_LIMIT_RTP, SRTP_CA_LIMIT_RTCP };
	enum srtp_kind kind;

	for (kind = SRTP_RTP; kind < SRTP_KINDS; kind++) {
		struct nlattr *attr = tb[attrs[kind]];

		ctx->limit[kind] = attr ? nla_get_u64(attr) : ctx->suite->limit[kind];
		if (!ctx->limit[kind] || ctx->limit[kind] > ctx->suite->limit[kind]) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "a key's limit is 1 packet to what its profile allows");
			return -ERANGE;
		}
	}
	return 0;
}

static int parse_mki(struct srtp_req_ctx *ctx, struct nlattr *mki, struct netlink_ext_ack *extack)
{
	if (!mki)
		return 0;
	if (!nla_len(mki) || nla_len(mki) > SRTP_MKI_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, mki, "an MKI is 1 to 128 octets");
		return -ERANGE;
	}
	ctx->mki = nla_data(mki);
	ctx->mki_len = nla_len(mki);
	return 0;
}

static int parse_ids(struct srtp_req_ctx *ctx, struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const u8 *id = nla_data(attr);
	int i;

	for (i = 0; i < nla_len(attr); i++) {
		if (!id[i] || srtp_ext_has(&ctx->ids, id[i]))
			break;
		srtp_ext_add(&ctx->ids, id[i]);
	}
	if (!i || i < nla_len(attr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "header extension ids are one or more octets from 1 to 255, each once");
		return -EINVAL;
	}
	ctx->has_ids = true;
	return 0;
}

static int parse_header(struct srtp_req_ctx *ctx, struct nlattr **tb,
			struct netlink_ext_ack *extack)
{
	struct nlattr *ids = tb[SRTP_CA_EXT_IDS], *cryptex = tb[SRTP_CA_CRYPTEX];
	int err = ids ? parse_ids(ctx, ids, extack) : 0;

	if (err)
		return err;
	if (cryptex)
		ctx->cryptex = nla_get_u8(cryptex);
	if (ctx->cryptex > SRTP_CRYPTEX_REQUIRED) {
		NL_SET_ERR_MSG_ATTR(extack, cryptex, "cryptex is 0 (off), 1 (on) or 2 (required)");
		return -ERANGE;
	}
	if (!ctx->suite->ebit && (ids || ctx->cryptex)) {
		NL_SET_ERR_MSG_ATTR(extack, ids ?: cryptex,
				    "a NULL cipher encrypts nothing, headers neither");
		return -EINVAL;
	}
	/* RFC 9335 section 4: a receiver may have both, for different packets. */
	if (ids && ctx->cryptex == SRTP_CRYPTEX_REQUIRED) {
		NL_SET_ERR_MSG_ATTR(extack, ids,
				    "with cryptex required no element is ever encrypted by itself");
		return -EINVAL;
	}
	return 0;
}

static int parse_key(struct srtp_req_ctx *ctx, struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct nlattr *key = tb[SRTP_CA_MASTER_KEY], *salt = tb[SRTP_CA_MASTER_SALT];

	if (!key || !salt) {
		NL_SET_ERR_MSG_ATTR(extack, ctx->attr,
				    "this profile needs a master key and a master salt");
		return -EINVAL;
	}
	if (nla_len(key) != ctx->suite->key_len) {
		NL_SET_ERR_MSG_ATTR(extack, key,
				    "the master key has not the length that the profile demands");
		return -EINVAL;
	}
	if (nla_len(salt) != ctx->suite->salt_len) {
		NL_SET_ERR_MSG_ATTR(extack, salt,
				    "the master salt has not the length that the profile demands");
		return -EINVAL;
	}
	ctx->key = nla_data(key);
	ctx->salt = nla_data(salt);
	return parse_mki(ctx, tb[SRTP_CA_MKI], extack) ?: parse_limits(ctx, tb, extack) ?:
	       parse_header(ctx, tb, extack);
}

static int parse_ctx(struct srtp_req_ctx *ctx, struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SRTP_CA_MAX + 1];
	int err;

	err = nla_parse_nested(tb, SRTP_CA_MAX, attr, crypto_policy, extack);
	if (err)
		return err;
	ctx->attr = attr;
	if (!tb[SRTP_CA_PROFILE]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a crypto context needs a profile; plain RTP is profile none, said aloud");
		return -EINVAL;
	}
	ctx->suite = srtp_suite_find(nla_get_u16(tb[SRTP_CA_PROFILE]));
	if (!ctx->suite) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SRTP_CA_PROFILE],
				    "this module does not serve that protection profile");
		return -EOPNOTSUPP;
	}
	if (tb[SRTP_CA_WINDOW]) {
		ctx->window = nla_get_u32(tb[SRTP_CA_WINDOW]);
		if (ctx->window < SRTP_WINDOW_MIN || ctx->window > SRTP_WINDOW_MAX ||
		    ctx->window % 64) {
			NL_SET_ERR_MSG_ATTR(extack, tb[SRTP_CA_WINDOW],
					    "a replay window is a multiple of 64 from 64 to 32768");
			return -ERANGE;
		}
	}
	return ctx->suite->ops ? parse_key(ctx, tb, extack) : parse_plain(tb, extack);
}

static int check_range(struct nlattr *attr, u32 value, u32 min, u32 max, const char *msg,
		       struct netlink_ext_ack *extack)
{
	if (value >= min && value <= max)
		return 0;
	NL_SET_BAD_ATTR(extack, attr);
	extack->_msg = msg;
	return -ERANGE;
}

/**
 * srtp_req_parse - read one SRTP_A_SESSION
 * @req: filled in; points into the message
 * @nest: the attribute
 * @extack: told what is wrong
 *
 * Return: 0 or an error; every value is good in itself afterwards, whether it
 * goes with the session is for srtp_req_apply() to tell.
 */
int srtp_req_parse(struct srtp_req *req, struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr **tb = req->tb;
	struct srtp_addr local;
	u16 family;
	int err;

	memset(req, 0, sizeof(*req));
	req->nest = nest;
	err = nla_parse_nested(tb, SRTP_SA_MAX, nest, session_policy, extack);
	if (!err && (tb[SRTP_SA_LOCAL_ADDR] || tb[SRTP_SA_LOCAL_PORT])) {
		err = parse_addr(tb, SRTP_SA_LOCAL_ADDR, SRTP_SA_LOCAL_PORT, &local, &family,
				 extack);
		if (!err)
			srtp_local_of(&req->local, family, &local);
	}
	if (!err && (tb[SRTP_SA_REMOTE_ADDR] || tb[SRTP_SA_REMOTE_PORT]))
		err = parse_addr(tb, SRTP_SA_REMOTE_ADDR, SRTP_SA_REMOTE_PORT, &req->remote,
				 &family, extack);
	if (!err && tb[SRTP_SA_RX])
		err = parse_ctx(&req->dir[0], tb[SRTP_SA_RX], extack);
	if (!err && tb[SRTP_SA_TX])
		err = parse_ctx(&req->dir[1], tb[SRTP_SA_TX], extack);
	if (!err && tb[SRTP_SA_RX_NEXT])
		err = parse_ctx(&req->next[0], tb[SRTP_SA_RX_NEXT], extack);
	if (!err && tb[SRTP_SA_TX_NEXT])
		err = parse_ctx(&req->next[1], tb[SRTP_SA_TX_NEXT], extack);
	if (!err && tb[SRTP_SA_SWITCH])
		err = check_range(tb[SRTP_SA_SWITCH], nla_get_u8(tb[SRTP_SA_SWITCH]), 1,
				  SRTP_SWITCH_RX | SRTP_SWITCH_TX,
				  "switch is 1 (rx), 2 (tx) or 3 (both)", extack);
	if (!err && tb[SRTP_SA_OVERLAP])
		err = check_range(tb[SRTP_SA_OVERLAP], nla_get_u32(tb[SRTP_SA_OVERLAP]), 0,
				  SRTP_OVERLAP_MAX, "overlap is 0 to 86400 seconds", extack);
	if (!err && tb[SRTP_SA_STATE])
		err = check_range(tb[SRTP_SA_STATE], nla_get_u8(tb[SRTP_SA_STATE]),
				  SRTP_STATE_HELD, SRTP_STATE_OPEN,
				  "state is 0 (held) or 1 (open)", extack);
	if (!err && tb[SRTP_SA_VERIFIED])
		err = check_range(tb[SRTP_SA_VERIFIED], nla_get_u8(tb[SRTP_SA_VERIFIED]), 0, 1,
				  "verified is 0 or 1", extack);
	if (!err && tb[SRTP_SA_LATCH])
		err = check_range(tb[SRTP_SA_LATCH], nla_get_u8(tb[SRTP_SA_LATCH]),
				  SRTP_LATCH_NEVER, SRTP_LATCH_FIRST,
				  "latch is 0 (never), 1 (authenticated) or 2 (first)", extack);
	if (!err && tb[SRTP_SA_MAX_STREAMS])
		err = check_range(tb[SRTP_SA_MAX_STREAMS], nla_get_u16(tb[SRTP_SA_MAX_STREAMS]), 1,
				  SRTP_MAX_STREAMS_MAX, "max-streams is 1 to 1024", extack);
	return err;
}
