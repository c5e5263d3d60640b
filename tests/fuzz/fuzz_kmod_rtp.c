// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a UDP payload: classified, then parsed as RTP and as RTCP with
 * every number of octets readable that a parser might be given, which must not
 * change what is found, and each in memory of exactly that size.
 */
#include <stdlib.h>

#include "classify.h"
#include "rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* As srtp_packet_header() does: more is made readable as often as it is asked for. */
static int in_pieces(int (*parse)(const u8 *, size_t, size_t, struct srtp_rtp *), const u8 *data,
		     size_t size, struct srtp_rtp *rtp)
{
	size_t have = 0;
	int rc = -EAGAIN;

	for (int i = 0; rc == -EAGAIN; i++) {
		u8 *copy = malloc(have ? have : 1);

		check(copy && i < 4);
		memcpy(copy, data, have);
		rc = parse(copy, have, size, rtp);
		free(copy);
		check(rc != -EAGAIN || (rtp->hdr_len > have && rtp->hdr_len <= size));
		have = rtp->hdr_len;
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srtp_rtp whole, pieces = { 0 };
	enum srtp_class class = srtp_classify(data, size);
	int rc;

	check((class == SRTP_CLASS_RTP || class == SRTP_CLASS_RTCP) ==
	      (size > 0 && data[0] >= 128 && data[0] <= 191));
	rc = srtp_rtp_parse(data, size, size, &whole);
	check(rc == 0 || rc == SRTP_DROP_MALFORMED);
	check(in_pieces(srtp_rtp_parse, data, size, &pieces) == rc);
	if (rc == 0) {
		check(class == SRTP_CLASS_RTP || class == SRTP_CLASS_RTCP);
		check(whole.hdr_len >= SRTP_RTP_MIN && whole.hdr_len <= size);
		check(whole.hdr_len <= SRTP_RTP_MAX_HEADER);
		check(whole.hdr_len == pieces.hdr_len && whole.ssrc == pieces.ssrc &&
		      whole.seq == pieces.seq);
		srtp_rtp_padding_ok(data, size, whole.hdr_len);
	}
	rc = srtp_rtcp_parse(data, size, size, &whole);
	check(rc == (size >= 8 && data[0] >> 6 == 2 ? 0 : SRTP_DROP_MALFORMED));
	check(in_pieces(srtp_rtcp_parse, data, size, &pieces) == rc);
	return 0;
}
