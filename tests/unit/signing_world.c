// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests of a gateway on their way through signers: see signing_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "certs.h"
#include "credentials.h"
#include "leg_trust.h"
#include "secret.h"
#include "signing_world.h"
#include "sip_digest.h"

struct signing_world signing;
static struct ipc channel;
static struct credentials *credentials;

static int take_challenge(struct ipc *c, struct rbuf *r, void *arg)
{
	struct trust_challenge q;
	struct trust_credentials a;
	uint8_t space[IPC_MAX];
	struct wbuf b = ipc_begin(space, TRUST_CREDENTIALS);

	(void)arg;
	trust_challenge_get(r, &q);
	assert_true(rbuf_done(r));
	signing.asked++;
	if (signing.hold)
		return 0;
	credentials_answer(credentials, &q, &a);
	trust_credentials_put(&b, &a);
	return ipc_send(c, &b);
}

static const struct ipc_handler handlers[] = {
	{ TRUST_CHALLENGE, "challenge", take_challenge },
	{ 0 }
};

static void lost(struct ipc *c, void *arg)
{
	(void)c;
	(void)arg;
}

void signing_begin_on(unsigned int signed_side, unsigned int nsigners)
{
	char path[] = "/tmp/signing_world.XXXXXX";
	struct err e = { 0 };
	int fd[2], file;

	signing.side = signed_side;
	signing.full = false;
	world_open(&signing.w, signing.side ? MEDIA_PLAIN : MEDIA_DTLS,
		   signing.side ? MEDIA_DTLS : MEDIA_PLAIN);
	file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	write_text(path, "secret word\nignored\n", 0600);
	for (unsigned int i = 0; i < nsigners; i++) {
		struct conf_signer *s = &signing.w.conf.signer[signing.w.conf.nsigners++];

		snprintf(s->name, sizeof(s->name), "s%u", i);
		s->side = signing.side;
		snprintf(s->user, sizeof(s->user), "gateway");
		snprintf(s->realm, sizeof(s->realm), "%s", SIGNING_REALM);
		snprintf(s->password_file, sizeof(s->password_file), "%s", path);
		addr_parse(&s->address, i ? "10.0.1.51" : "10.0.1.50", 5060);
	}
	if (credentials_new(&credentials, &signing.w.conf, &e))
		fail_msg("%s", e.text);
	unlink(path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&signing.w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
	signing.hold = false;
	signing.asked = 0;
}

void signing_begin(unsigned int nsigners)
{
	signing_begin_on(1, nsigners);
}

void signing_finish(void)
{
	world_wait(&signing.w, 80000);
	ipc_close(&channel);
	credentials_free(credentials);
	assert_null(signing.w.b2b.signings);
	signing.w.b2b.media_gone = NULL;
	world_close(&signing.w);
	assert_int_equal(secret_in_use(), 0);
}

void signing_answer(const struct sip_msg *req, unsigned int code, const char *challenge)
{
	struct sip_msg *m = sip_msg_response(req, code, NULL, "signer");
	uint8_t text[4096];
	struct wbuf b = wbuf_on(text, sizeof(text));

	if (challenge)
		sip_msg_add(m, SIP_HDR_PROXY_AUTHENTICATE, challenge);
	sip_msg_write(m, &b);
	assert_false(b.bad);
	sip_msg_free(m);
	world_say(&signing.w, signing.side, (const char *)text, b.len);
}

struct sip_msg *signing_expect(const char *ip, enum sip_method method, uint32_t cseq)
{
	struct sip_msg *m = world_expect(&signing.w, signing.side, 0, method);
	char at[ADDR_STRLEN], route[64];

	addr_str(&signing.w.to, at);
	snprintf(route, sizeof(route), "%s:5060", ip);
	assert_string_equal(at, route);
	snprintf(route, sizeof(route), "<sip:%s:5060;lr%s>", ip, signing.full ? ";ksrtp-full" : "");
	assert_string_equal(sip_msg_value(m, SIP_HDR_ROUTE), route);
	if (cseq)
		assert_int_equal(m->cseq, cseq);
	assert_non_null(sip_msg_value(m, SIP_HDR_DATE));
	return m;
}

struct sip_msg *signing_first(void)
{
	caller_invite_to(&signing.w, "sip:bob@biloxi.example.org", SDP_PLAIN);
	world_expect_done(&signing.w, 0, 100, SIP_INVITE);
	return signing_expect("10.0.1.50", SIP_INVITE, 1);
}

static void check_credentials(const struct sip_msg *m)
{
	const char *value = sip_msg_value(m, SIP_HDR_PROXY_AUTHORIZATION);
	struct digest_credentials c;
	char ha1[DIGEST_HEX], want[DIGEST_HEX];
	struct err e;

	assert_non_null(value);
	assert_int_equal(digest_credentials_parse(&c, value, &e), 0);
	assert_string_equal(c.username, "gateway");
	assert_string_equal(c.uri, m->ruri_text);
	assert_int_equal(digest_ha1(DIGEST_SHA256, "gateway", SIGNING_REALM, "secret word", ha1), 0);
	assert_int_equal(digest_response(&c, ha1, m->method_name, want), 0);
	assert_string_equal(c.response, want);
}

struct sip_msg *signing_challenged(struct sip_msg *m, const char *ip)
{
	uint32_t cseq = m->cseq;
	enum sip_method method = m->method;

	assert_null(sip_msg_value(m, SIP_HDR_PROXY_AUTHORIZATION));
	signing_answer(m, 407, SIGNING_CHALLENGE);
	sip_msg_free(m);
	if (method == SIP_INVITE)
		world_expect_done(&signing.w, 1, 0, SIP_ACK);
	m = signing_expect(ip, method, cseq + 1);
	check_credentials(m);
	return m;
}

void signing_callee_answers(struct sip_msg *m)
{
	peer_reply(&signing.w, m, 200, "callee", SDP_DTLS_ANSWER);
	sip_msg_free(m);
	m = world_expect(&signing.w, 1, 0, SIP_ACK);
	assert_null(sip_msg_value(m, SIP_HDR_ROUTE));	/* signers are not on the dialog's route */
	sip_msg_free(m);
	m = world_expect(&signing.w, 0, 200, SIP_INVITE);
	caller_learn(&signing.w, m);
	sip_msg_free(m);
	caller_ack(&signing.w, NULL);
	assert_int_equal(world_call(&signing.w)->state, CALL_OPEN);
}

void signing_hang_up(void)
{
	caller_request(&signing.w, "BYE", "", NULL);
	world_expect_done(&signing.w, 0, 200, SIP_BYE);
	for (struct sip_msg *m; (m = world_hear(&signing.w, 1)); sip_msg_free(m))
		if (!m->code && m->method == SIP_BYE)
			peer_reply(&signing.w, m, 200, NULL, NULL);
	signing_finish();
}

void signing_refused(unsigned int code)
{
	world_expect_done(&signing.w, 0, code, SIP_INVITE);
	for (unsigned int i = 0; i < 2; i++)
		for (struct sip_msg *m; (m = world_hear(&signing.w, i));)
			sip_msg_free(m);
	signing_finish();
}
