/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verifier on a clock that stands still, a root that trusts what the test signs, and
 * a network that answers with the certificate the test put there, at once or on demand.
 */
#ifndef TESTS_VERIFY_WORLD_H
#define TESTS_VERIFY_WORLD_H

#include <openssl/evp.h>

#include "truststore.h"
#include "verify.h"

#define VW_IAT	1443208345	/* Fri, 25 Sep 2015 19:12:25 GMT, Date of the vectors' request */
#define VW_X5U	"https://cert.example.org/passport.cer"

/* Two fingerprint lines, sorted by digest. */
#define VW_FP1	"a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:" \
		"3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"
#define VW_FP2	"a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:" \
		"19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1\r\n"
#define VW_SDP(fp) "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" \
		   "m=audio 49172 UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\n" fp

struct verify_world {
	struct truststore *store;
	struct verifier *v;
	EVP_PKEY *key;			/* the provider's */
	EVP_PKEY *domain_key;		/* of a domain's own certificate: below the root, no rule */
	char *provider, *domain, *expired, *stranger;	/* chains in PEM */

	const char *answer;		/* what x5u answers; NULL: it fails */
	bool busy;			/* and then because we have too much to do */
	bool later;			/* not at once: vw_arrive() */
	enum conf_binding binding;	/* of what is asked */
	unsigned int gets, cancels;
	struct {
		verify_got_fn got;
		void *arg;
	} waiting[8];
	unsigned int nwaiting;

	unsigned int ndone;		/* verdicts so far, and the last one */
	struct verify_result res;
};

/** vw_open() - @private_pem: the provider's key, or NULL for a new one */
void vw_open(struct verify_world *w, const char *private_pem);
void vw_close(struct verify_world *w);

/** vw_make(), vw_free() - the same within a world that has loop and clock already. */
void vw_make(struct verify_world *w, const char *private_pem);
void vw_free(struct verify_world *w);

/** vw_arrive() - every certificate asked for comes now. */
void vw_arrive(struct verify_world *w);

/** vw_ask() - verify @text in REQUIRE mode, and return the code; -1 when it waits. */
int vw_ask(struct verify_world *w, const char *text);
int vw_ask_as(struct verify_world *w, const char *text, enum conf_identity policy,
	      const char *far, const char *near);

/** struct vw_spec - a request to be signed; NULL for what request_default() has */
struct vw_spec {
	const char *method, *from, *to, *call_id, *date, *sdp, *extra, *ruri, *from_tag, *to_tag;
	const char *signed_from, *signed_to, *signed_sdp, *x5u;	/* when other than the request says */
	int64_t iat;			/* 0: now */
	EVP_PKEY *key;			/* NULL: the provider's */
	unsigned int cseq;
	bool compact, no_date, no_identity, msec;
	bool ctx;			/* and a second token, for this request alone */
};

/** vw_request() - its text; free() it. */
char *vw_request(struct verify_world *w, const struct vw_spec *s);

#endif /* TESTS_VERIFY_WORLD_H */
