// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf_schema.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

#define WRONG(...) (snprintf(why, cap, __VA_ARGS__), -EINVAL)

/* Whole decimal numbers only: no sign, no blanks, nothing behind. */
static int number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno || *end || *out > max ? -EINVAL : 0;
}

static int value_text(const struct conf_item *it, const char *text, char *out, char *why,
		      size_t cap)
{
	size_t len = strlen(text);

	if (it->type == CONF_PATH && text[0] && text[0] != '/')
		return WRONG("\"%.64s\" is no absolute path; begin it with '/'", text);
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c > 0x7e)
			return WRONG("octet 0x%02x is not allowed; printable ASCII is", c);
		if (it->type == CONF_NAME && !isalnum(c) && c != '-' && c != '_')
			return WRONG("\"%.64s\" is no name; letters, digits, '-' and '_' are allowed",
				     text);
	}
	if (len < (size_t)it->min)
		return WRONG("too short; at least %" PRId64 " character%s", it->min,
			     it->min == 1 ? "" : "s");
	if (len >= it->size || (it->max && len > (size_t)it->max))
		return WRONG("%zu characters are too long; at most %zu are allowed", len,
			     it->max ? (size_t)it->max : it->size - 1);
	memcpy(out, text, len + 1);
	return 0;
}

static int value_number(const struct conf_item *it, const char *text, void *out, char *why,
			size_t cap)
{
	uint64_t v;
	uint32_t v32;

	if (number(text, (uint64_t)it->max, &v) < 0 || v < (uint64_t)it->min)
		return WRONG("%.32s is out of range; %" PRId64 " to %" PRId64 "%s%s are allowed",
			     text, it->min, it->max, it->unit ? " " : "", it->unit ? it->unit : "");
	v32 = (uint32_t)v;
	memcpy(out, &v32, sizeof(v32));
	return 0;
}

static const struct conf_word *find_word(const struct conf_item *it, const char *text, char *why,
					 size_t cap)
{
	char all[256] = "";
	size_t len = 0;
	const struct conf_word *w;

	for (w = it->words; w->word; w++) {
		if (strcmp(w->word, text) == 0)
			break;
		if (!w->not_yet && len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s\"%s\"",
						len ? ", " : "", w->word);
	}
	if (!w->word) {
		snprintf(why, cap, "\"%.64s\" is unknown; allowed: %s", text, all);
		return NULL;
	}
	if (w->not_yet) {
		snprintf(why, cap, "\"%s\" %s", w->word, w->not_yet);
		return NULL;
	}
	return w;
}

static int value_ip(const char *text, struct addr *out, char *why, size_t cap)
{
	struct addr a;

	if (text[0] == '[' || addr_parse(&a, text, 0) < 0)
		return WRONG("\"%.64s\" is no numeric IP address; like \"192.0.2.1\" or \"2001:db8::1\"",
			     text);
	if (!addr_is_host(&a))
		return WRONG("\"%.64s\" is not the address of one host; write the one this side is reached by",
			     text);
	*out = a;
	return 0;
}

static int value_transport(const char *text, struct addr *out, char *why, size_t cap)
{
	const char *colon = strrchr(text, ':');
	char ip[ADDR_STRLEN];
	uint64_t port;
	struct addr a;

	/* Not "2001:db8::1": whether its last group is a port nobody can tell. */
	if (!colon || (size_t)(colon - text) >= sizeof(ip) ||
	    number(colon + 1, 65535, &port) < 0 || !port ||
	    (text[0] != '[' && memchr(text, ':', (size_t)(colon - text))))
		return WRONG("\"%.64s\" is no numeric address with a port; like \"192.0.2.1:5060\" or \"[2001:db8::1]:5060\"",
			     text);
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	if (addr_parse(&a, ip, (uint16_t)port) < 0)
		return WRONG("\"%.64s\" is no numeric address with a port; like \"192.0.2.1:5060\" or \"[2001:db8::1]:5060\"",
			     text);
	if (!addr_is_host(&a))
		return WRONG("\"%.64s\" is not the address of one host", text);
	*out = a;
	return 0;
}

static int value_ports(const struct conf_item *it, const char *text, uint16_t out[2], char *why,
		       size_t cap)
{
	const char *dash = strchr(text, '-');
	char first[8];
	uint64_t lo, hi;

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return WRONG("\"%.64s\" is no port range; like \"16384-24575\"", text);
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	if (number(first, 65535, &lo) < 0 || number(dash + 1, 65535, &hi) < 0)
		return WRONG("\"%.64s\" is no port range; like \"16384-24575\"", text);
	if (lo < (uint64_t)it->min || hi > (uint64_t)it->max || lo >= hi)
		return WRONG("\"%s\" is no range within %" PRId64 " to %" PRId64 ", lower port first",
			     text, it->min, it->max);
	if (lo % 2 || !(hi % 2))
		return WRONG("\"%s\" must go from an even port to an odd one: RTP and RTCP come in pairs",
			     text);
	out[0] = (uint16_t)lo;
	out[1] = (uint16_t)hi;
	return 0;
}

int conf_value(const struct conf_item *it, const char *text, void *base, char *why, size_t cap)
{
	void *out = (char *)base + it->offset;
	const struct conf_word *w;
	struct addr a;
	uint16_t ports[2];
	int ret;

	switch (it->type) {
	case CONF_TEXT:
	case CONF_NAME:
	case CONF_PATH:
		return value_text(it, text, out, why, cap);
	case CONF_NUMBER:
		return value_number(it, text, out, why, cap);
	case CONF_FLAG:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return WRONG("\"%.32s\" is neither true nor false", text);
		*(bool *)out = text[0] == 't';
		return 0;
	case CONF_WORD:
		w = find_word(it, text, why, cap);
		if (!w)
			return -EINVAL;
		memcpy(out, &w->value, sizeof(w->value));
		return 0;
	case CONF_IP:
	case CONF_TRANSPORT:
		ret = it->type == CONF_IP ? value_ip(text, &a, why, cap) :
					    value_transport(text, &a, why, cap);
		if (ret == 0)
			memcpy(out, &a, sizeof(a));
		return ret;
	case CONF_PORTS:
		ret = value_ports(it, text, ports, why, cap);
		if (ret == 0)
			memcpy(out, ports, sizeof(ports));
		return ret;
	case CONF_WORDS:
	case CONF_GROUP:
	case CONF_LIST:
		break;
	}
	return WRONG("no single value");
}

int conf_word_add(const struct conf_item *it, const char *text, void *base, char *why, size_t cap)
{
	uint16_t *out = (uint16_t *)((char *)base + it->offset);
	unsigned int *count = (unsigned int *)((char *)base + it->count);
	const struct conf_word *w = find_word(it, text, why, cap);

	if (!w)
		return -EINVAL;
	for (unsigned int i = 0; i < *count; i++) {
		if (out[i] == w->value)
			return WRONG("\"%s\" is there twice", text);
	}
	if (*count >= (unsigned int)it->max)
		return WRONG("too many; at most %" PRId64, it->max);
	out[(*count)++] = (uint16_t)w->value;
	return 0;
}

static const char *allowed(const struct conf_item *it, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	switch (it->type) {
	case CONF_TEXT:
		snprintf(out, cap, "text, at most %zu characters",
			 it->max ? (size_t)it->max : it->size - 1);
		break;
	case CONF_NAME:
		snprintf(out, cap, "letters, digits, `-`, `_`, at most %zu", it->size - 1);
		break;
	case CONF_PATH:
		snprintf(out, cap, "absolute path%s", it->min ? "" : " or empty");
		break;
	case CONF_NUMBER:
		snprintf(out, cap, "%" PRId64 " to %" PRId64 "%s%s", it->min, it->max,
			 it->unit ? " " : "", it->unit ? it->unit : "");
		break;
	case CONF_FLAG:
		snprintf(out, cap, "`true`, `false`");
		break;
	case CONF_WORD:
	case CONF_WORDS:
		if (it->type == CONF_WORDS)
			len = (size_t)snprintf(out, cap, "array of ");
		for (const struct conf_word *w = it->words; w->word && len < cap; w++) {
			if (!w->not_yet)
				len += (size_t)snprintf(out + len, cap - len, "%s`\"%s\"`",
							w == it->words ? "" : ", ", w->word);
		}
		break;
	case CONF_IP:
		snprintf(out, cap, "numeric IP address");
		break;
	case CONF_TRANSPORT:
		snprintf(out, cap, "`\"192.0.2.1:5060\"`, `\"[2001:db8::1]:5060\"`");
		break;
	case CONF_PORTS:
		snprintf(out, cap, "`\"EVEN-ODD\"` within %" PRId64 " to %" PRId64, it->min, it->max);
		break;
	case CONF_GROUP:
		snprintf(out, cap, "group");
		break;
	case CONF_LIST:
		snprintf(out, cap, "list of %" PRId64 " to %" PRId64 " groups", it->min, it->max);
		break;
	}
	return out;
}

static const char *written_default(const struct conf_item *it, char *out, size_t cap)
{
	size_t len = 0;

	if (it->type == CONF_GROUP)
		snprintf(out, cap, " ");
	else if (!it->def)
		snprintf(out, cap, "required");
	else if (it->type == CONF_LIST)
		snprintf(out, cap, "empty");
	else if (it->type == CONF_NUMBER || it->type == CONF_FLAG)
		snprintf(out, cap, "`%s`", it->def);
	else if (it->type != CONF_WORDS)
		snprintf(out, cap, "`\"%s\"`", it->def);
	else {
		len = (size_t)snprintf(out, cap, "`[ \"");
		for (const char *p = it->def; *p && len + 8 < cap; p++) {
			if (*p == ' ')
				len += (size_t)snprintf(out + len, cap - len, "\", \"");
			else
				out[len++] = *p;
		}
		snprintf(out + len, cap - len, "\" ]`");
	}
	return out;
}

static void print_rows(const struct conf_item *items, const char *prefix,
		       void (*line)(const char *text, void *arg), void *arg)
{
	for (const struct conf_item *it = items; it->name; it++) {
		char range[320], def[160], name[96], row[1024];

		snprintf(name, sizeof(name), "%s%s%s", prefix, it->name,
			 it->type == CONF_LIST ? "[]" : "");
		snprintf(row, sizeof(row), "| `%s` | %s | %s | %s |", name,
			 allowed(it, range, sizeof(range)), written_default(it, def, sizeof(def)),
			 it->doc);
		line(row, arg);
		if (it->items) {
			snprintf(name + strlen(name), sizeof(name) - strlen(name), ".");
			print_rows(it->items, name, line, arg);
		}
	}
}

void conf_schema_print(const struct conf_item *items, const char *prefix,
		       void (*line)(const char *text, void *arg), void *arg)
{
	line("| setting | allowed | default | meaning |", arg);
	line("| --- | --- | --- | --- |", arg);
	print_rows(items, prefix, line, arg);
}
