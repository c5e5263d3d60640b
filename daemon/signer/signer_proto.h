/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the roles of sip-signerd say to each other.
 *
 *	front ── SIGNER_ASK ──────> auth	this request came, with these credentials
 *	         auth ── SIGNER_VOUCH ──> sign	handle H stands for these claims, once
 *	front <── SIGNER_VERDICT ── auth	accepted, handle H; or challenge, or refuse
 *	front ── SIGNER_SIGN ────────────> sign	H, please
 *	front <───────── SIGNER_SIGNED ── sign	the Identity value, or the token
 *	front <── SIGNER_COUNTS ── auth, sign	how often what happened; for whoever asks
 *
 * Claims go from `auth` to `sign` and nowhere else: `front`, which parses what strangers
 * send, can ask for a handle to be used, and has no message that says what is signed.
 */
#ifndef KSRTP_SIGNER_PROTO_H
#define KSRTP_SIGNER_PROTO_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "passport.h"
#include "sip_digest.h"

enum signer_msg {
	SIGNER_ASK = 1,
	SIGNER_VOUCH,
	SIGNER_VERDICT,
	SIGNER_SIGN,
	SIGNER_SIGNED,
	SIGNER_COUNTS,
};

#define SIGNER_COUNTS_MAX	16

#define SIGNER_URI_MAX		512	/* buffers, NUL included */
#define SIGNER_RURI_MAX		1024
#define SIGNER_CALL_ID_MAX	256
#define SIGNER_TAG_MAX		128
#define SIGNER_METHOD_MAX	32
#define SIGNER_CREDENTIALS_MAX	4096
#define SIGNER_CHALLENGE_MAX	640
#define SIGNER_REASON_MAX	128
#define SIGNER_VALUE_MAX	4000	/* two of them in a message */
#define SIGNER_NO_DATE		(-1)

/**
 * struct signer_ask - front to auth: may this request pass, and be signed?
 * @ask: front's number for it, not 0
 * @ruri: Request-URI as it came, which digest-uri has to match
 * @from, @to: URIs, without parameters of the header field
 * @date: of the Date header, seconds since 1970; SIGNER_NO_DATE
 * @sdp: it carries a description, so it is to be signed
 * @bind: and a token is wanted that is for this request alone (PASSPORT_CTX)
 * @mky: fingerprints of the description, normalised
 * @credentials: value of the Proxy-Authorization that is for us; "" for none
 */
struct signer_ask {
	uint64_t ask;
	char method[SIGNER_METHOD_MAX];
	char ruri[SIGNER_RURI_MAX];
	char from[SIGNER_URI_MAX], to[SIGNER_URI_MAX];
	char call_id[SIGNER_CALL_ID_MAX], from_tag[SIGNER_TAG_MAX], to_tag[SIGNER_TAG_MAX];
	uint32_t cseq;
	int64_t date;
	bool sdp, bind;
	struct sdp_fingerprint mky[SDP_MAX_FINGERPRINTS];
	unsigned int nmky;
	char credentials[SIGNER_CREDENTIALS_MAX];
};

/**
 * struct signer_vouch - auth to sign: @handle stands for these claims, once
 * @handle: random, not 0
 * @user: whom it is for; for tokens and logs
 * @bind: sign a second token, for the request @ctx alone
 */
struct signer_vouch {
	uint64_t handle;
	char user[DIGEST_VALUE_MAX];
	int64_t iat;
	struct passport_id orig, dest;
	struct sdp_fingerprint mky[SDP_MAX_FINGERPRINTS];
	unsigned int nmky;
	bool bind;
	struct passport_ctx ctx;
};

/**
 * struct signer_verdict - auth to front
 * @handle: to be given to `sign`; 0: forward it unsigned, or refused
 * @iat: what Date has to say; only with a handle
 * @code: 0: accepted; else the status code to answer with
 * @retry_after: seconds, with 503
 * @challenge: values of Proxy-Authenticate, with 407
 */
struct signer_verdict {
	uint64_t ask, handle;
	int64_t iat;
	unsigned int code;
	char reason[SIGNER_REASON_MAX];
	uint32_t retry_after;
	unsigned int nchallenges;
	char challenge[DIGEST_ALGS][SIGNER_CHALLENGE_MAX];
};

/**
 * struct signer_sign - front to sign: the claims behind @handle, for request @ask
 * @full: in the full form, whatever the configuration says
 */
struct signer_sign {
	uint64_t ask, handle;
	bool full;
};

/**
 * struct signer_signed - sign to front
 * @code: 0, or what to answer with
 * @value: of Identity, or of Proxy-Authorization; @context: of a second Identity, or ""
 */
struct signer_signed {
	uint64_t ask;
	unsigned int code;
	char reason[SIGNER_REASON_MAX];
	char value[SIGNER_VALUE_MAX], context[SIGNER_VALUE_MAX];
};

/** struct signer_counts - auth or sign to front: its counters, once a second when they change */
struct signer_counts {
	unsigned int n;
	uint64_t value[SIGNER_COUNTS_MAX];
};

/*
 * Bodies.  A writer that is given too much, and a reader given what its sender has no
 * business to say, turns bad.
 */
void signer_ask_put(struct wbuf *w, const struct signer_ask *m);
void signer_ask_get(struct rbuf *r, struct signer_ask *m);
void signer_vouch_put(struct wbuf *w, const struct signer_vouch *m);
void signer_vouch_get(struct rbuf *r, struct signer_vouch *m);
void signer_verdict_put(struct wbuf *w, const struct signer_verdict *m);
void signer_verdict_get(struct rbuf *r, struct signer_verdict *m);
void signer_sign_put(struct wbuf *w, const struct signer_sign *m);
void signer_sign_get(struct rbuf *r, struct signer_sign *m);
void signer_signed_put(struct wbuf *w, const struct signer_signed *m);
void signer_signed_get(struct rbuf *r, struct signer_signed *m);

void signer_counts_put(struct wbuf *w, const struct signer_counts *m);
void signer_counts_get(struct rbuf *r, struct signer_counts *m);

#endif /* KSRTP_SIGNER_PROTO_H */
