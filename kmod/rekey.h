/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_REKEY_H
#define _SRTP_REKEY_H

#include <linux/err.h>

#include "packet.h"
#include "pool.h"
#include "session.h"

/**
 * struct srtp_chosen - the keys that a packet may be opened with
 * @ctx: to be tried first, or ERR_PTR() of a negative drop reason.
 * @second: to be tried next, or NULL.
 */
struct srtp_chosen {
	struct srtp_ctx *ctx;
	struct srtp_ctx *second;
};

struct srtp_chosen srtp_rekey_choose(const struct sk_buff *skb, unsigned int payload,
				     unsigned int len, enum srtp_kind kind,
				     const struct srtp_conf *conf);
int srtp_rekey_prepare(struct srtp_work *work, struct srtp_ctx *second);
bool srtp_rekey_again(struct srtp_work *work, int err);
void srtp_rekey_came(struct srtp_session *s, const struct srtp_ctx *ctx);
u32 srtp_rekey_retire(struct srtp_session *s);
void srtp_rekey_turn(struct srtp_conf *conf);
void srtp_rekey_ready(struct srtp_conf *conf);

#endif /* _SRTP_REKEY_H */
