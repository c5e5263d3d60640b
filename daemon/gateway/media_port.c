// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "media_impl.h"
#include "media_stun.h"

#define READS_A_TURN	16	/* then others have their turn */
#define EEXIST_TRIES	8

void media_port_send(struct media_port *p, const struct addr *to, const uint8_t *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t ss_len = addr_to_sockaddr(to, &ss);

	if (sendto(p->fd, data, len, 0, (struct sockaddr *)&ss, ss_len) < 0)
		log_limited(LOG_LVL_DEBUG, "datagram not sent", F_U64("leg", p->leg->id),
			    F_I64("errno", errno));
}

const struct addr *media_port_believed(const struct media_port *p)
{
	return addr_is_set(&p->latched) ? &p->latched : media_port_remote(p);
}

static bool from_far_end(const struct media_port *p, const struct addr *from)
{
	return p->leg->have_remote && (addr_equal(from, media_port_remote(p)) ||
				       addr_equal(from, &p->latched));
}

/* ---- DTLS ----------------------------------------------------------------- */

static void on_dtls_send(struct dtls *d, const uint8_t *data, size_t len, void *arg)
{
	struct media_port *p = arg;

	(void)d;
	media_port_send(p, media_port_believed(p), data, len);
}

static void on_dtls_secured(struct dtls *d, struct srtp_keys *keys, void *arg)
{
	struct media_port *p = arg;

	(void)d;
	p->keys = keys;
	media_reconcile(p->leg);
}

static void on_dtls_ended(struct dtls *d, const struct err *why, void *arg)
{
	struct media_port *p = arg;

	media_renew_ended(p, d, why);
}

static const struct dtls_ops dtls_ops = {
	.send = on_dtls_send,
	.secured = on_dtls_secured,
	.ended = on_dtls_ended,
};

/* Only a far end that is to be the client has sent something worth replaying. */
static void replay_early(struct media_port *p)
{
	struct media_early *early = p->early;

	p->early = NULL;
	if (early && p->leg->remote.role == MEDIA_DTLS_PASSIVE && from_far_end(p, &early->from))
		for (unsigned int i = 0; i < early->count && p->dtls; i++)
			dtls_input(p->dtls, early->datagram[i].data, early->datagram[i].len);
	free(early);
}

void media_port_start(struct media_port *p)
{
	const struct media_leg *l = p->leg;
	const uint32_t ms = l->remote.early ? MEDIA_RINGING_MS :
					      1000 * l->m->conf->handshake_timeout;

	p->dtls = dtls_new(l->side->tls, l->remote.role, &dtls_ops, p);
	if (!p->dtls || dtls_start(p->dtls, &l->fp, ms)) {
		media_leg_fail(p->leg, -ENOMEM, "no memory for a DTLS association");
		return;
	}
	replay_early(p);
}

void media_port_restart(struct media_port *p)
{
	if (p->dtls)
		dtls_retire(p->dtls);
	dtls_free(p->dtls);
	p->dtls = NULL;
	srtp_keys_free(p->keys);
	p->keys = NULL;
}

static void keep_early(struct media_port *p, const struct addr *from, const uint8_t *data,
		       size_t len)
{
	struct media_early *early = p->early;

	if (data[0] != SSL3_RT_HANDSHAKE || len > DTLS_DATAGRAM_MAX)
		return;
	if (!early) {
		early = calloc(1, sizeof(*early));
		if (!early)
			return;
		early->from = *from;
		p->early = early;
	}
	if (early->count == MEDIA_EARLY || !addr_equal(&early->from, from))
		return;
	early->datagram[early->count].len = len;
	memcpy(early->datagram[early->count].data, data, len);
	early->count++;
}

static void input_dtls(struct media_port *p, const struct addr *from, const uint8_t *data,
		       size_t len)
{
	struct media_leg *l = p->leg;

	if (l->security != MEDIA_DTLS || l->state == LEG_FAILED)
		return;
	if (l->have_remote && !from_far_end(p, from)) {
		char text[ADDR_STRLEN];

		l->m->stats.stray++;
		log_limited(LOG_LVL_INFO, "DTLS from an address that is not the far end's",
			    F_U64("leg", l->id), F_STR("from", addr_str(from, text)));
		return;
	}
	if (p->next_dtls)
		dtls_input(p->next_dtls, data, len);
	else if (p->dtls)
		dtls_input(p->dtls, data, len);
	else
		keep_early(p, from, data, len);
}

/* ---- the rest of RFC 7983 ------------------------------------------------- */

static void input_stun(struct media_port *p, const struct addr *from, const uint8_t *data,
		       size_t len)
{
	uint64_t second = clock_now() / 1000;
	uint8_t out[MEDIA_STUN_MAX];
	size_t n;

	if (!from_far_end(p, from)) {
		p->leg->m->stats.stray++;
		return;
	}
	if (p->stun_second != second) {
		p->stun_second = second;
		p->stun_count = 0;
	}
	n = media_stun_answer(data, len, from, out);
	if (n && p->stun_count++ < MEDIA_STUN_RATE)
		media_port_send(p, from, out, n);
}

/*
 * The kernel takes every RTP and RTCP packet to a session's port, held or open.  One
 * that comes here went round it, and nobody hears anything.
 */
static void count_media(struct media_port *p)
{
	char rule[160], port[8];

	if (!p->settled || !p->session)
		return;
	p->leg->m->stats.userspace_packets++;
	if (p->userspace++)
		return;
	snprintf(port, sizeof(port), "%u", p->local.port);
	snprintf(rule, sizeof(rule), "%s -t mangle -A PREROUTING -p udp --dport %u:%u -j SRTP",
		 p->local.family == AF_INET6 ? "ip6tables" : "iptables",
		 p->leg->side->conf->port_min, p->leg->side->conf->port_max);
	log_limited(LOG_LVL_ERROR, "RTP of a session reached user space: is the iptables rule there?",
		    F_U64("leg", p->leg->id), F_U64("session", p->session), F_STR("port", port),
		    F_STR("rule", rule));
}

static void input(struct media_port *p, const struct addr *from, const uint8_t *data, size_t len)
{
	if (dtls_record_is(data, len))
		input_dtls(p, from, data, len);
	else if (media_stun_is(data, len))
		input_stun(p, from, data, len);
	else if (len && data[0] >= 128 && data[0] <= 191)
		count_media(p);
	else
		p->leg->m->stats.junk++;
}

static void on_readable(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct media_port *p = arg;

	(void)w;
	(void)events;
	for (int i = 0; i < READS_A_TURN && p->fd == fd; i++) {
		uint8_t data[DTLS_DATAGRAM_MAX + 1];	/* one more: too long is seen as such */
		struct sockaddr_storage ss;
		socklen_t ss_len = sizeof(ss);
		struct addr from;
		ssize_t len = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&ss, &ss_len);

		if (len < 0) {
			p->settled = true;
			return;
		}
		if (!addr_from_sockaddr(&from, &ss))
			input(p, &from, data, (size_t)len);
	}
}

/* ---- opening and closing -------------------------------------------------- */

static void place(struct media_leg *l, unsigned int i, int fd)
{
	struct media_port *p = &l->port[i];

	*p = (struct media_port){ .leg = l, .rtcp = i == 1, .fd = fd };
	p->local = l->side->conf->media;
	p->local.port = (uint16_t)(l->pair.even + i);
}

static int take(struct media_leg *l, bool two, struct err *e)
{
	int err = ports_take(l->side->ports, two, &l->pair, e);

	if (err)
		return err;
	l->nports = two ? 2 : 1;
	place(l, 0, l->pair.rtp_fd);
	if (two)
		place(l, 1, l->pair.rtcp_fd);
	err = media_sessions_make(l, e);
	if (err) {
		l->nports = 0;
		ports_give(l->side->ports, &l->pair);
	}
	return err;
}

int media_ports_open(struct media_leg *l, bool two, struct err *e)
{
	int err = take(l, two, e);

	/* Sessions of a gateway that ended without cleaning up, or somebody else's. */
	for (int i = 0; err == -EEXIST && i < EEXIST_TRIES; i++) {
		log_limited(LOG_LVL_WARN, "media port has a session of another owner, trying the next; "
			    "see \"srtpctl show sessions\"", F_STR("reason", err_text(e)));
		err = take(l, two, e);
	}
	for (unsigned int i = 0; !err && i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		err = loop_watch(&p->watch, p->fd, LOOP_READ, on_readable, p);
		if (err)
			err_set(e, err, "media port %u cannot be watched", p->local.port);
		else
			on_readable(&p->watch, p->fd, LOOP_READ, p);
	}
	if (err)
		media_ports_close(l);
	return err;
}

void media_ports_close(struct media_leg *l)
{
	media_renew_stop(l);
	for (unsigned int i = 0; i < l->nports; i++) {
		struct media_port *p = &l->port[i];

		dtls_free(p->dtls);	/* may say goodbye, so before the socket goes */
		p->dtls = NULL;
		srtp_keys_free(p->keys);
		p->keys = NULL;
		free(p->early);
		p->early = NULL;
		loop_unwatch(&p->watch);
		p->fd = -1;
	}
	/* Sockets first: what still comes is dropped by the held sessions, not queued for us. */
	ports_give(l->side->ports, &l->pair);
	media_sessions_remove(l);
	l->nports = 0;
}

struct media_port *media_port_of(struct media *m, uint32_t session)
{
	struct hash_node *n;

	for (n = hash_first(&m->sessions, hash_bytes(&session, sizeof(session))); n;
	     n = hash_next(n)) {
		struct media_port *p = hash_entry(n, struct media_port, by_session);

		if (p->session == session)
			return p;
	}
	return NULL;
}

void media_port_storm(uint32_t id, enum srtp_drop why, uint64_t packets, void *arg)
{
	struct media_port *p = media_port_of(arg, id);

	if (p)
		log_limited(LOG_LVL_WARN, "somebody sends forged or repeated packets in masses",
			    F_U64("call", p->leg->call), F_U64("leg", p->leg->id),
			    F_STR("drop", nl_srtp_drop_name(why)), F_U64("packets", packets));
}
