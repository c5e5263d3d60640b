/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Session descriptions (RFC 8866): strict, bounded parser and printer.
 *
 *	struct sdp (owner: whoever called sdp_parse())
 *	├─ store    the text, cut into strings; every const char * below points into it
 *	├─ attr[]   one pool of a= lines, session level first
 *	└─ media[]  each with its slice of the pool and what was understood of it
 *
 * What a media line inherits from the session level (c=, direction, setup,
 * fingerprints, tls-id) is already filled in: a reader looks at the media only.
 * A description that is refused says which line and what; the first error wins.
 * A description to be printed is built by hand with store and attr NULL.
 */
#ifndef KSRTP_SDP_H
#define KSRTP_SDP_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "buf.h"

struct err;

#define SDP_MAX_TEXT		16384	/* octets */
#define SDP_MAX_LINES		1024
#define SDP_MAX_MEDIA		16
#define SDP_MAX_TOKEN		64	/* octets of one token, its NUL included */
#define SDP_MAX_FORMATS		256	/* octets of one m= line's format list */
#define SDP_MAX_FINGERPRINTS	8

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

enum sdp_setup {		/* RFC 4145 section 4 */
	SDP_SETUP_NONE,
	SDP_SETUP_ACTIVE,
	SDP_SETUP_PASSIVE,
	SDP_SETUP_ACTPASS,
	SDP_SETUP_HOLDCONN,
};

enum sdp_proto {
	SDP_PROTO_OTHER,
	SDP_PROTO_AVP,		/* RTP/AVP */
	SDP_PROTO_AVPF,		/* RTP/AVPF */
	SDP_PROTO_SAVP,		/* RTP/SAVP: SDES keys, not served here */
	SDP_PROTO_SAVPF,
	SDP_PROTO_DTLS_SAVP,	/* UDP/TLS/RTP/SAVP */
	SDP_PROTO_DTLS_SAVPF,
};

/**
 * struct sdp_fingerprint - a=fingerprint (RFC 8122)
 * @alg: hash name, lower case
 * @len: octets in @digest, what @alg gives
 */
struct sdp_fingerprint {
	char alg[12];
	uint8_t len;
	uint8_t digest[64];
};

/** struct sdp_attr - "a=name" (value NULL) or "a=name:value" */
struct sdp_attr {
	const char *name;
	const char *value;
};

/**
 * struct sdp_media - one m= line and what belongs to it
 * @type: "audio", ...
 * @port: 0: refused, or no longer wanted
 * @nports: from "port/count"; 1 when absent
 * @proto, @proto_str: the transport as a value and as written
 * @formats: the list as written, checked: payload type numbers for RTP
 * @conn: address of c=, port 0; family 0 when there is none
 * @rtcp: a=rtcp (RFC 3605); port 0 when absent, family 0 when it names none
 * @fp, @nfp: those of usable hashes; a line with an unknown or forbidden hash is
 *	checked and left out, so none may be left although the offer had one
 * @tls_id: RFC 8842, or NULL
 * @attr, @nattr: all a= lines of this media, understood or not
 */
struct sdp_media {
	const char *type;
	uint16_t port;
	unsigned int nports;
	enum sdp_proto proto;
	const char *proto_str;
	const char *formats;
	struct addr conn;
	struct addr rtcp;
	bool rtcp_mux;
	enum sdp_direction direction;
	enum sdp_setup setup;
	struct sdp_fingerprint fp[SDP_MAX_FINGERPRINTS];
	unsigned int nfp;
	const char *tls_id;
	const struct sdp_attr *attr;
	unsigned int nattr;
};

struct sdp {
	const char *user;		/* of o= */
	uint64_t id, version;
	struct addr origin;		/* family 0 when it is a host name */
	const char *name;		/* of s= */
	const struct sdp_attr *attr;	/* session level */
	unsigned int nattr;
	struct sdp_media media[SDP_MAX_MEDIA];
	unsigned int nmedia;
	char *store;
	struct sdp_attr *pool;
};

/**
 * sdp_parse() - read a session description
 * @text: @len octets, need not be NUL-terminated; not kept
 * @e: "SDP line 5: what is wrong"
 *
 * Lines end with CRLF, or LF alone (RFC 8866 section 5). k= is dropped, as
 * section 5.12 asks; an unknown type letter refuses the whole (section 5).
 *
 * Return: a description for the caller to free with sdp_free(), or NULL with
 * @e->code -EINVAL (malformed), -E2BIG (too large), -EAFNOSUPPORT (an address
 * that is no unicast IP address) or -ENOMEM.
 */
struct sdp *sdp_parse(const char *text, size_t len, struct err *e);
void sdp_free(struct sdp *s);

/** sdp_print() - write @s as text with CRLF; what was parsed prints to what parses the same. */
void sdp_print(struct wbuf *w, const struct sdp *s);

/** sdp_attr_find() - value of the first attribute @name, "" when it has none, or NULL. */
const char *sdp_attr_find(const struct sdp_attr *attr, unsigned int nattr, const char *name);

bool sdp_is_token_char(unsigned char c);		/* RFC 8866 section 9 */

/** sdp_has_format() - does the format list name a payload type within [@low, @high]? */
bool sdp_has_format(const char *formats, unsigned int low, unsigned int high);

/**
 * sdp_fingerprint_parse() - "sha-256 4A:AD:..." as after "a=fingerprint:"
 *
 * The name has to be a token: no other octets get into a PASSporT's mky.
 * Hex digits of either case are taken, as written by many although RFC 8122
 * section 5 has upper case only; anything else is not: two digits an octet, single
 * colons, the very length of the hash.
 *
 * Return: 0; -ENOTSUP when well-formed but of a hash that is unknown or (MD5, MD2)
 * forbidden; -EINVAL.
 */
int sdp_fingerprint_parse(struct sdp_fingerprint *f, const char *value, struct err *e);

/** sdp_fingerprint_print() - the same, hex in upper case */
void sdp_fingerprint_print(struct wbuf *w, const struct sdp_fingerprint *f);

bool sdp_fingerprint_equal(const struct sdp_fingerprint *a, const struct sdp_fingerprint *b);

const char *sdp_proto_name(enum sdp_proto p);	/* NULL for SDP_PROTO_OTHER */
enum sdp_proto sdp_proto_of(const char *s);	/* exact case, as all here */
const char *sdp_direction_name(enum sdp_direction d);
const char *sdp_setup_name(enum sdp_setup s);	/* NULL for none */

#endif /* KSRTP_SDP_H */
