// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic as fast as it goes, while something happens to what it goes through.
 *
 *	flood traffic MS [program]
 *		packets of relayed calls both ways and to sessions without peer, of which one tries
 *		two keys on each packet; with "program", also from a program of the gateway's.
 *		Prints "ready" and how many packets were completed later; ends after MS.
 *	flood churn MS
 *		sessions are made, re-keyed, held, opened and deleted meanwhile; TAP
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define CALLS 4
#define ALONE 2
#define SLOW_MS 60000	/* more that churn may take */

static struct pair calls[CALLS];
static struct side alone[ALONE];	/* sessions without peer */
static int program[ALONE];		/* sockets at their addresses, or -1 */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void send_quietly(struct side *s)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } p;
	struct sockaddr_storage ss;
	size_t len = rtp_simple(p.data, s->ssrc, s->seq++);

	len = side_protect(s, p.data, len);
	/* The way may be gone while we send: that is the point. */
	sendto(s->fd, p.data, len, MSG_DONTWAIT, (struct sockaddr *)&ss,
	       addr_to_sockaddr(&s->local, &ss));
}

static void drain(struct side *s)
{
	uint8_t p[PACKET_MAX];

	while (recv(s->fd, p, sizeof(p), MSG_DONTWAIT) > 0)
		;
}

static void send_as_program(int i)
{
	uint8_t p[PACKET_MAX];
	struct sockaddr_storage ss;
	static uint16_t seq;
	size_t len = rtp_simple(p, 77, seq++);

	sendto(program[i], p, len, MSG_DONTWAIT, (struct sockaddr *)&ss,
	       addr_to_sockaddr(&alone[i].far, &ss));
	while (recv(program[i], p, sizeof(p), MSG_DONTWAIT) > 0)
		;
}

/* Tells the senders, which are processes of their own, that it is enough. */
static volatile int *over;

static pid_t start_sender(int from_a, long until)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (now_ms() < until && !*over) {
		for (int i = 0; i < CALLS; i++) {
			send_quietly(from_a ? &calls[i].a : &calls[i].b);
			drain(from_a ? &calls[i].a : &calls[i].b);
		}
		for (int i = 0; i < ALONE; i++) {
			if (from_a && alone[i].id) {
				send_quietly(&alone[i]);
				drain(&alone[i]);
			} else if (alone[i].id && program[i] >= 0) {
				send_as_program(i);
			}
		}
	}
	_exit(0);
}

static void open_calls(void)
{
	static const struct { int af; uint16_t a, b; } kinds[CALLS] = {
		{ AF_INET, CM, PLAIN }, { AF_INET6, GCM, PLAIN },
		{ AF_INET, GCM, CM }, { AF_INET6, CM, GCM },
	};

	for (int i = 0; i < CALLS; i++)
		pair_open(&calls[i], kinds[i].af, kinds[i].a, kinds[i].b, NULL);
}

/*
 * The second has got its next key, and goes on with the one before: each packet is tried
 * with the new one first.
 */
static void open_alone(bool with_program)
{
	struct nl_srtp_session open = { .given = NL_SRTP_STATE, .state = SRTP_STATE_OPEN };
	struct nl_srtp_session next = { .given = NL_SRTP_RX_NEXT };
	uint8_t key[KEY_LEN], p[PACKET_MAX];
	struct nl_srtp_report r;
	srtp_t old;

	for (int i = 0; i < ALONE; i++) {
		side_open(&alone[i], i ? AF_INET : AF_INET6, 'a', i ? CM : GCM, NULL);
		side_set(&alone[i], open);
		program[i] = with_program ? udp_open(NS_G, &alone[i].local) : -1;
	}
	random_key(key);
	next.rx_next = side_crypto(CM, key, 0);
	side_set(&alone[1], next);
	old = alone[1].send;
	alone[1].send = phone_srtp(CM, key, true);
	side_send(&alone[1], p, rtp_simple(p, 78, 1));
	do
		r = side_report(&alone[1]);
	while (!(r.session.given & NL_SRTP_RX_OLD));
	srtp_dealloc(alone[1].send);
	alone[1].send = old;
}

static void again(struct side *s, const struct side *peer)
{
	struct nl_srtp_session want = {
		.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_STATE |
			 NL_SRTP_PEER,
		.local = s->local, .remote = s->far, .state = SRTP_STATE_OPEN, .peer = peer->id,
		.rx = side_crypto(s->profile, s->rx, 0), .tx = side_crypto(s->profile, s->tx, 0),
	};
	struct nl_srtp_session back = { .given = NL_SRTP_PEER };
	struct err e = { 0 };

	if (nl_srtp_session_del(gw, &s->id, 1, &e) ||
	    nl_srtp_session_new(gw, &want, 1, &s->id, &e))
		bail("%s", err_text(&e));
	back.peer = s->id;
	side_set(peer, back);
}

/* Until @until, or longer on a slow machine, where little has happened by then. */
static void churn(long until)
{
	const long last = until + SLOW_MS;
	struct nl_srtp_session state = { .given = NL_SRTP_STATE };
	unsigned long rounds = 0;
	struct nl_srtp_stats st = { 0 };
	struct err e = { 0 };

	while (now_ms() < until || ((rounds <= 40 || st.rx_packets <= 500) && now_ms() < last)) {
		struct pair *p = &calls[rounds % CALLS];
		struct nl_srtp_session keys = { .given = NL_SRTP_RX | NL_SRTP_TX };

		switch (rounds++ / CALLS % 4) {
		case 0:
			again(&p->a, &p->b);
			break;
		case 1:
			again(&p->b, &p->a);
			break;
		case 2:
			random_key(p->b.rx);
			random_key(p->b.tx);
			keys.rx = side_crypto(p->b.profile, p->b.rx, 0);
			keys.tx = side_crypto(p->b.profile, p->b.tx, 0);
			side_set(&p->b, keys);
			break;
		case 3:
			state.state = SRTP_STATE_HELD;
			side_set(&p->a, state);
			state.state = SRTP_STATE_OPEN;
			side_set(&p->a, state);
			break;
		}
		if (nl_srtp_stats(gw, &st, &e))
			bail("%s", err_text(&e));
	}
	tap(rounds > 40 && st.rx_packets > 500,
	    "%lu changes of sessions under %llu packets", rounds,
	    (unsigned long long)st.rx_packets);
}

int main(int argc, char **argv)
{
	bool is_churn = argc == 3 && !strcmp(argv[1], "churn");
	bool with_program = argc == 4 && !strcmp(argv[3], "program");
	pid_t a, b;
	long until;
	int st_a, st_b;

	if ((argc != 3 && !with_program) || (!is_churn && strcmp(argv[1], "traffic"))) {
		fputs("usage: flood churn|traffic MILLISECONDS [program]\n", stderr);
		return 2;
	}
	gw_begin();
	open_calls();
	if (!is_churn)
		open_alone(with_program);
	over = mmap(NULL, sizeof(*over), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (over == MAP_FAILED)
		return 1;
	until = now_ms() + atol(argv[2]);
	a = start_sender(1, is_churn ? until + SLOW_MS : until);
	b = start_sender(0, is_churn ? until + SLOW_MS : until);
	if (is_churn) {
		churn(until);
		*over = 1;
	} else {
		struct nl_srtp_stats st = { 0 };

		/* Say so once packets flow. */
		while (st.tx_packets < 200 && now_ms() < until)
			if (nl_srtp_stats(gw, &st, NULL))
				return 1;
		nl_srtp_close(gw);
		printf("ready %llu\n", (unsigned long long)st.async);
		fflush(stdout);
		for (int i = 0; i < ALONE; i++)
			close(program[i]);
		/* Let go of the namespace, so that it can end before we do. */
		ns_enter(NS_A);
	}
	waitpid(a, &st_a, 0);
	waitpid(b, &st_b, 0);
	if (is_churn) {
		tap(st_a == 0 && st_b == 0, "the senders ended well");
		for (int i = 0; i < CALLS; i++)
			pair_close(&calls[i]);
		return tap_done();
	}
	return 0;
}
