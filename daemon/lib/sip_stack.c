// SPDX-License-Identifier: GPL-2.0-or-later
/* The stack: which machine a message belongs to, and what belongs to none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "sip_trans_impl.h"

const struct sip_timers sip_timers_default = {
	.t1 = 500, .t2 = 4000, .t4 = 5000, .d = 32000, .trying = 200,
};

const struct sip_limits sip_limits_default = {
	.max_strans = 20000, .max_strans_per_ip = 10000, .max_ctrans = 20000, .retry_after = 10,
};

/* ---- shared by the machines ------------------------------------------------------- */

int sip_octets_of(struct sip_octets *o, const struct sip_msg *m)
{
	static uint8_t octets[SIP_MAX_MESSAGE];
	struct wbuf w = wbuf_on(octets, sizeof(octets));

	sip_octets_free(o);
	sip_msg_write(m, &w);
	if (w.bad)
		return -EMSGSIZE;
	o->data = malloc(w.len);
	if (!o->data)
		return -ENOMEM;
	memcpy(o->data, octets, w.len);
	o->len = w.len;
	return 0;
}

void sip_octets_free(struct sip_octets *o)
{
	free(o->data);
	o->data = NULL;
	o->len = 0;
}

void sip_stack_log_state(const char *machine, const struct sip_msg *req,
			 const char *from, const char *to)
{
	if (log_level() >= LOG_LVL_DEBUG)
		log_debug("SIP transaction", F_STR("machine", machine),
			  F_STR("method", req->method_name), F_STR("call_id", req->call_id),
			  F_STR("from", from), F_STR("to", to));
}

/* ---- messages without a machine ------------------------------------------------------ */

/* No state: so the tag is made from the request, the same for each copy of it. */
static void reply_stateless(struct sip_stack *s, const struct sip_msg *req,
			    const struct sip_hop *from, unsigned int code)
{
	char tag[SIP_TAG_LEN];
	struct sip_msg *resp;
	struct sip_hop to;

	snprintf(tag, sizeof(tag), "%016llx", (unsigned long long)
		 hash_bytes(req->via->branch ? req->via->branch : "",
			    req->via->branch ? strlen(req->via->branch) : 0));
	resp = sip_msg_response(req, code, NULL, tag);
	sip_transp_reply_hop(req, from, &to);
	if (resp && sip_msg_addf(resp, SIP_HDR_RETRY_AFTER, "%u", s->limits.retry_after) == 0)
		sip_transp_send(&s->transp, &to, resp);
	sip_msg_free(resp);
}

static struct sip_strans *new_strans(struct sip_stack *s, const struct sip_msg *req,
				     const struct sip_hop *from)
{
	struct sip_msg *copy = sip_strans_room(s, &from->remote) ? sip_msg_clone(req) : NULL;
	struct sip_strans *st = copy ? sip_strans_new(s, copy, from) : NULL;

	if (!st) {
		s->stats.overload++;
		log_limited(LOG_LVL_WARN, "too many SIP transactions, request refused",
			    F_U64("now", s->stats.strans_now));
		reply_stateless(s, req, from, 503);
	}
	return st;
}

static void recv_cancel(struct sip_stack *s, const struct sip_msg *req, const struct sip_hop *from)
{
	struct sip_strans *invite = sip_strans_match(s, req, SIP_INVITE);
	struct sip_strans *st = new_strans(s, req, from);

	if (!st)
		return;
	if (!invite) {
		s->stats.stray_cancels++;
		sip_strans_reply_code(st, 481, NULL);
		return;
	}
	sip_strans_set_to_tag(st, sip_strans_to_tag(invite));
	sip_strans_reply_code(st, 200, NULL);
	sip_strans_cancel(invite, req);
}

static void recv_request(struct sip_stack *s, const struct sip_msg *req, const struct sip_hop *from)
{
	struct sip_strans *st;

	st = sip_strans_match(s, req, req->method == SIP_ACK ? SIP_INVITE : req->method);
	if (st) {
		sip_strans_recv(st, req, from);
		return;
	}
	if (req->method == SIP_ACK) {
		if (s->tu.ack)
			s->tu.ack(req, from, s->tu_arg);
		else
			s->stats.stray_acks++;
		return;
	}
	if (req->method == SIP_CANCEL) {
		recv_cancel(s, req, from);
		return;
	}
	if (s->detect_merged && sip_strans_is_merged(s, req)) {
		s->stats.merged++;
		st = new_strans(s, req, from);
		if (st)
			sip_strans_reply_code(st, 482, NULL);
		return;
	}
	st = new_strans(s, req, from);
	if (!st)
		return;
	s->tu.request(st, sip_strans_request(st), from, s->tu_arg);
	sip_strans_offered(st);
}

static unsigned int count_vias(const struct sip_msg *m)
{
	const struct sip_hdr *h = NULL;
	unsigned int n = 0;

	while ((h = sip_msg_find(m, SIP_HDR_VIA, h)))
		n++;
	return n;
}

static void recv_response(struct sip_stack *s, const struct sip_msg *resp,
			  const struct sip_hop *from)
{
	struct sip_ctrans *ct = sip_ctrans_match(s, resp);

	if (!ct) {
		s->stats.stray_responses++;
		if (s->tu.stray_2xx && resp->method == SIP_INVITE && resp->code / 100 == 2)
			s->tu.stray_2xx(resp, from, s->tu_arg);
		return;
	}
	/* Section 8.1.3.3: with other Vias below ours than we sent it went astray. */
	if (count_vias(resp) != count_vias(sip_ctrans_request(ct)))
		s->transp.stats.rx_via_mismatch++;
	else
		sip_ctrans_recv(ct, resp, from);
}

static void on_message(struct sip_transp *t, struct sip_msg *m, const struct sip_hop *from)
{
	struct sip_stack *s = (struct sip_stack *)((char *)t - offsetof(struct sip_stack, transp));

	if (sip_msg_is_request(m))
		recv_request(s, m, from);
	else
		recv_response(s, m, from);
}

static void on_flow_closed(struct sip_transp *t, uint64_t flow)
{
	struct sip_stack *s = (struct sip_stack *)((char *)t - offsetof(struct sip_stack, transp));

	sip_ctrans_flow_closed(s, flow);
}

/* ---- life ------------------------------------------------------------------------------ */

int sip_stack_init(struct sip_stack *s, const struct sip_timers *timers,
		   const struct sip_limits *limits, const struct sip_tu *tu, void *tu_arg)
{
	memset(s, 0, sizeof(*s));
	s->timers = timers ? *timers : sip_timers_default;
	s->limits = limits ? *limits : sip_limits_default;
	s->tu = *tu;
	s->tu_arg = tu_arg;
	s->detect_merged = true;
	s->transp.message = on_message;
	s->transp.flow_closed = on_flow_closed;
	if (hash_init(&s->ctrans) == 0 && hash_init(&s->strans) == 0 &&
	    hash_init(&s->merge) == 0 && hash_init(&s->per_ip) == 0)
		return 0;
	sip_stack_fini(s);
	return -ENOMEM;
}

void sip_stack_fini(struct sip_stack *s)
{
	sip_ctrans_kill_all(s);
	sip_strans_kill_all(s);
	sip_transp_fini(&s->transp);
	hash_fini(&s->ctrans);
	hash_fini(&s->strans);
	hash_fini(&s->merge);
	hash_fini(&s->per_ip);
}

int sip_stack_send_ack(struct sip_stack *s, const struct sip_hop *to, struct sip_msg *ack,
		       struct sip_msg **copy)
{
	int rc = sip_transp_push_via(&s->transp, to, ack, NULL);

	if (rc == 0)
		rc = sip_transp_send(&s->transp, to, ack);
	if (copy) {
		*copy = rc ? NULL : ack;
		if (rc == 0)
			return 0;
	}
	sip_msg_free(ack);
	return rc;
}
