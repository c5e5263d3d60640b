// SPDX-License-Identifier: GPL-2.0-or-later
#include "ns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/udp.h>

#include "tap.h"

static int open_ns(const char *ns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail("%s: %s (tests/module/topology makes it)", path, strerror(errno));
	return fd;
}

void ns_enter(const char *ns)
{
	int fd = open_ns(ns);

	if (setns(fd, CLONE_NEWNET))
		bail("namespace %s: %s", ns, strerror(errno));
	close(fd);
}

int ns_socket(const char *ns, int domain, int type, int protocol)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	if (home < 0)
		bail("own namespace: %s", strerror(errno));
	ns_enter(ns);
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		bail("socket in %s: %s", ns, strerror(errno));
	if (setns(home, CLONE_NEWNET))
		bail("back to own namespace: %s", strerror(errno));
	close(home);
	return fd;
}

int udp_open(const char *ns, const struct addr *local)
{
	struct sockaddr_storage ss;
	int fd = ns_socket(ns, local->family, SOCK_DGRAM, 0);
	char text[ADDR_STRLEN];

	if (bind(fd, (struct sockaddr *)&ss, addr_to_sockaddr(local, &ss)))
		bail("bind %s in %s: %s", addr_str(local, text), ns, strerror(errno));
	return fd;
}

bool udp_try(int fd, const struct addr *to, const void *p, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(to, &ss);

	return sendto(fd, p, len, 0, (struct sockaddr *)&ss, n) == (ssize_t)len;
}

bool udp_try_segmented(int fd, const struct addr *to, const void *p, size_t len, size_t size)
{
	int segment = (int)size;
	bool ok;

	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		bail("UDP_SEGMENT: %s", strerror(errno));
	ok = udp_try(fd, to, p, len);
	segment = 0;
	setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	return ok;
}

void udp_send(int fd, const struct addr *to, const void *p, size_t len)
{
	struct sockaddr_storage ss;
	char text[ADDR_STRLEN];
	socklen_t n = addr_to_sockaddr(to, &ss);

	if (sendto(fd, p, len, 0, (struct sockaddr *)&ss, n) != (ssize_t)len)
		bail("send %zu octets to %s: %s", len, addr_str(to, text), strerror(errno));
}

ssize_t udp_recv(int fd, void *p, size_t cap, int ms, struct addr *from)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	ssize_t got;

	if (poll(&pfd, 1, ms) <= 0)
		return -1;
	got = recvfrom(fd, p, cap, MSG_DONTWAIT, (struct sockaddr *)&ss, &n);
	if (got >= 0 && from)
		addr_from_sockaddr(from, &ss);
	return got;
}

struct addr host_addr(int af, char host, uint16_t port)
{
	static const struct { char host; const char *v4, *v6; } hosts[] = {
		{ 'a', "10.1.0.2", "fd01::2" }, { 'g', "10.1.0.1", "fd01::1" },
		{ 'h', "10.2.0.1", "fd02::1" }, { 'b', "10.2.0.2", "fd02::2" },
	};
	struct addr a = { 0 };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (hosts[i].host == host)
			addr_parse(&a, af == AF_INET ? hosts[i].v4 : hosts[i].v6, port);
	return a;
}

void one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bail("CPU affinity: %s", strerror(errno));
}

/* /proc/net/snmp: a line of names, then a line of values. */
static long snmp4(FILE *f, const char *name)
{
	char names[1024], values[1024];

	while (fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f)) {
		char *ns, *vs, *n = strtok_r(names, " \n", &ns), *v = strtok_r(values, " \n", &vs);

		if (!n || strcmp(n, "Udp:"))
			continue;
		while (n && v) {
			if (!strcmp(n, name))
				return atol(v);
			n = strtok_r(NULL, " \n", &ns);
			v = strtok_r(NULL, " \n", &vs);
		}
	}
	return -1;
}

static long snmp6(FILE *f, const char *name)
{
	char line[128], word[64];
	long v;

	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Udp6%63s %ld", word, &v) == 2 && !strcmp(word, name))
			return v;
	return -1;
}

long netstat(const char *ns, int af, const char *name)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	FILE *f;
	long v;

	ns_enter(ns);
	f = fopen(af == AF_INET ? "/proc/thread-self/net/snmp" : "/proc/thread-self/net/snmp6", "r");
	if (!f)
		bail("/proc/net/snmp: %s", strerror(errno));
	v = af == AF_INET ? snmp4(f, name) : snmp6(f, name);
	fclose(f);
	if (setns(home, CLONE_NEWNET))
		bail("back to own namespace: %s", strerror(errno));
	close(home);
	return v;
}

void offload(const char *ns, const char *dev, uint32_t ethtool_cmd, int on)
{
	struct ethtool_value v = { .cmd = ethtool_cmd, .data = (uint32_t)on };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int fd = ns_socket(ns, AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		bail("offload of %s: %s", dev, strerror(errno));
	close(fd);
}

/* Bit of a device feature by its name, as `ethtool -k` prints it. */
static unsigned int feature_bit(int fd, struct ifreq *ifr, const char *name)
{
	struct { struct ethtool_sset_info info; uint32_t count; } set = {
		.info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1 << ETH_SS_FEATURES } };
	static struct { struct ethtool_gstrings s; char names[256][ETH_GSTRING_LEN]; } all;

	ifr->ifr_data = (void *)&set;
	if (ioctl(fd, SIOCETHTOOL, ifr) || set.count > 256)
		bail("features of %s: %s", ifr->ifr_name, strerror(errno));
	all.s = (struct ethtool_gstrings){ .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES,
					   .len = set.count };
	ifr->ifr_data = (void *)&all;
	if (ioctl(fd, SIOCETHTOOL, ifr))
		bail("names of features of %s: %s", ifr->ifr_name, strerror(errno));
	for (unsigned int i = 0; i < all.s.len; i++)
		if (!strncmp(all.names[i], name, ETH_GSTRING_LEN))
			return i;
	bail("%s has no feature %s", ifr->ifr_name, name);
}

void feature(const char *ns, const char *dev, const char *name, bool on)
{
	struct { struct ethtool_sfeatures f; struct ethtool_set_features_block b[8]; } set = {
		.f = { .cmd = ETHTOOL_SFEATURES, .size = 2 } };
	int fd = ns_socket(ns, AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { 0 };
	unsigned int bit;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	bit = feature_bit(fd, &ifr, name);
	set.b[bit / 32].valid = 1u << bit % 32;
	set.b[bit / 32].requested = on ? 1u << bit % 32 : 0;
	ifr.ifr_data = (void *)&set;
	if (ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		bail("feature %s of %s: %s", name, dev, strerror(errno));
	close(fd);
}

void shell(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line) || system(line))
		bail("failed: %s", line);
}
