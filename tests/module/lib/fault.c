// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

void fault_set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

/* Open all the time: opening allocates, too. */
static int nth = -1;

void fault_nth(int n)
{
	char value[16];
	int len = snprintf(value, sizeof(value), "%d", n);

	if (pwrite(nth, value, (size_t)len, 0) != len)
		bail("fail-nth: %s", strerror(errno));
}

bool fault_hit(void)
{
	char value[16] = "";
	bool ok = pread(nth, value, sizeof(value) - 1, 0) > 0;

	fault_nth(0);
	if (!ok)
		bail("fail-nth cannot be read");
	return atoi(value) == 0;
}

void fault_begin(void)
{
	static const char *const which[] = { "failslab", "fail_page_alloc" };
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", which[i]);
		if (access(path, F_OK))
			bail("a kernel without %s", which[i]);
		/* Its own report of each failure would look like a kernel's complaint. */
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", which[i]);
		fault_set(path, "0");
		/* Requests may wait for memory, so that is what fails. */
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", which[i]);
		fault_set(path, "N");
	}
	fault_set("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		bail("fail-nth: %s", strerror(errno));
}
