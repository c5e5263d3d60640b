// SPDX-License-Identifier: GPL-2.0-only
/* Generated from uapi/srtp.yaml by `make generate`: change that, not this. */
#include "netlink_policy.h"

static struct netlink_range_validation srtp_sa_overlap_range __ro_after_init = {
	.max = 86400,
};

static struct netlink_range_validation srtp_ra_rtcp_index_range __ro_after_init = {
	.max = 2147483647,
};

static struct netlink_range_validation srtp_ca_window_range __ro_after_init = {
	.min = 64,
	.max = 32768,
};

const struct nla_policy srtp_session_policy[SRTP_SA_MAX + 1] = {
	[SRTP_SA_ID] = { .type = NLA_U32 },
	[SRTP_SA_LOCAL_ADDR] = NLA_POLICY_MAX(NLA_BINARY, 16),
	[SRTP_SA_LOCAL_PORT] = NLA_POLICY_MIN(NLA_BE16, 1),
	[SRTP_SA_REMOTE_ADDR] = NLA_POLICY_MAX(NLA_BINARY, 16),
	[SRTP_SA_REMOTE_PORT] = NLA_POLICY_MIN(NLA_BE16, 1),
	[SRTP_SA_RX] = NLA_POLICY_NESTED(srtp_crypto_policy),
	[SRTP_SA_TX] = NLA_POLICY_NESTED(srtp_crypto_policy),
	[SRTP_SA_STATE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SRTP_SA_VERIFIED] = NLA_POLICY_MAX(NLA_U8, 1),
	[SRTP_SA_OWNER] = { .type = NLA_U64 },
	[SRTP_SA_PEER] = { .type = NLA_U32 },
	[SRTP_SA_RTCP_PEER] = { .type = NLA_U32 },
	[SRTP_SA_LATCH] = NLA_POLICY_MAX(NLA_U8, 2),
	[SRTP_SA_IDLE_TIMEOUT] = { .type = NLA_U32 },
	[SRTP_SA_MAX_STREAMS] = NLA_POLICY_RANGE(NLA_U16, 1, 1024),
	[SRTP_SA_STATS] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_SA_RX_STREAMS] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_SA_TX_STREAMS] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_SA_IDLE] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_SA_RX_NEXT] = NLA_POLICY_NESTED(srtp_crypto_policy),
	[SRTP_SA_TX_NEXT] = NLA_POLICY_NESTED(srtp_crypto_policy),
	[SRTP_SA_RX_OLD] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_SA_SWITCH] = NLA_POLICY_RANGE(NLA_U8, 1, 3),
	[SRTP_SA_OVERLAP] = NLA_POLICY_FULL_RANGE(NLA_U32, &srtp_sa_overlap_range),
	[SRTP_SA_RX_STREAM] = NLA_POLICY_NESTED(srtp_stream_policy),
	[SRTP_SA_TX_STREAM] = NLA_POLICY_NESTED(srtp_stream_policy),
	[SRTP_SA_PEER_INDEX] = NLA_POLICY_MAX(NLA_U8, 7),
	[SRTP_SA_RTCP_PEER_INDEX] = NLA_POLICY_MAX(NLA_U8, 7),
};

const struct nla_policy srtp_stream_policy[SRTP_RA_MAX + 1] = {
	[SRTP_RA_SSRC] = { .type = NLA_U32 },
	[SRTP_RA_DIRECTION] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_RA_ROC] = { .type = NLA_U32 },
	[SRTP_RA_SEQ] = { .type = NLA_U16 },
	[SRTP_RA_RTCP_INDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &srtp_ra_rtcp_index_range),
};

const struct nla_policy srtp_attach_policy[SRTP_TA_MAX + 1] = {
	[SRTP_TA_ID] = { .type = NLA_U32 },
	[SRTP_TA_PORT_FIRST] = NLA_POLICY_MIN(NLA_BE16, 1),
	[SRTP_TA_PORT_LAST] = { .type = NLA_BE16 },
	[SRTP_TA_MARK] = { .type = NLA_U32 },
	[SRTP_TA_MASK] = NLA_POLICY_MIN(NLA_U32, 1),
	[SRTP_TA_SET_MARK] = NLA_POLICY_MIN(NLA_U32, 1),
	[SRTP_TA_SET_MASK] = NLA_POLICY_MIN(NLA_U32, 1),
	[SRTP_TA_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SRTP_TA_PACKETS] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
};

const struct nla_policy srtp_crypto_policy[SRTP_CA_MAX + 1] = {
	[SRTP_CA_PROFILE] = { .type = NLA_U16 },
	[SRTP_CA_MASTER_KEY] = NLA_POLICY_MAX(NLA_BINARY, 32),
	[SRTP_CA_MASTER_SALT] = NLA_POLICY_MAX(NLA_BINARY, 14),
	[SRTP_CA_WINDOW] = NLA_POLICY_FULL_RANGE(NLA_U32, &srtp_ca_window_range),
	[SRTP_CA_MKI] = NLA_POLICY_RANGE(NLA_BINARY, 1, 128),
	[SRTP_CA_LIMIT_RTP] = NLA_POLICY_MIN(NLA_U64, 1),
	[SRTP_CA_LIMIT_RTCP] = NLA_POLICY_MIN(NLA_U64, 1),
	[SRTP_CA_PACKETS_RTP] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_CA_PACKETS_RTCP] = { .type = NLA_REJECT,
		.reject_message = "this attribute is only ever in replies" },
	[SRTP_CA_EXT_IDS] = NLA_POLICY_RANGE(NLA_BINARY, 1, 255),
	[SRTP_CA_CRYPTEX] = NLA_POLICY_MAX(NLA_U8, 2),
};

static const struct nla_policy srtp_version_request[SRTP_A_MAX + 1] = {
};

const struct nla_policy srtp_session_new_request[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = NLA_POLICY_NESTED(srtp_session_policy),
};

const struct nla_policy srtp_session_set_request[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = NLA_POLICY_NESTED(srtp_session_policy),
};

static const struct nla_policy srtp_session_del_request[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = NLA_POLICY_NESTED(srtp_session_policy),
};

static const struct nla_policy srtp_session_get_request[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = NLA_POLICY_NESTED(srtp_session_policy),
	[SRTP_A_OWNER] = NLA_POLICY_MIN(NLA_U64, 1),
};

static const struct nla_policy srtp_session_flush_request[SRTP_A_MAX + 1] = {
	[SRTP_A_OWNER] = NLA_POLICY_MIN(NLA_U64, 1),
};

static const struct nla_policy srtp_stats_get_request[SRTP_A_MAX + 1] = {
};

static const struct nla_policy srtp_stream_get_request[SRTP_A_MAX + 1] = {
	[SRTP_A_SESSION] = NLA_POLICY_NESTED(srtp_session_policy),
};

static const struct nla_policy srtp_attach_new_request[SRTP_A_MAX + 1] = {
	[SRTP_A_ATTACH] = NLA_POLICY_NESTED(srtp_attach_policy),
};

static const struct nla_policy srtp_attach_del_request[SRTP_A_MAX + 1] = {
	[SRTP_A_ATTACH] = NLA_POLICY_NESTED(srtp_attach_policy),
};

static const struct nla_policy srtp_attach_get_request[SRTP_A_MAX + 1] = {
};

const struct genl_ops srtp_ops[SRTP_N_OPS] = {
	{
		.cmd = SRTP_CMD_VERSION,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_version_request,
		.doit = srtp_nl_version_doit,
	},
	{
		.cmd = SRTP_CMD_SESSION_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.validate = GENL_DONT_VALIDATE_STRICT,
		.doit = srtp_nl_session_new_doit,
	},
	{
		.cmd = SRTP_CMD_SESSION_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.validate = GENL_DONT_VALIDATE_STRICT,
		.doit = srtp_nl_session_set_doit,
	},
	{
		.cmd = SRTP_CMD_SESSION_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_session_del_request,
		.doit = srtp_nl_session_del_doit,
	},
	{
		.cmd = SRTP_CMD_SESSION_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_session_get_request,
		.doit = srtp_nl_session_get_doit,
		.start = srtp_dump_start,
		.dumpit = srtp_nl_session_get_dumpit,
	},
	{
		.cmd = SRTP_CMD_SESSION_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_session_flush_request,
		.doit = srtp_nl_session_flush_doit,
	},
	{
		.cmd = SRTP_CMD_STATS_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_stats_get_request,
		.doit = srtp_nl_stats_get_doit,
	},
	{
		.cmd = SRTP_CMD_STREAM_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_stream_get_request,
		.start = srtp_dump_streams_start,
		.dumpit = srtp_nl_stream_get_dumpit,
	},
	{
		.cmd = SRTP_CMD_ATTACH_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_attach_new_request,
		.doit = srtp_nl_attach_new_doit,
	},
	{
		.cmd = SRTP_CMD_ATTACH_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_attach_del_request,
		.doit = srtp_nl_attach_del_doit,
	},
	{
		.cmd = SRTP_CMD_ATTACH_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.maxattr = SRTP_A_MAX,
		.policy = srtp_attach_get_request,
		.dumpit = srtp_nl_attach_get_dumpit,
	},
};
