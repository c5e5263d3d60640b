// SPDX-License-Identifier: GPL-2.0-or-later
/* The server of digest authentication: nonces, their table, the verdict. */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "err.h"
#include "hash.h"
#include "jws.h"
#include "secret.h"
#include "sip_digest.h"
#include "sip_uri.h"

#define MAC_LEN		16
#define NONCE_LEN	(8 + 8 + MAC_LEN)
#define NONCE_B64_LEN	43
#define WINDOW		64	/* nonce counts that may overtake each other */

/* One nonce that has been answered, in order of first use. */
struct used {
	struct hash_node node;
	struct used *next;
	uint64_t serial;
	uint64_t expires;	/* clock_now() */
	uint32_t highest;
	uint64_t window;	/* bit n: highest - n has been here */
};

struct digest_server {
	struct digest_server_conf conf;
	EVP_MAC_CTX *mac;		/* HMAC-SHA-256 under a key of this server */
	char nobody[DIGEST_HEX];	/* ha1 of users that do not exist */
	uint64_t serial;		/* last one given out */
	uint64_t forgotten;		/* no nonce up to this serial is good unless in the table */
	struct hash_table table;
	struct used *oldest, **newest;
	struct digest_stats stats;
};

/* Made ready once: looking HMAC up costs several times what computing it does. */
static EVP_MAC_CTX *new_mac(const uint8_t *key, size_t len)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", (char[]){ "SHA2-256" }, 0),
		OSSL_PARAM_construct_end(),
	};

	if (ctx && EVP_MAC_init(ctx, key, len, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_MAC_free(hmac);
	return ctx;
}

int digest_server_new(struct digest_server **out, const struct digest_server_conf *conf,
		      struct err *e)
{
	struct digest_server *s;
	uint8_t key[32], raw[32];

	*out = NULL;
	if (!conf->realm[0])
		return err_set(e, -EINVAL, "digest: the realm is empty");
	if (!conf->algs || conf->algs >= DIGEST_BIT(DIGEST_ALGS))
		return err_set(e, -EINVAL, "digest: no algorithm to offer");
	if (!conf->life || conf->life > 86400)
		return err_set(e, -EINVAL, "digest: nonces live 1 to 86400 seconds, not %u",
			       conf->life);
	if (!conf->max || conf->max > 1u << 20)
		return err_set(e, -EINVAL, "digest: the table holds 1 to %u nonces, not %u", 1u << 20,
			       conf->max);
	s = calloc(1, sizeof(*s));
	if (!s || hash_init(&s->table)) {
		free(s);
		return err_set(e, -ENOMEM, "no memory for digest authentication");
	}
	s->conf = *conf;
	s->newest = &s->oldest;
	if (RAND_bytes(key, sizeof(key)) != 1 || RAND_bytes(raw, sizeof(raw)) != 1) {
		digest_server_free(s);
		return err_set(e, -EIO, "OpenSSL has no random octets");
	}
	s->mac = new_mac(key, sizeof(key));
	secret_wipe(key, sizeof(key));
	if (!s->mac) {
		digest_server_free(s);
		return err_set(e, -EIO, "OpenSSL has no HMAC-SHA-256");
	}
	for (size_t i = 0; i < sizeof(raw); i++) {
		s->nobody[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		s->nobody[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
	*out = s;
	return 0;
}

static void drop_oldest(struct digest_server *s)
{
	struct used *u = s->oldest;

	s->oldest = u->next;
	if (!s->oldest)
		s->newest = &s->oldest;
	if (u->serial > s->forgotten)
		s->forgotten = u->serial;
	hash_remove(&s->table, &u->node);
	s->stats.used--;
	free(u);
}

void digest_server_free(struct digest_server *s)
{
	if (!s)
		return;
	while (s->oldest)
		drop_oldest(s);
	hash_fini(&s->table);
	EVP_MAC_CTX_free(s->mac);
	secret_wipe(s, sizeof(*s));
	free(s);
}

const struct digest_stats *digest_server_stats(const struct digest_server *s)
{
	return &s->stats;
}

/* The MAC covers the realm, so that a key shared by mistake opens no other realm. */
static bool nonce_mac(const struct digest_server *s, const uint8_t *body, uint8_t mac[MAC_LEN])
{
	uint8_t full[EVP_MAX_MD_SIZE];
	size_t len;

	if (EVP_MAC_init(s->mac, NULL, 0, NULL) != 1 || EVP_MAC_update(s->mac, body, 16) != 1 ||
	    EVP_MAC_update(s->mac, (const uint8_t *)s->conf.realm, strlen(s->conf.realm)) != 1 ||
	    EVP_MAC_final(s->mac, full, &len, sizeof(full)) != 1)
		return false;
	memcpy(mac, full, MAC_LEN);
	return true;
}

unsigned int digest_server_challenge(struct digest_server *s, bool stale,
				     struct digest_challenge out[DIGEST_ALGS])
{
	struct digest_challenge c = { .stale = stale };
	uint8_t raw[NONCE_LEN];
	struct wbuf w = wbuf_on(raw, sizeof(raw));
	unsigned int n = 0;

	wbuf_u64(&w, ++s->serial);
	wbuf_u64(&w, clock_now());
	if (!nonce_mac(s, raw, raw + 16))
		memset(raw + 16, 0, MAC_LEN);	/* a nonce that will not be accepted */
	memcpy(c.realm, s->conf.realm, sizeof(c.realm));
	b64url_encode(c.nonce, raw, sizeof(raw));
	for (int alg = 0; alg < DIGEST_ALGS; alg++) {
		if (!(s->conf.algs & DIGEST_BIT(alg)))
			continue;
		c.alg = (enum digest_alg)alg;
		out[n++] = c;
	}
	return n;
}

/* Is this one of our nonces, and still alive? */
static bool nonce_read(const struct digest_server *s, const char *nonce, uint64_t *serial,
		       uint64_t *expires)
{
	uint8_t raw[NONCE_LEN + 2], mac[MAC_LEN];
	struct rbuf r = rbuf_on(raw, NONCE_LEN);
	uint64_t now = clock_now();

	if (strlen(nonce) != NONCE_B64_LEN ||
	    b64url_decode(raw, nonce, NONCE_B64_LEN) != NONCE_LEN || !nonce_mac(s, raw, mac) ||
	    !secret_equal(mac, raw + 16, MAC_LEN))
		return false;
	*serial = rbuf_u64(&r);
	*expires = rbuf_u64(&r) + s->conf.life * UINT64_C(1000);
	return now < *expires;
}

static struct used *find(const struct digest_server *s, uint64_t serial)
{
	uint64_t h = hash_bytes(&serial, sizeof(serial));

	for (struct hash_node *n = hash_first(&s->table, h); n; n = hash_next(n)) {
		struct used *u = hash_entry(n, struct used, node);

		if (u->serial == serial)
			return u;
	}
	return NULL;
}

/* The first correct answer to a nonce. */
static bool remember(struct digest_server *s, uint64_t serial, uint64_t expires, uint32_t nc)
{
	struct used *u = calloc(1, sizeof(*u));

	if (!u)
		return false;
	/* Expired ones are refused by their time, so nothing is forgotten with them. */
	while (s->oldest && s->oldest->expires <= clock_now()) {
		uint64_t keep = s->forgotten;

		drop_oldest(s);
		s->forgotten = keep;
	}
	if (s->stats.used >= s->conf.max) {
		drop_oldest(s);
		s->stats.evicted++;
	}
	u->serial = serial;
	u->expires = expires;
	u->highest = nc;
	u->window = 1;
	if (hash_insert(&s->table, &u->node, hash_bytes(&serial, sizeof(serial)))) {
		free(u);
		return false;
	}
	*s->newest = u;
	s->newest = &u->next;
	s->stats.used++;
	return true;
}

/* Has this count been here? If not, it has now. */
static bool count_is_new(struct used *u, uint32_t nc)
{
	uint32_t d;

	if (nc > u->highest) {
		d = nc - u->highest;
		u->window = (d < WINDOW ? u->window << d : 0) | 1;
		u->highest = nc;
		return true;
	}
	d = u->highest - nc;
	if (d >= WINDOW || u->window & UINT64_C(1) << d)
		return false;
	u->window |= UINT64_C(1) << d;
	return true;
}

static bool same_uri(const char *a, const char *b)
{
	struct sip_pool pool = { 0 };
	struct sip_uri x, y;
	bool same = strcmp(a, b) == 0 ||
		    (sip_uri_parse(&pool, a, &x, NULL) == 0 &&
		     sip_uri_parse(&pool, b, &y, NULL) == 0 && sip_uri_equal(&x, &y));

	sip_pool_fini(&pool);
	return same;
}

static enum digest_verdict judge(struct digest_server *s, const struct digest_credentials *c,
				 const char *ha1, const char *method, const char *ruri,
				 struct err *e)
{
	char want[DIGEST_HEX] = "";
	uint64_t serial, expires;
	struct used *u;
	bool right;

	if (strcmp(c->realm, s->conf.realm) != 0 || !(s->conf.algs & DIGEST_BIT(c->alg))) {
		err_set(e, -EACCES, "credentials are for another realm or algorithm than was asked for");
		return DIGEST_REFUSED;
	}
	if (ruri && !same_uri(c->uri, ruri)) {
		err_set(e, -EACCES, "credentials are for another URI than the request");
		return DIGEST_REFUSED;
	}
	/* Before all else the password: only who knows it learns more than "wrong". */
	right = digest_response(c, ha1 ? ha1 : s->nobody, method, want) == 0 &&
		strlen(c->response) == digest_hex_len(c->alg) &&
		secret_equal(want, c->response, digest_hex_len(c->alg));
	secret_wipe(want, sizeof(want));
	if (!right || !ha1) {
		err_set(e, -EACCES, "user name or password is wrong");
		return DIGEST_WRONG;
	}
	if (!nonce_read(s, c->nonce, &serial, &expires)) {
		err_set(e, -ETIME, "the nonce is not ours or too old");
		return DIGEST_STALE;
	}
	u = find(s, serial);
	if (u && !count_is_new(u, c->nc)) {
		err_set(e, -EALREADY, "nonce count %u has been used before", c->nc);
		return DIGEST_REPLAYED;
	}
	if (!u && (serial <= s->forgotten || !remember(s, serial, expires, c->nc))) {
		err_set(e, -ETIME, "the nonce is not remembered any more");
		return DIGEST_STALE;
	}
	return DIGEST_OK;
}

enum digest_verdict digest_server_check(struct digest_server *s,
					const struct digest_credentials *c, const char *ha1,
					const char *method, const char *ruri, struct err *e)
{
	enum digest_verdict v = judge(s, c, ha1, method, ruri, e);
	uint64_t *const count[] = {
		[DIGEST_OK] = &s->stats.ok, [DIGEST_STALE] = &s->stats.stale,
		[DIGEST_REPLAYED] = &s->stats.replayed, [DIGEST_WRONG] = &s->stats.wrong,
		[DIGEST_REFUSED] = &s->stats.refused,
	};

	++*count[v];
	return v;
}
