// SPDX-License-Identifier: GPL-2.0-or-later
/* Index estimation and replay list of the module. */
#include "test_kmod.h"

#include "index.h"
#include "replay.h"

static u64 int_of(const json_t *o, const char *name)
{
	assert_true(json_is_integer(json_object_get(o, name)));
	return (u64)json_integer_value(json_object_get(o, name));
}

/* Every case of RFC 3711 appendix A: guess, index, and the state after it. */
static void test_vectors(void **state)
{
	json_t *root = vectors_load(VECTORS "rfc3711_index_guess_derived.json"), *c;
	unsigned int checked = 0, before = 0, beyond = 0;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "cases"), i, c) {
		struct srtp_index s = {
			.roc = (u32)int_of(c, "roc"), .s_l = (u16)int_of(c, "s_l"), .started = true,
		};
		u64 want = int_of(c, "index"), index = 0;
		u16 seq = (u16)int_of(c, "seq");
		u32 v = srtp_index_guess(s.roc, s.s_l, seq);
		int rc = srtp_index_estimate(&s, seq, &index);

		assert_int_equal(v, int_of(c, "v"));
		checked++;
		if (s.roc == 0 && v == 0xffffffff) {		/* before the start: no index */
			assert_int_equal(rc, SRTP_DROP_OLD);
			before++;
			continue;
		}
		if (s.roc == 0xffffffff && v == 0) {		/* 2^48 used up */
			assert_int_equal(rc, SRTP_DROP_EXPIRED);
			beyond++;
			continue;
		}
		assert_int_equal(rc, 0);
		assert_true(index == want);
		srtp_index_commit(&s, index);
		assert_int_equal(s.roc, int_of(c, "after_roc"));
		assert_int_equal(s.s_l, int_of(c, "after_s_l"));
	}
	assert_int_equal(checked, 270);
	assert_true(before > 0 && beyond > 0);
	print_message("# %u cases, %u of them before the first index, %u beyond the last\n", checked,
		      before, beyond);
	json_decref(root);
}

/*
 * The short way agrees with the long one: of every sequence number, around every edge of the
 * highest one so far and of the counter.
 */
static void test_ahead(void **state)
{
	static const u16 s_ls[] = { 0, 1, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff, 12345 };
	static const u32 rocs[] = { 0, 1, 0x10000, 0xfffffffe, 0xffffffff };
	unsigned int ahead = 0, left = 0;

	(void)state;
	for (size_t r = 0; r < sizeof(rocs) / sizeof(*rocs); r++)
		for (size_t l = 0; l < sizeof(s_ls) / sizeof(*s_ls); l++)
			for (u32 seq = 0; seq <= 0xffff; seq++) {
				struct srtp_index s = {
					.roc = rocs[r], .s_l = s_ls[l], .started = true,
				};
				u64 top = (u64)s.roc << 16 | s.s_l, index = 0;
				u64 found = srtp_index_ahead(&s, (u16)seq);
				int rc = srtp_index_estimate(&s, (u16)seq, &index);

				if (found > top) {
					assert_int_equal(rc, 0);
					assert_true(found == index);
					ahead++;
				} else {
					/* Late, too far to tell, or the last index of all. */
					assert_true(rc || index <= top || index - top == 0x8000);
					left++;
				}
				s.started = false;
				assert_true(srtp_index_ahead(&s, (u16)seq) == 0);
			}
	/* 2^15 - 1 are ahead of any, but where the indices end. */
	assert_true(ahead > 40 * 0x7fff && left > 40 * 0x7fff);
	assert_int_equal(ahead + left, 45 * 0x10000);
}

static void test_start(void **state)
{
	struct srtp_index s = { 0 };
	u64 index;

	(void)state;
	assert_int_equal(srtp_index_estimate(&s, 0xfff0, &index), 0);
	assert_true(index == 0xfff0);
	assert_false(s.started);			/* an estimate changes nothing */
	assert_true(srtp_index_commit(&s, index));
	assert_int_equal(s.s_l, 0xfff0);
	assert_false(srtp_index_commit(&s, index));	/* not newer than itself */
	s = (struct srtp_index){ .roc = 7 };		/* handed over: ROC known, no packet yet */
	assert_int_equal(srtp_index_estimate(&s, 3, &index), 0);
	assert_true(index == ((7ULL << 16) | 3));
}

/* A million packets with loss and reordering, through 15 wraps. */
static void test_long_run(void **state)
{
	struct srtp_index s = { 0 };
	u64 next = 100, newest = 0, index = 0;
	unsigned int r = 1;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		u64 truth;

		r = r * 1664525 + 1013904223;
		next += 1 + (r >> 28 == 0);
		truth = next - ((r >> 16) % 50);
		if (truth < 100)
			truth = 100;
		assert_int_equal(srtp_index_estimate(&s, (u16)truth, &index), 0);
		assert_true(index == truth);
		assert_int_equal(srtp_index_commit(&s, index), i == 0 || truth > newest);
		if (truth > newest)
			newest = truth;
	}
	assert_true(s.roc >= 15);
}

/* Against a plain list of everything that was ever marked. */
static void replay_model(u32 window, u64 base, unsigned int steps, unsigned int span)
{
	size_t room = (size_t)steps * span + 2 * (size_t)span;
	struct srtp_replay *r = malloc(srtp_replay_size(window));
	u8 *seen = calloc(1, room);
	unsigned int lcg = window + span;
	u64 top = 0;
	bool any = false;

	assert_true(r && seen);
	srtp_replay_init(r, window);
	for (unsigned int i = 0; i < steps; i++) {
		u64 at;
		int want = 0;

		lcg = lcg * 1664525 + 1013904223;
		at = (any ? top : span) + (lcg >> 8) % (2 * span);
		at = at > span ? at - span : 0;
		assert_true(at < room);
		if (any && at <= top)
			want = top - at >= window ? SRTP_DROP_OLD : seen[at] ? SRTP_DROP_REPLAY : 0;
		assert_int_equal(srtp_replay_check(r, base + at), want);
		if (want)
			continue;
		srtp_replay_mark(r, base + at);
		seen[at] = 1;
		if (!any || at > top)
			top = at;
		any = true;
	}
	free(seen);
	free(r);
}

static void test_replay_model(void **state)
{
	static const u32 windows[] = { 64, 128, 192, 256, 1024, 4096, 32704, 32768 };
	static const u64 bases[] = { 0, 1, 63, 0xffc0, 1ULL << 31, (1ULL << 48) - 30000000 };
	static const unsigned int spans[] = { 3, 60, 200, 5000 };

	(void)state;
	for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++)
		for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
			for (size_t s = 0; s < sizeof(spans) / sizeof(spans[0]); s++)
				replay_model(windows[w], bases[b], spans[s] > 1000 ? 4000 : 20000,
					     spans[s]);
}

/* Each index of every window is told apart, and none behind it. */
static void test_replay_edges(void **state)
{
	unsigned int windows = 0;

	(void)state;
	for (u32 window = SRTP_WINDOW_MIN; window <= SRTP_WINDOW_MAX; window += 64) {
		struct srtp_replay *r = malloc(srtp_replay_size(window));
		u64 top = 100003;

		assert_non_null(r);
		srtp_replay_init(r, window);
		assert_int_equal(srtp_replay_check(r, 0), 0);
		srtp_replay_mark(r, top);
		for (u64 i = top - window + 1; i < top; i += 61)
			assert_int_equal(srtp_replay_check(r, i), 0);
		assert_int_equal(srtp_replay_check(r, top - window + 1), 0);
		assert_int_equal(srtp_replay_check(r, top - window), SRTP_DROP_OLD);
		srtp_replay_mark(r, top - window + 1);
		assert_int_equal(srtp_replay_check(r, top - window + 1), SRTP_DROP_REPLAY);
		assert_int_equal(srtp_replay_check(r, top), SRTP_DROP_REPLAY);
		srtp_replay_mark(r, top + 1);
		assert_int_equal(srtp_replay_check(r, top - window + 1), SRTP_DROP_OLD);
		assert_int_equal(srtp_replay_check(r, top), SRTP_DROP_REPLAY);
		srtp_replay_mark(r, top + (1ULL << 40));	/* a jump forgets all */
		assert_int_equal(srtp_replay_check(r, top), SRTP_DROP_OLD);
		assert_int_equal(srtp_replay_check(r, top + (1ULL << 40) - 1), 0);
		free(r);
		windows++;
	}
	assert_int_equal(windows, 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_long_run),
		cmocka_unit_test(test_replay_model),
		cmocka_unit_test(test_replay_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
