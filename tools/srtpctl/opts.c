// SPDX-License-Identifier: GPL-2.0-or-later
/* What option values mean. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl.h"

bool opt_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	/* strtoull() would take a sign and white space. */
	if (*text >= '0' && *text <= '9') {
		*out = strtoull(text, &end, 0);
		if (!errno && !*end && *out >= min && *out <= max)
			return true;
	}
	complain(ST_USAGE, "%s: '%s' is not a number from %llu to %llu", name, text,
		 (unsigned long long)min, (unsigned long long)max);
	return false;
}

bool opt_address(const char *name, const char *text, struct addr *out)
{
	const char *colon = strrchr(text, ':');
	char ip[ADDR_STRLEN];
	uint64_t port;

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof(ip) ||
	    (strchr(text, ':') != colon && *text != '[')) {
		complain(ST_USAGE, "%s: '%s' is not ADDRESS:PORT or [ADDRESS]:PORT", name, text);
		return false;
	}
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	if (!opt_number(name, colon + 1, 1, 65535, &port))
		return false;
	if (addr_parse(out, ip, (uint16_t)port)) {
		complain(ST_USAGE, "%s: '%s' is not a numeric IPv4 or IPv6 address", name, ip);
		return false;
	}
	return true;
}

bool opt_profile(const char *name, const char *text, uint16_t *out)
{
	const char *word;

	for (size_t i = 0; (word = nl_srtp_profile_list(i, out)); i++)
		if (!strcasecmp(text, word))
			return true;
	complain(ST_USAGE, "%s: '%s' is no profile such as none, AEAD_AES_128_GCM or "
		 "AES_CM_128_HMAC_SHA1_80; srtpctl(8) names all", name, text);
	return false;
}

bool opt_state(const char *name, const char *text, enum srtp_state *out)
{
	if (!strcmp(text, "held"))
		*out = SRTP_STATE_HELD;
	else if (!strcmp(text, "open"))
		*out = SRTP_STATE_OPEN;
	else
		return complain(false, "%s: '%s' is not held or open", name, text);
	return true;
}

bool opt_latch(const char *name, const char *text, enum srtp_latch *out)
{
	for (enum srtp_latch l = SRTP_LATCH_NEVER; l <= SRTP_LATCH_FIRST; l++)
		if (!strcmp(text, nl_srtp_latch_name(l))) {
			*out = l;
			return true;
		}
	return complain(false, "%s: '%s' is not never, authenticated or first", name, text);
}

bool opt_yes_no(const char *name, const char *text, bool *out)
{
	if (!strcmp(text, "yes"))
		*out = true;
	else if (!strcmp(text, "no"))
		*out = false;
	else
		return complain(false, "%s: '%s' is not yes or no", name, text);
	return true;
}
