// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_ua.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "sip_trans_impl.h"

/* Is @token in the comma list @list? */
static bool is_in(const char *list, const char *token)
{
	const size_t len = strlen(token);

	while (*list) {
		size_t n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,;");
		if (n == len && strncasecmp(list, token, len) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static void send_and_release(struct sip_strans *st, struct sip_msg *resp)
{
	if (resp)
		sip_strans_reply(st, resp);
	sip_strans_release(st);
}

/* A header that could not be added only makes the answer less helpful. */
static void refuse_with(struct sip_strans *st, const struct sip_ua_caps *caps, unsigned int code,
			enum sip_hdr_id id, const char *value)
{
	struct sip_msg *resp = sip_strans_response(st, code, NULL);

	if (resp && value)
		sip_msg_add(resp, id, value);
	if (resp && caps->server)
		sip_msg_add(resp, SIP_HDR_SERVER, caps->server);
	send_and_release(st, resp);
}

/* the required option tags that are not supported, as a list; "" for none */
static const char *unsupported(const struct sip_msg *req, const char *supported, char *out,
			       size_t cap)
{
	struct sip_token_pos pos = { 0 };
	char token[64];
	size_t len = 0;

	out[0] = '\0';
	while (sip_msg_next_token(req, SIP_HDR_REQUIRE, &pos, token, sizeof(token)))
		if (!is_in(supported, token) && len + strlen(token) + 3 < cap)
			len += (size_t)snprintf(out + len, cap - len, "%s%s", len ? ", " : "", token);
	return out;
}

static bool body_fits(const struct sip_msg *req, const char *accept)
{
	const char *type = sip_msg_value(req, SIP_HDR_CONTENT_TYPE);
	char name[64];

	if (!req->body_len || !type)
		return true;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(type, "; \t"), type);
	return is_in(accept, name);
}

bool sip_ua_screen(struct sip_strans *st, const struct sip_ua_caps *caps)
{
	const struct sip_msg *req = sip_strans_request(st);
	const char *encoding = sip_msg_value(req, SIP_HDR_CONTENT_ENCODING);
	char list[256];

	if (!is_in(caps->allow, req->method_name))
		refuse_with(st, caps, req->method == SIP_OTHER ? 501 : 405, SIP_HDR_ALLOW,
			    caps->allow);
	else if (strcmp(req->ruri.scheme, "sip") != 0)
		refuse_with(st, caps, 416, SIP_HDR_OTHER, NULL);
	else if (caps->hops && req->max_forwards == 0 && req->method != SIP_OPTIONS)
		refuse_with(st, caps, 483, SIP_HDR_OTHER, NULL);
	else if (*unsupported(req, caps->supported, list, sizeof(list)))
		refuse_with(st, caps, 420, SIP_HDR_UNSUPPORTED, list);
	else if (!body_fits(req, caps->accept))
		refuse_with(st, caps, 415, SIP_HDR_ACCEPT, caps->accept);
	else if (req->body_len && encoding && strcasecmp(encoding, "identity") != 0)
		refuse_with(st, caps, 415, SIP_HDR_ACCEPT, caps->accept);
	else
		return false;
	return true;
}

bool sip_ua_dialog(struct sip_strans *st, struct sip_dialogs *ds, struct sip_dialog **d)
{
	const struct sip_msg *req = sip_strans_request(st);
	struct err e = { 0 };
	unsigned int code;

	*d = NULL;
	if (!req->to_tag)
		return false;
	*d = sip_dialog_find(ds, req);
	code = *d ? sip_dialog_recv_request(*d, req, &e) : 481;
	if (code == 0)
		return false;
	*d = NULL;
	sip_ua_refuse(st, code, e.code ? e.text : NULL, 0);
	return true;
}

void sip_ua_options(struct sip_strans *st, const struct sip_ua_caps *caps)
{
	struct sip_msg *resp = sip_strans_response(st, 200, NULL);

	if (resp) {
		sip_msg_add(resp, SIP_HDR_ALLOW, caps->allow);
		sip_msg_add(resp, SIP_HDR_ACCEPT, caps->accept);
		sip_msg_add(resp, SIP_HDR_SUPPORTED, caps->supported);
		if (caps->server)
			sip_msg_add(resp, SIP_HDR_SERVER, caps->server);
	}
	send_and_release(st, resp);
}

void sip_ua_refuse(struct sip_strans *st, unsigned int code, const char *reason,
		   unsigned int retry_after)
{
	struct sip_msg *resp = sip_strans_response(st, code, reason);

	if (resp && retry_after)
		sip_msg_addf(resp, SIP_HDR_RETRY_AFTER, "%u", retry_after);
	send_and_release(st, resp);
}
