// SPDX-License-Identifier: GPL-2.0-or-later
#include "update.h"

#include <errno.h>

#include "call.h"
#include "clock.h"
#include "early.h"
#include "exchange.h"
#include "leg_trust.h"
#include "log.h"
#include "sip_date.h"

#define AGAIN_MS	1500	/* after 491 and 500; RFC 3261 section 14.1 has about as much */
#define TIMES		4

/* ---- theirs ---------------------------------------------------------------- */

static void refuse(struct leg *l, struct sip_strans *st, unsigned int code, const char *phrase,
		   unsigned int warning, const char *text)
{
	const struct end_reason why = {
		.code = code,
		.text = text,
		.phrase = phrase,
		.warning = warning,
		.retry_after = code == 500 ? b2b_retry_after() + 1 : 0,
	};

	leg_refuse(l, st, &why);
}

/* Our description again, as an answer to theirs. */
static int answer(struct leg *l, struct sip_strans *st)
{
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));
	int ret = leg_repeat_answer(l, &w);

	if (!ret)
		ret = leg_reply(l, st, &w);
	/* While it rings, what the callee said last is what the caller will be told. */
	if (l->state == LEG_UP)
		leg_forget_sdp(l);
	return ret;
}

/* What is there is agreed on @l, or passed to the other leg first. */
static int serve(struct leg *l, struct sip_strans *st, const struct trust_verdict *v,
		 struct oa_refusal *r)
{
	struct leg *other = call_other_leg(l);
	int ret = leg_take_offer(l, sip_strans_request(st), r);
	bool news;

	if (ret)
		return ret;
	if (!leg_trust_renews(l, v)) {
		oa_abort(&l->oa);
		r->warning = 399;
		return err_set(&r->err, -EINVAL, "other keys without a signature, where those in "
			       "use were signed");
	}
	/* Hold, other codecs: the far end of the other leg has a say in it. */
	news = l->state == LEG_UP && leg_restated(other, l);
	ret = news ? exchange_update(l, st, v) : answer(l, st);
	if (ret) {
		oa_abort(&l->oa);
		return ret;
	}
	if (news)
		return 0;
	if (v)
		leg_trust_grant(l, v);
	leg_media_apply(l);
	return 0;
}

static void take(struct leg *l, struct sip_strans *st, const struct trust_verdict *v)
{
	struct call *c = l->call;
	struct oa_refusal r = { 0 };
	int ret = serve(l, st, v, &r);

	if (ret) {
		log_limited(LOG_LVL_INFO, "UPDATE refused", F_U64("call", c->id), F_STR("why", r.err.text));
		refuse(l, st, ret == -EINVAL ? 488 : 500, NULL, r.warning, r.err.text);
		return;
	}
	/* Time for the handshake, which could not begin before. */
	if (v && c->state == CALL_SECURING)
		call_set_state(c, CALL_SECURING);
}

void update_received(struct leg *l, struct sip_strans *st)
{
	unsigned int code = exchange_clash(l, call_other_leg(l), true);
	int ret;

	if (code) {
		refuse(l, st, code, NULL, 0, "");
		return;
	}
	if (!sip_strans_request(st)->body_len) {
		/* A new target, which the dialog has taken in; nothing that would be signed. */
		leg_reply(l, st, NULL);
		return;
	}
	if (!leg_trust_wanted(l)) {
		take(l, st, NULL);
		return;
	}
	leg_watch(l, st);
	ret = leg_trust_ask(l, st);
	if (ret)
		refuse(l, st, ret == -EMSGSIZE ? 513 : 500, NULL, 0, "");
}

void update_verified(struct leg *l, struct sip_strans *st, const struct trust_verdict *v)
{
	unsigned int code = exchange_clash(l, call_other_leg(l), true);

	/* RFC 4916 section 4.5: a refused one changes nothing; the call waits for a better one. */
	if (v->code || code)
		refuse(l, st, v->code ? v->code : code, v->code ? v->reason : NULL,
		       v->code ? 399 : 0, v->text);
	else
		take(l, st, v);
}

/* ---- ours ------------------------------------------------------------------ */

static void send_again(struct timer *t, void *arg)
{
	struct leg *l = arg;

	(void)t;
	l->update_due = true;
	update_send(l);
}

/* Early, it was only a try: there is another one after the ACK. */
static bool was_early(struct leg *l)
{
	if (!l->update_early)
		return false;
	l->update_due = true;
	l->updates = 0;
	if (l->state == LEG_UP)
		update_send(l);
	return true;
}

static void taken(struct leg *l)
{
	/* The far end knows us, so that it begins its handshake now. */
	if (l->state == LEG_INVITED)
		leg_media_apply(l);
	/* The callee has said something else meanwhile. */
	update_send(l);
}

static void response(struct sip_ctrans *ct, const struct sip_msg *resp,
		     const struct sip_hop *from, void *arg)
{
	struct leg *l = arg;
	struct call *c = l->call;
	struct oa_refusal r = { 0 };

	(void)from;
	if (ct != l->update || signing_took(&l->update_signing, resp) || resp->code < 200)
		return;
	signing_stop(&l->update_signing);
	/* It lingers without us: the leg may be gone before it is. */
	sip_ctrans_release(ct);
	l->update = NULL;
	if (resp->code < 300) {
		sip_dialog_recv_response(l->dialog, resp);
		if (!leg_take_answer(l, resp, true, &r)) {
			leg_forget_sdp(l);
			taken(l);
			return;
		}
		log_limited(LOG_LVL_WARN, "answer to our UPDATE not usable", F_U64("call", c->id),
			    F_STR("why", r.err.text));
		oa_abort(&l->oa);
		return;
	}
	oa_abort(&l->oa);
	/* The far end is in the middle of something (RFC 3311 section 5.3). */
	if ((resp->code == 491 || resp->code == 500) && l->updates < TIMES) {
		timer_start(&l->update_again, AGAIN_MS, send_again, l);
		return;
	}
	log_limited(LOG_LVL_WARN, "our UPDATE was refused", F_U64("call", c->id),
		    F_U64("code", resp->code), F_STR("reason", resp->reason));
	if (was_early(l))
		return;
	/* RFC 3261 section 12.2.1.2: there is no dialog any more. */
	if (resp->code == 481 || resp->code == 408) {
		const struct end_reason why = { .code = resp->code, .text = "the far end knows the call no more" };
		const struct call_cause cause = { .leg = l, .why = &why };

		call_event(c, CALL_EV_HANGUP, &cause);
	}
}

static void ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct leg *l = arg;

	if (l->update != ct)
		return;
	if (l->update_signing.ask) {
		l->update = NULL;	/* challenged; the next try comes with the credentials */
		return;
	}
	if (signing_ended(&l->update_signing))
		return;
	signing_stop(&l->update_signing);
	/* Silence: the far end decides what an unsigned callee is worth to it. */
	l->update = NULL;
	oa_abort(&l->oa);
	was_early(l);
	log_limited(LOG_LVL_WARN, "our UPDATE was not answered", F_U64("call", l->call->id),
		    F_U64("timeout", why == SIP_FAIL_TIMEOUT));
}

static const struct sip_ctrans_ops ops = { .response = response, .ended = ended };

static struct leg *of_signing(struct signing *s)
{
	return (struct leg *)((char *)s - offsetof(struct leg, update_signing));
}

static int send_try(struct signing *s, const struct sip_hop *hop, struct sip_msg *m, struct err *e)
{
	struct leg *l = of_signing(s);
	struct sip_ctrans *ct = sip_ctrans_send(&l->call->b2b->stack, hop, m, &ops, l, e);

	if (!ct)
		return e->code ? e->code : -EAGAIN;
	if (l->update)
		sip_ctrans_release(l->update);
	l->update = ct;
	return 0;
}

static void drop_try(struct signing *s)
{
	(void)s;		/* the next one's answer is what counts */
}

static void no_try_left(struct signing *s)
{
	struct leg *l = of_signing(s);

	update_end(l);
	oa_abort(&l->oa);
	was_early(l);
	log_limited(LOG_LVL_WARN, "our UPDATE was not signed", F_U64("call", l->call->id));
}

static const struct signing_ops signing_ops = {
	.send = send_try,
	.drop = drop_try,
	.fail = no_try_left,
};

static int send_update(struct leg *l, struct err *e)
{
	struct b2b *b = l->call->b2b;
	char text[LEG_BODY_MAX], date[SIP_DATE_LEN];
	struct wbuf w = wbuf_on(text, sizeof(text));
	struct sip_hop hop;
	struct sip_msg *m;
	int ret = leg_repeat_offer(l, &w);

	if (ret)
		return err_set(e, ret, "our description cannot be repeated");
	m = sip_dialog_request(l->dialog, SIP_UPDATE);
	ret = m ? 0 : -ENOMEM;
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_ALLOW, b->caps.allow);
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_SUPPORTED, b->caps.supported);
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_USER_AGENT, b->agent);
	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_DATE, sip_date_print(clock_wall(), date));
	if (!ret)
		ret = sip_msg_set_body(m, "application/sdp", w.data, w.len);
	if (ret) {
		sip_msg_free(m);
		return err_set(e, ret, "out of memory");
	}
	sip_dialog_hop(l->dialog, m, &hop);
	return signing_start(&l->update_signing, &signing_ops, l, m, &hop, e);
}

void update_send(struct leg *l)
{
	struct err e = { 0 };

	/* Not before the ACK, nor before the PRACK. */
	if (!l->update_due || !early_talks(l) || sip_2xx_running(&l->ok) || sip_rel_running(&l->rel))
		return;
	/* It is under way; what has to be said then is said after it. */
	if (l->update || l->update_signing.ask)
		return;
	timer_cancel(&l->update_again);
	l->update_due = false;
	l->update_early = l->state != LEG_UP;
	l->updates++;
	/* Something of this leg is under way: afterwards. */
	if (exchange_clash(l, call_other_leg(l), true)) {
		if (l->updates < TIMES)
			timer_start(&l->update_again, AGAIN_MS, send_again, l);
		return;
	}
	if (send_update(l, &e)) {
		oa_abort(&l->oa);
		was_early(l);
		log_limited(LOG_LVL_WARN, "UPDATE not sent", F_U64("call", l->call->id),
			    F_STR("why", err_text(&e)));
	}
}

void update_end(struct leg *l)
{
	signing_stop(&l->update_signing);
	timer_cancel(&l->update_again);
	if (l->update)
		sip_ctrans_release(l->update);
	l->update = NULL;
	l->update_due = false;
}
