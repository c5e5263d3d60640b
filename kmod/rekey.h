/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_REKEY_H
#define _SRTP_REKEY_H

#include "packet.h"
#include "pool.h"
#include "session.h"

int srtp_rekey_choose(const struct sk_buff *skb, const struct srtp_packet *p, enum srtp_kind kind,
		      const struct srtp_conf *conf, struct srtp_ctx **ctx,
		      struct srtp_ctx **second);
int srtp_rekey_prepare(struct srtp_work *work, struct srtp_ctx *second);
bool srtp_rekey_again(struct srtp_work *work, int err);
void srtp_rekey_came(struct srtp_session *s, const struct srtp_ctx *ctx);
u32 srtp_rekey_retire(struct srtp_session *s);
void srtp_rekey_turn(struct srtp_conf *conf);
void srtp_rekey_ready(struct srtp_conf *conf);

#endif /* _SRTP_REKEY_H */
