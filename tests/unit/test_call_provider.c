// SPDX-License-Identifier: GPL-2.0-or-later
/* The gateway's requests, asked about and signed by sip-signerd's own code. */
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
#include "leg_trust.h"
#include "secret.h"
#include "signer_world.h"

#define FP_OURS	"a=fingerprint:sha-256 5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:" \
		"5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A:5A\r\n"

static struct world w;
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

/* The gateway's side @side asks P, which in WORLD_SPLIT is an authenticator only. */
static void begin(enum world_mode mode, unsigned int side)
{
	char path[] = "/tmp/test_call_provider.XXXXXX";
	struct conf_signer *s = &w.conf.signer[0];
	struct err e = { 0 };
	int fd[2], file;

	sw_start(mode);
	world_open(&w, side ? MEDIA_PLAIN : MEDIA_DTLS, side ? MEDIA_DTLS : MEDIA_PLAIN);
	file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	write_text(path, "secret\n", 0600);
	w.conf.nsigners = 1;
	*s = (struct conf_signer){ .name = "p", .side = side, .user = "alice", .realm = REALM };
	snprintf(s->password_file, sizeof(s->password_file), "%s", path);
	addr_parse(&s->address, "192.0.2.2", 5060);
	if (side)
		addr_parse(&w.conf.route[0].next_hop, "192.0.2.3", 5060);
	if (credentials_new(&credentials, &w.conf, &e))
		fail_msg("%s", e.text);
	unlink(path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
}

static int finish(void **state)
{
	w.b2b.media_gone = NULL;
	b2b_fini(&w.b2b);		/* which says farewell where a call is not over */
	while (w.nheard)
		sip_msg_free(w.heard[--w.nheard].msg);
	ipc_close(&w.media);
	ipc_close(&channel);
	credentials_free(credentials);
	return sw_end(state);
}

/* What a phone on side 0 sends; @line is its method and Request-URI. */
static void phone_says(const char *line, const char *cseq, const char *names, const char *sdp)
{
	char *text;

	assert_true(asprintf(&text, "%s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK%.1s%.1s\r\n"
			     "%s\r\nCall-ID: c1\r\nCSeq: %s\r\nMax-Forwards: 70\r\n"
			     "Contact: <sip:phone@10.0.0.2>\r\nSupported: from-change\r\n%s"
			     "Content-Length: %zu\r\n\r\n%s", line, line, cseq, names, cseq,
			     sdp ? "Content-Type: application/sdp\r\n" : "", sdp ? strlen(sdp) : 0,
			     sdp ? sdp : "") > 0);
	world_say(&w, 0, text, strlen(text));
	free(text);
}

/* Alice's phone calls; its gateway's INVITE, as it goes to the provider. */
static struct sip_msg *call(void)
{
	phone_says("INVITE " BOB, "1 INVITE", "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">", SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	return world_expect(&w, 1, 0, SIP_INVITE);
}

/* Over there, with a Via of that network. */
static void carry(const struct sip_msg *m)
{
	struct sip_msg *copy = sip_msg_clone(m);

	sip_msg_pop(copy, SIP_HDR_VIA);
	sw_send(copy, &sw_p);
}

/* The provider's answer to @m (freed) reaches the gateway. */
static void answered(struct sip_msg *m, unsigned int side)
{
	struct sip_msg *resp = sip_msg_response(m, sw_code, NULL, "p");
	uint8_t text[4096];
	struct wbuf b = wbuf_on(text, sizeof(text));
	const struct sip_hdr *h = NULL;

	while ((h = sip_msg_find(sw_got, SIP_HDR_PROXY_AUTHENTICATE, h)))
		assert_int_equal(sip_msg_add(resp, SIP_HDR_PROXY_AUTHENTICATE, h->value), 0);
	sip_msg_write(resp, &b);
	sip_msg_free(resp);
	if (m->method == SIP_INVITE) {
		world_say(&w, side, (const char *)text, b.len);
		world_expect_done(&w, side, 0, SIP_ACK);
	} else {
		world_say(&w, side, (const char *)text, b.len);
	}
	sip_msg_free(m);
}

/* @m (freed) is challenged; it comes with our credentials, and goes as far as it gets. */
static struct sip_msg *with_credentials(struct sip_msg *m, unsigned int side)
{
	enum sip_method method = m->method;

	sip_msg_free(sw_at_b);
	sw_at_b = NULL;
	carry(m);
	assert_int_equal(sw_code, 407);
	answered(m, side);
	m = world_expect(&w, side, 0, method);
	assert_null(sw_at_b);
	carry(m);
	return m;
}

/* It has come to the other side, signed for these names and our own fingerprint. */
static void check_signed(const char *from, const char *to, const char *route)
{
	assert_non_null(sw_at_b);
	assert_non_null(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY));
	assert_null(sip_msg_value(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION));
	if (route)
		assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_ROUTE), route);
	else
		assert_null(sip_msg_value(sw_at_b, SIP_HDR_ROUTE));
	assert_int_equal(sw_verify(from, to, FP_OURS), PASSPORT_OK);
	assert_int_equal(sw_verify(from, to, FP_A), PASSPORT_MKY);
}

/* What is left of the route is where it has come to. */
#define TO_BOB "<sip:192.0.2.3:5060;lr>"

static void signed_by_a_provider(void **state)
{
	begin(WORLD_BOTH, 1);
	sip_msg_free(with_credentials(call(), 1));
	check_signed(ALICE, BOB, TO_BOB);
	finish(state);
}

/* ---- two providers --------------------------------------------------------- */

static char names[512], contact[256];	/* of the dialog with the phone */

/* The gateway's 200 to the phone, and the phone's ACK. */
static void confirm(const char *from, const char *to)
{
	struct sip_msg *ok = world_expect(&w, 0, 200, SIP_INVITE);
	char line[512];

	snprintf(names, sizeof(names), "From: <%s>;tag=a1\r\nTo: <%s>;tag=%s", from, to, ok->to_tag);
	snprintf(contact, sizeof(contact), "%s", sip_msg_contact(ok)->uri_text);
	sip_msg_free(ok);
	snprintf(line, sizeof(line), "ACK %s", contact);
	phone_says(line, "1 ACK", names, NULL);
}

static void expect_both(unsigned int n)
{
	assert_int_equal(signer_sign_stats(sw_p.sign)->made, n);
	assert_int_equal(signer_sign_stats(sw_s.sign)->made, n);
}

/*
 * The authenticator gives it to its signer, whose token it is, and not along the route; that
 * one sends it on.  So does a re-INVITE go.
 */
static void signed_by_two(void **state)
{
	const struct sip_hdr *h;
	char line[512];
	struct sip_msg *m;

	begin(WORLD_SPLIT, 1);
	w.conf.side[1].binding = CONF_BINDING_PREFER;
	m = with_credentials(call(), 1);
	assert_string_equal(sip_msg_value(m, SIP_HDR_ROUTE), "<sip:192.0.2.2:5060;lr;ksrtp-ctx>");
	h = sip_msg_find(sw_at_b, SIP_HDR_IDENTITY, sip_msg_find(sw_at_b, SIP_HDR_IDENTITY, NULL));
	assert_non_null(h);
	assert_non_null(strstr(h->value, ";ppt=\"ksrtp-ctx\""));
	check_signed(ALICE, BOB, TO_BOB);
	expect_both(1);
	assert_non_null(strstr(snet_last("P>S INVITE"), "\r\nProxy-Authorization: Bearer "));
	assert_null(strstr(snet_last("P>S INVITE"), "Digest"));
	peer_reply(&w, m, 200, "callee", SDP_DTLS_ANSWER);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	confirm(ALICE, BOB);
	snprintf(line, sizeof(line), "INVITE %s", contact);
	phone_says(line, "2 INVITE", names, SDP_PLAIN);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	sip_msg_free(with_credentials(world_expect(&w, 1, 0, SIP_INVITE), 1));
	check_signed(ALICE, BOB, NULL);
	assert_non_null(sw_at_b->to_tag);
	expect_both(2);
	finish(state);
}

/* The UPDATE that carries a callee's fingerprint. */
static void update_signed_by_two(void **state)
{
	struct sip_msg *m;

	begin(WORLD_SPLIT, 0);
	phone_says("INVITE sip:bob@10.0.0.1", "1 INVITE", "From: <" BOB ">;tag=a1\r\nTo: <" ALICE ">",
		   SDP_DTLS);
	world_expect_done(&w, 0, 100, SIP_INVITE);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	peer_reply(&w, m, 200, "callee", SDP_PLAIN);
	sip_msg_free(m);
	world_expect_done(&w, 1, 0, SIP_ACK);
	confirm(BOB, ALICE);
	m = with_credentials(world_expect(&w, 0, 0, SIP_UPDATE), 0);
	check_signed(ALICE, BOB, NULL);
	assert_int_equal(sw_at_b->method, SIP_UPDATE);
	expect_both(1);
	sip_msg_free(m);
	finish(state);
}

/* Whoever sits between the two providers: the token is for our fingerprint. */
static void changed_between_two(void **state)
{
	struct sip_msg *m;
	char *text, *at;

	begin(WORLD_SPLIT, 1);
	m = call();
	snet_plan("P>S INVITE", 1, SNET_LOSE, 0);
	m = with_credentials(m, 1);
	assert_null(sw_at_b);
	text = strdup(snet_last("P>S INVITE"));
	at = strstr(text, "5A:5A:");
	assert_non_null(at);
	at[1] = 'B';
	snet_inject(&sw_s.node, "192.0.2.2", 5060, text, strlen(text));
	free(text);
	snet_run(0);
	assert_null(sw_at_b);
	/* P has passed it on to us; there is no other provider. */
	assert_int_equal(sw_code, 407);
	assert_string_equal(sip_msg_value(sw_got, SIP_HDR_PROXY_AUTHENTICATE),
			    "Bearer realm=\"" REALM "\", error=\"invalid_token\"");
	answered(m, 1);
	world_expect_done(&w, 0, 502, SIP_INVITE);
	finish(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_by_a_provider),
		cmocka_unit_test(signed_by_two),
		cmocka_unit_test(update_signed_by_two),
		cmocka_unit_test(changed_between_two),
	};

	if (secret_init(1 << 16))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sw_up, sw_down);
}
