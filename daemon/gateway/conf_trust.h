/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of srtpd's configuration that says whose signatures count, and who signs for us. */
#ifndef KSRTP_CONF_TRUST_H
#define KSRTP_CONF_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "cert_policy.h"
#include "conf_schema.h"
#include "media_proto.h"
#include "sip_msg.h"

struct conf;
struct conf_gateway;

#define CONF_MAX_ROOTS		8
#define CONF_MAX_POLICIES	32
#define CONF_MAX_SIGNERS	8
#define CONF_DOMAINS_MAX	1024

struct conf_root {
	char name[CERT_ROOT_SIZE];
	char file[256];
};

/** struct conf_policy - a struct cert_rule as it is written; @domains parted by blanks */
struct conf_policy {
	char root[CERT_ROOT_SIZE];
	char signer[CERT_DOMAIN_SIZE];
	enum cert_scope scope;
	bool numbers;
	char domains[CONF_DOMAINS_MAX];
};

/**
 * struct conf_trust
 * @https_ca: CAs of the web servers that certificates are fetched from; "": the system's
 * @fetch_hosts: host names parted by blanks that certificates are fetched from; "": all
 * @allow_networks: prefixes parted by blanks that certificates may be fetched from
 *	although they are not public; @allow_http: without TLS too
 * @nameservers: as struct dns_conf has it; "": the system's
 */
struct conf_trust {
	struct conf_root root[CONF_MAX_ROOTS];
	unsigned int nroots;
	struct conf_policy policy[CONF_MAX_POLICIES];
	unsigned int npolicies;
	char crl[256];
	char https_ca[256];
	char fetch_hosts[256];
	char allow_networks[256];
	char nameservers[128];
	bool allow_http;
	uint32_t fetch_timeout;		/* seconds */
};

/** struct conf_signer - where requests of a side go to be signed, and who we are there */
struct conf_signer {
	char name[32];
	char side_name[MEDIA_SIDE_MAX];
	unsigned int side;
	struct addr address;
	enum sip_proto transport;
	char server[256];		/* whom its certificate has to name, with SIP_TLS */
	char user[64];
	char realm[128];		/* only this one's challenges are answered; "": any */
	char password_file[256];
};

/* Rows for conf_gateway_items; offsets are those of struct conf_gateway. */
extern const struct conf_item conf_trust_items[];
extern const struct conf_item conf_signer_items[];

/** conf_trust_check() - what must fit together; fills struct conf_signer.side in. */
void conf_trust_check(struct conf *c, struct conf_gateway *g);

/** conf_needs_trust() - does a side have an identity policy, or a signer? */
bool conf_needs_trust(const struct conf_gateway *g);

#endif /* KSRTP_CONF_TRUST_H */
