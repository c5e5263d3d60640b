/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_DEFRAG_H
#define _SRTP_DEFRAG_H

struct srtp_net;

int srtp_defrag_on(struct srtp_net *sn);
void srtp_defrag_off(struct srtp_net *sn);

#endif /* _SRTP_DEFRAG_H */
