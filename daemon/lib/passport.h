/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PASSporT (RFC 8225) as SIP Identity uses it (RFC 8224): who calls whom, when, and
 * with which certificate fingerprints.
 *
 * A verifier never takes a claim from a token: it builds the struct passport it
 * expects from the SIP request, and asks whether the token says the same.
 */
#ifndef KSRTP_PASSPORT_H
#define KSRTP_PASSPORT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdp.h"

struct err;
struct jws_signer;

#define PASSPORT_URL_MAX	512
#define PASSPORT_ID_MAX		256
#define PASSPORT_MAX_DEST	4
#define PASSPORT_FRESH		60	/* seconds, RFC 8224 section 6.2 step 4 */

/** enum passport_ppt - the PASSporT types that are understood; others are ignored */
enum passport_ppt {
	PASSPORT_BASE,		/* no "ppt" */
	PASSPORT_MSEC,		/* RFC 8862 */
	PASSPORT_CTX,		/* "ksrtp-ctx", our own: docs/identity.md */
};

/* Parameter of the Route that leads to a signer, after 438 (RFC 8224 section 6.2.2) */
#define PASSPORT_FULL_WANTED	"ksrtp-full"

#define PASSPORT_METHOD_MAX	32	/* buffers, NUL included */
#define PASSPORT_CALL_ID_MAX	256
#define PASSPORT_TAG_MAX	128

/**
 * struct passport_ctx - the one request that a token of type PASSPORT_CTX is for
 *
 * What RFC 8224 leaves open: without it a token fits every request between the same two
 * with the same fingerprints.  @to_tag is "" outside a dialog.
 */
struct passport_ctx {
	char method[PASSPORT_METHOD_MAX];
	char call_id[PASSPORT_CALL_ID_MAX];
	char from_tag[PASSPORT_TAG_MAX], to_tag[PASSPORT_TAG_MAX];
	uint32_t cseq;
};

/**
 * struct passport_id - a canonical identity
 * @tn: a telephone number (RFC 8224 section 8.3), else a URI (section 8.5)
 */
struct passport_id {
	bool tn;
	char value[PASSPORT_ID_MAX];
};

/**
 * struct passport - header and claims
 * @x5u: where the signer's certificate is
 * @iat: seconds since 1970
 * @mky: fingerprints, sorted and without repetition (passport_mky_normalise())
 * @announce: of another type than PASSPORT_CTX: says that one of that type is beside it, so
 *	that nobody can take that one away; full form only
 * @ctx: of type PASSPORT_CTX
 */
struct passport {
	enum passport_ppt ppt;
	char x5u[PASSPORT_URL_MAX];
	int64_t iat;
	struct passport_id orig;
	struct passport_id dest[PASSPORT_MAX_DEST];
	unsigned int ndest;
	struct sdp_fingerprint mky[SDP_MAX_FINGERPRINTS];
	unsigned int nmky;
	bool announce;
	struct passport_ctx ctx;
};

/**
 * passport_id_from_uri() - canonical form of what stands in From or To
 * @uri: addr-spec, "sip:Alice@Example.com;transport=udp" or "tel:+1-215-555-1212"
 *
 * A tel URI, or a SIP URI with user=phone, becomes a number: everything but digits,
 * '#' and '*' goes, and parameters with it; one that leaves no number of 1 to 15 digits
 * is treated as a URI (RFC 8224 section 8.1).  A SIP URI loses password, port,
 * parameters and headers; scheme, user and host become lower case; escapes of
 * unreserved characters are undone (section 8.5).
 *
 * Return: 0, or -EINVAL: another scheme, no user part, not printable, too long.
 */
int passport_id_from_uri(struct passport_id *id, const char *uri, struct err *e);

/** passport_ppt_name() - as in "ppt"; NULL for PASSPORT_BASE */
const char *passport_ppt_name(enum passport_ppt ppt);

bool passport_id_equal(const struct passport_id *a, const struct passport_id *b);

/** passport_mky_normalise() - sort by algorithm and digest, drop repetitions (RFC 8225 5.2.2). */
void passport_mky_normalise(struct passport *p);

/**
 * passport_ctx_set() - from a request; NULL tags are ""
 *
 * Return: 0, or -EINVAL: something is too long, or not printable ASCII; @c is then empty,
 * and no token is for it.
 */
int passport_ctx_set(struct passport_ctx *c, const char *method, const char *call_id,
		     uint32_t cseq, const char *from_tag, const char *to_tag);

/**
 * passport_sign_by() - make the token
 * @key: jws.h
 * @compact: leave header and payload out; only for types without claims of their own
 *	(RFC 8225 section 7), and then only when the request's Date says @p->iat
 * @out: the token, NUL-terminated
 *
 * Return: 0; -EINVAL for a value that is not printable ASCII, or that the compact form
 * cannot hold; -EMSGSIZE; -EIO.
 */
int passport_sign_by(const struct passport *p, struct jws_signer *key, bool compact, char *out,
		     size_t cap, struct err *e);

/** passport_sign() - the same with a key that signs only once in a while. */
int passport_sign(const struct passport *p, EVP_PKEY *key, bool compact, char *out, size_t cap,
		  struct err *e);

/** enum passport_fault - what a verifier found; passport_fault_code() gives the SIP answer */
enum passport_fault {
	PASSPORT_OK,
	PASSPORT_MALFORMED,	/* 438 */
	PASSPORT_UNSUPPORTED,	/* a ppt that is not understood: as if the header were not there */
	PASSPORT_X5U,		/* 438: x5u is not what info says */
	PASSPORT_STALE,		/* 403 */
	PASSPORT_ORIG,		/* 438: signed for another caller */
	PASSPORT_DEST,		/* 438: signed for another callee */
	PASSPORT_MKY,		/* 438: not the fingerprints that this request carries */
	PASSPORT_SIGNATURE,	/* 438 */
	PASSPORT_CREDENTIAL,	/* 437: certificate of a kind that cannot sign ES256 */
	PASSPORT_CONTEXT,	/* 438: signed for another request than this one */
};

/**
 * passport_verify() - does this token say what the request says, now, under this key?
 * @want: what the request says: orig, dest, mky (normalised), x5u from "info", ppt of
 *	the header, and in @want->iat the Date header's time
 * @token: full or compact
 * @key: public key of the certificate at x5u, whose authority the caller has checked
 * @now: seconds since 1970
 *
 * The compact form is rebuilt from @want.  The full form must be in the deterministic
 * form of RFC 8225 section 9 and is compared claim by claim; its iat may differ from
 * Date as long as both are fresh (RFC 8224 section 6.2 step 4).  A claim that is not
 * understood is covered by the signature and otherwise ignored.
 *
 * Return: PASSPORT_OK or what is wrong, then with @e filled in.
 */
enum passport_fault passport_verify(const struct passport *want, const char *token, EVP_PKEY *key,
				    int64_t now, struct err *e);

/**
 * passport_peek() - what a token that verified says besides: its iat (@iat is left alone in
 * the compact form), and whether one of type PASSPORT_CTX is beside it
 */
bool passport_peek(const char *token, int64_t *iat);

/** passport_fault_code() - 403, 437 or 438; 0 for PASSPORT_OK and PASSPORT_UNSUPPORTED. */
int passport_fault_code(enum passport_fault f);

/**
 * struct identity_header - one Identity header (RFC 8224 section 4)
 * @token: full or compact, NUL-terminated; owned, identity_header_free()
 * @info: the URI of "info"
 * @known: ppt is absent or one that is understood
 */
struct identity_header {
	char *token;
	char info[PASSPORT_URL_MAX];
	enum passport_ppt ppt;
	bool known;
};

/**
 * identity_header_parse() - read the value of an Identity header
 *
 * "info" is required, "alg" must be ES256 when given, a quoted and an unquoted "ppt"
 * are taken, an unknown parameter is ignored, a repeated one refused.
 *
 * Return: 0 or -EINVAL.
 */
int identity_header_parse(struct identity_header *h, const char *value, struct err *e);
void identity_header_free(struct identity_header *h);

/** identity_header_print() - the value for @p's token into @out. Return: 0 or -EMSGSIZE. */
int identity_header_print(const struct passport *p, const char *token, char *out, size_t cap);

#endif /* KSRTP_PASSPORT_H */
