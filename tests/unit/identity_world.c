// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "clock.h"
#include "leg_trust.h"
#include "loop.h"
#include "trust.h"

struct world w;
struct verify_world vw;
static struct trust *trust;
static struct ipc channel;		/* trust's end of the one to sip */
struct media_leg_fingerprints told;
unsigned int ntold;
static bool condemned;

/* ---- the trust role --------------------------------------------------------- */

static void to_sip(const struct trust_verdict *m, void *arg)
{
	uint8_t space[IPC_MAX];
	struct wbuf b = ipc_begin(space, TRUST_VERDICT);

	(void)arg;
	trust_verdict_put(&b, m);
	assert_int_equal(ipc_send(&channel, &b), 0);
}

static void to_media(const struct media_leg_fingerprints *m, void *arg)
{
	(void)arg;
	told = *m;
	ntold++;
	media_signed(&w, m);
}

static const struct trust_ops ops = { .verdict = to_sip, .fingerprints = to_media };

#define TAKE(name)								\
	static int take_##name(struct ipc *c, struct rbuf *r, void *arg)	\
	{									\
		struct trust_##name m;						\
										\
		(void)c;							\
		(void)arg;							\
		trust_##name##_get(r, &m);					\
		assert_true(rbuf_done(r));					\
		return trust_##name##_msg(trust, &m);				\
	}
TAKE(verify)
TAKE(unsigned)
TAKE(apply)
TAKE(close)

static const struct ipc_handler handlers[] = {
	{ TRUST_VERIFY, "verify", take_verify },
	{ TRUST_UNSIGNED, "unsigned", take_unsigned },
	{ TRUST_APPLY, "apply", take_apply },
	{ TRUST_CLOSE, "close", take_close },
	{ 0 }
};

static void lost(struct ipc *c, void *arg)
{
	(void)c;
	(void)arg;
	condemned = true;
}

void iw_open(enum media_security a, enum media_security b, enum conf_identity policy)
{
	struct err e = { 0 };
	int fd[2];

	world_open(&w, a, b);
	clock_fake(1000000, VW_IAT);
	vw_make(&vw, NULL);
	w.conf.side[a == MEDIA_DTLS ? 0 : 1].identity = policy;
	w.conf.identity_timeout = 7;
	trust = trust_new(&w.conf, vw.v, &ops, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
	ntold = 0;
	condemned = false;
	memset(&told, 0, sizeof(told));
}

void iw_close(void)
{
	world_wait(&w, 80000);
	assert_int_equal(trust_legs(trust), 0);
	assert_false(condemned);
	ipc_close(&channel);
	trust_free(trust);
	vw_free(&vw);
	w.b2b.media_gone = NULL;
	world_close(&w);
}

void iw_say(unsigned int side, const char *text)
{
	world_say(&w, side, text, strlen(text));
}

void iw_request(unsigned int side, const struct vw_spec *s)
{
	char *text = vw_request(&vw, s);

	iw_say(side, text);
	free(text);
}

void iw_ack(const struct sip_msg *ok)
{
	char *text;

	assert_true(asprintf(&text, "ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKack\r\n"
			     "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">;tag=%s\r\nCall-ID: %s\r\n"
			     "CSeq: %u ACK\r\nMax-Forwards: 70\r\n\r\n",
			     sip_msg_contact(ok)->uri_text, ok->to_tag, ok->call_id, ok->cseq) > 0);
	iw_say(0, text);
	free(text);
}

void iw_hang_up(void)
{
	const struct end_reason why = { .text = "the test is over" };
	const struct call_cause cause = { .why = &why };
	struct sip_msg *m;

	call_event(world_call(&w), CALL_EV_HANGUP, &cause);
	for (unsigned int side = 0; side < 2; side++)
		while ((m = world_hear(&w, side))) {
			if (!m->code)
				peer_reply(&w, m, 200, m->to_tag ? NULL : "x", NULL);
			sip_msg_free(m);
		}
	iw_close();
}

struct sip_msg *iw_incoming(const struct vw_spec *s)
{
	struct sip_msg *m;

	iw_request(0, s);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, "callee", SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	return world_expect(&w, 0, 200, SIP_INVITE);
}
