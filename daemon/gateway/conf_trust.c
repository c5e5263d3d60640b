// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf_trust.h"

#include <stdio.h>
#include <string.h>

#include "addr_scope.h"
#include "conf_common.h"
#include "conf_gateway.h"
#include "err.h"

static const struct conf_word scopes[] = {
	{ "all", CERT_ALL, NULL },
	{ "listed", CERT_LISTED, NULL },
	{ "own", CERT_OWN, NULL },
	{ 0 }
};

static const struct conf_item root_items[] = {
	{ .name = "name", .type = CONF_NAME, .min = 1, CONF_AT(struct conf_root, name),
	  .doc = "What policies and logs call it; unique." },
	{ .name = "file", .type = CONF_PATH, .min = 1, CONF_AT(struct conf_root, file),
	  .doc = "PEM file of CA certificates; not writable by group or others." },
	{ 0 }
};

static const struct conf_item policy_items[] = {
	{ .name = "root", .type = CONF_NAME, .def = "", CONF_AT(struct conf_policy, root),
	  .doc = "Root that the signer's chain ends in; empty: any." },
	{ .name = "signer", .type = CONF_TEXT, .def = "", CONF_AT(struct conf_policy, signer),
	  .doc = "Domain in the signer's certificate; empty: any." },
	{ .name = "scope", .type = CONF_WORD, .words = scopes, CONF_AT(struct conf_policy, scope),
	  .doc = "For whom it may sign: everybody, users of `domains`, or users of its own domain." },
	{ .name = "domains", .type = CONF_TEXT, .def = "", CONF_AT(struct conf_policy, domains),
	  .doc = "Domains, parted by blanks. Only with scope `listed`." },
	{ .name = "numbers", .type = CONF_FLAG, .def = "false", CONF_AT(struct conf_policy, numbers),
	  .doc = "For telephone numbers too, whosesoever they are." },
	{ 0 }
};

const struct conf_item conf_trust_items[] = {
	{ .name = "roots", .type = CONF_LIST, .items = root_items, .def = "", .max = CONF_MAX_ROOTS,
	  .offset = offsetof(struct conf_gateway, trust.root), .size = sizeof(struct conf_root),
	  .count = offsetof(struct conf_gateway, trust.nroots),
	  .doc = "Roots that signers' certificates have to end in." },
	{ .name = "policies", .type = CONF_LIST, .items = policy_items, .def = "",
	  .max = CONF_MAX_POLICIES,
	  .offset = offsetof(struct conf_gateway, trust.policy), .size = sizeof(struct conf_policy),
	  .count = offsetof(struct conf_gateway, trust.npolicies),
	  .doc = "Which signer may speak for whom; without one nobody may." },
	{ .name = "crl", .type = CONF_PATH, .def = "", CONF_AT(struct conf_gateway, trust.crl),
	  .doc = "PEM file of revocation lists; with it every CA needs a current one." },
	{ .name = "https_ca", .type = CONF_PATH, .def = "",
	  CONF_AT(struct conf_gateway, trust.https_ca),
	  .doc = "PEM file of CAs for the servers that certificates are fetched from. Empty: the system's." },
	{ .name = "fetch_hosts", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct conf_gateway, trust.fetch_hosts),
	  .doc = "Hosts, parted by blanks, that certificates are fetched from. Empty: every public one." },
	{ .name = "allow_networks", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct conf_gateway, trust.allow_networks),
	  .doc = "Prefixes, parted by blanks, that are fetched from although they are not public." },
	{ .name = "allow_http", .type = CONF_FLAG, .def = "false",
	  CONF_AT(struct conf_gateway, trust.allow_http),
	  .doc = "Fetch certificates without TLS too." },
	{ .name = "nameservers", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct conf_gateway, trust.nameservers),
	  .doc = "DNS servers, parted by commas. Empty: the system's." },
	{ .name = "fetch_timeout", .type = CONF_NUMBER, .def = "5", .min = 1, .max = 30,
	  .unit = "seconds", CONF_AT(struct conf_gateway, trust.fetch_timeout),
	  .doc = "What fetching a certificate may take." },
	{ 0 }
};

const struct conf_item conf_signer_items[] = {
	{ .name = "name", .type = CONF_NAME, .min = 1, CONF_AT(struct conf_signer, name),
	  .doc = "What logs call it; unique." },
	{ .name = "side", .type = CONF_NAME, .min = 1, CONF_AT(struct conf_signer, side_name),
	  .doc = "Side whose requests it signs." },
	{ .name = "address", .type = CONF_TRANSPORT, CONF_AT(struct conf_signer, address),
	  .doc = "Where it listens." },
	{ .name = "transport", .type = CONF_WORD, .words = conf_transports, .def = "udp",
	  CONF_AT(struct conf_signer, transport),
	  .doc = "How it is reached. Only `tls` protects what is to be signed on its way there." },
	{ .name = "server", .type = CONF_TEXT, .def = "", CONF_AT(struct conf_signer, server),
	  .doc = "Whom its certificate has to name: a domain, or a numeric address. Needed with, and only with, `tls`." },
	{ .name = "user", .type = CONF_TEXT, .min = 1, CONF_AT(struct conf_signer, user),
	  .doc = "Our user name there." },
	{ .name = "realm", .type = CONF_TEXT, .def = "", CONF_AT(struct conf_signer, realm),
	  .doc = "Realm whose challenges are answered. Empty: any." },
	{ .name = "password_file", .type = CONF_PATH, .min = 1,
	  CONF_AT(struct conf_signer, password_file),
	  .doc = "File with our password in its first line; mode 0600 or stricter." },
	{ 0 }
};

#define AT(list, i, setting) (snprintf(at, sizeof(at), "%s.[%u].%s", list, i, setting), at)

static bool has_root(const struct conf_trust *t, const char *name)
{
	for (unsigned int i = 0; i < t->nroots; i++)
		if (!strcmp(t->root[i].name, name))
			return true;
	return false;
}

static void check_policy(struct conf *c, const struct conf_trust *t, unsigned int i)
{
	const struct conf_policy *p = &t->policy[i];
	char at[64];

	if (p->root[0] && !has_root(t, p->root))
		conf_wrong(c, AT("trust.policies", i, "root"), "there is no root \"%s\"", p->root);
	if (p->scope == CERT_LISTED && !p->domains[strspn(p->domains, " ")])
		conf_wrong(c, AT("trust.policies", i, "domains"),
			   "is missing; scope \"listed\" needs it");
	if (p->scope != CERT_LISTED && p->domains[0])
		conf_wrong(c, AT("trust.policies", i, "domains"),
			   "has a meaning only with scope \"listed\"; remove it");
	/* Whoever has a certificate of this root could speak for everybody. */
	if (p->scope != CERT_OWN && !p->signer[0])
		conf_wrong(c, AT("trust.policies", i, "signer"),
			   "is missing; only scope \"own\" is for any signer");
}

static void check_networks(struct conf *c, const struct conf_trust *t)
{
	char copy[sizeof(t->allow_networks)], *save, *word;
	struct addr_net net;
	struct err e;

	memcpy(copy, t->allow_networks, sizeof(copy));
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (addr_net_parse(&net, word, &e))
			conf_wrong(c, "trust.allow_networks", "%s", err_text(&e));
}

static void check_signer(struct conf *c, struct conf_gateway *g, unsigned int i)
{
	struct conf_signer *s = &g->signer[i];
	const struct conf_side *side = conf_side_by_name(g, s->side_name);
	char at[64];

	if (s->side_name[0] && !side)
		conf_wrong(c, AT("signers", i, "side"), "there is no side \"%s\"", s->side_name);
	if (side) {
		s->side = (unsigned int)(side - g->side);
		if (side->security != MEDIA_DTLS)
			conf_wrong(c, AT("signers", i, "side"),
				   "\"%s\" has no fingerprints to be signed; its security is \"rtp\"",
				   s->side_name);
		if (addr_is_set(&s->address) && addr_is_set(&side->sip) &&
		    s->address.family != side->sip.family)
			conf_wrong(c, AT("signers", i, "address"),
				   "is of another address family than side \"%s\"", side->name);
	}
	if (strchr(s->user, ':') || strchr(s->user, '"') || strchr(s->user, '\\'))
		conf_wrong(c, AT("signers", i, "user"), "has a colon, a quote or a backslash in it");
	if (s->transport == SIP_TLS && !s->server[0])
		conf_wrong(c, AT("signers", i, "server"), "is missing; tls needs it");
	if (s->transport == SIP_TLS && !g->signer_ca[0])
		conf_wrong(c, "signer_ca", "is missing; signer \"%s\" is reached by tls", s->name);
	if (s->transport != SIP_TLS && s->server[0])
		conf_wrong(c, AT("signers", i, "server"), "has a meaning only with tls; remove it");
	conf_check_private(c, AT("signers", i, "password_file"), s->password_file);
	for (unsigned int j = 0; j < i; j++)
		if (s->name[0] && !strcmp(s->name, g->signer[j].name))
			conf_wrong(c, AT("signers", i, "name"), "\"%s\" is there twice", s->name);
}

static void check_sides(struct conf *c, const struct conf_gateway *g)
{
	char at[64];

	for (unsigned int i = 0; i < g->nsides; i++) {
		const struct conf_side *s = &g->side[i];

		if (s->identity == CONF_IDENTITY_OFF)
			continue;
		if (s->security != MEDIA_DTLS)
			conf_wrong(c, AT("sides", i, "identity"),
				   "has no meaning with security = \"rtp\"; remove it");
		else if (!g->trust.nroots || !g->trust.npolicies)
			conf_wrong(c, AT("sides", i, "identity"),
				   "needs trust.roots and trust.policies: nobody could be verified");
	}
}

void conf_trust_check(struct conf *c, struct conf_gateway *g)
{
	struct conf_trust *t = &g->trust;
	char at[64];

	for (unsigned int i = 0; i < t->nroots; i++) {
		conf_check_public(c, AT("trust.roots", i, "file"), t->root[i].file);
		for (unsigned int j = 0; j < i; j++)
			if (t->root[i].name[0] && !strcmp(t->root[i].name, t->root[j].name))
				conf_wrong(c, AT("trust.roots", i, "name"), "\"%s\" is there twice",
					   t->root[i].name);
	}
	for (unsigned int i = 0; i < t->npolicies; i++)
		check_policy(c, t, i);
	conf_check_public(c, "trust.crl", t->crl);
	conf_check_public(c, "trust.https_ca", t->https_ca);
	conf_check_public(c, "signer_ca", g->signer_ca);
	check_networks(c, t);
	for (unsigned int i = 0; i < g->nsigners; i++)
		check_signer(c, g, i);
	check_sides(c, g);
}

bool conf_needs_trust(const struct conf_gateway *g)
{
	for (unsigned int i = 0; i < g->nsides; i++)
		if (g->side[i].identity != CONF_IDENTITY_OFF)
			return true;
	return g->nsigners > 0;
}
