// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests made up at random from the tables of the contract: every command and attribute
 * there is, right, nearly right and damaged.  The module may accept or refuse what it likes,
 * but answers each, and what it says about itself stays well-formed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/gw.h"
#include "lib/nl_spec.h"
#include "lib/ns.h"
#include "lib/tap.h"
#include "nl.h"

#define REQUESTS	5000
#define COMMANDS	(sizeof(spec_commands) / sizeof(spec_commands[0]))

static struct nl_conn *raw;
static uint64_t state;
static uint32_t last_id = 1;

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static bool chance(uint32_t percent)
{
	return rnd(100) < percent;
}

struct request {
	union { struct nlmsghdr h; uint8_t data[6000]; };
	size_t len;
};

static size_t begin(struct request *r, uint16_t type)
{
	struct nlattr a = { .nla_type = type };
	size_t at = r->len;

	if (at + sizeof(a) <= sizeof(r->data)) {
		memcpy(r->data + at, &a, sizeof(a));
		r->len += sizeof(a);
	}
	return at;
}

static void end(struct request *r, size_t at)
{
	uint16_t len = (uint16_t)(r->len - at);

	if (at + sizeof(len) > sizeof(r->data))
		return;
	memcpy(r->data + at, &len, sizeof(len));
	while (r->len % NLA_ALIGNTO && r->len < sizeof(r->data))
		r->data[r->len++] = 0;
}

static void octets(struct request *r, const void *p, size_t n)
{
	if (n > sizeof(r->data) - r->len)
		n = sizeof(r->data) - r->len;
	memcpy(r->data + r->len, p, n);
	r->len += n;
}

static void put_number(struct request *r, const struct spec_attr *a)
{
	uint64_t v = a->min + (a->max - a->min ? (rnd(1u << 31) % (a->max - a->min + !!(a->max + 1))) : 0);
	size_t size = a->size;

	if (chance(30))
		v = a->min + rnd(3);
	else if (chance(10))
		v = a->max + rnd(2);
	else if (chance(5))
		v = a->min - 1;
	/* What names a session should name one at times. */
	if (size == 4 && chance(70))
		v = chance(50) ? last_id - rnd(3) : rnd(20);
	if (chance(1))
		size = rnd(9);
	octets(r, &v, size);
}

static void put_octets(struct request *r, const struct spec_attr *a)
{
	static const uint8_t ip[4] = { 10, 1, 0, 1 };
	static const uint8_t sizes[] = { 12, 14, 16, 32, 4, 1 };
	uint8_t bytes[300];
	size_t n = chance(70) ? sizes[rnd(sizeof(sizes))] : rnd((uint32_t)(a->max + 3));

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i < 24 ? rnd(256) : 0);
	if (a->address && chance(95)) {
		memcpy(bytes, ip, sizeof(ip));
		bytes[3] = (uint8_t)rnd(40);
		n = 4;
	}
	octets(r, bytes, n < sizeof(bytes) ? n : sizeof(bytes));
}

static void put(struct request *r, const struct spec_attr *table, unsigned int percent);

static void put_one(struct request *r, const struct spec_attr *a)
{
	size_t at = begin(r, (uint16_t)(a->type | (a->nest && !chance(1) ? NLA_F_NESTED : 0)));

	if (a->nest)
		put(r, a->nest, 10 + rnd(60));
	else if (a->size)
		put_number(r, a);
	else
		put_octets(r, a);
	end(r, at);
}

static void put(struct request *r, const struct spec_attr *table, unsigned int percent)
{
	static const struct spec_attr unknown = { .type = 99, .size = 4, .max = 5 };

	for (; table->type; table++)
		if (table->reply_only ? chance(1) : chance(table->required ? 95 : percent))
			for (uint32_t n = table->nest && chance(20) ? 1 + rnd(3) : 1; n; n--)
				put_one(r, table);
	if (chance(1))
		put_one(r, &unknown);
}

/* A session of plain RTP: what is asked about it has a chance to be right. */
static void put_good(struct request *r)
{
	static const uint8_t ip[4] = { 10, 1, 0, 1 };
	uint16_t port = (uint16_t)(1 + rnd(65535));
	size_t nest = begin(r, SRTP_A_SESSION | NLA_F_NESTED), at;

	at = begin(r, SRTP_SA_LOCAL_ADDR);
	octets(r, ip, sizeof(ip));
	end(r, at);
	at = begin(r, SRTP_SA_LOCAL_PORT);
	octets(r, &port, sizeof(port));
	end(r, at);
	end(r, nest);
}

static bool by_id(uint8_t cmd)
{
	return cmd == SRTP_CMD_SESSION_SET || cmd == SRTP_CMD_SESSION_DEL ||
	       cmd == SRTP_CMD_STREAM_GET || cmd == SRTP_CMD_ATTACH_DEL;
}

static void make(struct request *r, const struct spec_command *c)
{
	uint8_t genl[4] = { c->cmd, SRTP_GENL_VERSION };
	bool dump = c->dumpit && (!c->doit || chance(50));

	memset(r, 0, sizeof(*r));
	r->len = NLMSG_HDRLEN;
	if (chance(2))
		genl[0] = (uint8_t)rnd(256);
	if (chance(1))
		genl[2] = 1;
	octets(r, genl, sizeof(genl));
	if (c->cmd == SRTP_CMD_SESSION_NEW && chance(30))
		put_good(r);
	if (by_id(c->cmd) && chance(30)) {
		/* An id and nothing else. */
		const struct spec_attr *nest = c->request;
		const struct spec_attr id[] = { nest->nest[0], { .type = 0 } };
		size_t at = begin(r, (uint16_t)(nest->type | NLA_F_NESTED));

		put(r, id, 100);
		end(r, at);
	} else if (c->cmd != SRTP_CMD_SESSION_NEW || chance(70)) {
		put(r, c->request, c->cmd == SRTP_CMD_SESSION_GET ? 40 : 90);
	}
	r->h.nlmsg_type = (uint16_t)nl_conn_family(raw);
	r->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (dump ? NLM_F_DUMP : 0));
	r->h.nlmsg_len = (uint32_t)r->len;
	/* Damaged: behind the netlink header, which the tests of cut requests look at. */
	if (chance(15))
		for (uint32_t n = 1 + rnd(4); n; n--)
			r->data[NLMSG_HDRLEN + rnd((uint32_t)(r->len - NLMSG_HDRLEN))] ^=
				(uint8_t)(1 << rnd(8));
}

static void note_id(const struct nlmsghdr *h)
{
	struct nl_srtp_report r;

	if (h->nlmsg_type == nl_conn_family(raw) && !nl_srtp_report_parse(h, &r))
		last_id = r.session.id;
}

/* Return: 0, what it was refused with, or -ETIMEDOUT when there was no answer. */
static int ask(const struct request *r)
{
	static union { struct nlmsghdr h; uint8_t data[32768]; } in;
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t got;

	if (sendto(nl_conn_fd(raw), r->data, r->len, 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) != (ssize_t)r->len)
		bail("sendto: %s", strerror(errno));
	while ((got = recv(nl_conn_fd(raw), in.data, sizeof(in.data), MSG_DONTWAIT)) > 0)
		for (struct nlmsghdr *h = &in.h; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
			note_id(h);
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE)
				return *(const int32_t *)NLMSG_DATA(h);
		}
	return -ETIMEDOUT;
}

static int well_formed(const struct nl_srtp_report *r, void *arg)
{
	(void)r;
	++*(size_t *)arg;
	return 0;
}

int main(void)
{
	const char *given = getenv("SEED");
	size_t accepted[COMMANDS] = { 0 }, silent = 0, listed = 0, all = 0;
	struct nl_srtp_stats st = { 0 };
	static struct request r;
	struct err e = { 0 };
	uint32_t count;
	bool ok = true;

	state = given ? strtoull(given, NULL, 0) : 20250;
	gw_begin();
	if (nl_conn_open(&raw, SRTP_GENL_NAME, &e))
		bail("%s", err_text(&e));
	for (size_t i = 0; i < REQUESTS; i++) {
		size_t c = rnd(COMMANDS);
		int rc;

		/* All that there is goes with it, so not too often. */
		if (spec_commands[c].cmd == SRTP_CMD_SESSION_FLUSH && chance(90))
			continue;
		make(&r, &spec_commands[c]);
		rc = ask(&r);
		accepted[c] += rc == 0;
		silent += rc == -ETIMEDOUT;
	}
	for (size_t c = 0; c < COMMANDS; c++) {
		all += accepted[c];
		ok = ok && (accepted[c] > 2 || diag("of command %u %zu were accepted",
						    spec_commands[c].cmd, accepted[c]));
	}
	tap(!silent, "%d requests of %zu commands at random (SEED=%s), each is answered", REQUESTS,
	    COMMANDS, given ? given : "20250");
	tap(ok, "and some of each are accepted, %zu in all", all);
	ok = !nl_srtp_session_dump(gw, 0, well_formed, &listed, &e) && !nl_srtp_stats(gw, &st, &e);
	/* Some may have had an idle timeout of a second. */
	tap(ok && listed >= st.sessions, "%zu sessions are left, in the list and by the count %s",
	    listed, err_text(&e));
	ok = !nl_srtp_session_flush(gw, 0, &count, &e) && !nl_srtp_stats(gw, &st, &e);
	tap(ok && count <= listed && !st.sessions, "and go %s", err_text(&e));
	nl_conn_close(raw);
	return tap_done();
}
