/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several SIP stacks in one process on a network that loses, repeats and delays,
 * under a clock that stands still unless it is moved.
 *
 * All that happens is written into a trace, one event a line, which tests compare
 * whole: "MS what".  Messages are "A>B INVITE" and "B>A 180 INVITE", with " lost"
 * behind what does not arrive; other lines are written by snet_note().
 */
#ifndef TESTS_SIP_NET_H
#define TESTS_SIP_NET_H

#include "sip_dialog.h"

struct snet_node {
	char name;
	struct sip_stack stack;
	struct sip_dialogs dialogs;
	struct addr addr;
	bool broken;		/* sends fail with -ENETUNREACH */
};

/** snet_start() - clocks to 0, nothing under way, an empty trace. */
void snet_start(void);
void snet_stop(void);

/** snet_add() - a stack with one side. @timers, @limits may be NULL. */
void snet_add(struct snet_node *n, char name, const char *ip, const struct sip_timers *timers,
	     const struct sip_limits *limits, const struct sip_tu *tu, void *arg);
void snet_remove(struct snet_node *n);

/** snet_hop() - how @from reaches @to. */
struct sip_hop snet_hop(const struct snet_node *from, const struct snet_node *to);

/*
 * What is done to messages whose trace line begins with @label ("B>A 200"), for the
 * next @count of them.
 */
enum snet_fate { SNET_LOSE, SNET_REPEAT, SNET_DELAY };
void snet_plan(const char *label, unsigned int count, enum snet_fate fate, unsigned int ms);

/** snet_inject() - a datagram from somewhere, now. */
void snet_inject(struct snet_node *to, const char *ip, uint16_t port, const void *data, size_t len);

/** snet_run() - let @ms pass, each timer and each message at its time. */
void snet_run(unsigned int ms);

void snet_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** snet_expect() - the trace since the last snet_expect() is @text, else the test fails. */
void snet_expect(const char *text);

/** snet_last() - octets of the latest message sent whose line begins with @label, NUL-terminated. */
const char *snet_last(const char *label);

/** snet_request() - a request from @from to @to, complete but for its Via. */
struct sip_msg *snet_request(const struct snet_node *from, const struct snet_node *to,
			    enum sip_method method, const char *call_id);

#endif /* TESTS_SIP_NET_H */
