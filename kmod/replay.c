// SPDX-License-Identifier: GPL-2.0-only
/* Replay list: a sliding window over indices (RFC 3711 section 3.3.2). */
#include "replay.h"

static u32 ring_words(u32 window)
{
	u32 words = 1;

	while (words < window / 64 + 1)
		words *= 2;
	return words;
}

/**
 * srtp_replay_size - octets that a list needs
 * @window: packets, a multiple of 64 from SRTP_WINDOW_MIN to SRTP_WINDOW_MAX
 */
size_t srtp_replay_size(u32 window)
{
	return sizeof(struct srtp_replay) + ring_words(window) * sizeof(u64);
}

/**
 * srtp_replay_init - make an empty list
 * @r: srtp_replay_size(@window) octets
 * @window: packets, a multiple of 64
 */
void srtp_replay_init(struct srtp_replay *r, u32 window)
{
	memset(r, 0, srtp_replay_size(window));
	r->window = window;
	r->mask = ring_words(window) - 1;
}

/**
 * srtp_replay_fill - remember everything up to an index
 * @r: the list; what it has beyond @top is forgotten
 * @top: highest index
 */
void srtp_replay_fill(struct srtp_replay *r, u64 top)
{
	memset(r->map, 0xff, (r->mask + 1) * sizeof(u64));
	r->top = top;
	r->started = true;
	/* The bits above it in its word are of indices to come. */
	r->map[(top >> 6) & r->mask] = ~0ULL >> (63 - (top & 63));
}
