// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of ours on their way through signers, which the test plays; the passwords
 * are with the real code of the trust role.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "call_world.h"
#include "certs.h"
#include "credentials.h"
#include "exchange.h"
#include "leg_trust.h"
#include "loop.h"
#include "secret.h"
#include "sip_digest.h"

#define REALM "signer.example"

static struct world w;
static struct ipc channel;
static struct credentials *credentials;
static bool hold;			/* do not answer challenges */
static unsigned int asked;
static unsigned int side;		/* the one with signers */

static int take_challenge(struct ipc *c, struct rbuf *r, void *arg)
{
	struct trust_challenge q;
	struct trust_credentials a;
	uint8_t space[IPC_MAX];
	struct wbuf b = ipc_begin(space, TRUST_CREDENTIALS);

	(void)arg;
	trust_challenge_get(r, &q);
	assert_true(rbuf_done(r));
	asked++;
	if (hold)
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

static void begin_on(unsigned int signed_side, unsigned int nsigners)
{
	char path[] = "/tmp/test_call_signing.XXXXXX";
	struct err e = { 0 };
	int fd[2], file;

	side = signed_side;
	world_open(&w, side ? MEDIA_PLAIN : MEDIA_DTLS, side ? MEDIA_DTLS : MEDIA_PLAIN);
	file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	write_text(path, "secret word\nignored\n", 0600);
	for (unsigned int i = 0; i < nsigners; i++) {
		struct conf_signer *s = &w.conf.signer[w.conf.nsigners++];

		snprintf(s->name, sizeof(s->name), "s%u", i);
		s->side = side;
		snprintf(s->user, sizeof(s->user), "gateway");
		snprintf(s->realm, sizeof(s->realm), "%s", REALM);
		snprintf(s->password_file, sizeof(s->password_file), "%s", path);
		addr_parse(&s->address, i ? "10.0.1.51" : "10.0.1.50", 5060);
	}
	if (credentials_new(&credentials, &w.conf, &e))
		fail_msg("%s", e.text);
	unlink(path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
	hold = false;
	asked = 0;
}

static void begin(unsigned int nsigners)
{
	begin_on(1, nsigners);
}

static void finish(void)
{
	world_wait(&w, 80000);
	ipc_close(&channel);
	credentials_free(credentials);
	assert_null(w.b2b.signings);
	w.b2b.media_gone = NULL;
	world_close(&w);
	assert_int_equal(secret_in_use(), 0);
}

/* The signer's own answer to @req. */
static void answer(const struct sip_msg *req, unsigned int code, const char *challenge)
{
	struct sip_msg *m = sip_msg_response(req, code, NULL, "signer");
	uint8_t text[4096];
	struct wbuf b = wbuf_on(text, sizeof(text));

	if (challenge)
		sip_msg_add(m, SIP_HDR_PROXY_AUTHENTICATE, challenge);
	sip_msg_write(m, &b);
	assert_false(b.bad);
	sip_msg_free(m);
	world_say(&w, side, (const char *)text, b.len);
}

static const char challenge[] =
	"Digest realm=\"" REALM "\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\"";

/* The next try: an INVITE to signer @ip, whose number is @cseq. */
static struct sip_msg *expect_try(const char *ip, enum sip_method method, uint32_t cseq)
{
	struct sip_msg *m = world_expect(&w, side, 0, method);
	char at[ADDR_STRLEN], route[64];

	addr_str(&w.to, at);
	snprintf(route, sizeof(route), "%s:5060", ip);
	assert_string_equal(at, route);
	snprintf(route, sizeof(route), "<sip:%s:5060;lr>", ip);
	assert_string_equal(sip_msg_value(m, SIP_HDR_ROUTE), route);
	if (cseq)
		assert_int_equal(m->cseq, cseq);
	assert_non_null(sip_msg_value(m, SIP_HDR_DATE));
	return m;
}

static struct sip_msg *first_try(void)
{
	caller_invite_to(&w, "sip:bob@biloxi.example.org", SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	return expect_try("10.0.1.50", SIP_INVITE, 1);
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
	assert_int_equal(digest_ha1(DIGEST_SHA256, "gateway", REALM, "secret word", ha1), 0);
	assert_int_equal(digest_response(&c, ha1, m->method_name, want), 0);
	assert_string_equal(c.response, want);
}

/* 407, and the try with credentials that follows. */
static struct sip_msg *challenged(struct sip_msg *m, const char *ip)
{
	uint32_t cseq = m->cseq;
	enum sip_method method = m->method;

	assert_null(sip_msg_value(m, SIP_HDR_PROXY_AUTHORIZATION));
	answer(m, 407, challenge);
	sip_msg_free(m);
	if (method == SIP_INVITE)
		world_expect_done(&w, 1, 0, SIP_ACK);
	m = expect_try(ip, method, cseq + 1);
	check_credentials(m);
	return m;
}

static void callee_answers(struct sip_msg *m)
{
	peer_reply(&w, m, 200, "callee", SDP_DTLS_ANSWER);
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_null(sip_msg_value(m, SIP_HDR_ROUTE));	/* signers are not on the dialog's route */
	sip_msg_free(m);
	m = world_expect(&w, 0, 200, SIP_INVITE);
	caller_learn(&w, m);
	sip_msg_free(m);
	caller_ack(&w, NULL);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
}

static void hang_up(void)
{
	caller_request(&w, "BYE", "", NULL);
	world_expect_done(&w, 0, 200, SIP_BYE);
	for (struct sip_msg *m; (m = world_hear(&w, 1)); sip_msg_free(m))
		if (!m->code && m->method == SIP_BYE)
			peer_reply(&w, m, 200, NULL, NULL);
	finish();
}

static void refused(unsigned int code)
{
	world_expect_done(&w, 0, code, SIP_INVITE);
	for (unsigned int i = 0; i < 2; i++)
		for (struct sip_msg *m; (m = world_hear(&w, i));)
			sip_msg_free(m);
	finish();
}

static void signs(void **state)
{
	struct sip_msg *m;
	const struct sip_hdr *second;

	(void)state;
	begin(1);
	m = first_try();
	/* From the signer it goes where it would have gone. */
	second = sip_msg_find(m, SIP_HDR_ROUTE, sip_msg_find(m, SIP_HDR_ROUTE, NULL));
	assert_string_equal(second->value, "<sip:10.0.1.2:5060;lr>");
	assert_true(sip_msg_has_token(m, SIP_HDR_SUPPORTED, "from-change"));
	m = challenged(m, "10.0.1.50");
	callee_answers(m);
	assert_int_equal(asked, 1);
	hang_up();
}

static void does_not_like_us(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(2);
	m = challenged(first_try(), "10.0.1.50");
	answer(m, 407, challenge);
	sip_msg_free(m);
	assert_int_equal(asked, 1);
	refused(502);
}

static void of_another_realm(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(1);
	m = first_try();
	answer(m, 407, "Digest realm=\"evil.example\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\"");
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	refused(500);
}

static void next_after_503(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(2);
	m = first_try();
	answer(m, 503, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = challenged(expect_try("10.0.1.51", SIP_INVITE, 2), "10.0.1.51");
	answer(m, 503, NULL);		/* there is no third */
	sip_msg_free(m);
	refused(500);
}

static void next_after_silence(void **state)
{
	struct sip_msg *m, *late, *bye;

	(void)state;
	begin(2);
	late = first_try();
	world_wait(&w, 1900);
	while ((m = world_hear(&w, 1))) {
		assert_int_equal(m->cseq, 1);	/* repeated, to the same */
		sip_msg_free(m);
	}
	world_wait(&w, 200);
	m = challenged(expect_try("10.0.1.51", SIP_INVITE, 2), "10.0.1.51");
	callee_answers(m);
	/* The first had passed it on after all: that callee is told that nobody is there. */
	peer_reply(&w, late, 200, "late", SDP_DTLS_ANSWER);
	sip_msg_free(late);
	world_expect_done(&w, 1, 0, SIP_ACK);
	bye = world_expect(&w, 1, 0, SIP_BYE);
	assert_string_equal(bye->to_tag, "late");
	peer_reply(&w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	hang_up();
}

static void silence_of_all(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(2);
	sip_msg_free(first_try());
	world_wait(&w, 40000);
	while ((m = world_hear(&w, 1)))
		sip_msg_free(m);
	refused(504);
}

static void once_more_after_438(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(1);
	m = challenged(first_try(), "10.0.1.50");
	answer(m, 438, NULL);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = challenged(expect_try("10.0.1.50", SIP_INVITE, 3), "10.0.1.50");
	answer(m, 438, NULL);
	sip_msg_free(m);
	refused(502);
}

static void cancelled_meanwhile(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(1);
	hold = true;
	m = first_try();
	answer(m, 407, challenge);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_silence(&w);
	assert_null(w.b2b.signings);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&w, i)))
			sip_msg_free(m);
	finish();
}

/* A re-INVITE of the dialog takes the same way, and its numbers go on. */
static void within_a_call(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(1);
	callee_answers(challenged(first_try(), "10.0.1.50"));
	caller_request(&w, "INVITE", "Contact: <sip:alice@10.0.0.2>\r\n", SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = challenged(expect_try("10.0.1.50", SIP_INVITE, 3), "10.0.1.50");
	assert_int_equal(m->cseq, 4);
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	m = world_expect(&w, 1, 0, SIP_ACK);
	assert_int_equal(m->cseq, 4);
	sip_msg_free(m);
	world_expect_done(&w, 0, 200, SIP_INVITE);
	caller_ack(&w, NULL);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	hang_up();
}

/* CANCEL while its challenge is with trust, the challenged transaction long over. */
static void cancelled_within_a_call(void **state)
{
	struct sip_msg *m;

	(void)state;
	begin(1);
	callee_answers(challenged(first_try(), "10.0.1.50"));
	hold = true;
	caller_request(&w, "INVITE", "Contact: <sip:alice@10.0.0.2>\r\n", SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = expect_try("10.0.1.50", SIP_INVITE, 3);
	answer(m, 407, challenge);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	world_wait(&w, 33000);
	caller_cancel(&w);
	world_expect_done(&w, 0, 200, SIP_CANCEL);
	world_expect_done(&w, 0, 487, SIP_INVITE);
	world_silence(&w);
	assert_null(w.b2b.signings);
	assert_null(world_call(&w)->exchange);
	hang_up();
}

/* As the callee's gateway: the UPDATE after the ACK is signed by the next signer that serves. */
static struct sip_msg *update_sent(void)
{
	static const char head[] = "From: <sip:alice@atlanta.example.com>;tag=a1\r\n"
				   "Call-ID: c1\r\nMax-Forwards: 70\r\n";
	struct sip_msg *m, *ok;
	char *text;

	begin_on(0, 2);
	assert_true(asprintf(&text, "INVITE sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKi\r\n"
			     "%sTo: <sip:bob@biloxi.example.org>\r\nCSeq: 1 INVITE\r\n"
			     "Contact: <sip:alice@10.0.0.2>\r\nSupported: from-change\r\n"
			     "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n" SDP_DTLS,
			     head, strlen(SDP_DTLS)) > 0);
	world_say(&w, 0, text, strlen(text));
	free(text);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, "callee", SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	ok = world_expect(&w, 0, 200, SIP_INVITE);
	assert_true(asprintf(&text, "ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa\r\n"
			     "%sTo: <sip:bob@biloxi.example.org>;tag=%s\r\nCSeq: 1 ACK\r\n\r\n",
			     sip_msg_contact(ok)->uri_text, head, ok->to_tag) > 0);
	world_say(&w, 0, text, strlen(text));
	free(text);
	sip_msg_free(ok);
	return expect_try("10.0.1.50", SIP_UPDATE, 0);
}

static void end_call(void)
{
	const struct end_reason why = { .text = "the test is over" };
	const struct call_cause cause = { .why = &why };
	struct sip_msg *m;

	call_event(world_call(&w), CALL_EV_HANGUP, &cause);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&w, i))) {
			peer_reply(&w, m, 200, NULL, NULL);
			sip_msg_free(m);
		}
	finish();
}

static void update(void **state)
{
	struct sip_msg *m = update_sent();
	uint32_t cseq = m->cseq;

	(void)state;
	/* Where it goes from there is what the Request-URI says: no second Route. */
	assert_null(sip_msg_find(m, SIP_HDR_ROUTE, sip_msg_find(m, SIP_HDR_ROUTE, NULL)));
	answer(m, 503, NULL);
	sip_msg_free(m);
	m = challenged(expect_try("10.0.1.51", SIP_UPDATE, cseq + 1), "10.0.1.51");
	peer_reply(&w, m, 200, NULL, SDP_DTLS_ANSWER);
	sip_msg_free(m);
	world_silence(&w);
	assert_null(world_call(&w)->a.update);
	assert_int_equal(world_call(&w)->state, CALL_OPEN);
	end_call();
}

/* The challenged transaction is over (T4) before the credentials are there. */
static void update_waits(void **state)
{
	struct sip_msg *m = update_sent();
	struct leg *l = &world_call(&w)->a;

	(void)state;
	hold = true;
	answer(m, 407, challenge);
	sip_msg_free(m);
	assert_non_null(l->update);
	world_wait(&w, 6000);
	assert_null(l->update);
	assert_int_equal(exchange_clash(l, &world_call(&w)->b, true), 491);
	assert_int_equal(exchange_clash(&world_call(&w)->b, l, false), 500);
	end_call();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs), cmocka_unit_test(does_not_like_us),
		cmocka_unit_test(of_another_realm), cmocka_unit_test(next_after_503),
		cmocka_unit_test(next_after_silence), cmocka_unit_test(silence_of_all),
		cmocka_unit_test(once_more_after_438), cmocka_unit_test(cancelled_meanwhile),
		cmocka_unit_test(within_a_call),
		cmocka_unit_test(cancelled_within_a_call), cmocka_unit_test(update),
		cmocka_unit_test(update_waits),
	};

	if (secret_init(1 << 14))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
