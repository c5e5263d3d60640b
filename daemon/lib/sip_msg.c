// SPDX-License-Identifier: GPL-2.0-or-later
/* A message's header fields: taking in, finding, changing. */
#include "sip_msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "sip_msg_impl.h"
#include "sip_value.h"

#define MAX_CSEQ 0x7fffffff	/* RFC 3261 section 8.1.1.5: less than 2^31 */

struct sip_msg *sip_msg_new(void)
{
	struct sip_msg *m = calloc(1, sizeof(*m));

	if (m)
		m->max_forwards = -1;
	return m;
}

void sip_msg_free(struct sip_msg *m)
{
	if (!m)
		return;
	sip_pool_fini(&m->pool);
	free(m->hdr);
	free(m);
}

/* ---- taking in -------------------------------------------------------------------- */

int sip_msg_put(struct sip_msg *m, unsigned int at, struct sip_hdr h)
{
	if (m->nhdr == m->cap_hdr) {
		const unsigned int cap = m->cap_hdr ? 2 * m->cap_hdr : 16;
		struct sip_hdr *more = realloc(m->hdr, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		m->hdr = more;
		m->cap_hdr = cap;
	}
	memmove(m->hdr + at + 1, m->hdr + at, (m->nhdr - at) * sizeof(*m->hdr));
	m->hdr[at] = h;
	m->nhdr++;
	return 0;
}

static bool is_list(enum sip_hdr_id id)
{
	return id == SIP_HDR_VIA || id == SIP_HDR_ROUTE || id == SIP_HDR_RECORD_ROUTE ||
	       id == SIP_HDR_CONTACT;
}

/* RFC 3261 table 2 with section 7.3.1: those that cannot be lists */
static bool is_single(enum sip_hdr_id id)
{
	switch (id) {
	case SIP_HDR_FROM:
	case SIP_HDR_TO:
	case SIP_HDR_CALL_ID:
	case SIP_HDR_CSEQ:
	case SIP_HDR_MAX_FORWARDS:
	case SIP_HDR_CONTENT_TYPE:
	case SIP_HDR_CONTENT_LENGTH:
	case SIP_HDR_CONTENT_DISPOSITION:
	case SIP_HDR_EXPIRES:
	case SIP_HDR_DATE:
	case SIP_HDR_RSEQ:
	case SIP_HDR_RACK:
	case SIP_HDR_REFER_TO:
	case SIP_HDR_SESSION_EXPIRES:
		return true;
	default:
		return false;
	}
}

static int check_cseq(const char *value, struct err *e)
{
	const size_t digits = strspn(value, "0123456789");
	const char *method = value + digits + strspn(value + digits, " \t");
	char number[16];
	uint32_t n;

	if (!digits || digits >= sizeof(number) || method == value + digits)
		return err_set(e, -EINVAL, "malformed CSeq");
	memcpy(number, value, digits);
	number[digits] = '\0';
	if (sip_number(number, MAX_CSEQ, &n))
		return err_set(e, -EINVAL, "CSeq number is not below 2^31");
	if (!sip_is_token(method))
		return err_set(e, -EINVAL, "malformed method in CSeq");
	return 0;
}

/* "type/subtype" with parameters, which are left to whoever reads the body */
static int check_content_type(const char *value, struct err *e)
{
	const char *slash = strchr(value, '/'), *end = value + strcspn(value, ";");

	if (!slash || slash == value || slash > end || slash + 1 >= end)
		return err_set(e, -EINVAL, "malformed Content-Type");
	return 0;
}

/* one value; what is parsed goes to @h */
static int check_value(struct sip_msg *m, struct sip_hdr *h, struct err *e)
{
	struct sip_nameaddr *n;
	struct sip_via *v;
	uint32_t u;
	int rc;

	switch (h->id) {
	case SIP_HDR_VIA:
		v = sip_pool_alloc(&m->pool, sizeof(*v));
		rc = v ? sip_via_parse(&m->pool, h->value, v, e) : -ENOMEM;
		h->via = rc ? NULL : v;
		return rc;
	case SIP_HDR_CONTACT:
		if (strcmp(h->value, "*") == 0)
			return 0;
		/* fall through */
	case SIP_HDR_FROM:
	case SIP_HDR_TO:
	case SIP_HDR_ROUTE:
	case SIP_HDR_RECORD_ROUTE:
		n = sip_pool_alloc(&m->pool, sizeof(*n));
		rc = n ? sip_nameaddr_parse(&m->pool, h->value, n, e) : -ENOMEM;
		if (rc == -EINVAL)
			err_prefix(e, "%s", sip_hdr_name(h->id));
		if (rc == 0 && sip_param_get(n->params, "tag") &&
		    !sip_is_token(sip_param_get(n->params, "tag")))
			rc = err_set(e, -EINVAL, "%s: malformed tag", sip_hdr_name(h->id));
		h->addr = rc ? NULL : n;
		return rc;
	case SIP_HDR_CALL_ID:
		return sip_is_callid(h->value) ? 0 : err_set(e, -EINVAL, "malformed Call-ID");
	case SIP_HDR_CSEQ:
		return check_cseq(h->value, e);
	case SIP_HDR_MAX_FORWARDS:
		return sip_number(h->value, 255, &u) ?
		       err_set(e, -EINVAL, "Max-Forwards is not a number from 0 to 255") : 0;
	case SIP_HDR_CONTENT_TYPE:
		return check_content_type(h->value, e);
	default:
		return 0;
	}
}

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	for (len = strlen(s); len && (s[len - 1] == ' ' || s[len - 1] == '\t'); len--)
		s[len - 1] = '\0';
	return s;
}

int sip_msg_take(struct sip_msg *m, unsigned int at, enum sip_hdr_id id, const char *name,
		 char *value, struct err *e)
{
	bool more = true;
	int rc;

	if (is_single(id) && sip_msg_find(m, id, NULL))
		return err_set(e, -EINVAL, "more than one %s", sip_hdr_name(id));
	while (more) {
		struct sip_hdr h = { .id = id, .name = name };
		char *end = is_list(id) ? (char *)sip_value_end(value) : value + strlen(value);

		more = *end == ',';
		*end = '\0';
		h.value = trim(value);
		value = end + 1;
		if (is_list(id) && !*h.value)
			return err_set(e, -EINVAL, "empty value in %s", sip_hdr_name(id));
		if (m->nhdr >= SIP_MAX_HEADERS)
			return err_set(e, -EINVAL, "more than %d header fields", SIP_MAX_HEADERS);
		rc = check_value(m, &h, e);
		if (rc == 0)
			rc = sip_msg_put(m, at++, h);
		if (rc)
			return rc;
	}
	return 0;
}

/* Does struct sip_msg hold what is in this one? */
static bool is_derived(enum sip_hdr_id id)
{
	return id == SIP_HDR_VIA || id == SIP_HDR_FROM || id == SIP_HDR_TO || id == SIP_HDR_CALL_ID ||
	       id == SIP_HDR_CSEQ || id == SIP_HDR_MAX_FORWARDS;
}

void sip_msg_refresh(struct sip_msg *m)
{
	m->via = NULL;
	m->from = m->to = NULL;
	m->from_tag = m->to_tag = m->call_id = NULL;
	m->max_forwards = -1;
	for (unsigned int i = m->nhdr; i-- > 0;) {
		const struct sip_hdr *h = &m->hdr[i];

		switch (h->id) {
		case SIP_HDR_VIA:
			m->via = h->via;
			break;
		case SIP_HDR_FROM:
			m->from = h->addr;
			m->from_tag = h->addr ? sip_param_get(h->addr->params, "tag") : NULL;
			break;
		case SIP_HDR_TO:
			m->to = h->addr;
			m->to_tag = h->addr ? sip_param_get(h->addr->params, "tag") : NULL;
			break;
		case SIP_HDR_CALL_ID:
			m->call_id = h->value;
			break;
		case SIP_HDR_CSEQ:
			m->cseq = (uint32_t)strtoul(h->value, NULL, 10);
			if (m->code) {
				m->method_name = h->value + strspn(h->value, "0123456789 \t");
				m->method = sip_method_of(m->method_name);
			}
			break;
		case SIP_HDR_MAX_FORWARDS:
			m->max_forwards = (int)strtoul(h->value, NULL, 10);
			break;
		default:
			break;
		}
	}
}

int sip_msg_start_uri(struct sip_msg *m, const char *text, struct err *e)
{
	struct sip_uri uri;
	int rc = sip_uri_parse(&m->pool, text, &uri, e);

	if (rc) {
		if (rc == -EINVAL)
			err_prefix(e, "Request-URI");
		return rc;
	}
	/* Section 19.1.1, table 1: header components are not allowed in a Request-URI. */
	if (uri.headers)
		return err_set(e, -EINVAL, "Request-URI: has header components");
	m->ruri = uri;
	m->ruri_text = text;
	return 0;
}

/* ---- looking ------------------------------------------------------------------------ */

const struct sip_hdr *sip_msg_find(const struct sip_msg *m, enum sip_hdr_id id,
				   const struct sip_hdr *prev)
{
	for (const struct sip_hdr *h = prev ? prev + 1 : m->hdr; h && h < m->hdr + m->nhdr; h++)
		if (h->id == id)
			return h;
	return NULL;
}

const struct sip_hdr *sip_msg_find_name(const struct sip_msg *m, const char *name,
					const struct sip_hdr *prev)
{
	const enum sip_hdr_id id = sip_hdr_id_of(name);

	if (id != SIP_HDR_OTHER)
		return sip_msg_find(m, id, prev);
	while ((prev = sip_msg_find(m, SIP_HDR_OTHER, prev)))
		if (strcasecmp(prev->name, name) == 0)
			return prev;
	return NULL;
}

const char *sip_msg_value(const struct sip_msg *m, enum sip_hdr_id id)
{
	const struct sip_hdr *h = sip_msg_find(m, id, NULL);

	return h ? h->value : NULL;
}

const struct sip_nameaddr *sip_msg_contact(const struct sip_msg *m)
{
	const struct sip_hdr *h = NULL;

	while ((h = sip_msg_find(m, SIP_HDR_CONTACT, h)))
		if (h->addr)
			return h->addr;
	return NULL;
}

bool sip_msg_next_token(const struct sip_msg *m, enum sip_hdr_id id, struct sip_token_pos *pos,
			char *out, size_t cap)
{
	for (;;) {
		const char *end;
		size_t len;

		if (!pos->hdr || !*pos->at) {
			pos->hdr = sip_msg_find(m, id, pos->hdr);
			if (!pos->hdr)
				return false;
			pos->at = pos->hdr->value;
		}
		pos->at += strspn(pos->at, " \t,");
		end = sip_value_end(pos->at);
		for (len = (size_t)(end - pos->at); len && strchr(" \t", pos->at[len - 1]); len--)
			;
		if (len) {
			snprintf(out, cap, "%.*s", (int)len, pos->at);
			pos->at = end;
			return true;
		}
	}
}

bool sip_msg_has_token(const struct sip_msg *m, enum sip_hdr_id id, const char *token)
{
	struct sip_token_pos pos = { 0 };
	char out[128];

	while (sip_msg_next_token(m, id, &pos, out, sizeof(out)))
		if (strcasecmp(out, token) == 0)
			return true;
	return false;
}

bool sip_msg_content_is(const struct sip_msg *m, const char *type)
{
	const char *value = sip_msg_value(m, SIP_HDR_CONTENT_TYPE);
	const size_t len = strlen(type);

	return value && strncasecmp(value, type, len) == 0 && strchr("; \t", value[len]);
}

/* ---- changing ------------------------------------------------------------------------ */

static int insert(struct sip_msg *m, unsigned int at, enum sip_hdr_id id, const char *name,
		  const char *value)
{
	const char *own_name;
	char *copy;
	int rc;

	if (id == SIP_HDR_CONTENT_LENGTH)
		return -EINVAL;
	copy = sip_pool_str(&m->pool, value);
	own_name = name == sip_hdr_name(id) ? name : sip_pool_str(&m->pool, name);
	if (!copy || !own_name)
		return -ENOMEM;
	rc = sip_msg_take(m, at, id, own_name, copy, NULL);
	if (is_derived(id))
		sip_msg_refresh(m);
	return rc;
}

int sip_msg_add(struct sip_msg *m, enum sip_hdr_id id, const char *value)
{
	return sip_is_clean(value) ? insert(m, m->nhdr, id, sip_hdr_name(id), value) : -EINVAL;
}

int sip_msg_addf(struct sip_msg *m, enum sip_hdr_id id, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return -ENOMEM;
	rc = sip_msg_add(m, id, text);
	free(text);
	return rc;
}

int sip_msg_add_named(struct sip_msg *m, const char *name, const char *value)
{
	if (!sip_is_token(name) || !sip_is_clean(value))
		return -EINVAL;
	return insert(m, m->nhdr, sip_hdr_id_of(name), name, value);
}

int sip_msg_push(struct sip_msg *m, enum sip_hdr_id id, const char *value)
{
	const struct sip_hdr *first = sip_msg_find(m, id, NULL);

	/* Without one of its kind it goes to the very front, where Via belongs. */
	if (!sip_is_clean(value))
		return -EINVAL;
	return insert(m, first ? (unsigned int)(first - m->hdr) : 0, id, sip_hdr_name(id), value);
}

static void drop(struct sip_msg *m, unsigned int i)
{
	m->nhdr--;
	memmove(m->hdr + i, m->hdr + i + 1, (m->nhdr - i) * sizeof(*m->hdr));
}

int sip_msg_set(struct sip_msg *m, enum sip_hdr_id id, const char *value)
{
	const struct sip_hdr *first = sip_msg_find(m, id, NULL);
	const unsigned int at = first ? (unsigned int)(first - m->hdr) : m->nhdr;

	if (!sip_is_clean(value))
		return -EINVAL;
	sip_msg_remove(m, id);
	return insert(m, at, id, sip_hdr_name(id), value);
}

void sip_msg_remove(struct sip_msg *m, enum sip_hdr_id id)
{
	for (unsigned int i = m->nhdr; i-- > 0;)
		if (m->hdr[i].id == id)
			drop(m, i);
	if (is_derived(id))
		sip_msg_refresh(m);
}

void sip_msg_pop(struct sip_msg *m, enum sip_hdr_id id)
{
	const struct sip_hdr *first = sip_msg_find(m, id, NULL);

	if (first)
		sip_msg_drop(m, first);
}

void sip_msg_drop(struct sip_msg *m, const struct sip_hdr *h)
{
	const enum sip_hdr_id id = h->id;

	drop(m, (unsigned int)(h - m->hdr));
	if (is_derived(id))
		sip_msg_refresh(m);
}

int sip_msg_copy_hdrs(struct sip_msg *m, const struct sip_msg *from, enum sip_hdr_id id)
{
	const struct sip_hdr *h = NULL;

	while ((h = sip_msg_find(from, id, h))) {
		int rc = insert(m, m->nhdr, id, h->name, h->value);

		if (rc)
			return rc;
	}
	return 0;
}

int sip_msg_set_ruri(struct sip_msg *m, const char *ruri)
{
	char *copy;

	if (!sip_is_clean(ruri))
		return -EINVAL;
	copy = sip_pool_str(&m->pool, ruri);
	return copy ? sip_msg_start_uri(m, copy, NULL) : -ENOMEM;
}

int sip_msg_set_body(struct sip_msg *m, const char *content_type, const void *body, size_t len)
{
	char *copy;
	int rc;

	if (len > SIP_MAX_BODY)
		return -EMSGSIZE;
	if (len == 0) {
		sip_msg_remove(m, SIP_HDR_CONTENT_TYPE);
		m->body = NULL;
		m->body_len = 0;
		return 0;
	}
	copy = sip_pool_strn(&m->pool, body, len);
	if (!copy)
		return -ENOMEM;
	rc = sip_msg_set(m, SIP_HDR_CONTENT_TYPE, content_type);
	if (rc)
		return rc;
	m->body = (const uint8_t *)copy;
	m->body_len = len;
	return 0;
}
