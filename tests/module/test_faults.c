// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that runs out, on a kernel with fault injection (`make debug-check`): the first
 * allocation of a request fails, then the second, ... until a request meets none that fails.
 * Each is done whole or not at all.  Then random failures while packets pass.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "lib/fault.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define RTP_HEADER 12
#define OWNER 0x6661756c74ull
#define MOST 2000	/* allocations of a request, far more than there are */
#define PORTS 40000	/* attached to, by tens */

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

/* What the namespace is attached to: a device first, then ports. */
struct attachments {
	int n;
	struct nl_srtp_attachment a[4];
};

static struct attachments attached;

static int list_one(const struct nl_srtp_attachment *a, void *arg)
{
	struct attachments *l = arg;

	if (l->n == 4)
		return -ENOSPC;
	l->a[l->n++] = *a;
	return 0;
}

static struct attachments attachments(void)
{
	struct attachments l = { 0 };
	struct err e = { 0 };

	if (nl_srtp_attach_dump(gw, list_one, &l, &e))
		bail("%s", err_text(&e));
	return l;
}

/* Is each of @few one of @many, as it was and in the same order? */
static bool among(const struct attachments *few, const struct attachments *many)
{
	int i = 0;

	for (int k = 0; k < many->n && i < few->n; k++)
		i += few->a[i].id == many->a[k].id && few->a[i].ifindex == many->a[k].ifindex &&
		     few->a[i].first == many->a[k].first && few->a[i].last == many->a[k].last;
	return i == few->n;
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

static int do_attach_device(struct nl_srtp *c, struct err *e)
{
	const struct nl_srtp_attachment a = { .ifindex = if_nametoindex("g0") };
	uint32_t id;

	return nl_srtp_attach(c, &a, &id, e);
}

static int do_attach_ports(struct nl_srtp *c, struct err *e)
{
	const struct nl_srtp_attachment a = { .first = (uint16_t)(PORTS + 10 * attached.n),
					      .last = (uint16_t)(PORTS + 10 * attached.n + 9) };
	uint32_t id;

	return nl_srtp_attach(c, &a, &id, e);
}

static int do_detach_device(struct nl_srtp *c, struct err *e)
{
	return nl_srtp_detach(c, attached.a[0].id, e);
}

static int do_detach_ports(struct nl_srtp *c, struct err *e)
{
	return nl_srtp_detach(c, attached.a[1].id, e);
}

static int do_attachments(struct nl_srtp *c, struct err *e)
{
	return nl_srtp_attach_dump(c, list_one, &(struct attachments){ 0 }, e);
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

struct count {
	int sessions, attachments;
};

#define COUNT(sessions, attachments) ((struct count){ sessions, attachments })

static bool equal(struct count a, struct count b)
{
	return a.sessions == b.sessions && a.attachments == b.attachments;
}

static void begin(struct count want)
{
	struct err e = { 0 };

	nl_srtp_session_flush(gw, OWNER, &(uint32_t){ 0 }, NULL);
	fill();
	if (want.sessions && do_new(gw, &e))
		bail("%s", err_text(&e));
	if (want.sessions)
		sessions();
	fill();
	attached = attachments();
	if (attached.n == want.attachments)
		return;
	for (; attached.n; attached.n--)
		gw_detach(attached.a[attached.n - 1].id);
	for (; attached.n < want.attachments; attached = attachments())
		if (attached.n ? do_attach_ports(gw, &e) : do_attach_device(gw, &e))
			bail("%s", err_text(&e));
}

static void test_command(const char *name, int (*run)(struct nl_srtp *, struct err *),
			 struct count before, struct count after)
{
	int n, failed = 0, unsaid = 0;
	bool ok = true, hit = true;

	for (n = 1; n < MOST && hit; n++) {
		struct attachments now;
		struct err e = { 0 };
		struct count left;
		struct nl_srtp *c;
		int rc;

		begin(before);
		if (nl_srtp_open(&c, &e))
			bail("%s", err_text(&e));
		fault_nth(n);
		rc = run(c, &e);
		hit = fault_hit();
		nl_srtp_close(c);
		failed += rc != 0;
		now = attachments();
		left = (struct count){ sessions(), now.n };
		/* With the answer lost, it may have been done all the same; not when it is refused. */
		if ((rc == 0 && !equal(left, after)) || (rc == -ENOMEM && !equal(left, before)) ||
		    (!equal(left, before) && !equal(left, after)))
			ok = diag("%s: allocation %d: result %d, %d sessions, %d attachments", name, n,
				  rc, left.sessions, left.attachments);
		if (now.n < attached.n ? !among(&now, &attached) : !among(&attached, &now))
			ok = diag("%s: allocation %d: other attachments than before", name, n);
		unsaid += rc != 0 && !equal(before, after) && equal(left, after);
		if ((run == do_set || run == do_next) && !set_whole(rc == 0, run == do_next))
			ok = diag("allocation %d: half of a request was done", n);
		if (!hit && rc)
			ok = diag("%s fails by itself: %s", name, err_text(&e));
	}
	begin(COUNT(0, 0));
	tap(ok && n < MOST && failed > 0, "%s: with each of %d allocations failing, all or nothing",
	    name, n - 2);
	diag("%s: %d failed, of these %d after it was done", name, failed, unsaid);
}

/* What is on its way arrives before that which comes now. */
static bool arrives(struct side *from, struct side *to)
{
	uint8_t want[PACKET_MAX], got[PACKET_MAX];
	size_t len = side_next(from, want);
	ssize_t n;

	/* The phone's key would take replays amiss: by its header, which is in the clear. */
	while ((n = udp_recv(to->fd, got, sizeof(got), 1500, NULL)) > 0)
		if ((size_t)n >= len && !memcmp(got, want, RTP_HEADER))
			return true;
	return false;
}

/*
 * The phone takes its place back, from the port it roamed to; not with a packet that was in the
 * cipher before one from that port came out of it, but with the next one.  It can take seconds:
 * a neighbour that could not be asked for is asked for again, and packets wait for it meanwhile.
 */
static bool settles(struct pair *p)
{
	for (int i = 0; i < 20; i++)
		if (arrives(&p->a, &p->b) && arrives(&p->b, &p->a))
			return true;
	return diag("nothing gets through any more");
}

/* A capture makes every packet a shared one, which the fast path leaves. Return: its socket. */
static int capture(void)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = ns_socket(NS_G, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		bail("capture: %s", strerror(errno));
	return fd;
}

/* Random failures where nothing can wait. */
static void packets(int af, uint16_t profile, bool fast)
{
	struct nl_srtp_session extra = { .given = NL_SRTP_MAX_STREAMS, .max_streams = 1024 };
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];
	int tapped = fast ? -1 : capture(), other, fd;
	uint64_t before = 0, taken = 0;
	struct nl_srtp_stats st[2];
	struct addr roaming;
	struct pair p;
	bool ok;

	for (int i = 0; fast && i < 2; i++)
		gw_attach((struct nl_srtp_attachment){ .ifindex = if_nametoindex(i ? "g1" : "g0") });
	pair_open(&p, af, profile, GCM, &extra);
	roaming = host_addr(af, 'a', 51000);
	other = udp_open(NS_A, &roaming);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);

	fault_set("/sys/kernel/debug/failslab/ignore-gfp-wait", "Y");
	fault_set("/sys/kernel/debug/failslab/times", "-1");
	fault_set("/sys/kernel/debug/failslab/probability", "30");
	for (uint32_t i = 0; i < 4000; i++) {
		struct side *s = i & 1 ? &p.a : &p.b;
		const struct rtp r = { .ssrc = i % 7 ? s->ssrc : i, .seq = s->seq++,
				       .payload = i % 1100, .ext_words = -1 };
		size_t len = i % 50 ? rtp_build(plain, &r) : rtcp_build(plain, s->ssrc, i, 3);

		memcpy(wire, plain, len);
		len = side_protect(s, wire, len);
		fd = s == &p.a && i % 5 == 0 ? other : s->fd;
		udp_try(fd, &s->local, wire, len);
		while (!fast && recv(tapped, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
		while (recv(p.a.fd, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
		while (recv(p.b.fd, wire, sizeof(wire), MSG_DONTWAIT) > 0)
			;
	}
	fault_set("/sys/kernel/debug/failslab/probability", "0");
	fault_set("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");

	ok = ok && settles(&p);
	before = gw_taken();
	ok = ok && passes(&p.a, &p.b) && passes(&p.b, &p.a);
	taken = gw_taken_since(before, fast ? 2 : 0);
	st[0] = side_stats(&p.a);
	st[1] = side_stats(&p.b);
	tap(ok && st[0].rx_packets > 100 && st[1].rx_packets > 100 &&
	    st[0].drops[SRTP_DROP_NO_MEMORY] + st[1].drops[SRTP_DROP_NO_MEMORY] > 0 &&
	    (fast ? before > 1000 && taken == 2 : taken == 0),
	    "%s %s: packets pass again%s after %llu were dropped for want of memory", af_name(af),
	    suite_name(profile), fast ? " by the fast path" : "",
	    (unsigned long long)(st[0].drops[SRTP_DROP_NO_MEMORY] +
				 st[1].drops[SRTP_DROP_NO_MEMORY]));
	if (fast)
		diag("the fast path took %llu packets", (unsigned long long)before);
	close(other);
	if (!fast)
		close(tapped);
	pair_close(&p);
	begin(COUNT(0, 0));
}

static void test_packets(int af, uint16_t profile)
{
	packets(af, profile, false);
}

static void test_packets_fast(int af, uint16_t profile)
{
	packets(af, profile, true);
}

int main(void)
{
	gw_begin();
	fault_begin();
	test_command("new", do_new, COUNT(0, 2), COUNT(2, 2));
	test_command("set", do_set, COUNT(2, 2), COUNT(2, 2));
	test_command("next keys", do_next, COUNT(2, 2), COUNT(2, 2));
	test_command("streams", do_streams, COUNT(2, 2), COUNT(2, 2));
	test_command("get", do_get, COUNT(2, 2), COUNT(2, 2));
	test_command("dump", do_dump, COUNT(2, 2), COUNT(2, 2));
	test_command("stats", do_stats, COUNT(2, 2), COUNT(2, 2));
	test_command("version", do_version, COUNT(2, 2), COUNT(2, 2));
	test_command("attach to a device", do_attach_device, COUNT(2, 0), COUNT(2, 1));
	test_command("attach to ports", do_attach_ports, COUNT(2, 1), COUNT(2, 2));
	test_command("attach to more ports", do_attach_ports, COUNT(2, 2), COUNT(2, 3));
	test_command("attachments", do_attachments, COUNT(2, 3), COUNT(2, 3));
	test_command("detach from some ports", do_detach_ports, COUNT(2, 3), COUNT(2, 2));
	test_command("detach from all ports", do_detach_ports, COUNT(2, 2), COUNT(2, 1));
	test_command("detach from a device", do_detach_device, COUNT(2, 2), COUNT(2, 1));
	test_command("del", do_del, COUNT(2, 2), COUNT(0, 2));
	test_command("flush", do_flush, COUNT(2, 2), COUNT(0, 2));
	each_case(test_packets);
	each_case(test_packets_fast);
	return tap_done();
}
