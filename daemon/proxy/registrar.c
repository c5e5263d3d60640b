// SPDX-License-Identifier: GPL-2.0-or-later
/* The registrar: RFC 3261 section 10.3, with digest authentication. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "passport.h"
#include "proxyd.h"
#include "secret.h"
#include "sip_date.h"

/* ---- who is it: step 3 ---------------------------------------------------------------- */

static void challenge(struct proxyd *p, struct sip_proxy_req *r, bool stale)
{
	struct digest_challenge list[DIGEST_ALGS];
	const unsigned int n = digest_server_challenge(p->digest, stale, list);
	struct sip_msg *resp = sip_strans_response(r->st, 401, NULL);
	char value[DIGEST_HEADER_MAX];

	p->stats.challenges++;
	for (unsigned int i = 0; i < n && resp; i++)
		if (digest_challenge_print(&list[i], value, sizeof(value)) == 0)
			sip_msg_add(resp, SIP_HDR_WWW_AUTHENTICATE, value);
	sip_proxy_reply(r, resp);
}

/* The credentials for our realm, or false: none, or none that can be read. */
static bool find_credentials(const struct proxyd *p, const struct sip_msg *m,
			     struct digest_credentials *c)
{
	for (const struct sip_hdr *h = NULL; (h = sip_msg_find(m, SIP_HDR_AUTHORIZATION, h));)
		if (digest_credentials_parse(c, h->value, NULL) == 0 &&
		    strcmp(c->realm, p->conf->realm) == 0)
			return true;
	return false;
}

/* Return: whether the request may go on; else it was answered. */
static bool authenticate(struct proxyd *p, struct sip_proxy_req *r)
{
	const struct sip_msg *m = r->msg;
	struct digest_credentials c;
	enum digest_verdict verdict;
	struct passport_id id;
	char ha1[DIGEST_HEX];
	struct err e = { 0 };
	int rc;

	if (!p->users)
		return true;
	if (!find_credentials(p, m, &c)) {
		challenge(p, r, false);
		return false;
	}
	rc = users_db_ha1(p->users, c.username, c.realm, c.alg, ha1);
	if (rc && rc != -ENOENT) {
		log_error("users cannot be read", F_STR("error", strerror(-rc)));
		sip_proxy_refuse(r, 500, NULL);
		return false;
	}
	verdict = digest_server_check(p->digest, &c, rc ? NULL : ha1, m->method_name,
				      m->ruri_text, &e);
	secret_wipe(ha1, sizeof(ha1));
	switch (verdict) {
	case DIGEST_OK:
		break;
	case DIGEST_STALE:
	case DIGEST_REPLAYED:
		challenge(p, r, true);
		return false;
	case DIGEST_WRONG:
		log_limited(LOG_LVL_WARN, "wrong password or no such user",
			    F_STR("user", c.username));
		challenge(p, r, false);
		return false;
	case DIGEST_REFUSED:
		sip_proxy_refuse(r, 400, err_text(&e));
		return false;
	}
	/* Step 4: may this user change that address-of-record? */
	rc = passport_id_from_uri(&id, m->to->uri_text, &e);
	if (rc == 0)
		rc = users_db_may_claim(p->users, c.username, c.realm, &id, &e);
	if (rc == 0)
		return true;
	log_limited(LOG_LVL_WARN, "registration for somebody else", F_STR("error", err_text(&e)));
	sip_proxy_refuse(r, rc == -EACCES || rc == -EINVAL ? 403 : 500, NULL);
	return false;
}

/* ---- what is asked: steps 6 and 7 ------------------------------------------------------------ */

struct bindings {
	struct location_binding list[LOCATION_MAX];
	unsigned int n;
};

static int seconds(const char *text, uint32_t *out)
{
	unsigned long n;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*end)
		return -EINVAL;
	*out = errno || n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	return 0;
}

/* "0.7" in thousandths; what is no qvalue is taken for 1. */
static unsigned int quality(const char *q)
{
	unsigned int n, unit = 100;

	if (!q || (*q != '0' && *q != '1') || (q[1] && q[1] != '.'))
		return 1000;
	n = *q == '1' ? 1000 : 0;
	for (q += q[1] ? 2 : 1; *q >= '0' && *q <= '9' && unit; q++, unit /= 10)
		n += unit * (unsigned int)(*q - '0');
	return n > 1000 ? 1000 : n;
}

static int find(const struct bindings *b, const struct sip_uri *contact)
{
	struct sip_pool pool = { 0 };
	struct sip_uri u;
	int found = -1;

	for (unsigned int i = 0; i < b->n && found < 0; i++)
		if (sip_uri_parse(&pool, b->list[i].contact, &u, NULL) == 0 &&
		    sip_uri_equal(&u, contact))
			found = (int)i;
	sip_pool_fini(&pool);
	return found;
}

/* An older request of the same client must not undo a newer one. */
static bool is_late(const struct location_binding *b, const struct sip_msg *m)
{
	return strcmp(b->call_id, m->call_id) == 0 && m->cseq <= b->cseq;
}

static unsigned int remove_all(struct bindings *b, const struct sip_msg *m)
{
	const char *expires = sip_msg_value(m, SIP_HDR_EXPIRES);
	const struct sip_hdr *h = sip_msg_find(m, SIP_HDR_CONTACT, NULL);

	if (!expires || strcmp(expires, "0") != 0 || sip_msg_find(m, SIP_HDR_CONTACT, h))
		return 400;
	for (unsigned int i = 0; i < b->n; i++)
		if (is_late(&b->list[i], m))
			return 500;
	b->n = 0;
	return 0;
}

/* Return: 0, or the code that the whole request is refused with. */
static unsigned int change(const struct proxyd *p, struct bindings *b, const struct sip_proxy_req *r,
			   const struct sip_nameaddr *contact)
{
	const struct conf_proxy *conf = p->conf;
	const struct sip_msg *m = r->msg;
	struct location_binding *x;
	uint32_t life;
	int at;

	if (!sip_uri_is_sip(&contact->uri))
		return 416;
	if (strlen(contact->uri_text) >= LOCATION_URI_SIZE ||
	    strlen(m->call_id) >= LOCATION_CALL_ID_SIZE)
		return 400;
	if (seconds(sip_param_get(contact->params, "expires"), &life) &&
	    seconds(sip_msg_value(m, SIP_HDR_EXPIRES), &life))
		life = conf->max_expires;
	if (life && life < conf->min_expires)
		return 423;
	if (life > conf->max_expires)
		life = conf->max_expires;
	at = find(b, &contact->uri);
	if (at >= 0 && is_late(&b->list[at], m))
		return 500;
	if (life == 0) {
		if (at >= 0)
			memmove(&b->list[at], &b->list[at + 1],
				(--b->n - (unsigned int)at) * sizeof(b->list[0]));
		return 0;
	}
	if (at < 0) {
		if (b->n >= conf->max_bindings)
			return 403;
		at = (int)b->n++;
	}
	x = &b->list[at];
	memset(x, 0, sizeof(*x));
	snprintf(x->contact, sizeof(x->contact), "%s", contact->uri_text);
	snprintf(x->call_id, sizeof(x->call_id), "%s", m->call_id);
	x->cseq = m->cseq;
	x->q = quality(sip_param_get(contact->params, "q"));
	x->expires = clock_wall() + life;
	x->hop = r->from;
	return 0;
}

static unsigned int apply(const struct proxyd *p, struct bindings *b, const struct sip_proxy_req *r)
{
	unsigned int code = 0;

	for (const struct sip_hdr *h = NULL;
	     code == 0 && (h = sip_msg_find(r->msg, SIP_HDR_CONTACT, h));)
		code = h->addr ? change(p, b, r, h->addr) : remove_all(b, r->msg);
	return code;
}

/* ---- answers: step 8 ---------------------------------------------------------------------------- */

static void refuse(const struct proxyd *p, struct sip_proxy_req *r, unsigned int code)
{
	struct sip_msg *resp = sip_strans_response(r->st, code, code == 403 ? "Too Many Contacts" :
						   NULL);
	char least[16];

	snprintf(least, sizeof(least), "%u", p->conf->min_expires);
	if (resp && code == 423)
		sip_msg_add_named(resp, "Min-Expires", least);
	sip_proxy_reply(r, resp);
}

static void accept_with(struct sip_proxy_req *r, const struct bindings *b)
{
	struct sip_msg *resp = sip_strans_response(r->st, 200, NULL);
	const int64_t now = clock_wall();
	char date[SIP_DATE_LEN];

	for (unsigned int i = 0; i < b->n && resp; i++) {
		const struct location_binding *x = &b->list[i];

		sip_msg_addf(resp, SIP_HDR_CONTACT, "<%s>;expires=%lld;q=%u.%03u", x->contact,
			     (long long)(x->expires - now), x->q / 1000, x->q % 1000);
	}
	if (resp)
		sip_msg_add(resp, SIP_HDR_DATE, sip_date_print(now, date));
	sip_proxy_reply(r, resp);
}

static bool has_requirements(struct sip_proxy_req *r)
{
	const char *tags = sip_msg_value(r->msg, SIP_HDR_REQUIRE);
	struct sip_msg *resp;

	if (!tags)
		return false;
	resp = sip_strans_response(r->st, 420, NULL);
	if (resp)
		sip_msg_add(resp, SIP_HDR_UNSUPPORTED, tags);
	sip_proxy_reply(r, resp);
	return true;
}

void registrar_request(struct proxyd *p, struct sip_proxy_req *r)
{
	static struct bindings b;	/* too large for a stack frame */
	const struct sip_msg *m = r->msg;
	char aor[LOCATION_AOR_SIZE];
	unsigned int code;
	int n;

	p->stats.registers++;
	if (has_requirements(r) || !authenticate(p, r))
		return;
	/* Step 5 */
	if (proxyd_aor(&m->to->uri, aor, sizeof(aor)) ||
	    !conf_proxy_is_domain(p->conf, m->to->uri.host)) {
		sip_proxy_refuse(r, 404, NULL);
		return;
	}
	n = location_get(p->location, aor, clock_wall(), b.list);
	if (n < 0) {
		log_error("the location database cannot be read");
		sip_proxy_refuse(r, 500, NULL);
		return;
	}
	b.n = (unsigned int)n;
	if (sip_msg_find(m, SIP_HDR_CONTACT, NULL)) {
		code = apply(p, &b, r);
		if (code) {
			refuse(p, r, code);
			return;
		}
		if (location_set(p->location, aor, b.list, b.n)) {
			log_error("the location database cannot be written");
			sip_proxy_refuse(r, 500, NULL);
			return;
		}
		log_info("registered", F_STR("aor", aor), F_U64("contacts", b.n));
	}
	accept_with(r, &b);
}
