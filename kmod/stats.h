/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_STATS_H
#define _SRTP_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "bytes.h"

struct srtp_session;

/** enum srtp_counter - the counters; the drops follow in the order of enum srtp_drop */
enum srtp_counter {
	SRTP_C_RX_PACKETS,
	SRTP_C_RX_BYTES,
	SRTP_C_TX_PACKETS,
	SRTP_C_TX_BYTES,
	SRTP_C_ASYNC,
	SRTP_C_PASSED,
	SRTP_C_DROP,
	SRTP_COUNTERS = SRTP_C_DROP + SRTP_DROP_MAX,
};

/**
 * struct srtp_stats - one CPU's counters
 *
 * Only its own CPU adds, with bottom halves off; anybody reads.
 */
struct srtp_stats {
	struct u64_stats_sync syncp;
	u64_stats_t c[SRTP_COUNTERS];
};

static inline void srtp_stats_add(struct srtp_stats __percpu *stats, enum srtp_counter which,
				  u64 n)
{
	struct srtp_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->c[which], n);
	u64_stats_update_end(&s->syncp);
}

static inline void srtp_stats_add2(struct srtp_stats __percpu *stats, enum srtp_counter packets,
				   u64 bytes)
{
	struct srtp_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->c[packets]);
	u64_stats_add(&s->c[packets + 1], bytes);
	u64_stats_update_end(&s->syncp);
}

struct srtp_stats __percpu *srtp_stats_alloc(gfp_t gfp);
void srtp_stats_sum(const struct srtp_stats __percpu *stats, u64 sum[SRTP_COUNTERS]);
u64 srtp_stats_one(const struct srtp_stats __percpu *stats, enum srtp_counter which);

void srtp_count(struct srtp_session *s, enum srtp_counter which);
void srtp_count_drop(struct srtp_session *s, int reason);

#endif /* _SRTP_STATS_H */
