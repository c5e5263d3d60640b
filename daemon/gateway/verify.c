// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "jws.h"
#include "log.h"
#include "loop.h"
#include "seen.h"
#include "truststore.h"
#include "verify_request.h"

struct verification {
	struct verifier *v;
	struct verification *next, **prev;
	uint64_t leg, call;
	enum conf_identity policy;
	enum conf_binding binding;
	struct verify_facts facts;
	unsigned int at;	/* Identity header being looked at */
	bool asking, arrived;
	void *ticket;		/* of the source, while waiting */
	struct verify_result res;
	verify_done_fn done;
	void *arg;
};

struct verifier {
	struct truststore *store;
	struct verify_source source;
	struct seen *seen;
	struct verification *all;
	struct verify_stats stats;
};

struct verifier *verifier_new(struct truststore *store, const struct verify_source *source,
			      unsigned int max_seen, int64_t since)
{
	struct verifier *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->store = store;
	v->source = *source;
	v->seen = seen_new(max_seen, since);
	if (!v->seen) {
		free(v);
		return NULL;
	}
	return v;
}

void verifier_free(struct verifier *v)
{
	if (!v)
		return;
	while (v->all)
		verify_cancel(v->all);
	seen_free(v->seen);
	loop_defer_free(v);
}

const struct verify_stats *verify_stats(const struct verifier *v)
{
	return &v->stats;
}

static void release(struct verification *x)
{
	if (x->prev) {
		*x->prev = x->next;
		if (x->next)
			x->next->prev = x->prev;
		x->v->stats.waiting--;
	}
	verify_facts_release(&x->facts);
	loop_defer_free(x);
}

void verify_cancel(struct verification *x)
{
	if (x->ticket)
		x->v->source.cancel(x->v->source.impl, x->ticket);
	x->ticket = NULL;
	release(x);
}

/* ---- the decision ---------------------------------------------------------- */

/* RFC 8224 section 6.2.2; the phrase of 403 is advice there. */
static const char *phrase(unsigned int code, const char *check)
{
	switch (code) {
	case 0:
		return "";
	case 400:
		return "Bad Request";
	case 403:
		return !strcmp(check, "date") ? "Stale Date" :
		       !strcmp(check, "replay") ? "Replayed Request" : "Unexpected Identity";
	case 428:
		return "Use Identity Header";
	case 436:
		return "Bad Identity Info";
	case 437:
		return "Unsupported Credential";
	case 438:
		return "Invalid Identity Header";
	case 482:
		return "Request Merged";
	case 488:
		return "Not Acceptable Here";
	case 503:
		return "Service Unavailable";
	default:
		return "Server Internal Error";
	}
}

static void log_decision(const struct verification *x)
{
	const struct verify_result *r = &x->res;
	const struct verify_facts *f = &x->facts;
	const char *info = x->at < f->nheaders ? f->header[x->at].info : "";

	if (r->verified)
		log_info("request verified", F_U64("call", x->call), F_U64("leg", x->leg),
			 F_STR("method", f->method), F_STR("from", r->who.value),
			 F_STR("to", f->want.dest[0].value), F_STR("signer", r->signer),
			 F_STR("info", info), F_STR("call_id", f->call_id),
			 F_STR("bound", r->bound ? "yes" : "no"));
	else
		log_limited(LOG_LVL_WARN, r->code ? "request refused" : "request unverified",
			    F_U64("call", x->call), F_U64("leg", x->leg),
			    F_STR("check", r->check), F_STR("why", err_text(&r->why)),
			    F_U64("code", r->code), F_STR("method", f->method),
			    F_STR("from", f->want.orig.value), F_STR("to", f->want.dest[0].value),
			    F_STR("signer", r->signer), F_STR("call_id", f->call_id));
}

static void finish(struct verification *x)
{
	struct verify_result *r = &x->res;
	struct verify_stats *stats = &x->v->stats;

	r->verified = !r->code;
	r->bound = r->verified && x->facts.header[x->at].ppt == PASSPORT_CTX;
	if (r->code && x->policy == CONF_IDENTITY_PREFER && r->nfp)
		r->code = 0;
	r->reason = phrase(r->code, r->check);
	if (r->verified) {
		memset(&r->why, 0, sizeof(r->why));
		r->who = x->facts.want.orig;
		if (x->v->source.keep)
			x->v->source.keep(x->v->source.impl, x->facts.header[x->at].info);
	}
	*(r->verified ? &stats->verified : r->code ? &stats->refused : &stats->unverified) += 1;
	log_decision(x);
	x->done(r, x->arg);
	release(x);
}

/* ---- one Identity header --------------------------------------------------- */

static unsigned int bad(struct verify_result *out, unsigned int code, const char *check)
{
	out->check = check;
	return code;
}

/*
 * A proxy can make another request of one that nobody has seen yet, and RFC 8224's token
 * still fits.  A token of type PASSPORT_CTX does not; and where the other one says that
 * there was one, it cannot be taken away.
 */
static unsigned int check_binding(const struct verification *x, bool announced,
				  struct verify_result *out)
{
	if (x->facts.header[x->at].ppt == PASSPORT_CTX || x->binding == CONF_BINDING_OFF)
		return 0;
	if (announced) {
		err_set(&out->why, -EACCES,
			"a second token was signed with this one, for one request alone; that one is not here");
		return bad(out, 438, "context");
	}
	if (x->binding != CONF_BINDING_REQUIRE)
		return 0;
	err_set(&out->why, -EACCES, "no token is for this request alone; this side requires one");
	return bad(out, 428, "context");
}

static unsigned int check_replay(struct verification *x, const char *token, int64_t iat,
				 struct verify_result *out)
{
	const struct verify_facts *f = &x->facts;
	const struct seen_request rq = {
		.call_id = f->call_id,
		.from_tag = f->from_tag,
		.method = f->method,
		.cseq = f->cseq,
		.owner = out->signer,
	};
	enum seen_verdict v = SEEN_REPLAY;
	struct jws_parts p;

	if (!jws_split(&p, token, strlen(token), NULL))
		v = seen_signature(x->v->seen, p.sig, &rq,
				   iat + PASSPORT_FRESH + 1);
	if (v == SEEN_NEW)
		return 0;
	err_set(&out->why, -EEXIST, "%s", seen_verdict_text(v));
	return bad(out, v == SEEN_FULL ? 503 : v == SEEN_AGAIN ? 482 : 403, "replay");
}

static const char *const token_checks[] = {
	[PASSPORT_OK] = "",
	[PASSPORT_MALFORMED] = "token",
	[PASSPORT_UNSUPPORTED] = "identity",
	[PASSPORT_X5U] = "x5u",
	[PASSPORT_STALE] = "date",
	[PASSPORT_ORIG] = "orig",
	[PASSPORT_DEST] = "dest",
	[PASSPORT_MKY] = "mky",
	[PASSPORT_SIGNATURE] = "signature",
	[PASSPORT_CREDENTIAL] = "certificate",
	[PASSPORT_CONTEXT] = "context",
};

/* The header's certificate is here: everything that is left, or why not. */
static unsigned int judge(struct verification *x, const void *data, size_t len,
			  struct verify_result *out)
{
	const struct identity_header *h = &x->facts.header[x->at];
	const struct trust_signer *signer;
	struct passport want = x->facts.want;
	enum passport_fault pf;
	enum trust_fault tf;
	unsigned int code;
	bool announced;

	want.ppt = h->ppt;
	memcpy(want.x5u, h->info, sizeof(want.x5u));
	tf = truststore_signer(x->v->store, data, len, want.iat, &signer, &out->why);
	if (tf != TRUST_OK)
		return bad(out, tf == TRUST_MEMORY ? 500 : 437,
			   tf == TRUST_DATE ? "validity" : "certificate");
	memcpy(out->signer, signer->names.name[0], sizeof(out->signer));
	if (truststore_authority(x->v->store, signer, &want.orig, &out->why) != TRUST_OK)
		return bad(out, 437, "authority");
	pf = passport_verify(&want, h->token, signer->key, clock_wall(), &out->why);
	if (pf != PASSPORT_OK)
		return bad(out, (unsigned int)passport_fault_code(pf), token_checks[pf]);
	/* When it was made: the full form's own word may differ from Date. */
	announced = passport_peek(h->token, &want.iat);
	code = check_binding(x, announced, out);
	return code ? code : check_replay(x, h->token, want.iat, out);
}

static bool compact(const struct identity_header *h)
{
	return h->token[0] == '.';
}

static void keep(struct verification *x, unsigned int code, const struct verify_result *one)
{
	struct verify_result *r = &x->res;

	/* 436 is for when the certificate of no header at all can be had (section 6.2.2). */
	if (code && r->code && r->code != 436)
		return;
	r->code = code;
	r->check = code ? one->check : "";
	r->why = one->why;
	memcpy(r->signer, one->signer, sizeof(r->signer));
}

static void got(const void *data, size_t len, const struct err *why, void *arg);

static void go_on(struct verification *x)
{
	struct verifier *v = x->v;

	for (; x->at < x->facts.nheaders; x->at++) {
		const struct identity_header *h = &x->facts.header[x->at];
		struct verify_result one = { .check = "" };

		if (!x->facts.dated && compact(h)) {
			err_set(&one.why, -EINVAL, "the token is compact and there is no Date to rebuild it with");
			keep(x, bad(&one, 438, "date"), &one);
			continue;
		}
		x->asking = true;
		x->arrived = false;
		x->ticket = v->source.get(v->source.impl, h->info, got, x);
		x->asking = false;
		if (!x->arrived)
			return;
		x->ticket = NULL;
		if (!x->res.code)
			break;
	}
	finish(x);
}

static void got(const void *data, size_t len, const struct err *why, void *arg)
{
	struct verification *x = arg;
	struct verify_result one = { .check = "", .why = { 0 } };
	unsigned int code;

	x->ticket = NULL;
	x->arrived = true;
	if (!data) {
		if (why)
			one.why = *why;
		/* That we are busy is no fault of the request. */
		code = bad(&one, one.why.code == -EBUSY ? 503 : 436, "info");
	} else {
		code = judge(x, data, len, &one);
	}
	keep(x, code, &one);
	if (x->asking)
		return;		/* go_on() looks */
	if (!code) {
		finish(x);
		return;
	}
	x->at++;
	go_on(x);
}

struct verification *verify_start(struct verifier *v, const struct verify_request *rq,
				  verify_done_fn done, void *arg)
{
	struct verification *x = calloc(1, sizeof(*x));

	if (!x) {
		struct verify_result none = { .code = 500, .check = "request", .reason = phrase(500, "") };

		err_set(&none.why, -ENOMEM, "out of memory");
		done(&none, arg);
		return NULL;
	}
	x->v = v;
	x->leg = rq->leg;
	x->call = rq->call;
	x->policy = rq->policy;
	x->binding = rq->binding;
	x->done = done;
	x->arg = arg;
	x->res.check = "";
	x->res.code = verify_facts_read(&x->facts, rq, &x->res);
	if (x->res.code) {
		finish(x);
		return NULL;
	}
	/* Without Date the full form's own time counts, which is checked with the token. */
	if (!x->facts.dated)
		x->facts.want.iat = clock_wall();
	x->res.code = 436;	/* until a header does better */
	x->next = v->all;
	x->prev = &v->all;
	if (x->next)
		x->next->prev = &x->next;
	v->all = x;
	v->stats.waiting++;
	go_on(x);
	return x->ticket ? x : NULL;
}
