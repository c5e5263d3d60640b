/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed calls of the kernel's generic netlink family "srtp" (<linux/srtp.h>).
 *
 * Every call is one request, answered at once (nl.h says why that does not block),
 * and returns 0 or -errno.  On failure struct err holds a sentence such as
 * "SESSION_NEW: port is in use (attribute session[0].local-port)".
 *
 *	-ENODEV			the kernel module is not loaded (any call: it may go away)
 *	-EPERM			the caller lacks CAP_NET_ADMIN
 *	-EPROTONOSUPPORT	module and program speak different versions
 *	-ENOENT			no such session
 *	-EADDRINUSE		the local address and port are another session's
 *	-EEXIST			this key was already used in this session
 *	-EINVAL, -ERANGE, ...	refused; the text says which attribute and why
 *
 * A refused request has changed nothing.
 */
#ifndef KSRTP_NL_SRTP_H
#define KSRTP_NL_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/srtp.h>

#include "addr.h"
#include "err.h"
#include "nl_event.h"

struct nl_srtp;

/** enum nl_srtp_given - which members of a struct nl_srtp_session hold something */
enum nl_srtp_given {
	NL_SRTP_ID		= 1 << 0,
	NL_SRTP_LOCAL		= 1 << 1,
	NL_SRTP_REMOTE		= 1 << 2,
	NL_SRTP_RX		= 1 << 3,
	NL_SRTP_TX		= 1 << 4,
	NL_SRTP_STATE		= 1 << 5,
	NL_SRTP_VERIFIED	= 1 << 6,
	NL_SRTP_OWNER		= 1 << 7,
	NL_SRTP_PEER		= 1 << 8,
	NL_SRTP_RTCP_PEER	= 1 << 9,
	NL_SRTP_LATCH		= 1 << 10,
	NL_SRTP_IDLE_TIMEOUT	= 1 << 11,
	NL_SRTP_MAX_STREAMS	= 1 << 12,
	NL_SRTP_RX_NEXT		= 1 << 13,
	NL_SRTP_TX_NEXT		= 1 << 14,
	NL_SRTP_RX_OLD		= 1 << 15,	/* replies only */
	NL_SRTP_SWITCH		= 1 << 16,	/* requests only */
	NL_SRTP_OVERLAP		= 1 << 17,
	NL_SRTP_PEER_INDEX	= 1 << 18,	/* requests only */
	NL_SRTP_RTCP_PEER_INDEX	= 1 << 19,	/* requests only */
};

#define NL_SRTP_MKI_MAX		128
#define NL_SRTP_EXT_IDS_MAX	255

/**
 * struct nl_srtp_crypto - one direction
 * @profile: enum srtp_profile; SRTP_PROFILE_NONE has to be said
 * @key: master key in the caller's memory, kept by the caller; NULL in replies
 * @salt: master salt, likewise
 * @window: replay window in packets; 0 leaves it to the kernel
 * @mki, @mki_len: master key identifier; none when 0 octets
 * @ext_ids, @n_ext_ids: header extension elements that are encrypted (RFC 6904)
 * @cryptex: RFC 9335
 * @limit_rtp, @limit_rtcp: packets that the key may protect; 0 leaves it to the profile
 * @packets_rtp, @packets_rtcp: protected so far; replies only
 */
struct nl_srtp_crypto {
	uint16_t profile;
	const uint8_t *key;
	size_t key_len;
	const uint8_t *salt;
	size_t salt_len;
	uint32_t window;
	uint8_t mki_len;
	uint8_t mki[NL_SRTP_MKI_MAX];
	uint8_t n_ext_ids;
	uint8_t ext_ids[NL_SRTP_EXT_IDS_MAX];
	enum srtp_cryptex cryptex;
	uint64_t limit_rtp, limit_rtcp;
	uint64_t packets_rtp, packets_rtcp;
};

/**
 * struct nl_srtp_stream - where the stream of an SSRC is
 * @tx: to send
 * @roc: roll-over counter
 * @seq: highest sequence number so far, or -1
 * @rtcp_index: highest SRTCP index so far, or -1
 */
struct nl_srtp_stream {
	uint32_t ssrc;
	bool tx;
	uint32_t roc;
	int32_t seq;
	int64_t rtcp_index;
};

/**
 * struct nl_srtp_session - a session, as asked for and as reported
 * @given: enum nl_srtp_given bits; what is not given is left as it is
 * @rx_next, @tx_next: keys to follow @rx and @tx
 * @rx_old: the receive key before
 * @switch_to: SRTP_SWITCH_RX and SRTP_SWITCH_TX
 * @overlap: seconds that a receive key stays when the next has taken over
 * @peer_index, @rtcp_peer_index: peers by their places in the same request, from 0
 * @streams, @nstreams: requests only: where streams are, in the caller's memory
 */
struct nl_srtp_session {
	uint32_t given;
	uint32_t id;
	struct addr local;
	struct addr remote;
	struct nl_srtp_crypto rx;
	struct nl_srtp_crypto tx;
	enum srtp_state state;
	bool verified;
	uint64_t owner;
	uint32_t peer;
	uint32_t rtcp_peer;
	enum srtp_latch latch;
	uint32_t idle_timeout;
	uint16_t max_streams;
	struct nl_srtp_crypto rx_next, tx_next, rx_old;
	uint8_t switch_to;
	uint32_t overlap;
	uint8_t peer_index, rtcp_peer_index;
	const struct nl_srtp_stream *streams;
	size_t nstreams;
};

/** struct nl_srtp_stats - counters; @drops by enum srtp_drop */
struct nl_srtp_stats {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t async;
	uint64_t sessions;
	uint64_t passed;
	uint64_t events_lost;
	uint64_t drops[__SRTP_DROP_MAX];
};

/**
 * struct nl_srtp_note - what an event says besides the session
 * @has_old: with SRTP_EVENT_REMOTE: @old is the remote address before
 * @tx, @ssrc: with SRTP_EVENT_FIRST: sent or received, and whose
 * @drop, @packets: with SRTP_EVENT_STORM: why how many were dropped
 */
struct nl_srtp_note {
	bool has_old;
	struct addr old;
	bool tx;
	uint32_t ssrc;
	enum srtp_drop drop;
	uint64_t packets;
};

/** struct nl_srtp_report - what the kernel tells of a session; never a key */
struct nl_srtp_report {
	struct nl_srtp_session session;
	struct nl_srtp_stats stats;
	uint32_t rx_streams;
	uint32_t tx_streams;
	uint32_t idle;			/* seconds */
	struct nl_srtp_note note;	/* events only */
};

struct nl_srtp_version {
	uint32_t abi;
	char module[32];
	char driver_cm[64];
	char driver_hmac[64];
	char driver_gcm[64];
};

/**
 * nl_srtp_open() - connect and check that module and header agree on the version
 * @out: set on success; owner closes it with nl_srtp_close()
 */
int nl_srtp_open(struct nl_srtp **out, struct err *e);
/** nl_srtp_open_any() - the same without the check, to tell a person about a mismatch. */
int nl_srtp_open_any(struct nl_srtp **out, struct err *e);
void nl_srtp_close(struct nl_srtp *c);

int nl_srtp_version(struct nl_srtp *c, struct nl_srtp_version *v, struct err *e);

/**
 * nl_srtp_session_new() - create all of @s[@n], or none
 * @n: 1 to SRTP_MAX_SESSIONS_PER_REQUEST
 * @ids: @n ids, in the same order
 */
int nl_srtp_session_new(struct nl_srtp *c, const struct nl_srtp_session *s, size_t n,
			uint32_t *ids, struct err *e);
/** nl_srtp_session_set() - change all of @s[@n], or none; NL_SRTP_ID must be given. */
int nl_srtp_session_set(struct nl_srtp *c, const struct nl_srtp_session *s, size_t n,
			struct err *e);
/** nl_srtp_session_del() - delete all of @ids[@n], or none. */
int nl_srtp_session_del(struct nl_srtp *c, const uint32_t *ids, size_t n, struct err *e);
int nl_srtp_session_get(struct nl_srtp *c, uint32_t id, struct nl_srtp_report *r, struct err *e);
int nl_srtp_session_find(struct nl_srtp *c, const struct addr *local, struct nl_srtp_report *r,
			 struct err *e);

/**
 * nl_srtp_session_dump() - every session, or those of @owner when it is not 0
 * @on_session: non-zero ends the calls and becomes the result
 *
 * Return: -EINTR when sessions came or went meanwhile, so that one may be missing
 * or be there twice: begin again.
 */
int nl_srtp_session_dump(struct nl_srtp *c, uint64_t owner,
			 int (*on_session)(const struct nl_srtp_report *r, void *arg), void *arg,
			 struct err *e);

/** nl_srtp_stream_dump() - every stream of session @id's encrypted directions; as above. */
int nl_srtp_stream_dump(struct nl_srtp *c, uint32_t id,
			int (*on_stream)(const struct nl_srtp_stream *s, void *arg), void *arg,
			struct err *e);

/**
 * struct nl_srtp_attachment - packets that come to the module through a hook of its own
 * @id: replies only
 * @ifindex: the device whose ingress hook it is; nothing else is given then
 * @packets: that it has taken at the device; replies only
 * @first, @last: local ports
 * @mark, @mask: what a packet's mark has to be; any if @mask is 0
 * @set_mark, @set_mask: what the mark of a verified packet becomes; untouched if @set_mask is 0
 */
struct nl_srtp_attachment {
	uint32_t id;
	uint32_t ifindex;
	uint64_t packets;
	uint16_t first, last;
	uint32_t mark, mask;
	uint32_t set_mark, set_mask;
};

/** nl_srtp_attach() - attach in this network namespace. */
int nl_srtp_attach(struct nl_srtp *c, const struct nl_srtp_attachment *a, uint32_t *id,
		   struct err *e);
int nl_srtp_detach(struct nl_srtp *c, uint32_t id, struct err *e);
/** nl_srtp_attach_dump() - every attachment of this network namespace, as sessions are. */
int nl_srtp_attach_dump(struct nl_srtp *c,
			int (*on_each)(const struct nl_srtp_attachment *a, void *arg), void *arg,
			struct err *e);

/** nl_srtp_session_flush() - delete every session, or those of @owner when it is not 0. */
int nl_srtp_session_flush(struct nl_srtp *c, uint64_t owner, uint32_t *count, struct err *e);

int nl_srtp_stats(struct nl_srtp *c, struct nl_srtp_stats *st, struct err *e);

/** nl_srtp_events_open() - join the family's events; read them by nl_event_read(). */
int nl_srtp_events_open(struct nl_event **out, struct err *e);

/**
 * nl_srtp_event_parse() - what one message of the group says
 *
 * Return: 0; -EBADMSG when it is no event or is not well-formed.
 */
int nl_srtp_event_parse(const struct nlmsghdr *nlh, enum srtp_event *what,
			struct nl_srtp_report *r);

/** nl_srtp_report_parse() - one reply to GET; 0 or -EBADMSG.  For tests and fuzzers too. */
int nl_srtp_report_parse(const struct nlmsghdr *nlh, struct nl_srtp_report *r);

/* Words for people and for JSON; never NULL: "?" for what is not known. */
const char *nl_srtp_profile_name(uint16_t profile);	/* "AEAD_AES_128_GCM", "none" */
const char *nl_srtp_state_name(enum srtp_state state);	/* "held", "open" */
const char *nl_srtp_latch_name(enum srtp_latch latch);	/* "never", "authenticated", "first" */
const char *nl_srtp_drop_name(enum srtp_drop drop);	/* "replay", "too-long", ... */
const char *nl_srtp_cryptex_name(enum srtp_cryptex cryptex);	/* "off", "on", "required" */
const char *nl_srtp_event_name(enum srtp_event event);	/* "new", "set", ... */

/** nl_srtp_profile_list() - name and number of the @i-th profile there is, or NULL. */
const char *nl_srtp_profile_list(size_t i, uint16_t *profile);

/** nl_srtp_profile_find() - the profile of that name, in whatever case. */
bool nl_srtp_profile_find(const char *name, uint16_t *profile);

/** nl_srtp_profile_sizes() - key and salt octets of @profile. Return: 0 or -EINVAL. */
int nl_srtp_profile_sizes(uint16_t profile, size_t *key, size_t *salt);

#endif /* KSRTP_NL_SRTP_H */
