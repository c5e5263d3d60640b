// SPDX-License-Identifier: GPL-2.0-or-later
#include "sessions.h"

#include <stdlib.h>

#include "../../module/lib/ns.h"
#include "../../module/lib/tap.h"
#include "gen.h"

static struct addr address(const char *ip, uint16_t port, size_t i)
{
	struct sockaddr_storage ss = { 0 };
	struct addr a;

	*(struct sockaddr_in *)&ss = gen_addr(ip, port, i);
	if (addr_from_sockaddr(&a, &ss))
		bail("address %s", ip);
	return a;
}

static struct nl_srtp_crypto crypto(const struct suite *suite, const uint8_t *key)
{
	struct nl_srtp_crypto c = { .profile = suite->profile };

	if (suite->set) {
		c.key = key;
		c.key_len = suite->key_len;
		c.salt = key + suite->key_len;
		c.salt_len = suite->salt_len;
		if (headers == HEADERS_ELEMENTS) {
			c.ext_ids[0] = ELEMENT_ID;
			c.n_ext_ids = 1;
		} else if (headers == HEADERS_CRYPTEX) {
			c.cryptex = SRTP_CRYPTEX_ON;
		}
	}
	return c;
}

static void open_call(struct calls *c, size_t i, const struct suite *a, const struct suite *b,
		      const uint8_t *rx_key, const uint8_t *tx_key)
{
	struct nl_srtp_session s[2] = { 0 };
	struct err e = { 0 };

	for (int k = 0; k < 2; k++) {
		const struct suite *suite = k ? b : a;

		s[k].given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX;
		s[k].local = address(k ? "10.2.0.1" : "10.1.0.1", FIRST_PORT, i);
		s[k].remote = k ? address(SINK_IP, SINK_PORT, 0) : address(GEN_IP, GEN_PORT, 0);
		s[k].rx = crypto(suite, rx_key);
		s[k].tx = crypto(suite, tx_key);
	}
	if (nl_srtp_session_new(c->nl, s, 2, c->ids + 2 * i, &e))
		bail("%s", err_text(&e));
	for (int k = 0; k < 2; k++)
		s[k] = (struct nl_srtp_session){
			.given = NL_SRTP_ID | NL_SRTP_PEER | NL_SRTP_STATE,
			.id = c->ids[2 * i + (size_t)k], .peer = c->ids[2 * i + !k],
			.state = SRTP_STATE_OPEN,
		};
	if (nl_srtp_session_set(c->nl, s, 2, &e))
		bail("%s", err_text(&e));
}

void calls_open(struct calls *c, size_t n, const struct suite *a, const struct suite *b,
		const uint8_t *rx_key, const uint8_t *tx_key)
{
	struct err e = { 0 };

	*c = (struct calls){ .n = n, .ids = calloc(2 * n, sizeof(*c->ids)) };
	if (!c->ids)
		bail("no memory for %zu calls", n);
	ns_enter("bw");
	if (nl_srtp_open(&c->nl, &e))
		bail("%s", err_text(&e));
	for (size_t i = 0; i < n; i++)
		open_call(c, i, a, b, rx_key, tx_key);
}

void calls_close(struct calls *c)
{
	struct err e = { 0 };

	for (size_t i = 0; i < c->n; i++)
		if (nl_srtp_session_del(c->nl, c->ids + 2 * i, 2, &e))
			bail("%s", err_text(&e));
	nl_srtp_close(c->nl);
	free(c->ids);
}

uint64_t calls_dropped(struct calls *c, enum srtp_drop why)
{
	struct nl_srtp_stats st;
	struct err e = { 0 };

	if (nl_srtp_stats(c->nl, &st, &e))
		bail("%s", err_text(&e));
	return st.drops[why];
}
