// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arena is one mapping cut in grains.  What is handed out is written down
 * outside it, so that running over a block cannot corrupt the bookkeeping:
 * run[i] is the length in grains of the block that begins at grain i, INSIDE in
 * the rest of that block, 0 where it is free.
 */
#include "secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GRAIN	64
#define INSIDE	UINT32_MAX

static uint8_t *arena;
static uint32_t *run;
static size_t ngrains, in_use, first_free;

int secret_init(size_t octets)
{
	size_t n = (octets + GRAIN - 1) / GRAIN;
	uint8_t *map;
	int ret;

	if (arena)
		return -EALREADY;
	if (!n || n >= INSIDE)
		return -EINVAL;
	map = mmap(NULL, n * GRAIN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (mlock(map, n * GRAIN) < 0 || madvise(map, n * GRAIN, MADV_DONTDUMP) < 0 ||
	    madvise(map, n * GRAIN, MADV_WIPEONFORK) < 0) {
		ret = -errno;
		goto unmap;
	}
	run = calloc(n, sizeof(*run));
	if (!run) {
		ret = -ENOMEM;
		goto unmap;
	}
	arena = map;
	ngrains = n;
	in_use = first_free = 0;
	return 0;

unmap:
	munmap(map, n * GRAIN);
	return ret;
}

void *secret_alloc(size_t len)
{
	size_t need, free_run = 0;

	if (!len || len > ngrains * GRAIN)
		return NULL;
	need = (len + GRAIN - 1) / GRAIN;
	while (first_free < ngrains && run[first_free])
		first_free++;
	for (size_t i = first_free; i < ngrains; i++) {
		size_t start = i + 1 - need;

		free_run = run[i] ? 0 : free_run + 1;
		if (free_run < need)
			continue;
		run[start] = (uint32_t)need;
		for (size_t j = start + 1; j <= i; j++)
			run[j] = INSIDE;
		in_use += need * GRAIN;
		return arena + start * GRAIN;	/* zero: never used, or wiped when given back */
	}
	return NULL;
}

void secret_free(void *p)
{
	size_t offset, i, n;

	if (!p)
		return;
	offset = (size_t)((uintptr_t)p - (uintptr_t)arena);
	i = offset / GRAIN;
	/* Not ours, or given back twice: keys may be in the wrong hands, do not go on. */
	if (!arena || offset % GRAIN || i >= ngrains || !run[i] || run[i] == INSIDE)
		abort();
	n = run[i];
	secret_wipe(p, n * GRAIN);
	memset(run + i, 0, n * sizeof(*run));
	in_use -= n * GRAIN;
	if (i < first_free)
		first_free = i;
}

void secret_wipe(void *p, size_t len)
{
	if (p && len)
		explicit_bzero(p, len);
}

bool secret_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

size_t secret_in_use(void)
{
	return in_use;
}
