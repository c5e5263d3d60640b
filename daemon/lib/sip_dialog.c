// SPDX-License-Identifier: GPL-2.0-or-later
/* Dialogs: RFC 3261 section 12. */
#include "sip_dialog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "buf.h"
#include "sip_value.h"

/* ---- table ---------------------------------------------------------------------------- */

int sip_dialogs_init(struct sip_dialogs *ds)
{
	memset(ds, 0, sizeof(*ds));
	return hash_init(&ds->table);
}

void sip_dialogs_fini(struct sip_dialogs *ds)
{
	hash_fini(&ds->table);
}

/* The remote tag stays out of the hash: forks of one INVITE differ in it alone. */
static uint64_t key_of(const char *call_id, const char *local_tag)
{
	return hash_more(hash_bytes(call_id, strlen(call_id)), local_tag, strlen(local_tag));
}

static struct sip_dialog *lookup(const struct sip_dialogs *ds, const char *call_id,
				 const char *local_tag, const char *remote_tag)
{
	struct hash_node *n;

	if (!ds || !call_id || !local_tag || !remote_tag)
		return NULL;
	for (n = hash_first(&ds->table, key_of(call_id, local_tag)); n; n = hash_next(n)) {
		struct sip_dialog *d = hash_entry(n, struct sip_dialog, node);

		if (strcmp(d->call_id, call_id) == 0 && strcmp(d->local_tag, local_tag) == 0 &&
		    strcmp(d->remote_tag, remote_tag) == 0)
			return d;
	}
	return NULL;
}

struct sip_dialog *sip_dialog_find(const struct sip_dialogs *ds, const struct sip_msg *m)
{
	if (sip_msg_is_request(m))
		return lookup(ds, m->call_id, m->to_tag, m->from_tag);
	return lookup(ds, m->call_id, m->from_tag, m->to_tag);
}

/* ---- making ------------------------------------------------------------------------------ */

static void destroy(void *arg)
{
	struct sip_dialog *d = arg;

	sip_pool_fini(&d->pool);
	free(d->remote_target);
	sip_msg_free(d->ack);
	free(d);
}

void sip_dialog_terminate(struct sip_dialog *d)
{
	d->state = SIP_DIALOG_TERMINATED;
	if (d->dialogs)
		hash_remove(&d->dialogs->table, &d->node);
}

void sip_dialog_free(struct sip_dialog *d)
{
	if (!d)
		return;
	sip_dialog_terminate(d);
	loop_defer(destroy, d);
}

/* From or To without its tag, to be written into our requests */
static const char *party(struct sip_dialog *d, const struct sip_nameaddr *n)
{
	const size_t cap = (n->display ? strlen(n->display) : 0) + 2 * strlen(n->uri_text) + 2048;
	struct wbuf w = wbuf_on(malloc(cap), cap);
	const char *text = NULL;

	if (!w.data)
		return NULL;
	if (n->display)
		wbuf_printf(&w, "%s ", n->display);
	wbuf_printf(&w, "<%s>", n->uri_text);
	for (const struct sip_param *p = n->params; p; p = p->next) {
		const struct sip_param one = { .name = p->name, .value = p->value };

		if (strcasecmp(p->name, "tag") != 0)
			sip_write_params(&w, &one);
	}
	text = sip_pool_wrote(&d->pool, &w);
	free(w.data);
	return text;
}

/* The route set: Record-Route as it stands for a UAS, in reverse for a UAC. */
static int set_route(struct sip_dialog *d, const struct sip_msg *m)
{
	const struct sip_hdr *h = NULL;
	unsigned int n = 0, i = 0;

	while ((h = sip_msg_find(m, SIP_HDR_RECORD_ROUTE, h)))
		n++;
	d->nroutes = 0;
	d->route = sip_pool_alloc(&d->pool, (n + 1) * sizeof(*d->route));
	if (!d->route)
		return -ENOMEM;
	while ((h = sip_msg_find(m, SIP_HDR_RECORD_ROUTE, h))) {
		const char *copy = sip_pool_str(&d->pool, h->value);

		if (!copy)
			return -ENOMEM;
		d->route[d->uac ? n - 1 - i : i] = copy;
		i++;
	}
	d->nroutes = n;
	return 0;
}

static int set_target(struct sip_dialog *d, const struct sip_msg *m, struct err *e)
{
	const struct sip_nameaddr *contact = sip_msg_contact(m);
	char *copy;

	if (!contact || !sip_uri_is_sip(&contact->uri) || contact->uri.headers)
		return err_set(e, -EINVAL, "no usable Contact");
	if (d->remote_target && strcmp(d->remote_target, contact->uri_text) == 0)
		return 0;
	/* Not from the pool: the other end may change it as often as it likes. */
	copy = strdup(contact->uri_text);
	if (!copy)
		return err_set(e, -ENOMEM, "no memory for a dialog");
	free(d->remote_target);
	d->remote_target = copy;
	return 0;
}

/* RFC 3261 section 8.1.1.5: below 2^31; small enough to be counted up for ever */
static uint32_t first_cseq(void)
{
	uint16_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return 1;
	return random + 1u;
}

static struct sip_dialog *new_dialog(struct sip_dialogs *ds, bool uac, const char *call_id,
				     const char *local_tag, const char *remote_tag)
{
	struct sip_dialog *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->uac = uac;
	d->call_id = sip_pool_str(&d->pool, call_id);
	d->local_tag = sip_pool_str(&d->pool, local_tag);
	d->remote_tag = sip_pool_str(&d->pool, remote_tag);
	if (!d->call_id || !d->local_tag || !d->remote_tag ||
	    (ds && hash_insert(&ds->table, &d->node, key_of(call_id, local_tag)))) {
		destroy(d);
		return NULL;
	}
	d->dialogs = ds;
	return d;
}

struct sip_dialog *sip_dialog_uas(struct sip_dialogs *ds, struct sip_strans *st,
				  const char *contact, struct err *e)
{
	const struct sip_msg *req = sip_strans_request(st);
	struct sip_dialog *d;

	d = new_dialog(ds, false, req->call_id, sip_strans_to_tag(st), req->from_tag);
	if (!d) {
		err_set(e, -ENOMEM, "no memory for a dialog");
		return NULL;
	}
	d->local = party(d, req->to);
	d->remote = party(d, req->from);
	d->contact = sip_pool_str(&d->pool, contact);
	d->local_cseq = first_cseq();
	d->remote_cseq = req->cseq;
	d->has_remote_cseq = true;
	d->hop = *sip_strans_source(st);
	if (!d->local || !d->remote || !d->contact || set_route(d, req)) {
		err_set(e, -ENOMEM, "no memory for a dialog");
		sip_dialog_free(d);
		return NULL;
	}
	if (set_target(d, req, e)) {
		sip_dialog_free(d);
		return NULL;
	}
	return d;
}

static struct sip_dialog *new_uac(struct sip_dialogs *ds, struct sip_ctrans *ct,
				  const struct sip_msg *resp)
{
	const struct sip_msg *req = sip_ctrans_request(ct);
	const char *contact = sip_msg_value(req, SIP_HDR_CONTACT);
	struct sip_dialog *d = new_dialog(ds, true, req->call_id, req->from_tag, resp->to_tag);

	if (!d)
		return NULL;
	d->local = party(d, req->from);
	d->remote = party(d, req->to);
	d->contact = sip_pool_str(&d->pool, contact ? contact : "");
	d->local_cseq = d->invite_cseq = req->cseq;
	d->hop = *sip_ctrans_dialog_hop(ct);
	if (!d->local || !d->remote || !d->contact) {
		sip_dialog_free(d);
		return NULL;
	}
	return d;
}

struct sip_dialog *sip_dialog_uac(struct sip_dialogs *ds, struct sip_ctrans *ct,
				  const struct sip_msg *resp, bool *made, struct err *e)
{
	struct sip_dialog *d;
	bool is_new;

	if (made)
		*made = false;
	if (resp->code <= 100 || resp->code > 299 || !resp->to_tag || !resp->from_tag) {
		err_set(e, -EINVAL, "response makes no dialog: no To tag");
		return NULL;
	}
	d = sip_dialog_find(ds, resp);
	is_new = !d;
	if (is_new)
		d = new_uac(ds, ct, resp);
	if (!d) {
		err_set(e, -ENOMEM, "no memory for a dialog");
		return NULL;
	}
	/* Section 13.2.2.4: the first 2xx computes the route set anew, later ones nothing. */
	if (d->state == SIP_DIALOG_EARLY) {
		const bool final = resp->code >= 200;

		/* A provisional without Contact is common, and the 2xx brings one. */
		if ((is_new || final) && set_route(d, resp)) {
			err_set(e, -ENOMEM, "no memory for a dialog");
			goto fail;
		}
		if (set_target(d, resp, e) && (final || sip_msg_contact(resp)))
			goto fail;
		if (!d->remote_target) {
			d->remote_target = strdup(sip_ctrans_request(ct)->ruri_text);
			if (!d->remote_target)
				goto fail;
		}
		if (final)
			sip_dialog_confirm(d);
	}
	if (made)
		*made = is_new;
	return d;
fail:
	if (is_new)
		sip_dialog_free(d);
	return NULL;
}

void sip_dialog_confirm(struct sip_dialog *d)
{
	if (d->state == SIP_DIALOG_EARLY)
		d->state = SIP_DIALOG_CONFIRMED;
}

/* ---- taking in ------------------------------------------------------------------------------ */

unsigned int sip_dialog_recv_request(struct sip_dialog *d, const struct sip_msg *req,
				     struct err *e)
{
	int rc;

	if (req->method == SIP_ACK || req->method == SIP_CANCEL)
		return 0;
	if (d->has_remote_cseq && req->cseq < d->remote_cseq) {
		err_set(e, -EINVAL, "CSeq %u is below %u", req->cseq, d->remote_cseq);
		return 500;
	}
	if (req->method == SIP_INVITE || req->method == SIP_UPDATE) {
		rc = set_target(d, req, e);
		if (rc)
			return rc == -ENOMEM ? 500 : 400;
	}
	d->remote_cseq = req->cseq;
	d->has_remote_cseq = true;
	return 0;
}

void sip_dialog_recv_response(struct sip_dialog *d, const struct sip_msg *resp)
{
	if (resp->code / 100 == 2 &&
	    (resp->method == SIP_INVITE || resp->method == SIP_UPDATE))
		set_target(d, resp, NULL);
}

/* ---- building: section 12.2.1.1 ---------------------------------------------------------------- */

/* Is the first route a strict router (no lr)? Its URI goes to @uri. */
static bool is_strict(const struct sip_dialog *d, struct sip_pool *p, struct sip_nameaddr *n)
{
	return d->nroutes && sip_nameaddr_parse(p, d->route[0], n, NULL) == 0 &&
	       !sip_uri_param(&n->uri, "lr");
}

static int add_routes(const struct sip_dialog *d, struct sip_msg *m, bool strict)
{
	int rc = 0;

	for (unsigned int i = strict; rc == 0 && i < d->nroutes; i++)
		rc = sip_msg_add(m, SIP_HDR_ROUTE, d->route[i]);
	if (rc == 0 && strict)
		rc = sip_msg_addf(m, SIP_HDR_ROUTE, "<%s>", d->remote_target);
	return rc;
}

static bool refreshes_target(enum sip_method method)
{
	return method == SIP_INVITE || method == SIP_UPDATE;
}

struct sip_msg *sip_dialog_request(struct sip_dialog *d, enum sip_method method)
{
	struct sip_pool p = { 0 };
	struct sip_nameaddr first;
	const bool strict = is_strict(d, &p, &first);
	struct sip_msg *m = sip_msg_request(method, strict ? first.uri_text : d->remote_target);
	uint32_t cseq;
	int rc;

	sip_pool_fini(&p);
	if (!m)
		return NULL;
	if (method == SIP_ACK)
		cseq = d->invite_cseq;
	else
		cseq = ++d->local_cseq;
	if (method == SIP_INVITE)
		d->invite_cseq = cseq;
	rc = sip_msg_add(m, SIP_HDR_MAX_FORWARDS, "70");
	if (rc == 0)
		rc = add_routes(d, m, strict);
	if (rc == 0)
		rc = sip_msg_addf(m, SIP_HDR_FROM, "%s;tag=%s", d->local, d->local_tag);
	if (rc == 0)
		rc = sip_msg_addf(m, SIP_HDR_TO, "%s;tag=%s", d->remote, d->remote_tag);
	if (rc == 0)
		rc = sip_msg_add(m, SIP_HDR_CALL_ID, d->call_id);
	if (rc == 0)
		rc = sip_msg_addf(m, SIP_HDR_CSEQ, "%u %s", cseq, sip_method_name(method));
	if (rc == 0 && refreshes_target(method) && *d->contact)
		rc = sip_msg_add(m, SIP_HDR_CONTACT, d->contact);
	if (rc) {
		sip_msg_free(m);
		return NULL;
	}
	return m;
}

/* ---- sending ------------------------------------------------------------------------------------------ */

void sip_dialog_hop(const struct sip_dialog *d, const struct sip_msg *req, struct sip_hop *hop)
{
	const struct sip_hdr *route = sip_msg_find(req, SIP_HDR_ROUTE, NULL);
	struct sip_pool p = { 0 };
	struct sip_nameaddr first;
	const bool strict = is_strict(d, &p, &first);
	const struct sip_uri *next;
	struct addr a;

	/* A strict router's URI is the Request-URI; the Routes are for those behind it. */
	next = route && route->addr && !strict ? &route->addr->uri : &req->ruri;
	*hop = d->hop;
	if (sip_uri_addr(next, &a) == 0 && a.family == d->hop.remote.family)
		hop->remote = a;
	sip_pool_fini(&p);
}

struct sip_ctrans *sip_dialog_send(struct sip_dialog *d, struct sip_stack *s, struct sip_msg *req,
				   const struct sip_ctrans_ops *ops, void *arg, struct err *e)
{
	struct sip_hop hop;

	sip_dialog_hop(d, req, &hop);
	return sip_ctrans_send(s, &hop, req, ops, arg, e);
}
