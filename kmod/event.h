/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_EVENT_H
#define _SRTP_EVENT_H

#include "session.h"

/**
 * struct srtp_note - an event: what happened, and what the session does not say of it
 * @event: enum srtp_event.
 * @old: remote address before, or NULL.
 * @tx: with SRTP_EVENT_FIRST, transmit direction.
 * @ssrc: with SRTP_EVENT_FIRST, of the packet.
 * @drop: with SRTP_EVENT_STORM, enum srtp_drop.
 * @packets: with SRTP_EVENT_STORM, how many were dropped.
 */
struct srtp_note {
	enum srtp_event event;
	const struct srtp_addr *old;
	bool tx;
	u32 ssrc;
	int drop;
	u64 packets;
};

struct sk_buff;

struct sk_buff *srtp_event_build(struct srtp_session *s, enum srtp_event event, gfp_t gfp);
void srtp_event_send(struct srtp_net *sn, struct sk_buff *msg);
void srtp_event_note(struct srtp_session *s, const struct srtp_note *note, gfp_t gfp);
void srtp_event(struct srtp_session *s, enum srtp_event event, gfp_t gfp);
void srtp_event_first(struct srtp_session *s, bool tx, u32 ssrc);
void srtp_event_drop(struct srtp_session *s, int reason, u64 count);
void srtp_event_exit(void);

/* Of a direction in which no key counts packets. */
static inline void srtp_event_plain(struct srtp_session *s, bool tx, enum srtp_kind kind, u32 ssrc)
{
	if (unlikely(!test_bit(tx, &s->first)) && kind == SRTP_RTP)
		srtp_event_first(s, tx, ssrc);
}

#endif /* _SRTP_EVENT_H */
