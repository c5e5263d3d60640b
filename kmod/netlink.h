/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_NETLINK_H
#define _SRTP_NETLINK_H

#include <net/genetlink.h>

#include "session.h"

#define SRTP_MODULE_VERSION "0.1.0"

/**
 * struct srtp_req_ctx - SRTP_SA_RX or SRTP_SA_TX of a request
 * @attr: the nest, NULL if absent.
 * @suite: its profile's.
 * @key: master key, inside the message, of the right length; NULL for plain RTP.
 * @salt: master salt, likewise.
 * @window: replay window.
 */
struct srtp_req_ctx {
	struct nlattr *attr;
	const struct srtp_suite *suite;
	const u8 *key;
	const u8 *salt;
	u32 window;
};

/**
 * struct srtp_req - one SRTP_A_SESSION of a request
 * @nest: the attribute.
 * @tb: its attributes, each valid in itself; NULL for those absent.
 * @local: if the local address was given.
 * @remote: if the remote address was given.
 * @dir: receive and transmit context.
 * @s: session it is about.
 * @conf: configuration that it shall have.
 */
struct srtp_req {
	struct nlattr *nest;
	struct nlattr *tb[SRTP_SA_MAX + 1];
	struct srtp_local local;
	struct srtp_addr remote;
	struct srtp_req_ctx dir[2];
	struct srtp_session *s;
	struct srtp_conf *conf;
};

/* netlink_parse.c */
int srtp_req_parse(struct srtp_req *req, struct nlattr *nest, struct netlink_ext_ack *extack);

/* netlink_apply.c */
void srtp_apply_seed(void);
int srtp_req_apply(struct srtp_req *req, struct srtp_net *sn, struct netlink_ext_ack *extack);
void srtp_req_publish(struct srtp_req *req);

/* netlink_fill.c */
int srtp_fill_session(struct sk_buff *msg, struct srtp_session *s);
int srtp_fill_stats(struct sk_buff *msg, int attr, const struct srtp_stats __percpu *stats,
		    const u32 *sessions);

/* netlink.c */
int srtp_netlink_init(void);
void srtp_netlink_exit(void);
void srtp_netlink_event(struct srtp_session *s, enum srtp_event event, gfp_t gfp);

#endif /* _SRTP_NETLINK_H */
