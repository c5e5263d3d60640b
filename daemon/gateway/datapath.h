/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries the packets: the kernel module, or later a user-space relay.  The
 * media role decides what should be (media.h); this makes it so.
 *
 * A request is done whole or not at all.  Sessions are described as the netlink
 * client does it (struct nl_srtp_session), which is the uapi's own model; @given
 * says which members count.  Keys in it stay the caller's and are not kept.
 */
#ifndef KSRTP_DATAPATH_H
#define KSRTP_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "nl_srtp.h"

struct datapath;

/**
 * struct datapath_events - what happens without our asking; from the loop only
 * @gone: a session is no more: idle too long (@expired), or somebody else deleted it
 * @moved: an authenticated packet moved its remote address (SRTP_SA_LATCH)
 * @storm: @packets were dropped as @why, more than 256 of them within a second
 * @lost: events were lost; ask present() for every session
 */
struct datapath_events {
	void (*gone)(uint32_t id, bool expired, void *arg);
	void (*moved)(uint32_t id, const struct addr *remote, void *arg);
	void (*storm)(uint32_t id, enum srtp_drop why, uint64_t packets, void *arg);
	void (*lost)(void *arg);
};

/**
 * struct datapath_ops - all return 0 or -errno with @e filled
 * @create: 1 to SRTP_MAX_SESSIONS_PER_REQUEST new sessions, held; -EEXIST when a
 *	local address and port is another session's
 * @change: what is given in each, and nothing else
 * @remove: -ENOENT, nothing removed, when one of them is not there
 * @present: is session @id there? 0 or -ENOENT
 * @flush: remove every session of @owner
 * @close: let go; sessions stay
 */
struct datapath_ops {
	int (*create)(struct datapath *dp, const struct nl_srtp_session *s, size_t n,
		      uint32_t *ids, struct err *e);
	int (*change)(struct datapath *dp, const struct nl_srtp_session *s, size_t n,
		      struct err *e);
	int (*remove)(struct datapath *dp, const uint32_t *ids, size_t n, struct err *e);
	int (*present)(struct datapath *dp, uint32_t id, struct err *e);
	int (*flush)(struct datapath *dp, uint64_t owner, struct err *e);
	void (*close)(struct datapath *dp);
};

/** struct datapath - first member of an implementation's own structure */
struct datapath {
	const struct datapath_ops *ops;
	const struct datapath_events *events;	/* set by the user of the datapath */
	void *arg;
};

/**
 * datapath_kernel_open() - the module srtp, over netlink
 * @out: set on success; ended by its ops->close()
 *
 * Needs loop_init() before.
 *
 * Return: 0; -ENODEV when the module is not loaded, -EPROTONOSUPPORT when it speaks
 * another version, -EPERM without CAP_NET_ADMIN, with @e saying what to do.
 */
int datapath_kernel_open(struct datapath **out, struct err *e);

#endif /* KSRTP_DATAPATH_H */
