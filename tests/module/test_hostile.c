// SPDX-License-Identifier: GPL-2.0-or-later
/* What must not come out: forged, cut short, from elsewhere, not encrypted, while held. */
#include <string.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

/* Every octet of a protected packet, changed by one bit: header, payload, tag. */
static void test_forged(int af, uint16_t profile, bool rtcp)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_report r;
	size_t len, plain_len;
	uint64_t n = 0;
	struct pair p;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	ok = passes(&p.a, &p.b);
	/* An even sequence number with an even high octet: one bit changed is never an old one. */
	plain_len = rtcp ? rtcp_build(plain, p.a.ssrc, 1, 2) : rtp_simple(plain, p.a.ssrc, 1024);
	memcpy(wire, plain, plain_len);
	len = side_protect(&p.a, wire, plain_len);
	for (size_t i = 0; i < len; i++) {
		uint8_t bit = 1;

		/* The E bit has a test of its own. */
		if (rtcp && i == len - (profile == CM ? 14 : 4))
			bit = 0x40;
		wire[i] ^= bit;
		side_send_raw(&p.a, wire, len);
		wire[i] ^= bit;
		n++;
	}
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, plain_len);
	p.a.seq = 1025;
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok, "%s %s %s: %zu packets with one octet changed, none delivered; the genuine one is",
	    af_name(af), suite_name(profile), rtcp ? "RTCP" : "RTP", (size_t)n);
	r = side_report(&p.a);
	tap(drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, n })) && r.rx_streams == 1,
	    "%s %s %s: each counted under auth", af_name(af), suite_name(profile),
	    rtcp ? "RTCP" : "RTP");
	pair_close(&p);
}

/* Shorter by one octet, by two, ... down to none; then longer. */
static void test_truncated(int af, uint16_t profile, bool rtcp)
{
	size_t header = rtcp ? 8 : 12, tag = profile == CM ? 10 : 16, len, plain_len;
	uint64_t too_short = 0, auth = 0, ebit = 0, passed = 0;
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_stats st;
	struct pair p;
	bool ok;

	if (rtcp)
		tag += 4;
	pair_open(&p, af, profile, PLAIN, NULL);
	ok = passes(&p.a, &p.b);
	plain_len = rtcp ? rtcp_build(plain, p.a.ssrc, 1, 2) : rtp_simple(plain, p.a.ssrc, 2000);
	memcpy(wire, plain, plain_len);
	len = side_protect(&p.a, wire, plain_len);
	for (size_t i = 0; i < len; i++) {
		side_send_raw(&p.a, wire, i);
		if (i < 2)
			passed++;	/* too short to tell whose it is: left to the socket */
		else if (i < header + tag)
			too_short++;
		else
			auth++;
	}
	wire[len] = 0;
	side_send_raw(&p.a, wire, len + 1);
	auth++;
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, plain_len);
	p.a.seq = 2001;
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok, "%s %s %s: cut short at every length, none delivered; the genuine one is",
	    af_name(af), suite_name(profile), rtcp ? "RTCP" : "RTP");
	st = side_stats(&p.a);
	/* Where the index word of a cut packet is, chance decides what its E bit says. */
	ebit = st.drops[SRTP_DROP_EBIT];
	if (!rtcp && ebit)
		ok = diag("E bit on RTP");
	tap(ok && ebit <= auth && st.passed == passed &&
	    drops_are(&p.a, DROPS({ SRTP_DROP_SHORT, too_short }, { SRTP_DROP_AUTH, auth - ebit },
				  { SRTP_DROP_EBIT, ebit })),
	    "%s %s %s: each counted: %llu short, %llu auth, %llu E bit, %llu left alone",
	    af_name(af), suite_name(profile), rtcp ? "RTCP" : "RTP",
	    (unsigned long long)too_short, (unsigned long long)(auth - ebit),
	    (unsigned long long)ebit, (unsigned long long)st.passed);
	pair_close(&p);
}

/* Headers that promise more than there is, behind a good tag or none. */
static void test_lying_header(int af, uint16_t profile)
{
	uint8_t wire[PACKET_MAX];
	struct pair p;
	size_t len;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	len = rtp_simple(wire, p.a.ssrc, 3000);
	len = side_protect(&p.a, wire, len);
	/* Extension of 65535 words. */
	wire[0] |= 0x10;
	wire[14] = wire[15] = 0xff;
	side_send_raw(&p.a, wire, len);
	/* Fifteen CSRCs in 12 octets of packet and a tag. */
	wire[0] = 0x8f;
	side_send_raw(&p.a, wire, 12 + (profile == CM ? 10 : 16));
	ok = passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_MALFORMED, 2 })),
	    "%s %s: headers longer than the packet are malformed", af_name(af), suite_name(profile));
	pair_close(&p);
}

/* A plain packet, and one under another call's key, into an SRTP session. */
static void test_other_key(int af, uint16_t profile)
{
	uint8_t pkt[PACKET_MAX], other[KEY_LEN];
	struct pair p;
	srtp_t stranger;
	size_t len;
	int n;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	len = rtp_simple(pkt, p.a.ssrc, 1000);
	side_send_raw(&p.a, pkt, len);
	len = rtcp_build(pkt, p.a.ssrc, 1, 6);
	pkt[len - (profile == CM ? 14 : 4)] |= 0x80;
	side_send_raw(&p.a, pkt, len);
	random_key(other);
	stranger = phone_srtp(profile, other, true);
	n = (int)rtp_simple(pkt, p.a.ssrc, 1001);
	srtp_protect(stranger, pkt, &n);
	side_send_raw(&p.a, pkt, (size_t)n);
	srtp_dealloc(stranger);
	ok = passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, 3 })),
	    "%s %s: plain RTP, plain RTCP and another call's SRTP do not enter", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

/* RFC 3711 section 3.4: E is 0 for RTCP that is authenticated but not encrypted. */
static void test_ebit(int af, uint16_t profile)
{
	srtp_profile_t prof = profile == CM ? srtp_profile_aes128_cm_sha1_80 :
		srtp_profile_aead_aes_128_gcm;
	uint8_t pkt[PACKET_MAX], good[PACKET_MAX];
	srtp_policy_t policy = { 0 };
	struct pair p;
	srtp_t clear;
	size_t len;
	int n;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, prof);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, prof);
	policy.rtcp.sec_serv = sec_serv_auth;
	policy.ssrc.type = ssrc_any_outbound;
	policy.key = p.a.rx;
	if (srtp_create(&clear, &policy) != srtp_err_status_ok)
		bail("srtp_create");
	len = rtcp_build(pkt, p.a.ssrc, 1, 2);
	n = (int)len;
	if (srtp_protect_rtcp(clear, pkt, &n) != srtp_err_status_ok)
		bail("srtp_protect_rtcp");
	ok = !(pkt[(size_t)n - (profile == CM ? 14 : 4)] & 0x80) || diag("libsrtp set E");
	side_send_raw(&p.a, pkt, (size_t)n);
	srtp_dealloc(clear);
	len = rtcp_build(good, p.a.ssrc, 2, 2);
	side_send(&p.a, good, len);
	ok = ok && side_got(&p.b, good, len) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_EBIT, 1 })),
	    "%s %s: SRTCP that says it is not encrypted is dropped, its tag right or not",
	    af_name(af), suite_name(profile));
	pair_close(&p);
}

static void test_held(int af, uint16_t profile)
{
	struct nl_srtp_session held = { .given = NL_SRTP_STATE, .state = SRTP_STATE_HELD };
	struct nl_srtp_session open = { .given = NL_SRTP_STATE, .state = SRTP_STATE_OPEN };
	uint8_t rtcp[PACKET_MAX];
	size_t len = rtcp_build(rtcp, 0x77, 1, 0);
	struct pair p;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	for (int which = 0; which < 3; which++) {
		struct side *s = which == 0 ? &p.a : &p.b;

		side_set(s, held);
		if (which == 2)
			side_set(&p.a, held);
		for (int i = 0; i < 5; i++) {
			side_next(&p.a, NULL);
			side_next(&p.b, NULL);
		}
		side_send(&p.a, rtcp, len);
		side_send(&p.b, rtcp, len);
	}
	ok = pair_drops_are(&p, DROPS({ SRTP_DROP_HELD, 36 }));
	tap(ok && side_silent(&p.a) && side_silent(&p.b),
	    "%s %s: held on either side, nothing passes either way", af_name(af),
	    suite_name(profile));
	side_set(&p.a, open);
	side_set(&p.b, open);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);
	side_send(&p.a, rtcp, len);
	ok = ok && side_got(&p.b, rtcp, len) && side_silent(&p.a) && side_silent(&p.b);
	tap(ok, "%s %s: opened, it does, and nothing had been kept", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void test_latch_authenticated(int af, uint16_t profile)
{
	const struct nl_srtp_session latch = { .given = NL_SRTP_LATCH,
					       .latch = SRTP_LATCH_AUTHENTICATED };
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX], bad[PACKET_MAX];
	struct nl_srtp_report r;
	struct addr moved;
	struct pair p;
	size_t n, len;
	int other;
	bool ok;

	pair_open(&p, af, profile, PLAIN, &latch);
	moved = host_addr(af, 'a', 50000);
	other = udp_open(NS_A, &moved);
	ok = passes(&p.a, &p.b);
	/* From elsewhere: forged, then replayed. */
	n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	memcpy(bad, wire, len);
	bad[40] ^= 1;
	udp_send(other, &p.a.local, bad, len);
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, n);
	udp_send(other, &p.a.local, wire, len);
	r = side_report(&p.a);
	ok = ok && passes(&p.b, &p.a);
	tap(ok && addr_equal(&r.session.remote, &p.a.far) &&
	    drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, 1 }, { SRTP_DROP_REPLAY, 1 })),
	    "%s %s: forged and replayed packets from elsewhere move no address", af_name(af),
	    suite_name(profile));
	/* Genuine. */
	n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	udp_send(other, &p.a.local, wire, len);
	ok = side_got(&p.b, plain, n);
	r = side_report(&p.a);
	tap(ok && addr_equal(&r.session.remote, &moved), "%s %s: a genuine one does", af_name(af),
	    suite_name(profile));
	close(p.a.fd);
	p.a.fd = other;
	tap(passes(&p.b, &p.a) && passes(&p.a, &p.b), "%s %s: and media follows", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void test_latch_never(int af, uint16_t profile)
{
	const struct nl_srtp_session never = { .given = NL_SRTP_LATCH, .latch = SRTP_LATCH_NEVER };
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct addr elsewhere = host_addr(af, 'a', 50002);
	struct nl_srtp_report r;
	struct pair p;
	size_t n, len;
	int other;
	bool ok;

	pair_open(&p, af, profile, PLAIN, &never);
	other = udp_open(NS_A, &elsewhere);
	ok = passes(&p.a, &p.b);
	n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
	memcpy(wire, plain, n);
	len = side_protect(&p.a, wire, n);
	udp_send(other, &p.a.local, wire, len);
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	/* The index is not taken: the same packet from the right address is good. */
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, n);
	r = side_report(&p.a);
	tap(ok && addr_equal(&r.session.remote, &p.a.far) &&
	    drops_are(&p.a, DROPS({ SRTP_DROP_SOURCE, 1 })),
	    "%s %s: without latching, a genuine packet from elsewhere is dropped", af_name(af),
	    suite_name(profile));
	close(other);
	pair_close(&p);
}

static void test_latch_first(int af)
{
	const struct nl_srtp_session extra = { .given = NL_SRTP_LATCH, .latch = SRTP_LATCH_FIRST };
	struct addr nat = host_addr(af, 'a', 50004);
	uint8_t pkt[PACKET_MAX];
	struct nl_srtp_report r;
	struct pair p;
	size_t n;
	int other;
	bool ok;

	pair_open(&p, af, PLAIN, PLAIN, &extra);
	other = udp_open(NS_A, &nat);
	n = rtp_simple(pkt, 5, 1);
	udp_send(other, &p.a.local, pkt, n);
	ok = side_got(&p.b, pkt, n);
	r = side_report(&p.a);
	side_next(&p.a, NULL);	/* from the address that signalling named: too late now */
	n = rtp_simple(pkt, 5, 2);
	udp_send(other, &p.a.local, pkt, n);
	ok = ok && side_got(&p.b, pkt, n) && side_silent(&p.b);
	tap(ok && addr_equal(&r.session.remote, &nat) &&
	    drops_are(&p.a, DROPS({ SRTP_DROP_SOURCE, 1 })),
	    "%s plain: latched to the first packet, and to no second", af_name(af));
	close(other);
	pair_close(&p);
}

/* RFC 7983: what is neither RTP nor RTCP belongs to the daemon's socket on the same port. */
static void test_not_media(int af, uint16_t profile)
{
	static const uint8_t firsts[] = { 0, 1, 3, 16, 19, 20, 22, 23, 63, 64, 79 };
	uint8_t out[40], in[64];
	struct nl_srtp_stats st;
	struct pair p;
	bool ok = true;
	int fd;

	pair_open(&p, af, profile, PLAIN, NULL);
	fd = udp_open(NS_G, &p.a.local);
	for (size_t i = 0; i < sizeof(firsts); i++) {
		memset(out, (int)i, sizeof(out));
		out[0] = firsts[i];
		side_send_raw(&p.a, out, sizeof(out));
		ok = ok && udp_recv(fd, in, sizeof(in), DEADLINE_MS, NULL) == sizeof(out) &&
			!memcmp(in, out, sizeof(out));
	}
	/* While held, too: that is when the handshake runs. */
	side_set(&p.a, (struct nl_srtp_session){ .given = NL_SRTP_STATE, .state = SRTP_STATE_HELD });
	out[0] = 22;
	side_send_raw(&p.a, out, sizeof(out));
	ok = ok && udp_recv(fd, in, sizeof(in), DEADLINE_MS, NULL) == sizeof(out);
	side_next(&p.a, NULL);
	side_send_raw(&p.a, out, sizeof(out));
	ok = ok && udp_recv(fd, in, sizeof(in), DEADLINE_MS, NULL) == sizeof(out) && in[0] == 22;
	/* And what the daemon sends leaves as it is. */
	udp_send(fd, &p.a.far, out, sizeof(out));
	ok = ok && udp_recv(p.a.fd, in, sizeof(in), DEADLINE_MS, NULL) == sizeof(out) &&
		!memcmp(in, out, sizeof(out));
	st = side_stats(&p.a);
	tap(ok && st.passed >= sizeof(firsts) + 2 && drops_are(&p.a, DROPS({ SRTP_DROP_HELD, 1 })),
	    "%s %s: STUN, DTLS and the like reach the local socket, held or not; RTP never does",
	    af_name(af), suite_name(profile));
	close(fd);
	pair_close(&p);
}

static void test_no_session(int af)
{
	struct addr local = host_addr(af, 'g', 30000), far = host_addr(af, 'a', 50006);
	int fd = udp_open(NS_G, &local), phone = udp_open(NS_A, &far);
	uint8_t pkt[PACKET_MAX], in[PACKET_MAX];
	size_t n = rtp_simple(pkt, 1, 1);
	bool ok;

	udp_send(phone, &local, pkt, n);
	ok = udp_recv(fd, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n && !memcmp(in, pkt, n);
	tap(ok, "%s: RTP to a port without session is left alone", af_name(af));
	close(fd);
	close(phone);
}

/* The peer goes away, and with it the way out. */
static void test_no_peer(int af, uint16_t profile)
{
	struct pair p;
	struct nl_srtp_stats st;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	ok = passes(&p.a, &p.b);
	nl_srtp_session_del(gw, &p.b.id, 1, NULL);
	for (int i = 0; i < 5; i++)
		side_next(&p.a, NULL);
	/* Nothing that comes later says when they are through. */
	for (int i = 0; i < DEADLINE_MS / 10; i++) {
		st = side_stats(&p.a);
		if (st.drops[SRTP_DROP_NO_PEER] == 5)
			break;
		usleep(10000);
	}
	tap(ok && side_silent(&p.b) && st.drops[SRTP_DROP_NO_PEER] == 5,
	    "%s %s: with the peer deleted, packets are dropped, not handed to the stack",
	    af_name(af), suite_name(profile));
	pair_close(&p);
}

static void test_all(int af, uint16_t profile)
{
	test_forged(af, profile, false);
	test_forged(af, profile, true);
	test_truncated(af, profile, false);
	test_truncated(af, profile, true);
	test_lying_header(af, profile);
	test_other_key(af, profile);
	test_ebit(af, profile);
	test_held(af, profile);
	test_latch_authenticated(af, profile);
	test_latch_never(af, profile);
	test_not_media(af, profile);
	test_no_peer(af, profile);
}

int main(void)
{
	gw_begin();
	test_latch_first(AF_INET);
	test_latch_first(AF_INET6);
	test_no_session(AF_INET);
	test_no_session(AF_INET6);
	each_case(test_all);
	return tap_done();
}
