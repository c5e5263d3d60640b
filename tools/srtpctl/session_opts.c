// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_opts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "secret.h"

enum {
	O_LOCAL = 1, O_REMOTE, O_STATE, O_VERIFIED, O_OWNER, O_PEER, O_RTCP_PEER, O_LATCH, O_IDLE,
	O_STREAMS, O_SWITCH, O_OVERLAP, O_RX_STREAM, O_TX_STREAM,
	/* Of a context: a multiple of O_CONTEXT says which. */
	O_PROFILE = 32, O_FILE, O_WINDOW, O_MKI, O_LIMIT, O_EXT_IDS, O_CRYPTEX,
	O_CONTEXT = 64,
};

#define OF(key, what)	(((int)(key) + 1) * O_CONTEXT + (what))

static const struct option options[] = {
	{ "local", required_argument, NULL, O_LOCAL },
	{ "remote", required_argument, NULL, O_REMOTE },
	{ "state", required_argument, NULL, O_STATE },
	{ "verified", required_argument, NULL, O_VERIFIED },
	{ "owner", required_argument, NULL, O_OWNER },
	{ "peer", required_argument, NULL, O_PEER },
	{ "rtcp-peer", required_argument, NULL, O_RTCP_PEER },
	{ "latch", required_argument, NULL, O_LATCH },
	{ "idle-timeout", required_argument, NULL, O_IDLE },
	{ "max-streams", required_argument, NULL, O_STREAMS },
	{ "switch", required_argument, NULL, O_SWITCH },
	{ "overlap", required_argument, NULL, O_OVERLAP },
	{ "rx-stream", required_argument, NULL, O_RX_STREAM },
	{ "tx-stream", required_argument, NULL, O_TX_STREAM },
	{ "rx", required_argument, NULL, OF(KEY_RX, O_PROFILE) },
	{ "rx-key-file", required_argument, NULL, OF(KEY_RX, O_FILE) },
	{ "window", required_argument, NULL, OF(KEY_RX, O_WINDOW) },
	{ "rx-mki", required_argument, NULL, OF(KEY_RX, O_MKI) },
	{ "rx-limit", required_argument, NULL, OF(KEY_RX, O_LIMIT) },
	{ "rx-ext-ids", required_argument, NULL, OF(KEY_RX, O_EXT_IDS) },
	{ "rx-cryptex", required_argument, NULL, OF(KEY_RX, O_CRYPTEX) },
	{ "tx", required_argument, NULL, OF(KEY_TX, O_PROFILE) },
	{ "tx-key-file", required_argument, NULL, OF(KEY_TX, O_FILE) },
	{ "tx-window", required_argument, NULL, OF(KEY_TX, O_WINDOW) },
	{ "tx-mki", required_argument, NULL, OF(KEY_TX, O_MKI) },
	{ "tx-limit", required_argument, NULL, OF(KEY_TX, O_LIMIT) },
	{ "tx-ext-ids", required_argument, NULL, OF(KEY_TX, O_EXT_IDS) },
	{ "tx-cryptex", required_argument, NULL, OF(KEY_TX, O_CRYPTEX) },
	{ "rx-next", required_argument, NULL, OF(KEY_RX_NEXT, O_PROFILE) },
	{ "rx-next-key-file", required_argument, NULL, OF(KEY_RX_NEXT, O_FILE) },
	{ "rx-next-mki", required_argument, NULL, OF(KEY_RX_NEXT, O_MKI) },
	{ "rx-next-limit", required_argument, NULL, OF(KEY_RX_NEXT, O_LIMIT) },
	{ "tx-next", required_argument, NULL, OF(KEY_TX_NEXT, O_PROFILE) },
	{ "tx-next-key-file", required_argument, NULL, OF(KEY_TX_NEXT, O_FILE) },
	{ "tx-next-mki", required_argument, NULL, OF(KEY_TX_NEXT, O_MKI) },
	{ "tx-next-limit", required_argument, NULL, OF(KEY_TX_NEXT, O_LIMIT) },
	{ 0 },
};

static const struct {
	const char *name;
	uint32_t given;
	size_t context;		/* in struct nl_srtp_session */
} keys[KEYS] = {
	{ "rx", NL_SRTP_RX, offsetof(struct nl_srtp_session, rx) },
	{ "tx", NL_SRTP_TX, offsetof(struct nl_srtp_session, tx) },
	{ "rx-next", NL_SRTP_RX_NEXT, offsetof(struct nl_srtp_session, rx_next) },
	{ "tx-next", NL_SRTP_TX_NEXT, offsetof(struct nl_srtp_session, tx_next) },
};

static struct nl_srtp_crypto *context_of(struct session_request *r, enum session_key k)
{
	return (struct nl_srtp_crypto *)((char *)&r->s + keys[k].context);
}

static bool number32(const char *name, const char *text, uint64_t min, uint64_t max, uint32_t *out)
{
	uint64_t v;

	if (!opt_number(name, text, min, max, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool set_stream(struct session_request *r, const char *name, const char *text, bool tx)
{
	if (r->s.nstreams == STREAMS_MAX) {
		complain(ST_USAGE, "%s: at most %d streams in one command", name, STREAMS_MAX);
		return false;
	}
	r->s.streams = r->streams;
	r->streams[r->s.nstreams].tx = tx;
	return opt_stream(name, text, &r->streams[r->s.nstreams++]);
}

static bool set_context(struct session_request *r, int which, const char *name, const char *text)
{
	enum session_key k = (enum session_key)(which / O_CONTEXT - 1);
	struct nl_srtp_crypto *c = context_of(r, k);

	switch (which % O_CONTEXT) {
	case O_PROFILE:
		r->s.given |= keys[k].given;
		return opt_profile(name, text, &c->profile);
	case O_FILE:
		r->file[k] = text;
		return true;
	case O_WINDOW:
		return number32(name, text, 64, 32768, &c->window);
	case O_MKI:
		return opt_octets(name, text, c->mki, NL_SRTP_MKI_MAX, &c->mki_len);
	case O_LIMIT:
		return opt_limits(name, text, &c->limit_rtp, &c->limit_rtcp);
	case O_EXT_IDS:
		return opt_ids(name, text, c->ext_ids, &c->n_ext_ids);
	default:
		return opt_cryptex(name, text, &c->cryptex);
	}
}

static bool set_number(struct session_request *r, int which, const char *name, const char *text)
{
	struct nl_srtp_session *s = &r->s;
	uint32_t v;

	switch (which) {
	case O_OWNER:
		s->given |= NL_SRTP_OWNER;
		return opt_number(name, text, 0, UINT64_MAX, &s->owner);
	case O_PEER:
		s->given |= NL_SRTP_PEER;
		return number32(name, text, 0, UINT32_MAX, &s->peer);
	case O_RTCP_PEER:
		s->given |= NL_SRTP_RTCP_PEER;
		return number32(name, text, 0, UINT32_MAX, &s->rtcp_peer);
	case O_IDLE:
		s->given |= NL_SRTP_IDLE_TIMEOUT;
		return number32(name, text, 0, UINT32_MAX, &s->idle_timeout);
	case O_OVERLAP:
		s->given |= NL_SRTP_OVERLAP;
		return number32(name, text, 0, 86400, &s->overlap);
	default:
		s->given |= NL_SRTP_MAX_STREAMS;
		if (!number32(name, text, 1, 1024, &v))
			return false;
		s->max_streams = (uint16_t)v;
		return true;
	}
}

static bool set_option(struct session_request *r, int which, const char *name, const char *text)
{
	struct nl_srtp_session *s = &r->s;

	if (which >= O_CONTEXT)
		return set_context(r, which, name, text);
	switch (which) {
	case O_LOCAL:
		s->given |= NL_SRTP_LOCAL;
		return opt_address(name, text, &s->local);
	case O_REMOTE:
		s->given |= NL_SRTP_REMOTE;
		return opt_address(name, text, &s->remote);
	case O_STATE:
		s->given |= NL_SRTP_STATE;
		return opt_state(name, text, &s->state);
	case O_VERIFIED:
		s->given |= NL_SRTP_VERIFIED;
		return opt_yes_no(name, text, &s->verified);
	case O_LATCH:
		s->given |= NL_SRTP_LATCH;
		return opt_latch(name, text, &s->latch);
	case O_SWITCH:
		s->given |= NL_SRTP_SWITCH;
		return opt_switch(name, text, &s->switch_to);
	case O_RX_STREAM:
	case O_TX_STREAM:
		return set_stream(r, name, text, which == O_TX_STREAM);
	default:
		return set_number(r, which, name, text);
	}
}

int session_parse(int argc, char **argv, struct session_request *r)
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
		if (which >= O_CONTEXT && which % O_CONTEXT != O_PROFILE)
			r->said[which / O_CONTEXT - 1] = options[index].name;
	}
	return ST_OK;
}

static int read_key(struct session_request *r, enum session_key k)
{
	struct nl_srtp_crypto *c = context_of(r, k);
	const char *name = keys[k].name;
	struct err e = { 0 };
	size_t key, salt;

	if (!(r->s.given & keys[k].given))
		return r->said[k] ? complain(ST_USAGE, "--%s without --%s", r->said[k], name) : ST_OK;
	if (c->profile == SRTP_PROFILE_NONE)
		return r->file[k] ? complain(ST_USAGE, "--%s none takes no key", name) : ST_OK;
	if (!r->file[k])
		return complain(ST_USAGE, "--%s %s wants --%s-key-file", name,
				nl_srtp_profile_name(c->profile), name);
	if (nl_srtp_profile_sizes(c->profile, &key, &salt))
		return complain(ST_USAGE, "--%s: unknown profile", name);
	if (keyfile_read(r->file[k], key + salt, r->key[k], &e))
		return failed(&e);
	c->key = r->key[k];
	c->key_len = key;
	c->salt = r->key[k] + key;
	c->salt_len = salt;
	return ST_OK;
}

int session_read_keys(struct session_request *r)
{
	int status = ST_OK;

	for (enum session_key k = KEY_RX; k < KEYS && !status; k++)
		status = read_key(r, k);
	return status;
}

void session_wipe(struct session_request *r)
{
	secret_wipe(r->key, sizeof(r->key));
}
