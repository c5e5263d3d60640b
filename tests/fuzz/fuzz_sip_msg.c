// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever is taken must be written, what is written must be taken, and be
 * written the same; every getter may be asked; whatever is refused with an
 * answer must be answerable.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "sip_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_uri(const struct sip_uri *u)
{
	static char out[SIP_MAX_MESSAGE];
	struct addr a;

	sip_uri_aor(u, out, sizeof(out));
	sip_uri_addr(u, &a);
	sip_uri_param(u, "lr");
	if (!sip_uri_equal(u, u))
		abort();
	if (u->user)
		sip_unescape(u->user, out, sizeof(out));
}

static void look(const struct sip_msg *m)
{
	const struct sip_hdr *h;
	char token[16];

	for (int id = 0; id < SIP_HDR_COUNT; id++) {
		struct sip_token_pos pos = { 0 };

		for (h = NULL; (h = sip_msg_find(m, (enum sip_hdr_id)id, h));)
			if (h->addr)
				look_at_uri(&h->addr->uri);
		while (sip_msg_next_token(m, (enum sip_hdr_id)id, &pos, token, sizeof(token)))
			;
	}
	if (sip_msg_is_request(m))
		look_at_uri(&m->ruri);
	sip_msg_contact(m);
	sip_msg_content_is(m, "application/sdp");
	/* what the layers above rely on without asking */
	if (!m->via || !m->from || !m->to || !m->call_id || !m->method_name ||
	    (m->body_len && !m->body))
		abort();
}

static size_t write_out(const struct sip_msg *m, uint8_t *out, size_t cap)
{
	struct wbuf w = wbuf_on(out, cap);

	sip_msg_write(m, &w);
	return w.bad ? 0 : w.len;
}

/* what the stack makes of a request must be takeable too */
static void build(const struct sip_msg *m)
{
	static uint8_t out[4 * SIP_MAX_MESSAGE];
	struct sip_msg *made[3] = { sip_msg_response(m, 180, NULL, "tag") }, *again;
	unsigned int refusal;

	if (m->method == SIP_INVITE) {
		made[1] = sip_msg_ack_for(m, m);
		made[2] = sip_msg_cancel_for(m);
	}
	for (int i = 0; i < 3; i++) {
		size_t n;

		if (!made[i])
			continue;
		n = write_out(made[i], out, sizeof(out));
		if (n && n <= SIP_MAX_MESSAGE) {
			if (sip_msg_parse(&again, out, n, &refusal, NULL))
				abort();
			sip_msg_free(again);
		}
		sip_msg_free(made[i]);
	}
	if (!made[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t one[4 * SIP_MAX_MESSAGE], two[4 * SIP_MAX_MESSAGE];
	struct sip_msg *m, *again;
	struct err e = { 0 };
	unsigned int refusal;
	size_t n1, n2;

	if (sip_msg_parse(&m, data, size, &refusal, &e)) {
		if ((m != NULL) != (refusal != 0))
			abort();
		if (m)
			sip_msg_free(sip_msg_response(m, refusal, e.text, "tag"));
		sip_msg_free(m);
		return 0;
	}
	look(m);
	n1 = write_out(m, one, sizeof(one));
	if (!n1)
		abort();
	if (n1 <= SIP_MAX_MESSAGE) {
		if (sip_msg_parse(&again, one, n1, &refusal, &e))
			abort();
		n2 = write_out(again, two, sizeof(two));
		if (n1 != n2 || memcmp(one, two, n1) != 0)
			abort();
		sip_msg_free(again);
	}
	if (sip_msg_is_request(m))
		build(m);
	sip_msg_free(m);
	return 0;
}
