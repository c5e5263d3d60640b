// SPDX-License-Identifier: GPL-2.0-or-later
#include "leg_trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "exchange.h"
#include "log.h"
#include "update.h"

bool leg_trust_wanted(const struct leg *l)
{
	return leg_side(l, l->call->b2b)->identity != CONF_IDENTITY_OFF;
}

bool leg_signs(const struct leg *l)
{
	const struct conf_gateway *conf = l->call->b2b->conf;

	for (unsigned int i = 0; i < conf->nsigners; i++)
		if (conf->signer[i].side == l->side)
			return true;
	return leg_trust_wanted(l);
}

bool leg_trust_awaited(const struct leg *l)
{
	return leg_side(l, l->call->b2b)->identity == CONF_IDENTITY_REQUIRE && !l->trust.verified;
}

const char *leg_trust_name(const struct leg *l)
{
	return !leg_trust_wanted(l) ? "off" : l->trust.verified ? "verified" :
	       leg_trust_awaited(l) ? "pending" : "unverified";
}

static int tell(struct leg *l, struct wbuf *w)
{
	struct b2b *b = l->call->b2b;
	int ret = b->trust_up ? ipc_send(&b->trust, w) : -ENOTCONN;

	if (ret)
		log_limited(LOG_LVL_ERROR, "trust role not told", F_U64("call", l->call->id),
			    F_U64("leg", l->id), F_STR("error", strerror(-ret)));
	return ret;
}

/* "\"Alice\" <sip:a@b>" -> "sip:a@b"; "" when it does not fit, which nobody has signed. */
static void uri_of(const char *nameaddr, char *out, size_t cap)
{
	struct sip_pool pool = { 0 };
	struct sip_nameaddr n;

	out[0] = '\0';
	if (!sip_nameaddr_parse(&pool, nameaddr, &n, NULL) && strlen(n.uri_text) < cap)
		memcpy(out, n.uri_text, strlen(n.uri_text) + 1);
	sip_pool_fini(&pool);
}

int leg_trust_ask(struct leg *l, struct sip_strans *st)
{
	const struct sip_msg *req = sip_strans_request(st);
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, TRUST_VERIFY), text;
	struct trust_verify m = { .leg = l->id, .call = l->call->id, .ask = l->trust.ask + 1 };
	int ret;

	if (l->trust.st)
		return -EBUSY;
	if (ipc_busy(&l->call->b2b->trust))
		return -EAGAIN;
	snprintf(m.side, sizeof(m.side), "%s", leg_side(l, l->call->b2b)->name);
	/* Within a dialog both names are known: who was dialled, or who called. */
	if (req->to_tag) {
		uri_of(l->dialog->remote, m.far, sizeof(m.far));
		uri_of(l->dialog->local, m.near, sizeof(m.near));
		if (!m.far[0] || !m.near[0])
			return -EMSGSIZE;
	}
	text = wbuf_on(m.request, sizeof(m.request));
	sip_msg_write(req, &text);
	if (text.bad)
		return -EMSGSIZE;
	m.len = text.len;
	trust_verify_put(&w, &m);
	ret = tell(l, &w);
	if (ret)
		return ret;
	l->trust.ask = m.ask;
	l->trust.st = st;
	return 0;
}

void leg_trust_apply(struct leg *l, const struct media_leg_fingerprints *f)
{
	uint8_t space[IPC_MAX];
	struct trust_apply m = { .leg = l->id, .ask = l->trust.granted };
	struct trust_unsigned u = { .fp = *f };
	struct wbuf w;

	if (m.ask) {
		if (l->trust.applied == m.ask)
			return;
		l->trust.applied = m.ask;
		w = ipc_begin(space, TRUST_APPLY);
		trust_apply_put(&w, &m);
	} else if (leg_side(l, l->call->b2b)->identity == CONF_IDENTITY_PREFER) {
		snprintf(u.side, sizeof(u.side), "%s", leg_side(l, l->call->b2b)->name);
		w = ipc_begin(space, TRUST_UNSIGNED);
		trust_unsigned_put(&w, &u);
	} else {
		return;		/* held until its signed UPDATE comes */
	}
	tell(l, &w);
}

bool leg_trust_cancelled(struct leg *l, struct sip_strans *st)
{
	const struct end_reason why = { .code = 487, .text = "" };

	if (l->trust.st != st || l->st == st)
		return false;
	l->trust.st = NULL;
	leg_refuse(l, st, &why);
	return true;
}

void leg_trust_close(struct leg *l)
{
	uint8_t space[IPC_MAX];
	struct trust_close m = { .leg = l->id };
	struct wbuf w;
	struct sip_strans *st = l->trust.st;

	l->trust.st = NULL;
	if (st && st != l->st)
		sip_ua_refuse(st, 481, NULL, 0);
	if (!l->trust.ask || l->trust.closed)
		return;
	l->trust.closed = true;
	w = ipc_begin(space, TRUST_CLOSE);
	trust_close_put(&w, &m);
	tell(l, &w);
}

bool leg_trust_renews(const struct leg *l, const struct trust_verdict *v)
{
	return !oa_renews(&l->oa) || !l->trust.verified || (v && v->verified);
}

void leg_trust_reset(struct leg *l)
{
	struct sip_strans *st = l->trust.st;

	l->trust.st = NULL;
	l->trust.granted = 0;
	l->trust.verified = false;
	l->trust.identity[0] = '\0';
	if (st)
		sip_ua_refuse(st, 481, NULL, 0);
}

void leg_trust_grant(struct leg *l, const struct trust_verdict *v)
{
	l->trust.granted = v->ask;
	if (!v->verified)
		return;
	l->trust.verified = true;
	l->trust.bound = v->bound;
	memcpy(l->trust.identity, v->identity, sizeof(l->trust.identity));
}

/* ---- verdicts -------------------------------------------------------------- */

static void first(struct leg *l, const struct trust_verdict *v)
{
	struct call *c = l->call;
	struct end_reason why = { .code = v->code, .text = v->text, .phrase = v->reason,
				  .warning = 399 };
	const struct call_cause cause = { .why = &why };

	if (!v->code && !call_open_media(c)) {
		leg_trust_grant(l, v);
		call_set_state(c, CALL_INCOMING);	/* time for the ports, from now on */
		return;
	}
	if (!v->code)
		why = (struct end_reason){ .code = 500, .text = "the media role cannot be reached" };
	call_event(c, CALL_EV_HANGUP, &cause);
}

/* NULL: the leg is gone. */
static struct leg *find(const struct b2b *b, const struct trust_verdict *v)
{
	struct hash_node *n = hash_first(&b->legs, hash_bytes(&v->leg, sizeof(v->leg)));

	for (; n; n = hash_next(n)) {
		struct leg *l = hash_entry(n, struct leg, node);

		if (l->id == v->leg)
			return l;
	}
	return NULL;
}

static void count(struct b2b_stats *s, const struct trust_verdict *v)
{
	*(v->code ? &s->identity_refused : v->verified ? &s->identity_verified :
	  &s->identity_unverified) += 1;
	s->identity_bound += v->bound;
}

static int on_verdict(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct b2b *b = arg;
	struct trust_verdict v;
	struct sip_strans *st;
	struct leg *l;

	(void)ipc;
	trust_verdict_get(r, &v);
	if (!rbuf_done(r))
		return -EBADMSG;
	/* Fit for a quoted-string in Warning. */
	for (char *p = v.text; *p; p++)
		if (*p == '"' || *p == '\\' || *p < ' ' || *p == 0x7f)	/* or not ASCII */
			*p = '\'';
	l = find(b, &v);
	count(&b->stats, &v);
	events_add(&b->events, &v, l ? l->call->id : 0, l ? leg_side(l, b)->name : "");
	/* Or the request was answered meanwhile. */
	if (!l || !l->trust.st || l->trust.ask != v.ask)
		return 0;
	st = l->trust.st;
	l->trust.st = NULL;
	if (st == l->st)
		first(l, &v);
	else if (sip_strans_request(st)->method == SIP_UPDATE)
		update_verified(l, st, &v);
	else
		exchange_verified(l, st, &v);
	return 0;
}

static int on_credentials(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct trust_credentials m;

	(void)ipc;
	trust_credentials_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	signing_credentials(arg, &m);
	return 0;
}

static const struct ipc_handler handlers[] = {
	{ TRUST_VERDICT, "verdict", on_verdict },
	{ TRUST_CREDENTIALS, "credentials", on_credentials },
	{ 0 }
};

static void on_gone(struct ipc *ipc, void *arg)
{
	struct b2b *b = arg;

	(void)ipc;
	b->trust_up = false;
	b->media_ready = false;
	snprintf(b->media_why, sizeof(b->media_why), "the trust role is gone");
	if (b->media_gone)
		b->media_gone(b);
}

int b2b_trust(struct b2b *b, int fd, struct err *e)
{
	int ret = ipc_open(&b->trust, fd, "trust", handlers, on_gone, b);

	if (ret)
		return err_set(e, ret, "the channel to the trust role: %s", strerror(-ret));
	b->trust_up = true;
	b->caps.supported = "from-change, 100rel";
	return 0;
}
