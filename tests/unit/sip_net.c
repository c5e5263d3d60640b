// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_net.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"

#define MAX_NODES	4
#define MAX_PLANS	8
#define MAX_QUEUE	256
#define MAX_LAST	64
#define LATEST		65536

struct packet {
	uint64_t at, order;
	struct snet_node *to;
	struct addr from;
	char *data;
	size_t len;
};

static struct snet_node *nodes[MAX_NODES];
static struct {
	char label[64];
	unsigned int count;
	enum snet_fate fate;
	unsigned int ms;
} plans[MAX_PLANS];
static struct packet queue[MAX_QUEUE];
static unsigned int nqueue, nplans;
static uint64_t order;
static char trace[65536];
static size_t trace_len;
static struct {
	char line[64];
	char *data;
} last[MAX_LAST];

void snet_start(void)
{
	clock_fake(0, 1700000000);
	log_set_level(LOG_LVL_ERROR);
	nqueue = nplans = 0;
	trace_len = 0;
	trace[0] = '\0';
	memset(plans, 0, sizeof(plans));
}

void snet_stop(void)
{
	for (unsigned int i = 0; i < nqueue; i++)
		free(queue[i].data);
	nqueue = 0;
	for (unsigned int i = 0; i < MAX_LAST; i++) {
		free(last[i].data);
		last[i].data = NULL;
	}
	loop_turn(0);
	assert_int_equal(timer_count(), 0);
	clock_real();
}

/* ---- trace ---------------------------------------------------------------------------- */

void snet_note(const char *fmt, ...)
{
	va_list ap;

	trace_len += (size_t)snprintf(trace + trace_len, sizeof(trace) - trace_len, "%llu ",
				      (unsigned long long)clock_now());
	va_start(ap, fmt);
	trace_len += (size_t)vsnprintf(trace + trace_len, sizeof(trace) - trace_len, fmt, ap);
	va_end(ap);
	trace_len += (size_t)snprintf(trace + trace_len, sizeof(trace) - trace_len, "\n");
	assert_in_range(trace_len, 0, sizeof(trace) - 1);
}

void snet_expect(const char *text)
{
	if (strcmp(trace, text) != 0)
		fail_msg("\n--- expected\n%s--- happened\n%s", text, trace);
	trace_len = 0;
	trace[0] = '\0';
}

static const char *method_of(const char *data, char *out, size_t cap)
{
	const char *cseq = strstr(data, "\r\nCSeq: ");

	if (strncmp(data, "SIP/2.0 ", 8) == 0) {
		char method[32] = "?";

		if (cseq)
			sscanf(cseq, "\r\nCSeq: %*u %31[A-Z]", method);
		snprintf(out, cap, "%.3s %s", data + 8, method);
	} else {
		snprintf(out, cap, "%.*s", (int)strcspn(data, " "), data);
	}
	return out;
}

static void remember(const char *line, const char *data)
{
	unsigned int i = 0;

	while (i < MAX_LAST - 1 && last[i].data && strcmp(last[i].line, line) != 0)
		i++;
	free(last[i].data);
	last[i].data = strdup(data);
	snprintf(last[i].line, sizeof(last[i].line), "%s", line);
}

const char *snet_last(const char *label)
{
	for (unsigned int i = 0; i < MAX_LAST; i++)
		if (last[i].data && strncmp(last[i].line, label, strlen(label)) == 0)
			return last[i].data;
	fail_msg("nothing was sent that begins with \"%s\"", label);
	return NULL;
}

/* ---- network ----------------------------------------------------------------------------- */

static struct snet_node *node_at(const struct addr *a)
{
	for (unsigned int i = 0; i < MAX_NODES; i++)
		if (nodes[i] && addr_equal(&nodes[i]->addr, a))
			return nodes[i];
	return NULL;
}

static void enqueue(struct snet_node *to, const struct addr *from, const char *data, size_t len,
		    unsigned int delay)
{
	struct packet *p = &queue[nqueue++];

	assert_in_range(nqueue, 1, MAX_QUEUE);
	*p = (struct packet){ .at = clock_now() + delay, .order = order++, .to = to,
			      .from = *from, .len = len };
	p->data = malloc(len);
	memcpy(p->data, data, len);
}

void snet_plan(const char *label, unsigned int count, enum snet_fate fate, unsigned int ms)
{
	assert_in_range(nplans, 0, MAX_PLANS - 1);
	snprintf(plans[nplans].label, sizeof(plans[0].label), "%s", label);
	plans[nplans].count = count;
	plans[nplans].fate = fate;
	plans[nplans++].ms = ms;
}

static int snet_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	struct snet_node *from = side->impl, *dest = node_at(&to->remote);
	static char octets[LATEST];
	char line[64], what[48];
	bool lost = false, twice = false;
	unsigned int delay = 0;

	if (from->broken)
		return -ENETUNREACH;
	memcpy(octets, data, len);
	octets[len] = '\0';
	snprintf(line, sizeof(line), "%c>%c %s", from->name, dest ? dest->name : '?',
		 method_of(octets, what, sizeof(what)));
	for (unsigned int i = 0; i < nplans; i++) {
		if (!plans[i].count || strncmp(line, plans[i].label, strlen(plans[i].label)) != 0)
			continue;
		plans[i].count--;
		lost = lost || plans[i].fate == SNET_LOSE;
		twice = twice || plans[i].fate == SNET_REPEAT;
		if (plans[i].fate == SNET_DELAY)
			delay = plans[i].ms;
	}
	snet_note("%s%s", line, lost ? " lost" : "");
	remember(line, octets);
	if (lost || !dest)
		return 0;
	enqueue(dest, &from->addr, data, len, delay);
	if (twice)
		enqueue(dest, &from->addr, data, len, delay);
	return 0;
}

static const struct sip_side_ops snet_ops = { .proto = SIP_UDP, .send = snet_send };

void snet_add(struct snet_node *n, char name, const char *ip, const struct sip_timers *timers,
	     const struct sip_limits *limits, const struct sip_tu *tu, void *arg)
{
	unsigned int i = 0;

	memset(n, 0, sizeof(*n));
	n->name = name;
	assert_int_equal(addr_parse(&n->addr, ip, 5060), 0);
	assert_int_equal(sip_stack_init(&n->stack, timers, limits, tu, arg), 0);
	assert_int_equal(sip_dialogs_init(&n->dialogs), 0);
	assert_int_equal(sip_transp_add(&n->stack.transp, &snet_ops, &n->addr, NULL, n), 0);
	while (nodes[i])
		i++;
	assert_in_range(i, 0, MAX_NODES - 1);
	nodes[i] = n;
}

void snet_remove(struct snet_node *n)
{
	for (unsigned int i = 0; i < MAX_NODES; i++)
		if (nodes[i] == n)
			nodes[i] = NULL;
	sip_stack_fini(&n->stack);
	sip_dialogs_fini(&n->dialogs);
	loop_turn(0);
}

struct sip_hop snet_hop(const struct snet_node *from, const struct snet_node *to)
{
	(void)from;
	return (struct sip_hop){ .side = 0, .proto = SIP_UDP, .remote = to->addr };
}

static void deliver(struct snet_node *to, const struct addr *from, const char *data, size_t len)
{
	const struct sip_hop hop = { .side = 0, .proto = SIP_UDP, .remote = *from };

	sip_transp_input(&to->stack.transp, &hop, data, len);
	loop_turn(0);
}

void snet_inject(struct snet_node *to, const char *ip, uint16_t port, const void *data, size_t len)
{
	struct addr from;

	assert_int_equal(addr_parse(&from, ip, port), 0);
	deliver(to, &from, data, len);
}

/* the packet due now, first come first served; false when there is none */
static bool deliver_one(void)
{
	struct packet p;
	unsigned int best = nqueue;

	for (unsigned int i = 0; i < nqueue; i++)
		if (queue[i].at <= clock_now() &&
		    (best == nqueue || queue[i].order < queue[best].order))
			best = i;
	if (best == nqueue)
		return false;
	p = queue[best];
	queue[best] = queue[--nqueue];
	deliver(p.to, &p.from, p.data, p.len);
	free(p.data);
	return true;
}

void snet_run(unsigned int ms)
{
	const uint64_t until = clock_now() + ms;

	for (;;) {
		uint64_t next = until;
		int64_t timer;

		/* Messages before timers: what arrives in time is not too late. */
		while (deliver_one() || timer_run())
			loop_turn(0);
		if (clock_now() == until)
			break;
		timer = timer_next();
		if (timer >= 0 && clock_now() + (uint64_t)timer < next)
			next = clock_now() + (uint64_t)timer;
		for (unsigned int i = 0; i < nqueue; i++)
			if (queue[i].at < next)
				next = queue[i].at;
		clock_advance(next - clock_now());
	}
}

struct sip_msg *snet_request(const struct snet_node *from, const struct snet_node *to,
			    enum sip_method method, const char *call_id)
{
	char uri[ADDR_STRLEN + 16], text[ADDR_STRLEN];
	struct sip_msg *m;

	snprintf(uri, sizeof(uri), "sip:to@%s", addr_str(&to->addr, text));
	m = sip_msg_request(method, uri);
	assert_non_null(m);
	addr_str(&from->addr, text);
	assert_int_equal(sip_msg_add(m, SIP_HDR_MAX_FORWARDS, "70"), 0);
	assert_int_equal(sip_msg_addf(m, SIP_HDR_FROM, "\"Caller\" <sip:from@%s>;tag=from-%s",
				      text, call_id), 0);
	assert_int_equal(sip_msg_addf(m, SIP_HDR_TO, "<%s>", uri), 0);
	assert_int_equal(sip_msg_add(m, SIP_HDR_CALL_ID, call_id), 0);
	assert_int_equal(sip_msg_addf(m, SIP_HDR_CSEQ, "1 %s", sip_method_name(method)), 0);
	assert_int_equal(sip_msg_addf(m, SIP_HDR_CONTACT, "<sip:from@%s>", text), 0);
	return m;
}
