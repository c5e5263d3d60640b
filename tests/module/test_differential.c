// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every suite's packets as a bad network brings them: lost, doubled, late, far too late,
 * changed, cut, longer.  libsrtp gets the same wire packets in the same order and is the
 * judge: the module delivers what libsrtp opens, octet by octet, and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/any.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define PACKETS	700
#define KEPT	256	/* wire packets that may come again */

struct wire {
	uint8_t p[PACKET_MAX];
	size_t len;
};

static void spoil(struct wire *w)
{
	switch (any(4)) {
	case 0:
		w->len = 2 + any((unsigned int)w->len - 2);
		break;
	case 1:
		w->p[w->len++] = (uint8_t)any(256);
		break;
	default:
		w->p[any((unsigned int)w->len)] ^= (uint8_t)(1 << any(8));
	}
}

/* Does libsrtp open it?  Then @w is what comes out. */
static bool judge(srtp_t s, struct wire *w)
{
	int n = (int)w->len;
	srtp_err_status_t st = is_rtcp(w->p) ? srtp_unprotect_rtcp(s, w->p, &n) :
		srtp_unprotect(s, w->p, &n);

	w->len = (size_t)n;
	return st == srtp_err_status_ok;
}

static size_t make(uint8_t *p, uint32_t ssrc, uint16_t *seq, uint32_t n)
{
	struct rtp r = { .ssrc = ssrc, .payload = any(300), .csrcs = any(4) ? 0 : any(16),
			 .ext_words = any(3) ? -1 : (int)any(6), .padding = any(4) ? 0 : any(256) };

	if (any(20) == 0)
		return rtcp_build(p, ssrc, n, any(20));
	/* Sometimes a gap: now and then of a whole window. */
	*seq = (uint16_t)(*seq + 1 + (any(50) ? 0 : any(300)));
	r.seq = *seq;
	return rtp_build(p, &r);
}

static void test_suite(uint16_t profile)
{
	static struct wire kept[KEPT], w, out;
	unsigned int taken = 0, refused = 0;
	srtp_policy_t policy = { 0 };
	uint16_t seq[2] = { 65000, 100 };
	struct nl_srtp_stats st;
	uint64_t counted;
	struct pair p;
	srtp_t lib;
	bool ok = true;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	phone_policy(profile, &policy);
	policy.ssrc.type = ssrc_any_inbound;
	policy.key = p.a.rx;
	policy.window_size = 128;
	if (srtp_create(&lib, &policy) != srtp_err_status_ok)
		bail("srtp_create");
	for (uint32_t n = 0; n < PACKETS && ok; n++) {
		unsigned int which = any(4) == 0;
		struct wire *keep = &kept[n % KEPT];

		keep->len = make(keep->p, 0x1000 + which, &seq[which], n);
		keep->len = side_protect(&p.a, keep->p, keep->len);
		for (unsigned int times = any(3); times > 0 && ok; times--) {
			/* This one, or one of those before: lost, late, again. */
			w = kept[(any(3) ? n : n - any(n < KEPT ? n + 1 : KEPT)) % KEPT];
			if (any(10) == 0)
				spoil(&w);
			out = w;
			side_send_raw(&p.a, w.p, w.len);
			if (judge(lib, &out)) {
				taken++;
				ok = side_got(&p.b, out.p, out.len) ||
					diag("at packet %u, the %u. that libsrtp takes", n, taken);
			} else {
				refused++;
			}
		}
	}
	ok = ok && passes(&p.a, &p.b) && side_silent(&p.b);
	st = side_stats(&p.a);
	counted = st.passed;	/* a changed first octet makes it no media */
	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		counted += st.drops[i];
	if (ok && counted != refused)
		ok = diag("%llu dropped or left alone", (unsigned long long)counted);
	tap(ok && taken > 100 && refused > 50, "%s: libsrtp takes %u packets and refuses %u, and so do we",
	    suite_name(profile), taken, refused);
	srtp_dealloc(lib);
	pair_close(&p);
}

int main(void)
{
	uint16_t profile;

	gw_begin();
	for (size_t i = 0; nl_srtp_profile_list(i, &profile); i++)
		/* Debian's libsrtp has AES-192 wrong. */
		if (profile != PLAIN && profile != SRTP_PROFILE_AES192_CM_SHA1_80 &&
		    profile != SRTP_PROFILE_AES192_CM_SHA1_32)
			test_suite(profile);
	return tap_done();
}
