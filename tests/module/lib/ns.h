/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three hosts of the test, network namespaces made by tests/module/topology:
 *
 *	ta 10.1.0.2, fd01::2 ──── 10.1.0.1, fd01::1 tg 10.2.0.1, fd02::1 ──── 10.2.0.2, fd02::2 tb
 *
 * One process holds sockets in all three, so that a test reads as one story.
 */
#ifndef KSRTP_TEST_NS_H
#define KSRTP_TEST_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "addr.h"

#define NS_A "ta"
#define NS_G "tg"
#define NS_B "tb"

#define DEADLINE_MS 5000

/** ns_enter() - the calling thread moves into @ns; bails out when it cannot. */
void ns_enter(const char *ns);
/** ns_socket() - a socket of @ns; the thread's own namespace stays. */
int ns_socket(const char *ns, int domain, int type, int protocol);
/** udp_open() - a UDP socket of @ns bound to @local. */
int udp_open(const char *ns, const struct addr *local);
/** udp_try() - send; Return: false when the kernel did not let it out (EPERM, EMSGSIZE). */
bool udp_try(int fd, const struct addr *to, const void *p, size_t len);
/** udp_try_segmented() - the same in packets of @size octets, which the sender's stack is to cut. */
bool udp_try_segmented(int fd, const struct addr *to, const void *p, size_t len, size_t size);
/** udp_send() - send, and bail out when that fails. */
void udp_send(int fd, const struct addr *to, const void *p, size_t len);
/** udp_recv() - Return: octets, or -1 after @ms milliseconds of silence; @from may be NULL. */
ssize_t udp_recv(int fd, void *p, size_t cap, int ms, struct addr *from);

/** shell() - a line for the shell, in the caller's namespace; bails out when it fails. */
void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** host_addr() - host 'a', 'b', 'g' (its side towards a) or 'h' (towards b), and a port. */
struct addr host_addr(int af, char host, uint16_t port);

/** one_cpu() - stay on one CPU, so that packets sent in order arrive in order. */
void one_cpu(void);

/** netstat() - counter @name of @group ("Udp:", "Ip6") in @ns's /proc/net/snmp or snmp6. */
long netstat(const char *ns, int af, const char *name);

/** offload() - switch checksum offload of @dev in @ns: ETHTOOL_STXCSUM or ETHTOOL_SRXCSUM. */
void offload(const char *ns, const char *dev, uint32_t ethtool_cmd, int on);
/** feature() - the same of any feature by the name that `ethtool -k` has for it. */
void feature(const char *ns, const char *dev, const char *name, bool on);

#endif
