// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_srtp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "nl_srtp_impl.h"

struct nl_srtp {
	struct nl_conn *nl;
};

static int not_loaded(struct err *e)
{
	return err_set(e, -ENODEV, "kernel module srtp is not loaded: modprobe srtp");
}

/* What the kernel refused, as a sentence. */
static int refused(struct err *e, uint8_t cmd, int rc, const struct nl_refusal *r)
{
	const char *name = nl_srtp_cmd_name(cmd);

	if (r->text[0] && r->path[0])
		return err_set(e, rc, "%s: %s (attribute %s)", name, r->text, r->path);
	if (r->text[0])
		return err_set(e, rc, "%s: %s", name, r->text);
	switch (rc) {
	case -EPERM:
		return err_set(e, rc, "%s: needs CAP_NET_ADMIN; run it as root", name);
	case -ENOENT:
		/* The module explains itself, so this is the kernel without the module. */
		return not_loaded(e);
	case -EOPNOTSUPP:
		return err_set(e, -EPROTONOSUPPORT,
			       "%s: the loaded kernel module does not know this command: "
			       "install module and tools of one version", name);
	case -ETIMEDOUT:
		return err_set(e, rc, "%s: no answer from the kernel within %d ms", name,
			       NL_DEADLINE_MS);
	case -EINTR:
		return err_set(e, rc, "%s: sessions came or went while they were listed; try again",
			       name);
	case -EBADMSG:
		return err_set(e, rc, "%s: the kernel's answer is not well-formed: "
			       "install module and tools of one version", name);
	}
	if (r->path[0])
		return err_set(e, rc, "%s: %s (attribute %s)", name, strerror(-rc), r->path);
	return err_set(e, rc, "%s: %s", name, strerror(-rc));
}

struct nl_msg *nl_srtp_message(struct nl_srtp *c, uint8_t cmd, int flags)
{
	return nl_conn_message(c->nl, cmd, flags);
}

int nl_srtp_call(struct nl_srtp *c, uint8_t cmd, struct nl_msg *msg,
		 int (*on_reply)(const struct nlmsghdr *nlh, void *arg), void *arg, struct err *e)
{
	struct nl_refusal r;
	int rc = nl_conn_request(c->nl, msg, on_reply, arg, &r, nl_srtp_attr_names);

	return rc ? refused(e, cmd, rc, &r) : 0;
}

int nl_srtp_too_long(struct nl_msg *msg, uint8_t cmd, struct err *e)
{
	nl_message_free(msg);
	return err_set(e, -EMSGSIZE, "%s: the request is too long", nl_srtp_cmd_name(cmd));
}

int nl_srtp_open_any(struct nl_srtp **out, struct err *e)
{
	struct nl_srtp *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (!c)
		return err_set(e, -ENOMEM, "no memory for a netlink socket");
	rc = nl_conn_open(&c->nl, SRTP_GENL_NAME, e);
	if (rc) {
		free(c);
		return rc == -ENODEV ? not_loaded(e) : rc;
	}
	*out = c;
	return 0;
}

int nl_srtp_open(struct nl_srtp **out, struct err *e)
{
	struct nl_srtp_version v;
	int rc = nl_srtp_open_any(out, e);

	if (rc)
		return rc;
	rc = nl_srtp_version(*out, &v, e);
	if (!rc && v.abi != SRTP_GENL_VERSION)
		rc = err_set(e, -EPROTONOSUPPORT,
			     "the loaded kernel module %s speaks version %u, this program version %d: "
			     "install module and tools of one version", v.module, v.abi,
			     SRTP_GENL_VERSION);
	if (rc) {
		nl_srtp_close(*out);
		*out = NULL;
	}
	return rc;
}

void nl_srtp_close(struct nl_srtp *c)
{
	if (!c)
		return;
	nl_conn_close(c->nl);
	free(c);
}

/* A reply that has to come, and comes once. */
struct want {
	bool got;
	void *out;
};

static int on_version(const struct nlmsghdr *nlh, void *arg)
{
	struct want *w = arg;
	struct nlattr *tb[SRTP_A_MAX + 1];

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_VERSION])
		return -EBADMSG;
	w->got = true;
	return nl_srtp_parse_version(tb[SRTP_A_VERSION], w->out);
}

static int on_stats(const struct nlmsghdr *nlh, void *arg)
{
	struct want *w = arg;
	struct nlattr *tb[SRTP_A_MAX + 1];

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_STATS])
		return -EBADMSG;
	w->got = true;
	return nl_srtp_parse_stats(tb[SRTP_A_STATS], w->out);
}

static int on_session(const struct nlmsghdr *nlh, void *arg)
{
	struct want *w = arg;

	w->got = true;
	return nl_srtp_report_parse(nlh, w->out);
}

static int on_count(const struct nlmsghdr *nlh, void *arg)
{
	struct want *w = arg;
	struct nlattr *tb[SRTP_A_MAX + 1];

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_COUNT])
		return -EBADMSG;
	w->got = true;
	*(uint32_t *)w->out = nla_get_u32(tb[SRTP_A_COUNT]);
	return 0;
}

static int call_for(struct nl_srtp *c, uint8_t cmd, struct nl_msg *msg,
		    int (*on_reply)(const struct nlmsghdr *nlh, void *arg), void *out,
		    struct err *e)
{
	static const struct nl_refusal nothing;
	struct want w = { .out = out };
	int rc = nl_srtp_call(c, cmd, msg, on_reply, &w, e);

	return rc || w.got ? rc : refused(e, cmd, -EBADMSG, &nothing);
}

int nl_srtp_version(struct nl_srtp *c, struct nl_srtp_version *v, struct err *e)
{
	return call_for(c, SRTP_CMD_VERSION, nl_conn_message(c->nl, SRTP_CMD_VERSION, 0),
			on_version, v, e);
}

int nl_srtp_stats(struct nl_srtp *c, struct nl_srtp_stats *st, struct err *e)
{
	memset(st, 0, sizeof(*st));
	return call_for(c, SRTP_CMD_STATS_GET, nl_conn_message(c->nl, SRTP_CMD_STATS_GET, 0),
			on_stats, st, e);
}

static int put_sessions(struct nl_srtp *c, uint8_t cmd, const struct nl_srtp_session *s, size_t n,
			struct nl_msg **out, struct err *e)
{
	struct nl_msg *msg;

	if (!n || n > SRTP_MAX_SESSIONS_PER_REQUEST)
		return err_set(e, -EINVAL, "%s: one to %d sessions a request, not %zu",
			       nl_srtp_cmd_name(cmd), SRTP_MAX_SESSIONS_PER_REQUEST, n);
	msg = nl_conn_message(c->nl, cmd, 0);
	for (size_t i = 0; msg && i < n; i++)
		if (nl_srtp_put_session(msg, &s[i]))
			return nl_srtp_too_long(msg, cmd, e);
	*out = msg;
	return 0;
}

struct id_list {
	uint32_t *ids;
	size_t n;
};

static int on_ids(const struct nlmsghdr *nlh, void *arg)
{
	struct id_list *list = arg;
	struct nlattr *tb[SRTP_A_MAX + 1], *a;
	size_t got = 0;
	int left;

	if (nl_srtp_parse_attrs(nlh, tb))
		return -EBADMSG;
	nlmsg_for_each_attr(a, (struct nlmsghdr *)nlh, GENL_HDRLEN, left) {
		struct nl_srtp_report r;

		if (nla_type(a) != SRTP_A_SESSION)
			continue;
		if (got == list->n || nl_srtp_parse_session(a, &r))
			return -EBADMSG;
		list->ids[got++] = r.session.id;
	}
	if (got != list->n)
		return -EBADMSG;
	list->n = 0;
	return 0;
}

int nl_srtp_session_new(struct nl_srtp *c, const struct nl_srtp_session *s, size_t n,
			uint32_t *ids, struct err *e)
{
	static const struct nl_refusal nothing;
	struct id_list list = { ids, n };
	struct nl_msg *msg;
	int rc = put_sessions(c, SRTP_CMD_SESSION_NEW, s, n, &msg, e);

	if (!rc)
		rc = nl_srtp_call(c, SRTP_CMD_SESSION_NEW, msg, on_ids, &list, e);
	if (!rc && list.n)
		rc = refused(e, SRTP_CMD_SESSION_NEW, -EBADMSG, &nothing);
	return rc;
}

int nl_srtp_session_set(struct nl_srtp *c, const struct nl_srtp_session *s, size_t n,
			struct err *e)
{
	struct nl_msg *msg;
	int rc = put_sessions(c, SRTP_CMD_SESSION_SET, s, n, &msg, e);

	return rc ? rc : nl_srtp_call(c, SRTP_CMD_SESSION_SET, msg, NULL, NULL, e);
}

int nl_srtp_session_del(struct nl_srtp *c, const uint32_t *ids, size_t n, struct err *e)
{
	struct nl_srtp_session s[SRTP_MAX_SESSIONS_PER_REQUEST] = { 0 };
	struct nl_msg *msg;
	int rc;

	for (size_t i = 0; i < n && i < SRTP_MAX_SESSIONS_PER_REQUEST; i++) {
		s[i].given = NL_SRTP_ID;
		s[i].id = ids[i];
	}
	rc = put_sessions(c, SRTP_CMD_SESSION_DEL, s, n, &msg, e);
	return rc ? rc : nl_srtp_call(c, SRTP_CMD_SESSION_DEL, msg, NULL, NULL, e);
}

static int get_one(struct nl_srtp *c, const struct nl_srtp_session *which,
		   struct nl_srtp_report *r, struct err *e)
{
	struct nl_msg *msg = nl_conn_message(c->nl, SRTP_CMD_SESSION_GET, 0);

	if (msg && nl_srtp_put_session(msg, which))
		return nl_srtp_too_long(msg, SRTP_CMD_SESSION_GET, e);
	return call_for(c, SRTP_CMD_SESSION_GET, msg, on_session, r, e);
}

int nl_srtp_session_get(struct nl_srtp *c, uint32_t id, struct nl_srtp_report *r, struct err *e)
{
	const struct nl_srtp_session which = { .given = NL_SRTP_ID, .id = id };

	return get_one(c, &which, r, e);
}

int nl_srtp_session_find(struct nl_srtp *c, const struct addr *local, struct nl_srtp_report *r,
			 struct err *e)
{
	const struct nl_srtp_session which = { .given = NL_SRTP_LOCAL, .local = *local };

	return get_one(c, &which, r, e);
}

struct dump {
	int (*on_session)(const struct nl_srtp_report *r, void *arg);
	void *arg;
	int stopped;		/* what on_session() said */
};

static int on_dumped(const struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	struct nl_srtp_report r;

	if (nl_srtp_report_parse(nlh, &r))
		return -EBADMSG;
	d->stopped = d->on_session(&r, d->arg);
	return d->stopped;
}

int nl_srtp_session_dump(struct nl_srtp *c, uint64_t owner,
			 int (*on_each)(const struct nl_srtp_report *r, void *arg), void *arg,
			 struct err *e)
{
	struct dump d = { on_each, arg, 0 };
	struct nl_msg *msg = nl_conn_message(c->nl, SRTP_CMD_SESSION_GET, NLM_F_DUMP);
	int rc;

	if (msg && owner && nla_put_u64(msg, SRTP_A_OWNER, owner))
		return nl_srtp_too_long(msg, SRTP_CMD_SESSION_GET, e);
	rc = nl_srtp_call(c, SRTP_CMD_SESSION_GET, msg, on_dumped, &d, e);
	return d.stopped ? d.stopped : rc;
}

struct stream_dump {
	int (*on_stream)(const struct nl_srtp_stream *s, void *arg);
	void *arg;
	int stopped;
};

static int on_stream_dumped(const struct nlmsghdr *nlh, void *arg)
{
	struct stream_dump *d = arg;
	struct nlattr *tb[SRTP_A_MAX + 1];
	struct nl_srtp_stream s;

	if (nl_srtp_parse_attrs(nlh, tb) || !tb[SRTP_A_STREAM] ||
	    nl_srtp_parse_stream(tb[SRTP_A_STREAM], &s))
		return -EBADMSG;
	d->stopped = d->on_stream(&s, d->arg);
	return d->stopped;
}

int nl_srtp_stream_dump(struct nl_srtp *c, uint32_t id,
			int (*on_stream)(const struct nl_srtp_stream *s, void *arg), void *arg,
			struct err *e)
{
	const struct nl_srtp_session which = { .given = NL_SRTP_ID, .id = id };
	struct stream_dump d = { on_stream, arg, 0 };
	struct nl_msg *msg = nl_conn_message(c->nl, SRTP_CMD_STREAM_GET, NLM_F_DUMP);
	int rc;

	if (msg && nl_srtp_put_session(msg, &which))
		return nl_srtp_too_long(msg, SRTP_CMD_STREAM_GET, e);
	rc = nl_srtp_call(c, SRTP_CMD_STREAM_GET, msg, on_stream_dumped, &d, e);
	return d.stopped ? d.stopped : rc;
}

int nl_srtp_session_flush(struct nl_srtp *c, uint64_t owner, uint32_t *count, struct err *e)
{
	struct nl_msg *msg = nl_conn_message(c->nl, SRTP_CMD_SESSION_FLUSH, 0);
	uint32_t unused;

	if (msg && owner && nla_put_u64(msg, SRTP_A_OWNER, owner))
		return nl_srtp_too_long(msg, SRTP_CMD_SESSION_FLUSH, e);
	return call_for(c, SRTP_CMD_SESSION_FLUSH, msg, on_count, count ? count : &unused, e);
}

int nl_srtp_events_open(struct nl_event **out, struct err *e)
{
	int rc = nl_event_open(out, SRTP_GENL_NAME, SRTP_GENL_MCGRP_EVENTS, e);

	return rc == -ENODEV ? not_loaded(e) : rc;
}
