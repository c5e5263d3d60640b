// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certs.h"
#include "clock.h"
#include "ipc.h"
#include "loop.h"
#include "sip_date.h"

struct provider sw_p, sw_s;
struct snet_node sw_a, sw_b;
EVP_PKEY *sw_key;
unsigned int sw_code, sw_requests, sw_acks;
struct sip_msg *sw_got, *sw_at_b;
bool sw_bind, sw_full;

static EVP_PKEY *token_key;
static X509 *cert;
static struct users_db *users;
static char dir[] = "/tmp/test_signer.XXXXXX", path[64];

/* ---- channels: octets, read as a role reads them -------------------------------------- */

#define CHANNEL(name, type, deliver)						\
	static void name(const struct type *m, void *arg)			\
	{									\
		struct provider *x = arg;					\
		uint8_t space[IPC_MAX];						\
		struct wbuf w = ipc_begin(space, 1);				\
		struct type out;						\
		struct rbuf r;							\
										\
		type##_put(&w, m);						\
		assert_false(w.bad);						\
		r = rbuf_on(space + 2, w.len - 2);				\
		type##_get(&r, &out);						\
		assert_true(rbuf_done(&r));					\
		deliver;							\
	}
static void vouched(struct provider *x, const struct signer_vouch *m)
{
	x->held = *m;
	if (!x->hold_vouch)
		assert_int_equal(signer_sign_vouch(x->sign, m), 0);
}

static void judged(struct provider *x, const struct signer_verdict *m)
{
	x->verdict = *m;
	signer_front_verdict(&x->front, m);
}
CHANNEL(to_auth, signer_ask, if (!x->hung) signer_auth_ask(x->auth, &out))
CHANNEL(to_sign, signer_sign, signer_sign_use(x->sign, &out))
CHANNEL(vouch, signer_vouch, vouched(x, &out))
CHANNEL(verdict, signer_verdict, judged(x, &out))
CHANNEL(signed_back, signer_signed, signer_front_signed(&x->front, &out))
#undef CHANNEL

static const struct signer_front_ops front_ops = { .ask = to_auth, .sign = to_sign };
static const struct signer_auth_ops auth_ops = { .vouch = vouch, .verdict = verdict };

/* ---- the ends --------------------------------------------------------------------------- */

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	sip_msg_free(sw_at_b);
	sw_at_b = sip_msg_clone(req);
	sw_requests++;
	sip_strans_reply_code(st, 486, NULL);
	sip_strans_release(st);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	(void)ack;
	(void)from;
	(void)arg;
	sw_acks++;
}

static const struct sip_tu end_tu = { .request = on_request, .ack = on_ack };

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	(void)ct;
	(void)from;
	(void)arg;
	sw_code = resp->code;
	sip_msg_free(sw_got);
	sw_got = sip_msg_clone(resp);
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	(void)ct;
	(void)why;
	(void)arg;
}

static const struct sip_ctrans_ops a_ops = { .response = on_response, .ended = on_ended };

struct sip_msg *sw_request(enum sip_method method, const char *call_id, const char *from,
			      const char *sdp)
{
	struct sip_msg *m = snet_request(&sw_a, &sw_b, method, call_id);
	char text[2048];

	sip_msg_set_ruri(m, BOB);
	if (sw_bind)
		sip_msg_push(m, SIP_HDR_ROUTE, "<sip:192.0.2.2:5060;lr;ksrtp-ctx>");
	if (sw_full)
		sip_msg_push(m, SIP_HDR_ROUTE, "<sip:192.0.2.2:5060;lr;ksrtp-full>");
	snprintf(text, sizeof(text), "<%s>;tag=%s", from, call_id);
	sip_msg_set(m, SIP_HDR_FROM, text);
	sip_msg_set(m, SIP_HDR_TO, "\"Bob\" <" BOB ">");
	if (sdp) {
		snprintf(text, sizeof(text), "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			 "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 UDP/TLS/RTP/SAVP 0\r\n"
			 "a=setup:actpass\r\n%s", sdp);
		sip_msg_set_body(m, "application/sdp", text, strlen(text));
	}
	return m;
}

void sw_send(struct sip_msg *m, struct provider *to)
{
	const struct sip_hop hop = snet_hop(&sw_a, &to->node);

	sw_code = 0;
	assert_non_null(sip_ctrans_send(&sw_a.stack, &hop, m, &a_ops, NULL, NULL));
	snet_run(0);
}

void sw_answer(struct sip_msg *m, const char *user, const char *password, uint32_t nc)
{
	const char *value = sip_msg_value(sw_got, SIP_HDR_PROXY_AUTHENTICATE);
	char ha1[DIGEST_HEX], text[1024];
	struct digest_credentials c;
	struct digest_challenge ch;

	assert_int_equal(digest_challenge_parse(&ch, value, NULL), 0);
	assert_int_equal(digest_ha1(ch.alg, user, ch.realm, password, ha1), 0);
	assert_int_equal(digest_answer(&ch, user, ha1, m->method_name, m->ruri_text, nc, NULL, &c,
				       NULL), 0);
	assert_int_equal(digest_credentials_print(&c, text, sizeof(text)), 0);
	assert_int_equal(sip_msg_add(m, SIP_HDR_PROXY_AUTHORIZATION, text), 0);
}

void sw_ask(enum sip_method method, const char *call_id, const char *from, const char *sdp)
{
	struct sip_msg *m = sw_request(method, call_id, from, sdp);
	struct sip_msg *again = sip_msg_clone(m);

	sw_send(m, &sw_p);
	assert_int_equal(sw_code, 407);
	sip_msg_set(again, SIP_HDR_CSEQ, method == SIP_INVITE ? "2 INVITE" :
		    method == SIP_UPDATE ? "2 UPDATE" : "2 BYE");
	sw_answer(again, "alice", "secret", 1);
	sw_send(again, &sw_p);
}

enum passport_fault sw_verify(const char *orig, const char *dest, const char *sdp)
{
	struct sip_msg *m = sw_request(SIP_INVITE, "v", orig, sdp);
	struct passport want = { .ndest = 1 };
	struct identity_header h;
	enum passport_fault f;
	struct signer_ask ask;
	struct err e = { 0 };

	assert_non_null(sw_at_b);
	assert_int_equal(identity_header_parse(&h, sip_msg_value(sw_at_b, SIP_HDR_IDENTITY), &e), 0);
	assert_string_equal(h.info, X5U);
	assert_int_equal(passport_id_from_uri(&want.orig, orig, &e), 0);
	assert_int_equal(passport_id_from_uri(&want.dest[0], dest, &e), 0);
	assert_int_equal(signer_request_read(m, "sip:x", &sw_p.front.conf, &ask, NULL, &e), 0);
	memcpy(want.mky, ask.mky, sizeof(want.mky));
	want.nmky = ask.nmky;
	want.ppt = h.ppt;
	strcpy(want.x5u, X5U);
	want.iat = sip_date_parse(sip_msg_value(sw_at_b, SIP_HDR_DATE));
	f = passport_verify(&want, h.token, sw_key, clock_wall(), &e);
	identity_header_free(&h);
	sip_msg_free(m);
	return f;
}

/* ---- providers ---------------------------------------------------------------------------- */

static void start(struct provider *x, char name, const char *ip, const struct snet_node *next,
		  enum world_mode mode, bool by_digest, bool to_token)
{
	static struct token_issuer issuer = { .iss = "auth.example" };
	static struct sip_timers timers;
	const struct sip_proxy_conf proxy = { .hop_timeout = 2000, .impatient = to_token };
	struct signer_front_conf fc = { .realm = REALM, .bearer = !by_digest, .token = to_token,
					.names = "signer.example other.example", .nhops = 1 };
	const struct signer_auth_conf ac = {
		.realm = REALM, .digest = by_digest, .algs = DIGEST_STRONG, .nonce_life = 60,
		.users = users, .aud = "sign.example", .issuers = &issuer, .nissuers = 1,
		.token_life = TOKEN_LIFE, .rate = mode == WORLD_LIMITED ? 1 : 0, .burst = 2,
	};
	const struct signer_sign_conf sc = {
		.key = to_token ? token_key : sw_key, .cert = cert, .x5u = X5U,
		.ppt = mode == WORLD_MSEC ? PASSPORT_MSEC : PASSPORT_BASE,
		.compact = mode == WORLD_COMPACT, .token = to_token, .iss = "auth.example",
		.aud = "sign.example", .life = TOKEN_LIFE,
	};
	struct err e = { 0 };

	issuer.key = token_key;
	timers = sip_timers_default;
	timers.trying = 0;
	memset(x, 0, sizeof(*x));
	snet_add(&x->node, name, ip, &timers, NULL, &sip_proxy_tu, &x->front.proxy);
	fc.hop[0] = snet_hop(&x->node, next);
	fc.dns.protos[0] = SIP_UDP;
	fc.dns.nprotos = 1;
	fc.dns.ipv4 = true;
	assert_int_equal(signer_front_init(&x->front, &x->node.stack, &proxy, &fc, &front_ops, x), 0);
	if (signer_auth_new(&x->auth, &ac, &auth_ops, x, &e) ||
	    signer_sign_new(&x->sign, &sc, signed_back, x, &e))
		fail_msg("%s", e.text);
}

void sw_start(enum world_mode mode)
{
	snet_start();
	snet_add(&sw_a, 'A', "192.0.2.1", NULL, NULL, &end_tu, NULL);
	snet_add(&sw_b, 'B', "192.0.2.3", NULL, NULL, &end_tu, NULL);
	if (mode == WORLD_SPLIT) {
		start(&sw_s, 'S', "192.0.2.4", &sw_b, mode, false, false);
		start(&sw_p, 'P', "192.0.2.2", &sw_s.node, mode, true, true);
	} else {
		start(&sw_p, 'P', "192.0.2.2", &sw_b, mode, true, false);
	}
	sw_code = sw_requests = sw_acks = 0;
	sw_bind = sw_full = false;
}

static void stop(struct provider *x)
{
	if (!x->auth)
		return;
	signer_front_fini(&x->front);
	signer_auth_free(x->auth);
	signer_sign_free(x->sign);
	snet_remove(&x->node);
	memset(x, 0, sizeof(*x));
}

int sw_end(void **state)
{
	(void)state;
	stop(&sw_p);
	stop(&sw_s);
	snet_remove(&sw_a);
	snet_remove(&sw_b);
	sip_msg_free(sw_got);
	sip_msg_free(sw_at_b);
	sw_got = sw_at_b = NULL;
	snet_stop();
	return 0;
}

int sw_up(void **state)
{
	struct cert_spec spec = { .cn = "provider.example", .san = "DNS:provider.example",
				  .from = 1400000000, .to = 1900000000 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(loop_init(NULL), 0);
	cert = cert_make(&spec, &sw_key);
	token_key = EVP_EC_gen("P-256");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/users.db", dir);
	if (users_db_open(&users, path, USERS_DB_CREATE, &e) ||
	    users_db_add(users, "alice", REALM, DIGEST_STRONG, "secret", ALICE, &e) ||
	    users_db_add(users, "eve", REALM, DIGEST_STRONG, "evil", "sip:eve@atlanta.example.com", &e))
		fail_msg("%s", e.text);
	return 0;
}

int sw_down(void **state)
{
	char cmd[64];

	(void)state;
	users_db_close(users);
	X509_free(cert);
	EVP_PKEY_free(sw_key);
	EVP_PKEY_free(token_key);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
	loop_fini();
	return 0;
}
