// SPDX-License-Identifier: GPL-2.0-or-later
/* The netlink contract: what is refused, how it is said, and that a refusal changes nothing. */
#include <errno.h>
#include <string.h>

#include <netlink/attr.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/snapshot.h"
#include "lib/tap.h"
#include "nl.h"

static const uint8_t key[16] = "netlink-test-key", salt[14] = "netlink-salt14";
static struct nl_conn *raw;
static uint32_t base_id;		/* a session that exists all the time */
#define BASE_PORT 17000

/* What every session wants, at port @port. */
static struct nl_srtp_session good(uint16_t port)
{
	struct nl_srtp_session s = {
		.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_OWNER,
		.local = host_addr(AF_INET, 'g', port),
		.remote = host_addr(AF_INET, 'a', 9),
		.rx = { .profile = CM, .key = key, .key_len = 16, .salt = salt, .salt_len = 14 },
		.tx = { .profile = GCM, .key = key, .key_len = 16, .salt = salt, .salt_len = 12 },
		.owner = 0xabcdef,
	};

	return s;
}

/* A refusal has to have its code, words, the attribute at fault, and no consequence. */
static void refused(const char *name, int rc, const struct err *e, int want, const char *where)
{
	bool ok = true;

	if (rc != want)
		ok = diag("result %d (%s), not %d (%s)", rc, strerror(-rc), want, strerror(-want));
	if (!strchr(e->text, ':') || strlen(strchr(e->text, ':')) < 8)
		ok = diag("no words: \"%s\"", e->text);
	if (*where && !strstr(e->text, where))
		ok = diag("\"%s\" is not named", where);
	if (!snapshot_same())
		ok = false;
	tap(ok, "refused: %s [%s]", name, err_text(e));
}

static void new_refused(const char *name, struct nl_srtp_session s, int want, const char *where)
{
	struct err e = { 0 };
	uint32_t id;

	refused(name, nl_srtp_session_new(gw, &s, 1, &id, &e), &e, want, where);
}

static void set_refused(const char *name, struct nl_srtp_session s, int want, const char *where)
{
	struct err e = { 0 };

	if (!(s.given & NL_SRTP_ID)) {
		s.given |= NL_SRTP_ID;
		s.id = base_id;
	}
	refused(name, nl_srtp_session_set(gw, &s, 1, &e), &e, want, where);
}

#define WITH(change) ({ struct nl_srtp_session s = good(17001); change; s; })

static void test_keys(void)
{
	new_refused("profile that does not exist", WITH(s.rx.profile = 0x99), -EOPNOTSUPP,
		    "session[0].rx.profile");
	new_refused("CM key of 15 octets", WITH(s.rx.key_len = 15), -EINVAL,
		    "session[0].rx.master-key");
	new_refused("CM key of 17 octets", WITH(s.rx.key_len = 17; s.rx.key = (void *)"12345678901234567"),
		    -EINVAL, "session[0].rx.master-key");
	new_refused("CM salt of 13 octets", WITH(s.rx.salt_len = 13), -EINVAL,
		    "session[0].rx.master-salt");
	new_refused("CM salt of 15 octets", WITH(s.rx.salt_len = 15; s.rx.salt = (void *)"123456789012345"),
		    -ERANGE, "session[0].rx.master-salt");
	new_refused("GCM key of 15 octets", WITH(s.tx.key_len = 15), -EINVAL,
		    "session[0].tx.master-key");
	new_refused("GCM salt of 11 octets", WITH(s.tx.salt_len = 11), -EINVAL,
		    "session[0].tx.master-salt");
	new_refused("GCM salt of 13 octets", WITH(s.tx.salt_len = 13), -EINVAL,
		    "session[0].tx.master-salt");
	new_refused("no key", WITH(s.rx.key = NULL), -EINVAL, "rx");
	new_refused("no salt", WITH(s.tx.salt = NULL), -EINVAL, "tx");
	new_refused("a key for plain RTP", WITH(s.rx.profile = PLAIN), -EINVAL, "rx");
	new_refused("a window that is no multiple of 64", WITH(s.rx.window = 65), -ERANGE,
		    "session[0].rx.window");
	new_refused("window too small", WITH(s.rx.window = 63), -ERANGE, "session[0].rx.window");
	new_refused("window too large", WITH(s.rx.window = 32832), -ERANGE, "session[0].rx.window");
}

static void test_addresses(void)
{
	new_refused("a local port that is taken", good(BASE_PORT), -EADDRINUSE, "session[0].local-addr");
	new_refused("port 0", WITH(s.local.port = 0), -ERANGE, "session[0].local-port");
	new_refused("local address 0.0.0.0", WITH(memset(s.local.ip, 0, 16)), -EINVAL,
		    "session[0].local-addr");
	new_refused("local address multicast", WITH(s.local.ip[0] = 224), -EINVAL,
		    "session[0].local-addr");
	new_refused("remote address multicast", WITH(s.remote.ip[0] = 224), -EINVAL,
		    "session[0].remote-addr");
	new_refused("remote port 0", WITH(s.remote.port = 0), -ERANGE, "session[0].remote-port");
	new_refused("two address families", WITH(s.remote = host_addr(AF_INET6, 'a', 9)), -EAFNOSUPPORT,
		    "session[0].remote-addr");
	new_refused("no local address", WITH(s.given &= ~(uint32_t)NL_SRTP_LOCAL), -EINVAL, "local");
}

static void test_values(void)
{
	new_refused("state 2", WITH(s.given |= NL_SRTP_STATE; s.state = 2), -ERANGE, "state");
	new_refused("latch 3", WITH(s.given |= NL_SRTP_LATCH; s.latch = 3), -ERANGE, "latch");
	new_refused("no streams", WITH(s.given |= NL_SRTP_MAX_STREAMS; s.max_streams = 0), -ERANGE,
		    "max-streams");
	new_refused("1025 streams", WITH(s.given |= NL_SRTP_MAX_STREAMS; s.max_streams = 1025),
		    -ERANGE, "max-streams");
	new_refused("a peer that does not exist", WITH(s.given |= NL_SRTP_PEER; s.peer = 0x7fffffff),
		    -ENOENT, "session[0].peer");
	new_refused("an RTCP peer that does not exist",
		    WITH(s.given |= NL_SRTP_RTCP_PEER; s.rtcp_peer = 0x7fffffff), -ENOENT,
		    "session[0].rtcp-peer");
	new_refused("latching by authentication without any",
		    WITH(s.rx = (struct nl_srtp_crypto){ 0 }; s.given |= NL_SRTP_LATCH;
			 s.latch = SRTP_LATCH_AUTHENTICATED), -EINVAL, "session[0].latch");
	new_refused("open without a receive key",
		    WITH(s.given &= ~(uint32_t)NL_SRTP_RX; s.given |= NL_SRTP_STATE;
			 s.state = SRTP_STATE_OPEN), -ENOKEY, "session[0].state");
	new_refused("open without a transmit key",
		    WITH(s.given &= ~(uint32_t)NL_SRTP_TX; s.given |= NL_SRTP_STATE;
			 s.state = SRTP_STATE_OPEN), -ENOKEY, "session[0].state");
	new_refused("open with nowhere to send to",
		    WITH(s.given &= ~(uint32_t)NL_SRTP_REMOTE;
			 s.given |= NL_SRTP_STATE | NL_SRTP_LATCH;
			 s.state = SRTP_STATE_OPEN), -EDESTADDRREQ, "session[0].state");
	new_refused("latching to the first packet where packets are encrypted",
		    WITH(s.given |= NL_SRTP_LATCH; s.latch = SRTP_LATCH_FIRST), -EINVAL,
		    "session[0].latch");
	new_refused("an id in NEW", WITH(s.given |= NL_SRTP_ID; s.id = 5), -EINVAL, "session[0].id");
}

static void test_set(void)
{
	struct nl_srtp_session s = { .given = NL_SRTP_ID | NL_SRTP_VERIFIED, .id = 0x7fffffff };
	struct nl_srtp_report r;
	struct err e = { 0 };

	set_refused("SET of a session that does not exist", s, -ENOENT, "session[0].id");
	set_refused("SET of the local address", (struct nl_srtp_session){
		.given = NL_SRTP_LOCAL, .local = host_addr(AF_INET, 'g', 17002) }, -EINVAL, "local");
	set_refused("SET of max-streams", (struct nl_srtp_session){
		.given = NL_SRTP_MAX_STREAMS, .max_streams = 5 }, -EINVAL, "max-streams");
	s.given = NL_SRTP_VERIFIED;
	refused("SET without id", nl_srtp_session_set(gw, &s, 1, &e), &e, -EINVAL, "session[0]");
	refused("GET of a session that does not exist", nl_srtp_session_get(gw, 0x7fffffff, &r, &e),
		&e, -ENOENT, "session[0]");
	s.local = host_addr(AF_INET, 'g', 5);
	refused("GET of an address nobody has", nl_srtp_session_find(gw, &s.local, &r, &e), &e,
		-ENOENT, "");
	tap(!nl_srtp_session_find(gw, &(struct addr){ 0 }, &r, &e) == false &&
	    snapshot_same(), "GET of no address is refused");
	s.local = host_addr(AF_INET, 'g', BASE_PORT);
	tap(!nl_srtp_session_find(gw, &s.local, &r, &e) && r.session.id == base_id,
	    "GET by address finds the session");
}

static void test_all_or_nothing(void)
{
	struct nl_srtp_session s[8] = { good(17010), good(17011), good(17012) };
	uint32_t ids[8];
	struct err e = { 0 };

	s[1].rx.salt_len = 13;
	refused("NEW of three, the second bad", nl_srtp_session_new(gw, s, 3, ids, &e), &e, -EINVAL,
		"session[1].rx.master-salt");
	s[1] = good(17010);
	refused("NEW of three, two with one port", nl_srtp_session_new(gw, s, 3, ids, &e), &e,
		-EADDRINUSE, "session[1].local-addr");
	s[0] = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_OWNER, .id = base_id,
					 .owner = 99 };
	s[1] = s[0];
	s[1].id = 0x7fffffff;
	refused("SET of two, the second gone", nl_srtp_session_set(gw, s, 2, &e), &e, -ENOENT,
		"session[1].id");
	ids[0] = base_id;
	ids[1] = 0x7fffffff;
	refused("DEL of two, the second gone", nl_srtp_session_del(gw, ids, 2, &e), &e, -ENOENT,
		"session[1].id");
}

/* Requests that no well-behaved client makes. */

static void raw_refused(const char *name, struct nl_msg *msg, int want, const char *where)
{
	struct nl_refusal r;
	int rc = nl_conn_request(raw, msg, NULL, NULL, &r, NULL);
	bool ok = true;

	if (rc != want)
		ok = diag("result %d, not %d", rc, want);
	if (!r.text[0] && !r.path[0] && *where)
		ok = diag("no words");
	ok = snapshot_same() && ok;
	tap(ok, "refused: %s [%s]", name, r.text);
}

static struct nl_msg *session_with(int type, const void *data, int len, int nest_flag)
{
	struct nl_msg *msg = nl_conn_message(raw, SRTP_CMD_SESSION_NEW, 0);
	struct addr local = host_addr(AF_INET, 'g', 17020);
	uint16_t port = __builtin_bswap16(17020);
	struct nlattr *nest = nla_nest_start(msg, SRTP_A_SESSION);

	nla_put(msg, SRTP_SA_LOCAL_ADDR, 4, local.ip);
	nla_put(msg, SRTP_SA_LOCAL_PORT, 2, &port);
	if (type)
		nla_put(msg, type, len, data);
	nla_nest_end(msg, nest);
	if (!nest_flag)
		nest->nla_type &= (uint16_t)~NLA_F_NESTED;
	return msg;
}

static void test_raw(void)
{
	struct nl_srtp_session more = { .given = NL_SRTP_ID | NL_SRTP_STATE, .id = base_id };
	struct nl_msg *msg;
	struct nlattr *nest;
	uint32_t v = 1;
	uint8_t u8 = 2;

	raw_refused("an unknown attribute in a session", session_with(60, &v, 4, 1), -EINVAL, "x");
	raw_refused("a reply's attribute in a request", session_with(SRTP_SA_IDLE, &v, 4, 1),
		    -EINVAL, "x");
	raw_refused("a state of 4 octets", session_with(SRTP_SA_STATE, &v, 4, 1), -EINVAL, "x");
	raw_refused("verified 2", session_with(SRTP_SA_VERIFIED, &u8, 1, 1), -ERANGE, "x");
	raw_refused("a remote address of 5 octets",
		    session_with(SRTP_SA_REMOTE_ADDR, "12345", 5, 1), -EINVAL, "x");
	raw_refused("a remote address without port",
		    session_with(SRTP_SA_REMOTE_ADDR, "\12\1\0\2", 4, 1), -EINVAL, "x");
	raw_refused("a session that is not marked as nest", session_with(0, NULL, 0, 0), -EINVAL, "x");
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_NEW, 0);
	raw_refused("NEW of no session", msg, -EINVAL, "x");
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_NEW, 0);
	nest = nla_nest_start(msg, SRTP_A_SESSION);
	nla_nest_end_keep_empty(msg, nest);
	raw_refused("NEW of an empty session", msg, -EINVAL, "x");
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_NEW, 0);
	for (uint16_t i = 0; i < 9; i++) {
		uint16_t port = (uint16_t)(i << 8 | 70);

		nest = nla_nest_start(msg, SRTP_A_SESSION);
		nla_put(msg, SRTP_SA_LOCAL_ADDR, 4, "\12\1\0\1");
		nla_put(msg, SRTP_SA_LOCAL_PORT, 2, &port);
		nla_nest_end(msg, nest);
	}
	raw_refused("NEW of nine sessions", msg, -E2BIG, "x");
	msg = session_with(0, NULL, 0, 1);
	nla_put_u32(msg, 60, 1);
	raw_refused("an unknown attribute beside the session", msg, -EINVAL, "x");
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_FLUSH, 0);
	nla_put_u64(msg, SRTP_A_OWNER, 0);
	raw_refused("FLUSH of owner 0", msg, -ERANGE, "x");
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_FLUSH, 0);
	nla_put_u32(msg, SRTP_A_OWNER, 0xabcdef);
	raw_refused("FLUSH of an owner of 4 octets", msg, -EINVAL, "x");
	/* Who says more of a session than its name does not mean what would be done. */
	for (int i = 0; i < 3; i++) {
		static const struct { const char *name; uint8_t cmd; uint16_t flags; } asks[] = {
			{ "DEL of an id and more", SRTP_CMD_SESSION_DEL, 0 },
			{ "GET of an id and more", SRTP_CMD_SESSION_GET, 0 },
			{ "the streams of an id and more", SRTP_CMD_STREAM_GET, NLM_F_DUMP },
		};

		msg = nl_conn_message(raw, asks[i].cmd, asks[i].flags);
		nl_srtp_test_put(msg, &more);
		/* A dump that is refused has its words where this connection does not look. */
		raw_refused(asks[i].name, msg, -EINVAL, asks[i].flags ? "" : "x");
	}
	msg = nl_conn_message(raw, SRTP_CMD_SESSION_GET, 0);
	more.given = NL_SRTP_ID;
	nl_srtp_test_put(msg, &more);
	nla_put_u64(msg, SRTP_A_OWNER, 1);
	raw_refused("GET of an id and an owner", msg, -EINVAL, "x");
	raw_refused("a command that does not exist", nl_conn_message(raw, 77, 0), -EOPNOTSUPP, "");
	raw_refused("EVENT as a request", nl_conn_message(raw, SRTP_CMD_EVENT, 0), -EOPNOTSUPP, "");
}

/* One request cut at every octet: as sent, and with lengths made to agree. */
static void test_cut(bool agree)
{
	struct nl_srtp_session s = good(17030);
	struct nl_msg *msg;
	uint8_t whole[1024], cut[1024];
	size_t len, attrs = NLMSG_HDRLEN + 4, refusals = 0, accepted = 0;
	uint32_t id = 0;
	bool ok = true;

	msg = nl_conn_message(raw, SRTP_CMD_SESSION_NEW, 0);
	if (nl_srtp_test_put(msg, &s))
		bail("nl_srtp_test_put");
	len = nlmsg_hdr(msg)->nlmsg_len;
	memcpy(whole, nlmsg_hdr(msg), len);
	nl_message_free(msg);
	for (size_t n = 0; n < len && ok; n++) {
		struct nlmsghdr *h = (void *)cut;
		struct nlattr *a = (void *)(cut + attrs);
		int rc;

		id = 0;
		memcpy(cut, whole, len);
		if (n >= 4)
			h->nlmsg_len = (uint32_t)n;
		if (agree && n >= attrs + 4)
			a->nla_len = (uint16_t)(n - attrs);
		rc = raw_exchange(raw, cut, n, &id);
		if (n < NLMSG_HDRLEN) {
			/* Not a message: the kernel does not answer. */
			ok = rc == (n ? -ETIMEDOUT : -ENODATA) || diag("cut to %zu octets: answer %d", n, rc);
		} else if (rc < 0) {
			refusals++;
			ok = snapshot_same() || diag("cut to %zu octets", n);
		} else {
			/* What is left can be a whole request that asks for less. */
			ok = (agree && id) || diag("cut to %zu octets: accepted", n);
			accepted++;
			nl_srtp_session_del(gw, &id, 1, NULL);
		}
	}
	ok = ok && (raw_exchange(raw, whole, len, &id) == 0 || diag("the whole request is refused"));
	nl_srtp_session_del(gw, &id, 1, NULL);
	/*
	 * Cut behind local-port or remote-port (two octets of padding that may be missing
	 * each), behind rx and behind tx.
	 */
	size_t whole_left = agree ? 3 + 3 + 1 + 1 : 0;

	tap(ok && refusals + accepted == len - NLMSG_HDRLEN && accepted == whole_left && snapshot_same(),
	    "a request of %zu octets cut at every length%s: %zu refused, %zu whole requests left", len,
	    agree ? ", lengths made to agree" : "", refusals, accepted);
}

int main(void)
{
	struct nl_srtp_session s = good(BASE_PORT);
	struct err e = { 0 };

	gw_begin();
	if (nl_conn_open(&raw, SRTP_GENL_NAME, &e))
		bail("%s", err_text(&e));
	tap(!nl_srtp_session_new(gw, &s, 1, &base_id, &e), "a good session is created: %s",
	    err_text(&e));
	snapshot_take();
	test_keys();
	test_addresses();
	test_values();
	test_set();
	test_all_or_nothing();
	test_raw();
	test_cut(false);
	test_cut(true);
	tap(!nl_srtp_session_del(gw, &base_id, 1, &e), "the session is deleted");
	nl_conn_close(raw);
	return tap_done();
}
