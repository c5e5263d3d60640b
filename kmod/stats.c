// SPDX-License-Identifier: GPL-2.0-only
/* Counters of sessions and namespaces, one set for each CPU. */
#include "event.h"
#include "net.h"
#include "session.h"
#include "stats.h"

struct srtp_stats __percpu *srtp_stats_alloc(gfp_t gfp)
{
	struct srtp_stats __percpu *stats = alloc_percpu_gfp(struct srtp_stats, gfp);
	int cpu;

	if (stats)
		for_each_possible_cpu(cpu)
			u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

/**
 * srtp_stats_sum - add up what the CPUs counted
 * @stats: counters
 * @sum: result
 */
void srtp_stats_sum(const struct srtp_stats __percpu *stats, u64 sum[SRTP_COUNTERS])
{
	u64 copy[SRTP_COUNTERS];
	unsigned int start;
	int cpu, i;

	memset(sum, 0, SRTP_COUNTERS * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct srtp_stats *s = per_cpu_ptr(stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			for (i = 0; i < SRTP_COUNTERS; i++)
				copy[i] = u64_stats_read(&s->c[i]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		for (i = 0; i < SRTP_COUNTERS; i++)
			sum[i] += copy[i];
	}
}

/**
 * srtp_stats_one - add up one counter of the CPUs
 * @stats: counters
 * @which: counter
 */
u64 srtp_stats_one(const struct srtp_stats __percpu *stats, enum srtp_counter which)
{
	u64 sum = 0, part;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct srtp_stats *s = per_cpu_ptr(stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			part = u64_stats_read(&s->c[which]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum += part;
	}
	return sum;
}

/**
 * srtp_count - count one event for a session and its namespace
 * @s: session
 * @which: counter
 */
void srtp_count(struct srtp_session *s, enum srtp_counter which)
{
	srtp_stats_add(s->stats, which, 1);
	srtp_stats_add(s->sn_stats, which, 1);
}

/**
 * srtp_count_drop - count a packet that is dropped
 * @s: session
 * @reason: enum srtp_drop
 */
void srtp_count_drop(struct srtp_session *s, int reason)
{
	enum srtp_counter which = SRTP_C_DROP + reason - 1;

	srtp_count(s, which);
	srtp_event_drop(s, reason, u64_stats_read(&this_cpu_ptr(s->stats)->c[which]));
}
