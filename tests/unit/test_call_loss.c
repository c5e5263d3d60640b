// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls over a network that loses datagrams: caller and callee are SIP stacks of
 * their own, with all their timers. Every datagram of a call is lost once, then
 * every pair of neighbours, then at random; calls succeed where they can, and
 * nothing is ever left.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"
#include "clock.h"
#include "loop.h"

#define MAX_QUEUE 512

struct party {
	unsigned int index;		/* side of the gateway it is on */
	struct sip_stack stack;
	struct sip_dialogs dialogs;
	struct sip_dialog *dialog;
	struct sip_ctrans *ct;		/* its INVITE */
	struct sip_strans *st;		/* the INVITE it was sent */
	struct sip_2xx ok;
	struct timer timer;		/* answer, or hang up */
	bool answered, ended, refused;
	unsigned int byes;
};

static struct world w;
static struct party party[2];
static struct {
	unsigned int from, to;		/* 0, 1: the parties; 2: the gateway */
	char *data;
	size_t len;
} queue[MAX_QUEUE];
static unsigned int nqueue, sent;
static bool (*is_lost)(unsigned int n);
static unsigned int lost_first, lost_count, lost_per_cent;
static uint32_t random_state;

static bool lose_range(unsigned int n)
{
	return n >= lost_first && n < lost_first + lost_count;
}

static bool lose_random(unsigned int n)
{
	(void)n;
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % 100 < lost_per_cent;
}

static void post(unsigned int from, unsigned int to, const void *data, size_t len)
{
	if (is_lost(sent++))
		return;
	assert_in_range(nqueue, 0, MAX_QUEUE - 1);
	queue[nqueue].from = from;
	queue[nqueue].to = to;
	queue[nqueue].data = malloc(len);
	memcpy(queue[nqueue].data, data, len);
	queue[nqueue++].len = len;
}

static int party_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	const struct party *p = side->impl;

	(void)to;
	post(p->index, 2, data, len);
	return 0;
}

static void party_close(struct sip_side *side)
{
	(void)side;
}

static const struct sip_side_ops party_net = {
	.proto = SIP_UDP, .send = party_send, .close = party_close,
};

/* What the gateway sent is in w.heard: post it. */
static void collect(void)
{
	static char text[65536];
	struct sip_msg *m;

	for (unsigned int side = 0; side < 2; side++) {
		while ((m = world_hear(&w, side))) {
			struct wbuf b = wbuf_on(text, sizeof(text));

			sip_msg_write(m, &b);
			post(2, side, text, b.len);
			sip_msg_free(m);
		}
	}
}

static void deliver(void)
{
	for (;;) {
		struct sip_hop from = { .proto = SIP_UDP };

		world_run(&w);
		collect();
		if (!nqueue)
			return;
		if (queue[0].to == 2) {
			world_say(&w, queue[0].from, queue[0].data, queue[0].len);
		} else {
			addr_parse(&from.remote, queue[0].to ? "10.0.1.1" : "10.0.0.1", 5060);
			sip_transp_input(&party[queue[0].to].stack.transp, &from, queue[0].data,
					 queue[0].len);
		}
		free(queue[0].data);
		memmove(&queue[0], &queue[1], --nqueue * sizeof(queue[0]));
	}
}

static void pass(uint64_t ms)
{
	for (uint64_t t = 0; t < ms; t += 100) {
		clock_advance(100);
		deliver();
	}
}

/* ---- the parties ------------------------------------------------------------ */

static void bye_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			 const struct sip_hop *from, void *arg)
{
	struct party *p = arg;

	(void)ct;
	(void)from;
	p->ended |= resp->code >= 200;
}

static void bye_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	(void)ct;
	(void)why;
	((struct party *)arg)->ended = true;
}

static const struct sip_ctrans_ops bye_ops = { .response = bye_response, .ended = bye_ended };

static void hang_up(struct timer *t, void *arg)
{
	struct party *p = arg;
	struct err e = { 0 };

	(void)t;
	if (p->dialog && !p->ended && !p->byes++)
		sip_dialog_send(p->dialog, &p->stack, sip_dialog_request(p->dialog, SIP_BYE), &bye_ops,
				p, &e);
}

static void answer(struct timer *t, void *arg)
{
	struct party *p = arg;
	struct sip_msg *m;

	(void)t;
	if (!p->st)
		return;
	m = sip_strans_response(p->st, 200, NULL);
	sip_msg_add(m, SIP_HDR_CONTACT, p->dialog->contact);
	sip_msg_set_body(m, "application/sdp", SDP_PLAIN, strlen(SDP_PLAIN));
	assert_int_equal(sip_2xx_send(&p->ok, p->st, m, NULL, p), 0);
	sip_dialog_confirm(p->dialog);
	sip_strans_release(p->st);
	p->st = NULL;
	p->answered = true;
}

static void st_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct party *p = arg;

	(void)cancel;
	timer_cancel(&p->timer);
	sip_strans_reply_code(st, 487, NULL);
	sip_strans_release(st);
	p->st = NULL;
	p->ended = true;
}

static void st_ended(struct sip_strans *st, void *arg)
{
	struct party *p = arg;

	if (p->st == st)
		p->st = NULL;
}

static const struct sip_strans_ops st_ops = { .cancelled = st_cancelled, .ended = st_ended };

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct party *p = arg;
	struct err e = { 0 };

	(void)from;
	if (req->method == SIP_INVITE && !req->to_tag) {
		p->dialog = sip_dialog_uas(&p->dialogs, st, "<sip:bob@10.0.1.2:5060>", &e);
		assert_non_null(p->dialog);
		p->st = st;
		sip_strans_set_ops(st, &st_ops, p);
		sip_strans_reply_code(st, 180, NULL);
		timer_start(&p->timer, 1000, answer, p);
		return;
	}
	if (req->method == SIP_BYE && p->dialog && sip_dialog_find(&p->dialogs, req)) {
		sip_2xx_stop(&p->ok);
		p->ended = true;
		sip_strans_reply_code(st, 200, NULL);
	} else {
		sip_strans_reply_code(st, 481, NULL);
	}
	sip_strans_release(st);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct party *p = arg;

	(void)from;
	sip_2xx_ack(&p->ok, ack);
}

static void invite_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			    const struct sip_hop *from, void *arg)
{
	struct party *p = arg;
	struct err e = { 0 };

	(void)from;
	if (resp->code >= 300)
		p->refused = true;
	if (resp->code < 200 || resp->code >= 300)
		return;
	if (p->dialog) {
		sip_dialog_reack(p->dialog, &p->stack, resp);
		return;
	}
	p->dialog = sip_dialog_uac(&p->dialogs, ct, resp, NULL, &e);
	assert_non_null(p->dialog);
	sip_dialog_ack(p->dialog, &p->stack, NULL, NULL, 0);
	p->answered = true;
	timer_start(&p->timer, 2000, hang_up, p);
}

static void invite_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct party *p = arg;

	(void)ct;
	p->ct = NULL;
	if (why != SIP_FAIL_NONE)
		p->refused = true;
}

static const struct sip_ctrans_ops invite_ops = {
	.response = invite_response, .ended = invite_ended,
};

static void cancel(struct timer *t, void *arg)
{
	struct party *p = arg;

	(void)t;
	if (p->ct)
		sip_ctrans_cancel(p->ct, NULL);
}

static void dial(struct party *p)
{
	struct sip_msg *m = sip_msg_request(SIP_INVITE, "sip:bob@biloxi.example");
	struct sip_hop hop = { .proto = SIP_UDP };
	struct err e = { 0 };

	addr_parse(&hop.remote, "10.0.0.1", 5060);
	sip_msg_add(m, SIP_HDR_MAX_FORWARDS, "70");
	sip_msg_add(m, SIP_HDR_FROM, "<sip:alice@atlanta.example>;tag=a");
	sip_msg_add(m, SIP_HDR_TO, "<sip:bob@biloxi.example>");
	sip_msg_add(m, SIP_HDR_CALL_ID, "lossy");
	sip_msg_add(m, SIP_HDR_CSEQ, "1 INVITE");
	sip_msg_add(m, SIP_HDR_CONTACT, "<sip:alice@10.0.0.2:5060>");
	sip_msg_set_body(m, "application/sdp", SDP_PLAIN, strlen(SDP_PLAIN));
	p->ct = sip_ctrans_send(&p->stack, &hop, m, &invite_ops, p, &e);
	assert_non_null(p->ct);
}

static void begin(void)
{
	static const struct sip_tu tu = { .request = on_request, .ack = on_ack };

	nqueue = sent = 0;
	world_open(&w, MEDIA_PLAIN, MEDIA_PLAIN);
	for (unsigned int i = 0; i < 2; i++) {
		struct party *p = &party[i];
		struct addr a;

		memset(p, 0, sizeof(*p));
		p->index = i;
		assert_int_equal(sip_stack_init(&p->stack, NULL, NULL, &tu, p), 0);
		assert_int_equal(sip_dialogs_init(&p->dialogs), 0);
		addr_parse(&a, i ? "10.0.1.2" : "10.0.0.2", 5060);
		assert_int_equal(sip_transp_add(&p->stack.transp, &party_net, &a, NULL, p), 0);
	}
}

static void end(void)
{
	pass(90000);
	for (unsigned int i = 0; i < 2; i++) {
		struct party *p = &party[i];

		timer_cancel(&p->timer);
		sip_2xx_stop(&p->ok);
		sip_dialog_free(p->dialog);
		assert_int_equal(p->stack.stats.ctrans_now, 0);
		assert_int_equal(p->stack.stats.strans_now, 0);
		sip_stack_fini(&p->stack);
		sip_dialogs_fini(&p->dialogs);
	}
	world_close(&w);
}

/* A whole call: rings for a second, talks for two, the caller hangs up. */
static void call_once(void)
{
	begin();
	dial(&party[0]);
	deliver();
	pass(100000);
}

static unsigned int undisturbed(void)
{
	unsigned int n;

	is_lost = lose_range;
	lost_count = 0;
	call_once();
	assert_true(party[0].answered && party[1].answered && party[0].ended && party[1].ended);
	n = sent;
	end();
	return n;
}

static void each_datagram(void **state)
{
	unsigned int n = undisturbed();

	(void)state;
	assert_in_range(n, 12, 40);
	for (lost_count = 1; lost_count <= 2; lost_count++) {
		for (lost_first = 0; lost_first < n; lost_first++) {
			call_once();
			if (!party[0].answered || !party[1].answered || !party[0].ended ||
			    !party[1].ended || party[0].refused)
				fail_msg("call failed when %u from %u are lost", lost_count, lost_first);
			end();
		}
	}
}

static void at_random(void **state)
{
	unsigned int whole = 0;

	(void)state;
	is_lost = lose_random;
	for (uint32_t seed = 1; seed <= 60; seed++) {
		random_state = seed;
		lost_per_cent = 10 + seed % 4 * 15;
		call_once();
		whole += party[0].answered && party[0].ended;
		is_lost = lose_random;
		end();
	}
	assert_in_range(whole, 40, 60);
}

/* The caller cancels at every moment around the answer, on a bad network. */
static void cancel_any_time(void **state)
{
	unsigned int answered = 0, refused = 0;

	(void)state;
	is_lost = lose_random;
	for (unsigned int ms = 0; ms <= 2000; ms += 100) {
		for (lost_per_cent = 0; lost_per_cent <= 20; lost_per_cent += 20) {
			random_state = ms + 1;
			begin();
			dial(&party[0]);
			timer_start(&party[0].timer, ms, cancel, &party[0]);
			deliver();
			pass(100000);
			answered += party[0].answered;
			refused += party[0].refused;
			end();
		}
	}
	assert_int_equal(answered + refused, 42);
	assert_in_range(answered, 5, 30);
	assert_in_range(refused, 5, 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_datagram),
		cmocka_unit_test(at_random),
		cmocka_unit_test(cancel_any_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
