// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of <linux/srtp.h>, as in uapi/srtp.yaml. */
#include <errno.h>
#include <strings.h>

#include "nl_srtp_impl.h"

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
	{ SRTP_SA_RX_STREAM, "rx-stream", stream_names, false },
	{ SRTP_SA_TX_STREAM, "tx-stream", stream_names, false },
	{ SRTP_SA_PEER_INDEX, "peer-index", NULL, false },
	{ SRTP_SA_RTCP_PEER_INDEX, "rtcp-peer-index", NULL, false },
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
	{ 0, NULL, NULL, false },
};

#define WORD(table, i)								\
	((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "?")

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

static const struct {
	uint16_t profile;
	const char *name;
	uint8_t key, salt;
} profiles[] = {
	{ SRTP_PROFILE_NONE, "none", 0, 0 },
	{ SRTP_PROFILE_AES128_CM_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 16, 14 },
	{ SRTP_PROFILE_AES128_CM_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 16, 14 },
	{ SRTP_PROFILE_NULL_SHA1_80, "NULL_HMAC_SHA1_80", 16, 14 },
	{ SRTP_PROFILE_NULL_SHA1_32, "NULL_HMAC_SHA1_32", 16, 14 },
	{ SRTP_PROFILE_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 16, 12 },
	{ SRTP_PROFILE_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 32, 12 },
	{ SRTP_PROFILE_AES192_CM_SHA1_80, "AES_192_CM_HMAC_SHA1_80", 24, 14 },
	{ SRTP_PROFILE_AES192_CM_SHA1_32, "AES_192_CM_HMAC_SHA1_32", 24, 14 },
	{ SRTP_PROFILE_AES256_CM_SHA1_80, "AES_256_CM_HMAC_SHA1_80", 32, 14 },
	{ SRTP_PROFILE_AES256_CM_SHA1_32, "AES_256_CM_HMAC_SHA1_32", 32, 14 },
};

const char *nl_srtp_profile_name(uint16_t profile)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].profile == profile)
			return profiles[i].name;
	return "?";
}

const char *nl_srtp_profile_list(size_t i, uint16_t *profile)
{
	if (i >= sizeof(profiles) / sizeof(profiles[0]))
		return NULL;
	*profile = profiles[i].profile;
	return profiles[i].name;
}

bool nl_srtp_profile_find(const char *name, uint16_t *profile)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcasecmp(profiles[i].name, name) == 0) {
			*profile = profiles[i].profile;
			return true;
		}
	return false;
}

int nl_srtp_profile_sizes(uint16_t profile, size_t *key, size_t *salt)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].profile == profile) {
			*key = profiles[i].key;
			*salt = profiles[i].salt;
			return 0;
		}
	return -EINVAL;
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
	_Static_assert(sizeof(words) / sizeof(words[0]) == __SRTP_DROP_MAX,
		       "every drop reason has a word");

	return WORD(words, drop);
}
