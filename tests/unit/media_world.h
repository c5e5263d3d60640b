/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media role's surroundings: a datapath that writes down what it is asked, `sip`
 * that remembers what it is told, and phones with real sockets on the loopback.
 */
#ifndef KSRTP_TEST_MEDIA_WORLD_H
#define KSRTP_TEST_MEDIA_WORLD_H

#include "dtls.h"
#include "media.h"

#define MEDIA_WORLD_SESSIONS	128

struct fake_session {
	struct nl_srtp_session s;	/* key pointers are not kept */
	struct srtp_master rx, tx;
	unsigned int keyed;		/* how often keys came */
	bool there;
};

/** struct fake - datapath; @log is one word a request: "new:2 set:2[rx,tx,remote] del:1" */
struct fake {
	struct datapath dp;
	struct fake_session session[MEDIA_WORLD_SESSIONS];	/* by id - 1 */
	uint32_t last_id;
	char log[2048];
	int fail_next;
	unsigned int eexist;		/* so many NEWs are refused */
	unsigned int fail_removals;	/* so many DELs fail */
};

struct told {
	struct media_leg_opened opened;
	struct media_leg_state state;
	struct media_leg_failed failed;
	unsigned int nopened, nstate, nfailed;
};

struct phone {
	int fd;
	struct addr addr, gateway;
	SSL_CTX *ctx;
	struct dtls *d;
	struct srtp_keys *keys;
	unsigned int secured, ended;
	uint8_t last[2048];
	ssize_t last_len;
};

struct media_world {
	struct conf_gateway conf;
	struct fake fake;
	struct media *media;
	struct told leg[16];		/* by leg id */
	struct phone phone[4];
	struct dtls_cert gateway_cert;
	unsigned int out_of_hand;	/* the media role would have ended */
};

extern struct dtls_cert phone_cert, other_cert;

/** media_world_real_time - set before media_world_setup(): the clock is the real one. */
extern bool media_world_real_time;

int media_world_setup(void **state);
int media_world_teardown(void **state);

void phone_open(struct media_world *w, struct phone *p);
/** phone_dtls() - a DTLS end towards @gateway that believes @cert. */
void phone_dtls(struct media_world *w, struct phone *p, const struct addr *gateway,
		enum media_dtls_role role, const struct dtls_cert *shows);
void phone_send(struct phone *p, const struct addr *to, const void *data, size_t len);
/** media_world_run() - until nothing moves any more. */
void media_world_run(struct media_world *w);
/** media_world_pass() - let @ms go by. */
void media_world_pass(struct media_world *w, uint64_t ms);

void do_open(struct media_world *w, uint64_t leg, const char *side, bool two_ports);
void do_remote(struct media_world *w, uint64_t leg, const struct addr *rtp, const struct addr *rtcp,
	       enum media_dtls_role role);
int do_fingerprints(struct media_world *w, uint64_t leg, const struct dtls_cert *cert);
void do_pair(struct media_world *w, uint64_t a, uint64_t b);
void do_close(struct media_world *w, uint64_t leg);

struct fake_session *session_of(struct media_world *w, uint64_t leg, bool rtcp);
void assert_log(struct media_world *w, const char *want);	/* and begin anew */
void assert_keys(struct media_world *w, uint64_t leg, bool rtcp, const struct phone *p);

/** assert_state() - leg @leg has not failed and is in @state */
void assert_state(struct media_world *w, uint64_t leg, enum media_state state);

/** assert_failed() - leg @leg was reported failed once, with @code */
void assert_failed(struct media_world *w, uint64_t leg, int code);

/** call_up() - leg 1 secure, muxed, with phone 0; leg 2 plain, muxed, with phone 1; both open */
void call_up(struct media_world *w);

#endif /* KSRTP_TEST_MEDIA_WORLD_H */
