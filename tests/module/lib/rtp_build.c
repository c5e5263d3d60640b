// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtp_build.h"

#include <string.h>

static size_t put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

static size_t put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
	return 4;
}

size_t rtp_build(uint8_t *out, const struct rtp *r)
{
	size_t n = 0;

	out[n++] = (uint8_t)(0x80 | (r->padding ? 0x20 : 0) | (r->ext_words >= 0 ? 0x10 : 0) |
			     (r->csrcs & 15));
	out[n++] = 8;	/* PCMA, no marker */
	n += put16(out + n, r->seq);
	n += put32(out + n, 160u * r->seq);
	n += put32(out + n, r->ssrc);
	for (unsigned int i = 0; i < r->csrcs; i++)
		n += put32(out + n, 0xc0000000u + i);
	if (r->ext_words >= 0) {
		n += put16(out + n, 0xbede);
		n += put16(out + n, (unsigned int)r->ext_words);
		for (int i = 0; i < r->ext_words; i++)
			n += put32(out + n, 0x10ff0000u + (uint32_t)i);
	}
	for (size_t i = 0; i < r->payload; i++)
		out[n++] = (uint8_t)(r->seq * 31 + r->ssrc + i * 7);
	if (r->padding) {
		memset(out + n, 0, r->padding);
		n += r->padding;
		out[n - 1] = (uint8_t)r->padding;
	}
	return n;
}

size_t rtp_simple(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
	const struct rtp r = { .ssrc = ssrc, .seq = seq, .payload = 160, .ext_words = -1 };

	return rtp_build(out, &r);
}

size_t rtcp_build(uint8_t *out, uint32_t ssrc, uint32_t n, unsigned int extra)
{
	size_t len = 0;

	out[len++] = 0x80;
	out[len++] = 200;	/* SR without report blocks, RFC 3550 section 6.4.1 */
	len += put16(out + len, 6);
	len += put32(out + len, ssrc);
	for (uint32_t i = 0; i < 5; i++)
		len += put32(out + len, n + i);
	if (extra) {
		out[len++] = 0x80;
		out[len++] = 204;	/* APP */
		len += put16(out + len, 2 + extra);
		len += put32(out + len, ssrc);
		len += put32(out + len, 0x74657374);
		for (unsigned int i = 0; i < extra; i++)
			len += put32(out + len, n * 3 + i);
	}
	return len;
}
