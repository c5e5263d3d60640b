/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations of srtpd's control socket; docs/ctl-protocol.md says what they answer. */
#ifndef KSRTP_CTL_GATEWAY_H
#define KSRTP_CTL_GATEWAY_H

#include "b2b.h"
#include "ctl.h"

/** struct ctl_gateway - what the operations are given as their argument */
struct ctl_gateway {
	struct b2b *b2b;
	const char *version;
	int64_t started;	/* clock_wall() at start */
};

/** ctl_gateway_ops - for ctl_open(), whose arg is a struct ctl_gateway */
extern const struct ctl_op ctl_gateway_ops[];

#endif /* KSRTP_CTL_GATEWAY_H */
