// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A proxy fed with datagrams: the input is cut at each octet 0x1e, and the octet behind
 * that says how much time passes before the next.  The user part of a Request-URI says
 * what the proxy's user does.  BRANCH with a digit behind it stands in the input for
 * the branch of the proxy's request of that number, which nobody can guess.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "sip_proxy.h"
#include "timer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BRANCH		"z9hG4bK-our-branch-of-request-number---"
#define BRANCH_LEN	40
#define BRANCHES	10

static struct sip_proxy proxy;
static struct sip_proxy_req *held;
static struct timer later;
static char branches[BRANCHES][BRANCH_LEN + 1];
static unsigned int nbranches, sent;

/* Every seventh message cannot be sent. */
static int swallow(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	static const char own_via[] = "\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=";
	const char *via = memmem(data, len, own_via, sizeof(own_via) - 1);
	unsigned int i;

	(void)side;
	(void)to;
	if (via && nbranches < BRANCHES && strncmp(data, "SIP/2.0", 7) != 0) {
		via += sizeof(own_via) - 1;
		for (i = 0; i < nbranches; i++)
			if (memcmp(branches[i], via, BRANCH_LEN) == 0)
				break;
		if (i == nbranches)
			memcpy(branches[nbranches++], via, BRANCH_LEN);
	}
	return ++sent % 7 ? 0 : -1;
}

static void add(struct sip_proxy_req *r, const char *uri, unsigned int q, unsigned int nhops)
{
	struct sip_proxy_target t = { .uri = uri, .q = q, .nhops = nhops };

	for (unsigned int i = 0; i < nhops; i++)
		addr_parse(&t.hop[i].remote, "192.0.2.9", (uint16_t)(5060 + i));
	sip_proxy_target(r, &t);
}

static void forward_held(struct timer *t, void *arg)
{
	struct sip_proxy_req *r = held;

	(void)t;
	(void)arg;
	held = NULL;
	sip_proxy_forward(r);
}

static void on_request(struct sip_proxy_req *r, void *arg)
{
	const char *user = r->msg->ruri.user ? r->msg->ruri.user : "";
	struct sip_uri u;

	(void)arg;
	if (sip_proxy_next_hop(r, NULL, &u))
		abort();
	switch (*user) {
	case 'f':
		add(r, "sip:one@192.0.2.9", 500, 1);
		add(r, "sip:two@192.0.2.9", 500, 1);
		break;
	case 's':
		add(r, "sip:two@192.0.2.9", 100, 1);
		add(r, "sip:one@192.0.2.9", 900, 1);
		break;
	case 'h':
		add(r, NULL, 0, 2);
		break;
	case 'n':
		break;
	case 'r':
		sip_proxy_refuse(r, 403, "No");
		return;
	case 'd':
		if (held)
			break;
		add(r, NULL, 0, 1);
		held = r;
		timer_start(&later, 150, forward_held, NULL);
		return;
	default:
		add(r, NULL, 0, 1);
		break;
	}
	sip_proxy_forward(r);
}

static void on_gone(struct sip_proxy_req *r, void *arg)
{
	(void)arg;
	if (held == r) {
		held = NULL;
		timer_cancel(&later);
	}
}

static const struct sip_proxy_ops ops = { .request = on_request, .gone = on_gone };

static void feed(struct sip_stack *s, const struct sip_hop *from, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + 1), *at = copy;
	unsigned int i;

	if (!copy)
		abort();
	memcpy(copy, data, len);
	while ((at = memmem(at, (size_t)(copy + len - at), BRANCH, BRANCH_LEN - 1))) {
		if (at + BRANCH_LEN > copy + len)
			break;
		i = (unsigned int)(at[BRANCH_LEN - 1] - '0');
		if (i < nbranches)
			memcpy(at, branches[i], BRANCH_LEN);
		at += BRANCH_LEN;
	}
	sip_transp_input(&s->transp, from, copy, len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sip_side_ops side = { .proto = SIP_UDP, .send = swallow };
	static const struct sip_proxy_conf conf = { .record_route = true, .hop_timeout = 3000 };
	struct sip_hop from = { .proto = SIP_UDP };
	const uint8_t *end = data + size;
	struct sip_stack s;
	struct addr own;

	log_set_level(LOG_LVL_ERROR);
	clock_fake(0, 1700000000);
	nbranches = sent = 0;
	addr_parse(&own, "192.0.2.1", 5060);
	addr_parse(&from.remote, "192.0.2.9", 5060);
	if (loop_init(NULL) || sip_stack_init(&s, NULL, NULL, &sip_proxy_tu, &proxy) ||
	    sip_transp_add(&s.transp, &side, &own, NULL, NULL))
		abort();
	sip_proxy_init(&proxy, &s, &conf, &ops, NULL);
	while (data < end) {
		const uint8_t *cut = memchr(data, 0x1e, (size_t)(end - data));
		const uint8_t *stop = cut ? cut : end;

		feed(&s, &from, data, (size_t)(stop - data));
		loop_turn(0);
		data = stop;
		if (cut && ++data < end) {
			clock_advance(100ull * *data++);
			loop_turn(0);
		}
	}
	/* Timer C is the longest of them; after it and what follows, nothing may be left. */
	for (int i = 0; i < 20; i++) {
		clock_advance(20000);
		loop_turn(0);
	}
	if (proxy.stats.now)
		abort();
	sip_proxy_fini(&proxy);
	sip_stack_fini(&s);
	loop_turn(0);
	if (timer_count())
		abort();
	return 0;
}
