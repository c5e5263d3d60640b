// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw_ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "ns.h"
#include "tap.h"

struct raw_dev raw_open(const char *ns, const char *dev)
{
	struct raw_dev d = { .fd = ns_socket(ns, AF_PACKET, SOCK_DGRAM, 0) };
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (ioctl(d.fd, SIOCGIFINDEX, &ifr))
		bail("device %s: %s", dev, strerror(errno));
	d.ifindex = ifr.ifr_ifindex;
	return d;
}

void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void raw_ip_sum(uint8_t *p)
{
	const size_t len = (p[0] & 15u) * 4;
	uint32_t sum = 0;

	put16(p + 10, 0);
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 10, ~sum & 0xffff);
}

size_t raw_ip_head(uint8_t *p, const struct addr *from, const struct addr *to, uint8_t protocol,
		   size_t len)
{
	if (to->family == AF_INET) {
		memset(p, 0, 20);
		p[0] = 0x45;
		put16(p + 2, 20 + len);
		p[8] = 64;
		p[9] = protocol;
		memcpy(p + 12, from->ip, 4);
		memcpy(p + 16, to->ip, 4);
		return 20;
	}
	memset(p, 0, 40);
	p[0] = 0x60;
	put16(p + 4, len);
	p[6] = protocol;
	p[7] = 64;
	memcpy(p + 8, from->ip, 16);
	memcpy(p + 24, to->ip, 16);
	return 40;
}

void raw_send(const struct raw_dev *d, uint8_t *p, size_t len)
{
	static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };
	const bool v4 = p[0] >> 4 == 4;

	if (v4)
		raw_ip_sum(p);
	raw_frame(d, broadcast, v4 ? ETH_P_IP : ETH_P_IPV6, p, len);
}

void raw_frame(const struct raw_dev *d, const uint8_t *mac, uint16_t type, const uint8_t *p,
	       size_t len)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_ifindex = d->ifindex, .sll_halen = 6,
				  .sll_protocol = htons(type) };

	memcpy(ll.sll_addr, mac, 6);
	if (sendto(d->fd, p, len, 0, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		bail("packet socket: %s", strerror(errno));
}
