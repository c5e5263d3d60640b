// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request says, judged attribute by attribute.  Sizes and ranges are the
 * policy's (netlink_policy.c); what depends on other attributes is refused here.
 */
#include <net/ipv6.h>

#include "compat.h"
#include "netlink.h"
#include "packet.h"
#include "replay.h"

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
		if (ctx->limit[kind] > ctx->suite->limit[kind]) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "a key's limit is at most what its profile allows");
			return -ERANGE;
		}
	}
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
	if (i < nla_len(attr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "header extension ids are octets from 1 to 255, each once");
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
	BUILD_BUG_ON(SRTP_CA_MKI_MAX_LEN > SRTP_MKI_MAX);
	if (tb[SRTP_CA_MKI]) {
		ctx->mki = nla_data(tb[SRTP_CA_MKI]);
		ctx->mki_len = nla_len(tb[SRTP_CA_MKI]);
	}
	return parse_limits(ctx, tb, extack) ?: parse_header(ctx, tb, extack);
}

static int parse_ctx(struct srtp_req_ctx *ctx, struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SRTP_CA_MAX + 1];
	int err;

	err = nla_parse_nested(tb, SRTP_CA_MAX, attr, srtp_crypto_policy, extack);
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
		BUILD_BUG_ON(SRTP_CA_WINDOW_MAX > SRTP_WINDOW_MAX);
		ctx->window = nla_get_u32(tb[SRTP_CA_WINDOW]);
		if (ctx->window % SRTP_WINDOW_MIN) {
			NL_SET_ERR_MSG_ATTR(extack, tb[SRTP_CA_WINDOW],
					    "a replay window is a multiple of 64 packets");
			return -ERANGE;
		}
	}
	return ctx->suite->ops ? parse_key(ctx, tb, extack) : parse_plain(tb, extack);
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
	err = nla_parse_nested(tb, SRTP_SA_MAX, nest, srtp_session_policy, extack);
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
	return err;
}

/**
 * srtp_req_names - does a request name a session, and say no more
 * @req: parsed
 * @extack: told what is too much
 *
 * Return: 0 or -EINVAL.
 */
int srtp_req_names(const struct srtp_req *req, struct netlink_ext_ack *extack)
{
	int type;

	for (type = SRTP_SA_ID; type <= SRTP_SA_MAX; type++) {
		bool name = req->tb[SRTP_SA_ID] ? type == SRTP_SA_ID :
			    type == SRTP_SA_LOCAL_ADDR || type == SRTP_SA_LOCAL_PORT;

		if (req->tb[type] && !name) {
			NL_SET_ERR_MSG_ATTR(extack, req->tb[type],
					    "a session is named by its id, or by its local address and port, and by no more");
			return -EINVAL;
		}
	}
	return 0;
}
