// SPDX-License-Identifier: GPL-2.0-or-later
/* Canonical identities (RFC 8224 sections 8.3 and 8.5). */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "passport.h"

#define TN_MAX_DIGITS	15	/* E.164 section 6.1 */

/* The number in @p[0..len), parameters already cut off; false when there is none. */
static bool canon_tn(struct passport_id *id, const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] && strchr("+-.() ", p[i]))
			continue;	/* RFC 3966 visual separators and the sign */
		if (!isdigit((unsigned char)p[i]) && p[i] != '#' && p[i] != '*')
			return false;
		if (n == TN_MAX_DIGITS)
			return false;
		id->value[n++] = p[i];
	}
	id->value[n] = '\0';
	id->tn = true;
	return n > 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(int c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';	/* RFC 3986 2.3 */
}

/* Append @len octets in lower case, escapes of unreserved characters undone. */
static int canon_part(char *out, size_t *n, const char *p, size_t len, struct err *e)
{
	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)p[i];

		if (c <= ' ' || c >= 0x7f || strchr("<>\"", c))
			return err_set(e, -EINVAL, "identity has an octet 0x%02x", (unsigned int)c);
		if (c == '%') {
			int hi = i + 2 < len ? hex_value(p[i + 1]) : -1;
			int lo = i + 2 < len ? hex_value(p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return err_set(e, -EINVAL, "identity has a broken %%-escape");
			if (is_unreserved(hi << 4 | lo)) {
				c = hi << 4 | lo;
				i += 2;
			}
		}
		if (*n + 1 >= PASSPORT_ID_MAX)
			return err_set(e, -EINVAL, "identity longer than %d octets",
				       PASSPORT_ID_MAX - 1);
		out[(*n)++] = (char)tolower(c);
	}
	return 0;
}

static bool has_user_phone(const char *params)
{
	static const char want[] = "user=phone";

	for (const char *p = params; (p = strchr(p, ';')) != NULL;) {
		p++;
		if (strncasecmp(p, want, sizeof(want) - 1) == 0 &&
		    (p[sizeof(want) - 1] == '\0' || strchr(";?", p[sizeof(want) - 1])))
			return true;
	}
	return false;
}

/* Where the host ends: a port, parameters or headers follow; IPv6 is in brackets. */
static size_t host_len(const char *host)
{
	if (*host == '[') {
		size_t n = strcspn(host, "]");

		return host[n] ? n + 1 : n;
	}
	return strcspn(host, ":;?");
}

int passport_id_from_uri(struct passport_id *id, const char *uri, struct err *e)
{
	const char *colon = strchr(uri, ':'), *user, *at, *host;
	size_t scheme = colon ? (size_t)(colon - uri) : 0, n = 0, ulen, hlen;
	int err;

	memset(id, 0, sizeof(*id));
	if (scheme == 3 && strncasecmp(uri, "tel", 3) == 0) {
		if (canon_tn(id, colon + 1, strcspn(colon + 1, ";?")))
			return 0;
		return err_set(e, -EINVAL, "tel URI without a number");
	}
	if (!((scheme == 3 && strncasecmp(uri, "sip", 3) == 0) ||
	      (scheme == 4 && strncasecmp(uri, "sips", 4) == 0)))
		return err_set(e, -EINVAL, "identity is neither a sip, a sips nor a tel URI");
	user = colon + 1;
	at = strchr(user, '@');
	if (!at || at == user)
		return err_set(e, -EINVAL, "identity has no user part");
	host = at + 1;
	hlen = host_len(host);
	if (!hlen)
		return err_set(e, -EINVAL, "identity has no host part");
	/* An authority is compared with it: no second '@', no escape, no wildcard. */
	for (size_t i = 0; i < hlen; i++)
		if (!isalnum((unsigned char)host[i]) && !strchr("-._[]:", host[i]))
			return err_set(e, -EINVAL, "identity has a host part that is none");
	if (has_user_phone(host) && canon_tn(id, user, strcspn(user, ";:@")))
		return 0;
	memset(id, 0, sizeof(*id));

	/* ";" in the user part is part of it (RFC 3261 section 25.1); ":" starts a password. */
	ulen = strcspn(user, ":@");
	err = canon_part(id->value, &n, uri, scheme + 1, e);
	err = err ?: canon_part(id->value, &n, user, ulen, e);
	err = err ?: canon_part(id->value, &n, "@", 1, e);
	err = err ?: canon_part(id->value, &n, host, hlen, e);
	id->value[err ? 0 : n] = '\0';
	return err;
}

bool passport_id_equal(const struct passport_id *a, const struct passport_id *b)
{
	return a->tn == b->tn && strcmp(a->value, b->value) == 0;
}
