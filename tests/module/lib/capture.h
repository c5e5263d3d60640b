/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tcpdump does to a packet, and what it would see. */
#ifndef KSRTP_TEST_CAPTURE_H
#define KSRTP_TEST_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct captured {
	bool found;		/* a frame that contains the octets */
	size_t longest;		/* frame */
};

/** capture_open() - from now on all frames of @dev in @ns. Return: to be closed. */
int capture_open(const char *ns, const char *dev);
/** capture_search() - reads all there are; is one with these octets among them? */
struct captured capture_search(int fd, const uint8_t *p, size_t len);

#endif
