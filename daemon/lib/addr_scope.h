/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses are on the public Internet, and networks written as prefixes. */
#ifndef KSRTP_ADDR_SCOPE_H
#define KSRTP_ADDR_SCOPE_H

#include <stdbool.h>

#include "addr.h"

struct err;

/** struct addr_net - "192.0.2.0/24" */
struct addr_net {
	struct addr ip;		/* port 0; bits behind the prefix are 0 */
	unsigned int bits;
};

/**
 * addr_net_parse() - a prefix, or an address alone as a prefix of all its bits
 *
 * Return: 0, or -EINVAL, also when there are bits behind the prefix.
 */
int addr_net_parse(struct addr_net *n, const char *text, struct err *e);

bool addr_in_net(const struct addr *a, const struct addr_net *n);

/**
 * addr_is_public() - globally reachable by the IANA special-purpose registries
 *
 * Loopback, private, link-local, shared, documentation, benchmark, multicast and
 * reserved addresses are not.  An IPv4 address inside an IPv6 one (mapped, 6to4,
 * NAT64) counts for what it is.
 */
bool addr_is_public(const struct addr *a);

#endif /* KSRTP_ADDR_SCOPE_H */
