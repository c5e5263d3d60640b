// SPDX-License-Identifier: GPL-2.0-or-later
/* The parties of call_world.h: what they say, and what they find in what they hear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "call_world.h"

#define NETWORK 65536

/* ---- the caller ------------------------------------------------------------- */

static void say(struct world *w, unsigned int side, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct world *w, unsigned int side, const char *fmt, ...)
{
	static char text[NETWORK];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	world_say(w, side, text, (size_t)n);
}

static void request(struct world *w, const char *method, const char *ruri, unsigned int branch,
		    unsigned int cseq, const char *headers, const char *sdp)
{
	say(w, 0, "%s %s SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-%s-%u\r\n"
	    "Max-Forwards: 70\r\n"
	    "From: \"Alice\" <sip:alice@atlanta.example>;tag=caller\r\n"
	    "To: <sip:bob@biloxi.example>%s%s\r\n"
	    "Call-ID: %s\r\n"
	    "CSeq: %u %s\r\n"
	    "Contact: <sip:alice@10.0.0.2:5060>\r\n"
	    "%s%s"
	    "Content-Length: %zu\r\n\r\n%s",
	    method, ruri, w->call_id, branch, w->to_tag[0] ? ";tag=" : "", w->to_tag, w->call_id,
	    cseq, method, headers ? headers : "", sdp ? "Content-Type: application/sdp\r\n" : "",
	    sdp ? strlen(sdp) : 0, sdp ? sdp : "");
}

void caller_invite_to(struct world *w, const char *ruri, const char *sdp)
{
	static unsigned int calls;

	snprintf(w->call_id, sizeof(w->call_id), "call-%u", ++calls);
	snprintf(w->contact, sizeof(w->contact), "%s", ruri);
	w->to_tag[0] = '\0';
	w->cseq = 1;
	w->invite_branch = ++w->branch;
	request(w, "INVITE", ruri, w->branch, w->cseq, NULL, sdp);
}

void caller_invite(struct world *w, const char *sdp)
{
	caller_invite_to(w, "sip:bob@biloxi.example", sdp);
}

void caller_learn(struct world *w, const struct sip_msg *resp)
{
	snprintf(w->to_tag, sizeof(w->to_tag), "%s", resp->to_tag);
	if (sip_msg_contact(resp))
		snprintf(w->contact, sizeof(w->contact), "%s", sip_msg_contact(resp)->uri_text);
}

void caller_ack(struct world *w, const char *sdp)
{
	request(w, "ACK", w->contact, ++w->branch, w->cseq, NULL, sdp);
}

void caller_request(struct world *w, const char *method, const char *headers, const char *sdp)
{
	w->cseq++;
	w->invite_branch = ++w->branch;
	request(w, method, w->contact, w->branch, w->cseq, headers, sdp);
}

void caller_cancel(struct world *w)
{
	request(w, "CANCEL", w->contact, w->invite_branch, w->cseq,
		"Reason: SIP;cause=200;text=\"elsewhere\"\r\n", NULL);
}

/* ---- the callee ------------------------------------------------------------- */

void peer_rings(struct world *w, const struct sip_msg *req, unsigned int code, const char *tag,
		unsigned int rseq, const char *sdp)
{
	static char text[NETWORK];
	struct wbuf b = wbuf_on(text, sizeof(text));
	struct sip_msg *m = sip_msg_response(req, code, NULL, tag);

	assert_non_null(m);
	if (rseq) {
		sip_msg_add(m, SIP_HDR_REQUIRE, "100rel");
		sip_msg_addf(m, SIP_HDR_RSEQ, "%u", rseq);
	}
	sip_msg_add(m, SIP_HDR_CONTACT, strcmp(req->via->host, "10.0.1.1") ?
		    "<sip:alice@10.0.0.2:5060>" : "<sip:bob@10.0.1.2:5060>");
	if (sdp)
		sip_msg_set_body(m, "application/sdp", sdp, strlen(sdp));
	sip_msg_write(m, &b);
	sip_msg_free(m);
	world_say(w, !strcmp(req->via->host, "10.0.1.1"), text, b.len);
}

void peer_reply(struct world *w, const struct sip_msg *req, unsigned int code, const char *tag,
		const char *sdp)
{
	peer_rings(w, req, code, tag, 0, sdp);
}

void peer_refuses(struct world *w, const struct sip_msg *req, unsigned int code,
		  const char *warning)
{
	static char text[NETWORK];
	struct wbuf b = wbuf_on(text, sizeof(text));
	struct sip_msg *m = sip_msg_response(req, code, NULL, "callee");

	assert_non_null(m);
	if (warning)
		sip_msg_add(m, SIP_HDR_WARNING, warning);
	sip_msg_write(m, &b);
	sip_msg_free(m);
	world_say(w, 1, text, b.len);
}

void callee_request(struct world *w, const struct sip_msg *invite, const char *tag,
		    const char *method, unsigned int cseq, const char *sdp)
{
	say(w, 1, "%s %s SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 10.0.1.2:5060;branch=z9hG4bK-callee-%u\r\n"
	    "Max-Forwards: 70\r\n"
	    "From: <%s>;tag=%s\r\n"
	    "To: <%s>;tag=%s\r\n"
	    "Call-ID: %s\r\n"
	    "CSeq: %u %s\r\n"
	    "Contact: <sip:bob@10.0.1.2:5060>\r\n"
	    "Reason: Q.850;cause=16\r\n%s"
	    "Content-Length: %zu\r\n\r\n%s",
	    method, sip_msg_contact(invite)->uri_text, ++w->branch, invite->to->uri_text, tag,
	    invite->from->uri_text, invite->from_tag, invite->call_id, cseq, method,
	    sdp ? "Content-Type: application/sdp\r\n" : "", sdp ? strlen(sdp) : 0, sdp ? sdp : "");
}

struct sip_msg *world_established(struct world *w)
{
	const char *offer = w->conf.side[0].security == MEDIA_DTLS ? SDP_DTLS : SDP_PLAIN;
	const char *answer = w->conf.side[1].security == MEDIA_DTLS ? SDP_DTLS_ANSWER : SDP_PLAIN;
	struct sip_msg *invite, *ok;

	caller_invite(w, offer);
	world_expect_done(w, 0, 100, SIP_INVITE);
	invite = world_expect(w, 1, 0, SIP_INVITE);
	peer_reply(w, invite, 200, "callee", answer);
	world_expect_done(w, 1, 0, SIP_ACK);
	ok = world_expect(w, 0, 200, SIP_INVITE);
	caller_learn(w, ok);
	sip_msg_free(ok);
	caller_ack(w, NULL);
	world_silence(w);
	if (w->hold_open)
		assert_int_equal(world_call(w)->state, CALL_SECURING);
	else
		assert_int_equal(world_call(w)->state, CALL_OPEN);
	return invite;
}

/* ---- what is heard ---------------------------------------------------------- */

void world_is(const struct sip_msg *m, enum sip_hdr_id id, const char *expect)
{
	const char *v = sip_msg_value(m, id);

	if (!expect != !v || (v && strcmp(v, expect)))
		fail_msg("%s is \"%s\", expected \"%s\"", sip_hdr_name(id), v ? v : "(none)",
			 expect ? expect : "(none)");
}

void world_has_body(const struct sip_msg *m, const char *text)
{
	if (!memmem(m->body, m->body_len, text, strlen(text)))
		fail_msg("no \"%s\" in:\n%.*s", text, (int)m->body_len, (const char *)m->body);
}

void world_has_no(const struct sip_msg *m, const char *text)
{
	static char all[65536];
	struct wbuf b = wbuf_on(all, sizeof(all));

	sip_msg_write(m, &b);
	if (memmem(all, b.len, text, strlen(text)))
		fail_msg("\"%s\" in:\n%.*s", text, (int)b.len, all);
}

void world_ends(struct world *w, unsigned int side, const char *reason)
{
	struct sip_msg *bye = world_expect(w, side, 0, SIP_BYE);

	world_is(bye, SIP_HDR_REASON, reason);
	peer_reply(w, bye, 200, NULL, NULL);
	sip_msg_free(bye);
}
