/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sip-signerd's configuration: one checked, immutable snapshot. */
#ifndef KSRTP_CONF_SIGNER_H
#define KSRTP_CONF_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "conf_schema.h"
#include "passport.h"
#include "signer_front.h"
#include "sip_transp.h"
#include "token.h"

#define SIGNER_PATH_SIZE	256
#define SIGNER_CONTROL_SIZE	108	/* of an address of a Unix socket */
#define SIGNER_MAX_ISSUERS	16

/** enum signer_mode - what this provider does */
enum signer_mode {
	SIGNER_MODE_BOTH,		/* authenticates and signs */
	SIGNER_MODE_AUTH,		/* authenticates; another provider signs */
	SIGNER_MODE_SIGN,		/* signs for whom other providers have authenticated */
};

struct conf_signer_listen {
	int proto;			/* enum sip_proto */
	struct addr address;
};

struct conf_signer_hop {
	int proto;
	struct addr address;
};

/** struct conf_signer_publish - where our chain is served; @max_age in seconds */
struct conf_signer_publish {
	struct addr address;
	uint32_t max_age;
};

struct conf_signer_issuer {
	char name[TOKEN_NAME_SIZE];
	char certificate[SIGNER_PATH_SIZE];
};

struct conf_signerd {
	char file[SIGNER_PATH_SIZE];
	int mode;			/* enum signer_mode */
	char user_front[32], user_auth[32], user_sign[32], user_publish[32];
	int log_level;
	struct conf_signer_listen listen[SIP_MAX_LISTEN];
	unsigned int nlisten;
	char names[SIGNER_NAMES_MAX];
	struct conf_signer_hop hop[SIGNER_HOPS];
	unsigned int nhops;
	char hop_name[SIP_PROXY_DOMAIN];
	bool record_route, large_by_tcp;
	uint32_t hop_timeout;
	char dns_servers[256];
	char realm[128];
	char control[SIGNER_CONTROL_SIZE];
	char users[SIGNER_PATH_SIZE];
	bool md5;
	uint32_t nonce_life;
	uint32_t rate, burst;
	char private_key[SIGNER_PATH_SIZE], certificate[SIGNER_PATH_SIZE];
	char pkcs11_module[SIGNER_PATH_SIZE], pin_file[SIGNER_PATH_SIZE];
	char x5u[PASSPORT_URL_MAX];
	bool compact;
	struct conf_signer_publish publish[1];
	unsigned int npublish;
	int ppt;			/* enum passport_ppt */
	char issuer[TOKEN_NAME_SIZE], audience[TOKEN_NAME_SIZE];
	uint32_t token_life;
	struct conf_signer_issuer trusted[SIGNER_MAX_ISSUERS];
	unsigned int ntrusted;
	char tls_certificate[SIGNER_PATH_SIZE], tls_key[SIGNER_PATH_SIZE], tls_ca[SIGNER_PATH_SIZE];
	int tls_clients;		/* enum tls_client_cert */
	uint32_t max_transactions, max_connections, max_connections_per_ip, idle_timeout;
};

extern const struct conf_item conf_signerd_items[];

/**
 * conf_signerd_parse() - check everything
 * @report: called for each mistake, "FILE:LINE: setting: what is wrong"
 *
 * Return: the caller's to free(), or NULL when there was a mistake.
 */
struct conf_signerd *conf_signerd_parse(const char *name, const char *text, size_t len,
					void (*report)(const char *line, void *arg), void *arg);

/** conf_signerd_algs() - DIGEST_BIT()s of the digest algorithms. */
unsigned int conf_signerd_algs(const struct conf_signerd *c);

#endif /* KSRTP_CONF_SIGNER_H */
