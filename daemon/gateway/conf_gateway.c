// SPDX-License-Identifier: GPL-2.0-or-later
/* What srtpd's configuration file may hold, and what must fit together in it. */
#include "conf_gateway.h"

#include <errno.h>
#include <linux/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_common.h"
#include "err.h"

/* A route as the file has it: sides by name. */
struct draft_route {
	struct conf_route route;
	char from[MEDIA_SIDE_MAX], to[MEDIA_SIDE_MAX];
};

struct draft {
	struct conf_gateway conf;
	struct draft_route route[CONF_MAX_ROUTES];
	unsigned int nroutes;
};

static const struct conf_word securities[] = {
	{ "rtp", MEDIA_PLAIN, NULL },
	{ "dtls-srtp", MEDIA_DTLS, NULL },
	{ 0 }
};

/* Those of RFC 5764 and RFC 7714 that encrypt. */
static const struct conf_word profiles[] = {
	{ "AEAD_AES_256_GCM", SRTP_PROFILE_AEAD_AES_256_GCM, NULL },
	{ "AEAD_AES_128_GCM", SRTP_PROFILE_AEAD_AES_128_GCM, NULL },
	{ "AES_CM_128_HMAC_SHA1_80", SRTP_PROFILE_AES128_CM_SHA1_80, NULL },
	{ "AES_CM_128_HMAC_SHA1_32", SRTP_PROFILE_AES128_CM_SHA1_32, NULL },
	{ 0 }
};

static const struct conf_word identities[] = {
	{ "off", CONF_IDENTITY_OFF, NULL },
	{ "prefer", CONF_IDENTITY_PREFER, NULL },
	{ "require", CONF_IDENTITY_REQUIRE, NULL },
	{ 0 }
};

static const struct conf_word bindings[] = {
	{ "off", CONF_BINDING_OFF, NULL },
	{ "prefer", CONF_BINDING_PREFER, NULL },
	{ "require", CONF_BINDING_REQUIRE, NULL },
	{ 0 }
};

static const struct conf_item user_items[] = {
	{ .name = "sip", .type = CONF_NAME, .def = "nobody", CONF_AT(struct draft, conf.user_sip),
	  .doc = "User of the role that parses SIP, when srtpd is started as root. Empty: the caller's." },
	{ .name = "media", .type = CONF_NAME, .def = "daemon",
	  CONF_AT(struct draft, conf.user_media),
	  .doc = "User of the role that holds the keys; another one than `users.sip`." },
	{ .name = "trust", .type = CONF_NAME, .def = "bin", CONF_AT(struct draft, conf.user_trust),
	  .doc = "User of the role that verifies signatures; a third one. Only with `identity` or `signers`." },
	{ 0 }
};

static const struct conf_item side_items[] = {
	{ .name = "name", .type = CONF_NAME, .min = 1, CONF_AT(struct conf_side, name),
	  .doc = "What routes and logs call this side; unique." },
	{ .name = "sip", .type = CONF_TRANSPORT, CONF_AT(struct conf_side, sip),
	  .doc = "Local address and UDP port for SIP." },
	{ .name = "media", .type = CONF_IP, CONF_AT(struct conf_side, media),
	  .doc = "Local address of media ports; of the same family as `sip`." },
	{ .name = "ports", .type = CONF_PORTS, .min = 1024, .max = 65535,
	  CONF_AT(struct conf_side, port_min),
	  .doc = "Media ports, from an even one to an odd one; not overlapping on one address." },
	{ .name = "security", .type = CONF_WORD, .words = securities,
	  CONF_AT(struct conf_side, security),
	  .doc = "How media is carried on this side." },
	{ .name = "profiles", .type = CONF_WORDS, .words = profiles, .min = 1,
	  .max = MEDIA_MAX_PROFILES, .def = "AEAD_AES_128_GCM AES_CM_128_HMAC_SHA1_80",
	  CONF_AT(struct conf_side, profiles), .count = offsetof(struct conf_side, nprofiles),
	  .doc = "SRTP protection profiles, the preferred one first. Only with `dtls-srtp`." },
	{ .name = "savpf", .type = CONF_FLAG, .def = "false", CONF_AT(struct conf_side, savpf),
	  .doc = "Offer `UDP/TLS/RTP/SAVPF` instead of `SAVP`. Only with `dtls-srtp`." },
	{ .name = "rtcp_mux", .type = CONF_FLAG, .def = "true", CONF_AT(struct conf_side, rtcp_mux),
	  .doc = "Offer, and accept when offered, RTP and RTCP on one port (RFC 5761)." },
	{ .name = "identity", .type = CONF_WORD, .words = identities, .def = "off",
	  CONF_AT(struct conf_side, identity),
	  .doc = "Whether the far end's fingerprints must be signed (RFC 8224): a call without is refused, marked, or as good as any. Only with `dtls-srtp`." },
	{ .name = "binding", .type = CONF_WORD, .words = bindings, .def = "prefer",
	  CONF_AT(struct conf_side, binding),
	  .doc = "Whether a signature has to be for one request alone ([identity.md](identity.md)): never, when its signer says that it made such a one, or always. Only with `dtls-srtp`." },
	{ 0 }
};

static const struct conf_item route_items[] = {
	{ .name = "name", .type = CONF_NAME, .min = 1, CONF_AT(struct draft_route, route.name),
	  .doc = "What logs call this route; unique." },
	{ .name = "from", .type = CONF_NAME, .min = 1, CONF_AT(struct draft_route, from),
	  .doc = "Side a request arrives on." },
	{ .name = "user", .type = CONF_TEXT, .min = 1, .def = "*", CONF_AT(struct draft_route, route.user),
	  .doc = "Shell pattern for the user part of the Request-URI; `*` fits all." },
	{ .name = "domain", .type = CONF_TEXT, .min = 1, .def = "*",
	  CONF_AT(struct draft_route, route.domain),
	  .doc = "Shell pattern for the host part of the Request-URI." },
	{ .name = "to", .type = CONF_NAME, .min = 1, CONF_AT(struct draft_route, to),
	  .doc = "Side the call leaves by." },
	{ .name = "next_hop", .type = CONF_TRANSPORT, CONF_AT(struct draft_route, route.next_hop),
	  .doc = "Where the request is sent." },
	{ 0 }
};

const struct conf_item conf_gateway_items[] = {
	{ .name = "control_socket", .type = CONF_PATH, .def = "/run/ksrtp/srtpd.sock", .min = 1,
	  CONF_AT(struct draft, conf.control_socket),
	  .doc = "Unix socket for `srtpctl`." },
	{ .name = "users", .type = CONF_GROUP, .items = user_items,
	  .doc = "Users the roles change to." },
	{ .name = "max_calls", .type = CONF_NUMBER, .def = "1000", .min = 1, .max = 100000,
	  .unit = "calls", .when = CONF_LIVE, CONF_AT(struct draft, conf.max_calls),
	  .doc = "More calls at once are refused with 503." },
	{ .name = "log_level", .type = CONF_WORD, .words = conf_log_levels, .def = "info",
	  .when = CONF_LIVE, CONF_AT(struct draft, conf.log_level),
	  .doc = "What is logged: this level and more urgent ones." },
	{ .name = "media_idle_timeout", .type = CONF_NUMBER, .def = "60", .max = 86400,
	  .unit = "seconds", .when = CONF_LIVE, CONF_AT(struct draft, conf.media_idle_timeout),
	  .doc = "A call with no good media packet for so long is ended; 0: never." },
	{ .name = "handshake_timeout", .type = CONF_NUMBER, .def = "10", .min = 1, .max = 300,
	  .unit = "seconds", .when = CONF_LIVE, CONF_AT(struct draft, conf.handshake_timeout),
	  .doc = "A call without keys so long after its answer is ended." },
	{ .name = "identity_timeout", .type = CONF_NUMBER, .def = "10", .min = 1, .max = 120,
	  .unit = "seconds", .when = CONF_LIVE, CONF_AT(struct draft, conf.identity_timeout),
	  .doc = "What verifying a request may take; and a call whose callee's signed UPDATE has not come so long after its answer is ended." },
	{ .name = "signer_timeout", .type = CONF_NUMBER, .def = "2000", .min = 100, .max = 30000,
	  .unit = "milliseconds", .when = CONF_LIVE, CONF_AT(struct draft, conf.signer_timeout),
	  .doc = "A signer that says nothing for so long is left for the next one." },
	{ .name = "signer_ca", .type = CONF_PATH, .def = "", CONF_AT(struct draft, conf.signer_ca),
	  .doc = "PEM file of roots that the certificates of signers reached by TLS lead to; not writable by others." },
	{ .name = "trust", .type = CONF_GROUP, .items = conf_trust_items,
	  .doc = "Whose signatures count." },
	{ .name = "certificate", .type = CONF_PATH, .def = "",
	  CONF_AT(struct draft, conf.certificate),
	  .doc = "PEM certificate for DTLS. Empty, with `private_key`: an ECDSA P-256 one is made at each start." },
	{ .name = "private_key", .type = CONF_PATH, .def = "",
	  CONF_AT(struct draft, conf.private_key),
	  .doc = "PEM key of `certificate`; owned by root or the caller, mode 0600 or stricter." },
	{ .name = "sides", .type = CONF_LIST, .items = side_items, .min = 1, .max = CONF_MAX_SIDES,
	  .offset = offsetof(struct draft, conf.side), .size = sizeof(struct conf_side),
	  .count = offsetof(struct draft, conf.nsides),
	  .doc = "The networks the gateway stands in." },
	{ .name = "routes", .type = CONF_LIST, .items = route_items, .min = 1,
	  .max = CONF_MAX_ROUTES, .when = CONF_LIVE,
	  .offset = offsetof(struct draft, route), .size = sizeof(struct draft_route),
	  .count = offsetof(struct draft, nroutes),
	  .doc = "What goes where; the first route that fits is taken." },
	{ .name = "signers", .type = CONF_LIST, .items = conf_signer_items, .def = "",
	  .max = CONF_MAX_SIGNERS,
	  .offset = offsetof(struct draft, conf.signer), .size = sizeof(struct conf_signer),
	  .count = offsetof(struct draft, conf.nsigners),
	  .doc = "Who signs our requests; those of one side take turns." },
	{ 0 }
};

/* "sides.[1].ports": the path of a setting, for conf_wrong() and conf_given(). */
#define AT(list, i, setting) \
	(snprintf(at, sizeof(at), "%s.[%u]%s%s", list, i, *(setting) ? "." : "", setting), at)

static void check_users(struct conf *c, const struct conf_gateway *g)
{
	conf_check_user(c, "users.sip", g->user_sip);
	conf_check_user(c, "users.media", g->user_media);
	if (g->user_sip[0] && strcmp(g->user_sip, g->user_media) == 0)
		conf_wrong(c, "users.media",
			   "is the same as users.sip; a role could stop the other, take another user");
	if (!conf_needs_trust(g))
		return;
	conf_check_user(c, "users.trust", g->user_trust);
	if (g->user_trust[0] && (strcmp(g->user_trust, g->user_sip) == 0 ||
				 strcmp(g->user_trust, g->user_media) == 0))
		conf_wrong(c, "users.trust", "is another role's user; take a third one");
}

static void check_certificate(struct conf *c, const struct conf_gateway *g)
{
	if (!g->certificate[0] && !g->private_key[0])
		return;
	if (!g->certificate[0] || !g->private_key[0]) {
		conf_wrong(c, g->certificate[0] ? "certificate" : "private_key",
			   "%s is missing; set both or none",
			   g->certificate[0] ? "private_key" : "certificate");
		return;
	}
	conf_check_public(c, "certificate", g->certificate);
	conf_check_private(c, "private_key", g->private_key);
}

static bool ports_overlap(const struct conf_side *a, const struct conf_side *b)
{
	return addr_ip_equal(&a->media, &b->media) && a->port_min <= b->port_max &&
	       b->port_min <= a->port_max;
}

/* @a's media ports contain @b's SIP port. */
static bool sip_in_ports(const struct conf_side *a, const struct conf_side *b)
{
	return addr_is_set(&b->sip) && addr_ip_equal(&a->media, &b->sip) &&
	       b->sip.port >= a->port_min && b->sip.port <= a->port_max;
}

static void check_side(struct conf *c, const struct conf_gateway *g, unsigned int i)
{
	static const char *const dtls_only[] = { "profiles", "savpf", "binding" };
	const struct conf_side *s = &g->side[i];
	char at[64];

	if (addr_is_set(&s->sip) && addr_is_set(&s->media) && s->sip.family != s->media.family)
		conf_wrong(c, AT("sides", i, "media"),
			   "is of another address family than sip; a side has one");
	for (size_t k = 0; k < sizeof(dtls_only) / sizeof(*dtls_only) && s->security == MEDIA_PLAIN; k++) {
		if (conf_given(c, AT("sides", i, dtls_only[k])))
			conf_wrong(c, at, "has no meaning with security = \"rtp\"; remove it");
	}
	for (unsigned int j = 0; j < g->nsides; j++) {
		const struct conf_side *o = &g->side[j];

		if (sip_in_ports(s, o))
			conf_wrong(c, AT("sides", i, "ports"),
				   "contains SIP port %u of side \"%s\"", o->sip.port, o->name);
		if (j >= i)
			continue;
		if (s->name[0] && strcmp(s->name, o->name) == 0)
			conf_wrong(c, AT("sides", i, "name"), "\"%s\" is there twice", s->name);
		if (addr_is_set(&s->sip) && addr_equal(&s->sip, &o->sip))
			conf_wrong(c, AT("sides", i, "sip"), "is side \"%s\"'s address and port",
				   o->name);
		if (addr_is_set(&s->media) && s->port_max && o->port_max && ports_overlap(s, o))
			conf_wrong(c, AT("sides", i, "ports"),
				   "overlaps %u-%u of side \"%s\" on the same address", o->port_min,
				   o->port_max, o->name);
	}
}

/* Turn the name of a side into its index. */
static const struct conf_side *find_side(struct conf *c, const struct conf_gateway *g,
					 const char *path, const char *name, unsigned int *index)
{
	const struct conf_side *s;

	if (!name[0])
		return NULL;	/* reported already */
	s = conf_side_by_name(g, name);
	if (s)
		*index = (unsigned int)(s - g->side);
	else
		conf_wrong(c, path, "there is no side \"%s\"", name);
	return s;
}

static void check_route(struct conf *c, struct draft *d, unsigned int i)
{
	const struct conf_gateway *g = &d->conf;
	struct draft_route *dr = &d->route[i];
	struct conf_route *r = &dr->route;
	const struct conf_side *to;
	char at[64];

	find_side(c, g, AT("routes", i, "from"), dr->from, &r->from);
	to = find_side(c, g, AT("routes", i, "to"), dr->to, &r->to);
	if (to && addr_is_set(&r->next_hop) && addr_is_set(&to->sip) &&
	    r->next_hop.family != to->sip.family)
		conf_wrong(c, AT("routes", i, "next_hop"),
			   "is of another address family than side \"%s\"", to->name);
	for (unsigned int j = 0; j < g->nsides; j++) {
		if (addr_is_set(&r->next_hop) && addr_equal(&r->next_hop, &g->side[j].sip))
			conf_wrong(c, AT("routes", i, "next_hop"),
				   "is srtpd itself (side \"%s\"); calls would loop",
				   g->side[j].name);
	}
	for (unsigned int j = 0; j < i; j++) {
		if (r->name[0] && strcmp(r->name, d->route[j].route.name) == 0)
			conf_wrong(c, AT("routes", i, "name"), "\"%s\" is there twice", r->name);
	}
}

static void check_together(struct conf *c, struct draft *d)
{
	check_users(c, &d->conf);
	check_certificate(c, &d->conf);
	conf_trust_check(c, &d->conf);
	for (unsigned int i = 0; i < d->conf.nsides; i++)
		check_side(c, &d->conf, i);
	for (unsigned int i = 0; i < d->nroutes; i++)
		check_route(c, d, i);
}

struct conf_gateway *conf_gateway_parse(const char *name, const char *text, size_t len,
					void (*report)(const char *line, void *arg), void *arg)
{
	struct conf_gateway *g = NULL;
	struct draft *d = NULL;
	struct conf *c;

	c = conf_parse(name, text, len, report, arg);
	if (!c)
		return NULL;
	d = calloc(1, sizeof(*d));
	g = malloc(sizeof(*g));
	if (!d || !g) {
		report("no memory to read the configuration", arg);
		goto fail;
	}
	snprintf(d->conf.file, sizeof(d->conf.file), "%s", name);
	conf_fill(c, conf_gateway_items, d);
	check_together(c, d);
	if (conf_mistakes(c))
		goto fail;
	for (unsigned int i = 0; i < d->nroutes; i++)
		d->conf.route[i] = d->route[i].route;
	d->conf.nroutes = d->nroutes;
	*g = d->conf;
	free(d);
	conf_free(c);
	return g;

fail:
	free(d);
	free(g);
	conf_free(c);
	return NULL;
}

struct conf_gateway *conf_gateway_load(const char *file,
				       void (*report)(const char *line, void *arg), void *arg)
{
	struct conf_gateway *g;
	struct err e = { 0 };
	char *text;
	long len;

	len = conf_slurp(file, &text, &e);
	if (len < 0) {
		report(err_text(&e), arg);
		return NULL;
	}
	g = conf_gateway_parse(file, text, (size_t)len, report, arg);
	free(text);
	return g;
}

void conf_gateway_free(struct conf_gateway *c)
{
	free(c);
}

const struct conf_side *conf_side_by_name(const struct conf_gateway *c, const char *name)
{
	for (unsigned int i = 0; i < c->nsides; i++) {
		if (strcmp(c->side[i].name, name) == 0)
			return &c->side[i];
	}
	return NULL;
}
