// SPDX-License-Identifier: GPL-2.0-or-later
/* SSRCs on every way through the module: many, new ones for idle ones, two sources of one SSRC,
 * streams that began long ago; and all forms of the RTP header. Rules in PREROUTING and OUTPUT. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ns.h"
#include "lib/tap.h"
#include "lib/way.h"

#define PLACES 4

/* CSRC lists, extensions and padding are where header lengths go wrong. */
static void test_headers(enum way_kind kind, int af, uint16_t profile)
{
	static const int exts[] = { -1, 0, 1, 5 };
	static const unsigned int pads[] = { 0, 1, 4, 255 };
	uint8_t pkt[PACKET_MAX];
	uint16_t seq = 0;
	struct way w;
	bool ok = true;

	way_open(&w, kind, af, profile, NULL);
	for (int e = 0; e < 4; e++)
		for (int d = 0; d < 4; d++)
			for (unsigned int cc = 0; cc <= 15 && ok; cc += 5) {
				struct rtp r = { .ssrc = 7, .seq = seq++, .payload = 33, .csrcs = cc,
						 .ext_words = exts[e], .padding = pads[d] };
				size_t len = rtp_build(pkt, &r);

				ok = (way_send(&w, pkt, len) && way_got(&w, pkt, len)) ||
					diag("%u CSRCs, extension of %d words, %u padding", cc,
					     exts[e], pads[d]);
			}
	tap(ok && way_drops(&w, DROPS()), "%s: CSRCs, extensions, padding", w.name);
	way_close(&w);
}

/* As many as may be, all in use: the next one waits. */
static void test_hundreds(enum way_kind kind, int af, uint16_t profile)
{
	const struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = 300 };
	uint8_t pkt[PACKET_MAX];
	struct way w;
	bool ok = true;
	size_t n;

	if ((af == AF_INET) != (profile == CM))
		return;
	way_open(&w, kind, af, profile, &extra);
	for (uint32_t i = 0; i < 300 && ok; i++)
		ok = way_passes(&w, 0x5000 + 77 * i, (uint16_t)i) || diag("SSRC %u", i);
	n = rtp_simple(pkt, 0x4000, 1);
	way_send(&w, pkt, n);
	ok = ok && way_passes(&w, 0x5000, 1) && way_silent(&w);
	tap(ok && way_drops(&w, DROPS({ SRTP_DROP_STREAMS, 1 })),
	    "%s: three hundred SSRCs at once, and not one more", w.name);
	way_close(&w);
}

/* RFC 3550 section 8.2: neither source knows yet. Both directions have it, which is no collision. */
static void test_collision(enum way_kind kind, int af, uint16_t profile)
{
	uint8_t pkt[PACKET_MAX];
	struct nl_srtp_stats a, b;
	struct way w;
	bool ok;
	size_t n;

	way_open(&w, kind, af, profile, NULL);
	if (kind == WAY_ENCRYPT || kind == WAY_DECRYPT) {
		w.p.a.ssrc = w.p.b.ssrc = 9;
		ok = true;
		for (int i = 0; i < 3; i++)
			ok = ok && passes(&w.p.a, &w.p.b) && passes(&w.p.b, &w.p.a);
		tap(ok, "%s: both directions have the same SSRC", w.name);
	}
	/* Two sources whose sequence numbers are far apart, in turns; both in the clear. */
	if (kind == WAY_ENCRYPT || kind == WAY_SEND) {
		ok = way_passes(&w, 10, 40000);
		for (uint16_t i = 1; i <= 10; i++) {
			ok = ok && way_passes(&w, 10, i);
			n = rtp_simple(pkt, 10, (uint16_t)(40000 + i));
			way_send(&w, pkt, n);
		}
		ok = ok && way_passes(&w, 10, 11) && way_silent(&w);
		a = side_stats(&w.p.a);
		b = w.app < 0 ? side_stats(&w.p.b) : (struct nl_srtp_stats){ 0 };
		tap(ok && a.drops[SRTP_DROP_OLD] + b.drops[SRTP_DROP_OLD] == 10,
		    "%s: of two sources with one SSRC the newer passes, no index comes twice", w.name);
	}
	way_close(&w);
}

/* RFC 3711 section 3.3.1: who joins has to be told the ROC. */
static void test_late(enum way_kind kind, int af, uint16_t profile)
{
	struct nl_srtp_stream at = { .ssrc = 0x66, .roc = 5, .seq = -1, .rtcp_index = -1 };
	struct nl_srtp_session what = { .streams = &at, .nstreams = 1 };
	uint8_t pkt[PACKET_MAX];
	struct way w;
	bool ok = true;
	size_t n;

	if (kind != WAY_DECRYPT && kind != WAY_RECEIVE)
		return;
	way_open(&w, kind, af, profile, NULL);
	/* libsrtp makes the stream with the first packet, and that one never arrives. */
	n = rtp_simple(pkt, at.ssrc, 100);
	way_make(&w, pkt, pkt, n);
	if (srtp_set_stream_roc(w.p.a.send, at.ssrc, at.roc) != srtp_err_status_ok)
		bail("srtp_set_stream_roc");
	for (uint16_t i = 0; i < 3; i++) {
		n = rtp_simple(pkt, at.ssrc, (uint16_t)(101 + i));
		way_send(&w, pkt, n);
	}
	ok = way_passes(&w, 0x67, 1) && way_silent(&w);
	tap(ok && way_drops(&w, DROPS({ SRTP_DROP_AUTH, 3 })),
	    "%s: a stream in its sixth roll-over period is not taken for another", w.name);
	side_set(&w.p.a, what);
	ok = way_passes(&w, at.ssrc, 104) && way_passes(&w, at.ssrc, 105);
	tap(ok && way_drops(&w, DROPS({ SRTP_DROP_AUTH, 3 })),
	    "%s: once its ROC is told it passes", w.name);
	way_close(&w);
}

/* ---- who was idle makes room ---- */

struct room {
	struct way w;
	uint8_t wire[PACKET_MAX], plain[PACKET_MAX];	/* of SSRC 1, to be repeated */
	size_t wire_len, plain_len;
	uint16_t busy;		/* sequence number of SSRC 2 */
	bool ok;
};

static struct room rooms[2 * 2 * WAYS];
static int nrooms;

static const struct drop *none_but(uint64_t streams, uint64_t replay, uint64_t reuse)
{
	static struct drop d[4];

	d[0] = (struct drop){ SRTP_DROP_STREAMS, streams };
	d[1] = (struct drop){ SRTP_DROP_REPLAY, replay };
	d[2] = (struct drop){ SRTP_DROP_REUSE, reuse };
	for (int i = 0; i < 3; i++)
		if (!d[i].count)
			d[i].why = SRTP_DROP_SOURCE;	/* none of these, too */
	return d;
}

static void room_open(enum way_kind kind, int af, uint16_t profile)
{
	const struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = PLACES };
	struct room *r = &rooms[nrooms++];

	way_open(&r->w, kind, af, profile, &extra);
	/* SSRC 1 first, over the wrap, so that its ROC is 1. */
	r->ok = way_passes(&r->w, 1, 65534) && way_passes(&r->w, 1, 65535);
	r->plain_len = rtp_simple(r->plain, 1, 0);
	r->wire_len = way_make(&r->w, r->wire, r->plain, r->plain_len);
	r->ok = r->ok && udp_try(r->w.fd, &r->w.to, r->wire, r->wire_len) &&
		way_got(&r->w, r->plain, r->plain_len);
	for (uint32_t ssrc = 2; ssrc <= PLACES; ssrc++)
		r->ok = r->ok && way_passes(&r->w, ssrc, 1);
	r->busy = 2;
}

static void room_busy(struct room *r)
{
	r->ok = r->ok && way_passes(&r->w, 2, r->busy++);
}

static void room_full(struct room *r)
{
	uint8_t pkt[PACKET_MAX];
	size_t n = rtp_simple(pkt, 100, 1);

	way_send(&r->w, pkt, n);
	room_busy(r);
	tap(r->ok && way_silent(&r->w) && way_drops(&r->w, none_but(1, 0, 0)),
	    "%s: no stream in use makes room", r->w.name);
}

/* The same packet once more: a copy on the wire, or a plain one that would take its index. */
static void room_again(struct room *r)
{
	udp_try(r->w.fd, &r->w.to, r->wire, r->wire_len);
}

static void room_change(struct room *r)
{
	bool sends = r->w.kind == WAY_ENCRYPT || r->w.kind == WAY_SEND;
	uint8_t pkt[PACKET_MAX];
	struct nl_srtp_report rep;
	size_t n;

	/* 1 goes, then 3 and 4; 2 is in use, and then nobody is left to go. */
	for (uint32_t ssrc = 101; ssrc <= 103; ssrc++)
		r->ok = r->ok && way_passes(&r->w, ssrc, 1);
	n = rtp_simple(pkt, 104, 1);
	way_send(&r->w, pkt, n);
	room_again(r);
	room_busy(r);
	rep = side_report(r->w.kind == WAY_ENCRYPT ? &r->w.p.b : &r->w.p.a);
	if ((sends ? rep.tx_streams : rep.rx_streams) != PLACES)
		r->ok = diag("%u streams received, %u sent", rep.rx_streams, rep.tx_streams);
	/* A sender's repeated packet needs a place before it is known to be one. */
	tap(r->ok && way_silent(&r->w) && way_drops(&r->w, none_but(3, 0, 0)),
	    "%s: idle streams make room, one in use does not", r->w.name);
}

static void room_return(struct room *r)
{
	bool sends = r->w.kind == WAY_ENCRYPT || r->w.kind == WAY_SEND;

	/* 101 to 103 are idle by now: 1 comes back, in the roll-over period it was in. */
	room_again(r);
	r->ok = r->ok && way_passes(&r->w, 1, 1);
	room_again(r);
	r->ok = r->ok && way_passes(&r->w, 1, 2);
	tap(r->ok && way_silent(&r->w) &&
	    way_drops(&r->w, none_but(3, sends ? 0 : 2, sends ? 2 : 0)),
	    "%s: who comes back goes on where it was; nothing is accepted or used twice", r->w.name);
	way_close(&r->w);
}

static void all_rooms(void (*what)(struct room *r))
{
	for (int i = 0; i < nrooms; i++)
		what(&rooms[i]);
}

/* Six seconds are longer than streams are kept that nobody uses. */
static void wait_idle(void)
{
	for (int i = 0; i < 6; i++) {
		sleep(1);
		all_rooms(room_busy);
	}
}

static void test_all(enum way_kind kind, int af, uint16_t profile)
{
	test_headers(kind, af, profile);
	test_hundreds(kind, af, profile);
	test_collision(kind, af, profile);
	test_late(kind, af, profile);
}

int main(void)
{
	gw_begin();
	each_way(test_all);
	each_way(room_open);
	all_rooms(room_full);
	wait_idle();
	all_rooms(room_change);
	wait_idle();
	all_rooms(room_return);
	return tap_done();
}
