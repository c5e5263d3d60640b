/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to sip_parse.c, sip_msg.c and sip_build.c. */
#ifndef KSRTP_SIP_MSG_IMPL_H
#define KSRTP_SIP_MSG_IMPL_H

#include "sip_msg.h"

struct sip_msg *sip_msg_new(void);

/**
 * sip_msg_take() - check a header field and put it into hdr[], a list value by value
 * @at: index of the first one; m->nhdr for the end
 * @value: in the message's pool; list values are cut out of it
 *
 * Return: 0; -EINVAL with @e (nothing, or the good values in front, were put in);
 * -ENOMEM.
 */
int sip_msg_take(struct sip_msg *m, unsigned int at, enum sip_hdr_id id, const char *name,
		 char *value, struct err *e);

/** sip_msg_put() - put one value in, unchecked and unparsed. 0 or -ENOMEM. */
int sip_msg_put(struct sip_msg *m, unsigned int at, struct sip_hdr h);

/** sip_msg_refresh() - derive via, from, to, tags, Call-ID, CSeq, Max-Forwards from hdr[]. */
void sip_msg_refresh(struct sip_msg *m);

/** sip_msg_start_uri() - check and set the Request-URI. 0, -EINVAL with @e, -ENOMEM. */
int sip_msg_start_uri(struct sip_msg *m, const char *text, struct err *e);

#endif /* KSRTP_SIP_MSG_IMPL_H */
