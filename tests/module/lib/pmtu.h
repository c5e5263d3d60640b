/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a UDP socket does, and is told, when its packets are too long. */
#ifndef KSRTP_TEST_PMTU_H
#define KSRTP_TEST_PMTU_H

#include <sys/types.h>

/** pmtu_probe() - the socket sets DF whatever it has been told, and keeps what it is told. */
void pmtu_probe(int fd, int af);
/** pmtu_heed() - it sends fragments where it has been told so. */
void pmtu_heed(int fd, int af);

/**
 * pmtu_told() - wait for ICMP on the socket's error queue
 * @quoted: set to the octets of payload in it
 *
 * Return: the MTU it tells, or 0.
 */
unsigned int pmtu_told(int fd, ssize_t *quoted);

#endif
