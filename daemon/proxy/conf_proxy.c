// SPDX-License-Identifier: GPL-2.0-or-later
/* What sip-proxyd's configuration file may hold, and what must fit together in it. */
#include "conf_proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_common.h"
#include "tls_io.h"

static const struct conf_item listen_items[] = {
	{ .name = "transport", .type = CONF_WORD, .words = conf_transports, .def = "udp",
	  CONF_AT(struct conf_proxy_listen, proto), .doc = "What is spoken there." },
	{ .name = "address", .type = CONF_TRANSPORT, CONF_AT(struct conf_proxy_listen, address),
	  .doc = "Local address and port." },
	{ 0 }
};

static const struct conf_item domain_items[] = {
	{ .name = "name", .type = CONF_TEXT, .min = 1, CONF_AT(struct conf_proxy_domain, name),
	  .doc = "A domain whose users register here." },
	{ 0 }
};

static const struct conf_item route_items[] = {
	{ .name = "domain", .type = CONF_TEXT, .min = 1, CONF_AT(struct conf_proxy_route, domain),
	  .doc = "Host of the Request-URI, or of the first Route." },
	{ .name = "transport", .type = CONF_WORD, .words = conf_transports, .def = "udp",
	  CONF_AT(struct conf_proxy_route, proto), .doc = "How the request goes there." },
	{ .name = "next_hop", .type = CONF_TRANSPORT, CONF_AT(struct conf_proxy_route, next_hop),
	  .doc = "Where it goes." },
	{ .name = "tls_name", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct conf_proxy_route, tls_name),
	  .doc = "Whom the server's certificate has to name. Empty: `domain`." },
	{ 0 }
};

static const struct conf_item relay_items[] = {
	{ .name = "address", .type = CONF_IP, CONF_AT(struct conf_proxy_relay, address),
	  .doc = "A host that may send requests for other domains by us, as a signer does." },
	{ 0 }
};

static const struct conf_item tls_items[] = {
	{ .name = "certificate", .type = CONF_PATH, .def = "",
	  CONF_AT(struct conf_proxy, certificate),
	  .doc = "PEM file, ours first, then intermediates." },
	{ .name = "private_key", .type = CONF_PATH, .def = "",
	  CONF_AT(struct conf_proxy, private_key),
	  .doc = "PEM file with its key; nobody but its owner may read it." },
	{ .name = "ca", .type = CONF_PATH, .def = "", CONF_AT(struct conf_proxy, ca),
	  .doc = "PEM file of roots that other servers' certificates lead to. Empty: the system's." },
	{ .name = "clients", .type = CONF_WORD, .words = conf_client_certs, .def = "ignore",
	  CONF_AT(struct conf_proxy, clients),
	  .doc = "Certificates of those who connect to us." },
	{ 0 }
};

const struct conf_item conf_proxy_items[] = {
	{ .name = "user", .type = CONF_NAME, .def = "nobody", CONF_AT(struct conf_proxy, user),
	  .doc = "User that sip-proxyd changes to when started as root, with its databases open. Empty: the caller's." },
	{ .name = "log_level", .type = CONF_WORD, .words = conf_log_levels, .def = "info",
	  CONF_AT(struct conf_proxy, log_level),
	  .doc = "What is logged: this level and more urgent ones." },
	{ .name = "listen", .type = CONF_LIST, .items = listen_items, .min = 1,
	  .max = SIP_MAX_LISTEN, .offset = offsetof(struct conf_proxy, listen),
	  .size = sizeof(struct conf_proxy_listen),
	  .count = offsetof(struct conf_proxy, nlisten),
	  .doc = "Where SIP is spoken." },
	{ .name = "domains", .type = CONF_LIST, .items = domain_items, .min = 1,
	  .max = PROXY_MAX_DOMAINS, .offset = offsetof(struct conf_proxy, domain),
	  .size = sizeof(struct conf_proxy_domain),
	  .count = offsetof(struct conf_proxy, ndomains),
	  .doc = "The domains this proxy is responsible for." },
	{ .name = "routes", .type = CONF_LIST, .items = route_items, .def = "",
	  .max = PROXY_MAX_ROUTES, .offset = offsetof(struct conf_proxy, route),
	  .size = sizeof(struct conf_proxy_route), .count = offsetof(struct conf_proxy, nroutes),
	  .doc = "Next hops of other domains; DNS is asked about the rest." },
	{ .name = "relays", .type = CONF_LIST, .items = relay_items, .def = "",
	  .max = PROXY_MAX_RELAYS, .offset = offsetof(struct conf_proxy, relay),
	  .size = sizeof(struct conf_proxy_relay), .count = offsetof(struct conf_proxy, nrelays),
	  .doc = "Who may send requests for other domains, beside hosts that have registered." },
	{ .name = "location", .type = CONF_PATH, .def = "/var/lib/ksrtp/location.db", .min = 1,
	  CONF_AT(struct conf_proxy, location),
	  .doc = "SQLite file of bindings; made when it is not there." },
	{ .name = "authenticate", .type = CONF_FLAG, .def = "true",
	  CONF_AT(struct conf_proxy, authenticate),
	  .doc = "Challenge REGISTER. Without it anybody can register as anybody." },
	{ .name = "md5", .type = CONF_FLAG, .def = "false", CONF_AT(struct conf_proxy, md5),
	  .doc = "Offer digest with MD5 too, for phones that know nothing better." },
	{ .name = "users", .type = CONF_PATH, .def = "/var/lib/ksrtp/users.db",
	  CONF_AT(struct conf_proxy, users),
	  .doc = "SQLite file of users. Only with `authenticate`." },
	{ .name = "realm", .type = CONF_TEXT, .def = "", CONF_AT(struct conf_proxy, realm),
	  .doc = "Realm of users and challenges. Empty: the first domain." },
	{ .name = "nonce_life", .type = CONF_NUMBER, .def = "300", .min = 1, .max = 86400,
	  .unit = "seconds", CONF_AT(struct conf_proxy, nonce_life),
	  .doc = "How long a challenge can be answered." },
	{ .name = "min_expires", .type = CONF_NUMBER, .def = "60", .min = 1, .max = 3600,
	  .unit = "seconds", CONF_AT(struct conf_proxy, min_expires),
	  .doc = "Shorter registrations are refused with 423." },
	{ .name = "max_expires", .type = CONF_NUMBER, .def = "3600", .min = 60, .max = 604800,
	  .unit = "seconds", CONF_AT(struct conf_proxy, max_expires),
	  .doc = "Longer registrations are cut to this." },
	{ .name = "max_bindings", .type = CONF_NUMBER, .def = "8", .min = 1, .max = 16,
	  .unit = "contacts", CONF_AT(struct conf_proxy, max_bindings),
	  .doc = "Contacts of one user." },
	{ .name = "record_route", .type = CONF_FLAG, .def = "true",
	  CONF_AT(struct conf_proxy, record_route), .doc = "Stay in the path of dialogs." },
	{ .name = "large_by_tcp", .type = CONF_FLAG, .def = "true",
	  CONF_AT(struct conf_proxy, large_by_tcp),
	  .doc = "Send requests above 1300 octets by TCP first, where UDP is due and a `listen` entry is TCP; every signed INVITE is that large." },
	{ .name = "hop_timeout", .type = CONF_NUMBER, .def = "2000", .min = 500, .max = 32000,
	  .unit = "milliseconds", CONF_AT(struct conf_proxy, hop_timeout),
	  .doc = "A server that says nothing for so long is left for the next one, where there is one." },
	{ .name = "dns", .type = CONF_FLAG, .def = "true", CONF_AT(struct conf_proxy, dns),
	  .doc = "Look up hosts that are names, and servers of other domains (RFC 3263)." },
	{ .name = "dns_servers", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct conf_proxy, dns_servers),
	  .doc = "`192.0.2.53,[2001:db8::53]:5353`. Empty: those of /etc/resolv.conf." },
	{ .name = "tls", .type = CONF_GROUP, .items = tls_items,
	  .doc = "Certificates, needed where `transport` is `tls`." },
	{ .name = "max_transactions", .type = CONF_NUMBER, .def = "20000", .min = 10,
	  .max = 1000000, .unit = "transactions", CONF_AT(struct conf_proxy, max_transactions),
	  .doc = "Beyond, requests are answered 503." },
	{ .name = "max_connections", .type = CONF_NUMBER, .def = "4096", .min = 1, .max = 65536,
	  .unit = "connections", CONF_AT(struct conf_proxy, max_connections),
	  .doc = "TCP or TLS connections of one `listen` entry." },
	{ .name = "max_connections_per_ip", .type = CONF_NUMBER, .def = "128", .min = 1,
	  .max = 65536, .unit = "connections", CONF_AT(struct conf_proxy, max_connections_per_ip),
	  .doc = "Of them, with one address." },
	{ .name = "idle_timeout", .type = CONF_NUMBER, .def = "900", .min = 10, .max = 86400,
	  .unit = "seconds", CONF_AT(struct conf_proxy, idle_timeout),
	  .doc = "A connection without a message or keep-alive for so long is closed." },
	{ 0 }
};

#define AT(list, i, setting) \
	(snprintf(at, sizeof(at), "%s.[%u].%s", list, i, setting), at)

static bool has_side(const struct conf_proxy *p, int proto, sa_family_t family)
{
	for (unsigned int i = 0; i < p->nlisten; i++)
		if (p->listen[i].proto == proto && p->listen[i].address.family == family)
			return true;
	return false;
}

static void check_together(struct conf *c, struct conf_proxy *p)
{
	bool tls = false;
	char at[64];

	conf_check_user(c, "user", p->user);
	for (unsigned int i = 0; i < p->nlisten; i++) {
		const struct conf_proxy_listen *l = &p->listen[i];

		tls = tls || l->proto == SIP_TLS;
		for (unsigned int j = 0; j < i; j++)
			if (addr_is_set(&l->address) &&
			    addr_equal(&l->address, &p->listen[j].address) &&
			    (l->proto == SIP_UDP) == (p->listen[j].proto == SIP_UDP))
				conf_wrong(c, AT("listen", i, "address"), "is there twice");
	}
	for (unsigned int i = 0; i < p->nroutes; i++) {
		struct conf_proxy_route *r = &p->route[i];

		if (addr_is_set(&r->next_hop) && !has_side(p, r->proto, r->next_hop.family))
			conf_wrong(c, AT("routes", i, "next_hop"),
				   "no `listen` entry has this transport and address family");
		if (conf_proxy_is_domain(p, r->domain))
			conf_wrong(c, AT("routes", i, "domain"), "is one of our own domains");
		if (r->tls_name[0] && r->proto != SIP_TLS)
			conf_wrong(c, AT("routes", i, "tls_name"),
				   "has no meaning without transport = \"tls\"; remove it");
		if (!r->tls_name[0])
			memcpy(r->tls_name, r->domain, sizeof(r->tls_name));
	}
	if (tls && (!p->certificate[0] || !p->private_key[0]))
		conf_wrong(c, "tls", "certificate and private_key are needed to listen on TLS");
	if (p->min_expires > p->max_expires)
		conf_wrong(c, "min_expires", "is more than max_expires (%u)", p->max_expires);
	if (p->authenticate && !p->users[0])
		conf_wrong(c, "users", "is needed with authenticate = true");
	if (!p->realm[0] && p->ndomains)
		memcpy(p->realm, p->domain[0].name, sizeof(p->realm));
}

bool conf_proxy_is_domain(const struct conf_proxy *c, const char *host)
{
	for (unsigned int i = 0; i < c->ndomains; i++)
		if (strcasecmp(c->domain[i].name, host) == 0)
			return true;
	return false;
}

struct conf_proxy *conf_proxy_parse(const char *name, const char *text, size_t len,
				    void (*report)(const char *line, void *arg), void *arg)
{
	struct conf *c = conf_parse(name, text, len, report, arg);
	struct conf_proxy *p = c ? calloc(1, sizeof(*p)) : NULL;

	if (!p) {
		conf_free(c);
		return NULL;
	}
	snprintf(p->file, sizeof(p->file), "%s", name);
	conf_fill(c, conf_proxy_items, p);
	check_together(c, p);
	if (conf_mistakes(c)) {
		free(p);
		p = NULL;
	}
	conf_free(c);
	return p;
}
