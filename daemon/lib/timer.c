// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A binary heap of pointers, 1-based: the children of slot i are 2i and 2i+1.
 * Each timer knows its slot, so stopping one costs O(log n) as starting does.
 */
#include "timer.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"

static struct timer **heap;	/* slot 0 is not used */
static unsigned int count, space;
static uint64_t next_order;

static bool before(const struct timer *a, const struct timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct timer *t, unsigned int slot)
{
	heap[slot] = t;
	t->index = slot;
}

/* Find @t's place, starting from the free slot @slot. */
static void settle(struct timer *t, unsigned int slot)
{
	while (slot > 1 && before(t, heap[slot / 2])) {
		put(heap[slot / 2], slot);
		slot /= 2;
	}
	for (;;) {
		unsigned int child = slot * 2;

		if (child > count)
			break;
		if (child < count && before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], t))
			break;
		put(heap[child], slot);
		slot = child;
	}
	put(t, slot);
}

static int grow(void)
{
	unsigned int more = space ? space * 2 : 64;
	struct timer **bigger = reallocarray(heap, more, sizeof(*heap));

	if (!bigger)
		return -ENOMEM;
	heap = bigger;
	space = more;
	return 0;
}

int timer_start(struct timer *t, uint64_t ms, timer_fn fn, void *arg)
{
	timer_cancel(t);
	if (count + 2 > space && grow() < 0)
		return -ENOMEM;
	t->due = clock_now() + ms;
	t->order = next_order++;
	t->fn = fn;
	t->arg = arg;
	settle(t, ++count);
	return 0;
}

void timer_cancel(struct timer *t)
{
	unsigned int slot = t->index;
	struct timer *last;

	if (!slot)
		return;
	t->index = 0;
	last = heap[count--];
	if (last != t)
		settle(last, slot);
}

uint64_t timer_left(const struct timer *t)
{
	uint64_t now = clock_now();

	return t->index && t->due > now ? t->due - now : 0;
}

int64_t timer_next(void)
{
	return count ? (int64_t)timer_left(heap[1]) : -1;
}

unsigned int timer_run(void)
{
	/* What callbacks start comes after all of these, by time or by order. */
	const uint64_t now = clock_now(), end = next_order;
	unsigned int fired = 0;

	while (count && heap[1]->due <= now && heap[1]->order < end) {
		struct timer *t = heap[1];

		timer_cancel(t);
		fired++;
		t->fn(t, t->arg);
	}
	return fired;
}

unsigned int timer_count(void)
{
	return count;
}
