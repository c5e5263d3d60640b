// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#define EVENT_MAX	16384
#define EVENT_BACKLOG	(1 << 20)	/* octets the kernel may queue: some thousand events */

struct nl_event {
	struct nl_sock *sk;
	int family;
	union {
		struct nlmsghdr align;
		uint8_t data[EVENT_MAX];
	} in;
};

int nl_event_fd(const struct nl_event *ev)
{
	return nl_socket_get_fd(ev->sk);
}

int nl_event_open(struct nl_event **out, const char *family, const char *group, struct err *e)
{
	struct nl_event *ev = calloc(1, sizeof(*ev));
	int rc, id;

	*out = NULL;
	if (!ev)
		return err_set(e, -ENOMEM, "no memory for an event socket");
	ev->sk = nl_socket_alloc();
	if (!ev->sk) {
		rc = err_set(e, -ENOMEM, "no memory for an event socket");
		goto free;
	}
	rc = genl_connect(ev->sk);
	if (rc) {
		rc = err_set(e, -EIO, "event socket: %s", nl_geterror(rc));
		goto free_socket;
	}
	ev->family = genl_ctrl_resolve(ev->sk, family);
	id = ev->family < 0 ? ev->family : genl_ctrl_resolve_grp(ev->sk, family, group);
	if (id < 0) {
		rc = err_set(e, id == -NLE_OBJ_NOTFOUND ? -ENODEV : -EIO,
			     "netlink event group \"%s\" of \"%s\": %s", group, family,
			     nl_geterror(id));
		goto free_socket;
	}
	rc = nl_socket_add_membership(ev->sk, id);
	if (rc) {
		rc = err_set(e, rc == -NLE_PERM ? -EPERM : -EIO,
			     "joining netlink event group \"%s\" of \"%s\": %s", group, family,
			     nl_geterror(rc));
		goto free_socket;
	}
	/* Above the system's limit without asking first; CAP_NET_ADMIN is needed anyway. */
	rc = EVENT_BACKLOG;
	if (setsockopt(nl_event_fd(ev), SOL_SOCKET, SO_RCVBUFFORCE, &rc, sizeof(rc)))
		setsockopt(nl_event_fd(ev), SOL_SOCKET, SO_RCVBUF, &rc, sizeof(rc));
	rc = nl_socket_set_nonblocking(ev->sk);
	if (rc) {
		rc = err_set(e, -EIO, "event socket: %s", nl_geterror(rc));
		goto free_socket;
	}
	*out = ev;
	return 0;

free_socket:
	nl_socket_free(ev->sk);
free:
	free(ev);
	return rc;
}

void nl_event_close(struct nl_event *ev)
{
	if (!ev)
		return;
	nl_socket_free(ev->sk);
	free(ev);
}

static int hand_on(struct nl_event *ev, size_t left,
		   void (*on_event)(const struct nlmsghdr *nlh, void *arg), void *arg)
{
	const uint8_t *p = ev->in.data;
	int count = 0;

	while (left >= NLMSG_HDRLEN) {
		const struct nlmsghdr *nlh = (const void *)p;
		size_t aligned;

		if (nlh->nlmsg_len < NLMSG_HDRLEN || nlh->nlmsg_len > left)
			break;
		if (nlh->nlmsg_type == ev->family) {
			on_event(nlh, arg);
			count++;
		}
		aligned = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
		if (aligned > left)
			break;
		p += aligned;
		left -= aligned;
	}
	return count;
}

int nl_event_read(struct nl_event *ev,
		  void (*on_event)(const struct nlmsghdr *nlh, void *arg), void *arg,
		  struct err *e)
{
	int count = 0;

	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t got = recvfrom(nl_event_fd(ev), ev->in.data, sizeof(ev->in.data), MSG_TRUNC,
				       (struct sockaddr *)&from, &from_len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return count;
		if (got < 0 && errno == ENOBUFS)
			return err_set(e, -ENOBUFS,
				       "the kernel had to drop events: list everything again");
		if (got < 0)
			return err_set(e, -errno, "event socket: %s", strerror(errno));
		if (from_len != sizeof(from) || from.nl_pid != 0)
			continue;
		if (got > (ssize_t)sizeof(ev->in.data))
			return err_set(e, -ENOBUFS, "an event was too long: list everything again");
		count += hand_on(ev, (size_t)got, on_event, arg);
	}
}
