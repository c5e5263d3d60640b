/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Providers between a caller A and a callee B, on the fake network under the fake clock.
 * P is the one that A asks; S, in split mode, the one that signs for what P said.  The
 * roles of each speak by the octets of their messages.
 */
#ifndef TESTS_SIGNER_WORLD_H
#define TESTS_SIGNER_WORLD_H

#include "signer_auth.h"
#include "signer_front.h"
#include "signer_sign.h"
#include "sip_net.h"

#define REALM		"provider.example"
#define ALICE		"sip:alice@atlanta.example.com"
#define BOB		"sip:bob@biloxi.example.org"
#define X5U		"https://provider.example/cert.pem"
#define FP_A		"a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"
#define FP_B		"a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1\r\n"

struct provider {
	struct snet_node node;
	struct signer_front front;
	struct signer_auth *auth;
	struct signer_sign_role *sign;
	bool hold_vouch;		/* the other channel is slow */
	bool hung;			/* auth does not answer */
	struct signer_vouch held;
	struct signer_verdict verdict;	/* the latest */
};

enum world_mode { WORLD_BOTH, WORLD_COMPACT, WORLD_MSEC, WORLD_SPLIT, WORLD_LIMITED };

extern struct provider sw_p, sw_s;
extern struct snet_node sw_a, sw_b;
extern EVP_PKEY *sw_key;		/* the one that makes PASSporTs */
extern unsigned int sw_code;		/* of the latest response to A */
extern struct sip_msg *sw_got;		/* that response */
extern struct sip_msg *sw_at_b;		/* the latest request that came to B, or NULL */
extern unsigned int sw_requests, sw_acks;
extern bool sw_bind;			/* A asks for a second token, for the request alone */
extern bool sw_full;			/* A asks for the full form */

int sw_up(void **state);		/* of the group */
int sw_down(void **state);
void sw_start(enum world_mode mode);
int sw_end(void **state);

/** sw_request() - from Alice to Bob by P; @sdp: lines behind a plain description; NULL: no body */
struct sip_msg *sw_request(enum sip_method method, const char *call_id, const char *from,
			      const char *sdp);

/** sw_send() - from A to P, or to S; runs until all is quiet. */
void sw_send(struct sip_msg *m, struct provider *to);

/** sw_answer() - credentials for the challenge in @sw_got, put into @m. */
void sw_answer(struct sip_msg *m, const char *user, const char *password, uint32_t nc);

/** sw_ask() - request, challenge, the same with credentials. */
void sw_ask(enum sip_method method, const char *call_id, const char *from, const char *sdp);

/** sw_verify() - the Identity at B by the rules of RFC 8224, for these lines of SDP. */
enum passport_fault sw_verify(const char *orig, const char *dest, const char *sdp);

#endif /* TESTS_SIGNER_WORLD_H */
