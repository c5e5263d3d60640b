/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files nl_srtp*.c share, and nobody else needs. */
#ifndef KSRTP_NL_SRTP_IMPL_H
#define KSRTP_NL_SRTP_IMPL_H

#include <netlink/attr.h>

#include "nl.h"
#include "nl_srtp.h"

extern const struct nl_name nl_srtp_attr_names[];
const char *nl_srtp_cmd_name(uint8_t cmd);	/* "SESSION_NEW" */

/* nl_srtp.c */
struct nl_msg *nl_srtp_message(struct nl_srtp *c, uint8_t cmd, int flags);
int nl_srtp_call(struct nl_srtp *c, uint8_t cmd, struct nl_msg *msg,
		 int (*on_reply)(const struct nlmsghdr *nlh, void *arg), void *arg, struct err *e);
/* Frees @msg. Return: -EMSGSIZE, said. */
int nl_srtp_too_long(struct nl_msg *msg, uint8_t cmd, struct err *e);

/* nl_srtp_parse.c: 0, or -EBADMSG for what is not well-formed. */
int nl_srtp_parse_attrs(const struct nlmsghdr *nlh, struct nlattr **tb);
int nl_srtp_parse_session(struct nlattr *nest, struct nl_srtp_report *r);
int nl_srtp_parse_stream(struct nlattr *nest, struct nl_srtp_stream *s);
int nl_srtp_parse_stats(struct nlattr *nest, struct nl_srtp_stats *st);
int nl_srtp_parse_version(struct nlattr *nest, struct nl_srtp_version *v);

/* nl_srtp_put.c: 0, or -EMSGSIZE when the request is full. */
int nl_srtp_put_session(struct nl_msg *msg, const struct nl_srtp_session *s);

#endif /* KSRTP_NL_SRTP_IMPL_H */
