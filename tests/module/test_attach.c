// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's own hooks, with no rule anywhere: what they take and what they leave, the mark
 * on what was verified, and which requests are refused.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"
#include "nl.h"

#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif

#define FIRST 16384
#define LAST 32767
#define ALL { .first = FIRST, .last = LAST }

static struct nl_conn *raw;

static struct nl_srtp_attachment told[SRTP_MAX_ATTACHMENTS + 1];
static unsigned int ntold;

static int keep(const struct nl_srtp_attachment *a, void *arg)
{
	(void)arg;
	if (ntold < sizeof(told) / sizeof(told[0]))
		told[ntold++] = *a;
	return 0;
}

static unsigned int list(void)
{
	struct err e = { 0 };

	ntold = 0;
	if (nl_srtp_attach_dump(gw, keep, NULL, &e))
		bail("%s", err_text(&e));
	return ntold;
}

/* ---- requests ---- */

static void refused(const char *name, int rc, int want, const char *words, const struct err *e)
{
	unsigned int n = ntold;
	bool ok = rc == want || diag("result %d, not %d", rc, want);

	if (!strstr(e->text, words))
		ok = diag("not said: %s", words);
	tap(list() == n && ok, "refused: %s [%s]", name, err_text(e));
}

static void new_refused(const char *name, struct nl_srtp_attachment a, int want, const char *words)
{
	struct err e = { 0 };
	uint32_t id;

	refused(name, nl_srtp_attach(gw, &a, &id, &e), want, words, &e);
}

struct attr {
	int type;
	uint32_t value;
	int len;
};

/* What the library would not say. */
static void raw_refused(const char *name, uint8_t cmd, const struct attr *a, int want,
			const char *words)
{
	struct nl_msg *msg = nl_conn_message(raw, cmd, 0);
	struct nlattr *nest = a ? nla_nest_start(msg, SRTP_A_ATTACH) : NULL;
	struct nl_refusal r;
	struct err e = { 0 };
	int rc;

	for (; a && a->type; a++)
		nla_put(msg, a->type, a->len, &a->value);
	if (nest)
		nla_nest_end_keep_empty(msg, nest);
	rc = nl_conn_request(raw, msg, NULL, NULL, &r, NULL);
	err_set(&e, rc, "%s", r.text);
	refused(name, rc, want, words, &e);
}

#define RAW(...) ((const struct attr[]){ __VA_ARGS__ __VA_OPT__(,) { 0, 0, 0 } })
#define PORT(p) { SRTP_TA_PORT_FIRST, __builtin_bswap16(p), 2 }

static void test_requests(void)
{
	struct nl_srtp_attachment a = { .first = 20000, .last = 20009, .mark = 0x10, .mask = 0xf0,
					.set_mark = 0x300, .set_mask = 0xf00 };
	struct err e = { 0 };
	uint32_t id = gw_attach(a), more[SRTP_MAX_ATTACHMENTS];

	tap(list() == 1 && told[0].id == id && told[0].first == 20000 && told[0].last == 20009 &&
	    told[0].mark == 0x10 && told[0].mask == 0xf0 && told[0].set_mark == 0x300 &&
	    told[0].set_mask == 0xf00, "what was attached is told");
	new_refused("the same again", a, -EEXIST, "another attachment has some of these ports");
	new_refused("one port of it", (struct nl_srtp_attachment){ .first = 20009, .last = 20009 },
		    -EEXIST, "attribute attach");
	new_refused("a range around it", (struct nl_srtp_attachment)ALL, -EEXIST, "some of these");
	new_refused("a range into it", (struct nl_srtp_attachment){ .first = 19990, .last = 20000 },
		    -EEXIST, "some of these");
	new_refused("the last port before the first",
		    (struct nl_srtp_attachment){ .first = 9, .last = 8 }, -ERANGE, "attach.port-last");
	new_refused("a mark outside of its mask",
		    (struct nl_srtp_attachment){ .first = 9, .last = 9, .mark = 3, .mask = 1 }, -ERANGE,
		    "attach.mark");
	new_refused("a mark to set of 0",
		    (struct nl_srtp_attachment){ .first = 9, .last = 9, .set_mask = 1 }, -ERANGE,
		    "attach.set-mark");
	new_refused("a mark to set outside of its mask",
		    (struct nl_srtp_attachment){ .first = 9, .last = 9, .set_mark = 2, .set_mask = 1 },
		    -ERANGE, "attach.set-mark");
	raw_refused("nothing", SRTP_CMD_ATTACH_NEW, NULL, -EINVAL, "names no attachment");
	raw_refused("an empty one", SRTP_CMD_ATTACH_NEW, RAW(), -EINVAL, "needs a port");
	raw_refused("port 0", SRTP_CMD_ATTACH_NEW, RAW(PORT(0)), -ERANGE, "");
	raw_refused("a last port alone", SRTP_CMD_ATTACH_NEW, RAW({ SRTP_TA_PORT_LAST, 9, 2 }), -EINVAL,
		    "needs a port");
	raw_refused("an id of one's own", SRTP_CMD_ATTACH_NEW, RAW({ SRTP_TA_ID, 77, 4 }, PORT(9)),
		    -EINVAL, "gives a new attachment its id");
	raw_refused("a mark without mask", SRTP_CMD_ATTACH_NEW, RAW(PORT(9), { SRTP_TA_MARK, 1, 4 }),
		    -EINVAL, "given together");
	raw_refused("a mask of no bits", SRTP_CMD_ATTACH_NEW,
		    RAW(PORT(9), { SRTP_TA_MARK, 0, 4 }, { SRTP_TA_MASK, 0, 4 }), -ERANGE, "");
	raw_refused("a mask to set without mark", SRTP_CMD_ATTACH_NEW,
		    RAW(PORT(9), { SRTP_TA_SET_MASK, 1, 4 }), -EINVAL, "given together");
	raw_refused("a port of 4 octets", SRTP_CMD_ATTACH_NEW, RAW({ SRTP_TA_PORT_FIRST, 9, 4 }),
		    -EINVAL, "");
	raw_refused("an attribute that does not exist", SRTP_CMD_ATTACH_NEW, RAW(PORT(9), { 60, 9, 4 }),
		    -EINVAL, "");
	raw_refused("DEL without id", SRTP_CMD_ATTACH_DEL, RAW(), -EINVAL, "id is missing");
	raw_refused("DEL by port", SRTP_CMD_ATTACH_DEL, RAW({ SRTP_TA_ID, id, 4 }, PORT(20000)), -EINVAL,
		    "by its id alone");
	refused("DEL of none", nl_srtp_detach(gw, id + 1, &e), -ENOENT, "no attachment with that id", &e);
	for (unsigned int i = 1; i < SRTP_MAX_ATTACHMENTS; i++)
		more[i] = gw_attach((struct nl_srtp_attachment){ .first = (uint16_t)(100 * i),
								 .last = (uint16_t)(100 * i + 99) });
	list();
	new_refused("one more than sixteen", (struct nl_srtp_attachment){ .first = 9, .last = 9 }, -ENOSPC,
		    "at most 16");
	for (unsigned int i = 1; i < SRTP_MAX_ATTACHMENTS; i++)
		gw_detach(more[i]);
	gw_detach(id);
	tap(list() == 0, "and detached");
}

/* ---- packets ---- */

/* Until host g has said of @n more packets than @before that nobody has their port. */
static bool nobody_wants(int af, long before, int n)
{
	for (int i = 0; i < DEADLINE_MS / 10; i++) {
		if (netstat(NS_G, af, "NoPorts") >= before + n)
			return true;
		usleep(10000);
	}
	return diag("%ld packets came to no port, not %d", netstat(NS_G, af, "NoPorts") - before, n);
}

static void test_relay(int af, uint16_t profile)
{
	long before = netstat(NS_G, af, "NoPorts");
	struct pair p;
	uint32_t id = gw_attach((struct nl_srtp_attachment)ALL);
	bool ok;

	pair_open(&p, af, profile, PLAIN, NULL);
	ok = passes(&p.a, &p.b) && passes(&p.b, &p.a);
	gw_detach(id);
	side_next(&p.a, NULL);
	side_next(&p.b, NULL);
	ok = ok && nobody_wants(af, before, 2);
	id = gw_attach((struct nl_srtp_attachment){ .first = p.b.local.port, .last = p.b.local.port });
	ok = ok && passes(&p.b, &p.a) && side_silent(&p.b) && side_silent(&p.a);
	side_next(&p.a, NULL);
	ok = ok && nobody_wants(af, before, 3);
	gw_detach(id);
	gw_attach((struct nl_srtp_attachment)ALL);
	ok = ok && passes(&p.a, &p.b) && passes(&p.b, &p.a) && side_silent(&p.b);
	list();
	gw_detach(told[0].id);
	tap(ok && pair_drops_are(&p, DROPS()), "%s %s: a relay through the module's own hooks; "
	    "detached, and of the other port alone, nothing", af_name(af), suite_name(profile));
	pair_close(&p);
}

/* What comes to @app next: @want[@len], with @mark. */
static bool app_got(int app, const uint8_t *want, size_t len, uint32_t mark)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(uint32_t))]; } control;
	uint8_t in[PACKET_MAX];
	struct iovec iov = { in, sizeof(in) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct timeval patience = { .tv_sec = DEADLINE_MS / 1000 };
	uint32_t got_mark = 0;
	ssize_t got;

	setsockopt(app, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	got = recvmsg(app, &msg, 0);
	if (got != (ssize_t)len || memcmp(in, want, len))
		return diag("the program got %zd octets, not the %zu sent", got, len);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK)
			memcpy(&got_mark, CMSG_DATA(c), sizeof(got_mark));
	return got_mark == mark || diag("mark %#x, not %#x", got_mark, mark);
}

/* A program of host g that sends with a mark, as one that may would to forge one. */
static int marked_sender(int af, uint32_t mark)
{
	struct addr any = host_addr(af, 'g', 15000);
	int fd = udp_open(NS_G, &any);

	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		bail("SO_MARK");
	return fd;
}

static void test_mark(int af, uint16_t profile)
{
	struct nl_srtp_session verified = { .given = NL_SRTP_VERIFIED, .verified = true };
	struct addr outside = host_addr(af, 'g', 15002);
	uint8_t p[PACKET_MAX], dtls[60];
	int one = 1, app, other, forger;
	struct side s;
	uint32_t id;
	size_t n;
	bool ok;

	id = gw_attach((struct nl_srtp_attachment){ .first = FIRST, .last = LAST, .set_mark = 0x4200,
						    .set_mask = 0xff00 });
	app = side_program(&s, af, profile, NULL);
	other = udp_open(NS_G, &outside);
	if (setsockopt(app, SOL_SOCKET, SO_RCVMARK, &one, sizeof(one)) ||
	    setsockopt(other, SOL_SOCKET, SO_RCVMARK, &one, sizeof(one)))
		bail("SO_RCVMARK");
	memset(dtls, 22, sizeof(dtls));
	n = side_next(&s, p);
	ok = app_got(app, p, n, 0);
	side_set(&s, verified);
	n = side_next(&s, p);
	ok = ok && app_got(app, p, n, 0x4200);
	side_send_raw(&s, dtls, sizeof(dtls));
	ok = ok && app_got(app, dtls, sizeof(dtls), 0);
	tap(ok, "%s %s: a mark on what was opened under verified keys, on nothing else", af_name(af),
	    suite_name(profile));

	/* Over the loopback device a mark of a local program stays on the packet. */
	forger = marked_sender(af, 0x4207);
	udp_send(forger, &s.local, dtls, sizeof(dtls));
	ok = app_got(app, dtls, sizeof(dtls), 7);
	udp_send(forger, &outside, dtls, sizeof(dtls));
	ok = ok && app_got(other, dtls, sizeof(dtls), 7);
	gw_detach(id);
	udp_send(forger, &outside, dtls, sizeof(dtls));
	ok = ok && app_got(other, dtls, sizeof(dtls), 0x4207);
	tap(ok && drops_are(&s, DROPS()), "%s %s: the mark cannot be forged, to whatever port",
	    af_name(af), suite_name(profile));
	close(forger);
	close(other);
	close(app);
	side_close(&s);
}

/*
 * A firewall of nftables, by the rules of docs/srtpctl.md as they stand there: of RTP and RTCP it
 * passes what was opened under verified keys.
 */
static void test_nftables(int af, uint16_t profile)
{
	uint8_t p[PACKET_MAX], in[PACKET_MAX], dtls[60];
	struct side s;
	uint32_t id;
	size_t n;
	bool ok;
	int app;

	shell("nft add table inet filter && nft add chain inet filter input "
	      "'{ type filter hook input priority 0 ; }'");
	shell("page=$(dirname \"$(readlink /proc/$PPID/exe)\")/../../docs/srtpctl.md;"
	      "test $(grep -c '^    nft add rule ' \"$page\") = 2 &&"
	      "grep '^    nft add rule ' \"$page\" | sh -e");
	id = gw_attach((struct nl_srtp_attachment){ .first = FIRST, .last = LAST, .set_mark = 0x100,
						    .set_mask = 0x100 });
	app = side_program(&s, af, profile, NULL);
	memset(dtls, 22, sizeof(dtls));
	side_next(&s, NULL);
	side_send_raw(&s, dtls, sizeof(dtls));
	ok = plain_got(app, &s.far, dtls, sizeof(dtls));
	side_set(&s, (struct nl_srtp_session){ .given = NL_SRTP_VERIFIED, .verified = true });
	n = side_next(&s, p);
	ok = ok && plain_got(app, &s.far, p, n) && udp_recv(app, in, sizeof(in), 0, NULL) < 0;
	tap(ok && drops_are(&s, DROPS()),
	    "%s %s: nftables passes media under verified keys, no other, and DTLS", af_name(af),
	    suite_name(profile));
	close(app);
	side_close(&s);
	gw_detach(id);
	shell("nft delete table inet filter");
}

/* Only packets that already have a mark. */
static void test_match_mark(void)
{
	struct addr local = host_addr(AF_INET, 'g', 18000), from = host_addr(AF_INET, 'g', 15000);
	struct nl_srtp_session want = { .given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX |
						 NL_SRTP_TX, .local = local, .remote = from };
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	struct nl_srtp_report r;
	struct err e = { 0 };
	uint32_t id, at;
	int app, fd;
	size_t n;
	bool ok;

	want.rx = want.tx = side_crypto(PLAIN, NULL, 0);
	if (nl_srtp_session_new(gw, &want, 1, &id, &e))
		bail("%s", err_text(&e));
	at = gw_attach((struct nl_srtp_attachment){ .first = 18000, .last = 18000, .mark = 0x10,
						    .mask = 0x30 });
	app = udp_open(NS_G, &local);
	n = rtp_simple(p, 1, 1);
	/* Held: what the hook sees is dropped. */
	fd = marked_sender(AF_INET, 0x10);
	udp_send(fd, &local, p, n);
	close(fd);
	fd = marked_sender(AF_INET, 0x30);
	udp_send(fd, &local, p, n);
	close(fd);
	ok = udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n &&
	     udp_recv(app, in, sizeof(in), 0, NULL) < 0;
	if (nl_srtp_session_get(gw, id, &r, &e))
		bail("%s", err_text(&e));
	tap(ok && r.stats.drops[SRTP_DROP_HELD] == 1, "an attachment for a mark leaves others alone");
	gw_detach(at);
	nl_srtp_session_del(gw, &id, 1, NULL);
	close(app);
}

/* Attached and detached while packets pass: none is lost to anything but that. */
static void test_under_traffic(void)
{
	uint32_t other = gw_attach((struct nl_srtp_attachment){ .first = FIRST, .last = LAST - 1 });
	unsigned int rounds = 0;
	struct pair p;
	pid_t sender;
	bool ok;

	pair_open(&p, AF_INET, PLAIN, PLAIN, NULL);
	sender = fork();
	if (!sender) {
		for (;;)
			side_next(&p.a, NULL);
	}
	for (; rounds < 300; rounds++)
		if (rounds % 3)		/* now the only hooks go, now a neighbour */
			gw_detach(gw_attach((struct nl_srtp_attachment){ .first = LAST, .last = LAST }));
		else {
			gw_detach(other);
			other = gw_attach((struct nl_srtp_attachment){ .first = FIRST, .last = LAST - 1 });
		}
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	ok = side_stats(&p.a).rx_packets > 100;
	gw_detach(other);
	tap(ok && list() == 0, "attached and detached %u times under %llu packets", rounds,
	    (unsigned long long)side_stats(&p.a).rx_packets);
	pair_close(&p);
}

int main(void)
{
	struct err e = { 0 };

	gw_begin();
	if (nl_conn_open(&raw, SRTP_GENL_NAME, &e))
		bail("%s", err_text(&e));
	test_requests();
	each_case(test_relay);
	each_case(test_mark);
	each_case(test_nftables);
	test_match_mark();
	test_under_traffic();
	nl_conn_close(raw);
	return tap_done();
}
