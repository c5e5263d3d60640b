// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include "ns.h"
#include "rtp_build.h"
#include "tap.h"

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		bail("option %d: %s", name, strerror(errno));
}

unsigned int pmtu_told(int fd, ssize_t *quoted)
{
	uint8_t data[PACKET_MAX], control[512];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct pollfd pfd = { .fd = fd };	/* POLLERR goes without saying */
	struct sock_extended_err ee;

	poll(&pfd, 1, DEADLINE_MS);
	*quoted = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (*quoted < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			memcpy(&ee, CMSG_DATA(c), sizeof(ee));
			if (ee.ee_errno == EMSGSIZE && ee.ee_origin != SO_EE_ORIGIN_LOCAL)
				return ee.ee_info;
		}
	return 0;
}

void pmtu_probe(int fd, int af)
{
	if (af == AF_INET) {
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
		set(fd, IPPROTO_IP, IP_RECVERR, 1);
	} else {
		set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
		set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	}
}

void pmtu_heed(int fd, int af)
{
	if (af == AF_INET)
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
	else
		set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT);
}
