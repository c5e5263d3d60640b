/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * srtpd's configuration: one checked, immutable snapshot.  A role is given only
 * the part it needs, but the structure is one so that a reload swaps one pointer.
 */
#ifndef KSRTP_CONF_GATEWAY_H
#define KSRTP_CONF_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "conf_schema.h"
#include "conf_trust.h"
#include "media_proto.h"

#define CONF_MAX_SIDES	8
#define CONF_MAX_ROUTES	64

struct err;

enum conf_identity { CONF_IDENTITY_OFF, CONF_IDENTITY_PREFER, CONF_IDENTITY_REQUIRE };
enum conf_binding { CONF_BINDING_OFF, CONF_BINDING_PREFER, CONF_BINDING_REQUIRE };

/**
 * struct conf_side - one network the gateway stands in
 * @name: letters, digits, '-', '_'
 * @sip: where SIP is listened to and sent from (UDP)
 * @media: local address for media ports (port 0)
 * @port_min, @port_max: even and odd ends of the media port range, inclusive
 * @security: plain RTP or DTLS-SRTP on this side
 * @profiles: DTLS-SRTP protection profiles by preference
 * @savpf: offer UDP/TLS/RTP/SAVPF instead of SAVP
 * @rtcp_mux: offer, or accept when offered, RTP and RTCP on one port
 * @identity: whether the far end's fingerprints must be signed, should be, or are not asked
 *	about
 * @binding: whether signatures have to be for one request alone (PASSPORT_CTX): ours, and
 *	those that are verified
 */
struct conf_side {
	char name[MEDIA_SIDE_MAX];
	struct addr sip;
	struct addr media;
	uint16_t port_min, port_max;
	enum media_security security;
	uint16_t profiles[MEDIA_MAX_PROFILES];
	unsigned int nprofiles;
	bool savpf;
	bool rtcp_mux;
	enum conf_identity identity;
	enum conf_binding binding;
};

/**
 * struct conf_route - what goes where; the first that fits wins
 * @from: index of the side a request arrives on
 * @user, @domain: shell patterns for the Request-URI; "*" fits all
 * @to: index of the side it leaves by
 * @next_hop: numeric transport address the request is sent to
 */
struct conf_route {
	char name[32];
	unsigned int from, to;
	char user[64], domain[128];
	struct addr next_hop;
};

struct conf_gateway {
	char file[256];
	struct conf_side side[CONF_MAX_SIDES];
	unsigned int nsides;
	struct conf_route route[CONF_MAX_ROUTES];
	unsigned int nroutes;
	char control_socket[108];	/* /run/ksrtp/srtpd.sock */
	struct conf_trust trust;
	struct conf_signer signer[CONF_MAX_SIGNERS];
	unsigned int nsigners;
	char signer_ca[256];		/* PEM file of roots; needed with a TLS signer */
	char user_sip[32], user_media[32], user_trust[32]; /* role users; "" keeps the caller's user */
	char certificate[256], private_key[256]; /* "" : ECDSA P-256 made at start */
	uint32_t signer_timeout;	/* milliseconds without any answer, then the next one is asked */
	uint32_t max_calls;
	uint32_t media_idle_timeout;	/* seconds, given to the kernel sessions; 0: never */
	uint32_t handshake_timeout;	/* seconds from answer to secured */
	uint32_t identity_timeout;	/* seconds that verifying may take; and from answer to verified */
	int log_level;
};

/**
 * conf_gateway_load() - read and check a file, all of it, before anything is used
 *
 * Every mistake is reported, not only the first: "FILE:LINE: setting: what is
 * wrong, what is allowed", through @report.
 *
 * Return: a new snapshot (owner frees with conf_gateway_free()) or NULL.
 */
struct conf_gateway *conf_gateway_load(const char *file,
				       void (*report)(const char *line, void *arg), void *arg);
void conf_gateway_free(struct conf_gateway *c);

/**
 * conf_gateway_parse() - the same from memory, for the roles, which share one copy
 * @name: what reports and @file call it
 * @text: @len octets and a NUL
 */
struct conf_gateway *conf_gateway_parse(const char *name, const char *text, size_t len,
					void (*report)(const char *line, void *arg), void *arg);

/** conf_gateway_items - the schema, for documentation and tests */
extern const struct conf_item conf_gateway_items[];

const struct conf_side *conf_side_by_name(const struct conf_gateway *c, const char *name);

#endif /* KSRTP_CONF_GATEWAY_H */
