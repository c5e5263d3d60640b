// SPDX-License-Identifier: GPL-2.0-or-later
/* What sip-signerd's configuration file may hold, and what must fit together in it. */
#include "conf_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_common.h"
#include "err.h"
#include "signer_key.h"
#include "sip_digest.h"
#include "tls_io.h"

static const struct conf_word modes[] = {
	{ "both", SIGNER_MODE_BOTH, NULL },
	{ "auth", SIGNER_MODE_AUTH, NULL },
	{ "sign", SIGNER_MODE_SIGN, NULL },
	{ 0 }
};

static const struct conf_word forms[] = {
	{ "full", false, NULL },
	{ "compact", true, NULL },
	{ 0 }
};

static const struct conf_word ppts[] = {
	{ "base", PASSPORT_BASE, NULL },
	{ "msec", PASSPORT_MSEC, NULL },
	{ 0 }
};

/* "form" is a word in the file and a bool in use. */
struct draft {
	struct conf_signerd conf;
	int form;
};

static const struct conf_item account_items[] = {
	{ .name = "front", .type = CONF_NAME, .def = "nobody",
	  CONF_AT(struct draft, conf.user_front),
	  .doc = "System user of the role that parses SIP, when started as root. Empty: the caller's." },
	{ .name = "auth", .type = CONF_NAME, .def = "daemon", CONF_AT(struct draft, conf.user_auth),
	  .doc = "Of the role that knows who users are; another one." },
	{ .name = "sign", .type = CONF_NAME, .def = "bin", CONF_AT(struct draft, conf.user_sign),
	  .doc = "Of the role that holds the key; another one." },
	{ .name = "publish", .type = CONF_NAME, .def = "sys",
	  CONF_AT(struct draft, conf.user_publish),
	  .doc = "Of the role that serves the certificate chain; another one." },
	{ 0 }
};

static const struct conf_item listen_items[] = {
	{ .name = "transport", .type = CONF_WORD, .words = conf_transports, .def = "udp",
	  CONF_AT(struct conf_signer_listen, proto), .doc = "What is spoken there." },
	{ .name = "address", .type = CONF_TRANSPORT, CONF_AT(struct conf_signer_listen, address),
	  .doc = "Local address and port." },
	{ 0 }
};

static const struct conf_item hop_items[] = {
	{ .name = "transport", .type = CONF_WORD, .words = conf_transports, .def = "udp",
	  CONF_AT(struct conf_signer_hop, proto), .doc = "How requests go there." },
	{ .name = "address", .type = CONF_TRANSPORT, CONF_AT(struct conf_signer_hop, address),
	  .doc = "Where they go." },
	{ 0 }
};

static const struct conf_item publish_items[] = {
	{ .name = "address", .type = CONF_TRANSPORT, CONF_AT(struct conf_signer_publish, address),
	  .doc = "Local address and port." },
	{ .name = "max_age", .type = CONF_NUMBER, .def = "3600", .max = 604800, .unit = "seconds",
	  CONF_AT(struct conf_signer_publish, max_age),
	  .doc = "How long verifiers may keep it; less when the certificate ends before." },
	{ 0 }
};

static const struct conf_item issuer_items[] = {
	{ .name = "name", .type = CONF_TEXT, .min = 1, CONF_AT(struct conf_signer_issuer, name),
	  .doc = "What its tokens call it; unique." },
	{ .name = "certificate", .type = CONF_PATH, .min = 1,
	  CONF_AT(struct conf_signer_issuer, certificate),
	  .doc = "PEM file with its certificate; only the key counts. Not writable by others." },
	{ 0 }
};

static const struct conf_item signature_items[] = {
	{ .name = "private_key", .type = CONF_TEXT, .min = 1,
	  CONF_AT(struct draft, conf.private_key),
	  .doc = "The EC P-256 key of signatures, or of tokens in mode `auth`: absolute path of a PEM file of mode 0600 or stricter, or `pkcs11:token=NAME;object=NAME` (RFC 7512)." },
	{ .name = "pkcs11_module", .type = CONF_PATH, .def = "",
	  CONF_AT(struct draft, conf.pkcs11_module),
	  .doc = "Shared library of the PKCS#11 token that has the key." },
	{ .name = "pin_file", .type = CONF_PATH, .def = "", CONF_AT(struct draft, conf.pin_file),
	  .doc = "Its first line is the token's user PIN; mode 0600 or stricter." },
	{ .name = "certificate", .type = CONF_PATH, .def = "",
	  CONF_AT(struct draft, conf.certificate),
	  .doc = "PEM file with its certificate. Not in mode `auth`." },
	{ .name = "x5u", .type = CONF_TEXT, .def = "", CONF_AT(struct draft, conf.x5u),
	  .doc = "https URL where verifiers find the chain. Not in mode `auth`." },
	{ .name = "form", .type = CONF_WORD, .words = forms, .def = "full",
	  CONF_AT(struct draft, form), .doc = "Of PASSporTs (RFC 8225 section 7)." },
	{ .name = "ppt", .type = CONF_WORD, .words = ppts, .def = "base",
	  CONF_AT(struct draft, conf.ppt), .doc = "PASSporT type; `msec` is RFC 8862's." },
	{ 0 }
};

static const struct conf_item token_items[] = {
	{ .name = "issuer", .type = CONF_TEXT, .def = "", CONF_AT(struct draft, conf.issuer),
	  .doc = "Our name in tokens. Mode `auth`." },
	{ .name = "audience", .type = CONF_TEXT, .def = "", CONF_AT(struct draft, conf.audience),
	  .doc = "The signer's name in tokens. Modes `auth` and `sign`." },
	{ .name = "life", .type = CONF_NUMBER, .def = "30", .min = 1, .max = TOKEN_LIFE_MAX,
	  .unit = "seconds", CONF_AT(struct draft, conf.token_life),
	  .doc = "How long they can be used; the same at both providers." },
	{ .name = "trusted", .type = CONF_LIST, .items = issuer_items, .def = "",
	  .max = SIGNER_MAX_ISSUERS, .offset = offsetof(struct draft, conf.trusted),
	  .size = sizeof(struct conf_signer_issuer),
	  .count = offsetof(struct draft, conf.ntrusted),
	  .doc = "Whose tokens are taken. Mode `sign`." },
	{ 0 }
};

static const struct conf_item tls_items[] = {
	{ .name = "certificate", .type = CONF_PATH, .def = "",
	  CONF_AT(struct draft, conf.tls_certificate),
	  .doc = "PEM file, ours first, then intermediates." },
	{ .name = "private_key", .type = CONF_PATH, .def = "", CONF_AT(struct draft, conf.tls_key),
	  .doc = "PEM file with its key; another one than that of signatures." },
	{ .name = "ca", .type = CONF_PATH, .def = "", CONF_AT(struct draft, conf.tls_ca),
	  .doc = "PEM file of roots that next hops' certificates lead to. Empty: the system's." },
	{ .name = "clients", .type = CONF_WORD, .words = conf_client_certs, .def = "ignore",
	  CONF_AT(struct draft, conf.tls_clients),
	  .doc = "Certificates of those who connect to us." },
	{ 0 }
};

const struct conf_item conf_signerd_items[] = {
	{ .name = "mode", .type = CONF_WORD, .words = modes, .def = "both",
	  CONF_AT(struct draft, conf.mode),
	  .doc = "`auth` and `sign` are the two halves for two providers (RFC 8898)." },
	{ .name = "accounts", .type = CONF_GROUP, .items = account_items,
	  .doc = "System users the roles change to." },
	{ .name = "log_level", .type = CONF_WORD, .words = conf_log_levels, .def = "info",
	  CONF_AT(struct draft, conf.log_level),
	  .doc = "What is logged: this level and more urgent ones." },
	{ .name = "listen", .type = CONF_LIST, .items = listen_items, .min = 1,
	  .max = SIP_MAX_LISTEN, .offset = offsetof(struct draft, conf.listen),
	  .size = sizeof(struct conf_signer_listen),
	  .count = offsetof(struct draft, conf.nlisten), .doc = "Where SIP is spoken." },
	{ .name = "names", .type = CONF_TEXT, .def = "", CONF_AT(struct draft, conf.names),
	  .doc = "Host names that mean us in a Route, parted by blanks; our addresses always do." },
	{ .name = "next_hops", .type = CONF_LIST, .items = hop_items, .def = "",
	  .max = SIGNER_HOPS, .offset = offsetof(struct draft, conf.hop),
	  .size = sizeof(struct conf_signer_hop), .count = offsetof(struct draft, conf.nhops),
	  .doc = "Where requests without a further Route go, one after the other until one answers. Empty: to where DNS says." },
	{ .name = "next_hop_name", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct draft, conf.hop_name),
	  .doc = "Whom the certificates of TLS next hops have to name." },
	{ .name = "record_route", .type = CONF_FLAG, .def = "false",
	  CONF_AT(struct draft, conf.record_route),
	  .doc = "Stay in the path of dialogs; ends that put us in front of their routes need it not." },
	{ .name = "large_by_tcp", .type = CONF_FLAG, .def = "true",
	  CONF_AT(struct draft, conf.large_by_tcp),
	  .doc = "Send requests above 1300 octets by TCP first, where UDP is due and a `listen` entry is TCP." },
	{ .name = "hop_timeout", .type = CONF_NUMBER, .def = "2000", .min = 500, .max = 32000,
	  .unit = "milliseconds", CONF_AT(struct draft, conf.hop_timeout),
	  .doc = "Without any answer for so long the next of `next_hops`, or of DNS, is tried." },
	{ .name = "dns_servers", .type = CONF_TEXT, .def = "",
	  CONF_AT(struct draft, conf.dns_servers),
	  .doc = "`192.0.2.53,[2001:db8::53]:5353`. Empty: those of /etc/resolv.conf." },
	{ .name = "control", .type = CONF_PATH, .def = "", CONF_AT(struct draft, conf.control),
	  .doc = "Unix socket on which `sip-signerd status` asks; mode 0660. Empty: none." },
	{ .name = "realm", .type = CONF_TEXT, .min = 1, CONF_AT(struct draft, conf.realm),
	  .doc = "Realm of users and challenges." },
	{ .name = "users", .type = CONF_PATH, .def = "/var/lib/ksrtp/users.db",
	  CONF_AT(struct draft, conf.users),
	  .doc = "SQLite file of users, made by `sip-signerd user add`. Not in mode `sign`." },
	{ .name = "md5", .type = CONF_FLAG, .def = "false", CONF_AT(struct draft, conf.md5),
	  .doc = "Take digest with MD5 too, for phones that know nothing better." },
	{ .name = "nonce_life", .type = CONF_NUMBER, .def = "300", .min = 1, .max = 86400,
	  .unit = "seconds", CONF_AT(struct draft, conf.nonce_life),
	  .doc = "How long a challenge can be answered." },
	{ .name = "rate", .type = CONF_NUMBER, .def = "20", .max = 100000,
	  .unit = "requests a second", CONF_AT(struct draft, conf.rate),
	  .doc = "Of one user; beyond, 503 with Retry-After. 0: no limit." },
	{ .name = "burst", .type = CONF_NUMBER, .def = "100", .min = 1, .max = 100000,
	  .unit = "requests", CONF_AT(struct draft, conf.burst),
	  .doc = "Of one user at once, before `rate` counts." },
	{ .name = "signature", .type = CONF_GROUP, .items = signature_items,
	  .doc = "The key and what is made with it." },
	{ .name = "publish", .type = CONF_LIST, .items = publish_items, .def = "", .max = 1,
	  .offset = offsetof(struct draft, conf.publish),
	  .size = sizeof(struct conf_signer_publish),
	  .count = offsetof(struct draft, conf.npublish),
	  .doc = "Serve `signature.certificate` by HTTPS at the path of `signature.x5u`, with the certificate of `tls`." },
	{ .name = "token", .type = CONF_GROUP, .items = token_items,
	  .doc = "Tokens between two providers." },
	{ .name = "tls", .type = CONF_GROUP, .items = tls_items,
	  .doc = "Certificates, needed where `transport` is `tls`." },
	{ .name = "max_transactions", .type = CONF_NUMBER, .def = "20000", .min = 10,
	  .max = 1000000, .unit = "transactions", CONF_AT(struct draft, conf.max_transactions),
	  .doc = "Beyond, requests are answered 503." },
	{ .name = "max_connections", .type = CONF_NUMBER, .def = "4096", .min = 1, .max = 65536,
	  .unit = "connections", CONF_AT(struct draft, conf.max_connections),
	  .doc = "TCP or TLS connections of one `listen` entry." },
	{ .name = "max_connections_per_ip", .type = CONF_NUMBER, .def = "128", .min = 1,
	  .max = 65536, .unit = "connections", CONF_AT(struct draft, conf.max_connections_per_ip),
	  .doc = "Of them, with one address." },
	{ .name = "idle_timeout", .type = CONF_NUMBER, .def = "900", .min = 10, .max = 86400,
	  .unit = "seconds", CONF_AT(struct draft, conf.idle_timeout),
	  .doc = "A connection without a message or keep-alive for so long is closed." },
	{ 0 }
};

#define AT(list, i, setting) (snprintf(at, sizeof(at), "%s.[%u].%s", list, i, setting), at)

static void check_accounts(struct conf *c, const struct conf_signerd *d)
{
	conf_check_user(c, "accounts.front", d->user_front);
	conf_check_user(c, "accounts.auth", d->user_auth);
	conf_check_user(c, "accounts.sign", d->user_sign);
	conf_check_user(c, "accounts.publish", d->user_publish);
	if (d->user_front[0] && (strcmp(d->user_front, d->user_auth) == 0 ||
				 strcmp(d->user_front, d->user_sign) == 0))
		conf_wrong(c, "accounts.front", "is another role's too; a role could stop the other");
	if (d->user_publish[0] && (strcmp(d->user_publish, d->user_front) == 0 ||
				   strcmp(d->user_publish, d->user_auth) == 0 ||
				   strcmp(d->user_publish, d->user_sign) == 0))
		conf_wrong(c, "accounts.publish", "is another role's too; a role could stop the other");
	if (d->user_auth[0] && strcmp(d->user_auth, d->user_sign) == 0)
		conf_wrong(c, "accounts.auth", "is the same as accounts.sign; a role could stop the other");
}

static bool has_side(const struct conf_signerd *d, int proto, sa_family_t family)
{
	for (unsigned int i = 0; i < d->nlisten; i++)
		if (d->listen[i].proto == proto && d->listen[i].address.family == family)
			return true;
	return false;
}

static void check_network(struct conf *c, const struct conf_signerd *d)
{
	bool tls = false;
	char at[64];

	for (unsigned int i = 0; i < d->nlisten; i++) {
		const struct conf_signer_listen *l = &d->listen[i];

		tls = tls || l->proto == SIP_TLS;
		if (addr_is_set(&l->address) && addr_is_any(&l->address))
			conf_wrong(c, AT("listen", i, "address"),
				   "name one address of this host; it is what others are told to answer to");
		for (unsigned int j = 0; j < i; j++)
			if (addr_is_set(&l->address) &&
			    addr_equal(&l->address, &d->listen[j].address) &&
			    (l->proto == SIP_UDP) == (d->listen[j].proto == SIP_UDP))
				conf_wrong(c, AT("listen", i, "address"), "is there twice");
	}
	for (unsigned int i = 0; i < d->nhops; i++) {
		const struct conf_signer_hop *h = &d->hop[i];

		if (addr_is_set(&h->address) && !has_side(d, h->proto, h->address.family))
			conf_wrong(c, AT("next_hops", i, "address"),
				   "no `listen` entry has this transport and address family");
		if (h->proto == SIP_TLS && !d->hop_name[0])
			conf_wrong(c, AT("next_hops", i, "transport"), "tls needs next_hop_name");
		for (unsigned int j = 0; j < d->nlisten; j++)
			if (addr_is_set(&h->address) && addr_equal(&h->address, &d->listen[j].address))
				conf_wrong(c, AT("next_hops", i, "address"),
					   "is sip-signerd itself; requests would loop");
	}
	if (d->npublish && d->mode == SIGNER_MODE_AUTH)
		conf_wrong(c, "publish", "has no meaning in mode \"auth\"; remove it");
	if (d->npublish && (!d->tls_certificate[0] || !d->tls_key[0]))
		conf_wrong(c, "publish", "needs tls.certificate and tls.private_key");
	if (d->npublish && (strlen(d->x5u) <= strlen("https://") ||
			    !strchr(d->x5u + strlen("https://"), '/')))
		conf_wrong(c, "signature.x5u", "has no path to serve the certificate at");
	if (tls && (!d->tls_certificate[0] || !d->tls_key[0]))
		conf_wrong(c, "tls", "certificate and private_key are needed to listen on TLS");
	conf_check_public(c, "tls.certificate", d->tls_certificate);
	conf_check_public(c, "tls.ca", d->tls_ca);
	conf_check_private(c, "tls.private_key", d->tls_key);
}

static void check_key(struct conf *c, const struct conf_signerd *d)
{
	if (signer_key_in_token(d->private_key)) {
		if (!d->pkcs11_module[0] || !d->pin_file[0])
			conf_wrong(c, "signature.private_key", "in a token needs pkcs11_module and pin_file");
		conf_check_public(c, "signature.pkcs11_module", d->pkcs11_module);
		conf_check_private(c, "signature.pin_file", d->pin_file);
		return;
	}
	if (d->pkcs11_module[0] || d->pin_file[0])
		conf_wrong(c, "signature.private_key",
			   "is no pkcs11: URI, so pkcs11_module and pin_file have no meaning; remove them");
	if (d->private_key[0] && d->private_key[0] != '/')
		conf_wrong(c, "signature.private_key", "is neither an absolute path nor a pkcs11: URI");
	else
		conf_check_private(c, "signature.private_key", d->private_key);
}

static void check_mode(struct conf *c, const struct conf_signerd *d)
{
	char at[64];

	check_key(c, d);
	conf_check_public(c, "signature.certificate", d->certificate);
	if (d->mode != SIGNER_MODE_AUTH && !d->certificate[0])
		conf_wrong(c, "signature.certificate", "is missing");
	if (d->mode != SIGNER_MODE_AUTH && strncmp(d->x5u, "https://", 8) != 0)
		conf_wrong(c, "signature.x5u", "has to be an https URL");
	for (const char *x = d->x5u; *x; x++)
		if (strchr(" \"<>\\", *x)) {
			conf_wrong(c, "signature.x5u", "holds a character that no URL has");
			break;
		}
	if (d->mode != SIGNER_MODE_BOTH && !d->audience[0])
		conf_wrong(c, "token.audience", "is missing");
	if (d->mode == SIGNER_MODE_AUTH && !d->issuer[0])
		conf_wrong(c, "token.issuer", "is missing");
	if (d->mode == SIGNER_MODE_AUTH && !d->nhops)
		conf_wrong(c, "next_hops", "is missing; tokens are for one signer");
	if (d->mode == SIGNER_MODE_SIGN && !d->ntrusted)
		conf_wrong(c, "token.trusted", "is missing; without it nobody's tokens are taken");
	for (unsigned int i = 0; i < d->ntrusted; i++) {
		conf_check_public(c, AT("token.trusted", i, "certificate"), d->trusted[i].certificate);
		for (unsigned int j = 0; j < i; j++)
			if (d->trusted[i].name[0] &&
			    strcmp(d->trusted[i].name, d->trusted[j].name) == 0)
				conf_wrong(c, AT("token.trusted", i, "name"), "is there twice");
	}
	if (strchr(d->realm, '"') || strchr(d->realm, '\\'))
		conf_wrong(c, "realm", "may hold neither \" nor \\");
	if (d->mode != SIGNER_MODE_SIGN && !d->users[0])
		conf_wrong(c, "users", "is missing");
}

unsigned int conf_signerd_algs(const struct conf_signerd *c)
{
	return DIGEST_STRONG | (c->md5 ? DIGEST_BIT(DIGEST_MD5) : 0);
}

struct conf_signerd *conf_signerd_parse(const char *name, const char *text, size_t len,
					void (*report)(const char *line, void *arg), void *arg)
{
	struct conf *c = conf_parse(name, text, len, report, arg);
	struct draft *d = c ? calloc(1, sizeof(*d)) : NULL;
	struct conf_signerd *out = d ? malloc(sizeof(*out)) : NULL;

	if (out) {
		snprintf(d->conf.file, sizeof(d->conf.file), "%s", name);
		conf_fill(c, conf_signerd_items, d);
		check_accounts(c, &d->conf);
		check_network(c, &d->conf);
		check_mode(c, &d->conf);
		d->conf.compact = d->form;
		*out = d->conf;
		if (conf_mistakes(c)) {
			free(out);
			out = NULL;
		}
	}
	free(d);
	conf_free(c);
	return out;
}
