// SPDX-License-Identifier: GPL-2.0-or-later
/* Header fields of a web server that somebody else chose. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size, *nl;
	struct http_head h;
	int64_t life;

	http_head_start(&h);
	for (; p < end; p = nl) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl + 1 : end;
		http_head_line(&h, p, (size_t)(nl - p));
	}
	life = http_lifetime(&h, 1443208345, 1443208346);
	if (life < 0 || strpbrk(h.etag, "\r\n") || strpbrk(h.modified, "\r\n"))
		abort();
	return 0;
}
