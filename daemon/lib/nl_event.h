/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event socket: one multicast group of a generic netlink family. */
#ifndef KSRTP_NL_EVENT_H
#define KSRTP_NL_EVENT_H

#include <linux/netlink.h>

#include "err.h"

struct nl_event;

/**
 * nl_event_open() - join @group of @family, not blocking
 * @out: set on success; owner closes it with nl_event_close()
 *
 * Join before the first dump: then nothing falls between the two.
 *
 * Return: 0; -ENODEV when the kernel does not know the family or group; another -errno.
 */
int nl_event_open(struct nl_event **out, const char *family, const char *group, struct err *e);
void nl_event_close(struct nl_event *ev);

/** nl_event_fd() - readable when nl_event_read() has work. */
int nl_event_fd(const struct nl_event *ev);

/**
 * nl_event_read() - hand on what has come in; does not block
 * @on_event: called for each message of the group, whose length has been checked
 *
 * Return: how many messages were handed on; -ENOBUFS when the kernel had to drop some
 * (resync needed: dump everything and compare; the socket goes on working);
 * another -errno.
 */
int nl_event_read(struct nl_event *ev,
		  void (*on_event)(const struct nlmsghdr *nlh, void *arg), void *arg,
		  struct err *e);

#endif /* KSRTP_NL_EVENT_H */
