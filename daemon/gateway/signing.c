// SPDX-License-Identifier: GPL-2.0-or-later
#include "signing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "log.h"
#include "sip_date.h"
#include "sip_tls.h"
#include "trust_proto.h"

static struct b2b *b2b_of(const struct signing *s)
{
	return s->leg->call->b2b;
}

static const struct conf_gateway *conf(const struct signing *s)
{
	return b2b_of(s)->conf;
}

static bool is_down(const struct signing *s, unsigned int i)
{
	return clock_now() < b2b_of(s)->signer_down[i];
}

/*
 * The next signer of this side that has not been tried, in turn from @from on; one that was
 * silent lately only when there is no other; or -1.
 */
static int choose(const struct signing *s, unsigned int from)
{
	const struct conf_gateway *g = conf(s);
	int silent = -1;

	for (unsigned int k = 0; k < g->nsigners; k++) {
		unsigned int i = (from + k) % g->nsigners;

		if (g->signer[i].side != s->leg->side || s->tried & 1u << i)
			continue;
		if (!is_down(s, i))
			return (int)i;
		if (silent < 0)
			silent = (int)i;
	}
	return silent;
}

static void set_down(struct signing *s, bool down)
{
	uint64_t *until = &b2b_of(s)->signer_down[s->signer];
	const char *name = conf(s)->signer[s->signer].name;

	if (down && !is_down(s, s->signer))
		log_warn("signer is silent", F_STR("signer", name),
			 F_U64("milliseconds", conf(s)->signer_timeout));
	else if (!down && *until)
		log_notice("signer answers again", F_STR("signer", name));
	*until = down ? clock_now() + SIGNING_DOWN_MS : 0;
}

/* ---- a try ----------------------------------------------------------------- */

static int push_route(struct sip_msg *m, const struct addr *a, const char *params)
{
	char at[ADDR_STRLEN], route[ADDR_STRLEN + 64];

	snprintf(route, sizeof(route), "<sip:%s;lr%s>", addr_str(a, at), params);
	return sip_msg_push(m, SIP_HDR_ROUTE, route);
}

/* What is asked of a signer that knows these words; to others they are nothing. */
static int push_signer(const struct signing *s, struct sip_msg *m)
{
	const bool bind = conf(s)->side[s->leg->side].binding != CONF_BINDING_OFF;
	char params[40];

	snprintf(params, sizeof(params), "%s%s%s", bind ? ";" : "",
		 bind ? passport_ppt_name(PASSPORT_CTX) : "",
		 s->repeated ? ";" PASSPORT_FULL_WANTED : "");
	return push_route(m, &conf(s)->signer[s->signer].address, params);
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

/* The way to the signer. By TLS nothing leaves before its certificate was found to be good. */
static int reach(struct signing *s, struct sip_hop *hop, struct err *e)
{
	struct b2b *b = s->leg->call->b2b;
	const struct conf_signer *signer = &conf(s)->signer[s->signer];

	*hop = (struct sip_hop){ .side = s->hop.side, .proto = SIP_UDP, .remote = signer->address };
	if (signer->transport == SIP_UDP)
		return 0;
	hop->side = b->signer_side[s->signer];
	hop->proto = signer->transport;
	if (!hop->side)
		return err_set(e, -EPROTONOSUPPORT, "no side for signer %s", signer->name);
	return signer->transport == SIP_TLS ?
		sip_tls_flow(&b->stack.transp, hop, signer->server, e) : 0;
}

static void on_silence(struct timer *t, void *arg);

static int try(struct signing *s, const char *credentials, struct err *e)
{
	const struct conf_signer *signer = &conf(s)->signer[s->signer];
	struct sip_hop hop;
	struct sip_msg *m = sip_msg_clone(s->base);
	char date[SIP_DATE_LEN];
	int ret = m ? renumber(s, m) : -ENOMEM;

	if (!ret && !leads_to(m, &s->hop.remote))
		ret = push_route(m, &s->hop.remote, "");
	if (!ret)
		ret = push_signer(s, m);
	if (!ret)
		ret = sip_msg_set(m, SIP_HDR_DATE, sip_date_print(clock_wall(), date));
	if (!ret && credentials)
		ret = sip_msg_add(m, SIP_HDR_PROXY_AUTHORIZATION, credentials);
	if (ret) {
		sip_msg_free(m);
		return err_set(e, ret, "the request cannot be prepared for signer %s", signer->name);
	}
	b2b_of(s)->stats.signer_tries++;
	s->ntries++;
	s->tried |= 1u << s->signer;
	s->taken = s->asked_again = false;
	ret = reach(s, &hop, e);
	if (ret) {
		sip_msg_free(m);
		return ret;
	}
	timer_start(&s->silence, conf(s)->signer_timeout, on_silence, s);
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
		b2b_of(s)->stats.signer_failovers++;
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

	if (s->taken && !s->asked_again) {
		s->asked_again = true;
		timer_start(t, conf(s)->signer_timeout / 2, on_silence, s);
		s->ops->again(s);
		return;
	}
	set_down(s, true);
	/* With nobody else it may still answer; but not when it forgot what it had taken. */
	if (choose(s, s->signer + 1) < 0 && !s->taken)
		return;
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
	first = choose(s, b->signer_turn[l->side]);
	if (first < 0)
		return ops->send(s, hop, m, e);
	/* Load is spread by beginning with another one each time. */
	b->signer_turn[l->side] = (unsigned int)first + 1;
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
	set_down(s, false);
	/*
	 * Until it rings the signer has to stay alive, because the callee's answer comes by it;
	 * afterwards another try would ring a second time.
	 */
	s->taken = resp->code == 100 && s->ops->again;
	s->asked_again = false;
	if (s->taken)
		timer_start(&s->silence, conf(s)->signer_timeout / 2, on_silence, s);
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
	case 504:	/* of an authenticator: its signer does not serve */
		return try_next(s);
	default:
		return false;
	}
}

bool signing_ended(struct signing *s)
{
	timer_cancel(&s->silence);
	if (s->base && !s->ask)
		set_down(s, true);
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
