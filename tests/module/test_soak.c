// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many packets between phones of different suites, both ways at once, over a network that loses
 * one in a hundred, delivers some out of order and some twice, with new keys every thousand
 * packets.  What the network does is decided here, so what has to come out is known exactly: every
 * packet that arrived, once, in the order in which it arrived.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/any.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define BATCH 24
#define PAYLOAD 1100
#define REKEY 1000

struct packet {
	uint8_t plain[PACKET_MAX];
	union { uint32_t align; uint8_t data[PACKET_MAX]; } wire;
	size_t len, wire_len;
	bool again;		/* the same as one before */
};

struct flow {
	struct side *from, *to;
	uint32_t reports;
	uint64_t arrived, twice;
};

struct call {
	struct pair pair;
	struct flow flow[2];
	uint32_t since_rekey;
	unsigned int rekeys;
};

/*
 * Octets to encrypt.  Without any, counter mode needs no cipher: such a packet passes by those that
 * are inside one which finishes later, and order is what is tested here.
 */
static unsigned int least(void)
{
	const char *args = getenv("SRTP_MODULE_ARGS");

	return args && strstr(args, "test_async=1") ? 1 : 0;
}

static void make(struct flow *f, struct packet *p)
{
	struct side *s = f->from;

	if (any(100) == 0) {
		p->len = rtcp_build(p->plain, s->ssrc, f->reports++, least() + any(20));
	} else {
		const struct rtp r = { .ssrc = s->ssrc, .seq = s->seq++,
				       .payload = least() + any(PAYLOAD),
				       .csrcs = any(20) ? 0 : any(16),
				       .ext_words = any(10) ? -1 : (int)any(8),
				       .padding = any(30) ? 0 : 4 };

		p->len = rtp_build(p->plain, &r);
	}
	memcpy(p->wire.data, p->plain, p->len);
	p->wire_len = side_protect(s, p->wire.data, p->len);
	p->again = false;
}

/* A batch as the network makes of it: Return: how many packets arrive, at @order. */
static unsigned int network(struct flow *f, struct packet *pool, struct packet **order)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BATCH; i++) {
		make(f, &pool[i]);
		if (any(100))
			order[n++] = &pool[i];
	}
	for (unsigned int i = 0; i + 1 < n; i++)
		if (any(25) == 0) {
			unsigned int k = i + 1 + any(n - i - 1);
			struct packet *late = order[i];

			memmove(&order[i], &order[i + 1], (k - i) * sizeof(*order));
			order[k] = late;
		}
	return n;
}

static bool batch(struct flow *f)
{
	static struct packet pool[BATCH];
	struct packet *order[BATCH];
	unsigned int n = network(f, pool, order);

	for (unsigned int i = 0; i < n; i++) {
		side_send_raw(f->from, order[i]->wire.data, order[i]->wire_len);
		if (any(50) == 0) {
			const struct packet *p = order[any(i + 1)];

			side_send_raw(f->from, p->wire.data, p->wire_len);
			f->twice++;
		}
	}
	f->arrived += n;
	for (unsigned int i = 0; i < n; i++)
		if (!side_got(f->to, order[i]->plain, order[i]->len))
			return diag("packet %u of a batch, sequence number %u", i,
				    order[i]->plain[2] << 8 | order[i]->plain[3]);
	return true;
}

static void rekey(struct call *c)
{
	struct nl_srtp_session both[2] = { 0 };
	struct err e = { 0 };

	for (int i = 0; i < 2; i++) {
		struct side *s = i ? &c->pair.b : &c->pair.a;

		random_key(s->rx);
		random_key(s->tx);
		both[i].given = NL_SRTP_ID | NL_SRTP_RX | NL_SRTP_TX;
		both[i].id = s->id;
		both[i].rx = side_crypto(s->profile, s->rx, 0);
		both[i].tx = side_crypto(s->profile, s->tx, 0);
		/* The phone goes on with its indices, as RFC 3711 has it. */
		phone_update(s->send, s->profile, s->rx, true);
		phone_update(s->recv, s->profile, s->tx, false);
	}
	if (nl_srtp_session_set(gw, both, 2, &e))
		bail("%s", err_text(&e));
	c->rekeys++;
	c->since_rekey = 0;
}

int main(void)
{
	static const struct { int af; uint16_t a, b; } kinds[] = {
		{ AF_INET, CM, GCM },
		{ AF_INET6, SRTP_PROFILE_AEAD_AES_256_GCM, CM },
		{ AF_INET, SRTP_PROFILE_AES128_CM_SHA1_32, SRTP_PROFILE_AEAD_AES_256_GCM },
		{ AF_INET6, GCM, SRTP_PROFILE_AES256_CM_SHA1_80 },
	};
	enum { CALLS = sizeof(kinds) / sizeof(*kinds) };
	static struct call calls[CALLS];
	const char *wanted = getenv("SOAK_PACKETS");
	unsigned long want = wanted ? strtoul(wanted, NULL, 10) : 8000, sent = 0;
	bool ok = true;

	gw_begin();
	for (int i = 0; i < CALLS; i++) {
		struct call *c = &calls[i];

		pair_open(&c->pair, kinds[i].af, kinds[i].a, kinds[i].b, NULL);
		c->flow[0] = (struct flow){ .from = &c->pair.a, .to = &c->pair.b };
		c->flow[1] = (struct flow){ .from = &c->pair.b, .to = &c->pair.a };
		/* Every ROC becomes 1 soon, and has to outlive the re-keys. */
		c->pair.a.seq = 65400;
		c->pair.b.seq = 65450;
		/* The first of a stream has to be the first: without it nobody knows the ROC. */
		ok = ok && passes(&c->pair.a, &c->pair.b) && passes(&c->pair.b, &c->pair.a);
		c->flow[0].arrived = c->flow[1].arrived = 1;
	}
	while (ok && sent < want) {
		struct call *c = &calls[any(CALLS)];

		ok = batch(&c->flow[any(2)]);
		sent += BATCH;
		c->since_rekey += BATCH;
		if (c->since_rekey >= REKEY)
			rekey(c);
	}
	tap(ok, "%lu packets: each that arrived came out once, and in its place", sent);
	for (int i = 0; i < CALLS; i++) {
		struct call *c = &calls[i];

		for (int k = 0; k < 2; k++) {
			struct flow *f = &c->flow[k];
			struct nl_srtp_stats st = side_stats(f->from);

			tap(f->arrived > want / CALLS / 3 && st.rx_packets == f->arrived &&
			    drops_are(f->from, DROPS({ SRTP_DROP_REPLAY, f->twice })),
			    "%s %s to %s: %llu arrived, %llu of them twice, %u re-keys",
			    af_name(kinds[i].af), nl_srtp_profile_name(f->from->profile),
			    nl_srtp_profile_name(f->to->profile), (unsigned long long)f->arrived,
			    (unsigned long long)f->twice, c->rekeys);
		}
		pair_close(&c->pair);
	}
	return tap_done();
}
