/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Legs and ports as media.c, media_port.c and media_install.c share them; see media.h. */
#ifndef KSRTP_MEDIA_IMPL_H
#define KSRTP_MEDIA_IMPL_H

#include <openssl/ssl.h>

#include "clock.h"
#include "dtls.h"
#include "dtls_record.h"
#include "hash.h"
#include "loop.h"
#include "media.h"
#include "ports.h"
#include "timer.h"

#define MEDIA_EARLY	4	/* datagrams kept from before signalling was complete */
#define MEDIA_RINGING_MS 180000	/* for a handshake while the call rings; then `sip` waits no longer */
#define MEDIA_STUN_RATE	10	/* Binding responses a second and port */

struct media_side {
	const struct conf_side *conf;
	struct ports *ports;
	SSL_CTX *tls;			/* NULL on a plain side */
};

/** enum leg_state - as media_proto.h's, and FAILED: held until it is closed */
enum leg_state { LEG_WAITING, LEG_HANDSHAKE, LEG_SECURED, LEG_OPEN, LEG_FAILED };

/** struct media_early - ClientHellos that came before the answer did (RFC 5763 section 5) */
struct media_early {
	struct addr from;
	unsigned int count;
	struct {
		size_t len;
		uint8_t data[DTLS_DATAGRAM_MAX];
	} datagram[MEDIA_EARLY];
};

/**
 * struct media_port - one local port
 * @session: in the datapath; 0 when there is none (any more)
 * @keys: wanted but not yet installed; never installed twice
 * @next_dtls, @next_keys: of the association that is to take over (media_renew.c)
 * @keyed: the session has its contexts, of @profile
 * @installed: remote address the session was told
 * @latched: remote address the datapath found by itself, by an authenticated packet
 * @settled: what is read now came after the session was there
 */
struct media_port {
	struct media_leg *leg;
	bool rtcp;
	int fd;
	struct addr local;
	struct loop_watch watch;
	struct media_early *early;
	struct dtls *dtls;
	struct srtp_keys *keys;
	struct dtls *next_dtls;
	struct srtp_keys *next_keys;

	uint32_t session;
	struct hash_node by_session;
	bool keyed;
	uint16_t profile;
	struct addr installed;
	struct addr latched;

	bool settled;
	uint64_t userspace;
	uint64_t stun_second;
	unsigned int stun_count;
};

struct media_leg {
	struct media *m;
	struct hash_node by_id;
	struct media_leg *next, **prev;	/* list of all */
	uint64_t id, call;
	struct media_side *side;
	enum media_security security;
	enum leg_state state;
	struct port_pair pair;
	unsigned int nports;
	struct media_port port[2];

	bool have_remote, have_fp, verified;
	uint32_t assoc;			/* DTLS association that @port[].dtls is, or will be */
	uint32_t fp_ask;		/* that @fp came with */
	struct timer renewal;		/* how long a new one may take */
	bool marked;			/* the sessions' verified mark, as installed */
	bool stale;			/* @fp no longer names the certificate in use */
	struct media_leg_remote remote;
	struct dtls_fp_set fp;
	struct media_leg *peer;
};

struct media {
	const struct conf_gateway *conf;
	struct media_side side[CONF_MAX_SIDES];
	struct media_fingerprint fingerprint;
	const struct media_ops *ops;
	void *arg;
	struct datapath *dp;
	struct err no_dp;
	uint64_t owner;
	struct hash_table legs, sessions;
	struct media_leg *all;
	unsigned int nlegs;
	struct timer keepalive;
	struct media_stats stats;
};

/** media_used_ports() - ports that carry something: the RTP port alone when muxed. */
static inline unsigned int media_used_ports(const struct media_leg *l)
{
	return l->remote.mux ? 1 : l->nports;
}

/** media_port_remote() - where @p's packets go by signalling. */
static inline const struct addr *media_port_remote(const struct media_port *p)
{
	return p->rtcp ? &p->leg->remote.rtcp : &p->leg->remote.rtp;
}

/* media.c */
void media_leg_fail(struct media_leg *l, int code, const char *text);
void media_set_state(struct media_leg *l, enum leg_state state);

/* media_port.c: sockets, and who gets what arrives on them */

/** media_ports_open() - bind, have held sessions made. 0, or -errno and the leg has nothing. */
int media_ports_open(struct media_leg *l, bool two, struct err *e);
/** media_ports_close() - remove the sessions, close the sockets, free what hangs on them. */
void media_ports_close(struct media_leg *l);
/** media_port_start() - begin the handshake; may fail the leg. */
void media_port_start(struct media_port *p);
/** media_port_believed() - where the far end is, as far as known; media_port_send() - one datagram. */
const struct addr *media_port_believed(const struct media_port *p);
void media_port_send(struct media_port *p, const struct addr *to, const uint8_t *data, size_t len);
/** media_port_restart() - nothing came of the handshake, and another one is wanted. */
void media_port_restart(struct media_port *p);
/** media_port_of() - by datapath session, or NULL. */
/** media_port_storm() - say whose packets are forged or repeated in masses; for datapath_events. */
void media_port_storm(uint32_t id, enum srtp_drop why, uint64_t packets, void *arg);
struct media_port *media_port_of(struct media *m, uint32_t session);

/* media_install.c: from wanted to installed */

/** media_reconcile() - do whatever can be done for @l now; may fail it. */
void media_reconcile(struct media_leg *l);
/** media_hold() - let nothing pass any more, on @l and its peer; cannot fail. */
void media_hold(struct media_leg *l);
/** media_sessions_make() - held sessions for all ports of @l. */
int media_sessions_make(struct media_leg *l, struct err *e);
void media_sessions_remove(struct media_leg *l);
/** media_sessions_forget() - they are gone already. */
void media_sessions_forget(struct media_leg *l);
/** media_keepalive() - tell the datapath which sessions are wanted though they are silent. */
void media_keepalive(struct media *m);

/** media_sessions_renew() - held sessions without keys instead of @l's. 0, or it has failed. */
int media_sessions_renew(struct media_leg *l);

/* media_renew.c: another DTLS association within a call */

/** media_renew_ready() - are the fingerprints there that its association needs? */
bool media_renew_ready(const struct media_leg *l);
/** media_renewing() - is another association wanted than the one that carries the packets? */
bool media_renewing(const struct media_leg *l);
/** media_renew_wanted() - REMOTE asked for a new one. */
void media_renew_wanted(struct media_leg *l);
/** media_renew_named() - FINGERPRINTS have changed. */
void media_renew_named(struct media_leg *l);
/** media_renew_start() - begin, if it is time. */
void media_renew_start(struct media_leg *l);
/** media_renew_ended() - @d, of @p, is over; fails the leg, unless another one is awaited anyhow. */
void media_renew_ended(struct media_port *p, const struct dtls *d, const struct err *why);
/** media_renew_stop() - drop what has not taken over; doing it again is fine. */
void media_renew_stop(struct media_leg *l);

extern const struct datapath_events media_datapath_events;

#endif /* KSRTP_MEDIA_IMPL_H */
