/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Did anything change? And requests by bytes. */
#ifndef KSRTP_TEST_SNAPSHOT_H
#define KSRTP_TEST_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "nl_srtp.h"

/** snapshot_take() - remember every session of the namespace. */
void snapshot_take(void);
/** snapshot_same() - are they as they were, idle times apart? */
bool snapshot_same(void);

/** nl_srtp_test_put() - one SRTP_A_SESSION at the end of @msg. */
int nl_srtp_test_put(struct nl_msg *msg, const struct nl_srtp_session *s);

/**
 * raw_exchange() - send @len octets as they are and read the answers
 * @id: of the session when one was created
 *
 * Return: 0, the kernel's error, -ETIMEDOUT when there is no answer.
 */
int raw_exchange(struct nl_conn *n, const void *p, size_t len, uint32_t *id);

#endif
