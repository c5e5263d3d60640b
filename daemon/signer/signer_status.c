// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_status.h"

static const char *const auth_names[] = {
	"challenged", "accepted", "vouched", "wrong", "replayed", "limited", "not_his", "stale",
	"refused", NULL
};

static const char *const sign_names[] = { "made", "unknown", "expired", "failed", "handles", NULL };

struct signer_counts signer_status_auth(const struct signer_auth_stats *s)
{
	return (struct signer_counts){
		.n = 9, .value = { s->challenged, s->accepted, s->vouched, s->wrong, s->replayed,
				   s->limited, s->not_his, s->stale, s->refused },
	};
}

struct signer_counts signer_status_sign(const struct signer_sign_stats *s)
{
	return (struct signer_counts){
		.n = 5, .value = { s->made, s->unknown, s->expired, s->failed, s->handles },
	};
}

/* A role that has said nothing yet has done nothing. */
static json_t *counts_json(const struct signer_counts *c, const char *const *names)
{
	json_t *o = json_object();

	for (unsigned int i = 0; o && names[i]; i++)
		json_object_set_new(o, names[i], json_integer(i < c->n ? (json_int_t)c->value[i] : 0));
	return o;
}

static enum ctl_result status(struct ctl_request *q, const json_t *req, void *arg)
{
	const struct signer_status *s = arg;
	const struct signer_front_stats *f = &s->front->stats;
	const struct sip_proxy_stats *p = &s->front->proxy.stats;
	const struct sip_stack_stats *st = &s->front->proxy.stack->stats;

	(void)req;
	ctl_send(q, json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o}", "front",
			      "asked", (json_int_t)f->asked, "signed", (json_int_t)f->signed_,
			      "unsigned", (json_int_t)f->unsigned_, "refused", (json_int_t)f->refused,
			      "acks", (json_int_t)f->acks, "under_way", (json_int_t)p->now,
			      "failovers", (json_int_t)p->failovers, "loops", (json_int_t)p->loops,
			      "overload", (json_int_t)st->overload,
			      "auth", counts_json(&s->auth, auth_names),
			      "sign", counts_json(&s->sign, sign_names)));
	return CTL_DONE;
}

const struct ctl_op signer_status_ops[] = {
	{ "status", CTL_READ, NULL, status },
	{ 0 }
};
