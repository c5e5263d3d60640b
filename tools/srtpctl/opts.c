// SPDX-License-Identifier: GPL-2.0-or-later
/* What option values mean. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	if (nl_srtp_profile_find(text, out))
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

bool opt_cryptex(const char *name, const char *text, enum srtp_cryptex *out)
{
	for (enum srtp_cryptex c = SRTP_CRYPTEX_OFF; c <= SRTP_CRYPTEX_REQUIRED; c++)
		if (!strcmp(text, nl_srtp_cryptex_name(c))) {
			*out = c;
			return true;
		}
	return complain(false, "%s: '%s' is not off, on or required", name, text);
}

bool opt_switch(const char *name, const char *text, uint8_t *out)
{
	if (!strcmp(text, "rx"))
		*out = SRTP_SWITCH_RX;
	else if (!strcmp(text, "tx"))
		*out = SRTP_SWITCH_TX;
	else if (!strcmp(text, "both"))
		*out = SRTP_SWITCH_RX | SRTP_SWITCH_TX;
	else
		return complain(false, "%s: '%s' is not rx, tx or both", name, text);
	return true;
}

bool opt_octets(const char *name, const char *text, uint8_t *out, size_t cap, uint8_t *len)
{
	size_t digits = strlen(text);

	if (!digits || digits % 2 || digits > 2 * cap ||
	    strspn(text, "0123456789abcdefABCDEF") != digits)
		return complain(false, "%s: '%s' is not an even number of hexadecimal digits, 2 to %zu",
				name, text, 2 * cap);
	for (size_t i = 0; i < digits / 2; i++) {
		char octet[3] = { text[2 * i], text[2 * i + 1], 0 };

		out[i] = (uint8_t)strtoul(octet, NULL, 16);
	}
	*len = (uint8_t)(digits / 2);
	return true;
}

/* The next of the words behind @text, cut off at @stop; NULL when there is none. */
static char *word(char **text, char stop)
{
	char *found = *text, *end;

	if (!found)
		return NULL;
	end = strchr(found, stop);
	*text = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return found;
}

/* A copy to cut words off; of too long a text, one that is no number. */
static char *words(char *copy, size_t cap, const char *text)
{
	snprintf(copy, cap, "%s", strlen(text) < cap ? text : "...");
	return copy;
}

bool opt_limits(const char *name, const char *text, uint64_t *rtp, uint64_t *rtcp)
{
	char copy[64], *rest = words(copy, sizeof(copy), text), *first = word(&rest, ',');

	return opt_number(name, first, 1, UINT64_MAX, rtp) &&
		(!rest || opt_number(name, rest, 1, UINT64_MAX, rtcp));
}

bool opt_ids(const char *name, const char *text, uint8_t *out, uint8_t *n)
{
	char copy[1024], *rest = words(copy, sizeof(copy), text), *range;

	*n = 0;
	while ((range = word(&rest, ','))) {
		char *first = word(&range, '-');
		uint64_t from, to;

		if (!opt_number(name, first, 1, 255, &from))
			return false;
		to = from;
		if (range && !opt_number(name, range, from, 255, &to))
			return false;
		for (; from <= to; from++) {
			if (memchr(out, (int)from, *n))
				return complain(false, "%s: %d twice", name, (int)from);
			out[(*n)++] = (uint8_t)from;
		}
	}
	return true;
}

bool opt_stream(const char *name, const char *text, struct nl_srtp_stream *out)
{
	char copy[128], *rest = words(copy, sizeof(copy), text), *w = word(&rest, ',');
	uint64_t v;

	out->roc = 0;
	out->seq = -1;
	out->rtcp_index = -1;
	if (!opt_number(name, w, 0, UINT32_MAX, &v))
		return false;
	out->ssrc = (uint32_t)v;
	while ((w = word(&rest, ','))) {
		char *what = word(&w, '=');

		if (w && !strcmp(what, "roc") && opt_number(name, w, 0, UINT32_MAX, &v))
			out->roc = (uint32_t)v;
		else if (w && !strcmp(what, "seq") && opt_number(name, w, 0, 65535, &v))
			out->seq = (int32_t)v;
		else if (w && !strcmp(what, "rtcp") && opt_number(name, w, 0, INT32_MAX, &v))
			out->rtcp_index = (int64_t)v;
		else
			return complain(false, "%s: '%s' is not SSRC[,roc=N][,seq=N][,rtcp=N]", name,
					text);
	}
	return true;
}
