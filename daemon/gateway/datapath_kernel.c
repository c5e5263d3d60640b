// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "datapath.h"
#include "log.h"
#include "loop.h"

/**
 * struct kernel - two sockets, so that an event is never taken for an answer
 */
struct kernel {
	struct datapath dp;
	struct nl_srtp *nl;
	struct nl_event *events;
	struct loop_watch watch;
};

static struct kernel *kernel_of(struct datapath *dp)
{
	return (struct kernel *)dp;
}

static void on_readable(struct loop_watch *w, int fd, unsigned int events, void *arg);

static void disconnect(struct kernel *k)
{
	loop_unwatch(&k->watch);
	nl_event_close(k->events);
	nl_srtp_close(k->nl);
	k->events = NULL;
	k->nl = NULL;
}

static int connect_both(struct kernel *k, struct err *e)
{
	int err;

	/* Events first: then nothing falls between them and the first request. */
	err = nl_srtp_events_open(&k->events, e);
	if (err)
		return err;
	err = nl_srtp_open(&k->nl, e);
	if (err)
		goto close_events;
	err = loop_watch(&k->watch, nl_event_fd(k->events), LOOP_READ, on_readable, k);
	if (!err)
		return 0;
	err_set(e, err, "kernel events cannot be watched");
	nl_srtp_close(k->nl);
	k->nl = NULL;
close_events:
	nl_event_close(k->events);
	k->events = NULL;
	return err;
}

/* Between calls the module may be unloaded and loaded again; the family is then another. */
static int create(struct datapath *dp, const struct nl_srtp_session *s, size_t n, uint32_t *ids,
		  struct err *e)
{
	struct kernel *k = kernel_of(dp);
	int err = k->nl ? nl_srtp_session_new(k->nl, s, n, ids, e) : -ENODEV;

	if (err != -ENODEV)
		return err;
	if (k->nl)
		disconnect(k);
	err = connect_both(k, e);
	return err ? err : nl_srtp_session_new(k->nl, s, n, ids, e);
}

/* Sessions do not outlive the module: without it there is none to speak of. */
static int no_session(struct err *e)
{
	return err_set(e, -ENOENT, "kernel module srtp is not loaded any more");
}

static int change(struct datapath *dp, const struct nl_srtp_session *s, size_t n, struct err *e)
{
	struct kernel *k = kernel_of(dp);

	return k->nl ? nl_srtp_session_set(k->nl, s, n, e) : no_session(e);
}

static int remove_sessions(struct datapath *dp, const uint32_t *ids, size_t n, struct err *e)
{
	struct kernel *k = kernel_of(dp);

	return k->nl ? nl_srtp_session_del(k->nl, ids, n, e) : no_session(e);
}

static int present(struct datapath *dp, uint32_t id, struct err *e)
{
	struct kernel *k = kernel_of(dp);
	struct nl_srtp_report r;

	return k->nl ? nl_srtp_session_get(k->nl, id, &r, e) : no_session(e);
}

static int flush(struct datapath *dp, uint64_t owner, struct err *e)
{
	struct kernel *k = kernel_of(dp);
	uint32_t count;

	return k->nl ? nl_srtp_session_flush(k->nl, owner, &count, e) : 0;
}

static void close_kernel(struct datapath *dp)
{
	struct kernel *k = kernel_of(dp);

	if (k->nl)
		disconnect(k);
	loop_defer_free(k);
}

static const struct datapath_ops kernel_ops = {
	.create = create,
	.change = change,
	.remove = remove_sessions,
	.present = present,
	.flush = flush,
	.close = close_kernel,
};

static void on_event(const struct nlmsghdr *nlh, void *arg)
{
	struct kernel *k = arg;
	const struct datapath_events *to = k->dp.events;
	struct nl_srtp_report r;
	enum srtp_event what;

	if (!to || nl_srtp_event_parse(nlh, &what, &r))
		return;
	if (what == SRTP_EVENT_DEL || what == SRTP_EVENT_EXPIRED)
		to->gone(r.session.id, what == SRTP_EVENT_EXPIRED, k->dp.arg);
	else if (what == SRTP_EVENT_REMOTE && (r.session.given & NL_SRTP_REMOTE))
		to->moved(r.session.id, &r.session.remote, k->dp.arg);
	else if (what == SRTP_EVENT_STORM)
		to->storm(r.session.id, r.note.drop, r.note.packets, k->dp.arg);
}

static void on_readable(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct kernel *k = arg;
	struct err e = { 0 };
	int ret;

	(void)w;
	(void)fd;
	(void)events;
	ret = nl_event_read(k->events, on_event, k, &e);
	if (ret == -ENOBUFS) {
		log_limited(LOG_LVL_WARN, "kernel events were lost, comparing all sessions");
		if (k->dp.events)
			k->dp.events->lost(k->dp.arg);
	} else if (ret < 0) {
		log_limited(LOG_LVL_ERROR, "kernel events cannot be read",
			    F_STR("reason", err_text(&e)));
	}
}

int datapath_kernel_open(struct datapath **out, struct err *e)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return err_set(e, -ENOMEM, "no memory for the netlink client");
	k->dp.ops = &kernel_ops;
	err = connect_both(k, e);
	if (err) {
		free(k);
		return err;
	}
	*out = &k->dp;
	return 0;
}
