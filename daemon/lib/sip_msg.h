/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SIP message (RFC 3261 section 7).
 *
 * The framing (start line, header fields in their order, body) is kept as text,
 * so that what is passed on is what came in; the values the stack works with are
 * parsed once, when a header field is taken in or added.  All strings belong to
 * the message and live as long as it does.
 *
 *	struct sip_msg
 *	 |- pool		all strings and values
 *	 |- hdr[]		one entry per value: Via, Route, Record-Route and
 *	 |			Contact lists are split at their commas
 *	 `- body
 *
 * Fields are public for reading.  Writing goes through the functions below.
 */
#ifndef KSRTP_SIP_MSG_H
#define KSRTP_SIP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "sip_pool.h"
#include "sip_uri.h"

struct wbuf;

/* Limits on what is taken in; more is refused with 400, 413 or 513, or dropped. */
#define SIP_MAX_MESSAGE		65535	/* octets of a datagram */
#define SIP_MAX_HEADERS		256	/* header values, after splitting lists */
#define SIP_MAX_LINE		8192	/* octets of one header field, unfolded */
#define SIP_MAX_PARAMS		64	/* of one URI or header value, its URI's included */
#define SIP_MAX_BODY		32768	/* octets */

#define SIP_TAG_LEN		17	/* buffer for sip_new_tag(): 16 hex digits and NUL */
#define SIP_BRANCH_COOKIE	"z9hG4bK"

enum sip_method {
	SIP_OTHER,		/* an extension: look at method_name */
	SIP_INVITE,
	SIP_ACK,
	SIP_BYE,
	SIP_CANCEL,
	SIP_OPTIONS,
	SIP_REGISTER,
	SIP_PRACK,
	SIP_UPDATE,
	SIP_INFO,
	SIP_MESSAGE,
	SIP_REFER,
	SIP_SUBSCRIBE,
	SIP_NOTIFY,
	SIP_PUBLISH,
};

enum sip_hdr_id {
	SIP_HDR_OTHER,
	SIP_HDR_VIA,
	SIP_HDR_MAX_FORWARDS,
	SIP_HDR_ROUTE,
	SIP_HDR_RECORD_ROUTE,
	SIP_HDR_FROM,
	SIP_HDR_TO,
	SIP_HDR_CALL_ID,
	SIP_HDR_CSEQ,
	SIP_HDR_CONTACT,
	SIP_HDR_CONTENT_TYPE,
	SIP_HDR_CONTENT_LENGTH,	/* never in hdr[]: written from body_len */
	SIP_HDR_CONTENT_ENCODING,
	SIP_HDR_CONTENT_DISPOSITION,
	SIP_HDR_ALLOW,
	SIP_HDR_SUPPORTED,
	SIP_HDR_REQUIRE,
	SIP_HDR_PROXY_REQUIRE,
	SIP_HDR_UNSUPPORTED,
	SIP_HDR_ACCEPT,
	SIP_HDR_RETRY_AFTER,
	SIP_HDR_REASON,
	SIP_HDR_WARNING,
	SIP_HDR_USER_AGENT,
	SIP_HDR_SERVER,
	SIP_HDR_EXPIRES,
	SIP_HDR_SUBJECT,
	SIP_HDR_TIMESTAMP,
	SIP_HDR_DATE,
	SIP_HDR_IDENTITY,
	SIP_HDR_AUTHORIZATION,
	SIP_HDR_PROXY_AUTHORIZATION,
	SIP_HDR_WWW_AUTHENTICATE,
	SIP_HDR_PROXY_AUTHENTICATE,
	SIP_HDR_P_ASSERTED_IDENTITY,
	SIP_HDR_RSEQ,
	SIP_HDR_RACK,
	SIP_HDR_EVENT,
	SIP_HDR_REFER_TO,
	SIP_HDR_SESSION_EXPIRES,
	SIP_HDR_COUNT
};

enum sip_proto { SIP_UDP, SIP_TCP, SIP_TLS, SIP_PROTO_OTHER };

/**
 * struct sip_via - one Via value
 * @proto: SIP_PROTO_OTHER for anything not known (only the top one has to be)
 * @transport: as written: "UDP"
 * @host: sent-by host, compare without case; IPv6 without brackets
 * @port: sent-by port; 0 when none is written
 * @branch: NULL when there is none
 * @received, @maddr: NULL when absent
 * @has_rport: ";rport" is there; @rport its value, 0 when it has none
 */
struct sip_via {
	enum sip_proto proto;
	const char *transport;
	const char *host;
	uint16_t port;
	const char *branch;
	const char *received;
	const char *maddr;
	bool has_rport;
	uint16_t rport;
	const struct sip_param *params;
};

/**
 * struct sip_hdr - one header value
 * @name: as written, or the usual spelling of one added here
 * @value: unfolded, without surrounding white space
 * @addr: parsed value of From, To, Contact, Route, Record-Route; NULL otherwise,
 *	and for "Contact: *"
 * @via: parsed value of Via; NULL otherwise
 */
struct sip_hdr {
	enum sip_hdr_id id;
	const char *name;
	const char *value;
	const struct sip_nameaddr *addr;
	const struct sip_via *via;
};

/**
 * struct sip_msg - one message
 * @method: of a request; of a response, the one in its CSeq
 * @ruri_text, @ruri: Request-URI; requests only
 * @code, @reason: responses only; @code is 0 in a request
 * @via: top Via; NULL only while a request is being built, or when malformed in a
 *	refused one
 * @from, @to, @call_id: NULL only while being built
 * @from_tag, @to_tag: NULL when absent
 * @max_forwards: 0..255, or -1 when absent
 */
struct sip_msg {
	struct sip_pool pool;
	enum sip_method method;
	const char *method_name;
	const char *ruri_text;
	struct sip_uri ruri;
	unsigned int code;
	const char *reason;

	struct sip_hdr *hdr;
	unsigned int nhdr;
	unsigned int cap_hdr;	/* private */

	const struct sip_via *via;
	const struct sip_nameaddr *from;
	const struct sip_nameaddr *to;
	const char *from_tag;
	const char *to_tag;
	const char *call_id;
	uint32_t cseq;
	int max_forwards;

	const uint8_t *body;	/* NULL when body_len is 0 */
	size_t body_len;
};

static inline bool sip_msg_is_request(const struct sip_msg *m) { return m->code == 0; }

/* ---- taking in ---------------------------------------------------------- */

/**
 * sip_msg_parse() - take in one datagram, or one framed message of a stream
 * @out: the message, the caller's to free; on refusal, what could be read of it
 *	when that is enough to answer (see below), otherwise NULL
 * @refusal: the status code a request deserves when it is refused: 400, 413 or
 *	505; 0 when it must be dropped in silence (responses, ACK, and what has no
 *	Via to answer to)
 * @e: what is wrong and where, fit for a reason phrase
 *
 * Checked are Via, From with its tag, To, Call-ID and CSeq (each there, and once
 * but for Via), their values and those of Contact, Route, Record-Route, CSeq
 * against the method, Max-Forwards when there (an absent one is -1, as RFC 3261
 * section 16.3 allows), URIs, Content-Length against what is there, Content-Type
 * when there is a body.  Octets behind the body are ignored (section 18.3).
 *
 * A refused request that comes back in @out may be given to sip_msg_response()
 * and to nothing else.
 *
 * Return: 0; -EBADMSG when refused; -ENOMEM.
 */
int sip_msg_parse(struct sip_msg **out, const void *data, size_t len,
		  unsigned int *refusal, struct err *e);

void sip_msg_free(struct sip_msg *m);	/* at once; NULL is fine */

/**
 * sip_msg_clone() - an independent copy; NULL when memory is out
 *
 * Changing one does not change the other. Strings, values and body are in memory of both.
 */
struct sip_msg *sip_msg_clone(const struct sip_msg *m);

/* ---- looking ------------------------------------------------------------ */

/** sip_msg_find() - next header value with @id after @prev (NULL: the first); NULL: no more. */
const struct sip_hdr *sip_msg_find(const struct sip_msg *m, enum sip_hdr_id id,
				   const struct sip_hdr *prev);

/** sip_msg_find_name() - the same by name, without case, compact names included. */
const struct sip_hdr *sip_msg_find_name(const struct sip_msg *m, const char *name,
					const struct sip_hdr *prev);

/** sip_msg_value() - value of the first header with @id, or NULL. */
const char *sip_msg_value(const struct sip_msg *m, enum sip_hdr_id id);

/** sip_msg_contact() - first Contact that is not "*", or NULL. */
const struct sip_nameaddr *sip_msg_contact(const struct sip_msg *m);

/** sip_msg_has_token() - is @token in the comma lists of header @id (Supported, Require, Allow...)? */
bool sip_msg_has_token(const struct sip_msg *m, enum sip_hdr_id id, const char *token);

/**
 * sip_msg_next_token() - walk the comma lists of all headers @id
 * @pos: private state, start with a zeroed one
 * @out: the next token, cut to @cap
 *
 * Return: false when there are no more.
 */
struct sip_token_pos {
	const struct sip_hdr *hdr;
	const char *at;
};
bool sip_msg_next_token(const struct sip_msg *m, enum sip_hdr_id id, struct sip_token_pos *pos,
			char *out, size_t cap);

/** sip_msg_content_is() - Content-Type is @type ("application/sdp"), parameters aside. */
bool sip_msg_content_is(const struct sip_msg *m, const char *type);

/** sip_method_of() - exact case, as RFC 3261 section 7.1 has it; sip_method_name() inverts. */
enum sip_method sip_method_of(const char *name);
const char *sip_method_name(enum sip_method m);
enum sip_hdr_id sip_hdr_id_of(const char *name);	/* without case, compact forms too */
const char *sip_hdr_name(enum sip_hdr_id id);		/* the usual spelling */

/** sip_reason() - the standard's reason phrase for @code; never NULL. */
const char *sip_reason(unsigned int code);

/* ---- building ----------------------------------------------------------- */

/**
 * sip_msg_request() - an empty request
 * @method: SIP_OTHER is not allowed here
 * @ruri: Request-URI
 *
 * Header fields are added in the order they shall be written; Via is added by the
 * transaction. Return: NULL when memory is out or @ruri does not parse.
 */
struct sip_msg *sip_msg_request(enum sip_method method, const char *ruri);

/**
 * sip_msg_response() - a response by RFC 3261 section 8.2.6
 * @code: 100 to 699
 * @reason: NULL for the standard's phrase
 * @to_tag: tag to put on To when the request had none; NULL for none (100 only)
 *
 * Copies Via, From, To, Call-ID, CSeq; Record-Route into 101 to 299 (section
 * 12.1.1); Timestamp into 100. Return: NULL when memory is out.
 */
struct sip_msg *sip_msg_response(const struct sip_msg *req, unsigned int code,
				 const char *reason, const char *to_tag);

/** sip_msg_ack_for() - ACK for a final response that is not 2xx (section 17.1.1.3). */
struct sip_msg *sip_msg_ack_for(const struct sip_msg *invite, const struct sip_msg *resp);

/** sip_msg_cancel_for() - CANCEL of a request already sent (section 9.1). */
struct sip_msg *sip_msg_cancel_for(const struct sip_msg *req);

/**
 * sip_msg_add() - append a header value; sip_msg_push() puts it in front of its kind
 *
 * The value is checked like one from the network. Return: 0, -EINVAL, -ENOMEM.
 */
int sip_msg_add(struct sip_msg *m, enum sip_hdr_id id, const char *value);
int sip_msg_addf(struct sip_msg *m, enum sip_hdr_id id, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int sip_msg_add_named(struct sip_msg *m, const char *name, const char *value);
int sip_msg_push(struct sip_msg *m, enum sip_hdr_id id, const char *value);

/**
 * sip_msg_push_via() - put a Via in front that is known to be good
 * @v: @transport, @host, @port and @params count, the rest follows from these; copied
 *
 * Return: 0, -EMSGSIZE, -ENOMEM.
 */
int sip_msg_push_via(struct sip_msg *m, const struct sip_via *v);

/** sip_msg_set() - replace all values of @id by this one. As sip_msg_add(). */
int sip_msg_set(struct sip_msg *m, enum sip_hdr_id id, const char *value);

/** sip_msg_remove() - all values of @id; sip_msg_pop() the first one; sip_msg_drop() this one. */
void sip_msg_remove(struct sip_msg *m, enum sip_hdr_id id);
void sip_msg_pop(struct sip_msg *m, enum sip_hdr_id id);
void sip_msg_drop(struct sip_msg *m, const struct sip_hdr *h);

/** sip_msg_copy_hdrs() - append all values of @id from @from. 0 or -ENOMEM. */
int sip_msg_copy_hdrs(struct sip_msg *m, const struct sip_msg *from, enum sip_hdr_id id);

/** sip_msg_set_ruri() - change the Request-URI. 0, -EINVAL, -ENOMEM. */
int sip_msg_set_ruri(struct sip_msg *m, const char *ruri);

/** sip_msg_set_body() - copy a body in and set Content-Type; @len 0 removes both. */
int sip_msg_set_body(struct sip_msg *m, const char *content_type, const void *body, size_t len);

/** sip_msg_write() - the message as sent, Content-Length made to fit; check @w->bad. */
void sip_msg_write(const struct sip_msg *m, struct wbuf *w);

/** sip_new_tag() - 64 random bits as hex, into @out[SIP_TAG_LEN]; returns @out. */
const char *sip_new_tag(char *out);

#endif /* KSRTP_SIP_MSG_H */
