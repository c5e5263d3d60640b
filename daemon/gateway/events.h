/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The latest decisions about who is who, for the control socket: srtpctl show events. */
#ifndef KSRTP_EVENTS_H
#define KSRTP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "trust_proto.h"

#define EVENTS_KEPT 128

/**
 * struct event - a verdict of `trust`
 * @id: from 1 up, never used again
 * @at: seconds since 1970
 * @call: 0 when it was gone by then
 * @verdict: @verdict.leg says whose it is
 */
struct event {
	uint64_t id;
	int64_t at;
	uint64_t call;
	char side[MEDIA_SIDE_MAX];
	struct trust_verdict verdict;
};

/** struct events - embedded, zeroed */
struct events {
	struct event ring[EVENTS_KEPT];
	uint64_t last;
};

/** events_add() - @call 0 and @side "" when the leg is gone */
void events_add(struct events *e, const struct trust_verdict *v, uint64_t call, const char *side);

/** events_next() - the oldest one kept whose id is above @after; NULL: none */
const struct event *events_next(const struct events *e, uint64_t after);

#endif /* KSRTP_EVENTS_H */
