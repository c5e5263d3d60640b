/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls through the kernel module: two sessions each, one towards either side. */
#ifndef KSRTP_BENCH_SESSIONS_H
#define KSRTP_BENCH_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "nl_srtp.h"
#include "packets.h"

/** struct calls - @ids are two a call: towards the generator, towards the sink */
struct calls {
	struct nl_srtp *nl;
	size_t n;
	uint32_t *ids;
};

/**
 * calls_open() - install @n calls in namespace bw and open them
 * @a, @b: suites towards generator and sink
 * @rx_key, @tx_key: of every session of the two
 */
void calls_open(struct calls *c, size_t n, const struct suite *a, const struct suite *b,
		const uint8_t *rx_key, const uint8_t *tx_key);
void calls_close(struct calls *c);
/** calls_dropped() - packets of the namespace dropped for @why so far. */
uint64_t calls_dropped(struct calls *c, enum srtp_drop why);

#endif
