// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls: their making and end; what happens between is in call_fsm.c. */
#include <errno.h>
#include <stdlib.h>

#include "call.h"
#include "clock.h"
#include "exchange.h"
#include "leg_trust.h"
#include "log.h"
#include "loop.h"
#include "routes.h"

#define RETRY_AFTER 10		/* seconds, when there is no room for another call */

static const char *const states[CALL_STATES] = {
	[CALL_INCOMING] = "incoming",
	[CALL_CALLING] = "calling",
	[CALL_RINGING] = "ringing",
	[CALL_SECURING] = "securing",
	[CALL_OPEN] = "open",
	[CALL_ENDING] = "ending",
};

const char *call_state_name(enum call_state s)
{
	return states[s];
}

struct call *call_by_id(const struct b2b *b, uint64_t id)
{
	for (struct call *c = b->calls; c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static struct call *call_new(struct b2b *b, const struct conf_route *route)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->id = ++b->last_id;
	c->b2b = b;
	c->route = route;
	c->since = clock_now();
	c->prev = b->calls_end;
	*b->calls_end = c;
	b->calls_end = &c->next;
	b->ncalls++;
	if (leg_init(&c->a, c, route->from) || leg_init(&c->b, c, route->to)) {
		call_free(c);
		return NULL;
	}
	return c;
}

void call_free(struct call *c)
{
	struct b2b *b = c->b2b;

	timer_cancel(&c->timer);
	exchange_end(c);
	leg_free(&c->a);
	leg_free(&c->b);
	sip_msg_free(c->held);
	c->held = NULL;
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		b->calls_end = c->prev;
	b->ncalls--;
	loop_defer_free(c);
	if (b->stopping && !b->ncalls && b->idle) {
		void (*idle)(struct b2b *b) = b->idle;

		b->idle = NULL;
		idle(b);
	}
}

/* Refused at the door: there is no call yet. */
static void refuse(struct b2b *b, struct sip_strans *st, unsigned int code, const char *why,
		   unsigned int retry_after)
{
	const struct sip_msg *req = sip_strans_request(st);

	b->stats.calls_refused++;
	log_limited(LOG_LVL_INFO, "call refused", F_U64("code", code), F_STR("why", why),
		    F_STR("ruri", req->ruri_text), F_STR("call_id", req->call_id));
	sip_ua_refuse(st, code, NULL, retry_after);
}

/* The legs' ports: the caller's offer says whether one is enough. */
int call_open_media(struct call *c)
{
	const struct conf_side *side = leg_side(&c->a, c->b2b);
	bool one = !c->delayed && oa_muxed(side->rtcp_mux, c->a.sdp, side->security);
	int ret = leg_media_open(&c->a, !one);

	return ret ? ret : leg_media_open(&c->b, true);
}

static void begin(struct call *c, struct sip_strans *st)
{
	const struct sip_msg *req = sip_strans_request(st);
	struct end_reason why = { .code = 500, .text = "" };
	struct oa_refusal r = { 0 };
	struct err e = { 0 };
	int ret = leg_incoming(&c->a, st, &e);

	if (ret) {
		refuse(c->b2b, st, ret == -EINVAL ? 400 : 500, err_text(&e), 0);
		call_free(c);
		return;
	}
	c->delayed = !req->body_len;
	if (!c->delayed && leg_take_offer(&c->a, req, &r)) {
		why = (struct end_reason){ .code = 488, .text = r.err.text, .warning = r.warning };
		call_end(c, &why);
		call_free(c);
		return;
	}
	/* A caller that nobody vouches for gets no port. */
	ret = leg_trust_wanted(&c->a) ? leg_trust_ask(&c->a, st) : call_open_media(c);
	if (ret) {
		why.code = ret == -EMSGSIZE ? 513 : 500;
		why.text = ret == -EMSGSIZE ? "the INVITE is too large to be verified"
					    : "a role of the gateway cannot be reached";
		call_end(c, &why);
		call_free(c);
		return;
	}
	log_info("call", F_U64("call", c->id), F_STR("route", c->route->name),
		 F_STR("from", c->a.uri), F_STR("to", req->ruri_text),
		 F_STR("call_id", req->call_id));
	call_set_state(c, CALL_INCOMING);
}

void call_incoming(struct b2b *b, struct sip_strans *st, const struct sip_hop *from)
{
	const struct sip_msg *req = sip_strans_request(st);
	const struct conf_route *route;
	const char *why;
	struct call *c;

	b->stats.calls_total++;
	if (!b2b_serves(b, &why)) {
		refuse(b, st, 503, why, RETRY_AFTER);
		return;
	}
	route = route_find(b->conf, from->side, &req->ruri);
	if (!route) {
		refuse(b, st, 404, "no route fits", 0);
		return;
	}
	c = call_new(b, route);
	if (!c) {
		refuse(b, st, 503, "out of memory", RETRY_AFTER);
		return;
	}
	begin(c, st);
}

void call_end(struct call *c, const struct end_reason *why)
{
	if (!c->answered && c->state != CALL_ENDING)
		c->b2b->stats.calls_refused++;
	/* What got no further than this is refused without limit. */
	if (c->state == CALL_INCOMING)
		log_limited(LOG_LVL_INFO, "call refused", F_U64("call", c->id),
			    F_U64("code", why->code), F_STR("why", why->text));
	else if (c->state != CALL_ENDING)
		log_info(c->answered ? "call ended" : "call not answered", F_U64("call", c->id),
			 F_STR("state", states[c->state]), F_U64("code", why->code),
			 F_STR("why", why->header ? why->header : why->text),
			 F_U64("ms", clock_now() - c->since));
	call_set_state(c, CALL_ENDING);
	exchange_end(c);
	leg_end(&c->a, why);
	leg_end(&c->b, why);
}
