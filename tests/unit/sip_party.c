// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_party.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct party party_a, party_b, party_c;

static const struct sip_ua_caps caps = {
	.allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE", .supported = "100rel",
	.accept = "application/sdp", .hops = true,
};

static void on_cancelled(struct sip_strans *st, const struct sip_msg *cancel, void *arg)
{
	struct party *ua = arg;

	(void)cancel;
	snet_note("%c cancelled", ua->node.name);
	sip_ua_refuse(st, 487, NULL, 0);
	ua->invite = NULL;
}

static void on_strans_ended(struct sip_strans *st, void *arg)
{
	struct party *ua = arg;

	if (ua->invite == st)
		ua->invite = NULL;
}

static const struct sip_strans_ops invite_ops = {
	.cancelled = on_cancelled, .ended = on_strans_ended,
};

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct party *ua = arg;
	struct sip_dialog *d;

	(void)from;
	if (sip_ua_screen(st, &caps) || sip_ua_dialog(st, &ua->node.dialogs, &d))
		return;
	snet_note("%c got %s%s", ua->node.name, req->method_name, d ? " in dialog" : "");
	if (req->method == SIP_INVITE && !d) {
		ua->invite = st;
		sip_strans_set_ops(st, &invite_ops, ua);
	} else if (req->method == SIP_OPTIONS && !d) {
		sip_ua_options(st, &caps);
	} else {
		sip_strans_reply_code(st, 200, NULL);
	}
}

static void on_ack(const struct sip_msg *ack, const struct sip_hop *from, void *arg)
{
	struct party *ua = arg;

	(void)from;
	snet_note("%c got ACK%s", ua->node.name, sip_2xx_ack(&ua->ok, ack) ? "" : " again");
}

static const struct sip_tu tu = { .request = on_request, .ack = on_ack };

static void on_unacked(struct sip_2xx *x, void *arg)
{
	struct party *ua = arg;

	(void)x;
	snet_note("%c never got ACK", ua->node.name);
}

void party_answer(struct party *ua, unsigned int code)
{
	struct sip_msg *resp = sip_strans_response(ua->invite, code, NULL);
	char contact[128];

	sip_transp_contact(&ua->node.stack.transp, 0, "callee", contact, sizeof(contact));
	assert_int_equal(sip_msg_add(resp, SIP_HDR_CONTACT, contact), 0);
	if (!ua->dialog)
		ua->dialog = sip_dialog_uas(&ua->node.dialogs, ua->invite, contact, NULL);
	assert_non_null(ua->dialog);
	if (code < 200) {
		assert_int_equal(sip_strans_reply(ua->invite, resp), 0);
		return;
	}
	sip_dialog_confirm(ua->dialog);
	assert_int_equal(sip_2xx_send(&ua->ok, ua->invite, resp, on_unacked, ua), 0);
}

/* ---- a caller -------------------------------------------------------------------------------- */

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct party *ua = arg;
	struct sip_dialog *d;
	bool made;

	(void)from;
	snet_note("%c got %u", ua->node.name, resp->code);
	if (resp->code == 100 || resp->code >= 300)
		return;
	if (ua->forked && ua->dialog && resp->code >= 200 &&
	    sip_dialog_find(&ua->node.dialogs, resp) != ua->dialog) {
		sip_dialog_refuse_fork(&ua->node.stack, ct, resp);
		return;
	}
	d = sip_dialog_uac(&ua->node.dialogs, ct, resp, &made, NULL);
	assert_non_null(d);
	if (!made)
		assert_ptr_equal(d, ua->dialog);
	ua->dialog = d;
	if (resp->code < 200)
		return;
	if (sip_dialog_reack(d, &ua->node.stack, resp) == -ENOENT)
		assert_int_equal(sip_dialog_ack(d, &ua->node.stack, NULL, NULL, 0), 0);
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure why, void *arg)
{
	struct party *ua = arg;

	if (why != SIP_FAIL_NONE)
		snet_note("%c failed", ua->node.name);
	if (ua->call == ct)
		ua->call = NULL;
}

static const struct sip_ctrans_ops call_ops = { .response = on_response, .ended = on_ended };

static void on_plain_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			      const struct sip_hop *from, void *arg)
{
	struct party *ua = arg;

	(void)ct;
	(void)from;
	snet_note("%c got %u %s", ua->node.name, resp->code, resp->method_name);
}

static const struct sip_ctrans_ops plain_ops = { .response = on_plain_response };

void party_call(struct party *from, struct party *to)
{
	const struct sip_hop hop = snet_hop(&from->node, &to->node);

	from->call = sip_ctrans_send(&from->node.stack, &hop,
				     snet_request(&from->node, &to->node, SIP_INVITE, "call"),
				     &call_ops, from, NULL);
	assert_non_null(from->call);
}

void party_request(struct party *ua, enum sip_method method)
{
	struct sip_msg *m = sip_dialog_request(ua->dialog, method);

	assert_non_null(m);
	assert_non_null(sip_dialog_send(ua->dialog, &ua->node.stack, m, &plain_ops, ua, NULL));
}

void party_standing(void)
{
	party_call(&party_a, &party_b);
	snet_run(10);
	party_answer(&party_b, 180);
	snet_run(10);
	party_answer(&party_b, 200);
	snet_run(10);
	snet_expect("0 A>B INVITE\n0 B got INVITE\n10 B>A 180 INVITE\n10 A got 180\n"
		    "20 B>A 200 INVITE\n20 A got 200\n20 A>B ACK\n20 B got ACK\n");
	assert_int_equal(party_a.dialog->state, SIP_DIALOG_CONFIRMED);
	assert_int_equal(party_b.dialog->state, SIP_DIALOG_CONFIRMED);
}

int party_setup(void **state)
{
	(void)state;
	snet_start();
	memset(&party_a, 0, sizeof(party_a));
	memset(&party_b, 0, sizeof(party_b));
	memset(&party_c, 0, sizeof(party_c));
	snet_add(&party_a.node, 'A', "192.0.2.1", NULL, NULL, &tu, &party_a);
	snet_add(&party_b.node, 'B', "192.0.2.2", NULL, NULL, &tu, &party_b);
	snet_add(&party_c.node, 'C', "192.0.2.3", NULL, NULL, &tu, &party_c);
	return 0;
}

int party_teardown(void **state)
{
	(void)state;
	sip_2xx_stop(&party_a.ok);
	sip_2xx_stop(&party_b.ok);
	sip_2xx_stop(&party_c.ok);
	sip_dialog_free(party_a.dialog);
	sip_dialog_free(party_b.dialog);
	sip_dialog_free(party_c.dialog);
	snet_remove(&party_a.node);
	snet_remove(&party_b.node);
	snet_remove(&party_c.node);
	snet_stop();
	return 0;
}
