/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sip-signerd tells about itself, by the protocol of docs/ctl-protocol.md. */
#ifndef KSRTP_SIGNER_STATUS_H
#define KSRTP_SIGNER_STATUS_H

#include "conf_signer.h"
#include "ctl.h"
#include "signer_auth.h"
#include "signer_front.h"
#include "signer_sign.h"

/** struct signer_status - argument of the operations; @auth and @sign as they were last told */
struct signer_status {
	const struct signer_front *front;
	struct signer_counts auth, sign;
};

/** signer_status_ops - for ctl_open(): "status" */
extern const struct ctl_op signer_status_ops[];

/* The counters of a role, in the order in which signer_status_ops names them. */
struct signer_counts signer_status_auth(const struct signer_auth_stats *s);
struct signer_counts signer_status_sign(const struct signer_sign_stats *s);

/**
 * signer_status_main() - `sip-signerd status [--json]`: ask the daemon, and print
 * @argv: what follows "status", @argc words
 *
 * Return: exit status; 2 for wrong usage.
 */
int signer_status_main(const struct conf_signerd *conf, int argc, char **argv);

#endif /* KSRTP_SIGNER_STATUS_H */
