// SPDX-License-Identifier: GPL-2.0-or-later
#include "media_stun.h"

#include <string.h>

#include "buf.h"

/* RFC 5389 sections 6, 15.2 and 18 */
#define HEAD			20
#define COOKIE			0x2112a442u
#define BINDING_REQUEST		0x0001
#define BINDING_SUCCESS		0x0101
#define XOR_MAPPED_ADDRESS	0x0020
#define OPTIONAL		0x8000	/* attributes from here on may be skipped */

static bool request_fits(const uint8_t *data, size_t len)
{
	struct rbuf r = rbuf_on(data, len);

	if (rbuf_u16(&r) != BINDING_REQUEST || rbuf_u16(&r) != len - HEAD || rbuf_u32(&r) != COOKIE)
		return false;
	rbuf_bytes(&r, 12);		/* transaction id */
	while (rbuf_left(&r)) {
		uint16_t type = rbuf_u16(&r);
		size_t octets = rbuf_u16(&r);

		if (type < OPTIONAL)	/* section 7.3.1: not understood, so no success */
			return false;
		rbuf_bytes(&r, (octets + 3) & ~(size_t)3);
	}
	return rbuf_done(&r);
}

size_t media_stun_answer(const uint8_t *data, size_t len, const struct addr *from,
			 uint8_t out[MEDIA_STUN_MAX])
{
	struct wbuf w = wbuf_on(out, MEDIA_STUN_MAX);
	size_t ip_len = addr_ip_len(from);
	uint8_t ip[16];

	if (len < HEAD || len > 0xffff || len % 4 || !request_fits(data, len))
		return 0;
	/* X-Address: the cookie and, for IPv6, the transaction id lie next to each other. */
	for (size_t i = 0; i < ip_len; i++)
		ip[i] = from->ip[i] ^ data[4 + i];

	wbuf_u16(&w, BINDING_SUCCESS);
	wbuf_u16(&w, (uint16_t)(8 + ip_len));
	wbuf_bytes(&w, data + 4, 16);
	wbuf_u16(&w, XOR_MAPPED_ADDRESS);
	wbuf_u16(&w, (uint16_t)(4 + ip_len));
	wbuf_u16(&w, from->family == AF_INET6 ? 2 : 1);
	wbuf_u16(&w, from->port ^ (COOKIE >> 16));
	wbuf_bytes(&w, ip, ip_len);
	return w.bad ? 0 : w.len;
}
