/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from uapi/srtp.yaml by `make generate`: change that, not this. */
#ifndef _SRTP_NETLINK_POLICY_H
#define _SRTP_NETLINK_POLICY_H

#include <net/genetlink.h>

#include <linux/srtp.h>

/* What the policies let in at most; sizes of buffers are held against these. */
#define SRTP_SA_LOCAL_ADDR_MAX_LEN	16
#define SRTP_SA_REMOTE_ADDR_MAX_LEN	16
#define SRTP_SA_VERIFIED_MAX	1
#define SRTP_SA_MAX_STREAMS_MAX	1024
#define SRTP_SA_OVERLAP_MAX	86400
#define SRTP_SA_PEER_INDEX_MAX	7
#define SRTP_SA_RTCP_PEER_INDEX_MAX	7
#define SRTP_RA_RTCP_INDEX_MAX	2147483647
#define SRTP_CA_MASTER_KEY_MAX_LEN	32
#define SRTP_CA_MASTER_SALT_MAX_LEN	14
#define SRTP_CA_WINDOW_MAX	32768
#define SRTP_CA_MKI_MAX_LEN	128
#define SRTP_CA_EXT_IDS_MAX_LEN	255

/* What may be in a nest. */
extern const struct nla_policy srtp_session_policy[SRTP_SA_MAX + 1];
extern const struct nla_policy srtp_stream_policy[SRTP_RA_MAX + 1];
extern const struct nla_policy srtp_attach_policy[SRTP_TA_MAX + 1];
extern const struct nla_policy srtp_crypto_policy[SRTP_CA_MAX + 1];

/* Requests that the command itself validates, so as to wipe them in any case. */
extern const struct nla_policy srtp_session_new_request[SRTP_A_MAX + 1];
extern const struct nla_policy srtp_session_set_request[SRTP_A_MAX + 1];

#define SRTP_N_OPS	11
/* Below this, commands that validate by themselves may be. */
#define SRTP_RESV_START_OP	SRTP_CMD_SESSION_DEL
extern const struct genl_ops srtp_ops[SRTP_N_OPS];

/* The commands. */
int srtp_nl_version_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_dump_start(struct netlink_callback *cb);
int srtp_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int srtp_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_dump_streams_start(struct netlink_callback *cb);
int srtp_nl_stream_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int srtp_nl_attach_new_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_attach_del_doit(struct sk_buff *skb, struct genl_info *info);
int srtp_nl_attach_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _SRTP_NETLINK_POLICY_H */
