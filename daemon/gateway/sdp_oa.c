// SPDX-License-Identifier: GPL-2.0-or-later
/* Offer and answer (RFC 3264) on one leg: what is understood and accepted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "sdp_oa.h"

#define refuse(r, code, ...) ((r)->warning = (code), err_set(&(r)->err, -EINVAL, __VA_ARGS__))

void oa_init(struct oa *o, const struct oa_local *local)
{
	memset(o, 0, sizeof(*o));
	o->local = *local;
}

static bool is_dtls(enum sdp_proto p)
{
	return p == SDP_PROTO_DTLS_SAVP || p == SDP_PROTO_DTLS_SAVPF;
}

static bool proto_fits(enum sdp_proto p, enum media_security security)
{
	if (security == MEDIA_DTLS)
		return is_dtls(p);
	return p == SDP_PROTO_AVP || p == SDP_PROTO_AVPF;
}

static bool is_audio(const struct sdp_media *m)
{
	return !strcmp(m->type, "audio");
}

int oa_stream(const struct sdp *s, enum media_security security)
{
	for (unsigned int i = 0; i < s->nmedia; i++)
		if (is_audio(&s->media[i]) && s->media[i].port &&
		    proto_fits(s->media[i].proto, security))
			return (int)i;
	return -1;
}

bool oa_muxed(bool mux_allowed, const struct sdp *s, enum media_security security)
{
	int i = oa_stream(s, security);

	/* RFC 5761 section 4: these payload types cannot be told from RTCP. */
	return i >= 0 && mux_allowed && s->media[i].rtcp_mux &&
	       !sdp_has_format(s->media[i].formats, 64, 95);
}

static int no_stream(const struct oa *o, const struct sdp *s, struct oa_refusal *r)
{
	for (unsigned int i = 0; i < s->nmedia; i++)
		if (is_audio(&s->media[i]) && s->media[i].port)
			return refuse(r, 302, "audio is served over %s here, not over %s",
				      o->local.security == MEDIA_DTLS ? "UDP/TLS/RTP/SAVP(F)" :
				      "RTP/AVP(F)", s->media[i].proto_str);
	return refuse(r, 304, "no audio is offered");
}

/* Where the far end receives. */
static int take_address(const struct oa *o, const struct sdp_media *m, struct oa_facts *f,
			struct oa_refusal *r)
{
	if (m->nports != 1)
		return refuse(r, 399, "more than one port a stream is not served");
	if (m->conn.family != o->local.rtp.family)
		return refuse(r, 301, "the media address is not of this side's IP version");
	f->hold = addr_is_any(&m->conn);
	if (f->hold) {
		if (!o->agreed)
			return refuse(r, 399, "a call cannot begin on hold at 0.0.0.0");
		f->rtp = o->now.rtp;
		f->rtcp = o->now.rtcp;
		return 0;
	}
	f->rtp = m->conn;
	f->rtp.port = m->port;
	f->rtcp = f->rtp;
	if (f->mux)
		return 0;
	if (m->rtcp.port) {
		if (addr_is_set(&m->rtcp)) {
			if (m->rtcp.family != m->conn.family || addr_is_any(&m->rtcp))
				return refuse(r, 301, "a=rtcp names an address that is not served");
			f->rtcp = m->rtcp;
		}
		f->rtcp.port = m->rtcp.port;
		return 0;
	}
	if (m->port == 65535)
		return refuse(r, 399, "no port is left for RTCP after port 65535");
	f->rtcp.port = (uint16_t)(m->port + 1);		/* RFC 3550 section 11 */
	return 0;
}

/*
 * RFC 4145 section 4.1 and RFC 8842 section 5: who is client.  To actpass we
 * answer active, so that the handshake begins as early as it can (RFC 5763
 * section 5); an association that exists keeps its roles.
 */
static int take_role(const struct oa *o, const struct sdp_media *m, bool offer,
		     struct oa_facts *f, struct oa_refusal *r)
{
	enum sdp_setup setup = m->setup;
	bool same = o->agreed && f->assoc == o->now.assoc;

	if (setup == SDP_SETUP_NONE)
		setup = offer ? SDP_SETUP_ACTIVE : SDP_SETUP_PASSIVE;
	switch (setup) {
	case SDP_SETUP_ACTIVE:
		f->role = MEDIA_DTLS_PASSIVE;
		break;
	case SDP_SETUP_PASSIVE:
		f->role = MEDIA_DTLS_ACTIVE;
		break;
	case SDP_SETUP_ACTPASS:
		if (!offer)
			return refuse(r, 399, "an answer must choose between setup active and passive");
		f->role = same ? o->now.role : MEDIA_DTLS_ACTIVE;
		break;
	default:
		return refuse(r, 399, "setup:holdconn is not served (RFC 8842 section 5.1)");
	}
	if (!same || f->role == o->now.role)
		return 0;
	/*
	 * The same fingerprints and tls-id: the association stays (RFC 8842 section 4),
	 * so do its roles.  Some answer every actpass with active, whatever they were.
	 */
	if (!offer) {
		log_debug("setup in an answer is not the role of the association, which stays");
		f->role = o->now.role;
		return 0;
	}
	f->assoc++;
	return 0;
}

static bool same_fingerprints(const struct oa_facts *a, const struct oa_facts *b)
{
	unsigned int i, j;

	for (i = 0; i < a->nfp; i++) {
		for (j = 0; j < b->nfp && !sdp_fingerprint_equal(&a->fp[i], &b->fp[j]); j++)
			;
		if (j == b->nfp)
			return false;
	}
	return true;
}

static int take_dtls(const struct oa *o, const struct sdp_media *m, bool offer,
		     struct oa_facts *f, struct oa_refusal *r)
{
	if (!m->nfp)
		return refuse(r, 399, "no usable a=fingerprint: one of SHA-1, SHA-2 is needed");
	memcpy(f->fp, m->fp, sizeof(f->fp));
	f->nfp = m->nfp;
	snprintf(f->tls_id, sizeof(f->tls_id), "%s", m->tls_id ? m->tls_id : "");
	f->assoc = o->agreed ? o->now.assoc : o->next.assoc;
	if (o->agreed && (!same_fingerprints(f, &o->now) || !same_fingerprints(&o->now, f) ||
			  strcmp(f->tls_id, o->now.tls_id)))
		f->assoc++;
	if (o->agreed && !offer && o->firm && f->assoc != o->now.assoc)
		return refuse(r, 399, "other keys in an answer, which nobody can sign");
	return take_role(o, m, offer, f, r);
}

static int take_stream(const struct oa *o, const struct sdp_media *m, bool offer,
		       struct oa_facts *f, struct oa_refusal *r)
{
	int ret;

	f->proto = m->proto;
	ret = take_address(o, m, f, r);
	if (!ret && o->local.security == MEDIA_DTLS)
		ret = take_dtls(o, m, offer, f, r);
	return ret;
}

static void remember_line(struct oa_line *l, const struct sdp_media *m)
{
	size_t n = strcspn(m->formats, " ");

	snprintf(l->type, sizeof(l->type), "%s", m->type);
	snprintf(l->proto, sizeof(l->proto), "%s", m->proto_str);
	snprintf(l->format, sizeof(l->format), "%.*s", (int)n, m->formats);
}

int oa_recv_offer(struct oa *o, const struct sdp *s, struct oa_refusal *r)
{
	struct oa_facts f = { 0 };
	int i, ret;

	if (o->state == OA_OFFER_IN || o->state == OA_OFFER_OUT)
		return -EBUSY;
	if (o->agreed && s->nmedia < o->now.nlines)
		return refuse(r, 399, "the offer has %u m= lines where the last had %u", s->nmedia,
			      o->now.nlines);
	i = oa_stream(s, o->local.security);
	if (i < 0)
		return no_stream(o, s, r);
	if (o->agreed && (unsigned int)i != o->now.index)
		return refuse(r, 399, "the stream moved to another m= line");
	f.index = (unsigned int)i;
	f.nlines = s->nmedia;
	for (unsigned int n = 0; n < s->nmedia; n++)
		remember_line(&f.line[n], &s->media[n]);
	/* The ports of a call stay what they are: mux does not begin within it. */
	f.mux = oa_muxed(o->local.mux, s, o->local.security) && (!o->agreed || o->now.mux);
	if (!f.mux && o->local.rtp.port && !addr_is_set(&o->local.rtcp))
		return refuse(r, 399, "rtcp-mux was agreed and cannot be taken back within a call");
	ret = take_stream(o, &s->media[i], true, &f, r);
	if (ret)
		return ret;
	o->next = f;
	o->state = OA_OFFER_IN;
	return 0;
}

int oa_recv_answer(struct oa *o, const struct sdp *s, bool final, struct oa_refusal *r)
{
	struct oa_facts f = o->next;
	const struct sdp_media *m;
	int ret;

	if (o->state != OA_OFFER_OUT)
		return refuse(r, 399, "an answer to no offer");
	if (s->nmedia != f.nlines)
		return refuse(r, 399, "the answer has %u m= lines, the offer had %u (RFC 3264 section 6)",
			      s->nmedia, f.nlines);
	m = &s->media[f.index];
	if (!is_audio(m) || !m->port)
		return refuse(r, 304, "the answer refuses the audio stream");
	if (!proto_fits(m->proto, o->local.security))
		return refuse(r, 302, "the answer's transport %s is not the one offered", m->proto_str);
	f.mux = o->offered_mux && m->rtcp_mux;
	if (!f.mux && !addr_is_set(&o->local.rtcp))
		return refuse(r, 399, "rtcp-mux was agreed and cannot be taken back within a call");
	ret = take_stream(o, m, false, &f, r);
	if (ret)
		return ret;
	o->next = f;
	if (final) {
		o->now = f;
		o->agreed = true;
		o->state = OA_AGREED;
	}
	return 0;
}

void oa_abort(struct oa *o)
{
	o->state = o->agreed ? OA_AGREED : OA_IDLE;
}

bool oa_renews(const struct oa *o)
{
	return o->agreed && oa_facts(o)->assoc != o->now.assoc;
}

void oa_fork(struct oa *o)
{
	uint32_t assoc = o->now.assoc + 1;

	o->agreed = false;
	memset(&o->now, 0, sizeof(o->now));
	memset(&o->next, 0, sizeof(o->next));
	o->next.nlines = 1;
	o->next.assoc = assoc;
	o->state = OA_OFFER_OUT;
}

const struct oa_facts *oa_facts(const struct oa *o)
{
	if (o->state == OA_OFFER_IN || o->state == OA_OFFER_OUT)
		return &o->next;
	return o->agreed ? &o->now : NULL;
}
