/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SRTP_TABLE_H
#define _SRTP_TABLE_H

#include "session.h"

int srtp_table_init(struct srtp_net *sn);
void srtp_table_exit(struct srtp_net *sn);
struct srtp_session *srtp_table_find(struct srtp_net *sn, const struct srtp_local *local);
struct srtp_session *srtp_table_find_id(struct srtp_net *sn, u32 id);
int srtp_table_insert(struct srtp_session *s);
void srtp_table_remove(struct srtp_session *s);
void srtp_table_delete(struct srtp_session *s, enum srtp_event event);
u32 srtp_table_flush(struct srtp_net *sn, u64 owner, enum srtp_event event);

#endif /* _SRTP_TABLE_H */
