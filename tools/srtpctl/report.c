// SPDX-License-Identifier: GPL-2.0-or-later
/* A session as the kernel reports it, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>

#include "ctl.h"

/* JSON members have underscores where words for people have hyphens. */
static const char *member(const char *word, char *out, size_t cap)
{
	size_t i = 0;

	for (; word[i] && i + 1 < cap; i++)
		out[i] = word[i] == '-' ? '_' : word[i];
	out[i] = '\0';
	return out;
}

uint64_t stats_dropped(const struct nl_srtp_stats *st)
{
	uint64_t sum = 0;

	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		sum += st->drops[i];
	return sum;
}

json_t *stats_json(const struct nl_srtp_stats *st, bool of_namespace)
{
	json_t *drops = json_object();
	json_t *j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}",
			      "rx_packets", (json_int_t)st->rx_packets,
			      "rx_bytes", (json_int_t)st->rx_bytes,
			      "tx_packets", (json_int_t)st->tx_packets,
			      "tx_bytes", (json_int_t)st->tx_bytes,
			      "async", (json_int_t)st->async,
			      "passed", (json_int_t)st->passed);

	if (of_namespace) {
		json_object_set_new(j, "sessions", json_integer((json_int_t)st->sessions));
		json_object_set_new(j, "events_lost", json_integer((json_int_t)st->events_lost));
	}
	for (int i = 1; i < __SRTP_DROP_MAX; i++) {
		char name[32];

		json_object_set_new(drops, member(nl_srtp_drop_name(i), name, sizeof(name)),
				    json_integer((json_int_t)st->drops[i]));
	}
	json_object_set_new(j, "drops", drops);
	return j;
}

static json_t *address_json(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return addr_is_set(a) ? json_string(addr_str(a, text)) : json_null();
}

uint64_t crypto_left(uint64_t limit, uint64_t packets)
{
	return packets < limit ? limit - packets : 0;
}

static json_t *ids_json(const struct nl_srtp_crypto *c)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < c->n_ext_ids; i++)
		json_array_append_new(ids, json_integer(c->ext_ids[i]));
	return ids;
}

static json_t *crypto_json(const struct nl_srtp_session *s, uint32_t bit,
			   const struct nl_srtp_crypto *c, uint32_t streams)
{
	char mki[2 * NL_SRTP_MKI_MAX + 1] = "";

	if (!(s->given & bit))
		return json_null();
	for (size_t i = 0; i < c->mki_len; i++)
		snprintf(mki + 2 * i, 3, "%02x", c->mki[i]);
	return json_pack("{s:s, s:I, s:I, s:s, s:[I, I], s:[I, I], s:[I, I], s:o, s:s}",
			 "profile", nl_srtp_profile_name(c->profile),
			 "window", (json_int_t)c->window, "streams", (json_int_t)streams,
			 "mki", mki,
			 "packets", (json_int_t)c->packets_rtp, (json_int_t)c->packets_rtcp,
			 "limit", (json_int_t)c->limit_rtp, (json_int_t)c->limit_rtcp,
			 "left", (json_int_t)crypto_left(c->limit_rtp, c->packets_rtp),
			 (json_int_t)crypto_left(c->limit_rtcp, c->packets_rtcp),
			 "ext_ids", ids_json(c), "cryptex", nl_srtp_cryptex_name(c->cryptex));
}

json_t *report_json(const struct nl_srtp_report *r)
{
	const struct nl_srtp_session *s = &r->session;
	char owner[24];

	/* A cookie of 64 bits is no number to most readers of JSON. */
	snprintf(owner, sizeof(owner), "%" PRIu64, s->owner);
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:b, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I}",
			 "id", (json_int_t)s->id,
			 "local", address_json(&s->local),
			 "remote", address_json(&s->remote),
			 "rx", crypto_json(s, NL_SRTP_RX, &s->rx, r->rx_streams),
			 "tx", crypto_json(s, NL_SRTP_TX, &s->tx, r->tx_streams),
			 "state", nl_srtp_state_name(s->state),
			 "verified", s->verified,
			 "owner", owner,
			 "peer", (json_int_t)s->peer,
			 "rtcp_peer", (json_int_t)s->rtcp_peer,
			 "latch", nl_srtp_latch_name(s->latch),
			 "idle_timeout", (json_int_t)s->idle_timeout,
			 "idle", (json_int_t)r->idle,
			 "max_streams", (json_int_t)s->max_streams,
			 "stats", stats_json(&r->stats, false),
			 "rx_next", crypto_json(s, NL_SRTP_RX_NEXT, &s->rx_next, r->rx_streams),
			 "rx_old", crypto_json(s, NL_SRTP_RX_OLD, &s->rx_old, r->rx_streams),
			 "tx_next", crypto_json(s, NL_SRTP_TX_NEXT, &s->tx_next, r->tx_streams),
			 "overlap", (json_int_t)s->overlap);
}

void stats_print(const struct nl_srtp_stats *st, const char *indent)
{
	printf("%sreceived  %" PRIu64 " packets, %" PRIu64 " octets\n", indent, st->rx_packets,
	       st->rx_bytes);
	printf("%ssent      %" PRIu64 " packets, %" PRIu64 " octets\n", indent, st->tx_packets,
	       st->tx_bytes);
	printf("%sleft alone %" PRIu64 " (neither RTP nor RTCP)\n", indent, st->passed);
	printf("%sasync     %" PRIu64 "\n", indent, st->async);
	printf("%sdropped   %" PRIu64 "\n", indent, stats_dropped(st));
	for (int i = 1; i < __SRTP_DROP_MAX; i++)
		if (st->drops[i])
			printf("%s  %-9s %" PRIu64 "\n", indent, nl_srtp_drop_name(i), st->drops[i]);
}

static void headers_print(const struct nl_srtp_crypto *c)
{
	if (c->n_ext_ids) {
		printf("            header extensions encrypted:");
		for (size_t i = 0; i < c->n_ext_ids; i++)
			printf(" %u", c->ext_ids[i]);
		putchar('\n');
	}
	if (c->cryptex)
		printf("            cryptex %s\n", nl_srtp_cryptex_name(c->cryptex));
}

static void key_print(const char *name, const struct nl_srtp_crypto *c, uint32_t streams)
{
	printf("  %-9s %s, window %u, %u streams, %" PRIu64 "+%" PRIu64 " packets", name,
	       nl_srtp_profile_name(c->profile), c->window, streams, c->packets_rtp, c->packets_rtcp);
	if (c->mki_len)
		printf(", MKI of %u octets", c->mki_len);
	printf("\n            good for %" PRIu64 "+%" PRIu64 " more\n",
	       crypto_left(c->limit_rtp, c->packets_rtp), crypto_left(c->limit_rtcp, c->packets_rtcp));
	headers_print(c);
}

static void direction_print(const char *name, const struct nl_srtp_session *s, uint32_t bit,
			    const struct nl_srtp_crypto *c, uint32_t streams)
{
	if (!(s->given & bit))
		printf("  %-9s no key yet\n", name);
	else if (c->profile == SRTP_PROFILE_NONE)
		printf("  %-9s plain RTP, %u streams\n", name, streams);
	else
		key_print(name, c, streams);
}

void report_print(const struct nl_srtp_report *r)
{
	const struct nl_srtp_session *s = &r->session;
	char text[ADDR_STRLEN];

	printf("session %u\n", s->id);
	printf("  local     %s\n", addr_str(&s->local, text));
	printf("  remote    %s\n", addr_is_set(&s->remote) ? addr_str(&s->remote, text) : "none yet");
	printf("  state     %s, %s\n", nl_srtp_state_name(s->state),
	       s->verified ? "verified" : "not verified");
	direction_print("rx", s, NL_SRTP_RX, &s->rx, r->rx_streams);
	direction_print("tx", s, NL_SRTP_TX, &s->tx, r->tx_streams);
	if (s->given & NL_SRTP_RX_NEXT)
		key_print("rx next", &s->rx_next, r->rx_streams);
	if (s->given & NL_SRTP_RX_OLD)
		key_print("rx old", &s->rx_old, r->rx_streams);
	if (s->given & NL_SRTP_TX_NEXT)
		key_print("tx next", &s->tx_next, r->tx_streams);
	printf("  overlap   %u s for an rx key that another has replaced\n", s->overlap);
	if (s->peer || s->rtcp_peer)
		printf("  relays to session %u, RTCP to %u\n", s->peer,
		       s->rtcp_peer ? s->rtcp_peer : s->peer);
	else
		printf("  relays to nobody: packets go on through the stack\n");
	printf("  latch     %s\n", nl_srtp_latch_name(s->latch));
	printf("  owner     %" PRIu64 "\n", s->owner);
	printf("  idle      %u s of %u (0: no limit)\n", r->idle, s->idle_timeout);
	printf("  at most   %u streams per direction\n", s->max_streams);
	stats_print(&r->stats, "  ");
}
