// SPDX-License-Identifier: GPL-2.0-or-later
/* A leg: its dialog, and letting go of it from any state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "call.h"
#include "early.h"
#include "exchange.h"
#include "invite.h"
#include "leg_trust.h"
#include "log.h"
#include "update.h"

static const char *const names[] = {
	[LEG_NEW] = "new",
	[LEG_INVITED] = "invited",
	[LEG_INVITING] = "inviting",
	[LEG_UP] = "up",
	[LEG_CLOSING] = "closing",
	[LEG_DOWN] = "down",
};

const char *leg_state_name(enum leg_state s)
{
	return names[s];
}

static void set_state(struct leg *l, enum leg_state s)
{
	if (l->state == s)
		return;
	log_debug("leg", F_U64("call", l->call->id), F_U64("leg", l->id),
		  F_STR("from", names[l->state]), F_STR("to", names[s]));
	l->state = s;
}

/* RFC 8842 section 4: at least 120 random bits; here 144. */
void leg_new_tls_id(char out[static 25])
{
	static const char set[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char random[24];

	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		out[0] = '\0';		/* none is better than a guessable one */
		return;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		out[i] = set[random[i] & 63];
	out[sizeof(random)] = '\0';
}

int leg_init(struct leg *l, struct call *c, unsigned int side)
{
	struct b2b *b = c->b2b;
	const struct conf_side *cs = &b->conf->side[side];
	struct oa_local local = {
		.security = cs->security,
		.savpf = cs->savpf,
		.mux = cs->rtcp_mux,
		.rtp = cs->media,
	};
	uint64_t random = 0;

	l->id = ++b->last_id;
	l->call = c;
	l->side = side;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	/* 62 bits: room to count up, and no one's signed integer overflows. */
	local.id = (random >> 2) | 1;
	local.rtp.port = 0;
	if (cs->security == MEDIA_DTLS)
		leg_new_tls_id(local.tls_id);
	oa_init(&l->oa, &local);
	return hash_insert(&b->legs, &l->node, hash_bytes(&l->id, sizeof(l->id)));
}

/* ---- the caller's INVITE ---------------------------------------------------- */

static void st_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct leg *l = arg;
	struct exchange *x = l->call->exchange;
	struct call_cause cause = { .leg = l, .msg = cancel };

	if (leg_trust_cancelled(l, st))
		return;
	if (x && x->st == st)
		exchange_cancelled(l->call);
	else
		call_event(l->call, CALL_EV_CANCEL, &cause);
}

static void st_ended(struct sip_strans *st, void *arg)
{
	struct leg *l = arg;

	if (l->st == st)
		l->st = NULL;
	if (l->trust.st == st)
		l->trust.st = NULL;
	if (l->call->exchange && l->call->exchange->st == st)
		l->call->exchange->st = NULL;
}

static const struct sip_strans_ops st_ops = {
	.cancelled = st_cancelled,
	.ended = st_ended,
};

void leg_watch(struct leg *l, struct sip_strans *st)
{
	sip_strans_set_ops(st, &st_ops, l);
}

int leg_incoming(struct leg *l, struct sip_strans *st, struct err *e)
{
	struct b2b *b = l->call->b2b;
	const struct sip_msg *req = sip_strans_request(st);
	char contact[LEG_URI_MAX];
	int ret;

	ret = sip_transp_contact(&b->stack.transp, l->side, req->ruri.user, contact,
				 sizeof(contact));
	if (ret < 0)
		return err_set(e, ret, "the Request-URI is too long");
	l->dialog = sip_dialog_uas(&b->dialogs, st, contact, e);
	if (!l->dialog)
		return e->code ? e->code : -ENOMEM;
	l->dialog->owner = l;
	if (sip_uri_aor(&req->from->uri, l->uri, sizeof(l->uri)) < 0)
		snprintf(l->uri, sizeof(l->uri), "%.*s", LEG_URI_MAX - 1, req->from->uri_text);
	l->st = st;
	l->update_due = leg_signs(l) && sip_msg_has_token(req, SIP_HDR_SUPPORTED, "from-change");
	l->early.updates = l->update_due || sip_msg_has_token(req, SIP_HDR_ALLOW, "UPDATE");
	l->early.always = sip_msg_has_token(req, SIP_HDR_REQUIRE, "100rel");
	l->early.wanted = l->update_due && req->body_len &&
			  (l->early.always || sip_msg_has_token(req, SIP_HDR_SUPPORTED, "100rel"));
	leg_watch(l, st);
	set_state(l, LEG_INVITED);
	return 0;
}

/* A response of ours with what every one has. */
static struct sip_msg *response(struct leg *l, struct sip_strans *st, unsigned int code,
				const char *phrase, const struct wbuf *body)
{
	const struct sip_ua_caps *caps = &l->call->b2b->caps;
	struct sip_msg *m = sip_strans_response(st, code, phrase);
	int ret = m ? 0 : -ENOMEM;

	if (!ret)
		ret = sip_msg_add(m, SIP_HDR_SERVER, caps->server);
	if (!ret && code < 300)
		ret = sip_msg_add(m, SIP_HDR_CONTACT, l->dialog->contact);
	if (!ret && code >= 200 && code < 300)
		ret = sip_msg_add(m, SIP_HDR_ALLOW, caps->allow);
	/* RFC 4916 section 4.3: in every response that makes a dialog. */
	if (!ret && code > 100 && code < 300 && leg_signs(l))
		ret = sip_msg_add(m, SIP_HDR_SUPPORTED, caps->supported);
	if (!ret && body)
		ret = sip_msg_set_body(m, "application/sdp", body->data, body->len);
	if (ret) {
		sip_msg_free(m);
		return NULL;
	}
	return m;
}

/* RFC 3262 section 3: the INVITE is refused with 5xx. */
static void unpracked(struct sip_rel *x, void *arg)
{
	static const struct end_reason why = {
		.code = 504,
		.text = "the caller acknowledged no provisional response",
	};
	const struct call_cause cause = { .why = &why };
	struct leg *l = arg;

	(void)x;
	call_event(l->call, CALL_EV_HANGUP, &cause);
}

int leg_progress(struct leg *l, unsigned int code, const struct wbuf *body)
{
	bool reliable = l->early.always || (body && l->early.wanted);
	struct sip_msg *m;

	if (l->state != LEG_INVITED || !l->st)
		return -ENOENT;
	/* Where we owe an offer the first reliable response is the one that brings it. */
	if (l->early.always && l->call->delayed)
		return 0;
	if (reliable && !body && sip_rel_running(&l->rel)) {
		l->early.next = code;
		return 0;
	}
	m = response(l, l->st, code, NULL, body);
	if (!m)
		return -ENOMEM;
	return reliable ? sip_rel_send(&l->rel, l->st, m, unpracked, l) :
			  sip_strans_reply(l->st, m);
}

static void unacked(struct sip_2xx *x, void *arg)
{
	struct leg *l = arg;
	struct call_cause cause = { .leg = l };

	(void)x;
	if (l->state == LEG_CLOSING)
		leg_acked(l);
	call_event(l->call, CALL_EV_UNACKED, &cause);
}

int leg_accept(struct leg *l, struct sip_strans *st, const struct wbuf *body)
{
	struct sip_msg *m = response(l, st, 200, NULL, body);
	int ret;

	if (!m)
		return -ENOMEM;
	ret = sip_2xx_send(&l->ok, st, m, unacked, l);
	if (ret)
		return ret;
	sip_rel_stop(&l->rel);
	sip_dialog_confirm(l->dialog);
	if (l->st == st) {
		l->st = NULL;
		set_state(l, LEG_UP);
	}
	sip_strans_release(st);
	return 0;
}

/* RFC 3261 section 20.43: what is quoted may hold neither quote nor backslash of its own. */
static void add_warning(struct sip_msg *m, unsigned int code, const char *agent, const char *text)
{
	char clean[256];

	snprintf(clean, sizeof(clean), "%s", text);
	for (char *c = clean; *c; c++)
		if (*c == '"' || *c == '\\')
			*c = '\'';
		else if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	sip_msg_addf(m, SIP_HDR_WARNING, "%u %s \"%s\"", code, agent, clean);
}

void leg_refuse(struct leg *l, struct sip_strans *st, const struct end_reason *why)
{
	unsigned int code = why->code >= 300 ? why->code : 487;
	struct sip_msg *m = response(l, st, code, why->phrase, NULL);

	if (l->st == st)
		l->st = NULL;
	if (l->trust.st == st)
		l->trust.st = NULL;
	if (m && why->warning)
		add_warning(m, why->warning, l->call->b2b->stack.transp.side[l->side]->sent_by, why->text);
	if (m && why->retry_after)
		sip_msg_addf(m, SIP_HDR_RETRY_AFTER, "%u", why->retry_after);
	if (m)
		sip_strans_reply(st, m);
	sip_strans_release(st);		/* answers 500 if that failed */
}

int leg_reply(struct leg *l, struct sip_strans *st, const struct wbuf *body)
{
	struct sip_msg *m = response(l, st, 200, NULL, body);

	if (!m)
		return -ENOMEM;
	sip_strans_reply(st, m);
	sip_strans_release(st);
	return 0;
}

/* ---- after the answer ------------------------------------------------------- */

void leg_ack(struct leg *l, const struct wbuf *body)
{
	struct b2b *b = l->call->b2b;

	l->ack_owed = false;
	if (body)
		sip_dialog_ack(l->dialog, &b->stack, "application/sdp", body->data, body->len);
	else
		sip_dialog_ack(l->dialog, &b->stack, NULL, NULL, 0);
}

static void down(struct leg *l)
{
	if (l->dialog)
		sip_dialog_terminate(l->dialog);
	sip_2xx_stop(&l->ok);
	sip_rel_stop(&l->rel);
	update_end(l);
	leg_trust_close(l);
	leg_forget_sdp(l);
	leg_media_close(l);
	set_state(l, LEG_DOWN);
}

static void send_bye(struct leg *l, const char *reason)
{
	struct b2b *b = l->call->b2b;
	struct sip_msg *m = sip_dialog_request(l->dialog, SIP_BYE);
	struct err e = { 0 };

	if (m) {
		sip_msg_add(m, SIP_HDR_USER_AGENT, b->agent);
		if (reason)
			sip_msg_add(m, SIP_HDR_REASON, reason);
	}
	/* Nothing that comes back changes anything here: the transaction runs alone. */
	if (!m || !sip_dialog_send(l->dialog, &b->stack, m, NULL, NULL, &e))
		log_warn("BYE not sent", F_U64("call", l->call->id), F_U64("leg", l->id),
			 F_STR("why", m ? err_text(&e) : "out of memory"));
}

void leg_acked(struct leg *l)
{
	if (l->state != LEG_CLOSING)
		return;
	send_bye(l, l->reason[0] ? l->reason : NULL);
	down(l);
}

void leg_end(struct leg *l, const struct end_reason *why)
{
	char text[LEG_REASON_MAX];
	const char *reason = policy_reason(why, text, sizeof(text));

	leg_media_close(l);
	switch (l->state) {
	case LEG_CLOSING:
	case LEG_DOWN:
		return;
	case LEG_NEW:
		break;
	case LEG_INVITED:
		if (l->st)
			leg_refuse(l, l->st, why);
		break;
	case LEG_INVITING:
		invite_abandon(l, reason);
		break;
	case LEG_UP:
		if (l->ack_owed)
			leg_ack(l, NULL);
		invite_abandon(l, NULL);
		if (sip_2xx_running(&l->ok)) {
			/* RFC 3261 section 15: no BYE of the callee before the ACK. */
			snprintf(l->reason, sizeof(l->reason), "%s", reason ? reason : "");
			set_state(l, LEG_CLOSING);
			return;
		}
		send_bye(l, reason);
		break;
	}
	down(l);
}

void leg_gone(struct leg *l)
{
	if (l->state == LEG_INVITED && l->st) {
		/* BYE in the early dialog ends the INVITE too (section 15.1.2). */
		const struct end_reason terminated = { .code = 487 };

		leg_refuse(l, l->st, &terminated);
	}
	if (l->ack_owed)
		leg_ack(l, NULL);
	invite_abandon(l, NULL);
	down(l);
}

void leg_free(struct leg *l)
{
	invite_abandon(l, NULL);
	if (l->st) {
		sip_strans_release(l->st);
		l->st = NULL;
	}
	down(l);
	free(l->said);
	l->said = NULL;
	sip_dialog_free(l->dialog);
	l->dialog = NULL;
	hash_remove(&l->call->b2b->legs, &l->node);
}
