// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw_udp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ns.h"
#include "rtp_build.h"
#include "tap.h"

static uint16_t udp_checksum(const struct addr *from, const struct addr *to, const uint8_t *udp,
			     size_t len)
{
	uint32_t sum = 17 + (uint32_t)len;

	for (size_t i = 0; i < addr_ip_len(from); i += 2)
		sum += (uint32_t)(from->ip[i] << 8 | from->ip[i + 1]) +
		       (uint32_t)(to->ip[i] << 8 | to->ip[i + 1]);
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? udp[i] : (uint32_t)udp[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? 0xffff : (uint16_t)~sum;
}

void send_udp(const char *ns, const struct addr *from, const struct addr *to,
		     const uint8_t *p, size_t len, enum checksum how, uint16_t lie)
{
	uint8_t udp[PACKET_MAX + 8];
	struct sockaddr_storage ss;
	struct addr dst = *to;
	uint16_t sum, word = (uint16_t)(len + 8);
	int fd = ns_socket(ns, from->family, SOCK_RAW, IPPROTO_UDP);

	if (lie)
		word = lie;
	udp[0] = (uint8_t)(from->port >> 8);
	udp[1] = (uint8_t)from->port;
	udp[2] = (uint8_t)(to->port >> 8);
	udp[3] = (uint8_t)to->port;
	udp[4] = (uint8_t)(word >> 8);
	udp[5] = (uint8_t)word;
	udp[6] = udp[7] = 0;
	memcpy(udp + 8, p, len);
	if (how != ZERO) {
		sum = udp_checksum(from, to, udp, len + 8);
		if (how == WRONG)
			sum ^= 0x1111;
		udp[6] = (uint8_t)(sum >> 8);
		udp[7] = (uint8_t)sum;
	}
	dst.port = 0;
	if (sendto(fd, udp, len + 8, 0, (struct sockaddr *)&ss, addr_to_sockaddr(&dst, &ss)) < 0)
		bail("raw send: %s", strerror(errno));
	close(fd);
}
