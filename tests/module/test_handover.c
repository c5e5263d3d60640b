// SPDX-License-Identifier: GPL-2.0-or-later
/* Where streams are, read and set: a call handed over; and keys that must not come back. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define SSRC 0x0a0b0c0d

static bool rtcp_both(struct pair *p, uint32_t n)
{
	uint8_t pkt[PACKET_MAX];
	size_t len = rtcp_build(pkt, SSRC, n, 3);
	bool ok;

	side_send(&p->a, pkt, len);
	ok = side_got(&p->b, pkt, len);
	len = rtcp_build(pkt, SSRC + 1, n, 4);
	side_send(&p->b, pkt, len);
	return ok && side_got(&p->a, pkt, len);
}

struct packet {
	uint8_t plain[256], wire[512];
	size_t plain_len, wire_len;
};

static void make(struct side *s, struct packet *p, uint16_t seq)
{
	p->plain_len = rtp_simple(p->plain, SSRC, seq);
	memcpy(p->wire, p->plain, p->plain_len);
	p->wire_len = side_protect(s, p->wire, p->plain_len);
}

static bool arrives(struct pair *p, const struct packet *pkt)
{
	side_send_raw(&p->a, pkt->wire, pkt->wire_len);
	return side_got(&p->b, pkt->plain, pkt->plain_len);
}

struct list {
	struct nl_srtp_stream s[8];
	size_t n;
};

static int on_stream(const struct nl_srtp_stream *s, void *arg)
{
	struct list *l = arg;

	if (l->n < 8)
		l->s[l->n++] = *s;
	return 0;
}

/* A call goes on in a session that is told where its streams were. */
static void test_hand_over(uint16_t profile)
{
	struct nl_srtp_session open = { .given = NL_SRTP_PEER | NL_SRTP_STATE,
					.state = SRTP_STATE_OPEN };
	struct nl_srtp_session again = { .given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX |
						  NL_SRTP_TX };
	const char *name = suite_name(profile);
	struct nl_srtp_stream back;
	struct list l = { .n = 0 };
	struct packet pkt;
	struct err e = { 0 };
	struct pair p;
	bool ok = true;
	int rc;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	for (uint32_t i = 65530; i < 65540 && ok; i++) {
		make(&p.a, &pkt, (uint16_t)i);
		ok = arrives(&p, &pkt);
		p.b.seq = (uint16_t)i;
		ok = ok && passes(&p.b, &p.a);
	}
	ok = ok && rtcp_both(&p, 1) && !nl_srtp_stream_dump(gw, p.a.id, on_stream, &l, &e);
	ok = ok && l.n == 3;
	for (size_t i = 0; i < l.n; i++) {
		const struct nl_srtp_stream *x = &l.s[i];

		/* libsrtp counts SRTCP from 1, we from 0. */
		ok = ok && (!x->tx ? x->ssrc == SSRC && x->roc == 1 && x->seq == 3 &&
			    x->rtcp_index == 1 : x->ssrc == p.b.ssrc ? x->roc == 1 && x->seq == 3 &&
			    x->rtcp_index == -1 : x->ssrc == SSRC + 1 && x->roc == 0 &&
			    x->seq == -1 && x->rtcp_index == 0);
	}
	tap(ok, "%s: where streams are is told: ROC, sequence number, SRTCP index", name);
	nl_srtp_session_del(gw, &p.a.id, 1, NULL);
	again.local = p.a.local;
	again.remote = p.a.far;
	again.rx = side_crypto(profile, p.a.rx, 0);
	again.tx = side_crypto(profile, p.a.tx, 0);
	again.streams = l.s;
	for (size_t i = 0; i < l.n; i++)
		if (l.s[i].tx && l.s[i].seq < 0)
			l.s[i].seq = 0;		/* RTCP alone: any will do */
	again.nstreams = l.n;
	rc = nl_srtp_session_new(gw, &again, 1, &p.a.id, &e);
	if (profile == GCM) {
		tap(rc == -EEXIST, "%s: a key that has been sent with does not come back", name);
		random_key(p.a.tx);
		rc = nl_srtp_session_new(gw, &again, 1, &p.a.id, &e);
		phone_update(p.a.recv, profile, p.a.tx, false);
	}
	if (rc)
		bail("%s", err_text(&e));
	open.peer = p.b.id;
	side_set(&p.a, open);
	open.peer = p.a.id;
	side_set(&p.b, open);
	side_send_raw(&p.a, pkt.wire, pkt.wire_len);
	make(&p.a, &pkt, 4);
	p.b.seq = 4;
	ok = arrives(&p, &pkt) && passes(&p.b, &p.a) && rtcp_both(&p, 2);
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_REPLAY, 1 })),
	    "%s: a session that is told so goes on where they were; a replay stays one", name);
	back = (struct nl_srtp_stream){ .ssrc = p.b.ssrc, .tx = true, .roc = 1, .seq = 3,
					.rtcp_index = -1 };
	again = (struct nl_srtp_session){ .given = NL_SRTP_ID, .id = p.a.id, .streams = &back,
					  .nstreams = 1 };
	rc = nl_srtp_session_set(gw, &again, 1, &e);
	back.roc = 0;
	tap(rc == -EEXIST && nl_srtp_session_set(gw, &again, 1, &e) == -EEXIST,
	    "%s: a stream is not moved back", name);
	back.roc = 7;
	back.seq = 100;
	ok = !nl_srtp_session_set(gw, &again, 1, &e);
	p.b.seq = 90;
	side_next(&p.b, NULL);
	l.n = 0;
	nl_srtp_stream_dump(gw, p.a.id, on_stream, &l, &e);
	for (size_t i = 0; i < l.n; i++)
		if (l.s[i].tx && l.s[i].ssrc == p.b.ssrc)
			ok = ok && l.s[i].roc == 7 && l.s[i].seq == 100;
	tap(ok && drops_are(&p.a, DROPS({ SRTP_DROP_REPLAY, 1 }, { SRTP_DROP_REUSE, 1 })),
	    "%s: moved forward it is, and what lies before counts as used", name);
	pair_close(&p);
}

/* RFC 7714 section 8.4: whatever the caller does. */
static void test_no_reuse(uint16_t profile)
{
	struct nl_srtp_session set = { .given = NL_SRTP_ID | NL_SRTP_TX };
	uint8_t other[3][KEY_LEN], first[KEY_LEN];
	struct pair p, q;
	int rc[3];
	bool ok = true;

	pair_open(&p, AF_INET, profile, PLAIN, NULL);
	pair_open(&q, AF_INET, profile, PLAIN, NULL);
	memcpy(first, p.a.tx, KEY_LEN);
	set.id = q.a.id;
	set.tx = side_crypto(profile, first, 0);
	rc[0] = nl_srtp_session_set(gw, &set, 1, NULL);
	set.id = p.a.id;
	for (int i = 0; i < 3; i++) {
		random_key(other[i]);
		set.tx = side_crypto(profile, other[i], 0);
		ok = ok && !nl_srtp_session_set(gw, &set, 1, NULL);
	}
	set.tx = side_crypto(profile, first, 0);
	rc[1] = nl_srtp_session_set(gw, &set, 1, NULL);
	pair_close(&p);
	set.id = q.a.id;
	rc[2] = nl_srtp_session_set(gw, &set, 1, NULL);
	tap(ok && rc[0] == -EEXIST && rc[1] == -EEXIST && rc[2] == -EEXIST,
	    "%s: a transmit key is refused in another session, after three others, after its session",
	    suite_name(profile));
	set.given |= NL_SRTP_RX;
	set.rx = side_crypto(profile, first, 0);
	random_key(other[0]);
	set.tx = side_crypto(profile, other[0], 0);
	set.rx.limit_rtp = ~0ull;	/* refused for that; the transmit key must not suffer */
	rc[0] = nl_srtp_session_set(gw, &set, 1, NULL);
	set.rx.limit_rtp = 0;
	rc[1] = nl_srtp_session_set(gw, &set, 1, NULL);
	tap(rc[0] == -ERANGE && rc[1] == 0,
	    "%s: receiving with it is no harm; a refused request uses up no key", suite_name(profile));
	pair_close(&q);
}

/* In a namespace that then ends: is the key refused, as transmit key of a session? */
static int elsewhere(const uint8_t *key)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct nl_srtp_session s = { .given = NL_SRTP_LOCAL | NL_SRTP_TX,
					     .local = host_addr(AF_INET, 'g', 20000),
					     .tx = side_crypto(GCM, key, 0) };
		struct nl_srtp *c;
		uint32_t id;

		if (unshare(CLONE_NEWNET) || nl_srtp_open(&c, NULL))
			_exit(255);
		_exit(-nl_srtp_session_new(c, &s, 1, &id, NULL));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 255)
		bail("another namespace");
	return -WEXITSTATUS(status);
}

/* A key knows nothing of namespaces. */
static void test_no_reuse_elsewhere(void)
{
	struct nl_srtp_session set = { .given = NL_SRTP_ID | NL_SRTP_TX };
	uint8_t key[KEY_LEN];
	struct pair p;
	bool ok = true;
	int rc[3];

	pair_open(&p, AF_INET, GCM, PLAIN, NULL);
	rc[0] = elsewhere(p.a.tx);
	random_key(key);
	rc[1] = elsewhere(key);
	set.id = p.a.id;
	set.tx = side_crypto(GCM, key, 0);
	/* That namespace is going, in its own time, and then gone. */
	for (int i = 0; i < 30; i++) {
		ok = ok && nl_srtp_session_set(gw, &set, 1, NULL) == -EEXIST;
		usleep(100000);
	}
	rc[2] = elsewhere(key);
	tap(rc[0] == -EEXIST && rc[1] == 0 && ok && rc[2] == -EEXIST,
	    "a transmit key is refused in another namespace, and after a namespace has ended with it");
	pair_close(&p);
}

#define MANY 900
#define FEW 50		/* as many go into one request */

static struct nl_srtp_stream many[MANY];
static uint8_t told[2][MANY];
static struct side *changing;

static int on_one_of_many(const struct nl_srtp_stream *s, void *arg)
{
	struct nl_srtp_session set = { .given = NL_SRTP_RX | NL_SRTP_TX };
	unsigned int *n = arg;

	/* The end of the dump is not made yet: new keys bring every stream to a new place. */
	if (*n == 0) {
		random_key(changing->rx);
		random_key(changing->tx);
		set.rx = side_crypto(changing->profile, changing->rx, 0);
		set.tx = side_crypto(changing->profile, changing->tx, 0);
		side_set(changing, set);
	}
	(*n)++;
	if (s->ssrc - 1 < MANY)
		told[s->tx][s->ssrc - 1]++;
	return 0;
}

static void test_many(void)
{
	struct nl_srtp_session set = { .given = NL_SRTP_ID, .streams = many, .nstreams = FEW };
	struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = FEW - 1 };
	unsigned int n = 0, once = 0;
	struct nl_srtp *dumper;
	struct err e = { 0 };
	struct pair p;
	int rc;

	pair_open(&p, AF_INET, CM, PLAIN, &extra);
	for (uint32_t i = 0; i < MANY; i++)
		many[i] = (struct nl_srtp_stream){ .ssrc = i + 1, .seq = 1, .rtcp_index = -1 };
	set.id = p.a.id;
	rc = nl_srtp_session_set(gw, &set, 1, &e);
	tap(rc == -ENOSPC && side_report(&p.a).rx_streams == 0,
	    "one stream more than there may be: the request is refused, and nothing done");
	pair_close(&p);
	extra.max_streams = MANY;
	pair_open(&p, AF_INET, CM, PLAIN, &extra);
	set.id = p.a.id;
	for (rc = 0; !rc && set.streams < many + MANY; set.streams += FEW) {
		rc = nl_srtp_session_set(gw, &set, 1, &e);
		for (int i = 0; i < FEW; i++)
			many[set.streams - many + i].tx = true;
		rc = rc ?: nl_srtp_session_set(gw, &set, 1, &e);
	}
	if (rc || nl_srtp_open(&dumper, &e))
		bail("%s", err_text(&e));
	changing = &p.a;
	if (nl_srtp_stream_dump(dumper, p.a.id, on_one_of_many, &n, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < MANY; i++)
		once += (told[0][i] == 1) + (told[1][i] == 1);
	tap(n == 2 * MANY && once == 2 * MANY && side_report(&p.a).rx_streams == MANY,
	    "a dump of %u streams, %u of %d told once, with new keys half-way", n, once, 2 * MANY);
	nl_srtp_close(dumper);
	pair_close(&p);
}

int main(void)
{
	gw_begin();
	test_hand_over(CM);
	test_hand_over(GCM);
	test_no_reuse(GCM);
	test_no_reuse(SRTP_PROFILE_AEAD_AES_256_GCM);
	test_no_reuse_elsewhere();
	test_many();
	return tap_done();
}
