// SPDX-License-Identifier: GPL-2.0-or-later
/* What the ends of an INVITE repeat themselves: 2xx and ACK (RFC 3261 section 13). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sip_dialog.h"
#include "sip_trans_impl.h"

/* ---- UAC: ACK, section 13.2.2.4 ----------------------------------------------------- */

int sip_dialog_ack(struct sip_dialog *d, struct sip_stack *s, const char *content_type,
		   const void *body, size_t len)
{
	struct sip_msg *ack = sip_dialog_request(d, SIP_ACK);
	int rc;

	if (!ack)
		return -ENOMEM;
	rc = len ? sip_msg_set_body(ack, content_type, body, len) : 0;
	if (rc) {
		sip_msg_free(ack);
		return rc;
	}
	sip_msg_free(d->ack);
	d->ack = NULL;
	sip_dialog_hop(d, ack, &d->ack_hop);
	return sip_stack_send_ack(s, &d->ack_hop, ack, &d->ack);
}

int sip_dialog_reack(struct sip_dialog *d, struct sip_stack *s, const struct sip_msg *resp)
{
	if (!d->ack || d->ack->cseq != resp->cseq)
		return -ENOENT;
	return sip_transp_send(&s->transp, &d->ack_hop, d->ack);
}

int sip_dialog_refuse_fork(struct sip_stack *s, struct sip_ctrans *ct, const struct sip_msg *resp)
{
	struct sip_dialog *d = sip_dialog_uac(NULL, ct, resp, NULL, NULL);
	struct sip_msg *bye;
	int rc;

	if (!d)
		return -EINVAL;
	rc = sip_dialog_ack(d, s, NULL, NULL, 0);
	bye = sip_dialog_request(d, SIP_BYE);
	if (!bye || !sip_dialog_send(d, s, bye, NULL, NULL, NULL))
		rc = -ENOMEM;
	sip_dialog_free(d);
	return rc;
}

/* ---- UAS: 2xx, section 13.3.1.4 ------------------------------------------------------- */

void sip_2xx_stop(struct sip_2xx *x)
{
	timer_cancel(&x->retransmit);
	timer_cancel(&x->give_up);
	free(x->data);
	x->data = NULL;
	x->len = 0;
}

static void on_retransmit(struct timer *t, void *arg)
{
	struct sip_2xx *x = arg;
	const uint32_t t2 = x->stack->timers.t2;

	x->interval = 2 * x->interval < t2 ? 2 * x->interval : t2;
	x->stack->stats.tx_retransmits++;
	timer_start(t, x->interval, on_retransmit, x);
	sip_transp_send_raw(&x->stack->transp, &x->hop, x->data, x->len);
}

static void on_give_up(struct timer *t, void *arg)
{
	struct sip_2xx *x = arg;

	(void)t;
	sip_2xx_stop(x);
	x->unacked(x, x->arg);
}

int sip_2xx_send(struct sip_2xx *x, struct sip_strans *st, struct sip_msg *resp,
		 void (*unacked)(struct sip_2xx *x, void *arg), void *arg)
{
	struct sip_stack *s = sip_strans_stack(st);
	struct sip_octets octets = { 0 };
	int rc;

	rc = resp->code / 100 == 2 ? sip_octets_of(&octets, resp) : -EINVAL;
	if (rc) {
		sip_msg_free(resp);
		return rc;
	}
	rc = sip_strans_reply(st, resp);
	if (rc) {
		sip_octets_free(&octets);
		return rc;
	}
	sip_2xx_stop(x);
	x->stack = s;
	x->hop = *sip_strans_hop(st);
	x->data = octets.data;
	x->len = octets.len;
	x->cseq = sip_strans_request(st)->cseq;
	x->interval = s->timers.t1;
	x->unacked = unacked;
	x->arg = arg;
	/* Whatever the transport: a proxy on the way may go on by UDP (section 13.3.1.4). */
	timer_start(&x->retransmit, s->timers.t1, on_retransmit, x);
	timer_start(&x->give_up, 64ull * s->timers.t1, on_give_up, x);
	return 0;
}

bool sip_2xx_ack(struct sip_2xx *x, const struct sip_msg *ack)
{
	if (!sip_2xx_running(x) || ack->cseq != x->cseq)
		return false;
	sip_2xx_stop(x);
	return true;
}
