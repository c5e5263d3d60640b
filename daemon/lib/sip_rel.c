// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_rel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "sip_trans_impl.h"

#define RSEQ_MAX 0x7fffffffu	/* section 7.1 */

/* ---- UAS: section 3 ------------------------------------------------------------------- */

static uint32_t next_rseq(uint32_t last)
{
	uint16_t random = 0;

	if (last)
		return last + 1;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return 1;
	return random + 1u;
}

void sip_rel_stop(struct sip_rel *x)
{
	timer_cancel(&x->retransmit);
	timer_cancel(&x->give_up);
	free(x->data);
	x->data = NULL;
	x->len = 0;
}

static void on_retransmit(struct timer *t, void *arg)
{
	struct sip_rel *x = arg;

	x->interval *= 2;
	x->stack->stats.tx_retransmits++;
	timer_start(t, x->interval, on_retransmit, x);
	sip_transp_send_raw(&x->stack->transp, &x->hop, x->data, x->len);
}

static void on_give_up(struct timer *t, void *arg)
{
	struct sip_rel *x = arg;

	(void)t;
	sip_rel_stop(x);
	x->unacked = false;
	x->lost(x, x->arg);
}

int sip_rel_send(struct sip_rel *x, struct sip_strans *st, struct sip_msg *resp,
		 void (*lost)(struct sip_rel *x, void *arg), void *arg)
{
	struct sip_stack *s = sip_strans_stack(st);
	const uint32_t rseq = next_rseq(x->rseq);
	struct sip_octets octets = { 0 };
	int rc = 0;

	if (resp->code <= 100 || resp->code >= 200)
		rc = -EINVAL;
	else if (sip_rel_running(x))
		rc = -EBUSY;
	if (!rc)
		rc = sip_msg_add(resp, SIP_HDR_REQUIRE, "100rel");
	if (!rc)
		rc = sip_msg_addf(resp, SIP_HDR_RSEQ, "%u", rseq);
	if (!rc)
		rc = sip_octets_of(&octets, resp);
	if (rc) {
		sip_msg_free(resp);
		return rc;
	}
	rc = sip_strans_reply(st, resp);
	if (rc) {
		sip_octets_free(&octets);
		return rc;
	}
	x->stack = s;
	x->hop = *sip_strans_hop(st);
	x->data = octets.data;
	x->len = octets.len;
	x->rseq = rseq;
	x->cseq = sip_strans_request(st)->cseq;
	x->unacked = true;
	x->interval = s->timers.t1;
	x->lost = lost;
	x->arg = arg;
	/* Whatever the transport, as a 2xx is: a proxy on the way may go on by UDP. */
	timer_start(&x->retransmit, s->timers.t1, on_retransmit, x);
	timer_start(&x->give_up, 64ull * s->timers.t1, on_give_up, x);
	return 0;
}

/* RAck: response number, CSeq number, method (section 7.2) */
static bool rack_is(const char *value, uint32_t rseq, uint32_t cseq)
{
	unsigned long long number[2];
	const char *at = value;
	char *end;

	for (int i = 0; i < 2; i++) {
		if (*at < '0' || *at > '9')
			return false;
		number[i] = strtoull(at, &end, 10);
		if (*end != ' ' && *end != '\t')
			return false;
		at = end + strspn(end, " \t");
	}
	return number[0] == rseq && number[1] == cseq && !strcmp(at, "INVITE");
}

bool sip_rel_prack(struct sip_rel *x, const struct sip_msg *prack)
{
	const char *rack = sip_msg_value(prack, SIP_HDR_RACK);

	if (!x->unacked || !rack || !rack_is(rack, x->rseq, x->cseq))
		return false;
	x->unacked = false;
	sip_rel_stop(x);
	return true;
}

/* ---- UAC: section 4 ------------------------------------------------------------------- */

uint32_t sip_rel_number(const struct sip_msg *resp)
{
	const char *rseq = sip_msg_value(resp, SIP_HDR_RSEQ);
	unsigned long long n;
	char *end;

	if (resp->method != SIP_INVITE || resp->code <= 100 || resp->code >= 200 || !resp->to_tag ||
	    !rseq || *rseq < '0' || *rseq > '9' ||
	    !sip_msg_has_token(resp, SIP_HDR_REQUIRE, "100rel"))
		return 0;
	n = strtoull(rseq, &end, 10);
	return *end || n > RSEQ_MAX ? 0 : (uint32_t)n;
}

int sip_rel_ack(struct sip_dialog *d, struct sip_stack *s, const struct sip_msg *resp)
{
	struct sip_msg *m = sip_dialog_request(d, SIP_PRACK);
	struct err e = { 0 };
	int rc = m ? sip_msg_addf(m, SIP_HDR_RACK, "%u %u INVITE", sip_rel_number(resp), resp->cseq) :
		     -ENOMEM;

	if (rc) {
		sip_msg_free(m);
		return rc;
	}
	return sip_dialog_send(d, s, m, NULL, NULL, &e) ? 0 : e.code ? e.code : -EAGAIN;
}
