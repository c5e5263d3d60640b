// SPDX-License-Identifier: GPL-2.0-or-later
#include "trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "log.h"
#include "loop.h"

struct trust_leg {
	struct trust *t;
	struct hash_node by_id;
	struct trust_leg *next, **prev;
	uint64_t id;
	const struct conf_side *side;
	bool known;			/* @who has been verified */
	struct passport_id who;
	uint32_t ask;			/* last question */
	struct verification *asking;
	uint32_t set_ask;		/* question whose verdict @set is; 0: none */
	struct media_leg_fingerprints set;
	bool told_verified;		/* media has a verified set */
};

struct trust {
	const struct conf_gateway *conf;
	struct verifier *v;
	const struct trust_ops *ops;
	void *arg;
	struct hash_table legs;
	struct trust_leg *all;
	unsigned int nlegs;
};

struct trust *trust_new(const struct conf_gateway *conf, struct verifier *v,
			const struct trust_ops *ops, void *arg)
{
	struct trust *t = calloc(1, sizeof(*t));

	if (!t || hash_init(&t->legs)) {
		free(t);
		return NULL;
	}
	t->conf = conf;
	t->v = v;
	t->ops = ops;
	t->arg = arg;
	return t;
}

static void leg_free(struct trust_leg *l)
{
	if (l->asking)
		verify_cancel(l->asking);
	hash_remove(&l->t->legs, &l->by_id);
	*l->prev = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->t->nlegs--;
	loop_defer_free(l);
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	while (t->all)
		leg_free(t->all);
	hash_fini(&t->legs);
	loop_defer_free(t);
}

unsigned int trust_legs(const struct trust *t)
{
	return t->nlegs;
}

static struct trust_leg *find(struct trust *t, uint64_t id)
{
	struct hash_node *n = hash_first(&t->legs, hash_bytes(&id, sizeof(id)));

	for (; n; n = hash_next(n)) {
		struct trust_leg *l = hash_entry(n, struct trust_leg, by_id);

		if (l->id == id)
			return l;
	}
	return NULL;
}

static struct trust_leg *leg_new(struct trust *t, uint64_t id, const struct conf_side *side)
{
	struct trust_leg *l;

	/* As many as media takes: two a call, and some that are ending. */
	if (t->nlegs >= 4 * t->conf->max_calls + 64)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->t = t;
	l->id = id;
	l->side = side;
	if (hash_insert(&t->legs, &l->by_id, hash_bytes(&id, sizeof(id)))) {
		free(l);
		return NULL;
	}
	l->next = t->all;
	l->prev = &t->all;
	if (l->next)
		l->next->prev = &l->next;
	t->all = l;
	t->nlegs++;
	return l;
}

/* ---- questions and verdicts ------------------------------------------------ */

static void tell(struct trust *t, uint64_t leg, uint32_t ask, const struct verify_result *res)
{
	struct trust_verdict m = { .leg = leg, .ask = ask, .code = res->code,
				   .verified = res->verified, .bound = res->bound };
	const char *text = res->why.text;

	/* The caller is told it, who named the URL: not what our network answers. The log has it. */
	if (res->check && strcmp(res->check, "info") == 0)
		text = res->code == 503 ? "too many certificates are being fetched"
					: "the certificate could not be fetched";
	snprintf(m.reason, sizeof(m.reason), "%s", res->reason ? res->reason : "");
	snprintf(m.check, sizeof(m.check), "%s", res->check ? res->check : "");
	snprintf(m.text, sizeof(m.text), "%.*s", (int)sizeof(m.text) - 1, text);
	if (res->verified)
		memcpy(m.identity, res->who.value, sizeof(m.identity));
	t->ops->verdict(&m, t->arg);
}

static void refuse(struct trust *t, const struct trust_verify *q, unsigned int code,
		   const char *reason, const char *text)
{
	struct verify_result res = { .code = code, .reason = reason };

	err_set(&res.why, -EAGAIN, "%s", text);
	tell(t, q->leg, q->ask, &res);
}

static void on_result(const struct verify_result *res, void *arg)
{
	struct trust_leg *l = arg;

	l->asking = NULL;
	if (!res->code) {
		l->set_ask = l->ask;
		l->set = (struct media_leg_fingerprints){
			.leg = l->id,
			.verified = res->verified,
			.count = res->nfp,
		};
		memcpy(l->set.fp, res->fp, sizeof(l->set.fp));
	}
	if (res->verified) {
		l->known = true;
		l->who = res->who;
	}
	tell(l->t, l->id, l->ask, res);
}

int trust_verify_msg(struct trust *t, const struct trust_verify *m)
{
	const struct conf_side *side = conf_side_by_name(t->conf, m->side);
	struct trust_leg *l = find(t, m->leg);
	struct verify_request rq = { .leg = m->leg, .call = m->call, .data = m->request,
				     .len = m->len };
	struct passport_id far, near;
	struct verification *x;

	if (!side || side->identity == CONF_IDENTITY_OFF)
		return -EINVAL;
	if (l && (l->side != side || m->ask <= l->ask))
		return -EINVAL;
	if ((m->far[0] && passport_id_from_uri(&far, m->far, NULL)) ||
	    (m->near[0] && passport_id_from_uri(&near, m->near, NULL))) {
		refuse(t, m, 403, "Unexpected Identity",
		       "this dialog is between names that nobody can sign for");
		return 0;
	}
	if (!l)
		l = leg_new(t, m->leg, side);
	if (!l) {
		refuse(t, m, 503, "Service Unavailable", "too many legs are being verified");
		return 0;
	}
	if (l->asking) {
		refuse(t, m, 500, "Server Internal Error",
		       "another request of this dialog is being verified");
		return 0;
	}
	rq.policy = side->identity;
	rq.binding = side->binding;
	rq.near = m->near[0] ? &near : NULL;
	/* Who was verified stays who it is, whatever `sip` says later. */
	rq.far = l->known ? &l->who : m->far[0] ? &far : NULL;
	l->ask = m->ask;
	x = verify_start(t->v, &rq, on_result, l);
	if (x)
		l->asking = x;
	return 0;
}

/* ---- fingerprints ---------------------------------------------------------- */

int trust_apply_msg(struct trust *t, const struct trust_apply *m)
{
	struct trust_leg *l = find(t, m->leg);

	if (!l || !m->ask || l->set_ask != m->ask) {
		log_limited(LOG_LVL_WARN, "no verdict to apply", F_U64("leg", m->leg),
			    F_U64("ask", m->ask));
		return 0;	/* media keeps the leg held */
	}
	if (l->told_verified && !l->set.verified)
		return 0;	/* as below */
	l->told_verified = l->set.verified;
	l->set.ask = m->ask;
	t->ops->fingerprints(&l->set, t->arg);
	return 0;
}

int trust_unsigned_msg(struct trust *t, const struct trust_unsigned *m)
{
	const struct conf_side *side = conf_side_by_name(t->conf, m->side);
	struct trust_leg *l = find(t, m->fp.leg);

	/* Where signatures are required nothing but a signature will do. */
	if (!side || side->identity != CONF_IDENTITY_PREFER || (l && l->side != side))
		return -EPERM;
	if (l && l->told_verified)
		return 0;	/* what was signed is not replaced by what was not */
	t->ops->fingerprints(&m->fp, t->arg);
	return 0;
}

int trust_close_msg(struct trust *t, const struct trust_close *m)
{
	struct trust_leg *l = find(t, m->leg);

	if (l)
		leg_free(l);
	return 0;
}
