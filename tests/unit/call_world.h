/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway in one process for tests: the real back-to-back user agent and SIP
 * stack, a clock that stands still, a network that is a queue, and a media role
 * that does what the test says.
 *
 *	caller 10.0.0.2 ── side 0 (10.0.0.1) gateway side 1 (10.0.1.1) ── callee 10.0.1.2
 */
#ifndef TESTS_CALL_WORLD_H
#define TESTS_CALL_WORLD_H

#include "call.h"

#define WORLD_MAX_HEARD 256

#define SDP_PLAIN	"v=0\r\no=u 1 1 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
			"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
#define SDP_FP		"a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:" \
			"3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"
#define SDP_DTLS	"v=0\r\no=u 1 1 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
			"m=audio 4000 UDP/TLS/RTP/SAVP 0 101\r\na=setup:actpass\r\n" SDP_FP
#define SDP_DTLS_ANSWER	"v=0\r\no=u 1 1 IN IP4 10.0.9.9\r\ns=-\r\nc=IN IP4 10.0.9.9\r\nt=0 0\r\n" \
			"m=audio 4000 UDP/TLS/RTP/SAVP 0 101\r\na=setup:active\r\n" SDP_FP

/** struct world_leg - what the fake media role knows of a leg */
struct world_leg {
	uint64_t id;
	bool open, dtls, two_ports, remote, fingerprints, closed;
	uint64_t peer;
	struct media_leg_remote last_remote;
	struct media_leg_fingerprints last_fp;
	unsigned int remotes;
};

struct world {
	struct conf_gateway conf;
	struct b2b b2b;
	struct ipc media;		/* the media role's end */
	struct world_leg leg[64];
	unsigned int nlegs;
	bool hold_ports;		/* do not answer LEG_OPEN */
	bool hold_open;			/* do not report OPEN */
	bool media_lost;		/* the gateway closed the channel */
	struct {
		unsigned int side;
		struct sip_msg *msg;
		struct addr to;
	} heard[WORLD_MAX_HEARD];
	struct addr to;			/* where the last one heard was sent */
	unsigned int nheard;
	bool (*lose)(struct world *w, const struct sip_msg *m);	/* true: lost on its way out */
	bool idle;			/* b2b_stop() has finished */
	/* the caller's dialog */
	unsigned int branch;
	unsigned int cseq;
	char call_id[40];
	char to_tag[64];
	char contact[128];		/* of the gateway, towards the caller */
	unsigned int invite_branch;
};

/** world_open() - @a, @b: security of the two sides */
void world_open(struct world *w, enum media_security a, enum media_security b);

/** world_close() - let every transaction run out, then nothing may be left, and fail otherwise */
void world_close(struct world *w);

/** world_run() - until nothing happens any more at this instant */
void world_run(struct world *w);

/** world_wait() - @ms pass, in steps of at most 100 */
void world_wait(struct world *w, uint64_t ms);

/** world_say() - octets reach the gateway on @side, from that side's peer */
void world_say(struct world *w, unsigned int side, const char *text, size_t len);

/** world_hear() - the next message the gateway sent on @side, the caller's to free; NULL: none */
struct sip_msg *world_hear(struct world *w, unsigned int side);

/** world_expect() - the same, which must be this response (@code) or request (@method) */
struct sip_msg *world_expect(struct world *w, unsigned int side, unsigned int code,
			     enum sip_method method);
void world_expect_done(struct world *w, unsigned int side, unsigned int code,
		       enum sip_method method);	/* and free it */
void world_silence(struct world *w);		/* nothing more was sent */

/* ---- the caller (side 0) ---- */
void caller_invite(struct world *w, const char *sdp);		/* a new call; NULL: no body */
void caller_invite_to(struct world *w, const char *ruri, const char *sdp);
void caller_ack(struct world *w, const char *sdp);		/* of a 2xx */
void caller_request(struct world *w, const char *method, const char *headers, const char *sdp);
void caller_cancel(struct world *w);
void caller_learn(struct world *w, const struct sip_msg *resp);	/* To tag and Contact */

/** peer_reply() - whoever the gateway sent @req to answers it */
void peer_reply(struct world *w, const struct sip_msg *req, unsigned int code, const char *tag,
		const char *sdp);

/** peer_refuses() - the callee answers @req so, with the value of a Warning or NULL */
void peer_refuses(struct world *w, const struct sip_msg *req, unsigned int code,
		  const char *warning);

/** peer_rings() - a provisional response of number @rseq, reliable (RFC 3262) */
void peer_rings(struct world *w, const struct sip_msg *req, unsigned int code, const char *tag,
		unsigned int rseq, const char *sdp);

/* ---- the callee (side 1) ---- */
void callee_request(struct world *w, const struct sip_msg *invite, const char *tag,
		    const char *method, unsigned int cseq, const char *sdp);

/* ---- what is heard ---- */
void world_is(const struct sip_msg *m, enum sip_hdr_id id, const char *expect);	/* NULL: absent */
void world_has_body(const struct sip_msg *m, const char *text);
void world_has_no(const struct sip_msg *m, const char *text);	/* anywhere in the message */

/** world_ends() - a BYE with this Reason (NULL: none) was sent on @side, and is answered now */
void world_ends(struct world *w, unsigned int side, const char *reason);

/* ---- media ---- */
struct call *world_call(struct world *w);	/* the only one */
void media_open(struct world *w);		/* both legs of the last call */
void media_fail(struct world *w, uint64_t leg, int err, const char *text);
void media_state(struct world *w, uint64_t leg, enum media_state s);
unsigned int media_open_legs(const struct world *w);
struct world_leg *media_leg(struct world *w, uint64_t id);

/** media_signed() - `trust` tells the media role of fingerprints */
void media_signed(struct world *w, const struct media_leg_fingerprints *m);

/** world_established() - a call that is OPEN; the callee's INVITE, the caller's to free */
struct sip_msg *world_established(struct world *w);

#endif /* TESTS_CALL_WORLD_H */
