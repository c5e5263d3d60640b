// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole messages: requests, responses, ACK and CANCEL; copying and writing them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "buf.h"
#include "sip_msg_impl.h"
#include "sip_value.h"

#define TAGS		32	/* 256 octets: getrandom() gives these all at once, or none */
#define HEADERS_MORE	8	/* room in a copy for what is usually added to it */

/* Fetched from the kernel by the hundred: a proxy needs two for each request. */
static uint64_t random_number(void)
{
	static uint64_t store[TAGS];
	static unsigned int left;
	uint64_t n;

	/* Guessable tags and branches let strangers into dialogs: do not run without. */
	if (!left && getrandom(store, sizeof(store), 0) != sizeof(store))
		abort();
	left = left ? left - 1 : TAGS - 1;
	n = store[left];
	store[left] = 0;
	return n;
}

const char *sip_new_tag(char *out)
{
	uint64_t n = random_number();

	for (unsigned int i = 0; i < SIP_TAG_LEN - 1; i++, n >>= 4)
		out[i] = "0123456789abcdef"[n & 15];
	out[SIP_TAG_LEN - 1] = '\0';
	return out;
}

static void write_number(struct wbuf *w, size_t n)
{
	char digits[24], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + n % 10);
	} while (n /= 10);
	wbuf_bytes(w, at, (size_t)(digits + sizeof(digits) - at));
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

/* Strings and values never change once they are there, so both messages have the same ones. */
struct sip_msg *sip_msg_clone(const struct sip_msg *from)
{
	struct sip_msg *m = malloc(sizeof(*m));

	if (!m)
		return NULL;
	*m = *from;
	m->hdr = malloc((from->nhdr + HEADERS_MORE) * sizeof(*m->hdr));
	if (!m->hdr) {
		free(m);
		return NULL;
	}
	m->cap_hdr = from->nhdr + HEADERS_MORE;
	memcpy(m->hdr, from->hdr, from->nhdr * sizeof(*m->hdr));
	sip_pool_share(&m->pool, &from->pool);
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

/* A ";" with nothing behind it is against the grammar, but is sent: it is the tag's then. */
static int add_to_with_tag(struct sip_msg *m, const char *value, const char *tag)
{
	size_t len = strlen(value);

	while (len && strchr("; \t", value[len - 1]))
		len--;
	return sip_msg_addf(m, SIP_HDR_TO, "%.*s;tag=%s", (int)len, value, tag);
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
		rc = add_to_with_tag(m, h->value, to_tag);
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

/* Nothing is parsed here that we have just put together: a Via comes to each message that passes. */
int sip_msg_push_via(struct sip_msg *m, const struct sip_via *v)
{
	const struct sip_hdr *first = sip_msg_find(m, SIP_HDR_VIA, NULL);
	struct sip_via *copy = sip_pool_alloc(&m->pool, sizeof(*copy));
	const struct sip_param **tail;
	char text[SIP_MAX_LINE];
	struct wbuf w = wbuf_on(text, sizeof(text));
	char *value;

	if (!copy)
		return -ENOMEM;
	wbuf_str(&w, "SIP/2.0/");
	wbuf_str(&w, v->transport);
	wbuf_u8(&w, ' ');
	sip_write_host(&w, v->host);
	if (v->port) {
		wbuf_u8(&w, ':');
		write_number(&w, v->port);
	}
	sip_write_params(&w, v->params);
	if (w.bad)
		return -EMSGSIZE;
	value = sip_pool_strn(&m->pool, text, w.len);
	copy->transport = sip_pool_str(&m->pool, v->transport);
	copy->host = sip_pool_str(&m->pool, v->host);
	if (!value || !copy->transport || !copy->host)
		return -ENOMEM;
	copy->port = v->port;
	tail = &copy->params;
	for (const struct sip_param *p = v->params; p; p = p->next) {
		struct sip_param *one = sip_pool_alloc(&m->pool, sizeof(*one));

		if (!one)
			return -ENOMEM;
		one->name = sip_pool_str(&m->pool, p->name);
		one->value = p->value ? sip_pool_str(&m->pool, p->value) : NULL;
		if (!one->name || (p->value && !one->value))
			return -ENOMEM;
		*tail = one;
		tail = &one->next;
	}
	if (sip_via_derive(copy, NULL) ||
	    sip_msg_put(m, first ? (unsigned int)(first - m->hdr) : 0,
			(struct sip_hdr){ .id = SIP_HDR_VIA, .name = sip_hdr_name(SIP_HDR_VIA),
					  .value = value, .via = copy }))
		return -ENOMEM;
	sip_msg_refresh(m);
	return 0;
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

/* ---- writing --------------------------------------------------------------------------- */

/* Straight into the buffer: this is done several times for each message that passes. */
void sip_msg_write(const struct sip_msg *m, struct wbuf *w)
{
	const size_t from = w->len;
	uint8_t *nul;

	if (m->code) {
		wbuf_str(w, "SIP/2.0 ");
		write_number(w, m->code);
		wbuf_u8(w, ' ');
		wbuf_str(w, m->reason);
		wbuf_str(w, "\r\n");
	} else {
		wbuf_str(w, m->method_name);
		wbuf_u8(w, ' ');
		wbuf_str(w, m->ruri_text);
		wbuf_str(w, " SIP/2.0\r\n");
	}
	for (unsigned int i = 0; i < m->nhdr; i++) {
		wbuf_str(w, m->hdr[i].name);
		wbuf_str(w, ": ");
		wbuf_str(w, m->hdr[i].value);
		wbuf_str(w, "\r\n");
	}
	while ((nul = memchr(w->data + from, SIP_NUL, w->len - from)))
		*nul = '\0';
	wbuf_str(w, "Content-Length: ");
	write_number(w, m->body_len);
	wbuf_str(w, "\r\n\r\n");
	if (m->body_len)
		wbuf_bytes(w, m->body, m->body_len);
}
