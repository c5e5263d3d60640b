// SPDX-License-Identifier: GPL-2.0-or-later
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text may quote the network, and ends in logs and SIP replies: no control octets. */
static void printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	printable(e->text);
	return code;
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	size_t len;
	va_list ap;

	if (!e)
		return;
	snprintf(old, sizeof(old), "%s", err_text(e));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", old);
	printable(e->text);
}

const char *err_text(const struct err *e)
{
	const char *name;

	if (!e)
		return "unknown error";
	if (e->text[0])
		return e->text;
	if (!e->code)
		return "no error";
	name = strerrordesc_np(e->code < 0 ? -e->code : e->code);
	return name ? name : "unknown error";
}
