/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_XT_H
#define _SRTP_XT_H

int srtp_xt_init(void);
void srtp_xt_exit(void);

#endif /* _SRTP_XT_H */
