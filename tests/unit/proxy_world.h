/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proxy core between a caller A and callees B and C, on the fake network under the
 * fake clock.  P is the proxy.
 */
#ifndef TESTS_PROXY_WORLD_H
#define TESTS_PROXY_WORLD_H

#include "sip_net.h"
#include "sip_proxy.h"

/** enum plan - what the proxy's user does with a request */
enum plan { TO_B, TO_B_AND_C, B_THEN_C, FAILOVER, HOLD, REFUSE, NOWHERE, BY_ROUTE };

/**
 * struct callee - what a callee does, and what came to it
 * @code: its final answer, 0: none
 * @ring: its 1xx before that, 0: none
 */
struct callee {
	unsigned int code, ring;
	struct sip_strans *st;
	char ruri[256];
	unsigned int requests, acks;
	char ack[4096];
};

extern struct snet_node node_a, node_p, node_b, node_c;
extern struct sip_proxy proxy;
extern enum plan plan;
extern unsigned int refuse_outgoing;	/* code with which outgoing() ends branches */
extern struct sip_proxy_req *held;	/* when plan is HOLD */
extern struct callee at_b, at_c;
extern struct sip_ctrans *call;		/* A's latest request */
extern unsigned int gone;		/* requests the proxy has forgotten */
extern unsigned int got_code;		/* of the latest response to A */
extern char got[4096];			/* its headers */

int pw_loop_up(void **state);
int pw_loop_down(void **state);
int pw_setup(void **state);
int pw_teardown(void **state);

void pw_answer(struct callee *x, unsigned int code);
void pw_add(struct sip_proxy_req *r, const struct snet_node *to, const char *uri, unsigned int q);
void pw_send(struct sip_msg *m);	/* from A to P */
void pw_ask(enum sip_method method, const char *call_id);
struct sip_dialog *pw_dialog(void);	/* A's, or NULL */

#define T(t) cmocka_unit_test_setup_teardown(t, pw_setup, pw_teardown)

#endif /* TESTS_PROXY_WORLD_H */
