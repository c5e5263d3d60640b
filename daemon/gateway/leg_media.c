// SPDX-License-Identifier: GPL-2.0-or-later
/* A leg: its descriptions, and its media association in the `media` role. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "leg_trust.h"
#include "log.h"

/* ---- messages to `media` ---------------------------------------------------- */

#define TELL(leg, type, body)						\
	({								\
		uint8_t space_[IPC_MAX];				\
		struct wbuf w_ = ipc_begin(space_, (type));		\
		_Generic((body),					\
			struct media_leg_open *: media_leg_open_put,	\
			struct media_leg_remote *: media_leg_remote_put, \
			struct media_leg_fingerprints *: media_leg_fingerprints_put, \
			struct media_leg_pair *: media_leg_pair_put,	\
			struct media_leg_close *: media_leg_close_put)(&w_, (body)); \
		tell((leg), &w_);					\
	})

static int tell(const struct leg *l, struct wbuf *w)
{
	struct b2b *b = l->call->b2b;
	int ret = b->media_up ? ipc_send(&b->media, w) : -ENOTCONN;

	if (ret)
		log_error("media role not told", F_U64("call", l->call->id), F_U64("leg", l->id),
			  F_STR("error", strerror(-ret)));
	return ret;
}

int leg_media_open(struct leg *l, bool two_ports)
{
	const struct conf_side *side = leg_side(l, l->call->b2b);
	struct media_leg_open m = {
		.leg = l->id,
		.call = l->call->id,
		.security = side->security,
		.two_ports = two_ports,
	};
	int ret;

	snprintf(m.side, sizeof(m.side), "%s", side->name);
	ret = TELL(l, MEDIA_LEG_OPEN, &m);
	l->media_asked = !ret;
	return ret;
}

void leg_media_opened(struct leg *l, const struct media_leg_opened *m)
{
	struct oa_local *local = &l->oa.local;

	l->media_opened = true;
	local->rtp = m->rtp;
	local->rtcp = m->rtcp;
	if (m->fingerprint.len) {
		memcpy(local->fingerprint.alg, m->fingerprint.alg, sizeof(local->fingerprint.alg));
		memcpy(local->fingerprint.digest, m->fingerprint.digest,
		       sizeof(local->fingerprint.digest));
		local->fingerprint.len = m->fingerprint.len;
	}
}

void leg_media_pair(struct leg *a, struct leg *b)
{
	struct media_leg_pair m = { .a = a->id, .b = b->id };

	TELL(a, MEDIA_LEG_PAIR, &m);
}

static bool same_remote(const struct media_leg_remote *a, const struct media_leg_remote *b)
{
	return a->leg == b->leg && addr_equal(&a->rtp, &b->rtp) &&
	       addr_equal(&a->rtcp, &b->rtcp) && a->mux == b->mux && a->role == b->role &&
	       a->early == b->early && a->assoc == b->assoc && a->ask == b->ask;
}

static bool same_fingerprints(const struct media_leg_fingerprints *a,
			      const struct media_leg_fingerprints *b)
{
	if (a->leg != b->leg || a->ask != b->ask || a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (a->fp[i].len != b->fp[i].len || strcmp(a->fp[i].alg, b->fp[i].alg) ||
		    memcmp(a->fp[i].digest, b->fp[i].digest, a->fp[i].len))
			return false;
	return true;
}

/* A number for fingerprints that no verdict is about; verdicts count from 1 up. */
static uint32_t unsigned_ask(const struct oa_facts *f)
{
	return f->assoc ? f->assoc | 1u << 31 : 0;
}

/* Which fingerprints an association waits for; the first one takes those that come. */
static uint32_t ask_of(const struct leg *l, const struct oa_facts *f)
{
	if (!f->assoc || !leg_trust_wanted(l))
		return unsigned_ask(f);
	return leg_trust_awaited(l) ? UINT32_MAX : l->trust.granted ? l->trust.granted :
	       unsigned_ask(f);
}

static void tell_fingerprints(struct leg *l, const struct oa_facts *f)
{
	struct media_leg_fingerprints m = { .leg = l->id, .ask = unsigned_ask(f), .count = f->nfp };

	for (unsigned int i = 0; i < f->nfp; i++) {
		memcpy(m.fp[i].alg, f->fp[i].alg, sizeof(m.fp[i].alg));
		memcpy(m.fp[i].digest, f->fp[i].digest, sizeof(m.fp[i].digest));
		m.fp[i].len = f->fp[i].len;
	}
	/* With an identity policy they are told by the role that verified them. */
	if (leg_trust_wanted(l)) {
		leg_trust_apply(l, &m);
		return;
	}
	if (same_fingerprints(&m, &l->told_fp))
		return;
	l->told_fp = m;
	TELL(l, MEDIA_LEG_FINGERPRINTS, &m);
}

void leg_media_apply(struct leg *l)
{
	const struct oa_facts *f = oa_facts(&l->oa);
	struct media_leg_remote m = { .leg = l->id };

	if (!l->media_asked || !f || !addr_is_set(&f->rtp))
		return;
	m.rtp = f->rtp;
	m.rtcp = f->rtcp;
	m.mux = f->mux;
	m.role = f->role;
	m.assoc = f->assoc;
	m.ask = ask_of(l, f);
	m.early = l->oa.local.security == MEDIA_DTLS && l->state != LEG_UP;
	if (!same_remote(&m, &l->told)) {
		l->told = m;
		TELL(l, MEDIA_LEG_REMOTE, &m);
	}
	if (l->oa.local.security == MEDIA_DTLS)
		tell_fingerprints(l, f);
}

void leg_media_close(struct leg *l)
{
	struct media_leg_close m = { .leg = l->id };

	if (!l->media_asked)
		return;
	l->media_asked = false;
	TELL(l, MEDIA_LEG_CLOSE, &m);
}

/* ---- descriptions ----------------------------------------------------------- */

void leg_forget_sdp(struct leg *l)
{
	sdp_free(l->sdp);
	l->sdp = NULL;
}

/* The body of @m, parsed; @r says why not. */
static struct sdp *parse(const struct sip_msg *m, struct oa_refusal *r)
{
	struct sdp *s;

	if (!sip_msg_content_is(m, "application/sdp")) {
		r->warning = 399;
		err_set(&r->err, -EINVAL, "the body is not application/sdp");
		return NULL;
	}
	s = sdp_parse((const char *)m->body, m->body_len, &r->err);
	if (!s)
		r->warning = r->err.code == -EAFNOSUPPORT ? 301 : 399;
	return s;
}

int leg_take_offer(struct leg *l, const struct sip_msg *m, struct oa_refusal *r)
{
	struct sdp *s = parse(m, r);
	int ret;

	if (!s)
		return -EINVAL;
	ret = oa_recv_offer(&l->oa, s, r);
	if (ret) {
		sdp_free(s);
		return ret;
	}
	if (oa_renews(&l->oa) && m->code && leg_trust_wanted(l)) {
		oa_abort(&l->oa);
		sdp_free(s);
		r->warning = 399;
		return err_set(&r->err, -EINVAL, "other keys in a response, which nobody can sign");
	}
	if (oa_renews(&l->oa))
		leg_new_tls_id(l->oa.next_tls_id);
	leg_forget_sdp(l);
	l->sdp = s;
	return 0;
}

int leg_take_answer(struct leg *l, const struct sip_msg *m, bool final, struct oa_refusal *r)
{
	struct sdp *s;
	int ret;

	l->oa.firm = leg_trust_wanted(l);
	if (!m->body_len) {
		if (final && l->sdp)
			return oa_recv_answer(&l->oa, l->sdp, true, r);
		r->warning = 399;
		return err_set(&r->err, -EINVAL, "there is no answer to the offer");
	}
	s = parse(m, r);
	if (!s)
		return -EINVAL;
	ret = oa_recv_answer(&l->oa, s, final, r);
	if (ret) {
		sdp_free(s);
		return ret;
	}
	leg_forget_sdp(l);
	l->sdp = s;
	return 0;
}

/* @ret of making @w: what went out is kept: an UPDATE, or the answer to one, repeats it. */
static int said(struct leg *l, const struct wbuf *w, int ret)
{
	char *copy;

	if (ret)
		return ret;
	copy = malloc(w->len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, w->data, w->len);
	free(l->said);
	l->said = copy;
	l->said_len = w->len;
	return 0;
}

int leg_make_offer(struct leg *l, const struct leg *from, struct wbuf *w)
{
	const struct oa_facts *f = oa_facts(&from->oa);

	if (!from->sdp || !f)
		return -EINVAL;
	return said(l, w, oa_send_offer(&l->oa, &from->sdp->media[f->index], f->hold, w));
}

int leg_make_answer(struct leg *l, const struct leg *from, bool final, struct wbuf *w)
{
	const struct oa_facts *f = oa_facts(&from->oa);

	if (!from->sdp || !f)
		return -EINVAL;
	return said(l, w, oa_send_answer(&l->oa, &from->sdp->media[f->index], f->hold, final, w));
}

static enum sdp_direction reversed(enum sdp_direction d)
{
	return d == SDP_SENDONLY ? SDP_RECVONLY : d == SDP_RECVONLY ? SDP_SENDONLY : d;
}

int leg_mirror_answer(struct leg *l, struct wbuf *w)
{
	const struct oa_facts *f = oa_facts(&l->oa);
	struct sdp_media m;

	if (!l->sdp || !f)
		return -EINVAL;
	m = l->sdp->media[f->index];
	m.direction = reversed(m.direction);
	return said(l, w, oa_send_answer(&l->oa, &m, f->hold, true, w));
}

/* Our last description, parsed; its stream is line @index. */
static struct sdp *last_said(const struct leg *l, unsigned int *index)
{
	const struct oa_facts *f = oa_facts(&l->oa);
	struct sdp *s = l->said && f ? sdp_parse(l->said, l->said_len, NULL) : NULL;

	if (s)
		*index = f->index < s->nmedia ? f->index : 0;
	return s;
}

/* Does @from's description, said on @l, differ from what was said? It is written to @w. */
static bool restate(const struct leg *l, const struct leg *from, struct wbuf *w)
{
	const struct oa_facts *f = oa_facts(&from->oa);
	struct oa scratch = l->oa;
	struct sdp *old, *new = NULL;
	bool differs;
	unsigned int i;

	if (!from->sdp || !f)
		return false;
	old = last_said(l, &i);
	if (old && !oa_send_offer(&scratch, &from->sdp->media[f->index], f->hold, w))
		new = sdp_parse((const char *)w->data, w->len, NULL);
	differs = new && !oa_same_stream(&old->media[i], &new->media[i]);
	sdp_free(old);
	sdp_free(new);
	return differs;
}

bool leg_restated(const struct leg *l, const struct leg *from)
{
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	return restate(l, from, &w);
}

bool leg_restate(struct leg *l, const struct leg *from)
{
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	return restate(l, from, &w) && !said(l, &w, 0);
}

int leg_repeat_offer(struct leg *l, struct wbuf *w)
{
	unsigned int i;
	struct sdp *s = last_said(l, &i);
	int ret = s ? oa_send_offer(&l->oa, &s->media[i], false, w) : -EINVAL;

	sdp_free(s);
	return ret;
}

int leg_repeat_answer(struct leg *l, struct wbuf *w)
{
	unsigned int i;
	struct sdp *s = last_said(l, &i);
	int ret = s ? oa_send_answer(&l->oa, &s->media[i], false, true, w) : -EINVAL;

	sdp_free(s);
	return ret;
}
