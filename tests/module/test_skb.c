// SPDX-License-Identifier: GPL-2.0-or-later
/* The same packets in the other shapes a kernel gives them: segmented later, shared with a
 * capture, with checksums done by whom. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "lib/capture.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/raw_udp.h"
#include "lib/tap.h"

static void test_shared(int af, uint16_t profile)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct captured in, in_plain, out;
	struct pair p;
	size_t n, len;
	bool ok = true;

	pair_open(&p, af, profile, PLAIN, NULL);
	for (int i = 0; i < 20 && ok; i++) {
		int g0 = capture_open(NS_G, "g0"), other = capture_open(NS_G, "g0");
		int g1 = capture_open(NS_G, "g1");

		n = rtp_simple(plain, 1, (uint16_t)i);
		memcpy(wire, plain, n);
		len = side_protect(&p.a, wire, n);
		side_send_raw(&p.a, wire, len);
		ok = side_got(&p.b, plain, n);
		in = capture_search(g0, wire, len);
		in_plain = capture_search(other, plain + 12, n - 12);
		out = capture_search(g1, plain, n);
		if (ok && !(in.found && !in_plain.found && out.found))
			ok = diag("captured in: %d, decrypted in place: %d, captured out: %d",
				  in.found, in_plain.found, out.found);
		close(g0);
		close(other);
		close(g1);
	}
	tap(ok && pair_drops_are(&p, DROPS()),
	    "%s %s: while it is captured, a packet is relayed and its capture stays as received",
	    af_name(af), suite_name(profile));
	pair_close(&p);
}

/* ---- UDP GSO: one buffer, many packets ---- */

static void test_gso(int af, uint16_t a, uint16_t b)
{
	uint8_t plain[10][256], wire[PACKET_MAX], train[10 * 300];
	size_t n = 0, len = 0, total = 0;
	struct captured c;
	struct pair p;
	bool ok = true;
	int g0;

	pair_open(&p, af, a, b, NULL);
	for (int round = 0; round < 5 && ok; round++) {
		total = 0;
		for (int i = 0; i < 10; i++) {
			n = rtp_simple(plain[i], 3, (uint16_t)(65500 + 10 * round + i));
			memcpy(wire, plain[i], n);
			len = side_protect(&p.a, wire, n);
			memcpy(train + total, wire, len);
			total += len;
		}
		g0 = capture_open(NS_G, "g0");
		if (!udp_try_segmented(p.a.fd, &p.a.local, train, total, len))
			ok = diag("not sent: %s", strerror(errno));
		for (int i = 0; i < 10 && ok; i++)
			ok = side_got(&p.b, plain[i], n) || diag("segment %d of round %d", i, round);
		c = capture_search(g0, train, total > 1000 ? 1000 : total);
		if (c.longest <= total)
			ok = diag("no super-packet arrived, the test does not test");
		close(g0);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "%s %s to %s: ten packets in one GSO buffer", af_name(af),
	    suite_name(a), suite_name(b));
	pair_close(&p);
}

static void test_checksum_in(int af, uint16_t profile)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct pair p;
	size_t n, len;
	bool ok;

	/* Without offload the gateway itself has to look at the sum. */
	offload(NS_G, "g0", ETHTOOL_SRXCSUM, 0);
	pair_open(&p, af, PLAIN, profile, NULL);
	n = rtp_simple(plain, 1, 1);
	send_udp(NS_A, &p.a.far, &p.a.local, plain, n, WRONG, 0);
	if (af == AF_INET6)
		send_udp(NS_A, &p.a.far, &p.a.local, plain, n, ZERO, 0);
	send_udp(NS_A, &p.a.far, &p.a.local, plain, n, RIGHT, 0);
	ok = side_got(&p.b, plain, n) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MALFORMED, af == AF_INET6 ? 2 : 1 })),
	    "%s plain to %s: a wrong UDP checksum is dropped as malformed, the right one passes",
	    af_name(af), suite_name(profile));
	if (af == AF_INET) {
		n = rtp_simple(plain, 1, 2);
		send_udp(NS_A, &p.a.far, &p.a.local, plain, n, ZERO, 0);
		tap(side_got(&p.b, plain, n), "IPv4 plain to %s: no checksum is none",
		    suite_name(profile));
	}
	pair_close(&p);
	/* SRTP: the tag has to be right, and says more than the sum. */
	pair_open(&p, af, profile, PLAIN, NULL);
	n = rtp_simple(plain, 1, 1);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	wire[30] ^= 1;
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, WRONG, 0);
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, 0);
	wire[30] ^= 1;
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, 0);
	ok = side_got(&p.b, plain, n) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, 2 })),
	    "%s %s: a damaged packet is dropped whatever its checksum says", af_name(af),
	    suite_name(profile));
	pair_close(&p);
	offload(NS_G, "g0", ETHTOOL_SRXCSUM, 1);
}

/* The wire's UDP length is the sender's word, nothing more. */
static void test_udp_length(int af, uint16_t profile)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct pair p;
	size_t n, len;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	n = rtp_simple(plain, 1, 1);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, 65535);
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, (uint16_t)(len + 9));
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, 7);
	send_udp(NS_A, &p.a.far, &p.a.local, wire, len, RIGHT, 1);
	side_send_raw(&p.a, wire, len);
	ok = side_got(&p.b, plain, n) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MALFORMED, 4 })),
	    "%s %s: UDP lengths that contradict the packet are malformed", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void test_checksum_out(int af, uint16_t a, uint16_t b, int offloaded)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 160, 161, 162, 163, 1000, 1001 };
	long before, after;
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	bool ok = true;

	/* The phone's device must not say "checked", or its stack will not look. */
	offload(NS_B, "b0", ETHTOOL_SRXCSUM, 0);
	offload(NS_G, "g1", ETHTOOL_STXCSUM, offloaded);
	pair_open(&p, af, a, b, NULL);
	before = netstat(NS_B, af, "InCsumErrors");
	for (size_t i = 0; i < 10 && ok; i++) {
		struct rtp r = { .ssrc = 9, .seq = (uint16_t)i, .payload = sizes[i], .ext_words = -1 };
		size_t len = rtp_build(pkt, &r);

		side_send(&p.a, pkt, len);
		ok = side_got(&p.b, pkt, len) || diag("payload of %zu octets", sizes[i]);
	}
	after = netstat(NS_B, af, "InCsumErrors");
	if (after != before)
		ok = diag("%ld checksum errors", after - before);
	/* Control: does the receiver look at all? */
	send_udp(NS_G, &p.b.local, &p.b.far, pkt, 50, WRONG, 0);
	for (int i = 0; i < DEADLINE_MS / 10 && netstat(NS_B, af, "InCsumErrors") == after; i++)
		usleep(10000);	/* a busy machine leaves packets to ksoftirqd */
	after = netstat(NS_B, af, "InCsumErrors");
	if (after != before + 1)
		ok = diag("a wrong checksum goes unnoticed, the test does not test");
	tap(ok && side_silent(&p.b), "%s %s to %s: checksums are right, transmit offload %s",
	    af_name(af), suite_name(a), suite_name(b), offloaded ? "on" : "off");
	pair_close(&p);
	offload(NS_G, "g1", ETHTOOL_STXCSUM, 1);
	offload(NS_B, "b0", ETHTOOL_SRXCSUM, 1);
}

static void test_all(int af, uint16_t profile)
{
	test_shared(af, profile);
	test_gso(af, profile, PLAIN);
	test_gso(af, PLAIN, profile);
	test_gso(af, profile, profile);
	test_checksum_in(af, profile);
	test_udp_length(af, profile);
	for (int offloaded = 0; offloaded < 2; offloaded++) {
		test_checksum_out(af, profile, PLAIN, offloaded);
		test_checksum_out(af, PLAIN, profile, offloaded);
		test_checksum_out(af, profile, profile, offloaded);
	}
}

int main(void)
{
	gw_begin();
	each_case(test_all);
	return tap_done();
}
