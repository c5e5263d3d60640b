// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: the kernel's events as they come. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "nl_event.h"

/**
 * struct monitor - what is shown
 * @left: events still to show
 * @bad: standard output does not take any more
 */
struct monitor {
	bool json;
	uint64_t left;
	bool bad;
};

static void when(char *out, size_t cap)
{
	struct timespec now;
	size_t used = 0;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm))
		used = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + used, cap - used, ".%03ldZ", now.tv_nsec / 1000000);
}

static json_t *event_json(enum srtp_event what, const struct nl_srtp_report *r, const char *at)
{
	const struct nl_srtp_note *n = &r->note;
	json_t *j = json_pack("{s:s, s:s}", "at", at, "event", nl_srtp_event_name(what));
	char text[ADDR_STRLEN];

	if (what == SRTP_EVENT_REMOTE && n->has_old)
		json_object_set_new(j, "from", json_string(addr_str(&n->old, text)));
	if (what == SRTP_EVENT_FIRST) {
		json_object_set_new(j, "direction", json_string(n->tx ? "tx" : "rx"));
		json_object_set_new(j, "ssrc", json_integer((json_int_t)n->ssrc));
	}
	if (what == SRTP_EVENT_STORM) {
		json_object_set_new(j, "drop", json_string(nl_srtp_drop_name(n->drop)));
		json_object_set_new(j, "packets", json_integer((json_int_t)n->packets));
	}
	json_object_set_new(j, "session", report_json(r));
	return j;
}

static int event_text(enum srtp_event what, const struct nl_srtp_report *r, const char *at)
{
	const struct nl_srtp_note *n = &r->note;
	char local[ADDR_STRLEN], text[ADDR_STRLEN];

	printf("%s %s session %u %s", at, nl_srtp_event_name(what), r->session.id,
	       addr_str(&r->session.local, local));
	if (what == SRTP_EVENT_REMOTE && n->has_old)
		printf(" from %s", addr_str(&n->old, text));
	if (what == SRTP_EVENT_REMOTE)
		printf(" to %s", addr_str(&r->session.remote, text));
	if (what == SRTP_EVENT_FIRST)
		printf(" %s SSRC 0x%08x", n->tx ? "sent" : "received", n->ssrc);
	if (what == SRTP_EVENT_STORM)
		printf(" %s, %" PRIu64 " packets dropped", nl_srtp_drop_name(n->drop), n->packets);
	return putchar('\n');
}

static void show(const struct nlmsghdr *nlh, void *arg)
{
	struct monitor *m = arg;
	struct nl_srtp_report r;
	enum srtp_event what;
	char at[48];

	if (!m->left || m->bad || nl_srtp_event_parse(nlh, &what, &r))
		return;
	m->left--;
	when(at, sizeof(at));
	if (m->json) {
		json_t *j = event_json(what, &r, at);

		m->bad = !j || json_dumpf(j, stdout, JSON_COMPACT) || putchar('\n') == EOF;
		json_decref(j);
	} else {
		m->bad = event_text(what, &r, at) == EOF;
	}
	m->bad = fflush(stdout) || m->bad;
}

int cmd_monitor(int argc, char **argv, const struct common *common)
{
	struct monitor m = { .json = common->json, .left = UINT64_MAX };
	struct err e = { 0 };
	struct nl_event *ev;
	int rc;

	if (argc > 1 && strcmp(argv[1], "--count"))
		return complain(ST_USAGE, "monitor: what is '%s'?", argv[1]);
	if (argc == 2 || argc > 3)
		return complain(ST_USAGE, "monitor --count wants one number");
	if (argc == 3 && !opt_number("--count", argv[2], 1, UINT32_MAX, &m.left))
		return ST_USAGE;
	if (nl_srtp_events_open(&ev, &e))
		return failed(&e);
	do {
		struct pollfd pfd = { .fd = nl_event_fd(ev), .events = POLLIN };

		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			rc = err_set(&e, -errno, "waiting for events: %s", strerror(errno));
		else
			rc = nl_event_read(ev, show, &m, &e);
		/* The socket goes on working; what is gone, a look at the sessions tells. */
		if (rc == -ENOBUFS) {
			complain(ST_OK, "events were lost: they come faster than they are read");
			rc = 0;
		}
	} while (rc >= 0 && m.left && !m.bad);
	nl_event_close(ev);
	if (m.bad)
		return complain(ST_REFUSED, "writing to standard output: %s", strerror(errno));
	return rc < 0 ? failed(&e) : ST_OK;
}
