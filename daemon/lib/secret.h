/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for keys: locked, left out of core dumps, not inherited by a child,
 * wiped when given back.
 */
#ifndef KSRTP_SECRET_H
#define KSRTP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/** secret_init() - set the arena up, before a privilege drop. Return: 0 or -errno. */
int secret_init(size_t octets);

/** secret_alloc() - zeroed; NULL when the arena is full. Owner frees with secret_free(). */
void *secret_alloc(size_t len);

/** secret_free() - wipe and give back; NULL is fine. */
void secret_free(void *p);

/** secret_wipe() - overwrite so that no compiler leaves it out. */
void secret_wipe(void *p, size_t len);

/** secret_equal() - compare in a time that depends on @len only. */
bool secret_equal(const void *a, const void *b, size_t len);

/** secret_in_use() - octets handed out; 0 at a clean end. */
size_t secret_in_use(void);

#endif /* KSRTP_SECRET_H */
