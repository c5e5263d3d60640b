// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another DTLS association within a call (RFC 8842 section 3.1): the far end has other
 * fingerprints, another role or tls-id.  The old one carries the packets until the new
 * one's certificate has been compared with the new fingerprints; then its keys come in
 * with new sessions, as the old ones go.  They never are in use side by side.
 *
 *	REMOTE, new number ──┐
 *	FINGERPRINTS ────────┴──> handshake ──> all ports ──> held, new sessions, keys, open
 *		└─ the old certificate is not among them: so much time, and no more
 */
#include <errno.h>

#include "log.h"
#include "media_impl.h"

/* FINGERPRINTS may overtake the REMOTE they go with. */
#define STALE_MS	2000

bool media_renew_ready(const struct media_leg *l)
{
	return l->have_fp && (!l->remote.ask || l->remote.ask == l->fp_ask);
}

bool media_renewing(const struct media_leg *l)
{
	return l->security == MEDIA_DTLS && l->assoc != l->remote.assoc;
}

static void on_deadline(struct timer *t, void *arg)
{
	struct media_leg *l = arg;

	(void)t;
	if (media_renewing(l))
		media_leg_fail(l, -ETIMEDOUT, "the new DTLS association was not there in time");
	else
		media_leg_fail(l, -EACCES, "the far end's certificate is not one that its signalling "
			       "names any more");
}

static void limit(struct media_leg *l, uint64_t ms)
{
	if (l->remote.early)
		timer_cancel(&l->renewal);
	else if (timer_start(&l->renewal, ms, on_deadline, l))
		media_leg_fail(l, -ENOMEM, "no memory for a timer");
}

static void drop(struct media_leg *l)
{
	for (unsigned int i = 0; i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		dtls_free(p->next_dtls);
		p->next_dtls = NULL;
		srtp_keys_free(p->next_keys);
		p->next_keys = NULL;
	}
}

void media_renew_stop(struct media_leg *l)
{
	timer_cancel(&l->renewal);
	drop(l);
}

void media_renew_wanted(struct media_leg *l)
{
	drop(l);
	if (l->state == LEG_OPEN) {
		limit(l, 1000ull * l->m->conf->handshake_timeout);
		return;
	}
	/* Nothing passes by the old one, and nothing shall: another phone has answered, say. */
	timer_cancel(&l->renewal);
	for (unsigned int i = 0; i < l->nports; i++)
		media_port_restart(&l->port[i]);
	l->assoc = l->remote.assoc;
	l->stale = false;
	if (l->state == LEG_SECURED && media_sessions_renew(l))
		return;
	media_set_state(l, LEG_WAITING);
}

void media_renew_named(struct media_leg *l)
{
	l->stale = false;
	for (unsigned int i = 0; i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		if (p->next_dtls)
			dtls_set_fp(p->next_dtls, &l->fp);
		if (l->state == LEG_FAILED || !p->dtls)
			continue;
		/* Who was let in is not thrown out before the one who replaces it is here, but soon. */
		if (dtls_state(p->dtls) == DTLS_SECURED && !dtls_names(p->dtls, &l->fp))
			l->stale = true;
		else
			dtls_set_fp(p->dtls, &l->fp);
	}
	if (l->state == LEG_FAILED || media_renewing(l))
		return;
	if (l->stale)
		limit(l, STALE_MS);
	else
		timer_cancel(&l->renewal);
}

/* ---- the handshake ---------------------------------------------------------- */

static void take_over(struct media_leg *l)
{
	log_info("new DTLS association", F_U64("call", l->call), F_U64("leg", l->id),
		 F_U64("association", l->remote.assoc));
	timer_cancel(&l->renewal);
	for (unsigned int i = 0; i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		media_port_restart(p);
		p->dtls = p->next_dtls;
		p->keys = p->next_keys;
		p->next_dtls = NULL;
		p->next_keys = NULL;
	}
	l->assoc = l->remote.assoc;
	l->stale = false;
	if (media_sessions_renew(l))
		return;
	media_set_state(l, LEG_HANDSHAKE);
	media_reconcile(l);
}

static void on_send(struct dtls *d, const uint8_t *data, size_t len, void *arg)
{
	struct media_port *p = arg;

	(void)d;
	media_port_send(p, media_port_believed(p), data, len);
}

static void on_secured(struct dtls *d, struct srtp_keys *keys, void *arg)
{
	struct media_port *p = arg;
	struct media_leg *l = p->leg;

	/* From now on it is the one in use. */
	if (d != p->next_dtls) {
		srtp_keys_free(keys);
		return;
	}
	p->next_keys = keys;
	for (unsigned int i = 0; i < media_used_ports(l); i++)
		if (!l->port[i].next_keys)
			return;
	take_over(l);
}

void media_renew_ended(struct media_port *p, const struct dtls *d, const struct err *why)
{
	if (d == p->dtls && media_renewing(p->leg))
		return;
	media_leg_fail(p->leg, why->code, why->text);
}

static void on_ended(struct dtls *d, const struct err *why, void *arg)
{
	media_renew_ended(arg, d, why);
}

static const struct dtls_ops ops = {
	.send = on_send,
	.secured = on_secured,
	.ended = on_ended,
};

void media_renew_start(struct media_leg *l)
{
	const uint32_t ms = 1000 * l->m->conf->handshake_timeout;

	if (!media_renew_ready(l) || l->port[0].next_dtls)
		return;
	for (unsigned int i = 0; i < media_used_ports(l); i++) {
		struct media_port *p = &l->port[i];

		if (p->dtls)
			dtls_retire(p->dtls);
		/* The old one's place in the network, unless signalling says that it is there still. */
		if (!addr_equal(&p->installed, media_port_remote(p)))
			p->latched = (struct addr){ 0 };
		p->next_dtls = dtls_new(l->side->tls, l->remote.role, &ops, p);
		if (!p->next_dtls || dtls_start(p->next_dtls, &l->fp, ms)) {
			media_leg_fail(l, -ENOMEM, "no memory for a DTLS association");
			return;
		}
		if (l->state == LEG_FAILED)
			return;
	}
}
