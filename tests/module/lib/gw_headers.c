// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gw.h"

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

	phone_free(s);
	random_key(s->rx);
	random_key(s->tx);
	if (lib) {
		s->send = phone_srtp_ids(s->profile, s->rx, true, ids, n);
		s->recv = phone_srtp_ids(s->profile, s->tx, false, ids, n);
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
