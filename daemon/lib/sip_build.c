// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole messages: requests, responses, ACK and CANCEL. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "sip_msg_impl.h"
#include "sip_value.h"

const char *sip_new_tag(char *out)
{
	uint64_t random;

	/* Guessable tags and branches let strangers into dialogs: do not run without. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		abort();
	snprintf(out, SIP_TAG_LEN, "%016llx", (unsigned long long)random);
	return out;
}

struct sip_msg *sip_msg_request(enum sip_method method, const char *ruri)
{
	struct sip_msg *m = sip_msg_new();

	if (!m)
		return NULL;
	m->method = method;
	m->method_name = sip_method_name(method);
	if (method == SIP_OTHER || sip_msg_set_ruri(m, ruri)) {
		sip_msg_free(m);
		return NULL;
	}
	return m;
}

struct sip_msg *sip_msg_clone(const struct sip_msg *from)
{
	struct sip_msg *m = sip_msg_new();
	bool good;

	if (!m)
		return NULL;
	m->code = from->code;
	m->method = from->method;
	m->cseq = from->cseq;
	if (from->code)
		good = (m->reason = sip_pool_str(&m->pool, from->reason));
	else
		good = (m->method_name = sip_pool_str(&m->pool, from->method_name)) &&
		       sip_msg_set_ruri(m, from->ruri_text) == 0;
	for (unsigned int i = 0; good && i < from->nhdr; i++) {
		const struct sip_hdr *h = &from->hdr[i];
		char *name = sip_pool_str(&m->pool, h->name);
		char *value = sip_pool_str(&m->pool, h->value);

		good = name && value && sip_msg_take(m, m->nhdr, h->id, name, value, NULL) == 0;
	}
	if (good && from->body_len) {
		m->body = (uint8_t *)sip_pool_strn(&m->pool, (const char *)from->body,
						   from->body_len);
		m->body_len = from->body_len;
		good = m->body;
	}
	if (!good) {
		sip_msg_free(m);
		return NULL;
	}
	sip_msg_refresh(m);
	return m;
}

/* Values of a refused request may be broken: they are copied as text. */
static int copy_as_is(struct sip_msg *m, const struct sip_msg *from, enum sip_hdr_id id)
{
	const struct sip_hdr *h = NULL;

	while ((h = sip_msg_find(from, id, h))) {
		char *name = sip_pool_str(&m->pool, h->name);
		char *value = sip_pool_str(&m->pool, h->value);
		int rc;

		if (!name || !value)
			return -ENOMEM;
		rc = sip_msg_take(m, m->nhdr, id, name, value, NULL);
		if (rc == -EINVAL) {
			value = sip_pool_str(&m->pool, h->value);
			rc = value ? sip_msg_put(m, m->nhdr, (struct sip_hdr){
					.id = id, .name = name, .value = value }) : -ENOMEM;
		}
		if (rc)
			return rc;
	}
	sip_msg_refresh(m);
	return 0;
}

struct sip_msg *sip_msg_response(const struct sip_msg *req, unsigned int code,
				 const char *reason, const char *to_tag)
{
	struct sip_msg *m = sip_msg_new();
	const struct sip_hdr *h;
	int rc;

	if (!m)
		return NULL;
	m->code = code;
	if (!reason || !sip_is_clean(reason))
		reason = sip_reason(code);
	m->reason = sip_pool_str(&m->pool, reason);
	rc = m->reason ? copy_as_is(m, req, SIP_HDR_VIA) : -ENOMEM;
	if (rc == 0 && code > 100 && code < 300)
		rc = copy_as_is(m, req, SIP_HDR_RECORD_ROUTE);
	if (rc == 0)
		rc = copy_as_is(m, req, SIP_HDR_FROM);
	h = sip_msg_find(req, SIP_HDR_TO, NULL);
	if (rc == 0 && h && h->addr && !req->to_tag && to_tag && code > 100)
		rc = sip_msg_addf(m, SIP_HDR_TO, "%s;tag=%s", h->value, to_tag);
	else if (rc == 0)
		rc = copy_as_is(m, req, SIP_HDR_TO);
	if (rc == 0)
		rc = copy_as_is(m, req, SIP_HDR_CALL_ID);
	if (rc == 0)
		rc = copy_as_is(m, req, SIP_HDR_CSEQ);
	if (rc == 0 && code == 100)
		rc = copy_as_is(m, req, SIP_HDR_TIMESTAMP);
	if (rc) {
		sip_msg_free(m);
		return NULL;
	}
	return m;
}

/* What ACK and CANCEL take from the request they belong to. */
static struct sip_msg *follower(const struct sip_msg *req, enum sip_method method,
				const struct sip_msg *to_from)
{
	struct sip_msg *m = sip_msg_request(method, req->ruri_text);
	const struct sip_hdr *via = sip_msg_find(req, SIP_HDR_VIA, NULL);
	int rc;

	if (!m)
		return NULL;
	rc = via ? sip_msg_add(m, SIP_HDR_VIA, via->value) : -EINVAL;
	if (rc == 0)
		rc = sip_msg_add(m, SIP_HDR_MAX_FORWARDS, "70");
	if (rc == 0)
		rc = sip_msg_copy_hdrs(m, req, SIP_HDR_ROUTE);
	if (rc == 0)
		rc = sip_msg_copy_hdrs(m, req, SIP_HDR_FROM);
	if (rc == 0)
		rc = sip_msg_copy_hdrs(m, to_from, SIP_HDR_TO);
	if (rc == 0)
		rc = sip_msg_copy_hdrs(m, req, SIP_HDR_CALL_ID);
	if (rc == 0)
		rc = sip_msg_addf(m, SIP_HDR_CSEQ, "%u %s", req->cseq, sip_method_name(method));
	if (rc) {
		sip_msg_free(m);
		return NULL;
	}
	return m;
}

struct sip_msg *sip_msg_ack_for(const struct sip_msg *invite, const struct sip_msg *resp)
{
	return follower(invite, SIP_ACK, resp);
}

struct sip_msg *sip_msg_cancel_for(const struct sip_msg *req)
{
	return follower(req, SIP_CANCEL, req);
}
