/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two phones and two sessions of the gateway between them.  The phones speak SRTP by
 * libsrtp2, which shares no line with the module.
 */
#ifndef KSRTP_TEST_GW_H
#define KSRTP_TEST_GW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <srtp2/srtp.h>

#include "addr.h"
#include "model.h"
#include "nl_srtp.h"
#include "rtp_build.h"

#define PLAIN	SRTP_PROFILE_NONE
#define CM	SRTP_PROFILE_AES128_CM_SHA1_80
#define GCM	SRTP_PROFILE_AEAD_AES_128_GCM
#define KEY_LEN	46	/* the longest master key and salt */

extern struct nl_srtp *gw;		/* of namespace tg, opened by gw_begin() */

/**
 * struct side - a phone and the gateway's session towards it
 * @local: the gateway's address
 * @far: the phone's
 * @rx, @tx: master key and salt, named from the gateway's side
 * @fd: the phone's socket
 * @send, @recv: the phone's SRTP; NULL on a plain side and with
 * @model_send, @model_recv: where libsrtp cannot; these stay in ROC 0
 * @seq: of the next packet sent by side_next()
 */
struct side {
	struct addr local, far;
	uint16_t profile;
	uint8_t rx[KEY_LEN], tx[KEY_LEN];
	int fd;
	srtp_t send, recv;
	struct model *model_send, *model_recv;
	uint32_t rtcp_index;
	bool use_mki;			/* @send and @recv have several keys */
	unsigned int mki_index;		/* of the one to send with */
	uint32_t id;
	uint32_t ssrc;
	uint16_t seq;
};

struct pair {
	int af;
	struct side a, b;
};

/** gw_begin() - libsrtp, the netlink socket, one CPU; the caller ends up in namespace tg. */
void gw_begin(void);

/**
 * side_open() - addresses, keys, a socket and a held session on host @host ('a' or 'b')
 * @extra: further members for the session, or NULL
 */
void side_open(struct side *s, int af, char host, uint16_t profile,
	       const struct nl_srtp_session *extra);
/** side_move() - the session is another one, at @local, with fresh keys and @what besides. */
void side_move(struct side *s, const struct addr *local, struct nl_srtp_session what);
/** side_close() - the same backwards; a session that is gone is fine. */
void side_close(struct side *s);

/** side_program() - opens a side, on host a, without peer. Return: a program's socket at its address. */
int side_program(struct side *s, int af, uint16_t profile, const struct nl_srtp_session *extra);

/** pair_open() - two sides, each other's peers, open; @extra goes to both, or NULL. */
void pair_open(struct pair *p, int af, uint16_t profile_a, uint16_t profile_b,
	       const struct nl_srtp_session *extra);
void pair_close(struct pair *p);

/** side_set() - SESSION_SET, bails out when refused; @what->id is filled in. */
void side_set(const struct side *s, struct nl_srtp_session what);
/** side_crypto() - the session members for @profile and key‖salt @key. */
struct nl_srtp_crypto side_crypto(uint16_t profile, const uint8_t *key, uint32_t window);
/** phone_srtp() - what the phone does with @key; sends or receives. */
srtp_t phone_srtp(uint16_t profile, const uint8_t *key, bool sends);
/** phone_srtp_ids() - the same, with @n elements of header extensions encrypted. */
srtp_t phone_srtp_ids(uint16_t profile, const uint8_t *key, bool sends, const uint8_t *ids,
		      size_t n);
/** phone_free() - all that the phone protects and opens with. */
void phone_free(struct side *s);
/** phone_update() - goes on under another key with its indices: srtp_update() keeps them. */
void phone_update(srtp_t s, uint16_t profile, uint8_t *key, bool sends);
/** phone_policy() - libsrtp's settings for @profile. */
void phone_policy(uint16_t profile, srtp_policy_t *policy);
/** random_key() - KEY_LEN octets. */
void random_key(uint8_t *key);

/**
 * side_headers() - fresh keys both ways, under which session and phone encrypt headers
 * @ids, @n: elements that are (RFC 6904); with RFC 9335 sent, only in what is received
 * @rx, @tx: RFC 9335, named from the gateway's side
 * @lib: the phone is libsrtp, which has no RFC 9335; else the model
 */
void side_headers(struct side *s, const uint8_t *ids, size_t n, enum srtp_cryptex rx,
		  enum srtp_cryptex tx, bool lib);

/** gw_attach(), gw_detach() - bail out when refused. */
uint32_t gw_attach(struct nl_srtp_attachment a);
void gw_detach(uint32_t id);
/** gw_taken() - packets that all ingress hooks have taken so far. */
uint64_t gw_taken(void);
/** gw_taken_since() - how many more than @before; waits for @wanted, which may be on their way. */
uint64_t gw_taken_since(uint64_t before, uint64_t wanted);

bool is_rtcp(const uint8_t *p);
/** side_protect() - in place, as the phone sends it; @p[PACKET_MAX]. Return: new length. */
size_t side_protect(struct side *s, uint8_t *p, size_t len);
/** side_send() - protect a copy and send it to the gateway. */
void side_send(struct side *s, const uint8_t *p, size_t len);
/** side_send_raw() - send as it is. */
void side_send_raw(struct side *s, const uint8_t *p, size_t len);
/** side_send_spoilt() - protect a copy; send it with a bit changed, then as it is, then again. */
void side_send_spoilt(struct side *s, const uint8_t *p, size_t len);
/** side_next() - send the next packet of the side's own stream; @out keeps it, may be NULL. */
size_t side_next(struct side *s, uint8_t *out);

/**
 * side_got() - is the very next packet at the phone, unprotected, @p?
 *
 * Comes from the gateway's address, opens under the key, equal octet by octet.
 */
bool side_got(struct side *s, const uint8_t *p, size_t len);
/** plain_got() - is it the next packet at a program's socket, and from there? */
bool plain_got(int fd, const struct addr *from, const uint8_t *p, size_t len);
/** side_silent() - is nothing waiting right now?  Ask after something that came later has come. */
bool side_silent(struct side *s);
/** passes() - does the next packet of @from come out at @to, and next of all? */
bool passes(struct side *from, struct side *to);

struct drop {
	enum srtp_drop why;
	uint64_t count;
};

/** side_stats() - of the session now. */
struct nl_srtp_stats side_stats(const struct side *s);
struct nl_srtp_report side_report(const struct side *s);
/**
 * drops_are() - are the drops of the session exactly those of @want (ends with why 0)?
 * pair_drops_are() adds up both sessions.
 */
bool drops_are(const struct side *s, const struct drop *want);
bool pair_drops_are(const struct pair *p, const struct drop *want);
#define DROPS(...) ((const struct drop[]){ __VA_ARGS__ __VA_OPT__(,) { 0, 0 } })

const char *af_name(int af);
const char *suite_name(uint16_t profile);	/* "CM", "GCM", "plain", or its full name */

/** each_case() - @test for both families and both suites. */
void each_case(void (*test)(int af, uint16_t profile));

#endif
