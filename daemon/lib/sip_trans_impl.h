/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to sip_stack.c, sip_ctrans.c and sip_strans.c. */
#ifndef KSRTP_SIP_TRANS_IMPL_H
#define KSRTP_SIP_TRANS_IMPL_H

#include "sip_trans.h"

/** struct sip_octets - a message as sent, kept to be sent again */
struct sip_octets {
	uint8_t *data;
	size_t len;
};

/** sip_octets_of() - serialise; replaces what was there. 0, -ENOMEM, -EMSGSIZE. */
int sip_octets_of(struct sip_octets *o, const struct sip_msg *m);
void sip_octets_free(struct sip_octets *o);

static inline bool sip_octets_set(const struct sip_octets *o) { return o->data != NULL; }

/** sip_stack_log_state() - one debug line for each change of state. */
void sip_stack_log_state(const char *machine, const struct sip_msg *req,
			 const char *from, const char *to);

/* what the stack gives to the machines */
struct sip_ctrans *sip_ctrans_match(struct sip_stack *s, const struct sip_msg *resp);
void sip_ctrans_recv(struct sip_ctrans *ct, const struct sip_msg *resp,
		     const struct sip_hop *from);
/** sip_ctrans_flow_closed() - a connection is gone: what waits for a first response fails. */
void sip_ctrans_flow_closed(struct sip_stack *s, uint64_t flow);
void sip_ctrans_kill_all(struct sip_stack *s);

/** sip_strans_match() - by RFC 3261 section 17.2.3, as if @req's method were @method */
struct sip_strans *sip_strans_match(struct sip_stack *s, const struct sip_msg *req,
				    enum sip_method method);
void sip_strans_recv(struct sip_strans *st, const struct sip_msg *req,
		     const struct sip_hop *from);
/** sip_strans_new() - NULL when limits or memory do not allow it; takes @req over then too */
struct sip_strans *sip_strans_new(struct sip_stack *s, struct sip_msg *req,
				  const struct sip_hop *from);
/** sip_strans_room() - may another one be made for this source? */
bool sip_strans_room(const struct sip_stack *s, const struct addr *from);
/** sip_strans_is_merged() - is @req one that came by another way already (section 8.2.2.2)? */
bool sip_strans_is_merged(const struct sip_stack *s, const struct sip_msg *req);
/** sip_strans_cancel() - a CANCEL of it came in. */
void sip_strans_cancel(struct sip_strans *st, const struct sip_msg *cancel);
/** sip_strans_set_to_tag() - share another transaction's tag (section 9.2). */
void sip_strans_set_to_tag(struct sip_strans *st, const char *tag);
/** sip_strans_offered() - the TU has seen it: start what runs while it thinks. */
void sip_strans_offered(struct sip_strans *st);
void sip_strans_kill_all(struct sip_stack *s);

#endif /* KSRTP_SIP_TRANS_IMPL_H */
