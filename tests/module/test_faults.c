// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that runs out, on a kernel with fault injection (`make debug-check`): the first
 * allocation of a request fails, then the second, ... until a request meets none that fails.
 * Each is done whole or not at all.  Then random failures while packets pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define RTP_HEADER 12
#define OWNER 0x6661756c74ull
#define MOST 2000	/* allocations of a request, far more than there are */

static void put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

/* Open all the time: opening allocates, too. */
static int nth = -1;

/* Which of this thread's allocations fails, counted from now; 0 for none. */
static void fail_nth(int n)
{
	char value[16];
	int len = snprintf(value, sizeof(value), "%d", n);

	if (pwrite(nth, value, (size_t)len, 0) != len)
		bail("fail-nth: %s", strerror(errno));
}

/* Has it come to that?  What is left of the count is taken back. */
static bool has_failed(void)
{
	char value[16] = "";
	bool ok = pread(nth, value, sizeof(value) - 1, 0) > 0;

	fail_nth(0);
	if (!ok)
		bail("fail-nth cannot be read");
	return atoi(value) == 0;
}

static void prepare(void)
{
	static const char *const which[] = { "failslab", "fail_page_alloc" };
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", which[i]);
		if (access(path, F_OK))
			bail("a kernel without %s", which[i]);
		/* Its own report of each failure would look like a kernel's complaint. */
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", which[i]);
		put(path, "0");
		/* Requests may wait for memory, so that is what fails. */
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", which[i]);
		put(path, "N");
	}
	put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth < 0)
		bail("fail-nth: %s", strerror(errno));
}

/* Two sessions with keys; the ids of those that are there are asked for, not believed. */
static struct nl_srtp_session two[2];
static uint8_t keys[4][64];

static int count_one(const struct nl_srtp_report *r, void *arg)
{
	int *n = arg;

	two[*n % 2].id = r->session.id;
	(*n)++;
	return 0;
}

static int sessions(void)
{
	struct err e = { 0 };
	int n = 0;

	if (nl_srtp_session_dump(gw, OWNER, count_one, &n, &e))
		bail("%s", err_text(&e));
	return n;
}

static void fill(void)
{
	for (int i = 0; i < 2; i++) {
		uint32_t id = two[i].id;

		random_key(keys[2 * i]);
		random_key(keys[2 * i + 1]);
		two[i] = (struct nl_srtp_session){
			.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX |
				 NL_SRTP_STATE | NL_SRTP_OWNER,
			.id = id,
			.local = host_addr(i ? AF_INET6 : AF_INET, 'g', (uint16_t)(30000 + 2 * i)),
			.remote = host_addr(i ? AF_INET6 : AF_INET, 'a', (uint16_t)(30000 + 2 * i)),
			.rx = side_crypto(i ? GCM : CM, keys[2 * i], 0),
			.tx = side_crypto(i ? CM : GCM, keys[2 * i + 1], 0),
			.state = SRTP_STATE_OPEN, .owner = OWNER,
		};
		two[i].rx.cryptex = SRTP_CRYPTEX_ON;
		two[i].tx.ext_ids[0] = two[i].tx.n_ext_ids = 1;
	}
}

static int do_new(struct nl_srtp *c, struct err *e)
{
	uint32_t ids[2];

	return nl_srtp_session_new(c, two, 2, ids, e);
}

/* New keys and another state for both. */
static int do_set(struct nl_srtp *c, struct err *e)
{
	for (int i = 0; i < 2; i++) {
		two[i].given = NL_SRTP_ID | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_STATE |
			       NL_SRTP_REMOTE;
		two[i].state = SRTP_STATE_HELD;
	}
	return nl_srtp_session_set(c, two, 2, e);
}

/* Next keys for both, switched to at once, where a stream is, and another state. */
static int do_next(struct nl_srtp *c, struct err *e)
{
	static const struct nl_srtp_stream at = { .ssrc = 7, .tx = true, .roc = 1, .seq = 1,
						  .rtcp_index = 9 };
	struct nl_srtp_session next[2];

	for (int i = 0; i < 2; i++)
		next[i] = (struct nl_srtp_session){
			.given = NL_SRTP_ID | NL_SRTP_RX_NEXT | NL_SRTP_TX_NEXT | NL_SRTP_SWITCH |
				 NL_SRTP_STATE,
			.id = two[i].id, .state = SRTP_STATE_HELD,
			.rx_next = side_crypto(i ? GCM : CM, keys[2 * i], 0),
			.tx_next = side_crypto(i ? CM : GCM, keys[2 * i + 1], 0),
			.switch_to = SRTP_SWITCH_RX | SRTP_SWITCH_TX,
			.streams = &at, .nstreams = 1,
		};
	return nl_srtp_session_set(c, next, 2, e);
}

static int do_del(struct nl_srtp *c, struct err *e)
{
	uint32_t ids[2] = { two[0].id, two[1].id };

	return nl_srtp_session_del(c, ids, 2, e);
}

static int do_get(struct nl_srtp *c, struct err *e)
{
	struct nl_srtp_report r;

	return nl_srtp_session_get(c, two[0].id, &r, e);
}

static int ignore(const struct nl_srtp_report *r, void *arg)
{
	(void)r, (void)arg;
	return 0;
}

static int do_dump(struct nl_srtp *c, struct err *e)
{
	return nl_srtp_session_dump(c, 0, ignore, NULL, e);
}

static int ignore_stream(const struct nl_srtp_stream *s, void *arg)
{
	(void)s, (void)arg;
	return 0;
}

static int do_streams(struct nl_srtp *c, struct err *e)
{
	return nl_srtp_stream_dump(c, two[0].id, ignore_stream, NULL, e);
}

static int do_flush(struct nl_srtp *c, struct err *e)
{
	uint32_t n;

	return nl_srtp_session_flush(c, OWNER, &n, e);
}

static int do_stats(struct nl_srtp *c, struct err *e)
{
	struct nl_srtp_stats st;

	return nl_srtp_stats(c, &st, e);
}

static int do_version(struct nl_srtp *c, struct err *e)
{
	struct nl_srtp_version v;

	return nl_srtp_version(c, &v, e);
}

/* Are both sessions in the same state?  Before: open; afterwards: held, and all the rest. */
static bool set_whole(bool done, bool next)
{
	enum srtp_state want[2];
	bool whole = true;

	for (int i = 0; i < 2; i++) {
		struct nl_srtp_report r;
		struct err e = { 0 };

		if (nl_srtp_session_get(gw, two[i].id, &r, &e))
			bail("%s", err_text(&e));
		want[i] = r.session.state;
		if (next)
			whole = whole && (want[i] == SRTP_STATE_HELD) == (r.tx_streams == 1) &&
				(want[i] == SRTP_STATE_HELD) == !!(r.session.given & NL_SRTP_RX_OLD);
	}
	return whole && want[0] == want[1] && (!done || want[0] == SRTP_STATE_HELD);
}

static void test_command(const char *name, int (*run)(struct nl_srtp *, struct err *), int before,
			 int after)
{
	int n, failed = 0, unsaid = 0;
	bool ok = true, hit = true;

	for (n = 1; n < MOST && hit; n++) {
		struct err e = { 0 };
		struct nl_srtp *c;
		int rc, left;

		nl_srtp_session_flush(gw, OWNER, &(uint32_t){ 0 }, NULL);
		fill();
		if (before && do_new(gw, &e))
			bail("%s", err_text(&e));
		if (before)
			sessions();
		fill();
		if (nl_srtp_open(&c, &e))
			bail("%s", err_text(&e));
		fail_nth(n);
		rc = run(c, &e);
		hit = has_failed();
		nl_srtp_close(c);
		failed += rc != 0;
		/* With the answer lost, it may have been done all the same. */
		left = sessions();
		if ((rc == 0 && left != after) || (left != before && left != after))
			ok = diag("%s: allocation %d: result %d, %d sessions", name, n, rc, left);
		unsaid += rc != 0 && before != after && left == after;
		if ((run == do_set || run == do_next) && !set_whole(rc == 0, run == do_next))
			ok = diag("allocation %d: half of a request was done", n);
		if (!hit && rc)
			ok = diag("%s fails by itself: %s", name, err_text(&e));
	}
	tap(ok && n < MOST && failed > 0, "%s: with each of %d allocations failing, all or nothing",
	    name, n - 2);
	diag("%s: %d failed, of these %d after it was done", name, failed, unsaid);
}

/*
 * What is on its way arrives before that which comes now.  It can take seconds: a neighbour that
 * could not be asked for is asked for again, and packets wait for it meanwhile.
 */
static bool settles(struct side *from, struct side *to)
{
	uint8_t want[PACKET_MAX], got[PACKET_MAX];

	for (int i = 0; i < 20; i++) {
		size_t len = side_next(from, want);
		ssize_t n;

		/* The phone's key would take replays amiss: by its header, which is in the clear. */
		while ((n = udp_recv(to->fd, got, sizeof(got), 1500, NULL)) > 0)
			if ((size_t)n >= len && !memcmp(got, want, RTP_HEADER))
				return true;
	}
	return diag("nothing gets through any more");
}

/* Random failures where nothing can wait; a capture makes every packet a shared one. */
static void test_packets(int af, uint16_t profile)
{
	struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = 1024 };
	int tapped = ns_socket(NS_G, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), other, fd;
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	struct nl_srtp_stats st[2];
	struct addr roaming;
	struct pair p;
	bool ok;

	if (bind(tapped, (struct sockaddr *)&ll, sizeof(ll)))
		bail("capture: %s", strerror(errno));
	pair_open(&p, af, profile, GCM, &extra);
	roaming = host_addr(af, 'a', 51000);
	other = udp_open(NS_A, &roaming);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);

	put("/sys/kernel/debug/failslab/ignore-gfp-wait", "Y");
	put("/sys/kernel/debug/failslab/times", "-1");
	put("/sys/kernel/debug/failslab/probability", "30");
	for (uint32_t i = 0; i < 4000; i++) {
		struct side *s = i & 1 ? &p.a : &p.b;
		const struct rtp r = { .ssrc = i % 7 ? s->ssrc : i, .seq = s->seq++,
				       .payload = i % 1100, .ext_words = -1 };
		size_t len = i % 50 ? rtp_build(plain, &r) : rtcp_build(plain, s->ssrc, i, 3);

		memcpy(wire, plain, len);
		len = side_protect(s, wire, len);
		fd = s == &p.a && i % 5 == 0 ? other : s->fd;
		udp_try(fd, &s->local, wire, len);
		while (recv(tapped, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
		while (recv(p.a.fd, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
		while (recv(p.b.fd, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
	}
	put("/sys/kernel/debug/failslab/probability", "0");
	put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");

	/* The phone takes its place back, from the port it roamed to. */
	ok = ok && settles(&p.a, &p.b) && settles(&p.b, &p.a);
	ok = ok && passes(&p.a, &p.b) && passes(&p.b, &p.a);
	st[0] = side_stats(&p.a);
	st[1] = side_stats(&p.b);
	tap(ok && st[0].rx_packets > 100 && st[1].rx_packets > 100 &&
	    st[0].drops[SRTP_DROP_NO_MEMORY] + st[1].drops[SRTP_DROP_NO_MEMORY] > 0,
	    "%s %s: packets pass again after %llu were dropped for want of memory", af_name(af),
	    suite_name(profile), (unsigned long long)(st[0].drops[SRTP_DROP_NO_MEMORY] +
						      st[1].drops[SRTP_DROP_NO_MEMORY]));
	close(other);
	close(tapped);
	pair_close(&p);
}

int main(void)
{
	gw_begin();
	prepare();
	test_command("new", do_new, 0, 2);
	test_command("set", do_set, 2, 2);
	test_command("next keys", do_next, 2, 2);
	test_command("streams", do_streams, 2, 2);
	test_command("get", do_get, 2, 2);
	test_command("dump", do_dump, 2, 2);
	test_command("stats", do_stats, 2, 2);
	test_command("version", do_version, 2, 2);
	test_command("del", do_del, 2, 0);
	test_command("flush", do_flush, 2, 0);
	each_case(test_packets);
	return tap_done();
}
