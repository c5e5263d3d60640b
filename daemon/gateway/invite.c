// SPDX-License-Identifier: GPL-2.0-or-later
/* INVITEs of ours: building them, and what comes back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "early.h"
#include "exchange.h"
#include "invite.h"
#include "leg_trust.h"
#include "log.h"
#include "sip_date.h"

#define FORKS_MAX 16

static void forget(struct invite *i)
{
	*i->prev = i->next;
	if (i->next)
		i->next->prev = i->prev;
	if (i->leg)
		i->leg->invite = NULL;
	early_clear(i);
	signing_stop(&i->signing);
	loop_defer_free(i);
}

/* ---- what comes back -------------------------------------------------------- */

/* A 2xx nobody waits for: to a cancelled INVITE, of a further fork, or repeated. */
static void extra_2xx(struct invite *i, const struct sip_msg *resp)
{
	struct sip_dialog *d = sip_dialog_find(&i->b2b->dialogs, resp);

	if (d) {
		/* -ENOENT: its answer is still on its way, or a later INVITE was acknowledged */
		sip_dialog_reack(d, &i->b2b->stack, resp);
		return;
	}
	/* Each costs a transaction: no INVITE rings that many phones at once. */
	if (i->forks++ >= FORKS_MAX)
		return;
	log_limited(LOG_LVL_INFO, "2xx refused with BYE", F_STR("call_id", resp->call_id));
	sip_dialog_refuse_fork(&i->b2b->stack, i->ct, resp);
}

/* The leg is done with it. */
static void detach(struct invite *i)
{
	early_clear(i);
	i->leg->invite = NULL;
	i->leg = NULL;
}

static void first_2xx(struct invite *i, const struct sip_msg *resp)
{
	struct leg *l = i->leg;
	struct call_cause cause = { .leg = l, .msg = resp, .code = 502 };
	struct sip_dialog *d;
	struct err e = { 0 };

	i->final = true;
	if (i->within) {
		sip_dialog_recv_response(l->dialog, resp);
		exchange_response(l, resp);
		return;
	}
	d = sip_dialog_uac(&i->b2b->dialogs, i->ct, resp, NULL, &e);
	if (!d) {
		/* Without Contact it cannot even be sent a BYE (RFC 3261 section 12.1.2). */
		log_limited(LOG_LVL_WARN, "callee's answer makes no dialog",
			    F_U64("call", l->call->id), F_STR("why", err_text(&e)));
		call_event(l->call, CALL_EV_REFUSED, &cause);
		return;
	}
	early_win(i, d);
	l->ack_owed = true;
	l->state = LEG_UP;
	call_event(l->call, CALL_EV_ANSWER, &cause);
}

static void response(struct sip_ctrans *ct, const struct sip_msg *resp,
		     const struct sip_hop *from, void *arg)
{
	struct invite *i = arg;
	struct call_cause cause = { .leg = i->leg, .msg = resp, .code = resp->code };

	(void)from;
	if (ct != i->ct) {
		/* An earlier try that was given up has found the callee after all. */
		if (resp->code >= 200 && resp->code < 300)
			sip_dialog_refuse_fork(&i->b2b->stack, ct, resp);
		return;
	}
	if (i->leg && !i->final && signing_took(&i->signing, resp))
		return;
	if (resp->code >= 200 && resp->code < 300 && (!i->leg || i->final)) {
		extra_2xx(i, resp);
		return;
	}
	if (!i->leg)
		return;
	if (resp->code >= 200 && resp->code < 300) {
		first_2xx(i, resp);
	} else if (resp->code >= 300) {
		struct leg *l = i->leg;

		i->final = true;
		/* The transaction sends the ACK by itself. */
		detach(i);
		if (i->within)
			exchange_response(l, resp);
		else
			call_event(l->call, CALL_EV_REFUSED, &cause);
	} else if (resp->code > 100 && !i->within && early_take(i, resp)) {
		call_event(i->leg->call, CALL_EV_PROGRESS, &cause);
	}
}

/* Nobody will answer it any more. The invite, and the call, may be gone afterwards. */
static void unanswered(struct invite *i, bool timeout)
{
	struct leg *l = i->leg;
	bool within = i->within;
	struct call_cause cause = {
		.leg = l,
		.code = timeout ? 504 : 503,
	};

	signing_stop(&i->signing);
	i->final = true;
	detach(i);
	if (!i->ntrans)
		forget(i);
	if (within)
		exchange_failed(l, timeout ? 408 : 503);
	else
		call_event(l->call, CALL_EV_REFUSED, &cause);
}

static void ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct invite *i = arg;
	bool last = ct == i->ct;

	i->ntrans--;
	if (last)
		i->ct = NULL;
	if (last && i->leg && !i->final && !i->signing.ask && !signing_ended(&i->signing))
		unanswered(i, why == SIP_FAIL_TIMEOUT);
	else if (!i->ntrans && !i->signing.ask)
		forget(i);
}

static const struct sip_ctrans_ops ops = {
	.response = response,
	.ended = ended,
};

static struct invite *of_signing(struct signing *s)
{
	return (struct invite *)((char *)s - offsetof(struct invite, signing));
}

static int send_try(struct signing *s, const struct sip_hop *hop, struct sip_msg *m, struct err *e)
{
	struct invite *i = of_signing(s);
	struct sip_ctrans *ct;

	early_again(i);
	ct = sip_ctrans_send(&i->b2b->stack, hop, m, &ops, i, e);
	if (!ct)
		return e->code ? e->code : -EAGAIN;
	sip_ctrans_beyond(ct, &s->hop);
	i->ct = ct;
	i->ntrans++;
	return 0;
}

static void ask_again(struct signing *s)
{
	struct invite *i = of_signing(s);

	if (i->ct)
		sip_ctrans_again(i->ct);
}

static void drop_try(struct signing *s)
{
	struct invite *i = of_signing(s);

	if (i->ct)
		sip_ctrans_cancel(i->ct, NULL);
}

static void no_try_left(struct signing *s)
{
	unanswered(of_signing(s), false);
}

static const struct signing_ops signing_ops = {
	.send = send_try,
	.again = ask_again,
	.drop = drop_try,
	.fail = no_try_left,
};

/* ---- sending ---------------------------------------------------------------- */

static struct invite *new_invite(struct leg *l, bool within)
{
	struct b2b *b = l->call->b2b;
	struct invite *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->b2b = b;
	i->leg = l;
	i->within = within;
	i->next = b->invites;
	i->prev = &b->invites;
	if (i->next)
		i->next->prev = &i->next;
	b->invites = i;
	l->invite = i;
	return i;
}

/* What every INVITE of ours has; the body last. */
static int add_common(const struct leg *l, struct sip_msg *m, const struct wbuf *offer)
{
	const struct b2b *b = l->call->b2b;
	char date[SIP_DATE_LEN];
	int ret = sip_msg_add(m, SIP_HDR_ALLOW, b->caps.allow);

	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_ACCEPT, b->caps.accept);
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_USER_AGENT, b->agent);
	if (!ret && leg_signs(l))
		ret = sip_msg_add(m, SIP_HDR_SUPPORTED, l->invite->rel ? b->caps.supported :
				  "from-change");
	/* What whoever signs it puts into the token (RFC 8224 section 4.1). */
	if (!ret && leg_signs(l))
		ret = sip_msg_add(m, SIP_HDR_DATE, sip_date_print(clock_wall(), date));
	if (!ret && offer)
		ret = sip_msg_set_body(m, "application/sdp", offer->data, offer->len);
	return ret;
}

/* "\"Display\" <uri>" as the other side shall see it. */
static int add_name(struct sip_msg *m, enum sip_hdr_id id, const struct sip_nameaddr *n,
		    const struct addr *instead, const char *tag)
{
	char uri[LEG_URI_MAX];
	int ret = policy_uri(&n->uri, n->uri_text, instead, uri, sizeof(uri));

	if (ret)
		return ret;
	return sip_msg_addf(m, id, "%s%s<%s>%s%s", n->display ? n->display : "",
			    n->display ? " " : "", uri, tag ? ";tag=" : "", tag ? tag : "");
}

static int fill_first(struct call *c, struct sip_msg *m, const struct sip_msg *in)
{
	struct b2b *b = c->b2b;
	const struct sip_side *side = b->stack.transp.side[c->b.side];
	char one[SIP_TAG_LEN], two[SIP_TAG_LEN], contact[LEG_URI_MAX];
	int ret;

	ret = sip_transp_contact(&b->stack.transp, c->b.side, in->from->uri.user, contact,
				 sizeof(contact));
	if (ret < 0)
		return ret;
	ret = sip_msg_addf(m, SIP_HDR_MAX_FORWARDS, "%d",
			   in->max_forwards < 0 ? 70 : in->max_forwards - 1);
	if (!ret)
		ret = add_name(m, SIP_HDR_FROM, in->from, &side->advertised, sip_new_tag(one));
	if (!ret)
		ret = add_name(m, SIP_HDR_TO, in->to, &c->route->next_hop, NULL);
	if (!ret)
		ret = sip_msg_addf(m, SIP_HDR_CALL_ID, "%s%s", sip_new_tag(one), sip_new_tag(two));
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_CSEQ, "1 INVITE");
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_CONTACT, contact);
	if (!ret)
		ret = policy_pass_headers(m, in);
	return ret;
}

int invite_first(struct call *c, const struct wbuf *offer, struct err *e)
{
	const struct sip_msg *in = sip_strans_request(c->a.st);
	struct sip_hop hop = {
		.side = c->b.side,
		.proto = SIP_UDP,
		.remote = c->route->next_hop,
	};
	struct invite *i = new_invite(&c->b, false);
	char ruri[LEG_URI_MAX];
	struct sip_msg *m;
	int ret;

	if (!i)
		return err_set(e, -ENOMEM, "out of memory");
	/* Where nobody is verified it would change nothing. */
	i->rel = offer && leg_trust_wanted(&c->b);
	ret = policy_uri(&in->ruri, in->ruri_text, &c->route->next_hop, ruri, sizeof(ruri));
	m = ret ? NULL : sip_msg_request(SIP_INVITE, ruri);
	ret = m ? fill_first(c, m, in) : ret ? ret : -EINVAL;
	if (!ret)
		ret = add_common(&c->b, m, offer);
	if (ret) {
		sip_msg_free(m);
		err_set(e, ret, "the INVITE cannot be built from the caller's");
		goto fail;
	}
	snprintf(c->b.uri, sizeof(c->b.uri), "%s", ruri);
	ret = signing_start(&i->signing, &signing_ops, &c->b, m, &hop, e);
	if (ret)
		goto fail;
	c->b.state = LEG_INVITING;
	return 0;
fail:
	forget(i);
	return ret;
}

int invite_again(struct leg *l, const struct wbuf *offer, struct err *e)
{
	struct sip_hop hop;
	struct invite *i;
	struct sip_msg *m;
	int ret;

	/* The last INVITE's transaction may be waiting for more 2xx: it does so alone. */
	if (l->invite) {
		signing_stop(&l->invite->signing);
		l->invite->leg = NULL;
		l->invite = NULL;
	}
	i = new_invite(l, true);
	if (!i)
		return err_set(e, -ENOMEM, "out of memory");
	m = sip_dialog_request(l->dialog, SIP_INVITE);
	ret = m ? add_common(l, m, offer) : -ENOMEM;
	if (ret) {
		sip_msg_free(m);
		err_set(e, ret, "out of memory for a re-INVITE");
		goto fail;
	}
	sip_dialog_hop(l->dialog, m, &hop);
	ret = signing_start(&i->signing, &signing_ops, l, m, &hop, e);
	if (ret)
		goto fail;
	return 0;
fail:
	forget(i);
	return ret;
}

void invite_abandon(struct leg *l, const char *reason)
{
	struct invite *i = l->invite;

	if (!i)
		return;
	if (!i->final && i->ct)
		sip_ctrans_cancel(i->ct, reason);
	signing_stop(&i->signing);
	detach(i);
	if (!i->ntrans)
		forget(i);
}

void invite_free_all(struct b2b *b)
{
	while (b->invites) {
		struct invite *i = b->invites;

		/* The stack goes next, and says nothing more to earlier tries either. */
		sip_ctrans_release(i->ct);
		forget(i);
	}
}
