// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"

int addr_parse(struct addr *a, const char *ip, uint16_t port)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(ip);
	struct addr out = { .port = port };
	bool brackets = false;

	if (len >= 2 && ip[0] == '[' && ip[len - 1] == ']') {
		brackets = true;
		ip++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return -EINVAL;
	memcpy(bare, ip, len);
	bare[len] = '\0';

	if (inet_pton(AF_INET6, bare, out.ip) == 1)
		out.family = AF_INET6;
	else if (!brackets && inet_pton(AF_INET, bare, out.ip) == 1)
		out.family = AF_INET;
	else
		return -EINVAL;
	*a = out;
	return 0;
}

const char *addr_ip_str(const struct addr *a, char *out)
{
	if (!addr_is_set(a) || !inet_ntop(a->family, a->ip, out, ADDR_STRLEN))
		snprintf(out, ADDR_STRLEN, "-");
	return out;
}

const char *addr_str(const struct addr *a, char *out)
{
	char ip[INET6_ADDRSTRLEN];

	if (!addr_is_set(a) || !inet_ntop(a->family, a->ip, ip, sizeof(ip)))
		snprintf(out, ADDR_STRLEN, "-");
	else if (a->family == AF_INET6)
		snprintf(out, ADDR_STRLEN, "[%s]:%u", ip, a->port);
	else
		snprintf(out, ADDR_STRLEN, "%s:%u", ip, a->port);
	return out;
}

bool addr_ip_equal(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return false;
	return !addr_is_set(a) || memcmp(a->ip, b->ip, addr_ip_len(a)) == 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_ip_equal(a, b);
}

bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return addr_is_set(a) && memcmp(a->ip, zero, addr_ip_len(a)) == 0;
}

bool addr_is_host(const struct addr *a)
{
	if (!addr_is_set(a) || addr_is_any(a))
		return false;
	if (a->family == AF_INET6)
		return a->ip[0] != 0xff;
	return a->ip[0] != 0 && a->ip[0] < 224;	/* multicast, reserved and broadcast are above */
}

socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof(*in6);
	}
	if (a->family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof(*in);
	}
	return 0;
}

int addr_from_sockaddr(struct addr *a, const struct sockaddr_storage *ss)
{
	struct addr out = { 0 };

	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

		out.family = AF_INET;
		out.port = ntohs(in->sin_port);
		memcpy(out.ip, &in->sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		out.port = ntohs(in6->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			out.family = AF_INET;
			memcpy(out.ip, in6->sin6_addr.s6_addr + 12, 4);
		} else {
			out.family = AF_INET6;
			memcpy(out.ip, &in6->sin6_addr, 16);
		}
	} else {
		return -EAFNOSUPPORT;
	}
	*a = out;
	return 0;
}

/* Between roles: 0, 4 or 6; then, if set, the port and the octets of the address. */
void addr_put(struct wbuf *w, const struct addr *a)
{
	if (!addr_is_set(a)) {
		wbuf_u8(w, 0);
		return;
	}
	wbuf_u8(w, a->family == AF_INET6 ? 6 : 4);
	wbuf_u16(w, a->port);
	wbuf_bytes(w, a->ip, addr_ip_len(a));
}

void addr_get(struct rbuf *r, struct addr *a)
{
	uint8_t version = rbuf_u8(r);
	const uint8_t *ip;

	memset(a, 0, sizeof(*a));
	if (version == 0)
		return;
	if (version != 4 && version != 6) {
		r->bad = true;
		return;
	}
	a->port = rbuf_u16(r);
	ip = rbuf_bytes(r, version == 6 ? 16 : 4);
	if (!ip) {
		memset(a, 0, sizeof(*a));
		return;
	}
	a->family = version == 6 ? AF_INET6 : AF_INET;
	memcpy(a->ip, ip, addr_ip_len(a));
}
