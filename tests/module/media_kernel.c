// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The media role's legs on the real module: two plain phones, and between them two
 * DTLS-SRTP legs of one gateway that are each other's far end. What one phone sends is
 * protected, sent, opened and delivered to the other without leaving the kernel.
 *
 * Run as root in a guest, with the module loaded and the rule in place (the suite does).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "media.h"
#include "nl_srtp.h"
#include "secret.h"

#include "lib/tap.h"

#define DEADLINE_MS 5000

static struct conf_gateway conf;
static struct media *media;
static struct media_leg_opened opened[8];
static struct media_leg_state state[8];
static int failed[8];

static void on_opened(const struct media_leg_opened *msg, void *arg)
{
	(void)arg;
	opened[msg->leg] = *msg;
}

static void on_state(const struct media_leg_state *msg, void *arg)
{
	(void)arg;
	state[msg->leg] = *msg;
}

static void on_failed(const struct media_leg_failed *msg, void *arg)
{
	(void)arg;
	failed[msg->leg] = msg->code;
	printf("# leg %u: %s\n", (unsigned int)msg->leg, msg->text);
}

static void on_out_of_hand(void *arg)
{
	(void)arg;
	loop_stop(EXIT_FAILURE);
}

static const struct media_ops ops = {
	.opened = on_opened, .state = on_state, .failed = on_failed, .out_of_hand = on_out_of_hand,
};

static void side(struct conf_side *s, const char *name, enum media_security security, uint16_t min)
{
	snprintf(s->name, sizeof(s->name), "%s", name);
	addr_parse(&s->media, "127.0.0.1", 0);
	s->port_min = min;
	s->port_max = (uint16_t)(min + 99);
	s->security = security;
}

static void open_leg(uint64_t leg, bool two_ports)
{
	struct media_leg_open msg = { .leg = leg, .call = 1, .two_ports = two_ports,
				      .security = leg < 3 ? MEDIA_DTLS : MEDIA_PLAIN };

	strcpy(msg.side, leg < 3 ? "secure" : "plain");
	media_leg_open(media, &msg);
}

static void remote(uint64_t leg, const struct addr *rtp, const struct addr *rtcp,
		   enum media_dtls_role role)
{
	struct media_leg_remote msg = { .leg = leg, .rtp = *rtp, .rtcp = rtcp ? *rtcp : *rtp,
					.mux = !rtcp, .role = role };

	media_leg_remote(media, &msg);
}

static void fingerprint(uint64_t leg, bool right)
{
	struct media_leg_fingerprints msg = { .leg = leg, .count = 1,
					      .fp = { opened[leg].fingerprint } };

	msg.fp[0].digest[0] ^= !right;
	media_leg_fingerprints(media, &msg, MEDIA_FROM_SIP);
}

/* A new association on the ports that there are: the other number, and the same certificate again. */
static void renew(uint64_t leg, const struct addr *rtp, const struct addr *rtcp,
		  enum media_dtls_role role)
{
	struct media_leg_remote msg = { .leg = leg, .rtp = *rtp, .rtcp = rtcp ? *rtcp : *rtp,
					.mux = !rtcp, .role = role, .assoc = 1, .ask = 9 };
	struct media_leg_fingerprints fp = { .leg = leg, .count = 1, .ask = 9,
					     .fp = { opened[leg].fingerprint } };

	media_leg_remote(media, &msg);
	media_leg_fingerprints(media, &fp, MEDIA_FROM_SIP);
}

static void pair(uint64_t a, uint64_t b)
{
	struct media_leg_pair msg = { .a = a, .b = b };

	media_leg_pair(media, &msg);
}

static void end_leg(uint64_t leg)
{
	struct media_leg_close msg = { .leg = leg };

	media_leg_close(media, &msg);
	state[leg] = (struct media_leg_state){ 0 };
	failed[leg] = 0;
}

static void loop_until(uint64_t leg, enum media_state want)
{
	uint64_t end = clock_now() + DEADLINE_MS;

	while (state[leg].state != want && !failed[leg] && clock_now() < end)
		loop_turn(20);
}

static int phone(struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	addr_parse(a, "127.0.0.1", 0);
	len = addr_to_sockaddr(a, &ss);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, len))
		exit(1);
	len = sizeof(ss);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sockaddr(a, &ss);
	return fd;
}

static void say(int fd, const struct addr *to, const uint8_t *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t ss_len = addr_to_sockaddr(to, &ss);

	if (sendto(fd, data, len, 0, (struct sockaddr *)&ss, ss_len) < 0)
		printf("# sendto: %m\n");
}

/* The same octets within @ms? */
static bool heard(int fd, const uint8_t *want, size_t len, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t got[256];
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return false;
	n = recv(fd, got, sizeof(got), 0);
	return n == (ssize_t)len && !memcmp(got, want, len);
}

static void loop_until_other(uint64_t leg, uint32_t session)
{
	uint64_t end = clock_now() + DEADLINE_MS;

	while ((state[leg].rtp_session == session || state[leg].state != MEDIA_STATE_OPEN) &&
	       !failed[leg] && clock_now() < end)
		loop_turn(20);
}

static const uint8_t rtp[] = { 0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 'h', 'e', 'l', 'l', 'o', '!' };
static const uint8_t rtp2[] = { 0x80, 0, 0, 2, 0, 0, 1, 64, 1, 2, 3, 4, 'a', 'g', 'a', 'i', 'n', '!' };
static const uint8_t rtcp[] = { 0x80, 201, 0, 1, 1, 2, 3, 4 };	/* an empty receiver report */

static unsigned int sessions(struct nl_srtp *nl)
{
	struct nl_srtp_stats st = { 0 };

	nl_srtp_stats(nl, &st, NULL);
	return (unsigned int)st.sessions;
}

/* @mux: the first DTLS-SRTP leg muxes; plain phones never do. */
static void call(int a, int a_rtcp, int b, int b_rtcp, const struct addr *at, uint16_t profile,
		 bool mux)
{
	const char *name = nl_srtp_profile_name(profile);
	uint32_t old[2];

	for (uint64_t leg = 1; leg <= 4; leg++)
		open_leg(leg, true);
	remote(3, &at[0], &at[1], MEDIA_DTLS_ACTIVE);
	remote(4, &at[2], &at[3], MEDIA_DTLS_ACTIVE);
	pair(1, 3);
	pair(2, 4);
	fingerprint(1, true);
	fingerprint(2, true);
	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	tap(!heard(b, rtp, sizeof(rtp), 300), "%s, %s: held before the keys are there", name,
	       mux ? "muxed" : "two ports");
	remote(2, &opened[1].rtp, mux ? NULL : &opened[1].rtcp, MEDIA_DTLS_PASSIVE);
	remote(1, &opened[2].rtp, mux ? NULL : &opened[2].rtcp, MEDIA_DTLS_ACTIVE);
	loop_until(1, MEDIA_STATE_OPEN);
	loop_until(2, MEDIA_STATE_OPEN);
	tap(state[1].state == MEDIA_STATE_OPEN && state[2].state == MEDIA_STATE_OPEN &&
	       state[4].state == MEDIA_STATE_OPEN, "all legs open");
	tap(state[1].profile == profile && state[2].profile == profile, "%s was agreed", name);

	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	tap(heard(b, rtp, sizeof(rtp), 2000), "RTP from a to b");
	say(b, &opened[4].rtp, rtp, sizeof(rtp));
	tap(heard(a, rtp, sizeof(rtp), 2000), "RTP from b to a");
	say(a_rtcp, &opened[3].rtcp, rtcp, sizeof(rtcp));
	tap(heard(b_rtcp, rtcp, sizeof(rtcp), 2000), "RTCP from a to b");
	say(b_rtcp, &opened[4].rtcp, rtcp, sizeof(rtcp));
	tap(heard(a_rtcp, rtcp, sizeof(rtcp), 2000), "RTCP from b to a");

	loop_turn(20);
	tap(!media_stats(media)->userspace_packets, "none of it reached user space");

	old[0] = state[1].rtp_session;
	old[1] = state[2].rtp_session;
	/* The roles change, too. */
	renew(2, &opened[1].rtp, mux ? NULL : &opened[1].rtcp, MEDIA_DTLS_ACTIVE);
	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	tap(!heard(b, rtp, sizeof(rtp), 300), "a packet that was heard is a replay");
	say(a, &opened[3].rtp, rtp2, sizeof(rtp2));
	tap(heard(b, rtp2, sizeof(rtp2), 2000), "while new keys are being agreed the old ones do");
	renew(1, &opened[2].rtp, mux ? NULL : &opened[2].rtcp, MEDIA_DTLS_PASSIVE);
	loop_until_other(1, old[0]);
	loop_until_other(2, old[1]);
	tap(state[1].state == MEDIA_STATE_OPEN && state[2].state == MEDIA_STATE_OPEN &&
	       state[1].rtp_session != old[0] && state[2].rtp_session != old[1],
	       "a new association, new sessions, open");
	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	tap(heard(b, rtp, sizeof(rtp), 2000), "RTP from a to b under the new keys");
	say(b, &opened[4].rtp, rtp, sizeof(rtp));
	tap(heard(a, rtp, sizeof(rtp), 2000), "RTP from b to a under the new keys");
	say(b_rtcp, &opened[4].rtcp, rtcp, sizeof(rtcp));
	tap(heard(a_rtcp, rtcp, sizeof(rtcp), 2000), "RTCP, too");
	end_leg(1);
	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	tap(!heard(b, rtp, sizeof(rtp), 300), "held again when one leg is closed");
	for (uint64_t leg = 2; leg <= 4; leg++)
		end_leg(leg);
	loop_turn(0);
}

static void wrong_fingerprint(int a, int b, const struct addr *at)
{
	for (uint64_t leg = 1; leg <= 4; leg++)
		open_leg(leg, true);
	remote(3, &at[0], &at[1], MEDIA_DTLS_ACTIVE);
	remote(4, &at[2], &at[3], MEDIA_DTLS_ACTIVE);
	pair(1, 3);
	pair(2, 4);
	fingerprint(1, true);
	fingerprint(2, false);
	remote(2, &opened[1].rtp, NULL, MEDIA_DTLS_PASSIVE);
	remote(1, &opened[2].rtp, NULL, MEDIA_DTLS_ACTIVE);
	loop_until(2, MEDIA_STATE_OPEN);
	loop_until(1, MEDIA_STATE_OPEN);
	tap(failed[2] == -EACCES, "wrong fingerprint: refused");
	tap(failed[1] == -ECONNRESET, "and the other end hears of it");
	for (int i = 0; i < 20; i++) {
		say(a, &opened[3].rtp, rtp, sizeof(rtp));
		say(b, &opened[4].rtp, rtp, sizeof(rtp));
	}
	tap(!heard(b, rtp, sizeof(rtp), 300) && !heard(a, rtp, sizeof(rtp), 300),
	       "no packet passed in either direction");
	for (uint64_t leg = 1; leg <= 4; leg++)
		end_leg(leg);
}

static void rule_missing(int a)
{
	open_leg(3, false);
	if (system("iptables -t mangle -F PREROUTING"))
		exit(1);
	say(a, &opened[3].rtp, rtp, sizeof(rtp));
	for (int i = 0; i < 50 && !media_stats(media)->userspace_packets; i++)
		loop_turn(20);
	tap(media_stats(media)->userspace_packets == 1, "without the rule it is noticed");
	end_leg(3);
}

int main(void)
{
	static const uint16_t profiles[] = {
		SRTP_PROFILE_AEAD_AES_128_GCM, SRTP_PROFILE_AEAD_AES_128_GCM,
		SRTP_PROFILE_AES128_CM_SHA1_80, SRTP_PROFILE_AES128_CM_SHA1_80,
		SRTP_PROFILE_AEAD_AES_256_GCM, SRTP_PROFILE_AES128_CM_SHA1_32,
	};
	struct dtls_cert cert = { 0 };
	struct datapath *dp = NULL;
	struct nl_srtp *nl = NULL;
	struct addr at[4];
	int fd[4];
	struct err e = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open("media_kernel", "media");
	log_set_level(LOG_LVL_WARN);
	side(&conf.side[0], "plain", MEDIA_PLAIN, 16400);
	side(&conf.side[1], "secure", MEDIA_DTLS, 24600);
	conf.nsides = 2;
	conf.max_calls = 10;
	conf.media_idle_timeout = 60;
	conf.handshake_timeout = 5;
	for (int i = 0; i < 4; i++)
		fd[i] = phone(&at[i]);
	if (secret_init(65536) || loop_init(&e) || dtls_cert_make(&cert, &e) ||
	    datapath_kernel_open(&dp, &e) || nl_srtp_open(&nl, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < 6; i++) {
		conf.side[1].profiles[0] = profiles[i];
		conf.side[1].nprofiles = 1;
		media = media_new(&conf, &cert, &ops, NULL, &e);
		if (!media)
			bail("%s", err_text(&e));
		media_use(media, dp, NULL);
		call(fd[0], fd[1], fd[2], fd[3], at, profiles[i], i & 1);
		if (i == 5) {
			wrong_fingerprint(fd[0], fd[2], at);
			rule_missing(fd[0]);
		}
		open_leg(1, true);
		open_leg(3, true);
		tap(sessions(nl) == 4, "sessions of the legs that are there");
		media_free(media);
		tap(sessions(nl) == 0, "none when media ends");
		for (int leg = 0; leg < 8; leg++) {
			state[leg] = (struct media_leg_state){ 0 };
			failed[leg] = 0;
		}
	}
	dp->ops->close(dp);
	nl_srtp_close(nl);
	dtls_cert_free(&cert);
	loop_fini();
	tap(secret_in_use() == 0, "no key is left");
	return tap_done();
}
