// SPDX-License-Identifier: GPL-2.0-or-later
/* The Identity header of SIP (RFC 8224 section 4). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "jws.h"
#include "passport.h"

static const char *skip_ws(const char *p)
{
	return p + strspn(p, " \t");
}

/* One parameter as it stands there; @value is NULL when there is none. */
struct param {
	const char *name, *value;
	size_t name_len, value_len;
};

/* generic-param of RFC 3261 section 25.1, or a URI in <>. Return: what follows, or NULL. */
static const char *get_param(const char *p, struct param *out)
{
	*out = (struct param){ .name = p, .name_len = strcspn(p, "=<>\",; \t") };
	p = skip_ws(p + out->name_len);
	if (!out->name_len)
		return NULL;
	if (*p != '=')
		return p;
	p = skip_ws(p + 1);
	if (*p == '"') {
		out->value = ++p;
		while (*p && *p != '"')
			p += *p == '\\' && p[1] ? 2 : 1;
	} else if (*p == '<') {
		out->value = ++p;
		p += strcspn(p, ">");
	} else {
		out->value = p;
		p += strcspn(p, "<>\",; \t");
		out->value_len = (size_t)(p - out->value);
		return out->value_len ? p : NULL;
	}
	out->value_len = (size_t)(p - out->value);
	return *p ? p + 1 : NULL;
}

/* The value of a parameter that is understood; none of them needs a quoted pair. */
static bool copy_value(const struct param *p, char *out, size_t cap)
{
	if (!p->value || !p->value_len || p->value_len >= cap)
		return false;
	for (size_t i = 0; i < p->value_len; i++)
		if (p->value[i] <= ' ' || p->value[i] >= 0x7f || strchr("\"\\<>", p->value[i]))
			return false;
	memcpy(out, p->value, p->value_len);
	out[p->value_len] = '\0';
	return true;
}

static bool is_named(const struct param *p, const char *name)
{
	return strlen(name) == p->name_len && strncasecmp(p->name, name, p->name_len) == 0;
}

enum { SEEN_INFO = 1, SEEN_ALG = 2, SEEN_PPT = 4 };

static int take_param(struct identity_header *h, const struct param *p, unsigned int *seen,
		      struct err *e)
{
	unsigned int bit = is_named(p, "info") ? SEEN_INFO : is_named(p, "alg") ? SEEN_ALG :
			   is_named(p, "ppt") ? SEEN_PPT : 0;
	char value[PASSPORT_URL_MAX];

	if (!bit)
		return 0;
	if (!copy_value(p, value, sizeof(value)))
		return err_set(e, -EINVAL, "Identity has a parameter %.*s that cannot be read",
			       (int)p->name_len, p->name);
	if (*seen & bit)
		return err_set(e, -EINVAL, "Identity has the parameter %.*s twice",
			       (int)p->name_len, p->name);
	*seen |= bit;
	if (bit == SEEN_INFO)
		memcpy(h->info, value, strlen(value) + 1);
	else if (bit == SEEN_ALG && strcmp(value, "ES256") != 0)
		return err_set(e, -EINVAL, "Identity says alg=%.80s; only ES256 is taken", value);
	if (bit != SEEN_PPT)
		return 0;
	h->known = false;
	for (enum passport_ppt t = PASSPORT_MSEC; !h->known && t <= PASSPORT_CTX; t++) {
		h->known = strcmp(value, passport_ppt_name(t)) == 0;
		h->ppt = h->known ? t : PASSPORT_BASE;
	}
	return 0;
}

int identity_header_parse(struct identity_header *h, const char *value, struct err *e)
{
	struct param one;
	const char *p = skip_ws(value);
	size_t len = strcspn(p, "; \t");
	unsigned int seen = 0;
	int err = 0;

	memset(h, 0, sizeof(*h));
	h->known = true;
	if (!len || len > JWS_MAX)
		return err_set(e, -EINVAL, "Identity has no token, or one over %d octets", JWS_MAX);
	h->token = strndup(p, len);
	if (!h->token)
		return err_set(e, -ENOMEM, "no memory for an Identity header");
	for (p = skip_ws(p + len); !err && *p == ';';) {
		p = get_param(skip_ws(p + 1), &one);
		if (!p) {
			err = err_set(e, -EINVAL, "Identity has a parameter that cannot be read");
			break;
		}
		err = take_param(h, &one, &seen, e);
		p = skip_ws(p);
	}
	if (!err && *p)
		err = err_set(e, -EINVAL, "Identity has something behind its parameters");
	if (!err && !(seen & SEEN_INFO))
		err = err_set(e, -EINVAL, "Identity has no info parameter");
	if (err)
		identity_header_free(h);
	return err;
}

void identity_header_free(struct identity_header *h)
{
	free(h->token);
	h->token = NULL;
}

int identity_header_print(const struct passport *p, const char *token, char *out, size_t cap)
{
	const char *ppt = passport_ppt_name(p->ppt);
	int n = snprintf(out, cap, "%s;info=<%s>;alg=ES256%s%s%s", token, p->x5u,
			 ppt ? ";ppt=\"" : "", ppt ? ppt : "", ppt ? "\"" : "");

	return n < 0 || (size_t)n >= cap ? -EMSGSIZE : 0;
}
