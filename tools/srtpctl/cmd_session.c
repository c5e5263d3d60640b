// SPDX-License-Identifier: GPL-2.0-or-later
/* session new, set, del, flush: by hand, and for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "secret.h"

enum {
	O_LOCAL = 1, O_REMOTE, O_RX, O_TX, O_RX_KEY, O_TX_KEY, O_WINDOW, O_STATE, O_VERIFIED,
	O_OWNER, O_PEER, O_RTCP_PEER, O_LATCH, O_IDLE, O_STREAMS, O_ALL,
};

static const struct option options[] = {
	{ "local", required_argument, NULL, O_LOCAL },
	{ "remote", required_argument, NULL, O_REMOTE },
	{ "rx", required_argument, NULL, O_RX },
	{ "tx", required_argument, NULL, O_TX },
	{ "rx-key-file", required_argument, NULL, O_RX_KEY },
	{ "tx-key-file", required_argument, NULL, O_TX_KEY },
	{ "window", required_argument, NULL, O_WINDOW },
	{ "state", required_argument, NULL, O_STATE },
	{ "verified", required_argument, NULL, O_VERIFIED },
	{ "owner", required_argument, NULL, O_OWNER },
	{ "peer", required_argument, NULL, O_PEER },
	{ "rtcp-peer", required_argument, NULL, O_RTCP_PEER },
	{ "latch", required_argument, NULL, O_LATCH },
	{ "idle-timeout", required_argument, NULL, O_IDLE },
	{ "max-streams", required_argument, NULL, O_STREAMS },
	{ 0 },
};

/* What was said about a session, keys not read yet. */
struct request {
	struct nl_srtp_session s;
	const char *rx_file, *tx_file;
	uint8_t rx_key[KEY_MAX], tx_key[KEY_MAX];
};

static bool set_number(struct request *r, int which, const char *name, const char *text)
{
	struct nl_srtp_session *s = &r->s;
	uint64_t v;

	switch (which) {
	case O_OWNER:
		s->given |= NL_SRTP_OWNER;
		return opt_number(name, text, 0, UINT64_MAX, &s->owner);
	case O_WINDOW:
		if (!opt_number(name, text, 64, 32768, &v))
			return false;
		s->rx.window = (uint32_t)v;
		return true;
	case O_PEER:
		s->given |= NL_SRTP_PEER;
		if (!opt_number(name, text, 0, UINT32_MAX, &v))
			return false;
		s->peer = (uint32_t)v;
		return true;
	case O_RTCP_PEER:
		s->given |= NL_SRTP_RTCP_PEER;
		if (!opt_number(name, text, 0, UINT32_MAX, &v))
			return false;
		s->rtcp_peer = (uint32_t)v;
		return true;
	case O_IDLE:
		s->given |= NL_SRTP_IDLE_TIMEOUT;
		if (!opt_number(name, text, 0, UINT32_MAX, &v))
			return false;
		s->idle_timeout = (uint32_t)v;
		return true;
	case O_STREAMS:
		s->given |= NL_SRTP_MAX_STREAMS;
		if (!opt_number(name, text, 1, 1024, &v))
			return false;
		s->max_streams = (uint16_t)v;
		return true;
	}
	return false;
}

static bool set_option(struct request *r, int which, const char *name, const char *text)
{
	struct nl_srtp_session *s = &r->s;

	switch (which) {
	case O_LOCAL:
		s->given |= NL_SRTP_LOCAL;
		return opt_address(name, text, &s->local);
	case O_REMOTE:
		s->given |= NL_SRTP_REMOTE;
		return opt_address(name, text, &s->remote);
	case O_RX:
		s->given |= NL_SRTP_RX;
		return opt_profile(name, text, &s->rx.profile);
	case O_TX:
		s->given |= NL_SRTP_TX;
		return opt_profile(name, text, &s->tx.profile);
	case O_RX_KEY:
		r->rx_file = text;
		return true;
	case O_TX_KEY:
		r->tx_file = text;
		return true;
	case O_STATE:
		s->given |= NL_SRTP_STATE;
		return opt_state(name, text, &s->state);
	case O_VERIFIED:
		s->given |= NL_SRTP_VERIFIED;
		return opt_yes_no(name, text, &s->verified);
	case O_LATCH:
		s->given |= NL_SRTP_LATCH;
		return opt_latch(name, text, &s->latch);
	default:
		return set_number(r, which, name, text);
	}
}

/* Leaves optind at the first word that is no option. Return: enum status. */
static int parse(int argc, char **argv, struct request *r)
{
	int which, index;

	memset(r, 0, sizeof(*r));
	optind = 1;
	while ((which = getopt_long(argc, argv, "", options, &index)) != -1) {
		char name[32];

		if (which == '?')
			return ST_USAGE;
		snprintf(name, sizeof(name), "--%s", options[index].name);
		if (!set_option(r, which, name, optarg))
			return ST_USAGE;
	}
	return ST_OK;
}

static int read_key(const char *direction, bool given, const char *file, uint8_t *mem,
		    struct nl_srtp_crypto *c)
{
	struct err e = { 0 };
	size_t key, salt;

	if (!given)
		return file ? complain(ST_USAGE, "--%s-key-file without --%s", direction, direction) :
			ST_OK;
	if (c->profile == SRTP_PROFILE_NONE)
		return file ? complain(ST_USAGE, "--%s none takes no key", direction) : ST_OK;
	if (!file)
		return complain(ST_USAGE, "--%s %s wants --%s-key-file", direction,
				nl_srtp_profile_name(c->profile), direction);
	if (nl_srtp_profile_sizes(c->profile, &key, &salt))
		return complain(ST_USAGE, "--%s: unknown profile", direction);
	if (keyfile_read(file, key + salt, mem, &e))
		return failed(&e);
	c->key = mem;
	c->key_len = key;
	c->salt = mem + key;
	c->salt_len = salt;
	return ST_OK;
}

static int read_keys(struct request *r)
{
	int status = read_key("rx", r->s.given & NL_SRTP_RX, r->rx_file, r->rx_key, &r->s.rx);

	if (status)
		return status;
	if (r->s.rx.window && !(r->s.given & NL_SRTP_RX))
		return complain(ST_USAGE, "--window without --rx");
	return read_key("tx", r->s.given & NL_SRTP_TX, r->tx_file, r->tx_key, &r->s.tx);
}

static void wipe(struct request *r)
{
	secret_wipe(r->rx_key, sizeof(r->rx_key));
	secret_wipe(r->tx_key, sizeof(r->tx_key));
}

int cmd_session_new(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c = NULL;
	struct err e = { 0 };
	struct request r;
	uint32_t id;
	int status = parse(argc, argv, &r);

	if (status)
		return status;
	if (optind < argc)
		return complain(ST_USAGE, "session new: what is '%s'?", argv[optind]);
	if (!(r.s.given & NL_SRTP_LOCAL))
		return complain(ST_USAGE, "session new wants --local ADDRESS:PORT");
	status = read_keys(&r);
	if (!status && nl_srtp_open(&c, &e))
		status = failed(&e);
	if (!status && nl_srtp_session_new(c, &r.s, 1, &id, &e))
		status = failed(&e);
	wipe(&r);
	nl_srtp_close(c);
	if (status)
		return status;
	if (common->json)
		return print_json(json_pack("{s:I}", "id", (json_int_t)id));
	printf("%u\n", id);
	return ST_OK;
}

static bool id_of(const char *text, uint32_t *id)
{
	uint64_t v;

	if (!opt_number("session id", text, 1, UINT32_MAX, &v))
		return false;
	*id = (uint32_t)v;
	return true;
}

int cmd_session_set(int argc, char **argv, const struct common *common)
{
	struct nl_srtp *c = NULL;
	struct err e = { 0 };
	struct request r;
	int status = parse(argc, argv, &r);

	(void)common;
	if (status)
		return status;
	if (optind + 1 != argc)
		return complain(ST_USAGE, "session set wants one session id");
	if (!id_of(argv[optind], &r.s.id))
		return ST_USAGE;
	if (!r.s.given)
		return complain(ST_USAGE, "session set: what is to change?");
	r.s.given |= NL_SRTP_ID;
	status = read_keys(&r);
	if (!status && nl_srtp_open(&c, &e))
		status = failed(&e);
	if (!status && nl_srtp_session_set(c, &r.s, 1, &e))
		status = failed(&e);
	wipe(&r);
	nl_srtp_close(c);
	return status;
}

int cmd_session_del(int argc, char **argv, const struct common *common)
{
	uint32_t ids[SRTP_MAX_SESSIONS_PER_REQUEST];
	struct nl_srtp *c;
	struct err e = { 0 };
	int status = ST_OK, n = argc - 1;

	(void)common;
	if (n < 1 || n > SRTP_MAX_SESSIONS_PER_REQUEST)
		return complain(ST_USAGE, "session del wants one to %d session ids",
				SRTP_MAX_SESSIONS_PER_REQUEST);
	for (int i = 0; i < n; i++)
		if (!id_of(argv[i + 1], &ids[i]))
			return ST_USAGE;
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_session_del(c, ids, (size_t)n, &e))
		status = failed(&e);
	nl_srtp_close(c);
	return status;
}

int cmd_session_flush(int argc, char **argv, const struct common *common)
{
	static const struct option flush_options[] = {
		{ "owner", required_argument, NULL, O_OWNER },
		{ "all", no_argument, NULL, O_ALL },
		{ 0 },
	};
	struct nl_srtp *c;
	struct err e = { 0 };
	uint64_t owner = 0;
	uint32_t count = 0;
	bool all = false;
	int which, status = ST_OK;

	optind = 1;
	while ((which = getopt_long(argc, argv, "", flush_options, NULL)) != -1) {
		if (which == '?')
			return ST_USAGE;
		if (which == O_ALL)
			all = true;
		else if (!opt_number("--owner", optarg, 1, UINT64_MAX, &owner))
			return ST_USAGE;
	}
	/* Ending every call of the host is not what a forgotten option should do. */
	if (optind < argc || all == (owner != 0))
		return complain(ST_USAGE, "session flush wants --owner N or --all");
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (nl_srtp_session_flush(c, owner, &count, &e))
		status = failed(&e);
	nl_srtp_close(c);
	if (status)
		return status;
	if (common->json)
		return print_json(json_pack("{s:I}", "deleted", (json_int_t)count));
	printf("%u deleted\n", count);
	return ST_OK;
}
