/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_NETLINK_H
#define _SRTP_NETLINK_H

#include "hdrext.h"
#include "netlink_policy.h"
#include "session.h"

#define SRTP_MODULE_VERSION "0.1.0"

/**
 * struct srtp_req_ctx - SRTP_SA_RX or SRTP_SA_TX of a request
 * @attr: the nest, NULL if absent.
 * @suite: its profile's.
 * @key: master key, inside the message, of the right length; NULL for plain RTP.
 * @salt: master salt, likewise.
 * @window: replay window; 0 if not given.
 * @mki: octets @mki_len, or NULL.
 * @limit: packets the key may protect, by kind.
 * @has_ids: @ids were given.
 * @ids: header extension elements to be encrypted.
 * @cryptex: enum srtp_cryptex.
 */
struct srtp_req_ctx {
	struct nlattr *attr;
	const struct srtp_suite *suite;
	const u8 *key;
	const u8 *salt;
	u32 window;
	const u8 *mki;
	u8 mki_len;
	u64 limit[SRTP_KINDS];
	bool has_ids;
	struct srtp_ext_ids ids;
	u8 cryptex;
};

/**
 * struct srtp_req - one SRTP_A_SESSION of a request
 * @nest: the attribute.
 * @tb: its attributes, each valid in itself; NULL for those absent.
 * @local: if the local address was given.
 * @remote: if the remote address was given.
 * @dir: receive and transmit context.
 * @next: contexts that shall follow those.
 * @preset: streams to put in place, receive and transmit.
 * @peers: sessions of the same request that are to be peers, [0] for RTP and [1] for
 *	RTCP; NULL if not given.
 * @s: session it is about.
 * @conf: configuration that it shall have.
 */
struct srtp_req {
	struct nlattr *nest;
	struct nlattr *tb[SRTP_SA_MAX + 1];
	struct srtp_local local;
	struct srtp_addr remote;
	struct srtp_req_ctx dir[2];
	struct srtp_req_ctx next[2];
	struct hlist_head preset[2];
	struct srtp_session *peers[2];
	struct srtp_session *s;
	struct srtp_conf *conf;
};

/* netlink_parse.c */
int srtp_req_parse(struct srtp_req *req, struct nlattr *nest, struct netlink_ext_ack *extack);
int srtp_req_names(const struct srtp_req *req, struct netlink_ext_ack *extack);

/* netlink_stream.c */
int srtp_preset_apply(struct srtp_req *req, struct netlink_ext_ack *extack);
void srtp_preset_publish(struct srtp_req *req);
void srtp_preset_free(struct srtp_req *req);

/* netlink_apply.c */
void srtp_apply_seed(void);
int srtp_req_apply(struct srtp_req *req, struct srtp_net *sn, struct netlink_ext_ack *extack);
void srtp_req_publish(struct srtp_req *req);

/* netlink_fill.c */
int srtp_fill_session(struct sk_buff *msg, struct srtp_session *s);
int srtp_fill_stats(struct sk_buff *msg, int attr, const struct srtp_stats __percpu *stats,
		    const struct srtp_net *sn);

/**
 * struct srtp_batch - the sessions of one request, applied all or none
 * @n: how many.
 * @req: each of them.
 */
struct srtp_batch {
	unsigned int n;
	struct srtp_req req[SRTP_MAX_SESSIONS_PER_REQUEST];
};

/* netlink_cmd.c */
struct srtp_batch *srtp_batch_parse(struct genl_info *info, const struct nla_policy *policy);
void srtp_batch_free(struct srtp_batch *b);
int srtp_refuse(struct genl_info *info, struct nlattr *attr, const char *msg, int err);
void srtp_wipe(struct genl_info *info);

/* netlink.c */
extern struct genl_family srtp_family;
struct sk_buff *srtp_reply_new(struct genl_info *info, void **hdr);
int srtp_reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info);
int srtp_netlink_init(void);
void srtp_netlink_exit(void);

#endif /* _SRTP_NETLINK_H */
