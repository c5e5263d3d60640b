/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one STUN exchange DTLS-SRTP without ICE needs: the passive side checks with an
 * unauthenticated Binding request that the path works, and must be answered
 * (RFC 5763 section 6.7.2, RFC 5389).  Bytes only.
 */
#ifndef KSRTP_MEDIA_STUN_H
#define KSRTP_MEDIA_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define MEDIA_STUN_MAX	64	/* octets of the longest answer */

/** media_stun_is() - first octet 0 to 3 (RFC 7983 section 7). */
static inline bool media_stun_is(const uint8_t *data, size_t len)
{
	return len > 0 && data[0] <= 3;
}

/**
 * media_stun_answer() - the response to a Binding request
 * @from: where the request came from; what the response tells
 *
 * Requests with credentials (ICE) are not for us: we have agreed on none.
 *
 * Return: octets in @out, 0 when the request deserves no answer.
 */
size_t media_stun_answer(const uint8_t *data, size_t len, const struct addr *from,
			 uint8_t out[MEDIA_STUN_MAX]);

#endif /* KSRTP_MEDIA_STUN_H */
