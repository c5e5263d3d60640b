// SPDX-License-Identifier: GPL-2.0-or-later
/* Generated from uapi/srtp.yaml by `make generate`: change that, not this. */
#include "nl_srtp_impl.h"

#define WORD(table, i)								\
	((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "?")

static const struct nl_name crypto_names[] = {
	{ SRTP_CA_PROFILE, "profile", NULL, false },
	{ SRTP_CA_MASTER_KEY, "master-key", NULL, false },
	{ SRTP_CA_MASTER_SALT, "master-salt", NULL, false },
	{ SRTP_CA_WINDOW, "window", NULL, false },
	{ SRTP_CA_MKI, "mki", NULL, false },
	{ SRTP_CA_LIMIT_RTP, "limit-rtp", NULL, false },
	{ SRTP_CA_LIMIT_RTCP, "limit-rtcp", NULL, false },
	{ SRTP_CA_PACKETS_RTP, "packets-rtp", NULL, false },
	{ SRTP_CA_PACKETS_RTCP, "packets-rtcp", NULL, false },
	{ SRTP_CA_EXT_IDS, "ext-ids", NULL, false },
	{ SRTP_CA_CRYPTEX, "cryptex", NULL, false },
	{ 0, NULL, NULL, false },
};

static const struct nl_name stream_names[] = {
	{ SRTP_RA_SSRC, "ssrc", NULL, false },
	{ SRTP_RA_DIRECTION, "direction", NULL, false },
	{ SRTP_RA_ROC, "roc", NULL, false },
	{ SRTP_RA_SEQ, "seq", NULL, false },
	{ SRTP_RA_RTCP_INDEX, "rtcp-index", NULL, false },
	{ 0, NULL, NULL, false },
};

static const struct nl_name session_names[] = {
	{ SRTP_SA_ID, "id", NULL, false },
	{ SRTP_SA_LOCAL_ADDR, "local-addr", NULL, false },
	{ SRTP_SA_LOCAL_PORT, "local-port", NULL, false },
	{ SRTP_SA_REMOTE_ADDR, "remote-addr", NULL, false },
	{ SRTP_SA_REMOTE_PORT, "remote-port", NULL, false },
	{ SRTP_SA_RX, "rx", crypto_names, false },
	{ SRTP_SA_TX, "tx", crypto_names, false },
	{ SRTP_SA_STATE, "state", NULL, false },
	{ SRTP_SA_VERIFIED, "verified", NULL, false },
	{ SRTP_SA_OWNER, "owner", NULL, false },
	{ SRTP_SA_PEER, "peer", NULL, false },
	{ SRTP_SA_RTCP_PEER, "rtcp-peer", NULL, false },
	{ SRTP_SA_LATCH, "latch", NULL, false },
	{ SRTP_SA_IDLE_TIMEOUT, "idle-timeout", NULL, false },
	{ SRTP_SA_MAX_STREAMS, "max-streams", NULL, false },
	{ SRTP_SA_STATS, "stats", NULL, false },
	{ SRTP_SA_RX_STREAMS, "rx-streams", NULL, false },
	{ SRTP_SA_TX_STREAMS, "tx-streams", NULL, false },
	{ SRTP_SA_IDLE, "idle", NULL, false },
	{ SRTP_SA_RX_NEXT, "rx-next", crypto_names, false },
	{ SRTP_SA_TX_NEXT, "tx-next", crypto_names, false },
	{ SRTP_SA_RX_OLD, "rx-old", crypto_names, false },
	{ SRTP_SA_SWITCH, "switch", NULL, false },
	{ SRTP_SA_OVERLAP, "overlap", NULL, false },
	{ SRTP_SA_RX_STREAM, "rx-stream", stream_names, true },
	{ SRTP_SA_TX_STREAM, "tx-stream", stream_names, true },
	{ SRTP_SA_PEER_INDEX, "peer-index", NULL, false },
	{ SRTP_SA_RTCP_PEER_INDEX, "rtcp-peer-index", NULL, false },
	{ 0, NULL, NULL, false },
};

static const struct nl_name attach_names[] = {
	{ SRTP_TA_ID, "id", NULL, false },
	{ SRTP_TA_PORT_FIRST, "port-first", NULL, false },
	{ SRTP_TA_PORT_LAST, "port-last", NULL, false },
	{ SRTP_TA_MARK, "mark", NULL, false },
	{ SRTP_TA_MASK, "mask", NULL, false },
	{ SRTP_TA_SET_MARK, "set-mark", NULL, false },
	{ SRTP_TA_SET_MASK, "set-mask", NULL, false },
	{ SRTP_TA_IFINDEX, "ifindex", NULL, false },
	{ SRTP_TA_PACKETS, "packets", NULL, false },
	{ 0, NULL, NULL, false },
};

const struct nl_name nl_srtp_attr_names[] = {
	{ SRTP_A_SESSION, "session", session_names, true },
	{ SRTP_A_OWNER, "owner", NULL, false },
	{ SRTP_A_COUNT, "count", NULL, false },
	{ SRTP_A_VERSION, "version", NULL, false },
	{ SRTP_A_STATS, "stats", NULL, false },
	{ SRTP_A_EVENT, "event", NULL, false },
	{ SRTP_A_STREAM, "stream", stream_names, false },
	{ SRTP_A_ATTACH, "attach", attach_names, false },
	{ SRTP_A_OLD_ADDR, "old-addr", NULL, false },
	{ SRTP_A_OLD_PORT, "old-port", NULL, false },
	{ SRTP_A_DIRECTION, "direction", NULL, false },
	{ SRTP_A_SSRC, "ssrc", NULL, false },
	{ SRTP_A_DROP, "drop", NULL, false },
	{ SRTP_A_PACKETS, "packets", NULL, false },
	{ 0, NULL, NULL, false },
};

const char *nl_srtp_cmd_name(uint8_t cmd)
{
	static const char *const words[] = {
		[SRTP_CMD_VERSION] = "VERSION",
		[SRTP_CMD_SESSION_NEW] = "SESSION_NEW",
		[SRTP_CMD_SESSION_SET] = "SESSION_SET",
		[SRTP_CMD_SESSION_DEL] = "SESSION_DEL",
		[SRTP_CMD_SESSION_GET] = "SESSION_GET",
		[SRTP_CMD_SESSION_FLUSH] = "SESSION_FLUSH",
		[SRTP_CMD_STATS_GET] = "STATS_GET",
		[SRTP_CMD_EVENT] = "EVENT",
		[SRTP_CMD_STREAM_GET] = "STREAM_GET",
		[SRTP_CMD_ATTACH_NEW] = "ATTACH_NEW",
		[SRTP_CMD_ATTACH_DEL] = "ATTACH_DEL",
		[SRTP_CMD_ATTACH_GET] = "ATTACH_GET",
	};

	return WORD(words, cmd);
}

const char *nl_srtp_state_name(enum srtp_state state)
{
	static const char *const words[] = {
		[SRTP_STATE_HELD] = "held",
		[SRTP_STATE_OPEN] = "open",
	};

	return WORD(words, state);
}

const char *nl_srtp_latch_name(enum srtp_latch latch)
{
	static const char *const words[] = {
		[SRTP_LATCH_NEVER] = "never",
		[SRTP_LATCH_AUTHENTICATED] = "authenticated",
		[SRTP_LATCH_FIRST] = "first",
	};

	return WORD(words, latch);
}

const char *nl_srtp_cryptex_name(enum srtp_cryptex cryptex)
{
	static const char *const words[] = {
		[SRTP_CRYPTEX_OFF] = "off",
		[SRTP_CRYPTEX_ON] = "on",
		[SRTP_CRYPTEX_REQUIRED] = "required",
	};

	return WORD(words, cryptex);
}

const char *nl_srtp_event_name(enum srtp_event event)
{
	static const char *const words[] = {
		[SRTP_EVENT_UNSPEC] = "unspec",
		[SRTP_EVENT_NEW] = "new",
		[SRTP_EVENT_SET] = "set",
		[SRTP_EVENT_DEL] = "del",
		[SRTP_EVENT_EXPIRED] = "expired",
		[SRTP_EVENT_REMOTE] = "remote",
		[SRTP_EVENT_LIFETIME] = "lifetime",
		[SRTP_EVENT_SWITCHED] = "switched",
		[SRTP_EVENT_FIRST] = "first",
		[SRTP_EVENT_STORM] = "storm",
	};

	return WORD(words, event);
}

const char *nl_srtp_drop_name(enum srtp_drop drop)
{
	static const char *const words[] = {
		[SRTP_DROP_HELD] = "held",
		[SRTP_DROP_MALFORMED] = "malformed",
		[SRTP_DROP_SHORT] = "short",
		[SRTP_DROP_SOURCE] = "source",
		[SRTP_DROP_REPLAY] = "replay",
		[SRTP_DROP_OLD] = "old",
		[SRTP_DROP_AUTH] = "auth",
		[SRTP_DROP_EBIT] = "ebit",
		[SRTP_DROP_STREAMS] = "streams",
		[SRTP_DROP_EXPIRED] = "expired",
		[SRTP_DROP_REUSE] = "reuse",
		[SRTP_DROP_TOO_LONG] = "too-long",
		[SRTP_DROP_NO_PEER] = "no-peer",
		[SRTP_DROP_NO_ROUTE] = "no-route",
		[SRTP_DROP_LOCAL] = "local",
		[SRTP_DROP_NO_MEMORY] = "no-memory",
		[SRTP_DROP_CRYPTO] = "crypto",
		[SRTP_DROP_MKI] = "mki",
		[SRTP_DROP_CRYPTEX] = "cryptex",
	};

	return WORD(words, drop);
}
