// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration files: refused with a reason, or taken with everything in its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_gateway.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

/* libconfig 1.5 forgets the string it was reading when the syntax is wrong. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig_yylex\nleak:strbuf_append\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void count(const char *line, void *arg)
{
	if (!line[0] || strchr(line, '\n'))
		abort();
	(*(unsigned int *)arg)++;
}

static void require(int condition)
{
	if (!condition)
		abort();
}

static void in_bounds(const struct conf_gateway *g)
{
	require(g->nsides >= 1 && g->nsides <= CONF_MAX_SIDES);
	require(g->nroutes >= 1 && g->nroutes <= CONF_MAX_ROUTES);
	require(g->max_calls >= 1 && g->handshake_timeout >= 1);
	require(!g->certificate[0] == !g->private_key[0]);
	for (unsigned int i = 0; i < g->nsides; i++) {
		const struct conf_side *s = &g->side[i];

		require(s->name[0] && conf_side_by_name(g, s->name) == s);
		require(addr_is_host(&s->sip) && s->sip.port && s->sip.family == s->media.family);
		require(s->port_min % 2 == 0 && s->port_max % 2 == 1 && s->port_min < s->port_max);
		require(s->nprofiles >= 1 && s->nprofiles <= MEDIA_MAX_PROFILES);
		require(s->identity == CONF_IDENTITY_OFF ||
			(s->security == MEDIA_DTLS && g->trust.nroots && g->trust.npolicies));
	}
	for (unsigned int i = 0; i < g->nroutes; i++) {
		const struct conf_route *r = &g->route[i];

		require(r->from < g->nsides && r->to < g->nsides && r->user[0] && r->domain[0]);
		require(r->next_hop.family == g->side[r->to].sip.family && r->next_hop.port);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int reported = 0;
	struct conf_gateway *g;
	char *text = malloc(size + 1);

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	g = conf_gateway_parse("fuzz", text, size, count, &reported);
	require((g != NULL) == (reported == 0));
	if (g)
		in_bounds(g);
	conf_gateway_free(g);
	free(text);
	return 0;
}
