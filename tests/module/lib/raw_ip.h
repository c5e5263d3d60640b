/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP packets written octet by octet, with any source, by a packet socket. */
#ifndef KSRTP_TEST_RAW_IP_H
#define KSRTP_TEST_RAW_IP_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/** struct raw_dev - where whole packets are sent */
struct raw_dev {
	int fd;
	int ifindex;
};

/** raw_open() - at @dev in @ns. */
struct raw_dev raw_open(const char *ns, const char *dev);

/**
 * raw_ip_head() - an IP header in front of @len octets of @protocol
 *
 * Return: its octets, 20 or 40.
 */
size_t raw_ip_head(uint8_t *p, const struct addr *from, const struct addr *to, uint8_t protocol,
		   size_t len);

/** raw_ip_sum() - make an IPv4 header's checksum right; it says itself how long it is. */
void raw_ip_sum(uint8_t *p);

/** raw_frame() - send these octets as a frame of @type to the link address @mac. */
void raw_frame(const struct raw_dev *d, const uint8_t *mac, uint16_t type, const uint8_t *p,
	       size_t len);

/** raw_send() - send a packet to the link's broadcast address; of IPv4 with the right checksum. */
void raw_send(const struct raw_dev *d, uint8_t *p, size_t len);

void put16(uint8_t *p, size_t v);

#endif
