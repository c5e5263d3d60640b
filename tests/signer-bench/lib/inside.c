// SPDX-License-Identifier: GPL-2.0-or-later
#include "inside.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "end.h"
#include "err.h"
#include "ipc.h"
#include "loop.h"

void (*bench_inside_out)(const char *data, size_t len);

static struct sip_stack stack;
static struct signer_front front;
static struct signer_auth *auth;
static struct signer_sign_role *sign;
static struct users_db *users;
static EVP_PKEY *key;
static X509 *cert;

/* ---- channels: octets, read as a role reads them -------------------------------------- */

#define CHANNEL(name, type, deliver)						\
	static void name(const struct type *m, void *arg)			\
	{									\
		uint8_t space[IPC_MAX];						\
		struct wbuf w = ipc_begin(space, 1);				\
		struct type out;						\
		struct rbuf r;							\
										\
		(void)arg;							\
		type##_put(&w, m);						\
		r = rbuf_on(space + 2, w.len - 2);				\
		type##_get(&r, &out);						\
		if (w.bad || !rbuf_done(&r))					\
			bench_fail("a message between roles is malformed");	\
		deliver;							\
	}
CHANNEL(to_auth, signer_ask, signer_auth_ask(auth, &out))
CHANNEL(to_sign, signer_sign, signer_sign_use(sign, &out))
CHANNEL(vouch, signer_vouch, signer_sign_vouch(sign, &out))
CHANNEL(verdict, signer_verdict, signer_front_verdict(&front, &out))
CHANNEL(signed_back, signer_signed, signer_front_signed(&front, &out))
#undef CHANNEL

static const struct signer_front_ops front_ops = { .ask = to_auth, .sign = to_sign };
static const struct signer_auth_ops auth_ops = { .vouch = vouch, .verdict = verdict };

/* ---- the side ------------------------------------------------------------------------- */

static int side_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	static char text[SIP_MAX_MESSAGE + 1];

	(void)side;
	(void)to;
	memcpy(text, data, len);
	text[len] = '\0';
	bench_inside_out(text, len);
	return 0;
}

static void side_close(struct sip_side *side)
{
	(void)side;
}

static const struct sip_side_ops side_ops = { .proto = SIP_UDP, .send = side_send, .close = side_close };

void bench_inside_input(const char *data, size_t len)
{
	/* Requests of the ends and responses of the callee: from one address, it does not matter. */
	struct sip_hop from = { .side = 0, .proto = SIP_UDP };

	addr_parse(&from.remote, "192.0.2.1", 5060);
	sip_transp_input(&stack.transp, &from, data, len);
}

void bench_inside_settle(void)
{
	loop_turn(0);
}

/* ---- life ----------------------------------------------------------------------------- */

static FILE *open_file(const char *dir, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		bench_fail("%s cannot be read", path);
	return f;
}

EVP_PKEY *bench_key(const char *dir)
{
	FILE *f = open_file(dir, "sign.key");
	EVP_PKEY *k = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	fclose(f);
	if (!k)
		bench_fail("sign.key is no private key");
	return k;
}

X509 *bench_cert(const char *dir)
{
	FILE *f = open_file(dir, "sign.pem");
	X509 *c = PEM_read_X509(f, NULL, NULL, NULL);

	fclose(f);
	if (!c)
		bench_fail("sign.pem is no certificate");
	return c;
}

void bench_inside_start(const char *dir)
{
	static const struct sip_limits limits = {
		.max_strans = 1000000, .max_strans_per_ip = 1000000, .max_ctrans = 1000000, .retry_after = 10,
	};
	const struct sip_proxy_conf proxy = { .large_by_tcp = true, .hop_timeout = 2000 };
	struct signer_front_conf fc = { .realm = BENCH_REALM, .nhops = 1 };
	struct signer_auth_conf ac = {
		.realm = BENCH_REALM, .digest = true, .algs = DIGEST_STRONG, .nonce_life = 86400,
		.rate = 100000, .burst = 100000,
	};
	struct signer_sign_conf sc = { .x5u = BENCH_X5U };
	struct err e = { 0 };
	struct addr local;
	char path[512];

	key = sc.key = bench_key(dir);
	cert = sc.cert = bench_cert(dir);
	snprintf(path, sizeof(path), "%s/users.db", dir);
	addr_parse(&local, "192.0.2.2", 5060);
	if (users_db_open(&users, path, USERS_DB_READ, &e) ||
	    sip_stack_init(&stack, NULL, &limits, &sip_proxy_tu, &front.proxy) ||
	    sip_transp_add(&stack.transp, &side_ops, &local, NULL, NULL) < 0)
		bench_fail("no provider: %s", err_text(&e));
	fc.hop[0] = (struct sip_hop){ .proto = SIP_UDP };
	addr_parse(&fc.hop[0].remote, "192.0.2.3", 5060);
	ac.users = users;
	if (signer_front_init(&front, &stack, &proxy, &fc, &front_ops, NULL) ||
	    signer_auth_new(&auth, &ac, &auth_ops, NULL, &e) ||
	    signer_sign_new(&sign, &sc, signed_back, NULL, &e))
		bench_fail("no provider: %s", err_text(&e));
}

void bench_inside_stop(void)
{
	signer_front_fini(&front);
	sip_stack_fini(&stack);
	signer_auth_free(auth);
	signer_sign_free(sign);
	users_db_close(users);
	EVP_PKEY_free(key);
	X509_free(cert);
	bench_inside_settle();
}
