// SPDX-License-Identifier: GPL-2.0-or-later
/* IP packets as they come: options, extension headers, fragments, and such as do not fit, on every
 * way through the module. Rules in PREROUTING and OUTPUT. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ns.h"
#include "lib/pmtu.h"
#include "lib/raw_ip.h"
#include "lib/tap.h"
#include "lib/way.h"

#define SSRC 0x21222324

static void option(int fd, int level, int name, const void *p, size_t len)
{
	if (setsockopt(fd, level, name, p, (socklen_t)len))
		bail("socket option %d of level %d: %s", name, level, strerror(errno));
}

static void set(int fd, int level, int name, int value)
{
	option(fd, level, name, &value, sizeof(value));
}

/* ---- headers in front of UDP ---- */

struct dress {
	const char *what;
	int level, name;
	uint8_t octets[40];
	size_t len;
};

static const struct dress dresses4[] = {
	{ "40 octets of NOP", IPPROTO_IP, IP_OPTIONS, { [0 ... 38] = 1 }, 40 },
	{ "record route", IPPROTO_IP, IP_OPTIONS, { 7, 11, 4, [11] = 0 }, 12 },
	{ "router alert", IPPROTO_IP, IP_OPTIONS, { 148, 4, 0, 0 }, 4 },
};

/* Next header and length of each are the kernel's to fill in; PadN of 4 octets. */
static const struct dress dresses6[] = {
	{ "hop-by-hop options", IPPROTO_IPV6, IPV6_HOPOPTS, { 0, 0, 1, 4 }, 8 },
	{ "destination options", IPPROTO_IPV6, IPV6_DSTOPTS, { 0, 0, 1, 4 }, 8 },
};

static void test_headers(enum way_kind kind, int af, uint16_t profile)
{
	const struct dress *d = af == AF_INET ? dresses4 : dresses6;
	int n = af == AF_INET ? 3 : 2;
	uint16_t seq = 1;
	struct way w;
	bool ok = true;

	way_open(&w, kind, af, profile, NULL);
	for (int i = 0; i < n && ok; i++) {
		option(w.fd, d[i].level, d[i].name, d[i].octets, d[i].len);
		ok = way_passes(&w, SSRC, seq++) || diag("with %s", d[i].what);
		if (af == AF_INET)
			option(w.fd, d[i].level, d[i].name, NULL, 0);
	}
	/* IPv6: by now both at once. */
	ok = ok && way_passes(&w, SSRC, seq++) && way_passes(&w, SSRC, seq);
	tap(ok && way_drops(&w, DROPS()), "%s: %s", w.name,
	    af == AF_INET ? "IP options" : "extension headers");
	way_close(&w);
}

/* ---- fragments ---- */

/* As a stack makes them: larger than the MTU; of two and, with a small MTU, of more. */
static void test_large(enum way_kind kind, int af, uint16_t profile)
{
	static const size_t sizes[] = { 1452, 1453, 1472, 1473, 1480, 1500, 1900, 1990 };
	uint8_t pkt[PACKET_MAX];
	struct way w;
	bool ok = true;

	way_open(&w, kind, af, profile, NULL);
	/* No DF, so that they may be fragmented wherever they do not fit. */
	if (af == AF_INET)
		set(w.fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	for (uint16_t i = 0; i < 8 && ok; i++) {
		struct rtp r = { .ssrc = SSRC, .seq = i, .payload = sizes[i] - 12, .ext_words = -1 };
		size_t len = rtp_build(pkt, &r);

		/* IPv6 whose sender did not fragment is refused: see test_too_long(). */
		if (af == AF_INET6 && kind != WAY_SEND && i < 3)
			continue;
		ok = (way_send(&w, pkt, len) && way_got(&w, pkt, len)) ||
			diag("packet of %zu octets", len);
	}
	tap(ok && way_silent(&w) && way_drops(&w, DROPS()),
	    "%s: packets longer than the MTU come and go in fragments", w.name);
	way_close(&w);
}

static struct raw_dev raw;	/* a0, of the phones */

/* Octets @at to @at + @len of UDP datagram @udp; @more come. IPv6: with a fragment header. */
static void send_piece(const struct way *w, uint16_t id, const uint8_t *udp, size_t at, size_t len,
		       bool more)
{
	const bool v4 = w->af == AF_INET;
	uint8_t p[PACKET_MAX + 48];
	size_t head = raw_ip_head(p, &w->p.a.far, &w->to, v4 ? IPPROTO_UDP : IPPROTO_FRAGMENT,
				  (v4 ? 0 : 8) + len);

	if (v4) {
		put16(p + 4, id);
		put16(p + 6, at / 8 | (more ? 0x2000u : 0u));
	} else {
		memset(p + head, 0, 8);
		p[head] = IPPROTO_UDP;
		put16(p + head + 2, at | more);
		put16(p + head + 6, id);
		head += 8;
	}
	memcpy(p + head, udp + at, len);
	raw_send(&raw, p, head + len);
}

/* A datagram in pieces of @size octets, in this order; -1 ends it. */
static void send_pieces(struct way *w, uint16_t id, const uint8_t *plain, size_t n, size_t size,
			  const int *order)
{
	uint8_t udp[PACKET_MAX + 8] = { 0 };
	size_t len = 8 + way_make(w, udp + 8, plain, n);

	put16(udp, w->p.a.far.port);
	put16(udp + 2, w->to.port);
	put16(udp + 4, len);	/* no checksum: there is a tag */
	for (; *order >= 0; order++) {
		size_t at = size * (size_t)*order;

		if (at < len)
			send_piece(w, id, udp, at, len - at < size ? len - at : size,
				   len - at > size);
	}
}

static void test_pieces(enum way_kind kind, int af, uint16_t profile)
{
	static const int forward[] = { 0, 1, 2, 3, 4, 5, 6, 7, -1 };
	static const int backward[] = { 7, 6, 5, 4, 3, 2, 1, 0, -1 };
	static const int mixed[] = { 2, 0, 3, 1, 7, 6, 5, 4, -1 };
	static const int hole[] = { 0, 2, 3, 4, 5, 6, 7, -1 };
	static const int headless[] = { 1, 2, 3, 4, 5, 6, 7, -1 };
	static const int *const whole[] = { forward, backward, mixed };
	uint8_t pkt[PACKET_MAX];
	uint16_t id = (uint16_t)random();
	struct way w;
	bool ok = true;
	size_t n;

	if (kind != WAY_DECRYPT && kind != WAY_RECEIVE)
		return;
	way_open(&w, kind, af, profile, NULL);
	for (uint16_t i = 0; i < 3 && ok; i++) {
		n = rtp_simple(pkt, SSRC, i);
		send_pieces(&w, id++, pkt, n, 64, whole[i]);
		ok = way_got(&w, pkt, n) || diag("order %u", i);
	}
	n = rtp_simple(pkt, SSRC, 3);
	send_pieces(&w, id++, pkt, n, 64, hole);
	n = rtp_simple(pkt, SSRC, 4);
	send_pieces(&w, id++, pkt, n, 64, headless);
	/* The first piece ends with the UDP header, of RTP there is nothing in it. */
	n = rtp_simple(pkt, SSRC, 5);
	send_pieces(&w, id++, pkt, 40, 8, (const int[]){ 0, 1, 2, 3, 4, 5, 6, 7, 8, -1 });
	ok = ok && way_got(&w, pkt, 40) && way_passes(&w, SSRC, 6) && way_silent(&w);
	tap(ok && way_drops(&w, DROPS()),
	    "%s: fragments in any order, however small; what is not whole does not pass", w.name);
	way_close(&w);
}

/* ---- longer than the way out allows ---- */

/* Exactly up to the MTU of 1500 and no octet further; then the sender knows. */
static void test_too_long(enum way_kind kind, int af, uint16_t profile)
{
	unsigned int tag = profile == CM ? 10 : 16, mtu;
	struct rtp r = { .ssrc = SSRC, .seq = 1, .ext_words = -1,
			 .payload = (af == AF_INET ? 1472 : 1452) - tag - 12 };
	uint8_t pkt[PACKET_MAX];
	ssize_t quoted = 0;
	struct way w;
	size_t len;
	bool ok;

	if (kind != WAY_ENCRYPT && kind != WAY_SEND)
		return;
	way_open(&w, kind, af, profile, NULL);
	pmtu_probe(w.fd, af);
	len = rtp_build(pkt, &r);
	ok = way_send(&w, pkt, len) && way_got(&w, pkt, len);
	r.seq++;
	r.payload++;
	len = rtp_build(pkt, &r);
	if (kind == WAY_SEND) {
		ok = ok && !way_send(&w, pkt, len) && way_passes(&w, SSRC, 3);
	} else {
		ok = ok && way_send(&w, pkt, len);
		mtu = pmtu_told(w.fd, &quoted);
		if (mtu != 1500 - tag || quoted)
			ok = diag("told an MTU of %u, %zd octets quoted", mtu, quoted);
		ok = ok && way_passes(&w, SSRC, 3);
	}
	ok = ok && way_silent(&w);
	tap(ok && way_drops(&w, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s: a packet may grow to the MTU; beyond, its sender is told how long it may be",
	    w.name);
	pmtu_heed(w.fd, af);
	r.seq = 4;
	len = rtp_build(pkt, &r);
	ok = way_send(&w, pkt, len) && way_got(&w, pkt, len);
	tap(ok && way_drops(&w, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s: a sender that heeds it gets the same packet through", w.name);
	way_close(&w);
}

/* What was decrypted goes back to nobody, even where the way out is the narrower one. */
static void test_no_quote(int af, uint16_t profile)
{
	unsigned int tag = profile == CM ? 10 : 16, mtu;
	struct rtp r = { .ssrc = SSRC, .seq = 1, .payload = 1300, .ext_words = -1 };
	uint8_t pkt[PACKET_MAX];
	ssize_t quoted = 0;
	struct way w;
	size_t len;
	bool ok;

	shell("ip -n " NS_G " link set g1 mtu 1300");
	way_open(&w, WAY_DECRYPT, af, profile, NULL);
	pmtu_probe(w.fd, af);
	len = rtp_build(pkt, &r);
	ok = way_send(&w, pkt, len);
	mtu = pmtu_told(w.fd, &quoted);
	if (mtu != 1300 + tag || quoted)
		ok = diag("told an MTU of %u, %zd octets quoted", mtu, quoted);
	ok = ok && way_passes(&w, SSRC, 2);
	/* The least MTU of IPv6 is any packet's right: what is no longer is fragmented. */
	if (af == AF_INET6) {
		shell("ip -n " NS_G " link set g1 mtu 1280");
		way_close(&w);
		way_open(&w, WAY_ENCRYPT, af, profile, NULL);
		pmtu_probe(w.fd, af);
		r.payload = 1280 - 48 - 12;
		len = rtp_build(pkt, &r);
		ok = ok && way_send(&w, pkt, len) && way_got(&w, pkt, len);
	} else {
		ok = ok && way_drops(&w, DROPS({ SRTP_DROP_TOO_LONG, 1 }));
	}
	tap(ok, "%s: what was decrypted is not quoted to a sender", w.name);
	way_close(&w);
	shell("ip -n " NS_G " link set g1 mtu 1500");
}

static void test_all(enum way_kind kind, int af, uint16_t profile)
{
	test_headers(kind, af, profile);
	test_large(kind, af, profile);
	test_pieces(kind, af, profile);
	test_too_long(kind, af, profile);
}

int main(void)
{
	gw_begin();
	raw = raw_open(NS_A, "a0");
	each_way(test_all);
	each_case(test_no_quote);
	return tap_done();
}
