// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gw.h"
#include "tap.h"

static srtp_t lib_phone(uint16_t profile, uint8_t *key, bool sends, const uint8_t *ids, size_t n)
{
	srtp_policy_t policy = { 0 };
	int list[256];
	srtp_t s;

	for (size_t i = 0; i < n; i++)
		list[i] = ids[i];
	phone_policy(profile, &policy);
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	policy.window_size = 4096;
	policy.enc_xtn_hdr = list;
	policy.enc_xtn_hdr_count = (int)n;
	if (srtp_create(&s, &policy) != srtp_err_status_ok)
		bail("srtp_create");
	return s;
}

static struct nl_srtp_crypto context(uint16_t profile, const uint8_t *key, const uint8_t *ids,
				     size_t n, enum srtp_cryptex cryptex)
{
	struct nl_srtp_crypto c = side_crypto(profile, key, 0);

	memcpy(c.ext_ids, ids, n);
	c.n_ext_ids = (uint8_t)n;
	c.cryptex = cryptex;
	return c;
}

void side_headers(struct side *s, const uint8_t *ids, size_t n, enum srtp_cryptex rx,
		  enum srtp_cryptex tx, bool lib)
{
	size_t n_tx = tx ? 0 : n;

	if (s->send)
		srtp_dealloc(s->send);
	if (s->recv)
		srtp_dealloc(s->recv);
	model_free(s->model_send);
	model_free(s->model_recv);
	s->send = s->recv = NULL;
	s->model_send = s->model_recv = NULL;
	random_key(s->rx);
	random_key(s->tx);
	if (lib) {
		s->send = lib_phone(s->profile, s->rx, true, ids, n);
		s->recv = lib_phone(s->profile, s->tx, false, ids, n);
	} else {
		s->model_send = model_new(s->profile, s->rx);
		s->model_recv = model_new(s->profile, s->tx);
		model_headers(s->model_send, ids, n, rx);
		model_headers(s->model_recv, ids, n_tx, tx);
	}
	side_set(s, (struct nl_srtp_session){
		.given = NL_SRTP_RX | NL_SRTP_TX,
		.rx = context(s->profile, s->rx, ids, n, rx),
		.tx = context(s->profile, s->tx, ids, n_tx, tx),
	});
}
