// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine of a call: what each event means in each state.
 * docs/state-machines.md shows the same table for people.
 */
#include <errno.h>
#include <stdlib.h>

#include "call.h"
#include "early.h"
#include "exchange.h"
#include "invite.h"
#include "leg_trust.h"
#include "log.h"
#include "update.h"

static const char *const events[CALL_EVENTS] = {
	[CALL_EV_OPENED] = "opened",
	[CALL_EV_PROGRESS] = "progress",
	[CALL_EV_ANSWER] = "answer",
	[CALL_EV_REFUSED] = "refused",
	[CALL_EV_CANCEL] = "cancel",
	[CALL_EV_ACK] = "ack",
	[CALL_EV_UNACKED] = "unacked",
	[CALL_EV_BYE] = "bye",
	[CALL_EV_REINVITE] = "reinvite",
	[CALL_EV_MEDIA_OPEN] = "media-open",
	[CALL_EV_MEDIA_FAILED] = "media-failed",
	[CALL_EV_TIMEOUT] = "timeout",
	[CALL_EV_HANGUP] = "hangup",
};

const char *call_event_name(enum call_event ev)
{
	return events[ev];
}

static void timeout(struct timer *t, void *arg)
{
	const struct call_cause none = { 0 };

	(void)t;
	call_event(arg, CALL_EV_TIMEOUT, &none);
}

void call_set_state(struct call *c, enum call_state s)
{
	uint64_t ms = 0;

	if (s != c->state)
		log_debug("call state", F_U64("call", c->id), F_STR("from", call_state_name(c->state)),
			  F_STR("to", call_state_name(s)));
	c->state = s;
	switch (s) {
	case CALL_INCOMING:
		ms = CALL_OPENING_MS;
		if (c->a.trust.st)
			ms += 1000ull * c->b2b->conf->identity_timeout;
		break;
	case CALL_CALLING:
		ms = CALL_RINGING_MS;
		break;
	case CALL_RINGING:
		return;			/* goes on from CALLING */
	case CALL_SECURING:
		/* The handshake waits for who it is with. */
		ms = 1000ull * (leg_trust_awaited(&c->b) ? c->b2b->conf->identity_timeout
							 : c->b2b->conf->handshake_timeout);
		break;
	default:
		break;
	}
	if (ms)
		timer_start(&c->timer, ms, timeout, c);
	else
		timer_cancel(&c->timer);
}

static void end(struct call *c, unsigned int code, const char *text)
{
	const struct end_reason why = { .code = code, .text = text };

	call_end(c, &why);
}

/* ---- what is done ----------------------------------------------------------- */

typedef void (*action)(struct call *c, const struct call_cause *cause);

static void ignore(struct call *c, const struct call_cause *cause)
{
	(void)c;
	(void)cause;
}

static void send_invite(struct call *c, const struct call_cause *cause)
{
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));
	struct err e = { 0 };

	(void)cause;
	leg_media_pair(&c->a, &c->b);
	if (!c->delayed && leg_make_offer(&c->b, &c->a, &w)) {
		end(c, 500, "the offer cannot be passed on");
		return;
	}
	if (invite_first(c, c->delayed ? NULL : &w, &e)) {
		end(c, e.code == -EAGAIN ? 503 : 500, err_text(&e));
		return;
	}
	call_set_state(c, CALL_CALLING);
}

/*
 * A description in a provisional response passes where no handshake is needed.
 * On a DTLS side it does not: a caller may leave an unreliable 183 unanswered, and
 * a handshake that waits for it would fail a call that only rings.  Then 183
 * becomes 180, so that the caller makes its own ringing tone.
 */
static bool early_media(struct call *c, const struct sip_msg *resp, struct wbuf *w)
{
	struct oa_refusal r = { 0 };

	if (c->delayed || !resp->body_len || c->a.oa.local.security != MEDIA_PLAIN ||
	    c->b.oa.local.security != MEDIA_PLAIN)
		return false;
	/* One at a time can be reliable, and what was said so is said. */
	if (c->a.early.agreed || sip_rel_running(&c->a.rel))
		return false;
	if (leg_take_answer(&c->b, resp, false, &r)) {
		log_limited(LOG_LVL_INFO, "early media refused", F_U64("call", c->id), F_STR("why", r.err.text));
		return false;
	}
	if (leg_make_answer(&c->a, &c->b, c->a.early.always, w))
		return false;
	leg_media_apply(&c->b);
	leg_media_apply(&c->a);
	return true;
}

/* The caller can be told early who the callee's end is (early.h); for that it needs our answer. */
static bool early_answer(struct call *c, const struct sip_msg *resp, struct wbuf *w)
{
	struct oa_refusal r = { 0 };

	if (!early_due(&c->a))
		return false;
	if (c->b.early.agreed || (resp->body_len && !leg_take_answer(&c->b, resp, false, &r)))
		return !leg_make_answer(&c->a, &c->b, true, w);
	return !leg_mirror_answer(&c->a, w);
}

static void said_early(struct call *c, int ret)
{
	if (ret)
		end(c, 500, "the answer cannot be given early");
	else
		early_said(&c->a);
}

static void progress(struct call *c, const struct call_cause *cause)
{
	unsigned int code = cause->msg->code;
	char text[LEG_BODY_MAX];
	struct wbuf w = wbuf_on(text, sizeof(text));

	if (early_answer(c, cause->msg, &w)) {
		/* There is nothing to be heard yet: the caller makes its own ringing tone. */
		said_early(c, leg_progress(&c->a, code == 183 ? 180 : code, &w));
	} else if (early_media(c, cause->msg, &w)) {
		if (!leg_progress(&c->a, code, &w) && c->a.early.always)
			early_said(&c->a);
	} else {
		leg_progress(&c->a, code == 183 && cause->msg->body_len ? 180 : code, NULL);
	}
	if (c->state == CALL_CALLING)
		call_set_state(c, CALL_RINGING);
}

static void opened(struct call *c)
{
	call_set_state(c, CALL_OPEN);
	log_info("call established", F_U64("call", c->id), F_STR("route", c->route->name));
}

static void answer(struct call *c, const struct call_cause *cause)
{
	if (early_hold(c, cause->msg))
		return;
	exchange_first(c, cause->msg);
	if (c->state == CALL_ENDING)
		return;
	c->answered = true;
	call_set_state(c, CALL_SECURING);
	if (c->media_open)
		opened(c);
}

static void refused(struct call *c, const struct call_cause *cause)
{
	const char *retry = cause->msg ? sip_msg_value(cause->msg, SIP_HDR_RETRY_AFTER) : NULL;
	long seconds = retry ? strtol(retry, NULL, 10) : 0;
	char text[240];
	struct end_reason why = {
		.code = policy_refusal(cause->code),
		.text = cause->msg ? cause->msg->reason : "the next hop does not answer",
		.retry_after = seconds > 0 && seconds <= 86400 ? (unsigned int)seconds : 0,
	};

	/* What our status does not say, words do: why 438, a sentence that came with it. */
	if (cause->msg && cause->msg->code >= 400 &&
	    policy_refusal_text(cause->msg, why.code, text, sizeof(text))) {
		why.text = text;
		why.warning = 399;
	}
	/* The callee's side is through with it. */
	leg_gone(&c->b);
	call_end(c, &why);
}

static void cancel(struct call *c, const struct call_cause *cause)
{
	const struct end_reason why = {
		.code = 487,
		.text = "cancelled by the caller",
		.header = sip_msg_value(cause->msg, SIP_HDR_REASON),
	};

	call_end(c, &why);
}

static void bye(struct call *c, const struct call_cause *cause)
{
	const struct end_reason why = {
		.text = cause->leg == &c->a ? "caller hung up" : "callee hung up",
		.header = sip_msg_value(cause->msg, SIP_HDR_REASON),
	};

	leg_gone(cause->leg);
	call_end(c, &why);
}

static void ack(struct call *c, const struct call_cause *cause)
{
	leg_acked(cause->leg);
	exchange_ack(c, cause->leg, cause->msg);
	if (c->state == CALL_SECURING || c->state == CALL_OPEN)
		update_send(cause->leg);
}

static void unacked(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	end(c, 408, "no ACK came");
}

static void reinvite(struct call *c, const struct call_cause *cause)
{
	(void)c;
	exchange_begin(cause->leg, cause->st);
}

static void reinvite_not_now(struct call *c, const struct call_cause *cause)
{
	const struct end_reason why = {
		.code = 500,
		.text = "",
		.retry_after = b2b_retry_after() + 1,
	};

	(void)c;
	leg_refuse(cause->leg, cause->st, &why);
}

static void media_early(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	c->media_open = true;
}

static void media_open(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	c->media_open = true;
	opened(c);
}

static void media_failed(struct call *c, const struct call_cause *cause)
{
	struct end_reason why = {
		.code = policy_media_refusal(cause->err),
		.text = cause->text,
	};

	if (c->answered)
		why.code = cause->err == -EACCES ? 488 : cause->err == -ETIMEDOUT ? 408 : 500;
	else if (why.code == 503)
		why.retry_after = 10;
	log_limited(LOG_LVL_WARN, "media failed", F_U64("call", c->id),
		    F_U64("leg", cause->leg->id),
		    F_STR("side", leg_side(cause->leg, c->b2b)->name), F_STR("why", cause->text));
	call_end(c, &why);
}

static void no_ports(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	if (c->a.trust.st)
		end(c, 436, "the caller could not be verified in time");
	else
		end(c, 500, "the media role opened no ports in time");
}

static void no_answer(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	end(c, 480, "nobody answered in time");
}

static void not_secured(struct call *c, const struct call_cause *cause)
{
	(void)cause;
	if (leg_trust_awaited(&c->b))
		end(c, 428, "the callee did not prove in time who it is");
	else
		end(c, 408, "media was not secured in time");
}

static void hangup(struct call *c, const struct call_cause *cause)
{
	if (cause->leg)
		leg_gone(cause->leg);
	call_end(c, cause->why);
}

/* ---- the table -------------------------------------------------------------- */

/* What is not in it cannot happen there: it is counted, logged, and changes nothing. */
static const action table[CALL_STATES][CALL_EVENTS] = {
	[CALL_INCOMING] = {
		[CALL_EV_OPENED] = send_invite,
		[CALL_EV_CANCEL] = cancel,
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite_not_now,
		[CALL_EV_MEDIA_FAILED] = media_failed,
		[CALL_EV_TIMEOUT] = no_ports,
		[CALL_EV_HANGUP] = hangup,
	},
	[CALL_CALLING] = {
		[CALL_EV_PROGRESS] = progress,
		[CALL_EV_ANSWER] = answer,
		[CALL_EV_REFUSED] = refused,
		[CALL_EV_CANCEL] = cancel,
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite_not_now,
		[CALL_EV_MEDIA_OPEN] = media_early,
		[CALL_EV_MEDIA_FAILED] = media_failed,
		[CALL_EV_TIMEOUT] = no_answer,
		[CALL_EV_HANGUP] = hangup,
	},
	[CALL_RINGING] = {
		[CALL_EV_PROGRESS] = progress,
		[CALL_EV_ANSWER] = answer,
		[CALL_EV_REFUSED] = refused,
		[CALL_EV_CANCEL] = cancel,
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite_not_now,
		[CALL_EV_MEDIA_OPEN] = media_early,
		[CALL_EV_MEDIA_FAILED] = media_failed,
		[CALL_EV_TIMEOUT] = no_answer,
		[CALL_EV_HANGUP] = hangup,
	},
	[CALL_SECURING] = {
		[CALL_EV_PROGRESS] = ignore,	/* of a further fork */
		[CALL_EV_ACK] = ack,
		[CALL_EV_UNACKED] = unacked,
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite,
		[CALL_EV_MEDIA_OPEN] = media_open,
		[CALL_EV_MEDIA_FAILED] = media_failed,
		[CALL_EV_TIMEOUT] = not_secured,
		[CALL_EV_HANGUP] = hangup,
	},
	[CALL_OPEN] = {
		[CALL_EV_PROGRESS] = ignore,
		[CALL_EV_ACK] = ack,
		[CALL_EV_UNACKED] = unacked,
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite,
		[CALL_EV_MEDIA_OPEN] = ignore,	/* told again after a re-INVITE */
		[CALL_EV_MEDIA_FAILED] = media_failed,
		[CALL_EV_HANGUP] = hangup,
	},
	[CALL_ENDING] = {
		[CALL_EV_ACK] = ack,
		[CALL_EV_UNACKED] = ignore,	/* the leg has sent its BYE */
		[CALL_EV_BYE] = bye,
		[CALL_EV_REINVITE] = reinvite_not_now,
		[CALL_EV_MEDIA_OPEN] = ignore,
		[CALL_EV_MEDIA_FAILED] = ignore,
		[CALL_EV_HANGUP] = ignore,
	},
};

void call_event(struct call *c, enum call_event ev, const struct call_cause *cause)
{
	action fn = table[c->state][ev];

	c->depth++;
	if (fn) {
		fn(c, cause);
	} else {
		c->b2b->stats.unexpected++;
		log_limited(LOG_LVL_WARN, "event not expected", F_U64("call", c->id),
			    F_STR("state", call_state_name(c->state)), F_STR("event", events[ev]));
	}
	if (--c->depth == 0 && c->state == CALL_ENDING && c->a.state == LEG_DOWN &&
	    c->b.state == LEG_DOWN)
		call_free(c);
}
