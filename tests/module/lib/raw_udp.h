/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP packets written octet by octet, with a checksum of our choice. */
#ifndef KSRTP_TEST_RAW_UDP_H
#define KSRTP_TEST_RAW_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

enum checksum { RIGHT, WRONG, ZERO };

/** send_udp() - from @ns; @lie: the length in the UDP header when it is not 0. */
void send_udp(const char *ns, const struct addr *from, const struct addr *to, const uint8_t *p,
	      size_t len, enum checksum how, uint16_t lie);

#endif
