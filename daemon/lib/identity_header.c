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

/*
 * One "name=value" from @p, the value in <>, in "" or bare; a bare one may hold
 * what a token may.  Return: what follows, or NULL.
 */
static const char *get_param(const char *p, char *name, size_t ncap, char *value, size_t vcap)
{
	size_t n = strcspn(p, "= \t;"), v;
	const char *start;

	if (!n || n >= ncap)
		return NULL;
	memcpy(name, p, n);
	name[n] = '\0';
	p = skip_ws(p + n);
	if (*p != '=')
		return NULL;
	p = skip_ws(p + 1);
	if (*p == '<' || *p == '"') {
		char close = *p == '<' ? '>' : '"';

		start = p + 1;
		p = strchr(start, close);
		if (!p)
			return NULL;
		v = (size_t)(p++ - start);
	} else {
		start = p;
		v = strcspn(p, " \t;<>\",");
		p += v;
	}
	if (!v || v >= vcap)
		return NULL;
	for (size_t i = 0; i < v; i++)
		if ((unsigned char)start[i] <= ' ' || (unsigned char)start[i] >= 0x7f)
			return NULL;
	memcpy(value, start, v);
	value[v] = '\0';
	return skip_ws(p);
}

enum { SEEN_INFO = 1, SEEN_ALG = 2, SEEN_PPT = 4 };

static int take_param(struct identity_header *h, const char *name, const char *value,
		      unsigned int *seen, struct err *e)
{
	unsigned int bit = !strcasecmp(name, "info") ? SEEN_INFO :
			   !strcasecmp(name, "alg") ? SEEN_ALG :
			   !strcasecmp(name, "ppt") ? SEEN_PPT : 0;

	if (*seen & bit)
		return err_set(e, -EINVAL, "Identity has the parameter %s twice", name);
	*seen |= bit;
	if (bit == SEEN_INFO)
		memcpy(h->info, value, strlen(value) + 1);
	else if (bit == SEEN_ALG && strcmp(value, "ES256") != 0)
		return err_set(e, -EINVAL, "Identity says alg=%s; only ES256 is taken", value);
	else if (bit == SEEN_PPT)
		h->known = strcmp(value, "msec") == 0;
	if (bit == SEEN_PPT && h->known)
		h->ppt = PASSPORT_MSEC;
	return 0;
}

int identity_header_parse(struct identity_header *h, const char *value, struct err *e)
{
	char name[32], v[PASSPORT_URL_MAX];
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
		p = get_param(skip_ws(p + 1), name, sizeof(name), v, sizeof(v));
		if (!p) {
			err = err_set(e, -EINVAL, "Identity has a parameter that cannot be read");
			break;
		}
		err = take_param(h, name, v, &seen, e);
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
	int n = snprintf(out, cap, "%s;info=<%s>;alg=ES256%s", token, p->x5u,
			 p->ppt == PASSPORT_MSEC ? ";ppt=\"msec\"" : "");

	return n < 0 || (size_t)n >= cap ? -EMSGSIZE : 0;
}
