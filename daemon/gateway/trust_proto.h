/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `sip` and `trust` say to each other about who signed what.
 *
 *	sip ── VERIFY: this request, for leg 17 ──▶ trust ── certificate? ──▶ network
 *	sip ◀── VERDICT: go on, or this code ────── trust
 *	sip ── APPLY: leg 17 has its ports ───────▶ trust ── FINGERPRINTS, verified ──▶ media
 *
 * `sip` hands over the request as it came and never the fingerprints: `trust` reads
 * them itself and tells `media` itself (media_proto.h), so a subverted `sip` can
 * keep a leg closed, but not have one opened to a fingerprint nobody signed.
 *
 * A verdict names the question ("ask") it answers, and APPLY names the verdict.
 * Leg ids are those of media_proto.h.
 */
#ifndef KSRTP_TRUST_PROTO_H
#define KSRTP_TRUST_PROTO_H

#include "media_proto.h"
#include "passport.h"

enum trust_msg {
	TRUST_VERIFY = 1,	/* sip → trust */
	TRUST_UNSIGNED,		/* sip → trust: fingerprints of a response; "prefer" only */
	TRUST_APPLY,		/* sip → trust */
	TRUST_CLOSE,		/* sip → trust: the leg is gone */
	TRUST_VERDICT,		/* trust → sip */
	TRUST_CHALLENGE,	/* sip → trust: a signer's 407 */
	TRUST_CREDENTIALS,	/* trust → sip */
};

#define TRUST_REQUEST_MAX	6000	/* octets of a request that can be verified */
#define TRUST_VALUES_MAX	2500	/* octets of a response's challenges together */
#define TRUST_SIGNER_MAX	32
#define TRUST_METHOD_MAX	16
#define TRUST_URI_MAX		512

/**
 * struct trust_verify - may this request's fingerprints be used on @leg?
 * @ask: number of the question, from 1 up within a leg
 * @side: of the configuration; says "require" or "prefer"
 * @far: identity that must have signed, as a URI: who was dialled, or who called; ""
 *	in a request outside a dialog, whose From says who it is
 * @near: identity it must have been signed for; "" as above: To says it
 * @request: octets of the whole SIP request
 */
struct trust_verify {
	uint64_t leg, call;
	uint32_t ask;
	char side[MEDIA_SIDE_MAX];
	char far[PASSPORT_ID_MAX], near[PASSPORT_ID_MAX];
	size_t len;
	uint8_t request[TRUST_REQUEST_MAX];
};

/**
 * struct trust_verdict - the answer to VERIFY
 * @code: 0: go on; otherwise the status to refuse the request with (RFC 8224
 *	section 6.2.2), and @reason its phrase
 * @verified: a trusted signer vouched; false with @code 0 where "prefer" lets it pass
 * @text: one sentence for the log and the operator
 * @identity: who was verified, "" when nobody was
 * @bound: by a signature that is for this request alone
 * @check: name of the check that failed (verify.h); "" when none did
 */
struct trust_verdict {
	uint64_t leg;
	uint32_t ask;
	unsigned int code;
	bool verified;
	char reason[40];
	char text[MEDIA_TEXT_MAX];
	char identity[PASSPORT_ID_MAX];
	bool bound;
	char check[16];
};

/** struct trust_apply - @leg may use what VERDICT @ask said; "prefer" and @ask 0: UNSIGNED's */
struct trust_apply {
	uint64_t leg;
	uint32_t ask;
};

/** struct trust_unsigned - @fp.verified is false; refused unless @side says "prefer" */
struct trust_unsigned {
	char side[MEDIA_SIDE_MAX];
	struct media_leg_fingerprints fp;
};

struct trust_close {
	uint64_t leg;
};

/**
 * struct trust_challenge - answer a signer's challenge with the password that only you have
 * @ask: of sip's own counting
 * @signer: name in the configuration
 * @uri: Request-URI as sent
 * @values: Proxy-Authenticate values, each ended by NUL, best first
 */
struct trust_challenge {
	uint64_t ask;
	char signer[TRUST_SIGNER_MAX];
	char method[TRUST_METHOD_MAX];
	char uri[TRUST_URI_MAX];
	size_t len;
	char values[TRUST_VALUES_MAX];
};

/** struct trust_credentials - @value of Proxy-Authorization; "" with @text saying why not */
struct trust_credentials {
	uint64_t ask;
	char value[2048];
	char text[MEDIA_TEXT_MAX];
};

/* As in media_proto.h: get() refuses what put() would not have written. */
#define TRUST_PROTO(name)								\
	void name##_put(struct wbuf *w, const struct name *m);				\
	void name##_get(struct rbuf *r, struct name *m);
TRUST_PROTO(trust_verify)
TRUST_PROTO(trust_verdict)
TRUST_PROTO(trust_apply)
TRUST_PROTO(trust_unsigned)
TRUST_PROTO(trust_close)
TRUST_PROTO(trust_challenge)
TRUST_PROTO(trust_credentials)
#undef TRUST_PROTO

#endif /* KSRTP_TRUST_PROTO_H */
