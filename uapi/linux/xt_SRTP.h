/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What iptables hands to the target SRTP and to the match srtp, revision 0 of both.
 * One header for two names: where case is not told apart, two files would be one.
 */
#ifndef _UAPI_LINUX_XT_SRTP_H
#define _UAPI_LINUX_XT_SRTP_H

#include <linux/types.h>

/**
 * struct xt_SRTP_info - target data, revision 0; "-j SRTP" takes no options
 * @flags: must be zero; anything else is refused.
 * @reserved: must be zero; keeps the structure the same for 32- and 64-bit callers.
 */
struct xt_SRTP_info {
	__u32 flags;
	__u32 reserved;
};

/**
 * enum xt_srtp_option - options of the match
 * @XT_SRTP_VERIFIED: the session's keys were verified.
 * @XT_SRTP_PROFILE: the profile in the packet's direction is that one.
 * @XT_SRTP_STATE: the session is in that state.
 * @XT_SRTP_DIRECTION: the packet is to (or from) the session's local address.
 */
enum xt_srtp_option {
	XT_SRTP_VERIFIED = 1 << 0,
	XT_SRTP_PROFILE = 1 << 1,
	XT_SRTP_STATE = 1 << 2,
	XT_SRTP_DIRECTION = 1 << 3,
};

/* xt_srtp_mtinfo.direction */
#define XT_SRTP_IN	0
#define XT_SRTP_OUT	1

/**
 * struct xt_srtp_mtinfo - match data, revision 0
 * @given: enum xt_srtp_option; anything else is refused.
 * @invert: those of @given that shall not hold.
 * @state: enum srtp_state.
 * @direction: XT_SRTP_IN or XT_SRTP_OUT.
 * @profile: enum srtp_profile.
 * @reserved: must be zero, as must be what is not given.
 */
struct xt_srtp_mtinfo {
	__u8 given;
	__u8 invert;
	__u8 state;
	__u8 direction;
	__u16 profile;
	__u16 reserved;
};

#endif /* _UAPI_LINUX_XT_SRTP_H */
