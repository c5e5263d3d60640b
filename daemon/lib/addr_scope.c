// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr_scope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

static bool prefix_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	return memcmp(a, b, bits / 8) == 0 &&
	       (!rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

bool addr_in_net(const struct addr *a, const struct addr_net *n)
{
	return a->family == n->ip.family && prefix_equal(a->ip, n->ip.ip, n->bits);
}

int addr_net_parse(struct addr_net *n, const char *text, struct err *e)
{
	const char *slash = strchr(text, '/');
	char ip[ADDR_STRLEN];
	unsigned int most;
	int end;

	memset(n, 0, sizeof(*n));
	snprintf(ip, sizeof(ip), "%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);
	if (addr_parse(&n->ip, ip, 0))
		return err_set(e, -EINVAL, "\"%s\" is not an address or prefix", text);
	most = 8 * (unsigned int)addr_ip_len(&n->ip);
	n->bits = most;
	if (slash && (sscanf(slash, "/%3u%n", &n->bits, &end) != 1 || slash[end] || n->bits > most))
		return err_set(e, -EINVAL, "\"%s\": a prefix has 0 to %u bits", text, most);
	for (unsigned int i = n->bits; i < most; i++)
		if (n->ip.ip[i / 8] & 0x80 >> i % 8)
			return err_set(e, -EINVAL, "\"%s\" has bits behind its prefix", text);
	return 0;
}

struct special {
	uint8_t ip[16];
	unsigned int bits;
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry: not globally reachable */
static const struct special special4[] = {
	{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 }, { { 169, 254 }, 16 },
	{ { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 }, { { 192, 0, 2 }, 24 }, { { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 }, { { 198, 18 }, 15 }, { { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },		/* multicast, reserved, broadcast */
};

/* The same of IPv6, within 2000::/3; outside of that nothing is global but NAT64. */
static const struct special special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },			/* protocol assignments, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },		/* documentation */
	{ { 0x3f, 0xff, 0x00 }, 20 },			/* documentation, RFC 9637 */
};

static bool is_special(const uint8_t *ip, const struct special *list, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (prefix_equal(ip, list[i].ip, list[i].bits))
			return true;
	return false;
}

static bool public4(const uint8_t *ip)
{
	return !is_special(ip, special4, sizeof(special4) / sizeof(special4[0]));
}

static bool public6(const uint8_t *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const uint8_t sixtofour[2] = { 0x20, 0x02 };

	if (memcmp(ip, mapped, sizeof(mapped)) == 0 || memcmp(ip, nat64, sizeof(nat64)) == 0)
		return public4(ip + 12);
	if (memcmp(ip, sixtofour, sizeof(sixtofour)) == 0)
		return public4(ip + 2);
	return ip[0] >> 5 == 1 && !is_special(ip, special6, sizeof(special6) / sizeof(special6[0]));
}

bool addr_is_public(const struct addr *a)
{
	return a->family == AF_INET ? public4(a->ip) : a->family == AF_INET6 && public6(a->ip);
}
