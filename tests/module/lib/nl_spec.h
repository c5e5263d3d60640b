/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated from uapi/srtp.yaml by `make generate`: change that, not this. */
#ifndef KSRTP_TEST_NL_SPEC_H
#define KSRTP_TEST_NL_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/srtp.h>

/**
 * struct spec_attr - an attribute; a table ends with one of type 0
 * @size: octets of a number; 0 for octets, which are @min to @max
 * @nest: what is inside
 */
struct spec_attr {
	uint16_t type;
	uint8_t size;
	bool required, reply_only, address;
	uint64_t min, max;
	const struct spec_attr *nest;
};

struct spec_command {
	uint8_t cmd;
	bool doit, dumpit;
	const struct spec_attr *request;
};

static const struct spec_attr spec_crypto[] = {
	{ .type = SRTP_CA_PROFILE, .size = 2, .min = 0, .max = 0x10, .required = true },
	{ .type = SRTP_CA_MASTER_KEY, .min = 0, .max = 0x20 },
	{ .type = SRTP_CA_MASTER_SALT, .min = 0, .max = 0xe },
	{ .type = SRTP_CA_WINDOW, .size = 4, .min = 64, .max = 0x8000 },
	{ .type = SRTP_CA_MKI, .min = 1, .max = 0x80 },
	{ .type = SRTP_CA_LIMIT_RTP, .size = 8, .min = 1, .max = 0xffffffffffffffff },
	{ .type = SRTP_CA_LIMIT_RTCP, .size = 8, .min = 1, .max = 0xffffffffffffffff },
	{ .type = SRTP_CA_PACKETS_RTP, .size = 8, .min = 0, .max = 0xffffffffffffffff, .reply_only = true },
	{ .type = SRTP_CA_PACKETS_RTCP, .size = 8, .min = 0, .max = 0xffffffffffffffff, .reply_only = true },
	{ .type = SRTP_CA_EXT_IDS, .min = 1, .max = 0xff },
	{ .type = SRTP_CA_CRYPTEX, .size = 1, .min = 0, .max = 0x2 },
	{ .type = 0 },
};

static const struct spec_attr spec_drop[] = {
	{ .type = SRTP_DROP_HELD, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_MALFORMED, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_SHORT, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_SOURCE, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_REPLAY, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_OLD, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_AUTH, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_EBIT, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_STREAMS, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_EXPIRED, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_REUSE, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_TOO_LONG, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_NO_PEER, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_NO_ROUTE, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_LOCAL, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_NO_MEMORY, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_CRYPTO, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_MKI, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_DROP_CRYPTEX, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = 0 },
};

static const struct spec_attr spec_stats[] = {
	{ .type = SRTP_ST_RX_PACKETS, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_RX_BYTES, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_TX_PACKETS, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_TX_BYTES, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_ASYNC, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_SESSIONS, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_PASSED, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_ST_DROPS, .nest = spec_drop },
	{ .type = SRTP_ST_EVENTS_LOST, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = 0 },
};

static const struct spec_attr spec_stream[] = {
	{ .type = SRTP_RA_SSRC, .size = 4, .min = 0, .max = 0xffffffff, .required = true },
	{ .type = SRTP_RA_DIRECTION, .size = 1, .min = 0, .max = 0x1, .reply_only = true },
	{ .type = SRTP_RA_ROC, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_RA_SEQ, .size = 2, .min = 0, .max = 0xffff },
	{ .type = SRTP_RA_RTCP_INDEX, .size = 4, .min = 0, .max = 0x7fffffff },
	{ .type = 0 },
};

static const struct spec_attr spec_session[] = {
	{ .type = SRTP_SA_ID, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_SA_LOCAL_ADDR, .min = 0, .max = 0x10, .address = true },
	{ .type = SRTP_SA_LOCAL_PORT, .size = 2, .min = 1, .max = 0xffff },
	{ .type = SRTP_SA_REMOTE_ADDR, .min = 0, .max = 0x10, .address = true },
	{ .type = SRTP_SA_REMOTE_PORT, .size = 2, .min = 1, .max = 0xffff },
	{ .type = SRTP_SA_RX, .nest = spec_crypto },
	{ .type = SRTP_SA_TX, .nest = spec_crypto },
	{ .type = SRTP_SA_STATE, .size = 1, .min = 0, .max = 0x1 },
	{ .type = SRTP_SA_VERIFIED, .size = 1, .min = 0, .max = 0x1 },
	{ .type = SRTP_SA_OWNER, .size = 8, .min = 0, .max = 0xffffffffffffffff },
	{ .type = SRTP_SA_PEER, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_SA_RTCP_PEER, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_SA_LATCH, .size = 1, .min = 0, .max = 0x2 },
	{ .type = SRTP_SA_IDLE_TIMEOUT, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_SA_MAX_STREAMS, .size = 2, .min = 1, .max = 0x400 },
	{ .type = SRTP_SA_STATS, .nest = spec_stats, .reply_only = true },
	{ .type = SRTP_SA_RX_STREAMS, .size = 4, .min = 0, .max = 0xffffffff, .reply_only = true },
	{ .type = SRTP_SA_TX_STREAMS, .size = 4, .min = 0, .max = 0xffffffff, .reply_only = true },
	{ .type = SRTP_SA_IDLE, .size = 4, .min = 0, .max = 0xffffffff, .reply_only = true },
	{ .type = SRTP_SA_RX_NEXT, .nest = spec_crypto },
	{ .type = SRTP_SA_TX_NEXT, .nest = spec_crypto },
	{ .type = SRTP_SA_RX_OLD, .nest = spec_crypto, .reply_only = true },
	{ .type = SRTP_SA_SWITCH, .size = 1, .min = 1, .max = 0x3 },
	{ .type = SRTP_SA_OVERLAP, .size = 4, .min = 0, .max = 0x15180 },
	{ .type = SRTP_SA_RX_STREAM, .nest = spec_stream },
	{ .type = SRTP_SA_TX_STREAM, .nest = spec_stream },
	{ .type = SRTP_SA_PEER_INDEX, .size = 1, .min = 0, .max = 0x7 },
	{ .type = SRTP_SA_RTCP_PEER_INDEX, .size = 1, .min = 0, .max = 0x7 },
	{ .type = 0 },
};

static const struct spec_attr spec_attach[] = {
	{ .type = SRTP_TA_ID, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_TA_PORT_FIRST, .size = 2, .min = 1, .max = 0xffff, .required = true },
	{ .type = SRTP_TA_PORT_LAST, .size = 2, .min = 0, .max = 0xffff },
	{ .type = SRTP_TA_MARK, .size = 4, .min = 0, .max = 0xffffffff },
	{ .type = SRTP_TA_MASK, .size = 4, .min = 1, .max = 0xffffffff },
	{ .type = SRTP_TA_SET_MARK, .size = 4, .min = 1, .max = 0xffffffff },
	{ .type = SRTP_TA_SET_MASK, .size = 4, .min = 1, .max = 0xffffffff },
	{ .type = SRTP_TA_IFINDEX, .size = 4, .min = 1, .max = 0xffffffff },
	{ .type = SRTP_TA_PACKETS, .size = 8, .min = 0, .max = 0xffffffffffffffff, .reply_only = true },
	{ .type = 0 },
};

static const struct spec_attr spec_version_request[] = {
	{ .type = 0 },
};

static const struct spec_attr spec_session_new_request[] = {
	{ .type = SRTP_A_SESSION, .nest = spec_session },
	{ .type = 0 },
};

static const struct spec_attr spec_session_set_request[] = {
	{ .type = SRTP_A_SESSION, .nest = spec_session },
	{ .type = 0 },
};

static const struct spec_attr spec_session_del_request[] = {
	{ .type = SRTP_A_SESSION, .nest = spec_session },
	{ .type = 0 },
};

static const struct spec_attr spec_session_get_request[] = {
	{ .type = SRTP_A_SESSION, .nest = spec_session },
	{ .type = SRTP_A_OWNER, .size = 8, .min = 1, .max = 0xffffffffffffffff },
	{ .type = 0 },
};

static const struct spec_attr spec_session_flush_request[] = {
	{ .type = SRTP_A_OWNER, .size = 8, .min = 1, .max = 0xffffffffffffffff },
	{ .type = 0 },
};

static const struct spec_attr spec_stats_get_request[] = {
	{ .type = 0 },
};

static const struct spec_attr spec_stream_get_request[] = {
	{ .type = SRTP_A_SESSION, .nest = spec_session },
	{ .type = 0 },
};

static const struct spec_attr spec_attach_new_request[] = {
	{ .type = SRTP_A_ATTACH, .nest = spec_attach },
	{ .type = 0 },
};

static const struct spec_attr spec_attach_del_request[] = {
	{ .type = SRTP_A_ATTACH, .nest = spec_attach },
	{ .type = 0 },
};

static const struct spec_attr spec_attach_get_request[] = {
	{ .type = 0 },
};

static const struct spec_command spec_commands[] = {
	{ .cmd = SRTP_CMD_VERSION, .doit = true, .request = spec_version_request },
	{ .cmd = SRTP_CMD_SESSION_NEW, .doit = true, .request = spec_session_new_request },
	{ .cmd = SRTP_CMD_SESSION_SET, .doit = true, .request = spec_session_set_request },
	{ .cmd = SRTP_CMD_SESSION_DEL, .doit = true, .request = spec_session_del_request },
	{ .cmd = SRTP_CMD_SESSION_GET, .doit = true, .dumpit = true, .request = spec_session_get_request },
	{ .cmd = SRTP_CMD_SESSION_FLUSH, .doit = true, .request = spec_session_flush_request },
	{ .cmd = SRTP_CMD_STATS_GET, .doit = true, .request = spec_stats_get_request },
	{ .cmd = SRTP_CMD_STREAM_GET, .dumpit = true, .request = spec_stream_get_request },
	{ .cmd = SRTP_CMD_ATTACH_NEW, .doit = true, .request = spec_attach_new_request },
	{ .cmd = SRTP_CMD_ATTACH_DEL, .doit = true, .request = spec_attach_del_request },
	{ .cmd = SRTP_CMD_ATTACH_GET, .dumpit = true, .request = spec_attach_get_request },
};

#endif
