/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and checks that the daemons' configuration files have in common. */
#ifndef KSRTP_CONF_COMMON_H
#define KSRTP_CONF_COMMON_H

#include "conf.h"

extern const struct conf_word conf_log_levels[];	/* enum log_level */
extern const struct conf_word conf_transports[];	/* enum sip_proto */
extern const struct conf_word conf_client_certs[];	/* enum tls_client */

/**
 * conf_check_public() - report a file that cannot be read, or that others may change
 * @path: the setting that names it
 * @file: empty: none, and nothing to report
 */
void conf_check_public(struct conf *c, const char *path, const char *file);

/** conf_check_private() - likewise one that holds a secret; see conf_private_open(). */
void conf_check_private(struct conf *c, const char *path, const char *file);

/** conf_check_user() - report a user that is not there, or the superuser; empty is neither. */
void conf_check_user(struct conf *c, const char *path, const char *user);

#endif /* KSRTP_CONF_COMMON_H */
