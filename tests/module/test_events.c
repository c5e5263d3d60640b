// SPDX-License-Identifier: GPL-2.0-or-later
/* Events of the packet path: first packets, moved addresses, storms and their rate limit. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define BURST		1000	/* a storm is 256 in a second */
#define SLOW_PAIRS	10
#define QUIET_MS	5000	/* between two events of one storm */

static struct nl_event *events;

struct heard {
	struct { enum srtp_event what; uint32_t id; struct nl_srtp_note note; } e[32];
	size_t n;
};

static void hear(const struct nlmsghdr *nlh, void *arg)
{
	struct heard *h = arg;
	struct nl_srtp_report r;
	enum srtp_event what;

	if (nl_srtp_event_parse(nlh, &what, &r) || h->n == 32)
		bail("an event that is none, or too many");
	if (what == SRTP_EVENT_NEW || what == SRTP_EVENT_SET || what == SRTP_EVENT_DEL)
		return;
	h->e[h->n].what = what;
	h->e[h->n].note = r.note;
	h->e[h->n++].id = r.session.id;
}

/* What has been told since; an event is there before the packet that it is about. */
static struct heard heard(void)
{
	struct heard h = { 0 };
	struct err e = { 0 };

	if (nl_event_read(events, hear, &h, &e) < 0)
		bail("%s", err_text(&e));
	for (size_t i = 0; i < h.n; i++)
		diag("%s of session %u", nl_srtp_event_name(h.e[i].what), h.e[i].id);
	return h;
}

static bool first(const struct heard *h, const struct side *s, bool tx, uint32_t ssrc)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += h->e[i].what == SRTP_EVENT_FIRST && h->e[i].id == s->id &&
		     h->e[i].note.tx == tx && h->e[i].note.ssrc == ssrc;
	return n == 1;
}

static void test_first(int af, uint16_t profile)
{
	uint8_t key[KEY_LEN], rtcp[PACKET_MAX];
	struct heard h;
	struct pair p;
	size_t len;
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	heard();
	len = rtcp_build(rtcp, p.a.ssrc, 1, 0);
	side_send(&p.a, rtcp, len);
	ok = side_got(&p.b, rtcp, len) && heard().n == 0;
	tap(ok, "%s %s: RTCP is no first packet", af_name(af), suite_name(profile));
	ok = passes(&p.a, &p.b);
	h = heard();
	tap(ok && h.n == 2 && first(&h, &p.a, false, p.a.ssrc) && first(&h, &p.b, true, p.a.ssrc),
	    "%s %s: the first packet is told, received here and sent there", af_name(af),
	    suite_name(profile));
	ok = passes(&p.b, &p.a);
	h = heard();
	tap(ok && h.n == 2 && first(&h, &p.b, false, p.b.ssrc) && first(&h, &p.a, true, p.b.ssrc),
	    "%s %s: and so the other way", af_name(af), suite_name(profile));
	/* Another SSRC and another key start nothing. */
	p.a.ssrc++;
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);
	random_key(key);
	side_set(&p.a, (struct nl_srtp_session){ .given = NL_SRTP_RX,
						 .rx = side_crypto(profile, key, 0) });
	phone_update(p.a.send, profile, key, true);
	ok = ok && passes(&p.a, &p.b) && passes(&p.a, &p.b);
	tap(ok && heard().n == 0, "%s %s: once, whatever SSRC and key become", af_name(af),
	    suite_name(profile));
	pair_close(&p);
}

static void test_remote(int af, uint16_t profile)
{
	const struct nl_srtp_session latch = { .given = NL_SRTP_LATCH,
					       .latch = SRTP_LATCH_AUTHENTICATED };
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct addr moved = host_addr(af, 'a', 50000);
	size_t told = 0, n, len;
	struct heard h;
	struct pair p;
	bool ok;
	int fd;

	pair_open(&p, af, profile, PLAIN, &latch);
	fd = udp_open(NS_A, &moved);
	ok = passes(&p.a, &p.b);
	heard();
	for (int i = 0; i < 20; i++) {
		n = rtp_simple(plain, p.a.ssrc, p.a.seq++);
		memcpy(wire, plain, n);
		len = side_protect(&p.a, wire, n);
		udp_send(i % 2 ? p.a.fd : fd, &p.a.local, wire, len);
		ok = ok && side_got(&p.b, plain, n);
	}
	h = heard();
	for (size_t i = 0; i < h.n; i++)
		told += h.e[i].what == SRTP_EVENT_REMOTE;
	tap(ok && h.n && told >= 1 && told < 20 && h.e[0].what == SRTP_EVENT_REMOTE &&
	    h.e[0].note.has_old && addr_equal(&h.e[0].note.old, &p.a.far),
	    "%s %s: a moved address is told with the old one, and one that hops not each time (%zu)",
	    af_name(af), suite_name(profile), told);
	close(fd);
	pair_close(&p);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* @n times the same octets: each dropped for one reason. All are counted when it returns. */
static void burst(struct pair *p, const uint8_t *wire, size_t len, int n, enum srtp_drop why)
{
	uint64_t before = side_stats(&p->a).drops[why];

	for (int i = 0; i < n; i++)
		side_send_raw(&p->a, wire, len);
	for (uint64_t end = now_ms() + DEADLINE_MS; now_ms() < end; usleep(1000))
		if (side_stats(&p->a).drops[why] == before + (uint64_t)n)
			return;
	bail("%d packets were sent, %llu dropped", n,
	     (unsigned long long)(side_stats(&p->a).drops[why] - before));
}

/* The storm's event, if it was told exactly once; else NULL. */
static const struct nl_srtp_note *storm(const struct heard *h, const struct pair *p,
					enum srtp_drop why)
{
	if (h->n != 1 || h->e[0].what != SRTP_EVENT_STORM || h->e[0].id != p->a.id ||
	    h->e[0].note.drop != why)
		return NULL;
	return &h->e[0].note;
}

/* Bursts until something is told: on a slow machine one takes too long to be a storm. */
static uint64_t burst_until_told(struct pair *p, const uint8_t *wire, size_t len,
				 enum srtp_drop why, struct heard *h)
{
	uint64_t sent = 0;

	do {
		burst(p, wire, len, BURST, why);
		sent += BURST;
		*h = heard();
	} while (!h->n && sent < 10 * BURST);
	return sent;
}

static void test_storm(struct pair *p, enum srtp_drop why, const uint8_t *wire, size_t len)
{
	const struct nl_srtp_note *n;
	uint64_t told, began, ended, sent = 200;
	struct heard h;
	bool quiet;

	burst(p, wire, len, 200, why);
	quiet = heard().n == 0;
	tap(quiet, "%s: 200 packets are no storm", nl_srtp_drop_name(why));
	began = now_ms();
	sent += burst_until_told(p, wire, len, why, &h);
	ended = now_ms();
	n = storm(&h, p, why);
	told = n ? n->packets : 0;
	tap(n && told >= 256 && told <= sent, "%s: %d more are, told once with a count (%llu)",
	    nl_srtp_drop_name(why), BURST, (unsigned long long)told);
	if (why != SRTP_DROP_AUTH)
		return;
	burst(p, wire, len, BURST, why);
	sent += BURST;
	quiet = heard().n == 0;
	tap(quiet || now_ms() - began >= QUIET_MS, "%s: for five seconds that is it",
	    nl_srtp_drop_name(why));
	while (now_ms() - ended < QUIET_MS + 100)
		usleep(50000);
	sent += burst_until_told(p, wire, len, why, &h);
	n = storm(&h, p, why);
	tap(n && n->packets > BURST && told + n->packets <= sent,
	    "%s: then the next event, with all since the last (%llu)", nl_srtp_drop_name(why),
	    (unsigned long long)(n ? n->packets : 0));
}

static void test_storms(void)
{
	uint8_t old[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_stats st;
	struct err e = { 0 };
	struct pair p;
	size_t len;
	bool ok;

	pair_open(&p, AF_INET, GCM, PLAIN, NULL);
	len = rtp_simple(old, p.a.ssrc, p.a.seq);
	ok = passes(&p.a, &p.b);
	/* That packet once more, as the phone sent it. */
	p.a.seq++;
	len = rtp_simple(old, p.a.ssrc, p.a.seq);
	memcpy(wire, old, len);
	len = side_protect(&p.a, wire, len);
	side_send_raw(&p.a, wire, len);
	ok = ok && side_got(&p.b, old, len - 16);
	heard();
	test_storm(&p, SRTP_DROP_REPLAY, wire, len);
	p.a.seq = (uint16_t)(p.a.seq + 1000);
	ok = ok && passes(&p.a, &p.b);
	test_storm(&p, SRTP_DROP_OLD, wire, len);
	p.a.seq++;
	len = rtp_simple(wire, p.a.ssrc, p.a.seq);
	len = side_protect(&p.a, wire, len);
	wire[20] ^= 1;
	test_storm(&p, SRTP_DROP_AUTH, wire, len);
	p.a.seq++;
	ok = ok && passes(&p.a, &p.b);
	tap(ok && !nl_srtp_stats(gw, &st, &e) && st.events_lost == 0, "media passed all the time, and no event was lost");
	pair_close(&p);
}

static void test_mki_storm(void)
{
	uint8_t wire[PACKET_MAX], key[KEY_LEN];
	struct nl_srtp_session set = { .given = NL_SRTP_RX };
	struct pair p;
	size_t len;

	pair_open(&p, AF_INET, CM, PLAIN, NULL);
	random_key(key);
	set.rx = side_crypto(CM, key, 0);
	set.rx.mki_len = 4;
	memcpy(set.rx.mki, "mki1", 4);
	side_set(&p.a, set);
	heard();
	len = rtp_simple(wire, p.a.ssrc, 1);
	len = side_protect(&p.a, wire, len);
	test_storm(&p, SRTP_DROP_MKI, wire, len);
	pair_close(&p);
}

static void count(const struct nlmsghdr *nlh, void *arg)
{
	(void)nlh;
	++*(unsigned int *)arg;
}

struct census {
	unsigned int sessions, spoke;
	uint32_t gone;
	bool saw_gone;
};

static int take_census(const struct nl_srtp_report *r, void *arg)
{
	struct census *c = arg;

	c->sessions++;
	c->spoke += r->stats.rx_packets == 1 && r->stats.tx_packets == 1;
	c->saw_gone |= r->session.id == c->gone;
	return 0;
}

/* Who does not read while packets have much to tell is told that, and learns the rest by a dump. */
static void test_slow_listener(void)
{
	static struct pair p[SLOW_PAIRS];
	unsigned int told = 0, early = 0, late = 0;
	struct census all = { 0 };
	struct nl_srtp_stats st;
	struct nl_event *slow;
	struct err e = { 0 };
	int small = 4096, rc;
	bool ok = true;

	for (int i = 0; i < SLOW_PAIRS; i++) {
		pair_open(&p[i], i % 2 ? AF_INET6 : AF_INET, GCM, PLAIN, NULL);
		heard();
	}
	if (nl_srtp_events_open(&slow, &e) ||
	    setsockopt(nl_event_fd(slow), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)))
		bail("a small socket: %s", err_text(&e));
	for (int i = 0; i < SLOW_PAIRS && ok; i++) {
		ok = passes(&p[i].a, &p[i].b) && passes(&p[i].b, &p[i].a);
		told += (unsigned int)heard().n;
	}
	all.gone = p[0].a.id;
	pair_close(&p[0]);
	heard();
	tap(ok && told == 4 * SLOW_PAIRS, "one listener does not read: packets pass, another is told all");
	rc = nl_event_read(slow, count, &early, &e);
	tap(rc == -ENOBUFS && early == 0, "it is told that it has lost events, before anything else: %s",
	    err_text(&e));
	rc = nl_event_read(slow, count, &early, &e);
	ok = !nl_srtp_session_dump(gw, 0, take_census, &all, &e) && !nl_srtp_stats(gw, &st, &e);
	if (rc < 1 || early >= told || st.events_lost)
		ok = diag("it read %d events late, and the kernel lost %llu", rc,
			  (unsigned long long)st.events_lost);
	tap(ok && all.sessions == 2 * (SLOW_PAIRS - 1) && all.spoke == all.sessions && !all.saw_gone,
	    "a dump tells it the rest: who has spoken, and who is gone");
	pair_close(&p[1]);
	heard();
	rc = nl_event_read(slow, count, &late, &e);
	tap(rc >= 2 && late == (unsigned int)rc, "and from then on it hears again");
	for (int i = 2; i < SLOW_PAIRS; i++)
		pair_close(&p[i]);
	nl_event_close(slow);
}

int main(void)
{
	struct err e = { 0 };

	gw_begin();
	if (nl_srtp_events_open(&events, &e))
		bail("%s", err_text(&e));
	test_first(AF_INET, CM);
	test_first(AF_INET6, GCM);
	test_remote(AF_INET, GCM);
	test_remote(AF_INET6, CM);
	test_storms();
	test_mki_storm();
	test_slow_listener();
	nl_event_close(events);
	return tap_done();
}
