/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The legs of all calls: what should be (told by `sip`, and by the handshakes), what
 * is installed in the datapath, and one function that brings the second to the first.
 *
 *	struct media			one per role
 *	├── side[]			a network: its ports, its DTLS context
 *	└── leg				by id; owned here, ended by media_leg_close()
 *	    ├── port[1..2]		socket, datapath session
 *	    │   ├── dtls		its association, freed with the port
 *	    │   └── keys		from the handshake until they are installed
 *	    └── peer → leg		not owned
 *
 * A session exists, held, before its port is told to anybody, and is opened by one
 * request together with its peer's, when both legs have their keys.  A leg that
 * failed stays held until it is closed.
 */
#ifndef KSRTP_MEDIA_H
#define KSRTP_MEDIA_H

#include <stdint.h>

#include "conf_gateway.h"
#include "datapath.h"
#include "dtls_cert.h"
#include "err.h"
#include "media_proto.h"

struct media;

/** struct media_ops - what `sip` is told; the callee copies, and calls nothing here */
struct media_ops {
	void (*opened)(const struct media_leg_opened *msg, void *arg);
	void (*state)(const struct media_leg_state *msg, void *arg);
	void (*failed)(const struct media_leg_failed *msg, void *arg);
	/*
	 * A session could not be removed, and what it lets pass is out of our hands: the
	 * process has to end; media_free() then has the datapath forget all we own.
	 */
	void (*out_of_hand)(void *arg);
};

/** enum media_from - whose channel a message came by */
enum media_from { MEDIA_FROM_SIP, MEDIA_FROM_TRUST };

/**
 * media_new() - ports and DTLS contexts of every side of @conf
 * @conf: stays the caller's, must outlive this
 * @cert: ours, on every DTLS side; copied
 */
struct media *media_new(const struct conf_gateway *conf, const struct dtls_cert *cert,
			const struct media_ops *ops, void *arg, struct err *e);

/** media_free() - end every leg and remove every session we own; NULL is fine. */
void media_free(struct media *m);

/**
 * media_use() - the datapath from now on
 * @dp: not owned, must outlive this; NULL when there is none, and then OPEN fails
 *	with @why
 */
void media_use(struct media *m, struct datapath *dp, const struct err *why);

const struct media_stats *media_stats(const struct media *m);
/** media_owner() - the cookie of our sessions in the datapath. */
uint64_t media_owner(const struct media *m);
/** media_legs() - how many there are. */
unsigned int media_legs(const struct media *m);

/*
 * Messages of media_proto.h.  What fails is told by ops->failed; a negative errno
 * comes back only when the sender is broken or subverted (an id twice, an unknown
 * side, plain RTP on a DTLS-SRTP side, fingerprints it may not vouch for), and then
 * its channel has to be closed.
 */
int media_leg_open(struct media *m, const struct media_leg_open *msg);
int media_leg_remote(struct media *m, const struct media_leg_remote *msg);
int media_leg_fingerprints(struct media *m, const struct media_leg_fingerprints *msg,
			   enum media_from from);
int media_leg_pair(struct media *m, const struct media_leg_pair *msg);
int media_leg_close(struct media *m, const struct media_leg_close *msg);

#endif /* KSRTP_MEDIA_H */
