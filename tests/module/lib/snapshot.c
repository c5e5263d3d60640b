// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gw.h"
#include "nl_srtp_impl.h"
#include "tap.h"

#define MOST 32

struct picture {
	struct nl_srtp_report r[MOST];
	size_t n;
};

static struct picture before;

static int collect(const struct nl_srtp_report *r, void *arg)
{
	struct picture *p = arg;

	if (p->n == MOST)
		return -ENOSPC;
	p->r[p->n] = *r;
	p->r[p->n++].idle = 0;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct nl_srtp_report *x = a, *y = b;

	return x->session.id < y->session.id ? -1 : x->session.id > y->session.id;
}

static void look(struct picture *p)
{
	struct err e = { 0 };

	memset(p, 0, sizeof(*p));
	if (nl_srtp_session_dump(gw, 0, collect, p, &e))
		bail("%s", err_text(&e));
	qsort(p->r, p->n, sizeof(p->r[0]), by_id);
}

void snapshot_take(void)
{
	look(&before);
}

bool snapshot_same(void)
{
	static struct picture now;

	look(&now);
	if (now.n != before.n)
		return diag("%zu sessions, not %zu", now.n, before.n);
	if (memcmp(&now, &before, sizeof(now)))
		return diag("a session changed");
	return true;
}

int nl_srtp_test_put(struct nl_msg *msg, const struct nl_srtp_session *s)
{
	return nl_srtp_put_session(msg, s);
}

int raw_exchange(struct nl_conn *n, const void *p, size_t len, uint32_t *id)
{
	union { struct nlmsghdr h; uint8_t data[8192]; } in;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t got;

	if (sendto(nl_conn_fd(n), p, len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) !=
	    (ssize_t)len)
		return -errno;
	/* The answer is there when sendto() returns (nl.h), so there is nothing to wait for. */
	while ((got = recv(nl_conn_fd(n), in.data, sizeof(in.data), MSG_DONTWAIT)) > 0) {
		struct nl_srtp_report r;

		if (in.h.nlmsg_type == NLMSG_ERROR)
			return *(int32_t *)NLMSG_DATA(&in.h);
		if (id && !nl_srtp_report_parse(&in.h, &r))
			*id = r.session.id;
	}
	return -ETIMEDOUT;
}
