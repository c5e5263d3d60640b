// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_transp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "hash.h"
#include "log.h"
#include "sip_value.h"

#define MTU_SAFE	1300	/* RFC 3261 section 18.1.1 */
#define DEFAULT_PORT	5060

static const char *proto_name(enum sip_proto p)
{
	return p == SIP_TLS ? "TLS" : p == SIP_TCP ? "TCP" : "UDP";
}

int sip_transp_add(struct sip_transp *t, const struct sip_side_ops *ops,
		   const struct addr *local, const struct addr *advertised, void *impl)
{
	struct sip_side *side;

	if (!advertised)
		advertised = local;
	if (!addr_is_set(advertised) || addr_is_any(advertised) || !advertised->port)
		return -EINVAL;
	if (t->nsides == SIP_MAX_SIDES)
		return -ENOSPC;
	side = calloc(1, sizeof(*side));
	if (!side)
		return -ENOMEM;
	side->ops = ops;
	side->transp = t;
	side->index = t->nsides;
	side->local = *local;
	side->advertised = *advertised;
	side->impl = impl;
	addr_str(advertised, side->sent_by);
	t->side[t->nsides++] = side;
	return (int)side->index;
}

void sip_transp_fini(struct sip_transp *t)
{
	for (unsigned int i = 0; i < t->nsides; i++) {
		if (t->side[i]->ops->close)
			t->side[i]->ops->close(t->side[i]);
		/* A callback of the side may be what led here. */
		loop_defer_free(t->side[i]);
		t->side[i] = NULL;
	}
	t->nsides = 0;
}

bool sip_transp_reliable(const struct sip_transp *t, const struct sip_hop *hop)
{
	return hop->side < t->nsides && t->side[hop->side]->ops->reliable;
}

/* ---- out ------------------------------------------------------------------------- */

int sip_transp_send_raw(struct sip_transp *t, const struct sip_hop *to,
			const void *data, size_t len)
{
	struct sip_side *side = to->side < t->nsides ? t->side[to->side] : NULL;
	char text[ADDR_STRLEN];
	int rc;

	if (!side || !addr_is_set(&to->remote))
		return -EINVAL;
	rc = side->ops->send(side, to, data, len);
	if (rc == 0) {
		t->stats.tx_datagrams++;
		return 0;
	}
	t->stats.tx_errors++;
	log_limited(LOG_LVL_WARN, "SIP message not sent", F_STR("to", addr_str(&to->remote, text)),
		    F_STR("error", strerror(-rc)));
	return rc;
}

int sip_transp_flow(struct sip_transp *t, struct sip_hop *to)
{
	struct sip_side *side = to->side < t->nsides ? t->side[to->side] : NULL;
	char text[ADDR_STRLEN];
	int rc;

	if (!side || !addr_is_set(&to->remote))
		return -EINVAL;
	rc = side->ops->flow ? side->ops->flow(side, to) : 0;
	if (rc)
		log_limited(LOG_LVL_WARN, "no SIP connection",
			    F_STR("to", addr_str(&to->remote, text)),
			    F_STR("error", strerror(-rc)));
	return rc;
}

int sip_transp_side(const struct sip_transp *t, enum sip_proto proto, const struct addr *to)
{
	for (unsigned int i = 0; i < t->nsides; i++)
		if (t->side[i]->ops->proto == proto && t->side[i]->local.family == to->family)
			return (int)i;
	return -ENOENT;
}

int sip_transp_send_octets(struct sip_transp *t, const struct sip_hop *to, const struct sip_msg *m,
			   const void *data, size_t len)
{
	/*
	 * A large request should go by TCP, which is not there; UDP then fragments
	 * it, which mostly works within a site.
	 */
	if (sip_msg_is_request(m) && len > MTU_SAFE && !sip_transp_reliable(t, to)) {
		t->stats.tx_over_mtu++;
		log_limited(LOG_LVL_WARN, "SIP request too large for one UDP packet, sent anyway",
			    F_STR("call_id", m->call_id), F_U64("octets", len));
	}
	return sip_transp_send_raw(t, to, data, len);
}

int sip_transp_send(struct sip_transp *t, const struct sip_hop *to, const struct sip_msg *m)
{
	static uint8_t octets[SIP_MAX_MESSAGE];
	struct wbuf w = wbuf_on(octets, sizeof(octets));

	sip_msg_write(m, &w);
	return w.bad ? -EMSGSIZE : sip_transp_send_octets(t, to, m, octets, w.len);
}

int sip_transp_push_via(struct sip_transp *t, const struct sip_hop *to, struct sip_msg *m,
			const char *branch)
{
	char made[SIP_TAG_LEN + sizeof(SIP_BRANCH_COOKIE)], tag[SIP_TAG_LEN], ip[ADDR_STRLEN];
	const struct sip_param rport = { .name = "rport" };
	struct sip_param first = { .name = "branch", .next = &rport };
	struct sip_via via = { .params = &first };
	const struct sip_side *side;

	if (to->side >= t->nsides)
		return -EINVAL;
	side = t->side[to->side];
	if (!branch) {
		snprintf(made, sizeof(made), SIP_BRANCH_COOKIE "%s", sip_new_tag(tag));
		branch = made;
	}
	first.value = branch;
	via.transport = proto_name(side->ops->proto);
	via.host = addr_ip_str(&side->advertised, ip);
	via.port = side->advertised.port;
	return sip_msg_push_via(m, &via);
}

int sip_transp_contact(const struct sip_transp *t, unsigned int side, const char *user,
		       char *out, size_t cap)
{
	static const char *const transport[] = {
		[SIP_UDP] = "", [SIP_TCP] = ";transport=tcp", [SIP_TLS] = ";transport=tls",
	};
	int len;

	if (side >= t->nsides)
		return -EINVAL;
	len = snprintf(out, cap, "<sip:%s%s%s%s>", user ? user : "", user ? "@" : "",
		       t->side[side]->sent_by, transport[t->side[side]->ops->proto]);
	return (size_t)len < cap ? len : -ENOSPC;
}

void sip_transp_reply_hop(const struct sip_msg *req, const struct sip_hop *from,
			  struct sip_hop *to)
{
	const struct sip_via *v = req->via;

	*to = *from;	/* with received = the source, which sip_transp_input() saw to */
	if (from->proto == SIP_UDP && !v->has_rport)
		to->remote.port = v->port ? v->port : DEFAULT_PORT;
}

/* ---- in -------------------------------------------------------------------------- */

/*
 * Write received and rport into the top Via (RFC 3261 section 18.2.1, RFC 3581
 * section 4).  What the sender wrote there itself is not believed.
 */
static int mark_source(struct sip_msg *m, const struct addr *from)
{
	const struct sip_via *v = m->via;
	struct sip_via marked = { .transport = v->transport, .host = v->host, .port = v->port };
	struct sip_param list[SIP_MAX_PARAMS + 2];
	char ip[ADDR_STRLEN], port[8];
	struct addr sent_by;
	unsigned int n = 0;

	if (!v->has_rport && !v->received && addr_parse(&sent_by, v->host, 0) == 0 &&
	    addr_ip_equal(&sent_by, from))
		return 0;
	/* Its other parameters stay, in their order; these two go to the end. */
	for (const struct sip_param *p = v->params; p; p = p->next) {
		if (strcasecmp(p->name, "received") == 0 || strcasecmp(p->name, "rport") == 0)
			continue;
		if (n == SIP_MAX_PARAMS)
			return -EMSGSIZE;
		list[n++] = (struct sip_param){ .name = p->name, .value = p->value };
	}
	list[n++] = (struct sip_param){ .name = "received", .value = addr_ip_str(from, ip) };
	if (v->has_rport) {
		snprintf(port, sizeof(port), "%u", from->port);
		list[n++] = (struct sip_param){ .name = "rport", .value = port };
	}
	for (unsigned int i = 0; i + 1 < n; i++)
		list[i].next = &list[i + 1];
	marked.params = list;
	sip_msg_pop(m, SIP_HDR_VIA);
	return sip_msg_push_via(m, &marked);
}

/* RFC 3261 section 18.1.2: a response has our sent-by on top */
static bool is_ours(const struct sip_transp *t, const struct sip_hop *from, const struct sip_via *v)
{
	const struct addr *own = &t->side[from->side]->advertised;
	struct addr a;

	return addr_parse(&a, v->host, v->port ? v->port : DEFAULT_PORT) == 0 &&
	       addr_equal(&a, own);
}

static void refuse(struct sip_transp *t, struct sip_msg *m, const struct sip_hop *from,
		   unsigned int code, const struct err *e)
{
	struct sip_msg *resp;
	struct sip_hop to;
	char tag[SIP_TAG_LEN];

	t->stats.rx_refused++;
	to = *from;		/* all there is, when Via itself is malformed */
	if (m->via) {
		sip_transp_reply_hop(m, from, &to);
		if (mark_source(m, &from->remote))
			return;
	}
	/* The same tag for each copy, as there is no transaction to remember it. */
	snprintf(tag, sizeof(tag), "%016llx", (unsigned long long)
		 hash_bytes(sip_msg_value(m, SIP_HDR_VIA), strlen(sip_msg_value(m, SIP_HDR_VIA))));
	resp = sip_msg_response(m, code, e->text, tag);
	if (resp)
		sip_transp_send(t, &to, resp);
	sip_msg_free(resp);
}

void sip_transp_input(struct sip_transp *t, const struct sip_hop *from,
		      const void *data, size_t len)
{
	const char *octets = data;
	struct err e = { 0 };
	unsigned int refusal;
	struct sip_msg *m;
	char text[ADDR_STRLEN];
	size_t i;

	t->stats.rx_datagrams++;
	for (i = 0; i < len && (octets[i] == '\r' || octets[i] == '\n' || octets[i] == '\0'); i++)
		;
	if (i == len) {
		t->stats.rx_keepalives++;
		return;
	}
	if (len > SIP_MAX_MESSAGE)
		t->stats.rx_too_big++;
	if (sip_msg_parse(&m, data, len, &refusal, &e)) {
		log_limited(LOG_LVL_WARN, "malformed SIP message",
			    F_STR("from", addr_str(&from->remote, text)),
			    F_STR("error", err_text(&e)), F_U64("answer", refusal));
		if (m)
			refuse(t, m, from, refusal, &e);
		else
			t->stats.rx_dropped++;
		sip_msg_free(m);
		return;
	}
	if (sip_msg_is_request(m)) {
		t->stats.rx_requests++;
		if (mark_source(m, &from->remote) == 0)
			t->message(t, m, from);
	} else if (is_ours(t, from, m->via)) {
		t->stats.rx_responses++;
		t->message(t, m, from);
	} else {
		t->stats.rx_via_mismatch++;
		log_limited(LOG_LVL_WARN, "SIP response with a foreign Via",
			    F_STR("from", addr_str(&from->remote, text)),
			    F_STR("call_id", m->call_id));
	}
	sip_msg_free(m);
}
