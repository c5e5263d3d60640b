/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One good signed INVITE, and two lists of what is done to it: what must still verify,
 * and what must be refused.  The INVITE and the lists are in verify_good.c and
 * verify_bad.c, and are to be read there; this says what the words in them mean.
 *
 *	vl_headers, vl_sdp	the INVITE, with @MARKS@ for what is put in last
 *	vl_header, vl_payload	the JSON that is signed for it
 *	struct vl_entry		one line of a list
 *	vl_judge()		makes the request, asks a verifier that has seen nothing yet
 */
#ifndef TESTS_VERIFY_LISTS_H
#define TESTS_VERIFY_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "verify.h"

#define VL_IAT	1443208345		/* Fri, 25 Sep 2015 19:12:25 GMT */

extern const char vl_headers[], vl_sdp[], vl_header[], vl_payload[];

/** enum vl_form - what becomes of "header.payload.signature" once it is signed */
enum vl_form {
	FULL,
	COMPACT,		/* "..signature" */
	COMPACT_OF_BASE,	/* the same, signed for the INVITE as it was, before .sign */
	HALF,			/* ".payload.signature" */
	HEADER_BIT, PAYLOAD_BIT, R_BIT, S_BIT,	/* a bit of that part is another */
	ZERO,			/* r and s are 0 */
	TWIN,			/* (r, n - s), which verifies whenever (r, s) does */
	OTHER_KEY,		/* signed with a key that nobody knows */
	UNSIGNED,		/* "header.payload." */
	BY_RSA, BY_HMAC, DER,	/* a signature by RSA, by HMAC with the public key, in DER */
	PADDED_HEADER, PADDED_SIGNATURE,	/* base64 with "=" */
	STRAY_BITS,		/* other last character, same octets */
	FOUR_PARTS,
	PLUS_SLASH,		/* the alphabet of RFC 4648 section 4 */
	HUGE_TOKEN,		/* of more octets than are taken */
};

/** enum vl_answer - what x5u answers with */
enum vl_answer {
	PROVIDER,		/* sip:provider.example below "main", trusted for everybody */
	OWN_DOMAIN,		/* sip:atlanta.example.com below "own", trusted for itself */
	PROVIDER_DNS, PROVIDER_CN, PROVIDER_BETWEEN, PROVIDER_DER, PROVIDER_TEXT, PROVIDER_EKU,
	PROVIDER_LIMITED,	/* by a CA for SIP and for this domain only */
	NOTHING, JUNK, NO_CERTIFICATE, CUT_CERTIFICATE, NINE_CERTIFICATES, TOO_LARGE,
	EXPIRED, NOT_YET, STRANGER, SELF_SIGNED, NO_BETWEEN,
	OTHER_DOMAIN, SUB_DOMAIN, WILDCARD, NO_RULE, WRONG_ROOT, NUL_IN_NAME, NO_NAME,
	BY_NO_CA, TOO_LONG, BETWEEN_EKU, BETWEEN_LIMITED, CA_SIGNS, WEB_SERVER, NO_SIGNING, P384,
	SHA1_BETWEEN,
	VL_ANSWERS
};

/** enum vl_net - how x5u is fetched */
enum vl_net {
	CANNED,			/* not at all: the answer is there */
	STRICT,			/* as by default: nothing private, https only */
	LOCAL,			/* as configured for a server on loopback */
};

/** enum vl_before - what happened before */
enum vl_before {
	NOTHING_BEFORE,
	SAME_REQUEST,		/* this request was verified already */
	SAME_TOKEN,		/* the unchanged INVITE was, with this token */
	SAME_R,			/* the unchanged INVITE was, with the twin of this signature */
	RESTART,		/* we were started after it was signed */
	CACHE_FULL,		/* as many other requests as are remembered */
};

struct vl_edit {
	const char *from, *to;	/* the first one; "" as @from puts @to in front of everything */
};

/**
 * struct vl_entry - one thing that is done
 * @name: for people
 * @sign: to the JSON before it is signed: what a signer may do
 * @forge: to the JSON after it was signed: what a proxy may try
 * @wire: to the request after that, in order: what a proxy may do
 * @x5u: in place of VL_X5U; @PORT@ and @PLAIN@ are ports of our servers
 * @late: seconds between Date and its arrival
 * @code, @check, @why: the refusal; @why is a part of its sentence
 * @fast: nothing may be fetched for it
 * @slow: what it waits for does not come; time is moved on then
 * @stuck: with this check out it fails elsewhere all the same; says where
 * @away: not to be tried without the check: it would leave this machine
 */
struct vl_entry {
	const char *name;
	struct vl_edit sign[3], forge[2], wire[6];
	enum vl_form form;
	enum vl_answer answer;
	enum vl_net net;
	enum vl_before before;
	enum conf_binding binding;	/* of our side */
	const char *x5u;
	int late;
	unsigned int code;
	const char *check, *why;
	bool fast, slow;
	const char *stuck;
	bool away;
};

#define VL_X5U	"https://cert.example.org/passport.cer"

extern const struct vl_entry vl_good[], vl_bad[];
extern const size_t vl_ngood, vl_nbad;

/** vl_open() - keys, certificates, servers; vl_close() ends them. */
void vl_open(void);
void vl_close(void);

/** struct vl_result - @waits: there was no verdict in any time */
struct vl_result {
	struct verify_result res;
	bool waits;
	unsigned int fetched;
};

void vl_judge(const struct vl_entry *e, struct vl_result *out);

/* ---- the parts of it: verify_list_certs.c, verify_list_net.c, verify_list_run.c -------- */

/** struct vl_chain - @key of its first certificate */
struct vl_chain {
	char *data;
	size_t len;
	EVP_PKEY *key;
};

extern struct vl_chain vl_chain[VL_ANSWERS];
extern unsigned int vl_port, vl_plain_port, vl_untrusted_port;	/* of the servers */

void vl_certs_open(void);
void vl_certs_close(void);
struct truststore *vl_store(void);		/* a new one, with all that is trusted */

struct vl_source;
void vl_net_open(void);
void vl_net_close(void);
struct vl_source *vl_source_new(enum vl_net net, const struct vl_chain *canned);
void vl_source_free(struct vl_source *s);
void vl_source_ops(struct vl_source *s, struct verify_source *ops);
unsigned int vl_source_gets(const struct vl_source *s);

#endif /* TESTS_VERIFY_LISTS_H */
