// SPDX-License-Identifier: GPL-2.0-or-later
/* Every cell of the call's (state, event) table, caused as on the wire where it can happen. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"

#define R	(-1)			/* refused: counted, nothing changes */
#define GONE	CALL_STATES		/* both legs are down, the call is freed */

/* The state after the event; CALL_ENDING where a leg has to wait for its ACK. */
static const int expected[CALL_STATES][CALL_EVENTS] = {
	[CALL_INCOMING] = {
		[CALL_EV_OPENED] = CALL_CALLING,
		[CALL_EV_PROGRESS] = R, [CALL_EV_ANSWER] = R, [CALL_EV_REFUSED] = R,
		[CALL_EV_CANCEL] = GONE, [CALL_EV_ACK] = R, [CALL_EV_UNACKED] = R,
		[CALL_EV_BYE] = GONE, [CALL_EV_REINVITE] = CALL_INCOMING,
		[CALL_EV_MEDIA_OPEN] = R, [CALL_EV_MEDIA_FAILED] = GONE,
		[CALL_EV_TIMEOUT] = GONE, [CALL_EV_HANGUP] = GONE,
	},
	[CALL_CALLING] = {
		[CALL_EV_OPENED] = R, [CALL_EV_PROGRESS] = CALL_RINGING,
		[CALL_EV_ANSWER] = CALL_SECURING, [CALL_EV_REFUSED] = GONE,
		[CALL_EV_CANCEL] = GONE, [CALL_EV_ACK] = R, [CALL_EV_UNACKED] = R,
		[CALL_EV_BYE] = GONE, [CALL_EV_REINVITE] = CALL_CALLING,
		[CALL_EV_MEDIA_OPEN] = CALL_CALLING, [CALL_EV_MEDIA_FAILED] = GONE,
		[CALL_EV_TIMEOUT] = GONE, [CALL_EV_HANGUP] = GONE,
	},
	[CALL_RINGING] = {
		[CALL_EV_OPENED] = R, [CALL_EV_PROGRESS] = CALL_RINGING,
		[CALL_EV_ANSWER] = CALL_SECURING, [CALL_EV_REFUSED] = GONE,
		[CALL_EV_CANCEL] = GONE, [CALL_EV_ACK] = R, [CALL_EV_UNACKED] = R,
		[CALL_EV_BYE] = GONE, [CALL_EV_REINVITE] = CALL_RINGING,
		[CALL_EV_MEDIA_OPEN] = CALL_RINGING, [CALL_EV_MEDIA_FAILED] = GONE,
		[CALL_EV_TIMEOUT] = GONE, [CALL_EV_HANGUP] = GONE,
	},
	[CALL_SECURING] = {
		[CALL_EV_OPENED] = R, [CALL_EV_PROGRESS] = CALL_SECURING,
		[CALL_EV_ANSWER] = R, [CALL_EV_REFUSED] = R,
		[CALL_EV_CANCEL] = R, [CALL_EV_ACK] = CALL_SECURING,
		[CALL_EV_UNACKED] = GONE, [CALL_EV_BYE] = CALL_ENDING,
		[CALL_EV_REINVITE] = CALL_SECURING, [CALL_EV_MEDIA_OPEN] = CALL_OPEN,
		[CALL_EV_MEDIA_FAILED] = CALL_ENDING, [CALL_EV_TIMEOUT] = CALL_ENDING,
		[CALL_EV_HANGUP] = CALL_ENDING,
	},
	[CALL_OPEN] = {
		[CALL_EV_OPENED] = R, [CALL_EV_PROGRESS] = CALL_OPEN,
		[CALL_EV_ANSWER] = R, [CALL_EV_REFUSED] = R,
		[CALL_EV_CANCEL] = R, [CALL_EV_ACK] = CALL_OPEN,
		[CALL_EV_UNACKED] = GONE, [CALL_EV_BYE] = CALL_ENDING,
		[CALL_EV_REINVITE] = CALL_OPEN, [CALL_EV_MEDIA_OPEN] = CALL_OPEN,
		[CALL_EV_MEDIA_FAILED] = CALL_ENDING, [CALL_EV_TIMEOUT] = R,
		[CALL_EV_HANGUP] = CALL_ENDING,
	},
	[CALL_ENDING] = {
		[CALL_EV_OPENED] = R, [CALL_EV_PROGRESS] = R,
		[CALL_EV_ANSWER] = R, [CALL_EV_REFUSED] = R,
		[CALL_EV_CANCEL] = R, [CALL_EV_ACK] = GONE,
		[CALL_EV_UNACKED] = GONE, [CALL_EV_BYE] = GONE,
		[CALL_EV_REINVITE] = CALL_ENDING, [CALL_EV_MEDIA_OPEN] = CALL_ENDING,
		[CALL_EV_MEDIA_FAILED] = CALL_ENDING, [CALL_EV_TIMEOUT] = R,
		[CALL_EV_HANGUP] = CALL_ENDING,
	},
};

static struct world w;
static struct sip_msg *invite;		/* the callee's, from CALLING on */

static void drop(unsigned int side)
{
	struct sip_msg *m;

	while ((m = world_hear(&w, side)))
		sip_msg_free(m);
}

/* The caller has answered nothing since its 200, so that SECURING, OPEN and ENDING owe an ACK. */
static void reach(enum call_state s)
{
	struct sip_msg *m;

	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	w.hold_ports = s == CALL_INCOMING;
	w.hold_open = true;
	invite = NULL;
	caller_invite(&w, SDP_PLAIN);
	drop(0);
	if (s != CALL_INCOMING)
		invite = world_expect(&w, 1, 0, SIP_INVITE);
	if (s >= CALL_RINGING) {
		peer_reply(&w, invite, 180, "callee", NULL);
		m = world_expect(&w, 0, 180, SIP_INVITE);
		caller_learn(&w, m);
		sip_msg_free(m);
	}
	if (s >= CALL_SECURING)
		peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
	if (s == CALL_OPEN)
		media_open(&w);
	if (s == CALL_ENDING)
		callee_request(&w, invite, "callee", "BYE", 1, NULL);
	drop(0);
	drop(1);
	assert_int_equal(world_call(&w)->state, s);
}

static struct sip_msg *some_request(const char *method)
{
	char text[600];
	struct sip_msg *m;
	unsigned int refusal;
	struct err e;
	int n = snprintf(text, sizeof(text), "%s sip:x@10.0.0.1 SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
			 "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 9 %s\r\n"
			 "Content-Length: 0\r\n\r\n", method, method);

	assert_int_equal(sip_msg_parse(&m, text, (size_t)n, &refusal, &e), 0);
	return m;
}

static void event_without_more(enum call_event ev)
{
	const struct call_cause none = { 0 };

	call_event(world_call(&w), ev, &none);
	world_run(&w);
}

/* The caller has no To tag before a provisional response: what it would send is made by hand. */
static void event_by_hand(enum call_event ev, const char *method)
{
	struct sip_msg *m = some_request(method);
	struct call_cause cause = { .leg = &world_call(&w)->a, .msg = m };

	call_event(world_call(&w), ev, &cause);
	sip_msg_free(m);
	world_run(&w);
}

static void cause(enum call_state s, enum call_event ev)
{
	static const struct end_reason why = { .code = 480, .text = "test" };
	struct call *c = world_call(&w);
	struct call_cause hangup = { .why = &why };

	switch (ev) {
	case CALL_EV_OPENED:
		if (s != CALL_INCOMING) {
			event_without_more(ev);
			break;
		}
		/* as if `media` had answered */
		addr_parse(&c->a.oa.local.rtp, "10.0.0.1", 16384);
		addr_parse(&c->b.oa.local.rtp, "10.0.1.1", 16386);
		event_without_more(ev);
		invite = world_expect(&w, 1, 0, SIP_INVITE);
		break;
	case CALL_EV_PROGRESS:
		if (invite && s != CALL_ENDING)
			peer_reply(&w, invite, 180, "other", NULL);
		else
			event_without_more(ev);
		break;
	case CALL_EV_ANSWER:
		if (s == CALL_CALLING || s == CALL_RINGING)
			peer_reply(&w, invite, 200, "callee", SDP_PLAIN);
		else
			event_without_more(ev);
		break;
	case CALL_EV_REFUSED:
		if (s == CALL_CALLING || s == CALL_RINGING)
			peer_reply(&w, invite, 486, "callee", NULL);
		else
			event_without_more(ev);
		break;
	case CALL_EV_CANCEL:
		if (s <= CALL_RINGING)
			caller_cancel(&w);
		else
			event_without_more(ev);
		break;
	case CALL_EV_ACK:
		if (s >= CALL_SECURING)
			caller_ack(&w, NULL);
		else
			event_without_more(ev);
		break;
	case CALL_EV_UNACKED:
		if (s >= CALL_SECURING)
			sip_2xx_stop(&c->a.ok);		/* what sip_2xx has done when it says so */
		if (s == CALL_ENDING)
			leg_acked(&c->a);
		event_without_more(ev);
		break;
	case CALL_EV_BYE:
		if (s == CALL_INCOMING || s == CALL_CALLING)
			event_by_hand(ev, "BYE");
		else if (s == CALL_ENDING)
			caller_request(&w, "BYE", NULL, NULL);
		else if (s == CALL_RINGING)
			caller_request(&w, "BYE", NULL, NULL);
		else
			callee_request(&w, invite, "callee", "BYE", 1, NULL);
		break;
	case CALL_EV_REINVITE:
		if (s >= CALL_RINGING) {
			caller_request(&w, "INVITE", NULL, SDP_PLAIN);
			world_expect_done(&w, 0, 500, SIP_INVITE);
		} else {
			/* needs a To tag nobody knows: a guess finds no dialog */
			snprintf(w.to_tag, sizeof(w.to_tag), "guess");
			caller_request(&w, "INVITE", NULL, SDP_PLAIN);
			world_expect_done(&w, 0, 481, SIP_INVITE);
		}
		break;
	case CALL_EV_MEDIA_OPEN:
		if (s == CALL_INCOMING || s == CALL_ENDING)
			event_without_more(ev);
		else
			media_open(&w);
		break;
	case CALL_EV_MEDIA_FAILED:
		if (s == CALL_ENDING)
			event_without_more(ev);
		else
			media_fail(&w, c->a.id, -EIO, "test");
		break;
	case CALL_EV_TIMEOUT:
		if (c->timer.index)
			world_wait(&w, timer_left(&c->timer));
		else
			event_without_more(ev);
		break;
	case CALL_EV_HANGUP:
		call_event(c, ev, &hangup);
		world_run(&w);
		break;
	case CALL_EVENTS:
		break;
	}
}

/* A peer that behaves: what the gateway still asks is answered, what it owes is taken. */
static void settle(void)
{
	for (unsigned int side = 0; side < 2; side++) {
		struct sip_msg *m;

		while ((m = world_hear(&w, side))) {
			if (!m->code && m->method != SIP_ACK && m->method != SIP_INVITE)
				peer_reply(&w, m, 200, NULL, NULL);
			sip_msg_free(m);
		}
	}
}

static void cells(void **state)
{
	unsigned int tested = 0;

	(void)state;
	for (int s = 0; s < CALL_STATES; s++) {
		for (int ev = 0; ev < CALL_EVENTS; ev++) {
			int want = expected[s][ev];
			int is;

			reach((enum call_state)s);
			cause((enum call_state)s, (enum call_event)ev);
			is = w.b2b.calls ? (int)w.b2b.calls->state : GONE;
			if (is != (want == R ? s : want) || w.b2b.stats.unexpected != (want == R))
				fail_msg("%s in %s: now %s, %d refused", call_event_name((enum call_event)ev),
					 call_state_name((enum call_state)s),
					 is == GONE ? "gone" : call_state_name((enum call_state)is),
					 (int)w.b2b.stats.unexpected);
			w.b2b.stats.unexpected = 0;
			/* and from wherever it is now, everything can be let go */
			settle();
			if (w.b2b.calls) {
				const struct end_reason why = { .code = 480, .text = "over" };
				const struct call_cause hangup = { .why = &why };

				call_event(w.b2b.calls, CALL_EV_HANGUP, &hangup);
			}
			settle();
			sip_msg_free(invite);
			world_close(&w);
			tested++;
		}
	}
	assert_int_equal(tested, CALL_STATES * CALL_EVENTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
