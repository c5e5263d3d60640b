// SPDX-License-Identifier: GPL-2.0-or-later
/* Every suite there is: both ways, all header forms, RTCP; forged in every octet; the E bit. */
#include <errno.h>
#include <string.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

static bool readable(uint16_t profile)
{
	return profile == PLAIN || profile == SRTP_PROFILE_NULL_SHA1_80 ||
	       profile == SRTP_PROFILE_NULL_SHA1_32;
}

static bool is_gcm(uint16_t profile)
{
	return profile == GCM || profile == SRTP_PROFILE_AEAD_AES_256_GCM;
}

static size_t rtp_tag(uint16_t profile)
{
	return is_gcm(profile) ? 16 : strstr(nl_srtp_profile_name(profile), "_32") ? 4 : 10;
}

static size_t form(uint8_t *pkt, uint32_t ssrc, int n)
{
	static const int exts[] = { -1, 0, 3 };
	static const unsigned int pads[] = { 0, 4 };
	struct rtp r = { .ssrc = ssrc, .seq = (uint16_t)(100 + n), .payload = (size_t)n * 41,
			 .csrcs = (unsigned int)n % 4 * 5, .ext_words = exts[n % 3],
			 .padding = pads[n % 2] };

	return rtp_build(pkt, &r);
}

static void test_both_ways(uint16_t profile, uint16_t other)
{
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	bool ok = true;

	pair_open(&p, AF_INET, profile, other, NULL);
	for (int n = 0; n < 25 && ok; n++) {
		size_t len = form(pkt, 0x1234, n);

		side_send(&p.a, pkt, len);
		ok = side_got(&p.b, pkt, len);
		len = form(pkt, 0x5678, n);
		side_send(&p.b, pkt, len);
		ok = ok && side_got(&p.a, pkt, len);
		len = rtcp_build(pkt, 0xabc, (uint32_t)n, (unsigned int)n);
		side_send(&p.a, pkt, len);
		ok = ok && side_got(&p.b, pkt, len);
		len = rtcp_build(pkt, 0xdef, (uint32_t)n, (unsigned int)n);
		side_send(&p.b, pkt, len);
		ok = (ok && side_got(&p.a, pkt, len)) || diag("at packet %d", n);
	}
	tap(ok && pair_drops_are(&p, DROPS()), "%s to %s and back, RTP and RTCP, all forms of header",
	    suite_name(profile), suite_name(other));
	pair_close(&p);
}

/* What stands on the wire: as long as the suite says, and readable with a NULL cipher only. */
static void test_wire(uint16_t profile)
{
	uint8_t pkt[PACKET_MAX], wire[PACKET_MAX];
	struct pair p;
	size_t len;
	ssize_t rtp, rtcp;
	bool same, same_rtcp, e;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	len = side_next(&p.b, pkt);
	rtp = udp_recv(p.a.fd, wire, sizeof(wire), DEADLINE_MS, NULL);
	same = rtp > 0 && !memcmp(wire + 12, pkt + 12, len - 12);
	tap(rtp == (ssize_t)(len + rtp_tag(profile)) && same == readable(profile) &&
	    !memcmp(wire, pkt, 12), "%s: SRTP is %zu octets longer and %s", suite_name(profile),
	    rtp_tag(profile), readable(profile) ? "not encrypted" : "encrypted");
	len = rtcp_build(pkt, 0xabc, 1, 2);
	side_send(&p.b, pkt, len);
	rtcp = udp_recv(p.a.fd, wire, sizeof(wire), DEADLINE_MS, NULL);
	same_rtcp = rtcp > 8 && !memcmp(wire + 8, pkt + 8, len - 8);
	e = rtcp > 14 && wire[(size_t)rtcp - (is_gcm(profile) ? 4 : 14)] & 0x80;
	tap(rtcp == (ssize_t)(len + (is_gcm(profile) ? 20 : 14)) && same_rtcp == readable(profile) &&
	    e != readable(profile), "%s: SRTCP is %d octets longer, its E bit %d", suite_name(profile),
	    is_gcm(profile) ? 20 : 14, e);
	pair_close(&p);
}

/* Every octet changed by one bit, RTP and RTCP; then the genuine one. */
static void test_forged(uint16_t profile, bool rtcp)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	size_t len, plain_len, word;
	uint64_t n = 0, ebit = 0;
	struct pair p;
	bool ok;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	plain_len = rtcp ? rtcp_build(plain, p.a.ssrc, 1, 2) : rtp_simple(plain, p.a.ssrc, 1024);
	memcpy(wire, plain, plain_len);
	len = side_protect(&p.a, wire, plain_len);
	word = rtcp ? len - (is_gcm(profile) ? 4 : 14) : len;
	ok = passes(&p.a, &p.b);
	for (size_t i = 0; i < len; i++) {
		wire[i] ^= 1;
		side_send_raw(&p.a, wire, len);
		wire[i] ^= 1;
		n++;
	}
	if (rtcp) {
		wire[word] ^= 0x80;
		side_send_raw(&p.a, wire, len);
		wire[word] ^= 0x80;
		ebit++;
	}
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, plain, plain_len) && passes(&p.a, &p.b) && side_silent(&p.b);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_AUTH, n }, { SRTP_DROP_EBIT, ebit })),
	    "%s %s: %zu packets with one octet changed, none delivered; the genuine one is",
	    suite_name(profile), rtcp ? "RTCP" : "RTP", (size_t)n);
	pair_close(&p);
}

static void test_never_verified(uint16_t profile)
{
	struct nl_srtp_session s = { .given = NL_SRTP_VERIFIED, .verified = true };
	struct err e = { 0 };
	struct pair p;
	int rc;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	s.given |= NL_SRTP_ID;
	s.id = p.a.id;
	rc = nl_srtp_session_set(gw, &s, 1, &e);
	tap(readable(profile) ? rc == -EINVAL && !side_report(&p.a).session.verified :
	    rc == 0 && side_report(&p.a).session.verified, "%s: %s be verified", suite_name(profile),
	    readable(profile) ? "cannot" : "can");
	if (!readable(profile)) {
		uint8_t key[KEY_LEN];

		random_key(key);
		s.given = NL_SRTP_ID | NL_SRTP_TX;
		s.tx = side_crypto(SRTP_PROFILE_NULL_SHA1_80, key, 0);
		rc = nl_srtp_session_set(gw, &s, 1, &e);
		s.given = NL_SRTP_ID | NL_SRTP_RX;
		s.rx = side_crypto(PLAIN, NULL, 0);
		tap(rc == -EINVAL && nl_srtp_session_set(gw, &s, 1, &e) == -EINVAL &&
		    side_report(&p.a).session.tx.profile == profile &&
		    side_report(&p.a).session.rx.profile == profile,
		    "%s: verified, it cannot change to a NULL cipher or to none", suite_name(profile));
	}
	pair_close(&p);
}

int main(void)
{
	uint16_t profile, before = GCM;

	gw_begin();
	for (size_t i = 0; nl_srtp_profile_list(i, &profile); i++) {
		if (profile == PLAIN) {
			test_never_verified(profile);
			continue;
		}
		test_both_ways(profile, PLAIN);
		test_both_ways(profile, before);
		test_wire(profile);
		test_forged(profile, false);
		test_forged(profile, true);
		test_never_verified(profile);
		before = profile;
	}
	return tap_done();
}
