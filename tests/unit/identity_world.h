/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls with identity policies: the real back-to-back user agent and the real trust
 * object, on a network that the test is; media is told by `trust` alone.
 */
#ifndef TESTS_IDENTITY_WORLD_H
#define TESTS_IDENTITY_WORLD_H

#include "call_world.h"
#include "verify_world.h"

#define ALICE "sip:alice@atlanta.example.com"
#define BOB   "sip:bob@biloxi.example.org"

extern struct world w;
extern struct verify_world vw;
extern struct media_leg_fingerprints told;	/* the last set media was told of */
extern unsigned int ntold;			/* how many there were */

/** iw_open() - the identity side is the DTLS one of the two */
void iw_open(enum media_security a, enum media_security b, enum conf_identity policy);
void iw_close(void);

/** iw_hang_up() - from inside, let everything go, and iw_close() */
void iw_hang_up(void);

void iw_say(unsigned int side, const char *text);
void iw_request(unsigned int side, const struct vw_spec *s);

/** iw_ack() - what the caller sends after the 200 that it got */
void iw_ack(const struct sip_msg *ok);

/** iw_incoming() - side 0 is signed, the callee plain and answers. Return: the caller's 200. */
struct sip_msg *iw_incoming(const struct vw_spec *s);

#endif /* TESTS_IDENTITY_WORLD_H */
