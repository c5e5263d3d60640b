// SPDX-License-Identifier: GPL-2.0-or-later
/* show sessions */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

struct list {
	struct nl_srtp_report *r;
	size_t n, room;
};

static int collect(const struct nl_srtp_report *r, void *arg)
{
	struct list *l = arg;

	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *p = realloc(l->r, room * sizeof(*l->r));

		if (!p)
			return -ENOMEM;
		l->r = p;
		l->room = room;
	}
	l->r[l->n++] = *r;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct nl_srtp_report *x = a, *y = b;

	return x->session.id < y->session.id ? -1 : x->session.id > y->session.id;
}

/* On a busy gateway sessions always come and go: after some tries one picture in motion will do. */
static int list_all(struct nl_srtp *c, uint64_t owner, struct list *l, struct err *e)
{
	int rc = -EINTR;

	for (int i = 0; i < 5 && rc == -EINTR; i++) {
		l->n = 0;
		rc = nl_srtp_session_dump(c, owner, collect, l, e);
	}
	if (rc == -ENOMEM)
		return err_set(e, rc, "out of memory");
	return rc == -EINTR ? 0 : rc;
}

static int list_some(struct nl_srtp *c, char **ids, int n, struct list *l)
{
	for (int i = 0; i < n; i++) {
		struct nl_srtp_report r;
		struct err e = { 0 };

		/* opt_number() has seen it. */
		if (nl_srtp_session_get(c, (uint32_t)strtoul(ids[i], NULL, 0), &r, &e))
			return failed(&e);
		if (collect(&r, l))
			return complain(ST_REFUSED, "out of memory");
	}
	return ST_OK;
}

/* "AES_CM_128_HMAC_SHA1_80" both ways is what one wants to see once. */
static void protection_cell(struct table *t, const struct nl_srtp_session *s)
{
	const char *rx = s->given & NL_SRTP_RX ? nl_srtp_profile_name(s->rx.profile) : "-";
	const char *tx = s->given & NL_SRTP_TX ? nl_srtp_profile_name(s->tx.profile) : "-";

	if (!strcmp(rx, tx))
		table_cell(t, "%s", rx);
	else
		table_cell(t, "%s/%s", rx, tx);
}

/* A sixteenth or less is left of the packets that a key may protect. */
static bool running_out(const struct nl_srtp_crypto *c)
{
	return crypto_left(c->limit_rtp, c->packets_rtp) <= c->limit_rtp / 16 ||
		crypto_left(c->limit_rtcp, c->packets_rtcp) <= c->limit_rtcp / 16;
}

/* What is special about the keys; "-" is nothing. */
static void keys_cell(struct table *t, const struct nl_srtp_session *s)
{
	const bool rx = s->given & NL_SRTP_RX && s->rx.profile != SRTP_PROFILE_NONE;
	const bool tx = s->given & NL_SRTP_TX && s->tx.profile != SRTP_PROFILE_NONE;
	const struct {
		bool there;
		const char *word;
	} what[] = {
		{ s->rx.mki_len || s->tx.mki_len, "mki" },
		{ s->given & NL_SRTP_RX_NEXT, "rx-next" },
		{ s->given & NL_SRTP_RX_OLD, "rx-old" },
		{ s->given & NL_SRTP_TX_NEXT, "tx-next" },
		{ rx && running_out(&s->rx), "rx-ends" },
		{ tx && running_out(&s->tx), "tx-ends" },
		{ s->rx.n_ext_ids || s->tx.n_ext_ids, "ext-ids" },
		{ s->rx.cryptex || s->tx.cryptex, "cryptex" },
	};
	char text[TABLE_CELL] = "";

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		if (what[i].there)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? "," : "", what[i].word);
	table_cell(t, "%s", *text ? text : "-");
}

static int print_list(const struct list *l)
{
	static const char *const heading[] = {
		"ID", "LOCAL", "REMOTE", "STATE", "VERIFIED", "PROTECTION", "PEER", "RECEIVED",
		"SENT", "DROPPED", "KEYS",
	};
	struct table t;

	table_begin(&t, heading, sizeof(heading) / sizeof(heading[0]));
	for (size_t i = 0; i < l->n; i++) {
		const struct nl_srtp_session *s = &l->r[i].session;
		char text[ADDR_STRLEN];

		table_cell(&t, "%u", s->id);
		table_cell(&t, "%s", addr_str(&s->local, text));
		table_cell(&t, "%s", addr_is_set(&s->remote) ? addr_str(&s->remote, text) : "-");
		table_cell(&t, "%s", nl_srtp_state_name(s->state));
		table_cell(&t, "%s", s->verified ? "yes" : "no");
		protection_cell(&t, s);
		if (s->rtcp_peer && s->rtcp_peer != s->peer)
			table_cell(&t, "%u,%u", s->peer, s->rtcp_peer);
		else
			table_cell(&t, s->peer ? "%u" : "-", s->peer);
		table_cell(&t, "%" PRIu64, l->r[i].stats.rx_packets);
		table_cell(&t, "%" PRIu64, l->r[i].stats.tx_packets);
		table_cell(&t, "%" PRIu64, stats_dropped(&l->r[i].stats));
		keys_cell(&t, s);
	}
	return table_end(&t);
}

int cmd_show_sessions(int argc, char **argv, const struct common *common)
{
	static const struct option options[] = {
		{ "owner", required_argument, NULL, 'o' },
		{ 0 },
	};
	struct list l = { 0 };
	struct nl_srtp *c;
	struct err e = { 0 };
	uint64_t owner = 0, id;
	int which, status;

	optind = 1;
	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (which == '?' || !opt_number("--owner", optarg, 1, UINT64_MAX, &owner))
			return ST_USAGE;
	if (owner && optind < argc)
		return complain(ST_USAGE, "show sessions: either --owner or ids");
	for (int i = optind; i < argc; i++)
		if (!opt_number("session id", argv[i], 1, UINT32_MAX, &id))
			return ST_USAGE;
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	if (optind < argc)
		status = list_some(c, argv + optind, argc - optind, &l);
	else
		status = list_all(c, owner, &l, &e) ? failed(&e) : ST_OK;
	nl_srtp_close(c);
	if (status)
		goto out;
	if (l.n)
		qsort(l.r, l.n, sizeof(*l.r), by_id);
	if (common->json) {
		json_t *all = json_array();

		for (size_t i = 0; i < l.n; i++)
			json_array_append_new(all, report_json(&l.r[i]));
		status = print_json(json_pack("{s:o}", "sessions", all));
	} else if (optind < argc) {
		for (size_t i = 0; i < l.n; i++)
			report_print(&l.r[i]);
	} else {
		status = print_list(&l);
	}
out:
	free(l.r);
	return status;
}
