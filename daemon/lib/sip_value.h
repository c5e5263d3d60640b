/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the SIP stack: values of header fields, taken apart by osipparser2
 * and then held against RFC 3261 section 25, which it is more liberal than.
 */
#ifndef KSRTP_SIP_VALUE_H
#define KSRTP_SIP_VALUE_H

#include "sip_msg.h"

/*
 * Two octets that UTF-8 never has and that are refused in what comes in:
 * SIP_NUL stands in memory for the NUL that a quoted pair may hold, SIP_GUARD
 * for '%' while osipparser2, which decodes escapes for good, looks at a value.
 */
#define SIP_NUL		'\xff'
#define SIP_GUARD	'\xfe'

int sip_via_parse(struct sip_pool *p, const char *s, struct sip_via *v, struct err *e);

/** sip_via_derive() - what of @v follows from its transport and parameters. 0 or -EINVAL with @e. */
int sip_via_derive(struct sip_via *v, struct err *e);

/** sip_is_token() - @s is a token of RFC 3261: at least one octet, all of them allowed. */
bool sip_is_token(const char *s);
bool sip_is_callid(const char *s);	/* word [ "@" word ] */
bool sip_is_host(const char *s);	/* name, IPv4, or IPv6 without brackets */

/**
 * sip_is_clean() - free of control octets other than TAB
 *
 * But a quoted pair may hold any but CR and LF (quoted-pair in RFC 3261 section
 * 25.1), NUL as SIP_NUL.
 */
bool sip_is_clean(const char *s);

/** sip_number() - decimal digits, all of @s, at most @max. 0 or -EINVAL. */
int sip_number(const char *s, uint32_t max, uint32_t *out);

/** sip_value_end() - where the list element at @s ends: a comma outside "" and <>, or NUL. */
const char *sip_value_end(const char *s);

/** sip_write_host() - brackets around IPv6. */
void sip_write_host(struct wbuf *w, const char *host);
void sip_write_params(struct wbuf *w, const struct sip_param *list);

/** sip_pool_wrote() - what @w holds as a string of the pool; NULL when it is bad. */
char *sip_pool_wrote(struct sip_pool *p, const struct wbuf *w);

#endif /* KSRTP_SIP_VALUE_H */
