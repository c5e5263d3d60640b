// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_sign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cert_policy.h"
#include "clock.h"
#include "err.h"
#include "hash.h"
#include "jws.h"
#include "log.h"
#include "loop.h"
#include "timer.h"
#include "token.h"

/**
 * struct handle - one that auth vouched for, or that front uses before we know it
 * @ask: front's number, when it waits; 0: vouched for and not used yet
 * @full: wanted in the full form, when it waits
 */
struct handle {
	struct hash_node node;
	struct handle *next, **prev;
	struct timer timer;
	struct signer_sign_role *role;
	uint64_t ask;
	bool full;
	struct signer_vouch claims;	/* handle alone when waiting */
};

struct signer_sign_role {
	struct signer_sign_conf conf;
	struct jws_signer *key;
	void (*done)(const struct signer_signed *m, void *arg);
	void *arg;
	struct hash_table table;
	struct handle *handles;
	int64_t not_before, not_after;	/* of the certificate */
	struct signer_sign_stats stats;
};

/* Make @c's key ready, and see that it signs. */
static int check_conf(const struct signer_sign_conf *c, struct jws_signer **key, struct err *e)
{
	uint8_t sig[JWS_SIG_LEN];
	int err = jws_signer_new(key, c->key, e);

	err = err ?: jws_signer_sign(*key, "a", 1, sig, e);
	if (err || c->token)
		return err;
	err = cert_check_signer(c->cert, e);
	/* A token does not show its key: what it signs tells whose it is. */
	if (!err && jws_verify(X509_get0_pubkey(c->cert), "a", 1, sig, NULL))
		err = err_set(e, -EINVAL, "the certificate is of another key than private_key");
	return err;
}

static int time_of(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return -EINVAL;
	*out = timegm(&tm);
	return 0;
}

int signer_sign_new(struct signer_sign_role **out, const struct signer_sign_conf *conf,
		    void (*done)(const struct signer_signed *m, void *arg), void *arg,
		    struct err *e)
{
	struct signer_sign_role *s;
	struct jws_signer *key;
	int err = check_conf(conf, &key, e);

	*out = NULL;
	if (err) {
		jws_signer_free(key);
		return err;
	}
	s = calloc(1, sizeof(*s));
	if (!s || hash_init(&s->table)) {
		free(s);
		jws_signer_free(key);
		return err_set(e, -ENOMEM, "out of memory");
	}
	s->conf = *conf;
	s->key = key;
	if (!conf->token && (time_of(X509_get0_notBefore(conf->cert), &s->not_before) ||
			     time_of(X509_get0_notAfter(conf->cert), &s->not_after))) {
		signer_sign_free(s);
		return err_set(e, -EINVAL, "the certificate's validity cannot be read");
	}
	s->done = done;
	s->arg = arg;
	*out = s;
	return 0;
}

static void drop(struct handle *h)
{
	timer_cancel(&h->timer);
	hash_remove(&h->role->table, &h->node);
	*h->prev = h->next;
	if (h->next)
		h->next->prev = h->prev;
	h->role->stats.handles--;
	loop_defer_free(h);
}

void signer_sign_free(struct signer_sign_role *s)
{
	if (!s)
		return;
	while (s->handles)
		drop(s->handles);
	hash_fini(&s->table);
	jws_signer_free(s->key);
	free(s);
}

/* ---- signatures ------------------------------------------------------------------------- */

static int valid_at(const struct signer_sign_role *s, int64_t t, struct err *e)
{
	if (t >= s->not_before && t <= s->not_after)
		return 0;
	return err_set(e, -EKEYEXPIRED,
		       "our certificate is not valid now; put a new one in place and restart");
}

static int one_value(struct signer_sign_role *s, const struct passport *p, bool compact,
		     char out[SIGNER_VALUE_MAX], struct err *e)
{
	char token[SIGNER_VALUE_MAX];
	int err = passport_sign_by(p, s->key, compact, token, sizeof(token), e);

	return err ? err : identity_header_print(p, token, out, SIGNER_VALUE_MAX);
}

static int make_identity(struct signer_sign_role *s, const struct signer_vouch *m, bool full,
			 struct signer_signed *out, struct err *e)
{
	struct passport p = { .ppt = s->conf.ppt, .iat = m->iat, .orig = m->orig, .ndest = 1,
			      .nmky = m->nmky, .announce = m->bind, .ctx = m->ctx };
	const int64_t age = clock_wall() - m->iat;
	int err;

	/* What auth says too, but the key's owner believes nobody about the time. */
	if (age > PASSPORT_FRESH || age < -PASSPORT_FRESH)
		return err_set(e, -ETIME, "the time to sign is %lld s off", (long long)age);
	err = valid_at(s, m->iat, e);
	if (err)
		return err;
	snprintf(p.x5u, sizeof(p.x5u), "%s", s->conf.x5u);
	p.dest[0] = m->dest;
	memcpy(p.mky, m->mky, sizeof(p.mky));
	passport_mky_normalise(&p);
	/* The compact form has no room to say that there is a second one. */
	err = one_value(s, &p, s->conf.compact && !m->bind && !full, out->value, e);
	if (err || !m->bind)
		return err;
	p.ppt = PASSPORT_CTX;
	return one_value(s, &p, false, out->context, e);
}

static int make_token(struct signer_sign_role *s, const struct signer_vouch *m,
		      struct signer_signed *out, struct err *e)
{
	struct token t = { .iat = clock_wall(), .orig = m->orig, .ndest = 1, .nmky = m->nmky,
			   .bind = m->bind, .ctx = m->ctx };
	const size_t scheme = strlen("Bearer ");

	t.exp = t.iat + s->conf.life;
	snprintf(t.iss, sizeof(t.iss), "%s", s->conf.iss);
	snprintf(t.aud, sizeof(t.aud), "%s", s->conf.aud);
	snprintf(t.sub, sizeof(t.sub), "%s", m->user);
	t.dest[0] = m->dest;
	memcpy(t.mky, m->mky, sizeof(t.mky));
	memcpy(out->value, "Bearer ", scheme);
	return token_issue(&t, s->conf.key, out->value + scheme, sizeof(out->value) - scheme, e);
}

static void answer(struct signer_sign_role *s, uint64_t ask, bool full, const struct signer_vouch *m)
{
	struct signer_signed out = { .ask = ask };
	struct err e = { 0 };
	int err;

	if (!m) {
		s->stats.unknown++;
		log_limited(LOG_LVL_ERROR, "signature refused: nobody vouched for this handle");
		err = -ENOKEY;
	} else {
		err = s->conf.token ? make_token(s, m, &out, &e) :
				      make_identity(s, m, full, &out, &e);
		if (err) {
			s->stats.failed++;
			log_limited(LOG_LVL_ERROR, "cannot sign", F_STR("error", err_text(&e)));
		}
	}
	if (err) {
		out.value[0] = out.context[0] = '\0';
		out.code = 500;
		snprintf(out.reason, sizeof(out.reason), "Not Signed");
	} else {
		s->stats.made++;
	}
	s->done(&out, s->arg);
}

/* ---- handles ---------------------------------------------------------------------------- */

static struct handle *find(struct signer_sign_role *s, uint64_t handle)
{
	struct hash_node *n = hash_first(&s->table, hash_bytes(&handle, sizeof(handle)));

	for (; n; n = hash_next(n)) {
		struct handle *h = hash_entry(n, struct handle, node);

		if (h->claims.handle == handle)
			return h;
	}
	return NULL;
}

static void on_late(struct timer *t, void *arg)
{
	struct handle *h = arg;
	struct signer_sign_role *s = h->role;
	const uint64_t ask = h->ask;

	(void)t;
	drop(h);
	if (ask)
		answer(s, ask, false, NULL);
	else
		s->stats.expired++;
}

static struct handle *add(struct signer_sign_role *s, uint64_t handle, uint32_t ms)
{
	struct handle *h = s->stats.handles < SIGNER_HANDLES ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return NULL;
	h->role = s;
	if (hash_insert(&s->table, &h->node, hash_bytes(&handle, sizeof(handle)))) {
		free(h);
		return NULL;
	}
	h->claims.handle = handle;
	h->next = s->handles;
	h->prev = &s->handles;
	if (h->next)
		h->next->prev = &h->next;
	s->handles = h;
	s->stats.handles++;
	timer_start(&h->timer, ms, on_late, h);
	return h;
}

int signer_sign_vouch(struct signer_sign_role *s, const struct signer_vouch *m)
{
	struct handle *h = find(s, m->handle);

	if (h && !h->ask)
		return -EPROTO;
	s->stats.vouched++;
	if (h) {
		const uint64_t ask = h->ask;
		const bool full = h->full;

		drop(h);
		answer(s, ask, full, m);
		return 0;
	}
	h = add(s, m->handle, SIGNER_HANDLE_MS);
	if (h)
		h->claims = *m;
	return 0;	/* without room front will be told that nobody vouched */
}

void signer_sign_use(struct signer_sign_role *s, const struct signer_sign *m)
{
	struct handle *h = find(s, m->handle);

	if (h && !h->ask) {
		drop(h);	/* first: used is used; its memory lasts this loop turn */
		answer(s, m->ask, m->full, &h->claims);
		return;
	}
	/* Of two that want one handle neither knows better; the second is refused. */
	h = h ? NULL : add(s, m->handle, SIGNER_WAIT_MS);
	if (h) {
		h->ask = m->ask;
		h->full = m->full;
	} else {
		answer(s, m->ask, false, NULL);
	}
}

const struct signer_sign_stats *signer_sign_stats(const struct signer_sign_role *s)
{
	return &s->stats;
}
