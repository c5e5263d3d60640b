// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sequence of packets, some good and some forged, through index estimate and
 * replay list as the datapath uses them, beside a model that knows the true
 * index of every packet and keeps a list of all it accepted.
 *
 * The first octet picks the window; then three octets are a packet: how far it
 * is from the newest (signed, in 16 bits), and whether it is authentic.
 */
#include <stdlib.h>

#include "index.h"
#include "replay.h"

#define STEPS	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool in(const u64 *list, size_t n, u64 x)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == x)
			return true;
	return false;
}

/* What RFC 3711 section 3.3.2 says of @truth, by the list of all accepted. */
static int judge(const u64 *list, size_t n, u64 top, u64 truth, u32 window)
{
	if (n == 0 || truth > top)
		return 0;
	if (top - truth >= window)
		return SRTP_DROP_OLD;
	return in(list, n, truth) ? SRTP_DROP_REPLAY : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static u64 accepted[STEPS];
	struct srtp_index s = { 0 };
	struct srtp_replay *r;
	u64 top = 0, index;
	size_t n = 0;
	u32 window;

	if (size < 4)
		return 0;
	window = 64 * (1 + data[0] * 2u);
	r = malloc(srtp_replay_size(window));
	check(r);
	srtp_replay_init(r, window);
	for (size_t i = 1; i + 3 <= size && n < STEPS; i += 3) {
		int step = (int16_t)srtp_get16(data + i);
		bool authentic = data[i + 2] & 1;
		struct srtp_index before = s;
		u64 truth;
		int rc;

		if (n == 0) {
			truth = (u16)step;	/* a stream starts with ROC 0 */
		} else if (step < 0 && top < (u64)-step) {
			/* Before the start: the estimate must not wrap to 2^32 - 1. */
			rc = srtp_index_estimate(&s, (u16)(top + (u64)step), &index);
			check(rc == SRTP_DROP_OLD || (rc == 0 && index >> 48 == 0));
			continue;
		} else {
			truth = top + (u64)(int64_t)step;
		}
		rc = srtp_index_estimate(&s, (u16)truth, &index);
		check(rc == 0);
		/* 2^15 away either way is a tie: section 3.3.1 allows both. */
		check(index == truth || step == -32768);
		rc = srtp_replay_check(r, index);
		check(rc == judge(accepted, n, top, index, window));
		/* The datapath's short way knows the packets that are newer, but for the tie. */
		check(srtp_replay_newer(r, srtp_index_ahead(&s, (u16)truth)) ==
		      (n > 0 && index > top && index - top < 0x8000));
		check(n == 0 || index <= top || index - top == 0x8000 ||
		      srtp_index_ahead(&s, (u16)truth) == index);
		check(memcmp(&before, &s, sizeof(s)) == 0);
		if (rc || !authentic)
			continue;
		check(srtp_replay_check(r, index) == 0);
		srtp_replay_mark(r, index);
		check(srtp_index_commit(&s, index) == (n == 0 || index > top));
		accepted[n++] = index;
		if (n == 1 || index > top)
			top = index;
		check(((u64)s.roc << 16 | s.s_l) == top && r->top == top);
		check(srtp_replay_check(r, index) == SRTP_DROP_REPLAY);
	}
	free(r);
	return 0;
}
