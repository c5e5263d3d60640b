/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_XT_H
#define _SRTP_XT_H

#ifdef SRTP_XTABLES	/* Kbuild: the kernel has x_tables */
int srtp_xt_init(void);
void srtp_xt_exit(void);
int srtp_xt_match_init(void);
void srtp_xt_match_exit(void);
#else
static inline int srtp_xt_init(void)
{
	return 0;
}

static inline void srtp_xt_exit(void)
{
}
#endif

#endif /* _SRTP_XT_H */
