// SPDX-License-Identifier: GPL-2.0-or-later
/* What one side is told about the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "policy.h"

unsigned int policy_refusal(unsigned int code)
{
	static const unsigned short ours[] = {
		400, 401, 402, 405, 407, 413, 414, 416, 420, 421, 422, 423, 428,
		436, 437, 438, 439, 481, 493, 494,
	};

	if (code >= 300 && code < 400)
		return 480;
	if (code == 415)
		return 488;
	if (code == 503)
		return 500;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (code == ours[i])
			return 502;
	return code >= 400 && code < 700 ? code : 500;
}

const char *policy_refusal_text(const struct sip_msg *resp, unsigned int told, char *out,
				size_t cap)
{
	const char *warning = sip_msg_value(resp, SIP_HDR_WARNING);
	const char *from = warning ? strchr(warning, '"') : NULL;
	const char *to = from ? strrchr(from + 1, '"') : NULL;
	int len = to ? (int)(to - from - 1) : 0;
	bool other = resp->code != told;

	if (!len && !other)
		return NULL;
	*out = '\0';
	if (other)
		snprintf(out, cap, "%u %s%s", resp->code, resp->reason, len ? ": " : "");
	snprintf(out + strlen(out), cap - strlen(out), "%.*s", len, len ? from + 1 : "");
	return out;
}

unsigned int policy_media_refusal(int err)
{
	switch (err) {
	case -ENOBUFS:		/* no free port, no session left */
	case -ENODEV:		/* no kernel module */
	case -EAGAIN:
		return 503;
	default:
		return 500;
	}
}

/* Quote @text for a quoted-string: what would end it is replaced. */
static void quote(char *out, size_t cap, const char *text)
{
	size_t n;

	snprintf(out, cap, "%s", text);
	for (n = 0; out[n]; n++)
		if (out[n] == '"' || out[n] == '\\' || (unsigned char)out[n] < 0x20 || out[n] == 0x7f)
			out[n] = '\'';
}

const char *policy_reason(const struct end_reason *why, char *out, size_t cap)
{
	char text[200];

	if (why->header)
		return why->header;
	if (!why->code)
		return NULL;
	quote(text, sizeof(text), why->text && *why->text ? why->text : sip_reason(why->code));
	if (snprintf(out, cap, "SIP;cause=%u;text=\"%s\"", why->code, text) >= (int)cap)
		return NULL;
	return out;
}

int policy_uri(const struct sip_uri *u, const char *text, const struct addr *instead,
	       char *out, size_t cap)
{
	struct sip_param kept = { .name = "user" };
	struct sip_uri copy = *u;
	char host[ADDR_STRLEN];
	struct wbuf w = wbuf_on(out, cap - 1);
	struct addr numeric;

	if (!sip_uri_is_sip(u)) {
		wbuf_str(&w, text);
	} else {
		copy.password = NULL;
		copy.headers = NULL;
		kept.value = sip_uri_param(u, "user");
		copy.params = kept.value && *kept.value ? &kept : NULL;
		if (addr_parse(&numeric, u->host, 0) == 0) {
			copy.host = addr_ip_str(instead, host);
			copy.port = instead->port == 5060 ? 0 : instead->port;
		}
		sip_uri_write(&w, &copy);
	}
	out[w.len] = '\0';
	return w.bad ? -ENOSPC : 0;
}

int policy_pass_headers(struct sip_msg *out, const struct sip_msg *in)
{
	/*
	 * P-Asserted-Identity is not among them: it is an assertion within the trust
	 * domain it was made in (RFC 3325 section 5), and a side is not told of another's.
	 */
	static const char *const names[] = { "Subject", "Priority", "Privacy", "Accept-Language" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sip_hdr *h = NULL;

		while ((h = sip_msg_find_name(in, names[i], h)))
			if (sip_msg_add_named(out, names[i], h->value) == -ENOMEM)
				return -ENOMEM;
	}
	return 0;
}
