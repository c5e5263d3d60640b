/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UPDATE method (RFC 4916, RFC 8862): responses cannot be signed, so the callee's
 * end says its fingerprint once more in a signed request of its own, and the caller's
 * end holds the media until that has been verified.  It does so early, while the phone
 * rings, when both understand reliable provisional responses (early.h), otherwise, or
 * when that failed, right after the ACK.
 *
 * It repeats what is agreed and changes nothing, so it is between this leg and its far
 * end; the other leg hears nothing of it.
 */
#ifndef KSRTP_UPDATE_H
#define KSRTP_UPDATE_H

#include "leg.h"
#include "trust_proto.h"

/** update_received() - UPDATE on @l; answers @st now or when it has been verified. */
void update_received(struct leg *l, struct sip_strans *st);

/** update_verified() - the verdict on it; @st is the callee's. The call may be gone afterwards. */
void update_verified(struct leg *l, struct sip_strans *st, const struct trust_verdict *v);

/**
 * update_send() - ours, if there is one to be sent, and it can be now
 *
 * After the ACK, or after the PRACK of our answer.  What cannot be sent now is sent
 * when this is called again, or after a while.
 */
void update_send(struct leg *l);

/** update_end() - the leg ends: nothing that comes back matters any more. */
void update_end(struct leg *l);

#endif /* KSRTP_UPDATE_H */
