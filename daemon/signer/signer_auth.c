// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_auth.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "secret.h"
#include "signer_rate.h"

#define NONCES		65536
#define TOKENS_SEEN	65536

struct signer_auth {
	struct signer_auth_conf conf;
	const struct signer_auth_ops *ops;
	void *arg;
	struct digest_server *digest;
	struct seen *seen;
	struct signer_rate rate;
	struct signer_auth_stats stats;
};

int signer_auth_new(struct signer_auth **out, const struct signer_auth_conf *conf,
		    const struct signer_auth_ops *ops, void *arg, struct err *e)
{
	struct digest_server_conf d = { .algs = conf->algs, .life = conf->nonce_life, .max = NONCES };
	struct signer_auth *a = calloc(1, sizeof(*a));
	int err;

	*out = NULL;
	if (!a)
		return err_set(e, -ENOMEM, "out of memory");
	a->conf = *conf;
	a->ops = ops;
	a->arg = arg;
	snprintf(d.realm, sizeof(d.realm), "%s", conf->realm);
	err = signer_rate_init(&a->rate, conf->rate, conf->burst);
	if (!err && conf->digest)
		err = digest_server_new(&a->digest, &d, e);
	if (!err && !conf->digest) {
		/* Which tokens were used before the start is not known: none of them is taken. */
		a->seen = seen_new(TOKENS_SEEN, clock_wall() + conf->token_life + TOKEN_SKEW - 1);
		err = a->seen ? 0 : err_set(e, -ENOMEM, "out of memory");
	}
	if (err)
		signer_auth_free(a);
	else
		*out = a;
	return err;
}

void signer_auth_free(struct signer_auth *a)
{
	if (!a)
		return;
	digest_server_free(a->digest);
	seen_free(a->seen);
	signer_rate_fini(&a->rate);
	free(a);
}

/* ---- verdicts ------------------------------------------------------------------------- */

static void refuse(struct signer_auth *a, const struct signer_ask *m, unsigned int code,
		   const char *reason, uint32_t retry_after)
{
	struct signer_verdict v = { .ask = m->ask, .code = code, .retry_after = retry_after };

	snprintf(v.reason, sizeof(v.reason), "%s", reason);
	a->ops->verdict(&v, a->arg);
}

static void challenge(struct signer_auth *a, const struct signer_ask *m, bool stale)
{
	struct signer_verdict v = { .ask = m->ask, .code = 407 };
	struct digest_challenge c[DIGEST_ALGS];
	unsigned int n = digest_server_challenge(a->digest, stale, c);

	for (unsigned int i = 0; i < n; i++)
		if (digest_challenge_print(&c[i], v.challenge[v.nchallenges], SIGNER_CHALLENGE_MAX) == 0)
			v.nchallenges++;
	a->stats.challenged++;
	if (v.nchallenges)
		a->ops->verdict(&v, a->arg);
	else
		refuse(a, m, 500, "No Challenge", 0);
}

/* RFC 8898 section 2.1; @error NULL when no token was shown. */
static void challenge_bearer(struct signer_auth *a, const struct signer_ask *m, const char *error)
{
	struct signer_verdict v = { .ask = m->ask, .code = 407, .nchallenges = 1 };

	snprintf(v.challenge[0], sizeof(v.challenge[0]), "Bearer realm=\"%s\"%s%s%s", a->conf.realm,
		 error ? ", error=\"" : "", error ? error : "", error ? "\"" : "");
	a->stats.challenged++;
	a->ops->verdict(&v, a->arg);
}

/* ---- who is it? ------------------------------------------------------------------------- */

/* @may: he may be who From says. */
static bool by_digest(struct signer_auth *a, const struct signer_ask *m, const struct passport *want,
		      char user[DIGEST_VALUE_MAX], bool *may)
{
	struct digest_credentials c;
	enum digest_verdict verdict;
	char ha1[DIGEST_HEX] = "";
	struct err e = { 0 };
	int err;

	if (!m->credentials[0]) {
		challenge(a, m, false);
		return false;
	}
	if (digest_credentials_parse(&c, m->credentials, &e)) {
		a->stats.refused++;
		refuse(a, m, 400, "Malformed Credentials", 0);
		return false;
	}
	err = users_db_both(a->conf.users, c.username, a->conf.realm, c.alg, &want->orig, ha1, may);
	if (err && err != -ENOENT) {
		log_limited(LOG_LVL_ERROR, "users database", F_STR("error", strerrordesc_np(-err)));
		refuse(a, m, 500, "Users Not Available", 0);
		return false;
	}
	verdict = digest_server_check(a->digest, &c, err ? NULL : ha1, m->method, m->ruri, &e);
	secret_wipe(ha1, sizeof(ha1));
	snprintf(user, DIGEST_VALUE_MAX, "%s", c.username);
	if (verdict == DIGEST_OK)
		return true;
	log_limited(LOG_LVL_INFO, "credentials not taken", F_STR("user", c.username),
		    F_STR("why", err_text(&e)), F_STR("call_id", m->call_id));
	switch (verdict) {
	case DIGEST_STALE:
		challenge(a, m, true);
		break;
	case DIGEST_REPLAYED:
		/* Whoever has the password asks again under a new nonce; a thief cannot. */
		a->stats.replayed++;
		challenge(a, m, true);
		break;
	case DIGEST_REFUSED:
		a->stats.refused++;
		refuse(a, m, 400, "Credentials Not for This Request", 0);
		break;
	default:
		a->stats.wrong++;
		challenge(a, m, false);
	}
	return false;
}

/* The subject is another provider's word: for logs and limits, together with whose word. */
static void token_user(const struct token *t, char user[DIGEST_VALUE_MAX])
{
	char text[sizeof(t->iss) + sizeof(t->sub) + 1];

	snprintf(text, sizeof(text), "%s/%s", t->iss, t->sub);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	snprintf(user, DIGEST_VALUE_MAX, "%.*s", DIGEST_VALUE_MAX - 1, text);
}

static bool by_token(struct signer_auth *a, const struct signer_ask *m, const struct passport *want,
		     char user[DIGEST_VALUE_MAX], bool *bind)
{
	const struct seen_request rq = { .call_id = m->call_id, .from_tag = m->from_tag,
					 .method = m->method, .cseq = m->cseq };
	const struct token_check c = {
		.issuers = a->conf.issuers, .nissuers = a->conf.nissuers, .aud = a->conf.aud,
		.now = clock_wall(), .want = want, .seen = a->seen, .request = &rq,
	};
	struct err e = { 0 };
	enum token_fault f;
	const char *at;
	struct token t;
	char *text;
	size_t len;

	if (!m->credentials[0]) {
		challenge_bearer(a, m, NULL);
		return false;
	}
	at = token_bearer(m->credentials, &len);
	text = at ? strndup(at, len) : NULL;
	f = text ? token_verify(text, &c, &t, &e) : TOKEN_MALFORMED;
	free(text);
	if (f == TOKEN_OK) {
		token_user(&t, user);
		*bind |= t.bind;
		return true;
	}
	log_limited(LOG_LVL_INFO, "token not taken", F_STR("fault", token_fault_name(f)),
		    F_STR("why", err_text(&e)), F_STR("call_id", m->call_id));
	a->stats.wrong++;
	if (f == TOKEN_USED)
		a->stats.replayed++;
	if (f == TOKEN_MALFORMED)
		refuse(a, m, 400, "Malformed Credentials", 0);
	else
		challenge_bearer(a, m, "invalid_token");
	return false;
}

/* ---- may he? ---------------------------------------------------------------------------- */

static bool allowed(struct signer_auth *a, const struct signer_ask *m, const struct passport *want,
		    const char *user, bool may)
{
	const uint32_t wait = signer_rate_take(&a->rate, user);
	int64_t age;

	if (wait) {
		a->stats.limited++;
		refuse(a, m, 503, "Too Many Requests", wait);
		return false;
	}
	if (!may) {
		a->stats.not_his++;
		log_limited(LOG_LVL_WARN, "identity not allowed", F_STR("user", user),
			    F_STR("from", want->orig.value), F_STR("call_id", m->call_id));
		refuse(a, m, 403, "Identity Not Allowed", 0);
		return false;
	}
	age = m->date == SIGNER_NO_DATE ? 0 : clock_wall() - m->date;
	if (age > PASSPORT_FRESH || age < -PASSPORT_FRESH) {
		a->stats.stale++;
		refuse(a, m, 403, "Stale Date", 0);
		return false;
	}
	return true;
}

static void accept_request(struct signer_auth *a, const struct signer_ask *m,
			   const struct passport *want, const char *user, bool bind)
{
	struct signer_verdict v = { .ask = m->ask };
	struct signer_vouch h = { .nmky = want->nmky, .bind = bind };

	a->stats.accepted++;
	if (m->sdp) {
		if (RAND_bytes((unsigned char *)&h.handle, sizeof(h.handle)) != 1 || !h.handle) {
			refuse(a, m, 500, "No Random Octets", 0);
			return;
		}
		snprintf(h.user, sizeof(h.user), "%s", user);
		h.iat = m->date == SIGNER_NO_DATE ? clock_wall() : m->date;
		h.orig = want->orig;
		h.dest = want->dest[0];
		memcpy(h.mky, want->mky, sizeof(h.mky));
		h.ctx = want->ctx;
		a->stats.vouched++;
		a->ops->vouch(&h, a->arg);
		v.handle = h.handle;
		v.iat = h.iat;
	}
	a->ops->verdict(&v, a->arg);
}

void signer_auth_ask(struct signer_auth *a, const struct signer_ask *m)
{
	struct passport want = { .ndest = 1, .nmky = m->nmky };
	char user[DIGEST_VALUE_MAX];
	struct err e = { 0 };
	/* A token has said already who he may be: token_verify() compared orig. */
	bool bind = m->bind, may = !a->conf.digest;

	a->stats.asked++;
	if (passport_id_from_uri(&want.orig, m->from, &e) ||
	    passport_id_from_uri(&want.dest[0], m->to, &e)) {
		a->stats.refused++;
		refuse(a, m, 403, "From or To Is No Identity", 0);
		return;
	}
	if (passport_ctx_set(&want.ctx, m->method, m->call_id, m->cseq, m->from_tag, m->to_tag) && bind) {
		a->stats.refused++;
		refuse(a, m, 400, "Call-ID or Tag Cannot Be Signed", 0);
		return;
	}
	memcpy(want.mky, m->mky, sizeof(want.mky));
	passport_mky_normalise(&want);
	if (a->conf.digest ? by_digest(a, m, &want, user, &may) : by_token(a, m, &want, user, &bind))
		if (allowed(a, m, &want, user, may))
			accept_request(a, m, &want, user, bind);
}

const struct signer_auth_stats *signer_auth_stats(const struct signer_auth *a)
{
	return &a->stats;
}
