// SPDX-License-Identifier: GPL-2.0-or-later
/* Which way a call goes. */
#include <fnmatch.h>
#include <string.h>

#include "routes.h"

#define MAX_USER 256

static bool fits(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

const struct conf_route *route_find(const struct conf_gateway *c, unsigned int side,
				    const struct sip_uri *ruri)
{
	char user[MAX_USER];
	int len = sip_unescape(ruri->user ? ruri->user : "", user, sizeof(user));

	/* A NUL ("%00") would show the pattern less than the next hop sees. */
	if (len < 0 || strlen(user) != (size_t)len || !ruri->host)
		return NULL;
	for (unsigned int i = 0; i < c->nroutes; i++) {
		const struct conf_route *r = &c->route[i];

		if (r->from == side && fits(r->user, user) && fits(r->domain, ruri->host))
			return r;
	}
	return NULL;
}
