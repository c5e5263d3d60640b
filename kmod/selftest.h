/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_SELFTEST_H
#define _SRTP_SELFTEST_H

int srtp_selftest(void);

#endif /* _SRTP_SELFTEST_H */
