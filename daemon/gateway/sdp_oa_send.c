// SPDX-License-Identifier: GPL-2.0-or-later
/* Offer and answer (RFC 3264) on one leg: what is sent. */
#include <errno.h>
#include <string.h>

#include "hash.h"
#include "sdp_oa.h"

#define MAX_PASSED 64		/* attributes handed from leg to leg */

/*
 * What describes the media and therefore passes.  Everything else is of the hop
 * it came on: ICE, crypto, ssrc, msid, group, mid, identity, addresses of any kind.
 */
static const char *const passed[] = {
	"rtpmap", "fmtp", "ptime", "maxptime", "maxprate", "framesize", "extmap",
	"silenceSupp", "ecan", "gpmd", "lang", "sdplang", "content", "label", "quality",
};

/* What makes sense only where feedback is allowed (RFC 4585, RFC 5506). */
static const char *const passed_feedback[] = { "rtcp-fb", "rtcp-rsize" };

static bool listed(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

static unsigned int pass_attributes(struct sdp_attr out[MAX_PASSED], const struct sdp_media *from,
				    bool feedback)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < from->nattr && n < MAX_PASSED; i++) {
		const char *name = from->attr[i].name;

		if (listed(name, passed, sizeof(passed) / sizeof(passed[0])) ||
		    (feedback && listed(name, passed_feedback,
					sizeof(passed_feedback) / sizeof(passed_feedback[0]))))
			out[n++] = from->attr[i];
	}
	return n;
}

static bool has_attr(const struct sdp_media *m, const struct sdp_attr *a)
{
	for (unsigned int i = 0; i < m->nattr; i++)
		if (!strcmp(m->attr[i].name, a->name) && !strcmp(m->attr[i].value, a->value))
			return true;
	return false;
}

bool oa_same_stream(const struct sdp_media *a, const struct sdp_media *b)
{
	/* What tells the sender how to code: rtpmap repeats what the numbers mean. */
	static const char *const matters[] = { "fmtp", "ptime", "maxptime" };

	if (strcmp(a->formats, b->formats) || a->direction != b->direction)
		return false;
	for (unsigned int i = 0; i < b->nattr; i++)
		if (listed(b->attr[i].name, matters, sizeof(matters) / sizeof(matters[0])) &&
		    !has_attr(a, &b->attr[i]))
			return false;
	return true;
}

/* The far side of the other leg cannot receive while its address is 0.0.0.0. */
static enum sdp_direction without_receiving(enum sdp_direction d)
{
	if (d == SDP_SENDRECV)
		return SDP_SENDONLY;
	return d == SDP_RECVONLY ? SDP_INACTIVE : d;
}

static enum sdp_proto offered_proto(const struct oa *o)
{
	if (o->agreed)
		return o->now.proto;
	if (o->local.security == MEDIA_DTLS)
		return o->local.savpf ? SDP_PROTO_DTLS_SAVPF : SDP_PROTO_DTLS_SAVP;
	return SDP_PROTO_AVP;
}

static void fill_stream(const struct oa *o, struct sdp_media *m, const struct sdp_media *from,
			bool hold, enum sdp_proto proto, bool mux)
{
	m->type = "audio";
	m->port = o->local.rtp.port;
	m->proto = proto;
	m->proto_str = sdp_proto_name(proto);
	m->formats = from->formats;
	m->direction = hold ? without_receiving(from->direction) : from->direction;
	m->rtcp_mux = mux;
	/* An offer of mux may be declined, so that the second port is said with it. */
	if (addr_is_set(&o->local.rtcp) && o->local.rtcp.port != o->local.rtp.port + 1)
		m->rtcp.port = o->local.rtcp.port;
}

static void fill_dtls(const struct oa *o, struct sdp_media *m, enum sdp_setup setup, bool tls_id)
{
	if (o->local.security != MEDIA_DTLS)
		return;
	m->setup = setup;
	m->fp[0] = o->local.fingerprint;
	m->nfp = 1;
	if (tls_id && o->local.tls_id[0])
		m->tls_id = oa_renews(o) && o->next_tls_id[0] ? o->next_tls_id : o->local.tls_id;
}

/* RFC 3264 section 8: the version of o= goes up by one when anything else changed. */
static int print_versioned(struct oa *o, struct sdp *s, struct wbuf *w)
{
	size_t start = w->len;
	uint64_t hash;

	s->version = 0;
	sdp_print(w, s);
	if (w->bad)
		return -EMSGSIZE;
	hash = hash_bytes(w->data + start, w->len - start);
	if (!o->version)
		o->version = o->local.id;
	else if (hash != o->sent)
		o->version++;
	o->sent = hash;
	w->len = start;
	s->version = o->version;
	sdp_print(w, s);
	return w->bad ? -EMSGSIZE : 0;
}

/* All lines of @f; the stream is filled in by the caller, the others are refused. */
static struct sdp_media *begin(const struct oa *o, const struct oa_facts *f, struct sdp *s)
{
	memset(s, 0, sizeof(*s));
	s->user = "-";
	s->name = "-";
	s->id = o->local.id;
	s->origin = o->local.rtp;
	s->nmedia = f->nlines;
	for (unsigned int i = 0; i < f->nlines; i++) {
		struct sdp_media *m = &s->media[i];

		m->type = f->line[i].type;
		m->proto_str = f->line[i].proto;
		m->formats = f->line[i].format;
		m->nports = 1;
		m->conn = o->local.rtp;
	}
	return &s->media[f->index];
}

int oa_send_offer(struct oa *o, const struct sdp_media *stream, bool hold, struct wbuf *w)
{
	struct sdp_attr attr[MAX_PASSED];
	struct sdp_media *m;
	struct sdp s;
	int ret;

	if (o->state == OA_OFFER_IN || o->state == OA_OFFER_OUT)
		return -EBUSY;
	if (o->agreed) {
		o->next = o->now;
	} else {
		memset(&o->next, 0, sizeof(o->next));
		o->next.nlines = 1;
	}
	o->offered_mux = o->local.mux && !sdp_has_format(stream->formats, 64, 95) &&
			 (!o->agreed || o->now.mux);
	m = begin(o, &o->next, &s);
	fill_stream(o, m, stream, hold, offered_proto(o), o->offered_mux);
	/* RFC 8842 sections 5.2 and 5.5: actpass, in later offers too. */
	fill_dtls(o, m, SDP_SETUP_ACTPASS, true);
	m->nattr = pass_attributes(attr, stream, m->proto == SDP_PROTO_AVPF ||
				   m->proto == SDP_PROTO_DTLS_SAVPF);
	m->attr = attr;
	ret = print_versioned(o, &s, w);
	if (!ret)
		o->state = OA_OFFER_OUT;
	return ret;
}

int oa_send_answer(struct oa *o, const struct sdp_media *stream, bool hold, bool final,
		   struct wbuf *w)
{
	struct sdp_attr attr[MAX_PASSED];
	struct sdp_media *m;
	struct sdp s;
	int ret;

	if (o->state != OA_OFFER_IN)
		return -EBUSY;
	m = begin(o, &o->next, &s);
	fill_stream(o, m, stream, hold, o->next.proto, o->next.mux);
	fill_dtls(o, m, o->next.role == MEDIA_DTLS_ACTIVE ? SDP_SETUP_ACTIVE : SDP_SETUP_PASSIVE,
		  o->next.tls_id[0] != '\0');
	m->nattr = pass_attributes(attr, stream, m->proto == SDP_PROTO_AVPF ||
				   m->proto == SDP_PROTO_DTLS_SAVPF);
	m->attr = attr;
	ret = print_versioned(o, &s, w);
	if (ret || !final)
		return ret;
	if (oa_renews(o) && o->next_tls_id[0])
		memcpy(o->local.tls_id, o->next_tls_id, sizeof(o->local.tls_id));
	o->now = o->next;
	o->agreed = true;
	o->state = OA_AGREED;
	return 0;
}
