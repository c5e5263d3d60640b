// SPDX-License-Identifier: GPL-2.0-or-later
/* What the contract promises: whole or not at all, whole lists, and no more than allowed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/snapshot.h"
#include "lib/tap.h"
#include "nl.h"

#define STABLE	400
#define DUMPS	15
#define LIMIT	"/sys/module/srtp/parameters/max_sessions"

/* Both legs of a call in one request: each the other's peer, keyed, open. */
static void both_legs(const struct pair *p, struct nl_srtp_session s[2])
{
	const struct side *side[2] = { &p->a, &p->b };

	for (unsigned int i = 0; i < 2; i++)
		s[i] = (struct nl_srtp_session){
			.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX |
				 NL_SRTP_STATE | NL_SRTP_PEER_INDEX,
			.local = side[i]->local, .remote = side[i]->far,
			.rx = side_crypto(side[i]->profile, side[i]->rx, 0),
			.tx = side_crypto(side[i]->profile, side[i]->tx, 0),
			.state = SRTP_STATE_OPEN, .peer_index = (uint8_t)!i,
		};
}

static void refused(const char *name, const struct nl_srtp_session s[2], bool set, int want,
		    const char *where)
{
	struct err e = { 0 };
	uint32_t ids[2];
	int rc = set ? nl_srtp_session_set(gw, s, 2, &e) : nl_srtp_session_new(gw, s, 2, ids, &e);
	bool ok = rc == want || diag("result %d, not %d", rc, want);

	ok = (strstr(err_text(&e), where) || diag("%s is not named", where)) && ok;
	ok = snapshot_same() && ok;
	tap(ok, "%s, second half faulty: %s [%s]", set ? "SET" : "NEW", name, err_text(&e));
}

#define BAD(name, want, where, change) do {			\
	memcpy(s, good, sizeof(s));				\
	change;							\
	refused(name, s, set, want, where);			\
} while (0)

static void second_half_faulty(const struct nl_srtp_session good[2], bool set)
{
	struct nl_srtp_session s[2];

	BAD("a key too short", -EINVAL, "session[1].rx.master-key", s[1].rx.key_len = 15);
	BAD("no key", -EINVAL, "session[1].tx", s[1].tx.key = NULL);
	BAD("no such profile", -EOPNOTSUPP, "session[1].rx.profile", s[1].rx.profile = 99);
	BAD("a window of 100", -ERANGE, "session[1].rx.window", s[1].rx.window = 100);
	BAD("the key of the first", -EEXIST, "session[1].tx", s[1].tx = s[0].tx);
	BAD("its own peer", -EINVAL, "session[1].peer-index", s[1].peer_index = 1);
	BAD("a peer in place 2 of 2", -ERANGE, "session[1].peer-index", s[1].peer_index = 2);
	BAD("a peer in place 8", -ERANGE, "session[1].peer-index", s[1].peer_index = 8);
	BAD("an RTCP peer in place 2", -ERANGE, "session[1].rtcp-peer-index",
	    s[1].given |= NL_SRTP_RTCP_PEER_INDEX; s[1].rtcp_peer_index = 2);
	BAD("a peer by place and by id", -EINVAL, "session[1].peer-index",
	    s[1].given |= NL_SRTP_PEER; s[1].peer = 1);
	BAD("a peer that does not exist", -ENOENT, "session[1].peer",
	    s[1].given = (s[1].given & ~(uint32_t)NL_SRTP_PEER_INDEX) | NL_SRTP_PEER;
	    s[1].peer = 0x7fffffff);
	BAD("another address family", -EAFNOSUPPORT, "session[1].remote-addr",
	    s[1].remote = host_addr(AF_INET6, 'b', 9); s[1].given |= NL_SRTP_REMOTE);
	BAD("a state that is none", -ERANGE, "session[1].state", s[1].state = 7);
	BAD("latching that does not go with its key", -EINVAL, "session[1].latch",
	    s[1].given |= NL_SRTP_LATCH; s[1].latch = SRTP_LATCH_FIRST);
	BAD("a switch without next key", -ENOKEY, "session[1].switch",
	    s[1].given |= NL_SRTP_SWITCH; s[1].switch_to = SRTP_SWITCH_TX);
	if (set) {
		BAD("no such session", -ENOENT, "session[1].id", s[1].id = 0x7fffffff);
		BAD("the same session twice", -EINVAL, "session[1].id", s[1].id = s[0].id);
		BAD("a local address", -EINVAL, "session[1].local",
		    s[1].given |= NL_SRTP_LOCAL; s[1].local = host_addr(AF_INET, 'h', 5));
	} else {
		BAD("the first one's address", -EADDRINUSE, "session[1].local-addr",
		    s[1].local = s[0].local);
		BAD("no address", -EINVAL, "session[1]", s[1].given &= ~(uint32_t)NL_SRTP_LOCAL);
		BAD("nowhere to send to", -EDESTADDRREQ, "session[1].state",
		    s[1].given &= ~(uint32_t)NL_SRTP_REMOTE;
		    s[1].given |= NL_SRTP_LATCH; s[1].latch = SRTP_LATCH_NEVER);
		BAD("open without a key to receive", -ENOKEY, "session[1].state",
		    s[1].given &= ~(uint32_t)NL_SRTP_RX);
	}
}

static void test_transaction(void)
{
	struct nl_srtp_session s[2];
	uint8_t key[2][KEY_LEN];
	struct err e = { 0 };
	uint32_t ids[2];
	struct pair p;
	int rc;

	/* GCM on both sides: what a refused request did to a key to send with would be noticed. */
	pair_open(&p, AF_INET, GCM, GCM, NULL);
	ids[0] = p.a.id;
	ids[1] = p.b.id;
	if (nl_srtp_session_del(gw, ids, 2, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < 2; i++) {
		struct side *side = i ? &p.b : &p.a;

		/* The sessions that pair_open() made have used its keys. */
		random_key(side->tx);
		phone_update(side->recv, GCM, side->tx, false);
	}
	both_legs(&p, s);
	snapshot_take();
	second_half_faulty(s, false);
	both_legs(&p, s);
	rc = nl_srtp_session_new(gw, s, 2, ids, &e);
	p.a.id = ids[0];
	p.b.id = ids[1];
	tap(!rc && passes(&p.a, &p.b) && passes(&p.b, &p.a),
	    "one NEW makes both legs, and media passes at once %s", err_text(&e));
	tap(side_report(&p.a).session.peer == p.b.id && side_report(&p.b).session.peer == p.a.id,
	    "each is the other's peer");

	for (int i = 0; i < 2; i++) {
		random_key(key[i]);
		s[i] = (struct nl_srtp_session){
			.given = NL_SRTP_ID | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_STATE | NL_SRTP_PEER_INDEX,
			.id = ids[i], .state = SRTP_STATE_OPEN, .peer_index = (uint8_t)!i,
			.rx = side_crypto(GCM, key[i], 0), .tx = side_crypto(GCM, key[i] + 1, 0),
		};
	}
	snapshot_take();
	second_half_faulty(s, true);
	tap(passes(&p.a, &p.b) && passes(&p.b, &p.a), "under the old keys media still passes");
	rc = nl_srtp_session_set(gw, s, 2, &e);
	for (int i = 0; i < 2; i++) {
		phone_update(i ? p.b.send : p.a.send, GCM, key[i], true);
		phone_update(i ? p.b.recv : p.a.recv, GCM, key[i] + 1, false);
	}
	tap(!rc && passes(&p.a, &p.b) && passes(&p.b, &p.a),
	    "one SET changes both, with the keys that were refused before for others' faults %s",
	    err_text(&e));
	pair_close(&p);
}

/* Dumps while somebody else creates and deletes as fast as he can. */

static struct nl_srtp_session plain_at(uint16_t port)
{
	return (struct nl_srtp_session){ .given = NL_SRTP_LOCAL,
					 .local = host_addr(AF_INET, 'g', port) };
}

static void churn(void)
{
	struct nl_srtp_session s[8];
	struct nl_srtp *c;
	uint32_t ids[8];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nl_srtp_open(&c, NULL))
		_exit(1);
	for (uint16_t n = 0;; n++) {
		for (uint16_t i = 0; i < 8; i++)
			s[i] = plain_at((uint16_t)(30000 + (n % 500) * 8 + i));
		if (nl_srtp_session_new(c, s, 8, ids, NULL) || nl_srtp_session_del(c, ids, 8, NULL))
			_exit(1);
	}
}

struct seen {
	uint32_t first;
	unsigned int times[STABLE];
	size_t others;
	uint32_t last;
	bool falls;
};

static int see(const struct nl_srtp_report *r, void *arg)
{
	struct seen *s = arg;
	uint32_t id = r->session.id;

	if (id - s->first < STABLE)
		s->times[id - s->first]++;
	else
		s->others++;
	s->falls |= id <= s->last;
	s->last = id;
	return 0;
}

static void test_dump(void)
{
	size_t others = 0, missing = 0, twice = 0, falls = 0;
	struct err e = { 0 };
	uint32_t first = 0;
	int status, rc = 0;
	bool alive;
	pid_t pid;

	/* Ids rise, so that those that live throughout are known by their first one. */
	for (uint16_t i = 0; i < STABLE; i += 8) {
		struct nl_srtp_session s[8];
		uint32_t ids[8];

		for (uint16_t k = 0; k < 8; k++)
			s[k] = plain_at((uint16_t)(20000 + i + k));
		if (nl_srtp_session_new(gw, s, 8, ids, &e))
			bail("%s", err_text(&e));
		if (!first)
			first = ids[0];
	}
	pid = fork();
	if (pid == 0)
		churn();
	for (int d = 0; d < DUMPS && (!rc || rc == -EINTR); d++) {
		struct seen s = { .first = first };

		rc = nl_srtp_session_dump(gw, 0, see, &s, &e);
		for (size_t i = 0; i < STABLE; i++) {
			missing += s.times[i] == 0;
			twice += s.times[i] > 1;
		}
		others += s.others;
		falls += s.falls;
		/* On one CPU the other one has to have a turn. */
		usleep(20000);
	}
	alive = waitpid(pid, &status, WNOHANG) == 0;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	tap(alive && !rc, "sessions came and went during %d lists of %d and more %s", DUMPS, STABLE,
	    err_text(&e));
	tap(!missing && !twice && !falls && others,
	    "each that lived throughout is in each list once (%zu others were seen on their way; "
	    "%zu missing, %zu twice)", others, missing, twice);
	nl_srtp_session_flush(gw, 0, NULL, &e);
}

static void set_limit(const char *value)
{
	int fd = open(LIMIT, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		bail("%s: %s", LIMIT, strerror(errno));
	close(fd);
}

static void test_bound(void)
{
	struct nl_srtp_session s[3] = { plain_at(1000), plain_at(1002), plain_at(1004) };
	uint32_t ids[3], more;
	struct err e = { 0 };
	int rc;

	snapshot_take();
	set_limit("2");
	rc = nl_srtp_session_new(gw, s, 3, ids, &e);
	tap(rc == -ENOSPC && strstr(err_text(&e), LIMIT) && snapshot_same(),
	    "more sessions than a namespace may have are refused, none is made: %s", err_text(&e));
	rc = nl_srtp_session_new(gw, s, 2, ids, &e);
	tap(!rc && nl_srtp_session_new(gw, s + 2, 1, &more, NULL) == -ENOSPC,
	    "as many as it may are not %s", rc ? err_text(&e) : "");
	rc = nl_srtp_session_del(gw, ids, 1, &e);
	tap(!rc && !nl_srtp_session_new(gw, s + 2, 1, ids, &e), "one that goes makes room");
	set_limit("262144");
	nl_srtp_session_flush(gw, 0, NULL, &e);
}

/* What these two commands look at themselves, so that their keys are wiped whatever is wrong. */
static void test_form(void)
{
	static const uint8_t cmds[] = { SRTP_CMD_SESSION_NEW, SRTP_CMD_SESSION_SET };
	struct nl_srtp_session s = plain_at(1000);
	struct nl_refusal r;
	struct err e = { 0 };
	struct nl_conn *raw;

	if (nl_conn_open(&raw, SRTP_GENL_NAME, &e))
		bail("%s", err_text(&e));
	for (size_t i = 0; i < 2; i++)
		for (int how = 0; how < 4; how++) {
			static const char *const what[] = {
				"reserved bits of the header", "reserved flags", "an attribute of type 0",
				"an attribute that is only ever in replies",
			};
			struct nl_msg *msg = nl_conn_message(raw, cmds[i], how == 1 ? NLM_F_CREATE : 0);
			int rc;

			nl_srtp_test_put(msg, &s);
			if (how == 0)
				((uint8_t *)nlmsg_data(nlmsg_hdr(msg)))[2] = 1;
			if (how >= 2)
				nla_put_u32(msg, how == 2 ? 0 : SRTP_A_COUNT, 1);
			rc = nl_conn_request(raw, msg, NULL, NULL, &r, NULL);
			tap(rc == -EINVAL && r.text[0] && snapshot_same(), "command %d refuses %s: %s",
			    cmds[i], what[how], r.text);
		}
	nl_conn_close(raw);
}

int main(void)
{
	gw_begin();
	test_transaction();
	test_dump();
	test_bound();
	test_form();
	return tap_done();
}
