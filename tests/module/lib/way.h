/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways a packet can take through the module, for tests that go all of them. */
#ifndef KSRTP_TEST_WAY_H
#define KSRTP_TEST_WAY_H

#include "gw.h"

enum way_kind {
	WAY_DECRYPT,	/* relayed, SRTP from phone a to RTP at phone b */
	WAY_ENCRYPT,	/* relayed, RTP from phone a to SRTP at phone b */
	WAY_RECEIVE,	/* no peer: SRTP from phone a, a program on the gateway gets RTP */
	WAY_SEND,	/* no peer: a program on the gateway sends RTP, phone a gets SRTP */
	WAYS,
};

/**
 * struct way - open sessions and sockets of one of them
 * @p: its sessions; without peer only p.a
 * @fd: the socket that packets are sent from
 * @to: where they are sent to
 * @app: the program's socket, or -1
 */
struct way {
	enum way_kind kind;
	int af;
	struct pair p;
	int fd;
	struct addr to;
	int app;
	char name[64];		/* "IPv4 GCM, relayed RTP to SRTP" */
};

/** way_open() - @extra as for side_open(). A rule in OUTPUT is needed for WAY_SEND. */
void way_open(struct way *w, enum way_kind kind, int af, uint16_t profile,
	      const struct nl_srtp_session *extra);
void way_close(struct way *w);
/** way_make() - what is sent so that @plain arrives; @wire[PACKET_MAX]. Return: octets. */
size_t way_make(struct way *w, uint8_t *wire, const uint8_t *plain, size_t len);
/** way_send() - make and send. Return: false, with errno, when the kernel did not take it. */
bool way_send(struct way *w, const uint8_t *plain, size_t len);
/** way_got() - is this the very next packet at the other end? */
bool way_got(struct way *w, const uint8_t *plain, size_t len);
bool way_silent(struct way *w);
/** way_passes() - does a short packet with these numbers pass? */
bool way_passes(struct way *w, uint32_t ssrc, uint16_t seq);
/** way_drops() - drops_are(), of all sessions of the way. */
bool way_drops(struct way *w, const struct drop *want);
/** each_way() - @test for each way, both families and both suites. */
void each_way(void (*test)(enum way_kind kind, int af, uint16_t profile));

#endif
