// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * search IMAGE <PATTERNS: how often each pattern is in a memory image.
 *
 * A line of PATTERNS is a name and at least eight octets in hex; of the output, the count and the
 * name, in the same order.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 512
#define OCTETS 64

struct pattern {
	char name[64];
	uint8_t octets[OCTETS];
	size_t len;
	unsigned long count;
	int next;		/* of those with the same hash */
};

static struct pattern patterns[MOST];
static int first[1 << 16];	/* by hash; -1 for none */

static uint16_t hash(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (uint16_t)(v ^ v >> 16);
}

static int read_patterns(void)
{
	char hex[2 * OCTETS + 1];
	int n = 0;

	while (n < MOST && scanf("%63s %128s", patterns[n].name, hex) == 2) {
		struct pattern *p = &patterns[n];

		p->len = strlen(hex) / 2;
		if (p->len < 8)
			return -1;
		for (size_t i = 0; i < p->len; i++) {
			const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

			p->octets[i] = (uint8_t)strtoul(digits, NULL, 16);
		}
		p->next = first[hash(p->octets)];
		first[hash(p->octets)] = n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	const uint8_t *image;
	struct stat st;
	int n, fd;

	memset(first, -1, sizeof(first));
	n = read_patterns();
	fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (n <= 0 || fd < 0 || fstat(fd, &st)) {
		fputs("usage: search IMAGE <PATTERNS\n", stderr);
		return 2;
	}
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	for (size_t at = 0; at + OCTETS <= (size_t)st.st_size; at++)
		for (int i = first[hash(image + at)]; i >= 0; i = patterns[i].next)
			patterns[i].count += !memcmp(image + at, patterns[i].octets,
						     patterns[i].len);
	for (int i = 0; i < n; i++)
		printf("%lu %s\n", patterns[i].count, patterns[i].name);
	return 0;
}
