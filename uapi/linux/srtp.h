/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract between srtp.ko and user space: generic netlink family "srtp".
 * Generated from uapi/srtp.yaml by `make generate`: change that, not this.
 *
 * A *session* is one UDP transport association in one network namespace. It has a local and a
 * remote address, a receive and a transmit crypto context, a state (held or open), a trust mark
 * (verified or not), an owner cookie and optionally a peer session to which its packets are
 * relayed in the kernel.
 *
 * Every command needs CAP_NET_ADMIN in the user namespace that owns the network namespace. Keys
 * go in and never come out: no reply, dump or event carries key material. A request is applied
 * whole or not at all; a refusal names the attribute at fault and says why in an extended-ack
 * message. A number outside of its range, or a binary of more or fewer octets than given here,
 * is refused with ERANGE; an attribute that is unknown, missing, of another size than its type,
 * or only ever in replies, with EINVAL.
 *
 * Numbers are in host byte order but for ports (be16); addresses are in network order.
 */
#ifndef _UAPI_LINUX_SRTP_H
#define _UAPI_LINUX_SRTP_H

#include <linux/types.h>

#define SRTP_GENL_NAME		"srtp"
#define SRTP_GENL_VERSION	1
#define SRTP_GENL_MCGRP_EVENTS	"events"

/** Most sessions one SESSION_NEW, SESSION_SET or SESSION_DEL may name. */
#define SRTP_MAX_SESSIONS_PER_REQUEST	8

/** Most attachments of a namespace. */
#define SRTP_MAX_ATTACHMENTS	16

/**
 * enum srtp_cmd - commands of the family
 * @SRTP_CMD_VERSION: What is loaded.
 * @SRTP_CMD_SESSION_NEW: Create one to eight sessions, all or none, each with a local address
 *	and port that no session of the namespace has. The reply gives their ids in the same
 *	order. ENOSPC when the namespace has as many as module parameter max_sessions allows.
 * @SRTP_CMD_SESSION_SET: Change one to eight sessions, all or none, each named by SRTP_SA_ID;
 *	packets see all of a session's changes at one instant.
 * @SRTP_CMD_SESSION_DEL: Delete one to eight sessions, all or none, each named by SRTP_SA_ID
 *	and nothing else.
 * @SRTP_CMD_SESSION_GET: do: one session by SRTP_SA_ID, or by SRTP_SA_LOCAL_ADDR and
 *	SRTP_SA_LOCAL_PORT, and nothing else; dump: all, or those of an owner, a message for
 *	each.
 * @SRTP_CMD_SESSION_FLUSH: Delete all sessions, or those of an owner.
 * @SRTP_CMD_STATS_GET: Counters of the namespace.
 * @SRTP_CMD_EVENT: Only ever sent by the kernel - something happened to a session.
 * @SRTP_CMD_STREAM_GET: Where the streams of the session named by SRTP_SA_ID, and nothing else,
 *	are, a message for each SSRC of its encrypted directions.
 * @SRTP_CMD_ATTACH_NEW: Packets come to the module through hooks of its own in this namespace,
 *	as by a rule "-j SRTP". The reply gives SRTP_TA_ID. ENOSPC when there are 16 already.
 * @SRTP_CMD_ATTACH_DEL: No longer, named by SRTP_TA_ID.
 * @SRTP_CMD_ATTACH_GET: Every attachment of the namespace, a message for each.
 */
enum srtp_cmd {
	SRTP_CMD_UNSPEC,
	SRTP_CMD_VERSION,
	SRTP_CMD_SESSION_NEW,
	SRTP_CMD_SESSION_SET,
	SRTP_CMD_SESSION_DEL,
	SRTP_CMD_SESSION_GET,
	SRTP_CMD_SESSION_FLUSH,
	SRTP_CMD_STATS_GET,
	SRTP_CMD_EVENT,
	SRTP_CMD_STREAM_GET,
	SRTP_CMD_ATTACH_NEW,
	SRTP_CMD_ATTACH_DEL,
	SRTP_CMD_ATTACH_GET,

	__SRTP_CMD_MAX,
	SRTP_CMD_MAX = __SRTP_CMD_MAX - 1
};

/**
 * enum srtp_attr - attributes of a message
 * @SRTP_A_SESSION: nest of enum srtp_session_attr; may repeat. One to eight in a request.
 * @SRTP_A_OWNER: u64, at least 1. Selects sessions of one owner.
 * @SRTP_A_COUNT: u32. How many sessions were deleted.
 * @SRTP_A_VERSION: nest of enum srtp_version_attr.
 * @SRTP_A_STATS: nest of enum srtp_stats_attr.
 * @SRTP_A_EVENT: u8, enum srtp_event.
 * @SRTP_A_PAD: filler that aligns 64-bit numbers; ignored.
 * @SRTP_A_STREAM: nest of enum srtp_stream_attr.
 * @SRTP_A_ATTACH: nest of enum srtp_attach_attr.
 * @SRTP_A_OLD_ADDR: binary, at most 16 octets. Remote address before, 4 or 16 octets.
 * @SRTP_A_OLD_PORT: be16. Remote port before.
 * @SRTP_A_DIRECTION: u8, 0 to 1. 0 receive, 1 transmit.
 * @SRTP_A_SSRC: u32. Of the first packet.
 * @SRTP_A_DROP: u16. Why packets were dropped, enum srtp_drop.
 * @SRTP_A_PACKETS: u64. How many were dropped since the last event of the kind.
 */
enum srtp_attr {
	SRTP_A_UNSPEC,
	SRTP_A_SESSION,
	SRTP_A_OWNER,
	SRTP_A_COUNT,
	SRTP_A_VERSION,
	SRTP_A_STATS,
	SRTP_A_EVENT,
	SRTP_A_PAD,
	SRTP_A_STREAM,
	SRTP_A_ATTACH,
	SRTP_A_OLD_ADDR,
	SRTP_A_OLD_PORT,
	SRTP_A_DIRECTION,
	SRTP_A_SSRC,
	SRTP_A_DROP,
	SRTP_A_PACKETS,

	__SRTP_A_MAX,
	SRTP_A_MAX = __SRTP_A_MAX - 1
};

/**
 * enum srtp_session_attr - one session
 * @SRTP_SA_ID: u32. Non-zero, given by the kernel, unique in the namespace. Ids go round, so
 *	one is not used again soon.
 * @SRTP_SA_LOCAL_ADDR: binary, at most 16 octets. 4 octets (IPv4) or 16 (IPv6), network order;
 *	a specific unicast address, not link-local. SESSION_NEW only. EADDRINUSE when another
 *	session has it with this port.
 * @SRTP_SA_LOCAL_PORT: be16, at least 1. Together with the address. SESSION_NEW only.
 * @SRTP_SA_REMOTE_ADDR: binary, at most 16 octets. 4 or 16 octets as the local address (else
 *	EAFNOSUPPORT). Where packets are sent and, by SRTP_SA_LATCH, come from.
 * @SRTP_SA_REMOTE_PORT: be16, at least 1. Together with the address.
 * @SRTP_SA_RX: nest of enum srtp_crypto_attr. How received packets are opened. Until it is
 *	given the session has no receive key and cannot be opened. A key that was used already
 *	is refused with EEXIST.
 * @SRTP_SA_TX: nest of enum srtp_crypto_attr. How sent packets are protected. Likewise.
 * @SRTP_SA_STATE: u8, enum srtp_state. SRTP_STATE_HELD at first.
 * @SRTP_SA_VERIFIED: u8, 0 to 1. 1 - the keys were agreed with a peer whose fingerprint a
 *	trusted signer vouched for. Only kept, never judged; refused for profiles that do not
 *	encrypt, none among them.
 * @SRTP_SA_OWNER: u64. Cookie of whoever looks after the session; 0 for none.
 * @SRTP_SA_PEER: u32. Id of the session that received packets are relayed to; 0 for none (then
 *	they continue through the stack, the transparent case). ENOENT when there is none.
 * @SRTP_SA_RTCP_PEER: u32. Id of the session that received RTCP is relayed to when that is
 *	another one than SRTP_SA_PEER (rtcp-mux on one side only); 0 for none.
 * @SRTP_SA_LATCH: u8, enum srtp_latch. When not given, SRTP_LATCH_AUTHENTICATED if packets are
 *	received encrypted, else SRTP_LATCH_NEVER.
 * @SRTP_SA_IDLE_TIMEOUT: u32. Seconds without a good packet or a SESSION_SET after which the
 *	kernel deletes the session; 0 for never.
 * @SRTP_SA_MAX_STREAMS: u16, 1 to 1024. SSRCs in each direction; 16 when not given. SESSION_NEW
 *	only.
 * @SRTP_SA_STATS: nest of enum srtp_stats_attr. Replies only.
 * @SRTP_SA_RX_STREAMS: u32. SSRCs seen in the receive direction; 0 when that is plain RTP.
 *	Replies only.
 * @SRTP_SA_TX_STREAMS: u32. SSRCs seen in the transmit direction; 0 when that is plain RTP.
 *	Replies only.
 * @SRTP_SA_IDLE: u32. Seconds since the last good packet or SESSION_SET. Replies only.
 * @SRTP_SA_PAD: filler that aligns 64-bit numbers; ignored.
 * @SRTP_SA_RX_NEXT: nest of enum srtp_crypto_attr. A receive key to follow the current one, of
 *	the same profile and length of MKI. It takes over with the first packet that it opens,
 *	or by SRTP_SA_SWITCH. EBUSY when one is waiting.
 * @SRTP_SA_TX_NEXT: nest of enum srtp_crypto_attr. Likewise a transmit key, which waits for
 *	SRTP_SA_SWITCH.
 * @SRTP_SA_RX_OLD: nest of enum srtp_crypto_attr. The receive key before, while SRTP_SA_OVERLAP
 *	lasts. Replies only.
 * @SRTP_SA_SWITCH: u8, bits of enum srtp_switch. The next key becomes current. ENOKEY when none
 *	is waiting. Requests only.
 * @SRTP_SA_OVERLAP: u32, 0 to 86400. Seconds that a receive key stays after the next has taken
 *	over; 120 at first (RFC 5764, the MSL).
 * @SRTP_SA_RX_STREAM: nest of enum srtp_stream_attr; may repeat. Where a received stream is, as
 *	told by whoever had it before. Only ever forward (EEXIST); ENOSPC for one more than
 *	SRTP_SA_MAX_STREAMS. Requests only.
 * @SRTP_SA_TX_STREAM: nest of enum srtp_stream_attr; may repeat. Likewise, of a stream to send.
 *	Requests only.
 * @SRTP_SA_PEER_INDEX: u8, 0 to 7. SRTP_SA_PEER as the place of that session in this request,
 *	counted from 0, so that one request can create both legs of a call and open them.
 *	Requests only; ERANGE when the request has no such session.
 * @SRTP_SA_RTCP_PEER_INDEX: u8, 0 to 7. Likewise SRTP_SA_RTCP_PEER. Requests only.
 */
enum srtp_session_attr {
	SRTP_SA_UNSPEC,
	SRTP_SA_ID,
	SRTP_SA_LOCAL_ADDR,
	SRTP_SA_LOCAL_PORT,
	SRTP_SA_REMOTE_ADDR,
	SRTP_SA_REMOTE_PORT,
	SRTP_SA_RX,
	SRTP_SA_TX,
	SRTP_SA_STATE,
	SRTP_SA_VERIFIED,
	SRTP_SA_OWNER,
	SRTP_SA_PEER,
	SRTP_SA_RTCP_PEER,
	SRTP_SA_LATCH,
	SRTP_SA_IDLE_TIMEOUT,
	SRTP_SA_MAX_STREAMS,
	SRTP_SA_STATS,
	SRTP_SA_RX_STREAMS,
	SRTP_SA_TX_STREAMS,
	SRTP_SA_IDLE,
	SRTP_SA_PAD,
	SRTP_SA_RX_NEXT,
	SRTP_SA_TX_NEXT,
	SRTP_SA_RX_OLD,
	SRTP_SA_SWITCH,
	SRTP_SA_OVERLAP,
	SRTP_SA_RX_STREAM,
	SRTP_SA_TX_STREAM,
	SRTP_SA_PEER_INDEX,
	SRTP_SA_RTCP_PEER_INDEX,

	__SRTP_SA_MAX,
	SRTP_SA_MAX = __SRTP_SA_MAX - 1
};

/**
 * enum srtp_stream_attr - where the stream of an SSRC is; never a key
 * @SRTP_RA_SSRC: u32. Required.
 * @SRTP_RA_DIRECTION: u8, 0 to 1. 0 receive, 1 transmit. Replies only.
 * @SRTP_RA_ROC: u32. Roll-over counter; 0 when not given.
 * @SRTP_RA_SEQ: u16. Highest sequence number so far. Absent when there was none; in a request
 *	for a stream to send it is required.
 * @SRTP_RA_RTCP_INDEX: u32, 0 to 2147483647. Highest SRTCP index so far; absent when there was
 *	none.
 */
enum srtp_stream_attr {
	SRTP_RA_UNSPEC,
	SRTP_RA_SSRC,
	SRTP_RA_DIRECTION,
	SRTP_RA_ROC,
	SRTP_RA_SEQ,
	SRTP_RA_RTCP_INDEX,

	__SRTP_RA_MAX,
	SRTP_RA_MAX = __SRTP_RA_MAX - 1
};

/**
 * enum srtp_attach_attr - which packets come to the module without a rule
 * @SRTP_TA_ID: u32. Non-zero, given by the kernel, unique in the namespace.
 * @SRTP_TA_PORT_FIRST: be16, at least 1. First local port. Required. No two attachments of a
 *	namespace have a port in common (EEXIST).
 * @SRTP_TA_PORT_LAST: be16. Last local port; the first when not given.
 * @SRTP_TA_MARK: u32. What a packet's mark has to be under SRTP_TA_MASK; any when not given.
 * @SRTP_TA_MASK: u32, at least 1. Together with SRTP_TA_MARK.
 * @SRTP_TA_SET_MARK: u32, at least 1. What a packet's mark becomes under SRTP_TA_SET_MASK when
 *	it was opened under the keys of a verified session and goes on up the stack. On every
 *	other packet that comes into the namespace, of whatever port, these bits are cleared.
 * @SRTP_TA_SET_MASK: u32, at least 1. Together with SRTP_TA_SET_MARK.
 * @SRTP_TA_IFINDEX: u32, at least 1. Instead of ports and marks, a device at whose ingress hook
 *	packets of open sessions that relay are taken, past connection tracking and all rules.
 *	ENODEV when there is none in the namespace, EBUSY for one below a bridge or bond, EEXIST
 *	for one attached to already. The attachment goes with the device.
 * @SRTP_TA_PACKETS: u64. How many it has taken, good or bad. Only of a device. Replies only.
 * @SRTP_TA_PAD: filler that aligns 64-bit numbers; ignored.
 */
enum srtp_attach_attr {
	SRTP_TA_UNSPEC,
	SRTP_TA_ID,
	SRTP_TA_PORT_FIRST,
	SRTP_TA_PORT_LAST,
	SRTP_TA_MARK,
	SRTP_TA_MASK,
	SRTP_TA_SET_MARK,
	SRTP_TA_SET_MASK,
	SRTP_TA_IFINDEX,
	SRTP_TA_PACKETS,
	SRTP_TA_PAD,

	__SRTP_TA_MAX,
	SRTP_TA_MAX = __SRTP_TA_MAX - 1
};

/**
 * enum srtp_crypto_attr - one direction's crypto context
 * @SRTP_CA_PROFILE: u16, enum srtp_profile. Required. SRTP_PROFILE_NONE has to be said, plain
 *	RTP is a decision and never a default. EOPNOTSUPP for one that the module does not
 *	serve.
 * @SRTP_CA_MASTER_KEY: binary, at most 32 octets. Exactly the profile's key length; absent for
 *	SRTP_PROFILE_NONE. Requests only.
 * @SRTP_CA_MASTER_SALT: binary, at most 14 octets. Exactly the profile's salt length; absent
 *	for SRTP_PROFILE_NONE. Requests only.
 * @SRTP_CA_WINDOW: u32, 64 to 32768. Replay window in packets, a multiple of 64 (RFC 3711
 *	section 3.3.2); 128 when not given. Not of a next key.
 * @SRTP_CA_MKI: binary, 1 to 128 octets. Master key identifier in each packet; none when not
 *	given.
 * @SRTP_CA_LIMIT_RTP: u64, at least 1. SRTP packets that the key may protect, at most what the
 *	profile allows (ERANGE), which is the default. Listeners hear SRTP_EVENT_LIFETIME when a
 *	sixteenth of it is left; at the limit packets are dropped.
 * @SRTP_CA_LIMIT_RTCP: u64, at least 1. Likewise SRTCP packets.
 * @SRTP_CA_PACKETS_RTP: u64. SRTP packets protected so far. Replies only.
 * @SRTP_CA_PACKETS_RTCP: u64. SRTCP packets protected so far. Replies only.
 * @SRTP_CA_PAD: filler that aligns 64-bit numbers; ignored.
 * @SRTP_CA_EXT_IDS: binary, 1 to 255 octets. Different octets from 1 to 255, identifiers of the
 *	header extension elements that are encrypted (RFC 6904). For profiles that encrypt; not
 *	of a next key, which does as the current one.
 * @SRTP_CA_CRYPTEX: u8, enum srtp_cryptex. SRTP_CRYPTEX_OFF when not given. Likewise; when
 *	sending, not together with the former.
 */
enum srtp_crypto_attr {
	SRTP_CA_UNSPEC,
	SRTP_CA_PROFILE,
	SRTP_CA_MASTER_KEY,
	SRTP_CA_MASTER_SALT,
	SRTP_CA_WINDOW,
	SRTP_CA_MKI,
	SRTP_CA_LIMIT_RTP,
	SRTP_CA_LIMIT_RTCP,
	SRTP_CA_PACKETS_RTP,
	SRTP_CA_PACKETS_RTCP,
	SRTP_CA_PAD,
	SRTP_CA_EXT_IDS,
	SRTP_CA_CRYPTEX,

	__SRTP_CA_MAX,
	SRTP_CA_MAX = __SRTP_CA_MAX - 1
};

/**
 * enum srtp_version_attr - what is loaded
 * @SRTP_VA_ABI: u32. SRTP_GENL_VERSION of the module.
 * @SRTP_VA_MODULE: string. The module's version.
 * @SRTP_VA_DRIVER_CM: string. Kernel driver that does AES counter mode.
 * @SRTP_VA_DRIVER_HMAC: string. Kernel driver of the SHA-1 that HMAC-SHA1 is made of.
 * @SRTP_VA_DRIVER_GCM: string. Kernel driver that does AES-GCM.
 */
enum srtp_version_attr {
	SRTP_VA_UNSPEC,
	SRTP_VA_ABI,
	SRTP_VA_MODULE,
	SRTP_VA_DRIVER_CM,
	SRTP_VA_DRIVER_HMAC,
	SRTP_VA_DRIVER_GCM,

	__SRTP_VA_MAX,
	SRTP_VA_MAX = __SRTP_VA_MAX - 1
};

/**
 * enum srtp_stats_attr - counters of a session or of a namespace
 * @SRTP_ST_RX_PACKETS: u64. Packets received and accepted.
 * @SRTP_ST_RX_BYTES: u64. Their UDP payload octets as on the wire.
 * @SRTP_ST_TX_PACKETS: u64. Packets protected and sent.
 * @SRTP_ST_TX_BYTES: u64. Their UDP payload octets as on the wire.
 * @SRTP_ST_ASYNC: u64. Packets whose cipher completed asynchronously.
 * @SRTP_ST_SESSIONS: u64. Sessions that exist. Namespace only.
 * @SRTP_ST_PASSED: u64. Packets that were neither RTP nor RTCP (DTLS, STUN, ...) and so were
 *	left alone.
 * @SRTP_ST_DROPS: nest of enum srtp_drop. Those at zero are present too.
 * @SRTP_ST_PAD: filler that aligns 64-bit numbers; ignored.
 * @SRTP_ST_EVENTS_LOST: u64. Events that no listener got because the kernel had no memory for
 *	them. (One that reads too slowly gets ENOBUFS instead.) Namespace only.
 */
enum srtp_stats_attr {
	SRTP_ST_UNSPEC,
	SRTP_ST_RX_PACKETS,
	SRTP_ST_RX_BYTES,
	SRTP_ST_TX_PACKETS,
	SRTP_ST_TX_BYTES,
	SRTP_ST_ASYNC,
	SRTP_ST_SESSIONS,
	SRTP_ST_PASSED,
	SRTP_ST_DROPS,
	SRTP_ST_PAD,
	SRTP_ST_EVENTS_LOST,

	__SRTP_ST_MAX,
	SRTP_ST_MAX = __SRTP_ST_MAX - 1
};

/**
 * enum srtp_drop - why a packet was dropped; one counter each
 * @SRTP_DROP_HELD: u64. The session (or the peer it goes to) is held.
 * @SRTP_DROP_MALFORMED: u64. Cut short, or lengths contradict each other, in the IP, UDP, RTP
 *	or RTCP header.
 * @SRTP_DROP_SHORT: u64. Shorter than its suite's header and tag.
 * @SRTP_DROP_SOURCE: u64. From an address that is not the remote one and may not be latched.
 * @SRTP_DROP_REPLAY: u64. Already received (RFC 3711 section 3.3.2).
 * @SRTP_DROP_OLD: u64. Older than the replay window reaches back.
 * @SRTP_DROP_AUTH: u64. Authentication failed.
 * @SRTP_DROP_EBIT: u64. SRTCP packet that says it is not encrypted (with a NULL cipher, that it
 *	is).
 * @SRTP_DROP_STREAMS: u64. One SSRC more than SRTP_SA_MAX_STREAMS, and none of them idle.
 * @SRTP_DROP_EXPIRED: u64. The key has protected as many packets as it may.
 * @SRTP_DROP_REUSE: u64. Sending it would use an index twice under one key.
 * @SRTP_DROP_TOO_LONG: u64. Would not fit the path's MTU or an IP packet with its tag.
 * @SRTP_DROP_NO_PEER: u64. The peer session it should go to is gone.
 * @SRTP_DROP_NO_ROUTE: u64. No route to the remote address, or none known yet.
 * @SRTP_DROP_LOCAL: u64. Sent by a local program from a relayed session's address.
 * @SRTP_DROP_NO_MEMORY: u64. No buffer or request could be had.
 * @SRTP_DROP_CRYPTO: u64. The kernel's crypto reported an error other than a bad tag.
 * @SRTP_DROP_MKI: u64. Its MKI names no key of the session.
 * @SRTP_DROP_CRYPTEX: u64. Its CSRCs or header extension are in the clear, or would be sent so,
 *	and SRTP_CRYPTEX_REQUIRED forbids it; or it is not to be told from cryptex.
 */
enum srtp_drop {
	SRTP_DROP_UNSPEC,
	SRTP_DROP_HELD,
	SRTP_DROP_MALFORMED,
	SRTP_DROP_SHORT,
	SRTP_DROP_SOURCE,
	SRTP_DROP_REPLAY,
	SRTP_DROP_OLD,
	SRTP_DROP_AUTH,
	SRTP_DROP_EBIT,
	SRTP_DROP_STREAMS,
	SRTP_DROP_EXPIRED,
	SRTP_DROP_REUSE,
	SRTP_DROP_TOO_LONG,
	SRTP_DROP_NO_PEER,
	SRTP_DROP_NO_ROUTE,
	SRTP_DROP_LOCAL,
	SRTP_DROP_NO_MEMORY,
	SRTP_DROP_CRYPTO,
	SRTP_DROP_MKI,
	SRTP_DROP_CRYPTEX,

	__SRTP_DROP_MAX,
	SRTP_DROP_MAX = __SRTP_DROP_MAX - 1
};

/**
 * enum srtp_profile - crypto suites by their DTLS-SRTP protection profile id (RFC 5764,
 *	RFC 7714)
 * @SRTP_PROFILE_NONE: Plain RTP (no id, RFC 5764 does not assign 0).
 * @SRTP_PROFILE_AES128_CM_SHA1_80: AES_CM_128_HMAC_SHA1_80, key 16 octets, salt 14.
 * @SRTP_PROFILE_AES128_CM_SHA1_32: AES_CM_128_HMAC_SHA1_32, key 16, salt 14. A tag of 32 bits
 *	on SRTP, of 80 on SRTCP.
 * @SRTP_PROFILE_NULL_SHA1_80: NULL_HMAC_SHA1_80, authenticated, not encrypted; key 16 and salt
 *	14 for the key derivation. Cannot be SRTP_SA_VERIFIED.
 * @SRTP_PROFILE_NULL_SHA1_32: NULL_HMAC_SHA1_32, the same with SRTP tags of 32 bits.
 * @SRTP_PROFILE_AEAD_AES_128_GCM: AEAD_AES_128_GCM (RFC 7714), key 16, salt 12.
 * @SRTP_PROFILE_AEAD_AES_256_GCM: AEAD_AES_256_GCM (RFC 7714), key 32, salt 12.
 * @SRTP_PROFILE_AES192_CM_SHA1_80: AES_192_CM_HMAC_SHA1_80 of RFC 6188, key 24, salt 14. This
 *	and the following have names for SDES and no DTLS-SRTP id; the numbers are this family's
 *	own.
 * @SRTP_PROFILE_AES192_CM_SHA1_32: AES_192_CM_HMAC_SHA1_32, key 24, salt 14.
 * @SRTP_PROFILE_AES256_CM_SHA1_80: AES_256_CM_HMAC_SHA1_80, key 32, salt 14.
 * @SRTP_PROFILE_AES256_CM_SHA1_32: AES_256_CM_HMAC_SHA1_32, key 32, salt 14.
 */
enum srtp_profile {
	SRTP_PROFILE_NONE = 0x0000,
	SRTP_PROFILE_AES128_CM_SHA1_80 = 0x0001,
	SRTP_PROFILE_AES128_CM_SHA1_32 = 0x0002,
	SRTP_PROFILE_NULL_SHA1_80 = 0x0005,
	SRTP_PROFILE_NULL_SHA1_32 = 0x0006,
	SRTP_PROFILE_AEAD_AES_128_GCM = 0x0007,
	SRTP_PROFILE_AEAD_AES_256_GCM = 0x0008,
	SRTP_PROFILE_AES192_CM_SHA1_80 = 0xff01,
	SRTP_PROFILE_AES192_CM_SHA1_32 = 0xff02,
	SRTP_PROFILE_AES256_CM_SHA1_80 = 0xff03,
	SRTP_PROFILE_AES256_CM_SHA1_32 = 0xff04,
};

/**
 * enum srtp_state - may media pass
 * @SRTP_STATE_HELD: Every RTP and RTCP packet is counted and dropped.
 * @SRTP_STATE_OPEN: Packets pass. Refused until both directions have a context (ENOKEY) and a
 *	remote address is known or may be latched (EDESTADDRREQ).
 */
enum srtp_state {
	SRTP_STATE_HELD,
	SRTP_STATE_OPEN,
};

/**
 * enum srtp_latch - when is a packet from another address than the remote one believed
 * @SRTP_LATCH_NEVER: Never.
 * @SRTP_LATCH_AUTHENTICATED: After it passed authentication and replay; the remote address
 *	moves there. Refused on a session whose receive side is plain.
 * @SRTP_LATCH_FIRST: The first packet within ten seconds of opening, once; for plain RTP on a
 *	trusted side only.
 */
enum srtp_latch {
	SRTP_LATCH_NEVER,
	SRTP_LATCH_AUTHENTICATED,
	SRTP_LATCH_FIRST,
};

/**
 * enum srtp_cryptex - header extensions and CSRCs encrypted whole (RFC 9335)
 * @SRTP_CRYPTEX_OFF: Never sent; not understood when received.
 * @SRTP_CRYPTEX_ON: Sent, where a packet has CSRCs or an extension of RFC 8285; understood.
 * @SRTP_CRYPTEX_REQUIRED: And a packet with CSRCs or an extension in the clear is dropped,
 *	either way.
 */
enum srtp_cryptex {
	SRTP_CRYPTEX_OFF,
	SRTP_CRYPTEX_ON,
	SRTP_CRYPTEX_REQUIRED,
};

/**
 * enum srtp_switch - directions in which the next key becomes current
 * @SRTP_SWITCH_RX: Receive.
 * @SRTP_SWITCH_TX: Transmit.
 */
enum srtp_switch {
	SRTP_SWITCH_RX = 1,
	SRTP_SWITCH_TX = 2,
};

/**
 * enum srtp_event - what an SRTP_CMD_EVENT tells; it carries the session too
 * @SRTP_EVENT_UNSPEC: Never sent.
 * @SRTP_EVENT_NEW: Created.
 * @SRTP_EVENT_SET: Changed on request.
 * @SRTP_EVENT_DEL: Deleted on request.
 * @SRTP_EVENT_EXPIRED: Deleted because it was idle too long (SRTP_SA_IDLE_TIMEOUT).
 * @SRTP_EVENT_REMOTE: The remote address moved (SRTP_SA_LATCH), from SRTP_A_OLD_ADDR and
 *	SRTP_A_OLD_PORT if there was one. At most once a second for a session.
 * @SRTP_EVENT_LIFETIME: A sixteenth of a key's packets is left (SRTP_CA_LIMIT_RTP). Once for
 *	each kind of packet.
 * @SRTP_EVENT_SWITCHED: A packet came under the next receive key, which is current now.
 * @SRTP_EVENT_FIRST: The first RTP packet of a direction, good (received) or protected (sent),
 *	with SRTP_A_DIRECTION and SRTP_A_SSRC. Once for each direction of a session.
 * @SRTP_EVENT_STORM: At least 256 packets were dropped within a second for the reason
 *	SRTP_A_DROP, one of replay, old, auth and mki; SRTP_A_PACKETS says how many since the
 *	last such event. At most once in five seconds for a session and reason.
 */
enum srtp_event {
	SRTP_EVENT_UNSPEC,
	SRTP_EVENT_NEW,
	SRTP_EVENT_SET,
	SRTP_EVENT_DEL,
	SRTP_EVENT_EXPIRED,
	SRTP_EVENT_REMOTE,
	SRTP_EVENT_LIFETIME,
	SRTP_EVENT_SWITCHED,
	SRTP_EVENT_FIRST,
	SRTP_EVENT_STORM,
};

#endif /* _UAPI_LINUX_SRTP_H */
