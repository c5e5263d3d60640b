// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include <stdio.h>

#include "clock.h"

void events_add(struct events *e, const struct trust_verdict *v, uint64_t call, const char *side)
{
	struct event *n = &e->ring[++e->last % EVENTS_KEPT];

	*n = (struct event){ .id = e->last, .at = clock_wall(), .call = call, .verdict = *v };
	snprintf(n->side, sizeof(n->side), "%s", side);
}

const struct event *events_next(const struct events *e, uint64_t after)
{
	const uint64_t oldest = e->last < EVENTS_KEPT ? 1 : e->last - EVENTS_KEPT + 1;

	if (after >= e->last)
		return NULL;
	return &e->ring[(after + 1 > oldest ? after + 1 : oldest) % EVENTS_KEPT];
}
