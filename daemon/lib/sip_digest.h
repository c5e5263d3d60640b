/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digest authentication of SIP (RFC 3261 section 22 as updated by RFC 8760; the
 * scheme itself is RFC 7616), both sides.  No I/O: values of header fields in,
 * values of header fields out.
 *
 * Only qop=auth exists here: a challenge or an answer without it is refused
 * (RFC 8760 section 2.6).  The "-sess" variants, auth-int and hashed user names are not
 * spoken.  qop=auth covers method and digest-uri, not the body; whoever needs the
 * body covered between client and server uses TLS.
 *
 * H(A1) ("ha1") is the hash of user:realm:password in lower-case hexadecimal.  It is
 * as good as the password for its realm, and is treated as a secret.
 */
#ifndef KSRTP_SIP_DIGEST_H
#define KSRTP_SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define DIGEST_HEX		65	/* buffer for a hash in hexadecimal, NUL included */
#define DIGEST_VALUE_MAX	256	/* buffer for a parameter's value, NUL included */
#define DIGEST_HEADER_MAX	2048	/* octets of a header value that is looked at */

enum digest_alg {
	DIGEST_SHA512_256,		/* in the order in which a server should offer them */
	DIGEST_SHA256,
	DIGEST_MD5,
	DIGEST_ALGS
};

/* Sets of algorithms; MD5 is in none unless somebody configures it. */
#define DIGEST_BIT(alg)		(1u << (alg))
#define DIGEST_STRONG		(DIGEST_BIT(DIGEST_SHA512_256) | DIGEST_BIT(DIGEST_SHA256))

/** digest_alg_name() - "SHA-512-256", "SHA-256", "MD5". */
const char *digest_alg_name(enum digest_alg alg);

/** digest_alg_parse() - without regard to case. Return: enum digest_alg or -EINVAL. */
int digest_alg_parse(const char *name);

/** digest_hex_len() - hexadecimal digits of a hash: 32 or 64. */
size_t digest_hex_len(enum digest_alg alg);

/**
 * digest_ha1() - H(user:realm:password)
 *
 * @user must not hold a colon, or two users could share one hash.
 * Return: 0, -EINVAL (colon), -EIO when OpenSSL lacks the algorithm (MD5 in FIPS mode).
 */
int digest_ha1(enum digest_alg alg, const char *user, const char *realm, const char *password,
	       char ha1[DIGEST_HEX]);

/* ---- header values ------------------------------------------------------- */

/** struct digest_challenge - WWW-Authenticate or Proxy-Authenticate */
struct digest_challenge {
	enum digest_alg alg;
	bool stale;
	char realm[DIGEST_VALUE_MAX];
	char nonce[DIGEST_VALUE_MAX];
	char opaque[DIGEST_VALUE_MAX];	/* "" when there is none */
};

/**
 * digest_challenge_parse() - read one challenge
 *
 * Return: 0; -EINVAL when it is malformed; -ENOTSUP when it is well-formed but another
 * scheme, an algorithm that is not known, or without qop=auth (then look at the next).
 */
int digest_challenge_parse(struct digest_challenge *c, const char *value, struct err *e);

/** digest_challenge_print() - the header's value. Return: 0 or -EMSGSIZE. */
int digest_challenge_print(const struct digest_challenge *c, char *out, size_t cap);

/** struct digest_credentials - Authorization or Proxy-Authorization */
struct digest_credentials {
	enum digest_alg alg;
	uint32_t nc;			/* 1 and up */
	char username[DIGEST_VALUE_MAX];
	char realm[DIGEST_VALUE_MAX];
	char nonce[DIGEST_VALUE_MAX];
	char uri[DIGEST_VALUE_MAX];
	char cnonce[DIGEST_VALUE_MAX];
	char opaque[DIGEST_VALUE_MAX];	/* "" when there is none */
	char response[DIGEST_HEX];	/* lower-case hexadecimal, as long as @alg says */
};

/** digest_credentials_parse() - as digest_challenge_parse(). */
int digest_credentials_parse(struct digest_credentials *c, const char *value, struct err *e);
int digest_credentials_print(const struct digest_credentials *c, char *out, size_t cap);

/**
 * digest_response() - what @c->response should be (RFC 7616 section 3.4.1)
 *
 * Return: 0 or -EIO.
 */
int digest_response(const struct digest_credentials *c, const char *ha1, const char *method,
		    char out[DIGEST_HEX]);

/* ---- client -------------------------------------------------------------- */

/**
 * digest_choose() - which of a response's challenges to answer
 * @values: the header values, in their order
 * @algs: DIGEST_BIT()s that are acceptable
 * @realm: the only realm to answer, or NULL for any
 *
 * The topmost acceptable one, as RFC 8760 section 2.4 asks.
 * Return: its index, with @c filled in; -ENOENT with the reason of the last one
 * that was passed over.
 */
int digest_choose(const char *const *values, unsigned int n, unsigned int algs, const char *realm,
		  struct digest_challenge *c, struct err *e);

/**
 * digest_answer() - credentials for a challenge
 * @ha1: for the challenge's realm and algorithm
 * @nc: 1 for the first request under this nonce, then counting up
 * @cnonce: NULL for a random one
 *
 * Return: 0, -EINVAL when a value is too long or unprintable, -EIO.
 */
int digest_answer(const struct digest_challenge *c, const char *user, const char *ha1,
		  const char *method, const char *uri, uint32_t nc, const char *cnonce,
		  struct digest_credentials *out, struct err *e);

/* ---- server -------------------------------------------------------------- */

/*
 * A nonce is serial ‖ time ‖ MAC under a key made at start: it cannot be invented, it
 * says itself when it expires, and one that nobody ever answers costs no memory.
 * A nonce is entered in a table when first answered *correctly*; there a window of 64
 * counts tells repeated requests, without minding those that overtook each other.
 *
 * The table is bounded.  When it is full the oldest entry goes, and every nonce not
 * in the table whose serial is no higher than that one's is stale from then on: its
 * client is challenged anew, and nothing can be replayed.
 */
struct digest_server;

/**
 * struct digest_server_conf
 * @algs: DIGEST_BIT()s to offer and accept
 * @life: seconds that a nonce is good for, 1 to 86400
 * @max: nonces in the table, 1 to 2^20
 */
struct digest_server_conf {
	char realm[DIGEST_VALUE_MAX];
	unsigned int algs;
	unsigned int life;
	unsigned int max;
};

/** digest_server_new() - Return: 0, -EINVAL with what is wrong in @conf, -ENOMEM. */
int digest_server_new(struct digest_server **out, const struct digest_server_conf *conf,
		      struct err *e);
void digest_server_free(struct digest_server *s);	/* NULL is fine */

/**
 * digest_server_challenge() - the values of the header fields to send, best first
 * @out: one for each algorithm, all with the same nonce
 *
 * Return: how many.
 */
unsigned int digest_server_challenge(struct digest_server *s, bool stale,
				     struct digest_challenge out[DIGEST_ALGS]);

enum digest_verdict {
	DIGEST_OK,
	DIGEST_STALE,		/* right password, nonce not good any more: challenge, stale=true */
	DIGEST_REPLAYED,	/* right password, but this nonce count has been here */
	DIGEST_WRONG,		/* user or password wrong: challenge */
	DIGEST_REFUSED,		/* realm, algorithm or URI that is not ours: 400 */
};

/**
 * digest_server_check() - are these credentials good for this request?
 * @ha1: the user's for @c->realm and @c->alg, or NULL when there is no such user; an
 *	unknown user takes as long to refuse as a wrong password
 * @method: as written in the request
 * @ruri: Request-URI, which digest-uri must be equivalent to (RFC 3261 section 22.4
 *	item 7), or NULL when a proxy may have changed it on the way
 */
enum digest_verdict digest_server_check(struct digest_server *s,
					const struct digest_credentials *c, const char *ha1,
					const char *method, const char *ruri, struct err *e);

struct digest_stats {
	uint64_t ok, stale, replayed, wrong, refused;
	uint64_t evicted;	/* nonces dropped from a full table */
	unsigned int used;	/* in the table now */
};

const struct digest_stats *digest_server_stats(const struct digest_server *s);

#endif /* KSRTP_SIP_DIGEST_H */
