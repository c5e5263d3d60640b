// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the kernel's refusals: extended acknowledgements, bytes only. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "nl.h"

static const struct nl_name *find_name(const struct nl_name *names, unsigned int type)
{
	for (; names && names->name; names++)
		if (names->type == type)
			return names;
	return NULL;
}

/* Add one step to the path: "name", or "#7" for an attribute that has no name. */
static void add_step(char *out, size_t cap, const struct nl_name *name, unsigned int type,
		     unsigned int nth)
{
	size_t used = strlen(out);
	const char *dot = used ? "." : "";

	if (!name)
		snprintf(out + used, cap - used, "%s#%u", dot, type);
	else if (name->many)
		snprintf(out + used, cap - used, "%s%s[%u]", dot, name->name, nth);
	else
		snprintf(out + used, cap - used, "%s%s", dot, name->name);
}

/*
 * Go down from the attributes in [pos, end) of @request to the one that starts at @offset.
 * The kernel also reports offsets inside an attribute; then the innermost one is meant.
 */
static void walk(const uint8_t *request, size_t pos, size_t end, size_t offset,
		 const struct nl_name **names, char *out, size_t cap)
{
	unsigned int nth = 0, nth_type = 0;

	while (end - pos >= NLA_HDRLEN) {
		struct nlattr a;
		const struct nl_name *name;
		unsigned int type;
		size_t aligned;

		memcpy(&a, request + pos, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > end - pos)
			return;
		type = a.nla_type & NLA_TYPE_MASK;
		name = find_name(*names, type);
		if (name && name->many) {
			nth = nth_type == type ? nth + 1 : 0;
			nth_type = type;
		}
		if (offset >= pos && offset < pos + a.nla_len) {
			add_step(out, cap, name, type, nth);
			*names = name ? name->nest : NULL;
			if (offset > pos && *names)
				walk(request, pos + NLA_HDRLEN, pos + a.nla_len, offset, names,
				     out, cap);
			return;
		}
		aligned = NLA_ALIGN((size_t)a.nla_len);
		if (aligned > end - pos)
			return;
		pos += aligned;
	}
}

void nl_attr_path(const void *request, size_t request_len, size_t offset, unsigned int missing,
		  const struct nl_name *names, char *out, size_t cap)
{
	if (!cap)
		return;
	out[0] = '\0';
	if (request && request_len > NLMSG_HDRLEN + GENL_HDRLEN)
		walk(request, NLMSG_HDRLEN + GENL_HDRLEN, request_len, offset, &names, out, cap);
	if (missing)
		add_step(out, cap, find_name(names, missing), missing, 0);
}

/* The message is a person's to read: whatever the kernel says, one printable line. */
static void copy_text(char *out, size_t cap, const uint8_t *from, size_t len)
{
	size_t n = 0;

	while (n + 1 < cap && n < len && from[n]) {
		out[n] = from[n] >= 0x20 && from[n] < 0x7f ? (char)from[n] : '?';
		n++;
	}
	out[n] = '\0';
}

static uint32_t get_u32(const uint8_t *data, size_t len)
{
	uint32_t v = 0;

	if (len == sizeof(v))
		memcpy(&v, data, sizeof(v));
	return v;
}

/* What the attribute may be, as the kernel's policy has it: " (64 to 32768)". */
static void add_range(const uint8_t *p, size_t left, char *text, size_t cap)
{
	uint64_t min = 0, max = UINT64_MAX, v;
	size_t used = strlen(text);
	bool length = false;
	struct nlattr a;

	for (; left >= NLA_HDRLEN; p += NLA_ALIGN(a.nla_len), left -= NLA_ALIGN((size_t)a.nla_len)) {
		size_t len;

		memcpy(&a, p, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || NLA_ALIGN((size_t)a.nla_len) > left)
			return;
		len = a.nla_len - NLA_HDRLEN;
		switch (a.nla_type & NLA_TYPE_MASK) {
		case NL_POLICY_TYPE_ATTR_MIN_VALUE_U:
		case NL_POLICY_TYPE_ATTR_MAX_VALUE_U:
			if (len != sizeof(v))
				return;
			memcpy(&v, p + NLA_HDRLEN, sizeof(v));
			*(a.nla_type == NL_POLICY_TYPE_ATTR_MIN_VALUE_U ? &min : &max) = v;
			break;
		case NL_POLICY_TYPE_ATTR_MIN_LENGTH:
			min = get_u32(p + NLA_HDRLEN, len);
			length = true;
			break;
		case NL_POLICY_TYPE_ATTR_MAX_LENGTH:
			max = get_u32(p + NLA_HDRLEN, len);
			length = true;
			break;
		}
	}
	if (max != UINT64_MAX)
		snprintf(text + used, cap - used, " (%" PRIu64 " to %" PRIu64 "%s)", min, max,
			 length ? " octets" : "");
	else if (min)
		snprintf(text + used, cap - used, " (at least %" PRIu64 "%s)", min,
			 length ? " octets" : "");
}

static void parse_tlvs(const uint8_t *p, size_t left, const void *request, size_t request_len,
		       const struct nl_name *names, struct nl_refusal *r)
{
	uint32_t offset = 0, missing = 0, nest = 0;
	const uint8_t *policy = NULL;
	size_t policy_len = 0;

	while (left >= NLA_HDRLEN) {
		struct nlattr a;
		const uint8_t *data = p + NLA_HDRLEN;
		size_t len, aligned;

		memcpy(&a, p, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > left)
			break;
		len = a.nla_len - NLA_HDRLEN;
		switch (a.nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			copy_text(r->text, sizeof(r->text), data, len);
			break;
		case NLMSGERR_ATTR_OFFS:
			offset = get_u32(data, len);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			missing = get_u32(data, len);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			nest = get_u32(data, len);
			break;
		case NLMSGERR_ATTR_POLICY:
			policy = data;
			policy_len = len;
			break;
		}
		aligned = NLA_ALIGN((size_t)a.nla_len);
		if (aligned > left)
			break;
		p += aligned;
		left -= aligned;
	}
	if (policy)
		add_range(policy, policy_len, r->text, sizeof(r->text));
	if (missing)
		nl_attr_path(request, request_len, nest, missing, names, r->path, sizeof(r->path));
	else if (offset)
		nl_attr_path(request, request_len, offset, 0, names, r->path, sizeof(r->path));
}

int nl_refusal_parse(const struct nlmsghdr *nlh, const void *request, size_t request_len,
		     const struct nl_name *names, struct nl_refusal *r)
{
	const uint8_t *body = (const uint8_t *)nlh + NLMSG_HDRLEN;
	size_t len, head;
	int32_t code;

	memset(r, 0, sizeof(*r));
	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(code))
		return -EBADMSG;
	len = nlh->nlmsg_len - NLMSG_HDRLEN;
	memcpy(&code, body, sizeof(code));
	/* An errno fits in 12 bits (MAX_ERRNO of the kernel); a dump's DONE may be positive. */
	if (code < -4095)
		return -EBADMSG;
	if (code > 0)
		code = 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr err;

		if (len < sizeof(err))
			return -EBADMSG;
		memcpy(&err, body, sizeof(err));
		head = sizeof(err);
		/* Without NETLINK_CAP_ACK the request is echoed in full. */
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (err.msg.nlmsg_len < NLMSG_HDRLEN ||
			    err.msg.nlmsg_len - NLMSG_HDRLEN > len - head)
				return -EBADMSG;
			head += NLMSG_ALIGN((size_t)err.msg.nlmsg_len - NLMSG_HDRLEN);
		}
	} else {
		head = sizeof(code);
	}
	r->code = code;
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && head < len)
		parse_tlvs(body + head, len - head, request, request_len, names, r);
	return 0;
}
