/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_USED_H
#define _SRTP_USED_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct srtp_used;

/**
 * struct srtp_registry - AEAD keys that a namespace has sent with
 * @lock: guards the rest.  Bottom halves off; innermost lock.
 * @retired: keys that are gone, the oldest first.
 * @n: how many these are.
 */
struct srtp_registry {
	spinlock_t lock;
	struct list_head retired;
	unsigned int n;
};

int srtp_used_init(void);
void srtp_used_exit(void);
void srtp_registry_init(struct srtp_registry *r);
void srtp_registry_exit(struct srtp_registry *r);
int srtp_used_add(struct srtp_registry *r, u64 hash, struct srtp_used **out);
void srtp_used_keep(struct srtp_used *used);
void srtp_used_retire(struct srtp_used *used);
void srtp_used_forget(struct srtp_used **used);

#endif /* _SRTP_USED_H */
