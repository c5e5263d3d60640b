/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* What iptables hands to the target SRTP, revision 0: "-j SRTP" takes no options. */
#ifndef _UAPI_LINUX_XT_SRTP_H
#define _UAPI_LINUX_XT_SRTP_H

#include <linux/types.h>

/**
 * struct xt_SRTP_info - target data, revision 0
 * @flags: must be zero; anything else is refused.
 * @reserved: must be zero; keeps the structure the same for 32- and 64-bit callers.
 */
struct xt_SRTP_info {
	__u32 flags;
	__u32 reserved;
};

#endif /* _UAPI_LINUX_XT_SRTP_H */
