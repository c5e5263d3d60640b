/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is agreed before the 2xx, by reliable provisional responses (RFC 3262), so that
 * the callee can say in a signed UPDATE who it is while the phone still rings, and the
 * first words of the call are not clipped (RFC 4916, RFC 8862):
 *
 *	caller's gateway			callee's gateway
 *		── INVITE, Supported: 100rel, from-change ──>
 *		<── 180, Require: 100rel, answer ──
 *		── PRACK ──>
 *		<── UPDATE, signed ──		as soon as PRACKed
 *	verify	── 200 ──>			handshake, both; media stays held
 *		<── 200 ──			the phone was picked up: open
 *
 * A leg on which this happened is "agreed" before it is UP.  An INVITE of ours may ring
 * at several phones, each with an early dialog of its own; the first one that answers
 * so is the leg's until another one sends the 2xx.
 */
#ifndef KSRTP_EARLY_H
#define KSRTP_EARLY_H

#include "invite.h"

/* ---- the caller's leg: responses of ours ------------------------------------------ */

/** early_due() - shall a provisional response bring the caller our answer? */
bool early_due(const struct leg *l);

/** early_said() - it did, reliably. */
void early_said(struct leg *l);

/** early_prack() - PRACK on @l; answers @st. The call may be gone afterwards. */
void early_prack(struct leg *l, struct sip_strans *st);

/**
 * early_hold() - may the callee's 2xx not be passed on yet?
 *
 * Not before our answer has been acknowledged (RFC 3262 section 3); it is kept, and
 * becomes an event again when it has.
 */
bool early_hold(struct call *c, const struct sip_msg *resp);

/* ---- the callee's leg: responses to our INVITE ------------------------------------ */

/**
 * early_take() - a provisional response: sends PRACK when it is a reliable one
 *
 * Return: whether it says something new; false for one that is repeated or out of order.
 */
bool early_take(struct invite *i, const struct sip_msg *resp);

/**
 * early_win() - the 2xx of @d is the first: all other early dialogs are forgotten
 *
 * What another phone had agreed to is undone; keys agreed with it are never used.
 */
void early_win(struct invite *i, struct sip_dialog *d);

/** early_again() - the INVITE is sent once more, as a new one. */
void early_again(struct invite *i);

/** early_clear() - forget the early dialogs but the leg's own; doing it again is fine. */
void early_clear(struct invite *i);

/* ---- either ------------------------------------------------------------------------ */

/** early_talks() - is there a session to be changed: agreed, answered or not? */
bool early_talks(const struct leg *l);

#endif /* KSRTP_EARLY_H */
