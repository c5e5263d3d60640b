/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offer and answer (RFC 3264) on one leg: a pure machine, no socket, no clock.
 *
 *	       recv_offer            send_answer
 *	IDLE ─────────────> OFFER_IN ────────────┐
 *	IDLE ─────────────> OFFER_OUT ───────────┴─> AGREED ──> OFFER_IN | OFFER_OUT ...
 *	       send_offer            recv_answer
 *
 * oa_abort() goes back to IDLE or AGREED, with what was agreed before.  An offer
 * received on one leg is sent on the other with this gateway's own addresses,
 * certificate and transport; the answer goes the other way.  What passes from leg
 * to leg is the media itself: payload types, rtpmap, fmtp, ptime and their like,
 * and the direction.  Nothing else does: every attribute that is not on the list
 * in sdp_oa.c belongs to one hop, and no address of one side is seen on the other.
 *
 * One audio stream is served.  Of several acceptable audio lines the first is
 * taken; every other line is refused with port 0 in the answer, which has exactly
 * the lines of the offer (RFC 3264 section 6).  A later offer has the lines of the
 * dialog's last one, in their places (section 8).
 *
 * Nothing is ever downgraded: on a DTLS-SRTP side a line that is not
 * UDP/TLS/RTP/SAVP(F) with a usable fingerprint is not acceptable, whatever else
 * it may offer.  A change of fingerprint, tls-id or, in an offer, role asks for a new DTLS
 * association (RFC 8842 section 3.1): it gets the next number, and our answer a new tls-id.
 */
#ifndef KSRTP_SDP_OA_H
#define KSRTP_SDP_OA_H

#include "err.h"
#include "media_proto.h"
#include "sdp.h"

enum oa_state { OA_IDLE, OA_OFFER_IN, OA_OFFER_OUT, OA_AGREED };

/**
 * struct oa_refusal - why a description cannot be served
 * @warning: warn-code of RFC 3261 section 20.43: 301 address format, 302 transport,
 *	304 media type, 399 other
 */
struct oa_refusal {
	unsigned int warning;
	struct err err;
};

/**
 * struct oa_local - our end of the leg
 * @mux: whether RTP and RTCP may share a port on this side
 * @rtcp: family 0 when only one port is open; then mux is a must
 * @id: random, the o= line's
 * @tls_id: at least 120 random bits (RFC 8842 section 4), "" for none
 */
struct oa_local {
	enum media_security security;
	bool savpf;
	bool mux;
	struct addr rtp, rtcp;
	struct sdp_fingerprint fingerprint;
	uint64_t id;
	char tls_id[40];
};

/** struct oa_line - one m= line of the dialog, as it is repeated with port 0 */
struct oa_line {
	char type[SDP_MAX_TOKEN], proto[SDP_MAX_TOKEN], format[SDP_MAX_TOKEN];
};

/**
 * struct oa_facts - what the far end's description said, and what follows from it
 * @index: which line is the stream, of @nlines
 * @rtp, @rtcp: where it receives; unset while it has only ever been on hold
 * @hold: c= was 0.0.0.0 (RFC 2543's hold)
 * @role: ours in the DTLS handshake
 * @assoc: number of the DTLS association
 */
struct oa_facts {
	unsigned int index, nlines;
	struct oa_line line[SDP_MAX_MEDIA];
	enum sdp_proto proto;
	struct addr rtp, rtcp;
	bool mux, hold;
	enum media_dtls_role role;
	struct sdp_fingerprint fp[SDP_MAX_FINGERPRINTS];
	unsigned int nfp;
	char tls_id[256];
	uint32_t assoc;
};

struct oa {
	enum oa_state state;
	struct oa_local local;
	bool agreed;			/* @now is valid */
	struct oa_facts now, next;	/* agreed; being negotiated */
	bool offered_mux;		/* in the offer we sent */
	bool firm;			/* no answer may change the far end's keys: nobody signs answers */
	char next_tls_id[40];		/* ours, of an association that is being negotiated */
	uint64_t version;		/* of o=, as last sent */
	uint64_t sent;			/* hash of the last description sent, less o= */
};

/** oa_init() - @local may be completed (addresses, fingerprint) until the first send. */
void oa_init(struct oa *o, const struct oa_local *local);

/**
 * oa_recv_offer() - the far end offers @s
 *
 * When oa_renews() then, @o->next_tls_id has to be set before the answer.
 *
 * Return: 0; -EBUSY when an offer is pending (491 or 500); -EINVAL with @r filled: 488.
 * On error the machine stays as it was.
 */
int oa_recv_offer(struct oa *o, const struct sdp *s, struct oa_refusal *r);

/**
 * oa_recv_answer() - the far end answers our offer
 * @final: false: a preview in an unreliable 1xx; the offer stays open, and the
 *	answer may come again
 *
 * Return: 0 or -EINVAL with @r filled; then the exchange cannot be saved.
 */
int oa_recv_answer(struct oa *o, const struct sdp *s, bool final, struct oa_refusal *r);

/**
 * oa_send_offer() - write our offer on this leg
 * @stream: the audio line of the other leg that it is made from
 * @hold: the other leg's c= was 0.0.0.0, so that its "receive" is taken away
 */
int oa_send_offer(struct oa *o, const struct sdp_media *stream, bool hold, struct wbuf *w);

/** oa_send_answer() - write our answer; @final as in oa_recv_answer(). */
int oa_send_answer(struct oa *o, const struct sdp_media *stream, bool hold, bool final,
		   struct wbuf *w);

/** oa_abort() - the pending exchange failed; back to what was agreed before. */
void oa_abort(struct oa *o);

/** oa_renews() - does what is being negotiated ask for a new DTLS association? */
bool oa_renews(const struct oa *o);

/** oa_fork() - another phone answers the same first offer: what the last one said is void. */
void oa_fork(struct oa *o);

/** oa_same_stream() - is what @b says of the media (payload types, parameters, direction) in @a? */
bool oa_same_stream(const struct sdp_media *a, const struct sdp_media *b);

/** oa_facts() - of the exchange that is pending, otherwise what is agreed; NULL before any. */
const struct oa_facts *oa_facts(const struct oa *o);

/** oa_stream() - index of the m= line that is served, or -1. */
int oa_stream(const struct sdp *s, enum media_security security);

/** oa_muxed() - will RTP and RTCP share a port, as far as @s, an offer to us, says? */
bool oa_muxed(bool mux_allowed, const struct sdp *s, enum media_security security);

#endif /* KSRTP_SDP_OA_H */
