// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stack with a user agent that has called somebody, fed with datagrams: the input
 * is cut at each octet 0x1e, and the octet behind that says how much time passes
 * before the next.  OUR_BRANCH in the input stands for the call's branch, which
 * nobody can guess.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "sip_ua.h"
#include "timer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUR_BRANCH "z9hG4bK-our-own-branch-"

static struct sip_dialogs dialogs;
static struct sip_2xx ok;
static struct sip_dialog *dialog;

static int swallow(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	(void)side;
	(void)to;
	(void)data;
	(void)len;
	return 0;
}

static void on_unacked(struct sip_2xx *x, void *arg)
{
	(void)x;
	(void)arg;
}

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	(void)cancel;
	(void)arg;
	sip_ua_refuse(st, 487, NULL, 0);
}

static const struct sip_strans_ops ops = { .cancelled = on_cancelled };

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	static const struct sip_ua_caps caps = {
		.allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE", .supported = "",
		.accept = "application/sdp",
	};
	struct sip_msg *resp;
	struct sip_dialog *d;

	(void)from;
	(void)arg;
	if (sip_ua_screen(st, &caps) || sip_ua_dialog(st, &dialogs, &d))
		return;
	if (req->method != SIP_INVITE || d) {
		sip_ua_options(st, &caps);
		return;
	}
	if (!dialog)
		dialog = sip_dialog_uas(&dialogs, st, "<sip:192.0.2.1>", NULL);
	if (req->cseq % 2) {
		sip_strans_set_ops(st, &ops, NULL);
		return;
	}
	resp = sip_strans_response(st, 200, NULL);
	if (resp && sip_2xx_send(&ok, st, resp, on_unacked, NULL))
		abort();
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	sip_2xx_ack(&ok, ack);
}

static void on_stray(const struct sip_msg *resp, const struct sip_hop *from, void *arg)
{
	(void)from;
	(void)arg;
	sip_dialog_find(&dialogs, resp);
}

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct sip_stack *s = arg;

	(void)from;
	if (resp->code > 100 && resp->code < 300)
		sip_dialog_refuse_fork(s, ct, resp);
}

static struct sip_ctrans *call(struct sip_stack *s, const struct sip_hop *to)
{
	static const struct sip_ctrans_ops call_ops = { .response = on_response };
	struct sip_msg *m = sip_msg_request(SIP_INVITE, "sip:b@192.0.2.9");

	if (sip_msg_add(m, SIP_HDR_FROM, "<sip:a@192.0.2.1>;tag=lt") ||
	    sip_msg_add(m, SIP_HDR_TO, "<sip:b@192.0.2.9>") ||
	    sip_msg_add(m, SIP_HDR_CALL_ID, "out") || sip_msg_add(m, SIP_HDR_CSEQ, "1 INVITE") ||
	    sip_msg_add(m, SIP_HDR_CONTACT, "<sip:192.0.2.1>"))
		abort();
	return sip_ctrans_send(s, to, m, &call_ops, s, NULL);
}

static void feed(struct sip_stack *s, const struct sip_hop *from, const char *branch,
		 const uint8_t *data, size_t len)
{
	const size_t n = sizeof(OUR_BRANCH) - 1;
	uint8_t *copy = malloc(len + 1), *at = copy;

	if (!copy || strlen(branch) != n)
		abort();
	memcpy(copy, data, len);
	while ((at = memmem(at, (size_t)(copy + len - at), OUR_BRANCH, n)))
		memcpy(at, branch, n);
	sip_transp_input(&s->transp, from, copy, len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sip_side_ops side = { .proto = SIP_UDP, .send = swallow };
	static const struct sip_tu tu = {
		.request = on_request, .ack = on_ack, .stray_2xx = on_stray,
	};
	struct sip_hop from = { .proto = SIP_UDP };
	const uint8_t *end = data + size;
	struct sip_stack s;
	struct addr own;
	char branch[64];

	log_set_level(LOG_LVL_ERROR);
	clock_fake(0, 1700000000);
	addr_parse(&own, "192.0.2.1", 5060);
	addr_parse(&from.remote, "192.0.2.9", 5060);
	if (loop_init(NULL) || sip_stack_init(&s, NULL, NULL, &tu, NULL) ||
	    sip_dialogs_init(&dialogs) || sip_transp_add(&s.transp, &side, &own, NULL, NULL))
		abort();
	snprintf(branch, sizeof(branch), "%s", sip_ctrans_request(call(&s, &from))->via->branch);
	while (data < end) {
		const uint8_t *cut = memchr(data, 0x1e, (size_t)(end - data));
		const uint8_t *stop = cut ? cut : end;

		feed(&s, &from, branch, data, (size_t)(stop - data));
		loop_turn(0);
		data = stop;
		if (cut && ++data < end) {
			clock_advance(100ull * *data++);
			loop_turn(0);
		}
	}
	clock_advance(40000);
	loop_turn(0);
	sip_2xx_stop(&ok);
	sip_dialog_free(dialog);
	dialog = NULL;
	sip_stack_fini(&s);
	sip_dialogs_fini(&dialogs);
	loop_turn(0);
	if (timer_count())
		abort();
	return 0;
}
