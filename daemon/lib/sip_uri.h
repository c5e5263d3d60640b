/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP URIs and name-addrs (RFC 3261 sections 19.1 and 20.10).
 *
 * Parsed values are plain structures whose strings live in a struct sip_pool;
 * they are never written to.  Escapes (%HH) stay as they were written, so that
 * what is forwarded is what came in and "%00" cannot shorten a name; use
 * sip_unescape() where the meaning is wanted.
 */
#ifndef KSRTP_SIP_URI_H
#define KSRTP_SIP_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "sip_pool.h"

struct err;
struct wbuf;

/** struct sip_param - ";name=value"; @value is NULL for ";name" */
struct sip_param {
	const char *name;	/* as written; compare without case */
	const char *value;	/* as written, quotes included */
	const struct sip_param *next;
};

/**
 * struct sip_uri - one URI
 * @scheme: lower case: "sip", "sips", "tel", ...
 * @user: NULL when there is none
 * @password: NULL when there is none
 * @host: as written, compare without case; IPv6 without brackets; NULL unless sip(s)
 * @port: 0 when none is written
 * @params: ";a=b" in the order written
 * @headers: "?a=b&c=d"
 * @opaque: for all other schemes, everything after the colon; NULL for sip(s)
 */
struct sip_uri {
	const char *scheme;
	const char *user;
	const char *password;
	const char *host;
	uint16_t port;
	const struct sip_param *params;
	const struct sip_param *headers;
	const char *opaque;
};

/**
 * sip_uri_parse() - parse one URI, without < >
 *
 * Return: 0; -EINVAL with @e saying what is wrong; -ENOMEM.
 */
int sip_uri_parse(struct sip_pool *p, const char *s, struct sip_uri *u, struct err *e);

/** sip_uri_write() - the URI as text, with parameters and headers. */
void sip_uri_write(struct wbuf *w, const struct sip_uri *u);

/** sip_uri_is_sip() - "sip" or "sips", the only schemes with user and host. */
bool sip_uri_is_sip(const struct sip_uri *u);

/** sip_param_get() - value of parameter @name, "" when it has none, NULL when absent. */
const char *sip_param_get(const struct sip_param *list, const char *name);

/** sip_uri_param() - the same for a URI's parameters, where "%6cr" is "lr" too. */
const char *sip_uri_param(const struct sip_uri *u, const char *name);

/** sip_uri_equal() - equivalence by RFC 3261 section 19.1.4. */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/**
 * sip_uri_aor() - canonical address-of-record (RFC 3261 section 10.3 step 5)
 * @out: "scheme:user@host[:port]": no password, parameters or headers, escapes
 *	of characters that need none decoded, host in lower case; two URIs of one
 *	user give the same text
 *
 * Return: length; -EINVAL unless sip(s); -ENOSPC.
 */
int sip_uri_aor(const struct sip_uri *u, char *out, size_t cap);

/**
 * sip_uri_addr() - transport address of a sip(s) URI whose host (or maddr) is numeric
 * @a: port 5060, or 5061 for sips and transport=tls, when none is written
 *
 * Return: 0; -ENOENT when the host is a name to be resolved; -EINVAL unless sip(s).
 */
int sip_uri_addr(const struct sip_uri *u, struct addr *a);

/**
 * sip_unescape() - decode %HH
 * @out: @cap octets; NUL-terminated, but may hold NULs, so use the length
 *
 * Return: length without the terminator; -EINVAL on a broken escape; -ENOSPC.
 */
int sip_unescape(const char *s, char *out, size_t cap);

/**
 * struct sip_nameaddr - value of From, To, Contact, Route, Record-Route
 * @display: as written, quotes included; NULL when there is none
 * @uri_text: the URI as text, without < >
 * @uri: the same, parsed
 * @params: header parameters after the URI
 */
struct sip_nameaddr {
	const char *display;
	const char *uri_text;
	struct sip_uri uri;
	const struct sip_param *params;
};

/** sip_nameaddr_parse() - one value, no commas outside quotes or < >. As sip_uri_parse(). */
int sip_nameaddr_parse(struct sip_pool *p, const char *s, struct sip_nameaddr *n, struct err *e);

#endif /* KSRTP_SIP_URI_H */
