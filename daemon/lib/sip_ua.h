/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every user agent answers before it looks at a request's meaning
 * (RFC 3261 sections 8.2.1 to 8.2.3 and 12.2.2).
 */
#ifndef KSRTP_SIP_UA_H
#define KSRTP_SIP_UA_H

#include <stdbool.h>

#include "sip_dialog.h"

/**
 * struct sip_ua_caps - what a user agent understands
 * @allow: value of Allow: "INVITE, ACK, CANCEL, BYE, OPTIONS"
 * @supported: option tags: "timer, 100rel"; "" for none
 * @accept: body types: "application/sdp"
 * @server: value of Server, or NULL
 * @hops: is a back-to-back user agent: Max-Forwards 0 is answered 483 (RFC 7332
 *	section 4), except on OPTIONS, which the agent answers itself
 */
struct sip_ua_caps {
	const char *allow;
	const char *supported;
	const char *accept;
	const char *server;
	bool hops;
};

/**
 * sip_ua_screen() - answer what cannot be served
 *
 * In this order: unknown method 501, method not allowed 405, scheme of the
 * Request-URI 416, Max-Forwards 483, Require 420 (with Unsupported), body type
 * 415 (with Accept), content encoding 415.
 *
 * Return: true when it was answered (the transaction is released); else go on.
 */
bool sip_ua_screen(struct sip_strans *st, const struct sip_ua_caps *caps);

/**
 * sip_ua_dialog() - the dialog a request belongs to
 * @d: set to the dialog, or NULL for a request outside any
 *
 * A request with a To tag but no dialog is answered 481, one with a CSeq too low
 * 500. Return: true when it was answered (the transaction is released).
 */
bool sip_ua_dialog(struct sip_strans *st, struct sip_dialogs *ds, struct sip_dialog **d);

/** sip_ua_options() - answer OPTIONS with 200, Allow, Accept, Supported; releases the transaction. */
void sip_ua_options(struct sip_strans *st, const struct sip_ua_caps *caps);

/**
 * sip_ua_refuse() - answer finally with @code and release the transaction
 * @reason: NULL for the standard's phrase
 * @retry_after: seconds, or 0 for no such header
 */
void sip_ua_refuse(struct sip_strans *st, unsigned int code, const char *reason,
		   unsigned int retry_after);

#endif /* KSRTP_SIP_UA_H */
