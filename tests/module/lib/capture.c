// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "ns.h"
#include "tap.h"

int capture_open(const char *ns, const char *dev)
{
	int fd = ns_socket(ns, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int size = 8 << 20, home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	ns_enter(ns);
	ll.sll_ifindex = (int)if_nametoindex(dev);
	if (setns(home, CLONE_NEWNET))
		bail("back to own namespace: %s", strerror(errno));
	close(home);
	if (!ll.sll_ifindex || bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		bail("capture on %s: %s", dev, strerror(errno));
	return fd;
}

struct captured capture_search(int fd, const uint8_t *p, size_t len)
{
	static uint8_t frame[70000];
	struct captured c = { 0 };
	ssize_t got;

	while ((got = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
		c.found |= memmem(frame, (size_t)got, p, len) != NULL;
		if ((size_t)got > c.longest)
			c.longest = (size_t)got;
	}
	return c;
}
