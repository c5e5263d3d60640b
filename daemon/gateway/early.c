// SPDX-License-Identifier: GPL-2.0-or-later
#include "early.h"

#include <errno.h>

#include "call.h"
#include "exchange.h"
#include "leg_trust.h"
#include "log.h"
#include "update.h"

bool early_talks(const struct leg *l)
{
	return l->state == LEG_UP ||
	       ((l->state == LEG_INVITED || l->state == LEG_INVITING) && l->early.agreed);
}

/* ---- the caller's leg -------------------------------------------------------- */

bool early_due(const struct leg *l)
{
	return l->early.wanted && !l->early.agreed && l->state == LEG_INVITED && l->st &&
	       !sip_rel_running(&l->rel);
}

void early_said(struct leg *l)
{
	l->early.agreed = true;
}

void early_prack(struct leg *l, struct sip_strans *st)
{
	const struct sip_msg *req = sip_strans_request(st);
	struct call *c = l->call;
	struct sip_msg *held = c->held;
	struct call_cause cause = { .leg = &c->b, .msg = held };
	unsigned int next = l->early.next;

	if (!sip_rel_prack(&l->rel, req)) {
		sip_ua_refuse(st, 481, NULL, 0);
		return;
	}
	/* An offer in it would be one more that nobody has signed; it can come in an UPDATE. */
	sip_strans_reply_code(st, req->body_len ? 488 : 200, NULL);
	sip_strans_release(st);
	if (l->state != LEG_INVITED)
		return;
	l->early.next = 0;
	if (next)
		leg_progress(l, next, NULL);
	if (l->early.agreed)
		update_send(l);
	if (!held)
		return;
	c->held = NULL;
	call_event(c, CALL_EV_ANSWER, &cause);
	sip_msg_free(held);
}

bool early_hold(struct call *c, const struct sip_msg *resp)
{
	static const struct end_reason why = { .code = 500, .text = "out of memory" };
	const struct call_cause cause = { .why = &why };

	if (c->held)
		return true;
	if (!c->a.early.agreed || !sip_rel_running(&c->a.rel))
		return false;
	c->held = sip_msg_clone(resp);
	if (!c->held)
		call_event(c, CALL_EV_HANGUP, &cause);
	return true;
}

/* ---- the callee's leg -------------------------------------------------------- */

static struct early *find(struct invite *i, const struct sip_dialog *d)
{
	for (unsigned int n = 0; n < i->nearly; n++)
		if (i->early[n].dialog == d)
			return &i->early[n];
	return NULL;
}

static void forget(struct early *e)
{
	if (!e->legs)
		sip_dialog_free(e->dialog);
	sip_msg_free(e->answer);
	*e = (struct early){ 0 };
}

void early_clear(struct invite *i)
{
	while (i->nearly)
		forget(&i->early[--i->nearly]);
}

/* The first phone that has answered. */
static void choose(struct leg *l, struct early *e)
{
	struct oa_refusal r = { 0 };

	if (leg_take_answer(l, e->answer, true, &r)) {
		log_limited(LOG_LVL_INFO, "reliable answer not usable", F_U64("call", l->call->id),
			    F_STR("why", r.err.text));
		return;
	}
	e->legs = true;
	l->dialog = e->dialog;
	l->early.agreed = true;
}

bool early_take(struct invite *i, const struct sip_msg *resp)
{
	const uint32_t number = sip_rel_number(resp);
	struct leg *l = i->leg;
	struct err why = { 0 };
	struct sip_dialog *d;
	struct early *e;
	bool made;
	int ret;

	/* Who was not told that we can is not heard: it is sent again, and given up. */
	if (!number || !i->rel)
		return true;
	d = sip_dialog_uac(&i->b2b->dialogs, i->ct, resp, &made, &why);
	if (!d) {
		log_limited(LOG_LVL_INFO, "reliable response makes no dialog",
			    F_U64("call", l->call->id), F_STR("why", err_text(&why)));
		return true;
	}
	e = find(i, d);
	if (!e && i->nearly == EARLY_MAX) {
		if (made)
			sip_dialog_free(d);
		return true;
	}
	if (!e) {
		e = &i->early[i->nearly++];
		*e = (struct early){ .dialog = d };
		d->owner = l;
	}
	/* RFC 3262 section 4: in order, and each once. */
	if (e->rseq && number != e->rseq + 1)
		return false;
	e->rseq = number;
	ret = sip_rel_ack(d, &i->b2b->stack, resp);
	if (ret)
		log_limited(LOG_LVL_WARN, "PRACK not sent", F_U64("call", l->call->id),
			    F_I64("error", ret));
	if (resp->body_len && !e->answer)
		e->answer = sip_msg_clone(resp);
	if (e->answer && !l->dialog)
		choose(l, e);
	return true;
}

/* Back to where our offer waits for an answer. */
static void undo(struct leg *l)
{
	leg_trust_reset(l);
	oa_fork(&l->oa);
	leg_forget_sdp(l);
	l->dialog = NULL;
	l->early.agreed = false;
}

/* The leg's early dialog, if it has one, is none any more. */
static void give_up(struct invite *i)
{
	struct leg *l = i->leg;
	struct early *e = l->dialog ? find(i, l->dialog) : NULL;

	if (!l->dialog)
		return;
	undo(l);
	if (e)
		e->legs = false;
}

void early_again(struct invite *i)
{
	if (i->leg && !i->within)
		give_up(i);
	early_clear(i);
}

void early_win(struct invite *i, struct sip_dialog *d)
{
	struct early *e = find(i, d);
	struct leg *l = i->leg;

	if (l->dialog != d)
		give_up(i);
	/* What it answered reliably it need not say again. */
	if (e && e->answer && !l->dialog)
		choose(l, e);
	if (e)
		e->legs = true;
	early_clear(i);
	l->dialog = d;
	d->owner = l;
}
