/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User agents on the network of sip_net.h that answer and call as they are told. */
#ifndef TESTS_SIP_PARTY_H
#define TESTS_SIP_PARTY_H

#include "sip_net.h"
#include "sip_ua.h"

/**
 * struct party - one user agent
 * @invite: INVITE under way as callee
 * @call: INVITE under way as caller
 * @forked: as caller, a second 2xx is one too many
 */
struct party {
	struct snet_node node;
	struct sip_dialog *dialog;
	struct sip_strans *invite;
	struct sip_ctrans *call;
	struct sip_2xx ok;
	bool forked;
};

/* at 192.0.2.1, .2 and .3, "A", "B" and "C" in the trace */
extern struct party party_a, party_b, party_c;

int party_setup(void **state);
int party_teardown(void **state);

void party_call(struct party *from, struct party *to);
void party_answer(struct party *ua, unsigned int code);	/* 101 to 299, with a dialog */
void party_request(struct party *ua, enum sip_method method);	/* in its dialog */

/** party_standing() - a call from A to B that stands, its trace already checked. */
void party_standing(void);

#endif /* TESTS_SIP_PARTY_H */
