// SPDX-License-Identifier: GPL-2.0-or-later
/* A gateway in one process for tests. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "call_world.h"
#include "clock.h"
#include "log.h"
#include "loop.h"
#include "timer.h"

/* ---- the network ------------------------------------------------------------ */

static int net_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	struct world *w = side->impl;
	struct sip_msg *m = NULL;
	struct err e = { 0 };
	unsigned int refusal;

	if (sip_msg_parse(&m, data, len, &refusal, &e))
		fail_msg("the gateway sent what does not parse: %s\n%.*s", e.text, (int)len,
			 (const char *)data);
	if (w->lose && w->lose(w, m)) {
		sip_msg_free(m);
		return 0;
	}
	assert_in_range(w->nheard, 0, WORLD_MAX_HEARD - 1);
	w->heard[w->nheard].side = side->index;
	w->heard[w->nheard].to = to->remote;
	w->heard[w->nheard++].msg = m;
	return 0;
}

static void net_close(struct sip_side *side)
{
	(void)side;
}

static const struct sip_side_ops net = { .proto = SIP_UDP, .send = net_send, .close = net_close };

static struct addr peer(unsigned int side)
{
	struct addr a;

	addr_parse(&a, side ? "10.0.1.2" : "10.0.0.2", 5060);
	return a;
}

void world_say(struct world *w, unsigned int side, const char *text, size_t len)
{
	struct sip_hop from = { .side = side, .proto = SIP_UDP, .remote = peer(side) };

	sip_transp_input(&w->b2b.stack.transp, &from, text, len);
	world_run(w);
}

struct sip_msg *world_hear(struct world *w, unsigned int side)
{
	for (unsigned int i = 0; i < w->nheard; i++) {
		struct sip_msg *m = w->heard[i].msg;

		if (w->heard[i].side != side)
			continue;
		w->to = w->heard[i].to;
		w->nheard--;
		memmove(&w->heard[i], &w->heard[i + 1], (w->nheard - i) * sizeof(w->heard[0]));
		return m;
	}
	return NULL;
}

struct sip_msg *world_expect(struct world *w, unsigned int side, unsigned int code,
			     enum sip_method method)
{
	struct sip_msg *m = world_hear(w, side);

	if (!m)
		fail_msg("nothing sent on side %u, expected %u %s", side, code, sip_method_name(method));
	if (m->code != code || m->method != method)
		fail_msg("side %u: %u %s, expected %u %s", side, m->code, m->method_name, code,
			 sip_method_name(method));
	return m;
}

void world_expect_done(struct world *w, unsigned int side, unsigned int code,
		       enum sip_method method)
{
	sip_msg_free(world_expect(w, side, code, method));
}

void world_silence(struct world *w)
{
	if (w->nheard)
		fail_msg("%u more: first on side %u: %u %s", w->nheard, w->heard[0].side,
			 w->heard[0].msg->code, w->heard[0].msg->method_name);
}

/* ---- media ------------------------------------------------------------------ */

#define SEND(w, type, body)						\
	do {								\
		uint8_t space_[IPC_MAX];				\
		struct wbuf wb_ = ipc_begin(space_, (type));		\
		_Generic((body),					\
			struct media_leg_opened *: media_leg_opened_put, \
			struct media_leg_state *: media_leg_state_put,	\
			struct media_leg_failed *: media_leg_failed_put, \
			struct media_ready *: media_ready_put)(&wb_, (body)); \
		assert_int_equal(ipc_send(&(w)->media, &wb_), 0);	\
	} while (0)

struct world_leg *media_leg(struct world *w, uint64_t id)
{
	for (unsigned int i = 0; i < w->nlegs; i++)
		if (w->leg[i].id == id)
			return &w->leg[i];
	fail_msg("media was told of an unknown leg");
	return NULL;
}

void media_state(struct world *w, uint64_t leg, enum media_state s)
{
	struct media_leg_state m = { .leg = leg, .state = s, .rtp_session = (uint32_t)leg };

	SEND(w, MEDIA_LEG_STATE, &m);
	world_run(w);
}

void media_fail(struct world *w, uint64_t leg, int err, const char *text)
{
	struct media_leg_failed m = { .leg = leg, .code = err };

	snprintf(m.text, sizeof(m.text), "%s", text);
	SEND(w, MEDIA_LEG_FAILED, &m);
	world_run(w);
}

static bool ready(const struct world_leg *l)
{
	return l->open && !l->closed && l->remote && l->peer && (!l->dtls || l->fingerprints);
}

static void try_open(struct world *w, struct world_leg *l)
{
	struct world_leg *p = l->peer ? media_leg(w, l->peer) : NULL;
	struct media_leg_state one = { .leg = l->id, .state = MEDIA_STATE_OPEN };

	if (w->hold_open || !p || !ready(l) || !ready(p))
		return;
	SEND(w, MEDIA_LEG_STATE, &one);
	one.leg = p->id;
	SEND(w, MEDIA_LEG_STATE, &one);
}

static int on_open(struct ipc *c, struct rbuf *r, void *arg)
{
	struct world *w = arg;
	struct media_leg_open m;
	struct media_leg_opened o = { 0 };
	struct world_leg *l;

	(void)c;
	media_leg_open_get(r, &m);
	assert_in_range(w->nlegs, 0, 63);
	l = &w->leg[w->nlegs++];
	*l = (struct world_leg){ .id = m.leg, .dtls = m.security == MEDIA_DTLS,
				 .two_ports = m.two_ports };
	if (w->hold_ports)
		return 0;
	l->open = true;
	o.leg = m.leg;
	addr_parse(&o.rtp, strcmp(m.side, "lan") ? "10.0.1.1" : "10.0.0.1",
		   (uint16_t)(16382 + 2 * w->nlegs));
	if (m.two_ports) {
		o.rtcp = o.rtp;
		o.rtcp.port++;
	}
	if (l->dtls) {
		strcpy(o.fingerprint.alg, "sha-256");
		o.fingerprint.len = 32;
		memset(o.fingerprint.digest, 0x5a, 32);
	}
	SEND(w, MEDIA_LEG_OPENED, &o);
	return 0;
}

static int on_remote(struct ipc *c, struct rbuf *r, void *arg)
{
	struct media_leg_remote m;
	struct world_leg *l;

	(void)c;
	media_leg_remote_get(r, &m);
	l = media_leg(arg, m.leg);
	assert_false(l->closed);
	l->remote = true;
	l->last_remote = m;
	l->remotes++;
	try_open(arg, l);
	return 0;
}

static int on_fingerprints(struct ipc *c, struct rbuf *r, void *arg)
{
	struct media_leg_fingerprints m;
	struct world_leg *l;

	(void)c;
	media_leg_fingerprints_get(r, &m);
	l = media_leg(arg, m.leg);
	assert_true(l->dtls);
	assert_false(m.verified);
	assert_int_equal(m.count, 1);
	assert_true(m.fp[0].digest[31] == 0xb2 || m.fp[0].digest[31] == 0xf1);
	l->last_fp = m;
	l->fingerprints = true;
	try_open(arg, l);
	return 0;
}

void media_signed(struct world *w, const struct media_leg_fingerprints *m)
{
	struct world_leg *l = media_leg(w, m->leg);

	assert_true(l->dtls);
	l->fingerprints = true;
	try_open(w, l);
	world_run(w);
}

static int on_pair(struct ipc *c, struct rbuf *r, void *arg)
{
	struct media_leg_pair m;

	(void)c;
	media_leg_pair_get(r, &m);
	media_leg(arg, m.a)->peer = m.b;
	media_leg(arg, m.b)->peer = m.a;
	return 0;
}

static int on_close(struct ipc *c, struct rbuf *r, void *arg)
{
	struct media_leg_close m;

	(void)c;
	media_leg_close_get(r, &m);
	assert_false(media_leg(arg, m.leg)->closed);
	media_leg(arg, m.leg)->closed = true;
	return 0;
}

static const struct ipc_handler handlers[] = {
	{ MEDIA_LEG_OPEN, "open", on_open },
	{ MEDIA_LEG_REMOTE, "remote", on_remote },
	{ MEDIA_LEG_FINGERPRINTS, "fingerprints", on_fingerprints },
	{ MEDIA_LEG_PAIR, "pair", on_pair },
	{ MEDIA_LEG_CLOSE, "close", on_close },
	{ 0 }
};

static void lost(struct ipc *c, void *arg)
{
	(void)c;
	((struct world *)arg)->media_lost = true;
}

unsigned int media_open_legs(const struct world *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->nlegs; i++)
		n += !w->leg[i].closed;
	return n;
}

void media_open(struct world *w)
{
	struct call *c = world_call(w);

	media_state(w, c->a.id, MEDIA_STATE_OPEN);
	media_state(w, c->b.id, MEDIA_STATE_OPEN);
}

/* ---- the world -------------------------------------------------------------- */

static void gone(struct b2b *b)
{
	(void)b;
	fail_msg("the channel to media was condemned");
}

static void add_side(struct world *w, const char *name, const char *ip,
		     enum media_security security)
{
	struct conf_side *s = &w->conf.side[w->conf.nsides++];

	snprintf(s->name, sizeof(s->name), "%s", name);
	addr_parse(&s->sip, ip, 5060);
	addr_parse(&s->media, ip, 0);
	s->security = security;
	s->rtcp_mux = true;
	assert_int_equal(sip_transp_add(&w->b2b.stack.transp, &net, &s->sip, NULL, w),
			 w->conf.nsides - 1);
}

void world_open(struct world *w, enum media_security a, enum media_security b)
{
	static const struct sip_timers timers = { 500, 4000, 5000, 32000, 0 };
	struct media_ready ready_now = { .code = 0 };
	struct err e = { 0 };
	int fd[2];

	memset(w, 0, sizeof(*w));
	log_set_level(LOG_LVL_ERROR);
	clock_fake(1000000, 1790000000);
	assert_int_equal(loop_init(&e), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_init(&w->b2b, &w->conf, fd[0], &timers, "test", &e), 0);
	w->b2b.arg = w;
	w->b2b.media_gone = gone;
	assert_int_equal(ipc_open(&w->media, fd[1], "sip", handlers, lost, w), 0);
	add_side(w, "lan", "10.0.0.1", a);
	add_side(w, "wan", "10.0.1.1", b);
	w->conf.max_calls = 10;
	w->conf.signer_timeout = 2000;
	w->conf.handshake_timeout = 10;
	w->conf.nroutes = 1;
	w->conf.route[0] = (struct conf_route){ .name = "out", .from = 0, .to = 1, .user = "bob*",
						.domain = "*" };
	w->conf.route[0].next_hop = peer(1);
	SEND(w, MEDIA_READY, &ready_now);
	world_run(w);
	assert_true(w->b2b.media_ready);
}

void world_run(struct world *w)
{
	(void)w;
	/* Each message on the channel may cause one back. */
	for (int i = 0; i < 8; i++)
		loop_turn(0);
}

void world_wait(struct world *w, uint64_t ms)
{
	while (ms) {
		uint64_t step = ms < 100 ? ms : 100;

		clock_advance(step);
		world_run(w);
		ms -= step;
	}
}

void world_close(struct world *w)
{
	world_wait(w, 80000);		/* longer than any transaction lives */
	assert_int_equal(w->b2b.ncalls, 0);
	assert_null(w->b2b.calls);
	assert_null(w->b2b.invites);
	assert_int_equal(w->b2b.legs.count, 0);
	assert_int_equal(w->b2b.dialogs.table.count, 0);
	assert_int_equal(w->b2b.stack.stats.ctrans_now, 0);
	assert_int_equal(w->b2b.stack.stats.strans_now, 0);
	assert_int_equal(timer_count(), 0);
	assert_int_equal(media_open_legs(w), 0);
	assert_int_equal(w->b2b.stats.unexpected, 0);
	while (w->nheard)
		sip_msg_free(w->heard[--w->nheard].msg);
	w->b2b.media_gone = NULL;
	b2b_fini(&w->b2b);
	ipc_close(&w->media);
	loop_fini();
	clock_real();
}

struct call *world_call(struct world *w)
{
	assert_int_equal(w->b2b.ncalls, 1);
	return w->b2b.calls;
}
