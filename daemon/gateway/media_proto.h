/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the roles of srtpd say to each other about media.
 *
 * `sip` never sees a key and `media` never sees SIP.  A leg is one side's media
 * association: one or two local ports (RTP, and RTCP when not muxed) and, for
 * DTLS-SRTP, the handshakes on them.  The leg id is made by `sip`, unique for the
 * life of the process, and is the only name both use.
 *
 * Order: OPEN → OPENED | FAILED.  Then, in any order: REMOTE (what the far end's
 * SDP says), FINGERPRINTS (which certificates it may show), PAIR (where its
 * packets go).  When a leg has all it needs, `media` does the handshake, compares
 * the certificate, installs keys, and reports STATE.  The kernel sessions of a
 * pair are opened together, and only when both legs are ready; until then, and
 * for ever when a leg fails, they are held.  CLOSE ends a leg from any state.
 *
 * REMOTE may come again, with another address, or asking for a new association
 * (RFC 8842): then what the old one agreed on carries the packets until the new one's
 * certificate has been compared and its keys replace the old ones.
 *
 * FINGERPRINTS comes from `trust` when the side's identity policy is not "off":
 * then the same message from `sip` condemns its channel, so that a subverted
 * `sip` cannot open media to a fingerprint nobody signed.
 */
#ifndef KSRTP_MEDIA_PROTO_H
#define KSRTP_MEDIA_PROTO_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "buf.h"

enum media_msg {
	MEDIA_LEG_OPEN = 1,	/* sip → media */
	MEDIA_LEG_REMOTE,	/* sip → media */
	MEDIA_LEG_FINGERPRINTS,	/* sip or trust → media */
	MEDIA_LEG_PAIR,		/* sip → media */
	MEDIA_LEG_CLOSE,	/* sip → media */
	MEDIA_LEG_OPENED,	/* media → sip */
	MEDIA_LEG_STATE,	/* media → sip */
	MEDIA_LEG_FAILED,	/* media → sip */
	MEDIA_READY,		/* media → sip: kernel module found, or why not */
	MEDIA_STATS,		/* media → sip: counters, when they changed */
};

enum media_security {
	MEDIA_PLAIN,		/* RTP/AVP */
	MEDIA_DTLS,		/* UDP/TLS/RTP/SAVP(F), RFC 5764 */
};

enum media_dtls_role {
	MEDIA_DTLS_ACTIVE,	/* we send the ClientHello */
	MEDIA_DTLS_PASSIVE,	/* we wait for it */
};

enum media_state {
	MEDIA_STATE_WAITING,	/* something is still missing; held */
	MEDIA_STATE_HANDSHAKE,	/* DTLS is running; held */
	MEDIA_STATE_SECURED,	/* keys installed (or plain and ready); held until the peer leg is */
	MEDIA_STATE_OPEN,	/* packets pass */
};

#define MEDIA_MAX_PROFILES	8
#define MEDIA_MAX_FINGERPRINTS	8
#define MEDIA_SIDE_MAX		32
#define MEDIA_TEXT_MAX		200

/**
 * struct media_fingerprint - one a=fingerprint line (RFC 8122)
 * @alg: lower case, "sha-256"
 * @len: octets in @digest
 */
struct media_fingerprint {
	char alg[12];
	uint8_t len;
	uint8_t digest[64];
};

/** struct media_leg_open - @side names a side of the configuration: address, ports, profiles */
struct media_leg_open {
	uint64_t leg;
	uint64_t call;		/* for logs and the owner's bookkeeping */
	char side[MEDIA_SIDE_MAX];
	enum media_security security;
	bool two_ports;		/* bind an RTCP port too (rtcp-mux is not certain) */
};

/** struct media_leg_opened - where the far end may send, and our certificate */
struct media_leg_opened {
	uint64_t leg;
	struct addr rtp;
	struct addr rtcp;	/* unset when there is one port only */
	struct media_fingerprint fingerprint;	/* len 0 on a plain leg */
};

/** struct media_leg_remote - what the far end's SDP says; may come again (re-INVITE) */
struct media_leg_remote {
	uint64_t leg;
	struct addr rtp;
	struct addr rtcp;	/* equal to @rtp when muxed */
	bool mux;		/* both sides want rtcp-mux (RFC 5761) */
	bool early;		/* the call still rings: the handshake may take as long as that */
	enum media_dtls_role role;	/* ours; ignored on a plain leg */
	uint32_t assoc;		/* DTLS association: another number than before asks for a new one */
	uint32_t ask;		/* whose far end FINGERPRINTS of this number name; 0: those told so far */
};

/** struct media_leg_fingerprints - @ask: number of the verdict they are from; 0: of none */
struct media_leg_fingerprints {
	uint64_t leg;
	uint32_t ask;
	bool verified;		/* a trusted signer vouched for them; only `trust` may say so */
	unsigned int count;	/* 1 to MEDIA_MAX_FINGERPRINTS */
	struct media_fingerprint fp[MEDIA_MAX_FINGERPRINTS];
};

struct media_leg_pair {
	uint64_t a, b;
};

struct media_leg_close {
	uint64_t leg;
};

struct media_leg_state {
	uint64_t leg;
	enum media_state state;
	uint16_t profile;	/* enum srtp_profile of <linux/srtp.h> */
	bool verified;
	uint32_t rtp_session, rtcp_session;	/* kernel session ids; rtcp 0 when muxed */
	uint32_t handshake_ms;
};

struct media_leg_failed {
	uint64_t leg;
	int code;		/* negative errno: -ENOBUFS no free port, -EACCES fingerprint
				 * does not match, -ETIMEDOUT no handshake, -EPROTO no common
				 * profile or a broken handshake, ... */
	char text[MEDIA_TEXT_MAX];
};

struct media_ready {
	int code;		/* 0, or negative errno */
	char text[MEDIA_TEXT_MAX];
};

/** struct media_stats - what reached the sockets of `media` since its start */
struct media_stats {
	uint64_t userspace_packets;	/* RTP and RTCP that reached us although a session was there */
	uint64_t stray;			/* DTLS or STUN from addresses signalling did not name */
	uint64_t junk;			/* datagrams that are none of RFC 7983's */
	uint64_t unknown_leg;		/* messages about legs that are gone or never were */
};

/*
 * One pair of functions for each: put() writes the body after ipc_begin(); get()
 * reads and checks every field (ranges, NUL-terminated text, counts) and turns the
 * reader bad on nonsense.  put() turns the writer bad on a fingerprint or a remote
 * address that get() would refuse.
 */
#define MEDIA_PROTO(name)								\
	void name##_put(struct wbuf *w, const struct name *m);				\
	void name##_get(struct rbuf *r, struct name *m);
MEDIA_PROTO(media_leg_open)
MEDIA_PROTO(media_leg_opened)
MEDIA_PROTO(media_leg_remote)
MEDIA_PROTO(media_leg_fingerprints)
MEDIA_PROTO(media_leg_pair)
MEDIA_PROTO(media_leg_close)
MEDIA_PROTO(media_leg_state)
MEDIA_PROTO(media_leg_failed)
MEDIA_PROTO(media_ready)
MEDIA_PROTO(media_stats)
#undef MEDIA_PROTO

#endif /* KSRTP_MEDIA_PROTO_H */
