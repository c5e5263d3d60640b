// SPDX-License-Identifier: GPL-2.0-or-later
/* Whatever is taken must print, and what is printed must be taken and print the same. */
#include <stdlib.h>
#include <string.h>

#include "sdp_oa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void negotiate(const struct sdp *s, enum media_security security)
{
	static char out[2 * SDP_MAX_TEXT];
	struct wbuf w = wbuf_on(out, sizeof(out));
	struct oa_local l = { .security = security, .mux = true, .id = 1,
		.fingerprint = { .alg = "sha-256", .len = 32 } };
	struct oa_refusal r;
	struct sdp *again;
	struct oa a, b;

	addr_parse(&l.rtp, "192.0.2.1", 16384);
	addr_parse(&l.rtcp, "192.0.2.1", 16385);
	oa_init(&a, &l);
	oa_init(&b, &l);
	if (oa_recv_offer(&a, s, &r))
		return;
	if (!oa_send_answer(&a, &s->media[oa_facts(&a)->index], false, true, &w)) {
		again = sdp_parse(out, w.len, NULL);
		if (!again || again->nmedia != s->nmedia)
			abort();
		sdp_free(again);
	}
	if (!oa_send_offer(&b, &s->media[oa_facts(&a)->index], false, &w))
		oa_recv_answer(&b, s, true, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char one[4 * SDP_MAX_TEXT], two[4 * SDP_MAX_TEXT];
	struct wbuf w1 = wbuf_on(one, sizeof(one)), w2 = wbuf_on(two, sizeof(two));
	struct sdp *s = sdp_parse((const char *)data, size, NULL), *again;

	if (!s)
		return 0;
	sdp_print(&w1, s);
	if (w1.bad)
		abort();
	/* Printing may need more room than is taken in: c= is written out for every media. */
	again = w1.len <= SDP_MAX_TEXT ? sdp_parse(one, w1.len, NULL) : NULL;
	if (again) {
		sdp_print(&w2, again);
		if (w1.len != w2.len || memcmp(one, two, w1.len))
			abort();
	} else if (w1.len <= SDP_MAX_TEXT && s->nmedia) {
		abort();
	}
	negotiate(s, MEDIA_PLAIN);
	negotiate(s, MEDIA_DTLS);
	sdp_free(again);
	sdp_free(s);
	return 0;
}
