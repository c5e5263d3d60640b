// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes from the stack and from `media`, made events of the calls. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "b2b.h"
#include "call.h"
#include "early.h"
#include "exchange.h"
#include "invite.h"
#include "leg_trust.h"
#include "log.h"
#include "update.h"

unsigned int b2b_retry_after(void)
{
	unsigned char r = 0;

	/* Spread, not secrecy, is what it is for: failing leaves it 0. */
	return getrandom(&r, 1, GRND_NONBLOCK) == 1 ? r % 11 : 0;
}

bool b2b_serves(const struct b2b *b, const char **why)
{
	if (b->stopping)
		*why = "going out of service";
	else if (!b->media_ready)
		*why = b->media_why;
	else if (ipc_busy(&b->media) || ipc_busy(&b->trust))
		*why = "a role of the gateway is overloaded";
	else if (b->ncalls >= b->conf->max_calls)
		*why = "max_calls is reached";
	else
		return true;
	return false;
}

/* ---- requests --------------------------------------------------------------- */

static void answer(struct sip_strans *st, unsigned int code)
{
	sip_strans_reply_code(st, code, NULL);
	sip_strans_release(st);
}

static void in_dialog(struct b2b *b, struct sip_dialog *d, struct sip_strans *st,
		      const struct sip_msg *req)
{
	struct leg *l = d->owner;
	struct call_cause cause = { .leg = l, .msg = req, .st = st };

	/* One of several phones that ring, and not the one the leg is with (early.h). */
	if (l->dialog != d) {
		sip_ua_refuse(st, req->method == SIP_BYE ? 481 : 500, NULL, b2b_retry_after() + 1);
		return;
	}
	switch (req->method) {
	case SIP_INVITE:
		call_event(l->call, CALL_EV_REINVITE, &cause);
		break;
	case SIP_BYE:
		answer(st, 200);
		cause.st = NULL;
		call_event(l->call, CALL_EV_BYE, &cause);
		break;
	case SIP_OPTIONS:
		sip_ua_options(st, &b->caps);
		break;
	case SIP_PRACK:
		early_prack(l, st);
		break;
	case SIP_UPDATE:
		update_received(l, st);
		break;
	default:
		sip_ua_refuse(st, 405, NULL, 0);
		break;
	}
}

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct b2b *b = arg;
	struct sip_dialog *d;

	if (sip_ua_screen(st, &b->caps) || sip_ua_dialog(st, &b->dialogs, &d))
		return;
	if (d) {
		in_dialog(b, d, st, req);
		return;
	}
	switch (req->method) {
	case SIP_INVITE:
		call_incoming(b, st, from);
		break;
	case SIP_OPTIONS:
		/* Whoever asks by OPTIONS whether we are there sends calls elsewhere then. */
		if (b->stopping)
			sip_ua_refuse(st, 503, NULL, 10);
		else
			sip_ua_options(st, &b->caps);
		break;
	case SIP_BYE:
	case SIP_PRACK:
		sip_ua_refuse(st, 481, NULL, 0);
		break;
	default:
		sip_ua_refuse(st, 405, NULL, 0);
		break;
	}
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct b2b *b = arg;
	struct sip_dialog *d = sip_dialog_find(&b->dialogs, ack);
	struct leg *l = d ? d->owner : NULL;
	struct call_cause cause = { .leg = l, .msg = ack };

	(void)from;
	if (l && sip_2xx_ack(&l->ok, ack))
		call_event(l->call, CALL_EV_ACK, &cause);
}

/* ---- media ------------------------------------------------------------------ */

/* NULL: closed meanwhile, its last messages were still under way. */
static struct leg *find_leg(const struct b2b *b, uint64_t id)
{
	struct hash_node *n = hash_first(&b->legs, hash_bytes(&id, sizeof(id)));

	for (; n; n = hash_next(n)) {
		struct leg *l = hash_entry(n, struct leg, node);

		if (l->id == id)
			return l->media_asked ? l : NULL;
	}
	return NULL;
}

static int on_opened(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct media_leg_opened m;
	const struct call_cause none = { 0 };
	struct leg *l;

	(void)ipc;
	media_leg_opened_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	l = find_leg(arg, m.leg);
	if (!l || l->media_opened)
		return 0;
	/* An offer without a fingerprint must not leave a DTLS side. */
	if ((l->oa.local.security == MEDIA_DTLS) != (m.fingerprint.len != 0))
		return -EPROTO;
	leg_media_opened(l, &m);
	if (l->call->a.media_opened && l->call->b.media_opened)
		call_event(l->call, CALL_EV_OPENED, &none);
	return 0;
}

static int on_state(struct ipc *ipc, struct rbuf *r, void *arg)
{
	const struct call_cause none = { 0 };
	struct media_leg_state m;
	struct b2b *b = arg;
	struct leg *l;

	(void)ipc;
	media_leg_state_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	l = find_leg(b, m.leg);
	if (!l)
		return 0;
	if (l->oa.local.security == MEDIA_DTLS && m.state >= MEDIA_STATE_SECURED &&
	    l->media.state < MEDIA_STATE_SECURED)
		b->stats.legs_secured++;
	l->media = m;
	if (l->call->a.media.state == MEDIA_STATE_OPEN && l->call->b.media.state == MEDIA_STATE_OPEN)
		call_event(l->call, CALL_EV_MEDIA_OPEN, &none);
	return 0;
}

static int on_failed(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct media_leg_failed m;
	struct b2b *b = arg;
	struct leg *l;

	(void)ipc;
	media_leg_failed_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	l = find_leg(b, m.leg);
	if (l) {
		const struct call_cause cause = { .leg = l, .err = m.code, .text = m.text };

		b->stats.legs_failed++;
		l->media_failed = true;
		call_event(l->call, CALL_EV_MEDIA_FAILED, &cause);
	}
	return 0;
}

static int on_ready(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct b2b *b = arg;
	struct media_ready m;

	(void)ipc;
	media_ready_get(r, &m);
	if (!rbuf_done(r))
		return -EBADMSG;
	b->media_ready = !m.code;
	snprintf(b->media_why, sizeof(b->media_why), "%s", m.text);
	if (m.code)
		log_error("calls are refused", F_STR("why", m.text));
	else
		log_notice("calls are taken");
	return 0;
}

static int on_stats(struct ipc *ipc, struct rbuf *r, void *arg)
{
	struct b2b *b = arg;

	(void)ipc;
	media_stats_get(r, &b->media_stats);
	return rbuf_done(r) ? 0 : -EBADMSG;
}

static const struct ipc_handler handlers[] = {
	{ MEDIA_LEG_OPENED, "opened", on_opened },
	{ MEDIA_LEG_STATE, "state", on_state },
	{ MEDIA_LEG_FAILED, "failed", on_failed },
	{ MEDIA_READY, "ready", on_ready },
	{ MEDIA_STATS, "stats", on_stats },
	{ 0 }
};

static void on_media_gone(struct ipc *ipc, void *arg)
{
	struct b2b *b = arg;

	(void)ipc;
	b->media_up = false;
	b->media_ready = false;
	snprintf(b->media_why, sizeof(b->media_why), "the media role is gone");
	if (b->media_gone)
		b->media_gone(b);
}

/* ---- beginning and end ------------------------------------------------------ */

int b2b_init(struct b2b *b, const struct conf_gateway *conf, int media_fd,
	     const struct sip_timers *timers, const char *version, struct err *e)
{
	static const struct sip_tu tu = { .request = on_request, .ack = on_ack };
	int ret;

	memset(b, 0, sizeof(*b));
	b->conf = conf;
	b->calls_end = &b->calls;
	b->media.fd = -1;
	b->trust.fd = -1;
	snprintf(b->agent, sizeof(b->agent), "ksrtp/%s", version);
	snprintf(b->media_why, sizeof(b->media_why), "the media role has not reported yet");
	b->caps = (struct sip_ua_caps){
		.allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE",
		.supported = "100rel",
		.accept = "application/sdp",
		.server = b->agent,
		.hops = true,
	};
	ret = hash_init(&b->legs);
	if (ret) {
		close(media_fd);
		return err_set(e, ret, "out of memory");
	}
	ret = sip_dialogs_init(&b->dialogs);
	if (!ret)
		ret = sip_stack_init(&b->stack, timers, NULL, &tu, b);
	if (ret) {
		close(media_fd);
		return err_set(e, ret, "out of memory for the SIP stack");
	}
	ret = ipc_open(&b->media, media_fd, "media", handlers, on_media_gone, b);
	if (ret)
		return err_set(e, ret, "the channel to the media role: %s", strerror(-ret));
	b->media_up = true;
	return 0;
}

void b2b_fini(struct b2b *b)
{
	b->idle = NULL;
	while (b->calls)
		call_free(b->calls);
	invite_free_all(b);
	sip_stack_fini(&b->stack);
	sip_dialogs_fini(&b->dialogs);
	hash_fini(&b->legs);
	ipc_close(&b->media);
	ipc_close(&b->trust);
	b->media_up = false;
	b->trust_up = false;
}

void b2b_stop(struct b2b *b, void (*idle)(struct b2b *b))
{
	const struct end_reason why = {
		.code = 503,
		.text = "the gateway is going out of service",
	};
	const struct call_cause cause = { .why = &why };
	struct call *c, *next;

	b->stopping = true;
	b->idle = idle;
	for (c = b->calls; c; c = next) {
		next = c->next;
		call_event(c, CALL_EV_HANGUP, &cause);
	}
	if (!b->ncalls && b->idle) {
		b->idle = NULL;
		idle(b);
	}
}
