/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types and big-endian accessors for the sources that run in the kernel and,
 * unchanged, in user-space tests (kmod/pure.mk).  Such a source includes this
 * header, its own header and nothing else.
 */
#ifndef _SRTP_BYTES_H
#define _SRTP_BYTES_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* As the kernel's: the compiler may not drop the wiping of a dying object. */
static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}
#endif

#include <linux/srtp.h>

static inline u16 srtp_get16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 srtp_get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline void srtp_put32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

static inline u64 srtp_get64(const u8 *p)
{
	return (u64)srtp_get32(p) << 32 | srtp_get32(p + 4);
}

static inline void srtp_put64(u8 *p, u64 v)
{
	srtp_put32(p, (u32)(v >> 32));
	srtp_put32(p + 4, (u32)v);
}

#endif /* _SRTP_BYTES_H */
