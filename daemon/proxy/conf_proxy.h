/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sip-proxyd's configuration: one checked, immutable snapshot. */
#ifndef KSRTP_CONF_PROXY_H
#define KSRTP_CONF_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "conf_schema.h"
#include "sip_transp.h"

#define PROXY_MAX_DOMAINS	32
#define PROXY_MAX_ROUTES	64
#define PROXY_MAX_RELAYS	64
#define PROXY_NAME_SIZE		256	/* buffer for a domain name */
#define PROXY_PATH_SIZE		256

struct conf_proxy_listen {
	int proto;			/* enum sip_proto */
	struct addr address;
};

struct conf_proxy_domain {
	char name[PROXY_NAME_SIZE];
};

/** struct conf_proxy_route - where requests for a domain go, whatever DNS says */
struct conf_proxy_route {
	char domain[PROXY_NAME_SIZE];
	int proto;
	struct addr next_hop;
	char tls_name[PROXY_NAME_SIZE];	/* whom the certificate names; "": @domain */
};

struct conf_proxy_relay {
	struct addr address;
};

struct conf_proxy {
	char file[PROXY_PATH_SIZE];
	char user[32];
	int log_level;
	struct conf_proxy_listen listen[SIP_MAX_LISTEN];
	unsigned int nlisten;
	struct conf_proxy_domain domain[PROXY_MAX_DOMAINS];
	unsigned int ndomains;
	struct conf_proxy_route route[PROXY_MAX_ROUTES];
	unsigned int nroutes;
	struct conf_proxy_relay relay[PROXY_MAX_RELAYS];
	unsigned int nrelays;
	char location[PROXY_PATH_SIZE];
	bool authenticate;
	bool md5;
	char users[PROXY_PATH_SIZE];
	char realm[PROXY_NAME_SIZE];
	uint32_t nonce_life;
	uint32_t min_expires, max_expires, max_bindings;
	bool record_route, large_by_tcp;
	bool dns;
	char dns_servers[PROXY_NAME_SIZE];
	char certificate[PROXY_PATH_SIZE], private_key[PROXY_PATH_SIZE], ca[PROXY_PATH_SIZE];
	int clients;			/* enum tls_client_cert */
	uint32_t hop_timeout;
	uint32_t max_transactions, max_connections, max_connections_per_ip, idle_timeout;
};

extern const struct conf_item conf_proxy_items[];

/**
 * conf_proxy_parse() - check everything
 * @report: called for each mistake, "FILE:LINE: setting: what is wrong"
 *
 * Return: the caller's to free(), or NULL when there was a mistake.
 */
struct conf_proxy *conf_proxy_parse(const char *name, const char *text, size_t len,
				    void (*report)(const char *line, void *arg), void *arg);

/** conf_proxy_is_domain() - is @host one of ours? */
bool conf_proxy_is_domain(const struct conf_proxy *c, const char *host);

#endif /* KSRTP_CONF_PROXY_H */
