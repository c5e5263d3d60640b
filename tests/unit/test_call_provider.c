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

static void begin(void)
{
	char path[] = "/tmp/test_call_provider.XXXXXX";
	struct conf_signer *s = &w.conf.signer[0];
	struct err e = { 0 };
	int fd[2], file;

	sw_start(WORLD_BOTH);
	world_open(&w, MEDIA_PLAIN, MEDIA_DTLS);
	file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	write_text(path, "secret\n", 0600);
	w.conf.nsigners = 1;
	*s = (struct conf_signer){ .name = "p", .side = 1, .user = "alice", .realm = REALM };
	snprintf(s->password_file, sizeof(s->password_file), "%s", path);
	addr_parse(&s->address, "192.0.2.2", 5060);
	addr_parse(&w.conf.route[0].next_hop, "192.0.2.3", 5060);
	if (credentials_new(&credentials, &w.conf, &e))
		fail_msg("%s", e.text);
	unlink(path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(b2b_trust(&w.b2b, fd[0], &e), 0);
	assert_int_equal(ipc_open(&channel, fd[1], "sip", handlers, lost, NULL), 0);
}

/* Alice's phone calls; its gateway's INVITE, as it goes to the provider. */
static struct sip_msg *call(void)
{
	char *text;

	assert_true(asprintf(&text, "INVITE " BOB " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKi\r\n"
			     "From: <" ALICE ">;tag=a1\r\nTo: <" BOB ">\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n"
			     "Max-Forwards: 70\r\nContact: <sip:alice@10.0.0.2>\r\n"
			     "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n" SDP_PLAIN,
			     strlen(SDP_PLAIN)) > 0);
	world_say(&w, 0, text, strlen(text));
	free(text);
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

static void signed_by_a_provider(void **state)
{
	struct sip_msg *m, *resp;
	uint8_t text[4096];
	struct wbuf b = wbuf_on(text, sizeof(text));
	const struct sip_hdr *h = NULL;

	(void)state;
	begin();
	m = call();
	carry(m);
	assert_int_equal(sw_code, 407);
	resp = sip_msg_response(m, 407, NULL, "p");
	while ((h = sip_msg_find(sw_got, SIP_HDR_PROXY_AUTHENTICATE, h)))
		assert_int_equal(sip_msg_add(resp, SIP_HDR_PROXY_AUTHENTICATE, h->value), 0);
	sip_msg_write(resp, &b);
	sip_msg_free(resp);
	sip_msg_free(m);
	world_say(&w, 1, (const char *)text, b.len);
	world_expect_done(&w, 1, 0, SIP_ACK);
	m = world_expect(&w, 1, 0, SIP_INVITE);
	assert_null(sw_at_b);
	carry(m);
	/* It has come to Bob's side, signed for these names and our own fingerprint. */
	assert_non_null(sw_at_b);
	assert_non_null(sip_msg_value(sw_at_b, SIP_HDR_IDENTITY));
	assert_null(sip_msg_value(sw_at_b, SIP_HDR_PROXY_AUTHORIZATION));
	/* What is left of the route is where it has come to. */
	assert_string_equal(sip_msg_value(sw_at_b, SIP_HDR_ROUTE), "<sip:192.0.2.3:5060;lr>");
	assert_int_equal(sw_verify(ALICE, BOB, FP_OURS), PASSPORT_OK);
	assert_int_equal(sw_verify(ALICE, BOB, FP_A), PASSPORT_MKY);
	sip_msg_free(m);
	for (unsigned int i = 0; i < 2; i++)
		while ((m = world_hear(&w, i)))
			sip_msg_free(m);
	w.b2b.media_gone = NULL;
	b2b_fini(&w.b2b);
	ipc_close(&w.media);
	ipc_close(&channel);
	credentials_free(credentials);
	sw_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_by_a_provider),
	};

	if (secret_init(1 << 16))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sw_up, sw_down);
}
