/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way a call goes: the first route of the configuration that fits. */
#ifndef KSRTP_ROUTES_H
#define KSRTP_ROUTES_H

#include "conf_gateway.h"
#include "sip_uri.h"

/**
 * route_find() - the first route for a Request-URI
 * @side: index of the side the request came in on
 * @ruri: a sip or sips URI
 *
 * Patterns are those of fnmatch(3) and are compared without regard to case, with
 * escapes (%HH) of the user part decoded. An IPv6 host is written without brackets.
 *
 * Return: the route, or NULL: 404.
 */
const struct conf_route *route_find(const struct conf_gateway *c, unsigned int side,
				    const struct sip_uri *ruri);

#endif /* KSRTP_ROUTES_H */
