// SPDX-License-Identifier: GPL-2.0-or-later
#include "signing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "log.h"
#include "sip_date.h"
#include "trust_proto.h"

static const struct conf_gateway *conf(const struct signing *s)
{
	return s->leg->call->b2b->conf;
}

/* The next signer of this side that has not been tried, in turn from @from on; or -1. */
static int choose(const struct signing *s, unsigned int from)
{
	const struct conf_gateway *g = conf(s);

	for (unsigned int k = 0; k < g->nsigners; k++) {
		unsigned int i = (from + k) % g->nsigners;

		if (g->signer[i].side == s->leg->side && !(s->tried & 1u << i))
			return (int)i;
	}
	return -1;
}

/* ---- a try ----------------------------------------------------------------- */

static int push_route(struct sip_msg *m, const struct addr *a, const char *param)
{
	char at[ADDR_STRLEN], route[ADDR_STRLEN + 32];

	snprintf(route, sizeof(route), "<sip:%s;lr%s%s>", addr_str(a, at), *param ? ";" : "", param);
	return sip_msg_push(m, SIP_HDR_ROUTE, route);
}

/* Would the signer, by what @m says, send it where we would have? */
static bool leads_to(const struct sip_msg *m, const struct addr *hop)
{
	const struct sip_hdr *route = sip_msg_find(m, SIP_HDR_ROUTE, NULL);
	struct addr a;

	return !sip_uri_addr(route ? &route->addr->uri : &m->ruri, &a) && addr_equal(&a, hop);
}

/* A further request needs a further number. */
static int renumber(const struct signing *s, struct sip_msg *m)
{
	struct sip_dialog *d = s->leg->dialog;
	uint32_t cseq = m->cseq + s->ntries;
	char text[48];

	if (!s->ntries)
		return 0;
	if (d) {
		cseq = ++d->local_cseq;
		if (m->method == SIP_INVITE)
			d->invite_cseq = cseq;
	}
	snprintf(text, sizeof(text), "%u %s", cseq, sip_method_name(m->method));
	return sip_msg_set(m, SIP_HDR_CSEQ, text);
}

static void on_silence(struct timer *t, void *arg);

static int try(struct signing *s, const char *credentials, struct err *e)
{
	const struct conf_signer *signer = &conf(s)->signer[s->signer];
	const bool bind = conf(s)->side[s->leg->side].binding != CONF_BINDING_OFF;
	struct sip_hop hop = s->hop;
	struct sip_msg *m = sip_msg_clone(s->base);
	char date[SIP_DATE_LEN];
	int ret = m ? renumber(s, m) : -ENOMEM;

	if (!ret && !leads_to(m, &s->hop.remote))
		ret = push_route(m, &s->hop.remote, "");
	if (!ret)
		ret = push_route(m, &signer->address, bind ? passport_ppt_name(PASSPORT_CTX) : "");
	if (!ret)
		ret = sip_msg_set(m, SIP_HDR_DATE, sip_date_print(clock_wall(), date));
	if (!ret && credentials)
		ret = sip_msg_add(m, SIP_HDR_PROXY_AUTHORIZATION, credentials);
	if (ret) {
		sip_msg_free(m);
		return err_set(e, ret, "the request cannot be prepared for signer %s", signer->name);
	}
	s->ntries++;
	s->tried |= 1u << s->signer;
	hop.remote = signer->address;
	/* Only until it has shown itself: what lies behind it may take its time. */
	if (!credentials)
		timer_start(&s->silence, SIGNING_SILENCE_MS, on_silence, s);
	ret = s->ops->send(s, &hop, m, e);
	if (ret)
		timer_cancel(&s->silence);
	return ret;
}

static bool try_next(struct signing *s)
{
	struct err e = { 0 };
	int next;

	while ((next = choose(s, s->signer + 1)) >= 0) {
		log_limited(LOG_LVL_WARN, "signer does not serve, trying the next",
			    F_STR("signer", conf(s)->signer[s->signer].name),
			    F_STR("next", conf(s)->signer[next].name));
		s->signer = (unsigned int)next;
		s->answered = false;
		if (!try(s, NULL, &e))
			return true;
		s->tried |= 1u << next;
	}
	return false;
}

static void on_silence(struct timer *t, void *arg)
{
	struct signing *s = arg;

	(void)t;
	if (choose(s, s->signer + 1) < 0)
		return;		/* there is nobody else: it may still answer */
	s->ops->drop(s);
	if (!try_next(s))
		s->ops->fail(s);
}

int signing_start(struct signing *s, const struct signing_ops *ops, struct leg *l,
		  struct sip_msg *m, const struct sip_hop *hop, struct err *e)
{
	struct b2b *b = l->call->b2b;
	int first;

	*s = (struct signing){ .ops = ops, .leg = l, .hop = *hop };
	first = choose(s, b->signer_turn);
	if (first < 0)
		return ops->send(s, hop, m, e);
	/* Load is spread by beginning with another one each time. */
	b->signer_turn = (unsigned int)first + 1;
	s->base = m;
	s->signer = (unsigned int)first;
	if (!try(s, NULL, e) || try_next(s))
		return 0;
	signing_stop(s);
	return e && e->code ? e->code : -EAGAIN;
}

/* ---- what comes back ------------------------------------------------------- */

static int ask(struct signing *s, const struct sip_msg *resp)
{
	struct b2b *b = s->leg->call->b2b;
	const struct sip_hdr *h = NULL;
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, TRUST_CHALLENGE);
	struct trust_challenge m = { .ask = b->last_ask + 1 };
	int ret;

	snprintf(m.signer, sizeof(m.signer), "%s", conf(s)->signer[s->signer].name);
	snprintf(m.method, sizeof(m.method), "%s", s->base->method_name);
	if (snprintf(m.uri, sizeof(m.uri), "%s", s->base->ruri_text) >= (int)sizeof(m.uri))
		return -EMSGSIZE;
	while ((h = sip_msg_find(resp, SIP_HDR_PROXY_AUTHENTICATE, h))) {
		size_t n = strlen(h->value) + 1;

		if (n > sizeof(m.values) - m.len)
			break;
		memcpy(m.values + m.len, h->value, n);
		m.len += n;
	}
	if (!m.len)
		return -ENOENT;
	trust_challenge_put(&w, &m);
	ret = b->trust_up ? ipc_send(&b->trust, &w) : -ENOTCONN;
	if (ret)
		return ret;
	b->last_ask = m.ask;
	s->ask = m.ask;
	s->next = b->signings;
	s->prev = &b->signings;
	if (s->next)
		s->next->prev = &s->next;
	b->signings = s;
	return 0;
}

bool signing_took(struct signing *s, const struct sip_msg *resp)
{
	struct err e = { 0 };

	if (!s->base)
		return false;
	timer_cancel(&s->silence);
	switch (resp->code) {
	case 407:
		/* Our password is not liked here, or this authenticator's token at its signer. */
		if (s->answered)
			return try_next(s);
		s->answered = true;
		return !ask(s, resp);
	case 438:
		if (s->repeated)
			return false;
		s->repeated = true;
		s->answered = false;
		return !try(s, NULL, &e);
	case 503:
		return try_next(s);
	default:
		return false;
	}
}

bool signing_ended(struct signing *s)
{
	timer_cancel(&s->silence);
	return s->base && !s->ask && try_next(s);
}

static void stop_waiting(struct signing *s)
{
	if (!s->ask)
		return;
	s->ask = 0;
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
}

void signing_stop(struct signing *s)
{
	timer_cancel(&s->silence);
	stop_waiting(s);
	sip_msg_free(s->base);
	s->base = NULL;
}

void signing_credentials(struct b2b *b, const struct trust_credentials *m)
{
	struct signing *s = b->signings;
	struct err e = { 0 };

	while (s && s->ask != m->ask)
		s = s->next;
	if (!s)
		return;		/* given up meanwhile */
	stop_waiting(s);
	if (!m->value[0])
		log_limited(LOG_LVL_WARN, "signer's challenge not answered",
			    F_STR("signer", conf(s)->signer[s->signer].name), F_STR("why", m->text));
	if ((!m->value[0] || try(s, m->value, &e)) && !try_next(s))
		s->ops->fail(s);
}
