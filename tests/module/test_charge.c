// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who pays for a session: the control group of who made it, so that a container cannot make more
 * than its memory allows. What the crypto API allocates for a key is not charged by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define GROUP		"/run/charge/group"
#define SESSIONS	1024
#define BATCH		8
#define OWNER		0x636861726765ull
#define LEAST		2000	/* octets a session: itself, configuration, two contexts, streams, counters */

static void put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

static long charged(void)
{
	char text[32] = "";
	int fd = open(GROUP "/memory.current", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		bail("memory.current: %s", strerror(errno));
	close(fd);
	return atol(text);
}

static int make(unsigned int first)
{
	struct nl_srtp_session s[BATCH];
	uint8_t keys[2 * BATCH][KEY_LEN];
	uint32_t ids[BATCH];

	for (unsigned int i = 0; i < BATCH; i++) {
		random_key(keys[2 * i]);
		random_key(keys[2 * i + 1]);
		s[i] = (struct nl_srtp_session){
			.given = NL_SRTP_LOCAL | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_OWNER,
			.local = host_addr(AF_INET, 'g', (uint16_t)(20000 + first + i)),
			.rx = side_crypto(GCM, keys[2 * i], 0), .tx = side_crypto(GCM, keys[2 * i + 1], 0),
			.owner = OWNER,
		};
	}
	return nl_srtp_session_new(gw, s, BATCH, ids, NULL);
}

int main(void)
{
	long before, after;
	struct err e = { 0 };
	unsigned int n;
	uint32_t gone;
	int rc = 0;

	gw_begin();
	mkdir("/run/charge", 0700);
	if (mount("none", "/run/charge", "cgroup2", 0, NULL) && errno != EBUSY)
		bail("cgroup2: %s", strerror(errno));
	put("/run/charge/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0700);
	put(GROUP "/cgroup.procs", "0");
	make(0);
	nl_srtp_session_flush(gw, OWNER, &gone, &e);
	before = charged();
	for (n = 0; n < SESSIONS && !rc; n += BATCH)
		rc = make(n);
	after = charged();
	tap(!rc && after - before > (long)SESSIONS * LEAST,
	    "%u sessions: %ld octets each are charged to who made them", n, (after - before) / (long)n);
	nl_srtp_session_flush(gw, OWNER, &gone, &e);
	put("/run/charge/cgroup.procs", "0");
	rmdir(GROUP);
	umount2("/run/charge", MNT_DETACH);
	return tap_done();
}
