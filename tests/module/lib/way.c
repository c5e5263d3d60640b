// SPDX-License-Identifier: GPL-2.0-or-later
#include "way.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ns.h"
#include "tap.h"

static const char *const names[] = {
	[WAY_DECRYPT] = "relayed SRTP to RTP", [WAY_ENCRYPT] = "relayed RTP to SRTP",
	[WAY_RECEIVE] = "to a program", [WAY_SEND] = "from a program",
};

void way_open(struct way *w, enum way_kind kind, int af, uint16_t profile,
	      const struct nl_srtp_session *extra)
{
	*w = (struct way){ .kind = kind, .af = af, .app = -1 };
	snprintf(w->name, sizeof(w->name), "%s %s, %s", af_name(af), suite_name(profile),
		 names[kind]);
	if (kind == WAY_DECRYPT || kind == WAY_ENCRYPT) {
		pair_open(&w->p, af, kind == WAY_DECRYPT ? profile : PLAIN,
			  kind == WAY_DECRYPT ? PLAIN : profile, extra);
	} else {
		w->app = side_program(&w->p.a, af, profile, extra);
	}
	w->fd = kind == WAY_SEND ? w->app : w->p.a.fd;
	w->to = kind == WAY_SEND ? w->p.a.far : w->p.a.local;
}

void way_close(struct way *w)
{
	if (w->app < 0) {
		pair_close(&w->p);
		return;
	}
	close(w->app);
	side_close(&w->p.a);
}

size_t way_make(struct way *w, uint8_t *wire, const uint8_t *plain, size_t len)
{
	/* libsrtp wants 32-bit alignment. */
	union { uint32_t align; uint8_t data[PACKET_MAX]; } buf;

	memcpy(buf.data, plain, len);
	if (w->kind != WAY_SEND)
		len = side_protect(&w->p.a, buf.data, len);
	memcpy(wire, buf.data, len);
	return len;
}

bool way_send(struct way *w, const uint8_t *plain, size_t len)
{
	uint8_t wire[PACKET_MAX];
	size_t n = way_make(w, wire, plain, len);

	return udp_try(w->fd, &w->to, wire, n);
}

bool way_got(struct way *w, const uint8_t *plain, size_t len)
{
	if (w->kind == WAY_RECEIVE)
		return plain_got(w->app, &w->p.a.far, plain, len);
	return side_got(w->kind == WAY_SEND ? &w->p.a : &w->p.b, plain, len);
}

bool way_silent(struct way *w)
{
	uint8_t in[PACKET_MAX];

	if (w->kind == WAY_RECEIVE)
		return udp_recv(w->app, in, sizeof(in), 0, NULL) < 0 ||
			diag("the program got something");
	return side_silent(w->kind == WAY_SEND ? &w->p.a : &w->p.b);
}

bool way_passes(struct way *w, uint32_t ssrc, uint16_t seq)
{
	uint8_t pkt[PACKET_MAX];
	size_t n = rtp_simple(pkt, ssrc, seq);

	return way_send(w, pkt, n) && way_got(w, pkt, n);
}

bool way_drops(struct way *w, const struct drop *want)
{
	return w->app < 0 ? pair_drops_are(&w->p, want) : drops_are(&w->p.a, want);
}

void each_way(void (*test)(enum way_kind kind, int af, uint16_t profile))
{
	static const uint16_t suites[] = { CM, GCM };

	for (int i = 0; i < 2; i++)
		for (enum way_kind kind = 0; kind < WAYS; kind++) {
			test(kind, AF_INET, suites[i]);
			test(kind, AF_INET6, suites[i]);
		}
}
