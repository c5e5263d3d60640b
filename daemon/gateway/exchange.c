// SPDX-License-Identifier: GPL-2.0-or-later
/* Re-INVITEs from leg to leg, and the last step of the first INVITE. */
#include <errno.h>
#include <stdlib.h>

#include "early.h"
#include "exchange.h"
#include "invite.h"
#include "leg_trust.h"
#include "log.h"

static void done(struct call *c)
{
	struct exchange *x = c->exchange;

	timer_cancel(&x->timer);
	leg_forget_sdp(x->from);
	leg_forget_sdp(x->to);
	c->exchange = NULL;
	free(x->before);
	free(x);
}

/* Back to what was agreed before. */
static void undo(struct call *c)
{
	struct exchange *x = c->exchange;

	oa_abort(&c->a.oa);
	oa_abort(&c->b.oa);
	if (x->before) {
		free(x->to->said);
		x->to->said = x->before;
		x->to->said_len = x->before_len;
		x->before = NULL;
	}
	done(c);
}

/* It cannot be saved: both ends are left without a session in common. */
static void broken(struct call *c, struct leg *gone, unsigned int code, unsigned int warning,
		   const char *text)
{
	const struct end_reason why = { .code = code, .text = text, .warning = warning };
	const struct call_cause cause = { .leg = gone, .why = &why };

	call_event(c, CALL_EV_HANGUP, &cause);
}

static void refuse(struct leg *from, struct sip_strans *st, unsigned int code)
{
	const struct end_reason why = {
		.code = code,
		.text = "",
		.retry_after = code == 500 ? b2b_retry_after() + 1 : 0,
	};

	leg_refuse(from, st, &why);
}

unsigned int exchange_clash(const struct leg *from, const struct leg *to, bool alone)
{
	const struct exchange *x = from->call->exchange;

	/* RFC 3261 section 14.2: ours is under way to the one that asks, or its own is. */
	if (x)
		return x->to == from ? 491 : 500;
	if (from->update || from->update_signing.ask)
		return 491;
	if (!early_talks(from) || from->trust.st || sip_2xx_running(&from->ok))
		return 500;
	if (!alone && (to->state != LEG_UP || to->update || to->update_signing.ask ||
		       to->trust.st || sip_2xx_running(&to->ok)))
		return 500;
	return 0;
}

/* Provisional responses may come for ever. */
static void unanswered(struct timer *t, void *arg)
{
	struct call *c = arg;

	(void)t;
	/* 487, not 408, which would end the dialog (RFC 3261 section 12.2.1.2). */
	if (c->exchange->state == EXCHANGE_OFFERED && c->exchange->st)
		exchange_cancelled(c);
}

static const struct end_reason unsigned_keys = {
	.code = 488,
	.text = "other keys without a signature, where those in use were signed",
	.warning = 399,
};

static void judge(struct exchange *x, const struct trust_verdict *v)
{
	x->judged = v != NULL;
	if (v)
		x->verdict = *v;
}

/* Both ends have agreed. */
static void apply(struct exchange *x)
{
	if (x->judged)
		leg_trust_grant(x->from, &x->verdict);
	leg_media_apply(x->to);
	leg_media_apply(x->from);
}

/* 0, or it has been logged why not. */
static int pass_on(struct exchange *x)
{
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));
	struct err e = { 0 };
	int ret = 0;

	if (!x->delayed) {
		x->before = x->to->said;
		x->before_len = x->to->said_len;
		x->to->said = NULL;
		ret = leg_make_offer(x->to, x->from, &w);
	}
	if (!ret)
		ret = invite_again(x->to, x->delayed ? NULL : &w, &e);
	if (ret)
		log_limited(LOG_LVL_WARN, "re-INVITE not passed on", F_U64("call", x->from->call->id),
			    F_STR("why", err_text(&e)));
	return ret;
}

static void begin(struct leg *from, struct sip_strans *st, const struct trust_verdict *v)
{
	const struct sip_msg *req = sip_strans_request(st);
	struct leg *to = call_other_leg(from);
	struct call *c = from->call;
	struct oa_refusal r = { 0 };
	unsigned int code = exchange_clash(from, to, false);
	struct exchange *x;

	if (code) {
		refuse(from, st, code);
		return;
	}
	x = calloc(1, sizeof(*x));
	if (!x) {
		refuse(from, st, 500);
		return;
	}
	x->from = from;
	x->to = to;
	x->st = st;
	x->delayed = !req->body_len;
	c->exchange = x;
	if (!x->delayed && leg_take_offer(from, req, &r)) {
		const struct end_reason why = {
			.code = 488,
			.text = r.err.text,
			.warning = r.warning,
		};

		log_limited(LOG_LVL_INFO, "re-INVITE refused", F_U64("call", c->id),
			    F_STR("why", r.err.text));
		leg_refuse(from, st, &why);
		done(c);
		return;
	}
	if (!leg_trust_renews(from, v)) {
		leg_refuse(from, st, &unsigned_keys);
		undo(c);
		return;
	}
	judge(x, v);
	leg_watch(from, st);
	timer_start(&x->timer, CALL_RINGING_MS, unanswered, c);
	if (pass_on(x)) {
		refuse(from, st, 500);
		undo(c);
	}
}

int exchange_update(struct leg *from, struct sip_strans *st, const struct trust_verdict *v)
{
	struct leg *to = call_other_leg(from);
	struct call *c = from->call;
	struct exchange *x;

	if (exchange_clash(from, to, false))
		return -EBUSY;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	*x = (struct exchange){ .from = from, .to = to, .st = st };
	c->exchange = x;
	judge(x, v);
	leg_watch(from, st);
	/* It is answered at once, or as good as (RFC 3311 section 5.2). */
	timer_start(&x->timer, EXCHANGE_UPDATE_MS, unanswered, c);
	if (!pass_on(x))
		return 0;
	x->st = NULL;
	undo(c);
	return -EIO;
}

void exchange_begin(struct leg *from, struct sip_strans *st)
{
	unsigned int code = exchange_clash(from, call_other_leg(from), false);
	int ret;

	/* Without a description nothing can be signed, and no fingerprint can change. */
	if (code || !leg_trust_wanted(from) || !sip_strans_request(st)->body_len) {
		begin(from, st, NULL);
		return;
	}
	leg_watch(from, st);
	ret = leg_trust_ask(from, st);
	if (ret)
		refuse(from, st, ret == -EMSGSIZE ? 513 : 500);
}

void exchange_verified(struct leg *from, struct sip_strans *st, const struct trust_verdict *v)
{
	const struct end_reason why = { .code = v->code, .text = v->text, .phrase = v->reason,
					.warning = 399 };

	if (v->code)
		leg_refuse(from, st, &why);
	else
		begin(from, st, v);
}

/* 200 with the answer; without one where it has been given reliably before. */
static int accept_answered(struct exchange *x, struct wbuf *w)
{
	if (x->from->early.agreed) {
		/* All that was offered was agreed: say what the callee has taken of it. */
		if (leg_restate(x->from, x->to) && x->from->early.updates)
			x->from->update_due = true;
		return leg_accept(x->from, x->st, NULL);
	}
	if (leg_make_answer(x->from, x->to, true, w))
		return -EINVAL;
	return sip_strans_request(x->st)->method == SIP_UPDATE ? leg_reply(x->from, x->st, w) :
								 leg_accept(x->from, x->st, w);
}

/* The 2xx answers the offer that went out. */
static void answered(struct call *c, const struct sip_msg *resp)
{
	struct exchange *x = c->exchange;
	struct oa_refusal r = { 0 };
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	/* After a reliable answer there is no other one (RFC 3261 section 13.2.1). */
	if (!x->to->early.agreed && leg_take_answer(x->to, resp, true, &r)) {
		broken(c, NULL, 488, r.warning, r.err.text);
		return;
	}
	leg_ack(x->to, NULL);
	if (x->state == EXCHANGE_CANCELLED) {
		/* Crossed our CANCEL: this leg has what was offered, the other keeps what it had. */
		leg_media_apply(x->to);
		oa_abort(&x->from->oa);
		done(c);
		return;
	}
	if (!x->st || accept_answered(x, &w)) {
		broken(c, NULL, 500, 0, "the answer cannot be passed on");
		return;
	}
	x->st = NULL;
	/* From here on a description is an exchange of its own. */
	x->from->early.agreed = x->to->early.agreed = false;
	apply(x);
	done(c);
}

/* The 2xx brings the offer; the answer comes with the ACK. */
static void offered(struct call *c, const struct sip_msg *resp)
{
	struct exchange *x = c->exchange;
	struct oa_refusal r = { 0 };
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	if (x->state == EXCHANGE_CANCELLED) {
		broken(c, NULL, 487, 0, "an offer came after its INVITE was cancelled");
		return;
	}
	if (leg_take_offer(x->to, resp, &r)) {
		broken(c, NULL, 488, r.warning, r.err.text);
		return;
	}
	if (!x->st || leg_make_offer(x->from, x->to, &w) || leg_accept(x->from, x->st, &w)) {
		broken(c, NULL, 500, 0, "the offer cannot be passed on");
		return;
	}
	x->st = NULL;
	x->state = EXCHANGE_ANSWERING;
}

void exchange_first(struct call *c, const struct sip_msg *resp)
{
	c->exchange = calloc(1, sizeof(*c->exchange));
	if (!c->exchange) {
		broken(c, NULL, 500, 0, "out of memory");
		return;
	}
	c->exchange->from = &c->a;
	c->exchange->to = &c->b;
	c->exchange->st = c->a.st;
	c->exchange->delayed = c->delayed;
	if (c->delayed)
		offered(c, resp);
	else
		answered(c, resp);
}

void exchange_response(struct leg *to, const struct sip_msg *resp)
{
	struct call *c = to->call;
	struct exchange *x = c->exchange;

	if (!x || x->to != to)
		return;
	if (resp->code < 300) {
		to->ack_owed = true;
		if (x->delayed)
			offered(c, resp);
		else
			answered(c, resp);
		return;
	}
	if (resp->code == 481 || resp->code == 408) {
		exchange_failed(to, resp->code);
		return;
	}
	if (x->state != EXCHANGE_CANCELLED && x->st)
		refuse(x->from, x->st, policy_refusal(resp->code));
	undo(c);
}

void exchange_failed(struct leg *to, unsigned int code)
{
	struct call *c = to->call;

	if (c->exchange && c->exchange->to == to)
		broken(c, to, code, 0, "the other side does not answer any more");
}

void exchange_cancelled(struct call *c)
{
	struct exchange *x = c->exchange;
	struct invite *i = x->to->invite;

	refuse(x->from, x->st, sip_strans_request(x->st)->method == SIP_UPDATE ? 504 : 487);
	x->st = NULL;
	x->state = EXCHANGE_CANCELLED;
	if (i && i->signing.ask) {
		/* Challenged: nothing is under way, and now nothing will be. */
		invite_abandon(x->to, NULL);
		undo(c);
	} else if (i && i->ct) {
		sip_ctrans_cancel(i->ct, NULL);
	}
}

void exchange_ack(struct call *c, struct leg *from, const struct sip_msg *ack)
{
	struct exchange *x = c->exchange;
	struct oa_refusal r = { 0 };
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	if (!x || x->from != from || x->state != EXCHANGE_ANSWERING)
		return;
	if (leg_take_answer(x->from, ack, true, &r)) {
		broken(c, NULL, 488, 0, r.err.text);
		return;
	}
	if (leg_make_answer(x->to, x->from, true, &w)) {
		broken(c, NULL, 500, 0, "the answer cannot be passed on");
		return;
	}
	leg_ack(x->to, &w);
	apply(x);
	done(c);
}

void exchange_end(struct call *c)
{
	struct exchange *x = c->exchange;

	if (!x)
		return;
	if (x->st && x->st != x->from->st)
		refuse(x->from, x->st, 487);
	undo(c);
}
