/* SPDX-License-Identifier: GPL-2.0-only */
/* Replay list: a sliding window over indices (RFC 3711 section 3.3.2). */
#ifndef _SRTP_REPLAY_H
#define _SRTP_REPLAY_H

#include "bytes.h"

#define SRTP_WINDOW_MIN		64	/* RFC 3711 section 3.3.2: MUST be at least */
#define SRTP_WINDOW_MAX		32768
#define SRTP_WINDOW_DEFAULT	128
#define SRTP_WINDOW_RTCP	128	/* SRTCP's own list: a packet every few seconds */

/**
 * struct srtp_replay - which of the newest indices have been seen
 * @top: highest index marked; meaningful when @started.
 * @window: how many indices back from @top are told apart, a multiple of 64.
 * @mask: words of @map minus one; the words are a power of two.
 * @started: something has been marked.
 * @map: a ring of words, index i at bit i % 64 of word (i / 64) & @mask.
 *
 * The ring has at least one word more than the window needs, so that a step
 * forward clears whole words and never a word that the window still reaches.
 */
struct srtp_replay {
	u64 top;
	u32 window;
	u32 mask;
	bool started;
	u64 map[];
};

size_t srtp_replay_size(u32 window);
void srtp_replay_init(struct srtp_replay *r, u32 window);
void srtp_replay_fill(struct srtp_replay *r, u64 top);

/**
 * srtp_replay_check - may this index still come
 * @r: the list; not changed
 * @index: to look for
 *
 * Return: 0, SRTP_DROP_REPLAY if it has been marked, SRTP_DROP_OLD if it is too
 * far back to know.
 */
static inline int srtp_replay_check(const struct srtp_replay *r, u64 index)
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
 * srtp_replay_newer - is an index beyond all that were marked, and was one
 * @r: the list; not changed
 * @index: to look for
 */
static inline bool srtp_replay_newer(const struct srtp_replay *r, u64 index)
{
	return index > r->top && r->started;
}

/**
 * srtp_replay_mark - remember an index
 * @r: the list
 * @index: one for which srtp_replay_check() returned 0 under the same lock
 */
static inline void srtp_replay_mark(struct srtp_replay *r, u64 index)
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

#endif /* _SRTP_REPLAY_H */
