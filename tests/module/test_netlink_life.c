// SPDX-License-Identifier: GPL-2.0-or-later
/* Many sessions, owners, events, who may ask, and that keys never come out. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "lib/gw.h"
#include "lib/nl_spec.h"
#include "lib/ns.h"
#include "lib/tap.h"
#include "nl.h"

#define MANY 1000
#define OWNER_A 0xfedcba9876543210u
#define OWNER_B 7u

static const uint8_t key[16] = "KEY-KEY-KEY-KEY-", salt[14] = "SALT-SALT-SALT";

static struct nl_srtp_session numbered(unsigned int n)
{
	struct nl_srtp_session s = {
		.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_OWNER,
		.local = host_addr(AF_INET, 'g', (uint16_t)(2000 + n)),
		.remote = host_addr(AF_INET, 'a', (uint16_t)(2000 + n)),
		.rx = { .profile = CM, .key = key, .key_len = 16, .salt = salt, .salt_len = 14 },
		.tx = { .profile = GCM, .key = key, .key_len = 16, .salt = salt, .salt_len = 12 },
		.owner = n % 4 ? OWNER_A : OWNER_B,
	};

	return s;
}

static bool create(unsigned int first, unsigned int count, uint32_t *ids)
{
	struct err e = { 0 };

	for (unsigned int i = 0; i < count; i += 8) {
		struct nl_srtp_session s[8];

		for (unsigned int k = 0; k < 8; k++)
			s[k] = numbered(first + i + k);
		if (nl_srtp_session_new(gw, s, 8, ids + i, &e))
			return diag("%s", err_text(&e));
	}
	return true;
}

struct seen {
	uint32_t ids[4 * MANY];
	size_t n;
	bool change;		/* change the table while it is listed */
	struct nl_srtp *other;
	uint32_t made[MANY], deleted[MANY];
	size_t n_made, n_deleted;
};

static int see(const struct nl_srtp_report *r, void *arg)
{
	struct seen *s = arg;

	if (s->n == 4 * MANY)
		return -ENOSPC;
	s->ids[s->n++] = r->session.id;
	if (s->change && s->n % 20 == 0 && s->n_deleted < MANY) {
		struct nl_srtp_session fresh = numbered(10000 + (unsigned int)s->n_made);

		if (nl_srtp_session_del(s->other, &r->session.id, 1, NULL) ||
		    nl_srtp_session_new(s->other, &fresh, 1, &s->made[s->n_made], NULL))
			return -EIO;
		s->n_made++;
		s->deleted[s->n_deleted++] = r->session.id;
	}
	return 0;
}

static bool has(const uint32_t *ids, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool all_once(const struct seen *s, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t times = 0;

		for (size_t k = 0; k < s->n; k++)
			times += s->ids[k] == ids[i];
		if (times != 1)
			return diag("session %u is listed %zu times", ids[i], times);
	}
	return true;
}

static void test_many(void)
{
	static uint32_t ids[MANY];
	static struct seen s, changed;
	struct nl_srtp_stats st;
	struct err e = { 0 };
	uint32_t count = 0, again[8], flushed;
	size_t of_b = 0, once = 0, stayed = 0;
	bool ok;
	int rc;

	ok = create(0, MANY, ids);
	rc = nl_srtp_session_dump(gw, 0, see, &s, &e);
	tap(ok && !rc && s.n == MANY && all_once(&s, ids, MANY), "%d sessions are listed, each once %s",
	    MANY, err_text(&e));
	ok = !nl_srtp_stats(gw, &st, &e);
	tap(ok && st.sessions == MANY, "and counted: %llu", (unsigned long long)st.sessions);
	for (int i = 0; i < MANY; i++)
		for (int k = 0; k < i; k++)
			ok = ok && ids[i] != ids[k];
	tap(ok, "no id twice");

	s.n = 0;
	rc = nl_srtp_session_dump(gw, OWNER_B, see, &s, &e);
	for (size_t i = 0; i < MANY; i += 4)
		of_b += has(s.ids, s.n, ids[i]);
	tap(!rc && s.n == MANY / 4 && of_b == MANY / 4, "one owner's sessions are listed, no others");

	changed.change = true;
	if (nl_srtp_open(&changed.other, &e))
		bail("%s", err_text(&e));
	rc = nl_srtp_session_dump(gw, 0, see, &changed, &e);
	nl_srtp_close(changed.other);
	ok = true;
	for (int i = 0; i < MANY; i++)
		if (!has(changed.deleted, changed.n_deleted, ids[i])) {
			size_t times = 0;

			for (size_t k = 0; k < changed.n; k++)
				times += changed.ids[k] == ids[i];
			once += times == 1;
			stayed++;
		}
	tap(changed.n_deleted > 20 && (rc == -EINTR || (!rc && once == stayed)),
	    "listed while %zu came and %zu went: %s", changed.n_made, changed.n_deleted,
	    rc == -EINTR ? "said to be inconsistent" : "each that stayed is there once");
	s.n = 0;
	rc = nl_srtp_session_dump(gw, 0, see, &s, &e);
	ok = !rc && s.n == MANY;
	for (size_t i = 0; i < changed.n_made; i++)
		if (!has(changed.deleted, changed.n_deleted, changed.made[i]))
			ok = all_once(&s, &changed.made[i], 1) && ok;
	for (size_t i = 0; i < changed.n_deleted; i++)
		ok = ok && !has(s.ids, s.n, changed.deleted[i]);
	tap(ok, "and the next list is right");

	s.n = 0;
	nl_srtp_session_dump(gw, OWNER_B, see, &s, &e);
	of_b = s.n;
	rc = nl_srtp_session_flush(gw, OWNER_B, &count, &e);
	tap(!rc && count == of_b, "flush of one owner deletes its %zu", of_b);
	s.n = 0;
	rc = nl_srtp_session_dump(gw, OWNER_B, see, &s, &e);
	ok = !rc && s.n == 0;
	rc = nl_srtp_session_dump(gw, 0, see, &s, &e);
	tap(ok && !rc && s.n == MANY - of_b, "and no others");
	rc = nl_srtp_session_flush(gw, 0, &flushed, &e);
	tap(!rc && flushed == MANY - of_b && !nl_srtp_stats(gw, &st, &e) && st.sessions == 0,
	    "flush of all deletes the rest");
	/* The ports are free again. */
	ok = create(0, 8, again);
	tap(ok && !nl_srtp_session_del(gw, again, 8, &e) && !has(ids, MANY, again[0]),
	    "ports are free again, ids are not used again");
}

/* Keys: no reply, list, event or refusal may carry any eight octets of one. */

struct leak {
	size_t messages;
	bool found;
};

static int look_for_key(const struct nlmsghdr *nlh, void *arg)
{
	struct leak *l = arg;

	l->messages++;
	for (size_t i = 0; i + 8 <= sizeof(key); i++)
		l->found |= memmem(nlh, nlh->nlmsg_len, key + i, 8) != NULL;
	for (size_t i = 0; i + 8 <= sizeof(salt); i++)
		l->found |= memmem(nlh, nlh->nlmsg_len, salt + i, 8) != NULL;
	return 0;
}

static void event_for_key(const struct nlmsghdr *nlh, void *arg)
{
	look_for_key(nlh, arg);
}

static void ask(struct nl_conn *raw, uint8_t cmd, uint16_t flags, uint32_t id, struct leak *l)
{
	struct nl_msg *msg = nl_conn_message(raw, cmd, flags);

	if (id) {
		struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION);

		nla_put_u32(msg, SRTP_SA_ID, id);
		nla_nest_end(msg, nest);
	}
	if (nl_conn_request(raw, msg, look_for_key, l, NULL, NULL))
		diag("command %d is refused", cmd);
}

static void test_keys_stay(void)
{
	struct nl_srtp_session s = numbered(1);
	struct leak l = { 0 }, events = { 0 }, control = { 0 };
	struct nlmsghdr probe[4] = { { .nlmsg_len = sizeof(probe) } };
	struct nl_conn *raw;
	struct nl_event *ev;
	struct err e = { 0 };
	uint32_t id;

	memcpy(&probe[1], key + 3, 9);
	look_for_key(probe, &control);
	if (nl_srtp_events_open(&ev, &e) || nl_conn_open(&raw, SRTP_GENL_NAME, &e) ||
	    nl_srtp_session_new(gw, &s, 1, &id, &e))
		bail("%s", err_text(&e));
	ask(raw, SRTP_CMD_SESSION_GET, 0, id, &l);
	ask(raw, SRTP_CMD_SESSION_GET, NLM_F_DUMP, 0, &l);
	ask(raw, SRTP_CMD_STATS_GET, 0, 0, &l);
	ask(raw, SRTP_CMD_VERSION, 0, 0, &l);
	s = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_VERIFIED, .id = id,
				      .verified = true };
	nl_srtp_session_set(gw, &s, 1, &e);
	nl_srtp_session_del(gw, &id, 1, &e);
	nl_event_read(ev, event_for_key, &events, &e);
	tap(control.found && l.messages == 4 && !l.found && events.messages == 3 && !events.found,
	    "no key in %zu replies and %zu events (and the search finds one where it is)",
	    l.messages, events.messages);
	nl_event_close(ev);
	nl_conn_close(raw);
}

/* Events */

struct heard {
	struct { enum srtp_event what; uint32_t id; struct addr remote; } e[64];
	size_t n, bad;
};

static void hear(const struct nlmsghdr *nlh, void *arg)
{
	struct heard *h = arg;
	struct nl_srtp_report r;
	enum srtp_event what;

	if (nl_srtp_event_parse(nlh, &what, &r) || h->n == 64) {
		h->bad++;
		return;
	}
	if (what == SRTP_EVENT_FIRST)	/* see test_events */
		return;
	h->e[h->n].what = what;
	h->e[h->n].remote = r.session.remote;
	h->e[h->n++].id = r.session.id;
}

static bool heard_is(const struct heard *h, size_t i, enum srtp_event what, uint32_t id)
{
	if (i < h->n && h->e[i].what == what && h->e[i].id == id)
		return true;
	return diag("event %zu is %s of %u, not %s of %u", i,
		    i < h->n ? nl_srtp_event_name(h->e[i].what) : "none", i < h->n ? h->e[i].id : 0,
		    nl_srtp_event_name(what), id);
}

static void test_events(void)
{
	const struct nl_srtp_session latch = { .given = NL_SRTP_LATCH,
					       .latch = SRTP_LATCH_AUTHENTICATED };
	struct nl_srtp_session s = numbered(3);
	struct heard h = { 0 };
	struct nl_event *ev;
	struct pollfd pfd;
	struct err e = { 0 };
	struct addr moved = host_addr(AF_INET, 'a', 51000);
	uint8_t pkt[PACKET_MAX];
	struct pair p;
	size_t len;
	uint32_t id;
	int fd;
	bool ok;

	if (nl_srtp_events_open(&ev, &e))
		bail("%s", err_text(&e));
	if (nl_srtp_session_new(gw, &s, 1, &id, &e))
		bail("%s", err_text(&e));
	s = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_IDLE_TIMEOUT, .id = id,
				      .idle_timeout = 1 };
	nl_srtp_session_set(gw, &s, 1, &e);
	nl_event_read(ev, hear, &h, &e);
	tap(heard_is(&h, 0, SRTP_EVENT_NEW, id) && heard_is(&h, 1, SRTP_EVENT_SET, id) && h.n == 2,
	    "events of creation and change");

	/* Nobody's session: after a second, or some more on a busy machine, it is gone. */
	pfd = (struct pollfd){ .fd = nl_event_fd(ev), .events = POLLIN };
	ok = poll(&pfd, 1, 20000) == 1;
	nl_event_read(ev, hear, &h, &e);
	tap(ok && heard_is(&h, 2, SRTP_EVENT_EXPIRED, id) && h.n == 3,
	    "an idle session expires with an event");
	tap(nl_srtp_session_get(gw, id, &(struct nl_srtp_report){ 0 }, &e) == -ENOENT,
	    "and is gone");

	h.n = 0;
	pair_open(&p, AF_INET, CM, PLAIN, &latch);
	fd = udp_open(NS_A, &moved);
	nl_event_read(ev, hear, &h, &e);
	h.n = 0;
	len = rtp_simple(pkt, 1, 1);
	len = side_protect(&p.a, pkt, len);
	udp_send(fd, &p.a.local, pkt, len);
	ok = poll(&pfd, 1, DEADLINE_MS) == 1;
	nl_event_read(ev, hear, &h, &e);
	tap(ok && heard_is(&h, 0, SRTP_EVENT_REMOTE, p.a.id) && addr_equal(&h.e[0].remote, &moved),
	    "a moved remote address is told, with the new address");
	id = p.a.id;
	close(fd);
	h.n = 0;
	pair_close(&p);
	nl_event_read(ev, hear, &h, &e);
	tap(heard_is(&h, 0, SRTP_EVENT_DEL, id) && h.bad == 0, "deletion is told");
	nl_event_close(ev);
}

static void test_overrun(void)
{
	static uint32_t ids[MANY];
	struct heard h = { 0 };
	struct nl_event *ev;
	struct err e = { 0 };
	int small = 4096, rc;

	if (nl_srtp_events_open(&ev, &e))
		bail("%s", err_text(&e));
	setsockopt(nl_event_fd(ev), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	create(0, 200, ids);
	rc = nl_event_read(ev, hear, &h, &e);
	tap(rc == -ENOBUFS, "a listener that is too slow is told to start again: %s", err_text(&e));
	nl_event_read(ev, hear, &h, &e);
	h.n = 0;
	nl_srtp_session_del(gw, ids, 1, &e);
	rc = nl_event_read(ev, hear, &h, &e);
	tap(rc == 1 && heard_is(&h, 0, SRTP_EVENT_DEL, ids[0]), "and hears the next event");
	nl_srtp_session_flush(gw, 0, NULL, &e);
	nl_event_close(ev);
}

/* Who may: each case in a process of its own, whose exit status counts what was allowed. */

/* The forms of all commands that the contract has. */
static int forms(void)
{
	int n = 0;

	for (size_t i = 0; i < sizeof(spec_commands) / sizeof(spec_commands[0]); i++)
		n += spec_commands[i].doit + spec_commands[i].dumpit;
	return n;
}

/* Of every command by its number, those that got further than to be asked for permission. */
static int allowed_of_all(struct nl_conn *c)
{
	int n = 0;

	for (int cmd = 0; cmd <= SRTP_CMD_MAX; cmd++)
		for (int dump = 0; dump < 2; dump++) {
			struct nl_msg *msg = nl_conn_message(c, (uint8_t)cmd, dump ? NLM_F_DUMP : 0);
			int rc;

			/* Nobody's: of this command alone an empty request would do something. */
			if (cmd == SRTP_CMD_SESSION_FLUSH && !dump)
				nla_put_u64(msg, SRTP_A_OWNER, 12345);
			rc = nl_conn_request(c, msg, NULL, NULL, NULL, NULL);
			n += rc != -EPERM && rc != -EOPNOTSUPP;
		}
	return n;
}

static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int as_is(void)
{
	struct nl_conn *c;

	return nl_conn_open(&c, SRTP_GENL_NAME, NULL) ? 98 : allowed_of_all(c);
}

static int as_nobody(void)
{
	return setgid(65534) || setuid(65534) ? 97 : as_is();
}

/* Opened by root, used after the drop: the kernel asks both (design: why media keeps it). */
static int as_dropped(void)
{
	struct nl_conn *c;

	if (nl_conn_open(&c, SRTP_GENL_NAME, NULL))
		return 98;
	return setgid(65534) || setuid(65534) ? 97 : allowed_of_all(c);
}

/* Root of a user namespace, but this network namespace is not that one's. */
static int as_stranger_root(void)
{
	return unshare(CLONE_NEWUSER) ? 97 : as_is();
}

static int as_own_root(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? 97 : as_is();
}

static int events_as_nobody(void)
{
	struct nl_event *ev;

	if (setgid(65534) || setuid(65534))
		return 97;
	return nl_srtp_events_open(&ev, NULL) == 0;
}

static void test_permission(void)
{
	struct nl_srtp_session s = numbered(30);
	struct nl_srtp_stats st;
	struct err e = { 0 };
	const int all = forms();
	uint32_t id;
	int n;

	if (nl_srtp_session_new(gw, &s, 1, &id, &e))
		bail("%s", err_text(&e));
	n = in_child(as_is);
	tap(n == all && n >= 12, "root may all of %d commands, asked for one or for a list (%d)", all, n);
	n = in_child(as_nobody);
	tap(n == 0, "nobody may none (%d)", n);
	n = in_child(as_dropped);
	tap(n == 0, "a socket opened by root is no use after dropping rights (%d)", n);
	n = in_child(as_stranger_root);
	tap(n == 0, "root of another user namespace may none (%d)", n);
	n = in_child(as_own_root);
	tap(n == all, "root of the user namespace that owns the network namespace may all (%d)", n);
	n = in_child(events_as_nobody);
	tap(n == 0, "nobody may not listen to events (%d)", n);
	nl_srtp_stats(gw, &st, &e);
	tap(st.sessions == 1 && !nl_srtp_session_del(gw, &id, 1, &e),
	    "and the session of this namespace is as it was");
}

int main(void)
{
	gw_begin();
	test_permission();
	test_many();
	test_keys_stay();
	test_events();
	test_overrun();
	return tap_done();
}
