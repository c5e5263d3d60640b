// SPDX-License-Identifier: GPL-2.0-or-later
#include "media.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"
#include "media_impl.h"

static const char *const state_names[] = { "waiting", "handshake", "secured", "open", "failed" };

static struct media_leg *find_leg(struct media *m, uint64_t id)
{
	struct hash_node *n;

	for (n = hash_first(&m->legs, hash_bytes(&id, sizeof(id))); n; n = hash_next(n)) {
		struct media_leg *l = hash_entry(n, struct media_leg, by_id);

		if (l->id == id)
			return l;
	}
	return NULL;
}

/* A message may cross a FAILED or follow a CLOSE; that is no crime. */
static struct media_leg *leg_or_count(struct media *m, uint64_t id)
{
	struct media_leg *l = find_leg(m, id);

	if (!l) {
		m->stats.unknown_leg++;
		log_debug("message for a leg that is not there", F_U64("leg", id));
	}
	return l;
}

/* ---- what sip is told ----------------------------------------------------- */

static void tell_state(const struct media_leg *l)
{
	const struct media_port *rtp = &l->port[0], *rtcp = &l->port[1];
	struct media_leg_state msg = {
		.leg = l->id,
		.state = l->state == LEG_OPEN ? MEDIA_STATE_OPEN :
			 l->state == LEG_SECURED ? MEDIA_STATE_SECURED :
			 l->state == LEG_HANDSHAKE ? MEDIA_STATE_HANDSHAKE : MEDIA_STATE_WAITING,
		.profile = rtp->profile,
		.verified = l->marked && rtp->keyed,
		.rtp_session = rtp->session,
		.rtcp_session = media_used_ports(l) == 2 ? rtcp->session : 0,
	};

	for (unsigned int i = 0; i < media_used_ports(l); i++)
		if (l->port[i].dtls && dtls_took_ms(l->port[i].dtls) > msg.handshake_ms)
			msg.handshake_ms = dtls_took_ms(l->port[i].dtls);
	l->m->ops->state(&msg, l->m->arg);
}

/* Whose certificate it is comes last: with the signature's log line it says who hears this. */
static void log_opened(const struct media_leg *l)
{
	struct media_fingerprint far_end = { 0 };
	char text[DTLS_FP_TEXT];

	if (l->port[0].dtls)
		dtls_peer_fp(l->port[0].dtls, &far_end);
	dtls_fp_text(&far_end, text);
	log_info("media leg open", F_U64("call", l->call), F_U64("leg", l->id),
		 F_STR("profile", nl_srtp_profile_name(l->port[0].profile)),
		 F_U64("session", l->port[0].session), F_STR("far_end_sha_256", text));
}

void media_set_state(struct media_leg *l, enum leg_state state)
{
	if (l->state == state)
		return;
	if (state == LEG_OPEN)
		log_opened(l);
	else
		log_debug("media leg", F_U64("call", l->call), F_U64("leg", l->id),
			  F_STR("state", state_names[state]), F_STR("was", state_names[l->state]));
	l->state = state;
	if (state != LEG_FAILED)
		tell_state(l);
}

static void tell_failed(struct media *m, uint64_t leg, int code, const char *text)
{
	struct media_leg_failed msg = { .leg = leg, .code = code };

	snprintf(msg.text, sizeof(msg.text), "%.*s", (int)sizeof(msg.text) - 1, text);
	m->ops->failed(&msg, m->arg);
}

/* Held from here on, with its sessions, so that what still comes is dropped in the kernel. */
void media_leg_fail(struct media_leg *l, int code, const char *text)
{
	if (l->state == LEG_FAILED)
		return;
	log_warn("media leg failed", F_U64("call", l->call), F_U64("leg", l->id),
		 F_STR("side", l->side->conf->name), F_STR("state", state_names[l->state]),
		 F_STR("reason", text));
	media_hold(l);
	media_set_state(l, LEG_FAILED);
	media_renew_stop(l);
	for (unsigned int i = 0; i < l->nports; i++) {
		dtls_free(l->port[i].dtls);
		l->port[i].dtls = NULL;
		srtp_keys_free(l->port[i].keys);
		l->port[i].keys = NULL;
	}
	tell_failed(l->m, l->id, code, text);
}

/* ---- legs ----------------------------------------------------------------- */

static void unpair(struct media_leg *l)
{
	if (!l->peer)
		return;
	media_hold(l);
	l->peer->peer = NULL;
	l->peer = NULL;
}

static void log_end(const struct media_leg *l)
{
	uint64_t userspace = 0, junk = 0;

	for (unsigned int i = 0; i < l->nports; i++) {
		userspace += l->port[i].userspace;
		if (l->port[i].dtls)
			junk += dtls_stats(l->port[i].dtls)->junk;
	}
	log_info("media leg closed", F_U64("call", l->call), F_U64("leg", l->id),
		 F_STR("state", state_names[l->state]), F_U64("userspace_packets", userspace),
		 F_U64("dtls_junk", junk));
}

static void leg_free(struct media_leg *l)
{
	log_end(l);
	unpair(l);
	media_ports_close(l);
	hash_remove(&l->m->legs, &l->by_id);
	*l->prev = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->m->nlegs--;
	loop_defer_free(l);
}

static struct media_side *find_side(struct media *m, const char *name)
{
	for (unsigned int i = 0; i < m->conf->nsides; i++)
		if (!strcmp(m->side[i].conf->name, name))
			return &m->side[i];
	return NULL;
}

static struct media_leg *leg_new(struct media *m, struct media_side *side,
				 const struct media_leg_open *msg)
{
	struct media_leg *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->m = m;
	l->id = msg->leg;
	l->call = msg->call;
	l->side = side;
	l->security = msg->security;
	if (hash_insert(&m->legs, &l->by_id, hash_bytes(&l->id, sizeof(l->id)))) {
		free(l);
		return NULL;
	}
	l->next = m->all;
	l->prev = &m->all;
	if (l->next)
		l->next->prev = &l->next;
	m->all = l;
	m->nlegs++;
	return l;
}

int media_leg_open(struct media *m, const struct media_leg_open *msg)
{
	struct media_side *side = find_side(m, msg->side);
	struct media_leg_opened opened = { .leg = msg->leg };
	struct media_leg *l;
	struct err e = { 0 };

	if (!side || find_leg(m, msg->leg))
		return -EINVAL;
	/* Whether a side is encrypted is the configuration's to say, not the SIP parser's. */
	if (msg->security != side->conf->security)
		return -EPERM;

	if (!m->dp) {
		tell_failed(m, msg->leg, m->no_dp.code, m->no_dp.text);
		return 0;
	}
	if (m->nlegs >= 4 * m->conf->max_calls + 64) {
		tell_failed(m, msg->leg, -ENOBUFS, "too many media legs");
		return 0;
	}
	l = leg_new(m, side, msg);
	if (!l) {
		tell_failed(m, msg->leg, -ENOMEM, "no memory for a media leg");
		return 0;
	}
	if (media_ports_open(l, msg->two_ports, &e)) {
		log_warn("media leg not opened", F_U64("call", msg->call), F_U64("leg", msg->leg),
			 F_STR("side", msg->side), F_STR("reason", err_text(&e)));
		tell_failed(m, msg->leg, e.code, err_text(&e));
		leg_free(l);
		return 0;
	}
	opened.rtp = l->port[0].local;
	if (l->nports == 2)
		opened.rtcp = l->port[1].local;
	if (l->security == MEDIA_DTLS)
		opened.fingerprint = m->fingerprint;
	m->ops->opened(&opened, m->arg);
	return 0;
}

/* What cannot change in a running leg without new keys. */
static int remote_fits(const struct media_leg *l, const struct media_leg_remote *r, struct err *e)
{
	sa_family_t family = l->side->conf->media.family;
	bool running = l->state != LEG_WAITING;

	if ((addr_is_set(&r->rtp) && r->rtp.family != family) ||
	    (!r->mux && addr_is_set(&r->rtcp) && r->rtcp.family != family))
		return err_set(e, -EAFNOSUPPORT, "the far end's media address is not of this side's "
			       "address family");
	if (!r->mux && l->nports == 1)
		return err_set(e, -EPROTO, "the far end wants RTCP on a port of its own, and only one "
			       "port was opened");
	if (running && r->mux != l->remote.mux)
		return err_set(e, -EOPNOTSUPP, "rtcp-mux cannot change in the middle of a call");
	if (running && l->security == MEDIA_DTLS && r->role != l->remote.role &&
	    r->assoc == l->remote.assoc)
		return err_set(e, -EOPNOTSUPP, "the DTLS role cannot change without a new association");
	return 0;
}

int media_leg_remote(struct media *m, const struct media_leg_remote *msg)
{
	struct media_leg *l = leg_or_count(m, msg->leg);
	struct err e = { 0 };
	bool renew;

	if (!l || l->state == LEG_FAILED)
		return 0;
	if (remote_fits(l, msg, &e)) {
		media_leg_fail(l, e.code, e.text);
		return 0;
	}
	renew = l->have_remote && l->security == MEDIA_DTLS && msg->assoc != l->remote.assoc;
	if (!l->have_remote)
		l->assoc = msg->assoc;
	l->remote = *msg;
	l->have_remote = true;
	if (msg->mux) {
		l->remote.rtcp = msg->rtp;
	} else if (!addr_is_set(&msg->rtcp)) {	/* RFC 3605 section 2.1: the next port */
		l->remote.rtcp = msg->rtp;
		l->remote.rtcp.port++;
	}
	if (renew)
		media_renew_wanted(l);
	media_reconcile(l);
	return 0;
}

int media_leg_fingerprints(struct media *m, const struct media_leg_fingerprints *msg,
			   enum media_from from)
{
	struct media_leg *l = leg_or_count(m, msg->leg);
	struct dtls_fp_set set;

	if (msg->verified && from != MEDIA_FROM_TRUST)
		return -EPERM;
	if (!l)
		return 0;
	if (from != MEDIA_FROM_TRUST && l->side->conf->identity != CONF_IDENTITY_OFF)
		return -EPERM;
	/* Where signatures are required nobody opens a leg without, not `trust` either. */
	if (!msg->verified && l->side->conf->identity == CONF_IDENTITY_REQUIRE)
		return -EPERM;
	if (l->state == LEG_FAILED || l->security != MEDIA_DTLS)
		return 0;
	if (dtls_fp_choose(&set, msg->fp, msg->count)) {
		media_leg_fail(l, -EACCES, "none of the far end's fingerprints is sha-256 or stronger");
		return 0;
	}
	if (l->have_fp && dtls_fp_equal(&set, &l->fp) && msg->verified == l->verified &&
	    msg->ask == l->fp_ask)
		return 0;
	l->fp = set;
	l->fp_ask = msg->ask;
	l->have_fp = true;
	l->verified = msg->verified;
	media_renew_named(l);
	media_reconcile(l);
	return 0;
}

int media_leg_pair(struct media *m, const struct media_leg_pair *msg)
{
	struct media_leg *a, *b;

	if (msg->a == msg->b)
		return -EINVAL;
	a = leg_or_count(m, msg->a);
	b = leg_or_count(m, msg->b);
	if (!a || !b || a->peer == b)
		return 0;
	unpair(a);
	unpair(b);
	a->peer = b;
	b->peer = a;
	media_reconcile(a);
	return 0;
}

int media_leg_close(struct media *m, const struct media_leg_close *msg)
{
	struct media_leg *l = leg_or_count(m, msg->leg);

	if (l)
		leg_free(l);
	return 0;
}

/* ---- the whole ------------------------------------------------------------ */

static void on_keepalive(struct timer *t, void *arg)
{
	struct media *m = arg;
	uint64_t third = (uint64_t)m->conf->media_idle_timeout * 1000 / 3;

	media_keepalive(m);
	timer_start(t, third ? third : 1, on_keepalive, m);
}

static int side_init(struct media_side *s, const struct conf_side *conf,
		     const struct dtls_cert *cert, struct err *e)
{
	s->conf = conf;
	s->ports = ports_new(&conf->media, conf->port_min, conf->port_max, e);
	if (s->ports && conf->security == MEDIA_DTLS)
		s->tls = dtls_ctx_new(cert, conf->profiles, conf->nprofiles, e);
	if (s->ports && (s->tls || conf->security != MEDIA_DTLS))
		return 0;
	err_prefix(e, "side %s", conf->name);
	return -EINVAL;
}

struct media *media_new(const struct conf_gateway *conf, const struct dtls_cert *cert,
			const struct media_ops *ops, void *arg, struct err *e)
{
	struct media *m = calloc(1, sizeof(*m));

	if (!m || hash_init(&m->legs) || hash_init(&m->sessions) ||
	    getrandom(&m->owner, sizeof(m->owner), 0) != sizeof(m->owner)) {
		err_set(e, -ENOMEM, "no memory for the media legs");
		goto fail;
	}
	m->owner |= 1;		/* 0 means nobody's */
	m->conf = conf;
	m->ops = ops;
	m->arg = arg;
	m->fingerprint = cert->fingerprint;
	err_set(&m->no_dp, -ENODEV, "no datapath");
	for (unsigned int i = 0; i < conf->nsides; i++)
		if (side_init(&m->side[i], &conf->side[i], cert, e))
			goto fail;
	if (conf->media_idle_timeout)
		on_keepalive(&m->keepalive, m);
	return m;
fail:
	media_free(m);
	return NULL;
}

void media_use(struct media *m, struct datapath *dp, const struct err *why)
{
	m->dp = dp;
	if (why)
		m->no_dp = *why;
	if (dp) {
		dp->events = &media_datapath_events;
		dp->arg = m;
	}
}

/* One request for all of them; what it might have missed goes leg by leg. */
static void flush(struct media *m)
{
	struct err e = { 0 };

	if (!m->dp)
		return;
	if (m->dp->ops->flush(m->dp, m->owner, &e)) {
		log_error("sessions were not removed", F_STR("reason", err_text(&e)));
		return;
	}
	for (struct media_leg *l = m->all; l; l = l->next)
		media_sessions_forget(l);
}

void media_free(struct media *m)
{
	if (!m)
		return;
	timer_cancel(&m->keepalive);
	flush(m);
	while (m->all)
		leg_free(m->all);
	for (unsigned int i = 0; i < CONF_MAX_SIDES; i++) {
		ports_free(m->side[i].ports);
		SSL_CTX_free(m->side[i].tls);
	}
	hash_fini(&m->legs);
	hash_fini(&m->sessions);
	if (m->dp)
		m->dp->events = NULL;
	loop_defer_free(m);
}

const struct media_stats *media_stats(const struct media *m)
{
	return &m->stats;
}

uint64_t media_owner(const struct media *m)
{
	return m->owner;
}

unsigned int media_legs(const struct media *m)
{
	return m->nlegs;
}
