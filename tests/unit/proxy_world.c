// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"

struct snet_node node_a, node_p, node_b, node_c;
struct sip_proxy proxy;
enum plan plan;
unsigned int refuse_outgoing, gone, got_code;
struct sip_proxy_req *held;
struct callee at_b, at_c;
struct sip_ctrans *call;
char got[4096];

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct callee *x = arg;

	(void)cancel;
	x->st = NULL;
	sip_strans_reply_code(st, 487, NULL);
	sip_strans_release(st);
}

static const struct sip_strans_ops callee_ops = { .cancelled = on_cancelled };

void pw_answer(struct callee *x, unsigned int code)
{
	struct sip_msg *resp = sip_strans_response(x->st, code, NULL);

	if (code / 100 == 2)
		sip_msg_addf(resp, SIP_HDR_CONTACT, "<sip:callee@192.0.2.%c>",
			     x == &at_b ? '3' : '4');
	if (code == 401 || code == 407)
		sip_msg_addf(resp, code == 401 ? SIP_HDR_WWW_AUTHENTICATE :
			     SIP_HDR_PROXY_AUTHENTICATE, "Digest realm=\"%s\"",
			     x == &at_b ? "b" : "c");
	sip_strans_reply(x->st, resp);
	if (code >= 200) {
		sip_strans_release(x->st);
		x->st = NULL;
	}
}

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct callee *x = arg;

	(void)from;
	x->requests++;
	snprintf(x->ruri, sizeof(x->ruri), "%s", req->ruri_text);
	x->st = st;
	sip_strans_set_ops(st, &callee_ops, x);
	if (x->ring)
		pw_answer(x, x->ring);
	if (x->code)
		pw_answer(x, x->code);
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct callee *x = arg;

	(void)from;
	x->acks++;
	snprintf(x->ack, sizeof(x->ack), "%s", ack->ruri_text);
}

static const struct sip_tu callee_tu = { .request = on_request, .ack = on_ack };

/* ---- the proxy's user ---------------------------------------------------------------------- */

void pw_add(struct sip_proxy_req *r, const struct snet_node *to, const char *uri, unsigned int q)
{
	struct sip_proxy_target t = { .uri = uri, .q = q, .nhops = 1 };

	assert_int_equal(sip_proxy_hop(&proxy, SIP_UDP, &to->addr, &t.hop[0]), 0);
	assert_int_equal(sip_proxy_target(r, &t), 0);
}

static void route(struct sip_proxy_req *r, void *arg)
{
	struct sip_proxy_target t = { .uri = "sip:x@b", .nhops = 2 };
	struct sip_uri u;
	struct addr to;

	(void)arg;
	/* what is in a dialog goes where it says */
	if (r->msg->method == SIP_ACK || r->msg->to_tag || plan == BY_ROUTE) {
		assert_int_equal(sip_proxy_next_hop(r, NULL, &u), 0);
		assert_int_equal(sip_uri_addr(&u, &to), 0);
		t = (struct sip_proxy_target){ .nhops = 1 };
		assert_int_equal(sip_proxy_hop(&proxy, SIP_UDP, &to, &t.hop[0]), 0);
		assert_int_equal(sip_proxy_target(r, &t), 0);
		sip_proxy_forward(r);
		return;
	}
	switch (plan) {
	case TO_B:
		pw_add(r, &node_b, "sip:b@192.0.2.3", 0);
		break;
	case TO_B_AND_C:
		pw_add(r, &node_b, "sip:b@192.0.2.3", 500);
		pw_add(r, &node_c, "sip:c@192.0.2.4", 500);
		break;
	case B_THEN_C:
		pw_add(r, &node_c, "sip:c@192.0.2.4", 100);
		pw_add(r, &node_b, "sip:b@192.0.2.3", 900);
		break;
	case FAILOVER:
		t.hop[0] = snet_hop(&node_p, &node_b);
		t.hop[1] = snet_hop(&node_p, &node_c);
		assert_int_equal(sip_proxy_target(r, &t), 0);
		break;
	case HOLD:
		held = r;
		return;
	case REFUSE:
		sip_proxy_refuse(r, 403, "Not you");
		return;
	case NOWHERE:
	case BY_ROUTE:
		break;
	}
	sip_proxy_forward(r);
}

static unsigned int outgoing(struct sip_proxy_req *r, struct sip_msg *copy,
			     const struct sip_proxy_target *t, void *arg)
{
	(void)r;
	(void)t;
	(void)arg;
	if (refuse_outgoing)
		return refuse_outgoing;
	return sip_msg_set(copy, SIP_HDR_DATE, "Thu, 01 Jan 1970 00:00:00 GMT") ? 500 : 0;
}

static void on_gone(struct sip_proxy_req *r, void *arg)
{
	(void)arg;
	gone++;
	if (held == r)
		held = NULL;
}

static const struct sip_proxy_ops ops = { .request = route, .outgoing = outgoing, .gone = on_gone };

/* ---- the caller ------------------------------------------------------------------------------ */

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	got_code = resp->code;
	got[0] = '\0';
	for (unsigned int i = 0; i < resp->nhdr; i++) {
		strncat(got, resp->hdr[i].name, sizeof(got) - strlen(got) - 1);
		strncat(got, ": ", sizeof(got) - strlen(got) - 1);
		strncat(got, resp->hdr[i].value, sizeof(got) - strlen(got) - 1);
		strncat(got, "\n", sizeof(got) - strlen(got) - 1);
	}
	if (resp->code >= 200 && resp->method == SIP_INVITE && resp->code < 300) {
		struct sip_dialog *d = sip_dialog_uac(&node_a.dialogs, ct, resp, NULL, NULL);

		assert_non_null(d);
		assert_int_equal(sip_dialog_ack(d, &node_a.stack, NULL, NULL, 0), 0);
	}
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	(void)ct;
	(void)why;
	(void)arg;
	call = NULL;
}

static const struct sip_ctrans_ops caller_ops = { .response = on_response, .ended = on_ended };
static const struct sip_tu nobody_tu = { .request = on_request };

void pw_send(struct sip_msg *m)
{
	const struct sip_hop hop = snet_hop(&node_a, &node_p);

	call = sip_ctrans_send(&node_a.stack, &hop, m, &caller_ops, NULL, NULL);
	assert_non_null(call);
}

void pw_ask(enum sip_method method, const char *call_id)
{
	pw_send(snet_request(&node_a, &node_p, method, call_id));
}

struct sip_dialog *pw_dialog(void)
{
	for (size_t i = 0; i < node_a.dialogs.table.nbuckets; i++)
		if (node_a.dialogs.table.bucket[i])
			return hash_entry(node_a.dialogs.table.bucket[i], struct sip_dialog, node);
	return NULL;
}

int pw_setup(void **state)
{
	static const struct sip_proxy_conf conf = {
		.record_route = true, .supported = "foo", .large_by_tcp = true,
	};
	static struct sip_timers timers;

	(void)state;
	timers = sip_timers_default;
	timers.trying = 0;
	snet_start();
	memset(&proxy, 0, sizeof(proxy));
	memset(&at_b, 0, sizeof(at_b));
	memset(&at_c, 0, sizeof(at_c));
	snet_add(&node_a, 'A', "192.0.2.1", NULL, NULL, &nobody_tu, NULL);
	snet_add(&node_p, 'P', "192.0.2.2", &timers, NULL, &sip_proxy_tu, &proxy);
	snet_add(&node_b, 'B', "192.0.2.3", NULL, NULL, &callee_tu, &at_b);
	snet_add(&node_c, 'C', "192.0.2.4", NULL, NULL, &callee_tu, &at_c);
	sip_proxy_init(&proxy, &node_p.stack, &conf, &ops, NULL);
	gone = got_code = refuse_outgoing = 0;
	held = NULL;
	call = NULL;
	plan = TO_B;
	return 0;
}

int pw_teardown(void **state)
{
	struct sip_dialog *d;

	(void)state;
	while ((d = pw_dialog()))
		sip_dialog_free(d);
	sip_proxy_fini(&proxy);
	assert_int_equal(proxy.stats.now, 0);
	snet_remove(&node_a);
	snet_remove(&node_p);
	snet_remove(&node_b);
	snet_remove(&node_c);
	snet_stop();
	return 0;
}

int pw_loop_up(void **state)
{
	(void)state;
	return loop_init(NULL);
}

int pw_loop_down(void **state)
{
	(void)state;
	loop_fini();
	return 0;
}
