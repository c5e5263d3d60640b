/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateway of call_world.h with one side whose requests go through signers, which
 * the test plays; the passwords are with the real code of the trust role.
 */
#ifndef TESTS_SIGNING_WORLD_H
#define TESTS_SIGNING_WORLD_H

#include "call_world.h"

#define SIGNING_REALM "signer.example"
#define SIGNING_CHALLENGE "Digest realm=\"" SIGNING_REALM "\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\""

struct signing_world {
	struct world w;
	bool hold;		/* trust does not answer challenges */
	unsigned int asked;	/* challenges that trust has seen */
	unsigned int side;	/* the one with signers */
	bool full;		/* tries ask for the full form */
};

extern struct signing_world signing;

/** signing_begin_on() - @nsigners (10.0.1.50, 10.0.1.51) for the side @signed_side, which is DTLS-SRTP */
void signing_begin_on(unsigned int signed_side, unsigned int nsigners);

/** signing_begin() - the same for side 1, the callee's */
void signing_begin(unsigned int nsigners);

/** signing_finish() - let all run out; nothing may be left */
void signing_finish(void);

/** signing_answer() - the signer's own answer to @req; @challenge may be NULL */
void signing_answer(const struct sip_msg *req, unsigned int code, const char *challenge);

/** signing_expect() - the next try: a @method to signer @ip, whose number is @cseq (0: any) */
struct sip_msg *signing_expect(const char *ip, enum sip_method method, uint32_t cseq);

/** signing_first() - a caller's INVITE, and the gateway's first try */
struct sip_msg *signing_first(void);

/** signing_challenged() - 407 to @m, which is freed, and the try with credentials that follows */
struct sip_msg *signing_challenged(struct sip_msg *m, const char *ip);

/** signing_callee_answers() - 200 to @m, which is freed, and both ACKs */
void signing_callee_answers(struct sip_msg *m);

/** signing_hang_up() - the caller does; signing_finish() */
void signing_hang_up(void);

/** signing_refused() - the caller got @code; signing_finish() */
void signing_refused(unsigned int code);

#endif
