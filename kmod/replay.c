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
 * srtp_replay_check - may this index still come
 * @r: the list; not changed
 * @index: to look for
 *
 * Return: 0, SRTP_DROP_REPLAY if it has been marked, SRTP_DROP_OLD if it is too
 * far back to know.
 */
int srtp_replay_check(const struct srtp_replay *r, u64 index)
{
	if (!r->started || index > r->top)
		return 0;
	if (r->top - index >= r->window)
		return SRTP_DROP_OLD;
	if (r->map[(index >> 6) & r->mask] >> (index & 63) & 1)
		return SRTP_DROP_REPLAY;
	return 0;
}

/**
 * srtp_replay_mark - remember an index
 * @r: the list
 * @index: one for which srtp_replay_check() returned 0 under the same lock
 */
void srtp_replay_mark(struct srtp_replay *r, u64 index)
{
	if (!r->started || index > r->top) {
		u64 last = index >> 6;
		u64 word = r->started ? r->top >> 6 : last - 1;

		/* More than the whole ring at once: every word goes once. */
		if (last - word > r->mask)
			word = last - r->mask - 1;
		while (word != last)
			r->map[++word & r->mask] = 0;
		r->top = index;
		r->started = true;
	}
	r->map[(index >> 6) & r->mask] |= 1ULL << (index & 63);
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
