// SPDX-License-Identifier: GPL-2.0-or-later
/* What devices and captures make of packets, on every way through the module: GSO and GRO,
 * checksums done by whom, packets shared with tcpdump. Rules in PREROUTING and OUTPUT. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>

#include "lib/capture.h"
#include "lib/ns.h"
#include "lib/raw_udp.h"
#include "lib/tap.h"
#include "lib/way.h"

#define SSRC 0x31323334
#define TRAIN 10

/* Whatever may be read where the SRTP is. */
static void test_captured(enum way_kind kind, int af, uint16_t profile)
{
	const char *dev = kind == WAY_ENCRYPT ? "g1" : "g0";
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct captured sent, seen;
	struct way w;
	bool ok = true;
	size_t n, len;

	way_open(&w, kind, af, profile, NULL);
	for (uint16_t i = 0; i < 5 && ok; i++) {
		int in = capture_open(kind == WAY_SEND ? NS_A : NS_G, kind == WAY_SEND ? "a0" : "g0");
		int out = capture_open(NS_G, dev);

		n = rtp_simple(plain, SSRC, i);
		len = way_make(&w, wire, plain, n);
		ok = udp_try(w.fd, &w.to, wire, len) && way_got(&w, plain, n);
		/* From a program: the phone's device sees what the phone gets, never what was sent. */
		sent = capture_search(in, wire, len);
		seen = capture_search(out, plain + 12, n - 12);
		if (ok && (sent.found != (kind != WAY_SEND) || seen.found || !seen.longest))
			ok = diag("as it was sent: %d, in the clear on %s: %d", sent.found, dev,
				  seen.found);
		close(in);
		close(out);
	}
	tap(ok && way_drops(&w, DROPS()), "%s: captured as sent, and where SRTP is never in the clear",
	    w.name);
	way_close(&w);
}

/* Ten packets in one buffer of the sender; @super: do they have to arrive as one, too? */
static bool train(struct way *w, uint16_t first, bool super)
{
	uint8_t plain[TRAIN][256], wire[PACKET_MAX], all[TRAIN * 300];
	size_t n = 0, len = 0, total = 0;
	int capture = capture_open(NS_G, "g0");
	struct captured c;
	bool ok = true;

	for (uint16_t i = 0; i < TRAIN; i++) {
		n = rtp_simple(plain[i], SSRC, (uint16_t)(first + i));
		len = way_make(w, wire, plain[i], n);
		memcpy(all + total, wire, len);
		total += len;
	}
	ok = udp_try_segmented(w->fd, &w->to, all, total, len);
	for (int i = 0; i < TRAIN && ok; i++)
		ok = way_got(w, plain[i], n) || diag("packet %d", i);
	c = capture_search(capture, all, len);
	close(capture);
	if (super && c.longest < 2 * len)
		return diag("no super-packet arrived, the test does not test");
	return ok;
}

static void test_gso(enum way_kind kind, int af, uint16_t profile)
{
	struct way w;
	bool ok;

	way_open(&w, kind, af, profile, NULL);
	ok = train(&w, 65530, kind != WAY_SEND) && train(&w, 4, kind != WAY_SEND) &&
		way_passes(&w, SSRC, 14);
	tap(ok && way_drops(&w, DROPS()), "%s: a GSO buffer of ten packets", w.name);
	way_close(&w);
}

/*
 * One buffer of what is no media and, as long, @media.  Does the first come as it was, where
 * somebody can receive it?
 */
static bool passes_mixed(struct way *w, const uint8_t *media, size_t len)
{
	uint8_t both[2 * PACKET_MAX];

	memset(both, 22, len);
	memcpy(both + len, media, len);
	if (!udp_try_segmented(w->fd, &w->to, both, 2 * len, len))
		return false;
	if (w->kind == WAY_SEND)
		return plain_got(w->p.a.fd, &w->p.a.local, both, len);
	return w->app < 0 || plain_got(w->app, &w->p.a.far, both, len);
}

/* A super-packet is what its packets are, not what the first of them is. */
static void test_mixed(enum way_kind kind, int af, uint16_t profile)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct way w;
	size_t n, len;
	bool ok;

	way_open(&w, kind, af, profile, NULL);
	n = rtp_simple(plain, SSRC, 1);
	len = way_make(&w, wire, plain, n);
	ok = passes_mixed(&w, wire, len) && way_got(&w, plain, n);
	tap(ok && way_drops(&w, DROPS()), "%s: media behind what is none, in one buffer", w.name);
	if (kind == WAY_RECEIVE) {
		n = rtp_simple(plain, SSRC, 2);
		ok = passes_mixed(&w, plain, n) && way_passes(&w, SSRC, 3);
		tap(ok && way_silent(&w) && way_drops(&w, DROPS({ SRTP_DROP_AUTH, 1 })),
		    "%s: nor does forged media get in by it", w.name);
	}
	way_close(&w);
}

/* Segmented by the sender's stack, and put together again by the gateway's, in two forms. */
static void test_gro(enum way_kind kind, int af, uint16_t profile)
{
	static const char *const how[] = { "rx-udp-gro-forwarding", "rx-gro-list" };

	if (kind == WAY_SEND)
		return;
	feature(NS_A, "a0", "tx-udp-segmentation", false);
	feature(NS_G, "g0", "rx-gro", true);
	for (int i = 0; i < 2; i++) {
		struct way w;
		bool ok;

		feature(NS_G, "g0", how[i], true);
		way_open(&w, kind, af, profile, NULL);
		ok = train(&w, 65530, true) && train(&w, 4, true) && way_passes(&w, SSRC, 14);
		tap(ok && way_drops(&w, DROPS()), "%s: ten packets in one by GRO, %s", w.name, how[i]);
		way_close(&w);
		feature(NS_G, "g0", how[i], false);
	}
	feature(NS_G, "g0", "rx-gro", false);
	feature(NS_A, "a0", "tx-udp-segmentation", true);
}

static void test_checksums(enum way_kind kind, int af, uint16_t profile)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 160, 161, 162, 163, 1000, 1001 };
	const char *ns = kind == WAY_RECEIVE ? NS_G : NS_A;
	uint8_t pkt[PACKET_MAX], wire[PACKET_MAX];
	long before;
	struct way w;
	bool ok = true;
	size_t len;

	if (kind != WAY_RECEIVE && kind != WAY_SEND)
		return;
	way_open(&w, kind, af, profile, NULL);
	before = netstat(ns, af, "InCsumErrors");
	/* Made by the sender's stack or not; looked at by the receiver's, whose device does not say. */
	for (uint16_t i = 0; i < 20 && ok; i++) {
		struct rtp r = { .ssrc = SSRC, .seq = i, .payload = sizes[i % 10], .ext_words = -1 };

		offload(NS_A, "a0", kind == WAY_SEND ? ETHTOOL_SRXCSUM : ETHTOOL_STXCSUM,
			kind == WAY_RECEIVE && i >= 10);
		offload(NS_G, "g0", kind == WAY_SEND ? ETHTOOL_STXCSUM : ETHTOOL_SRXCSUM,
			kind == WAY_SEND && i >= 10);
		len = rtp_build(pkt, &r);
		ok = (way_send(&w, pkt, len) && way_got(&w, pkt, len)) ||
			diag("payload of %zu octets", r.payload);
	}
	if (netstat(ns, af, "InCsumErrors") != before)
		ok = diag("%ld checksum errors", netstat(ns, af, "InCsumErrors") - before);
	if (kind == WAY_RECEIVE) {
		/* A packet with a good tag is good, and gets a good checksum. */
		for (uint16_t i = 0; i < 2; i++) {
			len = way_make(&w, wire, pkt, rtp_simple(pkt, SSRC, (uint16_t)(20 + i)));
			send_udp(NS_A, &w.p.a.far, &w.to, wire, len, i ? ZERO : WRONG, 0);
			ok = ok && way_got(&w, pkt, rtp_simple(pkt, SSRC, (uint16_t)(20 + i)));
		}
	}
	tap(ok && way_silent(&w) && way_drops(&w, DROPS()),
	    "%s: checksums are right, whoever makes them", w.name);
	way_close(&w);
	offload(NS_A, "a0", ETHTOOL_STXCSUM, 1);
	offload(NS_A, "a0", ETHTOOL_SRXCSUM, 1);
	offload(NS_G, "g0", ETHTOOL_STXCSUM, 1);
	offload(NS_G, "g0", ETHTOOL_SRXCSUM, 1);
}

static void test_all(enum way_kind kind, int af, uint16_t profile)
{
	test_captured(kind, af, profile);
	test_gso(kind, af, profile);
	test_gro(kind, af, profile);
	test_mixed(kind, af, profile);
	test_checksums(kind, af, profile);
}

int main(void)
{
	gw_begin();
	each_way(test_all);
	return tap_done();
}
