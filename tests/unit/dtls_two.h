/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ends of a DTLS-SRTP association, ours or one of them a bare OpenSSL object. */
#ifndef DTLS_TWO_H
#define DTLS_TWO_H

#include <linux/srtp.h>

#include "dtls_net.h"

#define CM	SRTP_PROFILE_AES128_CM_SHA1_80
#define GCM	SRTP_PROFILE_AEAD_AES_128_GCM
#define TIMEOUT	10000	/* ms for a handshake */

extern const uint16_t both[2], only_cm[1], only_gcm[1];	/* profiles by preference */
extern struct dtls_cert two_cert_a, two_cert_b;

int two_group_setup(void **state);
int two_group_teardown(void **state);

struct two {
	struct net net;
	struct net_end a, b;		/* a is the client */
};

struct two *two_of_ours(const uint16_t *pa, unsigned int na, const uint16_t *pb,
			unsigned int nb);
struct two *against_bare(bool we_are_client, const struct dtls_cert *theirs, const char *profiles);
void two_free(struct two *t);
void two_start(struct net_end *end, const struct dtls_cert *theirs);
void two_start_bare(struct net_end *end);
void two_start_both(struct two *t);
void assert_secured(struct net_end *end, uint16_t profile);
void assert_same_keys(const struct net_end *a, const struct net_end *b);
void assert_refused(const struct net_end *end, int code);

#endif /* DTLS_TWO_H */
