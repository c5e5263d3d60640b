/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access tokens between two providers (RFC 8898, "Authorization: Bearer"): one
 * authenticates a user, the other signs for him.
 *
 * The token is a JWT of type at+jwt (RFC 9068) signed with ES256.  It says who may be
 * in From, and which certificate fingerprints the SDP may have, so that whoever steals it
 * on the way gets the signature he could have had by forwarding the request, and no
 * other.  It lives for seconds, for one signer, and once.
 *
 *	{"alg":"ES256","typ":"at+jwt"}
 *	{"aud":"sign.example","dest":{"uri":["sip:bob@biloxi.example.org"]},"exp":1443208375,
 *	 "iat":1443208345,"iss":"auth.example","jti":"0pB3...","mky":[{"alg":"sha-256",
 *	 "dig":"021ACC54..."}],"orig":{"uri":"sip:alice@atlanta.example.com"},"sub":"alice"}
 *
 * orig, dest and mky have the forms of RFC 8225.
 */
#ifndef KSRTP_TOKEN_H
#define KSRTP_TOKEN_H

#include <openssl/evp.h>
#include <stdint.h>

#include "passport.h"
#include "seen.h"

struct err;

#define TOKEN_NAME_SIZE	256	/* buffer for issuer, audience or subject, NUL included */
#define TOKEN_JTI_SIZE	65	/* buffer; ours have 22 octets: 16 random ones in base64url */
#define TOKEN_LIFE	30	/* seconds, usual */
#define TOKEN_LIFE_MAX	120	/* seconds; a longer life is refused */
#define TOKEN_SKEW	10	/* seconds that the two clocks may differ */

/**
 * struct token - what a token says
 * @iss, @aud: issuer and signer, by the names that they were configured with
 * @sub: the user as the issuer knows it; for logs only
 * @jti: set by token_issue()
 * @orig: who may be in From
 * @dest: who may be in To; @ndest 0: anybody
 * @mky: fingerprints of the SDP, normalised; @nmky 0: SDP without any
 * @bind: for the request @ctx alone, and the user wants its signature to say so too
 *	(PASSPORT_CTX)
 */
struct token {
	char iss[TOKEN_NAME_SIZE], aud[TOKEN_NAME_SIZE], sub[TOKEN_NAME_SIZE];
	char jti[TOKEN_JTI_SIZE];
	int64_t iat, exp;
	struct passport_id orig;
	struct passport_id dest[PASSPORT_MAX_DEST];
	unsigned int ndest;
	struct sdp_fingerprint mky[SDP_MAX_FINGERPRINTS];
	unsigned int nmky;
	bool bind;
	struct passport_ctx ctx;
};

/**
 * token_issue() - make a token
 * @t: all but jti, which is made here
 * @key: EC P-256 private key of the issuer
 *
 * Return: 0, -EINVAL when iss, aud or orig is missing or the life is not 1 to
 * TOKEN_LIFE_MAX seconds, -EMSGSIZE, -EIO.
 */
int token_issue(struct token *t, EVP_PKEY *key, char *out, size_t cap, struct err *e);

/** struct token_issuer - whose tokens are taken */
struct token_issuer {
	char iss[TOKEN_NAME_SIZE];
	EVP_PKEY *key;			/* public; the caller's */
};

enum token_fault {
	TOKEN_OK,
	TOKEN_MALFORMED,	/* 400, "invalid_request" */
	TOKEN_ISSUER,		/* all below: 401, "invalid_token" (RFC 8898 section 2.2) */
	TOKEN_SIGNATURE,
	TOKEN_AUDIENCE,
	TOKEN_TIME,		/* expired, from the future, or living too long */
	TOKEN_ORIG,		/* for another user than From says */
	TOKEN_DEST,
	TOKEN_MKY,		/* for other fingerprints than the SDP has */
	TOKEN_CONTEXT,		/* for another request */
	TOKEN_USED,
};

/** token_fault_name() - a word for logs and events. */
const char *token_fault_name(enum token_fault f);

/**
 * struct token_check - what the token is held against
 * @aud: our own name
 * @now: seconds since 1970, clock_wall()
 * @want: orig, dest, mky (normalised) and ctx of the request, as for passport_verify()
 * @request: the request, for @seen: the same one may show its token again
 */
struct token_check {
	const struct token_issuer *issuers;
	unsigned int nissuers;
	const char *aud;
	int64_t now;
	const struct passport *want;
	struct seen *seen;
	const struct seen_request *request;
};

/**
 * token_verify() - is @text a token for this request, and not used for another one?
 * @t: what it says, filled in as far as it was understood; for logs
 *
 * A token is used up only if all else is right. Which answer of seen_id() is taken: NEW,
 * and AGAIN (a request that came twice, which transactions have to tell apart).
 */
enum token_fault token_verify(const char *text, const struct token_check *c, struct token *t,
			      struct err *e);

/** token_bearer() - the token in "Bearer TOKEN", or NULL; @len is its length. */
const char *token_bearer(const char *header_value, size_t *len);

#endif /* KSRTP_TOKEN_H */
