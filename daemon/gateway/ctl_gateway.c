// SPDX-License-Identifier: GPL-2.0-or-later
/* What srtpd tells on its control socket, and does when told. */
#include <openssl/crypto.h>

#include "call.h"
#include "clock.h"
#include "ctl_gateway.h"
#include "leg_trust.h"
#include "nl_srtp.h"

static enum ctl_result op_version(struct ctl_request *q, const json_t *req, void *arg)
{
	const struct ctl_gateway *g = arg;

	(void)req;
	ctl_send(q, json_pack("{s:{s:s,s:i,s:s,s:I,s:s,s:s}}", "version",
			      "srtpd", g->version,
			      "abi", CTL_ABI,
			      "openssl", OpenSSL_version(OPENSSL_VERSION_STRING),
			      "started", (json_int_t)g->started,
			      "datapath", g->b2b->media_ready ? "kernel" : "none",
			      "module", ""));
	return CTL_DONE;
}

static enum ctl_result op_stats(struct ctl_request *q, const json_t *req, void *arg)
{
	const struct ctl_gateway *g = arg;
	const struct b2b *b = g->b2b;
	const struct sip_transp_stats *t = &b->stack.transp.stats;
	const struct media_stats *m = &b->media_stats;

	(void)req;
	ctl_send(q, json_pack("{s:{s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}}",
			      "stats",
			      "calls", (int)b->ncalls,
			      "calls_total", (json_int_t)b->stats.calls_total,
			      "calls_refused", (json_int_t)b->stats.calls_refused,
			      "legs_secured", (json_int_t)b->stats.legs_secured,
			      "legs_failed", (json_int_t)b->stats.legs_failed,
			      "identity_verified", (json_int_t)b->stats.identity_verified,
			      "identity_bound", (json_int_t)b->stats.identity_bound,
			      "identity_unverified", (json_int_t)b->stats.identity_unverified,
			      "identity_refused", (json_int_t)b->stats.identity_refused,
			      "signer_tries", (json_int_t)b->stats.signer_tries,
			      "signer_failovers", (json_int_t)b->stats.signer_failovers,
			      "sip_received", (json_int_t)t->rx_datagrams,
			      "sip_sent", (json_int_t)t->tx_datagrams,
			      "sip_malformed", (json_int_t)(t->rx_dropped + t->rx_refused),
			      "userspace_packets", (json_int_t)m->userspace_packets,
			      "media_stray", (json_int_t)m->stray,
			      "media_junk", (json_int_t)m->junk));
	return CTL_DONE;
}

static const char *media_state_name(const struct leg *l)
{
	static const char *const names[] = {
		[MEDIA_STATE_WAITING] = "waiting",
		[MEDIA_STATE_HANDSHAKE] = "handshake",
		[MEDIA_STATE_SECURED] = "secured",
		[MEDIA_STATE_OPEN] = "open",
	};

	return l->media_failed ? "failed" : names[l->media.state];
}

/* What a string from the network may hold is not always UTF-8: json_stringn() says no. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s ? s : "");

	return j ? j : json_string("(not UTF-8)");
}

static json_t *transport(const struct addr *a)
{
	char s[ADDR_STRLEN];

	return json_string(addr_is_set(a) && a->port ? addr_str(a, s) : "");
}

static json_t *leg_json(const struct leg *l)
{
	const struct conf_side *side = leg_side(l, l->call->b2b);
	const struct oa_facts *f = oa_facts(&l->oa);
	const struct addr none = { 0 };
	json_t *sessions = json_array();

	if (l->media.rtp_session)
		json_array_append_new(sessions, json_integer(l->media.rtp_session));
	if (l->media.rtcp_session)
		json_array_append_new(sessions, json_integer(l->media.rtcp_session));
	return json_pack("{s:s,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:b}",
			 "side", side->name,
			 "call_id", text(l->dialog ? l->dialog->call_id : ""),
			 "uri", text(l->uri),
			 "security", side->security == MEDIA_DTLS ? "dtls" : "plain",
			 "profile", l->media.profile ? nl_srtp_profile_name(l->media.profile) : "none",
			 "state", media_state_name(l),
			 "local", transport(&l->oa.local.rtp),
			 "remote", transport(f ? &f->rtp : &none),
			 "sessions", sessions,
			 "verified", text(l->trust.verified ? l->trust.identity : ""),
			 "bound", l->trust.bound);
}

/* "prefer" lets calls pass that nobody vouches for; here they show. */
static const char *identity(const struct call *c)
{
	const struct leg *legs[] = { &c->a, &c->b };
	const char *all = "off";

	for (unsigned int i = 0; i < 2; i++) {
		if (leg_trust_wanted(legs[i]) && !legs[i]->trust.verified)
			return leg_trust_name(legs[i]);
		if (leg_trust_wanted(legs[i]))
			all = "verified";
	}
	return all;
}

static json_t *call_json(const struct call *c)
{
	return json_pack("{s:{s:I,s:s,s:I,s:s,s:o,s:o,s:s}}", "call",
			 "id", (json_int_t)c->id,
			 "state", call_state_name(c->state),
			 "since_ms", (json_int_t)(clock_now() - c->since),
			 "route", c->route->name,
			 "a", leg_json(&c->a),
			 "b", c->b.state == LEG_NEW ? json_null() : leg_json(&c->b),
			 "identity", identity(c));
}

/* One call at a time; ids rise along the list, so the last one sent is the place. */
static enum ctl_result op_calls(struct ctl_request *q, const json_t *req, void *arg)
{
	const struct ctl_gateway *g = arg;
	uint64_t *last = ctl_cursor(q);

	(void)req;
	for (const struct call *c = g->b2b->calls; c; c = c->next) {
		if (c->id <= *last)
			continue;
		*last = c->id;
		ctl_send(q, call_json(c));
		return CTL_MORE;
	}
	return CTL_DONE;
}

static json_t *event_json(const struct event *x)
{
	const struct trust_verdict *v = &x->verdict;

	return json_pack("{s:{s:I,s:I,s:s,s:I,s:I,s:s,s:s,s:i,s:b,s:o,s:s,s:o}}", "event",
			 "id", (json_int_t)x->id,
			 "at", (json_int_t)x->at,
			 "type", "identity",
			 "call", (json_int_t)x->call,
			 "leg", (json_int_t)v->leg,
			 "side", x->side,
			 "verdict", v->verified ? "verified" : v->code ? "refused" : "unverified",
			 "code", (int)v->code,
			 "bound", v->bound,
			 "identity", text(v->identity),
			 "check", v->check,
			 "why", text(v->verified ? "" : v->text));
}

static enum ctl_result op_events(struct ctl_request *q, const json_t *req, void *arg)
{
	const struct ctl_gateway *g = arg;
	const json_t *after = json_object_get(req, "after");
	uint64_t *last = ctl_cursor(q);
	const struct event *x;

	if (after && (!json_is_integer(after) || json_integer_value(after) < 0))
		return ctl_refuse(q, "bad-request", "\"after\" must be the number of an event");
	if (after && *last < (uint64_t)json_integer_value(after))
		*last = (uint64_t)json_integer_value(after);
	x = events_next(&g->b2b->events, *last);
	if (!x)
		return CTL_DONE;
	*last = x->id;
	ctl_send(q, event_json(x));
	return CTL_MORE;
}

static enum ctl_result op_hangup(struct ctl_request *q, const json_t *req, void *arg)
{
	static const struct end_reason why = { .code = 480, .text = "ended by the operator" };
	const struct call_cause cause = { .why = &why };
	const struct ctl_gateway *g = arg;
	const json_t *id = json_object_get(req, "id");
	struct call *c;

	if (!json_is_integer(id) || json_integer_value(id) < 0)
		return ctl_refuse(q, "bad-request", "\"id\" must be the number of a call");
	c = call_by_id(g->b2b, (uint64_t)json_integer_value(id));
	if (!c)
		return ctl_refuse(q, "not-found", "there is no call %lld; \"calls\" lists them",
				  (long long)json_integer_value(id));
	call_event(c, CALL_EV_HANGUP, &cause);
	ctl_send(q, json_pack("{s:{s:I}}", "hangup", "id", json_integer_value(id)));
	return CTL_DONE;
}

static const char *const hangup_members[] = { "id", NULL };
static const char *const events_members[] = { "after", NULL };

const struct ctl_op ctl_gateway_ops[] = {
	{ "version", CTL_READ, NULL, op_version },
	{ "stats", CTL_READ, NULL, op_stats },
	{ "calls", CTL_READ, NULL, op_calls },
	{ "events", CTL_READ, events_members, op_events },
	{ "hangup", CTL_ADMIN, hangup_members, op_hangup },
	{ 0 }
};
