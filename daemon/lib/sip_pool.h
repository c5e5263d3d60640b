/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one SIP message: many small strings that live and die together.
 * Allocations are never given back one by one; sip_pool_fini() gives back all.
 */
#ifndef KSRTP_SIP_POOL_H
#define KSRTP_SIP_POOL_H

#include <stddef.h>

struct sip_pool_chunk;

/** struct sip_pool - private; start zeroed */
struct sip_pool {
	struct sip_pool_chunk *chunk;
};

/** sip_pool_alloc() - zeroed, aligned for any type; NULL when memory is out. */
void *sip_pool_alloc(struct sip_pool *p, size_t size);

/** sip_pool_strn() - copy of @len octets plus a NUL; @len may be 0. */
char *sip_pool_strn(struct sip_pool *p, const char *s, size_t len);
char *sip_pool_str(struct sip_pool *p, const char *s);

/** sip_pool_printf() - formatted string; NULL when memory is out. */
char *sip_pool_printf(struct sip_pool *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sip_pool_share() - everything in @with now lives as long as the longer-lived of both
 * @p: an empty pool
 *
 * What either allocates afterwards is its own.
 */
void sip_pool_share(struct sip_pool *p, const struct sip_pool *with);

/** sip_pool_fini() - free everything; the pool is empty and usable afterwards. */
void sip_pool_fini(struct sip_pool *p);

#endif /* KSRTP_SIP_POOL_H */
