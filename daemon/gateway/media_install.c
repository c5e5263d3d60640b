// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "log.h"
#include "media_impl.h"

#define PER_REQUEST	SRTP_MAX_SESSIONS_PER_REQUEST

static bool usable(const struct addr *a)
{
	return addr_is_set(a) && a->port && !addr_is_any(a);
}

/* c=0.0.0.0 is how RFC 2543 phones put a call on hold: known, but not to be sent to. */
static bool reachable(const struct media_leg *l)
{
	if (!l->have_remote)
		return false;
	for (unsigned int i = 0; i < media_used_ports(l); i++)
		if (!usable(media_port_remote(&l->port[i])))
			return false;
	return true;
}

static bool keyed(const struct media_leg *l)
{
	for (unsigned int i = 0; i < media_used_ports(l); i++)
		if (!l->port[i].keyed)
			return false;
	return true;
}

/* ---- sessions ------------------------------------------------------------- */

int media_sessions_make(struct media_leg *l, struct err *e)
{
	struct nl_srtp_session s[2] = { 0 };
	uint32_t ids[2];
	int err;

	for (unsigned int i = 0; i < l->nports; i++) {
		s[i].given = NL_SRTP_LOCAL | NL_SRTP_OWNER | NL_SRTP_STATE | NL_SRTP_LATCH |
			     NL_SRTP_IDLE_TIMEOUT;
		s[i].local = l->port[i].local;
		s[i].owner = l->m->owner;
		s[i].state = SRTP_STATE_HELD;
		s[i].latch = SRTP_LATCH_NEVER;
		s[i].idle_timeout = l->m->conf->media_idle_timeout;
	}
	err = l->m->dp->ops->create(l->m->dp, s, l->nports, ids, e);
	if (err)
		return err;
	for (unsigned int i = 0; i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		p->session = ids[i];
		if (hash_insert(&l->m->sessions, &p->by_session,
				hash_bytes(&p->session, sizeof(p->session))))
			err = -ENOMEM;
	}
	if (err) {
		media_sessions_remove(l);
		err_set(e, err, "no memory for a leg");
	}
	return err;
}

static void forget_session(struct media_port *p)
{
	hash_remove(&p->leg->m->sessions, &p->by_session);
	p->session = 0;
}

void media_sessions_forget(struct media_leg *l)
{
	for (unsigned int i = 0; i < l->nports; i++)
		forget_session(&l->port[i]);
}

void media_sessions_remove(struct media_leg *l)
{
	uint32_t ids[2];
	struct err e = { 0 };
	unsigned int n = 0;
	int err = 0;

	for (unsigned int i = 0; i < l->nports; i++) {
		if (!l->port[i].session)
			continue;
		ids[n++] = l->port[i].session;
		forget_session(&l->port[i]);
	}
	if (!n)
		return;
	err = l->m->dp->ops->remove(l->m->dp, ids, n, &e);
	/*
	 * All or nothing: when one is gone already, the other still has to go; and what
	 * failed for another reason (no memory, an answer lost) is tried once more.
	 */
	if (err && (err != -ENOENT || n > 1)) {
		err = 0;
		for (unsigned int i = 0; i < n; i++) {
			int one = l->m->dp->ops->remove(l->m->dp, &ids[i], 1, &e);

			if (one && one != -ENOENT)
				err = one;
		}
	}
	if (!err || err == -ENOENT)
		return;
	log_error("session was not removed, ending all media", F_U64("leg", l->id),
		  F_STR("reason", err_text(&e)));
	l->m->ops->out_of_hand(l->m->arg);
}

/* ---- keys ----------------------------------------------------------------- */

static void crypto(struct nl_srtp_crypto *c, const struct srtp_keys *k,
		   const struct srtp_master *master)
{
	if (!k) {
		c->profile = SRTP_PROFILE_NONE;
		return;
	}
	c->profile = k->profile;
	c->key = master->key;
	c->key_len = k->key_len;
	c->salt = master->salt;
	c->salt_len = k->salt_len;
}

/*
 * One request for the leg.  Whatever comes of it the keys are wiped here: a second
 * installation would start the packet index anew under the same key, which repeats
 * the keystream.
 */
static int install_keys(struct media_leg *l, struct err *e)
{
	struct nl_srtp_session s[2] = { 0 };
	unsigned int n = media_used_ports(l);
	int err;

	for (unsigned int i = 0; i < n; i++) {
		struct media_port *p = &l->port[i];

		s[i].given = NL_SRTP_ID | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX |
			     NL_SRTP_VERIFIED | NL_SRTP_LATCH;
		s[i].id = p->session;
		s[i].remote = *media_port_remote(p);
		s[i].verified = l->verified;
		s[i].latch = p->keys ? SRTP_LATCH_AUTHENTICATED : SRTP_LATCH_NEVER;
		crypto(&s[i].rx, p->keys, p->keys ? &p->keys->rx : NULL);
		crypto(&s[i].tx, p->keys, p->keys ? &p->keys->tx : NULL);
	}
	err = l->m->dp->ops->change(l->m->dp, s, n, e);
	if (!err)
		l->marked = l->verified;
	for (unsigned int i = 0; i < n; i++) {
		struct media_port *p = &l->port[i];

		if (!err) {
			p->keyed = true;
			p->profile = s[i].tx.profile;
			p->installed = s[i].remote;
			p->latched = (struct addr){ 0 };
		}
		srtp_keys_free(p->keys);
		p->keys = NULL;
	}
	return err;
}

/* Somebody vouches for the certificate after all: its signed UPDATE came ("prefer"). */
static int install_mark(struct media_leg *l, struct err *e)
{
	struct nl_srtp_session s[2] = { 0 };
	unsigned int n = media_used_ports(l);
	int err;

	if (l->marked == l->verified || l->stale)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		s[i] = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_VERIFIED,
						 .id = l->port[i].session,
						 .verified = l->verified };
	err = l->m->dp->ops->change(l->m->dp, s, n, e);
	if (!err)
		l->marked = l->verified;
	return err;
}

/* A re-INVITE moved the far end. */
static int install_remotes(struct media_leg *l, struct err *e)
{
	struct nl_srtp_session s[2] = { 0 };
	unsigned int n = 0;
	int err;

	for (unsigned int i = 0; i < media_used_ports(l); i++) {
		const struct media_port *p = &l->port[i];

		if (addr_equal(&p->installed, media_port_remote(p)))
			continue;
		s[n++] = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_REMOTE,
						   .id = p->session,
						   .remote = *media_port_remote(p) };
	}
	if (!n)
		return 0;
	err = l->m->dp->ops->change(l->m->dp, s, n, e);
	for (unsigned int i = 0; !err && i < media_used_ports(l); i++) {
		struct media_port *p = &l->port[i];

		if (addr_equal(&p->installed, media_port_remote(p)))
			continue;
		p->installed = *media_port_remote(p);
		p->latched = (struct addr){ 0 };
	}
	return err;
}

/* ---- pairs ---------------------------------------------------------------- */

/*
 * Where the packets of @from's ports go.  With rtcp-mux on one side only, RTCP
 * leaves the shared port for the other leg's second one, and comes back into it.
 */
static unsigned int link_to(const struct media_leg *from, const struct media_leg *to,
			    struct nl_srtp_session *s)
{
	unsigned int n = media_used_ports(from);
	bool two = media_used_ports(to) == 2;

	for (unsigned int i = 0; i < n; i++) {
		s[i].given = NL_SRTP_ID | NL_SRTP_PEER | NL_SRTP_RTCP_PEER | NL_SRTP_STATE;
		s[i].id = from->port[i].session;
		s[i].state = SRTP_STATE_OPEN;
		s[i].peer = i && two ? to->port[1].session : to->port[0].session;
		s[i].rtcp_peer = n == 1 && two ? to->port[1].session : 0;
	}
	return n;
}

static void open_pair(struct media_leg *a, struct media_leg *b)
{
	struct nl_srtp_session s[4] = { 0 };
	struct err e = { 0 };
	unsigned int n;
	int err;

	n = link_to(a, b, s);
	n += link_to(b, a, s + n);
	err = a->m->dp->ops->change(a->m->dp, s, n, &e);
	if (err) {
		media_leg_fail(a, err, err_text(&e));
		media_leg_fail(b, err, err_text(&e));
		return;
	}
	media_set_state(a, LEG_OPEN);
	media_set_state(b, LEG_OPEN);
}

static unsigned int hold_one(const struct media_leg *l, struct nl_srtp_session *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < l->nports; i++) {
		if (!l->port[i].session || !l->port[i].keyed)
			continue;
		s[n++] = (struct nl_srtp_session){
			.given = NL_SRTP_ID | NL_SRTP_STATE | NL_SRTP_PEER | NL_SRTP_RTCP_PEER,
			.id = l->port[i].session, .state = SRTP_STATE_HELD };
	}
	return n;
}

/* What cannot be held is removed: then nothing relays it either. */
static void hold(struct media_leg *l)
{
	struct nl_srtp_session s[2];
	unsigned int n = hold_one(l, s);
	struct err e = { 0 };

	if (n && l->m->dp->ops->change(l->m->dp, s, n, &e)) {
		log_warn("session could not be held, removing it", F_U64("leg", l->id),
			 F_STR("reason", err_text(&e)));
		media_sessions_remove(l);
	}
}

void media_hold(struct media_leg *l)
{
	struct media_leg *peer = l->peer;
	struct nl_srtp_session s[4];
	struct err e = { 0 };
	unsigned int n;

	if (l->state != LEG_OPEN)
		return;
	n = hold_one(l, s);
	if (peer && peer->state == LEG_OPEN)
		n += hold_one(peer, s + n);
	if (n && l->m->dp->ops->change(l->m->dp, s, n, &e)) {
		hold(l);
		if (peer)
			hold(peer);
	}
	media_set_state(l, LEG_SECURED);
	if (peer && peer->state == LEG_OPEN)
		media_set_state(peer, LEG_SECURED);
}

/* ---- the one function ----------------------------------------------------- */

static bool keys_here(const struct media_leg *l)
{
	for (unsigned int i = 0; i < media_used_ports(l); i++)
		if (!l->port[i].keys)
			return false;
	return true;
}

/* Return: whether the leg lives on. */
static bool reconcile_one(struct media_leg *l)
{
	struct err e = { 0 };
	int err = 0;

	if (l->state == LEG_FAILED || !l->have_remote)
		return l->state != LEG_FAILED;

	if (l->security == MEDIA_DTLS && l->state == LEG_WAITING && reachable(l) &&
	    media_renew_ready(l)) {
		media_set_state(l, LEG_HANDSHAKE);
		for (unsigned int i = 0; i < media_used_ports(l) && l->state == LEG_HANDSHAKE; i++)
			media_port_start(&l->port[i]);
	}
	if (l->state == LEG_FAILED)
		return false;
	if (!keyed(l)) {
		bool ready = l->security == MEDIA_DTLS ? keys_here(l) : reachable(l);

		if (!ready)
			return true;
		err = install_keys(l, &e);
		if (!err)
			media_set_state(l, LEG_SECURED);
	} else if (media_renewing(l)) {
		/* Address and mark are the new association's, and change with the keys. */
		if (reachable(l))
			media_renew_start(l);
		if (l->state == LEG_FAILED)
			return false;
	} else {
		err = install_mark(l, &e);
		if (!err && reachable(l))
			err = install_remotes(l, &e);
	}
	if (err)
		media_leg_fail(l, err, err_text(&e));
	return !err;
}

void media_reconcile(struct media_leg *l)
{
	struct media_leg *peer = l->peer;
	bool pass;

	if (!reconcile_one(l) || !peer || peer->state == LEG_FAILED)
		return;
	if (l->state < LEG_SECURED || peer->state < LEG_SECURED)
		return;
	pass = reachable(l) && reachable(peer);
	/* What is open goes on for a while, but nothing is opened by keys of a replaced certificate. */
	if (l->state != LEG_OPEN && (l->stale || peer->stale))
		return;
	if (pass && l->state != LEG_OPEN)
		open_pair(l, peer);
	else if (!pass && l->state == LEG_OPEN)
		media_hold(l);
}

int media_sessions_renew(struct media_leg *l)
{
	struct err e = { 0 };

	media_hold(l);
	/* New sessions: an association begins with ROC 0, whatever the old one had counted. */
	media_sessions_remove(l);
	for (unsigned int i = 0; i < l->nports; i++) {
		l->port[i].keyed = false;
		l->port[i].settled = false;	/* what came in between found no session */
		l->port[i].latched = (struct addr){ 0 };
	}
	if (media_sessions_make(l, &e))
		media_leg_fail(l, e.code, e.text);
	return e.code;
}

/* ---- what the datapath tells, and is told --------------------------------- */

static void on_gone(uint32_t id, bool expired, void *arg)
{
	struct media *m = arg;
	struct media_port *p = media_port_of(m, id);
	struct err e;

	if (!p)
		return;		/* we removed it ourselves */
	forget_session(p);
	if (expired)
		err_set(&e, -ETIMEDOUT, "no media for %u s", m->conf->media_idle_timeout);
	else
		err_set(&e, -ENOENT, "somebody else deleted session %u", id);
	media_leg_fail(p->leg, e.code, e.text);
}

static void on_moved(uint32_t id, const struct addr *remote, void *arg)
{
	struct media_port *p = media_port_of(arg, id);
	char from[ADDR_STRLEN], to[ADDR_STRLEN];

	if (!p)
		return;
	p->latched = *remote;
	log_info("far end's media comes from another address than its SDP says",
		 F_U64("leg", p->leg->id), F_STR("sdp", addr_str(media_port_remote(p), from)),
		 F_STR("address", addr_str(remote, to)));
}

static void on_lost(void *arg)
{
	struct media *m = arg;
	struct media_leg *l, *next;

	for (l = m->all; l; l = next) {
		next = l->next;
		for (unsigned int i = 0; i < l->nports; i++) {
			struct err e = { 0 };

			if (l->port[i].session &&
			    m->dp->ops->present(m->dp, l->port[i].session, &e) == -ENOENT)
				on_gone(l->port[i].session, !l->port[i].rtcp, m);
		}
	}
}

const struct datapath_events media_datapath_events = {
	.gone = on_gone,
	.moved = on_moved,
	.storm = media_port_storm,
	.lost = on_lost,
};

static void keep(struct media *m, struct nl_srtp_session *s, unsigned int n)
{
	struct err e = { 0 };

	/* One that is gone would spoil the others' request; its event is on the way. */
	if (!n || m->dp->ops->change(m->dp, s, n, &e) != -ENOENT)
		return;
	for (unsigned int i = 0; i < n; i++)
		m->dp->ops->change(m->dp, &s[i], 1, &e);
}

/*
 * An open leg whose far end falls silent is over.  Before it is open nothing has to
 * come, RTCP may be absent for good, and the second port of a muxed leg has no
 * traffic at all.
 */
void media_keepalive(struct media *m)
{
	struct nl_srtp_session s[PER_REQUEST];
	unsigned int n = 0;

	if (!m->dp)
		return;
	for (struct media_leg *l = m->all; l; l = l->next) {
		for (unsigned int i = 0; i < l->nports; i++) {
			const struct media_port *p = &l->port[i];

			if (!p->session || (l->state == LEG_OPEN && !p->rtcp))
				continue;
			s[n++] = (struct nl_srtp_session){
				.given = NL_SRTP_ID | NL_SRTP_IDLE_TIMEOUT, .id = p->session,
				.idle_timeout = m->conf->media_idle_timeout };
			if (n == PER_REQUEST) {
				keep(m, s, n);
				n = 0;
			}
		}
	}
	keep(m, s, n);
}
